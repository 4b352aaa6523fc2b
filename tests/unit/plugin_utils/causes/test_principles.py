# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each principle of naming, alone, on findings that are few enough to read."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace

import pytest
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.causes import Edge, Edges, load_edges, name, survey
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.causes.fleet import Fleet
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.causes.graph import Graph, components, failed
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.model import Cause, Finding, Waiver
from ruined_fleet import finding, healthy, names, ruin

EDGES = load_edges()


def roots(findings: list[Finding], edges: Edges = EDGES, labels: dict[str, dict[str, str]] | None = None) -> list[list[str]]:
    return [[f"{one.check}@{one.subject.host}" for one in cause.findings] for cause in name(findings, edges, labels)]


def agent(status: str = "fail", host: str = "a", **values: object) -> Finding:
    return finding("agent.process.midolman", status, host=host, **values)


def alive(status: str = "fail", host: str = "a") -> Finding:
    return finding("overlay.host.alive", status, host=host)


def connect(host: str, server: str, result: str = "timeout", status: str = "warn") -> Finding:
    return finding(
        "nsdb.zookeeper.connect",
        "pass" if result == "open" else status,
        kind="connection",
        host=host,
        peer=server,
        name=f"{server}:2181",
        result=result,
    )


def ping(host: str, peer: str, status: str = "fail") -> Finding:
    return finding("underlay.ping.peer", status, kind="pair", host=host, peer=peer, name=f"address of {peer}")


def mesh(hosts: list[str], bad: set[str], status: str = "fail") -> list[Finding]:
    return [ping(host, peer, status if {host, peer} & bad else "pass") for host in hosts for peer in hosts if host != peer]


def placed(findings: Iterable[Finding]) -> list[str]:
    return [f"{one.check}@{one.subject.host}" for one in findings]


# --- who explains whom


def test_a_failed_check_explains_on_its_own_host_only() -> None:
    assert roots([agent(), alive(), alive(host="b")]) == [["agent.process.midolman@a"], ["overlay.host.alive@b"]]


@pytest.mark.parametrize("status", ["pass", "info", "unknown", "skipped", "error"])
def test_only_what_failed_explains(status: str) -> None:
    assert roots([agent(status), alive()]) == [["overlay.host.alive@a"]]


def test_a_warning_explains_warnings_only() -> None:
    assert roots([agent("warn"), alive("fail")]) == [["overlay.host.alive@a"], ["agent.process.midolman@a"]]
    assert roots([agent("warn"), alive("warn")]) == [["agent.process.midolman@a"]]
    assert roots([agent("fail"), alive("warn")]) == [["agent.process.midolman@a"]]


def test_every_step_of_a_path_must_have_failed() -> None:
    carrier = finding("underlay.link.carrier", "fail", kind="link", host="a", name="eth1")
    oper = finding("underlay.link.oper_up", "fail", kind="link", host="a", name="eth1")
    assert roots([carrier, oper, ping("a", "b")]) == [["underlay.link.carrier@a"]]
    assert len(roots([carrier, replace(oper, status="pass"), ping("a", "b")])) == 2
    assert len(roots([carrier, replace(oper, status="unknown"), ping("a", "b")])) == 2


def test_a_symptom_tells_its_own_explainer_and_why() -> None:
    session = finding("nsdb.zookeeper.session", "fail", host="a")
    bgp = finding("bgp.session", "fail", kind="peer", host="a", name="p", key="p")
    prefixes = finding("bgp.prefixes", "fail", kind="peer", host="a", name="p", key="p")
    [cause] = name([session, bgp, prefixes], EDGES)
    assert [(one.finding.check, one.explained_by) for one in cause.symptoms] == [
        ("bgp.session", "nsdb.zookeeper.session"),
        ("bgp.prefixes", "bgp.session"),
    ]
    assert all(one.because.endswith(".") for one in cause.symptoms)


def test_an_effect_of_two_causes_is_under_both() -> None:
    config = finding("agent.config.zk_hosts", "fail", host="a")
    causes = name([agent(), config, alive()], EDGES)
    assert [[one.finding.check for one in cause.symptoms] for cause in causes] == [["overlay.host.alive"]] * 2


