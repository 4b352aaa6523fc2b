# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""/proc/PID/status of one or several processes, whole or some of its lines, with or without the file's name that `grep -H` adds.

Name:   java
Pid:    1440
VmSwap:     2048 kB
/proc/1440/status:VmSwap:     2048 kB
"""

from __future__ import annotations

import re
from typing import List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._numbers import maybe_integer
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Process(TypedDict):
    """One process. None is what was not printed; threads of the kernel have no memory."""

    pid: Optional[int]
    name: Optional[str]  # cut to 15 characters by the kernel
    parent_pid: Optional[int]
    threads: Optional[int]
    resident_bytes: Optional[int]
    swapped_bytes: Optional[int]
    locked_bytes: Optional[int]


_LINE = re.compile(r"(?:/proc/([0-9]{1,10})/status:)?([A-Za-z][A-Za-z0-9_]{0,40}):(?:\t(.*))?")
_SIZE = re.compile(r"([0-9]{1,18}) kB")
_SIZES = {"VmRSS": "resident_bytes", "VmSwap": "swapped_bytes", "VmLck": "locked_bytes"}
_NUMBERS = {"Pid": "pid", "PPid": "parent_pid", "Threads": "threads"}
_KIBIBYTE = 1024


def parse(text: str) -> Parsed[List[Process]]:
    """The processes in the order of the text; a "Name" or another file's name begins the next."""
    found: List[Process] = []
    not_read = []
    file: Optional[str] = None
    for line in lines(text):
        said = line.text.strip()
        if not said:
            continue
        match = _LINE.fullmatch(said) if line.terminated else None
        if match is None:
            not_read.append(unread(line))
            continue
        pid, name, value = match.group(1), match.group(2), (match.group(3) or "").strip()
        if not found or (pid is not None and pid != file) or (pid is None and name == "Name"):
            found.append(_nothing())
            found[-1]["pid"] = int(pid) if pid else None
        file = pid
        if name == "Name":
            found[-1]["name"] = value or None
        elif name in _NUMBERS:
            found[-1][_NUMBERS[name]] = maybe_integer(value)  # type: ignore[literal-required]
        elif name in _SIZES:
            size = _SIZE.fullmatch(value)
            found[-1][_SIZES[name]] = int(size.group(1)) * _KIBIBYTE if size else None  # type: ignore[literal-required]
    return outcome(text, found, bool(found), not_read)


def _nothing() -> Process:
    return Process(pid=None, name=None, parent_pid=None, threads=None, resident_bytes=None, swapped_bytes=None, locked_bytes=None)
