# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the logs of one service say, in one shape for all services. PRIVATE to the collection: may change without notice."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._context import Evidence, first_line
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import logs

HOUR_S = 3600
# What the collector's log_records says where none of the files is there.
NONE_THERE = "no log:"
_NEWEST = 5
_WHILE_READING_S = 60
_ERRORS = ("error", "fatal")


def read(evidence: Evidence, item: str) -> Optional[logs.Log]:
    """The records of an item; None, with a gap, when no log could be read. A log that could not be read beside others is a gap too."""
    log = evidence.maybe(item, logs.parse, accept=None)
    output = evidence.output(item)
    complaint = first_line(output.stderr) if output is not None else ""
    if log is not None and complaint:
        evidence.gap(f"{item}: {complaint}")
    back = reaches_back_s(log) if log is not None else None
    if back is not None and back < HOUR_S:
        evidence.gap(f"{item} reaches back {back / 60:.0f} minutes only")
    return None if log is not None and complaint and not log["records"] and not log["files"] else log


def saw_all(evidence: Evidence, item: str) -> bool:
    """Whether a log that is not among those of the item does not exist: nothing kept the item from looking, and nothing was cut off."""
    output = evidence.output(item)
    complaint = first_line(output.stderr) if output is not None else ""
    return output is not None and (not complaint or complaint.startswith(NONE_THERE)) and not cut(evidence, item)


def reaches_back_s(log: logs.Log) -> Optional[float]:
    """For how long all of its files are complete; None: from their beginnings. Where a file does not tell, its oldest record does."""
    now = log["now_s"]
    if now is None or not log["since_s"]:
        return None
    oldest = {one["file"]: one["time_s"] for one in reversed(log["records"]) if one["time_s"] is not None}
    begins = [oldest.get(file, now) if since is None else since for file, since in log["since_s"].items()]
    return round(max(0.0, now - max(one for one in begins if one is not None)), 3)


def cut(evidence: Evidence, item: str) -> bool:
    """Whether the end of a log is missing, which tells of the last hour: the command did not come to its end, or the last line has none."""
    output = evidence.output(item)
    said = (output.stdout or "") if output is not None else ""
    return evidence.ended_early(item) or not said.endswith("\n")


def asked(evidence: Evidence, item: str) -> bool:
    """Whether the item was asked at all; that it was not is no gap of a record from before it came."""
    if evidence.output(item) is not None:
        return True
    evidence.items.remove(item)
    return False


def learn(evidence: Evidence, item: str, leave_out: Tuple[str, ...] = ()) -> Optional[Dict[str, Any]]:
    """read() and summary() in one."""
    return summary(read(evidence, item), leave_out, cut(evidence, item))


def summary(log: Optional[logs.Log], leave_out: Tuple[str, ...] = (), is_cut: bool = False) -> Optional[Dict[str, Any]]:
    """Counts, known messages, who logs most, and the newest errors and warnings; see `log` in schemas/agent.json.

    leave_out   words in the names of files that tell of something else than errors (the event logs)
    is_cut      the end is missing: how many there were within the last hour is not known
    """
    if log is None:
        return None
    now = log["now_s"]
    counted = now is not None and not is_cut
    records = [one for one in _once(log["records"]) if not one["benign"] and not any(word in (one["file"] or "") for word in leave_out)]
    recent = [one for one in records if now is not None and one["time_s"] is not None and now - one["time_s"] <= HOUR_S]
    return {
        "files": log["files"],
        "reaches_back_s": reaches_back_s(log),
        "errors": _errors(records),
        "warnings": _warnings(records),
        "errors_last_hour": _errors(recent) if counted else None,
        "warnings_last_hour": _warnings(recent) if counted else None,
        "signatures": signatures(records, now),
        "loggers": _loggers(records),
        "newest": [_record(one, now) for one in records if _is_bad(one)][-_NEWEST:],
    }


def signatures(records: List[logs.Record], now: Optional[int]) -> List[Dict[str, Any]]:
    """Known messages by id, with how often and how long ago."""
    found: Dict[str, Dict[str, Any]] = {}
    for record in records:
        name = record["signature"]
        if name is None:
            continue
        entry = found.setdefault(name, {"signature": name, "count": 0, "last": None, "age_s": None, "message": ""})
        entry["count"] += 1
        entry["message"] = first_line(record["message"])
        if record["time_s"] is not None:
            entry["last"] = record["time_s"]
            entry["age_s"] = _age(record, now)
    return [found[name] for name in sorted(found)]


def _once(records: List[logs.Record]) -> List[logs.Record]:
    """Without what another file has already told: Tomcat's catalina.out repeats the log of the API."""
    told: Dict[Any, Optional[str]] = {}
    return [one for one in records if told.setdefault((one["time_s"], one["level"], one["message"]), one["file"]) == one["file"]]


def _errors(records: List[logs.Record]) -> int:
    return sum(record["level"] in _ERRORS for record in records)


def _warnings(records: List[logs.Record]) -> int:
    return sum(record["level"] == "warn" for record in records)


def _is_bad(record: logs.Record) -> bool:
    return record["level"] in _ERRORS or record["level"] == "warn" or record["signature"] is not None


def _age(record: logs.Record, now: Optional[int]) -> Optional[float]:
    if now is None or record["time_s"] is None:
        return None
    age = round(now - record["time_s"], 3)
    # The clock was read before the log: what was written in between is new, and not of the future.
    return 0.0 if -_WHILE_READING_S < age < 0 else age


def _loggers(records: List[logs.Record]) -> List[Dict[str, Any]]:
    """Who logs errors and warnings, the most errors first."""
    found: Dict[str, Dict[str, Any]] = {}
    for record in records:
        if record["level"] not in (*_ERRORS, "warn"):
            continue
        name = record["logger"] or ""
        entry = found.setdefault(name, {"logger": name, "errors": 0, "warnings": 0})
        entry["errors" if record["level"] in _ERRORS else "warnings"] += 1
    return sorted(found.values(), key=lambda entry: (-entry["errors"], -entry["warnings"], entry["logger"]))[:20]


def _record(record: logs.Record, now: Optional[int]) -> Dict[str, Any]:
    return {
        "file": record["file"],
        "age_s": _age(record, now),
        "level": record["level"],
        "logger": record["logger"],
        "message": first_line(record["message"]),
        "signature": record["signature"],
        "stack": [first_line(line) for line in record["stack"]],
    }
