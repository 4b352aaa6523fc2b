# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From a generated fleet to the causes that are named, and what is right and wrong about them."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [path for path in (str(ROOT / ".build"), str(ROOT / "molecule")) if path not in sys.path]

from ansible_collections.midonet.diagnostics.plugins.plugin_utils import analysis  # noqa: E402
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.record import Record  # noqa: E402
from generator import inject, layout  # noqa: E402
from generator.generate import fleet  # noqa: E402
from generator.model import Generation  # noqa: E402
from generator.write import write  # noqa: E402

# What is said of a run's own gaps when evidence was taken away on purpose.
ABOUT_THE_RUN = "meta."
# From this seed on, fleets are measured and not looked at. When something was mended by one of them, this number goes up.
HELD_OUT = 12000


@dataclass(frozen=True)
class Case:
    """One fleet. faults: ids, none for a healthy fleet; lose: the share of evidence that is lost."""

    faults: tuple[str, ...]
    generation: Generation
    hosts: int
    seed: int = 1
    lose: float = 0.0

    @property
    def held_out(self) -> bool:
        """Whether nothing was ever mended by what fleets of this seed showed."""
        return self.seed >= HELD_OUT

    def __str__(self) -> str:
        lost = f"-lose{self.lose:g}" if self.lose else ""
        return f"{'+'.join(self.faults) or 'healthy'}-{self.generation}-{self.hosts}-{self.seed}{lost}"


@dataclass(frozen=True)
class Verdict:
    """What was named and what was expected, as "check@host".

    certain   findings of causes that are certain, direct or inferred
    possible  findings of causes that may follow from what was not judged
    pointed   what was not judged and is told beside a possible cause
    warned    the warnings beside the causes
    """

    case: Case
    certain: frozenset[str]
    possible: frozenset[str]
    pointed: frozenset[str]
    warned: frozenset[str]
    roots: frozenset[str]
    warns: frozenset[str]
    never: frozenset[str]
    cards: int
    cards_wanted: int | None
    tool_errors: tuple[str, ...]

    @property
    def right(self) -> frozenset[str]:
        return self._right(self.certain)

    @property
    def wrong(self) -> frozenset[str]:
        return self.certain - self.right

    @property
    def right_possible(self) -> frozenset[str]:
        return self._right(self.possible) - self.right

    @property
    def wrong_possible(self) -> frozenset[str]:
        return self.possible - self._right(self.possible)

    @property
    def noise(self) -> frozenset[str]:
        """Warnings that nobody expects."""
        return frozenset(one for one in self.warned if not _fits(one, self.warns))

    @property
    def missed(self) -> frozenset[str]:
        """Roots that are named neither as certain nor as possible."""
        found = {**dict.fromkeys(self.roots, self.certain | self.possible), **dict.fromkeys(self.warns, self.warned)}
        return frozenset(root for root, names in found.items() if not any(_fits(one, {root}) for one in names))

    @property
    def missed_and_pointed(self) -> frozenset[str]:
        """Of those, the ones that are told as not judged beside a possible cause."""
        return frozenset(root for root in self.missed if any(_fits(one, {root}) for one in self.pointed))

    @property
    def forbidden(self) -> frozenset[str]:
        return frozenset(one for one in self.certain if one.partition("@")[0] in self.never)

    @property
    def exact(self) -> bool:
        cards = self.cards_wanted in (None, self.cards)
        return not self.wrong and not self.possible and not self.missed and cards and not self.tool_errors

    def problems(self) -> list[str]:
        """What is wrong, in words; with evidence lost, only what is said for certain and not true."""
        told = [f"wrong root {one}" for one in sorted(self.wrong)] + [f"forbidden root {one}" for one in sorted(self.forbidden)]
        told += [f"the tool failed: {one}" for one in self.tool_errors]
        if self.case.lose:
            return told
        told += [f"only possible: {one}" for one in sorted(self.possible)]
        told += [f"root not named: {one}" for one in sorted(self.missed)]
        if self.cards_wanted not in (None, self.cards):
            told.append(f"{self.cards} causes at fail, not {self.cards_wanted}")
        if not self.case.faults:
            told += [f"warning {one}" for one in sorted(self.noise)]
        return told

    def _right(self, names: frozenset[str]) -> frozenset[str]:
        return frozenset(one for one in names if _fits(one, self.roots))


def _fits(found: str, wanted: set[str] | frozenset[str]) -> bool:
    return found in wanted or f"{found.partition('@')[0]}@*" in wanted


