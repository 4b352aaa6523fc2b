# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""docs/accuracy.md out of the verdicts of a run, and the table on the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from accuracy_harness import Sum, Verdict, kind_of, table
from generator import inject

_HEAD = """# Accuracy

<!-- Written by `make accuracy-page`. -->

Whether the right cause is named, measured on [generated fleets](../molecule/generator/README.md): a fault is put into the model of a
fleet, the tools' texts are printed from the model, and the diagnosis is compared with what was put in. The healthy parts of each fleet
are full of traps. Generated is not real: what the model does not know, these figures do not know either, and faults in the real services
of the [lab](faults.md) are the harder test. Checks and edges were mended by what fleets of other seeds showed; the *held-out* fleets are of
seeds that nothing was mended by before these figures were written.

- *exact*: all roots named, no other, nothing only possible, as many causes as there are.
- *clean*: no root named for certain that is none. *quiet*: no warning that nobody expects.
- *precision*: of the findings that were named as causes, those that are; first of the certain ones, then with the possible ones, which
  may follow from what was not judged.
- *recall*: of the roots that were put in, those that were named for certain, then those named at all, then with those that
  could not be judged and were told as what a possible cause may follow from.
- *lost*: so many items of evidence, drawn by lot, ended in a time-out. That of the root itself is among them as often as any
  other, and what nobody read cannot be named.
- *smallest*: the fewest hosts that the fault fits into.
"""
_COLUMNS = ("cases", "exact", "clean", "quiet", "precision", "with possible", "recall", "with possible", "with told gaps")


def _cells(one: Sum) -> list[str]:
    shares = (one.precision, one.precision_all, one.recall, one.recall_all, one.recall_pointed)
    return [*map(str, (one.cases, one.exact, one.clean, one.quiet)), *("-" if share is None else f"{share:.3f}" for share in shares)]


def terminal(verdicts: Sequence[Verdict]) -> str:
    """The table by kind of fleet."""
    sums = table(verdicts, lambda one: f"{one.case.generation} {kind_of(one.case)}")
    rows = [("", _COLUMNS), *((name, _cells(one)) for name, one in sums)]
    return "\n".join(f"{name:<32}" + "".join(f"{cell:>15}" for cell in cells) for name, cells in rows)


def page(verdicts: Sequence[Verdict]) -> str:
    """The page of the documentation: tables by kind of fleet and by fault, and what waits."""
    titles = {fault.id: fault.title for fault in inject.every()}
    held = [one for one in verdicts if one.case.held_out]
    parts = [_HEAD]
    seen = [one for one in verdicts if not one.case.held_out]
    for title, some in (("held-out", held), ("those that checks and edges were mended by", seen)):
        kinds = table(some, lambda one: " ".join(kind_of(one.case).split()))
        parts += [f"## By kind of fleet: {title}\n", _markdown("fleets", kinds)] if some else []
    faulty = [one for one in held or verdicts if one.case.faults]

    def by_fault(one: Verdict) -> str:
        return f"{one.case.faults[0]} {titles[one.case.faults[0]]}"

    whole, torn = ([one for one in faulty if bool(one.case.lose) is lost] for lost in (False, True))
    of = "held-out, " if held else ""
    for title, some in (("whole", whole), ("lost in part", torn)):
        parts += [f"## By fault, {of}evidence {title}\n", _markdown("fault", table(some, by_fault))] if some else []
    wrong = [f"- {one.case}: {'; '.join(one.problems())}" for one in sorted(verdicts, key=lambda one: str(one.case)) if one.problems()]
    parts += ["## What came out wrong\n", "\n".join(wrong or ["Nothing of the above."]) + "\n"]
    waiting = [
        f"| {fault.id} | {fault.title} | {', '.join(f'`{root}`: {why}' for root, why in fault.waits.items())} |"
        for fault in inject.every()
        if fault.waits
    ]
    parts += ["## What waits\n", "These roots are in no figure above: no check names them yet.\n"]
    parts += ["\n".join(["| fault | | root, and why it waits |", "| --- | --- | --- |", *waiting]) + "\n"]
    return "\n".join(parts)


def _markdown(first: str, rows: Sequence[tuple[str, Sum]]) -> str:
    lines = [f"| {' | '.join((first, *_COLUMNS))} |", f"| --- |{' ---: |' * len(_COLUMNS)}"]
    return "\n".join([*lines, *(f"| {' | '.join((name, *_cells(one)))} |" for name, one in rows)]) + "\n"
