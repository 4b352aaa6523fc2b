# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bonds with their members."""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.facts import _parts
from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._context import Evidence
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import bonding

ITEMS: Tuple[str, ...] = ("underlay.resources",)
GROUPS: Tuple[str, ...] = ()

_PREFIX = "bond "


def build(evidence: Evidence) -> List[Dict[str, Any]]:
    """One object per bond; see schemas/bonds.json."""
    _parts.resources(evidence)
    found: List[Dict[str, Any]] = []
    for name, part in _parts.parts(evidence, "underlay.resources").items():
        if name.startswith(_PREFIX):
            read = _parts.read(evidence, "underlay.resources", part, bonding.parse)
            found.extend({"name": name[len(_PREFIX) :], **bond} for bond in read or ())
    return found
