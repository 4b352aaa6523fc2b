# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Times in logs, against the host's own clock that was printed before them. PRIVATE to the collection: may change without notice.

1795353042 2026-11-22 22:10:42 +0900
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple, Optional

_NOW = re.compile(r"([0-9]{6,12}) [0-9]{4}[-.][0-9]{2}[-.][0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} ([+-])([0-9]{2})([0-9]{2})")
_NUMERIC = re.compile(r"([0-9]{4})[-./]([0-9]{2})[-./]([0-9]{2})[ T]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:[.,]([0-9]{1,6}))?")
_SPELLED = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) {1,2}([0-9]{1,2}) ([0-9]{2}):([0-9]{2}):([0-9]{2})(?: [A-Z]{3,5})? ([0-9]{4})")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_EPOCH = datetime(1970, 1, 1)


class Now(NamedTuple):
    """The host's clock: seconds since the epoch, and local time minus UTC in seconds."""

    epoch_s: int
    utc_offset_s: int


def now(line: str) -> Optional[Now]:
    """Read the line that `date '+%s %Y-%m-%d %H:%M:%S %z'` printed; None for any other line."""
    match = _NOW.fullmatch(line.strip())
    if match is None:
        return None
    offset = (int(match.group(3)) * 60 + int(match.group(4))) * 60
    return Now(int(match.group(1)), -offset if match.group(2) == "-" else offset)


def local(text: str, clock: Optional[Now]) -> Optional[float]:
    """Seconds since the epoch of a local time without a zone, at the start of a text; None without a clock or a time."""
    if clock is None:
        return None
    numeric, spelled = _NUMERIC.match(text), _SPELLED.match(text)
    try:
        if numeric is not None:
            year, month, day, hour, minute, second = (int(numeric.group(part)) for part in range(1, 7))
            moment = datetime(year, month, day, hour, minute, second)
            fraction = float("0." + (numeric.group(7) or "0"))
        elif spelled is not None and spelled.group(1) in _MONTHS:
            day, hour, minute, second, year = (int(spelled.group(part)) for part in range(2, 7))
            moment = datetime(year, _MONTHS.index(spelled.group(1)) + 1, day, hour, minute, second)
            fraction = 0.0
        else:
            return None
    except ValueError:
        return None
    return (moment - _EPOCH).total_seconds() - clock.utc_offset_s + fraction
