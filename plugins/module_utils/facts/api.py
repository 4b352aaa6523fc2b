# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The REST API: the program that serves it, and its answer to an anonymous request."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.facts import _log
from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._context import Evidence, Missing
from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._daemons import commands, silence
from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._rest import Answers
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import (
    http_response,
    logback_xml,
    midolman_conf,
    rest_application,
    rest_system_state,
    web_xml,
)
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._sections import placed, sections

ITEMS: Tuple[str, ...] = ("api.http", "api.config", "api.log", "topology.rest", "topology.rest_details")
GROUPS: Tuple[str, ...] = ("api",)

_CONFIG = "api.config"
_ZOOKEEPER_PORT = 2181
_CLUSTER = re.compile(r"\borg\.midonet\.cluster\.ClusterNode\b|\bClusterNode\b")
_TOMCAT = re.compile(r"\borg\.apache\.catalina\.startup\.Bootstrap\b|[/-]catalina\b|\bcatalina\.home\b")


def build(evidence: Evidence) -> Dict[str, Any]:
    """One object; see schemas/api.json."""
    kind, running = _process(commands(evidence))
    if "agent.processes" in evidence.cut:
        running = running or None  # the rest of the list may have it
    quiet = silence(evidence, "api.http")
    response = None
    if quiet is None:
        response = evidence.maybe("api.http", http_response.parse, accept=(0, 1), empty_is_known=False)
    status = response["status"] if response else None
    if kind is None and response:
        kind = _kind_of_server(response["server"])
    answers = Answers(evidence)
    data = {
        "running": running,
        "kind": kind,
        "answers": False if quiet is not None else None if response is None else True,
        "http_status": status,
        "http_json": _is_json(response, evidence.ended_early("api.http")),
        "login": answers.login(),
        "system_state": answers.one("/system_state", rest_system_state.parse),
        "application": answers.one("/", rest_application.parse),
        "config": _config(evidence),
        "log": _log.learn(evidence, "api.log", leave_out=(".event.log",)) if _log.asked(evidence, "api.log") else None,
    }
    if all(value is None for value in data.values()):
        raise Missing("; ".join(evidence.gaps) or "nothing was collected of the API")
    return data


def _is_json(response: Optional[Dict[str, Any]], cut: bool) -> Optional[bool]:
    """Whether the body is JSON; of one that was cut too early to tell, and without one, None."""
    if response is None or response["body"] is None or (cut and response["body"] != "json"):
        return None
    return bool(response["body"] == "json")


def _config(evidence: Evidence) -> Optional[Dict[str, Any]]:
    """What the files say by which the server and its client are configured; None when none of them is there or none was asked for."""
    if not _log.asked(evidence, _CONFIG):
        return None
    try:
        # The exit code is that of the last file's.
        parts = [part for part in sections(evidence.text(_CONFIG, accept=(0, 1)), is_name=lambda name: name.startswith("/")) if part.name]
    except Missing as missing:
        evidence.gap(str(missing))
        return None
    parameters: Dict[str, str] = {}
    client: Dict[str, str] = {}
    level: Optional[str] = None
    for part in parts:
        if part.name.endswith("web.xml"):
            parameters = evidence.try_take(_CONFIG, placed(web_xml.parse(part.text), part)) or {}
        elif part.name.endswith(".xml"):
            logback = evidence.try_take(_CONFIG, placed(logback_xml.parse(part.text), part))
            level = logback["root_level"] if logback else level
        else:
            client = evidence.try_take(_CONFIG, placed(midolman_conf.parse(part.text), part)) or {}
    if not parts:
        return None
    provider, servers = parameters.get("auth-auth_provider"), parameters.get("zookeeper-zookeeper_hosts")
    return {
        "files": [part.name for part in parts],
        "auth_provider": provider.rsplit(".", 1)[-1] if provider else None,
        "zookeeper_servers": None if servers is None else midolman_conf.servers(servers, _ZOOKEEPER_PORT),
        "root_key": parameters.get("zookeeper-midolman_root_key"),
        "log_level": level,
        "client_api_url": client.get("cli.api_url"),
    }


def _process(found: Optional[List[str]]) -> Tuple[Optional[str], Optional[bool]]:
    """(cluster or tomcat, whether it runs)."""
    if found is None:
        return None, None
    for kind, pattern in (("cluster", _CLUSTER), ("tomcat", _TOMCAT)):
        if any(pattern.search(command) for command in found):
            return kind, True
    return None, False


def _kind_of_server(server: Optional[str]) -> Optional[str]:
    name = (server or "").lower()
    return "cluster" if "jetty" in name else "tomcat" if "coyote" in name or "tomcat" in name else None
