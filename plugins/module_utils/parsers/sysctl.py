# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`sysctl -a` or `sysctl NAME …`, and the same read from /proc/sys with `grep . FILE …`.

net.ipv4.conf.all.rp_filter = 1
/proc/sys/net/ipv4/conf/eth0.100/rp_filter:1
"""

from __future__ import annotations

import re
from typing import Dict, Optional, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./@:*-]{0,200}")
_PROC = "/proc/sys/"
_NOTE = re.compile(r"(?:sysctl|error|grep): .*|error: .*")


def parse(text: str) -> Parsed[Dict[str, str]]:
    """Values by name. A dot in an interface's name is a slash here, as sysctl itself writes it (net.ipv4.conf.eth0/100.rp_filter)."""
    found: Dict[str, str] = {}
    not_read = []
    for line in lines(text):
        said = line.text.strip()
        if not said:
            continue
        entry = _entry(said) if line.terminated else None
        if entry is not None:
            found[entry[0]] = entry[1]
        elif not (found and _NOTE.fullmatch(said)):
            # What it may not read or does not know, it says between the others.
            not_read.append(unread(line))
    return outcome(text, found, bool(found), not_read)


def _entry(said: str) -> Optional[Tuple[str, str]]:
    if said.startswith(_PROC):
        path, colon, value = said[len(_PROC) :].partition(":")
        if not colon or not _NAME.fullmatch(path):
            return None
        return ".".join(part.replace(".", "/") for part in path.split("/")), value.strip()
    name, equals, value = said.partition("=")
    name = name.rstrip()
    if not equals or not _NAME.fullmatch(name) or "." not in name or ": " in name:
        return None
    return name, value.strip()
