# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""JSON as tools print it: maybe cut anywhere, maybe with a warning before it or another document after it. PRIVATE to the collection.

[{"ifname":"lo","mtu":65536},{"ifname":"eth0","mtu":15

A document is read member by member, so that of a cut one all that came before the cut is there. What was closed is a plain value of
Python (dict, list, str, …); what was not is a Part, which nobody takes for a record: its absent half would look like something that
the host does not have. Numbers, names and words at the very end are not believed, because they may go on.

NaN and infinities, numbers that nobody counts to, and a name that comes twice with two simple values, tell nothing: None.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple, Union

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._sections import without_codes

_BLANK = re.compile(r"[ \t\r\n]*")
# Between two members; iproute2 and FRR have released versions that forget the comma, or print two.
_BETWEEN = re.compile(r"[ \t\r\n,]*")
_COLON = re.compile(r"[ \t\r\n]*:[ \t\r\n]*")
# How a document begins, on a line of its own: not like "[detached]" or "{link}" in the text of a tool.
_START = re.compile(r"^[ \t\ufeff]*(?=\[[ \t]*(?:[\[{\]\"\r]|$)|\{[ \t]*(?:[\"}\r]|$))", re.MULTILINE)
_WARNINGS = 2000
_LONGEST_NUMBER = 40
# Genuine documents nest nine deep (rules of nftables). A bound keeps hostile ones from costing more than they are long.
_DEEPEST = 40
_AFTER_A_NUMBER = frozenset(" \t\r\n,]}")


class Member(NamedTuple):
    """One member of an object or element of a list (name None), and where its value begins in the text without colours."""

    name: Optional[str]
    value: Any
    at: int


class Part(NamedTuple):
    """A list or object as far as it was read. Only its last member can be a Part itself: what was open at the cut."""

    is_list: bool
    members: List[Member]


class Document(NamedTuple):
    """One document of a text. whole: it was read to its last bracket. Otherwise nothing could be read from `end` on."""

    part: Part
    begin: int
    end: int
    whole: bool


class Text(NamedTuple):
    """A text without colours, its documents in order, and the places of what belongs to none: the cut, warnings, garbage."""

    text: str
    documents: List[Document]
    unread: List[Unread]

    @property
    def whole(self) -> bool:
        """Whether nothing is missing of what was begun."""
        return all(document.whole for document in self.documents)


class _Repeated(dict):  # type: ignore[type-arg]
    """An object in which a name comes more than once; all its members are kept."""

    __slots__ = ("pairs",)
    pairs: List[Tuple[str, Any]]


def _integer(digits: str) -> Optional[int]:
    """Python takes quadratic time for the digits of a number: nobody counts that far."""
    return int(digits) if len(digits) <= _LONGEST_NUMBER else None


def _fraction(digits: str) -> Optional[float]:
    value = float(digits[:400])
    return value if math.isfinite(value) else None


def _object(pairs: List[Tuple[str, Any]]) -> Dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    repeated = _Repeated()
    for name, value in pairs:
        same = name not in repeated or repeated[name] == value or isinstance(value, (dict, list))
        repeated[name] = value if same else None
    repeated.pairs = pairs
    return repeated


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_fraction, parse_constant=lambda word: None, strict=False
)


def is_json(text: str) -> bool:
    """Whether there is a document in the first lines of a text."""
    head = text[:_WARNINGS]
    return _START.search(without_codes(head) if "\x1b" in head else head) is not None


def read(text: str) -> Text:
    """All documents of a text. Linear time; never raises."""
    text = without_codes(text)
    documents: List[Document] = []
    not_read: List[Unread] = []
    places = Places(text)
    at = 0
    while True:
        blank = begin = _blank(text, at)
        # The next document may follow on the same line.
        if not documents or text[blank : blank + 1] not in ("[", "{"):
            start = _START.search(text, at)
            begin = start.end() if start is not None else len(text)
        if text[blank:begin].strip(" \t\r\n\ufeff"):
            not_read.append(places.at(blank))
        if begin >= len(text):
            return Text(text, documents, not_read)
        document = _document(text, begin)
        documents.append(document)
        at = document.end
        if not document.whole:
            not_read.append(places.at(min(at, len(text) - 1)))
            return Text(text, documents, not_read)


def records(text: str) -> Tuple[List[Dict[str, Any]], List[Unread]]:
    """Every complete object of the lists in a text, in order, and the places of what could not be read.

    iproute2 prints an empty object for what its filters left out; those are dropped.
    """
    found = read(text)
    complete: List[Dict[str, Any]] = []
    strange: List[Unread] = []
    places = Places(found.text)
    for document in found.documents:
        if not document.part.is_list:
            strange.append(places.at(document.begin))
            continue
        for member in document.part.members:
            if isinstance(member.value, dict):
                complete += [member.value] if member.value else []
            elif not isinstance(member.value, Part):
                strange.append(places.at(member.at))
    return complete, sorted([*strange, *found.unread], key=lambda one: (one.line, one.column))


def cut_record(found: Text) -> Optional[Part]:
    """The object that the last list of a text was in when it was cut."""
    members = found.documents[-1].part.members if found.documents else []
    last = members[-1].value if members else None
    return last if isinstance(last, Part) and not last.is_list else None


def items(value: Any) -> Iterator[Tuple[str, Any]]:
    """The members of an object, complete or not, in order; also those whose name comes again. Nothing for anything else."""
    if isinstance(value, _Repeated):
        return iter(value.pairs)
    if isinstance(value, dict):
        return iter(value.items())
    if isinstance(value, Part):
        return iter([(member.name, member.value) for member in value.members if member.name is not None])
    return iter(())


def elements(value: Any) -> List[Any]:
    """The elements of a list, complete or not, without one that was cut. Nothing for anything else."""
    if isinstance(value, Part):
        return [member.value for member in value.members if value.is_list and not isinstance(member.value, Part)]
    return value if isinstance(value, list) else []


def get(value: Any, name: str) -> Any:
    """A member of an object, complete or not; None when there is none, or value is no object."""
    if isinstance(value, dict):
        return value.get(name)
    return next((found for known, found in items(value) if known == name), None)


class Places:
    """Line and column of places that are asked for in the order of the text: each line is counted once."""

    def __init__(self, text: str) -> None:
        self._text, self._line, self._start, self._seen = text, 1, 0, 0

    def at(self, place: int) -> Unread:
        """A place in the text, which may be its end."""
        place = max(min(place, len(self._text) - 1), 0)
        self._line += self._text.count("\n", self._seen, place)
        self._start = max(self._start, self._text.rfind("\n", self._seen, place) + 1)
        self._seen = place
        return Unread(self._line, place - self._start + 1, self._text[place : place + 80].split("\n", 1)[0])


def place(text: str, at: int) -> Unread:
    """One place in a text, which may be its end."""
    return Places(text).at(at)


def _blank(text: str, at: int, pattern: re.Pattern[str] = _BLANK) -> int:
    match = pattern.match(text, at)
    return match.end() if match is not None else at


def _document(text: str, at: int) -> Document:
    top = holder = Part(text[at] == "[", [])
    begin, at = at, at + 1
    for _depth in range(_DEEPEST):
        at, name = _fill(text, at, holder)
        if at < 0:
            return Document(top, begin, -at, True)
        if text[at : at + 1] not in ("[", "{"):
            break
        opened = Part(text[at] == "[", [])
        holder.members.append(Member(name, opened, at))
        holder, at = opened, at + 1
    return Document(top, begin, at, False)


def _fill(text: str, at: int, holder: Part) -> Tuple[int, Optional[str]]:
    """Take the complete members that stand there. Minus the place after the closing bracket; or the place from which no member could
    be read, and the name that was before it."""
    closer = "]" if holder.is_list else "}"
    while True:
        at = _blank(text, at, _BETWEEN if holder.members else _BLANK)
        if text[at : at + 1] == closer:
            return -(at + 1), None
        name, begin = None, at
        if not holder.is_list:
            named = _value(text, at) if text[at : at + 1] == '"' else None
            colon = _COLON.match(text, named[1]) if named is not None else None
            if named is None or colon is None:
                return at, None
            name, begin = str(named[0]), colon.end()
        value = _value(text, begin)
        if value is None:
            return begin if text[begin : begin + 1] in ("[", "{") else at, name
        holder.members.append(Member(name, value[0], begin))
        at = value[1]


def _value(text: str, at: int) -> Optional[Tuple[Any, int]]:
    """The complete value that begins there, and the place after it."""
    try:
        value, end = _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError):
        return None
    # The last digit of a number may be missing; what ends with a sign of its own was not cut.
    if text[end - 1] not in '}]"' and text[end : end + 1] not in _AFTER_A_NUMBER:
        return None
    if isinstance(value, (dict, list)):
        _prune(value)
    return value, end


def _prune(value: Union[Dict[str, Any], List[Any]]) -> None:
    """Empty what nests deeper than anything that is meant: those who walk through it have a stack."""
    level: List[Any] = [value]
    for _depth in range(_DEEPEST):
        level = [one for outer in level for one in (outer.values() if isinstance(outer, dict) else outer) if isinstance(one, (dict, list))]
        if not level:
            return
    for outer in level:
        outer.clear()


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
