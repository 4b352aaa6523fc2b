# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""BGP on the gateways, and the virtual routers and ports behind it. PRIVATE."""

from __future__ import annotations

import ipaddress
from typing import Any

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.fleet.hosts import Entry, Facts, Fleet, Host, Lists, about, small_letters

_LINKS = ("bgp.namespaces", "bgp.links", "bgp.addresses")
_SESSIONS = ("bgp.summary", "bgp.neighbours", "bgp.sessions")


def build(fleet: Fleet, bindings: list[Entry] | None) -> Lists:
    bound = {entry["key"]: entry for entry in bindings or ()}
    topology = fleet.shared("topology.routers")
    gateways, speakers, peers = _gateways(fleet, bound), _routers(fleet), _peers(fleet)
    routes = [*topology, *fleet.shared("topology.rest")]
    state = "known" if fleet.rows("routers") is not None else "unknown"
    return {
        "gateways": (gateways, about("known", "", ("bgp.namespaces", "bgp.summary"), topology)),
        "bgp": (_summary(gateways), about("known", "", (), [{"host": one["host"], "item": "bgp.summary"} for one in gateways])),
        "bgp_routers": (speakers, about("known", "", (*_LINKS, "bgp.config", "bgp.routes", "underlay.sockets"), topology)),
        "bgp_peers": (peers, about("known", "", _SESSIONS)),
        "virtual_routers": (_virtual_routers(fleet, bound, speakers, peers), about(state, fleet.topology_reason, (), routes)),
        "virtual_ports": (_virtual_ports(fleet, bound), about(state, fleet.topology_reason, (), topology)),
        "port_chains": _port_chains(fleet),
    }


def _daemons(host: Host) -> list[Facts] | None:
    """The BGP routers of one gateway; None when they are not known."""
    found = host.section("bgp").get("routers")
    return found if isinstance(found, list) else None


def _gateway_hosts(fleet: Fleet) -> list[Host]:
    return [host for host in fleet.hosts if host.is_in("gateway")]


def _asn(router: Facts | None) -> int | None:
    """The AS number of a virtual router; none and 0 both mean that it does not speak BGP."""
    return (router or {}).get("asn") or None


def _numbers_told(fleet: Fleet) -> bool | None:
    """Whether the listing of routers tells AS numbers: up to 2015.06 it does not. None when there is no listing."""
    routers = fleet.rows("routers")
    if routers is None:
        return None
    return any(_asn(router) for router in routers) or any(host.info.get("generation") == "B" for host in fleet.hosts)


def _gateways(fleet: Fleet, bound: dict[str, Entry]) -> list[Entry]:
    routers = {router.get("id"): router for router in fleet.rows("routers") or ()}
    uplinks: dict[str, int] = {}
    for port in fleet.rows("ports") or ():
        entry = bound.get(str(port.get("id")))
        if entry and _asn(routers.get(port.get("device"))):
            uplinks[entry["host"]] = uplinks.get(entry["host"], 0) + 1
    known = fleet.rows("ports") is not None and fleet.rows("bindings") is not None and _numbers_told(fleet)
    # Uplinks may have been cut off with their routers, ports or bindings.
    known = known and fleet.tells_all("topology.routers", "overlay.bindings", "topology.rest", "topology.rest_details")
    return [_gateway(fleet, host, uplinks.get(host.name, 0) if known else None) for host in _gateway_hosts(fleet)]


def _gateway(fleet: Fleet, host: Host, uplinks: int | None) -> Entry:
    daemons = _daemons(host)
    peers = [peer for daemon in daemons or () for peer in _sessions(daemon) or ()]
    # Where no daemon runs there is no session, though nothing could be asked.
    silent = daemons is None or any(daemon.get("peers") is None and daemon.get("daemon_pids") != [] for daemon in daemons)
    silent = silent or not host.tells_all("bgp", "bgp.namespaces", "bgp.summary")
    established = sum(1 for peer in peers if peer.get("state") == "established")
    return {
        "host": host.name,
        "bgp_uplinks": uplinks,
        "numbers_told": _numbers_told(fleet),
        "namespaces": len(daemons) if daemons or (daemons == [] and host.tells_all("bgp", "bgp.namespaces")) else None,
        "established": None if silent and not established else established,
        "reason": host.why("bgp") if daemons is None else fleet.topology_reason if uplinks is None else None,
    }


