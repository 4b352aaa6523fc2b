# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a client of the network state database reaches its servers."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Set, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.facts import _daemons, _log
from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._context import Evidence, Missing, first_line
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import logs, midolman_conf, sockets
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._sections import sections

ITEMS: Tuple[str, ...] = ("nsdb.sessions", "nsdb.zookeeper_connect", "nsdb.cassandra_connect", "agent.log", "api.log")
GROUPS: Tuple[str, ...] = ("compute", "gateway", "api")

_PORT = 2181


def build(evidence: Evidence) -> Dict[str, Any]:
    """One object; see schemas/nsdb.json."""
    sessions = _sessions(evidence)
    data = {
        "zookeeper_sessions": None if sessions is None else len(sessions),
        "sessions": sessions,
        "zookeeper": _daemons.attempts(evidence, "nsdb.zookeeper_connect"),
        "cassandra": _daemons.attempts(evidence, "nsdb.cassandra_connect"),
        **_events(evidence),
    }
    if all(value is None for name, value in data.items() if name != "event_log"):
        raise Missing("; ".join(evidence.gaps) or "nothing was collected of the connections to the network state database")
    return data


def _sessions(evidence: Evidence) -> Optional[List[Dict[str, Any]]]:
    found = evidence.maybe("nsdb.sessions", sockets.parse)
    output = evidence.output("nsdb.sessions")
    complaint = first_line(output.stderr) if output is not None else ""
    if found is None or (not found and complaint):
        # The item always ends well, so that a host without connections can say so: what it complains of is the tool.
        if complaint:
            evidence.gap(f"nsdb.sessions: {complaint}")
        return None
    ports = _ports(evidence)
    return [
        {
            "server": f"[{one['peer_address']}]:{one['peer_port']}"
            if ":" in one["peer_address"]
            else f"{one['peer_address']}:{one['peer_port']}",
            "process": one["owners"][0]["name"] if one["owners"] else None,
            "pid": one["owners"][0]["pid"] if one["owners"] else None,
        }
        for one in found
        if one["peer_port"] in ports and one["state"] == "established"
    ]


def _ports(evidence: Evidence) -> Set[int]:
    """The ports of the configured servers; where the configuration is not known, the usual one."""
    output = evidence.output("agent.config")
    ports: Set[int] = set()
    for part in sections(output.stdout or "", is_name=lambda name: name.startswith("/")) if output is not None else ():
        servers = midolman_conf.parse(part.text).data.get("zookeeper.zookeeper_hosts")
        for server in midolman_conf.servers(servers, _PORT) if servers else ():
            port = server.rsplit(":", 1)[-1]
            if port.isdigit() and len(port) < 6:
                ports.add(int(port))
    return ports or {_PORT}


def _events(evidence: Evidence) -> Dict[str, Any]:
    """What the event logs of the agent and of the API tell of their sessions; None without an event log."""
    records: List[logs.Record] = []
    now: Optional[int] = None
    anything = is_cut = False
    looked: List[bool] = []
    for item in ("agent.log", "api.log"):
        log = _daemons.optional(evidence, item, logs.parse)
        if log is not None:
            looked.append(_log.saw_all(evidence, item))
        if log is not None and any(name.endswith(".event.log") for name in log["files"]):
            anything, now = True, now if now is not None else log["now_s"]
            is_cut = is_cut or _log.cut(evidence, item)
            records += [one for one in log["records"] if (one["logger"] or "").endswith(".Nsdb")]
    if not anything:
        return {"event_log": False if looked and all(looked) else None, "events": None}
    words = [(one["message"].split(" ", 1)[0], one["time_s"]) for one in records]
    recent = [word for word, time in words if now is not None and time is not None and now - time <= _log.HOUR_S]
    last = words[-1] if words and not is_cut else (None, None)
    events = {
        "disconnects_last_hour": None if now is None or is_cut else recent.count("DISCONNECT"),
        "expirations_last_hour": None if now is None or is_cut else recent.count("CONN_EXPIRE"),
        "last": {"CONNECT": "connected", "DISCONNECT": "disconnected", "CONN_EXPIRE": "expired"}.get(last[0] or ""),
        "last_age_s": None if now is None or last[1] is None else round(now - last[1], 3),
    }
    return {"event_log": True, "events": events}
