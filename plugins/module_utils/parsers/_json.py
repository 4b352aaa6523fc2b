# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The JSON that iproute2 prints with -j: a list of objects, maybe several, maybe cut. PRIVATE to the collection."""

from __future__ import annotations

import json
import re
from typing import Any, Dict, List, Optional, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._sections import without_codes

_START = re.compile(r"\s*\[\s*(?:\{|\]|$)")
_BLANK = re.compile(r"[\s,]*")
_LONGEST_NUMBER = 40
_LONGEST_START = 10_000


def _short(digits: str) -> Optional[int]:
    """Python takes quadratic time for the digits of a number: nobody counts that far."""
    return int(digits) if len(digits) <= _LONGEST_NUMBER else None


_DECODER = json.JSONDecoder(parse_int=_short, parse_constant=lambda word: None, strict=False)


def is_json(text: str) -> bool:
    """Whether a text begins like a list of objects."""
    return _START.match(text[:_LONGEST_START] if "\x1b" not in text else without_codes(text[:_LONGEST_START])) is not None


def records(text: str) -> Tuple[List[Dict[str, Any]], List[Unread]]:
    """Every complete object of the lists in a text, in order, and the place from which nothing more could be read.

    iproute2 prints an empty object for what its filters left out; those are dropped.
    """
    text = without_codes(text)
    found: List[Dict[str, Any]] = []
    inside = False
    at = 0
    while True:
        blank = _BLANK.match(text, at)
        at = blank.end() if blank else at
        if at >= len(text):
            # The list must have been closed, or the text was cut between two objects.
            return found, [place(text, at)] if inside else []
        if not inside and text[at] == "[":
            inside, at = True, at + 1
        elif inside and text[at] == "]":
            inside, at = False, at + 1
        elif inside and text[at] == "{":
            try:
                value, at = _DECODER.raw_decode(text, at)
            except (ValueError, RecursionError):
                return found, [place(text, at)]
            if value:
                found.append(value)
        else:
            return found, [place(text, at)]


_MEMBER = re.compile(r'\s*(?:,\s*)?"([^"\\]{1,64})"\s*:\s*')


def members(text: str, at: int) -> Tuple[List[Tuple[str, Any]], int]:
    """The complete members of the object that begins there, and the place after the last of them: the end, or where it was cut."""
    found: List[Tuple[str, Any]] = []
    at += 1
    while True:
        member = _MEMBER.match(text, at)
        if member is None:
            return found, at
        try:
            value, at = _DECODER.raw_decode(text, member.end())
        except (ValueError, RecursionError):
            return found, member.start()
        # The last digit of a number may be missing; what ends with a sign of its own was not cut.
        if at == len(text) and text[at - 1] not in '}]"':
            return found, member.start()
        found.append((member.group(1), value))


def place(text: str, at: int) -> Unread:
    """A place in a text, which may be its end."""
    at = max(min(at, len(text) - 1), 0)
    line = text.count("\n", 0, at) + 1
    column = at - (text.rfind("\n", 0, at) + 1) + 1
    return Unread(line, column, text[at : at + 80].split("\n", 1)[0])


def number(record: Dict[str, Any], name: str) -> Optional[int]:
    """A whole number of a record, or None when it is absent or something else."""
    value = record.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def word(record: Dict[str, Any], name: str) -> Optional[str]:
    """A text of a record, or None when it is absent or something else."""
    value = record.get(name)
    return value if isinstance(value, str) else None


def part(record: Dict[str, Any], name: str) -> Dict[str, Any]:
    """An object inside a record; empty when it is absent or something else."""
    value = record.get(name)
    return value if isinstance(value, dict) else {}


def parts(record: Dict[str, Any], name: str) -> List[Dict[str, Any]]:
    """The objects of a list inside a record."""
    value = record.get(name)
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def words(record: Dict[str, Any], name: str) -> List[str]:
    """The texts of a list inside a record."""
    value = record.get(name)
    return [entry for entry in value if isinstance(entry, str)] if isinstance(value, list) else []