def _summary(gateways: list[Entry]) -> Entry | None:
    if not gateways:
        return None
    working = [one["host"] for one in gateways if one["established"]]
    silent = [one["host"] for one in gateways if one["established"] is None]
    without = [one["host"] for one in gateways if one["established"] == 0]
    uses = any(one["namespaces"] or one["bgp_uplinks"] for one in gateways)
    return {
        "gateways": len(gateways),
        "working": working,
        # A silent gateway leaves open what nobody else shows.
        "working_count": None if silent and not working else len(working),
        "without": without,
        "without_count": None if silent and not without else len(without),
        "silent": silent,
        "silent_count": len(silent),
        "uses_bgp": True if uses else None if silent else False,
        "reason": _why_silent(gateways, silent),
    }


def _why_silent(gateways: list[Entry], silent: list[str]) -> str | None:
    reasons = [one["reason"] or "no session could be seen" for one in gateways if one["established"] is None]
    return f"{', '.join(silent)}: {reasons[0]}" if silent else None


def _routers(fleet: Fleet) -> list[Entry]:
    numbers = _numbers_by_address(fleet)
    listed = _by_address(fleet.rows("bgp_peers"))
    entries: list[Entry] = []
    for host in _gateway_hosts(fleet):
        daemons = _daemons(host)
        if daemons is None:
            entries.append({**_EMPTY_ROUTER, "host": host.name, "reason": host.why("bgp")})
        entries += [_router(fleet, host, daemon, numbers, listed) for daemon in daemons or ()]
    _compare_announced(entries)
    return entries


_EMPTY_ROUTER: Entry = dict.fromkeys(
    ("namespace", "daemons", "links", "links_down", "addresses", "router_id", "local_as", "configured_as", "numbers_told", "nsdb_as",
     "unknown_peers", "other_as_peers", "listed_as_peers", "refused_as_peers", "wanted_networks", "wanted_from", "missing_networks",
     "listens", "established", "has_default", "reason")
)  # fmt: skip


def _router(fleet: Fleet, host: Host, daemon: Facts, numbers: dict[str, int] | None, listed: dict[str, Any] | None) -> Entry:
    """numbers: of routers by the addresses of their ports; listed: of peers by their addresses, as NSDB has them."""
    links = [link for link in daemon.get("links") or () if link.get("name") != "lo"] if daemon.get("links") is not None else None
    addresses = [_plain(address) for address in daemon.get("addresses") or ()] if daemon.get("addresses") is not None else None
    pids = daemon.get("daemon_pids")
    configured: Facts = daemon.get("configured") or {}
    running, written = _by_address(daemon.get("peers")), _by_address(configured.get("neighbours"))
    both = running is not None and written is not None and host.tells_all("bgp", "bgp.summary")
    wanted = None if addresses is None else _wanted(fleet, addresses)
    return {
        "host": host.name,
        "namespace": daemon.get("namespace"),
        "daemons": None if pids is None or not (pids or host.tells_all("bgp", "bgp.namespaces")) else len(pids),
        "links": None if links is None or not (links or host.tells_all("bgp", "bgp.links")) else len(links),
        "links_down": None if links is None else sorted(str(link.get("name")) for link in links if _is_down(link)),
        "addresses": addresses if addresses or host.tells_all("bgp", "bgp.addresses") else None,
        "router_id": daemon.get("router_id"),
        "local_as": daemon.get("local_as"),
        "configured_as": configured.get("as"),
        "numbers_told": _numbers_told(fleet),
        "nsdb_as": next((numbers[one] for one in addresses or () if one in numbers), None) if numbers is not None else None,
        "unknown_peers": sorted(set(written or ()) - set(running or ())) if both else None,
        "other_as_peers": _differing(running, written) if both else None,
        "listed_as_peers": _differing(running, listed) if running is not None and listed is not None else None,
        "refused_as_peers": _refused(daemon.get("sessions")),
        "wanted_networks": wanted,
        "wanted_from": None if wanted is None else "nsdb",
        "missing_networks": None,
        "listens": _listens(host, str(daemon.get("namespace"))),
        "established": _established(host, daemon),
        "has_default": _in_table(host, daemon.get("routes")),
        "announced": _announced(daemon.get("routes")),
        "all_seen": (daemon.get("routes") or {}).get("complete") and host.tells_all("bgp", "bgp.routes"),
        "reason": None if numbers is not None else fleet.topology_reason,
    }


