# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Configuration files and logs of MidoNet and of what it stands on: which there are, and when they were last written."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._context import Evidence, first_line
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import file_status

ITEMS: Tuple[str, ...] = ("agent.files",)
GROUPS: Tuple[str, ...] = ()

_ITEM = "agent.files"
# Where each service's files are; the first that fits counts.
_SERVICES: Tuple[Tuple[str, str], ...] = (
    ("bgp", r"/etc/(?:quagga|frr)/|/var/log/quagga/|/var/log/midolman/quagga\."),
    ("agent", r"/etc/midolman/|/etc/midonet_host_id\.|/var/log/midolman/"),
    ("api", r"/etc/midonet-cluster/|/etc/midonet/|/usr/share/midonet-api/|/var/log/(?:tomcat|midonet-cluster)|/root/\.midonetrc"),
    ("zookeeper", r"/etc/zookeeper/|/opt/zookeeper/|/var/log/zookeeper/"),
    ("cassandra", r"/etc/cassandra/|/var/log/cassandra/"),
)
_KINDS: Tuple[Tuple[str, str], ...] = (
    ("heap_dump", r"\.hprof$"),
    ("log", r"^/var/log/"),
    ("identity", r"/midonet_host_id\.|/host_uuid\."),
    ("config", r""),
)
_DENIED = "Permission denied"
# Without one of these the service does not start, or not as it should.
_NEEDED: Tuple[Tuple[str, str, Tuple[str, ...]], ...] = (
    ("agent", "midolman.conf", ("compute", "gateway")),
    ("agent", "midolman-env.sh", ("compute", "gateway")),
    ("agent", "logback.xml", ("compute", "gateway")),
    ("zookeeper", "zoo.cfg", ("zookeeper",)),
    ("cassandra", "cassandra.yaml", ("cassandra",)),
)
# One of these is enough: the first is that of the old generation.
_API = ("web.xml", "midonet.conf")


def build(evidence: Evidence) -> Dict[str, Any]:
    """One object; see schemas/files.json."""
    found = evidence.read(_ITEM, file_status.parse, accept=(0, 1), empty_is_known=False)
    output = evidence.output(_ITEM)
    complaints = [line.strip() for line in (output.stderr or "").splitlines() if line.strip()] if output is not None else []
    for complaint in complaints:
        evidence.gap(f"{_ITEM}: {first_line(complaint)}")
    files = [_file(one, found["now_s"]) for one in found["files"]]
    # What is not in a list that was cut may be there, too.
    unsure = any(_DENIED in one for one in complaints) or _ITEM in evidence.cut
    return {"found": files, "needed": _needed(files, evidence.groups, unsure)}


def _file(one: file_status.File, now: Optional[int]) -> Dict[str, Any]:
    return {
        "path": one["path"],
        "service": _first(_SERVICES, one["path"]),
        "kind": _first(_KINDS, one["path"]),
        "size_bytes": one["bytes"],
        "age_s": None if now is None else now - one["modified_s"],
        "mode": one["mode"],
        "owner": one["owner"],
    }


def _first(table: Tuple[Tuple[str, str], ...], path: str) -> Optional[str]:
    return next((name for name, pattern in table if re.search(pattern, path)), None)


def _needed(files: List[Dict[str, Any]], groups: Tuple[str, ...], unsure: bool) -> List[Dict[str, Any]]:
    """What a host of these groups must have, and whether it is there; what was not found behind a closed door may be there."""
    absent = None if unsure else False
    names = {(one["service"], one["path"].rsplit("/", 1)[-1]) for one in files if one["kind"] == "config"}
    wanted = [(service, name) for service, name, of in _NEEDED if set(of) & set(groups)]
    told = [{"service": service, "name": name, "exists": (service, name) in names or absent} for service, name in wanted]
    if "api" in groups:
        told.append({"service": "api", "name": " or ".join(_API), "exists": any(("api", name) in names for name in _API) or absent})
    return told
