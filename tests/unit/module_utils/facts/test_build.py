# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From the outputs of one host to its facts: complete, missing, failed, garbage, and two samples."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.midonet.diagnostics.plugins.module_utils import facts
from ansible_collections.midonet.diagnostics.plugins.module_utils.facts import _context
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures"
SCHEMA = facts.schema()
VALIDATOR = Draft202012Validator(SCHEMA)

Outputs = dict[tuple[str, int], Any]


@dataclass(frozen=True)
class Output:
    """What the collector hands over; only the fields that facts read."""

    stdout: str = ""
    stderr: str = ""
    exit_code: int | None = 0
    state: str = "ok"
    truncated: bool = False
    reason: str = ""
    duration_ms: int = 3
    started: str = "2026-11-22T03:14:07Z"


def fixture(tool: str, name: str) -> str:
    return (FIXTURES / tool / f"{name}.txt").read_text()


def complete() -> Outputs:
    """A compute host of 2015 on Ubuntu 14.04, everything well."""
    time_daemon = "### chronyc\n### ntpq\n" + fixture("ntpq", "guide") + "### timedatectl\n"
    modules = fixture("proc_modules", "ubuntu_14.04") + "### modinfo\n" + fixture("modinfo", "ubuntu_14.04") + "### builtin\n"
    config = "### /etc/midolman/midolman.conf\n" + fixture("midolman_conf", "ini_2015")
    texts = {
        "underlay.system": Output(fixture("system", "ubuntu_14.04"), exit_code=1, state="failed"),
        "underlay.ip_link": Output(fixture("ip_link", "iproute2-3.12")),
        "underlay.ip_addr": Output(fixture("ip_addr", "iproute2-3.12")),
        "underlay.ip_route": Output(fixture("ip_route", "many_forms")),
        "underlay.ip_neigh": Output(fixture("ip_neigh", "many_forms")),
        "underlay.filesystems": Output(fixture("df", "coreutils_9.1") + "### inodes\n" + fixture("df", "coreutils_9.1_inodes")),
        "underlay.kernel_modules": Output(modules, exit_code=1, state="failed"),
        "underlay.clock": Output(fixture("date", "tokyo"), started="2015-07-23T01:12:13Z"),
        "underlay.time_daemon": Output(time_daemon, exit_code=1, state="failed"),
        "underlay.firewall": Output(fixture("iptables_save", "counters_1.4")),
        "agent.processes": Output(fixture("ps", "procps")),
        "agent.packages": Output(fixture("packages", "rpm")),
        "agent.config": Output(config),
        "agent.host_id": Output(fixture("host_id", "properties")),
        "agent.watchdog_log": Output(fixture("watchdog_log", "restarts")),
        "agent.log": Output(fixture("logs", "midolman_both_generations")),
    }
    outputs: Outputs = {(item, 1): output for item, output in texts.items()}
    outputs["underlay.ping", 2] = Output(fixture("ping", "iputils_small"))
    outputs["underlay.ping_full_size", 2] = Output(fixture("ping", "iputils_frag_needed"))
    return outputs


HOST = {"name": "compute1", "groups": ["compute"], "state": "complete", "reason": "", "clock": {"skew_s": 0.02, "skew_error_s": 0.01}}
OWN = ("host", "links", "addresses", "routes", "neighbours", "filesystems", "kernel", "clock", "firewall", "agent", "probes")


def build(outputs: Outputs, **host: Any) -> dict[str, Any]:
    """The facts, which always validate."""
    built = facts.build(outputs, {**HOST, **host})
    errors = [f"{list(error.path)}: {error.message}" for error in VALIDATOR.iter_errors(built)]
    assert errors == []
    json.dumps(built)
    return built


def without(item: str, outputs: Outputs | None = None) -> Outputs:
    return {key: value for key, value in (outputs or complete()).items() if key[0] != item}


def with_(item: str, number: int = 1, **changes: Any) -> Outputs:
    outputs = complete()
    outputs[item, number] = replace(outputs.get((item, number), Output()), **changes)
    return outputs


