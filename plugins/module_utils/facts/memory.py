# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Memory, and which processes have some of theirs swapped out."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.facts import _daemons, _parts
from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._context import Evidence, Missing
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import meminfo, proc_status, ps

ITEMS: Tuple[str, ...] = ("underlay.resources", "agent.processes")
GROUPS: Tuple[str, ...] = ()

_LONGEST_COMMAND = 200


def build(evidence: Evidence) -> Dict[str, Any]:
    """One object; see schemas/memory.json."""
    text = _parts.resources(evidence).get("/proc/meminfo")
    if text is None:
        raise Missing("underlay.resources does not hold /proc/meminfo")
    memory = evidence.take("underlay.resources", meminfo.parse(text), empty_is_known=False)
    total, available = memory["total_bytes"], memory["available_bytes"]
    return {
        "total_bytes": total,
        "available_bytes": available,
        "available_ratio": round(available / total, 6) if total and available is not None else None,
        "swap_total_bytes": memory["swap_total_bytes"],
        "swap_free_bytes": memory["swap_free_bytes"],
        "swapped": _swapped(evidence),
    }


def _swapped(evidence: Evidence) -> Optional[List[Dict[str, Any]]]:
    """Processes with swapped memory, the largest first; an empty list when there is none."""
    part = _parts.parts(evidence, "underlay.resources").get("swapped")
    if part is None:
        return None
    found = _parts.read(evidence, "underlay.resources", part, proc_status.parse) or []
    swapped = [process for process in found if process["pid"] is not None and process["swapped_bytes"]]
    if not swapped:
        return None if _daemons.hides(evidence, "underlay.resources") else []
    # The files do not tell command lines; the item agent.processes does, for the processes that matter.
    output = evidence.output("agent.processes")
    known = {process["pid"]: process["command"] for process in ps.parse(output.stdout or "").data} if output is not None else {}
    entries = [
        {"pid": process["pid"], "bytes": process["swapped_bytes"], "command": known.get(process["pid"] or 0, "")[:_LONGEST_COMMAND] or None}
        for process in swapped
    ]
    return sorted(entries, key=lambda entry: (-int(entry["bytes"] or 0), int(entry["pid"] or 0)))
