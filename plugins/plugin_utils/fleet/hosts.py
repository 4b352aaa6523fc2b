# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the themes look at: every host's facts, cut down to what has to do with other hosts. PRIVATE to the collection.

A compute host has hundreds of taps, whose counters nobody compares with another host's: they are not kept, so that a
thousand hosts fit into memory.
"""

from __future__ import annotations

import contextlib
import ipaddress
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

Facts = Mapping[str, Any]
Entry = dict[str, Any]
T = TypeVar("T")

# Links that come with software and carry the same address on every host.
LOCAL_LINKS = ("lo", "virbr", "docker", "lxcbr", "lxdbr", "br-int", "metadata", "veth", "cni", "flannel", "podman")
# Every gateway's agent reaches the terminal of its Nth BGP daemon at 172.23.0.(2+4N), from 172.23.0.(1+4N): MidoNet's
# RoutingHandler, with links named mbgpN… up to 5.0 and bgp-XXXXXXX… from 5.2.
TERMINAL_LINKS = ("mbgp", "bgp-")
TERMINALS = ipaddress.ip_network("172.23.0.0/16")
# A smoke run makes one round only: then nothing is said about single pairs and servers.
NO_SECOND_ROUND = "needs the second round, which was not made"
_TAP_FIELDS = ("name", "kind", "admin_up", "carrier", "oper_state", "mtu", "master")


@dataclass(frozen=True)
class Host:
    """One host's share. Everything that its facts could not tell is None."""

    name: str
    groups: tuple[str, ...]
    info: Facts
    about: Facts
    links: Mapping[str, Facts] | None
    port_names: frozenset[str] | None
    flows: int | None
    tunnel_ports: Mapping[str, Facts]
    has_nftables: bool
    namespace_ports: Mapping[str, frozenset[int]]  # TCP ports on which somebody listens, by namespace of BGP
    udp_owners: Mapping[int, tuple[str, ...]] | None  # programs that hold UDP ports, without those of the kernel
    facts: Facts = field(repr=False)  # the subsystems that are small, as they came

    def get(self, subsystem: str) -> Any:
        return self.facts.get(subsystem)

    def section(self, subsystem: str) -> Facts:
        """A subsystem that is a mapping; empty when it is not known."""
        value = self.facts.get(subsystem)
        return value if isinstance(value, Mapping) else {}

    def rows(self, subsystem: str) -> list[Facts]:
        """A subsystem that is a list; empty when it is not known."""
        value = self.facts.get(subsystem)
        return value if isinstance(value, list) else []

    def why(self, subsystem: str) -> str:
        """Why a subsystem is not known."""
        about = self.about.get(subsystem) or {}
        return str(about.get("reason") or f"nothing is known about {subsystem} of {self.name}")

    def tells_all(self, subsystem: str, *items: str) -> bool:
        """Whether what is not in a list of the subsystem does not exist: none of its items (of these, when they are given) was cut."""
        cut = set((self.about.get(subsystem) or {}).get("cut") or ())
        return not (cut & set(items) if items else cut)

    def is_in(self, *groups: str) -> bool:
        return any(group in self.groups for group in groups)

    @property
    def is_agent(self) -> bool:
        return self.is_in("compute", "gateway")


_KEPT = (
    "addresses", "routes", "neighbours", "filesystems", "clock", "firewall", "agent", "nsdb", "zookeeper", "cassandra", "api", "bgp",
    "topology", "probes", "security", "link_settings", "kernel_log",
)  # fmt: skip


def read_host(facts: Facts) -> Host:
    """Keep of one host's facts what the fleet needs."""
    info = facts.get("host") or {}
    links = facts.get("links")
    ports = (facts.get("datapath") or {}).get("ports")
    return Host(
        name=str(info.get("name", "")),
        groups=tuple(info.get("groups") or ()),
        info=info,
        about=facts.get("about") or {},
        links=None if links is None else {link["name"]: _slim(link) for link in links if link.get("name")},
        port_names=_port_names(facts.get("datapath"), ports),
        flows=(facts.get("datapath") or {}).get("flows"),
        tunnel_ports={port["name"]: port for port in ports or () if str(port.get("name", "")).startswith(("tngre", "tnvxlan"))},
        has_nftables="nf_tables" in ((facts.get("kernel") or {}).get("modules") or ()),
        namespace_ports=_namespace_ports(facts.get("sockets")),
        udp_owners=_udp_owners(facts.get("sockets")),
        facts={name: facts.get(name) for name in _KEPT if facts.get(name) is not None},
    )