def test_links_must_be_the_same_where_both_name_one() -> None:
    def link(check: str, interface: str) -> Finding:
        return finding(check, "fail", kind="link", host="a", name=interface)

    assert len(roots([link("underlay.link.carrier", "eth0"), link("underlay.link.oper_up", "eth1")])) == 2
    address = finding("underlay.addr.tunnel_ip", "fail", kind="address", host="a", name="10.0.0.1")
    assert len(roots([link("underlay.link.carrier", "eth0"), address])) == 1


def test_a_pair_explains_the_same_pair_in_either_direction() -> None:
    path = finding("underlay.mtu.path", "fail", kind="pair", host="b", peer="a")
    assert roots([ping("a", "b"), path]) == [["underlay.ping.peer@a"]]
    assert len(roots([ping("a", "c"), path])) == 2


def test_a_host_explains_pairs_that_touch_it() -> None:
    address = finding("underlay.addr.tunnel_ip", "fail", kind="address", host="b", name="10.0.0.2")
    assert roots([address, ping("a", "b"), ping("b", "a"), ping("c", "d")]) == [["underlay.addr.tunnel_ip@b"], ["underlay.ping.peer@c"]]


def test_a_server_explains_its_clients() -> None:
    server = finding("zookeeper.process", "fail", kind="server", host="z1")
    assert roots([server, connect("a", "z1", "refused"), connect("a", "z2", "refused"), connect("b", "z2", "open")]) == [
        ["zookeeper.process@z1"],
        ["nsdb.zookeeper.connect@a"],
    ]


def test_the_same_object_or_the_same_host() -> None:
    def tap(check: str, key: str) -> Finding:
        return finding(check, "fail", kind="port", host="a", name="tap", key=key)

    assert len(roots([tap("vm.tap.name", "p1"), tap("vm.tap.datapath", "p1")])) == 1
    assert len(roots([tap("vm.tap.name", "p1"), tap("vm.tap.datapath", "p2")])) == 2
    namespace = finding("bgp.namespace", "fail", host="g1")
    process = finding("bgp.process", "fail", kind="namespace", host="g1", name="ns1")
    assert roots([namespace, process, replace(process, subject=replace(process.subject, host="g2"))]) == [
        ["bgp.namespace@g1"],
        ["bgp.process@g2"],
    ]


# --- corroboration


def test_a_stopped_server_refuses_and_does_not_time_out() -> None:
    server = finding("zookeeper.process", "fail", kind="server", host="z1")
    assert len(roots([server, connect("a", "z1", "refused")])) == 1
    assert len(roots([server, connect("a", "z1", "timeout")])) == 2


def test_a_packet_filter_explains_its_own_port_only() -> None:
    rule = finding("underlay.firewall.ports", "fail", kind="service", host="z1", name="zookeeper", key="tcp/2181")
    other = replace(rule, subject=replace(rule.subject, key="tcp/9042"))
    assert roots([rule, connect("a", "z1")]) == [["underlay.firewall.ports@z1"]]
    assert len(roots([other, connect("a", "z1")])) == 2


def test_a_blocking_rule_without_a_failing_effect_is_a_candidate_only() -> None:
    rule = finding("underlay.firewall.ports", "fail", kind="service", host="z1", name="zookeeper", key="tcp/2181")
    causes = name([rule, alive()], EDGES)
    assert [cause.findings[0].check for cause in causes] == ["overlay.host.alive", "underlay.firewall.ports"]
    assert causes[1].certainty == "inferred"
    [moved] = name([replace(rule, values={"counter_moved": True})], EDGES)
    assert moved.certainty == "direct evidence"


def test_losing_one_server_of_three_does_not_explain_a_lost_session() -> None:
    session = finding("nsdb.zookeeper.session", "fail", host="a")
    some = [connect("a", "z1", "refused"), connect("a", "z2", "open")]
    assert ["nsdb.zookeeper.session@a"] in roots([*some, session])
    every = [connect("a", "z1", "refused", "fail"), connect("a", "z2", "refused", "fail")]
    assert ["nsdb.zookeeper.session@a"] not in roots([*every, session])


