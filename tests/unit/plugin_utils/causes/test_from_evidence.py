# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Faults put into the evidence of a healthy fleet, through parsers, facts and the shipped checks, to the causes named."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.midonet.diagnostics.plugins.module_utils import facts
from ansible_collections.midonet.diagnostics.plugins.plugin_utils import checks, fleet
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.causes import load_edges, name
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.model import Cause, Finding

ROOT = Path(__file__).resolve().parents[4]
sys.path.insert(0, str(ROOT / "tests" / "unit" / "plugin_utils" / "checks"))
import healthy  # noqa: E402

Hosts = dict[str, dict[tuple[str, int], Any]]
EDGES = load_edges()


class Broken:
    """The evidence of a fleet, and the ways to change it."""

    def __init__(self) -> None:
        self.evidence: Hosts = healthy.fleet()
        self.silent: set[str] = set()

    def edit(self, host: str, item: str, old: str, new: str) -> None:
        """Replace text in all rounds of an item; it must be there."""
        keys = [key for key in self.evidence[host] if key[0] == item]
        assert any(re.search(old, self.evidence[host][key].stdout) for key in keys), f"{old} is not in {item} of {host}"
        for key in keys:
            output = self.evidence[host][key]
            self.evidence[host][key] = replace(output, stdout=re.sub(old, new, output.stdout))

    def lose_pings(self, host: str, peer: str) -> None:
        self._lose("underlay.ping", 20, host, peer)
        self._lose("underlay.ping_full_size", 2, host, peer)

    def lose_full_size_pings(self, host: str, peer: str) -> None:
        self._lose("underlay.ping_full_size", 2, host, peer)

    def _lose(self, item: str, sent: int, host: str, peer: str) -> None:
        address = re.escape(healthy.tunnel(peer))
        answered = rf"(--- {address} ping.*\n.*), {sent} received, 0% packet loss.*\nrtt.*\nrc=0"
        self.edit(host, item, answered, r"\1, 0 received, 100% packet loss, time 2002ms\nrc=1")

    def set_link(self, host: str, link: str, flags: str) -> None:
        self.edit(host, "underlay.ip_link", rf"{link}: <\S+>(.*)state UP", rf"{link}: <{flags}>\1state DOWN")

    def connects(self, host: str, server: str, result: str) -> None:
        service = "cassandra" if server.startswith("k") else "zookeeper"
        self.edit(host, f"nsdb.{service}_connect", rf"(connect {re.escape(healthy.control(server))} \d+) open", rf"\1 {result}")

    def stop_zookeeper(self, server: str) -> None:
        self.edit(server, "agent.processes", "(?s).+", "")
        for item in ("ruok", "srvr", "mntr", "isro"):
            self.edit(server, f"zookeeper.{item}", "(?s).+", "")
        for client in (*healthy.AGENTS, "a1"):
            self.connects(client, server, "refused")

    def lose_sessions(self) -> None:
        for host in (*healthy.AGENTS, "a1"):
            self.edit(host, "nsdb.sessions", "(?s).+", "")

    def switch_off(self, host: str) -> None:
        self.silent.add(host)
        self.evidence[host] = {}
        for other in healthy.AGENTS:
            if other != host and host in healthy.AGENTS:
                self.lose_pings(other, host)
        if host in healthy.AGENTS:
            self.edit("a1", "overlay.hosts", f"name {host} alive true", f"name {host} alive false")

    def findings(self) -> list[Finding]:
        hosts = [self._facts(host) for host in self.evidence]
        shipped, limits = _shipped()
        return list(checks.evaluate(shipped, hosts, fleet.build(hosts), limits))

    def _facts(self, host: str) -> dict[str, Any]:
        about = healthy.host(host)
        if host in self.silent:
            about |= {"state": "not_reached", "reason": "ssh: connection timed out", "clock": None}
        return facts.build(self.evidence[host], about)


