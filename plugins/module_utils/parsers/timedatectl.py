# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`timedatectl status`: the time zone, and whether the kernel's clock is disciplined. Words differ by systemd's version.

       Time zone: Asia/Tokyo (JST, +0900)            older: Timezone: Asia/Tokyo (JST, +0900)
System clock synchronized: yes                       older: NTP synchronized: yes
              NTP service: active                    older: NTP enabled: yes, Network time on: yes
"""

from __future__ import annotations

import re
from typing import Dict, Optional, Tuple, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class TimeStatus(TypedDict):
    """What systemd knows. None is what was not printed."""

    timezone: Optional[str]  # Asia/Tokyo
    synchronized: Optional[bool]  # the kernel says that some daemon disciplines the clock
    ntp_enabled: Optional[bool]  # systemd is to run a time daemon
    timesyncd_active: Optional[bool]


_SYNCHRONIZED = ("System clock synchronized", "NTP synchronized")
_ENABLED = ("NTP service", "NTP enabled", "Network time on")
_TIMESYNCD = "systemd-timesyncd.service active"
_ZONE = ("Time zone", "Timezone")
_OTHER = ("Local time", "Universal time", "RTC time", "RTC in local TZ", "DST active", "Last DST change", "Next DST change", "Warning")
_FIELD = re.compile(r"([A-Za-z][A-Za-z. -]{1,40}): ?(.*)")
_CHANGE = re.compile(r"[A-Z][a-z]{2} [0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8} \S{1,10}")
_YES = {"yes": True, "active": True, "no": False, "inactive": False}


def parse(text: str) -> Parsed[TimeStatus]:
    """The fields that matter; the rest is passed over."""
    found: Dict[str, str] = {}
    not_read = []
    last = ""
    for line in lines(text):
        said = line.text.strip()
        if not said:
            continue
        match = _FIELD.fullmatch(said) if line.terminated else None
        if match is not None and match.group(1) in (*_SYNCHRONIZED, *_ENABLED, _TIMESYNCD, *_ZONE, *_OTHER):
            last = match.group(1)
            found.setdefault(last, match.group(2).strip())
        elif not (line.terminated and line.text[0].isspace() and (last == "Warning" or ("DST" in last and _CHANGE.fullmatch(said)))):
            # Only a warning and a change of summer time go on over several lines.
            not_read.append(unread(line))
    zone = _first(found, _ZONE)
    data = TimeStatus(
        timezone=zone.split(" ", 1)[0] if zone and zone != "n/a" else None,
        synchronized=_YES.get(_first(found, _SYNCHRONIZED) or ""),
        ntp_enabled=_YES.get(_first(found, _ENABLED) or ""),
        timesyncd_active=_YES.get(found.get(_TIMESYNCD, "")),
    )
    return outcome(text, data, bool(found), not_read)


def _first(found: Dict[str, str], names: Tuple[str, ...]) -> Optional[str]:
    return next((found[name] for name in names if name in found), None)
