# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read the sizes out of ZooKeeper's answer to dump, which is never asked of a server, but found in what people kept.

PRIVATE to the collection: may change without notice.

    SessionTracker dump:
    Session Sets (16)/(9):
    2 expire at Sun Nov 22 16:07:29 UTC 2026:
            0x300003eadac0004
    ephemeral nodes dump:
    Sessions with Ephemerals (8):
    0x300003eadac0002:
            /midonet/hosts/d73289fa-121d-5ff6-b394-45cef9db95d9/alive
    Connections dump:
    Connections Sets (4)/(6):
    1 expire at Sun Nov 22 16:07:25 UTC 2026:
            ip: /127.0.0.1:49744 sessionId: 0x0
"""

from __future__ import annotations

import re
from typing import Dict, List, Optional, Set, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed, Unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers.zookeeper import refusal


class Dump(TypedDict):
    """sessions are the ensemble's, not only this server's; ephemerals: how many short-lived nodes each session holds."""

    serving: Optional[bool]
    allowed: Optional[bool]
    sessions: int
    ephemerals: Dict[str, int]
    connections: Optional[int]  # 3.5 and newer


_SESSION = re.compile(r"(0x[0-9a-fA-F]{1,16})(?:\t[0-9]{1,9}ms)?")
_OWNER = re.compile(r"(0x[0-9a-fA-F]{1,16}):")
_CONNECTION = re.compile(r"ip: /?\S{1,80} sessionId: 0x[0-9a-fA-F]{1,16}")
_HEADING = re.compile(
    r"SessionTracker dump:.*|(?:Global|Local) Sessions ?\([0-9]+\):|Session Sets \([0-9]+\)(?:/\([0-9]+\))?:|[0-9]+ expire at .*:"
    r"|ephemeral nodes dump:|Sessions with Ephemerals \([0-9]+\):|Connections dump:|Connections? Sets \([0-9]+\)/\([0-9]+\):"
    r"|org\.apache\.zookeeper\.server\.\S+ *|.*Session\s*Tracker\S*.*"
)


def parse(text: str) -> Parsed[Dump]:
    """The sizes. A last line without its end is left out."""
    serving, allowed = refusal(text)
    data = Dump(serving=serving, allowed=allowed, sessions=0, ephemerals={}, connections=None)
    not_read: List[Unread] = []
    sessions: Set[str] = set()
    owner: Optional[str] = None
    anything = allowed is not None
    cut = part_of_connections = False
    for line in lines(text) if allowed is None else ():
        stripped = line.text.strip()
        session, owned = _SESSION.fullmatch(stripped), _OWNER.fullmatch(stripped)
        if not stripped:
            continue
        if not line.terminated:
            cut = True
        elif _HEADING.fullmatch(stripped):
            anything, owner = True, None
            if stripped == "Connections dump:":
                part_of_connections, data["connections"] = True, 0
        elif owned:
            owner = owned.group(1)
            data["ephemerals"].setdefault(owner, 0)
            sessions.add(owner)
        elif session:
            sessions.add(session.group(1))
        elif owner is not None and stripped.startswith("/"):
            data["ephemerals"][owner] += 1
        elif part_of_connections and _CONNECTION.fullmatch(stripped):
            data["connections"] = (data["connections"] or 0) + 1
        else:
            not_read.append(unread(line))
    data["sessions"] = len(sessions)
    if anything and allowed is None:
        data["serving"] = data["allowed"] = True
    return outcome(text, data, anything, not_read, cut=cut)
