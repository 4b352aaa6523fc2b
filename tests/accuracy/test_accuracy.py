# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Faults in generated fleets of several sizes and both generations: the cause that is named must be the one that was put in.

`make accuracy` runs all of it and prints the table; fleets of 300 are marked slow. A small part runs with the unit tests
(tests/unit/generator/test_accuracy_sample.py). Nothing is written into the tree.
"""

from __future__ import annotations

import pytest
from cases import GENERATIONS, HEALTHY_SEEDS, SIZES, known_reason
from harness import Case, Verdict, examine, faults_of, smallest

_SINGLE_TRAPS = {
    "lone_lost_packet": "f23",
    "shut_session": "f9",
}


def _cases() -> list[object]:
    found = []
    for generation in GENERATIONS:
        for fault in faults_of(generation):
            for size in SIZES:
                hosts = smallest((fault,), generation) if size == "smallest" else int(size)
                case = Case((fault,), generation, hosts, without=tuple(_SINGLE_TRAPS))
                found.append(_param(case, known_reason(fault, generation, size), size))
                if size == "30":
                    found.append(_param(Case((fault,), generation, hosts, lose=0.1, without=tuple(_SINGLE_TRAPS)), known_reason(fault, generation, "lost"), size))
        for seed in range(1, HEALTHY_SEEDS + 1):
            found.append(_param(Case((), generation, 3 + seed * 2, seed, without=tuple(_SINGLE_TRAPS)), "", ""))
        found.append(_param(Case((), generation, 300, 1, without=tuple(_SINGLE_TRAPS)), "", "300"))
        for trap, place in _SINGLE_TRAPS.items():
            case = Case((), generation, 12, 1, without=tuple(name for name in _SINGLE_TRAPS if name != trap))
            found.append(_param(case, known_reason(trap, generation, ""), "", f"trap-{place}-{trap}-{generation}"))
    return found


def _param(case: Case, reason: str, size: str, name: str = "") -> object:
    marks = [pytest.mark.slow] if size == "300" else []
    if reason:
        marks.append(pytest.mark.xfail(reason=reason, strict=True))
    return pytest.param(case, id=name or str(case), marks=marks)


@pytest.mark.parametrize("case", _cases())
def test_the_cause_is_named(case: Case, verdicts: list[Verdict]) -> None:
    verdict = examine(case)
    verdicts.append(verdict)
    assert verdict.problems() == []
