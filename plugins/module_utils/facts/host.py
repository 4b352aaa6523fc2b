# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The host itself: which system it is, and how well it answered. Never missing: its name and groups are always known."""

from __future__ import annotations

from typing import Any, Dict, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._context import Evidence
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import system

ITEMS: Tuple[str, ...] = ("underlay.system",)
GROUPS: Tuple[str, ...] = ()


def build(evidence: Evidence) -> Dict[str, Any]:
    """One object; see schemas/host.json."""
    # The exit code is that of reading two files of which every host has only one.
    found = evidence.maybe("underlay.system", system.parse, accept=None, empty_is_known=False)
    return {
        "name": evidence.name,
        "groups": sorted(evidence.groups),
        "address": evidence.host.get("address") or None,
        "generation": evidence.generation,
        "answer": evidence.host.get("state"),
        "answer_reason": evidence.host.get("reason") or "",
        "missing": evidence.not_obtained(),
        "hostname": found["hostname"] if found else None,
        "os_id": found["os_id"] if found else None,
        "os_version": found["os_version"] if found else None,
        "kernel": found["kernel"] if found else None,
        "uptime_s": found["uptime_s"] if found else None,
    }
