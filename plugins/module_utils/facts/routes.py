# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The main IPv4 routing table."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._context import Evidence
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import ip_route, netstat_routes
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._sections import Section, placed, sections

ITEMS: Tuple[str, ...] = ("underlay.ip_route",)
GROUPS: Tuple[str, ...] = ()

_ITEM = "underlay.ip_route"
# The exit code is that of the table until the rules are asked for, which an old kernel may not have.
_RULES = re.compile(r"^### rules$", re.MULTILINE)
_NETSTAT = re.compile(r"^(?:Kernel IP routing table|Destination +Gateway)", re.MULTILINE)


def build(evidence: Evidence) -> List[Dict[str, Any]]:
    """One object per next hop; see schemas/routes.json. An empty table is known: the host reaches nobody."""
    return [_route(route) for route in evidence.take(_ITEM, table(evidence)) if route["table"] in (None, "main")]


def table(evidence: Evidence) -> Parsed[List[ip_route.Route]]:
    """What the first part of the item says, be it from ip or from netstat."""
    text = evidence.text(_ITEM, accept=None if _RULES.search(_said(evidence)) else (0,))
    part = next((one for one in sections(text) if not one.name), Section("", 1, ""))
    parse = netstat_routes.parse if _NETSTAT.search(part.text[:2000]) else ip_route.parse
    return placed(parse(part.text), part)


def _said(evidence: Evidence) -> str:
    output = evidence.output(_ITEM)
    return output.stdout or "" if output is not None else ""


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
