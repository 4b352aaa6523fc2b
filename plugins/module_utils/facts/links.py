# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Interfaces with their flags and counters, and by how much the counters grew between the two samples."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._context import Evidence, delta, ratio
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import ip_link

ITEMS: Tuple[str, ...] = ("underlay.ip_link",)
GROUPS: Tuple[str, ...] = ()

GROWING = ("rx_packets", "rx_errors", "rx_dropped", "tx_packets", "tx_errors", "tx_dropped")


def build(evidence: Evidence) -> List[Dict[str, Any]]:
    """One object per interface; see schemas/links.json."""
    first = evidence.read("underlay.ip_link", ip_link.parse, empty_is_known=False)
    # An interface that was deleted and made anew in between has another index.
    second = {(link["name"], link["index"]): link for link in evidence.again("underlay.ip_link", ip_link.parse) or []}
    seconds = evidence.seconds_between("underlay.ip_link")
    return [{**link, "delta": growth(link, second.get((link["name"], link["index"])), seconds)} for link in first]


def growth(before: Mapping[str, Any], after: Optional[Mapping[str, Any]], seconds: Optional[float]) -> Optional[Dict[str, Any]]:
    """delta() of an interface's or a datapath port's counters, with the shares of bad and of dropped packets in both directions."""
    grown = delta(before, after, seconds, GROWING)
    if grown is None:
        return None
    packets = _sum(grown["rx_packets"], grown["tx_packets"])
    grown["error_ratio"] = ratio(_sum(grown["rx_errors"], grown["tx_errors"]), packets)
    grown["drop_ratio"] = ratio(_sum(grown["rx_dropped"], grown["tx_dropped"]), packets)
    return grown


def _sum(one: Optional[int], other: Optional[int]) -> Optional[int]:
    return None if one is None or other is None else one + other
