# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The MidoNet agent on a host: its process, identity, version, configuration, and what its logs say."""

from __future__ import annotations

import re
from typing import Any, Callable, Dict, List, Optional, Tuple, TypeVar

from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._context import Evidence, Missing, first_line
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import (
    host_id,
    midolman_conf,
    midolman_log,
    packages,
    ps,
    watchdog_log,
)
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._sections import placed, sections

T = TypeVar("T")

ITEMS: Tuple[str, ...] = (
    "agent.processes",
    "agent.packages",
    "agent.config",
    "agent.host_id",
    "agent.watchdog_log",
    "agent.log",
)
# API hosts have no agent, but the same configuration file tells where their network state database is.
GROUPS: Tuple[str, ...] = ("compute", "gateway", "api")
_WITH_AGENT = ("compute", "gateway")

_MIDOLMAN = re.compile(r"(?:^|\s)(?:[a-z]{1,20}\.)+Midolman(?:\s|$)")
_PACKAGES = ("midolman", "midonet-cluster", "midonet-api")
_UNREADABLE = re.compile(r"(?i)no such file|cannot open|can't open|permission denied")
_HOUR_S = 3600
_ZOOKEEPER_PORT = 2181
_CASSANDRA_PORT = 9042
# The watchdog says that its child is unresponsive, kills it, and then says that it died: one restart.
_SAME_RESTART_S = 60


def build(evidence: Evidence) -> Dict[str, Any]:
    """One object; see schemas/agent.json."""
    with_agent = not evidence.groups or bool(set(evidence.groups) & set(_WITH_AGENT))
    facts: Dict[str, Any] = _processes(evidence) if with_agent else _no_processes()
    facts["host_id"] = evidence.maybe("agent.host_id", host_id.parse) if with_agent else None
    facts["version"] = _version(evidence)
    facts["config"] = _config(evidence)
    facts.update(_restarts(evidence) if with_agent else {"restarts_last_hour": None, "last_exit_code": None})
    facts["log"] = _log(evidence) if with_agent else None
    facts["session_lost"] = _session_lost(facts["log"])
    if all(value is None for value in facts.values()):
        raise Missing("; ".join(evidence.gaps) or "nothing was collected of the agent")
    return facts


def _no_processes() -> Dict[str, Any]:
    return {"running": None, "count": None, "pid": None, "uptime_s": None, "watchdog": None}


def _processes(evidence: Evidence) -> Dict[str, Any]:
    # The pipe's exit code says whether anything was found. Nothing on either stream is an answer: no such process.
    found = _unless_unreadable(evidence, "agent.processes", ps.parse, lambda processes: not processes, accept=(0, 1))
    if found is None:
        return _no_processes()
    agents = sorted((process for process in found if _is_agent(process["command"])), key=lambda process: process["age_s"] or 0)
    return {
        "running": bool(agents),
        "count": len(agents),
        "pid": agents[0]["pid"] if agents else None,
        "uptime_s": agents[0]["age_s"] if agents else None,
        "watchdog": any(_is_watchdog(process["command"]) for process in found),
    }


def _is_watchdog(command: str) -> bool:
    """A program of its own in 5.x, a Python script before: the first or the second word."""
    return any(word.rsplit("/", 1)[-1] == "wdog" for word in command.split()[:2])


def _is_agent(command: str) -> bool:
    """The virtual machine that runs the agent; the watchdog has the agent's class in its command line too."""
    return _MIDOLMAN.search(command) is not None and not _is_watchdog(command)


def _version(evidence: Evidence) -> Optional[str]:
    found = evidence.maybe("agent.packages", packages.parse, accept=(0, 1))
    versions = {package["name"]: package["version"] for package in found or [] if package["installed"]}
    return next((versions[name] for name in _PACKAGES if versions.get(name)), None)


