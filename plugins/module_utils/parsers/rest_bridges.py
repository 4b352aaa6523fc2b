# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Virtual bridges of MidoNet's REST API with DHCP and their tables. PRIVATE to the collection.

/bridges, Bridge-v3 (2015.06), Bridge-v4 (5.x):
[{"id": "b1f0…", "name": "net1", "adminStateUp": true, "tenantId": "…", …}]
/bridges/ID/dhcp, DhcpSubnet-v2:
[{"bridgeId": "b1f0…", "subnetPrefix": "10.1.0.0", "subnetLength": 24, "defaultGateway": "10.1.0.1", "serverAddr": "10.1.0.2",
  "dnsServerAddrs": ["8.8.8.8"], "interfaceMTU": 1450, "enabled": true, …}]
/bridges/ID/dhcp/SUBNET/hosts, DhcpHost-v2:
[{"macAddr": "fa:16:3e:…", "ipAddr": "10.1.0.5", "name": "vm1", …}]
/bridges/ID/mac_table, MacPort-v2, and /bridges/ID/arp_table, IP4Mac-v1:
[{"bridgeId": "b1f0…", "macAddr": "fa:16:3e:…", "portId": "0df2…", "vlanId": null, …}]
[{"bridgeId": "b1f0…", "ip": "10.1.0.5", "mac": "fa:16:3e:…", …}]
"""

from __future__ import annotations

from typing import List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _rest
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._json import number, word
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Bridge(TypedDict):
    """A virtual switch, which is a network of Neutron's."""

    id: str
    name: Optional[str]
    tenant: Optional[str]
    admin_up: Optional[bool]
    in_filter: Optional[str]
    out_filter: Optional[str]


class Subnet(TypedDict):
    """What DHCP announces on a bridge."""

    bridge: Optional[str]
    network: Optional[str]  # with the length of its prefix
    gateway: Optional[str]
    server: Optional[str]
    dns_servers: List[str]
    mtu: Optional[int]  # bytes; None: whatever the agent works out
    enabled: Optional[bool]


class Lease(TypedDict):
    """The address that a machine is given."""

    mac: str
    address: Optional[str]
    name: Optional[str]


class Entry(TypedDict):
    """An entry of a bridge's table: where a hardware address is (port), or which address has it (address)."""

    bridge: Optional[str]
    mac: Optional[str]
    port: Optional[str]
    vlan: Optional[int]
    address: Optional[str]


def parse(text: str) -> Parsed[List[Bridge]]:
    """/bridges, or one of them."""
    return _rest.read(text, _bridge)


def parse_subnets(text: str) -> Parsed[List[Subnet]]:
    """/bridges/ID/dhcp."""
    return _rest.read(text, _subnet)


def parse_leases(text: str) -> Parsed[List[Lease]]:
    """/bridges/ID/dhcp/SUBNET/hosts."""
    return _rest.read(text, _lease)


def parse_tables(text: str) -> Parsed[List[Entry]]:
    """/bridges/ID/mac_table and /bridges/ID/arp_table."""
    return _rest.read(text, _entry)


def _bridge(record: _rest.Record) -> Optional[Bridge]:
    identity = word(record, "id")
    if identity is None or "adminStateUp" not in record:
        return None
    return Bridge(
        id=identity,
        name=word(record, "name"),
        tenant=word(record, "tenantId"),
        admin_up=_rest.truth(record, "adminStateUp"),
        in_filter=word(record, "inboundFilterId"),
        out_filter=word(record, "outboundFilterId"),
    )


def _subnet(record: _rest.Record) -> Optional[Subnet]:
    if "subnetPrefix" not in record:
        return None
    return Subnet(
        bridge=word(record, "bridgeId"),
        network=_rest.prefix(record, "subnetPrefix", "subnetLength"),
        gateway=word(record, "defaultGateway"),
        server=word(record, "serverAddr"),
        dns_servers=_rest.ids(record, "dnsServerAddrs") or [],
        mtu=number(record, "interfaceMTU") or None,
        enabled=_rest.truth(record, "enabled"),
    )


def _lease(record: _rest.Record) -> Optional[Lease]:
    mac = word(record, "macAddr")
    return None if mac is None else Lease(mac=mac.lower(), address=word(record, "ipAddr"), name=word(record, "name"))


def _entry(record: _rest.Record) -> Optional[Entry]:
    mac = word(record, "macAddr") or word(record, "mac")
    if mac is None:
        return None
    return Entry(
        bridge=word(record, "bridgeId"),
        mac=mac.lower(),
        port=word(record, "portId"),
        vlan=number(record, "vlanId"),
        address=word(record, "ip"),
    )
