# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The record of a fleet: every item of roles/*/evidence.yml that a host would be asked, answered by the printers."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.item import Output
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.record import Record

from generator.model import BETWEEN_ROUNDS, STARTED, Agent, Fleet, Host, Link, Speaker, drawn, drawn_between
from generator.printers import (
    bgp,
    ethtool,
    files,
    flows,
    kernel,
    logs,
    midonet,
    network,
    neutron,
    ping,
    rest,
    security,
    servers,
    sockets,
    system,
)
from generator.simulate import Way, World, client_servers, probe_peers

Said = tuple[str, str, int]
Answers = list[tuple[str, Said]]  # item, what it said

# Small packets of one ping, and of those that cross a lossy interface the share that gets lost.
_SMALL_PACKETS = 20
_LOST_ON_LOSSY = 0.05

NOT_REACHED = "ssh: connect to host {address} port 22: Connection timed out"


def write(world: World, path: Path, lose: float = 0.0, heavy: bool = False) -> Record:
    """Write the record into an empty or new directory.

    lose    the share of items that their time-out ends, drawn by the seed
    heavy   also items that a run over a fleet leaves out, as if the modules that ask for them had been run
    """
    fleet = world.fleet
    record = Record.create(path, manifest(fleet))
    for name, (first, second) in answers(world, lose, heavy):
        host = fleet.hosts[name]
        if not host.powered:
            record.write_answer(name, host.groups, 1, "not_reached", NOT_REACHED.format(address=host.management), [])
            continue
        clock = {"skew_s": host.clock.skew_s, "skew_error_s": host.clock.skew_error_s}
        for number, outputs in ((1, first), (2, second)):
            if outputs:
                record.write_answer(name, host.groups, number, "complete", "", outputs, clock if number == 1 else None)
    return record


def write_flows(fleet: Fleet, directory: Path) -> None:
    """What mm-dpctl dumps of each agent's datapath, in a file named like the host: no run over a fleet asks for that."""
    directory.mkdir(parents=True, exist_ok=True)
    for host in fleet.agents:
        if host.powered:
            with (directory / f"{host.name}.txt").open("w", encoding="utf-8") as file:
                file.writelines(flows.dump(fleet, host))


def manifest(fleet: Fleet) -> dict[str, object]:
    """What the controller would note of such a run."""
    return {
        "tool": {"name": "midonet.diagnostics", "version": "1.0.0"},
        "kind": "troubleshoot",
        "started": _instant(STARTED, "+00:00"),
        "finished": _instant(STARTED + 60, "+00:00"),
        "hosts": {
            name: {"groups": list(host.groups), "address": host.management, "labels": {"rack": f"rack{host.rack + 1}"}}
            for name, host in sorted(fleet.hosts.items())
        },
    }


def _instant(seconds: float, zone: str) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S") + zone


def answers(world: World, lose: float = 0.0, heavy: bool = False) -> Iterator[tuple[str, tuple[list[Output], list[Output]]]]:
    """By host: the outputs of both rounds."""
    fleet = world.fleet
    peers = probe_peers(world)
    clients: dict[str, list[Host]] = {}
    for client, server in world.sessions.items():
        clients.setdefault(world.way(fleet.hosts[client], server.rpartition(":")[0]).to, []).append(fleet.hosts[client])
    visits: dict[str, list[str]] = {}
    for server_host in fleet.of("zookeeper"):
        for visitor in server_host.zookeeper.more_connections if server_host.zookeeper else ():
            visits.setdefault(visitor, []).append(f"{server_host.address}:2181")
    for name in sorted(fleet.hosts):
        host = fleet.hosts[name]
        chance = random.Random(f"answers {fleet.seed} {name}")
        if not host.powered:
            yield name, ([], [])
            continue
        pids: dict[str, int] = {}
        first = [*_agent(world, host, pids), *_underlay(world, host, pids, 1), *_sessions(world, host, pids, visits.get(host.address, [])), *_overlay(world, host, heavy), *_bgp(world, host)]
        first += [*_zookeeper(world, host, clients.get(name, [])), *_cassandra(world, host), *_api(world, host)]
        first += _heavy(world, host) if heavy else []
        second = _second(world, host, peers.get(name), chance)
        # The server's queue is looked at twice.
        second += [one for one in _zookeeper(world, host, clients.get(name, []), 2) if one[0] == "zookeeper.srvr"]
        yield name, (_outputs(first, 1, (fleet.seed, name), lose), _outputs(second, 2, (fleet.seed, name), lose))


