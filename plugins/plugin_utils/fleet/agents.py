# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hosts and agents as the fleet sees them: who answered, who is known to NSDB, who shares an identity or a configuration. PRIVATE."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.fleet import tunnels
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.fleet.hosts import Entry, Facts, Fleet, Host, Lists, about, most_common

_OVERLAY_UDP_PORT = 6677
_VTEP_UDP_PORT = 4789
_DATAPATH = "midonet"


def build(fleet: Fleet, pairs: list[Entry] | None) -> Lists:
    api = fleet.shared("overlay.hosts")
    zones = fleet.shared("overlay.tunnel_zones")
    return {
        "hosts": (_hosts(fleet, pairs or []), about()),
        "agents": (_agents(fleet), about("known", "", ("agent.host_id", "agent.config"), [*api, *zones])),
        "agent_settings": (
            _settings(fleet),
            about("known", "", ("agent.settings", "agent.config", "overlay.datapath", "underlay.sockets")),
        ),
        "bindings": (_bindings(fleet), _about_bindings(fleet)),
    }


def _hosts(fleet: Fleet, pairs: list[Entry]) -> list[Entry]:
    """One entry a host: its answer, and how many others that could ping their peers could not ping it."""
    working = {pair["host"] for pair in pairs if pair["loss_ratio"] is not None and pair["loss_ratio"] < 1}
    lost = Counter(pair["peer"] for pair in pairs if pair["loss_ratio"] == 1 and pair["host"] in working)
    return [
        {
            "host": host.name,
            "groups": list(host.groups),
            "answer": host.info.get("answer"),
            "answer_reason": host.info.get("answer_reason"),
            "missing": list(host.info.get("missing") or ()),
            "missed_by_peers": lost[host.name],
        }
        for host in fleet.hosts
    ]


def _agents(fleet: Fleet) -> list[Entry]:
    agents = fleet.agents
    rows = fleet.rows("hosts")
    known = None if rows is None else {str(row.get("id")): row for row in rows}
    zones = _zones_of(fleet)
    configs = {host.name: _config(host) for host in agents}
    ensemble = _ensemble_addresses(fleet)
    common_servers = _common_servers(fleet, configs.values(), ensemble)
    common_root = most_common(config["root_key"] for config in configs.values() if config["root_key"])
    return [
        {
            **_identity(fleet, host, known),
            **_membership(fleet, host, zones),
            **_configured(fleet, configs[host.name], common_servers, common_root, ensemble),
            "reason": _why(fleet, host, known),
        }
        for host in agents
    ]


def _settings(fleet: Fleet) -> list[Entry]:
    ports = {host.name: _setting(host, "vxlan_overlay_udp_port") for host in fleet.agents}
    counted = Counter(port for port in ports.values() if port is not None)
    # Of equally frequent ones it is the one that agents have when they are told nothing.
    common = max(counted, key=lambda port: (counted[port], port == _OVERLAY_UDP_PORT, port)) if counted else None
    return [
        {
            "host": host.name,
            "overlay_udp_port": ports[host.name],
            "common_overlay_udp_port": common,
            "vtep_udp_port": _setting(host, "vxlan_vtep_udp_port"),
            "max_flow_count": _setting(host, "max_flow_count"),
            "flows": host.flows,
            "taken_udp_ports": _taken_udp_ports(host),
            "reason": (host.about.get("agent") or {}).get("reason") or "neither mn-conf nor a file told the agent's settings",
        }
        for host in fleet.agents
    ]


def _taken_udp_ports(host: Host) -> list[str] | None:
    """Ports that the kernel is to open for tunnels, and that a program holds instead."""
    if host.udp_owners is None or not host.tells_all("sockets"):
        return None
    wanted = (_setting(host, "vxlan_overlay_udp_port") or _OVERLAY_UDP_PORT, _setting(host, "vxlan_vtep_udp_port") or _VTEP_UDP_PORT)
    taken = [f"{port} ({', '.join(host.udp_owners[port])})" for port in wanted if port in host.udp_owners]
    # Without root's rights nobody is told who holds a port.
    return taken if taken or (host.about.get("sockets") or {}).get("state") == "known" else None


