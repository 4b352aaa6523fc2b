# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What follows from the state of a fleet: which packets arrive, which servers serve, which agents have a session.

Sources: routing, neighbour resolution and linkdown as the kernel does them; ZooKeeper's majority; the agent's behaviour
when ZooKeeper is lost (it stops BGP after 5 seconds, ends after 30, its watchdog starts it again).
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from generator.model import Agent, Fleet, Host, Link, Route

Outcome = Literal["open", "refused", "timeout", "unreachable"]

PING_HEADERS = 28
_RESTART_EVERY = 32  # seconds from one start of an agent without ZooKeeper to the next
_EXIT_WITHOUT_ZOOKEEPER = 29
_SESSION_AFTER = 10  # seconds from the start of an agent to its session


@dataclass(frozen=True)
class Way:
    """What becomes of a packet on its way to an address: fate is "arrives", "lost", "no_route" or "no_neighbour"."""

    fate: str
    link: str = ""
    next_hop: str = ""
    mtu: int = 9216  # the smallest on the way, the sender's own left out
    own_mtu: int = 9216
    limited_by: str = ""  # the router that says so; empty when a switch or the receiver drops silently
    to: str = ""  # the host that gets it


@dataclass
class World:
    """A fleet with what follows from its state. Build it once, after traps and faults."""

    fleet: Fleet
    holders: dict[str, list[tuple[Host, Link]]] = field(default_factory=dict)
    serving: set[str] = field(default_factory=set)
    leader: str = ""
    sessions: dict[str, str] = field(default_factory=dict)  # client host: the server that it holds a session with
    refused_ids: set[str] = field(default_factory=set)  # agents whose identity another one holds
    _ways: dict[tuple[str, str, str], Way] = field(default_factory=dict)

    # ---- packets

    def way(self, host: Host, address: str) -> Way:
        """What becomes of a packet that `host` sends to `address` in the underlay."""
        key = (host.name, address, "")
        found = self._ways.get(key)
        if found is None:
            found = self._ways[key] = self._find_way(host, address)
        return found

    def _find_way(self, host: Host, address: str) -> Way:
        if host.link_of(address) is not None:
            return Way("arrives", "lo", address, to=host.name)
        route = lookup(host.table(), address)
        if route is None or route.type != "unicast":
            return Way("no_route")
        link = host.links.get(route.link)
        if link is None or not link.works:
            return Way("no_neighbour", route.link, route.via or address)
        hop = route.via or address
        rack = self.fleet.racks[host.rack]
        if route.link != host.underlay:
            return Way("lost", route.link, hop)
        here = [(owner, on) for owner, on in self.holders.get(address, ()) if owner.powered and on.works]
        if not route.via:
            near = [(owner, on) for owner, on in here if owner.rack == host.rack]
            if not near:
                return Way("no_neighbour", route.link, hop)
            return Way("arrives", route.link, hop, min(near[0][1].mtu, 9216), link.mtu, to=near[0][0].name)
        if route.via != rack.gateway:
            return Way("no_neighbour", route.link, hop)
        if not here:
            return Way("lost", route.link, hop)
        owner, on = here[0]
        far = self.fleet.racks[owner.rack]
        smallest = min(rack.path_mtu, far.path_mtu)
        return Way("arrives", route.link, hop, min(smallest, on.mtu), link.mtu, rack.gateway if smallest < min(on.mtu, link.mtu) else "", owner.name)

    def pings(self, host: Host, source: str, address: str, size: int) -> Way:
        """The way of an echo request of `size` bytes; "lost" too when the answer does not come back."""
        there = self.way(host, address)
        if there.fate == "no_neighbour" and there.next_hop == address:
            # Nobody else sends there, and before the kernel gives up after three seconds ping has ended.
            return Way("unanswered", there.link, there.next_hop)
        if there.fate != "arrives" or there.link == "lo":
            return there
        far = self.fleet.hosts[there.to]
        if self.stopped(far, "icmp", 0):
            return Way("lost", there.link, there.next_hop)
        back = self.way(far, source)
        if back.fate != "arrives" or back.to != host.name:
            return Way("lost", there.link, there.next_hop)
        if size > there.own_mtu:
            return Way("too_long", there.link, there.next_hop, there.own_mtu)
        if size > there.mtu:
            return Way("frag_needed" if there.limited_by else "lost", there.link, there.next_hop, there.mtu, limited_by=there.limited_by)
        if size > back.mtu or size > back.own_mtu:
            return Way("lost", there.link, there.next_hop)
        return there

    @staticmethod
    def stopped(host: Host, protocol: str, port: int) -> str:
        """How the packet filter of a host stops a new packet: drop, reject, or not at all."""
        for rule in host.firewall.rules if host.firewall.loaded else ():
            if rule.stops and rule.protocol in (protocol, "all") and rule.port in (0, port):
                return rule.stops
        return ""

    def connects(self, host: Host, address: str, port: int) -> tuple[Outcome, str]:
        """A TCP connection from `host`; the second is the error's text."""
        there = self.way(host, address)
        if there.fate == "no_route":
            return "unreachable", "Network is unreachable"
        if there.fate == "no_neighbour":
            return "unreachable", "No route to host"
        if there.fate != "arrives":
            return "timeout", ""
        far = self.fleet.hosts[there.to]
        back = self.way(far, host.address)
        if there.link != "lo" and (back.fate != "arrives" or back.to != host.name):
            return "timeout", ""
        stopped = self.stopped(far, "tcp", port) if there.link != "lo" else ""
        if port in far.filtered_ports and there.link != "lo":
            return "timeout", ""
        if stopped:
            return ("timeout", "") if stopped == "drop" else ("refused", "")
        return ("open", "") if self._listens(far, port, there.link == "lo") else ("refused", "")

    @staticmethod
    def _listens(host: Host, port: int, by_itself: bool) -> bool:
        if port == 2181:
            return host.zookeeper is not None and host.zookeeper.running
        if port == 3888:
            return host.zookeeper is not None and host.zookeeper.running and bool(host.zookeeper.servers)
        if port == 9042:
            node = host.cassandra
            return node is not None and node.running and node.native and (by_itself or not node.rpc_address.startswith("127."))
        return False

    # ---- services

    @property
    def has_quorum(self) -> bool:
        return bool(self.serving)

    def serves(self, host: Host, server: str) -> bool:
        """Whether `host` gets an answer from a server of the network state database ("172.16.0.11:2181")."""
        address, _unused, port = server.rpartition(":")
        owner = self.way(host, address).to
        return self.connects(host, address, int(port))[0] == "open" and owner in self.serving and _in_ensemble(self, owner)

    def gossips(self, host: Host, other: Host) -> bool:
        """Whether a Cassandra node has another one for up."""
        there = other.cassandra is not None and other.powered and other.cassandra.running
        return there and (other is host or self.way(host, other.address).fate == "arrives")

    def alive(self, host: Host) -> bool:
        """Whether NSDB has the ephemeral node of this host's agent."""
        return host.agent is not None and host.agent.running and host.name in self.sessions

    @property
    def topology_told(self) -> bool:
        """Whether some API host can be asked for the virtual topology."""
        return any(self.api_works(host) for host in self.fleet.of("api") if host.powered)

    def api_works(self, host: Host) -> bool:
        return host.api is not None and host.api.running and host.name in self.sessions


