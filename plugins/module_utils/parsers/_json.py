# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""JSON as tools print it: maybe cut anywhere, maybe with a warning before it or another document after it. PRIVATE to the collection.

[{"ifname":"lo","mtu":65536},{"ifname":"eth0","mtu":15

A document is read member by member, so that of a cut one all that came before the cut is there. What was closed is a plain value of
Python (dict, list, str, …); what was not is a Part, which nobody takes for a record: its absent half would look like something that
the host does not have. Numbers, names and words at the very end are not believed, because they may go on. Where a byte in the middle
of a document makes no sense, reading goes on with the next member that can be told, and the record that the byte is in stays a Part.

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
# How often reading goes on after a byte that makes no sense, in one document.
_MOST_DAMAGES = 32
_STRING = r'"(?:[^"\\\n]|\\[^\n]){0,200}"'
_NAME = re.compile(r'\{[^\[\]{}"]{0,8}("(?:[^"\\\n]|\\[^\n]){0,200}")\s*:')
_NAMED = re.compile(rf"{_STRING}\s*:\s*")
_BRACKET = re.compile(r"[\[\]{}]")
_TOKEN = re.compile(rf"{_STRING}|[\[\]{{}}]")
_LONGEST_RECORD = 20_000
_SIMPLE = re.compile(rf"{_STRING}\s*:\s*(?:{_STRING}|-?[0-9][0-9.eE+-]{{0,39}}|true|false|null)\s*[,}}]")
_NETWORK = re.compile(r"(?=.{0,5}[0-9:])[0-9A-Fa-f:.]{1,45}(?:/[0-9]{1,3})?")
_MOST_KINDS = 8
_AFTER_A_NUMBER = frozenset(" \t\r\n,]}")


class Member(NamedTuple):
    """One member of an object or element of a list (name None), and where its value begins in the text without colours."""

    name: Optional[str]
    value: Any
    at: int


class Part(NamedTuple):
    """A list or object as far as it was read. A member that is a Part itself was open at the cut, or has in it what makes no sense."""

    is_list: bool
    members: List[Member]


class Document(NamedTuple):
    """One document of a text. closed: it was read to its last bracket. Otherwise nothing could be read from `end` on."""

    part: Part
    begin: int
    end: int
    closed: bool
    damages: List[int]  # places at which it made no sense, and after which it was read on

    @property
    def whole(self) -> bool:
        """Whether all of it was read."""
        return self.closed and not self.damages


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
        not_read += [places.at(one) for one in document.damages]
        if not document.closed:
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


def cut_records(found: Text) -> List[Part]:
    """The objects in the lists of a text that are not complete."""
    members = [member.value for document in found.documents if document.part.is_list for member in document.part.members]
    return [value for value in members if isinstance(value, Part) and not value.is_list]


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


def is_network(name: str) -> bool:
    """Whether a member's name is that of a network, and not that of a list inside a record whose beginning was lost."""
    return _NETWORK.fullmatch(name) is not None


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
    top = Part(text[at] == "[", [])
    begin, at = at, at + 1
    holders: List[Part] = [top]
    damages: List[int] = []
    while True:
        at, name = _fill(text, at, holders[-1])
        if at < 0:
            at = -at
            holders.pop()
            if not holders:
                return Document(top, begin, at, True, damages)
        elif text[at : at + 1] in ("[", "{") and (name is not None or holders[-1].is_list):
            if len(holders) >= _DEEPEST:
                return Document(top, begin, at, False, damages)
            opened = Part(text[at] == "[", [])
            holders[-1].members.append(Member(name, opened, at))
            holders.append(opened)
            at += 1
        else:
            _reopen(holders[-1])
            further = _resume(text, at, holders) if len(damages) < _MOST_DAMAGES else None
            if further is None:
                return Document(top, begin, at, False, damages)
            damages.append(at)
            at, level = further
            del holders[level + 1 :]


def _resume(text: str, at: int, holders: List[Part]) -> Optional[Tuple[int, int]]:
    """Where to read on after a place that makes no sense, and in which of the open lists and objects.

    That is told by the brackets that open and close, unless one of them is what makes no sense. Then it is the next simple member of the
    same object, when no bracket comes before it; else whatever comes first of what begins like the members that were read of an open list
    or object of records.
    """
    counted = _by_brackets(text, at, holders)
    if counted is not None:
        return counted
    # An object where a name should stand may be the next record.
    after = at if text[at : at + 1] in ("{", "[") else at + 1
    bracket = _BRACKET.search(text, after)
    if not holders[-1].is_list and bracket is not None:
        simple = _SIMPLE.search(text, after, bracket.end())
        if simple is not None:
            return simple.start(), len(holders) - 1
    starts = [_start(text, holder) for holder in holders]
    distinct = [(level, start) for level, start in enumerate(starts) if start and starts.count(start) == 1]
    if not distinct:
        return None
    found = re.compile("|".join(f"(?P<at_{level}>{start})" for level, start in distinct)).search(text, after)
    if found is None or found.lastgroup is None:
        return None
    return _blank(text, found.start()), int(found.lastgroup[3:])


def _by_brackets(text: str, at: int, holders: List[Part]) -> Optional[Tuple[int, int]]:
    """The next member of an open object or object of an open list, told by the brackets; None when a bracket or quote is at fault."""
    level = lowest = len(holders) - 1
    at = _blank(text, at, _NAMED)
    if text[at : at + 1] in '[]{}":':
        return None
    for token in _TOKEN.finditer(text, at, at + _LONGEST_RECORD):
        sign = token.group()
        # What was closed and opened again is another list or object.
        if level == lowest and (_NAME if holders[level].is_list else _NAMED).match(text, token.start()):
            return token.start(), level
        level += {"[": 1, "{": 1, "]": -1, "}": -1}.get(sign, 0)
        lowest = min(lowest, level)
        if lowest < 0:
            break
    return None


def _reopen(holder: Part) -> None:
    """Where names follow an object of a list, a bracket that makes no sense has closed it."""
    at = len(holder.members) - 1 if holder.is_list else -1
    while at >= 0 and isinstance(holder.members[at].value, str):
        at -= 1
    last = holder.members[at] if 0 <= at < len(holder.members) - 1 else None
    if last is not None and isinstance(last.value, dict):
        opened = Part(False, [Member(name, value, last.at) for name, value in items(last.value)])
        holder.members[at:] = [Member(None, opened, last.at)]


def _start(text: str, holder: Part) -> Optional[str]:
    """The expression for how the members of a list or object of records begin; None when it holds something else, or nothing."""
    kinds: List[str] = []
    for member in (*holder.members[:_MOST_KINDS], *holder.members[-1:]):
        if not isinstance(member.value, (dict, list, Part)):
            return None
        begin = _blank(text, member.at + 1) if text[member.at] == "[" else member.at
        first = _NAME.match(text, begin)
        if first is None:
            continue
        kind = r"\{\s*" + re.escape(first.group(1)) + r"\s*:"
        kind = r"\[\s*" + kind if begin != member.at else kind
        kind = kind if member.name is None else rf"{_STRING}\s*:\s*{kind}"
        # Of a document that is printed for people the depth is seen.
        line = text.rfind("\n", max(0, member.at - _WARNINGS), member.at) + 1
        indent = _blank(text, line) - line
        if line and _blank(text, line + indent, _BLANK if member.name is None else _NAMED) == member.at:
            kind = rf"(?<=\n){text[line : line + indent]}{kind}"
        if kind not in kinds:
            kinds.append(kind)
    return "|".join(kinds) or None


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
