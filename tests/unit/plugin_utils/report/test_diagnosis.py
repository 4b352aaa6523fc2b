"""The diagnosis: its form, what it must not lose, what it must not depend on."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.model import Cause, Waiver
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.report import diagnosis as module
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.report.diagnosis import HostSummary, Material, diagnosis
from report_cases import broken_fleet, finding, healthy_fleet, symptoms

SCHEMA = json.loads((Path(module.__file__).parent / "schemas" / "diagnosis.schema.json").read_text())


def valid(material: Material) -> dict:
    made = diagnosis(material)
    jsonschema.validate(made, SCHEMA)
    return made


def test_schema_describes_everything() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)

    def walk(node: object) -> None:
        if isinstance(node, dict):
            for name, inner in node.get("properties", {}).items():
                assert "description" in inner or "$ref" in inner, name
            for inner in node.values():
                walk(inner)

    walk(SCHEMA)


def test_broken_fleet() -> None:
    made = valid(broken_fleet())
    assert [(cause["number"], cause["explains"]["findings"]) for cause in made["causes"]] == [(1, 18), (2, 3)]
    assert made["verdict"] == {"worst": "fail", "threshold": "fail", "exceeded": True, "tool_failed": False}
    assert made["coverage"]["hosts"]["total"] == 16
    (silent,) = [one for one in made["coverage"]["hosts"]["incomplete"] if one["state"] == "not_reached"]
    assert (silent["missed_by"], silent["reached_by"]) == (["compute2", "zk1"], [])
    assert [(one["reason"], one["count"], one["no_answer"]) for one in made["unknown"]] == [
        ("nodetool did not answer within 10 s", 4, False),
        ("the host was not reached", 2, True),
    ]
    assert [one["subject"]["host"] for one in made["waived"]] == ["compute8"]
    assert [(one["check"], one["count"]) for one in made["warnings"]] == [("underlay.time.offset", 2)]
    assert made["causes"][0]["symptoms"][0]["hosts"] == ["api1", "compute1", "compute2", "compute3", "gateway1", "gateway2"]


def test_healthy_fleet() -> None:
    made = valid(healthy_fleet())
    assert made["causes"] == made["unconfirmed"] == made["warnings"] == made["unknown"] == made["next"] == []
    assert made["verdict"]["worst"] == "pass"
    assert made["coverage"]["checks"] == {"total": 14, "judged": 13, "partly_judged": 0, "not_judged": 0, "not_applicable": 1}


def test_nothing_at_all() -> None:
    made = valid(Material(hosts=[], findings=[]))
    assert made["verdict"]["worst"] == "pass"


def test_the_order_of_findings_and_hosts_does_not_matter() -> None:
    material = broken_fleet()
    shuffler = random.Random(1)
    findings, hosts = list(material.findings), list(material.hosts)
    shuffler.shuffle(findings)
    shuffler.shuffle(hosts)
    assert json.dumps(diagnosis(replace(material, findings=findings, hosts=hosts))) == json.dumps(diagnosis(material))


def test_no_failure_is_lost() -> None:
    """Each failure is a cause, a symptom, waived, or set aside on purpose."""
    stray = finding("operator.own", "compute3", message="three is one too many")
    material = broken_fleet()
    made = valid(replace(material, findings=[*material.findings, stray]))
    assert made["causes"][-1]["title"] == "compute3: three is one too many"
    shown = [one for cause in made["causes"] for one in cause["findings"]]
    shown += [one for cause in made["causes"] for group in cause["symptoms"] for one in group["findings"]]
    shown += made["unconfirmed"] + [one for one in made["waived"] if one["status"] == "fail"]
    failed = [one for one in [*material.findings, stray] if one.status == "fail"]
    assert {(one["check"], one["subject"]["text"]) for one in shown} == {(one.check, str(one.subject)) for one in failed}


@pytest.mark.parametrize(
    ("status", "threshold", "exceeded"),
    [
        ("fail", "fail", True), ("fail", "warn", True), ("fail", "never", False), ("warn", "fail", False), ("warn", "warn", True),
        ("unknown", "warn", False), ("pass", "warn", False), ("info", "warn", False),
    ],
)  # fmt: skip
def test_threshold(status: str, threshold: str, exceeded: bool) -> None:
    made = valid(Material(hosts=[], findings=[finding("a.b", "h", status)], threshold=threshold))
    assert (made["verdict"]["worst"], made["verdict"]["exceeded"]) == (status, exceeded)


def test_a_waived_failure_counts_for_nothing() -> None:
    waived = finding("a.b", "h", waiver=Waiver("known", "2027-01-01"))
    made = valid(Material(hosts=[], findings=[waived], causes=[Cause("t", (waived,))]))
    assert (made["verdict"]["worst"], made["causes"], len(made["waived"])) == ("pass", [], 1)


def test_what_follows_from_a_waived_cause_counts_for_nothing() -> None:
    waived, effect = finding("a.b", "h", waiver=Waiver("known", "2027-01-01")), finding("a.effect", "h")
    made = valid(Material(hosts=[], findings=[waived, effect], waived=[Cause("t", (waived,), symptoms([effect], "a.b"))]))
    assert (made["verdict"]["worst"], made["causes"], made["waived_causes"][0]["explains"]["findings"]) == ("pass", [], 1)


def test_a_broken_check_is_the_tools_failure() -> None:
    broken = finding("a.b", "h", "error", reason="ZeroDivisionError")
    made = valid(Material(hosts=[], findings=[broken], tool_errors=["facts of h: KeyError"]))
    assert made["verdict"]["tool_failed"]
    assert made["tool_errors"] == ["a.b on h: ZeroDivisionError", "facts of h: KeyError"]


def test_a_cause_that_only_warns_is_a_warning() -> None:
    root, effect = finding("a.root", "h", "warn", "one server is down"), finding("a.effect", "h", "warn")
    made = valid(Material(hosts=[], findings=[root, effect], causes=[Cause("redundancy is lost", (root,), symptoms([effect], "a.root"))]))
    assert made["causes"] == []
    assert [(one["check"], one["title"]) for one in made["warnings"]] == [("a.root", "redundancy is lost")]


def test_warnings_of_a_check_that_differ_are_told_by_the_first() -> None:
    found = [finding("a.root", host, "warn", f"{host} answered in part: {host}.log") for host in ("h1", "h2")]
    assert [one["title"] for one in valid(Material(hosts=[], findings=found))["warnings"]] == ["2 like this: h1 answered in part: h1.log"]


def test_a_symptom_explained_twice_counts_once() -> None:
    root, effect = finding("a.root", "h"), finding("a.effect", "h")
    twice = (*symptoms([effect], "a.root"), *symptoms([effect], "a.middle"))
    (cause,) = valid(Material(hosts=[], findings=[root, effect], causes=[Cause("t", (root,), twice)]))["causes"]
    assert cause["explains"]["findings"] == 1
    assert cause["symptoms"][0]["explained_by"] == ["a.middle", "a.root"]


def test_a_silent_host_that_others_reach() -> None:
    found = [finding("underlay.ping.peer", "a", "pass", peer="b", kind="pair"), finding("meta.host.answered", "b")]
    made = valid(Material(hosts=[HostSummary("a"), HostSummary("b", state="not_reached")], findings=found, unconfirmed=[found[1]]))
    assert made["coverage"]["hosts"]["incomplete"][0]["reached_by"] == ["a"]
