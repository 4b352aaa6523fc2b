# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What packets to the tunnel peers became of: round 2 only."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Sequence, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._context import Evidence, Missing
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import ping

ITEMS: Tuple[str, ...] = ("underlay.ping", "underlay.ping_full_size")
GROUPS: Tuple[str, ...] = ("compute", "gateway")

_ROUND = 2
_SMALL = ("peer", "sent", "received", "loss_ratio", "rtt_avg_ms", "error")
_FULL = ("peer", "payload_bytes", "sent", "received", "loss_ratio", "error", "path_mtu")


def build(evidence: Evidence) -> Dict[str, Any]:
    """One object; see schemas/probes.json."""
    small = _read(evidence, "underlay.ping", _SMALL)
    full = _read(evidence, "underlay.ping_full_size", _FULL)
    if small is None and full is None:
        raise Missing("; ".join(evidence.gaps))
    return {"ping": small, "ping_full_size": full}


def _read(evidence: Evidence, item: str, names: Sequence[str]) -> Optional[List[Dict[str, Any]]]:
    found = evidence.maybe(item, ping.parse, _ROUND, accept=None)
    if found is None:
        return None
    return [{name: value for name, value in probe.items() if name in names} for probe in found]
