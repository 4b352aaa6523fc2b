# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ways out of a host: the interfaces that matter, routes and neighbours towards the hosts it must talk to. PRIVATE."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.fleet import tunnels
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.fleet.hosts import (
    TERMINAL_LINKS,
    Entry,
    Facts,
    Fleet,
    Host,
    Lists,
    about,
    host_of,
    is_ipv4,
    most_common,
    small_letters,
)
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.fleet.routing import RouteTable

_LINK_FIELDS = (
    "name", "kind", "flags", "admin_up", "carrier", "oper_state", "mtu", "mac", "master", "parent", "rx_errors", "tx_errors", "delta",
)  # fmt: skip


# Taps, the agent's tunnel and internal ports, and the ends of BGP namespaces.
_NO_UPLINKS = ("tap", "tn", "midonet", "metadata", *TERMINAL_LINKS)


class Target(NamedTuple):
    """An address that a host must reach, for what, and whose it is."""

    address: str
    purpose: str
    peer: str


def build(fleet: Fleet, endpoints: list[Entry]) -> Lists:
    ends: dict[str, Entry] = {entry["host"]: entry for entry in endpoints if entry["address"]}
    plan = tunnels.plan_probes(ends)
    used: list[Entry] = []
    routing: list[Entry] = []
    ways: list[Entry] = []
    neighbours: list[Entry] = []
    uplinks = _uplinks(fleet)
    for host in fleet.hosts:
        targets = list(_targets(fleet, host, ends, plan))
        to = _ways(host, targets, ends.get(host.name))
        ways += to
        routing.append(_routing(host))
        neighbours += _neighbours(host, to)
        used += _used_links(host, to, ends.get(host.name), uplinks.get(host.name, ()))
    shared = fleet.shared("overlay.tunnel_zones")
    return {
        "used_links": (used, about("known", "", ("underlay.ip_link", "underlay.ip_route"), shared)),
        "routing": (routing, about("known", "", ("underlay.ip_route", "underlay.ip_link"))),
        "routes_to": (ways, about("known", "", ("underlay.ip_route",), shared)),
        "neighbours": (neighbours, about("known", "", ("underlay.ip_neigh", "underlay.ip_route"), shared)),
        "uplinks": (
            _ways_out(fleet, uplinks),
            about("known", "", ("underlay.ip_link", "overlay.datapath", "underlay.link_settings"), fleet.shared("overlay.bindings")),
        ),
    }


def _targets(fleet: Fleet, host: Host, ends: dict[str, Entry], plan: dict[str, list[str]]) -> Iterator[Target]:
    for peer in plan.get(host.name, ()):
        yield Target(ends[peer]["address"], "tunnel", peer)
    config = host.section("agent").get("config") or {}
    for purpose in ("zookeeper", "cassandra"):
        for server in config.get(f"{purpose}_servers") or ():
            address = host_of(server)
            yield Target(address, purpose, fleet.named(address))


def _ways(host: Host, targets: Iterable[Target], own: Entry | None) -> list[Entry]:
    routes = host.get("routes")
    table = RouteTable(routes or ())
    mine = {row.get("address") for row in host.rows("addresses")}
    entries = []
    for target in dict.fromkeys(targets):
        if target.address in mine or not is_ipv4(target.address):
            continue
        route = table.lookup(target.address) if host.tells_all("routes") else None
        # A route that was cut off may have been the better one.
        entries.append(_way(host, target, route, own, routes is not None and host.tells_all("routes")))
    return entries


def _way(host: Host, target: Target, route: Facts | None, own: Entry | None, known: bool) -> Entry:
    found = route or {}
    return {
        "host": host.name,
        "peer": target.peer,
        "address": target.address,
        "purpose": target.purpose,
        "found": route is not None if known else None,
        "type": found.get("type"),
        "link": found.get("link"),
        "gateway": found.get("gateway"),
        "linkdown": found.get("linkdown", False) if known else None,
        "tunnel_link": own["link"] if own and target.purpose == "tunnel" else None,
        "reason": None if known else host.why("routes"),
    }


