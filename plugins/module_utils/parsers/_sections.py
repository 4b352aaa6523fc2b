# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The parts of an item that prints several things one after another. PRIVATE to the collection: may change without notice.

what the first command said
### inodes
what the second said
"""

from __future__ import annotations

import re
from typing import Callable, List, NamedTuple, Optional, TypeVar

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed, Unread

T = TypeVar("T")

_HEADER = re.compile(r"^### (\S[^\n]*)$", re.MULTILINE)


class Section(NamedTuple):
    """One part: its name ("" before the first header), the number of its first line in the whole text, and its text."""

    name: str
    first_line: int
    text: str


def sections(text: str, is_name: Optional[Callable[[str], bool]] = None) -> List[Section]:
    """Split a text at its "### NAME" lines. The part before the first header is left out when it is empty.

    is_name  tells headers from comments of the same look in a file that was printed; without it every "### " is a header
    """
    text = without_codes(text)
    found: List[Section] = []
    name, start, first_line = "", 0, 1
    for match in _HEADER.finditer(text):
        heading = match.group(1).rstrip(" \t\r")
        if is_name is not None and not is_name(heading):
            continue
        body = text[start : match.start()]
        if name or body:
            found.append(Section(name, first_line, body))
        first_line += body.count("\n") + 1
        name, start = heading, min(match.end() + 1, len(text))
    if name or text[start:]:
        found.append(Section(name, first_line, text[start:]))
    return found


def without_codes(text: str) -> str:
    """A text without colours and carriage returns, for those that do not read it by lines."""
    return "\n".join(line.text for line in lines(text)) + ("\n" if text.endswith("\n") else "") if "\x1b" in text else text


def section(text: str, name: str) -> Optional[Section]:
    """The first part of that name, or None."""
    return next((part for part in sections(text) if part.name == name), None)


def placed(parsed: Parsed[T], part: Section) -> Parsed[T]:
    """The same outcome with the unread lines counted from the start of the whole text."""
    moved = [Unread(line.line + part.first_line - 1, line.column, line.text) for line in parsed.unread]
    return Parsed(parsed.state, parsed.data, moved, parsed.error)
