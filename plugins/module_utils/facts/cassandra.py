# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A Cassandra server: its configuration, its answer to a client's first words, and the ring as it sees it."""

from __future__ import annotations

import re
from typing import Any, Callable, Dict, Optional, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.facts import _log
from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._context import Evidence, Missing
from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._daemons import running, silence
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import (
    cassandra,
    cassandra_yaml,
    cql,
    nodetool_compactionstats,
    nodetool_describecluster,
    nodetool_info,
    nodetool_tpstats,
    shell_variables,
)
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._sections import placed, sections

ITEMS: Tuple[str, ...] = (
    "cassandra.config",
    "cassandra.native_handshake",
    "cassandra.nodetool_status",
    "cassandra.nodetool_details",
    "cassandra.log",
    "cassandra.compactions",
)
GROUPS: Tuple[str, ...] = ("cassandra",)

_PROCESS = re.compile(r"\bCassandraDaemon\b")
_DETAILS = "cassandra.nodetool_details"
_HANDSHAKE = "cassandra.native_handshake"
_CONFIG = ("cluster_name", "seeds", "listen_address", "rpc_address", "native_transport_port", "start_native_transport")


def build(evidence: Evidence) -> Dict[str, Any]:
    """One object; see schemas/cassandra.json."""
    answers, versions = _native(evidence)
    config, environment = _config(evidence)
    data = {
        "running": running(evidence, _PROCESS),
        "native_answers": answers,
        "native_versions": versions,
        "config": None if config is None else {**{name: config[name] for name in _CONFIG}, "max_heap_bytes": environment},
        "ring": evidence.maybe("cassandra.nodetool_status", cassandra.parse_status, empty_is_known=False),
        **_details(evidence),
        "log": _log.learn(evidence, "cassandra.log") if _log.asked(evidence, "cassandra.log") else None,
        "compactions": _compactions(evidence),
    }
    if all(value is None for value in data.values()):
        raise Missing("; ".join(evidence.gaps) or "nothing was collected of Cassandra")
    return data


def _config(evidence: Evidence) -> Tuple[Optional[Any], Optional[int]]:
    """(what cassandra.yaml says, the heap that cassandra-env.sh gives the server in bytes)."""
    try:
        text = evidence.text("cassandra.config")
    except Missing as missing:
        evidence.gap(str(missing))
        return None, None
    config, heap = None, None
    for part in sections(text, is_name=lambda name: name == "environment"):
        if not part.name:
            config = evidence.try_take("cassandra.config", placed(cassandra_yaml.parse_config(part.text), part), empty_is_known=False)
            continue
        variables = shell_variables.parse(part.text).data
        try:
            heap = shell_variables.size_bytes(variables.get("MAX_HEAP_SIZE", ""))
        except ValueError:
            heap = None
    return config, heap


def _compactions(evidence: Evidence) -> Optional[Any]:
    if not _log.asked(evidence, "cassandra.compactions"):
        return None
    return evidence.maybe("cassandra.compactions", nodetool_compactionstats.parse, empty_is_known=False)


def _details(evidence: Evidence) -> Dict[str, Any]:
    """What the node says of itself, its pools, and the cluster's schema; all None when it was not asked."""
    parts = {}
    output = evidence.output(_DETAILS)
    if output is None:
        evidence.items.remove(_DETAILS)
    else:
        parts = {
            part.name: part for part in sections(output.stdout or "", is_name=lambda name: name in ("info", "tpstats", "describecluster"))
        }

    def read(name: str, parse: Callable[[str], Parsed[Any]]) -> Any:
        if name not in parts:
            return None
        return evidence.try_take(_DETAILS, placed(parse(parts[name].text), parts[name]), empty_is_known=False)

    info = read("info", nodetool_info.parse)
    pools = read("tpstats", nodetool_tpstats.parse)
    cluster = read("describecluster", nodetool_describecluster.parse)
    return {
        "uptime_s": info["uptime_s"] if info else None,
        "native_transport": info["native_transport"] if info else None,
        "heap_used_bytes": info["heap_used_bytes"] if info else None,
        "heap_max_bytes": info["heap_max_bytes"] if info else None,
        "exceptions": info["exceptions"] if info else None,
        "pools": pools["pools"] if pools else None,
        "dropped": pools["dropped"] if pools else None,
        "schema_versions": cluster["schema_versions"] if cluster else None,
    }


def _native(evidence: Evidence) -> Tuple[Optional[bool], Optional[Any]]:
    """(whether the native port answered as Cassandra does, protocol versions it names)."""
    if silence(evidence, _HANDSHAKE) is not None:
        return False, None
    frame = evidence.maybe(_HANDSHAKE, cql.parse_frame, accept=(0, 1), empty_is_known=False)
    return (None, None) if frame is None else (frame["answers"], frame["native_versions"])