def quorum(status: str = "fail") -> list[Finding]:
    return [
        finding("zookeeper.process", "fail", kind="server", host="z1"),
        finding("zookeeper.process", "fail" if status == "fail" else "pass", kind="server", host="z2"),
        finding("zookeeper.process", "pass", kind="server", host="z3"),
        finding("zookeeper.quorum", status, kind="ensemble"),
    ]


def test_one_stopped_agent_among_many_is_a_second_root_when_the_quorum_is_lost() -> None:
    agents = [agent("fail", "a"), *(agent("pass", host) for host in "bcde")]
    assert roots([*quorum(), *agents]) == [["zookeeper.process@z1", "zookeeper.process@z2"], ["agent.process.midolman@a"]]
    proven = [agent("fail", "a", session_lost=True), *agents[1:]]
    assert roots([*quorum(), *proven]) == [["zookeeper.process@z1", "zookeeper.process@z2"]]
    assert roots([*quorum(), *(agent("fail", host) for host in "abcde")]) == [["zookeeper.process@z1", "zookeeper.process@z2"]]


def test_an_exit_code_of_another_reason_is_not_blamed_on_the_quorum() -> None:
    restarts = finding("agent.process.uptime", "fail", host="a", last_exit_code=114)
    assert ["agent.process.uptime@a"] in roots([*quorum(), restarts])
    assert ["agent.process.uptime@a"] not in roots([*quorum(), replace(restarts, values={"last_exit_code": 0})])


# --- quorum


def test_a_lost_quorum_is_one_cause_with_each_voters_own_root() -> None:
    disk = finding("underlay.resource.disk", "fail", "/var is full", kind="filesystem", host="z1", name="/var", used_for=["zookeeper"])
    [cause] = name([*quorum(), disk, finding("nsdb.zookeeper.session", "fail", host="a")], EDGES)
    assert [one.check for one in cause.findings] == ["underlay.resource.disk", "zookeeper.process"]
    assert cause.title == "ZooKeeper has no quorum: z1 and z2 do not serve"
    assert (cause.folded, cause.group) == ("set", "zookeeper.quorum")
    assert {one.finding.check for one in cause.symptoms} == {"zookeeper.process", "zookeeper.quorum", "nsdb.zookeeper.session"}


def test_a_disk_that_keeps_a_running_voter_from_serving_counts() -> None:
    disk = finding("zookeeper.disk", "fail", kind="filesystem", host="z2", name="/var")
    mode = finding("zookeeper.mode", "fail", kind="server", host="z2")
    findings = quorum()
    findings[1] = replace(findings[1], status="pass")
    assert roots([*findings, disk, mode]) == [["zookeeper.disk@z2", "zookeeper.process@z1"]]


def test_a_thinner_quorum_explains_no_lost_session() -> None:
    session = finding("nsdb.zookeeper.session", "fail", host="a")
    assert sorted(roots([*quorum("warn"), session])) == [["nsdb.zookeeper.session@a"], ["zookeeper.process@z1"]]


def test_a_host_that_is_no_voter_does_not_take_the_quorum_down() -> None:
    disk = finding("underlay.resource.disk", "fail", kind="filesystem", host="a", name="/", used_for=["log"])
    assert ["underlay.resource.disk@a"] in roots([*quorum(), disk])


# --- a host that does not answer


def silent(host: str = "b") -> Finding:
    return finding("meta.host.answered", "fail", "b gave no evidence", host=host)


def test_a_host_that_only_we_cannot_reach_is_no_cause() -> None:
    naming = survey([silent(), alive("pass", "b")], EDGES)
    assert naming.causes == ()
    assert [one.check for one in naming.unconfirmed] == ["meta.host.answered"]


def test_one_observer_is_not_enough() -> None:
    [cause] = name([silent(), ping("a", "b"), alive(host="b")], EDGES)
    assert placed(cause.findings) == ["underlay.ping.peer@a", "overlay.host.alive@b"]
    assert (cause.certainty, placed([one.finding for one in cause.suspects])) == ("possible", ["meta.host.answered@b"])


