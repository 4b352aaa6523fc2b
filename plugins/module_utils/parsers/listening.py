# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sockets that wait for somebody: `ss -tulpn` (iproute2 3.x to 6.x) and `netstat -tulpen`, with or without their headings.

udp   UNCONN 0      0            0.0.0.0:6677      0.0.0.0:*    users:(("java",pid=1801,fd=5))
tcp        0      0 0.0.0.0:2181            0.0.0.0:*               LISTEN      0          903393     1801/java
"""

from __future__ import annotations

import re
from typing import List, Optional, Tuple, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._numbers import maybe_integer
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Owner(TypedDict):
    """A process that holds the socket."""

    name: Optional[str]
    pid: int


class Socket(TypedDict):
    """One socket. Owners are empty for a socket of the kernel (VXLAN), and when the tool did not tell: it tells root only."""

    protocol: str  # tcp or udp, whatever the family
    family: Optional[str]  # inet or inet6; None when neither the address nor the tool tells
    address: str  # "*" for every address of both families
    port: int
    link: Optional[str]  # the interface that it is bound to
    owners: List[Owner]


# netstat's title in any language.
_TITLE = r"[^0-9:]{0,40}(?:[Ii]nternet|\u30a4\u30f3\u30bf\u30fc\u30cd\u30c3\u30c8)[^0-9:]{0,60}"
_HEADING = re.compile(
    r"(?:Netid +|State +)+Recv-Q.*|Proto +Recv-Q.*|Active Internet connections.*|\((?:Not all|No info|servers|only).*|will not be shown.*"
    rf"|{_TITLE}"
)
_SS = re.compile(r"(?:(tcp|udp|udpl|raw|sctp|dccp|mptcp)\s+)?(LISTEN|UNCONN)\s+[0-9]+\s+[0-9]+\s+(\S+)\s+(\S+)(?:\s+(\S.*))?")
# The state column is empty for UDP.
_CONNECTED = re.compile(
    r"(?:(?:tcp|udp|udpl|sctp|dccp|mptcp)\s+)?(?:ESTAB|SYN-SENT|SYN-RECV|FIN-WAIT-[12]|TIME-WAIT|CLOSE-WAIT|LAST-ACK|CLOSING|CLOSED|UNKNOWN)"
    r"\s+[0-9]+\s+[0-9]+\s+(\S+)\s+\S+(?:\s+\S.*)?"
)
# What netstat lists without -t and -u; no socket of a network.
_UNIX = re.compile(r"Active UNIX domain sockets .*|Proto +RefCnt +Flags .*|unix +[0-9]+ +\[ .*")
_NETSTAT = re.compile(r"(tcp|udp|udplite|raw)(6)?\s+[0-9]+\s+[0-9]+\s+(\S+)\s+(\S+)(?:\s+(\S.*))?")
_STATE = re.compile(r"[A-Z][A-Z0-9_]{2,11}")
_USER = re.compile(r"\(\"([^\"]{0,64})\",(?:pid=)?([0-9]{1,10}),(?:fd=)?[0-9]{1,10}\)")
_PROGRAM = re.compile(r"([0-9]{1,10})/(.{0,64})")
_DETAILS = re.compile(r"[ \t]+\S.*")
_SERVERS = {"LISTEN", "7"}


def parse(text: str) -> Parsed[List[Socket]]:
    """The sockets in the tool's order. Connections that are listed too are left out."""
    found: List[Socket] = []
    not_read = []
    heading = False
    for line in lines(text):
        said = line.text.strip()
        if not said:
            continue
        if _HEADING.fullmatch(said):
            heading = True
            continue
        if line.terminated and _UNIX.fullmatch(said):
            continue
        known, socket = _socket(said) if line.terminated else (False, None)
        if socket is not None:
            found.append(socket)
        elif not known and not (line.terminated and found and _DETAILS.fullmatch(line.text)):
            not_read.append(unread(line))
    return outcome(text, found, bool(found) or (heading and not not_read), not_read)


def _socket(text: str) -> Tuple[bool, Optional[Socket]]:
    """(whether the line is one of a socket, the socket if it waits for somebody)."""
    match = _SS.fullmatch(text)
    if match:
        protocol, state, local, _peer, rest = match.groups()
        # Without a column for it (-t or -u alone) the state tells: only TCP listens.
        protocol = protocol or ("tcp" if state == "LISTEN" else "udp")
        family = None
        owners = [Owner(name=name, pid=int(pid)) for name, pid in _USER.findall(rest or "")]
    else:
        connected, old = _CONNECTED.fullmatch(text), _NETSTAT.fullmatch(text)
        if connected is not None:
            return _endpoint(connected.group(1)) is not None, None
        if old is None:
            return False, None
        protocol, six, local, peer, rest = old.groups()
        family = "inet6" if six else "inet"
        words = (rest or "").split()
        if words and _STATE.fullmatch(words[0]) and words[0] not in _SERVERS:
            return _endpoint(local) is not None, None
        if protocol == "udp" and not peer.endswith(":*"):
            return _endpoint(local) is not None, None
        program = _PROGRAM.search(rest or "")
        owners = [Owner(name=program.group(2).strip() or None, pid=int(program.group(1)))] if program else []
    here = _endpoint(local)
    if here is None:
        return False, None
    address, link, port = here
    if family is None and address != "*":
        family = "inet6" if ":" in address else "inet"
    return True, Socket(protocol=protocol, family=family, address=address, port=port, link=link, owners=owners)


def _endpoint(text: str) -> Optional[Tuple[str, Optional[str], int]]:
    """``0.0.0.0:2181``, ``*:9042``, ``:::6688``, ``[::]:22``, ``127.0.0.53%lo:53`` to address, interface and port."""
    address, colon, number = text.rpartition(":")
    port = maybe_integer(number)
    if not colon or port is None or not 0 <= port <= 65535 or not address:
        return None
    address, _percent, link = address.strip("[]").partition("%")
    if address.lower().startswith("::ffff:") and "." in address:
        address = address[7:]
    return address, link or None, port
