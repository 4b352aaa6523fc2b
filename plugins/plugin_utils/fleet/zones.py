# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether hosts that must reach each other are in one tunnel zone. PRIVATE.

An agent sends a packet to another host by that host's address in a zone that both are in; without one it throws the packet away.
Hosts must reach each other when the same virtual bridge has ports on both; a gateway must reach the hosts that have machines.
"""

from __future__ import annotations

from collections import Counter

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.fleet.hosts import Entry, Fleet, Host, Lists, about
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.fleet.tunnels import overlay_zones

_Zones = frozenset[str]
_LISTS = ("overlay.tunnel_zones", "topology.rest", "topology.rest_details")
_SHOWN = 3


def build(fleet: Fleet) -> Lists:
    shared = [*fleet.shared("overlay.tunnel_zones"), *fleet.shared("topology.rest")]
    return {"zone_company": (_company(fleet), about("known", "", (), shared))}


def _company(fleet: Fleet) -> list[Entry]:
    """One entry for each agent host: which hosts that it must reach share no zone with it."""
    zones = _zones_of(fleet)
    if zones is None:
        return [_entry(host, None, None, None, fleet.topology_reason) for host in fleet.agents]
    names = {key: str(zone.get("name") or key) for key, zone in overlay_zones(fleet).items()}
    sizes = Counter(mine for mine in zones.values() if mine)
    # With one zone for all there is nothing to compare, whatever the ports are.
    several = len(sizes) > 1
    ports = fleet.rows("all_ports") if several else []
    apart = _by_bridge(fleet, zones, sizes) if several and ports is not None else {}
    for host in fleet.agents:
        if several and host.is_in("gateway"):
            apart.setdefault(host.name, set()).update(_without_machines(fleet, host, zones))
    sure = fleet.tells_all(*_LISTS) and ports is not None
    entries = []
    for host in fleet.agents:
        mine = zones.get(host.name)
        others = sorted(apart.get(host.name, ()))
        reason = None if mine is not None else f"the identity of {host.name} in NSDB is not known"
        if mine is not None and not others and not sure:
            reason = fleet.topology_reason if fleet.topology_reason else "the list of virtual ports was not seen whole"
        told = others if others or (sure and mine is not None) else None
        entries.append(_entry(host, mine, [names[one] for one in sorted(mine or ())], told, reason))
    return entries


def _entry(host: Host, zones: _Zones | None, names: list[str] | None, apart: list[str] | None, reason: str | None) -> Entry:
    return {
        "host": host.name,
        "zone_count": None if zones is None else len(zones),
        "zones": None if zones is None else names,
        "apart": None if apart is None else apart[:_SHOWN],
        "apart_count": None if apart is None else len(apart),
        "reason": reason,
    }


def _zones_of(fleet: Fleet) -> dict[str, _Zones] | None:
    """By agent host of the inventory the overlay zones that it is in; without those whose identity is not known."""
    members = fleet.rows("members")
    if members is None or fleet.rows("zones") is None:
        return None
    overlay = overlay_zones(fleet)
    found = {name: set[str]() for holders in fleet.by_id.values() for name in holders if len(holders) == 1}
    for member in members:
        name, zone = fleet.member(str(member.get("host_id"))), str(member.get("zone"))
        if name in found and zone in overlay:
            found[name].add(zone)
    agents = {host.name for host in fleet.agents}
    return {name: frozenset(zones) for name, zones in found.items() if name in agents}


def _by_bridge(fleet: Fleet, zones: dict[str, _Zones], sizes: Counter[_Zones]) -> dict[str, set[str]]:
    """Hosts that have ports of one bridge and no zone in common: those of the zones with fewer hosts, with the others."""
    bridges: dict[str, dict[_Zones, set[str]]] = {}
    for port in fleet.rows("all_ports") or ():
        name = fleet.member(str(port.get("host_id") or ""))
        if port.get("kind") == "bridge" and zones.get(name):
            bridges.setdefault(str(port.get("device")), {}).setdefault(zones[name], set()).add(name)
    apart: dict[str, set[str]] = {}
    for groups in bridges.values():
        for mine, hosts in groups.items():
            others = [other for theirs, other in groups.items() if not theirs & mine and sizes[theirs] >= sizes[mine]]
            for name in hosts if others else ():
                apart.setdefault(name, set()).update(*others)
    return apart


def _without_machines(fleet: Fleet, gateway: Host, zones: dict[str, _Zones]) -> set[str]:
    """All hosts for machines, when a gateway shares no zone with any of them."""
    computes = [host.name for host in fleet.agents if host.is_in("compute") and zones.get(host.name)]
    mine = zones.get(gateway.name)
    if not mine or any(zones[name] & mine for name in computes):
        return set()
    return set(computes)