def test_two_observers_and_nsdb_make_it_down() -> None:
    findings = [silent(), ping("a", "b"), ping("c", "b"), alive(host="b")]
    [cause] = name(findings, EDGES)
    assert cause.title == "b is down: it does not answer, and a and c cannot reach it"
    assert cause.certainty == "direct evidence"
    [unproven] = name([replace(one, status="unknown") if one.check == "overlay.host.alive" else one for one in findings], EDGES)
    assert unproven.certainty == "inferred"


def test_a_host_that_somebody_reaches_is_not_down() -> None:
    assert ["meta.host.answered@b"] not in roots([silent(), ping("a", "b"), ping("c", "b"), ping("d", "b", "pass")])
    assert ["meta.host.answered@b"] not in roots([silent(), ping("a", "b"), ping("c", "b"), alive("pass", "b")])


def test_servers_are_missed_by_their_clients() -> None:
    process, *others = quorum("warn")
    findings = [silent("z1"), connect("a", "z1"), connect("c", "z1"), replace(process, status="unknown"), *others]
    assert roots(findings) == [["meta.host.answered@z1"]]


# --- configuration, history, waivers, doubt


def test_configuration_beats_what_it_makes_fail_below_it() -> None:
    zone = finding("overlay.zone.address", "fail", kind="address", host="a", name="10.0.0.9", key="zone")
    address = finding("underlay.addr.tunnel_ip", "fail", kind="address", host="a", name="10.0.0.9", key="zone")
    assert roots([address, zone]) == [["overlay.zone.address@a"]]


def test_history_is_no_root_and_explains_nothing() -> None:
    old = finding("agent.process.midolman", "fail", host="a", historic=True)
    naming = survey([old, alive()], EDGES)
    assert [cause.findings[0].check for cause in naming.causes] == ["overlay.host.alive"]
    assert naming.unconfirmed == (old,)


def test_history_may_be_a_symptom() -> None:
    errors = finding("agent.log.errors", "warn", host="a", historic=True)
    [cause] = name([finding("nsdb.cassandra.connect", "fail", kind="connection", host="a", peer="c", name="c:9042"), errors], EDGES)
    assert [one.finding for one in cause.symptoms] == [errors]


def test_a_waived_cause_is_not_shown_and_neither_are_its_symptoms() -> None:
    waived = replace(agent(), waiver=Waiver("replaced on Monday", "2099-01-01"))
    naming = survey([waived, alive(), alive(host="b")], EDGES)
    assert [cause.findings[0].subject.host for cause in naming.causes] == ["b"]
    [cause] = naming.waived
    assert [one.finding.check for one in cause.symptoms] == ["overlay.host.alive"]


def session(status: str = "fail", host: str = "a") -> Finding:
    return finding("nsdb.zookeeper.session", status, host=host)


def no_quorum() -> Finding:
    return finding("zookeeper.quorum", "fail", kind="ensemble")


def test_what_could_explain_a_root_and_was_not_judged_makes_it_only_possible() -> None:
    [sure] = name([alive(), agent("pass")], EDGES)
    [doubted] = name([alive(), agent("unknown")], EDGES)
    [elsewhere] = name([alive(), agent("unknown", "b")], EDGES)
    assert (sure.certainty, doubted.certainty, elsewhere.certainty) == ("direct evidence", "possible", "direct evidence")
    assert (sure.suspects, placed([one.finding for one in doubted.suspects])) == ((), ["agent.process.midolman@a"])


def test_what_is_possible_comes_behind_what_is_certain() -> None:
    tap = finding("vm.tap.name", "fail", kind="port", host="z", name="tap1", key="p")
    certain, doubted = name([alive(), session(), agent("unknown"), tap], EDGES)
    assert placed(certain.findings) == ["vm.tap.name@z"]
    assert (certain.certainty, doubted.certainty) == ("direct evidence", "possible")


def test_what_one_unjudged_thing_would_explain_is_one_card() -> None:
    link = finding("underlay.link.oper_up", "unknown", kind="link", host="b")
    [cause] = name([ping("a", "b"), connect("b", "zk1", status="fail"), link], EDGES)
    assert (cause.folded, len(cause.findings), cause.certainty) == ("suspect", 2, "possible")
    assert cause.title.endswith("(and 1 more)")


