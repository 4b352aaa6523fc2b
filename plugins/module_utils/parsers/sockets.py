# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read TCP connections as ss and netstat list them, with their owners. PRIVATE to the collection: may change without notice.

0      0      10.20.0.15:45212   10.20.0.12:2181   users:(("java",pid=1234,fd=45))     ss -tnp state established
ESTAB  0      0      10.20.0.15:45212   10.20.0.12:2181   users:(("java",1234,45))     ss of iproute2 3.x
tcp    0      0 10.20.0.15:45212   10.20.0.12:2181   ESTABLISHED 1234/java             netstat -tnp
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _numbers as n
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import Line, lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed, Unread

Connection = Dict[str, Any]

# ss -i prints the keys of TCP MD5 before its heading, without a blank.
# netstat's title in any language.
_TITLE = r"[^0-9:]{0,40}(?:[Ii]nternet|\u30a4\u30f3\u30bf\u30fc\u30cd\u30c3\u30c8)[^0-9:]{0,60}"
_HEADER = re.compile(r"(?:\S{0,400}(?:State|Netid) +){0,2}Recv-Q +Send-Q +.*|Proto +Recv-Q.*|Active Internet connections.*|" + _TITLE)
_NOTE = re.compile(r"\((?:Not all|No info|servers|only).*|will not be shown.*|you would have to be root.*")
_NETSTAT = re.compile(r"tcp6?\s+[0-9]+\s+[0-9]+\s+(\S+)\s+(\S+)\s+([A-Z0-9_]+)(?:\s+(.*))?")
_SS = re.compile(r"(?:(?:tcp\s+)?([A-Z][A-Z0-9\-]+)\s+)?[0-9]+\s+[0-9]+\s+(\S+)\s+(\S+)(?:\s+(.*))?")
_USER = re.compile(r"\(\"([^\"]{0,64})\",(?:pid=)?([0-9]{1,10}),(?:fd=)?[0-9]{1,10}\)")
_PROGRAM = re.compile(r"([0-9]{1,10})/(.*)")
# The indented second line that ss -i and -e print.
_DETAILS = re.compile(r"[ \t]+\S.*")

_STATES = {"ESTAB": "established", "LISTEN": "listen", "SYN-SENT": "syn_sent", "SYN-RECV": "syn_recv"}


def parse(text: str) -> Parsed[List[Connection]]:
    """Data: [{local_address, local_port, peer_address, peer_port (None: any), state (established, listen, …), owners
    [{name, pid}]}]. Owners are empty when the tool did not tell: it tells root only.
    """
    found: List[Connection] = []
    not_read: List[Unread] = []
    header = cut = False
    for line in lines(text):
        stripped = line.text.strip()
        if not stripped:
            continue
        if _HEADER.fullmatch(stripped):
            header = True
            continue
        connection = _connection(stripped)
        if not line.terminated and connection is None:
            cut = True
        elif connection is not None and (line.terminated or not _may_be_cut(line)):
            found.append(connection)
        elif connection is not None:
            cut = True
        elif not _NOTE.fullmatch(stripped) and not (found and _DETAILS.fullmatch(line.text)):
            not_read.append(unread(line))
    return outcome(text, found, bool(found) or header, not_read, cut=cut)


def _may_be_cut(line: Line) -> bool:
    """Of a line without its end, only one that ends in an owner's closing bracket is whole."""
    return not line.text.rstrip().endswith("))")


def _connection(text: str) -> Optional[Connection]:
    netstat = _NETSTAT.fullmatch(text)
    if netstat:
        local, peer, state, program = netstat.groups()
        owner = _PROGRAM.fullmatch((program or "").strip())
        owners = [{"name": owner.group(2), "pid": int(owner.group(1))}] if owner else []
    else:
        socket = _SS.fullmatch(text)
        if socket is None:
            return None
        state, local, peer, users = socket.groups()
        owners = [{"name": name, "pid": int(pid)} for name, pid in _USER.findall(users or "")]
    here, there = _endpoint(local), _endpoint(peer)
    if here is None or there is None:
        return None
    return {
        "local_address": here[0],
        "local_port": here[1],
        "peer_address": there[0],
        "peer_port": there[1],
        # ss leaves the column out when it was asked for one state, which here is always the same.
        "state": _STATES.get(state, state.lower().replace("-", "_")) if state else "established",
        "owners": owners,
    }


def _endpoint(text: str) -> Optional[Tuple[str, Optional[int]]]:
    """``10.0.0.1:2181``, ``[::ffff:10.0.0.1]:2181``, ``:::2181``, ``fe80::1%eth0:2181``, ``*:*`` to address and port."""
    address, colon, port = text.rpartition(":")
    number = n.maybe_integer(port)
    if not colon or (number is None and port != "*") or (number is not None and not 0 <= number <= 65535):
        return None
    address = address.strip("[]").split("%", 1)[0]
    # A dual-stack socket of Java shows IPv4 peers as mapped addresses.
    if address.lower().startswith("::ffff:") and "." in address:
        address = address[7:]
    return address, number