@lru_cache(maxsize=65536)
def _network(destination: str) -> tuple[int, int]:
    network = ipaddress.IPv4Network("0.0.0.0/0" if destination == "default" else destination, strict=False)
    return int(network.network_address), network.prefixlen


@lru_cache(maxsize=65536)
def _number(address: str) -> int:
    return int(ipaddress.IPv4Address(address))


def lookup(table: list[Route], address: str) -> Route | None:
    """Longest prefix, then lowest metric."""
    value = _number(address)
    best: tuple[int, int] | None = None
    found = None
    for route in table:
        network, length = _network(route.destination)
        if length == 0 or value >> (32 - length) == network >> (32 - length):
            rank = (length, -route.metric)
            if best is None or rank > best:
                best, found = rank, route
    return found


def world(fleet: Fleet) -> World:
    """Work out what follows, and let it change the fleet: agents restart and log, ports are unplugged, sessions end."""
    found = World(fleet)
    for host in fleet.agents:
        _without_module(host)
    for host in fleet.hosts.values():
        for link in host.links.values():
            for address in link.addresses:
                found.holders.setdefault(address.split("/")[0], []).append((host, link))
    _ensemble(found)
    _twins(found)
    for name in sorted(fleet.hosts):
        _client(found, fleet.hosts[name])
    for host in fleet.agents:
        _consequences(found, host)
    for host in fleet.hosts.values():
        _unresolved(found, host)
        # Sources of time are asked by way of the underlay.
        _logs(found, host)
        host.clock.reachable = (link := host.links[host.underlay]).works and bool(link.addresses)
    return found


def _without_module(host: Host) -> None:
    """Without the kernel module the agent's start fails, and there is no datapath."""
    if host.agent and host.datapath and not host.kernel.ovs_loaded and not host.kernel.ovs_built_in:
        host.agent.running = host.agent.watchdog = host.datapath.exists = False


