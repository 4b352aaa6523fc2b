# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""midolman.log: records with time, level, thread, logger and message, classified by what they mean; after the host's clock.

    1795353042 2026.11.22 22:10:42 +0900
    2026.11.22 22:01:07.123 WARN  [main-EventThread] connection -  KeeperState is Disconnected, will shutdown in 30000 ms...

Lines that are no records belong to the record before them: a stack trace.
"""

from __future__ import annotations

import re
from typing import List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _logtime
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._complaint import answer
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._signatures import BENIGN, SIGNATURES, Signature, find

__all__ = ["BENIGN", "SIGNATURES", "AgentLog", "Record", "Signature", "parse", "signature"]


class Record(TypedDict):
    """One record of the log."""

    time_s: Optional[float]  # seconds since the epoch; None when the host's clock is not known
    level: str
    thread: Optional[str]
    logger: Optional[str]
    message: str
    signature: Optional[str]
    benign: bool
    stack_lines: int


class AgentLog(TypedDict):
    """now_s: the host's clock when the log was read."""

    now_s: Optional[int]
    records: List[Record]


# midonet-cluster.log has no " - " before the message, mm-trace.log has neither thread nor logger.
_RECORD = re.compile(
    r"([0-9]{4}[.-][0-9]{2}[.-][0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}[.,][0-9]{3}) (TRACE|DEBUG|INFO|WARN|ERROR) {1,2}"
    r"(?:\[([^\]]{0,200})\] (\S{1,200}) )?(?:- )?(.*)",
    re.DOTALL,
)
_LONGEST_MESSAGE = 500


def parse(text: str) -> Parsed[AgentLog]:
    """The records in their order. A cut last line is a record when it has come to the message."""
    clock: Optional[_logtime.Now] = None
    records: List[Record] = []
    not_read = []
    for number, line in enumerate(lines(text)):
        if number == 0:
            clock = _logtime.now(line.text)
            if clock is not None:
                continue
        match = _RECORD.fullmatch(line.text)
        if match is not None:
            message = match.group(5).strip()[:_LONGEST_MESSAGE]
            records.append(
                Record(
                    time_s=_logtime.local(match.group(1), clock),
                    level=match.group(2),
                    thread=match.group(3),
                    logger=match.group(4),
                    message=message,
                    signature=signature(message),
                    benign=any(words in message for words in BENIGN),
                    stack_lines=0,
                )
            )
        elif records:
            records[-1]["stack_lines"] += bool(line.text.strip())
        elif line.text.strip():
            not_read.append(unread(line))
    data = AgentLog(now_s=clock.epoch_s if clock else None, records=records)
    return answer(text, data, clock is not None or bool(records), not_read)


def signature(message: str) -> Optional[str]:
    """The id of the first signature of the agent whose words all stand in the message."""
    return find(message, SIGNATURES)