def _heavy(world: World, host: Host) -> Answers:
    """What one host alone is asked for at a time. mm-ctl lists no hosts in these releases."""
    found: Answers = []
    if host.agent:
        found += [("agent.tracers", midonet.tracers(host.agent)), ("agent.meters", midonet.meters(world.fleet, host, host.agent)), ("agent.hosts", _ok(""))]
    if "gateway" in host.groups:
        found.append(("bgp.files", _ok(bgp.files(host))))
    if host.cassandra:
        found.append(("cassandra.compactions", servers.compactions(host.cassandra)))
    if host.zookeeper:
        found.append(("zookeeper.tree", servers.tree(host.zookeeper, _mode(world, host), host.generation)))
    return found


def _outputs(said: Answers, round: int, whose: tuple[object, ...], lose: float) -> list[Output]:
    """What becomes of an item is drawn for it alone, so that one more changes none of the others."""
    outputs = []
    moment = STARTED + (round - 1) * BETWEEN_ROUNDS
    for item, (text, complaint, code) in said:
        # A line of the record holds the time by the clock of the host; the printers' own times have its skew.
        output = Output(
            item=item,
            round=round,
            state="failed" if code else "ok",
            exit_code=code,
            duration_ms=drawn_between(4, 400, "duration", *whose, item, round),
            stdout=text,
            stderr=complaint,
            reason="" if not code else complaint.rstrip("\n").rpartition("\n")[2] or f"exit code {code}",
            started=_instant(moment, "Z"),
        )
        if drawn("lost", *whose, item, round) < lose:
            output = replace(output, state="timeout", exit_code=None, stdout="", stderr="", reason="it did not end within 5 s")
        outputs.append(output)
    return outputs


def _ok(text: str) -> Said:
    return text, "", 0


def _links(host: Host) -> list[Link]:
    """All interfaces: those of the model, then the outer ends of the BGP namespaces and the machines' taps."""
    outer = [_outer(speaker) for speaker in host.speakers]
    taps = [
        Link(vm.tap, f"fe{vm.mac[2:]}", mtu=1500,
             admin_up=vm.admin_up, carrier=vm.carrier, kind="tun", rx=vm.rx, tx=vm.tx)
        for vm in host.vms
        if vm.exists
    ]  # fmt: skip
    return [*host.links.values(), *outer, *taps]


def _outer(speaker: Speaker) -> Link:
    return Link(speaker.link[: -len("_m")], f"32:1a:23:98:3c:{sum(speaker.link.encode()) % 251:02x}", carrier=speaker.link_up, kind="veth")


def _underlay(world: World, host: Host, pids: dict[str, int], round: int) -> Answers:
    links = _links(host)
    modules = system.kernel_modules(host.kernel)
    found: Answers = [
        ("underlay.system", system.system(host)),
        ("underlay.ip_link", _ok(network.ip_link(links, host.generation, round))),
        ("underlay.ip_addr", _ok(network.ip_addr(links, host.generation))),
        ("underlay.ip_route", _ok(network.ip_route(host.table(), host.links))),
        ("underlay.ip_neigh", _ok(network.ip_neigh(host.neighbours))),
        ("underlay.filesystems", _ok(system.filesystems(host.filesystems.values()))),
        ("underlay.clock", _ok(system.clock(host.clock))),
        ("underlay.time_daemon", system.time_daemon(host.clock)),
        ("underlay.firewall", _ok(system.firewall(host.firewall))),
        ("underlay.link_settings", ethtool.settings(host)),
        ("underlay.security", _ok(security.security(host))),
        ("underlay.sockets", _ok(sockets.listening(host, pids, _namespaces(host), host.name == world.leader))),
        ("underlay.resources", _ok(kernel.resources(host, links, pids))),
        ("underlay.activity", _ok(kernel.activity(host, links, round))),
        ("underlay.kernel_log", kernel.log(host, world.fleet.age_s)),
        ("underlay.names", _ok(kernel.names(host))),
    ]
    if host.is_agent:
        found.insert(6, ("underlay.kernel_modules", modules))
    return found


