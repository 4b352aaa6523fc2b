# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Messages of the kernel that mean trouble."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._context import Evidence, Missing, first_line
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import kernel_log

ITEMS: Tuple[str, ...] = ("underlay.kernel_log",)
GROUPS: Tuple[str, ...] = ()

_ITEM = "underlay.kernel_log"


def build(evidence: Evidence) -> Dict[str, Any]:
    """One object; see schemas/kernel_log.json."""
    log = evidence.read(_ITEM, kernel_log.parse, accept=None, empty_is_known=False)
    output = evidence.output(_ITEM)
    complaint = first_line(output.stderr) if output is not None else ""
    if complaint and not log["lines"]:
        # The pipe's end is fine with nothing, so that only the other stream tells that the log may not be read.
        raise Missing(f"{_ITEM}: {complaint}")
    return {"events": _together(log["events"], log["now_s"])}


def _together(events: List[kernel_log.Event], now: Optional[float]) -> List[Dict[str, Any]]:
    """Messages of the same meaning about the same thing are one entry, which quotes the last; in the order of their last."""
    counted: Dict[Tuple[str, Optional[str]], Dict[str, Any]] = {}
    for event in events:
        key = (event["signature"], event["subject"])
        count = counted.pop(key, {"count": 0})["count"]
        last = event["epoch_s"]
        counted[key] = {
            "signature": event["signature"],
            "subject": event["subject"],
            "count": count + 1,
            "last_epoch_s": last,
            "age_s": None if now is None or last is None else round(max(0.0, now - last), 3),
            "message": event["message"],
        }
    return list(counted.values())
