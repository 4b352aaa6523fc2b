# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How the network stack treats packets that come by another interface than answers would leave by, and changes of carrier."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.facts import _parts
from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._context import Evidence, Missing, delta
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import nstat
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._numbers import maybe_integer

ITEMS: Tuple[str, ...] = ("underlay.resources", "underlay.activity")
GROUPS: Tuple[str, ...] = ()

_CONF = "/proc/sys/net/ipv4/conf/"
_CARRIER = ("/sys/class/net/", "/carrier_changes")
_COUNTERS = {
    "reverse_path_drops": "TcpExtIPReversePathFilter",
    "address_errors": "IpInAddrErrors",
    "no_routes": "IpOutNoRoutes",
    "reassembly_failures": "IpReasmFails",
    "fragmentation_failures": "IpFragFails",
}


def build(evidence: Evidence) -> Dict[str, Any]:
    """One object; see schemas/stack.json."""
    settings: Dict[str, str] = {}
    before: Dict[str, str] = {}
    try:
        settings = _parts.resources(evidence)
    except Missing as missing:
        evidence.gap(str(missing))
    try:
        before = _parts.activity(evidence)
    except Missing as missing:
        evidence.gap(str(missing))
    if not settings and not before:
        raise Missing("; ".join(evidence.gaps))
    after = _parts.activity_again(evidence)
    seconds = evidence.seconds_between("underlay.activity")
    counters, later = _counters(evidence, before), _counters(evidence, after or {})
    forward = maybe_integer(settings.get("/proc/sys/net/ipv4/ip_forward", "").strip())
    return {
        "ip_forward": None if forward is None else forward > 0,
        "reverse_path_filter": _filters(settings),
        "counters": counters,
        "delta": delta(counters, later, seconds, tuple(_COUNTERS)),
        "carrier_changes": _carrier(before, after),
    }


def _filters(files: Dict[str, str]) -> Optional[List[Dict[str, Any]]]:
    """By interface the filter in force, which is the larger of its own and that of "all"."""
    values = {
        path[len(_CONF) : -len("/rp_filter")]: maybe_integer(text.strip())
        for path, text in files.items()
        if path.startswith(_CONF) and path.endswith("/rp_filter")
    }
    if not values:
        return None
    everywhere = values.get("all")
    return [
        {"link": name, "own": own, "effective": None if own is None or everywhere is None else max(own, everywhere)}
        for name, own in sorted(values.items())
        if name not in ("all", "default")
    ]


def _counters(evidence: Evidence, files: Dict[str, str]) -> Optional[Dict[str, Optional[int]]]:
    text = files.get("/proc/net/snmp", "") + files.get("/proc/net/netstat", "")
    if not text:
        return None
    read = evidence.try_take("underlay.activity", nstat.parse(text))
    return None if read is None else {name: read.get(counter) for name, counter in _COUNTERS.items()}


def _carrier(before: Dict[str, str], after: Optional[Dict[str, str]]) -> Optional[List[Dict[str, Any]]]:
    """How often an interface got or lost its carrier since it was made, and between the samples."""
    first = _changes(before)
    if first is None:
        return None
    second = _changes(after or {}) or {}
    return [
        {
            "link": name,
            "changes": count,
            "delta": second[name] - count if count is not None and second.get(name, -1) >= count else None,
        }
        for name, count in sorted(first.items())
    ]


def _changes(files: Dict[str, str]) -> Optional[Dict[str, Any]]:
    start, end = _CARRIER
    found = {
        path[len(start) : -len(end)]: maybe_integer(text.strip())
        for path, text in files.items()
        if path.startswith(start) and path.endswith(end)
    }
    return found or None
