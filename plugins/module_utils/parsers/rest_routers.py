# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Virtual routers of MidoNet's REST API with their routes. PRIVATE to the collection.

/routers, Router-v2 (2015.06), Router-v3 (5.x, which has asNumber):
[{"id": "5a7d…", "name": "edge", "adminStateUp": true, "asNumber": 64512, …}]
/routers/ID/routes, Route-v1:
[{"id": "de9b…", "routerId": "5a7d…", "type": "Normal", "dstNetworkAddr": "0.0.0.0", "dstNetworkLength": 0, "srcNetworkAddr": "0.0.0.0",
  "srcNetworkLength": 0, "nextHopPort": "0df2…", "nextHopGateway": "192.168.1.254", "weight": 100, "learned": true, …}]
"""

from __future__ import annotations

from typing import List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _rest
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._json import number, word
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Router(TypedDict):
    """asn: None when it has none (0 in the API), and before 5.0."""

    id: str
    name: Optional[str]
    tenant: Optional[str]
    admin_up: Optional[bool]
    asn: Optional[int]
    in_filter: Optional[str]
    out_filter: Optional[str]
    load_balancer: Optional[str]


class Route(TypedDict):
    """type: normal, blackhole, reject, local, fip64."""

    id: Optional[str]
    router: Optional[str]
    type: Optional[str]
    destination: Optional[str]
    source: Optional[str]
    gateway: Optional[str]  # None: the destination is on the port's own network
    port: Optional[str]
    weight: Optional[int]
    learned: Optional[bool]  # from BGP; None: the release does not tell


_GATEWAY_OF_NONE = "255.255.255.255"  # what 2015.06 stores for "no gateway"


def parse(text: str) -> Parsed[List[Router]]:
    """/routers, or one of them."""
    return _rest.read(text, _router)


def parse_routes(text: str) -> Parsed[List[Route]]:
    """/routers/ID/routes."""
    return _rest.read(text, _route)


def _router(record: _rest.Record) -> Optional[Router]:
    identity = word(record, "id")
    if identity is None or "adminStateUp" not in record:
        return None
    return Router(
        id=identity,
        name=word(record, "name"),
        tenant=word(record, "tenantId"),
        admin_up=_rest.truth(record, "adminStateUp"),
        asn=number(record, "asNumber") or None,
        in_filter=word(record, "inboundFilterId"),
        out_filter=word(record, "outboundFilterId"),
        load_balancer=word(record, "loadBalancerId"),
    )


def _route(record: _rest.Record) -> Optional[Route]:
    if "dstNetworkAddr" not in record:
        return None
    kind, gateway = word(record, "type"), word(record, "nextHopGateway")
    return Route(
        id=word(record, "id"),
        router=word(record, "routerId"),
        type=kind.lower() if kind else None,
        destination=_rest.prefix(record, "dstNetworkAddr", "dstNetworkLength"),
        source=_rest.prefix(record, "srcNetworkAddr", "srcNetworkLength"),
        gateway=None if gateway == _GATEWAY_OF_NONE else gateway,
        port=word(record, "nextHopPort"),
        weight=number(record, "weight"),
        learned=_rest.truth(record, "learned"),
    )
