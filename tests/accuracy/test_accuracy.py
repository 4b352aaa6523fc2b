# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Faults in generated fleets of several sizes and both generations: the cause that is named must be the one that was put in.

`make accuracy` runs all of it and prints the table; fleets of 300 are marked slow, held-out ones held_out. A small part runs with the
unit tests (tests/unit/generator/test_accuracy_sample.py). Nothing is written into the tree.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from accuracy_cases import GENERATIONS, HEALTHY_SEEDS, LOSSES, SIZES, known_reason
from accuracy_harness import HELD_OUT, Case, Verdict, examine, faults_of, smallest


def _cases() -> Iterator[object]:
    for generation in GENERATIONS:
        for fault in faults_of(generation):
            for size in SIZES:
                hosts = smallest((fault,), generation) if size == "smallest" else int(size)
                yield _param(Case((fault,), generation, hosts), known_reason(fault, generation, size), size)
            for seed in range(1, LOSSES + 1):
                yield _param(Case((fault,), generation, 30, seed, lose=0.1), known_reason(fault, generation, "lost"), "30")
        for seed in range(1, HEALTHY_SEEDS + 1):
            case = Case((), generation, 3 + seed * 2, seed)
            yield _param(case, known_reason(str(case), generation, ""), "")
        yield _param(Case((), generation, 300), "", "300")


def _held_out() -> Iterator[object]:
    """The same kinds of fleets from other seeds, to 30 hosts."""
    for generation in GENERATIONS:
        for number, fault in enumerate(faults_of(generation)):
            seed = HELD_OUT + number
            yield Case((fault,), generation, smallest((fault,), generation, seed), seed)
            yield Case((fault,), generation, 30, seed)
            yield Case((fault,), generation, 30, seed, lose=0.1)
        for seed in range(1, HEALTHY_SEEDS + 1):
            yield Case((), generation, 3 + seed * 2, HELD_OUT + seed)


def _param(case: Case, reason: str, size: str) -> object:
    marks = [pytest.mark.slow] if size == "300" else []
    if reason:
        marks.append(pytest.mark.xfail(reason=reason, strict=True))
    return pytest.param(case, id=str(case), marks=marks)


@pytest.mark.held_out
@pytest.mark.parametrize("case", _held_out(), ids=str)
def test_the_cause_is_named_in_fleets_that_nothing_was_mended_by(case: Case, verdicts: list[Verdict]) -> None:
    verdict = examine(case)
    verdicts.append(verdict)
    assert verdict.problems() == []


@pytest.mark.parametrize("case", _cases())
def test_the_cause_is_named(case: Case, verdicts: list[Verdict]) -> None:
    verdict = examine(case)
    verdicts.append(verdict)
    assert verdict.problems() == []
