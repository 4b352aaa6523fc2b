# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What waits for connections and packets, on the host and in the namespaces of BGP."""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.facts import _parts
from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._context import Evidence, Missing, first_line
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import listening

ITEMS: Tuple[str, ...] = ("underlay.sockets",)
GROUPS: Tuple[str, ...] = ()

_ITEM = "underlay.sockets"


def build(evidence: Evidence) -> List[Dict[str, Any]]:
    """One object per socket; see schemas/sockets.json."""
    found: List[Dict[str, Any]] = []
    anything = False
    parts = _parts.parts(evidence, _ITEM)
    output = evidence.output(_ITEM)
    complaint = first_line(output.stderr) if output is not None else ""
    if complaint:
        evidence.gap(f"{_ITEM}: {complaint}")
    for name, part in parts.items():
        if not part.text.strip():
            evidence.gap(f"{_ITEM}: nothing of {name}")
        sockets = _parts.read(evidence, _ITEM, part, listening.parse)
        if sockets is not None:
            anything = True
            found.extend({"namespace": name or None, **socket} for socket in sockets)
    if not anything:
        raise Missing(f"{_ITEM}: neither ss nor netstat answered")
    return found
