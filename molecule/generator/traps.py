# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What looks broken in a healthy fleet and is not. Each trap falls on hosts that the seed chooses; a test names none of them.

A trap is a function of the fleet and a source of chance; TRAPS names them all, with the place in the list of the domain
catalogue (section f).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

from generator.layout import centos, identity, mac
from generator.model import Counters, Denial, Filesystem, Fleet, Host, Link, Peer, Rule, StaleHost, Zone

Trap = Callable[[Fleet, random.Random], None]


def _some(hosts: Iterable[Host], chance: random.Random, share: float) -> list[Host]:
    """A share of the hosts, at least one of them if there are any."""
    found = list(hosts)
    return chance.sample(found, max(1, round(len(found) * share))) if found else []


def other_tunnel_type(fleet: Fleet, chance: random.Random) -> None:
    """f1, f2: the port of the other protocol counts nothing, and so does that of a host that nobody talks to yet."""
    for host in _some(fleet.of("compute"), chance, 0.1):
        host.tunnel_rx, host.tunnel_tx = Counters(), Counters()


def lifetime_losses(fleet: Fleet, chance: random.Random) -> None:
    """f3: lost packets of long ago, millions of misses."""
    for host in _some(fleet.agents, chance, 0.3):
        if host.datapath:
            host.datapath.lost, host.datapath.misses = chance.randint(1000, 90_000), 17_000_000


def very_many_flows(fleet: Fleet, chance: random.Random) -> None:
    """f4: as many flows as the guide's own sample."""
    for host in _some(fleet.agents, chance, 0.05):
        if host.datapath:
            host.datapath.flows = 1_340_149
        if host.agent:
            host.agent.max_flow_count = 2_000_000


def quiet_taps(fleet: Fleet, chance: random.Random) -> None:
    """f5: a machine that only hears broadcasts, one that hears nothing."""
    for host in _some(fleet.of("compute"), chance, 0.4):
        for place, vm in enumerate(host.vms[:2]):
            vm.rx = Counters()
            vm.tx = Counters(packets=190, size=60) if place else Counters()


def unused_links(fleet: Fleet, chance: random.Random) -> None:
    """f7, f8: a NIC without cable, the bridges of libvirt and Docker with everybody's addresses; drops on a NIC that is not used."""
    for host in _some(fleet.hosts.values(), chance, 0.6):
        host.links["eth3"] = Link("eth3", mac(3, host.number), carrier=False, carrier_changes=0)
    for host in fleet.of("compute"):
        host.links["virbr0"] = Link("virbr0", mac(4, host.number), ["192.168.122.1/24"], carrier=False, kind="bridge")
    for host in _some(fleet.hosts.values(), chance, 0.2):
        host.links["docker0"] = Link("docker0", mac(5, host.number), ["172.31.255.1/24"], carrier=False, kind="bridge")
    for host in _some(fleet.hosts.values(), chance, 0.2):
        counters = Counters(packets=5000, dropped=4000, more_packets=30, more_dropped=25)
        host.links["eth4"] = Link("eth4", mac(6, host.number), rx=counters)


def shut_session(fleet: Fleet, chance: random.Random) -> None:
    """f9: a session that is shut down on purpose, next to one that works; one with an AS number of four bytes, which moves the columns."""
    for number, host in enumerate(_some(fleet.of("gateway"), chance, 0.5)):
        asn = 64777 if number % 2 else 4_200_000_777
        for speaker in host.speakers:
            base, last = speaker.address.split("/")[0].rsplit(".", 1)
            speaker.peers.append(Peer(f"{base}.{int(last) + 2}", asn, asn, mac(0xFB, host.number), shutdown=True))


def either_daemon(fleet: Fleet, chance: random.Random) -> None:
    """f9: gateways with FRR beside gateways with Quagga; FRR's table has more columns."""
    for host in _some(fleet.of("gateway"), chance, 0.5):
        for speaker in host.speakers:
            speaker.software = "frr"


def ageing_neighbours(fleet: Fleet, chance: random.Random) -> None:
    """f10: entries that were not used for a while, one that was set by hand, one that failed and that nobody needs."""
    for host in _some(fleet.hosts.values(), chance, 0.5):
        for address, (link, hardware, _state) in list(host.neighbours.items()):
            host.neighbours[address] = (link, hardware, chance.choice(("STALE", "DELAY", "PROBE", "REACHABLE")))
        host.neighbours["10.127.0.9"] = ("eth0", mac(7, host.number), "FAILED")
        host.neighbours["10.127.0.10"] = ("eth0", mac(8, host.number), "PERMANENT")


