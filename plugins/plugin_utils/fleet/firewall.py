# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a host's packet filter does with the packets that its role must receive and send. PRIVATE.

The rules are walked as the kernel walks them, for one new packet from a host of the fleet; a rule whose matches cannot be
decided on paper leaves the verdict open when it would drop.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.fleet import tunnels
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.fleet.hosts import Entry, Facts, Fleet, Host, Lists, about

_ENDS = {"ACCEPT": "accept", "DROP": "drop", "REJECT": "reject"}
_DEEPEST = 32  # jumps; iptables refuses loops, evidence may not
_PROTOCOL_NUMBERS = {"6": "tcp", "17": "udp", "47": "gre", "1": "icmp"}


@dataclass(frozen=True)
class Packet:
    """The first packet of what a role must receive."""

    service: str
    protocol: str
    port: int | None
    source: str  # an address, or empty for anywhere
    link: str = ""  # the interface by which it comes, or empty when not known
    destination: str = ""  # the host's own address, or empty when any of them will do
    clients: tuple[str, ...] | None = None  # where nobody says who asks: addresses of hosts that might
    doubt: str = ""  # why it may be that the host need not receive it
    both_ways: bool = False  # the host sends such packets, too
    outgoing: bool = False  # it is one that the host sends; `link` is the interface by which it leaves

    def turned(self) -> Packet:
        """The packet that the host sends in turn."""
        return replace(self, source=self.destination, destination=self.source, outgoing=True)


@dataclass(frozen=True)
class Verdict:
    """accept, drop, reject or undecidable, with the rule that decided (the chain's policy when it was none)."""

    outcome: str
    rule: str


def build(fleet: Fleet, endpoints: list[Entry], pairs: Mapping[str, list[str]]) -> Lists:
    ends = {entry["host"]: entry for entry in endpoints if entry["address"]}
    entries = [_entry(host, packet) for host in fleet.hosts for packet in _wanted(fleet, host, ends, pairs)]
    entries += [_worst([_entry(host, packet) for packet in packets]) for host in fleet.hosts for packets in _sent(host)]
    return {"firewall_ports": (entries, about("known", "", ("underlay.firewall",), fleet.shared("overlay.tunnel_zones")))}


def _wanted(fleet: Fleet, host: Host, ends: Mapping[str, Entry], pairs: Mapping[str, list[str]]) -> Iterator[Packet]:
    """What each role of a host listens to. Ports are MidoNet's, ZooKeeper's and Cassandra's defaults or as configured."""
    if host.is_agent:
        yield from _tunnels(fleet, host, ends, pairs)
    if host.is_in("zookeeper"):
        config = host.section("zookeeper").get("config") or {}
        way = _way_in(fleet, host, _asked_at(fleet, "zookeeper_servers"), ("compute", "gateway", "api"))
        yield Packet("zookeeper", "tcp", config.get("client_port") or 2181, *way)
        if len(config.get("servers") or ()) > 1:
            way = _way_in(fleet, host, {str(server.get("host")) for server in config["servers"]}, ("zookeeper",))
            yield Packet("zookeeper_peers", "tcp", 2888, *way)
            yield Packet("zookeeper_election", "tcp", 3888, *way)
    if host.is_in("cassandra"):
        config = host.section("cassandra").get("config") or {}
        way = _way_in(fleet, host, _asked_at(fleet, "cassandra_servers"), ("compute", "gateway"))
        yield Packet("cassandra", "tcp", config.get("native_transport_port") or 9042, *way)
    if host.is_in("api"):
        port = 8080 if host.info.get("generation") == "A" else 8181
        yield Packet("api", "tcp", port, "", clients=_near(fleet, host, ("compute", "gateway", "zookeeper", "cassandra", "api")))


def _sent(host: Host) -> Iterator[list[Packet]]:
    """What the agent of a host asks of others: by service, the first packet to each server that it is configured with."""
    config = (host.section("agent").get("config") or {}) if host.is_agent else {}
    for service, servers, usual in (("zookeeper", "zookeeper_servers", 2181), ("cassandra", "cassandra_servers", 9042)):
        by_port: dict[int, list[Packet]] = {}
        for server in config.get(servers) or ():
            name, _unused, port = str(server).rpartition(":") if str(server).count(":") == 1 else (str(server), "", "")
            number = int(port) if port.isdigit() else usual
            source, link = _way_out(host, name)
            packet = Packet(service, "tcp", number, source, link, name if _is_address(name) else "", outgoing=True)
            by_port.setdefault(number, []).append(packet)
        yield from by_port.values()


