# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What matters of a BGP table, whatever its size: the default route, one's own networks, and how many there are.

PRIVATE to the collection: may change without notice.

A gateway with the whole Internet in its table has 900,000 rows. `parse` reads small tables row by row (vtysh_rib), and
counts the rows of large ones without looking at them: only those of interest are read. `summarise` does so over the
pieces of a stream, in bounded memory.
"""

from __future__ import annotations

import re
from typing import Iterable, List, Optional, Tuple, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import vtysh_rib
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import Line, plain
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import NOT_UNDERSTOOD, OK, PARTIAL, TOOL_ERROR, Parsed
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers.vtysh_rib import OWN_WEIGHT, Reader, Route


class Summary(TypedDict):
    """networks and paths are the daemon's own count where it gives one, else what was seen."""

    software: Optional[str]
    router_id: Optional[str]
    local_as: Optional[int]
    networks: Optional[int]
    paths: Optional[int]
    best: int  # paths in use that were seen
    default: List[Route]  # paths to 0.0.0.0/0 or ::/0
    own: List[Route]  # networks that this router itself originates
    complete: bool  # the table came to its end, and no row is missing


_DEFAULTS = ("0.0.0.0/0", "::/0")
# Above this size rows are counted and not read.
_SMALL = 200_000
# Rows that are read at the beginning: the default route is the first of a table, and hardly has more paths.
_READ = 500
# The rest of a row whose network was too long for its column; without its line end it is the row of a path that is not valid.
_REST = "\n" + " " * 20
_OWN = f" {OWN_WEIGHT} "
_NETWORK_AT = re.compile(r"[ *>=sdhurSRVINi]{2,12}[0-9a-fA-F]")
_TAIL = 4096
_FOOT = re.compile(r"\n[ \r]*\n *(?:Displayed|Total number) [^\n]*\n[\s]*\Z")


def parse(text: str) -> Parsed[Summary]:
    """``show ip bgp`` and what looks like it, as text or JSON."""
    if len(text) > _SMALL and text.lstrip()[:1] != "{":
        return summarise([text])
    parsed = vtysh_rib.parse(text)
    table = parsed.data
    routes = table["routes"]
    short = table["displayed_paths"] is not None and table["displayed_paths"] != len(routes)
    data = Summary(
        software=table["software"],
        router_id=table["router_id"],
        local_as=table["local_as"],
        networks=table["displayed_networks"] if table["displayed_networks"] is not None else len({one["network"] for one in routes}),
        paths=table["displayed_paths"] if table["displayed_paths"] is not None else len(routes),
        best=sum(one["best"] for one in routes),
        default=[one for one in routes if one["network"] in _DEFAULTS],
        own=[one for one in routes if one["weight"] == OWN_WEIGHT],
        complete=parsed.state == OK and not short,
    )
    if parsed.state in (NOT_UNDERSTOOD, TOOL_ERROR):
        data["networks"] = data["paths"] = None
    return Parsed(parsed.state, data, parsed.unread, parsed.error)


class _Counter:
    """Takes rows by the block: whole lines, of which only those of one's own networks are looked at."""

    def __init__(self) -> None:
        self.rows = self.best = 0
        self.own: List[str] = []
        self.network_row = ""  # the last one seen that has a network

    def take(self, block: str) -> None:
        """A block is whole lines."""
        text = "\n" + block
        self.rows += block.count("\n") - text.count(_REST)
        self.best += block.count("*>")
        at = text.find(_OWN)
        while at >= 0:
            end = text.find("\n", at)
            self.own.append(self._row(text, text.rfind("\n", 0, at) + 1, end))
            at = text.find(_OWN, end)
        self._remember(text)

    def _row(self, text: str, start: int, end: int) -> str:
        """The row between two places, after the line of its network when that is another one."""
        row = text[start:end]
        if _NETWORK_AT.match(row):
            return row + "\n"
        before = start
        while before > 0:
            line_start = text.rfind("\n", 0, before - 1) + 1
            line = text[line_start : before - 1]
            if _NETWORK_AT.match(line):
                break
            before = line_start
        else:
            line = self.network_row
        return line + "\n" + row + "\n"

    def _remember(self, text: str) -> None:
        for line in reversed(text[-_TAIL:].split("\n")[1:]):
            if _NETWORK_AT.match(line):
                self.network_row = line
                return


def summarise(pieces: Iterable[str]) -> Parsed[Summary]:
    """A table from the pieces of its text, in one pass and bounded memory. The pieces may break lines; there are no colours in them."""
    reader, counter = Reader(), _Counter()
    carry = tail = ""
    number = 0
    for piece in pieces:
        text = carry + piece
        whole = text.rfind("\n") + 1
        carry = text[whole:]
        block = text[:whole]
        number, at = _read_head(reader, block, number)
        if at < len(block):
            counter.take(block[at:])
        tail = (tail + block)[-_TAIL:] if len(block) < _TAIL else block[-_TAIL:]
    return _outcome(reader, counter, tail, cut=bool(carry.strip()))


def _read_head(reader: Reader, block: str, number: int) -> Tuple[int, int]:
    """Read lines up to the first rows; (the number of the last line, the place in the block from which rows are counted)."""
    at = 0
    while at < len(block) and (reader.rows is None or reader.rows.open or len(reader.table["routes"]) < _READ):
        end = block.find("\n", at)
        number += 1
        reader.take(Line(number, plain(block[at:end]).rstrip("\r"), True))
        at = end + 1
    return number, at


def _outcome(reader: Reader, counter: _Counter, tail: str, cut: bool) -> Parsed[Summary]:
    table = reader.table
    read = len(table["routes"])
    foot = _FOOT.search(tail)
    if foot and not reader.ended:
        counter.rows -= foot.group(0).count("\n") - 1
        reader.take(Line(0, foot.group(0).strip(), True))
    for text in counter.own:
        for line in text.split("\n"):
            reader.take(Line(0, line, True))
    routes = table["routes"]
    paths = read + counter.rows
    complete = reader.ended and not cut and table["displayed_paths"] in (None, paths)
    data = Summary(
        software=table["software"],
        router_id=table["router_id"],
        local_as=table["local_as"],
        networks=table["displayed_networks"],
        paths=table["displayed_paths"] if table["displayed_paths"] is not None else paths,
        best=sum(one["best"] for one in routes[:read]) + counter.best,
        default=[one for one in routes[:read] if one["network"] in _DEFAULTS],
        own=[one for one in routes if one["weight"] == OWN_WEIGHT],
        complete=complete,
    )
    anything = reader.anything and reader.rows is not None
    state = OK if complete and not reader.not_read else PARTIAL if anything else TOOL_ERROR if reader.error else NOT_UNDERSTOOD
    return Parsed(state, data, reader.not_read[:100], reader.error)
