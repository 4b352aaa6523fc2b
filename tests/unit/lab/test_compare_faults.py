# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What changes between two hosts' facts, by path; and each fault of the generator that is live, too, changes something there."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "molecule"), str(ROOT / "tools")]

import compare_faults  # noqa: E402
from generator import inject  # noqa: E402
from lab import fault_file  # noqa: E402

LINK = {"name": "eth1", "carrier": True, "rx_packets": 1}
BEFORE = {
    "links": [LINK, {"name": "eth0", "carrier": True}],
    "agent": {"log": {"signatures": ["a"]}, "uptime_s": 5},
    "about": {"links": {"state": "known"}},
}


@pytest.mark.parametrize(
    ("after", "paths"),
    [
        (BEFORE, set()),
        ({**BEFORE, "links": [{**LINK, "carrier": False}, BEFORE["links"][1]]}, {"links[].carrier"}),
        ({**BEFORE, "links": [BEFORE["links"][1], LINK]}, set()),
        ({**BEFORE, "links": [{**LINK, "rx_packets": 2}, BEFORE["links"][1]]}, set()),
        ({**BEFORE, "links": [LINK]}, {"links[].name", "links[].carrier"}),
        ({**BEFORE, "links": None}, {"links", "links[].name", "links[].carrier"}),
        ({**BEFORE, "agent": {"log": {"signatures": []}, "uptime_s": 6}}, {"agent.log.signatures[]"}),
        ({**BEFORE, "about": {"links": {"state": "unknown"}}}, set()),
    ],
)  # fmt: skip
def test_changed(after: dict[str, object], paths: set[str]) -> None:
    assert compare_faults.changed(BEFORE, after) == paths


def test_a_clock_that_is_far_off_is_more_than_a_measurement() -> None:
    near, far = ({"clock": {"offset_s": offset, "daemon": "chrony"}} for offset in (0.004, 4.0))
    assert compare_faults.changed(near, {"clock": {"offset_s": 0.005, "daemon": "chrony"}}) == set()
    assert compare_faults.changed(near, far) == compare_faults.changed(far, near) == {"clock.offset_s"}
    assert compare_faults.changed(near, {"clock": {"offset_s": None, "daemon": "chrony"}}) == set()


def test_where_it_changed() -> None:
    hosts = {name: {"host": {"groups": ["compute"]}, "x": 1} for name in ("a", "b", "c")}
    after = {**hosts, "a": {**hosts["a"], "x": 2}, "b": {**hosts["b"], "x": 3}}
    assert compare_faults.places(hosts, after, ["a"]) == {("there", "x"), ("compute", "x")}


@pytest.mark.parametrize("name", ["S01", "S05", "S44"])
def test_a_generated_fault_changes_facts_there(name: str) -> None:
    assert name in {fault.id for fault in inject.every()} & set(fault_file.paths())
    changes, told = compare_faults.generated(name, 12, "B")
    assert {where for where, _path in changes} >= {"there"}
    assert {path for _where, path in changes} & told


LAB = compare_faults.Lab.kept()


@pytest.mark.parametrize("name", compare_faults.comparable(LAB))
def test_a_generated_fault_changes_what_it_changed_in_the_lab(name: str) -> None:
    """Beside what differences.yml lists. What the lab said is kept by `make compare-faults RECORDS=... ARGS=--keep`."""
    assert compare_faults.compare(LAB, name).known(name) == (set(), set())


def test_each_known_difference_is_of_a_fault_that_both_have_and_has_a_reason() -> None:
    both = {fault.id for fault in inject.every()} & set(fault_file.paths())
    for one in compare_faults.differences():
        assert set(one.faults) <= both and one.why


def test_hosts_that_a_live_fault_is_about() -> None:
    assert compare_faults.concerned(fault_file.load("S01"), ["compute1", "compute2", "gw1"]) == {"compute2"}
