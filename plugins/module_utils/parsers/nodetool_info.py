# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read nodetool info of Cassandra 2.x to 5.x. PRIVATE to the collection: may change without notice.

ID                     : ec039750-5126-4496-ab64-2023a8d43774
Gossip active          : true
Native Transport active: true
Load                   : 91.22 KiB
Uptime (seconds)       : 767
Heap Memory (MB)       : 116.59 / 247.50
"""

from __future__ import annotations

import re
from typing import Dict, List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _numbers as n
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._nodetool import ERROR, decimal, is_noise, size
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed, Unread


class Info(TypedDict):
    """What a version does not print is None."""

    id: Optional[str]
    gossip: Optional[bool]
    native_transport: Optional[bool]
    thrift: Optional[bool]  # up to 3.x
    load_bytes: Optional[int]
    uptime_s: Optional[int]
    heap_used_bytes: Optional[int]
    heap_max_bytes: Optional[int]
    datacenter: Optional[str]
    rack: Optional[str]
    exceptions: Optional[int]


_LINE = re.compile(r"([A-Z][A-Za-z0-9 ()]{0,40}?) *: ?(.*)")
_BOOLEANS = {"true": True, "false": False}
_MEGABYTE = 1024**2


def parse(text: str) -> Parsed[Info]:
    """A last line without its end may be half of itself, and is left out."""
    said: Dict[str, str] = {}
    not_read: List[Unread] = []
    error: Optional[str] = None
    cut = False
    for line in lines(text):
        stripped = line.text.strip()
        labelled = _LINE.fullmatch(stripped)
        if not stripped or is_noise(stripped):
            continue
        if not line.terminated:
            cut = True
        elif ERROR.match(stripped):
            error = error or stripped[:300]
        elif labelled:
            said[labelled.group(1)] = labelled.group(2).strip()
        else:
            not_read.append(unread(line))
    known = "ID" in said or "Token" in said or "Gossip active" in said
    return outcome(text, _info(said), known, not_read if known or not error else [], error, cut or (known and "Exceptions" not in said))


def _info(said: Dict[str, str]) -> Info:
    heap = [decimal(part) for part in said.get("Heap Memory (MB)", "").split("/")]
    used, limit = heap if len(heap) == 2 else (None, None)
    return Info(
        id=said.get("ID"),
        gossip=_BOOLEANS.get(said.get("Gossip active", "")),
        native_transport=_BOOLEANS.get(said.get("Native Transport active", "")),
        thrift=_BOOLEANS.get(said.get("Thrift active", "")),
        load_bytes=size(said.get("Load", "")),
        uptime_s=n.maybe_integer(said.get("Uptime (seconds)", "")),
        heap_used_bytes=None if used is None else round(used * _MEGABYTE),
        heap_max_bytes=None if limit is None else round(limit * _MEGABYTE),
        datacenter=said.get("Data Center"),
        rack=said.get("Rack"),
        exceptions=n.maybe_integer(said.get("Exceptions", "")),
    )