def test_what_passed_clears_what_was_not_judged() -> None:
    dead = finding("underlay.link.oper_up", "unknown", kind="link", host="a")
    [doubted] = name([ping("a", "b"), dead], EDGES)
    [cleared] = name([ping("a", "b"), ping("a", "c", "pass"), dead], EDGES)
    assert (doubted.certainty, cleared.certainty) == ("possible", "direct evidence")
    stopped = finding("zookeeper.process", "unknown", kind="server", host="zk1")
    refused = [connect(client, "zk1", "refused", "fail") for client in ("a", "b")]
    [doubted] = name([*refused, stopped], EDGES)
    [cleared] = name([*refused, stopped, finding("zookeeper.ruok", "pass", kind="server", host="zk1")], EDGES)
    assert (doubted.certainty, cleared.certainty) == ("possible", "inferred")


def test_a_failure_whose_connection_could_not_be_read_is_a_suspect_too() -> None:
    [_lost, stopped] = name([no_quorum(), agent(session_lost=None), agent("pass", "b"), agent("pass", "c")], EDGES)
    assert (stopped.certainty, [one.finding.check for one in stopped.suspects]) == ("possible", ["zookeeper.quorum"])
    [_lost, stopped] = name([no_quorum(), agent(session_lost=False), agent("pass", "b"), agent("pass", "c")], EDGES)
    assert (stopped.certainty, stopped.suspects) == ("direct evidence", ())


def test_nothing_is_invented() -> None:
    assert name([], EDGES) == []
    assert name([agent("unknown"), alive("skipped"), ping("a", "b", "error")], EDGES) == []


# --- folding


def folded(findings: list[Finding], labels: dict[str, dict[str, str]] | None = None) -> list[tuple[str, str, int]]:
    return [(cause.folded, cause.group, len(cause.findings)) for cause in name(findings, EDGES, labels)]


def test_clients_that_miss_one_server_are_one_card() -> None:
    clients = [connect(host, server, "timeout" if server == "z1" else "open") for host in "abc" for server in ("z1", "z2", "z3")]
    assert folded(clients) == [("server", "z1", 3)]
    [cause] = name(clients, EDGES)
    assert cause.title.startswith("z1 is not reached by a, b and c: ")
    assert cause.certainty == "inferred"


def test_a_server_that_one_rack_misses_is_a_path() -> None:
    labels = {"a": {"rack": "r1"}, "b": {"rack": "r1"}, "c": {"rack": "r2"}, "d": {"rack": "r2"}}
    clients = [
        connect(host, server, "timeout" if server == "z1" and host in "ab" else "open") for host in "abcd" for server in ("z1", "z2")
    ]
    assert folded(clients, labels) == [("path", "between r1 and z1", 2)]


def test_a_client_that_reaches_nothing_is_its_own_card() -> None:
    clients = [connect(host, server, "timeout" if host == "a" else "open") for host in "abc" for server in ("z1", "z2", "z3")]
    assert folded(clients) == [("host", "a", 3)]


def test_a_rack_whose_clients_reach_nothing_is_one_card() -> None:
    labels = {"a": {"rack": "r1"}, "b": {"rack": "r1"}, "c": {"rack": "r2"}, "d": {"rack": "r2"}}
    clients = [connect(host, server, "timeout" if host in "ab" else "open") for host in "abcd" for server in ("z1", "z2")]
    assert folded(clients, labels) == [("group", "r1", 4)]


def test_clients_that_all_reach_nothing_are_one_card() -> None:
    clients = [connect(host, server) for host in "abcd" for server in ("z1", "z2")]
    assert [one[0] for one in folded(clients)] == ["fleet"]


def test_the_host_that_has_the_failures_of_the_matrix() -> None:
    assert folded(mesh(list("abcdef"), {"c"})) == [("host", "c", 10)]
    stray = [ping("a", "b") if (one.subject.host, one.subject.peer) == ("a", "b") else one for one in mesh(list("abcdef"), {"c"})]
    assert sorted(folded(stray)) == [("", "", 1), ("host", "c", 10)]


def test_two_hosts_of_the_matrix() -> None:
    assert sorted(one[:2] for one in folded(mesh(list("abcdefgh"), {"c", "e"}))) == [("host", "c"), ("host", "e")]


