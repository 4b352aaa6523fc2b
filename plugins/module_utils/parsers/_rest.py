# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What all answers of MidoNet's REST API have in common. PRIVATE to the collection: may change without notice.

A body is one object or a list of objects in JSON; an error is an object too: {"code": 404, "message": "…", "violations": []}.
Both generations name fields alike; what only one of them has is None in the other. Media types tell which version of a type
an answer is of ("application/vnd.org.midonet.Port-v3+json"); the fields that are read here did not change their meaning.
"""

from __future__ import annotations

import re
from typing import Any, Callable, Dict, List, Optional, Tuple, TypeVar

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _json
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._json import number, word
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import first, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed, Unread

T = TypeVar("T")
Record = Dict[str, Any]

_MEDIA = re.compile(r"application/vnd\.org\.midonet\.(collection\.)?([A-Za-z0-9.]{1,60}?)(?:-v([0-9]{1,4}))?\+json(?:\s*;.*)?")


def media_type(text: str) -> Optional[Tuple[str, Optional[int], bool]]:
    """(name, version, whether it is a list) of one of MidoNet's media types; None for another one."""
    match = _MEDIA.fullmatch(text.strip()[:200])
    return None if match is None else (match[2], int(match[3]) if match[3] else None, match[1] is not None)


def read(text: str, convert: Callable[[Record], Optional[T]]) -> Parsed[List[T]]:
    """Every object of a body that `convert` understands (it gives None for another one), in order; of a cut list, those before the cut."""
    records, not_read = _records(text)
    said = _error(records)
    if said is not None:
        return outcome(text, [], False, [], said)
    found: List[T] = []
    strange: List[Unread] = []
    for record, place in records:
        one = convert(record) if isinstance(record, dict) else None
        if one is None:
            strange.append(place)
        else:
            found.append(one)
    not_read = sorted(strange + not_read, key=lambda place: (place.line, place.column))
    return outcome(text, found, bool(found) or (not not_read and bool(text.strip())), not_read)


def read_one(text: str, convert: Callable[[Record], Optional[T]], nothing: T) -> Parsed[T]:
    """The object that a body is."""
    parsed = read(text, convert)
    if parsed.state in ("ok", "partial") and len(parsed.data) == 1:
        return Parsed(parsed.state, parsed.data[0], parsed.unread, parsed.error)
    state = "not_understood" if parsed.state in ("ok", "partial") else parsed.state
    not_read = parsed.unread or ([unread(line) for line in first(text)] if state == "not_understood" else [])
    return Parsed(state, nothing, not_read, parsed.error)


def _records(text: str) -> Tuple[List[Tuple[Any, Unread]], List[Unread]]:
    """What the body holds, with places; and what could not be read."""
    found = _json.read(text)
    records: List[Tuple[Any, Unread]] = []
    places = _json.Places(found.text)
    for document in found.documents:
        part = document.part
        if not part.is_list and document.whole:
            records.append((dict(_json.items(part)), places.at(document.begin)))
        elif part.is_list:
            records += [(member.value, places.at(member.at)) for member in part.members if not isinstance(member.value, _json.Part)]
    return records, found.unread


def _error(records: List[Tuple[Record, Unread]]) -> Optional[str]:
    """What the API says instead of an answer."""
    if len(records) != 1 or not isinstance(records[0][0], dict):
        return None
    record = records[0][0]
    message, code = word(record, "message"), number(record, "code")
    if message is None or code is None or "id" in record:
        return None
    return f"{code}: {message[:200]}"


def truth(record: Record, name: str) -> Optional[bool]:
    """A truth value of a record, or None when it is absent or something else."""
    value = record.get(name)
    return value if isinstance(value, bool) else None


def ids(record: Record, name: str) -> Optional[List[str]]:
    """The texts of a list; None when there is no such list."""
    value = record.get(name)
    return [entry for entry in value if isinstance(entry, str)] if isinstance(value, list) else None


def prefix(record: Record, address: str, length: str) -> Optional[str]:
    """A network from its address and the length of its prefix, which stand apart."""
    network, bits = word(record, address), number(record, length)
    return None if network is None or bits is None else f"{network}/{bits}"
