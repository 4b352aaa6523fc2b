# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The evidence file: what one host answered to the items of one role, as text that people can grep and edit.

    # midonet.diagnostics evidence 1
    # host "compute1"
    ==== underlay.ip_link round=1 state=ok rc=0 ms=4 at=2026-11-22T03:14:07Z
    1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536
    ==== stderr
    ip: something went wrong
    ==== underlay.routes round=1 state=timeout ms=5000 truncated reason=it did not end within 5 s
    ==== end

A section begins with a line "==== ITEM", followed by what is known about it; all of that is optional, so that one
can write such a file by hand. The lines up to the next header are the output as it came. A line of output that could be
taken for a header ("====" at its start, with or without backslashes before it) is stored with one more backslash.
There are no byte counts: a line can be edited, added or removed. Lines beginning with "#" before the first header are
comments, except that the two of the example tell who wrote the file (it then ends with "==== end", whose absence shows
that the file was cut off) and the inventory name of the host.

Text is str decoded from UTF-8 with surrogateescape, so that any bytes survive.
PRIVATE to the collection: may change without notice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, get_args

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.item import Output, State

FORMAT = 1
END = "==== end\n"

_STATES: frozenset[str] = frozenset(get_args(State))
_TITLE = "# midonet.diagnostics evidence "
_HOST = "# host "
_HEADER_LIKE = re.compile(r"^(\\*====)", re.MULTILINE)
_ESCAPED = re.compile(r"^\\(\\*====)", re.MULTILINE)
_HEADER_LINE = re.compile(r"^====[^\n]*", re.MULTILINE)
_HEADER = re.compile(r"====[ \t]+(stderr|end|[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z0-9_-]+)+)(?:[ \t]+(.*?))?[ \t\r]*\Z", re.DOTALL)
_NO_FINAL_NEWLINE = "no-final-newline"


@dataclass(frozen=True)
class EvidenceText:
    """What an evidence file says: the outputs in their order, the host it names ("" when it does not), what could not be read."""

    outputs: tuple[Output, ...]
    host: str = ""
    problems: tuple[str, ...] = ()


def preamble(host: str) -> str:
    """The first lines of a new evidence file of `host`."""
    return f"{_TITLE}{FORMAT}\n{_HOST}{json.dumps(host)}\n"


def dump(outputs: Iterable[Output]) -> str:
    """The sections of `outputs`, without the preamble and the end line."""
    return "".join(_section(output) for output in outputs)


def append(existing: str, outputs: Iterable[Output], host: str) -> str:
    """The text of an evidence file after `outputs` were added to it; `existing` is "" for a new file."""
    body = existing.removesuffix(END) if existing else preamble(host)
    if not body.endswith("\n"):
        body += "\n"
    return body + dump(outputs) + END


def load(text: str) -> EvidenceText:
    """Read an evidence file. Never raises: what cannot be understood is told in `problems`, the rest is read."""
    reader = _Reader()
    number, start = 1, 0
    for found in _HEADER_LINE.finditer(text):
        if found.start() > start:
            block = text[start : found.start() - 1]
            reader.block(number, block)
            number += block.count("\n") + 1
        reader.header_line(number, found.group())
        number, start = number + 1, found.end() + 1
    if start <= len(text):
        reader.block(number, text[start:])
    return reader.result(complete_last_line=text.endswith("\n") or not text)


def _section(output: Output) -> str:
    words = [f"==== {output.item}", f"round={output.round}", f"state={output.state}"]
    if output.exit_code is not None:
        words.append(f"rc={output.exit_code}")
    words.append(f"ms={output.duration_ms}")
    if output.started:
        words.append(f"at={_one_word(output.started)}")
    if output.truncated:
        words.append("truncated")
    if output.stdout and not output.stdout.endswith("\n"):
        words.append(_NO_FINAL_NEWLINE)
    if output.reason:
        words.append(f"reason={_escape_line(output.reason)}")
    text = " ".join(words) + "\n" + _lines(output.stdout)
    if output.stderr:
        flag = "" if output.stderr.endswith("\n") else f" {_NO_FINAL_NEWLINE}"
        text += f"==== stderr{flag}\n" + _lines(output.stderr)
    return text


def _lines(content: str) -> str:
    escaped = _HEADER_LIKE.sub(r"\\\1", content)
    return escaped if not escaped or escaped.endswith("\n") else escaped + "\n"


def _one_word(text: str) -> str:
    return re.sub(r"\s+", "_", text)


