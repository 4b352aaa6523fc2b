# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read the lines of the collector's own `connect` function. PRIVATE to the collection: may change without notice.

connect 10.20.0.12 2181 open
connect 10.20.0.13 2181 refused Connection refused
"""

from __future__ import annotations

import re
from typing import Any, Dict, List

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed, Unread

RESULTS = ("open", "refused", "timeout", "unreachable", "unresolved", "no_tool")
_LINE = re.compile(r"connect (\S+) ([0-9]{1,5}) ([a-z_]+)(?: (.*))?")


def parse(text: str) -> Parsed[List[Dict[str, Any]]]:
    """Data: [{host, port, result (one of RESULTS), detail}], in the order in which they were tried."""
    found: List[Dict[str, Any]] = []
    not_read: List[Unread] = []
    cut = False
    for line in lines(text):
        stripped = line.text.strip()
        if not stripped:
            continue
        attempt = _LINE.fullmatch(stripped)
        if attempt and attempt.group(3) in RESULTS:
            host, port, result, detail = attempt.groups()
            found.append({"host": host, "port": int(port), "result": result, "detail": (detail or "")[:300]})
        elif not line.terminated:
            cut = True
        else:
            not_read.append(unread(line))
    return outcome(text, found, bool(found), not_read, cut=cut)
