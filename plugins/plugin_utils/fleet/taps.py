# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The taps of virtual ports where they really are, beside the hosts that NSDB has the ports bound to. PRIVATE."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.fleet.hosts import Entry, Facts, Fleet, Host, Lists, about

_NAME_LENGTH = 11  # of a port's id, in the name that Nova gives its tap
_Bound = dict[str, list[tuple[str, str]]]


def build(fleet: Fleet) -> Lists:
    state = "known" if fleet.rows("bindings") is not None else "unknown"
    shared = [*fleet.shared("overlay.bindings"), *fleet.shared("topology.rest")]
    return {"taps": (_taps(fleet), about(state, fleet.topology_reason, ("underlay.ip_link",), shared))}


def _taps(fleet: Fleet) -> list[Entry] | None:
    """One entry for every tap of a known virtual port; one without values for a host that did not tell its interfaces."""
    rows = fleet.rows("bindings")
    if rows is None:
        return None
    bound: _Bound = {}
    for row in rows:
        name = str(row.get("interface") or "").strip()
        # A tap of any other name may exist on several hosts.
        if name == _tap_of(row.get("port")):
            bound.setdefault(name, []).append((str(row.get("port") or ""), str(row.get("host_id") or "")))
    # What a list that was cut lacks may be bound after all.
    free = _free(fleet, bound) if fleet.tells_all("overlay.bindings", "topology.rest", "topology.rest_details") else {}
    entries: list[Entry] = []
    for host in fleet.agents:
        if host.links is None:
            entries.append({**_EMPTY, "host": host.name, "reason": host.why("links")})
        for name, link in sorted((host.links or {}).items()):
            if name in bound:
                entries.append(_bound_tap(fleet, host, link, bound[name]))
            elif name in free:
                entries.append({**_tap(host, link, free[name]), "bound": False, "bound_here": False, "works_there": False})
    return entries


_EMPTY: Entry = dict.fromkeys(("interface", "key", "carrier", "bound", "bound_here", "bound_host", "works_there", "reason"))


def _free(fleet: Fleet, bound: Mapping[str, object]) -> dict[str, str]:
    """By the tap that it should have, every port of a bridge that belongs to a port of Neutron and is bound to no host."""
    ports = (port for port in fleet.rows("all_ports") or () if port.get("kind") == "bridge" and port.get("vif") and not port.get("host_id"))
    return {name: str(port["id"]) for port in ports if (name := _tap_of(port["vif"])) not in bound}


def _tap_of(port: object) -> str:
    return f"tap{str(port or '')[:_NAME_LENGTH]}"


def _tap(host: Host, link: Facts, port: str) -> Entry:
    return {**_EMPTY, "host": host.name, "interface": link.get("name"), "key": port, "carrier": link.get("carrier")}


def _bound_tap(fleet: Fleet, host: Host, link: Facts, rows: list[tuple[str, str]]) -> Entry:
    here = next((port for port, identity in rows if fleet.member(identity) == host.name), None)
    port, identity = rows[0]
    if here is not None:
        return {**_tap(host, link, here), "bound": True, "bound_here": True, "bound_host": host.name, "works_there": True}
    there = fleet.by_name.get(fleet.member(identity))
    works = None if there is None else _works(there, str(link.get("name")))
    unknown = there.why("links") if there else f"the port is bound to {identity}, which is no host of the inventory"
    return {
        **_tap(host, link, port),
        "bound": True,
        "bound_here": False,
        "bound_host": there.name if there else identity,
        "works_there": works,
        "reason": unknown if works is None else None,
    }


def _works(host: Host, name: str) -> bool | None:
    """Whether a host has a tap to which a machine is attached."""
    link = None if host.links is None else host.links.get(name)
    if link is None:
        return False if host.links is not None and host.tells_all("links") else None
    carrier: bool | None = link.get("carrier")
    return carrier
