# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Speed, driver and offloads of the physical interfaces."""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._context import Evidence
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import ethtool

ITEMS: Tuple[str, ...] = ("underlay.link_settings",)
GROUPS: Tuple[str, ...] = ()

_KEPT = ("name", "speed_mbps", "duplex", "auto_negotiation", "link_detected", "driver", "driver_version", "firmware", "bus")
_LRO = "large-receive-offload"


def build(evidence: Evidence) -> List[Dict[str, Any]]:
    """One object per physical interface; see schemas/link_settings.json. An empty list where there is none (containers, some clouds)."""
    found = evidence.read("underlay.link_settings", ethtool.parse, accept=(0, 1, 75, 80, 81, 82))
    return [_settings(device) for device in found if device["name"] is not None]


def _settings(device: ethtool.Device) -> Dict[str, Any]:
    offload = device["features"].get(_LRO)
    kept: Dict[str, Any] = {name: device[name] for name in _KEPT}  # type: ignore[literal-required]
    kept["large_receive_offload"] = offload["on"] if offload else None
    kept["large_receive_offload_fixed"] = offload["fixed"] if offload else None
    return kept