def _namespaces(host: Host) -> list[Speaker]:
    """An agent that loses its session ends the daemon and leaves the namespace as it is."""
    return [speaker for speaker in host.speakers if speaker.bound]


def _agent(world: World, host: Host, pids: dict[str, int]) -> Answers:
    found = servers.processes(host, pids)
    said: Answers = [("agent.processes", _ok(found)), ("agent.packages", midonet.packages(host)), ("agent.files", _ok(files.files(host)))]
    agent = host.agent
    if agent:
        said += [
            ("agent.config", _ok(_configuration(host, agent))),
            ("agent.settings", _settings(world, host)),
            ("agent.host_id", _ok(midonet.host_id(agent))),
            ("agent.watchdog_log", _ok(midonet.watchdog_log(agent, host.clock))),
            ("agent.log", _ok(logs.agent(host))),
            ("agent.metrics", _ok(midonet.metrics(host, agent))),
        ]
    return said


def _configuration(host: Host, agent: Agent) -> str:
    path = "/etc/midolman/midolman.conf"
    main = "" if path in host.missing_files else midonet.config(agent.zookeeper, agent.cassandra, agent.root_key, path)
    return main + midonet.environment(agent)


def _settings(world: World, host: Host) -> Said:
    """mn-conf asks the network state database, wherever its configuration says that it is."""
    servers_ = client_servers(world.fleet, host)
    if not any(world.serves(host, server) for server in servers_):
        return f"### {'local' if host.agent else 'default'}\n[mn-conf] Could not connect to zookeeper at '{','.join(servers_)}'\n", "", 0
    cassandra = host.agent.cassandra if host.agent else [node.address for node in world.fleet.of("cassandra")]
    return _ok(midonet.settings("local" if host.agent else "default", host.agent, servers_, cassandra, host.generation))


def _sessions(world: World, host: Host, pids: dict[str, int], visits: list[str]) -> Answers:
    """visits: servers that hold a connection of another program of this host."""
    if not (host.agent or host.api):
        return []
    said: Answers = []
    if host.agent is None:
        root_key = "/midonet/v1" if host.generation == "A" else "/midonet"
        said.append(("agent.config", _ok(midonet.config(client_servers(world.fleet, host), [], root_key, "/etc/midonet/midonet.conf"))))
        said.append(("agent.settings", _settings(world, host)))
    mine = []
    server = world.sessions.get(host.name)
    if server:
        mine = [(server, "java", pids[program]) for program in ("agent", "api") if program in pids]
    mine += [(visited, "python", 30_000 + place) for place, visited in enumerate(visits)]
    return [*said, ("nsdb.sessions", _ok(servers.sessions(host.address, mine)))]


def _overlay(world: World, host: Host, heavy: bool) -> Answers:
    found: Answers = []
    if host.datapath:
        found.append(("overlay.datapath", midonet.show(host, host.datapath, 1)))
    if host.api:
        found += [*_topology(world, host), *_rest(world, host, heavy)]
        found += [("topology.neutron", _ok(neutron.lists(world.fleet)))] if heavy else []
    return found


def _rest(world: World, host: Host, heavy: bool) -> Answers:
    assert host.api is not None
    items = ["topology.rest", "topology.subnets", *(["topology.rest_details"] if heavy else [])]
    if not host.api.running:
        return [(item, rest.unreachable(servers.api_port(host.generation))) for item in items]
    if not world.api_works(host):
        return [(item, rest.no_database()) for item in items]
    if not host.api.accepts_login:
        return [(item, rest.refused()) for item in items]
    found: Answers = [
        ("topology.rest", _ok(rest.lists(world.fleet, world.alive, _carried))),
        ("topology.subnets", _ok(rest.subnets(world.fleet))),
    ]
    return [*found, *([("topology.rest_details", _ok(rest.details(world.fleet, world.alive, _addresses)))] if heavy else [])]


def _addresses(host: Host) -> list[str]:
    """What an agent tells the network state database of its host's interfaces."""
    return [address.split("/")[0] for link in host.links.values() if link.kind != "loopback" for address in link.addresses]


