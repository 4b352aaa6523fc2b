# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Faults, alone and together, on a fleet that is healthy otherwise: exactly the right cards, at several sizes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.causes import load_edges, survey
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.model import Finding
from ruined_fleet import healthy, ruin, selected

FAULTS: dict[str, dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("faults.yml").read_text(encoding="utf-8"))
STATUSES = ("fail", "warn", "info", "unknown")
EDGES = load_edges()


def broken(fault: dict[str, Any], base: list[Finding] | None = None) -> list[Finding]:
    findings = base or healthy()
    for selector in fault.get("drop", ()):
        findings = [one for one in findings if not selected(one, selector)]
    findings = ruin(findings, **{status: fault[status] for status in STATUSES if status in fault})
    keys, peers = fault.get("key", {}), fault.get("peer", {})
    findings = [with_key(one, keys[one.check]) if one.check in keys and one.status == "fail" else one for one in findings]
    return [replace(one, subject=replace(one.subject, peer=peers.get(one.check, one.subject.peer))) for one in findings]


def with_key(one: Finding, key: str) -> Finding:
    return replace(one, subject=replace(one.subject, key=key))


def wanted(entry: str | list[str], findings: list[Finding]) -> frozenset[tuple[str, str]]:
    selectors = [entry] if isinstance(entry, str) else entry
    bad = [one for one in findings if one.status in ("fail", "warn")]
    return frozenset((one.check, str(one.subject)) for one in bad if any(selected(one, each) for each in selectors))


def cards(causes: Any, status: str) -> list[frozenset[tuple[str, str]]]:
    return sorted(
        (
            frozenset((one.check, str(one.subject)) for one in cause.findings)
            for cause in causes
            if any(one.status == status for one in cause.findings)
        ),
        key=sorted,
    )


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_and_nothing_else(name: str) -> None:
    fault = FAULTS[name]
    findings = broken(fault)
    naming = survey(findings, EDGES, fault.get("labels"))
    assert cards(naming.causes, "fail") == sorted((wanted(entry, findings) for entry in fault["causes"]), key=sorted)
    assert cards(naming.causes, "warn") == sorted((wanted(entry, findings) for entry in fault.get("warnings", ())), key=sorted)
    assert naming.unconfirmed == ()
    if "title" in fault:
        assert fault["title"] in naming.causes[0].title


@pytest.mark.parametrize("name", [name for name in FAULTS if "labels" not in FAULTS[name] and name[:3] not in ("S35", "C03")])
def test_the_same_card_in_a_larger_fleet(name: str) -> None:
    fault = FAULTS[name]
    findings = broken(fault, healthy(computes=24, zookeepers=5) if "zk[12]" not in str(fault) else healthy(computes=24))
    naming = survey(findings, EDGES)
    expected = sorted((wanted(entry, findings) for entry in fault["causes"]), key=sorted)
    if name[:3] != "S08":  # the many agents that a lost quorum takes down are counted alike in any fleet
        assert cards(naming.causes, "fail") == expected


def test_a_healthy_fleet_has_no_cause() -> None:
    naming = survey(healthy(), EDGES)
    assert naming.causes == naming.waived == naming.unconfirmed == ()


@pytest.mark.parametrize("name", FAULTS)
def test_with_a_tenth_of_the_evidence_missing_no_healthy_thing_is_named(name: str) -> None:
    fault = FAULTS[name]
    findings = broken(fault)
    thinned = [replace(one, status="unknown") if number % 10 == 3 else one for number, one in enumerate(findings)]
    failed = {(one.check, str(one.subject)) for one in thinned if one.status in ("fail", "warn")}
    for cause in survey(thinned, EDGES, fault.get("labels")).causes:
        assert {(one.check, str(one.subject)) for one in cause.findings} <= failed
