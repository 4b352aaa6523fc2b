# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read ZooKeeper's answer to cons: its clients, with what each asked. PRIVATE to the collection: may change without notice.

/172.16.1.31:39684[1](queued=0,recved=88,sent=88,sid=0x100003eacc30000,lop=PING,est=1795362663500,to=30000,…,lresp=4875416,llat=4,minlat=0,avglat=6,maxlat=306)
/127.0.0.1:36124[0](queued=0,recved=1,sent=0)
"""

from __future__ import annotations

import re
from typing import Dict, List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _numbers as n
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, plain, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed, Unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers.zookeeper import refusal


class Connection(TypedDict):
    """One client. A connection without a session has nothing but its packets: whoever sends a word like this one."""

    address: str
    port: int
    queued: Optional[int]
    received: Optional[int]  # packets
    sent: Optional[int]
    session: Optional[str]  # hexadecimal; None: no session
    session_timeout_ms: Optional[int]
    established_ms: Optional[int]  # since the epoch
    last_operation: Optional[str]
    latency_avg_ms: Optional[int]
    latency_max_ms: Optional[int]


class Clients(TypedDict):
    """serving, allowed: as of the other words."""

    serving: Optional[bool]
    allowed: Optional[bool]
    connections: List[Connection]


_CLIENT = re.compile(r"\s?/?(\S{0,80}?):([0-9]{1,5})\[[0-9a-f]{1,9}\]\(([^()]{0,600})\)")
_ERROR = re.compile(r"nc: |bash: |sh: |\S+: connect|.*Connection refused|.*[Nn]o such file|.*not found$")


def parse(text: str) -> Parsed[Clients]:
    """Every connection in the order of the answer."""
    serving, allowed = refusal(text)
    data = Clients(serving=serving, allowed=allowed, connections=[])
    if allowed is not None:
        return outcome(text, data, True, [])
    not_read: List[Unread] = []
    error: Optional[str] = None
    cut = False
    for line in lines(plain(text)):
        if not line.text.strip():
            continue
        client = _CLIENT.fullmatch(line.text.rstrip())
        if client is not None and line.terminated:
            data["connections"].append(_connection(client.group(1), int(client.group(2)), client.group(3)))
            data["serving"] = data["allowed"] = True
        elif not line.terminated:
            cut = True
        elif _ERROR.match(line.text):
            error = error or line.text.strip()[:300]
        else:
            not_read.append(unread(line))
    return outcome(text, data, bool(data["connections"]), not_read, error, cut)


def _connection(address: str, port: int, values: str) -> Connection:
    said: Dict[str, str] = {}
    for part in values.split(","):
        name, equals, value = part.partition("=")
        if equals:
            said[name] = value

    def number(name: str) -> Optional[int]:
        return n.maybe_integer(said.get(name, ""))

    return Connection(
        address=address.strip("[]"),
        port=port,
        queued=number("queued"),
        received=number("recved"),
        sent=number("sent"),
        session=said.get("sid"),
        session_timeout_ms=number("to"),
        established_ms=number("est"),
        last_operation=said.get("lop"),
        latency_avg_ms=number("avglat"),
        latency_max_ms=number("maxlat"),
    )
