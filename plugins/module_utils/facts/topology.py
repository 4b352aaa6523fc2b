# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The virtual topology as the API tells it, as far as other hosts' facts are compared with it."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.facts import _log, _parts
from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._context import Evidence, Missing, first_line
from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._rest import Answers
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import (
    midonet_cli,
    neutron_list,
    rest_bgp,
    rest_bridges,
    rest_chains,
    rest_hosts,
    rest_ports,
    rest_routers,
    rest_traces,
    rest_tunnel_zones,
    vtysh_neighbors,
)
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._sections import placed, sections

ITEMS: Tuple[str, ...] = (
    "overlay.hosts",
    "overlay.tunnel_zones",
    "overlay.bindings",
    "topology.routers",
    "topology.rest",
    "topology.subnets",
    "topology.neutron",
    "topology.rest_details",
)
GROUPS: Tuple[str, ...] = ("api",)

Rows = Optional[List[Dict[str, Any]]]
# "theirs:ours".
_HOST = ("id", "name", "alive", "addresses")
_ZONE = ("id", "name", "type")
_MEMBER = ("zone", "host:host_id", "address")
_BINDING = ("host:host_id", "interface", "port")
_ROUTER = ("id", "name", "admin_up", "asn")
_PORT = (
    *("id", "kind", "device", "host:host_id", "interface", "peer", "vif", "admin_up", "active", "mac", "address", "network", "vlan"),
    *("in_filter", "out_filter", "tunnel_key"),
)
_NEUTRON_ITEM = "topology.neutron"
# By list, what is kept of an entry.
_NEUTRON = {
    "networks": ("id", "name"),
    "routers": ("id", "name", "status", "admin_up"),
    "ports": ("id", "name", "status", "mac", "addresses"),
    "security_groups": ("id", "name"),
    "agents": ("id", "agent_type", "host", "alive", "admin_up"),
    "security_group_rules": ("id", "group", "direction", "ether_type", "protocol", "ports", "remote", "remote_group"),
    "floating_ips": ("id", "address", "fixed_address", "port"),
}
_NEUTRON_READERS: Dict[str, Callable[[str], Parsed[List[Any]]]] = {
    "security_group_rules": neutron_list.parse_rules,
    "floating_ips": neutron_list.parse_floating,
}
_NO_CLIENT = 127
_Parse = Callable[[str], Parsed[List[Dict[str, Any]]]]


def build(evidence: Evidence) -> Dict[str, Any]:
    """One object; see schemas/topology.json."""
    zones, members = _two(evidence, "overlay.tunnel_zones", midonet_cli.parse_tunnel_zones, "members", midonet_cli.parse_members)
    routers, ports = _two(evidence, "topology.routers", midonet_cli.parse_routers, "ports", midonet_cli.parse_ports)
    hosts = _one(evidence, "overlay.hosts", midonet_cli.parse_hosts)
    bindings = _one(evidence, "overlay.bindings", midonet_cli.parse_bindings)
    answers = Answers(evidence)
    data = {
        # The tool leaves the word "addresses" out when there are none.
        "hosts": _either(_renamed(hosts, _HOST, addresses=[]), answers.rows(r"/hosts", rest_hosts.parse), _HOST),
        "zones": _either(_renamed(zones, _ZONE), answers.rows(r"/tunnel_zones", rest_tunnel_zones.parse), _ZONE),
        "members": _either(
            _renamed(members, _MEMBER), answers.rows(r"/tunnel_zones/[^/]+/hosts", rest_tunnel_zones.parse_members), _MEMBER
        ),
        "bindings": _either(_renamed(bindings, _BINDING), answers.rows(r"/hosts/[^/]+/ports", rest_hosts.parse_bindings), _BINDING),
        "routers": _either(_renamed(routers, _ROUTER), answers.rows(r"/routers", rest_routers.parse), _ROUTER),
        "ports": _renamed(ports, ("id", "device", "admin_up", "plugged", "mac", "address", "network", "peer")),
        "all_ports": _all_ports(answers.rows(r"/ports", rest_ports.parse)),
        "bridges": answers.rows(r"/bridges", rest_bridges.parse),
        "chains": answers.rows(r"/chains", rest_chains.parse),
        "traces": answers.rows(r"/traces", rest_traces.parse),
        "bgp_peers": answers.rows(r"/(?:routers/[^/]+/bgp_peers|ports/[^/]+/bgps)", rest_bgp.parse),
        "bgp_networks": answers.rows(r"/(?:routers/[^/]+/bgp_networks|bgps/[^/]+/ad_routes)", rest_bgp.parse_networks),
        "routes": answers.rows(r"/routers/[^/]+/routes", rest_routers.parse_routes),
        "interfaces": answers.rows(r"/hosts/[^/]+/interfaces", rest_hosts.parse_interfaces),
        "subnets": answers.rows(r"/bridges/[^/]+/dhcp", rest_bridges.parse_subnets),
        "leases": answers.rows(r"/bridges/([^/]+)/dhcp/[^/]+/hosts", rest_bridges.parse_leases, "bridge"),
        "table_entries": answers.rows(r"/bridges/[^/]+/(?:mac|arp)_table", rest_bridges.parse_tables),
        "rules": answers.rows(r"/chains/[^/]+/rules", rest_chains.parse_rules),
        "neutron": _neutron(evidence),
    }
    if all(rows is None for rows in data.values()):
        raise Missing("; ".join(evidence.gaps) or "the API told nothing")
    return data


def _neutron(evidence: Evidence) -> Optional[Dict[str, Rows]]:
    """Neutron's own lists; None, and no gap, when it was not asked for them or has no client on this host."""
    if not _log.asked(evidence, _NEUTRON_ITEM):
        return None
    output = evidence.output(_NEUTRON_ITEM)
    if output is not None and output.exit_code == _NO_CLIENT and not (output.stdout or "").strip():
        return None
    try:
        parts = _parts.parts(evidence, _NEUTRON_ITEM)
    except Missing as missing:
        evidence.gap(str(missing))
        return None
    # The older client begins with a word about its own end.
    said = [line for line in (output.stderr or "").splitlines() if "deprecated" not in line] if output is not None else []
    complaint = first_line("\n".join(said))
    found: Dict[str, Rows] = {}
    for name, kept in _NEUTRON.items():
        rows = _parts.read(evidence, _NEUTRON_ITEM, parts.get(name), _NEUTRON_READERS.get(name, neutron_list.parse))
        # Lists that were asked for later are in no older record.
        if rows is None and (name in parts or name not in _NEUTRON_READERS):
            evidence.gap(f"{_NEUTRON_ITEM}: no list of {name.replace('_', ' ')}" + (f": {complaint}" if complaint else ""))
        found[name] = None if rows is None else [{key: one[key] for key in kept} for one in map(dict, rows)]
    return found


def _all_ports(rows: Rows) -> Rows:
    """With what the BGP daemon of a port said of its sessions (5.x)."""
    ports = _renamed(rows, _PORT)
    for port, row in zip(ports or (), rows or ()):
        said = row["bgp_status"]
        sessions = vtysh_neighbors.parse(said if said.endswith("\n") else said + "\n").data if said else None
        port["bgp_sessions"] = None if sessions is None else [{"address": one["address"], "state": one["state"]} for one in sessions]
    return ports


def _either(listed: Rows, answered: Rows, names: Tuple[str, ...]) -> Rows:
    """What midonet-cli listed; where it did not, what the REST API answered."""
    return listed if listed is not None else _renamed(answered, names)


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