_BGP_PORT = 179


def _listens(host: Host, namespace: str) -> bool | None:
    """Whether BGP's port is open in a namespace; None when no port of it is known, as without the right to look into it."""
    ports = host.namespace_ports.get(namespace)
    if not ports:
        return None
    return _BGP_PORT in ports or (False if host.tells_all("sockets") else None)


def _established(host: Host, daemon: Facts) -> int | None:
    rows = _sessions(daemon)
    if rows is None:
        return None
    number = sum(1 for row in rows if row.get("state") == "established")
    return number if number or host.tells_all("bgp", "bgp.summary") else None


def _in_table(host: Host, routes: Facts | None) -> bool | None:
    """Whether a default route is in use. It stands at the beginning of a table, which is always printed."""
    if routes is None:
        return None
    if any(path.get("best") for path in routes.get("default") or ()):
        return True
    seen = routes.get("networks") is not None and host.tells_all("bgp", "bgp.routes")
    return False if seen else None


def _wanted(fleet: Fleet, addresses: list[str]) -> list[str] | None:
    """Networks that NSDB has for the daemon in a namespace with these addresses; None when it has or tells none.

    In 5.x they belong to the virtual router that has a port with the address, up to 2015.06 to a BGP peer of that port.
    """
    rows, ports = fleet.rows("bgp_networks"), fleet.rows("ports")
    if rows is None or ports is None:
        return None
    own = [port for port in ports if port.get("address") and _plain(port["address"]) in addresses]
    owners = {port.get("device") for port in own}
    owners |= {peer.get("id") for peer in fleet.rows("bgp_peers") or () if peer.get("port") in {port.get("id") for port in own}}
    # None at all: perhaps the API was not asked about this router.
    return (
        sorted({_network(row["network"]) for row in rows if row.get("network") and (row.get("router") or row.get("peer")) in owners})
        or None
    )


def _announced(routes: Facts | None) -> set[str] | None:
    return None if routes is None else {_network(one["network"]) for one in routes.get("own") or () if one.get("best")}


def _network(text: Any) -> str:
    """A network in one spelling; what is none stays as it is."""
    try:
        return str(ipaddress.ip_network(str(text), strict=False))
    except ValueError:
        return str(text)


def _compare_announced(entries: list[Entry]) -> None:
    """What a daemon does not announce of what it is to announce. Where NSDB does not tell, that is what all others of its AS announce."""
    told = [(entry, entry.pop("announced", None), entry.pop("all_seen", None)) for entry in entries]
    for entry, announced, all_seen in told:
        if entry["wanted_networks"] is None and entry["local_as"] is not None:
            others = [
                one for other, one, _seen in told if other["local_as"] == entry["local_as"] and other is not entry and one is not None
            ]
            if others:
                entry.update(wanted_networks=sorted(set.intersection(*others)), wanted_from="gateways")
        if announced is not None and entry["wanted_networks"] is not None:
            missing = sorted(set(entry["wanted_networks"]) - announced)
            # Of a table that was not seen to its end, the rest may hold them.
            entry["missing_networks"] = None if missing and not all_seen else missing


def _is_down(link: Facts) -> bool:
    return link.get("admin_up") is False or link.get("carrier") is False


def _plain(address: Any) -> str:
    value = address.get("address") if isinstance(address, dict) else address
    return str(value or "").split("/", 1)[0]


