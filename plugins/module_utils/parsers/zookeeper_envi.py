# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read ZooKeeper's answer to envi: versions, host and memory. PRIVATE to the collection: may change without notice.

Environment:
zookeeper.version=3.4.5--1, built on 06/10/2013 17:26 GMT
host.name=zk1
java.version=1.7.0_80
os.memory.max=123MB
"""

from __future__ import annotations

import re
from typing import Dict, List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed, Unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers.zookeeper import clean_version, refusal


class Environment(TypedDict):
    """What is not printed is None; sizes are in bytes (3.5 and newer)."""

    serving: Optional[bool]
    allowed: Optional[bool]
    version: Optional[str]
    host_name: Optional[str]
    java_version: Optional[str]
    java_vendor: Optional[str]
    os_version: Optional[str]
    user_name: Optional[str]
    memory_free_bytes: Optional[int]
    memory_total_bytes: Optional[int]
    memory_max_bytes: Optional[int]


_SETTING = re.compile(r"([a-z][A-Za-z0-9.]{0,60})=(.*)")
_MEMORY = re.compile(r"([0-9]{1,12})(KB|MB|GB)")
_UNITS = {"KB": 1024, "MB": 1024**2, "GB": 1024**3}
_ERROR = re.compile(r"nc: |bash: |sh: |\S+: connect|.*Connection refused|.*[Nn]o such file|.*not found$")


def parse(text: str) -> Parsed[Environment]:
    """A last line without its end may be half of itself, and is left out."""
    serving, allowed = refusal(text)
    said: Dict[str, str] = {}
    not_read: List[Unread] = []
    error: Optional[str] = None
    cut = False
    for line in lines(text) if allowed is None else ():
        stripped = line.text.strip()
        setting = _SETTING.fullmatch(stripped)
        if not stripped or stripped == "Environment:":
            continue
        if not line.terminated:
            cut = True
        elif setting:
            said[setting.group(1)] = setting.group(2)
        elif _ERROR.match(stripped):
            error = error or stripped[:300]
        else:
            not_read.append(unread(line))
    data = Environment(
        serving=serving if allowed is not None or not said else True,
        allowed=allowed if allowed is not None or not said else True,
        version=clean_version(said.get("zookeeper.version", "")),
        host_name=said.get("host.name"),
        java_version=said.get("java.version"),
        java_vendor=said.get("java.vendor"),
        os_version=said.get("os.version"),
        user_name=said.get("user.name"),
        memory_free_bytes=_bytes(said.get("os.memory.free")),
        memory_total_bytes=_bytes(said.get("os.memory.total")),
        memory_max_bytes=_bytes(said.get("os.memory.max")),
    )
    return outcome(text, data, allowed is not None or bool(said), not_read, error, cut)


def _bytes(text: Optional[str]) -> Optional[int]:
    match = _MEMORY.fullmatch(text or "")
    return int(match.group(1)) * _UNITS[match.group(2)] if match else None
