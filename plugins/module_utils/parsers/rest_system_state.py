# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""/system_state of MidoNet's REST API (SystemState-v2). 5.x always says the same. PRIVATE to the collection.

{"state": "ACTIVE", "availability": "READWRITE", "writeVersion": "1.10", "uri": "http://…/system_state"}
{"state": "ACTIVE", "availability": "READWRITE", "version": "5.2", "information": null}
"""

from __future__ import annotations

from typing import Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _rest
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._json import word
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class SystemState(TypedDict):
    """active: no upgrade is under way; writable: the API takes changes."""

    active: Optional[bool]
    writable: Optional[bool]
    version: Optional[str]  # of 5.x, or the version that 2015 writes


_STATES = {"ACTIVE": True, "UPGRADE": False}
_AVAILABILITIES = {"READWRITE": True, "READONLY": False}


def parse(text: str) -> Parsed[SystemState]:
    """One object."""
    return _rest.read_one(text, _state, SystemState(active=None, writable=None, version=None))


def _state(record: _rest.Record) -> Optional[SystemState]:
    if "state" not in record and "availability" not in record:
        return None
    return SystemState(
        active=_STATES.get(word(record, "state") or ""),
        writable=_AVAILABILITIES.get(word(record, "availability") or ""),
        version=word(record, "version") or word(record, "writeVersion"),
    )
