# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The BGP routers that the agent runs, each in a network namespace of its own."""

from __future__ import annotations

import re
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple, TypeVar

from ansible_collections.midonet.diagnostics.plugins.module_utils.facts import _log
from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._context import Evidence, Missing
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import (
    ip_addr,
    ip_link,
    ip_neigh,
    ip_netns,
    shell_variables,
    vtysh,
    vtysh_config,
    vtysh_neighbors,
    vtysh_rib,
    vtysh_rib_summary,
    vtysh_routes,
    vtysh_version,
)
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import EMPTY, Parsed
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._sections import Section, placed, sections

T = TypeVar("T")

_LISTED = "bgp.namespaces"
ITEMS: Tuple[str, ...] = (
    _LISTED,
    "bgp.links",
    "bgp.addresses",
    "bgp.neighbours",
    "bgp.summary",
    "bgp.config",
    "bgp.sessions",
    "bgp.routes",
    "bgp.paths",
    "bgp.zebra",
    "bgp.log",
    "bgp.files",
)
# Those that are one part for each namespace.
_OF_NAMESPACES = ITEMS[1:10]
_PATHS = "bgp.paths"
_ZEBRA = "bgp.zebra"
_ZEBRA_LINES = 1000
# Not asked of every host, or added later than the others: a record without them is no poorer for that.
_LATER = ("bgp.sessions", "bgp.routes", _PATHS, _ZEBRA)
GROUPS: Tuple[str, ...] = ("gateway",)

_NAMESPACE = re.compile(r"mbgp\S*|bgp-\S*")
_PROCESS = re.compile(r"([0-9]{1,10}) (?:\S*/)?bgpd(?: .*)?")
_SESSION = (
    "address",
    "state",
    "hold_time_s",
    "keepalive_s",
    "configured_hold_time_s",
    "configured_keepalive_s",
    "connect_retry_s",
    "accepted_prefixes",
    "in_queue",
    "out_queue",
    "notifications_sent",
    "notifications_received",
    "connections_established",
    "connections_dropped",
    "last_reset_s",
    "last_reset_reason",
    "password",
)
_PATH = ("network", "next_hop", "valid", "best", "multipath", "internal", "metric", "local_preference", "as_path", "origin")
_PEER = ("address", "family", "remote_as", "state", "policy_blocked", "prefixes_received", "uptime_s")


def build(evidence: Evidence) -> Dict[str, Any]:
    """One object; see schemas/bgp.json."""
    processes = _parts(evidence, _LISTED)
    if processes is None:
        raise Missing("; ".join(evidence.gaps))
    if processes and _said(evidence, _LISTED):
        evidence.gap(f"{_LISTED}:{_said(evidence, _LISTED)}")
    asked = [item for item in _OF_NAMESPACES if item not in _LATER or _was_asked(evidence, item)]
    others = {item: _parts(evidence, item) if processes else {} for item in asked}
    routers = [_router(evidence, name, part, others) for name, part in sorted(processes.items())]
    _tell_apart(evidence, routers)
    software = [router.pop("software") for router in routers]
    return {
        "software": next((name for name in software if name), None),
        "routers": routers,
        "namespaces": _namespaces(evidence),
        "log": _log.learn(evidence, "bgp.log") if processes and _log.asked(evidence, "bgp.log") else None,
        "files": _files(evidence),
    }


def _namespaces(evidence: Evidence) -> Optional[List[str]]:
    """All network namespaces of the host, also those of others; None in a record from before they were listed."""
    output = evidence.output(_LISTED)
    text = output.stdout or "" if output is not None else ""
    listed = next((part.text for part in sections(text, is_name=_is_namespace) if not part.name), "")
    parsed = ip_netns.parse(listed)
    return sorted(one["name"] for one in parsed.data) if parsed.state in ("ok", "partial") else None


