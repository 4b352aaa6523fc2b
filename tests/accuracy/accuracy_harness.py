# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From a generated fleet to the causes that are named, and what is right and wrong about them."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [path for path in (str(ROOT / ".build"), str(ROOT / "molecule")) if path not in sys.path]

from ansible_collections.midonet.diagnostics.plugins.plugin_utils import analysis  # noqa: E402
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.record import Record  # noqa: E402
from generator import inject, layout, traps  # noqa: E402
from generator.generate import fleet  # noqa: E402
from generator.model import Generation  # noqa: E402
from generator.write import write  # noqa: E402

# What is said of a run's own gaps when evidence was taken away on purpose.
ABOUT_THE_RUN = "meta."


@dataclass(frozen=True)
class Case:
    """One fleet. faults: ids, none for a healthy fleet; lose: the share of evidence that is lost."""

    faults: tuple[str, ...]
    generation: Generation
    hosts: int
    seed: int = 1
    lose: float = 0.0
    without: tuple[str, ...] = ()  # traps that are not laid

    def __str__(self) -> str:
        lost = f"-lose{self.lose:g}" if self.lose else ""
        return f"{'+'.join(self.faults) or 'healthy'}-{self.generation}-{self.hosts}-{self.seed}{lost}"


@dataclass(frozen=True)
class Verdict:
    """Findings named as causes and the warnings beside them, as "check@host"; what was expected; how many causes there are."""

    case: Case
    failed: frozenset[str]
    warned: frozenset[str]
    roots: frozenset[str]
    warns: frozenset[str]
    never: frozenset[str]
    cards: int
    cards_wanted: int | None
    tool_errors: tuple[str, ...]

    @property
    def right(self) -> frozenset[str]:
        return frozenset(one for one in self.failed if _fits(one, self.roots))

    @property
    def wrong(self) -> frozenset[str]:
        return self.failed - self.right

    @property
    def noise(self) -> frozenset[str]:
        """Warnings that nobody expects."""
        return frozenset(one for one in self.warned if not _fits(one, self.warns))

    @property
    def missed(self) -> frozenset[str]:
        status = {**dict.fromkeys(self.roots, self.failed), **dict.fromkeys(self.warns, self.warned)}
        return frozenset(root for root, found in status.items() if not any(_fits(one, {root}) for one in found))

    @property
    def forbidden(self) -> frozenset[str]:
        return frozenset(one for one in self.failed if one.partition("@")[0] in self.never)

    @property
    def exact(self) -> bool:
        cards = self.cards_wanted in (None, self.cards)
        return not self.wrong and not self.missed and cards and not self.tool_errors

    def problems(self) -> list[str]:
        """What is wrong, in words; with evidence lost, only what is said and not true."""
        told = [f"wrong root {one}" for one in sorted(self.wrong)] + [f"forbidden root {one}" for one in sorted(self.forbidden)]
        told += [f"the tool failed: {one}" for one in self.tool_errors]
        if self.case.lose:
            return told
        told += [f"root not named: {one}" for one in sorted(self.missed)]
        if self.cards_wanted not in (None, self.cards):
            told.append(f"{self.cards} causes at fail, not {self.cards_wanted}")
        if not self.case.faults:
            told += [f"warning {one}" for one in sorted(self.noise)]
        return told


def _fits(found: str, wanted: set[str] | frozenset[str]) -> bool:
    return found in wanted or f"{found.partition('@')[0]}@*" in wanted


@cache
def smallest(faults: tuple[str, ...], generation: Generation) -> int:
    """The smallest fleet that has hosts for all of the faults and in which the majority of hosts is well."""
    for hosts in range(layout.FEWEST, 60):
        try:
            fleet(hosts, generation, 1, faults)
        except inject.TooSmall:
            continue
        return hosts
    raise AssertionError(f"no fleet is large enough for {faults}")


def examine(case: Case) -> Verdict:
    """Generate the fleet, write its record, judge it as a run would, take the causes."""
    laid = tuple(name for name in traps.TRAPS if name not in case.without)
    made, expected = fleet(case.hosts, case.generation, case.seed, case.faults, laid)
    with tempfile.TemporaryDirectory(prefix="accuracy-") as directory:
        path = Path(directory) / "record"
        write(made, path, case.lose)
        told = analysis.diagnose(Record.open(path))
    found = {(one["check"], one["subject"]["host"]) for cause in told["causes"] for one in cause["findings"]}
    warned = {(one["check"], host) for one in told["warnings"] for host in one["hosts"] or [""]}
    if case.lose:
        # What is said of the gaps themselves is right.
        found, warned = ({one for one in names if not one[0].startswith(ABOUT_THE_RUN)} for names in (found, warned))
    cards = sum(any((one["check"], one["subject"]["host"]) in found for one in cause["findings"]) for cause in told["causes"])
    names = [frozenset(f"{check}@{host}" for check, host in some) for some in (found, warned)]
    return Verdict(
        case, *names, frozenset(expected.roots), frozenset(expected.warns), frozenset(expected.never),
        cards, expected.cards, tuple(told["tool_errors"]),
    )  # fmt: skip


def faults_of(generation: Generation) -> list[str]:
    """The ids of all faults that exist in a generation."""
    return [fault.id for fault in inject.every() if fault.generation in ("", generation)]


def table(verdicts: list[Verdict]) -> str:
    """Accuracy by fleet size and kind of fault: cases, exact, precision and recall over findings named as causes."""
    rows: dict[str, list[Verdict]] = {}
    for one in verdicts:
        case = one.case
        kind = "healthy" if not case.faults else "compound" if case.faults[0].startswith("C") else "single"
        size = "smallest" if case.hosts < 30 else str(case.hosts)
        rows.setdefault(f"{kind:<9} {case.generation} {size:>8} {f'{case.lose:.0%} lost' if case.lose else '':>9}", []).append(one)
    lines = [f"{'faults    gen     hosts  evidence':<32} cases  exact  no wrong root  precision  recall  quiet"]
    for name, mine in [*sorted(rows.items()), ("all", verdicts)]:
        right, wrong = sum(len(one.right) for one in mine), sum(len(one.wrong) for one in mine)
        missed = sum(len(one.missed) for one in mine)
        precision = f"{right / (right + wrong):9.3f}" if right + wrong else "        -"
        recall = f"{right / (right + missed):6.3f}" if right + missed else "     -"
        clean, quiet, exact = (sum(told) for told in zip(*((not one.wrong, not one.noise, one.exact) for one in mine), strict=True))
        lines.append(f"{name:<32} {len(mine):>5}  {exact:>5}  {clean:>13}  {precision}  {recall}  {quiet:>5}")
    return "\n".join(lines)
