# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The record of a fleet: every item of roles/*/evidence.yml that a host would be asked, answered by the printers."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.item import Output
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.record import Record

from generator.model import BETWEEN_ROUNDS, STARTED, Fleet, Host, Link, Speaker
from generator.printers import bgp, midonet, network, ping, servers, system
from generator.simulate import Way, World, client_servers, probe_peers

Said = tuple[str, str, int]
Answers = list[tuple[str, Said]]  # item, what it said

# Of the pings over a lossy interface, the share that loses one of three packets: one in twenty of all.
_LOST_ON_LOSSY = 0.15

NOT_REACHED = "ssh: connect to host {address} port 22: Connection timed out"


def write(world: World, path: Path, lose: float = 0.0) -> Record:
    """Write the record into an empty or new directory. lose: the share of items that their time-out ends, drawn by the seed."""
    fleet = world.fleet
    record = Record.create(path, manifest(fleet))
    for name, (first, second) in answers(world, lose):
        host = fleet.hosts[name]
        if not host.powered:
            record.write_answer(name, host.groups, 1, "not_reached", NOT_REACHED.format(address=host.management), [])
            continue
        clock = {"skew_s": host.clock.skew_s, "skew_error_s": host.clock.skew_error_s}
        for number, outputs in ((1, first), (2, second)):
            if outputs:
                record.write_answer(name, host.groups, number, "complete", "", outputs, clock if number == 1 else None)
    return record


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


def answers(world: World, lose: float = 0.0) -> Iterator[tuple[str, tuple[list[Output], list[Output]]]]:
    """By host: the outputs of both rounds."""
    fleet = world.fleet
    peers = probe_peers(world)
    connections: dict[str, int] = {}
    for client, server in world.sessions.items():
        owner = world.way(fleet.hosts[client], server.rpartition(":")[0]).to
        connections[owner] = connections.get(owner, 0) + 1
    for name in sorted(fleet.hosts):
        host = fleet.hosts[name]
        chance = random.Random(f"answers {fleet.seed} {name}")
        if not host.powered:
            yield name, ([], [])
            continue
        pids: dict[str, int] = {}
        first = [*_underlay(host, 1), *_agent(host, pids), *_sessions(world, host, pids), *_overlay(world, host), *_bgp(world, host)]
        first += [*_zookeeper(world, host, connections.get(name, 0)), *_cassandra(world, host), *_api(world, host)]
        second = _second(world, host, peers.get(name), chance)
        # The server's queue is looked at twice.
        second += [one for one in first if one[0] == "zookeeper.srvr"]
        yield name, (_outputs(first, 1, chance, lose), _outputs(second, 2, chance, lose))


def _outputs(said: Answers, round: int, chance: random.Random, lose: float) -> list[Output]:
    outputs = []
    moment = STARTED + (round - 1) * BETWEEN_ROUNDS
    for item, (text, complaint, code) in said:
        # A line of the record holds the time by the clock of the host; the printers' own times have its skew.
        output = Output(
            item=item,
            round=round,
            state="failed" if code else "ok",
            exit_code=code,
            duration_ms=chance.randint(4, 400),
            stdout=text,
            stderr=complaint,
            reason="" if not code else complaint.rstrip("\n").rpartition("\n")[2] or f"exit code {code}",
            started=_instant(moment, "Z"),
        )
        if lose and chance.random() < lose:
            output = replace(output, state="timeout", exit_code=None, stdout="", stderr="", reason="it did not end within 5 s")
        outputs.append(output)
    return outputs


def _ok(text: str) -> Said:
    return text, "", 0


def _links(host: Host) -> list[Link]:
    """All interfaces: those of the model, then the outer ends of the BGP namespaces and the machines' taps."""
    outer = [_outer(speaker) for speaker in host.speakers]
    taps = [
        Link(vm.tap, f"fe:16:3e:{int(vm.port[:2], 16):02x}:{int(vm.port[2:4], 16):02x}:{int(vm.port[4:6], 16):02x}", mtu=1500,
             admin_up=vm.admin_up, carrier=vm.carrier, kind="tun", rx=vm.rx, tx=vm.tx)
        for vm in host.vms
        if vm.exists
    ]  # fmt: skip
    return [*host.links.values(), *outer, *taps]