def test_a_complete_host() -> None:
    built = build(complete())
    assert {name: built["about"][name]["state"] for name in OWN} == dict.fromkeys(OWN, "known"), {
        name: built["about"][name] for name in OWN if built["about"][name]["state"] != "known"
    }
    assert all(about["crash"] is None for about in built["about"].values())
    assert built["host"]["generation"] == "A"
    assert built["host"]["missing"] == []
    assert built["kernel"]["ovs_loaded"] is True
    assert built["kernel"]["ovs_built_in"] is False
    assert built["kernel"]["ovs_matches_running"] is True
    assert built["clock"] == {
        "utc_offset_s": 32400,
        "timezone": "JST",
        "epoch_s": 1437613933,
        "daemon": "ntpd",
        "synced": True,
        "source": "203.0.113.20",
        "stratum": 3,
        "offset_s": 0.001201,
        "sources": built["clock"]["sources"],
        "disagreeing": [],
        "disagree_s": None,
        "skew_s": 0.02,
        "skew_error_s": 0.01,
    }
    assert built["firewall"]["chains"][0] == {"name": "INPUT", "policy": "DROP", "packets": 12, "bytes": 3456}
    agent = built["agent"]
    assert (agent["running"], agent["count"], agent["pid"], agent["uptime_s"], agent["watchdog"]) == (True, 1, 1440, 8035, True)
    assert {name: value for name, value in agent["config"].items() if value is not None} == {
        "zookeeper_servers": ["10.0.0.11:2181", "10.0.0.12:2181", "10.0.0.13:2181"],
        "root_key": "/midonet/v1",
        "cassandra_servers": ["10.0.0.21:9042"],
    }
    assert (agent["restarts_last_hour"], agent["last_exit_code"], agent["version"]) == (2, 137, "2015.06.1-1.el7")
    assert (agent["log"]["errors"], agent["log"]["warnings"]) == (2, 2)
    assert [entry["signature"] for entry in agent["log"]["signatures"]] == [
        "flow_create_failed",
        "zookeeper_exit",
        "zookeeper_session_lost",
    ]
    assert agent["log"]["signatures"][2]["age_s"] == pytest.approx(574.877)
    assert built["probes"]["ping_full_size"][0]["error"] == "frag_needed"
    root = next(entry for entry in built["filesystems"] if entry["mount"] == "/")
    assert root["size_bytes"] == 264212084 * 1024
    assert root["inodes_used_ratio"] == pytest.approx(0.026817)


def test_every_property_is_described() -> None:
    def bare(schema: dict[str, Any], path: str) -> list[str]:
        found = [path] if "description" not in schema else []
        for name, part in schema.get("properties", {}).items():
            found += bare(part, f"{path}.{name}")
        items = schema.get("items", {})
        for name, part in items.get("properties", {}).items():
            found += bare(part, f"{path}[].{name}")
        if schema.get("type") in ("object", ["object", "null"]):
            assert schema["additionalProperties"] is False, path
            assert sorted(schema["required"]) == sorted(schema["properties"]), path
        return found

    assert [path for name, part in SCHEMA["properties"].items() for path in bare(part, name)] == []


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert "$ref" not in json.dumps(SCHEMA)
    assert "anyOf" not in json.dumps(SCHEMA)


def test_nothing_collected() -> None:
    built = build({}, state="not_reached", reason="ssh: connection timed out")
    assert built["links"] is None
    assert built["about"]["links"] == {
        "state": "unknown",
        "reason": "the host was not reached: ssh: connection timed out",
        "evidence": ["underlay.ip_link"],
        "cut": [],
        "unread": 0,
        "crash": None,
    }
    assert built["host"]["answer"] == "not_reached"
    assert built["host"]["name"] == "compute1"