def _routing(host: Host) -> Entry:
    routes = host.get("routes")
    if routes is None:
        return {
            "host": host.name, "default_routes": None, "default_links": None, "default_conflict": None, "default_down": None,
            "reason": host.why("routes"),
        }  # fmt: skip
    defaults = [route for route in routes if route.get("destination") in ("default", "0.0.0.0/0")]
    metrics: dict[Any, set[Any]] = {}
    for route in defaults:
        metrics.setdefault(route.get("metric") or 0, set()).add(route.get("link"))
    links = sorted({str(route.get("link")) for route in defaults if route.get("link")})
    known = host.links or {}
    down = [name for name in links if (name in known or (host.links is not None and host.tells_all("links"))) and _is_down(known.get(name))]
    down += [str(route.get("link")) for route in defaults if route.get("linkdown") and route.get("link") not in down]
    whole = host.tells_all("routes")
    return {
        "host": host.name,
        "default_routes": len(defaults) if defaults or whole else None,
        "default_links": links,
        "default_conflict": any(len(names) > 1 for names in metrics.values()) or (False if whole else None),
        "default_down": sorted(set(down)),
        "reason": None if whole else host.why("routes"),
    }


def _is_down(link: Facts | None) -> bool:
    return link is None or link.get("admin_up") is False or link.get("carrier") is False


def _neighbours(host: Host, ways: list[Entry]) -> list[Entry]:
    table = host.get("neighbours")
    known = {row.get("address"): row for row in table or ()}
    hops: dict[str, tuple[str, str, str]] = {}
    for way in ways:
        if not way["found"] or not way["link"]:
            continue
        hop = way["gateway"] or way["address"]
        hops.setdefault(hop, (way["link"], "gateway" if way["gateway"] else way["purpose"], "" if way["gateway"] else way["peer"]))
    return [
        {
            "host": host.name,
            "peer": peer,
            "address": hop,
            "link": link,
            "purpose": purpose,
            "listed": True if hop in known else None if table is None or not host.tells_all("neighbours") else False,
            "state": small_letters(known[hop].get("state")) if hop in known else None,
            "reason": host.why("neighbours") if table is None or not host.tells_all("neighbours") else None,
        }
        for hop, (link, purpose, peer) in hops.items()
    ]


def _uplinks(fleet: Fleet) -> dict[str, list[str]]:
    """Interfaces of hosts that are bound to virtual ports and are no taps: the way out of the cloud."""
    if fleet.rows("bindings") is None:
        return {host.name: ports for host in fleet.hosts if (ports := _plugged(host))}
    found: dict[str, list[str]] = {}
    for row in fleet.rows("bindings") or ():
        name = str(row.get("interface") or "").strip()
        host = fleet.member(str(row.get("host_id")))
        if host and name and not name.startswith("tap"):
            found.setdefault(host, []).append(name)
    return found


def _plugged(host: Host) -> list[str]:
    """The same as the datapath has it, where NSDB does not tell: interfaces that are neither taps nor MidoNet's own."""
    return sorted(name for name in host.port_names or () if name in (host.links or {}) and not name.startswith(_NO_UPLINKS))


def _ways_out(fleet: Fleet, uplinks: dict[str, list[str]]) -> list[Entry]:
    """The uplinks of every gateway; one entry with null leaves for a gateway of which nobody tells them."""
    entries = []
    for host in fleet.hosts:
        if not host.is_in("gateway"):
            continue
        told = fleet.rows("bindings") is not None or host.port_names is not None
        entries += [_way_out(host, name) for name in sorted(set(uplinks.get(host.name, ()))) if _may_exist(host, name)]
        if not told:
            entries.append({**_NO_WAY_OUT, "host": host.name, "reason": f"{fleet.topology_reason}; {host.why('datapath')}"})
    mtus = [entry["mtu"] for entry in entries if entry["mtu"] is not None]
    common = most_common(mtus)
    return [{**entry, "common_mtu": common, "uplinks": len(mtus)} for entry in entries]


