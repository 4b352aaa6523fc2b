# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which ports of virtual routers each gateway has for its uplinks, and whether their agent has plugged them. PRIVATE."""

from __future__ import annotations

from typing import Any

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.fleet.hosts import Entry, Facts, Fleet, Host, Lists, about

_LISTS = ("topology.routers", "overlay.bindings", "overlay.hosts", "topology.rest", "topology.rest_details")


def build(fleet: Fleet, bindings: list[Entry] | None) -> Lists:
    shared = [one for item in ("topology.routers", "overlay.bindings", "overlay.hosts") for one in fleet.shared(item)]
    return {"uplink_ports": (_uplink_ports(fleet, bindings), about("known", "", ("bgp.addresses",), shared))}


_EMPTY: Entry = dict.fromkeys(("key", "interface", "router", "address", "namespace", "bound", "plugged", "alive", "free_ports", "reason"))


def _uplink_ports(fleet: Fleet, bindings: list[Entry] | None) -> list[Entry]:
    gateways = [host for host in fleet.hosts if host.is_in("gateway")]
    ports, rows = fleet.rows("ports"), fleet.rows("bindings")
    if ports is None or rows is None or fleet.rows("routers") is None:
        return [{**_EMPTY, "host": host.name, "reason": fleet.topology_reason} for host in gateways]
    by_id = {str(port.get("id")): port for port in ports}
    names = {router.get("id"): router.get("name") for router in fleet.rows("routers") or ()}
    alive = _alive(fleet)
    bound = {str(row.get("port")) for row in rows}
    free = _free_ports(fleet, bound)
    entries: list[Entry] = []
    for host in gateways:
        mine = [one for one in bindings or () if one["host"] == host.name and not one["is_tap"]]
        uplinks = [one for one in mine if one["key"] in by_id]
        for one in uplinks:
            port = by_id[one["key"]]
            entries.append(
                {
                    **_of_port(host, port, names),
                    "interface": one["interface"],
                    "bound": True,
                    "plugged": port.get("plugged"),
                    "alive": alive.get(host.name),
                    "free_ports": [],
                    "reason": None if port.get("plugged") is not None else "the listing does not tell which ports are plugged",
                }
            )
        # Its own daemon speaks from the address of a port, or it has no uplink at all and there are ports for one.
        lost = [port for port in free if _namespace(host, port)]
        known = fleet.tells_all(*_LISTS) and _is_identified(fleet, host)
        if known and (lost or not mine):
            entries.append(_unbound(host, lost or free, names, alive.get(host.name)))
        elif not known and not mine:
            entries.append({**_EMPTY, "host": host.name, "reason": _why_unknown(fleet, host)})
    return entries


def _unbound(host: Host, ports: list[Facts], names: dict[Any, Any], alive: bool | None) -> Entry:
    """A gateway with an uplink that no interface is bound to; ports: which it may be."""
    only = ports[0] if len(ports) == 1 else None
    return {
        **(_of_port(host, only, names) if only else {**_EMPTY, "host": host.name, "key": ""}),
        "bound": False,
        "plugged": False,
        "alive": alive,
        "free_ports": [str(port.get("address") or port.get("id")) for port in ports],
        "reason": None,
    }


def _of_port(host: Host, port: Facts, names: dict[Any, Any]) -> Entry:
    return {
        **_EMPTY,
        "host": host.name,
        "key": str(port.get("id")),
        "router": names.get(port.get("device")),
        "address": port.get("address"),
        "namespace": _namespace(host, port),
    }


def _namespace(host: Host, port: Facts) -> str | None:
    """The namespace of the gateway's daemon that speaks from a port's address."""
    address = str(port.get("address") or "").split("/", 1)[0]
    for daemon in host.section("bgp").get("routers") or ():
        if address and address in {str(one).split("/", 1)[0] for one in daemon.get("addresses") or ()}:
            return str(daemon.get("namespace"))
    return None


def _free_ports(fleet: Fleet, bound: set[str]) -> list[Facts]:
    """Ports of edge routers that lead nowhere: switched on, bound to no host and linked to no other port.

    An edge router has an AS number, BGP peers, or a port on a gateway.
    """
    edges = {router.get("id") for router in fleet.rows("routers") or () if router.get("asn")}
    edges |= {peer.get("router") for peer in fleet.rows("bgp_peers") or ()}
    on_gateways = {
        str(row.get("port"))
        for row in fleet.rows("bindings") or ()
        if (host := fleet.by_name.get(fleet.member(str(row.get("host_id"))))) is not None and host.is_in("gateway")
    }
    edges |= {port.get("device") for port in fleet.rows("ports") or () if str(port.get("id")) in on_gateways}
    return [
        port
        for port in fleet.rows("ports") or ()
        if port.get("device") in edges
        and str(port.get("id")) not in bound
        and not port.get("peer")
        and port.get("plugged") is False
        and port.get("admin_up") is not False
    ]


def _is_identified(fleet: Fleet, host: Host) -> bool:
    return any(holders == [host.name] for holders in fleet.by_id.values())


def _why_unknown(fleet: Fleet, host: Host) -> str:
    return fleet.topology_reason if _is_identified(fleet, host) else f"the identity of {host.name} in NSDB is not known"


def _alive(fleet: Fleet) -> dict[str, bool | None]:
    """By inventory name whether NSDB has the agent for alive."""
    return {name: row.get("alive") for row in fleet.rows("hosts") or () if (name := fleet.member(str(row.get("id"))))}
