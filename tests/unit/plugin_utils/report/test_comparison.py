"""What changed between two records."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.model import Cause, Finding, Waiver
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.report import comparison as module
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.report.comparison import Side, comparison
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.report.comparison_screen import comparison_screen
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.report.diagnosis import HostSummary, Material, diagnosis
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.report.plain import width_of
from hypothesis import given, settings
from hypothesis import strategies as st
from report_cases import HOSTS, broken_fleet, finding, healthy_fleet

GOLDEN = Path(__file__).parent / "golden"
SCHEMA = json.loads((Path(module.__file__).parent / "schemas" / "comparison.schema.json").read_text())
STATUSES = ("pass", "info", "warn", "fail", "unknown", "skipped", "error")


def side(material: Material, **more) -> Side:
    findings: Sequence[Finding] = list(material.findings)
    names = [one.name for one in material.hosts]
    return Side("records/x", diagnosis(material), lambda: iter(findings), names, **more)


def of(*findings: Finding, causes: Sequence[Cause] = (), hosts: Sequence[str] = ("c1",)) -> Side:
    return side(Material(hosts=[HostSummary(host) for host in hosts], findings=findings, causes=causes))


def compared(before: Side, after: Side, **more) -> dict:
    result = json.loads(json.dumps(comparison(before, after, **more)))
    jsonschema.validate(result, SCHEMA)
    return result


def names(result: dict, kind: str) -> list[str]:
    return [one["check"] for one in result["findings"][kind]]


def test_nothing_changed() -> None:
    for material in (broken_fleet(), healthy_fleet()):
        result = compared(side(material), side(material))
        assert not any(result["findings"].values())
        assert (result["causes"]["new"], result["causes"]["gone"]) == ([], [])
        assert len(result["causes"]["still"]) == len(diagnosis(material)["causes"])
        assert (result["values"], result["limits"], result["hosts"]) == ([], {}, {"added": [], "removed": [], "changed": []})
        assert result["verdict"] == {"threshold": "fail", "exceeded": False}


def test_what_came_goes_the_other_way() -> None:
    forth = compared(side(healthy_fleet()), side(broken_fleet()))
    back = compared(side(broken_fleet()), side(healthy_fleet()))
    assert [one["title"] for one in forth["causes"]["new"]] == [one["title"] for one in back["causes"]["gone"]]
    assert forth["verdict"]["exceeded"]
    assert not back["verdict"]["exceeded"]
    came = {(one["check"], one["subject"]["text"]) for one in forth["findings"]["appeared"]}
    went = {(one["check"], one["subject"]["text"]) for name in ("cleared", "untold") for one in back["findings"][name]}
    assert came == went
    assert forth["hosts"]["changed"] == [
        {"host": "cassandra1", "before": "complete", "after": "partial", "reason": "round 1: 1 of 9 items timed out"},
        {"host": "compute7", "before": "complete", "after": "not_reached", "reason": "ssh: connection timed out"},
    ]


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("pass", "fail", "appeared"),
        ("unknown", "fail", "appeared"),
        (None, "warn", "appeared"),
        ("warn", "fail", "worse"),
        ("fail", "warn", "better"),
        ("fail", "pass", "cleared"),
        ("warn", "info", "cleared"),
        ("fail", "unknown", "untold"),
        ("fail", "skipped", "untold"),
        ("fail", "error", "untold"),
        ("fail", None, "untold"),
        ("fail", "fail", ""),
        ("pass", "unknown", ""),
        (None, "pass", ""),
    ],
)
def test_kinds(before: str | None, after: str | None, kind: str) -> None:
    then, now = ([finding("a.b", "c1", status)] if status else [] for status in (before, after))
    result = compared(of(*then), of(*now))
    assert {name: len(found) for name, found in result["findings"].items() if found} == ({kind: 1} if kind else {})


def test_a_problem_that_can_no_longer_be_judged_is_not_mended() -> None:
    """Neither a finding, nor the cause that it was."""
    root = finding("a.b", "c1")
    cause = Cause("c1 is broken", (root,))
    for now in ((), (replace(root, status="unknown", reason="no answer"),)):
        result = compared(of(root, causes=[cause]), of(*now))
        (gone,) = result["causes"]["gone"]
        assert not gone["judged"]
        assert "not seen any more" in comparison_screen(result)
        assert "gone" not in comparison_screen(result)
    (gone,) = compared(of(root, causes=[cause]), of(replace(root, status="pass")))["causes"]["gone"]
    assert gone["judged"]


def test_what_a_cause_left_behind_is_not_new() -> None:
    """A symptom that outlives its cause failed before."""
    root, symptom = finding("a.b", "c1"), finding("a.c", "c1")
    before = of(root, symptom, causes=[Cause("root", (root,), ())])
    result = compared(before, of(replace(root, status="pass"), symptom))
    assert result["causes"]["new"] == []
    assert not result["verdict"]["exceeded"]


def test_waived_problems_are_none() -> None:
    waived = finding("a.b", "c1", waiver=Waiver("spare", "2027-01-31"))
    result = compared(of(finding("a.b", "c1", "pass")), of(waived))
    assert not any(result["findings"].values())
    assert names(compared(of(waived), of(finding("a.b", "c1"))), "appeared") == ["a.b"]
    assert names(compared(of(finding("a.b", "c1")), of(waived)), "cleared") == ["a.b"]


@pytest.mark.parametrize(("status", "threshold", "exceeded"), [("fail", "fail", True), ("warn", "fail", False), ("warn", "warn", True)])
def test_the_threshold(status: str, threshold: str, exceeded: bool) -> None:
    result = compared(of(finding("a.b", "c1", "pass")), of(finding("a.b", "c1", status)), threshold=threshold)
    assert result["verdict"]["exceeded"] is exceeded
    assert not compared(of(), of(finding("a.b", "c1", status)), threshold="never")["verdict"]["exceeded"]


def test_values() -> None:
    """What a finding was before; and words, not numbers, where nothing is wrong."""
    then = [
        finding("a.mtu", "c1", "pass", values={"mtu": 1500, "used": 3, "up": True}),
        *(finding("a.release", host, "pass", values={"release": "5.2.1", "uptime_s": 1}) for host in ("c1", "c2")),
    ]
    now = [
        finding("a.mtu", "c1", "fail", values={"mtu": 1400, "used": 3, "up": True}),
        *(finding("a.release", host, "pass", values={"release": "5.2.2", "uptime_s": 2}) for host in ("c1", "c2")),
    ]
    result = compared(of(*then), of(*now))
    assert result["findings"]["appeared"][0]["values"] == {"mtu": {"before": 1500, "after": 1400}}
    assert result["values"] == [
        {"check": "a.release", "value": "release", "before": "5.2.1", "after": "5.2.2", "hosts": ["c1", "c2"], "count": 2}
    ]


def test_hosts_checks_and_limits() -> None:
    before = side(Material(hosts=[HostSummary("c1"), HostSummary("c2")], findings=(), asserts={"a.b": ""}), limits={"x": 1, "y": 2})
    after = side(Material(hosts=[HostSummary("c2"), HostSummary("c3")], findings=(), asserts={"a.c": ""}), limits={"x": 1, "y": 3, "z": 4})
    result = compared(before, after)
    assert result["hosts"] == {"added": ["c3"], "removed": ["c1"], "changed": []}
    assert result["checks"] == {"added": ["a.c"], "removed": ["a.b"]}
    assert result["limits"] == {"y": {"before": 2, "after": 3}, "z": {"before": None, "after": 4}}


@settings(deadline=None)
@given(st.data())
def test_each_finding_is_told_once_and_swapping_swaps(data) -> None:
    statuses = st.lists(st.sampled_from((None, *STATUSES)), min_size=6, max_size=6)
    then, now = data.draw(statuses), data.draw(statuses)
    sides = [of(*(finding("a.b", f"c{at}", status) for at, status in enumerate(one) if status)) for one in (then, now)]
    forth, back = compared(*sides), compared(*reversed(sides))
    problems = ("fail", "warn")
    changed = sum((one in problems or other in problems) and one != other for one, other in zip(then, now, strict=True))
    for result in (forth, back):
        assert sum(len(found) for found in result["findings"].values()) == changed
    assert len(forth["findings"]["appeared"]) == len(back["findings"]["cleared"]) + len(back["findings"]["untold"])
    assert len(forth["findings"]["worse"]) == len(back["findings"]["better"])


@pytest.mark.parametrize("width", [72, 100])
def test_golden(width: int) -> None:
    before = replace(side(healthy_fleet((*HOSTS, "compute9"))), limits={"underlay_disk_ratio": 0.9})
    drawn = comparison_screen(comparison(before, side(broken_fleet(), limits={"underlay_disk_ratio": 0.95})), width)
    path = GOLDEN / f"comparison-{width}.txt"
    if os.environ.get("GOLDEN_UPDATE"):
        path.write_text(drawn, "utf-8")
    assert drawn == path.read_text("utf-8")


def test_the_screen_fits_and_is_plain_whatever_hosts_say() -> None:
    hostile = "\x1b[2J\x07\u202e" + "x" * 300
    bad = finding("a.b", hostile, message=hostile, name=hostile, values={"v": hostile}, remedy=hostile)
    good = replace(bad, status="pass", values={"v": "fine"})
    after = of(bad, causes=[Cause(hostile, (bad,), remedy=hostile)], hosts=(hostile,))
    drawn = comparison_screen(comparison(of(good), after), 80)
    assert "\x1b" not in drawn
    assert "\u202e" not in drawn
    assert max(width_of(line) for line in drawn.splitlines()) <= 80
    assert "\x1b[1;31m" in comparison_screen(comparison(of(good), after), 80, colour=True)
