# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The kernel datapath with its ports, and by how much its counters grew between the two samples."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Mapping, Optional, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.facts import _log, _parts
from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._context import Evidence, Missing, delta
from ansible_collections.midonet.diagnostics.plugins.module_utils.facts.links import growth
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import brctl, mm_dpctl, ovs_dpctl, ovs_vsctl
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._sections import Section

ITEMS: Tuple[str, ...] = ("overlay.datapath", "overlay.open_vswitch")
GROUPS: Tuple[str, ...] = ("compute", "gateway")

# What mm-dpctl says of a datapath that is not there: its own words up to 2015.06, the kernel's in 5.x.
_OPEN_VSWITCH = "overlay.open_vswitch"
_NO_DATAPATH = re.compile(r"Could not find datapath|No such device|No such datapath|Could not find any installed datapath")
_GROWING = ("hits", "lost", "misses")


def build(evidence: Evidence) -> Dict[str, Any]:
    """One object; see schemas/datapath.json."""
    if _is_absent(evidence):
        # An agent that has just been started makes it anew, and then it is there at the second look.
        first = None if _is_absent(evidence, 2) else evidence.again("overlay.datapath", mm_dpctl.parse_show)
        second = None
        if first is None or _is_empty(first):
            absent: Dict[str, Any] = dict.fromkeys(("name", "index", "flows", "hits", "lost", "misses", "ports", "delta"))
            return {**absent, "exists": False, **_other_switches(evidence)}
    else:
        first = evidence.read("overlay.datapath", mm_dpctl.parse_show, empty_is_known=False)
        if _is_empty(first):
            raise Missing("overlay.datapath was cut before it told anything")
        second = None if _is_absent(evidence, 2) else evidence.again("overlay.datapath", mm_dpctl.parse_show)
    if second is not None and (second["name"], second["index"]) != (first["name"], first["index"]):
        second = None  # the datapath was made anew in between
    seconds = evidence.seconds_between("overlay.datapath")
    return {
        "exists": True,
        "name": first["name"],
        "index": first["index"],
        **first["stats"],
        "ports": _ports(first["ports"], second["ports"] if second else [], seconds),
        "delta": _grown(first["stats"], second["stats"] if second else None, seconds),
        **_other_switches(evidence),
    }


def _other_switches(evidence: Evidence) -> Dict[str, Any]:
    """What the programs of Open vSwitch and brctl tell; None, and no gap, when this one host was not asked or does not have them."""
    nothing: Dict[str, Any] = {"open_vswitch": None, "linux_bridges": None}
    if not _log.asked(evidence, _OPEN_VSWITCH):
        return nothing
    try:
        parts = _parts.parts(evidence, _OPEN_VSWITCH)
    except Missing as missing:
        evidence.gap(str(missing))
        return nothing
    bridges = _parts.read(evidence, _OPEN_VSWITCH, parts.get("linux_bridges"), brctl.parse)
    return {
        "open_vswitch": _open_vswitch(evidence, parts),
        "linux_bridges": None if bridges is None else [{"name": one["name"], "ports": one["ports"]} for one in bridges],
    }


def _open_vswitch(evidence: Evidence, parts: Dict[str, Section]) -> Optional[Dict[str, Any]]:
    datapaths = _parts.read(evidence, _OPEN_VSWITCH, parts.get("datapaths"), ovs_dpctl.parse)
    bridges = _parts.read(evidence, _OPEN_VSWITCH, parts.get("bridges"), ovs_vsctl.parse)
    if not {"datapaths", "bridges"} & set(parts):
        return None
    return {
        "version": bridges["version"] if bridges else None,
        "datapaths": None if datapaths is None else [_datapath(one) for one in datapaths],
        "bridges": None if bridges is None else [_bridge(one) for one in bridges["bridges"]],
    }


def _datapath(one: ovs_dpctl.Datapath) -> Dict[str, Any]:
    numbers = {name: one[name] for name in ("flows", "hits", "lost", "misses")}
    return {"provider": one["provider"], "name": one["name"], **numbers, "ports": [port["name"] for port in one["ports"]]}


def _bridge(one: ovs_vsctl.Bridge) -> Dict[str, Any]:
    interfaces = [interface for port in one["ports"] for interface in port["interfaces"]]
    return {
        "name": one["name"],
        "ports": [port["name"] for port in one["ports"]],
        "errors": [{"interface": interface["name"], "error": interface["error"]} for interface in interfaces if interface["error"]],
    }


def _is_absent(evidence: Evidence, number: int = 1) -> bool:
    output = evidence.output("overlay.datapath", number)
    if output is None or output.state not in ("ok", "failed"):
        return False
    return _NO_DATAPATH.search((output.stdout or "") + (output.stderr or "")) is not None


def _is_empty(shown: Mapping[str, Any]) -> bool:
    return shown["name"] is None and shown["index"] is None and not shown["ports"]


def _grown(first: Mapping[str, Any], second: Optional[Mapping[str, Any]], seconds: Optional[float]) -> Optional[Dict[str, Any]]:
    grown = delta(first, second, seconds, _GROWING)
    if grown is not None:
        lost, misses = grown["lost"], grown["misses"]
        # Every lost packet is a missed one first.
        known = lost is not None and misses is not None
        grown["lost_ratio"] = round(lost / misses, 6) if known and misses else 0.0 if known and not lost else None
    return grown


def _ports(first: List[Dict[str, Any]], second: List[Dict[str, Any]], seconds: Optional[float]) -> List[Dict[str, Any]]:
    later = {(port["no"], port["name"], port["type"]): _counters(port) for port in second}
    ports = []
    for port in first:
        counters = _counters(port)
        after = later.get((port["no"], port["name"], port["type"]))
        # A port without counters has no difference either.
        grown = growth(counters, after, seconds) if port["stats"] is not None else None
        ports.append({"number": port["no"], "name": port["name"], "kind": port["type"].lower(), **counters, "delta": grown})
    return ports


_NAMES = {name: re.sub(r"([A-Z])", lambda found: "_" + found.group(1).lower(), name) for name in mm_dpctl.COUNTERS}


def _counters(port: Mapping[str, Any]) -> Dict[str, Any]:
    """rxPackets as rx_packets; None where the tool printed none, or one above 2^63, which Java prints negative."""
    stats = port["stats"] or {}
    return {ours: stats.get(theirs) if (stats.get(theirs) or 0) >= 0 else None for theirs, ours in _NAMES.items()}
