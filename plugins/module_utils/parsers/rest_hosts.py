# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hosts of MidoNet's REST API with their interfaces and the ports bound to them. PRIVATE to the collection.

/hosts, Host-v2 (2015.06), Host-v3 (5.x):
[{"id": "2ff0…", "name": "gateway1", "alive": true, "addresses": ["10.0.0.1"], "containerLimit": -1, …}]
/hosts/ID/interfaces, Interface-v1:
[{"hostId": "2ff0…", "name": "eth0", "mac": "52:54:…", "mtu": 1500, "status": 3, "type": "Physical", "endpoint": "PHYSICAL", …}]
/hosts/ID/ports, HostInterfacePort-v1:
[{"hostId": "2ff0…", "portId": "0df2…", "interfaceName": "eth1", …}]
"""

from __future__ import annotations

from typing import List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _rest
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._json import number, word
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Host(TypedDict):
    """A host that the network state database knows. The weights and the limit are those of 5.x; -1 is no limit and read as None."""

    id: str
    name: Optional[str]
    alive: Optional[bool]
    addresses: List[str]
    flooding_proxy_weight: Optional[int]
    container_weight: Optional[int]
    container_limit: Optional[int]


class Interface(TypedDict):
    """An interface as its host's agent last told it."""

    host: Optional[str]
    name: str
    mac: Optional[str]
    mtu: Optional[int]  # bytes
    up: Optional[bool]
    link: Optional[bool]
    type: Optional[str]  # Physical, Virtual, Tunnel or Unknown
    endpoint: Optional[str]  # DATAPATH, PHYSICAL, VM, GRE, CAPWAP, LOCALHOST, TUNTAP or UNKNOWN
    addresses: List[str]


class Binding(TypedDict):
    """A virtual port bound to an interface."""

    host: Optional[str]
    port: str
    interface: Optional[str]


def parse(text: str) -> Parsed[List[Host]]:
    """/hosts, or one of them."""
    return _rest.read(text, _host)


def parse_interfaces(text: str) -> Parsed[List[Interface]]:
    """/hosts/ID/interfaces."""
    return _rest.read(text, _interface)


def parse_bindings(text: str) -> Parsed[List[Binding]]:
    """/hosts/ID/ports."""
    return _rest.read(text, _binding)


def _host(record: _rest.Record) -> Optional[Host]:
    identity = word(record, "id")
    if identity is None or "alive" not in record:
        return None
    limit = number(record, "containerLimit")
    return Host(
        id=identity,
        name=word(record, "name"),
        alive=_rest.truth(record, "alive"),
        addresses=_rest.ids(record, "addresses") or [],
        flooding_proxy_weight=number(record, "floodingProxyWeight"),
        container_weight=number(record, "containerWeight"),
        container_limit=None if limit == -1 else limit,
    )


def _interface(record: _rest.Record) -> Optional[Interface]:
    name = word(record, "name")
    if name is None or "status" not in record:
        return None
    status, mac = number(record, "status"), word(record, "mac")
    return Interface(
        host=word(record, "hostId"),
        name=name,
        mac=mac.lower() if mac else None,
        mtu=number(record, "mtu"),
        up=None if status is None else bool(status & 1),
        link=None if status is None else bool(status & 2),
        type=word(record, "type"),
        endpoint=word(record, "endpoint"),
        addresses=_rest.ids(record, "addresses") or [],
    )


def _binding(record: _rest.Record) -> Optional[Binding]:
    port = word(record, "portId")
    if port is None:
        return None
    return Binding(host=word(record, "hostId"), port=port, interface=word(record, "interfaceName"))