def _by_address(rows: list[Facts] | None) -> dict[str, Any] | None:
    return None if rows is None else {str(row.get("address")): row.get("remote_as") for row in rows}


def _differing(running: dict[str, Any] | None, written: dict[str, Any] | None) -> list[str]:
    both = (running or {}).items()
    return sorted(address for address, number in both if number is not None and (written or {}).get(address) not in (None, number))


def _refused(sessions: list[Facts] | None) -> list[str] | None:
    """Peers with whom no session comes about because one of the two announces another AS number than the other expects.

    FRR tells the notification with its code: OPEN message error, bad peer AS (RFC 4271, 6.2); Quagga tells only that there was one.
    """
    if sessions is None:
        return None
    down = (one for one in sessions if one.get("state") not in (None, "established"))
    return sorted(str(one.get("address")) for one in down if "bad peer as" in str(one.get("last_reset_reason")).lower())


def _numbers_by_address(fleet: Fleet) -> dict[str, int] | None:
    """AS number of the virtual router that has a port with an address, as NSDB says."""
    routers, ports = fleet.rows("routers"), fleet.rows("ports")
    if routers is None or ports is None:
        return None
    numbers = {router.get("id"): number for router in routers if (number := _asn(router))}
    return {
        _plain(port.get("address")): numbers[port.get("device")] for port in ports if port.get("device") in numbers and port.get("address")
    }


def _peers(fleet: Fleet) -> list[Entry]:
    entries: list[Entry] = []
    for host in _gateway_hosts(fleet):
        daemons = _daemons(host)
        if daemons is None:
            entries.append(_peer(host, {}, {}, host.why("bgp")))
        for daemon in daemons or ():
            rows = _sessions(daemon)
            if rows is None:
                entries.append(_peer(host, daemon, {}, host.why("bgp") if _is_partial(host) else "its daemon did not tell its sessions"))
            entries += [_peer(host, daemon, row, None) for row in rows or ()]
    return entries


def _sessions(daemon: Facts) -> list[Facts] | None:
    """The peers of a daemon as its summary shows them; None when it told none.

    Summary and details are asked for one after the other: a session that one of them saw down is not one to rely on.
    """
    rows: list[Facts] | None = daemon.get("peers")
    details = {one.get("address"): one.get("state") for one in daemon.get("sessions") or ()}
    if rows is None:
        return None
    up = (None, "established")
    return [
        {**row, "state": state} if row.get("state") == "established" and (state := details.get(row.get("address"))) not in up else row
        for row in rows
    ]


def _is_partial(host: Host) -> bool:
    about_bgp: Facts = host.about.get("bgp") or {}
    return about_bgp.get("state") != "known" and bool(about_bgp.get("reason"))


def _peer(host: Host, daemon: Facts, row: Facts, reason: str | None) -> Entry:
    written = {str(one.get("address")): one for one in (daemon.get("configured") or {}).get("neighbours") or ()}
    configured = written.get(str(row.get("address")))
    agent = host.section("agent")
    detail: Facts = next((one for one in daemon.get("sessions") or () if one.get("address") == row.get("address")), {})
    return {
        "host": host.name,
        "key": str(row.get("address") or ""),
        "namespace": daemon.get("namespace"),
        "address": row.get("address"),
        "remote_as": row.get("remote_as"),
        "state": row.get("state"),
        "policy_blocked": row.get("policy_blocked"),
        "prefixes_received": row.get("prefixes_received"),
        "uptime_s": row.get("uptime_s"),
        "neighbour_state": small_letters(row.get("neighbour_state")),
        "shutdown_configured": configured.get("shutdown") if configured else None,
        "agent_uptime_s": agent.get("uptime_s"),
        "drops": detail.get("connections_dropped"),
        "last_reset_reason": detail.get("last_reset_reason"),
        "reason": reason,
    }


# --- the virtual topology as far as gateways need it


_LASTING_S = 60  # by then, routes of a session are in NSDB