def _outer(speaker: Speaker) -> Link:
    return Link(speaker.link[: -len("_m")], f"32:1a:23:98:3c:{sum(speaker.link.encode()) % 251:02x}", carrier=speaker.link_up, kind="veth")


def _underlay(host: Host, round: int) -> Answers:
    links = _links(host)
    modules = system.kernel_modules(host.kernel)
    found: Answers = [
        ("underlay.system", (system.system(host), "cat: /etc/redhat-release: No such file or directory\n", 1)),
        ("underlay.ip_link", _ok(network.ip_link(links, host.generation, round))),
        ("underlay.ip_addr", _ok(network.ip_addr(links, host.generation))),
        ("underlay.ip_route", _ok(network.ip_route(host.table(), host.links))),
        ("underlay.ip_neigh", _ok(network.ip_neigh(host.neighbours))),
        ("underlay.filesystems", _ok(system.filesystems(host.filesystems.values()))),
        ("underlay.clock", _ok(system.clock(host.clock))),
        ("underlay.time_daemon", system.time_daemon(host.clock)),
        ("underlay.firewall", _ok(system.firewall(host.firewall))),
    ]
    if host.is_agent:
        found.insert(6, ("underlay.kernel_modules", modules))
    return found


def _agent(host: Host, pids: dict[str, int]) -> Answers:
    found = servers.processes(host, pids)
    packages = midonet.packages(host)
    complaint = "" if packages else "".join(f"dpkg-query: no packages found matching {name}*\n" for name in ("midolman", "midonet", "python-midonetclient"))
    said: Answers = [("agent.processes", _ok(found)), ("agent.packages", (packages, complaint, 1 if complaint else 0))]
    agent = host.agent
    if agent:
        said += [
            ("agent.config", _ok(midonet.config(agent.zookeeper, agent.cassandra, agent.root_key, "/etc/midolman/midolman.conf"))),
            ("agent.host_id", _ok(midonet.host_id(agent))),
            ("agent.watchdog_log", _ok(midonet.watchdog_log(agent, host.clock))),
            ("agent.log", _ok(midonet.agent_log(agent, host.clock))),
        ]
    return said


def _sessions(world: World, host: Host, pids: dict[str, int]) -> Answers:
    if not (host.agent or host.api):
        return []
    said: Answers = []
    if host.agent is None:
        root_key = "/midonet/v1" if host.generation == "A" else "/midonet"
        said.append(("agent.config", _ok(midonet.config(client_servers(world.fleet, host), [], root_key, "/etc/midonet/midonet.conf"))))
    mine = []
    server = world.sessions.get(host.name)
    if server:
        mine = [(server, pids[program]) for program in ("agent", "api") if program in pids]
    return [*said, ("nsdb.sessions", _ok(servers.sessions(host.address, mine)))]


def _overlay(world: World, host: Host) -> Answers:
    found: Answers = []
    if host.datapath:
        found.append(("overlay.datapath", midonet.show(host, host.datapath, 1)))
    if host.api:
        found += _topology(world, host)
    return found


def _topology(world: World, host: Host) -> Answers:
    items = ("overlay.hosts", "overlay.tunnel_zones", "overlay.bindings", "topology.routers")
    assert host.api is not None
    if not host.api.running:
        return [(item, servers.CLI_REFUSED) for item in items]
    if not world.api_works(host):
        return [(item, servers.CLI_NO_DATABASE) for item in items]
    fleet = world.fleet
    known: dict[str, tuple[str, str, bool, list[str]]] = {}
    for one in fleet.agents:
        if one.agent and one.agent.registered and not one.agent.listed_id:
            addresses = [address.split("/")[0] for link in one.links.values() if link.kind != "loopback" for address in link.addresses]
            known[one.agent.host_id] = (one.agent.host_id, one.name, world.alive(one), addresses)
    rows = [*known.values(), *midonet.stale_rows(fleet.stale)]
    texts = (midonet.list_hosts(rows, fleet.generation), midonet.tunnel_zones(fleet), midonet.bindings(fleet), midonet.routers(fleet))
    return list(zip(items, map(_ok, texts), strict=True))


