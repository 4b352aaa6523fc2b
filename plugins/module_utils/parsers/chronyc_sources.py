# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`chronyc -n sources`: the sources of chronyd; also in the form of -c, and with the legend of -v.

MS Name/IP address         Stratum Poll Reach LastRx Last sample
===============================================================================
^* 10.20.0.17                    3   0   377     0   +336ns[+2148ns] +/-   11us
"""

from __future__ import annotations

import re
from typing import List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._numbers import maybe_integer
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Source(TypedDict):
    """One source. None is what was not printed."""

    kind: str  # server, peer, refclock
    state: str  # selected, combined, not_combined, falseticker, variable, unreachable
    name: str
    stratum: Optional[int]
    poll_s: Optional[float]
    reach: Optional[int]  # the last eight polls as bits, the newest lowest (printed in octal)
    last_rx_s: Optional[int]  # age of the last good sample; None: there never was one
    offset_s: Optional[float]  # host's clock minus the source's, as measured last; above 0: the host is ahead
    error_s: Optional[float]


_KINDS = {"^": "server", "=": "peer", "#": "refclock"}
_STATES = {"*": "selected", "+": "combined", "-": "not_combined", "x": "falseticker", "~": "variable", "?": "unreachable"}
_LINE = re.compile(
    r"([\^=#])([*+\-x~?]) (\S{1,64})\s+([0-9]{1,3})\s+(-?[0-9]{1,2})\s+([0-7]{1,3})\s+([0-9]{1,6}[mhdy]?|-)"
    # From ten seconds on with a tenth, then in minutes, hours, days and years.
    r"\s+([+-][0-9]{1,9}(?:[num]?s|\.[0-9]s|[mhdy]))\[\s*([+-]?[0-9]{1,9}(?:[num]?s|\.[0-9]s|[mhdy]))\]"
    r"\s*\+/-\s*([0-9]{1,9}(?:[num]?s|\.[0-9]s|[mhdy]))"
)
_HEADING = re.compile(
    r"MS Name/IP address .*|=+|210 Number of sources = [0-9]+"
    # What -v explains the columns with.
    r"| *\.-- Source mode .*| / \.-? Source state .*|\| / +'.*|\|\|.*"
)
_AGES = {"m": 60, "h": 3600, "d": 86400, "y": 31557600}
_UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, **_AGES}
_FLOAT = re.compile(r"[+-]?[0-9]{1,12}(?:\.[0-9]{1,12})?")
_CSV = 10


def parse(text: str) -> Parsed[List[Source]]:
    """The sources in the tool's order."""
    found: List[Source] = []
    not_read = []
    heading = False
    for line in lines(text):
        said = line.text.rstrip()
        if not said:
            continue
        source = (_plain(said.strip()) or _csv(said.strip().split(","))) if line.terminated else None
        if source is not None:
            found.append(source)
        elif _HEADING.fullmatch(said):
            heading = heading or said.startswith(("MS ", "210 "))
        else:
            not_read.append(unread(line))
    return outcome(text, found, bool(found) or (heading and not not_read), not_read)


def _plain(said: str) -> Optional[Source]:
    match = _LINE.fullmatch(said)
    if match is None:
        return None
    kind, state, name, stratum, poll, reach, age, _adjusted, measured, error = match.groups()
    # The first number is the offset as corrected since; the one in brackets is what was measured.
    return _source(kind, state, name, stratum, poll, reach, _age(age), _time(measured), _time(error))


def _csv(fields: List[str]) -> Optional[Source]:
    if len(fields) != _CSV or fields[0] not in _KINDS or fields[1] not in _STATES or not re.fullmatch("[0-7]{1,3}", fields[5]):
        return None
    if maybe_integer(fields[4]) is None or not -32 <= int(fields[4]) <= 32 or not all(_FLOAT.fullmatch(field) for field in fields[7:]):
        return None
    age = maybe_integer(fields[6])
    kind, state, name, stratum, poll, reach = fields[:6]
    return _source(
        kind, state, name, stratum, poll, reach, age if age is None or age < 4294967295 else None, float(fields[8]), float(fields[9])
    )


def _source(
    kind: str,
    state: str,
    name: str,
    stratum: str,
    poll: str,
    reach: str,
    age: Optional[int],
    measured: Optional[float],
    error: Optional[float],
) -> Source:
    heard = int(reach, 8) > 0 or age is not None
    return Source(
        kind=_KINDS[kind],
        state=_STATES[state],
        name=name,
        stratum=maybe_integer(stratum) or None,
        poll_s=2.0 ** int(poll),
        reach=int(reach, 8),
        last_rx_s=age,
        offset_s=measured if heard else None,
        error_s=error if heard else None,
    )


def _age(text: str) -> Optional[int]:
    if text == "-":
        return None
    unit = _AGES.get(text[-1], 0)
    return int(text[:-1]) * unit if unit else int(text)


def _time(text: str) -> float:
    unit = text.lstrip("+-.0123456789")
    return round(float(text[: len(text) - len(unit)]) * _UNITS[unit], 12)