def lost_poll(fleet: Fleet, chance: random.Random) -> None:
    """f11: one lost poll of a time source, hosts with other daemons."""
    for host in _some(fleet.hosts.values(), chance, 0.3):
        host.clock.reach = "367"
    for host in _some(fleet.hosts.values(), chance, 0.2):
        host.clock.daemon = chance.choice(("ntpd", "chrony", "timesyncd"))


def observers(fleet: Fleet, chance: random.Random) -> None:
    """f12: in a large fleet, two servers that watch and do not vote; servers that may not answer ruok; a bad moment long ago."""
    servers = fleet.of("zookeeper")
    spare = [host for host in fleet.of("compute") if len(fleet.hosts) >= 30][-2:]
    for place, host in enumerate(spare):
        _make_observer(fleet, host, len(servers) + 1 + place)
    for host in _some(fleet.of("zookeeper"), chance, 0.5):
        if host.zookeeper:
            host.zookeeper.words_allowed = False
            host.zookeeper.latency_ms = (0, 2, 9183)


def _make_observer(fleet: Fleet, host: Host, number: int) -> None:
    """Turn a spare host into a ZooKeeper server, before anything else is known of it."""
    from generator.model import ZooKeeper  # noqa: PLC0415

    host.groups = ("zookeeper",)
    host.agent = host.datapath = None
    host.vms = []
    host.links.pop("virbr0", None)
    for zone in fleet.zones:
        zone.members = [member for member in zone.members if member[1] != host.address]
    ensemble = [*next(one.zookeeper.servers for one in fleet.of("zookeeper") if one.zookeeper), (number, host.address, True)]
    host.zookeeper = ZooKeeper(number, ensemble)
    host.filesystems["/var/lib/zookeeper"] = Filesystem("/dev/sdc1", "/var/lib/zookeeper", 10190136, 0.11)
    for one in fleet.of("zookeeper"):
        if one.zookeeper:
            one.zookeeper.servers = list(ensemble)


def busy_moment(fleet: Fleet, chance: random.Random) -> None:
    """f13: requests that wait for a moment while agents start."""
    for host in _some(fleet.of("zookeeper"), chance, 0.3):
        if host.zookeeper:
            host.zookeeper.outstanding = chance.randint(5, 60)


def shared_device(fleet: Fleet, chance: random.Random) -> None:
    """f16: a second virtual port on the device of another; its id has lost a digit on its way through a document."""
    for host in _some(fleet.of("gateway"), chance, 0.5):
        if host.agent:
            fleet.more_bindings.append((host.agent.host_id, host.uplink, identity(chance).replace("-", "", 1)[:-1]))


def unknown_shares(fleet: Fleet, chance: random.Random) -> None:
    """f14: a ring that cannot tell who owns what, and unlike loads."""
    for host in fleet.of("cassandra"):
        if host.cassandra:
            host.cassandra.owns = ""
            host.cassandra.load = chance.choice(("103.36 KB", "1.5 GB", "712.02 MB"))


def without_cassandra(fleet: Fleet, chance: random.Random) -> None:
    """f14: from 5.2.1 on, agents may do without Cassandra."""
    if fleet.generation == "B" and chance.random() < 0.5:
        for host in fleet.agents:
            if host.agent:
                host.agent.cassandra = []


def decommissioned(fleet: Fleet, chance: random.Random) -> None:
    """f15: hosts that are gone and that NSDB still lists, dead."""
    for number in range(chance.randint(1, 3)):
        fleet.stale.append(StaleHost(identity(chance), f"retired{number + 1}", [f"172.31.0.{number + 10}"]))


def hardware_zone(fleet: Fleet, chance: random.Random) -> None:
    """A zone for hardware VTEPs and one that nobody is in."""
    fleet.zones.append(Zone(identity(chance), "racks of hardware", "vtep"))


def no_watchdog(fleet: Fleet, chance: random.Random) -> None:
    """f18: agents that run without a watchdog because somebody switched it off."""
    for host in _some(fleet.agents, chance, 0.1):
        if host.agent:
            host.agent.watchdog, host.agent.watchdog_disabled = False, True


