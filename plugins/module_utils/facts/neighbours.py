# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The IPv4 neighbour table."""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._context import Evidence
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import ip_neigh

ITEMS: Tuple[str, ...] = ("underlay.ip_neigh",)
GROUPS: Tuple[str, ...] = ()


def build(evidence: Evidence) -> List[Dict[str, Any]]:
    """One object per neighbour; see schemas/neighbours.json. An empty table is known: the host has talked to nobody."""
    return [dict(neighbour) for neighbour in evidence.read("underlay.ip_neigh", ip_neigh.parse)]
