# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the processors were busy with between the two samples."""

from __future__ import annotations

from typing import Any, Dict, Optional, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.facts import _parts
from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._context import Evidence, Missing
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import proc_stat

ITEMS: Tuple[str, ...] = ("underlay.activity",)
GROUPS: Tuple[str, ...] = ()

# Guests are counted in user and nice already.
_TIMES = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
_SHOWN = ("user", "system", "idle", "iowait", "softirq", "steal")


def build(evidence: Evidence) -> Dict[str, Any]:
    """One object; see schemas/processors.json."""
    first = _stat(evidence, _parts.activity(evidence))
    if first is None:
        raise Missing("underlay.activity does not hold /proc/stat")
    again = _parts.activity_again(evidence)
    second = _stat(evidence, again) if again is not None else None
    return {
        "count": first["processors"],
        "boot_epoch_s": first["boot_epoch_s"],
        "running": first["running"],
        "blocked": first["blocked"],
        "delta": _delta(first["ticks"], second["ticks"], evidence.seconds_between("underlay.activity")) if second else None,
    }


def _stat(evidence: Evidence, files: Dict[str, str]) -> Optional[proc_stat.Stat]:
    text = files.get("/proc/stat")
    return None if text is None else evidence.take("underlay.activity", proc_stat.parse(text), empty_is_known=False)


def _delta(before: proc_stat.Ticks, after: proc_stat.Ticks, seconds: Optional[float]) -> Optional[Dict[str, Any]]:
    """The shares of all time; None when the counters went backwards (idle and iowait may, by a tick, in some kernels) or did not move."""
    grown: Dict[str, Optional[int]] = {}
    for name in _TIMES:
        old, new = before[name], after[name]  # type: ignore[literal-required]
        grown[name] = None if old is None or new is None else max(0, new - old)
    total = sum(value for value in grown.values() if value is not None)
    if seconds is None or not total or (after["user"] or 0) < (before["user"] or 0):
        return None
    shares: Dict[str, Any] = {"seconds": seconds}
    for name in _SHOWN:
        value = grown[name]
        shares[f"{name}_ratio"] = None if value is None else round(value / total, 6)
    return shares