def modules(fleet: Fleet, chance: random.Random) -> None:
    """f19: the module is built into the kernel, or loaded without those of the protocols that are not used."""
    for host in _some(fleet.agents, chance, 0.2):
        host.kernel.ovs_built_in = True
    for host in _some(fleet.agents, chance, 0.3):
        host.kernel.helpers = ("vxlan", "libcrc32c")


_ESTABLISHED = Rule("-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", 120_000)
_SSH = Rule("-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT", 400)
_ICMP = Rule("-A INPUT -p icmp -j ACCEPT", 900)
_LOOPBACK = Rule("-A INPUT -i lo -j ACCEPT", 5000)


def firewalls(fleet: Fleet, chance: random.Random) -> None:
    """f20: packet filters that drop what does not matter, or everything but what does; chains of other programs."""
    for host in _some(fleet.hosts.values(), chance, 0.5):
        host.firewall.loaded = True
        if chance.random() < 0.5:
            host.firewall.rules = [_ESTABLISHED, Rule("-A INPUT -s 198.51.100.0/24 -j DROP", chance.randint(0, 900)), _SSH]
        else:
            host.firewall.policy = "DROP"
            host.firewall.rules = [_ESTABLISHED, _LOOPBACK, _ICMP, _SSH, *(Rule(text, chance.randint(1, 9000)) for text in _needed(host))]
        host.firewall.extra_chains = ["DOCKER"] if "docker0" in host.links else []


def _needed(host: Host) -> list[str]:
    """Rules that let in what the host's roles receive."""
    wanted = []
    if host.is_agent:
        wanted.append("-A INPUT -p udp -m udp --dport 6677 -j ACCEPT" if host.tunnel_type == "vxlan" else "-A INPUT -p gre -j ACCEPT")
    if host.zookeeper:
        wanted.append("-A INPUT -p tcp -m multiport --dports 2181,2888,3888 -j ACCEPT")
    if host.cassandra:
        wanted.append("-A INPUT -p tcp -m multiport --dports 7000,7199,9042 -j ACCEPT")
    if host.api:
        wanted.append("-A INPUT -p tcp -m multiport --dports 8080,8181 -j ACCEPT")
    return wanted


def jumbo(fleet: Fleet, chance: random.Random) -> None:
    """f22: large packets in the underlay, ordinary ones in the management network."""
    if chance.random() < 0.5:
        size = chance.choice((1550, 9000))
        for host in fleet.hosts.values():
            host.links[host.underlay].mtu = size


def lone_lost_packet(fleet: Fleet, chance: random.Random) -> None:
    """f23: one packet of a ping got lost between two hosts."""
    agents = fleet.agents
    if len(agents) > 1:
        # In large fleets each probes its neighbours by name, and few others.
        place = chance.randrange(len(agents))
        fleet.lone_lost.add((agents[place - 1].name, agents[place].address))


def starting_machines(fleet: Fleet, chance: random.Random) -> None:
    """f24: machines that start: what they ask before they have an address is dropped, as are requests for IPv6 and mDNS (`--flows`)."""
    for host in _some(fleet.of("compute"), chance, 0.2):
        host.booting = True


def one_way_traffic(fleet: Fleet, chance: random.Random) -> None:
    """f25: the standby gateway receives and sends nothing."""
    for host in _some(fleet.of("gateway"), chance, 0.3):
        host.links[host.uplink].tx = Counters(packets=1200)
        host.links[host.uplink].rx = Counters(packets=900_000, more_packets=500)


def counter_reset(fleet: Fleet, chance: random.Random) -> None:
    """f26: counters that begin again between the two samples."""
    for host in _some(fleet.agents, chance, 0.05):
        if host.datapath:
            host.datapath.more_hits, host.datapath.more_misses = 40 - host.datapath.hits, 20 - host.datapath.misses
        host.tunnel_rx.more_packets, host.tunnel_tx.more_packets = -host.tunnel_rx.packets, -host.tunnel_tx.packets
        host.tunnel_rx.more_dropped = 0


def zone_names(fleet: Fleet, chance: random.Random) -> None:
    """f27: other names of the same time zone."""
    for host in _some(fleet.hosts.values(), chance, 0.3):
        host.clock.zone = chance.choice(("+09", "JST", "KST"))


