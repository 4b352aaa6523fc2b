# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`df -l -P -k` and `df -l -P -i`: file systems with their space or their inodes.

    Filesystem     1024-blocks    Used Available Capacity Mounted on
    /dev/vda1         20511356 8123456  11323344      42% /

The heading may be in any language; without -P a long device name stands on a line of its own. With -T a column tells the kind. Of sizes
for people (-h: 5.0G) bytes are made, which are as rounded as they are.
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
_HUMAN = re.compile(r"([0-9]{1,7}(?:[.,][0-9]{1,2})?)([KMGTPEZY])")
_TYPE = re.compile(r"\S+(?: de \S+)? +(?:Type|Typ|Tipo)\b")
_PERCENT = re.compile(r"-|[0-9]{1,4}%")
_ROUNDED = 0.0100001  # by how much a percentage may be above the numbers beside it
_BLOCKS = re.compile(r"(?:^|\s)([0-9]{1,7})(K)?-")


def parse(text: str) -> Parsed[List[FileSystem]]:
    """The file systems in the tool's order."""
    found: List[FileSystem] = []
    not_read = []
    block_bytes: Optional[int] = None
    heading: Optional[Line] = None
    typed = False
    device = ""  # a name that stood on a line of its own
    for line in lines(text):
        if not line.text.strip():
            continue
        said = device + line.text if device and line.text[0].isspace() else line.text
        entry = _entry(said, block_bytes, typed) if line.terminated else None
        if entry is not None and heading is not None and "node" in heading.text.lower():
            entry["block_bytes"] = None
        device = ""
        if entry is not None:
            found.append(entry)
        elif heading is None and line.terminated and _is_heading(line.text):
            heading, block_bytes, typed = line, _unit(line.text), _TYPE.match(line.text) is not None
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


def _entry(line: str, block_bytes: Optional[int], typed: bool) -> Optional[FileSystem]:
    """Read a line from its percentage outwards, because both names may hold blanks."""
    tokens = list(_TOKEN.finditer(line))
    for at in range(5 if typed else 4, len(tokens) - 1):
        numbers = [token.group() for token in tokens[at - 3 : at]]
        if not _PERCENT.fullmatch(tokens[at].group()):
            continue
        rounded = any(_HUMAN.fullmatch(number) for number in numbers)
        if all(_NUMBER.fullmatch(number) or _HUMAN.fullmatch(number) for number in numbers):
            total, used, available = (_size(number) if rounded else maybe_integer(number) for number in numbers)
            block_bytes = 1 if rounded else block_bytes
            return FileSystem(
                device=line[tokens[0].start() : tokens[at - (5 if typed else 4)].end()],
                mount=line[tokens[at + 1].start() :].rstrip(),
                total=total,
                used=used,
                available=available,
                used_ratio=_ratio(used, available, tokens[at].group()),
                block_bytes=block_bytes,
            )
    return None


def _size(text: str) -> Optional[int]:
    """Bytes of a size for people."""
    match = _HUMAN.fullmatch(text)
    if match is None:
        return maybe_integer(text)
    return round(float(match.group(1).replace(",", ".")) * float(1024 ** ("KMGTPEZY".index(match.group(2)) + 1)))


def _ratio(used: Optional[int], available: Optional[int], percent: str) -> Optional[float]:
    """From the numbers, because df rounds its percentage up; where the two contradict each other, the fuller one."""
    # What is reserved for root is in neither number: df counts in the same way. Available is negative when root has used some of it.
    if used is None or available is None or used < 0 or used + max(available, 0) == 0:
        return None
    counted = round(used / (used + max(available, 0)), 6)
    told = 0.0 if percent == "-" else min(int(percent[:-1]), 100) / 100
    return told if told - counted > _ROUNDED else counted
