# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`date '+%s %z %Z'`, or `date`: the wall clock and the time zone.

1795353042 +0900 JST
Sun Nov 22 13:10:42 UTC 2026
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Clock(TypedDict):
    """The host's clock when the command ran."""

    epoch_s: Optional[int]  # seconds since 1970-01-01 UTC
    utc_offset_s: Optional[int]  # local time minus UTC, seconds
    timezone: Optional[str]  # the abbreviation; +09 where the zone has none


_CLOCK = re.compile(r"([0-9]{1,12})\s+([+-])([0-9]{2}):?([0-9]{2})(?:\s+(\S{1,40}))?")
# As people ask it; English in all its locales. What a zone's name means is only sure of these.
_BY_NAME = re.compile(
    r"[A-Z][a-z]{2} +([A-Z][a-z]{2}) +([0-9]{1,2}) ([0-9]{2}:[0-9]{2}:[0-9]{2})(?: ([AP]M))? +([A-Z]{1,6}|[+-][0-9]{2,4}) ([0-9]{4})"
)
# The day before the month, as newer C libraries have it in English, and the standards' forms (date -R, date -Is).
_DAY_FIRST = re.compile(
    r"[A-Z][a-z]{2},? +([0-9]{1,2}) +([A-Z][a-z]{2}) +([0-9]{4}) +([0-9]{2}:[0-9]{2}:[0-9]{2})(?: ([AP]M))? +([A-Z]{1,6}|[+-][0-9]{2,4})"
)
_ISO = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:[.,][0-9]{1,9})? ?([+-][0-9]{2}:?[0-9]{2}|Z)")
# In another language the zone is told and no more.
_ANY_LANGUAGE = re.compile(r"(?=.{0,60}(?<![0-9])[0-9]{4}(?![0-9]))[^\n]{3,50}?[0-9]{2}:[0-9]{2}:[0-9]{2} ([A-Z]{1,6})(?: [0-9]{4})?")
_OFFSET = re.compile(r"([+-])([0-9]{2}):?([0-9]{2})")
_UTC = ("UTC", "GMT")


def parse(text: str) -> Parsed[Clock]:
    """The first line that reads like a clock."""
    clock: Optional[Clock] = None
    not_read = []
    for line in lines(text):
        said = line.text.strip()
        match = _CLOCK.fullmatch(said)
        # A cut line is a whole one when it has come to the third word.
        if match is not None and clock is None and (line.terminated or match.group(5)):
            offset = (int(match.group(3)) * 60 + int(match.group(4))) * 60
            clock = Clock(epoch_s=int(match.group(1)), utc_offset_s=-offset if match.group(2) == "-" else offset, timezone=match.group(5))
        elif clock is None and line.terminated and _by_name(said) is not None:
            clock = _by_name(said)
        elif said:
            not_read.append(unread(line))
    data = clock or Clock(epoch_s=None, utc_offset_s=None, timezone=None)
    return outcome(text, data, clock is not None, not_read)


def _by_name(said: str) -> Optional[Clock]:
    month_first, day_first, iso = _BY_NAME.fullmatch(said), _DAY_FIRST.fullmatch(said), _ISO.fullmatch(said)
    if month_first is not None:
        month, day, time, half, zone, year = month_first.groups()
    elif day_first is not None:
        day, month, year, time, half, zone = day_first.groups()
    elif iso is not None:
        return _moment(f"{iso.group(1)} {iso.group(2)}", "%Y-%m-%d %H:%M:%S", iso.group(3).replace("Z", "+00:00"))
    else:
        other = _ANY_LANGUAGE.fullmatch(said)
        return None if other is None else Clock(epoch_s=None, utc_offset_s=0 if other.group(1) in _UTC else None, timezone=other.group(1))
    form = "%Y %b %d %I:%M:%S %p" if half else "%Y %b %d %H:%M:%S"
    return _moment(" ".join(word for word in (year, month, day, time, half) if word), form, zone)


def _moment(said: str, form: str, zone: str) -> Optional[Clock]:
    """What the words of a date mean; which moment it is only where the zone is a number, or surely UTC."""
    try:
        moment = datetime.strptime(f"{said} +0000", f"{form} %z")
    except ValueError:
        return None
    offset = _OFFSET.fullmatch(zone)
    if offset is None and zone not in _UTC:
        return Clock(epoch_s=None, utc_offset_s=None, timezone=zone)
    seconds = (int(offset.group(2)) * 60 + int(offset.group(3))) * 60 if offset else 0
    seconds = -seconds if zone.startswith("-") else seconds
    return Clock(epoch_s=int(moment.timestamp()) - seconds, utc_offset_s=seconds, timezone=zone if offset is None else None)
