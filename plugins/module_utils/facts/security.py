# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""SELinux and AppArmor: whether they hold processes to their rules, and what they refused."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.facts import _parts
from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._context import Evidence, Missing, first_line
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _logtime, access_denials, apparmor, selinux

ITEMS: Tuple[str, ...] = ("underlay.security", "underlay.kernel_log")
GROUPS: Tuple[str, ...] = ()

_ITEM = "underlay.security"
_LOG = "underlay.kernel_log"


def build(evidence: Evidence) -> Dict[str, Any]:
    """One object; see schemas/security.json."""
    parts = _parts.parts(evidence, _ITEM)
    status = _parts.read(evidence, _ITEM, parts.get("selinux"), selinux.parse)
    profiles = _parts.read(evidence, _ITEM, parts.get("apparmor"), apparmor.parse)
    if status is None and profiles is None:
        raise Missing(f"{_ITEM} tells of neither SELinux nor AppArmor")
    _note_complaints(evidence)
    clock = _logtime.now((parts[""].text if "" in parts else "").split("\n", 1)[0])
    audited = _parts.read(evidence, _ITEM, parts.get("audit"), access_denials.parse) or []
    return {
        "selinux": {"mode": status["mode"]} if status else None,
        "apparmor": _apparmor(profiles) if profiles else None,
        "denials": _together([*audited, *_logged(evidence)], clock.epoch_s if clock else None),
    }


def _note_complaints(evidence: Evidence) -> None:
    """A log that may not be read could hold refusals that nobody sees."""
    for item in ITEMS:
        output = evidence.output(item)
        complaint = first_line(output.stderr) if output is not None else ""
        if complaint:
            evidence.gap(f"{item}: {complaint}")


def _apparmor(status: apparmor.Status) -> Dict[str, Any]:
    return {
        "enabled": status["enabled"],
        "enforced": sorted(profile["name"] for profile in status["profiles"] if profile["mode"] in ("enforce", "kill")),
        "complaining": sorted(profile["name"] for profile in status["profiles"] if profile["mode"] == "complain"),
    }


def _logged(evidence: Evidence) -> List[access_denials.Denial]:
    """Without auditd the kernel writes refusals into its own log."""
    try:
        text = evidence.text(_LOG, accept=None)
    except Missing as missing:
        evidence.gap(str(missing))
        return []
    lines = [line for line in text.split("\n") if "apparmor=" in line or "avc:" in line]
    return access_denials.parse("\n".join([*lines, ""])).data


def _together(denials: List[access_denials.Denial], now: Optional[float]) -> List[Dict[str, Any]]:
    """Refusals of the same thing to the same process are one entry; the most frequent first."""
    counted: Dict[Tuple[Any, ...], Dict[str, Any]] = {}
    for denial in denials:
        key = tuple(denial[name] for name in _SAME)  # type: ignore[literal-required]
        entry = counted.setdefault(key, {**dict(zip(_SAME, key)), "count": 0, "last_epoch_s": None, "age_s": None})
        entry["count"] += 1
        last = denial["epoch_s"]
        if last is not None and (entry["last_epoch_s"] is None or last > entry["last_epoch_s"]):
            entry["last_epoch_s"] = last
            entry["age_s"] = None if now is None else round(max(0.0, now - last), 3)
    return sorted(counted.values(), key=lambda entry: (-entry["count"], str(entry)))


_SAME = ("system", "enforced", "command", "action", "subject", "object", "object_class")
