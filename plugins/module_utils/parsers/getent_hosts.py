# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`getent hosts NAME …` and `getent ahosts NAME`: what a name resolves to here.

10.0.0.11       zk1.example.com zk1
127.0.0.1       STREAM localhost
"""

from __future__ import annotations

import re
from typing import List, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Entry(TypedDict):
    """One address with its names, the canonical one first."""

    address: str
    names: List[str]


_ADDRESS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9a-fA-F]{0,4}:[0-9a-fA-F:.]{1,41}(?:%\S{1,16})?")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,252}")
_KINDS = ("STREAM", "DGRAM", "RAW")


def parse(text: str) -> Parsed[List[Entry]]:
    """The entries in the tool's order. A name that does not resolve prints nothing (and gives exit code 2)."""
    found: List[Entry] = []
    not_read = []
    for line in lines(text):
        words = line.text.split()
        if not words:
            continue
        kind = len(words) > 1 and words[1] in _KINDS
        names = words[2:] if kind else words[1:]
        if not line.terminated or not _ADDRESS.fullmatch(words[0]) or not all(_NAME.fullmatch(name) for name in names) or len(words) < 2:
            not_read.append(unread(line))
        elif not kind or (words[1] == "STREAM"):
            found.append(Entry(address=words[0], names=names))
    return outcome(text, found, bool(found), not_read)