def _port_names(datapath: Facts | None, ports: list[Facts] | None) -> frozenset[str] | None:
    if datapath is not None and datapath.get("exists") is False:
        return frozenset()
    return None if ports is None else frozenset(str(port.get("name", "")).strip() for port in ports)


def _namespace_ports(sockets: list[Facts] | None) -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for row in sockets or ():
        if row.get("namespace") and row.get("protocol") == "tcp":
            found.setdefault(str(row["namespace"]), set()).add(int(row["port"]))
    return {namespace: frozenset(ports) for namespace, ports in found.items()}


def _udp_owners(sockets: list[Facts] | None) -> dict[int, tuple[str, ...]] | None:
    if sockets is None:
        return None
    rows = (row for row in sockets if row.get("protocol") == "udp" and not row.get("namespace") and row.get("owners"))
    return {int(row["port"]): tuple(str(owner.get("name")) for owner in row["owners"]) for row in rows}


def _slim(link: Facts) -> Facts:
    if link.get("kind") == "tun" or str(link["name"]).startswith("tap"):
        return {name: link.get(name) for name in _TAP_FIELDS}
    return link


def is_address(text: str) -> bool:
    """Whether text is an IP address, and not a name."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_ipv4(text: str) -> bool:
    """Whether text is an IPv4 address."""
    return is_address(text) and ":" not in text


def small_letters(word: Any) -> str | None:
    """A word of the kernel in one spelling; None stays None."""
    return None if word is None else str(word).lower()


def host_of(server: str) -> str:
    """The host part of "10.0.0.1:2181", "zk1:2181" or "[fd00::1]:2181"."""
    if server.startswith("["):
        return server[1:].split("]", 1)[0]
    return server.rsplit(":", 1)[0] if server.count(":") == 1 else server


def most_common(values: Iterable[T]) -> T | None:
    """The most frequent value; of equally frequent ones the greatest, so that the answer does not depend on the order."""
    counted = Counter(values)
    if not counted:
        return None
    most = max(counted.values())
    return max((value for value, number in counted.items() if number == most), key=lambda value: (str(type(value)), value))


def is_everywhere(address: str, link: str) -> bool:
    """Whether an address is of the kind that every host may have: loopback, link-local, the bridges of libvirt and containers, the
    cables to the terminals of MidoNet's BGP daemons."""
    if link.startswith(LOCAL_LINKS):
        return True
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return True
    if parsed in TERMINALS and link.startswith(TERMINAL_LINKS):
        return True
    return parsed.is_loopback or parsed.is_link_local or parsed.is_multicast or parsed.is_unspecified


@dataclass
class Fleet:
    """All hosts with the indexes by which they find each other. Built once, then only read."""

    hosts: list[Host]
    by_name: dict[str, Host] = field(default_factory=dict)
    by_address: dict[str, list[str]] = field(default_factory=dict)
    by_id: dict[str, list[str]] = field(default_factory=dict)
    topology: Facts = field(default_factory=dict)  # what the API told; empty when it told nothing
    topology_host: str = ""
    topology_reason: str = ""
    _inside: dict[int, dict[int, list[tuple[int, Host, str]]]] = field(default_factory=dict)

    @property
    def agents(self) -> list[Host]:
        return [host for host in self.hosts if host.is_agent]

    def rows(self, name: str) -> list[Facts] | None:
        """A list of the virtual topology; None when no API host told it."""
        value = self.topology.get(name)
        return value if isinstance(value, list) else None

    def tells_all(self, *items: str) -> bool:
        """Whether what is not in a list of the virtual topology does not exist: none of these items of the API host was cut."""
        host = self.by_name.get(self.topology_host)
        return host is None or host.tells_all("topology", *items)

    def shared(self, item: str) -> list[Entry]:
        """Evidence that the whole fleet shares: what the API host said."""
        return [{"host": self.topology_host, "item": item}] if self.topology_host else []

    def inside(self, network: str) -> list[tuple[int, Host, str]]:
        """The IPv4 addresses in a network (address/length), with their hosts, numbered in the order of hosts and of their addresses.

        An index is made for each prefix length that is asked for: a walk through the fleet for every host would grow with its square.
        """
        try:
            asked = ipaddress.IPv4Interface(network)
        except ValueError:
            return []
        length = asked.network.prefixlen
        if length not in self._inside:
            index: dict[int, list[tuple[int, Host, str]]] = {}
            rows = ((host, str(row.get("address"))) for host in self.hosts for row in host.rows("addresses") if row.get("family") == "inet")
            for number, (host, address) in enumerate(rows):
                with contextlib.suppress(ValueError):
                    index.setdefault(int(ipaddress.IPv4Address(address)) >> (32 - length), []).append((number, host, address))
            self._inside[length] = index
        return self._inside[length].get(int(asked) >> (32 - length), [])

    def named(self, address: str) -> str:
        """The inventory host that has an address or name; empty when none or several have it."""
        holders = self.by_address.get(address, ())
        return holders[0] if len(holders) == 1 else ""

    def member(self, host_id: str) -> str:
        """The inventory host with an identity in NSDB; empty when none or several have it."""
        holders = self.by_id.get(host_id, ())
        return holders[0] if len(holders) == 1 else ""


