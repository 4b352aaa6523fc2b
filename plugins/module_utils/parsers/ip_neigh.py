# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`ip -4 neigh show`: the neighbour table, as iproute2 3.x to 6.x and busybox print it, or with -j.

10.0.0.1 dev eth0 lladdr 52:54:00:aa:bb:cc REACHABLE
10.0.0.9 dev eth0  FAILED
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _json
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Neighbour(TypedDict):
    """One entry of the neighbour table."""

    address: str
    link: Optional[str]
    mac: Optional[str]
    state: Optional[str]  # REACHABLE, STALE, DELAY, PROBE, FAILED, INCOMPLETE, PERMANENT, NOARP, NONE


_STATES = frozenset("INCOMPLETE REACHABLE STALE DELAY PROBE FAILED NOARP PERMANENT NONE".split())
_ADDRESS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9a-fA-F]{0,4}:[0-9a-fA-F:.]{1,41}")


def parse(text: str) -> Parsed[List[Neighbour]]:
    """The entries in the tool's order."""
    return _parse_json(text) if _json.is_json(text) else _parse_plain(text)


def _parse_plain(text: str) -> Parsed[List[Neighbour]]:
    found: List[Neighbour] = []
    not_read = []
    for line in lines(text):
        words = line.text.split()
        if not words:
            continue
        neighbour = _neighbour(words) if line.terminated else None
        if neighbour is None:
            not_read.append(unread(line))
        else:
            found.append(neighbour)
    return outcome(text, found, bool(found), not_read)


def _neighbour(words: List[str]) -> Optional[Neighbour]:
    if not _ADDRESS.fullmatch(words[0]):
        return None
    after = dict(zip(words[1:-1], words[2:]))
    states = [word for word in words[1:] if word in _STATES]
    if "dev" not in after and not states:
        return None
    mac = after.get("lladdr")
    return Neighbour(address=words[0], link=after.get("dev"), mac=mac.lower() if mac else None, state=states[-1] if states else None)


def _parse_json(text: str) -> Parsed[List[Neighbour]]:
    found, not_read = _json.records(text)
    entries = [entry for entry in map(_from_json, found) if entry is not None]
    return outcome(text, entries, bool(entries) or not not_read, not_read)


def _from_json(record: Dict[str, Any]) -> Optional[Neighbour]:
    address = _json.word(record, "dst")
    states = _json.words(record, "state")
    if address is None:
        return None
    link, mac = _json.word(record, "dev"), _json.word(record, "lladdr")
    return Neighbour(address=address, link=link, mac=mac.lower() if mac else None, state=states[-1] if states else None)
