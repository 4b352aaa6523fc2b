# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Children of nodes, as a ZooKeeper server answers by its own protocol, in hexadecimal. PRIVATE: may change without notice.

    asked / /midonet
     00 00 00 24 00 00 00 00 00 00 0f a0 …      the session: protocol version, time-out, session id, password
     00 00 00 28 00 00 00 01 …                  a reply: number of the request, transaction number, error, children

Each message has its length before it (zookeeper.jute of ZooKeeper: ConnectResponse, ReplyHeader, GetChildrenResponse).
"""

from __future__ import annotations

import re
from typing import Dict, List, Optional, Tuple, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed, Unread


class Node(TypedDict):
    """exists and children are None where the server did not say, error is its code then."""

    path: str
    exists: Optional[bool]
    children: Optional[List[str]]
    error: Optional[int]


_ASKED = re.compile(r"asked((?: /[A-Za-z0-9_/.-]{0,200}){1,20})")
_BYTE = re.compile(r"[0-9a-f]{2}")
_BYTES = re.compile(r"(?: ?[0-9a-f]{2}){1,64}")
_OK, _NO_NODE = 0, -101


def parse(text: str) -> Parsed[List[Node]]:
    """The nodes that were asked for and of which there is a reply. A session that was not granted has none."""
    paths: Optional[List[str]] = None
    digits: List[str] = []
    not_read: List[Unread] = []
    for line in lines(text):
        said = line.text.strip()
        asked = _ASKED.fullmatch(said) if paths is None else None
        if asked is not None:
            paths = asked.group(1).split()
        elif paths is not None and _BYTES.fullmatch(said):
            # The last byte of a line that was cut is not believed.
            digits += _BYTE.findall(said)[: None if line.terminated else -1]
        elif said:
            not_read.append(unread(line))
    messages, cut = _messages(bytes.fromhex("".join(digits)))
    replies = {_number(one, 0): one for one in messages[1:]}
    nodes = [_node(path, replies[number]) for number, path in enumerate(paths or (), 1) if number in replies]
    cut = cut or len(nodes) < len(paths or ())
    closed = "the server granted no session" if paths and not messages and not not_read else None
    return outcome(text, nodes, bool(nodes), not_read, closed, cut)


def _messages(data: bytes) -> Tuple[List[bytes], bool]:
    """The messages that are whole, and whether the last one is not."""
    found: List[bytes] = []
    at = 0
    while at + 4 <= len(data):
        length = _number(data, at)
        if length < 0 or at + 4 + length > len(data):
            return found, True
        found.append(data[at + 4 : at + 4 + length])
        at += 4 + length
    return found, at < len(data)


def _node(path: str, reply: bytes) -> Node:
    error = _number(reply, 12) if len(reply) >= 16 else None
    children = _names(reply[16:]) if error == _OK else None
    exists: Dict[Optional[int], Optional[bool]] = {_OK: True, _NO_NODE: False}
    return Node(path=path, exists=exists.get(error), children=children, error=None if error in exists else error)


def _names(data: bytes) -> Optional[List[str]]:
    """A vector of strings; None when it is not whole."""
    if len(data) < 4:
        return None
    count, at = _number(data, 0), 4
    names: List[str] = []
    while len(names) < count:
        length = _number(data, at) if at + 4 <= len(data) else -1
        if length < 0 or at + 4 + length > len(data):
            return None
        names.append(data[at + 4 : at + 4 + length].decode("utf-8", "replace"))
        at += 4 + length
    return sorted(names)


def _number(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "big", signed=True)
