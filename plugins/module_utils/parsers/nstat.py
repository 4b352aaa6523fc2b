# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Counters of the network stack: `nstat -asz`, with -j, or /proc/net/snmp and /proc/net/netstat.

IpInAddrErrors                  0                  0.0
TcpExt: SyncookiesSent IPReversePathFilter
TcpExt: 0 9
"""

from __future__ import annotations

import re
from typing import Dict, List, Optional, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _json
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import Line, lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._numbers import maybe_integer
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed

_LINE = re.compile(r"([A-Za-z][A-Za-z0-9]{1,60})\s+([0-9]{1,20})(?:\s+[0-9]{1,20}(?:\.[0-9]{1,6})?)?")
_HEAD = re.compile(r"#(?:kernel|extra|[0-9]{1,20}\.[0-9]{1,20} .*)")
_PAIR = re.compile(r"(?:/proc/net/[a-z0-9]{1,16}:)?([A-Za-z][A-Za-z0-9]{1,20}):((?: -?[A-Za-z0-9]{1,60})+) ?")


def parse(text: str) -> Parsed[Dict[str, int]]:
    """Counters by name, in the names of nstat in all three forms: TcpExtIPReversePathFilter, IpInReceives, …"""
    if _json.is_json(text):
        return _parse_json(text)
    found: Dict[str, int] = {}
    not_read = []
    headed = False
    names: Dict[str, Tuple[Line, List[str]]] = {}
    for line in lines(text):
        said = line.text.strip()
        if said.startswith("#"):
            # Nothing follows when no counter moved since nstat was last asked.
            headed = headed or _HEAD.fullmatch(said) is not None
            continue
        if not said:
            continue
        simple, pair = _LINE.fullmatch(said), _PAIR.fullmatch(said)
        if not line.terminated:
            not_read.append(unread(line))
        elif simple:
            found[simple.group(1)] = int(simple.group(2))
        elif pair is None:
            not_read.append(unread(line))
        else:
            named = names.pop(pair.group(1), None)
            if not _values(found, pair.group(1), named and named[1], pair.group(2).split()):
                not_read += [unread(named[0])] if named else []
                names[pair.group(1)] = line, pair.group(2).split()
    # Names whose numbers do not follow.
    not_read += [unread(line) for line, _words in names.values()]
    return outcome(text, found, bool(found) or headed, sorted(not_read, key=lambda line: line.line))


def _values(found: Dict[str, int], group: str, names: Optional[List[str]], words: List[str]) -> bool:
    """Take a line of numbers that belongs to a line of names before it; False for a line of names."""
    numbers = [maybe_integer(word) for word in words]
    if names is None or len(names) != len(words) or None in numbers:
        return False
    # Some are signed: TcpMaxConn is -1.
    found.update({group + name: number for name, number in zip(names, numbers) if number is not None})
    return True


def _parse_json(text: str) -> Parsed[Dict[str, int]]:
    read = _json.read(text)
    kernel = _json.get(read.documents[0].part, "kernel") if read.documents else None
    found = {name: value for name, value in _json.items(kernel) if isinstance(value, int) and not isinstance(value, bool)}
    understood = bool(found) or isinstance(kernel, dict)
    return outcome(text, found, understood, read.unread if understood or read.unread else [_json.place(read.text, 0)])
