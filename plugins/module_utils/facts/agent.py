# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The MidoNet agent on a host: its process, identity, version, configuration, and what its logs say."""

from __future__ import annotations

import re
from typing import Any, Callable, Dict, List, Optional, Tuple, TypeVar

from ansible_collections.midonet.diagnostics.plugins.module_utils.facts import _daemons, _log
from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._context import Evidence, Missing, first_line
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _numbers as n
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import (
    host_id,
    logback_xml,
    metrics_log,
    midolman_conf,
    mm_ctl,
    mm_meter,
    mm_trace,
    mn_conf,
    packages,
    shell_variables,
    watchdog_log,
)
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._sections import placed, sections

T = TypeVar("T")

ITEMS: Tuple[str, ...] = (
    "agent.processes",
    "agent.packages",
    "agent.config",
    "agent.settings",
    "agent.host_id",
    "agent.watchdog_log",
    "agent.log",
    "agent.metrics",
    "agent.tracers",
    "agent.meters",
    "agent.hosts",
)
# API hosts have no agent, but the same configuration file tells where their network state database is.
GROUPS: Tuple[str, ...] = ("compute", "gateway", "api")
_WITH_AGENT = ("compute", "gateway")

_MIDOLMAN = re.compile(r"(?:^|\s)(?:[a-z]{1,20}\.)+Midolman(?:\s|$)")
_PACKAGES = ("midolman", "midonet-cluster", "midonet-api")
_UNREADABLE = re.compile(r"(?i)no such file|cannot open|can't open|permission denied")
_HOUR_S = 3600
_EVENTS = ".event.log"
_SETTINGS = "agent.settings"
_HOSTS = "agent.hosts"
_ZOOKEEPER_PORT = 2181
_CASSANDRA_PORT = 9042
# The watchdog says that its child is unresponsive, kills it, and then says that it died: one restart.
_SAME_RESTART_S = 60


def build(evidence: Evidence) -> Dict[str, Any]:
    """One object; see schemas/agent.json."""
    with_agent = not evidence.groups or bool(set(evidence.groups) & set(_WITH_AGENT))
    facts: Dict[str, Any] = _processes(evidence) if with_agent else _no_processes()
    facts["host_id"] = evidence.maybe("agent.host_id", host_id.parse) if with_agent else None
    facts["packages"] = _packages(evidence)
    facts["version"] = _version(facts["packages"])
    facts["config"] = _config(evidence)
    facts["settings"] = _settings(evidence)
    facts.update(_restarts(evidence) if with_agent else {"restarts_last_hour": None, "last_exit_code": None})
    facts.update(_logs(evidence) if with_agent else {"log": None, "starts_last_hour": None})
    facts["session_lost"] = _session_lost(facts["log"], _log.cut(evidence, "agent.log"))
    facts["pipeline"] = _pipeline(evidence) if with_agent else None
    facts["tracers"] = _listed(evidence, "agent.tracers", mm_trace.parse)
    facts["meters"] = _listed(evidence, "agent.meters", mm_meter.parse)
    facts["hosts"] = _hosts(evidence)
    if all(value is None for value in facts.values()):
        raise Missing("; ".join(evidence.gaps) or "nothing was collected of the agent")
    return facts


def _no_processes() -> Dict[str, Any]:
    return {"running": None, "count": None, "pid": None, "uptime_s": None, "watchdog": None}


def _processes(evidence: Evidence) -> Dict[str, Any]:
    found = _daemons.processes(evidence)
    if found is None:
        return _no_processes()
    agents = sorted((process for process in found if _is_agent(process["command"])), key=lambda process: process["age_s"] or 0)
    # Of a list that was cut, the rest may have the agent.
    whole = "agent.processes" not in evidence.cut
    watchdog = any(_is_watchdog(process["command"]) for process in found)
    return {
        "running": bool(agents) if agents or whole else None,
        "count": len(agents) if whole else None,
        "pid": agents[0]["pid"] if agents else None,
        "uptime_s": agents[0]["age_s"] if agents else None,
        "watchdog": watchdog if watchdog or whole else None,
    }


def _is_watchdog(command: str) -> bool:
    """A program of its own in 5.x, a Python script before: the first or the second word."""
    return any(word.rsplit("/", 1)[-1] == "wdog" for word in command.split()[:2])


def _is_agent(command: str) -> bool:
    """The virtual machine that runs the agent; the watchdog has the agent's class in its command line too."""
    return _MIDOLMAN.search(command) is not None and not _is_watchdog(command)


def _version(installed: Optional[List[Dict[str, Any]]]) -> Optional[str]:
    versions = {package["name"]: package["version"] for package in installed or []}
    return next((versions[name] for name in _PACKAGES if versions.get(name)), None)