def host_daemon(fleet: Fleet, chance: random.Random) -> None:
    """f28: the host's own routing daemon, which is not MidoNet's."""
    for host in _some(fleet.of("gateway"), chance, 0.5):
        host.host_daemon = True


def virtual_hosts(fleet: Fleet, chance: random.Random) -> None:
    """f6: hosts that are virtual machines themselves, whose cards tell no speed; an unused card that is slow and half duplex."""
    for host in _some([host for host in fleet.hosts.values() if not host.is_agent], chance, 0.4):
        for link in host.links.values():
            link.driver = "virtio_net"
    for link in [host.links["eth4"] for host in fleet.hosts.values() if "eth4" in host.links]:
        if link.driver != "virtio_net":
            link.speed_mbps, link.duplex = 10, "Half"


def spare_taps(fleet: Fleet, chance: random.Random) -> None:
    """f6: a tap that belongs to no machine any more: nothing is bound to it, and nobody holds its other end."""
    for host in _some(fleet.of("compute"), chance, 0.1):
        name = f"tap{identity(chance)[:11]}"
        host.links[name] = Link(name, mac(9, host.number), carrier=False, kind="tun", rx=Counters(packets=40), tx=Counters(packets=900))


def trace_logs(fleet: Fleet, chance: random.Random) -> None:
    """f17: an empty mm-trace.log on some hosts, none on others; besides, each generation has files that the other has not."""
    for host in _some(fleet.agents, chance, 0.5):
        if host.agent:
            host.agent.trace_log = True


def security_at_work(fleet: Fleet, chance: random.Random) -> None:
    """f21: SELinux that enforces and refuses nothing, or something to programs that are none of ours; AppArmor profiles that only complain."""
    for number, host in enumerate(_some(fleet.hosts.values(), chance, 0.2)):
        centos(host)
        if number % 3 == 0:
            ages = [chance.randint(20, 3000) for _unused in range(3)]
            host.security.denials = [Denial(ago, "selinux", True, "logrotate", "getattr", "logrotate_t", "munin-node.log") for ago in ages]
        elif number % 3 == 1:
            host.security.selinux = "permissive"
    for host in _some([host for host in fleet.hosts.values() if host.security.apparmor], chance, 0.4):
        host.security.profiles.append(("/usr/sbin/dnsmasq", "complain"))
        host.security.denials = [Denial(chance.randint(20, 3000), "apparmor", False, "dnsmasq", "open", "/usr/sbin/dnsmasq", "/etc/localtime")]


def other_namespaces(fleet: Fleet, chance: random.Random) -> None:
    """f29: namespaces of Neutron's own agents beside MidoNet's."""
    for host in _some(fleet.of("gateway"), chance, 0.6):
        host.namespaces = [f"{kind}-{identity(chance)}" for kind in ("qdhcp", "qrouter", "vpn")[: chance.randint(1, 3)]]


def missing_tools(fleet: Fleet, chance: random.Random) -> None:
    """f30: hosts without ethtool, and hosts whose kernel log may not be read: not known, and not broken."""
    for tool, share in (("ethtool", 0.1), ("dmesg", 0.1)):
        for host in _some(fleet.hosts.values(), chance, share):
            host.missing_tools.add(tool)


# In this order: a trap may look at what those before it did.
TRAPS: dict[str, Trap] = {
    trap.__name__: trap
    for trap in (
        observers, other_tunnel_type, lifetime_losses, very_many_flows, quiet_taps, unused_links, shut_session, either_daemon, ageing_neighbours,
        lost_poll, busy_moment, shared_device, unknown_shares, without_cassandra, decommissioned, hardware_zone, no_watchdog, modules, firewalls, jumbo, lone_lost_packet,
        one_way_traffic, counter_reset, zone_names, host_daemon, virtual_hosts, spare_taps, trace_logs, security_at_work,
        other_namespaces, missing_tools, starting_machines,
    )
}  # fmt: skip


def lay(fleet: Fleet, names: Iterable[str]) -> None:
    """Lay traps, each by its own source of chance so that one more or less changes no other."""
    wanted = set(names)
    for name, trap in TRAPS.items():
        if name in wanted:
            trap(fleet, random.Random(f"trap {fleet.seed} {name}"))
