# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tunnel zones, the tunnel ends of each agent host, the ports that carry the tunnels, and probes between them. PRIVATE."""

from __future__ import annotations

import ipaddress
import math
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.fleet.hosts import (
    NO_SECOND_ROUND,
    Entry,
    Facts,
    Fleet,
    Host,
    Lists,
    about,
    host_of,
    is_ipv4,
    most_common,
)
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.fleet.routing import Networks, RouteTable

# Bytes that a tunnel adds to a packet of a virtual machine: outer IP, and UDP+VXLAN+Ethernet or GRE with key+Ethernet.
OVERHEAD = {"vxlan": 50, "gre": 46}
PORT_OF_TYPE = {"gre": "tngre-overlay", "vxlan": "tnvxlan-overlay"}
FULL_MESH = 30  # up to so many hosts, each probes all others
_HEADERS = 28  # IPv4 and ICMP header of an echo request
_COUNTERS = ("rx_packets", "rx_errors", "rx_dropped", "tx_packets", "tx_errors", "tx_dropped")


def build(fleet: Fleet) -> Lists:
    endpoints = _endpoints(fleet)
    ends = {entry["host"]: entry for entry in endpoints if entry["address"]}
    plan = plan_probes(ends)
    topology = fleet.shared("overlay.tunnel_zones")
    state = "known" if fleet.rows("members") is not None else "unknown"
    return {
        "overlay": (_overlay(fleet), about(state, fleet.topology_reason, shared=topology)),
        "tunnel_endpoints": (
            endpoints,
            about(state, fleet.topology_reason, ("underlay.ip_addr", "underlay.ip_link"), topology),
        ),
        "tunnel_ports": (_ports(fleet, endpoints), about("known", "", ("overlay.datapath",), topology)),
        "tunnel_pairs": _pairs_with_source(fleet, ends, plan),
    }


def _overlay(fleet: Fleet) -> Entry:
    zones = fleet.rows("zones")
    if zones is None:
        return {"zones": None, "overlay_zones": None, "zone_names": None, "reason": fleet.topology_reason}
    overlay = [zone for zone in zones if str(zone.get("type") or "").lower() in OVERHEAD]
    if not overlay and not fleet.tells_all("overlay.tunnel_zones", "topology.rest"):
        return {"zones": None, "overlay_zones": None, "zone_names": None, "reason": fleet.topology_reason}
    return {
        "zones": len(zones),
        "overlay_zones": len(overlay),
        "zone_names": sorted(str(zone.get("name") or zone.get("id")) for zone in overlay),
        "reason": None,
    }


def overlay_zones(fleet: Fleet) -> dict[str, Facts]:
    """Zones that carry tunnels between agents, by id; a zone of type vtep does not."""
    return {zone["id"]: zone for zone in fleet.rows("zones") or () if zone.get("id") and str(zone.get("type") or "").lower() in OVERHEAD}


def _endpoints(fleet: Fleet) -> list[Entry]:
    members = fleet.rows("members")
    if members is None:
        return _without_zones(fleet)
    zones = overlay_zones(fleet)
    entries = []
    for member in members:
        host = fleet.by_name.get(fleet.member(str(member.get("host_id"))))
        zone = zones.get(str(member.get("zone")))
        if host is not None and zone is not None:
            entries.append(_endpoint(fleet, host, zone, member))
    _compare_within_zones(entries)
    return sorted(entries, key=lambda entry: (entry["host"], entry["zone"]))


def _no_endpoint(host: Host, reason: str) -> Entry:
    return {**_EMPTY_ENDPOINT, "host": host.name, "reason": reason}


def _without_zones(fleet: Fleet) -> list[Entry]:
    """What is left when the API tells no tunnel zone: interfaces towards the NSDB that take less than most in their network.

    Hosts on one network must agree on its MTU whatever travels in it: nothing between them could say that a packet is too long.
    That an interface agrees says nothing of tunnels, so that all others stay without values.
    """
    mtus: dict[str, list[int]] = {}
    for host in fleet.hosts:
        for row in host.rows("addresses"):
            mtu, network = _mtu(host, row), _subnet(row.get("address"), row.get("prefix_length"))
            if mtu is not None and network:
                mtus.setdefault(network, []).append(mtu)
    most = {network: _most_agree(found) for network, found in mtus.items()}
    return [{**_no_endpoint(host, fleet.topology_reason), **_below_its_network(host, most)} for host in fleet.agents]


def _most_agree(mtus: list[int]) -> tuple[int, int] | None:
    """The MTU of more than half of the interfaces, and of how many interfaces; None when there is none."""
    common = most_common(mtus)
    return None if common is None or 2 * mtus.count(common) <= len(mtus) else (common, len(mtus))


def _below_its_network(host: Host, most: Mapping[str, tuple[int, int] | None]) -> Entry:
    """The interface towards the NSDB beside the others of its network, when it has a smaller MTU than more than half of them."""
    towards = _towards_zookeeper(host)
    for row in host.rows("addresses"):
        mtu, network = _mtu(host, row), _subnet(row.get("address"), row.get("prefix_length"))
        others = most.get(network)
        if row.get("link") == towards and mtu is not None and others is not None and mtu < others[0]:
            return {"link": towards, "mtu": mtu, "common_mtu": others[0], "members": others[1], "common_subnet": network}
    return {}