def _way_out(host: Host, address: str) -> tuple[str, str]:
    """Own address and interface of what the host sends to an address: those of its network, else those of the default route."""
    default = {str(route.get("link") or "") for route in host.rows("routes") if route.get("destination") == "default"}
    far = ("", "")
    for row in host.rows("addresses"):
        if row.get("family") != "inet" or row.get("prefix_length") is None:
            continue
        own = (str(row["address"]), str(row.get("link") or ""))
        if _in(address, f"{row['address']}/{row['prefix_length']}"):
            return own
        if own[1] in default:
            far = own
    return far


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _worst(entries: list[Entry]) -> Entry:
    """Of what becomes of packets to several servers, the worst; a server by itself is not told apart, the rule tells it."""
    order = ("drop", "reject", None, "undecidable", "accept")
    return min(entries, key=lambda entry: order.index(entry["verdict"]))


def _tunnels(fleet: Fleet, host: Host, ends: Mapping[str, Entry], pairs: Mapping[str, list[str]]) -> Iterator[Packet]:
    """The tunnels of an agent: to its address in the zone, by the zone's protocol.

    Without a zone, the port of the datapath that counts packets tells the protocol; where none or both do, either may be needed.
    """
    own = ends.get(host.name)
    cut = "" if fleet.tells_all("overlay.tunnel_zones", "topology.rest", "topology.rest_details") else fleet.topology_reason
    if own:
        peers = pairs.get(host.name) or [""]
        source = ends[peers[0]]["address"] if peers[0] in ends else ""
        doubt = "" if source else cut
        yield _tunnel(own["zone_type"], Packet("tunnel", "", None, source, str(own["link"] or ""), str(own["address"]), doubt=doubt))
        return
    kinds = {str(zone["type"]).lower() for zone in tunnels.overlay_zones(fleet).values()}
    if len(kinds) != 1:
        kinds = {kind for kind, name in tunnels.PORT_OF_TYPE.items() if _counts(host.tunnel_ports.get(name) or {})}
    why = fleet.topology_reason or "it is in no tunnel zone"
    doubt = cut if len(kinds) == 1 else f"by which protocol its tunnels come is not known: {why}"
    clients = _near(fleet, host, ("compute", "gateway"))
    for kind in sorted(kinds or tunnels.PORT_OF_TYPE):
        yield _tunnel(kind, Packet("tunnel", "", None, "", clients=clients, doubt=doubt))


def _tunnel(kind: str, packet: Packet) -> Packet:
    protocol, port = ("gre", None) if kind == "gre" else ("udp", 6677)
    return replace(packet, protocol=protocol, port=port, both_ways=True)


def _counts(port: Facts) -> bool:
    return bool((port.get("rx_packets") or 0) + (port.get("tx_packets") or 0))


def _near(fleet: Fleet, host: Host, groups: tuple[str, ...]) -> tuple[str, ...]:
    """An address of some other host of the groups in each network of this one."""
    near = (_someone(fleet, host, groups, [network]) for network in _networks(host))
    return tuple(dict.fromkeys(address for address in near if address))


def _asked_at(fleet: Fleet, servers: str) -> set[str]:
    """The addresses or names at which the agents' configurations look for a service."""
    lists = ((host.section("agent").get("config") or {}).get(servers) or () for host in fleet.hosts)
    return {str(server).rsplit(":", 1)[0] if str(server).count(":") == 1 else str(server) for one in lists for server in one}


def _way_in(fleet: Fleet, host: Host, asked_at: set[str], groups: tuple[str, ...]) -> tuple[str, str, str]:
    """Source, interface and destination of what clients send: to the address that they are configured with, when that is known.

    Without it any client on one of the host's networks will do, and the interface stays open.
    """
    here = next((row for row in host.rows("addresses") if row.get("address") in asked_at), None)
    if here is None:
        return _someone(fleet, host, groups, list(_networks(host))), "", ""
    address = str(here["address"])
    near = _someone(fleet, host, groups, [network for network in _networks(host) if network.startswith(f"{address}/")])
    return near or _far(fleet, host, groups), str(here.get("link") or ""), address


