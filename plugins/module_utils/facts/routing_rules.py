# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which IPv4 routing table is asked for which packets. With more than the usual rules the main table is not the whole truth."""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.facts import _parts
from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._context import Evidence, Missing
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import ip_rule

ITEMS: Tuple[str, ...] = ("underlay.ip_route",)
GROUPS: Tuple[str, ...] = ()

_ITEM = "underlay.ip_route"
_USUAL = ((0, "local"), (32766, "main"), (32767, "default"))


def build(evidence: Evidence) -> List[Dict[str, Any]]:
    """One object per rule; see schemas/routing_rules.json."""
    found = _parts.read(evidence, _ITEM, _parts.parts(evidence, _ITEM).get("rules"), ip_rule.parse)
    if found is None:
        raise Missing(f"{_ITEM} does not tell the rules")
    return [{**rule, "usual": _is_usual(rule)} for rule in found]


def _is_usual(rule: ip_rule.Rule) -> bool:
    """One of the three that every host has."""
    matches = any(rule[name] for name in ("inverted", "source", "destination", "in_link", "out_link", "mark", "other"))
    return not matches and rule["action"] == "lookup" and (rule["priority"], rule["table"]) in _USUAL