def index(hosts: list[Host]) -> Fleet:
    """Find out who is who: addresses, names and NSDB identities to inventory names."""
    fleet = Fleet(hosts, {host.name: host for host in hosts})
    _read_topology(fleet)
    for host in hosts:
        names = [host.name, str(host.info.get("hostname") or ""), str(host.info.get("address") or "")]
        own = [
            row["address"]
            for row in host.rows("addresses")
            if row.get("address") and not is_everywhere(row["address"], str(row.get("link")))
        ]
        for name in dict.fromkeys([*names, *own]):
            if name:
                fleet.by_address.setdefault(name, []).append(host.name)
        identity = host.section("agent").get("host_id")
        if identity:
            fleet.by_id.setdefault(identity, []).append(host.name)
    _know_the_silent(fleet)
    _know_the_last_server(fleet, "zookeeper", _zookeeper_addresses(fleet))
    return fleet


def _read_topology(fleet: Fleet) -> None:
    reasons = []
    for host in fleet.hosts:
        if not host.is_in("api"):
            continue
        told, state = host.section("topology"), (host.about.get("topology") or {}).get("state")
        if told and (state == "known" or not fleet.topology):
            fleet.topology, fleet.topology_host = told, host.name
            if state == "known":
                return
        reasons.append(f"{host.name}: {host.why('topology')}")
    words = "the API told only a part" if fleet.topology else "the API told nothing"
    fleet.topology_reason = f"{words} ({'; '.join(reasons[:3])})" if reasons else "the inventory names no API host"


def _know_the_silent(fleet: Fleet) -> None:
    """What NSDB says about hosts that did not answer themselves: their identity and addresses."""
    for row in fleet.rows("hosts") or ():
        name, identity = str(row.get("name") or ""), row.get("id")
        found = fleet.named(name) or fleet.named(name.split(".", 1)[0])
        host = fleet.by_name.get(found)
        if host is None or not identity or host.section("agent").get("host_id"):
            continue
        if identity in fleet.by_id:
            # Another host says that it has this identity, which may be a clone: whose is what NSDB has under it?
            if found not in fleet.by_id[identity]:
                fleet.by_id[identity].append(found)
            continue
        fleet.by_id[identity] = [found]
        if host.get("addresses") is None:
            for address in row.get("addresses") or ():
                if not is_everywhere(address, ""):
                    fleet.by_address.setdefault(address, []).append(found)


def _zookeeper_addresses(fleet: Fleet) -> set[str]:
    configs = (host.section("zookeeper").get("config") or {} for host in fleet.hosts)
    return {str(server["host"]) for config in configs for server in config.get("servers") or () if server.get("host")}


def _know_the_last_server(fleet: Fleet, group: str, addresses: set[str]) -> None:
    """When one server did not tell its addresses and one address of the servers has no owner, they belong together."""
    silent = [host.name for host in fleet.hosts if host.is_in(group) and host.get("addresses") is None]
    free = [address for address in addresses if address not in fleet.by_address]
    if len(silent) == 1 and len(free) == 1:
        fleet.by_address[free[0]] = [silent[0]]


def about(state: str = "known", reason: str = "", evidence: Iterable[str] = (), shared: Iterable[Entry] = ()) -> Entry:
    """Where a list came from: items read on each entry's own host, and items read elsewhere."""
    return {"state": state, "reason": reason or None, "evidence": list(evidence), "shared": list(shared)}


Lists = dict[str, tuple[Any, Entry]]  # what a theme makes: by name the list, and what there is to say about it
