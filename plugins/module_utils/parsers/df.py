# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`df -l -P -k` and `df -l -P -i`: file systems with their space or their inodes.

    Filesystem     1024-blocks    Used Available Capacity Mounted on
    /dev/vda1         20511356 8123456  11323344      42% /

The heading may be in any language; without -P a long device name stands on a line of its own.
"""

from __future__ import annotations

import re
from typing import List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._errors import complaint
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import Line, lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._numbers import maybe_integer
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class FileSystem(TypedDict):
    """One line of the table; the numbers are in the unit of the heading (`block_bytes`), or inodes."""

    device: str
    mount: str
    total: Optional[int]
    used: Optional[int]
    available: Optional[int]
    used_ratio: Optional[float]  # of what ordinary users may use, as df's percentage; None for a file system without a size
    block_bytes: Optional[int]  # bytes of one unit by the heading; None for inodes or another heading


_TOKEN = re.compile(r"\S+")
_NUMBER = re.compile(r"-|-?[0-9]{1,20}")
_PERCENT = re.compile(r"-|[0-9]{1,4}%")
_ROUNDED = 0.0100001  # by how much a percentage may be above the numbers beside it
_BLOCKS = re.compile(r"(?:^|\s)([0-9]{1,7})(K)?-")


def parse(text: str) -> Parsed[List[FileSystem]]:
    """The file systems in the tool's order."""
    found: List[FileSystem] = []
    not_read = []
    block_bytes: Optional[int] = None
    heading: Optional[Line] = None
    device = ""  # a name that stood on a line of its own
    for line in lines(text):
        if not line.text.strip():
            continue
        entry = _entry(device + line.text if device and line.text[0].isspace() else line.text, block_bytes) if line.terminated else None
        device = ""
        if entry is not None:
            found.append(entry)
        elif heading is None and line.terminated and _is_heading(line.text):
            heading, block_bytes = line, _unit(line.text)
        elif line.terminated and heading and len(line.text.split()) == 1:
            device = line.text.strip()
        else:
            not_read.append(unread(line))
    if not found and heading is not None and "%" not in heading.text and not heading.text.startswith("Filesystem"):
        # Any line of five words could be a heading in some language.
        not_read.insert(0, unread(heading))
    return outcome(text, found, bool(found), not_read)


def _is_heading(line: str) -> bool:
    """The heading is the line with the unit or the names of columns and without numbers: it has at least five words."""
    words = line.split()
    return len(words) >= 5 and complaint(line) is None and not any(word.endswith("%") and word[:-1].isdecimal() for word in words)


def _unit(heading: str) -> Optional[int]:
    match = _BLOCKS.search(heading)
    if match is None:
        return None
    return int(match.group(1)) * (1024 if match.group(2) else 1)


def _entry(line: str, block_bytes: Optional[int]) -> Optional[FileSystem]:
    """Read a line from its percentage outwards, because both names may hold blanks."""
    tokens = list(_TOKEN.finditer(line))
    for at in range(4, len(tokens) - 1):
        numbers = [token.group() for token in tokens[at - 3 : at]]
        if _PERCENT.fullmatch(tokens[at].group()) and all(_NUMBER.fullmatch(number) for number in numbers):
            total, used, available = (maybe_integer(number) for number in numbers)
            return FileSystem(
                device=line[tokens[0].start() : tokens[at - 4].end()],
                mount=line[tokens[at + 1].start() :].rstrip(),
                total=total,
                used=used,
                available=available,
                used_ratio=_ratio(used, available, tokens[at].group()),
                block_bytes=block_bytes,
            )
    return None


def _ratio(used: Optional[int], available: Optional[int], percent: str) -> Optional[float]:
    """From the numbers, because df rounds its percentage up; where the two contradict each other, the fuller one."""
    # What is reserved for root is in neither number: df counts in the same way. Available is negative when root has used some of it.
    if used is None or available is None or used < 0 or used + max(available, 0) == 0:
        return None
    counted = round(used / (used + max(available, 0)), 6)
    told = 0.0 if percent == "-" else min(int(percent[:-1]), 100) / 100
    return told if told - counted > _ROUNDED else counted
