# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The packet filter's table "filter"."""

from __future__ import annotations

from typing import Any, Dict, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._context import Evidence, Missing
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import iptables_save

ITEMS: Tuple[str, ...] = ("underlay.firewall",)
GROUPS: Tuple[str, ...] = ()

_TABLE = "filter"


def build(evidence: Evidence) -> Dict[str, Any]:
    """One object; see schemas/firewall.json."""
    found = evidence.read("underlay.firewall", iptables_save.parse, empty_is_known=False)
    if found["hidden"] and not found["chains"] and not found["rules"]:
        raise Missing(f"underlay.firewall: {found['hidden']}")
    if found["hidden"]:
        evidence.gap(f"underlay.firewall: {found['hidden']}")
    return {
        "loaded": found["loaded"],
        "chains": [_without_table(chain) for chain in found["chains"] if chain["table"] == _TABLE],
        "rules": [_without_table(rule) for rule in found["rules"] if rule["table"] == _TABLE],
    }


def _without_table(entry: Any) -> Dict[str, Any]:
    return {name: value for name, value in entry.items() if name != "table"}
