# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What every parser returns. PRIVATE to the collection: may change without notice."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, List, Optional, TypeVar

T = TypeVar("T")

OK = "ok"
PARTIAL = "partial"
EMPTY = "empty"
TOOL_ERROR = "tool_error"
NOT_UNDERSTOOD = "not_understood"


@dataclass(frozen=True)
class Unread:
    """A line that the parser did not understand, with its place in the text (both counted from 1)."""

    line: int
    column: int
    text: str


@dataclass(frozen=True)
class Parsed(Generic[T]):
    """The outcome of reading one text.

    state    ok              every line was understood
             partial         data holds what was understood, unread what was not (or the text ends early)
             empty           the text holds nothing but white space
             tool_error      the tool printed an error instead of its output; error quotes it
             not_understood  nothing could be read
    data     always present: the empty value of its type when nothing was read
    """

    state: str
    data: T
    unread: List[Unread] = field(default_factory=list)
    error: Optional[str] = None
