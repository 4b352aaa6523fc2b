# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read nodetool status of Cassandra 2.x to 5.x. PRIVATE to the collection: may change without notice.

Datacenter: datacenter1
=======================
Status=Up/Down
|/ State=Normal/Leaving/Joining/Moving
--  Address    Load       Tokens  Owns (effective)  Host ID                               Rack
UN  127.0.0.1  103.36 KB  256     100.0%            12345678-1234-1234-1234-123456789abc  rack1
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed, Unread

Node = Dict[str, Any]

_DATACENTER = re.compile(r"Datacenter: *(\S.*)")
_OTHER = re.compile(
    r"=+|Status=Up/Down|\|/ ?State=\S.*|-- +Address .*|Note: .*|Non-system keyspaces don't have the same replication.*"
    r"|.*effective ownership information is meaningless.*|.*(?:WARNING|WARN|warning): .*|WARN .*|Picked up [_A-Z]+: .*|Xshare.*"
)
_ERROR = re.compile(r"nodetool: |error: |Error: |.*Connection refused|.*command not found|.*ConnectException|-- StackTrace --")
_STACK = re.compile(r"(?:at |\.\.\. [0-9]+ more|Caused by: |java\.|javax\.|com\.|org\.)\S*")
_ROW = re.compile(r"([UD?])([NLJMS?])\s+(\S+)\s+(.*)")
_LOAD = re.compile(r"(?:([0-9]{1,12}(?:[.,][0-9]{1,6})?) (bytes|[KMGTP]i?B)|(\?|[0-9]{1,3}\?))\s+")
_TOKEN = re.compile(r"-?[0-9]{1,40}")
_HOST_ID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
# Cassandra divides by 1024 whether it prints KB or KiB.
_UNITS = {"bytes": 1, "KB": 1024, "MB": 1024**2, "GB": 1024**3, "TB": 1024**4, "PB": 1024**5}
_UP = {"U": True, "D": False, "?": None}
_STATE = {"N": "normal", "L": "leaving", "J": "joining", "M": "moving", "S": "stopped", "?": None}


def parse_status(text: str) -> Parsed[List[Node]]:
    """The ring as one node sees it.

    Data: [{address, datacenter, rack, up (True, False, None: "?"), state (normal, leaving, joining, moving, stopped or None),
    load_bytes (None when the node does not tell), owns_ratio (0 to 1, None when meaningless), host_id}].
    """
    nodes: List[Node] = []
    not_read: List[Unread] = []
    error: Optional[str] = None
    datacenter: Optional[str] = None
    cut = heading = False
    for line in lines(text):
        stripped = line.text.strip()
        if not stripped:
            continue
        named = _DATACENTER.fullmatch(stripped)
        row = _ROW.fullmatch(stripped)
        if not line.terminated:
            cut = True
        elif named:
            datacenter, heading = named.group(1), True
        elif row and _HOST_ID.search(row.group(4)):
            nodes.append(_node(row.group(1), row.group(2), row.group(3), row.group(4), datacenter))
        elif _ERROR.match(stripped):
            error = error or stripped[:300]
        elif not _OTHER.fullmatch(stripped) and not (error and _STACK.match(stripped)):
            not_read.append(unread(line))
    return outcome(text, nodes, bool(nodes) or (heading and error is None), not_read, error, cut or (heading and not nodes))


def _node(up: str, state: str, address: str, rest: str, datacenter: Optional[str]) -> Node:
    load = _LOAD.match(rest)
    size: Optional[int] = None
    if load and load.group(1):
        size = round(float(load.group(1).replace(",", ".")) * _UNITS[load.group(2).replace("iB", "B")])
    host_id = _HOST_ID.search(rest)
    tail = rest[host_id.end() :].split() if host_id else []
    if len(tail) > 1 and _TOKEN.fullmatch(tail[0]):
        # Without virtual nodes the node's token stands between the host id and the rack.
        del tail[0]
    owns = re.search(r"([0-9]{1,3}(?:[.,][0-9]{1,4})?)%", rest)
    return {
        "address": address,
        "datacenter": datacenter,
        "rack": " ".join(tail) or None,
        "up": _UP[up],
        "state": _STATE[state],
        "load_bytes": size,
        "owns_ratio": round(float(owns.group(1).replace(",", ".")) / 100, 6) if owns else None,
        "host_id": host_id.group(0).lower() if host_id else None,
    }
