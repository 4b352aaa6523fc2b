# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fault files of the lab, and what is made of them; the lab itself is not needed here."""

# ruff: noqa: E501

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "molecule"))

from lab import fault_file, faults, looking, trying  # noqa: E402
from lab.commands import LabError  # noqa: E402
from lab.fault_file import FaultError, Named, Sign  # noqa: E402
from lab.fleet import load as load_fleet  # noqa: E402

OURS = sorted((ROOT / "molecule" / "lab" / "faults").iterdir())
FLEET = load_fleet("default")
CARRIER = "underlay.link.carrier"

GOOD: dict[str, Any] = {
    "id": "X01",
    "title": "Something breaks",
    "inject": [{"on": "compute1", "run": "true"}],
    "undo": [{"on": "compute1", "run": "true"}],
    "evidence": [{"on": "compute1", "item": "underlay.ip_link", "broken": "DOWN"}],
    "roots": [{"check": "underlay.link.carrier", "host": "compute1"}],
}


def written(directory: Path, data: Any, name: str = "X01") -> Path:
    path = directory / f"{name}.yml"
    path.write_text(data if isinstance(data, str) else yaml.safe_dump(data))
    return path


# ---- the files


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_each_file_of_ours_can_be_used_in_the_labs_fleet(path: Path) -> None:
    fault = faults.meant(fault_file.read(path), FLEET)
    assert fault.hosts <= set(FLEET.hosts)
    assert fault.inject and fault.undo and fault.evidence


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_no_root_is_forbidden_by_its_own_file(path: Path) -> None:
    fault = fault_file.read(path)
    assert not {one.check for one in fault.roots} & set(fault.never)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"roots": None}, "roots: is nothing, not a list"),
        ({"title": ""}, "title: is empty"),
        ({"rots": []}, 'unknown key "rots" (did you mean "roots"?)'),
        ({"id": "X02"}, "id: is X02, and the file is named X01; both must be the same"),
        ({"id": "../etc"}, 'id: "../etc" does not look like a letter followed by letters, digits, - and _'),
        ({"inject": [{"on": "compute1"}]}, 'inject[1]: "run" is missing'),
        ({"inject": [{"on": "compute1", "run": "x", "as": "root"}]}, 'inject[1]: unknown key "as"'),
        ({"evidence": []}, "evidence: is empty"),
        ({"evidence": [{"on": "compute1", "broken": "x"}]}, 'evidence[1]: needs either "item" or "run"'),
        ({"evidence": [{"on": "compute1", "run": "x", "item": "underlay.ip_link", "broken": "x"}]}, 'evidence[1]: needs either "item" or "run"'),
        ({"evidence": [{"on": "compute1", "run": "x"}]}, 'evidence[1]: needs "healthy", "broken" or both'),
        ({"evidence": [{"on": "c", "item": "underlay.ip_lnk", "broken": "x"}]}, 'evidence[1]: there is no item underlay.ip_lnk (did you mean "underlay.ip_link"?)'),
        ({"evidence": [{"on": "c", "run": "x", "broken": "("}]}, "evidence[1].broken: is not a regular expression: missing ), unterminated subpattern"),
        ({"evidence": [{"on": "fabric", "item": "underlay.ip_link", "broken": "x"}]}, "evidence[1]: items are asked of hosts; of fabric, say what to run"),
        ({"inject": [{"on": "c", "run": "iptables --dports 1", "2 -j DROP": None}]},
         'inject[1]: unknown key "2 -j DROP" (known: on, run); in braces, a command with a comma stands in quotes'),
        ({"parts": ["X01"]}, "parts: X01 is a part of X01"),
        ({"parts": ["S999"]}, "parts: there is no fault S999"),
        ({"cards": "one"}, "cards: is text, not a number"),
        ({"within_seconds": 100000}, "within_seconds: 100000 is more than 600"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_file_is_said_in_one_line(tmp_path: Path, change: dict[str, Any], complaint: str) -> None:
    path = written(tmp_path, {**GOOD, **change})
    with pytest.raises(FaultError) as refused:
        fault_file.read(path)
    assert str(refused.value).startswith(f"{path}: {complaint}")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("missing", ["id", "title", "roots", "inject", "undo", "evidence"])
def test_a_missing_word_is_named(tmp_path: Path, missing: str) -> None:
    path = written(tmp_path, {key: value for key, value in GOOD.items() if key != missing})
    with pytest.raises(FaultError, match=f'"{missing}" is missing'):
        fault_file.read(path)


@pytest.mark.parametrize("text", ["{", "- 1", "", "id: [", "\x00", "a: &a [*a]"])
def test_what_is_no_fault_file_at_all(tmp_path: Path, text: str) -> None:
    with pytest.raises(FaultError) as refused:
        fault_file.read(written(tmp_path, text))
    assert "\n" not in str(refused.value)


def test_a_word_that_is_given_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FaultError, match='"undo" is given twice'):
        fault_file.read(written(tmp_path, "id: X01\ntitle: x\nundo: []\nundo: []\n"))