def _setting(host: Host, name: str) -> int | None:
    """A setting of the agent: what is in force, as mn-conf told for this host; else what its configuration file says."""
    agent = host.section("agent")
    settings: Facts = agent.get("settings") or {}
    value = settings.get(name) if settings.get("of_host") else None
    found: int | None = (agent.get("config") or {}).get(name) if value is None else value
    return found


def _common_servers(fleet: Fleet, configs: Iterable[Entry], ensemble: set[str] | None) -> tuple[str, ...] | None:
    """The list of servers that most agents have; of equally frequent ones that of which the most are in the ensemble."""
    counted = Counter(tuple(servers) for config in configs if (servers := config["servers"]))
    if not counted:
        return None
    existing = {servers: sum(_is_of_ensemble(fleet, one.rsplit(":", 1)[0], ensemble or set()) for one in servers) for servers in counted}
    return max(counted, key=lambda servers: (counted[servers], existing[servers], servers))


def _why(fleet: Fleet, host: Host, known: Any) -> str | None:
    """Why something of an agent is not known: its own part first, then that of the virtual topology."""
    reasons = [host.why("agent")] if host.get("agent") is None else _of_config(host)
    if known is None or fleet.rows("members") is None or fleet.rows("zones") is None:
        reasons.append(fleet.topology_reason)
    return "; ".join(reasons) or None


def _of_config(host: Host) -> list[str]:
    if host.section("agent").get("config") is not None:
        return []
    return [reason for reason in host.why("agent").split("; ") if reason.startswith("agent.config")]


def _identity(fleet: Fleet, host: Host, known: dict[str, Facts] | None) -> Entry:
    own = host.section("agent").get("host_id")
    identity = own or next((one for one, holders in fleet.by_id.items() if holders == [host.name]), None)
    row = known.get(identity) if known is not None and identity else None
    absent = known is not None and identity and fleet.tells_all("overlay.hosts", "topology.rest")
    return {
        "host": host.name,
        "host_id": identity,
        "twins": _twins(fleet, host, own) if own else None,
        "registered": True if row is not None else False if absent else None,
        "alive": row.get("alive") if row else False if absent else None,
    }


def _twins(fleet: Fleet, host: Host, own: str) -> list[str] | None:
    """The other hosts that say that they have its identity. None when one to which NSDB gives it did not say what it has."""
    others = [name for name in fleet.by_id.get(own, ()) if name != host.name]
    sure = [name for name in others if fleet.by_name[name].section("agent").get("host_id") == own]
    return sure if sure or not others else None


def _zones_of(fleet: Fleet) -> dict[str, list[Facts]] | None:
    members = fleet.rows("members")
    if members is None or fleet.rows("zones") is None:
        return None
    zones = tunnels.overlay_zones(fleet)
    found: dict[str, list[Facts]] = {}
    for member in members:
        zone = zones.get(str(member.get("zone")))
        for host in fleet.by_id.get(str(member.get("host_id")), ()):
            if zone is not None:
                found.setdefault(host, []).append(zone)
    return found


def _membership(fleet: Fleet, host: Host, zones: dict[str, list[Facts]] | None) -> Entry:
    identified = any(host.name in holders for holders in fleet.by_id.values()) if zones is not None else False
    if zones is None or not identified:
        return {"zones": None, "zone_types": None, "zone_count": None}
    mine = zones.get(host.name, [])
    if not mine and not fleet.tells_all("overlay.tunnel_zones", "topology.rest", "topology.rest_details"):
        return {"zones": None, "zone_types": None, "zone_count": None}
    return {
        "zones": sorted(str(zone.get("name") or zone["id"]) for zone in mine),
        "zone_types": sorted({str(zone.get("type")).lower() for zone in mine}),
        "zone_count": len(mine),
    }


