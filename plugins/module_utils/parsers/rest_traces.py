# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Trace requests of MidoNet's REST API (TraceRequest-v1, 5.x): what the agents were told to trace. PRIVATE to the collection.

/traces
[{"id": "7b01…", "name": "ping", "deviceType": "PORT", "deviceId": "0df2…", "condition": {…}, "creationTimestampMs": 1451606400000,
  "limit": 9223372036854775807, "enabled": true, …}]
"""

from __future__ import annotations

from typing import List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _rest
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._json import number, word
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Trace(TypedDict):
    """One request."""

    id: str
    name: Optional[str]
    device_kind: Optional[str]  # port, bridge or router
    device: Optional[str]
    created_s: Optional[float]  # seconds since the epoch
    limit: Optional[int]  # packets; None: without a limit
    enabled: Optional[bool]


_NO_LIMIT = 2**63 - 1


def parse(text: str) -> Parsed[List[Trace]]:
    """/traces, or one of them."""
    return _rest.read(text, _trace)


def _trace(record: _rest.Record) -> Optional[Trace]:
    identity = word(record, "id")
    if identity is None or "enabled" not in record:
        return None
    kind, created, limit = word(record, "deviceType"), number(record, "creationTimestampMs"), number(record, "limit")
    return Trace(
        id=identity,
        name=word(record, "name"),
        device_kind=kind.lower() if kind else None,
        device=word(record, "deviceId"),
        created_s=None if created is None else created / 1000,
        limit=None if limit == _NO_LIMIT else limit,
        enabled=_rest.truth(record, "enabled"),
    )
