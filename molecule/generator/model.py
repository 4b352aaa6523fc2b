# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a fleet consists of. Plain data: layout makes it, traps and faults change it, simulate and the printers read it.

Sizes are bytes, times seconds; addresses are text, those of interfaces with their prefix length ("172.16.0.11/24").
"""

from __future__ import annotations

import hashlib
import ipaddress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

Generation = Literal["A", "B"]
GROUPS = ("compute", "gateway", "zookeeper", "cassandra", "api")

STARTED = 1795317247  # 2026-11-22T03:14:07Z: the wall clock of the controller when the run begins
BETWEEN_ROUNDS = 10  # seconds from the first to the second sample of a counter


def drawn(*words: object) -> float:
    """A number from 0 to 1 (excluded) that is the same for the same words, whatever else is drawn."""
    return int.from_bytes(hashlib.blake2b(" ".join(map(str, words)).encode(), digest_size=6).digest(), "big") / 2**48


def drawn_between(low: int, high: int, *words: object) -> int:
    """The same, a whole number from low to high."""
    return low + int(drawn(*words) * (high - low + 1))


@lru_cache(maxsize=65536)
def network_of(address: str) -> str:
    """The network of an interface's address, both with their prefix length."""
    return str(ipaddress.ip_interface(address).network)


@dataclass
class Counters:
    """One direction of an interface: before the run, and what came between the two samples."""

    packets: int = 0
    errors: int = 0
    dropped: int = 0
    more_packets: int = 0
    more_errors: int = 0
    more_dropped: int = 0
    size: int = 420  # bytes a packet

    def at(self, round: int) -> tuple[int, int, int, int]:
        """bytes, packets, errors, dropped as the sample of this round shows them; never below 0 after a reset."""
        late = round - 1
        packets = max(0, self.packets + late * self.more_packets)
        return packets * self.size, packets, self.errors + late * self.more_errors, self.dropped + late * self.more_dropped


@dataclass
class Link:
    """One interface. kind: loopback, ether, veth, tun, bridge. driver and what ethtool tells count for ether alone."""

    name: str
    mac: str = "00:00:00:00:00:00"
    addresses: list[str] = field(default_factory=list)
    mtu: int = 1500
    admin_up: bool = True
    carrier: bool = True
    kind: str = "ether"
    rx: Counters = field(default_factory=Counters)
    tx: Counters = field(default_factory=Counters)
    driver: str = "ixgbe"  # virtio_net tells neither speed nor duplex
    speed_mbps: int = 10_000
    duplex: str = "Full"
    large_receive_offload: bool = False
    carrier_changes: int = 2

    @property
    def works(self) -> bool:
        return self.admin_up and self.carrier


@dataclass
class Route:
    """One line of the main table, beside those that follow from addresses."""

    destination: str
    via: str = ""
    link: str = ""
    type: str = "unicast"
    metric: int = 0


@dataclass
class Rule:
    """One rule of the chain INPUT, in the words of iptables-save; what it stops, for the simulation."""

    text: str
    packets: int = 0
    stops: str = ""  # "drop" or "reject"; empty for a rule that stops nothing of ours
    protocol: str = ""
    port: int = 0


@dataclass
class Firewall:
    """loaded False: the table is not there. Otherwise the policy of INPUT and its rules; extra: chains of other programs."""

    loaded: bool = False
    policy: str = "ACCEPT"
    rules: list[Rule] = field(default_factory=list)
    extra_chains: list[str] = field(default_factory=list)


@dataclass
class Filesystem:
    device: str
    mount: str
    size_kb: int
    used_ratio: float
    inodes_used_ratio: float = 0.03


@dataclass
class Clock:
    """daemon: ntpd, chrony or timesyncd. offset_s: ahead of its source; skew_s: what the controller measures."""

    daemon: str = "ntpd"
    synced: bool = True
    source: str = ""
    offset_s: float = 0.0004
    skew_s: float = 0.002
    skew_error_s: float = 0.03
    zone: str = "UTC"
    zone_offset_s: int = 0
    reach: str = "377"
    reachable: bool = True  # the source answered lately


@dataclass
class Kernel:
    release: str
    version: str
    ovs_loaded: bool = True
    ovs_built_in: bool = False
    ovs_release: str = ""  # the kernel that the module on disk was built for; empty: the running one
    ovs_file: bool = True
    helpers: tuple[str, ...] = ("vxlan", "gre", "libcrc32c")


@dataclass
class Machine:
    """Processors and memory. The shares of the processors' time are those between the samples."""

    processors: int = 8
    memory_kb: int = 65_861_632
    available_ratio: float = 0.6
    swapped_kb: dict[str, int] = field(default_factory=dict)  # by program
    busy: float = 0.15
    iowait: float = 0.004
    softirq: float = 0.01
    steal: float = 0.0
    tracked: int = 900  # connections, where the packet filter tracks them
    tracked_limit: int = 262_144
    reverse_path_filter: int = 1
    reverse_path_drops: int = 0  # between the samples
    kernel_log: list[tuple[int, str]] = field(default_factory=list)  # seconds ago, message


