# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`arping -c N -I IF ADDRESS`: who answers for an address, and with -D whether somebody else has it. Of iputils and busybox; Habets' too.

ARPING 10.20.0.12 from 10.20.0.17 eth1
Unicast reply from 10.20.0.12 [02:21:00:00:00:0D]  0.620ms
Sent 2 probes (1 broadcast(s))
Received 3 response(s)
"""

from __future__ import annotations

import re
from typing import List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._errors import complaint
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Reply(TypedDict):
    """One answer."""

    address: str
    mac: str
    rtt_s: Optional[float]


class Probe(TypedDict):
    """What one run of arping saw. A second MAC among the replies means that two hosts have the address."""

    address: Optional[str]
    source: Optional[str]  # 0.0.0.0: it asked whether the address is free (-D)
    link: Optional[str]
    replies: List[Reply]
    sent: Optional[int]
    received: Optional[int]


_START = re.compile(r"ARPING (?:to )?(\S{1,64})(?: from (\S{1,64})(?: via)? (\S{1,16}))?")
_REPLY = re.compile(
    r"(?:Unicast|Broadcast) (?:reply|request) from (\S{1,64}) \[([0-9A-Fa-f:]{17})\]"
    r"(?: for \S+ \[[0-9A-Fa-f:]{17}\])? *([0-9.]{1,12}ms|UNSOLICITED\??)?"
)
_REPLY_HABETS = re.compile(r"[0-9]+ bytes from ([0-9A-Fa-f:]{17}) \((\S{1,64})\): index=[0-9]+ time=([0-9.]{1,12}) (msec|usec|sec)")
_SENT = re.compile(r"Sent ([0-9]{1,9}) probe(?:s|\(s\)) \([0-9]{1,9} broadcast\(s\)\)")
_RECEIVED = re.compile(r"Received ([0-9]{1,9}) (?:response|replies)(?:\(s\))?(?: \(.*\))?")
_SUMMARY = re.compile(r"([0-9]{1,9}) packets transmitted, ([0-9]{1,9}) packets received, .*")
_NOTES = re.compile(r"Timeout|---.*---|rtt min/avg/max.*|")
_UNITS = {"msec": 1e-3, "usec": 1e-6, "sec": 1.0}


def parse(text: str) -> Parsed[List[Probe]]:
    """The runs in the order of the text."""
    probes: List[Probe] = []
    not_read = []
    for line in lines(text):
        said = line.text.strip()
        if not said:
            continue
        start = _START.fullmatch(said)
        if start and line.terminated:
            probes.append(Probe(address=start.group(1), source=start.group(2), link=start.group(3), replies=[], sent=None, received=None))
        elif not (line.terminated and probes and _of_probe(probes[-1], said)):
            not_read.append(unread(line))
    error = None if probes else complaint(text, ("arping: ", "Interface "))
    return outcome(text, probes, bool(probes), [] if error else not_read, error)


def _of_probe(probe: Probe, said: str) -> bool:
    reply, habets = _REPLY.fullmatch(said), _REPLY_HABETS.fullmatch(said)
    sent, received, summary = _SENT.fullmatch(said), _RECEIVED.fullmatch(said), _SUMMARY.fullmatch(said)
    if reply:
        rtt = _seconds((reply.group(3) or "")[:-2], 1e-3) if (reply.group(3) or "").endswith("ms") else None
        probe["replies"].append(Reply(address=reply.group(1), mac=reply.group(2).lower(), rtt_s=rtt))
    elif habets:
        rtt = _seconds(habets.group(3), _UNITS[habets.group(4)])
        probe["replies"].append(Reply(address=habets.group(2), mac=habets.group(1).lower(), rtt_s=rtt))
    elif sent:
        probe["sent"] = int(sent.group(1))
    elif received:
        probe["received"] = int(received.group(1))
    elif summary:
        probe["sent"], probe["received"] = int(summary.group(1)), int(summary.group(2))
    else:
        return _NOTES.fullmatch(said) is not None
    return True


def _seconds(text: str, unit: float) -> Optional[float]:
    try:
        return round(float(text) * unit, 9)
    except ValueError:
        return None
