# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The packet filter: the table "filter" of iptables, and the rules of nftables."""

from __future__ import annotations

import re
from typing import Any, Dict, Optional, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.facts import _log
from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._context import Evidence, Missing, first_line
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import firewall_cmd, iptables_list, iptables_save, nft
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._sections import Section, placed, sections

ITEMS: Tuple[str, ...] = ("underlay.firewall", "underlay.firewalld")
GROUPS: Tuple[str, ...] = ()

_ITEM = "underlay.firewall"
_FIREWALLD = "underlay.firewalld"
_TABLE = "filter"
_BY_NFT = "(nf_tables)"
# What `iptables -L` prints, where there is no iptables-save.
_LISTED = re.compile(r"^Chain \S{1,64} \(", re.MULTILINE)
_NOT_LOADED = "# nf_tables is not loaded"


def build(evidence: Evidence) -> Dict[str, Any]:
    """One object; see schemas/firewall.json."""
    parts = {part.name: part for part in sections(evidence.text(_ITEM, accept=None if _has_parts(evidence) else (0,)))}
    listed = parts.get("", Section("", 1, ""))
    parse = iptables_list.parse if _LISTED.search(listed.text) else iptables_save.parse
    found = evidence.take(_ITEM, placed(parse(listed.text), listed), empty_is_known=False)
    if found["hidden"] and not found["chains"] and not found["rules"]:
        raise Missing(f"{_ITEM}: {found['hidden']}")
    if found["hidden"]:
        evidence.gap(f"{_ITEM}: {found['hidden']}")
    return {
        "loaded": found["loaded"],
        "chains": [_without_table(chain) for chain in found["chains"] if chain["table"] == _TABLE],
        "rules": [_without_table(rule) for rule in found["rules"] if rule["table"] == _TABLE],
        "nftables": _nftables(evidence, parts.get("nft"), _BY_NFT in listed.text),
        "firewalld": _firewalld(evidence),
    }


def _firewalld(evidence: Evidence) -> Optional[Dict[str, Any]]:
    """What firewalld was told; None, and no gap, when this one host was not asked for it or does not have it."""
    if not _log.asked(evidence, _FIREWALLD):
        return None
    # It ends with 252 when the daemon does not run, and says so on either stream.
    output = evidence.output(_FIREWALLD)
    said = first_line((output.stdout or "") + (output.stderr or "")) if output is not None else ""
    if "not running" in said:
        return {"running": False, "zones": []}
    found = evidence.maybe(_FIREWALLD, firewall_cmd.parse) if said else None
    return None if found is None else {"running": found["running"], "zones": [zone for zone in map(dict, found["zones"]) if _is_used(zone)]}


def _is_used(zone: Dict[str, Any]) -> bool:
    """Most zones come with the software, and nothing comes into them."""
    return bool(zone["active"] or zone["interfaces"] or zone["sources"])


def _has_parts(evidence: Evidence) -> bool:
    """Whether the item printed its second part too; the exit code then is that of nft alone."""
    output = evidence.output(_ITEM)
    return output is not None and "### nft" in (output.stdout or "")


def _nftables(evidence: Evidence, part: Optional[Section], told: bool) -> Optional[Dict[str, Any]]:
    """The rules of nftables for IPv4; None when nobody could ask for them.

    told   iptables has printed the table "ip filter" itself, whose rules are plainer in its own words
    """
    if part is None or not part.text.strip():
        return None
    if _NOT_LOADED in part.text:
        return {"chains": [], "rules": []}
    found = evidence.try_take(_ITEM, placed(nft.parse(part.text), part))
    if found is None:
        return None

    def wanted(entry: Any) -> bool:
        return entry["family"] in ("ip", "inet") and not (told and (entry["family"], entry["table"]) == ("ip", _TABLE))

    names = {(chain["family"], chain["table"], chain["name"]) for chain in found["chains"]}
    return {
        "chains": [
            {"name": _named(chain, chain["name"]), "hook": chain["hook"], "policy": chain["policy"]}
            for chain in found["chains"]
            if wanted(chain) and chain["kind"] in (None, _TABLE)
        ],
        "rules": [_rule(rule, names) for rule in found["rules"] if wanted(rule)],
    }


def _named(entry: Any, chain: str) -> str:
    return f"{entry['family']} {entry['table']} {chain}"


def _rule(rule: nft.Rule, chains: Any) -> Dict[str, Any]:
    target = rule["target"]
    jump = target is not None and (rule["family"], rule["table"], target) in chains
    entry = {name: value for name, value in rule.items() if name not in ("family", "table")}
    return {**entry, "chain": _named(rule, rule["chain"]), "target": _named(rule, target or "") if jump else target}


def _without_table(entry: Any) -> Dict[str, Any]:
    return {name: value for name, value in entry.items() if name != "table"}
