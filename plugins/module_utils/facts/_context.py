# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a builder of facts is given: one host's evidence, and the words to say that something is missing.

PRIVATE to the collection: may change without notice.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Callable, Collection, Dict, List, Mapping, Optional, Tuple, TypeVar

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import (
    EMPTY,
    NOT_UNDERSTOOD,
    PARTIAL,
    TOOL_ERROR,
    Parsed,
)

T = TypeVar("T")

# What one command said (plugin_utils.evidence.item.Output). Duck-typed, because these files also run on managed hosts:
# state, exit_code, stdout, stderr, truncated, reason, started.
Output = Any
Outputs = Mapping[Tuple[str, int], Output]

# What a shell or the kernel says when the command itself could not be started.
_COULD_NOT_START = {126: "could not be run (permission denied or not executable)", 127: "command not found"}

_STATES = {
    "timeout": "ran into its time-out",
    "killed": "was killed",
    "abandoned": "did not end and was abandoned",
    "not_run": "was not run",
    "missing_command": "command not found",
}

_ISO = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d{1,6})?")
_VERSION = re.compile(r"^(?:midolman|midonet-cluster|midonet-api)\s+(?:\d+:)?(\d+)\.(\d+)", re.MULTILINE)


class Missing(Exception):
    """Raised by a builder: the subsystem could not be learnt. The text is the reason, in a few words, for people."""


class NotApplicable(Exception):
    """Raised by a builder: this host has no such subsystem, and that is known."""


class Evidence:
    """One host's outputs as one builder reads them; remembers what was asked for, and what was left unread.

    Every subsystem gets an instance of its own, so that `about` can tell which items its facts came from.
    """

    def __init__(self, outputs: Outputs, host: Mapping[str, Any]) -> None:
        self._outputs = outputs
        self.host = host
        self.name: str = str(host.get("name", ""))
        self.groups: Tuple[str, ...] = tuple(host.get("groups") or ())
        self.items: List[str] = []
        self.unread = 0
        self.gaps: List[str] = []
        # Items of the first round whose lists may lack entries: what is not in them may still exist.
        self.cut: List[str] = []

    def output(self, item: str, number: int = 1) -> Optional[Output]:
        """The raw output of an item in one round, or None when it was not collected."""
        self._asked(item)
        return self._outputs.get((item, number))

    def text(self, item: str, number: int = 1, accept: Optional[Collection[int]] = (0,)) -> str:
        """What the item printed, which may be the empty string.

        accept   exit codes that are no news; None when the code says nothing (the last of several commands)

        Raises Missing when nothing was collected or the command could not tell. An output that was cut short, or comes
        with another exit code, is returned and noted as a gap: the facts made from it are partial.
        """
        output = self.output(item, number)
        if output is None:
            raise Missing(not_collected(item) + (f" in round {number}" if number != 1 else ""))
        text: str = output.stdout or ""
        problem = _problem(output, accept)
        if problem and not text.strip():
            raise Missing(f"{item} {problem}")
        if problem:
            self.gap(f"{item} {problem}")
        if output.truncated:
            self.gap(f"{item} was cut at its size limit")
        if number == 1 and self.ended_early(item):
            self.lacks(item)
        return text

    def take(self, item: str, parsed: Parsed[T], empty_is_known: bool = True) -> T:
        """The data of a parsed text, after noting what was left unread. Raises Missing when nothing could be read.

        empty_is_known   an empty answer means "there are none"; when it is False, an empty answer tells nothing
        """
        self._asked(item)
        self.unread += len(parsed.unread)
        if parsed.state == TOOL_ERROR:
            raise Missing(f"{item}: {parsed.error or 'the command printed an error'}")
        if parsed.state == NOT_UNDERSTOOD:
            raise Missing(f"{item} was not understood" + _where(parsed))
        if parsed.state == EMPTY and not empty_is_known:
            output = self._outputs.get((item, 1))
            said = first_line(output.stderr) if output is not None else ""
            raise Missing(f"{item} printed nothing" + (f": {said}" if said else ""))
        if parsed.state == PARTIAL:
            self.gap(f"{item} was understood in part" + _where(parsed))
            self.lacks(item)
        return parsed.data

    def read(
        self,
        item: str,
        parse: Callable[[str], Parsed[T]],
        number: int = 1,
        accept: Optional[Collection[int]] = (0,),
        empty_is_known: bool = True,
    ) -> T:
        """text() and take() in one: the usual way to learn something."""
        return self.take(item, parse(self.text(item, number, accept)), empty_is_known)

    def maybe(
        self,
        item: str,
        parse: Callable[[str], Parsed[T]],
        number: int = 1,
        accept: Optional[Collection[int]] = (0,),
        empty_is_known: bool = True,
    ) -> Optional[T]:
        """read(), but what is missing becomes a gap and None: for the lesser of the items that a subsystem is made of."""
        try:
            return self.read(item, parse, number, accept, empty_is_known)
        except Missing as missing:
            self.gap(str(missing))
            return None

    def try_take(self, item: str, parsed: Parsed[T], empty_is_known: bool = True) -> Optional[T]:
        """take(), but what is missing becomes a gap and None."""
        try:
            return self.take(item, parsed, empty_is_known)
        except Missing as missing:
            self.gap(str(missing))
            return None

    def again(self, item: str, parse: Callable[[str], Parsed[T]], accept: Optional[Collection[int]] = (0,)) -> Optional[T]:
        """The second sample of an item (round 2), or None. That there is none is no gap: smoke runs make one round."""
        if (item, 2) not in self._outputs:
            return None
        # What a second sample lacks has no difference; it is in the first all the same.
        before = list(self.cut)
        found = self.maybe(item, parse, 2, accept)
        self.cut = before
        return found

    def seconds_between(self, item: str) -> Optional[float]:
        """Seconds from the first to the second sample of an item by the host's own clock; None when not known or not positive."""
        first, second = self._outputs.get((item, 1)), self._outputs.get((item, 2))
        if first is None or second is None:
            return None
        start, end = instant(getattr(first, "started", None)), instant(getattr(second, "started", None))
        if start is None or end is None or end <= start:
            return None
        return round(end - start, 6)

    def ended_early(self, item: str) -> bool:
        """Whether the first output of an item is only the beginning of what there was to say."""
        output = self._outputs.get((item, 1))
        return output is not None and bool(output.truncated or output.state in _STATES)

    def gap(self, reason: str) -> None:
        """Note that the facts are incomplete, and why."""
        if reason not in self.gaps:
            self.gaps.append(reason)

    def lacks(self, item: str) -> None:
        """Note that lists of an item may lack entries: that something is not in them says nothing."""
        if item not in self.cut:
            self.cut.append(item)

    def not_obtained(self) -> List[str]:
        """Ids of the items whose command was not run, could not be started, or did not come to its own end; sorted."""
        return sorted({item for (item, _number), output in self._outputs.items() if _not_obtained(output)})

    @property
    def generation(self) -> Optional[str]:
        """ "A" (up to 2015.06), "B" (5.x) or None, from what the host shows."""
        return generation(self._outputs, self.host)

    def _asked(self, item: str) -> None:
        if item not in self.items:
            self.items.append(item)


