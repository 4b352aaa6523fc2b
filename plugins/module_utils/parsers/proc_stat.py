# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""/proc/stat: what the processors did since the host was started, in ticks of (mostly) 10 ms.

cpu  426223 76 85118 464734 5592 0 1367 793 0 0
btime 1795358555
"""

from __future__ import annotations

import re
from typing import Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._numbers import maybe_integer
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Ticks(TypedDict):
    """Ticks of all processors together; None for what an old kernel does not count. Guests are counted in user and nice too."""

    user: Optional[int]
    nice: Optional[int]
    system: Optional[int]
    idle: Optional[int]
    iowait: Optional[int]
    irq: Optional[int]
    softirq: Optional[int]
    steal: Optional[int]
    guest: Optional[int]
    guest_nice: Optional[int]


class Stat(TypedDict):
    """None is what was not printed."""

    ticks: Ticks
    processors: Optional[int]
    boot_epoch_s: Optional[int]
    running: Optional[int]  # processes that run or could
    blocked: Optional[int]  # processes that wait for a disk


_NAMES = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal", "guest", "guest_nice")
_LINE = re.compile(r"([a-z]+)([0-9]{0,6})((?: {1,2}[0-9]{1,20})+)")
_FIELDS = {"btime": "boot_epoch_s", "procs_running": "running", "procs_blocked": "blocked"}
_OTHERS = ("intr", "ctxt", "processes", "softirq", "page", "swap")


def parse(text: str) -> Parsed[Stat]:
    """The file, or some of its lines."""
    ticks = Ticks(**dict.fromkeys(_NAMES))  # type: ignore[typeddict-item]
    data = Stat(ticks=ticks, processors=None, boot_epoch_s=None, running=None, blocked=None)
    anything = False
    not_read = []
    for line in lines(text):
        said = line.text.strip()
        if not said:
            continue
        name, _blank, rest = said.partition(" ")
        match = _LINE.fullmatch(said) if line.terminated and not name.startswith(("intr", "softirq", "procs")) else None
        if match and match.group(1) == "cpu":
            anything = True
            if match.group(2):
                data["processors"] = (data["processors"] or 0) + 1
            else:
                for field, value in zip(_NAMES, match.group(3).split()):
                    ticks[field] = int(value)
        elif line.terminated and name in _FIELDS and maybe_integer(rest) is not None:
            anything = True
            data[_FIELDS[name]] = int(rest)  # type: ignore[literal-required]
        elif not (line.terminated and name in _OTHERS and rest[:1].isdigit()):
            not_read.append(unread(line))
    return outcome(text, data, anything, not_read)
