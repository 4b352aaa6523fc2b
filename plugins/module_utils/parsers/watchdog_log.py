# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The end of upstart-stderr.log, where the agent's watchdog tells what became of its child, after the host's clock.

    1795353042 2026-11-22 22:10:42 +0900
    [wdog] 2026-11-22 22:01:07 Child died with status 29
    [wdog] 2026-11-22 22:05:40 Child is unresponsive

Everything else in that log is what the agent's shell and its virtual machine printed: it is passed over.
"""

from __future__ import annotations

import re
from typing import List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _logtime
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Event(TypedDict):
    """What happened to the child."""

    event: str  # died or unresponsive
    time_s: Optional[float]  # seconds since the epoch; None when the time could not be read
    status: Optional[int]  # exit code, for died


class WatchdogLog(TypedDict):
    """now_s: the host's clock when the log was read."""

    now_s: Optional[int]
    events: List[Event]


_DIED = re.compile(r"[Cc]hild .{0,40}?(?:died|exited) with (?:exit )?(?:status|code):? ?(-?[0-9]{1,6})")
_UNRESPONSIVE = re.compile(r"[Cc]hild .{0,40}?(?:is unresponsive|not responding)")
_MARK = "[wdog] "


def parse(text: str) -> Parsed[WatchdogLog]:
    """The watchdog's events in their order."""
    clock: Optional[_logtime.Now] = None
    events: List[Event] = []
    not_read = []
    for number, line in enumerate(lines(text)):
        if number == 0:
            clock = _logtime.now(line.text)
            if clock is not None:
                continue
        mark, found, said = line.text.partition(_MARK)
        if not found:
            not_read += [unread(line)] if line.text.strip() and not line.terminated else []
            continue
        if not line.terminated or mark.strip():
            not_read.append(unread(line))
            continue
        said = said.strip()[:400]
        died = _DIED.search(said)
        if died is not None or _UNRESPONSIVE.search(said):
            events.append(
                Event(
                    event="died" if died else "unresponsive",
                    time_s=_logtime.local(said.lstrip("[("), clock),
                    status=int(died.group(1)) if died else None,
                )
            )
    data = WatchdogLog(now_s=clock.epoch_s if clock else None, events=events)
    anything = clock is not None or bool(events)
    if not anything:
        not_read = [unread(line) for line in lines(text) if line.text.strip()][:20]
    return outcome(text, data, anything, not_read)
