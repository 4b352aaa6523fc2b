# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read mm-trace list: the tracers that an agent has. PRIVATE to the collection: may change without notice.

    mm-trace --debug --limit 100 --ip-protocol 6 --ip-src 10.0.0.1 --dst-port 80

One line per tracer, each of them the options of the command that made it; nothing when there is none. The limit counts down.
"""

from __future__ import annotations

import re
from typing import Any, Callable, Dict, List, Optional, Tuple, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _numbers as n
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed, Unread


class Tracer(TypedDict):
    """What is not matched on is None; numbers that Java prints signed are unsigned."""

    level: str  # debug or trace
    limit: Optional[int]  # packets that are left to be traced
    ethertype: Optional[int]
    mac_src: Optional[str]
    mac_dst: Optional[str]
    ip_protocol: Optional[int]
    ip_src: Optional[str]
    ip_dst: Optional[str]
    src_port: Optional[int]
    dst_port: Optional[int]


_OPTIONS: Dict[str, Tuple[str, Callable[[str], Any]]] = {
    "--limit": ("limit", n.integer),
    "--ethertype": ("ethertype", n.unsigned16),
    "--mac-src": ("mac_src", n.mac),
    "--mac-dst": ("mac_dst", n.mac),
    "--ip-protocol": ("ip_protocol", n.unsigned8),
    "--ip-src": ("ip_src", str),
    "--ip-dst": ("ip_dst", str),
    "--src-port": ("src_port", n.unsigned16),
    "--dst-port": ("dst_port", n.unsigned16),
}
_REMOVED = re.compile(r"Removed [0-9]{1,9} tracer\(s\)")
_ERROR = re.compile(r"\[mm-trace\] .*|ERROR: .*|.*command not found.*|.*No such file.*|.*Permission denied.*|.*: not found")


def parse(text: str) -> Parsed[List[Tracer]]:
    """Every tracer in the order of the tool."""
    tracers: List[Tracer] = []
    not_read: List[Unread] = []
    error: Optional[str] = None
    cut = removed = False
    for line in lines(text):
        words = line.text.split()
        if not words:
            continue
        if not line.terminated:
            cut = True
        elif _REMOVED.fullmatch(line.text.strip()):
            removed = True
        elif _ERROR.fullmatch(line.text.strip()):
            error = error or line.text.strip()[:300]
        else:
            tracer = _tracer(words)
            if tracer is None:
                not_read.append(unread(line))
            else:
                tracers.append(tracer)
    return outcome(text, tracers, bool(tracers) or removed or cut, not_read, error, cut)


def _tracer(words: List[str]) -> Optional[Tracer]:
    if words[0] != "mm-trace" or len(words) < 2 or words[1] not in ("--debug", "--trace") or len(words) > 40:
        return None
    tracer: Tracer = dict.fromkeys(Tracer.__annotations__)  # type: ignore[assignment]
    tracer["level"] = words[1][2:]
    rest = words[2:]
    if len(rest) % 2:
        return None
    for option, value in zip(rest[::2], rest[1::2]):
        if option not in _OPTIONS:
            return None
        name, convert = _OPTIONS[option]
        try:
            tracer[name] = convert(value)  # type: ignore[literal-required]
        except ValueError:
            return None
    return tracer
