# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read ZooKeeper's answer to wchs: how much is watched. PRIVATE to the collection: may change without notice.

9 connections watching 214 paths
Total watches:1308
"""

from __future__ import annotations

import re
from typing import List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed, Unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers.zookeeper import refusal


class Watches(TypedDict):
    """serving, allowed: as of the other words."""

    serving: Optional[bool]
    allowed: Optional[bool]
    connections: Optional[int]
    paths: Optional[int]
    watches: Optional[int]


_WATCHING = re.compile(r"([0-9]{1,12}) connections watching ([0-9]{1,12}) paths")
_TOTAL = re.compile(r"Total watches: ?([0-9]{1,12})")
_ERROR = re.compile(r"nc: |bash: |sh: |\S+: connect|.*Connection refused|.*[Nn]o such file|.*not found$")


def parse(text: str) -> Parsed[Watches]:
    """The sizes; the answer is complete with its last line."""
    serving, allowed = refusal(text)
    data = Watches(serving=serving, allowed=allowed, connections=None, paths=None, watches=None)
    not_read: List[Unread] = []
    error: Optional[str] = None
    for line in lines(text) if allowed is None else ():
        stripped = line.text.strip()
        watching, total = _WATCHING.fullmatch(stripped), _TOTAL.fullmatch(stripped)
        if not stripped:
            continue
        if watching:
            data["connections"], data["paths"] = int(watching.group(1)), int(watching.group(2))
        elif total and line.terminated:
            data["watches"] = int(total.group(1))
        elif _ERROR.match(stripped):
            error = error or stripped[:300]
        elif line.terminated:
            not_read.append(unread(line))
    if data["connections"] is not None:
        data["serving"] = data["allowed"] = True
    anything = allowed is not None or data["connections"] is not None or data["watches"] is not None
    return outcome(text, data, anything, not_read, error, allowed is None and data["watches"] is None)