def _packages(evidence: Evidence) -> Optional[List[Dict[str, Any]]]:
    found = evidence.maybe("agent.packages", packages.parse, accept=(0, 1))
    return None if found is None else [{"name": one["name"], "version": one["version"]} for one in found if one["installed"]]


def _config(evidence: Evidence) -> Optional[Dict[str, Any]]:
    try:
        text = evidence.text("agent.config")
    except Missing as missing:
        evidence.gap(str(missing))
        return None
    if evidence.ended_early("agent.config"):
        text = text[: text.rfind("\n") + 1]  # "10.0.0.18:218" may have been 10.0.0.18:2181
    values: Dict[str, str] = {}
    environment: Optional[Dict[str, str]] = None
    level: Optional[str] = None
    files = [part for part in sections(text, is_name=_is_configuration) if part.name]
    configured = False
    for part in files:
        if part.name.endswith("-env.sh"):
            environment = evidence.try_take("agent.config", placed(shell_variables.parse(part.text), part))
        elif part.name.endswith(".xml"):
            logback = evidence.try_take("agent.config", placed(logback_xml.parse(part.text), part))
            level = logback["root_level"] if logback else None
        else:
            # midolman.conf comes first and counts.
            read = evidence.try_take("agent.config", placed(midolman_conf.parse(part.text), part))
            values, configured = {**(read or {}), **values}, True
    if not configured:
        evidence.gap("agent.config: there is neither midolman.conf nor midonet.conf")
    if not files:
        return None
    variables = environment or {}
    zookeeper = variables.get("MIDO_ZOOKEEPER_HOSTS") or values.get("zookeeper.zookeeper_hosts")
    cassandra = values.get("cassandra.servers")
    return {
        "zookeeper_servers": None if zookeeper is None else midolman_conf.servers(zookeeper, _ZOOKEEPER_PORT),
        "root_key": values.get("zookeeper.root_key") or values.get("zookeeper.midolman_root_key"),
        "cassandra_servers": None if cassandra is None else midolman_conf.servers(cassandra, _CASSANDRA_PORT),
        "max_flow_count": _whole(values.get("datapath.max_flow_count")),
        "vxlan_overlay_udp_port": _whole(values.get("datapath.vxlan_overlay_udp_port")),
        "vxlan_vtep_udp_port": _whole(values.get("datapath.vxlan_vtep_udp_port")),
        "dhcp_mtu_bytes": _whole(values.get("midolman.dhcp_mtu")),
        "log_level": level,
        "max_heap_bytes": _size(variables.get("MAX_HEAP_SIZE")),
        "watchdog_disabled": None if environment is None else "WATCHDOG_DISABLE" in variables,
    }


def _is_configuration(name: str) -> bool:
    return name.startswith("/")


def _whole(text: Optional[str]) -> Optional[int]:
    return n.maybe_integer(text) if text is not None else None


def _size(text: Optional[str]) -> Optional[int]:
    try:
        return shell_variables.size_bytes(text or "")
    except ValueError:
        return None


def _settings(evidence: Evidence) -> Optional[Dict[str, Any]]:
    """What mn-conf says is in force; None, and no gap, when it was not asked or there is no such tool (before 2015.03)."""
    if not _log.asked(evidence, _SETTINGS):
        return None
    output = evidence.output(_SETTINGS)
    if output is not None and output.exit_code == 127 and not (output.stdout or "").strip():
        return None
    try:
        # The exit code is that of grep.
        text = evidence.text(_SETTINGS, accept=(0, 1))
    except Missing as missing:
        evidence.gap(str(missing))
        return None
    part = next((one for one in sections(text, is_name=lambda name: name in ("local", "default")) if one.name), None)
    values = None
    if part is not None and part.text.strip():
        values = evidence.try_take(_SETTINGS, placed(mn_conf.parse(part.text), part))
    if part is None or values is None:
        complaint = first_line(output.stderr) if output is not None else ""
        evidence.gap(f"{_SETTINGS}: {complaint or 'the tool said nothing'}")
        return None
    servers = _text(values, "cassandra.servers")
    return {
        "of_host": part.name == "local",
        "log_level": _upper(_text(values, "agent.loggers.root")),
        "cluster_log_level": _upper(_text(values, "cluster.loggers.root")),
        "max_flow_count": _number(values, "agent.datapath.max_flow_count"),
        "vxlan_overlay_udp_port": _number(values, "agent.datapath.vxlan_overlay_udp_port"),
        "vxlan_vtep_udp_port": _number(values, "agent.datapath.vxlan_vtep_udp_port"),
        "dhcp_mtu_bytes": _number(values, "agent.midolman.dhcp_mtu"),
        "max_bgp_peer_routes": _number(values, "agent.router.max_bgp_peer_routes"),
        "cassandra_servers": None if servers is None else midolman_conf.servers(servers, _CASSANDRA_PORT),
    }


