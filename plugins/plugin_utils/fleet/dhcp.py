# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The MTU that machines are told by DHCP, beside what the tunnels of their hosts have room for. PRIVATE.

What the subnet has, else what the agent is configured with less the tunnel's bytes. From 5.0 on the agent tells no more than its own tunnel
interface has room for; up to 2015.06 it does not look at it.
"""

from __future__ import annotations

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.fleet.hosts import Entry, Facts, Fleet, Host, Lists, about

_KEPT_FREE = 50  # bytes, whatever the type of tunnel
_ASKED = 64  # bridges at most, see topology.subnets
_ITEM = "topology.subnets"
_DETAILS = "topology.rest_details"


def build(fleet: Fleet, endpoints: list[Entry]) -> Lists:
    shared = [*fleet.shared(_ITEM), *fleet.shared("topology.rest")]
    return {"announced_mtus": (_announced(fleet, endpoints), about("known", "", ("agent.settings", "underlay.ip_link"), shared))}


def _announced(fleet: Fleet, endpoints: list[Entry]) -> list[Entry]:
    """One entry for every host for machines."""
    ends = {entry["host"]: entry for entry in endpoints}
    bridges = _bridges(fleet)
    of_subnets = _of_subnets(fleet)
    return [_of_host(fleet, host, ends.get(host.name) or {}, bridges, of_subnets) for host in fleet.agents if host.is_in("compute")]


def _of_host(fleet: Fleet, host: Host, end: Entry, bridges: dict[str, set[str]] | None, of_subnets: dict[str, int] | None) -> Entry:
    mtu, overhead = end.get("mtu"), end.get("overhead")
    room = None if mtu is None or overhead is None else mtu - overhead
    default = _default(host, end)
    given: list[int | None] | None = None
    if bridges is not None and of_subnets is not None:
        mine = bridges.get(host.name) or {""}
        given = [of_subnets.get(one, default) for one in sorted(mine)]
    return {
        "host": host.name,
        "told": _told(host.info.get("generation"), mtu, room, given, _all_asked(fleet)),
        "room": room,
        "link": end.get("link"),
        "mtu": mtu,
        "reason": _why(fleet, host, end, given, default),
    }


def _told(generation: str | None, mtu: int | None, room: int | None, given: list[int | None] | None, all_asked: bool) -> int | None:
    """The largest MTU that machines are told. given: by the bridges of the host, None for one of which it is not known."""
    most = max((one for one in given or () if one is not None), default=None)
    if generation == "B":
        own = None if mtu is None else mtu - _KEPT_FREE
        return own if own is None or most is None else min(own, most)
    complete = generation == "A" and given is not None and all_asked and None not in given
    # One that is too large is enough.
    return most if complete or (generation == "A" and None not in (most, room) and (most or 0) > (room or 0)) else None


def _default(host: Host, end: Entry) -> int | None:
    """What the agent works out where a subnet has nothing."""
    agent = host.section("agent")
    settings: Facts = agent.get("settings") or {}
    config: Facts = agent.get("config") or {}
    found: int | None = (settings.get("dhcp_mtu_bytes") if settings.get("of_host") else None) or config.get("dhcp_mtu_bytes")
    if found is None or end.get("address_on_host") is None:
        return None
    return found - _KEPT_FREE if end["address_on_host"] else found


def _bridges(fleet: Fleet) -> dict[str, set[str]] | None:
    """By host the bridges that have ports on it."""
    ports = fleet.rows("all_ports")
    if ports is None:
        return None
    found: dict[str, set[str]] = {}
    for port in ports:
        name = fleet.member(str(port.get("host_id") or ""))
        if name and port.get("kind") == "bridge":
            found.setdefault(name, set()).add(str(port.get("device")))
    return found


def _of_subnets(fleet: Fleet) -> dict[str, int] | None:
    """By bridge the largest MTU that its subnets have of their own; None when nobody told them."""
    rows = fleet.rows("subnets")
    if rows is None and fleet.rows("bridges") != []:
        return None
    found: dict[str, int] = {}
    for row in rows or ():
        if row.get("mtu") and row.get("enabled") is not False:
            found[str(row.get("bridge"))] = max(row["mtu"], found.get(str(row.get("bridge")), 0))
    return found


def _all_asked(fleet: Fleet) -> bool:
    bridges = fleet.rows("bridges")
    return bridges is not None and len(bridges) <= _ASKED and fleet.tells_all("topology.rest", _ITEM, _DETAILS)


def _why(fleet: Fleet, host: Host, end: Entry, given: list[int | None] | None, default: int | None) -> str | None:
    """Why something is not known: of the host, of its zone, of the virtual network."""
    if end.get("mtu") is None:
        return end.get("reason") or "the host is in no overlay zone that is known"
    if host.info.get("generation") is None:
        return "the generation of its agent is not known"
    if given is None:
        return fleet.topology_reason or f"{_ITEM} told no subnets"
    if not _all_asked(fleet):
        return f"{_ITEM} asked for the first {_ASKED} bridges only"
    return f"the agent's MTU for DHCP is not known: {host.why('agent')}" if default is None else None