def _someone(fleet: Fleet, host: Host, groups: tuple[str, ...], networks: Sequence[str]) -> str:
    """An address of another host of the groups in one of the networks; empty when there is none."""
    others = (
        next(((number, address) for number, other, address in fleet.inside(network) if other is not host and other.is_in(*groups)), None)
        for network in networks
    )
    return min((found for found in others if found), default=(0, ""))[1]


def _far(fleet: Fleet, host: Host, groups: tuple[str, ...]) -> str:
    """The address from which a client in another network comes: the one of its default route's interface."""
    for other in fleet.hosts:
        if other is not host and other.is_in(*groups):
            out = {route.get("link") for route in other.rows("routes") if route.get("destination") == "default"}
            for row in other.rows("addresses"):
                if row.get("family") == "inet" and row.get("link") in out:
                    return str(row["address"])
    return ""


def _networks(host: Host) -> Iterator[str]:
    for row in host.rows("addresses"):
        if row.get("family") == "inet" and row.get("scope") == "global" and row.get("prefix_length") is not None:
            yield f"{row['address']}/{row['prefix_length']}"


def _in(address: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


def _entry(host: Host, packet: Packet) -> Entry:
    firewall = host.get("firewall")
    # A rule that was cut off may let in, or not, what the others do not speak of.
    reason = host.why("firewall") if firewall is None or not host.tells_all("firewall") else None
    if firewall and firewall.get("loaded") is False and host.has_nftables and firewall.get("nftables") is None:
        reason = "the host has nftables, whose rules are not read"
    judge = verdict_of if packet.clients is None else _for_clients
    verdict = None if reason or firewall is None else judge(firewall, packet)
    # By which address and interface a packet comes is not known of a host that told but some of them.
    doubt = packet.doubt or ("" if host.tells_all("addresses") else host.why("addresses"))
    if verdict and doubt and verdict.outcome != "accept":
        verdict, reason = None, doubt
    if verdict and verdict.outcome == "undecidable" and host.get("addresses") is None:
        # From where and at which of its addresses it is asked would decide it.
        verdict, reason = None, host.why("addresses")
    return {
        "host": host.name,
        "service": packet.service,
        "key": (f"{packet.protocol}/{packet.port}" if packet.port else packet.protocol) + (" out" if packet.outgoing else ""),
        "protocol": packet.protocol,
        "port": packet.port,
        "source": packet.source or None,
        "verdict": verdict.outcome if verdict else None,
        "rule": verdict.rule if verdict else None,
        "reason": reason,
    }


def verdict_of(firewall: Facts, packet: Packet) -> Verdict:
    """What becomes of a packet for this host: it must pass the chain INPUT of iptables and every chain of nftables with the hook input.

    What the host sends, or sends in turn, must pass OUTPUT and the hook output.
    """
    verdicts = list(_at(firewall, "output" if packet.outgoing else "input", packet))
    if packet.both_ways:
        verdicts += _at(firewall, "output", packet.turned())
    if not verdicts:
        return Verdict("accept", "the packet filter is not loaded")
    # What one of them surely drops is dropped, whatever the others may do.
    return min(verdicts, key=lambda verdict: ("drop", "reject", "undecidable", "accept").index(verdict.outcome))


def _at(firewall: Facts, hook: str, packet: Packet) -> Iterator[Verdict]:
    if firewall.get("loaded") is not False:
        yield _through(firewall, hook.upper(), packet)
    nftables = firewall.get("nftables") or {}
    for chain in nftables.get("chains") or ():
        if chain.get("hook") == hook:
            yield _through(nftables, str(chain["name"]), packet)


def _for_clients(firewall: Facts, packet: Packet) -> Verdict:
    """The verdict on a service whose clients nobody names.

    What stops a network that no host of the fleet is in does not matter. Where a rule lets a network in by name, the operator has
    decided who may ask. Else the hosts of the fleet must agree.
    """
    told = [verdict_of(firewall, replace(packet, source=client)) for client in packet.clients or ("",)]
    outcomes = {verdict.outcome for verdict in told}
    if outcomes == {"accept"}:
        return told[0]
    rules = [*(firewall.get("rules") or ()), *((firewall.get("nftables") or {}).get("rules") or ())]
    named = [str(rule["source"]).partition("/")[0] for rule in rules if rule.get("source") and rule.get("target") == "ACCEPT"]
    for source in dict.fromkeys(named):
        verdict = verdict_of(firewall, replace(packet, source=source))
        if verdict.outcome == "accept":
            return verdict
    return told[0] if len(outcomes) == 1 else Verdict("undecidable", next(one.rule for one in told if one.outcome != "accept"))


def _through(ruleset: Facts, first: str, packet: Packet) -> Verdict:
    """What one chain does with a packet, with those that it jumps to."""
    chains: dict[str, list[Facts]] = {}
    for rule in ruleset.get("rules") or ():
        chains.setdefault(str(rule.get("chain")), []).append(rule)
    walk = _Walk(chains, packet)
    decided = walk.through(first, _DEEPEST)
    if decided is None:
        policy = next((chain.get("policy") for chain in ruleset.get("chains") or () if chain.get("name") == first), None)
        decided = Verdict(_ENDS.get(str(policy or "ACCEPT"), "accept"), f"policy of {first}: {policy or 'ACCEPT'}")
    other = next((one for one in walk.possible if (one.outcome == "accept") is not (decided.outcome == "accept")), None)
    return Verdict("undecidable", other.rule) if other else decided


class _Walk:
    """A packet's way through chains; possible collects what rules would do that may or may not match it."""

    def __init__(self, chains: Mapping[str, list[Facts]], packet: Packet) -> None:
        self._chains = chains
        self._packet = packet
        self.possible: list[Verdict] = []

    def through(self, name: str, depth: int) -> Verdict | None:
        """The verdict of one chain; None when the packet comes out at its end."""
        for rule in self._chains.get(name, ()):
            fits = _fits(rule, self._packet)
            if fits is False:
                continue
            target = str(rule.get("target") or "")
            if target == "RETURN" and fits:
                return None
            found = self._of_target(target, rule, depth)
            if found is not None and fits:
                return found
            if found is not None:
                self.possible.append(found)
        return None

    def _of_target(self, target: str, rule: Facts, depth: int) -> Verdict | None:
        if target in self._chains:
            if depth == 0:
                return Verdict("undecidable", f"chains are nested too deeply at {target}")
            return self.through(target, depth - 1)
        return Verdict(_ENDS[target], str(rule.get("text") or target)) if target in _ENDS else None


def _fits(rule: Facts, packet: Packet) -> bool | None:
    """Whether a rule matches a packet; None when its text does not decide that."""
    parts = [
        _fits_protocol(rule.get("protocol"), packet.protocol),
        _fits_link(rule.get("out_link" if packet.outgoing else "in_link"), packet.link),
        not rule.get("in_link" if packet.outgoing else "out_link"),
        _fits_address(rule.get("source"), packet.source),
        _fits_address(rule.get("destination"), packet.destination),
        _fits_ports(rule.get("ports"), packet.port),
        not rule.get("states") or "NEW" in rule["states"],
    ]
    if False in parts:
        return False
    return True if rule.get("decidable") is not False and None not in parts else None


def _fits_protocol(wanted: Any, protocol: str) -> bool:
    name = _PROTOCOL_NUMBERS.get(str(wanted), wanted)
    return name in (None, "", "all", "0", protocol)


def _fits_link(wanted: Any, link: str) -> bool | None:
    if not wanted:
        return True
    text = str(wanted)
    if not link:
        return False if text == "lo" else None
    return link.startswith(text[:-1]) if text.endswith("+") else link == text


def _fits_address(wanted: Any, address: str) -> bool | None:
    if not wanted or str(wanted) in ("0.0.0.0/0", "anywhere"):
        return True
    if not address:
        return None
    return _in(address, str(wanted))


def _fits_ports(wanted: Sequence[Facts] | None, port: int | None) -> bool:
    return not wanted or (port is not None and any(one["first"] <= port <= one["last"] for one in wanted))
