# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The main IPv4 routing table."""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._context import Evidence
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import ip_route

ITEMS: Tuple[str, ...] = ("underlay.ip_route",)
GROUPS: Tuple[str, ...] = ()


def build(evidence: Evidence) -> List[Dict[str, Any]]:
    """One object per next hop; see schemas/routes.json. An empty table is known: the host reaches nobody."""
    return [_route(route) for route in evidence.read("underlay.ip_route", ip_route.parse) if route["table"] in (None, "main")]


def _route(route: ip_route.Route) -> Dict[str, Any]:
    return {
        "destination": route["destination"],
        "type": route["type"],
        "gateway": route["gateway"],
        "link": route["link"],
        "source": route["source"],
        # iproute2 prints an IPv4 metric only when it is not zero.
        "metric": route["metric"] or 0,
        # "dead" is what the kernel says of a next hop whose interface was set down.
        "linkdown": route["linkdown"] or route["dead"],
    }