def _ensemble(found: World) -> None:
    """Which servers serve: a majority of the voters of a list that reach each other, one of them leading."""
    fleet = found.fleet
    servers = [host for host in fleet.of("zookeeper") if host.zookeeper and host.powered and host.zookeeper.running and host.zookeeper.can_write]
    for host in servers:
        if host.zookeeper and not host.zookeeper.servers:
            found.serving.add(host.name)
    in_lists: dict[int, list[Host]] = {}
    for host in servers:
        assert host.zookeeper
        if host.zookeeper.servers:
            in_lists.setdefault(host.zookeeper.my_id, []).append(host)
    # A number that two servers have belongs to the one whose address the list has for it.
    members = []
    for number, mine in in_lists.items():
        right = [host for host in mine if host.zookeeper and any(one[0] == number and one[1] == host.address for one in host.zookeeper.servers)]
        members += right[:1]
    if not members:
        return
    assert members[0].zookeeper
    listed = max((host.zookeeper.servers for host in members if host.zookeeper), key=len)
    voters = [host for host in members if host.zookeeper and (host.zookeeper.my_id, host.address, False) in listed]
    linked = [host for host in voters if sum(_elects(found, host, other) for other in voters) > len([one for one in listed if not one[2]]) // 2]
    needed = len([one for one in listed if not one[2]]) // 2 + 1
    if len(linked) < needed:
        return
    found.serving.update(host.name for host in linked)
    found.leader = max(linked, key=lambda host: host.zookeeper.my_id if host.zookeeper else 0).name
    found.serving.update(host.name for host in members if host not in voters)


def _elects(found: World, one: Host, other: Host) -> bool:
    if one is other:
        return True
    reach = found.way(one, other.address).fate == "arrives" and found.way(other, one.address).fate == "arrives"
    closed = any(found.stopped(host, "tcp", port) or port in host.filtered_ports for host in (one, other) for port in (2888, 3888))
    return reach and not closed


def _twins(found: World) -> None:
    """Of agents with one identity, the one that always had it keeps it."""
    seen: set[str] = set()
    for host in sorted(found.fleet.agents, key=lambda host: bool(host.agent and host.agent.listed_id)):
        if host.agent and host.agent.host_id in seen:
            found.refused_ids.add(host.name)
        elif host.agent:
            seen.add(host.agent.host_id)


def _client(found: World, host: Host) -> None:
    """Give a client a session when it can have one: a server that accepts it and serves in the ensemble."""
    if not host.powered or not (host.agent or host.api):
        return
    if host.name in found.refused_ids or not _is_up(host):
        return
    servers = client_servers(found.fleet, host)
    # Clients spread over the list; who comes where does not matter as long as it stays the same.
    turn = host.number % max(1, len(servers))
    for server in [*servers[turn:], *servers[:turn]]:
        if found.serves(host, server):
            found.sessions[host.name] = server
            return


def _is_up(host: Host) -> bool:
    """Whether there is something that would hold a session; the kernel module has to be there for an agent."""
    if host.agent and host.agent.running and not _is_starting(host.agent):
        return True
    return host.api is not None and host.api.running


def _is_starting(agent: Agent) -> bool:
    """Whether the watchdog has started it so lately that it has no session yet."""
    return bool(agent.restarts) and agent.uptime_s < _SESSION_AFTER


def _in_ensemble(found: World, server: str) -> bool:
    """A server that runs alone beside an ensemble has none of its data."""
    told = found.fleet.hosts[server].zookeeper
    return bool(told and told.servers) or not found.leader


def client_servers(fleet: Fleet, host: Host) -> list[str]:
    """What a client's configuration says: that of its agent, or of the API server."""
    if host.agent:
        return host.agent.zookeeper
    return [f"{server.address}:2181" for server in fleet.of("zookeeper")]


def _consequences(found: World, host: Host) -> None:
    """What becomes of an agent that has no session: it logs, ends, is started again, and BGP goes down with it."""
    agent, age = host.agent, found.fleet.age_s
    if agent is None or not host.powered:
        return
    if host.name in found.refused_ids and agent.running:
        _restart_loop(host, 2, "HostService", "Could not acquire ownership: host already in use", age)
        found.sessions.pop(host.name, None)
    elif agent.running and host.name not in found.sessions and not _is_starting(agent):
        message = "have been disconnected for 30000 milliseconds, so exiting"
        agent.log.insert(0, (age, "WARN", "ZookeeperConnectionWatcher", "KeeperState is Disconnected, will shutdown in 30000 milliseconds."))
        agent.events.append((age, "WARN", "Nsdb", "DISCONNECT Disconnected from the NSDB cluster."))
        _restart_loop(host, _EXIT_WITHOUT_ZOOKEEPER, "ZookeeperConnectionWatcher", message, age)
    down = not agent.running or host.name not in found.sessions
    for speaker in host.speakers:
        link = host.links[speaker.interface]
        speaker.plugged = speaker.plugged and not down and link.works and speaker.bound
        if down:
            speaker.daemon = False


def _logs(found: World, host: Host) -> None:
    """What servers and routing daemons note of others that they do not reach any more."""
    age = found.fleet.age_s
    server, node = host.zookeeper, host.cassandra
    if server and server.running and server.can_write and host.powered:
        for number, address, _observer in server.servers:
            if number != server.my_id and not _elected_by(found, host, address):
                where, said = "WorkerSender[myid={0}]:QuorumCnxManager@382", f"Cannot open channel to {number} at election address /{address}:3888"
                server.log += [(ago, "WARN", where.format(server.my_id), said) for ago in range(age, 0, -60)]
    if node and node.running and host.powered:
        away = [one.cassandra.address for one in found.fleet.of("cassandra") if one.cassandra and not found.gossips(host, one)]
        node.log += [(age, "INFO", "Gossiper.java (line 962)", f"InetAddress /{address} is now DOWN") for address in away]
    for speaker in host.speakers:
        for peer in speaker.peers if speaker.daemon else ():
            if peer.shutdown:
                continue
            if not (peer.answers and speaker.link_up and host.links[speaker.interface].works):
                speaker.log.append((max(1, age - 180), f"%NOTIFICATION: sent to neighbor {peer.address} 4/0 (Hold Timer Expired) 0 bytes"))
            elif peer.remote_as != peer.actual_as:
                said = f"%NOTIFICATION: sent to neighbor {peer.address} 2/2 (OPEN Message Error/Bad Peer AS) 2 bytes"
                speaker.log += [(ago, said) for ago in range(age, 0, -120)]


def _elected_by(found: World, host: Host, address: str) -> bool:
    """Whether the server at an address takes connections of elections from here."""
    there = found.fleet.hosts.get(found.way(host, address).to)
    closed = there is not None and (found.stopped(there, "tcp", 3888) or 3888 in there.filtered_ports)
    return bool(there and there.zookeeper and there.zookeeper.running and not closed)


def _restart_loop(host: Host, status: int, logger: str, message: str, age: int) -> None:
    """The watchdog starts the agent again and again; without a watchdog it stays down."""
    agent = host.agent
    assert agent is not None
    if age <= _RESTART_EVERY:
        return
    if not agent.watchdog:
        agent.running = False
        agent.restarts = []
        agent.log.append((age - 30, "ERROR", logger, message))
        return
    ends = range(age - 30, 1, -_RESTART_EVERY)
    agent.restarts += [(ago, status) for ago in ends]
    agent.log += [(ago, "ERROR", logger, message) for ago in ends]
    agent.events += [(ago - 1, "INFO", "Service", "START Service started.") for ago in ends]
    agent.uptime_s = ends[-1] if ends else agent.uptime_s


def _unresolved(found: World, host: Host) -> None:
    """The neighbour entries of what does not answer: FAILED once something was sent there."""
    for address, (link, mac, _state) in list(host.neighbours.items()):
        if link != host.underlay:
            continue
        on = host.links.get(link)
        if on is None or not on.admin_up:
            del host.neighbours[address]
            continue
        answers = address == found.fleet.racks[host.rack].gateway or any(
            owner.powered and there.works and owner.rack == host.rack for owner, there in found.holders.get(address, ())
        )
        if not on.carrier or not answers:
            host.neighbours[address] = (link, mac, "FAILED")


# ---- the plan of the second round


def probe_peers(found: World) -> dict[str, tuple[str, list[str], int]]:
    """By host: its tunnel address, the tunnel addresses it pings, the size of full packets. From what NSDB tells, or nothing."""
    if not found.topology_told:
        return {}
    fleet = found.fleet
    by_id: dict[str, list[Host]] = {}
    for host in fleet.agents:
        if host.agent:
            by_id.setdefault(host.agent.host_id, []).append(host)
    planned: dict[str, tuple[str, list[str], int]] = {}
    for zone in fleet.zones:
        ends = {by_id[identity][0].name: address for identity, address in zone.members if len(by_id.get(identity, ())) == 1}
        names = sorted(ends)
        sizes = [link.mtu for name in names if (link := fleet.hosts[name].link_of(ends[name])) is not None and fleet.hosts[name].powered]
        usual = max(sorted(set(sizes), reverse=True), key=sizes.count) if sizes else 1500
        for place, name in enumerate(names):
            host = fleet.hosts[name]
            peers = [ends[names[(place + step) % len(names)]] for step in _steps(len(names))]
            if peers and host.link_of(ends[name]) is not None:
                planned[name] = (ends[name], peers, usual)
    return planned


def _steps(count: int) -> list[int]:
    """All others in a small zone; beyond 30 members steps of powers of two, so that the number of probes grows with the logarithm."""
    if count <= 30:
        return list(range(1, count))
    return [2**power for power in range(max(3, (count - 1).bit_length()))]