def test_not_collected_empty_refused_and_not_understood_are_told_apart() -> None:
    def reason(outputs: Outputs) -> tuple[str, str]:
        about = build(outputs)["about"]["links"]
        return about["state"], about["reason"]

    assert reason(without("underlay.ip_link")) == ("unknown", "underlay.ip_link was not collected")
    assert reason(with_("underlay.ip_link", stdout="")) == ("unknown", "underlay.ip_link printed nothing")
    assert reason(with_("underlay.ip_link", stdout="", stderr="sh: 1: ip: not found", exit_code=127, state="failed")) == (
        "unknown",
        "underlay.ip_link command not found: sh: 1: ip: not found",
    )
    assert reason(with_("underlay.ip_link", stdout='Device "x" does not exist.\n')) == (
        "unknown",
        'underlay.ip_link: Device "x" does not exist.',
    )
    state, why = reason(with_("underlay.ip_link", stdout="\x00\x01 what?\n"))
    assert (state, why.startswith("underlay.ip_link was not understood (line 1, column 1")) == ("unknown", True)
    assert reason(with_("underlay.ip_link", stdout="", state="timeout", exit_code=None, reason="after 5 s")) == (
        "unknown",
        "underlay.ip_link ran into its time-out: after 5 s",
    )
    assert reason(with_("underlay.ip_link", stdout="", state="not_run", exit_code=None, reason="no budget")) == (
        "unknown",
        "underlay.ip_link was not run: no budget",
    )


def test_what_came_before_a_cut_is_kept() -> None:
    text = fixture("ip_link", "iproute2-3.12")
    built = build(with_("underlay.ip_link", stdout=text[: text.index("3: eth1")] + "3: eth1: <NO-CAR", truncated=True, state="timeout"))
    assert [link["name"] for link in built["links"]] == ["lo", "eth0"]
    about = built["about"]["links"]
    assert (about["state"], about["unread"]) == ("partial", 1)
    assert "time-out" in about["reason"]
    assert "size limit" in about["reason"]


def test_items_that_were_not_obtained_are_named() -> None:
    outputs = with_("underlay.ip_neigh", stdout="", state="abandoned", exit_code=None)
    outputs["overlay.datapath", 1] = Output(state="timeout", exit_code=None)
    assert build(outputs)["host"]["missing"] == ["overlay.datapath", "underlay.ip_neigh"]


def test_a_host_outside_the_groups_is_not_asked() -> None:
    built = build({("underlay.ip_route", 1): Output("")}, groups=["zookeeper"])
    assert built["about"]["kernel"]["state"] == "not_applicable"
    assert built["routes"] == []


