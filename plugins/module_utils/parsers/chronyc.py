# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`chronyc -n tracking`: the source that chronyd follows and how far off the clock is; also in the form of -c.

Reference ID    : 0A140011 (10.20.0.17)
Stratum         : 4
System time     : 0.000002229 seconds fast of NTP time
Leap status     : Normal
"""

from __future__ import annotations

import re
from typing import Dict, List, Optional, Tuple, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._numbers import maybe_integer
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Tracking(TypedDict):
    """What chronyd follows. None is what was not printed."""

    reference_id: Optional[str]  # eight hexadecimal digits
    source: Optional[str]  # address or name of the selected source
    stratum: Optional[int]
    offset_s: Optional[float]  # host's clock minus the source's, seconds; above 0: the host is ahead
    leap_status: Optional[str]  # Normal, Insert second, Delete second, Not synchronised
    synced: Optional[bool]  # a source other than the host's own clock is selected


_FIELDS = (
    "Reference ID",
    "Stratum",
    "Ref time (UTC)",
    "System time",
    "Last offset",
    "RMS offset",
    "Frequency",
    "Residual freq",
    "Skew",
    "Root delay",
    "Root dispersion",
    "Update interval",
    "Leap status",
)
_REFERENCE = re.compile(r"([0-9A-Fa-f]{8}|[0-9.]{7,15})\s*(?:\(([^()]*)\))?")
_SYSTEM_TIME = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,15})?) seconds (fast|slow) of NTP time")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,15})?")
# 7F7F0101 is the host's own clock ("local stratum"), zero is nothing at all.
_NO_SOURCE = ("00000000", "7F7F0101", "0.0.0.0", "127.127.1.1")
_CSV_FIELDS = 14


def parse_tracking(text: str) -> Parsed[Tracking]:
    """The answer to `tracking`, for people or with -c."""
    found: Dict[str, str] = {}
    not_read = []
    for line in lines(text):
        said = line.text.strip()
        if not said:
            continue
        name, colon, value = said.partition(":")
        if line.terminated and colon and name.strip() in _FIELDS:
            found.setdefault(name.strip(), value.strip())
        elif said.count(",") == _CSV_FIELDS - 1 and not found:
            found.update(_from_csv(said.split(",")))
        else:
            not_read.append(unread(line))
    reference, source = _reference(found.get("Reference ID"))
    leap = found.get("Leap status")
    data = Tracking(
        reference_id=reference,
        source=source,
        stratum=maybe_integer(found.get("Stratum", "")),
        offset_s=_offset(found.get("System time")),
        leap_status=leap,
        synced=_synced(reference, leap),
    )
    return outcome(text, data, bool(found), not_read)


def _from_csv(fields: List[str]) -> Dict[str, str]:
    """The form of -c in the words of the other one. It counts the offset the other way round: above 0 is slow."""
    found = {"Reference ID": f"{fields[0]} ({fields[1]})", "Stratum": fields[2], "Leap status": fields[13]}
    if _DECIMAL.fullmatch(fields[4]):
        found["System time"] = f"{fields[4].lstrip('+-')} seconds {'fast' if fields[4].startswith('-') else 'slow'} of NTP time"
    return found


def _reference(text: Optional[str]) -> Tuple[Optional[str], Optional[str]]:
    match = _REFERENCE.fullmatch(text or "")
    if match is None:
        return None, None
    reference = match.group(1).upper()
    return reference, None if reference in _NO_SOURCE else (match.group(2) or None)


def _offset(text: Optional[str]) -> Optional[float]:
    match = _SYSTEM_TIME.fullmatch(text or "")
    if match is None:
        return None
    seconds = float(match.group(1))
    return seconds if match.group(2) == "fast" or not seconds else -seconds


def _synced(reference: Optional[str], leap: Optional[str]) -> Optional[bool]:
    if reference in _NO_SOURCE or (leap is not None and leap.lower().startswith("not sync")):
        return False
    return True if reference is not None and leap is not None else None