def _escape_line(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")


def _unescape_line(text: str) -> str:
    plain = {"\\n": "\n", "\\r": "\r", "\\\\": "\\"}
    return re.sub(r"\\[nr\\]", lambda match: plain[match.group()], text)


@dataclass
class _Reader:
    """Collects the lines of the section it is in."""

    outputs: list[Output] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    host: str = ""
    by_program: bool = False
    ended: bool = False
    header: dict[str, Any] | None = None
    final_newline: bool = True
    into: str = ""  # "stdout", "stderr", or "" outside of a section
    content: list[str] = field(default_factory=list)

    def header_line(self, number: int, line: str) -> None:
        """A line that may be a header."""
        match = _HEADER.match(line)
        if match:
            self._header(number, match.group(1), match.group(2) or "")
            return
        self.problems.append(f"line {number}: not understood as a header, taken as output: {line[:60]!r}")
        self.block(number, line)

    def block(self, number: int, lines: str) -> None:
        """The lines between two that may be headers, `number` is that of the first."""
        if self.into:
            self.content.append(lines)
            return
        for at, line in enumerate(lines.split("\n"), start=number):
            if not self.outputs and self.header is None and line.startswith("#"):
                self._comment(line)
            elif line.strip():
                self.problems.append(f"line {at}: outside of any section: {line[:60]!r}")

    def result(self, complete_last_line: bool) -> EvidenceText:
        if self.into and complete_last_line:
            last = self.content.pop()  # the empty line behind the last newline does not count
            if last:
                self.content.append(last[:-1])
        self._leave_content()
        self._leave_section()
        cut = self.by_program and not self.ended
        if cut:
            # Half of a text would tell that what stood in its other half is not there: no port, no process.
            lost = self.outputs.pop().item if self.outputs else "nothing"
            self.problems.append(f"the end line is missing: the file was cut off; left out: {lost}")
        return EvidenceText(tuple(self.outputs), self.host, tuple(self.problems))

    def _comment(self, line: str) -> None:
        if line.startswith(_TITLE):
            self.by_program = True
            version = line[len(_TITLE) :].strip()
            if version != str(FORMAT):
                self.problems.append(f"format {version[:20]!r} is not {FORMAT}; read as well as possible")
        elif line.startswith(_HOST):
            try:
                name = json.loads(line[len(_HOST) :])
            except (ValueError, RecursionError):
                name = None
            if isinstance(name, str):
                self.host = name
            else:
                self.problems.append("the line that names the host is not understood")

    def _header(self, number: int, name: str, words: str) -> None:
        self._leave_content()
        if name == "end":
            self._leave_section()
            self.ended = True
            return
        if name == "stderr":
            if self.header is None or "stderr" in self.header:
                self.problems.append(f"line {number}: a stderr section that follows no item")
                self._leave_section()
                return
            self.into, self.final_newline = "stderr", _NO_FINAL_NEWLINE not in words.split()
            self.header["stderr"] = ""
            return
        self._leave_section()
        self.header = self._words(number, name, words)
        self.into, self.ended = "stdout", False

    def _words(self, number: int, item: str, words: str) -> dict[str, Any]:
        known: dict[str, Any] = {"item": item}
        facts, has_reason, reason = words.partition("reason=")
        if has_reason and (not facts or facts[-1:].isspace()):
            known["reason"] = _unescape_line(reason)
        else:
            facts = words
        flags = facts.split()
        self.final_newline = _NO_FINAL_NEWLINE not in flags
        known["truncated"] = "truncated" in flags
        pairs = dict(word.split("=", 1) for word in flags if "=" in word)
        for key, name in (("round", "round"), ("rc", "exit_code"), ("ms", "duration_ms")):
            if key in pairs:
                known[name] = self._number(number, key, pairs[key])
        known["started"] = pairs.get("at", "")
        if "state" in pairs:
            if pairs["state"] in _STATES:
                known["state"] = pairs["state"]
            else:
                self.problems.append(f"line {number}: no such state: {pairs['state'][:30]!r}")
        return known

    def _number(self, number: int, key: str, text: str) -> int | None:
        if re.fullmatch(r"-?[0-9]{1,12}", text):
            return int(text)
        self.problems.append(f"line {number}: {key} is not a number: {text[:30]!r}")
        return None

    def _leave_content(self) -> None:
        if self.into and self.header is not None:
            text = _ESCAPED.sub(r"\1", "\n".join(self.content))
            # Between two headers each line had its newline; after the last header, result() has seen to that.
            if self.content and self.final_newline:
                text += "\n"
            self.header[self.into] = text
        self.into, self.content = "", []

    def _leave_section(self) -> None:
        if self.header is not None:
            self.outputs.append(_output(self.header))
        self.header = None


def _output(known: dict[str, Any]) -> Output:
    exit_code = known.get("exit_code")
    return Output(
        item=known["item"],
        round=known.get("round") or 1,
        state=known.get("state") or ("ok" if not exit_code else "failed"),
        exit_code=exit_code if "exit_code" in known or known.get("state") else 0,
        duration_ms=known.get("duration_ms") or 0,
        stdout=known.get("stdout", ""),
        stderr=known.get("stderr", ""),
        truncated=known["truncated"],
        reason=known.get("reason", ""),
        started=known["started"],
    )
