# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""/proc/meminfo.

MemTotal:       24684084 kB
HugePages_Total:       0
"""

from __future__ import annotations

import re
from typing import Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Memory(TypedDict):
    """Bytes. None is what the kernel does not print (MemAvailable came with Linux 3.14)."""

    total_bytes: Optional[int]
    free_bytes: Optional[int]
    available_bytes: Optional[int]
    buffers_bytes: Optional[int]
    cached_bytes: Optional[int]
    swap_total_bytes: Optional[int]
    swap_free_bytes: Optional[int]
    locked_bytes: Optional[int]
    huge_pages: Optional[int]  # number of them
    huge_pages_free: Optional[int]
    huge_page_bytes: Optional[int]


_LINE = re.compile(r"([A-Za-z0-9_()]{1,40}):\s+([0-9]{1,20})( kB)?")
_FIELDS = {
    "MemTotal": "total_bytes",
    "MemFree": "free_bytes",
    "MemAvailable": "available_bytes",
    "Buffers": "buffers_bytes",
    "Cached": "cached_bytes",
    "SwapTotal": "swap_total_bytes",
    "SwapFree": "swap_free_bytes",
    "Mlocked": "locked_bytes",
    "HugePages_Total": "huge_pages",
    "HugePages_Free": "huge_pages_free",
    "Hugepagesize": "huge_page_bytes",
}
_KIBIBYTE = 1024


def parse(text: str) -> Parsed[Memory]:
    """The fields above; the kernel prints many more."""
    data = Memory(
        total_bytes=None,
        free_bytes=None,
        available_bytes=None,
        buffers_bytes=None,
        cached_bytes=None,
        swap_total_bytes=None,
        swap_free_bytes=None,
        locked_bytes=None,
        huge_pages=None,
        huge_pages_free=None,
        huge_page_bytes=None,
    )
    anything = False
    not_read = []
    for line in lines(text):
        said = line.text.strip()
        if not said:
            continue
        match = _LINE.fullmatch(said) if line.terminated else None
        if match is None:
            not_read.append(unread(line))
            continue
        anything = True
        field = _FIELDS.get(match.group(1))
        if field:
            data[field] = int(match.group(2)) * (_KIBIBYTE if match.group(3) else 1)  # type: ignore[literal-required]
    return outcome(text, data, anything, not_read)