@cache
def smallest(faults: tuple[str, ...], generation: Generation, seed: int = 1) -> int:
    """The smallest fleet that has hosts for all of the faults and in which the majority of hosts is well."""
    for hosts in range(layout.FEWEST, 60):
        try:
            fleet(hosts, generation, seed, faults)
        except inject.TooSmall:
            continue
        return hosts
    raise AssertionError(f"no fleet is large enough for {faults}")


def examine(case: Case) -> Verdict:
    """Generate the fleet, write its record, judge it as a run would, take the causes."""
    made, expected = fleet(case.hosts, case.generation, case.seed, case.faults)
    with tempfile.TemporaryDirectory(prefix="accuracy-") as directory:
        path = Path(directory) / "record"
        write(made, path, case.lose)
        told = analysis.diagnose(Record.open(path))
    named: dict[bool, set[str]] = {True: set(), False: set()}
    cards = 0
    for cause in told["causes"]:
        names = {f"{one['check']}@{one['subject']['host']}" for one in cause["findings"]}
        # With evidence lost, what is said of the gaps themselves is right; what stands in for a root that waits is in no figure.
        counted = {name for name in names if _fits(name, expected.roots) or not (case.lose and name.startswith(ABOUT_THE_RUN))}
        counted -= {name for name in counted if _fits(name, expected.meanwhile)}
        named[cause["certainty"] == "possible"] |= counted
        cards += bool(counted)
    warned = {f"{one['check']}@{host}" for one in told["warnings"] for host in one["hosts"] or [""]}
    warned -= {name for name in warned if _fits(name, expected.meanwhile)}
    pointed = {f"{one['check']}@{host}" for cause in told["causes"] for one in cause["may_follow_from"] for host in one["hosts"]}
    return Verdict(
        case, frozenset(named[False]), frozenset(named[True] - named[False]), frozenset(pointed), frozenset(warned),
        frozenset(expected.roots), frozenset(expected.warns), frozenset(expected.never), cards, expected.cards, tuple(told["tool_errors"]),
    )  # fmt: skip


def faults_of(generation: Generation) -> list[str]:
    """The ids of all faults that can be put into a fleet of this generation."""
    return [fault.id for fault in inject.every() if fault.injectable and fault.generation in ("", generation)]


@dataclass(frozen=True)
class Sum:
    """Verdicts added up."""

    cases: int
    exact: int
    clean: int  # no wrong root that is called certain
    quiet: int  # no warning that nobody expects
    precision: float | None  # of the findings named as certain causes
    precision_all: float | None  # the possible ones included
    recall: float | None  # of the roots that were put in, named as certain
    recall_all: float | None  # or as possible
    recall_pointed: float | None  # or told as what was not judged beside a possible cause

    @classmethod
    def of(cls, verdicts: Sequence[Verdict]) -> Sum:
        def total(name: str) -> int:
            return sum(len(getattr(one, name)) for one in verdicts)

        right, wrong, right_possible, wrong_possible = map(total, ("right", "wrong", "right_possible", "wrong_possible"))
        missed, pointed = total("missed"), total("missed_and_pointed")
        roots = right + right_possible + missed
        return cls(
            cases=len(verdicts),
            exact=sum(one.exact for one in verdicts),
            clean=sum(not one.wrong for one in verdicts),
            quiet=sum(not one.noise for one in verdicts),
            precision=_share(right, right + wrong),
            precision_all=_share(right + right_possible, right + wrong + right_possible + wrong_possible),
            recall=_share(right, roots),
            recall_all=_share(right + right_possible, roots),
            recall_pointed=_share(right + right_possible + pointed, roots),
        )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def kind_of(case: Case) -> str:
    size = "smallest" if case.hosts < 30 else str(case.hosts)
    kind = "healthy" if not case.faults else "compound" if case.faults[0].startswith("C") else "single"
    return f"{kind:<9}{'3 to 45' if kind == 'healthy' and case.hosts < 300 else size:>9}{f'{case.lose:.0%} lost' if case.lose else '':>10}"


def table(verdicts: Sequence[Verdict], name_of: Callable[[Verdict], str]) -> list[tuple[str, Sum]]:
    """Sums by what name_of makes of a verdict, in the order of the names, and of all."""
    rows: dict[str, list[Verdict]] = {}
    for one in verdicts:
        rows.setdefault(name_of(one), []).append(one)
    return [*((name, Sum.of(mine)) for name, mine in sorted(rows.items())), ("all", Sum.of(verdicts))]