def _text(values: Dict[str, Any], name: str) -> Optional[str]:
    value = values.get(name)
    return value if isinstance(value, str) else None


def _upper(text: Optional[str]) -> Optional[str]:
    return None if text is None else text.upper()


def _number(values: Dict[str, Any], name: str) -> Optional[int]:
    value = values.get(name)
    if isinstance(value, str):
        return n.maybe_integer(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _restarts(evidence: Evidence) -> Dict[str, Any]:
    log = _unless_unreadable(evidence, "agent.watchdog_log", watchdog_log.parse, lambda found: not found["events"])
    if log is None:
        return {"restarts_last_hour": None, "last_exit_code": None}
    statuses = [event["status"] for event in log["events"] if event["event"] == "died"]
    now = log["now_s"]
    if now is None or any(event["time_s"] is None for event in log["events"]):
        evidence.gap("agent.watchdog_log: the times of restarts could not be read")
        restarts = None
    elif _log.cut(evidence, "agent.watchdog_log"):
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


def _logs(evidence: Evidence) -> Dict[str, Any]:
    """What the agent's log says, and how often its event log tells of a start."""
    log = _log.read(evidence, "agent.log")
    started: Optional[int] = None
    is_cut = _log.cut(evidence, "agent.log")
    if log is not None and not is_cut and log["now_s"] is not None and any(name.endswith(_EVENTS) for name in log["files"]):
        now = log["now_s"]
        events = [one for one in log["records"] if (one["file"] or "").endswith(_EVENTS) and one["message"].startswith("START")]
        started = sum(one["time_s"] is not None and now - one["time_s"] <= _HOUR_S for one in events)
    return {"log": _log.summary(log, (_EVENTS,), is_cut), "starts_last_hour": started}


def _pipeline(evidence: Evidence) -> Optional[Dict[str, Any]]:
    """The newest measurements of the agent's queues; None, and no gap, where it writes none."""
    found = _daemons.optional(evidence, "agent.metrics", metrics_log.parse)
    if not found or not found["measures"]:
        return None
    newest: Dict[str, metrics_log.Measure] = {one["name"]: one for one in found["measures"]}

    def total(ending: str, value: str) -> Optional[float]:
        said = [one["values"].get(value) for name, one in newest.items() if name.endswith(ending)]
        known = [one for one in said if one is not None]
        return sum(known) if known else None

    now, last = found["now_s"], found["measures"][-1]["time_s"]
    return {
        "age_s": None if now is None or last is None else round(now - last, 3),
        "packets_on_hold": total(".packetsOnHold", "count"),
        "queue_overflows_per_s": total(".packetQueue.overflow", "m1"),
        "htb_drops_per_s": total(".htbDrops", "m1"),
    }


def _session_lost(log: Optional[Dict[str, Any]], is_cut: bool) -> Optional[bool]:
    """Whether the agent ended within the last hour because ZooKeeper was lost."""
    if log is None:
        return None
    ages = [one["age_s"] for one in log["signatures"] if one["signature"] == "zookeeper_exit"]
    if any(age is None or age <= _HOUR_S for age in ages):
        return True
    back = log["reaches_back_s"]
    return None if is_cut or (back is not None and back < _HOUR_S) else False


def _hosts(evidence: Evidence) -> Optional[List[Dict[str, Any]]]:
    """All hosts by mm-ctl; None where it cannot list them (2015.06 and newer) or was not asked."""
    if not _log.asked(evidence, _HOSTS):
        return None
    output = evidence.output(_HOSTS)
    if output is not None and output.exit_code == 0 and not (output.stdout or "").strip():
        return None
    found = evidence.maybe(_HOSTS, mm_ctl.parse)
    return None if found is None else [dict(host) for host in found]


def _listed(evidence: Evidence, item: str, parse: Callable[[str], Parsed[List[T]]]) -> Optional[List[T]]:
    """Tracers or meters; only one host at a time is asked for them. Beside a complaint, nothing means that it was not learnt."""
    if not _log.asked(evidence, item):
        return None
    found = evidence.maybe(item, parse)
    output = evidence.output(item)
    complaint = first_line(output.stderr) if output is not None else ""
    if found == [] and complaint:
        evidence.gap(f"{item}: {complaint}")
        return None
    return found


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
    if found is not None and is_empty(found) and complaint and _UNREADABLE.search(complaint):
        evidence.gap(f"{item}: {complaint}")
        return None
    return found
