# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The virtual topology as the API tells it, as far as other hosts' facts are compared with it."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._context import Evidence, Missing
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import midonet_cli
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._sections import placed, sections

ITEMS: Tuple[str, ...] = ("overlay.hosts", "overlay.tunnel_zones", "overlay.bindings", "topology.routers")
GROUPS: Tuple[str, ...] = ("api",)

Rows = Optional[List[Dict[str, Any]]]
_Parse = Callable[[str], Parsed[List[Dict[str, Any]]]]


def build(evidence: Evidence) -> Dict[str, Any]:
    """One object; see schemas/topology.json."""
    zones, members = _two(evidence, "overlay.tunnel_zones", midonet_cli.parse_tunnel_zones, "members", midonet_cli.parse_members)
    routers, ports = _two(evidence, "topology.routers", midonet_cli.parse_routers, "ports", midonet_cli.parse_ports)
    hosts = _one(evidence, "overlay.hosts", midonet_cli.parse_hosts)
    bindings = _one(evidence, "overlay.bindings", midonet_cli.parse_bindings)
    data = {
        # The tool leaves the word "addresses" out when there are none.
        "hosts": _renamed(hosts, ("id", "name", "alive", "addresses"), addresses=[]),
        "zones": _renamed(zones, ("id", "name", "type")),
        "members": _renamed(members, ("zone", "host:host_id", "address")),
        "bindings": _renamed(bindings, ("host:host_id", "interface", "port")),
        "routers": _renamed(routers, ("id", "name", "admin_up", "asn")),
        "ports": _renamed(ports, ("id", "device", "admin_up", "plugged", "mac", "address", "network", "peer")),
    }
    if all(rows is None for rows in data.values()):
        raise Missing("; ".join(evidence.gaps) or "the API told nothing")
    return data


def _renamed(rows: Rows, names: Tuple[str, ...], **absent: Any) -> Rows:
    """Of each row the named fields ("theirs:ours"), with what an absent one means."""
    if rows is None:
        return None
    pairs = [(name.partition(":")[0], name.partition(":")[2] or name) for name in names]
    return [{ours: absent.get(ours) if row[theirs] is None else row[theirs] for theirs, ours in pairs} for row in rows]


def _one(evidence: Evidence, item: str, parse: _Parse) -> Rows:
    return evidence.maybe(item, parse)


def _two(evidence: Evidence, item: str, parse: _Parse, second: str, parse_second: _Parse) -> Tuple[Rows, Rows]:
    """The listing of an item, and the one in its second section.

    The tool prints nothing for an empty listing; after a failure that is no answer.
    """
    try:
        text = evidence.text(item)
    except Missing as missing:
        evidence.gap(str(missing))
        return None, None
    output = evidence.output(item)
    failed = output is not None and output.exit_code not in (0, None)
    found: Dict[str, Rows] = {"": None, second: None}
    for part in sections(text, is_name=lambda name: name == second):
        parsed = placed((parse_second if part.name else parse)(part.text), part)
        found[part.name] = None if failed and not part.text.strip() else evidence.try_take(item, parsed)
    if not failed and found[second] is not None and found[""] is None and not text.split("### ", 1)[0].strip():
        found[""] = []
    return found[""], found[second]
