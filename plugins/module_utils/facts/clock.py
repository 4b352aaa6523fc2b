# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The wall clock: its zone, what disciplines it, and how far it is from its source and from the controller."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._context import Evidence, Missing, instant
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import chronyc, chronyc_sources, date, ntpq, timedatectl
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import TOOL_ERROR, Parsed
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._sections import Section, placed, sections

ITEMS: Tuple[str, ...] = ("underlay.clock", "underlay.time_daemon")
GROUPS: Tuple[str, ...] = ()

_ITEM = "underlay.time_daemon"
_SECONDS_CUT_OFF = 2.0  # both times are whole seconds, and the shell counts in steps
_SELECTED = "*o"
_TALLIES = {"*": "selected", "o": "selected", "+": "candidate", "#": "candidate", "x": "falseticker"}
_STATES = {
    "selected": "selected",
    "combined": "candidate",
    "not_combined": "rejected",
    "variable": "rejected",
    "falseticker": "falseticker",
    "unreachable": "unreachable",
}


def build(evidence: Evidence) -> Dict[str, Any]:
    """One object; see schemas/clock.json."""
    clock = evidence.maybe("underlay.clock", date.parse, empty_is_known=False)
    try:
        discipline = _discipline(evidence)
    except Missing as missing:
        evidence.gap(str(missing))
        discipline = _nothing(None)
    measured: Mapping[str, Any] = evidence.host.get("clock") or {}
    if clock is None and discipline["synced"] is None and measured.get("skew_s") is None:
        raise Missing("; ".join(evidence.gaps) or "nothing tells the time")
    return {
        "utc_offset_s": clock["utc_offset_s"] if clock else None,
        "timezone": clock["timezone"] if clock else None,
        "epoch_s": clock["epoch_s"] if clock else None,
        **discipline,
        **_disagreement(discipline["synced"], discipline["sources"]),
        "skew_s": _skew(evidence, measured.get("skew_s"), clock),
        "skew_error_s": measured.get("skew_error_s"),
    }


def _skew(evidence: Evidence, skew: Optional[float], clock: Optional[Mapping[str, Any]]) -> Optional[float]:
    """The measured difference to the controller, plus the jump of a clock that was set after the measurement.

    The collector counts on from the clock that it found when it began; `date` came to run some time within its item.
    """
    output = evidence.output("underlay.clock")
    if skew is None or output is None or clock is None or clock["epoch_s"] is None:
        return skew
    expected = instant(output.started)
    if expected is None:
        return skew
    late: float = clock["epoch_s"] - expected
    allowed = _SECONDS_CUT_OFF + (output.duration_ms or 0) / 1000
    return skew if -_SECONDS_CUT_OFF <= late <= allowed else round(skew + late, 3)


def _nothing(synced: Optional[bool]) -> Dict[str, Any]:
    return {"daemon": None, "synced": synced, "source": None, "stratum": None, "offset_s": None, "sources": None}


def _discipline(evidence: Evidence) -> Dict[str, Any]:
    """What the first daemon that answers says: any of the three may run, and the tools of the others be installed."""
    # The exit code is that of the last "command -v": it tells only which tool is not there.
    parts = {part.name: part for part in sections(evidence.text(_ITEM, accept=None))}
    refused = False
    for name, read in (("chronyc", _chrony), ("ntpq", _ntpd)):
        part = parts.get(name)
        if part is None or not part.text.strip():
            continue
        found, error = read(evidence, part, parts)
        if found is not None:
            return found
        refused = refused or error
    output = evidence.output(_ITEM)
    # ntpq complains on the other stream.
    refused = refused or "ntpq: read: Connection refused" in ((output.stderr or "") if output is not None else "")
    status = parts.get("timedatectl")
    if status is not None and status.text.strip():
        systemd = evidence.try_take(_ITEM, placed(timedatectl.parse(status.text), status))
        if systemd is not None and systemd["synchronized"] is not None:
            alone = not any(parts[name].text.strip() for name in ("chronyc", "ntpq") if name in parts)
            runs = systemd["timesyncd_active"] or (systemd["timesyncd_active"] is None and systemd["ntp_enabled"] and alone)
            return {**_nothing(systemd["synchronized"]), "daemon": "timesyncd" if runs and not refused else None}
    if refused:
        # A tool is there and its daemon is not: nothing disciplines the clock.
        return _nothing(False)
    raise Missing(f"{_ITEM}: no tool of a time daemon answered")


def _chrony(evidence: Evidence, part: Section, parts: Mapping[str, Section]) -> Tuple[Optional[Dict[str, Any]], bool]:
    """(facts or None, whether the tool says that its daemon does not run)."""
    parsed = placed(chronyc.parse_tracking(part.text), part)
    tracking = evidence.try_take(_ITEM, parsed)
    if tracking is None:
        return None, _refused(parsed)
    stratum = tracking["stratum"]
    return {
        "daemon": "chrony",
        "synced": tracking["synced"],
        "source": tracking["source"],
        "stratum": stratum if tracking["synced"] else None,
        "offset_s": tracking["offset_s"] if tracking["synced"] else None,
        "sources": _sources_of_chrony(evidence, parts.get("chronyc_sources")),
    }, False


def _ntpd(evidence: Evidence, part: Section, _parts: Mapping[str, Section]) -> Tuple[Optional[Dict[str, Any]], bool]:
    parsed = placed(ntpq.parse(part.text), part)
    peers = evidence.try_take(_ITEM, parsed)
    if peers is None:
        return None, _refused(parsed)
    selected = next((peer for peer in peers if peer["tally"] in _SELECTED), None)
    stratum = selected["stratum"] if selected else None
    return {
        "daemon": "ntpd",
        "synced": selected is not None,
        "source": selected["remote"] if selected else None,
        "stratum": None if stratum is None else stratum + 1,
        "offset_s": selected["offset_s"] if selected else None,
        "sources": [_source(peer["remote"], _TALLIES.get(peer["tally"], "rejected"), peer) for peer in peers],
    }, False


def _refused(parsed: Parsed[Any]) -> bool:
    said = parsed.error or ""
    return parsed.state == TOOL_ERROR and ("Cannot talk to daemon" in said or "Connection refused" in said)


def _sources_of_chrony(evidence: Evidence, part: Optional[Section]) -> Optional[List[Dict[str, Any]]]:
    if part is None or not part.text.strip():
        return None
    found = evidence.try_take(_ITEM, placed(chronyc_sources.parse(part.text), part))
    return None if found is None else [_source(source["name"], _STATES[source["state"]], source) for source in found]


def _disagreement(synced: Optional[bool], sources: Optional[List[Dict[str, Any]]]) -> Dict[str, Any]:
    """The sources that answer and contradict each other, and how far they are apart, where the daemon can follow none for it."""
    if sources is None:
        return {"disagreeing": None, "disagree_s": None}
    apart = [source for source in sources if source["state"] == "falseticker"] if synced is False else []
    offsets = [source["offset_s"] for source in apart if source["offset_s"] is not None]
    return {
        "disagreeing": [source["name"] for source in apart],
        "disagree_s": round(max(offsets) - min(offsets), 6) if len(offsets) > 1 else None,
    }


def _source(name: str, state: str, told: Mapping[str, Any]) -> Dict[str, Any]:
    """One source in the terms that both daemons have."""
    reach = told["reach"]
    return {
        "name": name,
        "state": "unreachable" if reach == 0 else state,
        "stratum": told["stratum"],
        "reach": None if reach is None else reach & 0xFF,
        "answered": None if reach is None else bin(reach & 0xFF).count("1"),
        "offset_s": told["offset_s"],
    }