@cache
def _shipped() -> tuple[list[Any], dict[str, Any]]:
    return (
        checks.load_checks(sorted(ROOT.glob("roles/*/checks.yml"))),
        checks.load_limits(sorted(ROOT.glob("roles/*/defaults/main.yml"))),
    )


LABELS = {host: {"role": groups[0]} for host, groups in healthy.GROUPS.items()}


def causes(broken: Broken) -> list[Cause]:
    return name(broken.findings(), EDGES, LABELS)


def cards(found: list[Cause], status: str = "fail") -> list[list[str]]:
    return sorted(
        sorted(f"{one.check}@{one.subject.host}" for one in cause.findings)
        for cause in found
        if any(one.status == status for one in cause.findings)
    )


@pytest.fixture
def broken() -> Broken:
    return Broken()


def test_nothing_is_wrong(broken: Broken) -> None:
    assert causes(broken) == []


def test_a_switched_off_tunnel_link(broken: Broken) -> None:
    broken.set_link("c1", "eth1", "BROADCAST,MULTICAST")
    broken.edit("c1", "underlay.ip_route", r"172\.16\.0\.0.*\n", "")
    for other in healthy.AGENTS:
        if other != "c1":
            broken.lose_pings("c1", other)
            broken.lose_pings(other, "c1")
            broken.edit(
                other,
                "underlay.ip_neigh",
                rf"{re.escape(healthy.tunnel('c1'))} dev eth1 lladdr \S+ STALE",
                f"{healthy.tunnel('c1')} dev eth1  FAILED",
            )
    found = causes(broken)
    assert cards(found) == [["underlay.link.admin_up@c1"]]
    assert cards(found, "warn") == []


def test_a_pulled_cable(broken: Broken) -> None:
    broken.set_link("c1", "eth1", "NO-CARRIER,BROADCAST,MULTICAST,UP")
    broken.edit("c1", "underlay.ip_route", r"(172\.16\.0\.0.*)\n", r"\1 linkdown\n")
    for other in healthy.AGENTS:
        if other != "c1":
            broken.lose_pings("c1", other)
            broken.lose_pings(other, "c1")
    [cause] = causes(broken)
    assert cards([cause]) == [["underlay.link.carrier@c1"]]
    assert {one.finding.check for one in cause.symptoms} >= {"underlay.link.oper_up", "underlay.route.peers", "underlay.ping.peer"}


def test_a_small_mtu(broken: Broken) -> None:
    broken.edit("c2", "underlay.ip_link", r"(eth1: .*)mtu 1500", r"\1mtu 1400")
    for other in healthy.AGENTS:
        if other != "c2":
            broken.lose_full_size_pings("c2", other)
            broken.lose_full_size_pings(other, "c2")
    assert cards(causes(broken)) == [["underlay.mtu.consistent@c2"]]


def test_a_stopped_agent(broken: Broken) -> None:
    broken.edit("c3", "agent.processes", "(?s).+", "")
    broken.edit("c3", "nsdb.sessions", "(?s).+", "")
    broken.edit("a1", "overlay.hosts", "name c3 alive true", "name c3 alive false")
    assert cards(causes(broken)) == [["agent.process.midolman@c3"]]


def test_one_zookeeper_server_stopped(broken: Broken) -> None:
    broken.stop_zookeeper("z1")
    found = causes(broken)
    assert cards(found) == [["zookeeper.process@z1"]]
    assert cards(found, "warn") == []


def lose_quorum(broken: Broken) -> None:
    broken.stop_zookeeper("z1")
    broken.stop_zookeeper("z3")
    broken.edit("z3", "underlay.filesystems", r"14100642      28%", "0     100%")
    for item, text in (
        ("srvr", "This ZooKeeper instance is not currently serving requests\n"),
        ("mntr", "This ZooKeeper instance is not currently serving requests\n"),
    ):
        broken.edit("z2", f"zookeeper.{item}", "(?s).+", text)
    broken.lose_sessions()
    for host in ("g1", "g2"):
        broken.edit(host, "bgp.namespaces", r"\d+ /usr/lib/quagga.*\n", "")
        broken.edit(host, "bgp.summary", r"01:55:33        2", "00:00:12 Active")
    broken.edit("a1", "api.http", r"HTTP/1.1 200 OK", "HTTP/1.1 503 Service Unavailable")