def test_our_own_crash_stays_in_its_subsystem(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(evidence: Any) -> Any:
        raise ZeroDivisionError("oops")

    monkeypatch.setitem(facts.SUBSYSTEMS, "links", SimpleNamespace(ITEMS=(), GROUPS=(), build=fail))
    built = build(complete())
    assert built["links"] is None
    assert built["about"]["links"]["state"] == "unknown"
    assert built["about"]["links"]["crash"].startswith("ZeroDivisionError: oops (test_build.py line ")
    assert built["addresses"]


class TestTwoSamples:
    """Counters of the second round."""

    def second(self, old: str, new: str, started: str = "2026-11-22T03:14:17.5Z") -> dict[str, Any]:
        text = fixture("ip_link", "iproute2-3.12")
        assert old in text
        outputs = complete()
        outputs["underlay.ip_link", 2] = Output(text.replace(old, new), started=started)
        return {link["name"]: link["delta"] for link in build(outputs)["links"]}

    def test_difference(self) -> None:
        deltas = self.second("3735928559 2147483  3       17 ", "3735938559 2148473  3       27 ")
        assert deltas["eth0"] == {
            "seconds": 10.5,
            "rx_packets": 990,
            "rx_errors": 0,
            "rx_dropped": 10,
            "tx_packets": 0,
            "tx_errors": 0,
            "tx_dropped": 0,
            "error_ratio": 0.0,
            "drop_ratio": 0.01,
        }
        assert deltas["eth1"]["drop_ratio"] == 0.0

    def test_a_reset_counter_is_no_loss(self) -> None:
        assert self.second("3735928559 2147483 ", "100        10 ")["eth0"] is None

    def test_an_interface_that_was_made_anew(self) -> None:
        assert self.second("2: eth0:", "9: eth0:")["eth0"] is None

    @pytest.mark.parametrize("started", ["2026-11-22T03:14:07Z", "2026-11-22T03:14:00Z", "", "yesterday"])
    def test_without_a_known_interval(self, started: str) -> None:
        assert self.second("2147483 ", "2147484 ", started)["eth0"] is None

    def test_without_a_second_round(self) -> None:
        assert {link["delta"] for link in build(complete())["links"]} == {None}


class TestClock:
    """Any of three daemons may run, and the tools of the others be installed."""

    def clock(self, text: str, stderr: str = "") -> tuple[Any, Any, Any]:
        built = build(with_("underlay.time_daemon", stdout=text, stderr=stderr))["clock"]
        return built["daemon"], built["synced"], built["source"]

    def parts(self, chronyc: str = "", ntpq: str = "", timedatectl: str = "") -> str:
        return f"### chronyc\n{chronyc}### ntpq\n{ntpq}### timedatectl\n{timedatectl}"

    def test_chrony(self) -> None:
        assert self.clock(self.parts(fixture("chronyc", "tracking_4.3"))) == ("chrony", True, "10.20.0.17")
        assert self.clock(self.parts(fixture("chronyc", "not_synchronised"))) == ("chrony", False, None)

    def test_a_dead_daemon_is_not_synced(self) -> None:
        dead = "506 Cannot talk to daemon\n"
        assert self.clock(self.parts(dead)) == (None, False, None)
        assert self.clock(self.parts(dead, timedatectl=fixture("timedatectl", "systemd_219"))) == (None, False, None)
        assert self.clock(self.parts(), stderr="ntpq: read: Connection refused\n") == (None, False, None)

    def test_the_one_that_answers_counts(self) -> None:
        assert self.clock(self.parts("506 Cannot talk to daemon\n", fixture("ntpq", "guide")))[:2] == ("ntpd", True)

    def test_ntpd_that_has_just_started(self) -> None:
        assert self.clock(self.parts(ntpq=fixture("ntpq", "starting"))) == ("ntpd", False, None)

    def test_timesyncd(self) -> None:
        assert self.clock(self.parts(timedatectl=fixture("timedatectl", "systemd_252"))) == ("timesyncd", True, None)

    def test_no_tool_at_all_is_unknown(self) -> None:
        assert self.clock(self.parts()) == (None, None, None)


def test_rules_that_cannot_be_shown_are_not_no_rules() -> None:
    built = build(with_("underlay.firewall", stdout=fixture("iptables_save", "hidden_rules")))
    assert built["firewall"] is None
    assert "iptables-legacy tables present" in built["about"]["firewall"]["reason"]


class TestKernel:
    """The module's file, what is loaded, what is built in."""

    def kernel(self, **changes: Any) -> Any:
        return build(with_("underlay.kernel_modules", **changes))["kernel"]

    def test_a_module_for_another_kernel(self) -> None:
        text = "x 1 0 - Live 0x0\n### modinfo\n" + fixture("modinfo", "newer_with_signature") + "### builtin\n"
        assert self.kernel(stdout=text, exit_code=1)["ovs_matches_running"] is False

    def test_no_file(self) -> None:
        found = self.kernel(stdout="x 1 0 - Live 0x0\n### modinfo\n### builtin\n", stderr=fixture("modinfo", "not_found"), exit_code=1)
        assert (found["ovs_loaded"], found["ovs_built_in"], found["ovs_matches_running"]) == (False, False, False)

    def test_built_in(self) -> None:
        text = "x 1 0 - Live 0x0\n### modinfo\n### builtin\nkernel/net/openvswitch/openvswitch.ko\n"
        found = self.kernel(stdout=text, stderr=fixture("modinfo", "not_found"), exit_code=0)
        assert (found["ovs_loaded"], found["ovs_built_in"], found["ovs_matches_running"]) == (False, True, True)

    def test_a_list_that_could_not_be_read_is_unknown(self) -> None:
        found = self.kernel(
            stdout="### modinfo\n" + fixture("modinfo", "ubuntu_14.04") + "### builtin\n",
            stderr="cat: /proc/modules: Permission denied\ngrep: /lib/modules/x: No such file or directory\n",
            exit_code=2,
        )
        assert (found["ovs_loaded"], found["ovs_built_in"], found["modules"]) == (None, None, None)


class TestAgent:
    """What a missing file must not turn into."""

    def agent(self, item: str, **changes: Any) -> Any:
        return build(with_(item, **changes))["agent"]

    def test_no_process_is_known_but_a_failed_ps_is_not(self) -> None:
        assert self.agent("agent.processes", stdout="", exit_code=0)["running"] is False
        assert self.agent("agent.processes", stdout="", stderr="ps: bad -o argument 'ppid'", exit_code=0)["running"] is None

    def test_the_watchdog_is_no_agent(self) -> None:
        text = fixture("ps", "procps").replace(" 1440  1432", " 1441  1432").split("\n")
        found = self.agent("agent.processes", stdout="\n".join(text[:2]) + "\n")
        assert (found["running"], found["count"], found["watchdog"]) == (False, 0, True)

    def test_missing_logs_are_not_quiet_logs(self) -> None:
        first = fixture("watchdog_log", "quiet")
        gone = "tail: cannot open '/var/log/midolman/upstart-stderr.log' for reading: No such file or directory"
        assert self.agent("agent.watchdog_log", stdout=first)["restarts_last_hour"] == 0
        assert self.agent("agent.watchdog_log", stdout=first, stderr=gone, exit_code=1)["restarts_last_hour"] is None
        assert self.agent("agent.log", stdout=first)["log"]["errors"] == 0
        assert self.agent("agent.log", stdout=first, stderr=gone)["log"] is None

    def test_a_fast_restart_loop_counts_every_death(self) -> None:
        deaths = "".join(f"[wdog] 2026-11-22 22:0{minute}:07 Child died with status 1\n" for minute in range(9))
        loop = "".join(f"[wdog] 2026-11-22 22:09:{second:02} Child died with status 1\n" for second in range(0, 60, 15))
        assert self.agent("agent.watchdog_log", stdout=fixture("watchdog_log", "quiet") + deaths + loop)["restarts_last_hour"] == 13

    def test_no_configuration_is_not_an_empty_one(self) -> None:
        assert self.agent("agent.config", stdout="")["config"] is None

    def test_an_api_host_has_configuration_only(self) -> None:
        config = Output("### /etc/midonet/midonet.conf\n" + fixture("midolman_conf", "hocon"))
        built = build({("agent.config", 1): config, ("agent.packages", 1): Output("midonet-cluster 5.2.2 ii \n")}, groups=["api"])
        assert built["agent"]["running"] is None
        assert built["agent"]["config"]["zookeeper_servers"] == ["10.0.0.11:2181"]
        assert built["agent"]["version"] == "5.2.2"
        assert built["host"]["generation"] == "B"


@pytest.mark.parametrize(
    ("shown", "packages", "seen", "generation"),
    [
        ("", "midolman 5.2.2 ii \n", None, "B"),
        ("", "midolman 2:5.4.6 ii \n", None, "B"),
        ("", "midolman 2014.11 ii \n", None, "A"),
        ("", "midolman 1.8.2 ii \n", None, "A"),
        ("Datapath name   : midonet\n", "", None, "A"),
        ("Name: midonet\n", "", "A", "B"),
        ("", "", "A", "A"),
        ("", "", None, None),
    ],
)
def test_generation(shown: str, packages: str, seen: str | None, generation: str | None) -> None:
    outputs: Outputs = {("overlay.datapath", 1): Output(shown), ("agent.packages", 1): Output(packages)}
    assert _context.generation(outputs, {"generation": seen}) == generation


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_garbage_never_raises_and_always_validates(data: st.DataObject) -> None:
    outputs = complete()
    items = sorted(set(outputs) | {(item, 1) for module in facts.SUBSYSTEMS.values() for item in module.ITEMS})
    for _ in range(data.draw(st.integers(1, 4))):
        key = data.draw(st.sampled_from(items))
        seed = data.draw(st.sampled_from(sorted(output.stdout for output in outputs.values())))
        at = data.draw(st.integers(0, len(seed)))
        outputs[key] = Output(
            stdout=data.draw(st.sampled_from([seed[:at], seed[at:], "", "\x00\ud800"])) + data.draw(st.text(max_size=20)),
            stderr=data.draw(st.text(max_size=20)),
            exit_code=data.draw(st.sampled_from([None, 0, 1, 126, 127, 255])),
            state=data.draw(st.sampled_from(["ok", "failed", "timeout", "killed", "abandoned", "not_run"])),
            truncated=data.draw(st.booleans()),
        )
    built = build(outputs)
    assert all(about["crash"] is None for about in built["about"].values())