def _carried(host: Host, speaker: Speaker) -> bool:
    """Whether packets of the namespace reach the uplink: the interface works and the agent has plugged it."""
    return host.links[speaker.interface].works and speaker.bound


def _bgp(world: World, host: Host) -> Answers:
    if "gateway" not in host.groups:
        return []
    # An agent that loses its session ends the daemon and leaves the namespace as it is.
    up = [speaker for speaker in host.speakers if speaker.bound]
    daemons = all(speaker.daemon for speaker in up)
    complaint = "" if daemons else "".join(bgp.NOT_RUNNING[speaker.software] for speaker in up if not speaker.daemon)
    return [
        ("bgp.namespaces", _ok(bgp.every(up, bgp.processes))),
        ("bgp.links", _ok(bgp.every(up, lambda one: bgp.ip_link(one, host.generation)))),
        ("bgp.addresses", _ok(bgp.every(up, lambda one: bgp.ip_addr(one, host.generation)))),
        ("bgp.neighbours", _ok(bgp.every(up, lambda one: bgp.neighbours(one, _carried(host, one))))),
        ("bgp.summary", (bgp.every(up, lambda one: bgp.summary(one, _carried(host, one)) if one.daemon else ""), complaint, 1 if complaint else 0)),
        ("bgp.config", (bgp.every(up, lambda one: bgp.config(one, host) if one.daemon else ""), complaint, 1 if complaint else 0)),
    ]


def _zookeeper(world: World, host: Host, connections: int) -> Answers:
    server = host.zookeeper
    if server is None:
        return []
    mode = ""
    if host.name in world.serving:
        observer = any(one[0] == server.my_id and one[2] for one in server.servers)
        mode = "standalone" if not server.servers else "leader" if host.name == world.leader else "observer" if observer else "follower"
    followers = len([name for name in world.serving if name != world.leader])
    return [
        ("zookeeper.config", _ok(servers.zoo_cfg(server))),
        ("zookeeper.ruok", servers.ruok(server)),
        ("zookeeper.srvr", servers.srvr(server, mode, connections + 1)),
        ("zookeeper.mntr", servers.mntr(server, mode, connections + 1, followers)),
        ("zookeeper.isro", servers.isro(server, mode)),
    ]


def _cassandra(world: World, host: Host) -> Answers:
    node = host.cassandra
    if node is None:
        return []
    ring = [
        (one.cassandra, one is host or (one.powered and one.cassandra.running and world.way(host, one.address).fate == "arrives"))
        for one in world.fleet.of("cassandra")
        if one.cassandra
    ]
    return [
        ("cassandra.config", _ok(servers.cassandra_yaml(node))),
        ("cassandra.native_handshake", servers.handshake(node)),
        ("cassandra.nodetool_status", servers.nodetool_status(node, ring)),
    ]


def _api(world: World, host: Host) -> Answers:
    if host.api is None:
        return []
    return [("api.http", servers.api_http(host.api.running, world.api_works(host), host.generation))]


def _second(world: World, host: Host, probes: tuple[str, list[str], int] | None, chance: random.Random) -> Answers:
    found: Answers = [("underlay.ip_link", _ok(network.ip_link(_links(host), host.generation, 2)))]
    if host.datapath:
        found.append(("overlay.datapath", midonet.show(host, host.datapath, 2)))
    if probes and host.is_agent:
        source, peers, usual = probes
        found.append(("underlay.ping", _ok("".join(_small(world, host, source, peer, chance) for peer in peers))))
        found.append(("underlay.ping_full_size", _ok(_all_full(world, host, source, peers, usual, chance))))
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
    lost = (chance.random() < _LOST_ON_LOSSY and _is_lossy(world, host, way)) or (host.name, peer) in world.fleet.lone_lost
    received = 0 if way.fate != "arrives" else 2 if lost else 3
    return ping.ping(source, peer, 56, 3, received, way, chance.uniform(0.1, 0.9))


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
