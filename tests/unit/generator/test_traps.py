# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What looks broken in a healthy cloud and is not: each trap of the list in molecule/generator/README.md is in the evidence.

One predicate for each number of the list, over the text that the hosts' tools print. Nothing here knows how a trap is laid.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "molecule"))

from generator import generate, write  # noqa: E402
from generator.model import Generation  # noqa: E402
from generator.printers import flows  # noqa: E402

HOSTS = 40  # observers need 30
SEEDS = (1, 2, 3, 4)
# Traps that the seed lays or not, because a fleet cannot be both.
BY_THE_SEED = {22}
# What every fleet has, with traps or without.
INHERENT = {1, 17}


@dataclass(frozen=True)
class Said:
    """What the tools of a fleet said: text, standard error and exit code by host, item and round; dumps of flows by host."""

    old: bool
    outputs: dict[tuple[str, str, int], tuple[str, str, int | None]]
    dumps: dict[str, str]

    def texts(self, item: str, round: int = 1) -> Iterator[str]:
        return (text for (_host, name, number), (text, _error, _code) in self.outputs.items() if (name, number) == (item, round))

    def any(self, item: str, pattern: str) -> bool:
        return any(re.search(pattern, text, re.MULTILINE) for text in self.texts(item))

    def both(self, one: str, other: str) -> Iterator[tuple[str, str]]:
        """The texts of two items of the same host."""
        hosts = {host for host, name, _round in self.outputs if name == one}
        return (
            (self.outputs[host, one, 1][0], self.outputs[host, other, 1][0]) for host in sorted(hosts) if (host, other, 1) in self.outputs
        )

    def twice(self, item: str) -> Iterator[tuple[str, str]]:
        """What each host said in both rounds."""
        return ((text, self.outputs[host, name, 2][0]) for (host, name, number), (text, *_rest) in self.outputs.items()
                if name == item and number == 1 and (host, name, 2) in self.outputs)  # fmt: skip


@cache
def said(generation: Generation, seed: int, laid: bool = True) -> Said:
    world, _expected = generate.fleet(HOSTS, generation, seed, (), None if laid else ())
    outputs = {
        (host, one.item, one.round): (one.stdout, one.stderr, one.exit_code)
        for host, rounds in write.answers(world)
        for told in rounds
        for one in told
    }
    small = [host for host in world.fleet.agents if host.datapath and host.datapath.flows < 5000]
    return Said(generation == "A", outputs, {host.name: "".join(flows.dump(world.fleet, host)) for host in small})


def _silent(text: str, name: str) -> bool:
    return re.search(rf"""["']{name}["'].*rxPackets=0, txPackets=0""", text) is not None


def _number(text: str, name: str) -> int:
    found = re.search(rf"{name} *:? *([0-9]+)", text)
    return int(found[1]) if found else -1


def _counters(text: str, link: str) -> list[list[int]]:
    """The rows of numbers below an interface: received, its errors, sent, its errors."""
    part = re.search(rf"^[0-9]+: {link}[:@].*?(?=^[0-9]+: |\Z)", text, re.MULTILINE | re.DOTALL)
    return [[int(word) for word in line.split()] for line in part[0].splitlines() if re.fullmatch(r"[ 0-9]+", line)] if part else []


def _own(text: str) -> str:
    """Outside of the namespaces."""
    return text.partition("### ")[0]


