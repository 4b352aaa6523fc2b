# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A small part of tests/accuracy: one fault of each kind in the smallest fleet that has room for it, and healthy fleets."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "accuracy"))

from accuracy_harness import Case, examine, smallest  # noqa: E402

_FAULTS = ("S02", "S03", "S09", "S15", "S19", "S21", "S25", "S34", "S39", "S41", "S45", "S52", "C07", "C14")


@pytest.mark.parametrize("fault", _FAULTS)
def test_the_cause_is_named(fault: str) -> None:
    generation = "A" if _FAULTS.index(fault) % 2 else "B"
    verdict = examine(Case((fault,), generation, smallest((fault,), generation)))
    assert verdict.problems() == []
    assert verdict.exact


@pytest.mark.parametrize("hosts", [3, 12, 30])
def test_nothing_is_named_where_nothing_is_wrong(hosts: int) -> None:
    assert examine(Case((), "B", hosts, hosts)).problems() == []