def test_on_without_quotes_is_the_word_and_not_true(tmp_path: Path) -> None:
    path = written(tmp_path, yaml.safe_dump(GOOD).replace("'on'", "on"))
    assert fault_file.read(path).inject[0].on == "compute1"


def test_the_directory_of_the_user_stands_beside_ours_and_before_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAULTS_DIR", str(tmp_path))
    written(tmp_path, GOOD)
    written(tmp_path, {**GOOD, "id": "S05", "title": "Mine"}, "S05")
    known = {fault.id: fault for fault in fault_file.every()[0]}
    assert known["X01"].title == "Something breaks"
    assert known["S05"].title == fault_file.load("S05").title == "Mine"
    assert set(known) == {path.stem for path in OURS} | {"X01"}


def test_a_bad_file_does_not_hide_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAULTS_DIR", str(tmp_path))
    written(tmp_path, {**GOOD, "roots": 1})
    known, errors = fault_file.every()
    assert len(known) == len(OURS)
    assert len(errors) == 1 and "X01.yml: roots: is a number, not a list" in errors[0]


def test_a_directory_that_is_none_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAULTS_DIR", str(tmp_path / "none"))
    with pytest.raises(FaultError, match=r"FAULTS_DIR: .*none is not a directory"):
        fault_file.load("S05")


def test_a_compound_brings_its_parts_and_undoes_them_backwards(tmp_path: Path) -> None:
    own = {**GOOD, "parts": ["S01", "S34"], "inject": [{"on": "zk2", "run": "break"}], "undo": [{"on": "zk2", "run": "mend"}]}
    fault = fault_file.read(written(tmp_path, own))
    first, second = fault_file.load("S01"), fault_file.load("S34")
    assert [one.run for one in fault.inject] == [*(one.run for one in (*first.inject, *second.inject)), "break"]
    assert [one.run for one in fault.undo] == ["mend", *(one.run for one in (*second.undo, *first.undo))]
    assert set(first.evidence) | set(second.evidence) < set(fault.evidence)
    assert fault.settle_s == max(first.settle_s, second.settle_s)


def test_a_check_that_does_not_exist_is_waited_for(tmp_path: Path) -> None:
    roots = [{"check": "underlay.link.carrier"}, {"check": "underlay.link.sparks"}]
    assert fault_file.read(written(tmp_path, {**GOOD, "roots": roots})).waits_for == ("underlay.link.sparks",)


def test_what_is_said_of_a_rack_or_a_kind_is_said_of_each_of_its_hosts(tmp_path: Path) -> None:
    own = {
        **GOOD,
        "inject": [{"on": "rack2", "run": "break"}, {"on": "fabric", "run": "cut"}],
        "roots": [{"check": "underlay.link.carrier", "host": "gateway", "name": "eth1"}],
    }
    here = faults.meant(fault_file.read(written(tmp_path, own)), FLEET)
    assert [(one.on, one.run) for one in here.inject] == [
        *((host, "break") for host in ("zk2", "zk3", "gw2", "compute3", "compute4")), ("fabric", "cut")
    ]  # fmt: skip
    assert [(one.host, one.name) for one in here.roots] == [("gw1", "eth1"), ("gw2", "eth1")]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"generation": "A"}, "needs generation A, and this lab has B"),
        ({"tunnels": "openvswitch"}, "needs tunnels: openvswitch, and this lab has kernel"),
        ({"undo": [{"on": "compue1", "run": "x"}]}, 'needs compue1, and there is no such host (did you mean "compute1"?)'),
        ({"roots": [{"check": CARRIER, "host": "rack3"}]}, 'needs rack3, and there is no such host (did you mean "rack2"?)'),
    ],
)
def test_what_the_fleet_does_not_have_is_said(tmp_path: Path, change: dict[str, Any], complaint: str) -> None:
    fault = fault_file.read(written(tmp_path, {**GOOD, **change}))
    with pytest.raises(LabError) as refused:
        faults.meant(fault, FLEET)
    assert str(refused.value) == f"X01: not for this fleet: {complaint}"


