# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Addresses of all interfaces."""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._context import Evidence
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import ip_addr

ITEMS: Tuple[str, ...] = ("underlay.ip_addr",)
GROUPS: Tuple[str, ...] = ()


def build(evidence: Evidence) -> List[Dict[str, Any]]:
    """One object per address; see schemas/addresses.json."""
    return [dict(address) for address in evidence.read("underlay.ip_addr", ip_addr.parse, empty_is_known=False)]