@dataclass
class Denial:
    """What SELinux or AppArmor refused, or only noted (enforced False), to a process; ago in seconds. subject: a context or profile."""

    ago_s: int
    system: str  # selinux or apparmor
    enforced: bool
    command: str
    action: str
    subject: str
    target: str


@dataclass
class Security:
    """selinux: enforcing or permissive; empty where the kernel has none. profiles: of AppArmor, with their modes."""

    selinux: str = ""
    apparmor: bool = True
    profiles: list[tuple[str, str]] = field(default_factory=list)
    denials: list[Denial] = field(default_factory=list)


@dataclass
class Agent:
    """The MidoNet agent. restarts: (seconds ago, exit status); log: (seconds ago, level, logger, message).

    listed_id: the identity under which NSDB lists the host and its ports, when the host has another by now.
    """

    host_id: str
    zookeeper: list[str] = field(default_factory=list)
    cassandra: list[str] = field(default_factory=list)
    root_key: str = "/midonet"
    running: bool = True
    watchdog: bool = True
    watchdog_disabled: bool = False  # by its start script
    uptime_s: int = 0
    registered: bool = True  # NSDB has ever heard of it
    listed_id: str = ""
    restarts: list[tuple[int, int]] = field(default_factory=list)
    log: list[tuple[int, str, str, str]] = field(default_factory=list)
    trace_log: bool = False  # there is an empty mm-trace.log
    events: list[tuple[int, str, str, str]] = field(default_factory=list)  # of the event log: seconds ago, level, logger, message
    max_flow_count: int = 20_000
    overlay_port: int = 6677
    log_level: str = "INFO"
    version: str = ""  # of its package; empty: that of its generation
    metrics: bool = False  # it writes its measurements down
    on_hold: int = 0
    htb_drops_per_s: float = 0.0


@dataclass
class Datapath:
    index: int = 5
    flows: int = 0
    hits: int = 0
    misses: int = 0
    lost: int = 0
    more_hits: int = 0
    more_misses: int = 0
    more_lost: int = 0
    exists: bool = True


@dataclass
class Vm:
    """A machine's port: the tap on the host and the virtual port that is bound to it; its address in the tenant's network."""

    port: str
    tap: str
    address: str = ""
    exists: bool = True
    admin_up: bool = True
    carrier: bool = True
    in_datapath: bool = True
    rx: Counters = field(default_factory=Counters)  # from the machine
    tx: Counters = field(default_factory=Counters)
    bound_to: str = ""  # NSDB has the binding under this host's identity; empty: under that of the host where the machine is

    @property
    def mac(self) -> str:
        """The machine's own; that of its tap begins with fe."""
        return "fa:16:3e:" + ":".join(f"{int(self.port[at : at + 2], 16):02x}" for at in (0, 2, 4))


@dataclass
class Peer:
    """One BGP session as configured here, and what is true of the other end."""

    address: str
    remote_as: int
    actual_as: int
    mac: str
    answers: bool = True  # the router's interface is up
    shutdown: bool = False
    advertises: int = 2
    uptime_s: int = 86400
    down_s: int = 600  # since when, if it is
    listed_as: int = 0  # in NSDB, where it is not what the daemon was configured with


@dataclass
class Speaker:
    """A BGP daemon with its namespace and the uplink port that it speaks through."""

    namespace: str
    link: str  # the inner veth
    address: str
    asn: int
    port: str  # the virtual port
    interface: str  # of the host, bound to that port
    networks: list[str]
    peers: list[Peer]
    daemon: bool = True
    link_up: bool = True
    plugged: bool = True
    bound: bool = True
    software: str = "quagga"
    vty: int = 2605
    log: list[tuple[int, str]] = field(default_factory=list)  # seconds ago, message


@dataclass
class ZooKeeper:
    """One server. servers: (id, address, observer) as its zoo.cfg has them."""

    my_id: int
    servers: list[tuple[int, str, bool]]
    data_dir: str = "/var/lib/zookeeper"
    running: bool = True
    can_write: bool = True
    words_allowed: bool = True
    version: str = "3.4.5--1, built on 06/10/2013 17:26 GMT"
    latency_ms: tuple[float, float, float] = (0, 1, 40)
    outstanding: int = 0  # requests that wait
    outstanding_again: int = 0  # when it is asked a second time
    max_client_connections: int = 60
    more_connections: list[str] = field(default_factory=list)  # addresses of clients beside agents and API servers
    log: list[tuple[int, str, str, str]] = field(default_factory=list)  # seconds ago, level, place, message


@dataclass
class Cassandra:
    address: str
    seeds: list[str]
    host_id: str
    rpc_address: str = ""  # empty: its own
    running: bool = True
    native: bool = True
    owns: str = ""
    load: str = "103.36 KB"
    tokens: int = 256
    uptime_s: int = 400_000
    dropped: int = 0  # mutations
    log: list[tuple[int, str, str, str]] = field(default_factory=list)  # seconds ago, level, place, message