def _has_default(fleet: Fleet, router: Any) -> bool | None:
    """Whether NSDB has a default route for a router. Each router has routes to its own ports: without any, they were not asked for."""
    own = [route for route in fleet.rows("routes") or () if route.get("router") == router]
    if any(route.get("destination") == "0.0.0.0/0" and route.get("type") == "normal" for route in own):
        return True
    return False if own and fleet.tells_all("topology.rest", "topology.rest_details") else None


def _learnt_by(asn: int | None, speakers: list[Entry], peers: list[Entry]) -> list[str]:
    lasting = {
        (peer["host"], peer["namespace"])
        for peer in peers
        if peer["state"] == "established" and (peer["uptime_s"] or 0) >= _LASTING_S
    }
    return sorted(
        {
            one["host"]
            for one in speakers
            if asn and one["local_as"] == asn and one["has_default"] and (one["host"], one["namespace"]) in lasting
        }
    )


def _virtual_routers(fleet: Fleet, bound: dict[str, Entry], speakers: list[Entry], peers: list[Entry]) -> list[Entry] | None:
    routers = fleet.rows("routers")
    if routers is None:
        return None
    api = fleet.by_name.get(fleet.topology_host)
    # What the API does not have leaves no gap.
    offered = fleet.rows("routes") is not None or api is None or (api.about.get("topology") or {}).get("state") != "known"
    hosts: dict[Any, set[str]] = {}
    for port in fleet.rows("ports") or ():
        entry = bound.get(str(port.get("id")))
        if entry:
            hosts.setdefault(port.get("device"), set()).add(entry["host"])
    return [
        {
            "key": router.get("id"),
            "name": router.get("name"),
            "admin_up": router.get("admin_up"),
            "asn": router.get("asn"),
            "hosts": sorted(hosts.get(router.get("id"), ())),
            "is_edge": bool(hosts.get(router.get("id"))),
            "routes_offered": offered,
            "has_default": (default := _has_default(fleet, router.get("id"))),
            "learnt_by": _learnt_by(router.get("asn"), speakers, peers),
            "reason": None if default is not None else fleet.topology_reason or "its routes were not listed",
        }
        for router in routers
    ]


def _virtual_ports(fleet: Fleet, bound: dict[str, Entry]) -> list[Entry] | None:
    ports = fleet.rows("ports")
    if ports is None:
        return None
    names = {router.get("id"): router.get("name") for router in fleet.rows("routers") or ()}
    entries = []
    for port in ports:
        binding = bound.get(str(port.get("id")), {})
        entries.append(
            {
                "host": binding.get("host", ""),
                "key": port.get("id"),
                "interface": binding.get("interface"),
                "router": names.get(port.get("device")),
                "address": port.get("address"),
                "admin_up": port.get("admin_up"),
                "plugged": port.get("plugged"),
                "bound": bool(binding),
                "reason": None,
            }
        )
    return entries


_SHOWN = 3


def _port_chains(fleet: Fleet) -> tuple[Entry | None, Entry]:
    """Ports that are in use and refer to chains of rules that do not exist, which makes an agent drop or ignore what it cannot look up."""
    ports, chains = fleet.rows("all_ports"), fleet.rows("chains")
    shared = fleet.shared("topology.rest")
    if ports is None:
        return None, about("unknown", fleet.topology_reason or "the REST API did not list ports", (), shared)
    known = {chain.get("id") for chain in chains or ()}
    # A machine that is being removed loses its binding first.
    used = [port for port in ports if port.get("host_id") and port.get("active") is not False]
    pairs = [(port.get("id"), chain) for port in used for chain in (port.get("in_filter"), port.get("out_filter")) if chain]
    dangling = [f"{chain} of port {port}" for port, chain in pairs if chain not in known]
    sure = fleet.tells_all("topology.rest", "topology.rest_details") and (chains is not None or not pairs)
    return {
        "ports": len({port for port, _chain in pairs}),
        "dangling": dangling[:_SHOWN] if sure else None,
        "dangling_count": len(dangling) if sure else None,
        "reason": None if sure else fleet.topology_reason or "the list of chains was not seen, or not whole",
    }, about("known", "", (), shared)