def _files(evidence: Evidence) -> Optional[Dict[str, Any]]:
    """What the files say that the routing daemons are started with; only when this one host was asked for them."""
    if not _log.asked(evidence, "bgp.files"):
        return None
    parts = {part.name: part for part in _parts_of(evidence, "bgp.files").values() if part.name}
    variables: Dict[str, str] = {}
    for name, part in parts.items():
        if name.endswith(("/daemons", "/debian.conf")):
            found = evidence.try_take("bgp.files", placed(shell_variables.parse(part.text), part))
            variables = {**variables, **(found or {})}
    texts = [part.text for name, part in parts.items() if name.endswith(("/bgpd.conf", "/zebra.conf"))]
    return {
        "files": sorted(parts),
        "daemons": sorted(name for name, value in variables.items() if value in ("yes", "1") and "_" not in name),
        "vtysh_enable": {"yes": True, "no": False}.get(variables.get("vtysh_enable", "")),
        "default_password": any("REDACTED(default)" in text for text in texts) if texts else None,
    }


def _parts_of(evidence: Evidence, item: str) -> Dict[str, Section]:
    try:
        return {part.name: part for part in sections(evidence.text(item, accept=(0, 1)), is_name=lambda name: name.startswith("/"))}
    except Missing as missing:
        evidence.gap(str(missing))
        return {}


def _is_namespace(name: str) -> bool:
    return _NAMESPACE.fullmatch(name) is not None


def _was_asked(evidence: Evidence, item: str) -> bool:
    if evidence.output(item, _round(item)) is not None:
        return True
    evidence.items.remove(item)
    return False


def _round(item: str) -> int:
    """Paths are looked for when it is known to which network."""
    return 2 if item == _PATHS else 1


def _parts(evidence: Evidence, item: str) -> Optional[Dict[str, Section]]:
    """The item's sections by namespace; None when it was not obtained."""
    try:
        # The code is the last namespace's; the other ones may have answered.
        accept = None if item in ("bgp.summary", "bgp.config", *_LATER) else (0,)
        text = evidence.text(item, _round(item), accept)
    except Missing as missing:
        evidence.gap(str(missing))
        return None
    return {part.name: part for part in sections(text, is_name=_is_namespace) if part.name}


def _router(evidence: Evidence, name: str, processes: Section, others: Dict[str, Optional[Dict[str, Section]]]) -> Dict[str, Any]:
    def read(item: str, parse: Callable[[str], Parsed[T]], empty_is_known: bool = False) -> Optional[T]:
        parts = others.get(item)
        part = (parts or {}).get(name)
        if part is None:
            if parts is not None and item not in _LATER:
                evidence.gap(f"{item}: nothing of {name}")
            return None
        parsed = placed(parse(part.text), part)
        if parsed.state == EMPTY and item in _LATER:
            return None
        if parsed.state == EMPTY and not empty_is_known:
            evidence.gap(f"{item}: nothing of {name}" + _said(evidence, item))
            return None
        return evidence.try_take(item, parsed)

    found = (_PROCESS.fullmatch(line.strip()) for line in processes.text.split("\n"))
    pids = [int(process.group(1)) for process in found if process]
    links = read("bgp.links", ip_link.parse)
    addresses = read("bgp.addresses", ip_addr.parse)
    neighbours = read("bgp.neighbours", ip_neigh.parse, empty_is_known=True)
    summary = read("bgp.summary", vtysh.parse_summary)
    config = read("bgp.config", vtysh_config.parse_running_config)
    sessions = read("bgp.sessions", vtysh_neighbors.parse)
    routes = read("bgp.routes", vtysh_rib_summary.parse)
    paths = read(_PATHS, vtysh_rib.parse_part)
    zebra = _zebra(evidence, (others.get(_ZEBRA) or {}).get(name))
    states = None if neighbours is None else {one["address"]: (one["state"] or "").lower() or None for one in neighbours}
    return {
        "namespace": name,
        "daemon_pids": pids if pids or not _said(evidence, _LISTED) else None,
        "links": None if links is None else [{key: link[key] for key in ("name", "admin_up", "carrier", "oper_state")} for link in links],
        "addresses": None if addresses is None else [_cidr(one) for one in addresses],
        "router_id": summary["router_id"] if summary else None,
        "local_as": summary["local_as"] if summary else None,
        "peers": None if summary is None else [_peer(peer, states) for peer in summary["peers"]],
        "sessions": None if sessions is None else [_named(one, _SESSION) for one in sessions],
        "routes": _routes(routes),
        "paths": None if paths is None else [_named(one, _PATH) for one in paths["routes"]],
        "zebra": zebra,
        "configured": _configured(config),
        "software": (summary and summary["software"]) or (config and config["software"]) or None,
    }