def _config(evidence: Evidence) -> Optional[Dict[str, Any]]:
    try:
        text = evidence.text("agent.config")
    except Missing as missing:
        evidence.gap(str(missing))
        return None
    values: Dict[str, str] = {}
    files = [part for part in sections(text, is_name=lambda name: name.startswith("/")) if part.name]
    for part in files:
        # midolman.conf comes first and counts.
        read = evidence.try_take("agent.config", placed(midolman_conf.parse(part.text), part))
        values = {**(read or {}), **values}
    if not files:
        evidence.gap("agent.config: there is neither midolman.conf nor midonet.conf")
        return None
    zookeeper, cassandra = values.get("zookeeper.zookeeper_hosts"), values.get("cassandra.servers")
    return {
        "zookeeper_servers": None if zookeeper is None else midolman_conf.servers(zookeeper, _ZOOKEEPER_PORT),
        "root_key": values.get("zookeeper.root_key") or values.get("zookeeper.midolman_root_key"),
        "cassandra_servers": None if cassandra is None else midolman_conf.servers(cassandra, _CASSANDRA_PORT),
    }


def _restarts(evidence: Evidence) -> Dict[str, Any]:
    log = _unless_unreadable(evidence, "agent.watchdog_log", watchdog_log.parse, lambda found: not found["events"])
    if log is None:
        return {"restarts_last_hour": None, "last_exit_code": None}
    statuses = [event["status"] for event in log["events"] if event["event"] == "died"]
    now = log["now_s"]
    if now is None or any(event["time_s"] is None for event in log["events"]):
        evidence.gap("agent.watchdog_log: the times of restarts could not be read")
        restarts = None
    else:
        restarts = sum(_in_last_hour(event, now) for event in _restart_events(log["events"]))
    return {"restarts_last_hour": restarts, "last_exit_code": statuses[-1] if statuses else None}


def _restart_events(events: List[watchdog_log.Event]) -> List[watchdog_log.Event]:
    """One event per restart: an unresponsive child that died soon afterwards is the same restart."""
    return [
        event
        for event, after in zip(events, [*events[1:], None])
        if event["event"] == "died" or after is None or after["event"] != "died" or _seconds(event, after) > _SAME_RESTART_S
    ]


def _seconds(event: watchdog_log.Event, after: watchdog_log.Event) -> float:
    return (after["time_s"] or 0.0) - (event["time_s"] or 0.0)


def _in_last_hour(event: watchdog_log.Event, now: int) -> bool:
    return now - (event["time_s"] or 0.0) <= _HOUR_S


def _log(evidence: Evidence) -> Optional[Dict[str, Any]]:
    log = _unless_unreadable(evidence, "agent.log", midolman_log.parse, lambda found: not found["records"])
    if log is None:
        return None
    now = log["now_s"]
    records = [record for record in log["records"] if not record["benign"]]
    recent = [record for record in records if now is not None and record["time_s"] is not None and now - record["time_s"] <= _HOUR_S]
    return {
        "errors": _count(records, "ERROR"),
        "warnings": _count(records, "WARN"),
        "errors_last_hour": None if now is None else _count(recent, "ERROR"),
        "warnings_last_hour": None if now is None else _count(recent, "WARN"),
        "signatures": _signatures(records, now),
    }


def _session_lost(log: Optional[Dict[str, Any]]) -> Optional[bool]:
    """Whether the agent ended within the last hour because ZooKeeper was lost."""
    if log is None:
        return None
    ages = [one["age_s"] for one in log["signatures"] if one["signature"] == "zookeeper_exit"]
    return any(age is None or age <= _HOUR_S for age in ages)


def _count(records: List[midolman_log.Record], level: str) -> int:
    return sum(record["level"] == level for record in records)


def _signatures(records: List[midolman_log.Record], now: Optional[int]) -> List[Dict[str, Any]]:
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
            entry["age_s"] = None if now is None else round(now - record["time_s"], 3)
    return [found[name] for name in sorted(found)]


def _unless_unreadable(
    evidence: Evidence,
    item: str,
    parse: Callable[[str], Parsed[T]],
    is_empty: Callable[[T], bool],
    accept: Tuple[int, ...] = (0,),
) -> Optional[T]:
    """maybe(), but nothing found beside a complaint on the other stream means: not known, instead of: there is none."""
    found = evidence.maybe(item, parse, accept=accept)
    output = evidence.output(item)
    complaint = first_line(output.stderr) if output is not None else ""
    if found is not None and is_empty(found) and complaint and (item == "agent.processes" or _UNREADABLE.search(complaint)):
        evidence.gap(f"{item}: {complaint}")
        return None
    return found
