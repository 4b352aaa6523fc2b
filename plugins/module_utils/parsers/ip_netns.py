# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`ip netns list`: network namespaces; newer releases add the id that the kernel gave them here. Also with -j.

mbgp1_ns
bgp-0a1b2c3 (id: 0)
"""

from __future__ import annotations

import re
from typing import List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _json
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._errors import complaint
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed, Unread


class Namespace(TypedDict):
    """One named namespace."""

    name: str
    id: Optional[int]  # None: no interface of the asking namespace has its other end there, or the release does not tell


# A name is a file's name; what the shell says when there is no `ip` has a colon and blanks.
_LINE = re.compile(r"([^\s:/]{1,255})(?: \(id: ([0-9]{1,10})\))?")


def parse(text: str) -> Parsed[List[Namespace]]:
    """The namespaces in the tool's order."""
    if _json.is_json(text):
        records, cut = _json.records(text)
        known = [Namespace(name=str(record["name"]), id=_json.number(record, "id")) for record in records if _json.word(record, "name")]
        return outcome(text, known, bool(known) or not cut, cut)
    found: List[Namespace] = []
    not_read: List[Unread] = []
    if complaint(text):
        return outcome(text, found, False, not_read)
    for line in lines(text):
        said = line.text.strip()
        if not said:
            continue
        match = _LINE.fullmatch(said) if line.terminated else None
        if match is None:
            not_read.append(unread(line))
        else:
            found.append(Namespace(name=match.group(1), id=int(match.group(2)) if match.group(2) else None))
    return outcome(text, found, bool(found), not_read)
