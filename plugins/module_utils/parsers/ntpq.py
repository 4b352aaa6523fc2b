# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`ntpq -pn`: the sources of ntpd.

     remote           refid      st t when poll reach   delay   offset  jitter
==============================================================================
*10.0.0.1        203.0.113.9      2 u   33   64  377    0.412   -1.201   0.084
"""

from __future__ import annotations

import re
from typing import List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._numbers import maybe_integer
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Peer(TypedDict):
    """One source."""

    tally: str  # the first column: * selected, o selected by pulse per second, + candidate, x falseticker, blank not used, …
    remote: str
    refid: str
    stratum: Optional[int]  # 16: not synchronised
    reach: Optional[int]  # the last eight polls as bits, the newest lowest (printed in octal)
    poll_s: Optional[int]
    delay_s: Optional[float]
    offset_s: Optional[float]  # host's clock minus the source's, seconds (ntpq prints the source's minus the host's, in ms)
    jitter_s: Optional[float]


_TALLY = " x.-#+*o"
_FLOAT = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,9})?")
_OCTAL = re.compile(r"[0-7]{1,4}")
# ntpsec shows how many cookies of NTS are left.
_KIND = re.compile(r"[a-zA-Z0-9-]")
_COLUMNS = 9  # after the source's name


def parse(text: str) -> Parsed[List[Peer]]:
    """The sources in the tool's order."""
    peers: List[Peer] = []
    not_read = []
    heading = False
    name = ""  # a long address that stood on a line of its own
    for line in lines(text):
        said = line.text.strip()
        if not said:
            continue
        if said.startswith("remote ") or not said.strip("="):
            heading = True
            continue
        peer = _peer(name + " " + line.text if name else line.text) if line.terminated else None
        alone = not name and len(said.split()) == 1 and heading and line.terminated
        name = ""
        if peer is not None:
            peers.append(peer)
        elif alone:
            name = line.text.rstrip()
        else:
            not_read.append(unread(line))
    understood = bool(peers) or (heading and not not_read)
    return outcome(text, peers, understood, not_read)


def _peer(line: str) -> Optional[Peer]:
    tally = line[0] if line[0] in _TALLY else " "
    # A name may begin with a letter that is also a tally code; names of -n never do.
    body = line[1:] if line[0] in _TALLY else line
    words = body.split()
    if len(words) < _COLUMNS + 1:
        return None
    remote = words[0]
    refid, stratum, kind, when, poll, reach, delay, offset, jitter = words[-_COLUMNS:]
    del when  # how long ago it was last heard; `reach` tells that better
    numbers = [float(word) / 1000 if _FLOAT.fullmatch(word) else None for word in (delay, offset, jitter)]
    if not _KIND.fullmatch(kind) or not _OCTAL.fullmatch(reach) or maybe_integer(stratum) is None:
        return None
    return Peer(
        tally=tally,
        remote=remote,
        refid=refid,
        stratum=maybe_integer(stratum),
        reach=int(reach, 8),
        poll_s=maybe_integer(poll),
        delay_s=_rounded(numbers[0]),
        offset_s=_rounded(-numbers[1] if numbers[1] else numbers[1]),
        jitter_s=_rounded(numbers[2]),
    )


def _rounded(seconds: Optional[float]) -> Optional[float]:
    return None if seconds is None else round(seconds, 9)