def test_both_directions_of_a_pair_are_one_card() -> None:
    pair = [ping(host, peer, "fail" if {host, peer} == {"a", "b"} else "pass") for host in "abcd" for peer in "abcd" if host != peer]
    assert folded(pair) == [("path", "between a and b", 2)]


def test_the_path_between_two_racks() -> None:
    labels = {host: {"rack": "r1" if host in "abc" else "r2", "kernel": "5.4"} for host in "abcdef"}
    cut = [ping(host, peer, "fail" if labels[host] != labels[peer] else "pass") for host in "abcdef" for peer in "abcdef" if host != peer]
    assert folded(cut, labels) == [("path", "between r1 and r2", 18)]


def test_exactly_the_hosts_of_a_rack() -> None:
    labels = {host: {"rack": "r1" if host in "abc" else "r2"} for host in "abcdef"}
    assert folded([agent("fail" if host in "abc" else "pass", host) for host in "abcdef"], labels) == [("group", "r1", 3)]
    assert len(folded([agent("fail" if host in "ab" else "pass", host) for host in "abcdef"], labels)) == 2
    assert len(folded([agent("fail" if host in "abcd" else "pass", host) for host in "abcdefghi"], labels)) == 2


def test_a_new_kernel_is_a_group_too() -> None:
    labels = {host: {"rack": "r1" if host in "ace" else "r2", "kernel": "6.8" if host in "abf" else "5.4"} for host in "abcdef"}
    modules = [finding("underlay.kernel.ovs_matches", "fail" if host in "abf" else "pass", host=host) for host in "abcdef"]
    assert folded(modules, labels) == [("group", "6.8", 3)]


def test_the_same_configured_value() -> None:
    def mtu(host: str, value: int) -> Finding:
        return finding("underlay.mtu.consistent", "pass" if value == 1500 else "fail", kind="link", host=host, name="eth1", mtu=value)

    assert sorted(folded([mtu("a", 1400), mtu("b", 1400), mtu("c", 1300), mtu("d", 1500), mtu("e", 1500)])) == [
        ("", "", 1),
        ("value", "mtu 1400", 2),
    ]


def test_half_of_the_fleet_alike_is_suspect() -> None:
    findings = [finding("underlay.time.synced", "fail" if host in "abc" else "pass", host=host) for host in "abcdef"]
    [cause] = name(findings, EDGES)
    assert (cause.folded, cause.group, cause.certainty) == ("fleet", "3 of 6 hosts", "inferred")
    assert "suspect what they share, or the check itself" in cause.title
    assert len(name([*findings, *(agent("pass", host) for host in "ghi")], EDGES)) == 3


def test_the_same_failure_several_times_on_one_host() -> None:
    taps = [finding("vm.tap.name", "fail", f"tap{n} is missing", kind="port", host="a", name=f"tap{n}", key=f"p{n}") for n in range(5)]
    [cause] = name(taps, EDGES)
    assert (cause.folded, cause.title) == ("host", "a: tap0 is missing (and 4 more)")


def test_fails_and_warnings_are_not_folded_together() -> None:
    disks = [finding("underlay.resource.disk", status, kind="filesystem", host="a", name=f"/{status}") for status in ("fail", "warn")]
    assert len(name(disks, EDGES)) == 2


# --- ranking and words


def test_what_explains_more_comes_first_and_warnings_last() -> None:
    warned = finding("underlay.time.timezone", "warn", host="c")
    lone = finding("underlay.time.synced", "fail", host="b")
    causes = name([warned, lone, agent(), alive(), finding("nsdb.zookeeper.session", "fail", host="a")], EDGES)
    assert [cause.findings[0].check for cause in causes] == ["agent.process.midolman", "underlay.time.synced", "underlay.time.timezone"]


def test_of_equals_the_lower_layer_comes_first_and_both_are_shown() -> None:
    causes = name([finding("api.process", "fail", kind="server", host="x"), finding("underlay.time.synced", "fail", host="b")], EDGES)
    assert [cause.findings[0].check for cause in causes] == ["underlay.time.synced", "api.process"]


