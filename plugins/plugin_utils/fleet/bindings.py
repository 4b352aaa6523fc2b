# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bindings of virtual ports as one table of the whole cloud: what is bound twice, and which ports NSDB has for plugged. PRIVATE."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.fleet.hosts import Entry, Facts, Fleet, Host, Lists, about

# An id that lost a digit on its way through a document is no second port.
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Devices that the agent's own services share.
_SHARED = re.compile(r".*_MN_dp|veth.*")
_BINDINGS = ("overlay.bindings", "topology.rest_details")

Row = tuple[str, str, str]  # id of the host in NSDB, interface, virtual port


def build(fleet: Fleet) -> Lists:
    state = "known" if fleet.rows("bindings") is not None else "unknown"
    shared = [one for item in ("overlay.bindings", "overlay.hosts", "topology.rest") for one in fleet.shared(item)]
    return {"bound_ports": (_bound_ports(fleet), about(state, fleet.topology_reason, ("underlay.ip_link",), shared))}


def _bound_ports(fleet: Fleet) -> list[Entry] | None:
    listed = fleet.rows("bindings")
    if listed is None:
        return None
    rows = _rows(listed)
    holders: dict[str, set[str]] = {}
    devices: dict[tuple[str, str], set[str]] = {}
    for identity, interface, port in rows:
        if _ID.fullmatch(port):
            holders.setdefault(port, set()).add(identity)
            devices.setdefault((identity, interface), set()).add(port)
    hosts = {str(row.get("id")): row for row in fleet.rows("hosts") or ()}
    dead = {identity for identity, row in hosts.items() if row.get("alive") is False}
    active, tells = _active(fleet)
    whole = fleet.tells_all(*_BINDINGS)
    entries = []
    for identity, interface, port in rows:
        host = fleet.by_name.get(fleet.member(identity))
        if host is None:
            continue
        others, more = holders.get(port, {identity}) - {identity}, devices.get((identity, interface), set()) - {port}
        told = True if active.get(port) is not None else False if tells is False or not _ID.fullmatch(port) else None
        up = _is_up(host, interface)
        entries.append(
            {
                "host": host.name,
                "interface": interface,
                "key": port,
                "also_on": _found(whole, (_name(fleet, hosts, one) for one in others - dead)),
                "also_on_dead": _found(whole, (_name(fleet, hosts, one) for one in others & dead)),
                "more_ports": _found(whole, more if _ID.fullmatch(port) else ()),
                "is_shared_device": _SHARED.fullmatch(interface) is not None,
                "interface_up": up,
                "active": active.get(port),
                "active_told": told,
                "reason": _reason(fleet, host, up, told, whole),
            }
        )
    return sorted(entries, key=lambda entry: (entry["host"], entry["interface"], entry["key"]))


def _rows(listed: Iterable[Facts]) -> list[Row]:
    found = ((str(row.get("host_id") or ""), str(row.get("interface") or "").strip(), str(row.get("port") or "").strip()) for row in listed)
    return sorted({row for row in found if row[0] and row[1]})


def _found(whole: bool, names: Iterable[str]) -> list[str] | None:
    """What was found; nothing, of a list that was cut, is not known."""
    return sorted(names) or ([] if whole else None)


def _name(fleet: Fleet, hosts: dict[str, Facts], identity: str) -> str:
    return fleet.member(identity) or str((hosts.get(identity) or {}).get("name") or identity)


def _is_up(host: Host, interface: str) -> bool | None:
    """Whether the host has the interface, switched on and with a carrier, as the agent asks of what it plugs."""
    link = None if host.links is None else host.links.get(interface)
    if link is None:
        return False if host.links is not None and host.tells_all("links") else None
    states = (link.get("admin_up"), link.get("carrier"))
    return False if False in states else None if None in states else True


def _active(fleet: Fleet) -> tuple[dict[str, bool], bool | None]:
    """(port → whether an agent has it plugged; whether this release of the API tells that of every port, None when it was not asked)."""
    found: dict[str, bool] = {}
    every = fleet.rows("all_ports")
    for rows, name in ((fleet.rows("ports"), "plugged"), (every, "active")):
        found.update({str(row.get("id")): row[name] for row in rows or () if isinstance(row.get(name), bool)})
    return found, None if not every else any(row.get("active") is not None for row in every)


def _reason(fleet: Fleet, host: Host, up: bool | None, told: bool | None, whole: bool) -> str | None:
    if up is None:
        return host.why("links")
    if told is None:
        return fleet.topology_reason or "the API's list of ports does not have this one"
    return None if whole else "the list of bindings was cut"
