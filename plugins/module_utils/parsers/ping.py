# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`ping -n -q`, of iputils old and new and of busybox, as one answer or as the sections that `probe` prints.

### 10.21.0.16
PING 10.21.0.16 (10.21.0.16) 1472(1500) bytes of data.
From 10.20.0.18 icmp_seq=1 Frag needed and DF set (mtu = 1400)

--- 10.21.0.16 ping statistics ---
3 packets transmitted, 0 received, +3 errors, 100% packet loss, time 615ms
rc=1
"""

from __future__ import annotations

import re
from typing import List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import Line, lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import (
    EMPTY,
    OK,
    PARTIAL,
    Parsed,
    Unread,
)
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._sections import placed, sections


class Ping(TypedDict):
    """One run of ping. None is what it did not tell."""

    peer: Optional[str]
    payload_bytes: Optional[int]  # of the ICMP message, without its and IP's header
    sent: Optional[int]
    received: Optional[int]
    loss_ratio: Optional[float]
    rtt_avg_ms: Optional[float]
    error: Optional[str]  # frag_needed (a router says so), message_too_long (the host itself), unreachable, failed
    path_mtu: Optional[int]  # that the error told, bytes
    exit_code: Optional[int]


_HEAD = re.compile(
    r"PING (\S*?)(?: ?\([^()]{0,255}(?:\([^()]{0,255}\))?\))?(?: from \S{1,255}(?: \S{1,64}?)?)?:? ([0-9]{1,6})"
    r"(?:\([0-9]{1,6}\) bytes of data\.?| data bytes| bytes of data\.?)"
)
_SUMMARY = re.compile(r"([0-9]{1,9}) packets transmitted, ([0-9]{1,9}) (?:packets )?received\b.*")
_RTT = re.compile(r"(?:rtt|round-trip) min/avg/max(?:/mdev|/stddev)? = [0-9.]{1,16}/([0-9]{1,9}(?:\.[0-9]{1,6})?)/.*")
_EXIT = re.compile(r"rc=([0-9]{1,3})")
_MTU = re.compile(r"mtu ?= ?([0-9]{1,6})")
# What a line says, and what it means; the first that fits counts.
_ERRORS = (
    (re.compile(r"(?i).*\b(?:local error: )?message too long\b.*"), "message_too_long"),
    (re.compile(r"(?i).*\bfrag needed\b.*|.*\bfragmentation needed\b.*"), "frag_needed"),
    (re.compile(r"(?i).*\b(?:unreachable|no route to host|packet filtered|communication prohibited)\b.*"), "unreachable"),
    (
        re.compile(
            r"(?i)(?:\S*ping6?|connect|bind)\S*: .*|.*\bcannot assign requested address\b.*|.*: (?:command )?not found|BusyBox v.*"
            r"|Usage: .*|Do you want to ping broadcast.*"
        ),
        "failed",
    ),
)
_RANK = {"frag_needed": 0, "message_too_long": 1, "unreachable": 2, "failed": 3}
_CHATTER = re.compile(
    r"[0-9]{1,6} bytes from .*|--- .* ping statistics ---|From .* icmp_seq=.*|.*\bicmp_seq=[0-9]+.*|Warning: .*|WARNING: .*"
    r"|\S+ is alive!.*|pipe [0-9]{1,9}|PATTERN: 0x[0-9a-f]{1,40}"
)
_LONGEST = 400


def parse(text: str) -> Parsed[List[Ping]]:
    """Every section of an item's output, by peer; a section whose "rc=" line is missing was cut and has no exit code.

    A section whose name has a second word is what another program said of that peer, and is passed over.
    """
    found: List[Ping] = []
    not_read: List[Unread] = []
    stray = False
    for part in sections(text):
        if " " in part.name:
            continue
        parsed = parse_one(part.text)
        ping = parsed.data
        ping["peer"] = part.name or ping["peer"]
        not_read.extend(placed(parsed, part).unread)
        if part.name:
            found.append(ping)
        elif part.text.strip():
            # What was said outside of any section is about no peer in particular.
            stray = True
    if not text.strip():
        return Parsed(EMPTY, [])
    if not found:
        # Without any section the text is one answer.
        alone = parse_one(text)
        return Parsed(alone.state, [alone.data] if alone.state in (OK, PARTIAL) else [], alone.unread, alone.error)
    return Parsed(PARTIAL if not_read or stray else OK, found, not_read)


def parse_one(text: str) -> Parsed[Ping]:
    """One run of ping, as it printed it; peer is what it called its target."""
    ping = Ping(
        peer=None,
        payload_bytes=None,
        sent=None,
        received=None,
        loss_ratio=None,
        rtt_avg_ms=None,
        error=None,
        path_mtu=None,
        exit_code=None,
    )
    not_read = []
    anything = False
    for line in lines(text):
        if not line.text.strip():
            continue
        if line.terminated and _line(ping, line):
            anything = True
        else:
            not_read.append(unread(line))
    # A complaint alone is not what ping prints of its packets.
    anything = anything and (ping["error"] != "failed" or ping["payload_bytes"] is not None or ping["exit_code"] is not None)
    if ping["sent"]:
        ping["loss_ratio"] = round(1 - min(ping["received"] or 0, ping["sent"]) / ping["sent"], 6)
    return outcome(text, ping, anything, not_read)


def _line(ping: Ping, line: Line) -> bool:
    said = line.text.strip()[:_LONGEST]
    head, summary, rtt, code = _HEAD.fullmatch(said), _SUMMARY.fullmatch(said), _RTT.fullmatch(said), _EXIT.fullmatch(said)
    if head is not None:
        ping["peer"], ping["payload_bytes"] = head.group(1) or None, int(head.group(2))
    elif summary is not None:
        ping["sent"], ping["received"] = int(summary.group(1)), int(summary.group(2))
    elif rtt is not None:
        ping["rtt_avg_ms"] = float(rtt.group(1))
    elif code is not None:
        ping["exit_code"] = int(code.group(1))
    else:
        error = next((name for pattern, name in _ERRORS if pattern.fullmatch(said)), None)
        if error is not None:
            mtu = _MTU.search(said)
            # Once a router has said so, the kernel remembers, and the next packets fail on the host itself: the router's word counts.
            if ping["error"] is None or _RANK[error] < _RANK[ping["error"]]:
                ping["error"] = error
            if mtu is not None and int(mtu.group(1)) > 0:
                # A router that tells no next-hop MTU says 0.
                ping["path_mtu"] = min(int(mtu.group(1)), ping["path_mtu"] or int(mtu.group(1)))
        return error is not None or _CHATTER.fullmatch(said) is not None
    return True
