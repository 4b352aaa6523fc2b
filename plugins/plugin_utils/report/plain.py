# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Text for people: nothing a terminal obeys, lists of hosts that stay short, lines that fit. PRIVATE to the collection.

What is reported was said by hosts, so it may hold anything: escape sequences that clear a screen, characters that reverse
the direction of writing, line ends that fake a line of ours.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

# Everything but letters, marks, numbers, punctuation, symbols and the space: controls, formats, surrogates, private use.
_HARMFUL = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
_LONGEST_NAME = 60  # columns of one name in a list
_MOST_MARKS = 3  # combining marks that may follow each other


def plain(value: object) -> str:
    """`value` as one line that does nothing but be read: white space becomes a space, other controls are shown as escapes."""
    text = str(value)
    if text.isascii() and text.isprintable():
        return text
    marks, out = 0, []
    for char in text:
        category = unicodedata.category(char)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if char in "\t\n\r\v\f" or (category == "Zs"):
            out.append(" ")
        elif category in _HARMFUL or marks > _MOST_MARKS:
            out.append(_escape(ord(char)))
        else:
            out.append(char)
    return "".join(out).strip()


def _escape(code: int) -> str:
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def width_of(text: str) -> int:
    """Columns that `text` takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def shorten(text: str, width: int) -> str:
    """`text` cut to `width` columns, an ellipsis at its end when something is missing."""
    if width_of(text) <= width:
        return text
    out, used = "", 0
    for char in text:
        used += width_of(char)
        if used > width - 1:
            break
        out += char
    return out.rstrip() + "…"


def wrap(text: str, width: int, most: int = 0) -> list[str]:
    """`text` in lines of at most `width` columns; at most `most` lines when that is not 0."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        if line and width_of(line) + 1 + width_of(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
        while width_of(line) > width:
            head = _head(line, width)
            lines.append(head)
            line = line[len(head) :]
    if line or not lines:
        lines.append(line)
    if most and len(lines) > most:
        lines = [*lines[: most - 1], shorten(" ".join(lines[most - 1 :]), width)]
    return lines


def _head(text: str, width: int) -> str:
    used = 0
    for position, char in enumerate(text):
        used += width_of(char)
        if used > width:
            return text[: max(position, 1)]
    return text


def natural(name: str) -> list[tuple[int, int, str]]:
    """Sorting key that puts compute9 before compute10."""
    parts = re.split(r"([0-9]+)", name)
    return [(0, int(part), "") if part.isdecimal() and len(part) < 19 else (1, 0, part) for part in parts]


def count(number: int, noun: str, nouns: str = "") -> str:
    """ "1 host", "2 hosts", "10,000 hosts"."""
    return f"{number:,} {noun if number == 1 else nouns or noun + 's'}"


def listed(names: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else list(names))


def hosts(names: Iterable[str], most: int = 4) -> str:
    """Names of hosts in natural order, neighbours joined: "compute1–compute7, compute9 (+31)"; `most` entries."""  # noqa: RUF002
    runs: list[list[str]] = []
    for name in sorted(set(names), key=natural):
        if runs and _follows(runs[-1][-1], name):
            runs[-1].append(name)
        else:
            runs.append([name])
    entries: list[list[str]] = []
    for run in runs:  # two neighbours are easier to read one by one
        entries.extend([run] if len(run) > 2 else [[name] for name in run])
    shown = ["–".join(_name(name) for name in dict.fromkeys((entry[0], entry[-1]))) for entry in entries[:most]]  # noqa: RUF001
    rest = sum(len(entry) for entry in entries[most:])
    return ", ".join(shown) + (f" (+{rest:,})" if rest else "")


def _name(name: str) -> str:
    return shorten(plain(name), _LONGEST_NAME)


_NUMBERED = re.compile(r"(.*?)([0-9]{1,9})([^0-9]*)\Z", re.DOTALL)


def _follows(before: str, after: str) -> bool:
    first, second = _NUMBERED.match(before), _NUMBERED.match(after)
    if not first or not second or (first.group(1), first.group(3)) != (second.group(1), second.group(3)):
        return False
    same_form = len(first.group(2)) == len(second.group(2)) or not second.group(2).startswith("0")
    return same_form and int(second.group(2)) == int(first.group(2)) + 1


def perhaps_from(suspect: Mapping[str, Any]) -> str:
    """What may explain a possible cause (one entry of may_follow_from), as a sentence."""
    where = f" of {hosts(suspect['hosts'])}" if suspect["hosts"] else ""
    reason = plain(suspect["reason"])
    if suspect["judged"]:
        return f"may only follow from {suspect['check']}{where} ({reason}): the evidence that would tell is missing"
    return f"may only follow from {suspect['check']}{where}, which was not judged: {reason}"