def _zebra(evidence: Evidence, part: Optional[Section]) -> Optional[Dict[str, Any]]:
    """What the daemons of one namespace tell of themselves and of all routes; None when this one host was not asked for it."""
    if part is None:
        return None
    inner = {one.name: one for one in sections(part.text, is_name=lambda name: name.startswith("routes of "))}
    told = {name: Section(name, part.first_line + one.first_line - 1, one.text) for name, one in inner.items()}
    shown, table = told.get(""), next((one for name, one in told.items() if name), None)
    version = evidence.try_take(_ZEBRA, placed(vtysh_version.parse(shown.text), shown)) if shown and shown.text.strip() else None
    routes = evidence.try_take(_ZEBRA, placed(vtysh_routes.parse(table.text), table)) if table and table.text.strip() else None
    if version is None and routes is None:
        return None
    return {
        "software": version["software"] if version else None,
        "version": version["version"] if version else None,
        # What follows the last line that was kept is not known.
        "complete": None if routes is None or table is None else table.text.count("\n") < _ZEBRA_LINES and _ZEBRA not in evidence.cut,
        "routes": None if routes is None else [_zebra_route(one) for one in routes],
    }


def _zebra_route(route: vtysh_routes.Route) -> Dict[str, Any]:
    hops = [{name: hop[name] for name in ("address", "link", "installed", "discards")} for hop in map(dict, route["next_hops"])]
    return {**_named(route, ("network", "protocol", "selected", "distance", "metric", "up_s")), "next_hops": hops}


def _said(evidence: Evidence, item: str) -> str:
    output = evidence.output(item)
    words = (output.stderr or "").strip().split("\n", 1)[0][:160] if output is not None else ""
    return f" ({words})" if words else ""


def _cidr(address: Any) -> str:
    return f"{address['address']}/{address['prefix_length']}" if address["prefix_length"] is not None else str(address["address"])


def _peer(peer: Dict[str, Any], states: Optional[Dict[Any, Any]]) -> Dict[str, Any]:
    # The neighbour table that was asked for is that of IPv4.
    known = states is not None and ":" not in peer["address"]
    return {
        **{name: peer[name] for name in _PEER},
        "neighbour_state": (states or {}).get(peer["address"], "absent") if known else None,
    }


def _named(record: Mapping[str, Any], names: Tuple[str, ...]) -> Dict[str, Any]:
    return {name: record[name] for name in names}


def _routes(table: Optional[vtysh_rib_summary.Summary]) -> Optional[Dict[str, Any]]:
    if table is None:
        return None
    return {
        "networks": table["networks"],
        "paths": table["paths"],
        "complete": table["complete"],
        "default": [_named(one, ("network", "next_hop", "valid", "best")) for one in table["default"]],
        "own": [_named(one, ("network", "valid", "best")) for one in table["own"]],
    }


def _configured(config: Optional[Dict[str, Any]]) -> Optional[Dict[str, Any]]:
    """The daemon's first router of the default VRF; None when it has none, as when the daemon that holds it does not run."""
    router = next((one for one in (config or {}).get("routers") or () if one["vrf"] is None), None)
    if router is None:
        return None
    return {
        "as": router["as"],
        "neighbours": [{name: one[name] for name in ("address", "remote_as", "shutdown")} for one in router["neighbours"]],
        "networks": router["networks"],
    }


def _tell_apart(evidence: Evidence, routers: List[Dict[str, Any]]) -> None:
    """A namespace has a network of its own, but not a file system: where daemons share a control socket, all namespaces get one's answer.

    Then it belongs to the namespace that has the router's address, and the others are not known.
    """
    for router in routers:
        twins = [one for one in routers if one["router_id"] is not None and one["router_id"] == router["router_id"]]
        if len(twins) < 2:
            continue
        owners = [one for one in twins if any(text.split("/", 1)[0] == one["router_id"] for text in one["addresses"] or ())]
        for one in twins:
            if len(owners) == 1 and one is owners[0]:
                continue
            evidence.gap(f"bgp.summary: {one['namespace']} got the answer of another namespace's daemon")
            one.update(router_id=None, local_as=None, peers=None, sessions=None, routes=None, paths=None, zebra=None, configured=None)
