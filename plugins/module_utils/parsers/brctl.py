# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read ``brctl show``: the kernel's bridges with their interfaces. PRIVATE to the collection: may change without notice.

bridge name     bridge id               STP enabled     interfaces
br0             8000.08002731ddfd       no              eth1
                                                        tap14f2c21a-0b
docker0         8000.0242d4cf2112       no
"""

from __future__ import annotations

import re
from typing import List, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Bridge(TypedDict):
    """One bridge."""

    name: str
    stp: bool
    ports: List[str]


_HEADING = re.compile(r"bridge name\s+bridge id\s+STP enabled\s+interfaces")
_BRIDGE = re.compile(r"(\S{1,64})\s+[0-9a-f]{4}\.[0-9a-f]{12}\s+(yes|no)(?:\s+(\S{1,64}))?")


def parse(text: str) -> Parsed[List[Bridge]]:
    """The bridges in the tool's order. Of a last line without its end nothing is believed."""
    found: List[Bridge] = []
    not_read = []
    heading = False
    for line in lines(text):
        said = line.text.strip()
        if not said:
            continue
        bridge = _BRIDGE.fullmatch(said)
        if not line.terminated:
            not_read.append(unread(line))
        elif _HEADING.fullmatch(said):
            heading = True
        elif bridge is not None and heading:
            found.append(Bridge(name=bridge.group(1), stp=bridge.group(2) == "yes", ports=[bridge.group(3)] if bridge.group(3) else []))
        elif found and line.text[0].isspace() and " " not in said and "\t" not in said:
            found[-1]["ports"].append(said)
        else:
            not_read.append(unread(line))
    return outcome(text, found, bool(found) or (heading and not not_read), not_read)