def _config(host: Host) -> Entry:
    config = host.section("agent").get("config") or {}
    servers = config.get("zookeeper_servers")
    return {"servers": sorted(servers) if servers else None, "root_key": config.get("root_key")}


def _configured(fleet: Fleet, config: Entry, common: Any, root: str | None, ensemble: set[str] | None) -> Entry:
    servers = config["servers"]
    foreign = None
    if servers is not None and ensemble is not None:
        foreign = [server for server in servers if not _is_of_ensemble(fleet, server.rsplit(":", 1)[0], ensemble)]
    return {
        "zookeeper_servers": servers,
        "common_zookeeper_servers": list(common) if common else None,
        "same_zookeeper_servers": None if servers is None or common is None else tuple(servers) == common,
        "root_key": config["root_key"],
        "common_root_key": root,
        "same_root_key": None if config["root_key"] is None or root is None else config["root_key"] == root,
        "foreign_servers": foreign,
        "ensemble_size": len(ensemble) if ensemble is not None else None,
    }


def _ensemble_addresses(fleet: Fleet) -> set[str] | None:
    """What the ZooKeeper servers call each other; None when none told its configuration."""
    found: set[str] = set()
    for host in fleet.hosts:
        found.update(
            str(server["host"]) for server in (host.section("zookeeper").get("config") or {}).get("servers") or () if server.get("host")
        )
    return found or None


def _is_of_ensemble(fleet: Fleet, address: str, ensemble: set[str]) -> bool:
    """A client may use another name or address of a server than the servers do: what counts is whose it is."""
    owner = fleet.named(address)
    host = fleet.by_name.get(owner)
    return (
        address in ensemble
        or (host is not None and host.is_in("zookeeper"))
        or any(owner and fleet.named(one) == owner for one in ensemble)
    )


# --- bindings of virtual ports to interfaces


def _about_bindings(fleet: Fleet) -> Entry:
    state = "known" if fleet.rows("bindings") is not None else "unknown"
    return about(state, fleet.topology_reason, ("underlay.ip_link", "overlay.datapath"), fleet.shared("overlay.bindings"))


def _bindings(fleet: Fleet) -> list[Entry] | None:
    rows = fleet.rows("bindings")
    if rows is None:
        return None
    entries = []
    for row in rows:
        host = fleet.by_name.get(fleet.member(str(row.get("host_id"))))
        interface = str(row.get("interface") or "").strip()
        if host is not None and interface:
            entries.append(_binding(host, interface, str(row.get("port") or "")))
    return sorted(entries, key=lambda entry: (entry["host"], entry["interface"]))


def _binding(host: Host, interface: str, port: str) -> Entry:
    link = None if host.links is None else host.links.get(interface)
    # What is not in a list that was cut is not missing.
    link_known = host.links is not None and (link is not None or host.tells_all("links"))
    port_known = host.port_names is not None and (interface in host.port_names or host.tells_all("datapath"))
    silent = "links" if not link_known else "datapath" if not port_known else ""
    return {
        "host": host.name,
        "interface": interface,
        "key": port,
        "is_tap": interface.startswith("tap"),
        "expected_tap": "tap" + port[:11],
        "link_exists": link is not None if link_known else None,
        "admin_up": link.get("admin_up") if link else None,
        "carrier": link.get("carrier") if link else None,
        "in_datapath": interface in (host.port_names or ()) if port_known else None,
        "taken_by": _taken_by(host, link, interface) if link and port_known else None,
        "reason": host.why(silent) if silent else None,
    }


def _taken_by(host: Host, link: Facts, interface: str) -> str:
    """The bridge or datapath that an interface is a part of, when it is none of MidoNet's."""
    master = str(link.get("master") or "")
    return "" if interface in (host.port_names or ()) or master == _DATAPATH else master