def _topology(world: World, host: Host) -> Answers:
    items = ("overlay.hosts", "overlay.tunnel_zones", "overlay.bindings", "topology.routers")
    assert host.api is not None
    if not host.api.running:
        return [(item, servers.CLI_REFUSED) for item in items]
    if not world.api_works(host):
        return [(item, servers.CLI_NO_DATABASE) for item in items]
    if not host.api.accepts_login:
        return [(item, servers.CLI_CREDENTIAL) for item in items]
    fleet = world.fleet
    known: dict[str, tuple[str, str, bool, list[str]]] = {}
    for one in fleet.agents:
        if one.agent and one.agent.registered and not one.agent.listed_id:
            known[one.agent.host_id] = (one.agent.host_id, one.name, world.alive(one), _addresses(one))
    rows = [*known.values(), *midonet.stale_rows(fleet.stale)]
    texts = (midonet.list_hosts(rows, fleet.generation), midonet.tunnel_zones(fleet), midonet.bindings(fleet), midonet.routers(fleet))
    return list(zip(items, map(_ok, texts), strict=True))


def _carried(host: Host, speaker: Speaker) -> bool:
    """Whether packets of the namespace reach the uplink: the interface works and the agent has plugged it."""
    return host.links[speaker.interface].works and speaker.bound


def _bgp(world: World, host: Host) -> Answers:
    if "gateway" not in host.groups:
        return []
    up = _namespaces(host)
    daemons = all(speaker.daemon for speaker in up)
    complaint = "" if daemons else "".join(bgp.NOT_RUNNING[speaker.software] for speaker in up if not speaker.daemon)
    return [
        ("bgp.namespaces", _ok(bgp.namespaces(host, up))),
        ("bgp.links", _ok(bgp.every(up, lambda one: bgp.ip_link(one, host.generation)))),
        ("bgp.addresses", _ok(bgp.every(up, lambda one: bgp.ip_addr(one, host.generation)))),
        ("bgp.neighbours", _ok(bgp.every(up, lambda one: bgp.neighbours(one, _carried(host, one))))),
        ("bgp.summary", (bgp.every(up, lambda one: bgp.summary(one, _carried(host, one)) if one.daemon else ""), complaint, 1 if complaint else 0)),
        ("bgp.config", (bgp.every(up, lambda one: bgp.config(one, host) if one.daemon else ""), complaint, 1 if complaint else 0)),
        ("bgp.sessions", (bgp.every(up, lambda one: bgp.sessions(one, _carried(host, one)) if one.daemon else ""), complaint, 1 if complaint else 0)),
        # Its exit code is that of awk.
        ("bgp.routes", (bgp.every(up, lambda one: bgp.routes(one, _carried(host, one)) if one.daemon else ""), complaint, 0)),
        ("bgp.log", _ok(logs.bgp(host, host.speakers))),
    ]


def _mode(world: World, host: Host) -> str:
    """Of a ZooKeeper server; empty for one that does not serve."""
    server = host.zookeeper
    if server is None or host.name not in world.serving:
        return ""
    observer = any(one[0] == server.my_id and one[2] for one in server.servers)
    return "standalone" if not server.servers else "leader" if host.name == world.leader else "observer" if observer else "follower"


def _zookeeper(world: World, host: Host, clients: list[Host], round: int = 1) -> Answers:
    server = host.zookeeper
    if server is None:
        return []
    mode = _mode(world, host)
    connections = len(clients) + len(server.more_connections)
    sessions = [(one.address, 39000 + one.number % 20000, one.agent.uptime_s if one.agent else one.uptime_s - 60) for one in clients]
    sessions += [(address, 41000 + place, 900 + place) for place, address in enumerate(server.more_connections)]
    observers = {name for name in world.serving if _mode(world, world.fleet.hosts[name]) == "observer"}
    followers = (len(world.serving - {world.leader}), len(world.serving - {world.leader} - observers))
    return [
        ("zookeeper.config", _ok(servers.zoo_cfg(server))),
        ("zookeeper.ruok", servers.ruok(server)),
        ("zookeeper.srvr", servers.srvr(server, mode, connections + 1, round)),
        ("zookeeper.mntr", servers.mntr(server, mode, connections + 1, followers)),
        ("zookeeper.isro", servers.isro(server, mode)),
        ("zookeeper.cons", servers.cons(server, mode, sessions)),
        ("zookeeper.conf", servers.conf(server, mode)),
        ("zookeeper.log", _ok(logs.zookeeper(host))),
    ]