def test_a_lost_quorum(broken: Broken) -> None:
    lose_quorum(broken)
    found = causes(broken)
    assert cards(found) == [["zookeeper.disk@z3", "zookeeper.process@z1"]]
    assert found[0].title == "ZooKeeper has no quorum: z1 and z3 do not serve"
    checks_below = {one.finding.check for one in found[0].symptoms}
    assert checks_below >= {"zookeeper.quorum", "zookeeper.mode", "nsdb.zookeeper.session", "bgp.session", "bgp.process", "api.http"}
    assert cards(found, "warn") == []


def test_a_lost_quorum_and_a_small_mtu(broken: Broken) -> None:
    lose_quorum(broken)
    broken.edit("c2", "underlay.ip_link", r"(eth1: .*)mtu 1500", r"\1mtu 1400")
    for other in healthy.AGENTS:
        if other != "c2":
            broken.lose_full_size_pings("c2", other)
            broken.lose_full_size_pings(other, "c2")
    assert cards(causes(broken)) == [["underlay.mtu.consistent@c2"], ["zookeeper.disk@z3", "zookeeper.process@z1"]]


def test_a_blocked_port(broken: Broken) -> None:
    broken.edit("z2", "underlay.firewall", "--dports 2181,2888", "--dports 2888")
    for client in (*healthy.AGENTS, "a1"):
        broken.connects(client, "z2", "timeout")
    found = causes(broken)
    assert cards(found) == [["underlay.firewall.ports@z2"]]
    assert cards(found, "warn") == []


def test_a_server_that_its_clients_miss_without_a_reason_on_it(broken: Broken) -> None:
    for client in (*healthy.AGENTS, "a1"):
        broken.connects(client, "z2", "timeout")
    [cause] = causes(broken)
    assert (cause.folded, cause.group, len(cause.findings)) == ("server", "z2", 6)


def test_a_wrong_as_number(broken: Broken) -> None:
    broken.edit("g1", "bgp.config", "remote-as 64512", "remote-as 64999")
    broken.edit("g1", "bgp.summary", r"01:55:33        2", "never    Active")
    found = causes(broken)
    assert cards(found) == [["bgp.config@g1"]]
    assert cards(found, "warn") == []


def test_a_bgp_daemon_that_does_not_run(broken: Broken) -> None:
    broken.edit("g1", "bgp.namespaces", r"\d+ /usr/lib/quagga.*\n", "")
    broken.edit("g1", "bgp.summary", r"01:55:33        2", "00:00:12 Active")
    found = causes(broken)
    assert cards(found) == [["bgp.process@g1"]]
    assert cards(found, "warn") == []


def test_a_missing_tap(broken: Broken) -> None:
    tap = re.escape(healthy.interface("c1"))
    broken.edit("c1", "underlay.ip_link", rf"(?s)7: {tap}: .*", "")
    broken.edit("c1", "overlay.datapath", rf"Port #4 '{tap}'.*\n", "")
    assert cards(causes(broken)) == [["vm.tap.name@c1"]]


def test_a_module_of_another_kernel(broken: Broken) -> None:
    broken.edit("c1", "underlay.kernel_modules", r"(?s)openvswitch 131072.*?\n", "")
    broken.edit("c1", "underlay.kernel_modules", r"4\.4\.0-210-generic", "4.4.0-1-generic")
    broken.edit("c1", "overlay.datapath", "(?s).+", "Datapath midonet does not exist.\n")
    broken.edit("c1", "agent.processes", "(?s).+", "")
    broken.edit("c1", "nsdb.sessions", "(?s).+", "")
    broken.edit("a1", "overlay.hosts", "name c1 alive true", "name c1 alive false")
    assert cards(causes(broken)) == [["underlay.kernel.ovs_matches@c1"]]