# ---- the evidence


@pytest.mark.parametrize(
    ("healthy", "broken", "text", "state"),
    [
        ("up", "down", "is up", "healthy"),
        ("up", "down", "is down", "broken"),
        ("up", "down", "up and down", "neither"),
        ("up", "down", "", "neither"),
        ("up", "", "is up", "healthy"),
        ("up", "", "", "broken"),
        ("", "down", "is down", "broken"),
        ("", "down", "", "healthy"),
        ("^b$", "", "a\nb\nc", "healthy"),
    ],
)
def test_what_a_text_shows(healthy: str, broken: str, text: str, state: str) -> None:
    assert Sign(on="x", run="x", healthy=healthy, broken=broken).shows(text) == state


def test_it_is_told_where_a_pattern_matches() -> None:
    sign = Sign(on="gw1", item="underlay.ip_link", healthy="eth1.* mtu 1500", broken="eth1.* mtu 1400")
    text = "1: lo: mtu 65536\n2: eth1: <UP> mtu 1500 qdisc\n"
    assert str(looking.Seen(sign, sign.shows(text), text)) == (
        "gw1: underlay.ip_link is healthy: healthy matches '2: eth1: <UP> mtu 1500', broken matches nothing"
    )
    assert str(looking.Seen(sign, "neither", "no such command\n\nexit code 127\n")) == (
        "gw1: underlay.ip_link is neither: healthy matches nothing, broken matches nothing of: no such command | exit code 127"
    )


class Lab:
    """A lab that says what the steps taken so far make it say."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, says: dict[str, str]) -> None:
        self.says, self.taken = says, []
        monkeypatch.setattr(faults, "fits", lambda fault, _fleet: fault)
        monkeypatch.setattr(faults, "take", lambda _fleet, step: self.taken.append(step.run))
        monkeypatch.setattr(looking, "look", lambda _fleet, sign: looking.Seen(sign, sign.shows(self.text), self.text))
        monkeypatch.setattr(looking, "PAUSE_SECONDS", 0.01)

    @property
    def text(self) -> str:
        return self.says.get(self.taken[-1] if self.taken else "", "up")


@pytest.fixture
def fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> fault_file.Fault:
    monkeypatch.setattr(faults, "INJECTED", tmp_path / "injected")
    evidence = [{"on": "compute1", "run": "look", "healthy": "up", "broken": "down"}]
    steps = {"inject": [{"on": "compute1", "run": "break"}], "undo": [{"on": "compute1", "run": "mend"}]}
    return fault_file.read(written(tmp_path, {**GOOD, **steps, "evidence": evidence, "within_seconds": 1}))


def test_a_fault_that_shows_is_injected(fault: fault_file.Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = Lab(monkeypatch, {"break": "down"}).taken
    faults.inject(FLEET, fault)
    assert taken == ["break"]
    assert [one.id for one in faults.injected()] == [fault.id]
    assert faults.undo(FLEET, fault) == [] and taken == ["break", "mend"]
    assert faults.injected() == []


def test_a_fault_that_changes_nothing_is_refused(fault: fault_file.Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    Lab(monkeypatch, {})
    with pytest.raises(faults.NotShown, match="1 s after the injection: compute1: look is healthy: healthy matches 'up', broken matches nothing"):
        faults.inject(FLEET, fault)


def test_nothing_is_injected_into_a_lab_that_is_broken_already(fault: fault_file.Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = Lab(monkeypatch, {"": "down"}).taken
    monkeypatch.setattr(faults, "BEFORE_SECONDS", 0.1)
    with pytest.raises(faults.NotShown, match="before the injection: compute1: look is broken: healthy matches nothing, broken matches 'down'"):
        faults.inject(FLEET, fault)
    assert taken == []


def test_what_is_not_proved_is_undone(fault: fault_file.Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = Lab(monkeypatch, {}).taken
    with pytest.raises(faults.NotShown):
        faults.inject(FLEET, fault)
    assert taken == ["break", "mend"] and faults.injected() == []


def test_an_injection_that_fails_halfway_is_undone(fault: fault_file.Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    lab = Lab(monkeypatch, {})

    def half(_fleet: Any, step: fault_file.Step) -> None:
        lab.taken.append(step.run)
        if step.run in ("no such command", "mend"):
            raise LabError(f"on compute1: {step.run}: exit code 127")

    monkeypatch.setattr(faults, "take", half)
    broken = replace(fault, inject=(*fault.inject, fault_file.Step("compute1", "no such command"), fault_file.Step("compute1", "never")))
    with pytest.raises(LabError, match="no such command") as caught:
        faults.inject(FLEET, broken)
    assert lab.taken == ["break", "no such command", "mend"] and faults.injected() == []
    assert caught.value.__notes__ == ["undo on compute1: mend: exit code 127"]


def test_what_a_dead_runner_left_is_mended_by_the_steps_of_its_time(fault: fault_file.Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = Lab(monkeypatch, {"break": "down"}).taken
    faults.inject(FLEET, fault)
    fault.path.unlink()
    monkeypatch.setattr(faults, "fleet_up", lambda: FLEET)
    monkeypatch.setattr(faults, "recover", lambda _fleet, some: taken.extend(f"{one.id}: {one.evidence[0]}" for one in some))
    faults.undo_for_people([])
    assert taken == ["break", "mend", f"{fault.id}: compute1: look"]
    assert faults.injected() == []


def test_nothing_is_injected_twice_or_tried_beside_another(fault: fault_file.Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = Lab(monkeypatch, {"break": "down"}).taken
    faults.inject(FLEET, fault)
    with pytest.raises(LabError, match="is injected already; make unfault FAULT="):
        faults.inject(FLEET, fault)
    with pytest.raises(LabError, match="injected, and not mended; make unfault mends it"):
        trying.try_all([str(fault.path)], None, None, None)
    assert taken == ["break"]


def test_every_step_of_an_undo_is_taken(fault: fault_file.Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_fleet: Any, step: fault_file.Step) -> None:
        raise LabError(f"{step.run} failed")

    monkeypatch.setattr(faults, "take", fails)
    both = replace(fault, undo=(*fault.undo, *fault.undo))
    assert faults.undo(FLEET, both) == ["mend failed", "mend failed"]


def test_the_health_of_the_lab_can_be_read_and_names_items_that_exist() -> None:
    asked = {one["item"] for one in yaml.safe_load(looking.HEALTH.read_text()) if "item" in one}
    assert asked and asked <= set(fault_file.items())


class Tried:
    """A lab in which a diagnosis names what it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, told: Any, says: dict[str, str]) -> None:
        self.lab = Lab(monkeypatch, says)
        monkeypatch.setattr(faults, "recover", lambda *_: None)
        for name in ("fits", "recover"):
            monkeypatch.setattr(trying, name, getattr(faults, name))
        monkeypatch.setattr(trying, "diagnosed", told)