@dataclass
class Api:
    running: bool = True
    accepts_login: bool = True
    log: list[tuple[int, str, str, str]] = field(default_factory=list)  # seconds ago, level, logger, message


@dataclass
class Host:
    """One host. underlay and uplink name its links; rack is a number."""

    name: str
    groups: tuple[str, ...]
    number: int
    rack: int
    management: str
    address: str  # in the underlay
    generation: Generation
    kernel: Kernel
    os_release: str
    uptime_s: int
    links: dict[str, Link] = field(default_factory=dict)
    routes: list[Route] = field(default_factory=list)
    neighbours: dict[str, tuple[str, str, str]] = field(default_factory=dict)  # address: link, mac, state
    filesystems: dict[str, Filesystem] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)
    firewall: Firewall = field(default_factory=Firewall)
    agent: Agent | None = None
    datapath: Datapath | None = None
    vms: list[Vm] = field(default_factory=list)
    speakers: list[Speaker] = field(default_factory=list)
    zookeeper: ZooKeeper | None = None
    cassandra: Cassandra | None = None
    api: Api | None = None
    underlay: str = "eth1"
    uplink: str = ""
    powered: bool = True
    tunnel_rx: Counters = field(default_factory=Counters)
    tunnel_tx: Counters = field(default_factory=Counters)
    base_ports: bool = True
    tunnel_type: str = "vxlan"
    lossy: bool = False  # one packet of many gets lost on its tunnel interface
    host_daemon: bool = False  # a routing daemon of the host itself, in no namespace
    redhat_release: str = ""  # /etc/redhat-release, where there is one; packages are rpm's then
    security: Security = field(default_factory=Security)
    machine: Machine = field(default_factory=Machine)
    namespaces: list[str] = field(default_factory=list)  # of other programs, as `ip netns list` shows them
    booting: bool = False  # its machines have just been started
    missing_tools: set[str] = field(default_factory=set)
    missing_files: list[str] = field(default_factory=list)
    filtered_ports: list[int] = field(default_factory=list)  # of TCP: what the network lets nobody else reach

    @property
    def is_agent(self) -> bool:
        return "compute" in self.groups or "gateway" in self.groups

    def link_of(self, address: str) -> Link | None:
        """The link that holds an address."""
        return next((link for link in self.links.values() if any(own.split("/")[0] == address for own in link.addresses)), None)

    def table(self) -> list[Route]:
        """The main table as the kernel has it: routes of addresses, then the others; links that are switched off have none."""
        own = [
            Route(network_of(address), "", link.name)
            for link in self.links.values()
            if link.admin_up and link.kind != "loopback"
            for address in link.addresses
        ]
        more = [route for route in self.routes if not route.link or (route.link in self.links and self.links[route.link].admin_up)]
        return [*more, *own]


@dataclass
class Zone:
    """A tunnel zone with its members: host id and address."""

    id: str
    name: str
    type: str
    members: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class StaleHost:
    """A host that NSDB still lists and that is no more."""

    id: str
    name: str
    addresses: list[str]


@dataclass
class Rack:
    """A segment of the underlay with its router. path_mtu: the largest packet that its switch and router pass."""

    number: int
    subnet: str
    gateway: str
    mac: str
    path_mtu: int = 9216


@dataclass
class Fleet:
    seed: int
    generation: Generation
    hosts: dict[str, Host] = field(default_factory=dict)
    racks: dict[int, Rack] = field(default_factory=dict)
    zones: list[Zone] = field(default_factory=list)
    stale: list[StaleHost] = field(default_factory=list)
    router_id: str = ""
    tenant_router_id: str = ""
    tenant_port_id: str = ""
    router_name: str = "MidoNet Provider Router"
    asn: int = 64513
    bridge_id: str = ""
    tenant_id: str = ""
    group_id: str = ""  # the security group of all machines
    networks_elsewhere: list[tuple[str, str]] = field(default_factory=list)  # id and name of those that Neutron alone knows
    announced: tuple[str, ...] = ("198.51.100.0/24",)  # the networks that NSDB has for the edge router to announce
    group_admits: tuple[str, ...] = ("icmp", "tcp", "udp")
    dhcp_mtu: int = 0  # of the tenant's subnet; 0: whatever the agents work out
    lone_lost: set[tuple[str, str]] = field(default_factory=set)  # pairs of host and address between which one packet of a ping was lost
    more_bindings: list[tuple[str, str, str]] = field(default_factory=list)  # host id, interface, virtual port, beside those of hosts
    age_s: int = 600  # how long faults have been there

    def of(self, group: str) -> list[Host]:
        """Hosts of a group, by name."""
        return [self.hosts[name] for name in sorted(self.hosts) if group in self.hosts[name].groups]

    @property
    def agents(self) -> list[Host]:
        return [self.hosts[name] for name in sorted(self.hosts) if self.hosts[name].is_agent]