def test_a_host_that_is_down(broken: Broken) -> None:
    broken.switch_off("c2")
    [cause] = causes(broken)
    assert cards([cause]) == [["meta.host.answered@c2"]]
    assert cause.title == "c2 is down: it does not answer, and c1, c3, g1 and g2 cannot reach it"


def test_a_host_that_only_the_controller_misses(broken: Broken) -> None:
    broken.silent.add("c2")
    broken.evidence["c2"] = {}
    assert cards(causes(broken)) == []


def test_one_tunnel_address_on_two_hosts(broken: Broken) -> None:
    broken.edit("c2", "underlay.ip_addr", re.escape(healthy.tunnel("c2")), healthy.tunnel("c1"))
    for other in healthy.AGENTS:
        if other not in ("c1", "c2"):
            broken.lose_pings(other, "c2")
    assert cards(causes(broken)) == [["underlay.addr.unique@c1", "underlay.addr.unique@c2"]]


def test_a_cassandra_node_that_is_down(broken: Broken) -> None:
    broken.edit("k1", "agent.processes", "(?s).+", "")
    broken.edit("k1", "cassandra.native_handshake", "(?s).+", "")
    broken.edit("k1", "cassandra.nodetool_status", "(?s).+", "")
    broken.edit("k2", "cassandra.nodetool_status", rf"UN  {re.escape(healthy.control('k1'))}", f"DN  {healthy.control('k1')}")
    for client in healthy.AGENTS:
        broken.connects(client, "k1", "refused")
    found = causes(broken)
    assert cards(found) == [["cassandra.process@k1"]]
    assert cards(found, "warn") == []


def test_a_stopped_api_server(broken: Broken) -> None:
    broken.edit("a1", "agent.processes", "(?s).+", "")
    broken.edit("a1", "api.http", "(?s).+", "")
    broken.edit("a1", "nsdb.sessions", "(?s).+", "")
    for item in ("overlay.hosts", "overlay.tunnel_zones", "overlay.bindings", "topology.routers"):
        broken.evidence["a1"][item, 1] = replace(broken.evidence["a1"][item, 1], stdout="", exit_code=1)
    assert cards(causes(broken)) == [["api.process@a1"]]


def test_a_switched_off_uplink(broken: Broken) -> None:
    broken.set_link("g1", "eth2", "BROADCAST,MULTICAST")
    broken.edit("g1", "bgp.namespaces", r"\d+ /usr/lib/quagga.*\n", "")
    broken.edit("g1", "bgp.summary", r"01:55:33        2", "00:00:12 Active")
    found = causes(broken)
    assert cards(found) == [["underlay.link.admin_up@g1"]]
    assert cards(found, "warn") == []


def test_a_wrong_address_in_the_tunnel_zone(broken: Broken) -> None:
    broken.edit("a1", "overlay.tunnel_zones", rf"{re.escape(healthy.tunnel('c1'))}\n", f"{healthy.tunnel('c2')}\n")
    assert cards(causes(broken)) == [["overlay.zone.address@c1"]]


def test_a_zookeeper_server_that_runs_alone(broken: Broken) -> None:
    broken.edit("z3", "zookeeper.config", r"server\..*\n", "")
    broken.edit("z3", "zookeeper.srvr", "Mode: follower", "Mode: standalone")
    broken.edit("z3", "zookeeper.mntr", "follower", "standalone")
    assert cards(causes(broken)) == [["zookeeper.config.ensemble@z3"]]


def test_an_agent_that_restarts_over_and_over(broken: Broken) -> None:
    lines = "".join(f"[wdog] 2026-11-22 22:{minute:02d}:42 Child died with status 114\n" for minute in range(1, 10))
    broken.edit("c2", "agent.watchdog_log", r"\[wdog\].*\n", lines)
    broken.edit("a1", "overlay.hosts", "name c2 alive true", "name c2 alive false")
    assert cards(causes(broken)) == [["agent.process.uptime@c2"]]