def _cassandra(world: World, host: Host) -> Answers:
    node = host.cassandra
    if node is None:
        return []
    ring = [
        (one.cassandra, world.gossips(host, one))
        for one in world.fleet.of("cassandra")
        if one.cassandra
    ]
    return [
        ("cassandra.config", _ok(servers.cassandra_yaml(node))),
        ("cassandra.native_handshake", servers.handshake(node)),
        ("cassandra.nodetool_status", servers.nodetool_status(node, ring)),
        ("cassandra.nodetool_details", servers.nodetool_details(node, ring)),
        ("cassandra.log", _ok(logs.cassandra(host))),
    ]


def _api(world: World, host: Host) -> Answers:
    if host.api is None:
        return []
    return [
        ("api.http", servers.api_http(host.api.running, world.api_works(host), host.generation)),
        ("api.config", _ok(midonet.api_config(host.generation, client_servers(world.fleet, host)))),
        ("api.log", _ok(logs.api(host))),
    ]


def _second(world: World, host: Host, probes: tuple[str, list[str], int] | None, chance: random.Random) -> Answers:
    links = _links(host)
    found: Answers = [("underlay.ip_link", _ok(network.ip_link(links, host.generation, 2))), ("underlay.activity", _ok(kernel.activity(host, links, 2)))]
    if host.datapath:
        found.append(("overlay.datapath", midonet.show(host, host.datapath, 2)))
    if probes and host.is_agent:
        source, peers, usual = probes
        found.append(("underlay.ping", _ok("".join(_small(world, host, source, peer, chance) for peer in peers))))
        found.append(("underlay.ping_full_size", _ok(_all_full(world, host, source, peers, usual, chance))))
    if host.zookeeper:
        voters = [f"{address}:3888" for number, address, observer in host.zookeeper.servers if number != host.zookeeper.my_id and not observer]
        found += [("zookeeper.peers", _ok("".join(_connect(world, host, server) for server in voters)))] if voters else []
    if host.agent or host.api:
        found.append(("nsdb.zookeeper_connect", _ok("".join(_connect(world, host, server) for server in client_servers(world.fleet, host)))))
    if host.agent:
        wanted = [f"{address}:9042" for address in host.agent.cassandra]
        if wanted:
            found.append(("nsdb.cassandra_connect", _ok("".join(_connect(world, host, server) for server in wanted))))
    return found


def _small(world: World, host: Host, source: str, peer: str, chance: random.Random) -> str:
    way = world.pings(host, source, peer, 84)
    # The dice are thrown for every pair, so that one that is lossy changes no other.
    dice = chance.random()
    lost = _lost(dice) if _is_lossy(world, host, way) else int((host.name, peer) in world.fleet.lone_lost)
    received = 0 if way.fate != "arrives" else _SMALL_PACKETS - lost
    return ping.ping(source, peer, 56, _SMALL_PACKETS, received, way, chance.uniform(0.1, 0.9))


def _lost(dice: float) -> int:
    """How many packets of one ping over a lossy interface get lost, for a number drawn from 0 to 1: each packet by itself."""
    number, left = 0, dice
    while number < _SMALL_PACKETS:
        share = math.comb(_SMALL_PACKETS, number) * _LOST_ON_LOSSY**number * (1 - _LOST_ON_LOSSY) ** (_SMALL_PACKETS - number)
        if left < share:
            break
        number, left = number + 1, left - share
    return number


def _is_lossy(world: World, host: Host, way: Way) -> bool:
    return host.lossy or (way.to in world.fleet.hosts and world.fleet.hosts[way.to].lossy)


def _all_full(world: World, host: Host, source: str, peers: list[str], usual: int, chance: random.Random) -> str:
    """Packets of full size to all peers; then the way to those that answered none."""
    ways = {peer: world.pings(host, source, peer, usual) for peer in peers}
    text = "".join(
        ping.ping(source, peer, usual - 28, 2, 2 if way.fate == "arrives" else 0, way, chance.uniform(0.1, 0.9), quiet=False)
        for peer, way in ways.items()
    )
    return text + "".join(ping.tracepath(source, peer, usual, way) for peer, way in ways.items() if way.fate != "arrives")


def _connect(world: World, host: Host, server: str) -> str:
    address, _unused, port = server.rpartition(":")
    return ping.connect(address, int(port), *world.connects(host, address, int(port)))
