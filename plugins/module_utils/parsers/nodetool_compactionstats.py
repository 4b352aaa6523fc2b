# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read nodetool compactionstats of Cassandra 2.x to 5.x. PRIVATE to the collection: may change without notice.

    pending tasks: 2
    - midonet.flow_state: 2
       compaction type   keyspace        table   completed      total   unit   progress
            Compaction    midonet   flow_state    12000000   30000000   bytes    40.00%
    Active compaction remaining time :   0h00m01s

5.0 prints a table of labels and values instead: "pending tasks                    2".
"""

from __future__ import annotations

import re
from typing import List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _numbers as n
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._nodetool import ERROR, decimal, is_noise
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed, Unread


class Compaction(TypedDict):
    """One that is under way."""

    type: str
    keyspace: str
    table: str
    progress_ratio: Optional[float]  # 0 to 1


class Compactions(TypedDict):
    """pending: tasks that wait."""

    pending: Optional[int]
    running: List[Compaction]


_PENDING = re.compile(r"pending tasks(?:: *| +)([0-9]{1,12})")
_ROW = re.compile(
    r"(?:([0-9a-f-]{36}) +)?([A-Z][A-Za-z ()]{0,40}?) {1,40}(\S{1,100}) +(\S{1,100}) +[0-9.,]{1,20}(?: \S?i?B)? +[0-9.,]{1,20}(?: \S?i?B)?"
    r" +\S{1,12} +(\S{1,12})(?: .*)?"
)
_LABELS = re.compile(
    r"(?:concurrent compactors|pending tasks|compactions? (?:completed|aborted|reduced)|data compacted|sstables dropped from compaction"
    r"|(?:15 )?minute rate|mean rate|(?:current )?compaction throughput.*?)\b.*"
)


def parse(text: str) -> Parsed[Compactions]:
    """What waits, and what is under way."""
    data = Compactions(pending=None, running=[])
    not_read: List[Unread] = []
    error: Optional[str] = None
    table = cut = False
    for line in lines(text):
        stripped = line.text.strip()
        pending = _PENDING.fullmatch(stripped)
        row = _ROW.fullmatch(stripped) if table else None
        if not stripped:
            continue
        if not line.terminated:
            cut = True
        elif pending:
            data["pending"] = int(pending.group(1))
        elif re.match(r"(?:id +)?compaction type +keyspace", stripped):
            table = True
        elif row:
            share = decimal(row.group(5).rstrip("%"))
            data["running"].append(
                Compaction(
                    type=row.group(2),
                    keyspace=row.group(3),
                    table=row.group(4),
                    progress_ratio=None if share is None else round(share / 100, 6),
                )
            )
        elif ERROR.match(stripped):
            error = error or stripped[:300]
        elif not (_passed_over(stripped) or is_noise(stripped)):
            not_read.append(unread(line))
    return outcome(text, data, data["pending"] is not None, not_read, error, cut)


def _passed_over(text: str) -> bool:
    """How many wait for each table, and the rates of 5.0."""
    waiting = re.fullmatch(r"- \S{1,200}: [0-9]{1,12}", text)
    by_table = re.fullmatch(r"(\S{1,100}) +(\S{1,100}) +([0-9]{1,12})", text)
    return bool(
        waiting
        or (by_table and n.maybe_integer(by_table.group(3)) is not None)
        or _LABELS.fullmatch(text)
        or text.startswith(("Active compaction remaining time", "active compaction remaining time", "keyspace "))
    )