def _towards_zookeeper(host: Host) -> str | None:
    """The interface by which the agent's ZooKeeper servers are reached; of several the first."""
    table = RouteTable(host.get("routes") or ())
    servers = (host.section("agent").get("config") or {}).get("zookeeper_servers") or ()
    ways = (table.lookup(address) for server in servers if is_ipv4(address := host_of(server)))
    return next((str(way["link"]) for way in ways if way and way.get("link")), None)


def _mtu(host: Host, row: Facts) -> int | None:
    return ((host.links or {}).get(str(row.get("link"))) or {}).get("mtu")


_EMPTY_ENDPOINT: Entry = dict.fromkeys(
    ("zone", "zone_name", "zone_type", "address", "address_on_host", "link", "link_up", "mtu", "overhead", "common_mtu", "members",
     "same_address", "owner", "in_common_subnet", "common_subnet", "reason")
)  # fmt: skip


def _endpoint(fleet: Fleet, host: Host, zone: Facts, member: Facts) -> Entry:
    address = str(member.get("address") or "")
    row = next((row for row in host.rows("addresses") if row.get("address") == address), None)
    link = None if row is None or host.links is None else host.links.get(str(row.get("link")))
    kind = str(zone.get("type") or "").lower()
    owner = fleet.named(address)
    silent = [part for part in ("addresses", "links") if part not in host.facts and (part != "links" or host.links is None)]
    silent += ["addresses"] if row is None and not host.tells_all("addresses") else []
    return {
        **_EMPTY_ENDPOINT,
        "host": host.name,
        "zone": zone["id"],
        "zone_name": zone.get("name"),
        "zone_type": kind,
        "address": address or None,
        "prefix_length": row.get("prefix_length") if row else None,
        "others": [str(row.get("address")) for row in host.rows("addresses") if row.get("address") != address],
        "address_on_host": True if row else None if host.get("addresses") is None or not host.tells_all("addresses") else False,
        "link": row.get("link") if row else None,
        "link_up": link.get("admin_up") if link else None,
        "mtu": link.get("mtu") if link else None,
        "overhead": OVERHEAD[kind],
        "owner": owner if owner != host.name else "",
        "reason": host.why(silent[0]) if silent else None if row else "the tunnel address is on no interface of the host",
    }


def _compare_within_zones(entries: list[Entry]) -> None:
    by_zone: dict[str, list[Entry]] = {}
    for entry in entries:
        by_zone.setdefault(entry["zone"], []).append(entry)
    for members in by_zone.values():
        mtu = most_common(entry["mtu"] for entry in members if entry["mtu"] is not None)
        subnets = Counter(text for entry in members if (text := _subnet(entry["address"], entry.get("prefix_length"))))
        subnet = most_common(subnets.elements())
        shared = Networks(text for text, number in subnets.items() if number > 1)
        uses = Counter(entry["address"] for entry in members if entry["address"])
        for entry in members:
            entry["common_mtu"] = mtu
            entry["members"] = len(members)
            entry["same_address"] = uses[entry["address"]] if entry["address"] else None
            entry["common_subnet"] = subnet
            entry["in_common_subnet"] = _in_company(entry["address"], entry.pop("others", ()), shared)
            entry.pop("prefix_length", None)


def _in_company(address: str | None, others: Sequence[str], shared: Networks) -> bool | None:
    """Whether the address lies in a subnet of several members (`shared`), or the host has none that does.

    A zone may span racks, and a rack may hold one agent; suspicious is the address of another network than the one that the host
    shares with other members.
    """
    if not address:
        return None
    return address in shared or not any(other in shared for other in others)


def _subnet(address: str | None, length: int | None) -> str:
    if not address or length is None:
        return ""
    try:
        return str(ipaddress.ip_interface(f"{address}/{length}").network)
    except ValueError:
        return ""


def _ports(fleet: Fleet, endpoints: list[Entry]) -> list[Entry]:
    types: dict[str, set[str]] = {}
    for entry in endpoints:
        if entry["zone_type"]:
            types.setdefault(entry["host"], set()).add(entry["zone_type"])
    return [_port(host, kind) for host in fleet.agents for kind in sorted(types.get(host.name) or PORT_OF_TYPE)]


def _port(host: Host, kind: str) -> Entry:
    name = PORT_OF_TYPE[kind]
    port = host.tunnel_ports.get(name, {})
    known = host.port_names is not None and (name in host.port_names or host.tells_all("datapath"))
    present = name in (host.port_names or ()) if known else None
    return {
        "host": host.name,
        "name": name,
        "zone_type": kind,
        "present": present,
        "reason": host.why("datapath") if present is None else None,
        "has_machines": host.is_in("compute"),
        **{counter: port.get(counter) for counter in _COUNTERS},
        "delta": port.get("delta"),
    }


# --- probes


