"""Every check breaks, holds and says unknown, beginning at what hosts print."""

from __future__ import annotations

import sys
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.midonet.diagnostics.plugins.module_utils import facts
from ansible_collections.midonet.diagnostics.plugins.plugin_utils import checks, fleet

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import healthy  # noqa: E402

ROLES = HERE.parents[3] / "roles"
CASES: list[dict[str, Any]] = yaml.safe_load((HERE / "cases.yml").read_text())
CHECKS = {check.id: check for check in checks.load_checks(sorted(ROLES.glob("*/checks.yml")))}
LIMITS = checks.load_limits(sorted(ROLES.glob("*/defaults/main.yml")))


def facts_of(evidence: dict[str, healthy.Evidence], hosts: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [facts.build(evidence[name], hosts[name]) for name in evidence]


def judge(ids: list[str], built: list[dict[str, Any]]) -> list[Any]:
    return checks.evaluate([CHECKS[one] for one in ids], built, fleet.build(built), LIMITS)


@pytest.fixture(scope="module")
def healthy_facts() -> dict[str, dict[str, Any]]:
    return {name: facts.build(evidence, healthy.host(name)) for name, evidence in healthy.fleet().items()}


def changed(case: dict[str, Any], healthy_facts: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """The fleet's facts after the case's one change; only the facts of the hosts that it touches are made anew."""
    built = dict(healthy_facts)
    for change in [*case.get("and", []), case]:
        names = change["host"] if isinstance(change["host"], list) else [change["host"]]
        for name in names:
            built[name] = _changed_host(name, change)
    return list(built.values())


_SO_FAR: dict[str, healthy.Evidence] = {}


def _changed_host(name: str, change: dict[str, Any]) -> dict[str, Any]:
    evidence, host = _SO_FAR.setdefault(name, healthy.evidence(name)), healthy.host(name)
    if "host_state" in change:
        host.update(state=change["host_state"], reason="the connection timed out")
        evidence.clear()
    if "clock" in change:
        host["clock"] = change["clock"]
    for item in [change["item"]] if isinstance(change.get("item"), str) else change.get("item", []):
        for key in [key for key in evidence if key[0] == item and key[1] == change.get("round", key[1])]:
            evidence[key] = _changed_output(evidence[key], change, name)
    return facts.build(evidence, host)


def _changed_output(output: healthy.Output, change: dict[str, Any], name: str) -> healthy.Output:
    if "replace" in change:
        old, new = change["replace"]
        assert old in output.stdout, f"{old!r} is not in the text of {name}:\n{output.stdout}"
        return replace(output, stdout=output.stdout.replace(old, new))
    if "text" in change:
        return replace(output, stdout=change["text"], **change.get("output", {}))
    return replace(output, stdout="", state="timeout", exit_code=None, **change.get("output", {}))


@pytest.fixture(autouse=True)
def _fresh() -> None:
    _SO_FAR.clear()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['check']}-{case['expect']}-{case.get('note', '')}".rstrip("-"))
def test_case(case: dict[str, Any], healthy_facts: dict[str, dict[str, Any]]) -> None:
    found = judge([case["check"]], changed(case, healthy_facts))
    where = case.get("at", case["host"] if isinstance(case["host"], str) else "")
    of_host = [one for one in found if where in ("*", one.subject.host) and case.get("name", one.subject.name) == one.subject.name]
    statuses = {one.status for one in of_host}
    assert case["expect"] in statuses, [(str(one.subject), one.status, one.message, one.reason) for one in found]
    assert "error" not in statuses
    for one in of_host:
        if one.status == case["expect"]:
            assert case.get("says", "") in one.message + one.reason
            assert one.reason if one.status in ("unknown", "skipped") else "unknown" not in one.message or case.get("vague")
            assert one.remedy if one.status in ("fail", "warn") else True


def test_a_healthy_fleet_passes(healthy_facts: dict[str, dict[str, Any]]) -> None:
    found = judge(list(CHECKS), list(healthy_facts.values()))
    assert [
        (one.check, str(one.subject), one.status, one.message, one.reason) for one in found if one.status not in ("pass", "skipped")
    ] == []
    assert {one.check for one in found if one.status == "pass"} == set(CHECKS)


def test_a_pass_names_its_evidence(healthy_facts: dict[str, dict[str, Any]]) -> None:
    found = judge(list(CHECKS), list(healthy_facts.values()))
    assert {one.check for one in found if one.status == "pass" and not one.evidence} <= {"meta.host.answered"}


def test_every_check_has_its_three_cases() -> None:
    """The healthy fleet is the fix of each break."""
    seen = defaultdict(set)
    for case in CASES:
        seen[case["check"]].add(case["expect"])
    lacking = {name: seen[name] for name in CHECKS if not seen[name] & {"fail", "warn"} or "unknown" not in seen[name]}
    assert lacking == {}
    assert set(seen) <= set(CHECKS)


def test_a_silent_fleet_is_unknown_throughout() -> None:
    """Nothing passes without evidence, and nothing is blamed but the silence."""
    silent = [
        facts.build({}, {**healthy.host(name), "state": "not_reached", "reason": "timed out", "clock": {}}) for name in healthy.GROUPS
    ]
    found = judge(list(CHECKS), silent)
    assert {(one.check, one.status) for one in found if one.status not in ("unknown", "skipped")} == {("meta.host.answered", "fail")}
    assert {one.check for one in found} == set(CHECKS)


def test_a_smoke_run_has_no_second_round() -> None:
    """One round: what needs a second sample is skipped, nothing fails."""
    first = [
        facts.build({key: output for key, output in evidence.items() if key[1] == 1}, healthy.host(name))
        for name, evidence in healthy.fleet().items()
    ]
    found = judge(list(CHECKS), first)
    odd = [(one.check, str(one.subject), one.status, one.reason) for one in found if one.status not in ("pass", "skipped")]
    assert odd == []
