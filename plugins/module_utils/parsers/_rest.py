# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What all answers of MidoNet's REST API have in common. PRIVATE to the collection: may change without notice.

A body is one object or a list of objects in JSON; an error is an object too: {"code": 404, "message": "…", "violations": []}.
Both generations name fields alike; what only one of them has is None in the other. Media types tell which version of a type
an answer is of ("application/vnd.org.midonet.Port-v3+json"); the fields that are read here did not change their meaning.
"""

from __future__ import annotations

import json
import re
from typing import Any, Callable, Dict, List, Optional, Tuple, TypeVar

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._json import number, word
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import outcome
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed, Unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._sections import without_codes

T = TypeVar("T")
Record = Dict[str, Any]

_BLANK = re.compile(r"\s*")
_LONGEST_NUMBER = 40
_MEDIA = re.compile(r"application/vnd\.org\.midonet\.(collection\.)?([A-Za-z0-9.]{1,60}?)(?:-v([0-9]{1,4}))?\+json(?:\s*;.*)?")
_DECODER = json.JSONDecoder(
    parse_int=lambda digits: int(digits) if len(digits) <= _LONGEST_NUMBER else None, parse_constant=lambda word: None, strict=False
)


def media_type(text: str) -> Optional[Tuple[str, Optional[int], bool]]:
    """(name, version, whether it is a list) of one of MidoNet's media types; None for another one."""
    match = _MEDIA.fullmatch(text.strip()[:200])
    return None if match is None else (match[2], int(match[3]) if match[3] else None, match[1] is not None)


def read(text: str, convert: Callable[[Record], Optional[T]]) -> Parsed[List[T]]:
    """Every object of a body that `convert` understands (it gives None for another one), in order; of a cut list, those before the cut."""
    records, not_read, cut = _records(text)
    said = _error(records)
    if said is not None:
        return outcome(text, [], False, [], said)
    found: List[T] = []
    for record, place in records:
        one = convert(record)
        if one is None:
            not_read.append(place)
        else:
            found.append(one)
    anything = bool(found) or (not not_read and not cut and bool(text.strip()))
    return outcome(text, found, anything or (cut and not not_read), not_read, cut=cut)


def read_one(text: str, convert: Callable[[Record], Optional[T]], nothing: T) -> Parsed[T]:
    """The object that a body is."""
    parsed = read(text, convert)
    if parsed.state in ("ok", "partial") and len(parsed.data) == 1:
        return Parsed(parsed.state, parsed.data[0], parsed.unread, parsed.error)
    state = "not_understood" if parsed.state in ("ok", "partial") else parsed.state
    return Parsed(state, nothing, parsed.unread, parsed.error)


def _records(text: str) -> Tuple[List[Tuple[Record, Unread]], List[Unread], bool]:
    """(objects with their places, what could not be read, whether the text ends too early)."""
    text = without_codes(text)
    found: List[Tuple[Record, Unread]] = []
    where = _Where(text)
    at = _skip(text, 0)
    listed = text[at : at + 1] == "["
    if listed:
        at = _skip(text, at + 1)
    while at < len(text):
        place = where.at(at)
        if listed and text[at] == "]":
            rest = _skip(text, at + 1)
            return found, [where.at(rest)] if rest < len(text) else [], False
        if text[at] != "{":
            return found, [place], False
        try:
            value, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            # A text that was cut ends inside its last object.
            return found, [] if found and _is_open(text, at) else [place], True
        found.append((value, place))
        at = _skip(text, end)
        if not listed:
            return found, [where.at(at)] if at < len(text) else [], False
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
    return found, [], bool(text.strip())


class _Where:
    """Line and column of places that are asked for in the order of the text: each line is counted once."""

    def __init__(self, text: str) -> None:
        self._text, self._line, self._start, self._seen = text, 1, 0, 0

    def at(self, place: int) -> Unread:
        self._line += self._text.count("\n", self._seen, place)
        self._start = max(self._start, self._text.rfind("\n", self._seen, place) + 1)
        self._seen = place
        return Unread(self._line, place - self._start + 1, self._text[place : place + 80].split("\n", 1)[0])


def _is_open(text: str, at: int) -> bool:
    """Whether an object may just not have come to its end."""
    return "}" not in text[at:] or text.count("{", at) > text.count("}", at)


def _skip(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at


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
