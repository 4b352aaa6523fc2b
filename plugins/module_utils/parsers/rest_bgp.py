# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""BGP in MidoNet's REST API: peers and announced networks, of both generations. PRIVATE to the collection.

5.x, /routers/ID/bgp_peers, BgpPeer-v1, and /routers/ID/bgp_networks, BgpNetwork-v1:
[{"id": "be9b…", "routerId": "5a7d…", "asNumber": 64513, "address": "192.168.1.254", "keepAlive": 60, "holdTime": 180, "password": null, …}]
[{"id": "ce9b…", "routerId": "5a7d…", "subnetAddress": "203.0.113.0", "subnetLength": 24, …}]
2015.06, /ports/ID/bgps, Bgp-v1, and /bgps/ID/ad_routes, AdRoute-v1:
[{"id": "be9b…", "portId": "0df2…", "localAS": 64512, "peerAS": 64513, "peerAddr": "192.168.1.254", …}]
[{"id": "ce9b…", "bgpId": "be9b…", "nwPrefix": "203.0.113.0", "prefixLength": 24, …}]

Passwords are not read, only whether there is one.
"""

from __future__ import annotations

from typing import List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _rest
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._json import number, word
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Peer(TypedDict):
    """A BGP peer. router is told by 5.x; port, local_as and status by 2015.06."""

    id: Optional[str]
    router: Optional[str]
    port: Optional[str]
    local_as: Optional[int]
    remote_as: Optional[int]
    address: Optional[str]
    keepalive_s: Optional[int]  # None: the agent's default
    hold_time_s: Optional[int]
    connect_retry_s: Optional[int]
    password: Optional[bool]  # None: the release has none
    status: Optional[str]


class Network(TypedDict):
    """A network to be announced, by a router (5.x) or a peer of it (2015.06)."""

    id: Optional[str]
    router: Optional[str]
    peer: Optional[str]
    network: Optional[str]


def parse(text: str) -> Parsed[List[Peer]]:
    """Peers of either generation."""
    return _rest.read(text, _peer)


def parse_networks(text: str) -> Parsed[List[Network]]:
    """Networks of either generation."""
    return _rest.read(text, _network)


def _peer(record: _rest.Record) -> Optional[Peer]:
    old = "peerAddr" in record
    if not old and not ("address" in record and "asNumber" in record):
        return None
    return Peer(
        id=word(record, "id"),
        router=word(record, "routerId"),
        port=word(record, "portId"),
        local_as=number(record, "localAS"),
        remote_as=number(record, "peerAS" if old else "asNumber"),
        address=word(record, "peerAddr" if old else "address"),
        keepalive_s=number(record, "keepAlive"),
        hold_time_s=number(record, "holdTime"),
        connect_retry_s=number(record, "connectRetry"),
        password=bool(record["password"]) if "password" in record else None,
        status=word(record, "status"),
    )


def _network(record: _rest.Record) -> Optional[Network]:
    old = "nwPrefix" in record
    if not old and "subnetAddress" not in record:
        return None
    return Network(
        id=word(record, "id"),
        router=word(record, "routerId"),
        peer=word(record, "bgpId"),
        network=_rest.prefix(record, "nwPrefix", "prefixLength") if old else _rest.prefix(record, "subnetAddress", "subnetLength"),
    )
