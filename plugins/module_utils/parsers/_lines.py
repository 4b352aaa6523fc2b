# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lines of a tool's text, cleaned of what terminals add. PRIVATE to the collection: may change without notice."""

from __future__ import annotations

import re
from typing import List, NamedTuple, Optional, TypeVar

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._errors import TRACEBACK, complaint
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import (
    EMPTY,
    NOT_UNDERSTOOD,
    OK,
    PARTIAL,
    TOOL_ERROR,
    Parsed,
    Unread,
)

T = TypeVar("T")

# Colours and cursor moves (CSI), window titles (OSC): mm-dpctl 5.x colours its errors even when nobody looks, and an
# interactive midonet-cli switches bracketed paste on and off around each answer.
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))")
_LONGEST_QUOTE = 300


class Line(NamedTuple):
    """One line of a text: its number from 1, its characters without the line end, and whether a line end was there.

    A last line without its line end may have been cut: a number at its end is not to be trusted.
    """

    number: int
    text: str
    terminated: bool


def plain(text: str) -> str:
    """The text without ANSI codes."""
    return _ANSI.sub("", text) if "\x1b" in text else text


def lines(text: str) -> List[Line]:
    """Split at line feeds only (a kernel's port name may hold a form feed), without carriage returns and ANSI codes."""
    pieces = plain(text).split("\n")
    last = len(pieces) - 1
    result = [Line(number, piece.rstrip("\r"), number <= last) for number, piece in enumerate(pieces, 1)]
    if not result[-1].text:
        result.pop()
    return result


def first(text: str) -> List[Line]:
    """The first line that says something, for those that do not go by lines; empty when there is none."""
    return next(([line] for line in lines(text) if line.text.strip()), [])


def unread(line: Line, column: Optional[int] = None) -> Unread:
    """A line that was not understood; without a column, the one of its first character that is not a blank."""
    if column is None:
        column = len(line.text) - len(line.text.lstrip()) + 1
    return Unread(line.number, column, line.text[:_LONGEST_QUOTE])


def outcome(text: str, data: T, anything: bool, not_read: List[Unread], error: Optional[str] = None, cut: bool = False) -> Parsed[T]:
    """The state of a text from what was found in it.

    anything  something was understood besides errors
    error     the tool's own message; looked for in a text of which nothing was understood, whose lines are then not unread
    cut       the text ends inside a record, which data therefore does not hold
    """
    if not anything and (error is None or error == TRACEBACK):
        error = complaint(plain(text)) or error
        not_read = [] if error else not_read
    if not plain(text).strip():
        state = EMPTY
    elif error is not None and not anything:
        state = TOOL_ERROR
    elif not anything:
        state = NOT_UNDERSTOOD
        not_read = not_read or [unread(line) for line in first(text)]
    elif not_read or cut or error is not None:
        state = PARTIAL
    else:
        state = OK
    return Parsed(state, data, not_read, error)