TRAPS: dict[int, Callable[[Said], bool]] = {
    # the tunnel port of the other protocol and those for other purposes count nothing
    1: lambda one: any(
        (_silent(text, "tngre-overlay") or _silent(text, "tnvxlan-overlay")) and _silent(text, "tnvxlan-vtep") and _silent(text, "midonet")
        for text in one.texts("overlay.datapath")
    ),
    # a host to which nobody talks through tunnels
    2: lambda one: any(_silent(text, "tngre-overlay") and _silent(text, "tnvxlan-overlay") for text in one.texts("overlay.datapath")),
    # lost packets of long ago, 17 million misses
    3: lambda one: any(
        0 < _number(before, "Lost") == _number(after, "Lost") and _number(before, "Misses") >= 17_000_000
        for before, after in one.twice("overlay.datapath")
    ),
    # 1.3 million flows, below the agent's own limit
    4: lambda one: any(
        20_000 < _number(table, "Flows") < _number(settings.replace("=", ":"), "max_flow_count")
        for table, settings in one.both("overlay.datapath", "agent.settings")
    ),
    # a machine that hears only broadcasts, one that hears nothing
    5: lambda one: (
        one.any("overlay.datapath", r"tap.*rxPackets=0, txPackets=190") and one.any("overlay.datapath", r"tap.*rxPackets=0, txPackets=0,")
    ),
    # cards that tell no speed; a tap that nobody holds
    6: lambda one: (
        one.any("underlay.link_settings", r"Speed: Unknown!")
        and one.any("underlay.link_settings", "^driver: virtio_net")
        and one.any("underlay.link_settings", "Duplex: Half")
        and one.any("underlay.ip_link", r"tap\S+: <NO-CARRIER.* state DOWN")
    ),
    # interfaces without carrier, one address on the bridges of all hosts, states that are not known
    7: lambda one: (
        one.any("underlay.ip_link", r"eth3: <NO-CARRIER")
        and sum("192.168.122.1/24" in text for text in one.texts("underlay.ip_addr")) > 1
        and one.any("underlay.ip_link", r"docker0: <NO-CARRIER")
        and one.any("underlay.ip_link", r"tap.* state UNKNOWN")
    ),
    # drops that grow where nobody sends
    8: lambda one: any(
        before and after[0][3] > before[0][3]
        for before, after in ((_counters(text, "eth4"), _counters(later, "eth4")) for text, later in one.twice("underlay.ip_link"))
    ),
    # a session that is shut, AS numbers of four bytes, tables of either daemon
    9: lambda one: (
        one.any("bgp.summary", r"Idle \(Admin\)")
        and one.any("bgp.summary", r"\b4200000777\b")
        and one.any("bgp.summary", "PfxSnt")
        and any(text and "PfxSnt" not in text for text in one.texts("bgp.summary"))
    ),
    # neighbours of every age
    10: lambda one: all(one.any("underlay.ip_neigh", rf" {state} ?$") for state in ("STALE", "DELAY", "PROBE", "PERMANENT", "FAILED")),
    # a lost poll; hosts with another daemon than most
    11: lambda one: (
        one.any("underlay.time_daemon", r"\b367\b") and one.any("underlay.time_daemon", r"^(NTP synchronized| Network time on)")
    ),
    # observers; words that are not allowed; a latency of long ago
    12: lambda one: (
        one.any("zookeeper.srvr", "^Mode: observer")
        and one.any("zookeeper.ruok", "not in the whitelist")
        and one.any("zookeeper.srvr", "/9183$")
    ),
    # requests that wait for a moment
    13: lambda one: one.any("zookeeper.srvr", r"^Outstanding: [1-9]"),
    # a ring that cannot tell who owns what
    14: lambda one: one.any("cassandra.nodetool_status", r"^UN .* \? "),
    # hosts that are gone and still listed
    15: lambda one: one.any("overlay.hosts", r"name retired1 alive false"),
    # two virtual ports on one device, an id with a lost digit
    16: lambda one: any(
        len(found := re.findall(r"^host (\S+) interface (\S+) port (\S+)$", text, re.MULTILINE)) > len({row[:2] for row in found})
        and any(len(row[2]) != 36 for row in found)
        for text in one.texts("overlay.bindings")
    ),
    # files of one generation alone
    17: lambda one: (
        one.any("agent.files", r"/midolman-akka\.conf$") is one.old
        and one.any("agent.files", r"/host_uuid\.properties$") is one.old
        and one.any("agent.files", r"/midonet_host_id\.properties$") is not one.old
    ),
    # an agent whose watchdog is switched off
    18: lambda one: any(
        "Midolman" in processes and "wdog" not in processes and "WATCHDOG_DISABLE" in config
        for processes, config in one.both("agent.processes", "agent.config")
    ),
    # a module that is built in, one without the helpers of the other protocol
    19: lambda one: (
        one.any("underlay.kernel_modules", r"^filename: +\(builtin\)")
        and one.any("underlay.kernel_modules", r"^openvswitch ")
        and any(
            re.search("^openvswitch ", text, re.MULTILINE) and not re.search("^gre ", text, re.MULTILINE)
            for text in one.texts("underlay.kernel_modules")
        )
    ),
    # packet filters that drop what does not matter, or all but what does; chains of others
    20: lambda one: (
        one.any("underlay.firewall", "^:INPUT DROP")
        and one.any("underlay.firewall", r"-s 198\.51\.100\.0/24 -j DROP")
        and one.any("underlay.firewall", "^:DOCKER ")
    ),
    # SELinux that refuses nothing, or nothing of ours; AppArmor that only complains
    21: lambda one: (
        any("### selinux\n1\n" in text and "avc:" not in text for text in one.texts("underlay.security"))
        and one.any("underlay.security", r'avc: +denied .*comm="logrotate"')
        and one.any("underlay.kernel_log", 'apparmor="ALLOWED"')
        and not one.any("underlay.security", r'comm="(java|bgpd|qemu[^"]*)"')
    ),
    # large packets in the underlay, ordinary ones in the management network
    22: lambda one: (
        one.any("underlay.ip_link", r"eth1: .* mtu (1550|9000) ") and not one.any("underlay.ip_link", r"eth0: .* mtu (1550|9000) ")
    ),
    # one of twenty packets
    23: lambda one: any("20 packets transmitted, 19 received" in text for text in one.texts("underlay.ping", 2)),
    # what machines ask while they start
    24: lambda one: any(
        re.search(r"(0\.0\.0\.0.*255\.255\.255\.255|NetworkSrc=0\.0\.0\.0, NetworkDst=255\.255\.255\.255)", text)
        and "ff02:0:0:0:0:0:0:2" in text
        and ("actions: empty" in text or "Actions: []" in text)
        for text in one.dumps.values()
    ),
    # a standby gateway that receives and sends nothing
    25: lambda one: any(
        before and after[0][1] > before[0][1] and after[2][1] == before[2][1] > 0
        for before, after in ((_counters(text, "eth2"), _counters(later, "eth2")) for text, later in one.twice("underlay.ip_link"))
    ),
    # counters that begin again
    26: lambda one: any(0 <= _number(after, "Hits") < _number(before, "Hits") for before, after in one.twice("overlay.datapath")),
    # other names of one time zone
    27: lambda one: (
        len({text.split()[2] for text in one.texts("underlay.clock")}) > 1
        and len({text.split()[1] for text in one.texts("underlay.clock")}) == 1
    ),
    # the host's own routing daemon
    28: lambda one: (
        any("bgpd --daemon" in text for text in one.texts("agent.processes"))
        and any(":179 " in _own(text) for text in one.texts("underlay.sockets"))
    ),
    # namespaces of others, and how the newer ip lists them
    29: lambda one: one.any("bgp.namespaces", "^(qdhcp|qrouter|vpn)-") and one.any("bgp.namespaces", r"\(id: 0\)$") is not one.old,
    # a tool that is not there, a log that may not be read
    30: lambda one: (
        any(name == "underlay.link_settings" and code == 127 for (_host, name, _round), (_text, _error, code) in one.outputs.items())
        and any("Operation not permitted" in error for (_text, error, _code) in one.outputs.values())
    ),
}


def test_every_number_of_the_list_has_a_predicate() -> None:
    assert sorted(TRAPS) == list(range(1, 31))
    page = (ROOT / "molecule" / "generator" / "README.md").read_text("utf-8")
    assert [int(number) for number in re.findall(r"^\| ([0-9]+) \|", page, re.MULTILINE)] == sorted(TRAPS)


@pytest.mark.parametrize("generation", ["A", "B"])
@pytest.mark.parametrize("number", TRAPS)
def test_the_trap_is_in_healthy_fleets(number: int, generation: Generation) -> None:
    found = [TRAPS[number](said(generation, seed)) for seed in SEEDS]
    assert any(found) if number in BY_THE_SEED else all(found), found


@pytest.mark.parametrize("generation", ["A", "B"])
def test_fleets_without_traps_have_none(generation: Generation) -> None:
    """So that a predicate that is always true is seen."""
    assert {number for number, trap in TRAPS.items() if trap(said(generation, SEEDS[0], laid=False))} == INHERENT
