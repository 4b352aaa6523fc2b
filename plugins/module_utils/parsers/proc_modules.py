# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`/proc/modules` and `lsmod`: loaded kernel modules.

openvswitch 70989 3 vport_vxlan,vport_gre, Live 0xffffffffa0326000 (OE)
"""

from __future__ import annotations

import re
from typing import List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._numbers import maybe_integer
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Module(TypedDict):
    """One loaded module."""

    name: str
    size_bytes: int
    references: Optional[int]  # None: the kernel does not count them
    used_by: List[str]
    state: Optional[str]  # Live, Loading, Unloading; None from lsmod, which does not tell


_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_STATES = ("Live", "Loading", "Unloading")


def parse(text: str) -> Parsed[List[Module]]:
    """The modules in the kernel's order."""
    found: List[Module] = []
    not_read = []
    heading = False
    for line in lines(text):
        words = line.text.split()
        if not words:
            continue
        if not found and words[:2] == ["Module", "Size"]:
            heading = True
            continue
        module = _module(words) if line.terminated else None
        if module is None:
            not_read.append(unread(line))
        else:
            found.append(module)
    return outcome(text, found, bool(found) or (heading and not not_read), not_read)


def _module(words: List[str]) -> Optional[Module]:
    size = maybe_integer(words[1]) if len(words) > 2 else None
    count = maybe_integer(words[2]) if len(words) > 2 else None
    if size is None or size < 0 or (count is None and words[2] != "-") or not _NAME.fullmatch(words[0]):
        return None
    users = words[3] if len(words) > 3 else "-"
    return Module(
        name=words[0],
        size_bytes=size,
        references=count,
        used_by=[user for user in users.split(",") if user and user not in ("-", "[permanent]")],
        state=words[4] if len(words) > 4 and words[4] in _STATES else None,
    )