def test_a_title_has_the_host_once() -> None:
    def title(message: str) -> str:
        [cause] = name([finding("agent.process.midolman", "fail", message, host="compute1")], EDGES)
        return cause.title

    assert title("no agent runs on compute1.") == "no agent runs on compute1"
    assert title("no agent runs") == "compute1: no agent runs"
    assert title("as on compute10") == "compute1: as on compute10"


def test_remedies_are_told_once_with_their_hosts() -> None:
    findings = quorum()
    findings[0] = replace(findings[0], remedy="Free space.")
    findings[1] = replace(findings[1], remedy="Start ZooKeeper.")
    [cause] = name(findings, EDGES)
    assert cause.remedy == "on z1: Free space; on z2: Start ZooKeeper"


# --- circles


def circle() -> Edges:
    return Edges(
        [
            Edge("agent.a", "zookeeper.b", "same", "First."),
            Edge("zookeeper.b", "underlay.c", "same", "Second."),
            Edge("underlay.c", "agent.a", "same", "Third."),
            Edge("underlay.outside", "agent.a", "same", "From outside."),
        ]
    )


def test_checks_that_explain_each_other_keep_one_root_the_lowest() -> None:
    findings = [finding(check, "fail", host="x") for check in ("agent.a", "zookeeper.b", "underlay.c")]
    assert roots(findings, circle()) == [["underlay.c@x"]]
    [cause] = name(findings, circle())
    assert [one.finding.check for one in cause.symptoms] == ["agent.a", "zookeeper.b"]


def test_a_circle_with_a_cause_outside_has_none_of_its_own() -> None:
    findings = [finding(check, "fail", host="x") for check in ("agent.a", "zookeeper.b", "underlay.c", "underlay.outside")]
    assert roots(findings, circle()) == [["underlay.outside@x"]]


def test_a_circle_of_checks_that_is_none_of_findings() -> None:
    findings = [finding("agent.a", "fail", host="x"), finding("zookeeper.b", "fail", host="x"), finding("underlay.c", "fail", host="y")]
    assert roots(findings, circle()) == [["agent.a@x"], ["underlay.c@y"]]


def test_a_fail_in_a_circle_with_warnings() -> None:
    findings = [finding("agent.a", "fail", host="x"), finding("zookeeper.b", "warn", host="x"), finding("underlay.c", "warn", host="x")]
    assert roots(findings, circle()) == [["agent.a@x"]]


def test_components_of_a_long_chain() -> None:
    chain = [[number + 1] for number in range(50_000)] + [[49_990]]
    assert sorted(map(len, components(chain)))[-2:] == [1, 11]


# --- scale


def work(computes: int) -> tuple[int, int]:
    findings = ruin(
        healthy(computes=computes),
        fail=[
            "zookeeper.process@zk[12]",
            "zookeeper.quorum",
            "nsdb.zookeeper.session",
            "overlay.host.alive",
            "underlay.ping.peer@compute1*",
        ],
        warn=["underlay.link.errors", "overlay.tunnel.dropped"],
    )
    fleet = Fleet(findings, EDGES.rules.members, EDGES.rules.hosts)
    return Graph(failed(findings), EDGES, fleet, lambda _: True).work, len(findings)


def test_work_grows_with_the_findings_and_not_with_their_pairs() -> None:
    small, few = work(100)
    large, many = work(400)
    assert large / small < 1.3 * many / few
    assert large < 10 * many


def test_a_hundred_thousand_findings_take_seconds() -> None:
    findings = [replace(one, status="fail") if number % 10 == 0 else one for number, one in enumerate(healthy(1000, 20, taps=10))]
    assert len(findings) > 100_000
    began = time.process_time()
    causes: list[Cause] = name(findings, EDGES, {host: {"rack": f"r{index % 30}"} for index, host in enumerate(names("compute", 1000))})
    assert time.process_time() - began < 20  # about 2 s on an idle machine
    assert causes


def test_everything_failing_at_once_is_no_worse() -> None:
    findings = [replace(one, status="fail") for one in healthy(200, 10, taps=5)]
    fleet = Fleet(findings, EDGES.rules.members, EDGES.rules.hosts)
    graph = Graph(failed(findings), EDGES, fleet, lambda _: True)
    assert graph.work < 30 * len(findings)
    assert sum(map(len, graph.ties)) < 30 * len(findings)
