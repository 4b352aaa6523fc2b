# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A healthy fleet without anything odd about it: which hosts there are, their addresses, and what runs on them."""

from __future__ import annotations

import random
import uuid

from generator.model import (
    Agent,
    Api,
    Cassandra,
    Clock,
    Counters,
    Datapath,
    Filesystem,
    Fleet,
    Generation,
    Host,
    Kernel,
    Link,
    Machine,
    Peer,
    Rack,
    Route,
    Security,
    Speaker,
    Vm,
    Zone,
    ZooKeeper,
    drawn,
    drawn_between,
)

FEWEST, MOST = 3, 10_000
MANAGEMENT = "eth0"
UNDERLAY = "eth1"
UPLINK = "eth2"
_NEXT_AS = 64512

_OS = {
    "A": (
        'NAME="Ubuntu"\nVERSION="14.04.2 LTS, Trusty Tahr"\nID=ubuntu\nID_LIKE=debian\n'
        'PRETTY_NAME="Ubuntu 14.04.2 LTS"\nVERSION_ID="14.04"\n'
    ),
    "B": 'NAME="Ubuntu"\nVERSION="16.04.3 LTS (Xenial Xerus)"\nID=ubuntu\nID_LIKE=debian\nPRETTY_NAME="Ubuntu 16.04.3 LTS"\nVERSION_ID="16.04"\n',
}
_KERNEL = {
    "A": ("3.13.0-24-generic", "#46-Ubuntu SMP Thu Apr 10 19:11:08 UTC 2014"),
    "B": ("4.4.0-116-generic", "#140-Ubuntu SMP Mon Feb 12 21:23:04 UTC 2018"),
}


_CENTOS = (
    'NAME="CentOS Linux"\nVERSION="7 (Core)"\nID="centos"\nID_LIKE="rhel fedora"\nVERSION_ID="7"\nPRETTY_NAME="CentOS Linux 7 (Core)"\n',
    "CentOS Linux release 7.4.1708 (Core) \n",
)
_CENTOS_KERNEL = ("3.10.0-693.el7.x86_64", "#1 SMP Tue Aug 22 21:09:27 UTC 2017")


def centos(host: Host) -> None:
    """Make a host one of CentOS, with SELinux that enforces."""
    host.os_release, host.redhat_release = _CENTOS
    host.kernel.release, host.kernel.version = _CENTOS_KERNEL
    host.security = Security(selinux="enforcing", apparmor=False)


def ubuntu(host: Host, generation: Generation) -> None:
    """Make it one of Ubuntu, with AppArmor, as hosts are unless something else is said."""
    host.os_release, host.redhat_release = _OS[generation], ""
    host.kernel.release, host.kernel.version = _KERNEL[generation]
    host.security = Security(profiles=[(name, "enforce") for name in ("/sbin/dhclient", "/usr/sbin/ntpd", "/usr/sbin/tcpdump")])
    if host.vms:
        host.security.profiles += [("/usr/sbin/libvirtd", "enforce"), *((f"libvirt-{vm.port}", "enforce") for vm in host.vms)]


def identity(random_: random.Random) -> str:
    """A UUID out of a seeded source."""
    return str(uuid.UUID(int=random_.getrandbits(128), version=4))


def mac(prefix: int, number: int) -> str:
    """52:54:<prefix>:<number>: the vendor part that QEMU uses."""
    return f"52:54:{prefix:02x}:{number >> 16 & 255:02x}:{number >> 8 & 255:02x}:{number & 255:02x}"


def kinds(count: int) -> list[tuple[str, ...]]:
    """The groups of each host. Small fleets share hosts between services, as small clouds do."""
    if not FEWEST <= count <= MOST:
        raise ValueError(f"a fleet has {FEWEST} to {MOST} hosts, not {count}")
    if count < 9:
        first: list[tuple[str, ...]] = [("zookeeper", "cassandra", "api"), ("zookeeper", "gateway"), ("zookeeper", "compute")]
        more: list[tuple[str, ...]] = [("compute",), ("gateway",), ("compute",), ("cassandra",), ("cassandra",)]
        return [*first, *more[: count - 3]]
    cassandra, api, gateways = (1, 1, 2) if count < 12 else (3, 1, 2) if count < 100 else (3, 2, 4)
    found: list[tuple[str, ...]] = [("zookeeper",)] * 3
    for group, number in (("cassandra", cassandra), ("api", api), ("gateway", gateways)):
        found += [(group,)] * number
    return [*found, *[("compute",)] * (count - len(found))]


