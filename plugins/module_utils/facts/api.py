# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The REST API: the program that serves it, and its answer to an anonymous request."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._context import Evidence, Missing
from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._daemons import commands, silence
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import http_response

ITEMS: Tuple[str, ...] = ("api.http",)
GROUPS: Tuple[str, ...] = ("api",)

_CLUSTER = re.compile(r"\borg\.midonet\.cluster\.ClusterNode\b|\bClusterNode\b")
_TOMCAT = re.compile(r"\borg\.apache\.catalina\.startup\.Bootstrap\b|[/-]catalina\b|\bcatalina\.home\b")


def build(evidence: Evidence) -> Dict[str, Any]:
    """One object; see schemas/api.json."""
    kind, running = _process(commands(evidence))
    quiet = silence(evidence, "api.http")
    response = None
    if quiet is None:
        response = evidence.maybe("api.http", http_response.parse, accept=(0, 1), empty_is_known=False)
    status = response["status"] if response else None
    if kind is None and response:
        kind = _kind_of_server(response["server"])
    data = {
        "running": running,
        "kind": kind,
        "answers": False if quiet is not None else None if response is None else True,
        "http_status": status,
        "http_json": None if response is None or response["body"] is None else response["body"] == "json",
    }
    if all(value is None for value in data.values()):
        raise Missing("; ".join(evidence.gaps) or "nothing was collected of the API")
    return data


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
