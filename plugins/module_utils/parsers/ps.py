# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`ps -e -o pid= -o ppid= -o etime= -o args=`: processes with their age.

1432     1  4-02:13:55 /usr/bin/wdog -- java … org.midonet.midolman.Midolman

Also other columns below a heading that names them, the command line last: `ps -ef`, `ps aux`, busybox.
"""

from __future__ import annotations

import re
from typing import List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._numbers import maybe_integer
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Process(TypedDict):
    """One process."""

    pid: int
    parent_pid: Optional[int]  # None: no column tells
    age_s: Optional[int]  # seconds since it was started
    command: str  # the command line, with what was scrubbed left out


_PROCESS = re.compile(r"[ \t]*([0-9]{1,10})[ \t]+([0-9]{1,10})[ \t]+([0-9:-]{1,20})[ \t]+(\S.*)", re.DOTALL)
_COMMANDS = ("COMMAND", "CMD", "ARGS")
_AGE = re.compile(r"(?:(?:([0-9]{1,6})-)?([0-9]{1,2}):)?([0-9]{1,2}):([0-9]{2})")


def parse(text: str) -> Parsed[List[Process]]:
    """The processes in the tool's order. A cut last line counts when its first three columns are whole."""
    found: List[Process] = []
    not_read = []
    heading: List[str] = []
    for line in lines(text):
        words = line.text.split()
        if not words or words[:3] == ["PID", "PPID", "ELAPSED"]:
            continue
        if not found and "PID" in words and words[-1] in _COMMANDS and line.terminated:
            heading = words
            continue
        if heading:
            one = _below(heading, line.text)
            if one is None or not line.terminated:
                not_read.append(unread(line))
            else:
                found.append(one)
            continue
        match = _PROCESS.fullmatch(line.text)
        if match is None:
            not_read.append(unread(line))
        else:
            found.append(
                Process(pid=int(match.group(1)), parent_pid=int(match.group(2)), age_s=age(match.group(3)), command=match.group(4).rstrip())
            )
    return outcome(text, found, bool(found), not_read)


def _below(heading: List[str], line: str) -> Optional[Process]:
    """The process of one line below a heading; no column but the last has blanks in it."""
    words = line.split(None, len(heading) - 1)
    if len(words) < len(heading):
        return None
    columns = dict(zip(heading, words))
    pid, parent = maybe_integer(columns["PID"]), maybe_integer(columns.get("PPID", ""))
    if pid is None or pid < 0 or ("PPID" in columns and parent is None):
        return None
    return Process(pid=pid, parent_pid=parent, age_s=age(columns.get("ELAPSED", "")), command=words[-1].rstrip())


def age(text: str) -> Optional[int]:
    """Seconds of [[days-]hours:]minutes:seconds; None for anything else."""
    match = _AGE.fullmatch(text)
    if match is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
