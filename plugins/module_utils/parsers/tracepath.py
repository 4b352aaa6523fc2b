# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`tracepath -n ADDRESS`: the hops to an address, and how large a packet may be on the way.

1?: [LOCALHOST]                      pmtu 1500
1:  10.20.0.18                                            5.494ms
2:  10.21.0.16                                            0.937ms reached
    Resume: pmtu 1500 hops 2 back 2
"""

from __future__ import annotations

import re
from typing import List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Hop(TypedDict):
    """One answer, or none, to one probe; a hop may have several."""

    hop: int
    address: Optional[str]  # None: no reply; a name when -n was not given
    rtt_s: Optional[float]
    path_mtu: Optional[int]  # bytes: from here on, when this hop said so
    reached: bool
    error: Optional[str]  # host_unreachable, network_unreachable, prohibited, protocol_unreachable, send_failed


class Path(TypedDict):
    """The way to an address."""

    hops: List[Hop]
    path_mtu: Optional[int]  # bytes: of the whole way, as far as it is known
    hop_count: Optional[int]
    back_count: Optional[int]  # hops of the way back, guessed from the answer's time to live
    reached: bool
    too_many_hops: bool


_HOP = re.compile(r"([0-9]{1,3})\??: {1,2}(\S{1,255}(?: \([0-9a-fA-F.:]{1,45}\))?)((?:\s+\S+)*)")
_RTT = re.compile(r"([0-9]{1,7}\.[0-9]{1,6})ms")
_RESUME = re.compile(r"Resume: pmtu ([0-9]{1,6})(?: hops ([0-9]{1,3}))?(?: back ([0-9]{1,3}))?")
_TOO_MANY = re.compile(r"Too many hops: pmtu ([0-9]{1,6})")
_ERRORS = {"!H": "host_unreachable", "!N": "network_unreachable", "!A": "prohibited", "!P": "protocol_unreachable"}


def parse(text: str) -> Parsed[Path]:
    """The hops in the tool's order, and what it says at the end."""
    data = Path(hops=[], path_mtu=None, hop_count=None, back_count=None, reached=False, too_many_hops=False)
    not_read = []
    anything = False
    for line in lines(text):
        said = line.text.strip()
        if not said:
            continue
        hop = _hop(said) if line.terminated else None
        resume, too_many = _RESUME.fullmatch(said), _TOO_MANY.fullmatch(said)
        if resume and line.terminated:
            data["path_mtu"], data["hop_count"] = int(resume.group(1)), _maybe(resume.group(2))
            data["back_count"] = _maybe(resume.group(3))
        elif too_many and line.terminated:
            data["path_mtu"], data["too_many_hops"] = int(too_many.group(1)), True
        elif hop is not None:
            data["hops"].append(hop)
            data["reached"] = data["reached"] or hop["reached"]
        else:
            not_read.append(unread(line))
            continue
        anything = True
    return outcome(text, data, anything, not_read)


def _maybe(text: Optional[str]) -> Optional[int]:
    return None if text is None else int(text)


def _hop(said: str) -> Optional[Hop]:
    match = _HOP.fullmatch(said)
    if match is None:
        return None
    number, who, rest = int(match.group(1)), match.group(2), match.group(3).split()
    hop = Hop(hop=number, address=who, rtt_s=None, path_mtu=None, reached=False, error=None)
    if (who, rest) in (("no", ["reply"]), ("send", ["failed"])):
        hop["address"], hop["error"] = None, "send_failed" if who == "send" else None
        return hop
    if who == "[LOCALHOST]":
        hop["address"] = None
    at = 0
    while at < len(rest):
        word, value = rest[at], rest[at + 1] if at + 1 < len(rest) else ""
        rtt = _RTT.fullmatch(word)
        if rtt:
            hop["rtt_s"] = round(float(rtt.group(1)) / 1000, 9)
        elif word in ("pmtu", "asymm") and value.isdigit() and len(value) < 7 and value.isascii():
            hop["path_mtu"] = int(value) if word == "pmtu" else hop["path_mtu"]
            at += 1
        elif word == "reached":
            hop["reached"] = True
        elif word in _ERRORS:
            hop["error"] = _ERRORS[word]
        elif not (word in ("(This", "broken", "router", "returned", "corrupted", "payload)", "!") or word.startswith("(")):
            return None
        at += 1
    return hop