def offsets(count: int) -> list[int]:
    """Steps by which each of count hosts in a ring finds the peers that it probes.

    Up to FULL_MESH hosts all others; beyond that 1, 2, 4, …, max(3, log2 count) of them: every host is probed as often as
    it probes, and any two hosts are within that many steps of each other.
    """
    if count <= FULL_MESH:
        return list(range(1, count))
    return [2**power for power in range(max(3, math.ceil(math.log2(count))))]


def sample(names: Sequence[str]) -> dict[str, list[str]]:
    """The peers that each host probes."""
    steps = offsets(len(names))
    return {name: [names[(place + step) % len(names)] for step in steps] for place, name in enumerate(names)}


def plan_probes(ends: dict[str, Entry]) -> dict[str, list[str]]:
    """The tunnel peers of each host that has a tunnel end, per zone sampled."""
    zones: dict[str, list[str]] = {}
    for name, entry in ends.items():
        zones.setdefault(entry["zone"], []).append(name)
    plan: dict[str, list[str]] = {}
    for members in zones.values():
        plan.update(sample(sorted(members)))
    return plan


def payload(entry: Entry) -> int | None:
    """Bytes of an echo request that fills a packet of the zone's usual MTU."""
    mtu = entry["common_mtu"] or entry["mtu"]
    return mtu - _HEADERS if isinstance(mtu, int) and mtu > _HEADERS else None


def _pairs_with_source(fleet: Fleet, ends: dict[str, Entry], plan: dict[str, list[str]]) -> tuple[list[Entry] | None, Entry]:
    evidence = ("underlay.ping", "underlay.ping_full_size")
    if not any(host.get("probes") for host in fleet.agents):
        return None, about("not_applicable", NO_SECOND_ROUND, evidence)
    return _pairs(fleet, ends, plan), about("known", "", evidence, fleet.shared("overlay.tunnel_zones"))


def _pairs(fleet: Fleet, ends: dict[str, Entry], plan: dict[str, list[str]]) -> list[Entry]:
    entries = []
    for host in fleet.agents:
        own = ends.get(host.name)
        if own is None or not plan.get(host.name):
            continue
        probes = host.section("probes")
        small = {row.get("peer"): row for row in probes.get("ping") or ()}
        full = {row.get("peer"): row for row in probes.get("ping_full_size") or ()}
        traced = {row.get("peer"): row for row in probes.get("paths") or () if row.get("reached")}
        planned = {ends[peer]["address"]: peer for peer in plan[host.name]}
        for address in dict.fromkeys([*planned, *small, *full]):
            peer = planned.get(address) or fleet.named(str(address))
            path = traced.get(address) or {}
            entries.append(_pair(host, own, (str(address), peer), small.get(address) or {}, full.get(address) or {}, path))
    _count_both_ways(entries)
    return entries


def _count_both_ways(entries: list[Entry]) -> None:
    """What two hosts lost of the packets that either sent to the other, as far as anything was answered.

    Each packet and its answer cross the way in both directions, so that it does not matter who asked; together they tell a small loss
    from a single packet. A probe of which nothing was answered tells of another fault.
    """
    counts: dict[frozenset[str], Entry] = {}
    for entry in entries:
        both = counts.setdefault(_ends(entry), {"both_ways_sent": 0, "both_ways_lost": 0})
        if entry["sent"] and entry["received"]:
            both["both_ways_sent"] += entry["sent"]
            both["both_ways_lost"] += max(0, entry["sent"] - entry["received"])
    usual = _median([entry["rtt_avg_ms"] for entry in entries if entry["rtt_avg_ms"] is not None])
    for entry in entries:
        both = counts[_ends(entry)]
        entry.update(both, usual_rtt_ms=usual)
        entry["both_ways_loss_ratio"] = both["both_ways_lost"] / both["both_ways_sent"] if both["both_ways_sent"] else None


def _ends(entry: Entry) -> frozenset[str]:
    return frozenset((entry["host"], entry["peer"] or entry["to_address"]))


def _median(values: list[float]) -> float | None:
    return statistics.median(values) if values else None


def _pair(host: Host, own: Entry, to: tuple[str, str], small: Facts, full: Facts, traced: Facts) -> Entry:
    address, peer = to
    size = full["payload_bytes"] + _HEADERS if isinstance(full.get("payload_bytes"), int) else None
    return {
        "host": host.name,
        "peer": peer,
        "from_address": own["address"],
        "to_address": address,
        "link": own["link"],
        "sent": small.get("sent"),
        "received": small.get("received"),
        "loss_ratio": small.get("loss_ratio"),
        "rtt_avg_ms": small.get("rtt_avg_ms"),
        "full_size_bytes": size,
        "full_size_sent": full.get("sent"),
        "full_size_received": full.get("received"),
        "full_size_loss_ratio": full.get("loss_ratio"),
        "full_size_error": full.get("error"),
        "full_size_traced": size is not None and (traced.get("path_mtu_bytes") or 0) >= size,
        "path_mtu": full.get("path_mtu"),
        "reason": None if small and full else host.why("probes"),
    }