_NO_WAY_OUT: Entry = dict.fromkeys(("name", "mtu", "common_mtu", "uplinks", "merging_links", "reason"))


def _may_exist(host: Host, name: str) -> bool:
    """Not what a whole list of interfaces lacks: that is no uplink with a wrong setting."""
    return host.links is None or name in host.links or not host.tells_all("links")


def _way_out(host: Host, name: str) -> Entry:
    settings = host.get("link_settings")
    merging = [str(row.get("name")) for row in settings or () if row.get("large_receive_offload")]
    silent = "links" if (host.links or {}).get(name) is None else "link_settings" if settings is None else ""
    return {
        **_NO_WAY_OUT,
        "host": host.name,
        "name": name,
        "mtu": ((host.links or {}).get(name) or {}).get("mtu"),
        "merging_links": None if silent or not host.tells_all("link_settings") else sorted(set(merging) & _below(host, name)),
        "reason": host.why(silent) if silent else None,
    }


def _below(host: Host, name: str) -> set[str]:
    """A link with what it is made of: what a VLAN lies on, the members of a bond."""
    found, pending = {name}, [name]
    while pending:
        upper = pending.pop()
        parent = ((host.links or {}).get(upper) or {}).get("parent")
        lower = [str(link["name"]) for link in (host.links or {}).values() if link.get("master") == upper]
        for one in [*lower, *([str(parent)] if parent else [])]:
            if one not in found:
                found.add(one)
                pending.append(one)
    return found


def _used_links(host: Host, ways: list[Entry], own: Entry | None, uplinks: Iterable[str]) -> list[Entry]:
    if host.links is None:
        empty: Entry = dict.fromkeys(_LINK_FIELDS)
        return [{**empty, "host": host.name, "used_for": None, "reason": host.why("links")}]
    uses: dict[str, set[str]] = {}
    for way in ways:
        if way["link"]:
            uses.setdefault(way["link"], set()).add(way["purpose"])
    for route in host.rows("routes"):
        if route.get("destination") in ("default", "0.0.0.0/0") and route.get("link"):
            uses.setdefault(str(route["link"]), set()).add("default_route")
    if own and own["link"]:
        uses.setdefault(own["link"], set()).add("tunnel")
    for name in uplinks:
        uses.setdefault(name, set()).add("uplink")
    for purpose, addresses in _served(host):
        for row in host.rows("addresses"):
            if row.get("address") in addresses and row.get("link"):
                uses.setdefault(str(row["link"]), set()).add(purpose)
    _add_lower_links(host, uses)
    return [_used_link(host, name, sorted(uses[name])) for name in sorted(uses) if name in host.links and name != "lo"]


def _served(host: Host) -> Iterator[tuple[str, set[str]]]:
    """Addresses at which servers here are reached, as their configuration has them."""
    ensemble = (host.section("zookeeper").get("config") or {}).get("servers") or ()
    yield "zookeeper", {str(server.get("host")) for server in ensemble}
    config = host.section("cassandra").get("config") or {}
    yield "cassandra", {str(config.get(name)) for name in ("listen_address", "rpc_address")}


def _add_lower_links(host: Host, uses: dict[str, set[str]]) -> None:
    """A VLAN works only when the interface below it does; members of a bond may fail singly and are left out."""
    pending = list(uses)
    while pending:
        name = pending.pop()
        link = (host.links or {}).get(name) or {}
        parent = link.get("parent")
        if link.get("kind") in ("vlan", "macvlan", "ipvlan") and parent and not uses[name] <= uses.get(parent, set()):
            uses.setdefault(parent, set()).update(uses[name])
            pending.append(parent)


def _used_link(host: Host, name: str, used_for: list[str]) -> Entry:
    link = (host.links or {})[name]
    return {
        **{key: link.get(key) for key in _LINK_FIELDS},
        "oper_state": small_letters(link.get("oper_state")),
        "host": host.name,
        "used_for": used_for,
        "reason": None,
    }
