# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lines of text for a terminal: wrapped, indented, coloured. PRIVATE to the collection: may change without notice."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.report.plain import width_of, wrap

_NARROWEST = 40

_COLOURS = {
    "bold": "\x1b[1m",
    "dim": "\x1b[2m",
    "red": "\x1b[1;31m",
    "yellow": "\x1b[33m",
    "green": "\x1b[1;32m",
    "magenta": "\x1b[35m",
    "off": "\x1b[0m",
}


class Page:
    """Lines of at most `width` columns, put one below the other."""

    def __init__(self, width: int, colour: bool) -> None:
        self.width = max(width, _NARROWEST)
        self.colour = colour
        self.lines: list[str] = []

    def text(self) -> str:
        """All lines, with a newline at the end."""
        while self.lines and not self.lines[-1]:
            self.lines.pop()
        return "\n".join(self.lines) + "\n"

    def blank(self) -> None:
        """An empty line, unless there is one."""
        if self.lines and self.lines[-1]:
            self.lines.append("")

    def columns(self, parts: Sequence[str], style: str) -> None:
        """Parts beside each other, three spaces apart, as many to a line as fit."""
        line = ""
        for part in parts:
            if line and width_of(line) + 3 + width_of(part) > self.width:
                self.line("", line, style)
                line, style = "  ", ""
            line = f"{line}   {part}" if line.strip() else line + part
        self.line("", line, style)

    def put(self, lead: str, text: str, style: str = "", most: int = 0, right: str = "") -> None:
        """Text wrapped behind `lead`, which is indented away on the following lines."""
        room = self.width - width_of(lead)
        if right and (room - len(right) - 2 < 30):
            right = ""
        lines = wrap(text, room - (len(right) + 2 if right else 0), most)
        self.line(lead, lines[0], style, right)
        for line in lines[1:]:
            self.line(" " * width_of(lead), line, style)

    def line(self, lead: str, text: str, style: str = "", right: str = "") -> None:
        """One line, with `right` at its right edge when there is room."""
        gap = self.width - width_of(lead) - width_of(text) - width_of(right)
        if right and gap < 2:
            right = ""
        line = self._styled(lead + text, style)
        if right:
            line += " " * gap + self._styled(right, "dim")
        self.lines.append(line.rstrip())

    def _styled(self, text: str, style: str) -> str:
        if not self.colour or not style or not text.strip():
            return text
        return f"{_COLOURS[style]}{text}{_COLOURS['off']}"
