# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read what mn-conf prints (2015.03 and newer): HOCON as it renders it. PRIVATE to the collection: may change without notice.

    agent {                                        agent.loggers.root = "INFO"
        loggers {
            # the level of everything else
            root="INFO"
        }
        midolman {
            bgp_holdtime="180s"
        }
    }
    zookeeper.zookeeper_hosts="10.0.0.1:2181"

Objects, lists, strings in quotes or without, numbers, comments: what a rendered configuration has. Includes, substitutions and
additions (+=) of hand-written files are left to midolman_conf, which reads those.
"""

from __future__ import annotations

import math
import re
from typing import Any, Dict, List, Optional, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._errors import complaint
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import outcome, plain
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed, Unread

# Genuine configurations nest five deep.
_DEEPEST = 32
_TOKEN = re.compile(
    r"(?P<blank>[ \t\r]+)|(?P<comment>(?:#|//)[^\n]*)|(?P<newline>\n)"
    r'|(?P<triple>""".{0,100000}?""")|(?P<string>"(?:[^"\\\n]|\\.){0,100000}")|(?P<sign>[{}\[\]=:,])|(?P<plain>[^\s{}\[\]=:,#"]+)',
    re.DOTALL,
)
_NUMBER = re.compile(r"-?[0-9]{1,19}")
_DECIMAL = re.compile(r"-?[0-9]{1,17}(?:\.[0-9]{1,17})?(?:[eE][+-]?[0-9]{1,3})?")
_WORDS = {"true": True, "false": False, "null": None}
_ESCAPE = re.compile(r'\\(["\\/bfnrt]|u[0-9a-fA-F]{4})')
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}

Token = Tuple[str, str, int]


class _Broken(ValueError):
    """The text does not go on like a configuration; the place."""

    def __init__(self, at: int) -> None:
        super().__init__("not a configuration")
        self.at = at


def parse(text: str) -> Parsed[Dict[str, Any]]:
    """Values by dotted name ("agent.loggers.root"); a list stays one, an empty object is {}. Of a cut text, what stands before the cut."""
    text = plain(text)
    error = complaint(text, ("[mn-conf]",))
    if error:
        return outcome(text, {}, False, [], error)
    reader = _Reader(text)
    not_read: List[Unread] = []
    try:
        reader.read()
    except _Broken as problem:
        not_read = [_place(text, problem.at)]
    cut = not not_read and not text.endswith("\n") and bool(text.strip()) and not reader.closed
    return outcome(text, reader.values, bool(reader.values) or reader.empty, not_read, cut=cut)


class _Reader:
    """Reads tokens into values by dotted name."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.values: Dict[str, Any] = {}
        self.empty = self.closed = False

    def next(self) -> Token:
        """(kind, text, place) of the next token that says something; kind "end" at the end."""
        while self.at < len(self.text):
            match = _TOKEN.match(self.text, self.at)
            if match is None:
                raise _Broken(self.at)
            start, self.at = self.at, match.end()
            kind = match.lastgroup or ""
            if kind not in ("blank", "comment"):
                return kind, match.group(), start
        return "end", "", len(self.text)

    def read(self) -> None:
        """Assignments until the end, with or without braces around them."""
        path: List[str] = []
        sizes: List[int] = []  # how many names each open brace added
        while True:
            kind, said, start = self.next()
            if kind == "end":
                if sizes:
                    raise _Broken(min(start, max(len(self.text) - 1, 0)))
                return
            if kind == "newline" or said == ",":
                continue
            if said == "{" and not path and not sizes and not self.values:
                sizes.append(0)
                continue
            if said == "}" and sizes:
                size = sizes.pop()
                del path[len(path) - size :]
                self.closed = not sizes
                self.empty = True
                continue
            if kind not in ("plain", "string"):
                raise _Broken(start)
            names = self._names(kind, said)
            if len(path) + len(names) > _DEEPEST:
                raise _Broken(start)
            if self._opens_object():
                path += names
                sizes.append(len(names))
            else:
                value, whole = self._value()
                if whole:
                    self.values[".".join([*path, *names])] = value
            self.closed = False

    def _names(self, kind: str, said: str) -> List[str]:
        """The parts of a name: "a"."b" is rendered for those with dots in them."""
        names: List[str] = []
        while kind in ("plain", "string"):
            names += [_unquoted(said)] if kind == "string" else [part for part in said.split(".") if part]
            at = self.at
            kind, said, _start = self.next()
        self.at = at
        return names

    def _opens_object(self) -> bool:
        """Whether what stands after a name opens an object; else it is an assignment, and its sign has been read."""
        _kind, sign, start = self.next()
        if sign in ("=", ":"):
            return self._peek_object()
        if sign != "{":
            raise _Broken(start)
        return True

    def _peek_object(self) -> bool:
        at = self.at
        while True:
            kind, said, _start = self.next()
            if kind != "newline":
                break
        if said == "{":
            return True
        self.at = at
        return False

    def _value(self) -> Tuple[Any, bool]:
        """A value up to the end of its line, and whether it is certainly whole."""
        words: List[str] = []
        value: Any = None
        while True:
            at = self.at
            kind, said, start = self.next()
            if kind == "end":
                return (_scalar(words, value), False)
            if kind == "newline" or said in (",", "}"):
                self.at = at if said == "}" else self.at
                return _scalar(words, value), True
            if said == "[" and not words:
                return self._list(), True
            if kind in ("string", "triple"):
                value = _unquoted(said)
                words.append(value)
            elif kind == "plain" or said in (":", "="):
                words.append(said)
                value = None
            else:
                raise _Broken(start)

    def _list(self) -> List[Any]:
        found: List[Any] = []
        words: List[str] = []
        value: Any = None
        while True:
            kind, said, start = self.next()
            if kind == "end":
                raise _Broken(min(start, max(len(self.text) - 1, 0)))
            if said in ("]", ",") or kind == "newline":
                if words:
                    found.append(_scalar(words, value))
                words, value = [], None
                if said == "]":
                    return found
            elif kind in ("string", "triple"):
                value = _unquoted(said)
                words.append(value)
            elif kind == "plain" or said in (":", "="):
                words.append(said)
                value = None
            else:
                # Lists of objects do not occur in MidoNet's configuration.
                raise _Broken(start)


def _scalar(words: List[str], quoted: Optional[str]) -> Any:
    if len(words) == 1:
        return words[0] if quoted is not None else _plain(words[0])
    return "".join(words) if words else None


def _plain(word: str) -> Any:
    if _NUMBER.fullmatch(word):
        return int(word)
    if _DECIMAL.fullmatch(word) and math.isfinite(float(word)):
        return float(word)
    return _WORDS.get(word, word)


def _unquoted(text: str) -> str:
    if text.startswith('"""'):
        return text[3:-3]
    return _ESCAPE.sub(lambda match: _ESCAPES.get(match.group(1)) or chr(int(match.group(1)[1:], 16)), text[1:-1])


def _place(text: str, at: int) -> Unread:
    return Unread(text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at), text[at : at + 80].split("\n", 1)[0])