def not_collected(item: str) -> str:
    """The reason why something is not known when nobody asked for its item."""
    return f"{item} was not collected"


def instant(text: Optional[str]) -> Optional[float]:
    """Seconds since the epoch of an ISO time in UTC ("2026-11-22T03:14:07.25Z"); None for anything else."""
    match = _ISO.match(text or "")
    if match is None:
        return None
    try:
        moment = datetime.strptime(f"{match.group(1)} {match.group(2)} +0000", "%Y-%m-%d %H:%M:%S %z")
    except ValueError:
        return None
    return moment.timestamp() + float(match.group(3) or 0)


def delta(
    before: Optional[Mapping[str, Any]], after: Optional[Mapping[str, Any]], seconds: Optional[float], names: Collection[str]
) -> Optional[Dict[str, Any]]:
    """By how much counters grew between two samples: {"seconds": …, name: difference or None, …}.

    None without a second sample, without a known interval, or when any counter went backwards: it was reset in between
    (agent restart, interface made anew), so that no difference means anything.
    """
    if before is None or after is None or seconds is None:
        return None
    grown: Dict[str, Any] = {"seconds": seconds}
    for name in names:
        old, new = before.get(name), after.get(name)
        if old is None or new is None:
            grown[name] = None
        elif new < old:
            return None
        else:
            grown[name] = new - old
    return grown


def ratio(bad: Optional[float], good: Optional[float]) -> Optional[float]:
    """The bad ones' share of all (0 to 1): 0 when there were none at all, None when a number is not known."""
    if bad is None or good is None:
        return None
    return round(bad / (bad + good), 6) if bad else 0.0


def generation(outputs: Outputs, host: Mapping[str, Any]) -> Optional[str]:
    """ "A" (up to 2015.06), "B" (5.x) or None: from the packages, else the form of mm-dpctl's answer, else what the collector saw."""
    versions = _VERSION.findall(_stdout(outputs, "agent.packages"))
    if versions:
        # MidoNet was numbered by year (2014.11 … 2015.06) before it was numbered 5.
        return "A" if int(versions[0][0][:6]) >= 2000 or int(versions[0][0][:6]) < 5 else "B"
    shown = _stdout(outputs, "overlay.datapath").lstrip()
    if shown.startswith("Datapath name"):
        return "A"
    if shown.startswith("Name:"):
        return "B"
    seen = host.get("generation")
    return seen if seen in ("A", "B") else None


def _stdout(outputs: Outputs, item: str) -> str:
    output = outputs.get((item, 1))
    return (output.stdout or "") if output is not None else ""


def _problem(output: Output, accept: Optional[Collection[int]]) -> str:
    """What was wrong with an output, as the end of a sentence that begins with the item's id; empty when nothing was."""
    words = _STATES.get(output.state)
    if words:
        return f"{words}: {output.reason}" if output.reason else words
    code = output.exit_code
    if accept is None or code is None or code in accept:
        return ""
    words = _COULD_NOT_START.get(code, f"failed with exit code {code}")
    said = first_line(output.stderr)
    return f"{words}: {said}" if said else words


def _not_obtained(output: Output) -> bool:
    return output.state in _STATES or (output.exit_code in _COULD_NOT_START and not (output.stdout or "").strip())


def first_line(text: Optional[str]) -> str:
    """The first line that says something, cut to a readable length and free of control characters."""
    for line in (text or "").splitlines():
        printable = line if line.isprintable() else "".join(char if char.isprintable() else "?" for char in line)
        clean = printable.strip()
        if clean:
            return clean[:160]
    return ""


def _where(parsed: Parsed[Any]) -> str:
    if not parsed.unread:
        return ""
    first = parsed.unread[0]
    return f" (line {first.line}, column {first.column}: {first_line(first.text)[:60]!r})"
