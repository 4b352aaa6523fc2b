# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""midolman.conf and midonet.conf: sections with assignments, or the nested blocks and dotted keys that mn-conf takes.

[zookeeper]                                  zookeeper {
zookeeper_hosts = 10.0.0.1:2181                zookeeper_hosts = "10.0.0.1:2181"
root_key = /midonet/v1                       }
                                             cassandra.servers : "10.0.0.7"
"""

from __future__ import annotations

import re
from typing import Dict, List, Optional

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._errors import complaint
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, plain, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed

_NAME = r'"?([A-Za-z0-9_][A-Za-z0-9_.-]{0,150})"?'
_SECTION = re.compile(r"\[\s*([A-Za-z0-9_.-]{1,150})\s*\]")
_OPEN = re.compile(_NAME + r"\s*[:=]?\s*\{")
_CLOSE = re.compile(r"\}\s*,?")
_ASSIGN = re.compile(_NAME + r"\s*(?:[:=]|\+=)\s*(.*)")
_COMMENT = ("#", ";", "//")
_LONGEST = 4096
# Genuine files nest three deep. The names of what is deeper would grow with the text, and so would each of the values' names.
_DEEPEST = 32


def parse(text: str) -> Parsed[Dict[str, str]]:
    """Values by dotted name ("zookeeper.root_key"); the last one counts. A last line without its end is a whole line of a file."""
    values: Dict[str, str] = {}
    not_read = []
    section = ""
    blocks: List[str] = []
    anything = False
    error: Optional[str] = None
    for line in lines(text):
        said = line.text[:_LONGEST].strip()
        if not said or said.startswith(_COMMENT):
            anything = anything or bool(said)
            continue
        opened, assigned, named = _OPEN.fullmatch(said), _ASSIGN.fullmatch(said), _SECTION.fullmatch(said)
        if named is not None:
            section, blocks = named.group(1), []
        elif opened is not None:
            blocks.append(opened.group(1))
        elif len(blocks) > _DEEPEST and assigned is not None:
            not_read.append(unread(line))
            continue
        elif _CLOSE.fullmatch(said) and blocks:
            blocks.pop()
        elif not section and not blocks and complaint(said):
            # Whoever complains writes a name and a colon before it, which looks like a value of no section.
            error = error or complaint(said)
            continue
        elif assigned is not None:
            values[".".join([section, *blocks, assigned.group(1)] if section else [*blocks, assigned.group(1)])] = _value(assigned.group(2))
        elif not said.startswith("include "):
            not_read.append(unread(line))
            continue
        anything = True
    if not any("." in name for name in values) and complaint(plain(text)):
        values, anything, not_read = {}, False, []
    return outcome(text, values, anything, not_read, error)


def _value(text: str) -> str:
    """A value without its quotes; a list becomes words with commas between."""
    value = text.strip().rstrip(",").rstrip()
    if value.startswith("[") and value.endswith("]"):
        return ",".join(_value(part) for part in value[1:-1].replace("[", "").replace("]", "").split(",") if part.strip())
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value


def servers(value: str, port: int) -> List[str]:
    """ "10.0.0.1, zk2:2182/midonet" as ["10.0.0.1:2181", "zk2:2182"]; the port is added where there is none."""
    found = []
    for part in value.split(","):
        server = part.strip().partition("/")[0].strip()
        if not server or len(server) > 260 or any(char.isspace() for char in server):
            continue
        has_port = server.rpartition(":")[2].isdecimal() and (server.count(":") == 1 or "]:" in server)
        found.append(server if has_port else f"[{server}]:{port}" if ":" in server and "[" not in server else f"{server}:{port}")
    return found
