# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read nodetool tpstats of Cassandra 2.x to 5.x. PRIVATE to the collection: may change without notice.

    Pool Name                      Active Pending Completed Blocked All time blocked
    ReadStage                      0      0       18        0       0

    Message type           Dropped
    MUTATION                     0

4.0 and newer print the latency of each type of message besides. Dropped messages are counted since the start.
"""

from __future__ import annotations

import re
from typing import List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._nodetool import ERROR, is_noise
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed, Unread


class Pool(TypedDict):
    """Tasks of one pool of threads; blocked_ever since the start."""

    name: str
    active: int
    pending: int
    completed: int
    blocked: int
    blocked_ever: int


class Dropped(TypedDict):
    """Messages of a type that were dropped since the start."""

    type: str
    count: int


class Pools(TypedDict):
    """Both in the order of the tool."""

    pools: List[Pool]
    dropped: List[Dropped]


_POOL_HEADING = re.compile(r"Pool Name +Active +Pending +Completed +Blocked +All time blocked")
_DROP_HEADING = re.compile(r"Message type +Dropped(?: .*)?")
_POOL = re.compile(r"(\S{1,100})" + r" +([0-9]{1,18})" * 5)
_DROP = re.compile(r"(\S{1,100}) +([0-9]{1,18})(?:(?: +(?:-?[0-9.]{1,20}|N/A|NaN)){1,8})?")


def parse(text: str) -> Parsed[Pools]:
    """Pools, and messages dropped. Without the second table the answer is partial."""
    data = Pools(pools=[], dropped=[])
    not_read: List[Unread] = []
    error: Optional[str] = None
    table = ""
    cut = False
    for line in lines(text):
        stripped = line.text.strip()
        pool = _POOL.fullmatch(stripped) if table == "pools" else None
        drop = _DROP.fullmatch(stripped) if table == "dropped" else None
        if not stripped:
            continue
        if not line.terminated:
            cut = True
        elif _POOL_HEADING.fullmatch(stripped):
            table = "pools"
        elif _DROP_HEADING.fullmatch(stripped):
            table = "dropped"
        elif pool:
            active, pending, completed, blocked, ever = (int(group) for group in pool.groups()[1:])
            data["pools"].append(
                Pool(name=pool.group(1), active=active, pending=pending, completed=completed, blocked=blocked, blocked_ever=ever)
            )
        elif drop:
            data["dropped"].append(Dropped(type=drop.group(1), count=int(drop.group(2))))
        elif ERROR.match(stripped):
            error = error or stripped[:300]
        elif not stripped.startswith("Latencies waiting in queue") and not is_noise(stripped):
            not_read.append(unread(line))
    return outcome(text, data, bool(table), not_read, error, cut or (bool(table) and not data["dropped"]))