def build(count: int, generation: Generation, seed: int) -> Fleet:
    """The same fleet for the same arguments."""
    chance = random.Random(f"fleet {seed} {count} {generation}")
    fleet = Fleet(seed, generation, router_id=identity(chance), tenant_router_id=identity(chance), tenant_port_id=identity(chance))
    groups = kinds(count)
    per_rack = max(2, min(40, -(-count // 3)))
    for number in range(-(-count // per_rack)):
        subnet = f"172.{16 + number // 256}.{number % 256}"
        fleet.racks[number] = Rack(number, f"{subnet}.0/24", f"{subnet}.1", mac(0xFE, number))
    # Every role is spread over the racks.
    numbered: dict[str, int] = {}
    width = len(str(count))
    for number, mine in enumerate(groups):
        role = "node" if len(mine) > 1 else {"zookeeper": "zk", "cassandra": "cas", "gateway": "gw"}.get(mine[0], mine[0])
        numbered[role] = numbered.get(role, 0) + 1
        name = f"{role}{numbered[role]:0{width if role == 'compute' else 1}d}"
        fleet.hosts[name] = _host(fleet, name, mine, number)
    _services(fleet)
    _tenant(fleet)
    zone = Zone(identity(chance), "tz1", chance.choice(("vxlan", "vxlan", "gre")))
    zone.members = [(host.agent.host_id, host.address) for host in fleet.agents if host.agent]
    fleet.zones.append(zone)
    for host in fleet.agents:
        host.tunnel_type = zone.type
    _neighbours(fleet)
    return fleet


def _host(fleet: Fleet, name: str, groups: tuple[str, ...], number: int) -> Host:
    chance = random.Random(f"host {fleet.seed} {fleet.generation} {name}")
    rack = fleet.racks[number % len(fleet.racks)]
    address = f"{rack.subnet.rsplit('.', 1)[0]}.{11 + number // len(fleet.racks)}"
    management = f"10.64.{number // 250}.{number % 250 + 2}"
    release, version = _KERNEL[fleet.generation]
    host = Host(
        name=name,
        groups=tuple(sorted(groups)),
        number=number,
        rack=rack.number,
        management=management,
        address=address,
        generation=fleet.generation,
        kernel=Kernel(release, version),
        os_release=_OS[fleet.generation],
        uptime_s=chance.randint(200_000, 9_000_000),
    )
    host.links["lo"] = Link("lo", addresses=["127.0.0.1/8"], mtu=65536, kind="loopback", rx=_traffic(chance, 900), tx=_traffic(chance, 900))
    for link, mine, code, speed in ((MANAGEMENT, f"{management}/10", 0, 1000), (UNDERLAY, f"{address}/24", 1, 10_000)):
        host.links[link] = Link(link, mac(code, number), [mine], rx=_traffic(chance, 200_000), tx=_traffic(chance, 200_000), speed_mbps=speed)
    host.routes.append(Route("default", rack.gateway, UNDERLAY))
    host.filesystems["/"] = Filesystem("/dev/sda1", "/", 41151808, round(chance.uniform(0.08, 0.55), 4))
    host.filesystems["/run"] = Filesystem("tmpfs", "/run", 3288264, 0.0004, 0.0012)
    host.filesystems["/var/log"] = Filesystem("/dev/sdb1", "/var/log", 20511312, round(chance.uniform(0.05, 0.6), 4))
    host.clock = Clock(
        daemon="ntpd" if fleet.generation == "A" else "chrony",
        source=rack.gateway,
        offset_s=round(chance.uniform(-0.004, 0.004), 6),
        skew_s=round(chance.uniform(-0.02, 0.02), 3),
        zone="JST",
        zone_offset_s=32400,
    )
    if host.is_agent:
        _add_agent(fleet, host, chance)
    host.machine = _machine(host)
    ubuntu(host, fleet.generation)
    return host


def _machine(host: Host) -> Machine:
    """By words of its own, so that it takes nothing from the host's source of chance."""
    return Machine(
        processors=(4, 8, 16)[drawn_between(0, 2, "processors", host.name)],
        memory_kb=(16_430_000, 32_870_000, 65_861_632)[drawn_between(0, 2, "memory", host.name)],
        available_ratio=round(0.35 + drawn("available", host.name) * 0.5, 3),
        busy=round(0.03 + drawn("busy", host.name) * 0.3, 3),
        tracked=drawn_between(40, 9000, "tracked", host.name),
        kernel_log=[(host.uptime_s - 2, "IPv6: ADDRCONF(NETDEV_UP): eth1: link is not ready"), (host.uptime_s - 4, "EDAC MC: Ver: 3.0.0")],
    )


def _traffic(chance: random.Random, most: int) -> Counters:
    packets = chance.randint(most // 2, most)
    return Counters(packets=packets, more_packets=chance.randint(10, 400), size=chance.randint(80, 900))


def _add_agent(fleet: Fleet, host: Host, chance: random.Random) -> None:
    host.agent = Agent(identity(chance), root_key="/midonet/v1" if fleet.generation == "A" else "/midonet", uptime_s=host.uptime_s - 90)
    host.agent.max_flow_count = 20_000 if fleet.generation == "A" else 1_500_000
    misses = chance.randint(10_000, 900_000)
    host.datapath = Datapath(
        index=chance.randint(4, 12),
        flows=chance.randint(20, 3000),
        hits=misses * 30,
        misses=misses,
        more_hits=chance.randint(100, 5000),
        more_misses=chance.randint(20, 300),
    )
    host.tunnel_rx, host.tunnel_tx = _traffic(chance, 4_000_000), _traffic(chance, 4_000_000)
    if "compute" in host.groups:
        for _unused in range(chance.randint(1, 8)):
            port = identity(chance)
            host.vms.append(Vm(port, f"tap{port[:11]}", rx=_traffic(chance, 90_000), tx=_traffic(chance, 90_000)))
    if "gateway" in host.groups:
        host.uplink = UPLINK
        number = len(fleet.of("gateway"))
        host.links[UPLINK] = Link(UPLINK, mac(2, host.number), rx=_traffic(chance, 900_000), tx=_traffic(chance, 900_000))
        port, network = identity(chance), f"203.0.113.{8 * number}"
        base = network.rsplit(".", 1)[0]
        short = f"mbgp{0}" if fleet.generation == "A" else f"bgp-{port[:7]}"
        host.speakers.append(
            Speaker(
                namespace="mbgp0_ns" if fleet.generation == "A" else short,
                link=f"{short}_m",
                address=f"{base}.{8 * number + 2}/29",
                asn=fleet.asn,
                port=port,
                interface=UPLINK,
                networks=["198.51.100.0/24"],
                peers=[Peer(f"{base}.{8 * number + 1}", _NEXT_AS, _NEXT_AS, mac(0xFD, number), uptime_s=chance.randint(4000, 80_000))],
            )
        )


def _services(fleet: Fleet) -> None:
    chance = random.Random(f"services {fleet.seed} {fleet.generation}")
    servers = fleet.of("zookeeper")
    ensemble = [(number, host.address, False) for number, host in enumerate(servers, start=1)]
    for number, host in enumerate(servers, start=1):
        host.zookeeper = ZooKeeper(number, list(ensemble), latency_ms=(0, round(chance.uniform(0.1, 4), 3), chance.randint(20, 300)))
        host.filesystems["/var/lib/zookeeper"] = Filesystem("/dev/sdc1", "/var/lib/zookeeper", 10190136, round(chance.uniform(0.05, 0.5), 4))
    nodes = fleet.of("cassandra")
    for host in nodes:
        host.cassandra = Cassandra(host.address, [node.address for node in nodes[:2]], identity(chance), owns=f"{100 / len(nodes):.1f}%")
        host.filesystems["/var/lib/cassandra"] = Filesystem("/dev/sdd1", "/var/lib/cassandra", 51343840, round(chance.uniform(0.02, 0.4), 4))
    for host in fleet.of("api"):
        host.api = Api()
    for host in fleet.agents:
        if host.agent:
            host.agent.zookeeper = [f"{server.address}:2181" for server in servers]
            host.agent.cassandra = [node.address for node in nodes]


def _tenant(fleet: Fleet) -> None:
    """One tenant with one network, in which every machine has an address, and one security group."""
    chance = random.Random(f"tenant {fleet.seed} {fleet.generation}")
    fleet.bridge_id, fleet.group_id = identity(chance), identity(chance)
    fleet.tenant_id = identity(chance).replace("-", "")
    for number, vm in enumerate((vm for host in fleet.agents for vm in host.vms), start=10):
        vm.address = f"10.9.{number // 250}.{number % 250 + 2}"


def _neighbours(fleet: Fleet) -> None:
    """Every host lately spoke to its router and to the servers and some hosts of its rack."""
    by_rack: dict[int, list[Host]] = {}
    for host in fleet.hosts.values():
        by_rack.setdefault(host.rack, []).append(host)
    for host in fleet.hosts.values():
        chance = random.Random(f"neighbours {fleet.seed} {host.name}")
        rack = fleet.racks[host.rack]
        host.neighbours[rack.gateway] = (UNDERLAY, rack.mac, "REACHABLE")
        host.neighbours["10.64.0.1"] = (MANAGEMENT, mac(0xFC, 1), chance.choice(("REACHABLE", "DELAY", "STALE")))
        mates = by_rack[host.rack]
        for other in chance.sample(mates, min(len(mates), 8)):
            if other is not host:
                state = chance.choice(("REACHABLE", "STALE", "STALE", "DELAY"))
                host.neighbours[other.address] = (UNDERLAY, other.links[UNDERLAY].mac, state)
