# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`ps -e -o pid= -o ppid= -o etime= -o args=`: processes with their age.

1432     1  4-02:13:55 /usr/bin/wdog -- java … org.midonet.midolman.Midolman
"""

from __future__ import annotations

import re
from typing import List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Process(TypedDict):
    """One process."""

    pid: int
    parent_pid: int
    age_s: Optional[int]  # seconds since it was started
    command: str  # the command line, with what was scrubbed left out


_PROCESS = re.compile(r"[ \t]*([0-9]{1,10})[ \t]+([0-9]{1,10})[ \t]+([0-9:-]{1,20})[ \t]+(\S.*)", re.DOTALL)
_AGE = re.compile(r"(?:(?:([0-9]{1,6})-)?([0-9]{1,2}):)?([0-9]{1,2}):([0-9]{2})")


def parse(text: str) -> Parsed[List[Process]]:
    """The processes in the tool's order. A cut last line counts when its first three columns are whole."""
    found: List[Process] = []
    not_read = []
    for line in lines(text):
        if not line.text.strip() or line.text.split()[:2] == ["PID", "PPID"]:
            continue
        match = _PROCESS.fullmatch(line.text)
        if match is None:
            not_read.append(unread(line))
        else:
            found.append(
                Process(pid=int(match.group(1)), parent_pid=int(match.group(2)), age_s=age(match.group(3)), command=match.group(4).rstrip())
            )
    return outcome(text, found, bool(found), not_read)


def age(text: str) -> Optional[int]:
    """Seconds of [[days-]hours:]minutes:seconds; None for anything else."""
    match = _AGE.fullmatch(text)
    if match is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