def test_a_try_from_end_to_end(fault: fault_file.Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = Tried(monkeypatch, lambda *_: diagnosis([finding(CARRIER, "compute1")]), {"break": "down"})
    result = trying.attempt(FLEET, fault, None)
    assert (result.verdict, result.named) == ("exact", [f"{CARRIER}@compute1"])
    assert tried.lab.taken == ["break", "mend"]


def test_without_proof_nothing_is_diagnosed_and_all_is_undone(fault: fault_file.Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = Tried(monkeypatch, lambda *_: pytest.fail("diagnosed"), {})
    result = trying.attempt(FLEET, fault, None)
    assert result.verdict == "NO PROOF" and "after the injection" in result.why
    assert tried.lab.taken == ["break", "mend"]


def test_a_diagnosis_that_breaks_leaves_nothing_injected(fault: fault_file.Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise LabError("troubleshoot ended with 4")

    tried = Tried(monkeypatch, broken, {"break": "down"})
    result = trying.attempt(FLEET, fault, None)
    assert (result.verdict, result.why) == ("FAILED", "troubleshoot ended with 4")
    assert tried.lab.taken == ["break", "mend"]


def test_an_interrupted_try_leaves_nothing_injected(fault: fault_file.Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> Any:
        raise KeyboardInterrupt

    tried = Tried(monkeypatch, interrupted, {"break": "down"})
    with pytest.raises(KeyboardInterrupt):
        trying.attempt(FLEET, fault, None)
    assert tried.lab.taken == ["break", "mend"]


def test_a_lab_that_does_not_recover_counts_more_than_the_verdict(fault: fault_file.Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    def ill(*_: Any) -> None:
        raise faults.NotShown("9 s after the undo", [looking.Seen(fault.evidence[0], "broken", "down")])

    Tried(monkeypatch, lambda *_: diagnosis([finding(CARRIER, "compute1")]), {"break": "down"})
    monkeypatch.setattr(trying, "recover", ill)
    result = trying.attempt(FLEET, fault, None)
    assert result.verdict == "NO PROOF"
    assert result.why == "9 s after the undo: compute1: look is broken: healthy matches nothing, broken matches 'down' (before that: exact)"


# ---- the verdict


def finding(check: str, host: str, status: str = "fail", **subject: str) -> dict[str, Any]:
    return {"check": check, "status": status, "subject": {"host": host, "name": "", "peer": "", "key": "", **subject}}


def diagnosis(*causes: list[dict[str, Any]], warnings: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    return {"tool_errors": [], "causes": [{"findings": one} for one in causes], "warnings": [{"findings": list(warnings)}]}


@pytest.mark.parametrize(
    ("wanted", "told", "verdict", "why"),
    [
        ({}, diagnosis([finding(CARRIER, "compute1")]), "exact", ""),
        ({}, diagnosis(), "NOT EXACT", f"not named: {CARRIER}@compute1"),
        ({}, diagnosis([finding(CARRIER, "compute2")]), "NOT EXACT", f"not named: {CARRIER}@compute1; named besides: {CARRIER}@compute2"),
        ({}, diagnosis([finding(CARRIER, "compute1"), finding("bgp.session", "gw1")]), "NOT EXACT", "named besides: bgp.session@gw1"),
        ({"never": ["bgp.session"]}, diagnosis([finding("bgp.session", "gw1")]), "FORBIDDEN", "names bgp.session"),
        ({"cards": 1}, diagnosis([finding(CARRIER, "compute1")], [finding(CARRIER, "compute1", name="eth2")]), "NOT EXACT", "2 causes instead of 1"),
        ({"roots": [{"check": CARRIER, "host": "compute1", "name": "eth1"}]}, diagnosis([finding(CARRIER, "compute1", name="eth0")]),
         "NOT EXACT", f"not named: {CARRIER}@compute1:eth1; named besides: {CARRIER}@compute1:eth0"),
        ({"roots": [{"check": CARRIER}]}, diagnosis([finding(CARRIER, "a"), finding(CARRIER, "b")]), "exact", ""),
        ({"roots": []}, diagnosis(), "exact", ""),
        ({"roots": [], "warns": [{"check": "bgp.prefixes", "host": "gw1"}]}, diagnosis(), "NOT EXACT", "not named: warning bgp.prefixes@gw1"),
        ({"roots": [], "warns": [{"check": "bgp.prefixes", "host": "gw1"}]},
         diagnosis(warnings=(finding("bgp.prefixes", "gw1", "warn"),)), "exact", ""),
        ({"roots": [{"check": "not.built"}]}, diagnosis(), "waits", "for not.built"),
        ({"roots": [{"check": "underlay.link.carier"}]}, diagnosis(), "waits", f'for underlay.link.carier (did you mean "{CARRIER}"?)'),
        ({"roots": [{"check": "not.built"}], "never": ["bgp.session"]}, diagnosis([finding("bgp.session", "gw1")]), "FORBIDDEN", "names bgp.session"),
        ({"roots": [{"check": "not.built"}, {"check": CARRIER, "host": "a"}]}, diagnosis(), "NOT EXACT", f"not named: {CARRIER}@a"),
        ({}, {**diagnosis([finding(CARRIER, "compute1")]), "tool_errors": ["oops"]}, "FAILED", "the tool itself failed: oops"),
    ],
)  # fmt: skip
def test_the_verdict(tmp_path: Path, wanted: dict[str, Any], told: dict[str, Any], verdict: str, why: str) -> None:
    fault = fault_file.read(written(tmp_path, {**GOOD, **wanted}))
    assert trying.judge(fault, told) == (verdict, why)


def test_a_named_finding_is_written_as_people_write_it() -> None:
    assert str(Named("a.b")) == "a.b@*"
    assert str(Named("a.b", "h", "eth1")) == "a.b@h:eth1"


def test_many_subjects_of_a_check_take_little_room() -> None:
    assert trying.in_short([*(f"a.b@h{number}" for number in range(5)), "c.d@x", "c.d@y"]) == "a.b@h0 and 4 more, c.d@x, c.d@y"


def test_the_junit_report_tells_what_failed_and_what_waits(tmp_path: Path) -> None:
    results = [
        trying.Result("A", "a", "exact", "default", "B"),
        trying.Result("B", "b", "NOT EXACT", "default", "B", "x"),
        trying.Result("C", "c", "waits", "default", "B", "for y"),
    ]
    trying.write_junit(tmp_path / "j.xml", results)
    text = (tmp_path / "j.xml").read_text()
    assert 'tests="3" failures="1"' in text and 'message="NOT EXACT: x"' in text and '<skipped message="for y"' in text
