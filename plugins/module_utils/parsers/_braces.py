# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read Java's toString texts: ``SetKey{Tunnel{tun_id=-1, ipv4_src=10.0.3.1}}``, ``FlowMask[InPort{-1}, ...]``.

PRIVATE to the collection: may change without notice. Every part carries its position in the text, so that a caller can
point at what it did not understand.
"""

from __future__ import annotations

import re
from typing import List, NamedTuple, Optional, Tuple, Union

_DELIMITER = re.compile(r"[{}\[\],=]")
_CLOSER = {"{": "}", "[": "]"}
# Genuine texts nest four deep (FlowMask[Encap{keys=[IPv4{...}]}]); a bound keeps hostile ones from costing more than they are long.
_DEEPEST = 16


class BraceError(ValueError):
    """The text is not well-formed; position is the offset of the first character that does not fit."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.position = position


class Field(NamedTuple):
    """One part between commas: ``key=value``, or a value alone (key None). A value is text or a node."""

    key: Optional[str]
    value: Union[str, Node]
    position: int


class Node(NamedTuple):
    """``name{fields}`` or ``name[fields]``; a bare list has the empty name."""

    name: str
    fields: List[Field]
    position: int


class _Open:
    """A node whose closing bracket has not come yet."""

    __slots__ = ("closer", "fields", "key", "name", "node", "position", "start")

    def __init__(self, name: str, position: int, closer: str, start: int) -> None:
        self.name = name
        self.position = position
        self.closer = closer
        self.fields: List[Field] = []
        self.start = start  # where the text of the current field's value (or key) begins
        self.key: Optional[str] = None
        self.node: Optional[Node] = None  # the current field's value, when it is a node

    def finish_field(self, text: str, end: int, last: bool) -> None:
        chunk = text[self.start : end]
        value = chunk.strip()
        position = self.start + len(chunk) - len(chunk.lstrip())
        if self.node is not None:
            if value:
                raise BraceError("text after a closing bracket", position)
            self.fields.append(Field(self.key, self.node, self.node.position))
        elif value or self.key is not None:
            self.fields.append(Field(self.key, value, position))
        elif not last or self.fields:
            raise BraceError("an empty part", end)
        self.key = None
        self.node = None


def read(text: str, start: int = 0) -> Node:
    """Read the one node that text holds from start on; BraceError when there is anything else. Linear time."""
    node, end = _read(text, start)
    rest = text[end:]
    if rest.strip():
        raise BraceError("text after the last bracket", end + len(rest) - len(rest.lstrip()))
    return node


def _read(text: str, start: int) -> Tuple[Node, int]:
    stack: List[_Open] = []
    for match in _DELIMITER.finditer(text, start):
        at = match.start()
        what = match.group()
        if what in _CLOSER:
            begin = stack[-1].start if stack else start
            chunk = text[begin:at]
            if len(stack) >= _DEEPEST:
                raise BraceError("nested too deep", at)
            if stack and stack[-1].node is not None:
                raise BraceError("a bracket after a closing bracket", at)
            stack.append(_Open(chunk.strip(), begin + len(chunk) - len(chunk.lstrip()), _CLOSER[what], at + 1))
            continue
        if not stack:
            raise BraceError("no opening bracket", at)
        top = stack[-1]
        if what == "=":
            if top.key is None and top.node is None:
                top.key = text[top.start : at].strip()
                top.start = at + 1
        elif what == ",":
            top.finish_field(text, at, last=False)
            top.start = at + 1
        else:
            if what != top.closer:
                raise BraceError("the wrong closing bracket", at)
            top.finish_field(text, at, last=True)
            stack.pop()
            node = Node(top.name, top.fields, top.position)
            if not stack:
                return node, at + 1
            stack[-1].node = node
            stack[-1].start = at + 1
    raise BraceError("a bracket is not closed" if stack else "no bracket", len(text))
