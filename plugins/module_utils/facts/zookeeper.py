# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A ZooKeeper server: its configuration, and what it says of itself."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.facts import _log
from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._context import Evidence, Missing
from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._daemons import attempts, optional, running, silence
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import zookeeper, zookeeper_cons, zookeeper_tree
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._sections import placed, sections

ITEMS: Tuple[str, ...] = (
    "zookeeper.config",
    "zookeeper.ruok",
    "zookeeper.srvr",
    "zookeeper.mntr",
    "zookeeper.isro",
    "zookeeper.cons",
    "zookeeper.conf",
    "zookeeper.peers",
    "zookeeper.tree",
    "zookeeper.log",
)
GROUPS: Tuple[str, ...] = ("zookeeper",)

_PROCESS = re.compile(r"\borg\.apache\.zookeeper\.server\.(?:quorum\.QuorumPeerMain|ZooKeeperServerMain)\b|\bQuorumPeerMain\b")
_WORDS = ("zookeeper.ruok", "zookeeper.srvr", "zookeeper.mntr", "zookeeper.isro")
_SERVING_MODES = ("leader", "follower", "observer", "standalone")
_LIMITS = ("max_client_connections", "min_session_timeout_ms", "max_session_timeout_ms")
_CONFIG = ("servers", "my_id", "client_port", "data_dir", "data_log_dir")


def build(evidence: Evidence) -> Dict[str, Any]:
    """One object; see schemas/zookeeper.json."""
    silences = {item: silence(evidence, item) for item in _WORDS}
    ruok = _ask(evidence, "zookeeper.ruok", zookeeper.parse_ruok, silences) or {}
    srvr = _ask(evidence, "zookeeper.srvr", zookeeper.parse_srvr, silences) or {}
    mntr = _ask(evidence, "zookeeper.mntr", zookeeper.parse_mntr, silences) or {}
    isro = _ask(evidence, "zookeeper.isro", zookeeper.parse_isro, silences) or {}
    mode = srvr.get("mode") or mntr.get("mode")
    values = mntr.get("values") or {}
    data = {
        "running": running(evidence, _PROCESS),
        "config": _config(evidence),
        "ruok": ruok.get("answer") or silences["zookeeper.ruok"],
        "serving": _serving(mode, (srvr, mntr, isro), silences),
        "mode": mode,
        "version": srvr.get("version") or mntr.get("version"),
        "zxid": srvr.get("zxid"),
        "latency_ms": srvr.get("latency_ms") or dict.fromkeys(("min", "avg", "max")),
        "outstanding": _first(srvr.get("outstanding"), values.get("outstanding_requests")),
        "connections": _first(srvr.get("connections"), values.get("num_alive_connections")),
        "read_only": _first(isro.get("read_only"), srvr.get("read_only")),
        "followers_synced": values.get("synced_followers"),
        "clients": _clients(evidence),
        "limits": _limits(evidence),
        "outstanding_again": _again(evidence),
        "peers": attempts(evidence, "zookeeper.peers"),
        "tree": _tree(evidence),
        "log": _log.learn(evidence, "zookeeper.log") if _log.asked(evidence, "zookeeper.log") else None,
    }
    if all(value is None for name, value in data.items() if name != "latency_ms"):
        raise Missing("; ".join(evidence.gaps) or "nothing was collected of ZooKeeper")
    return data


def _tree(evidence: Evidence) -> Optional[List[Dict[str, Any]]]:
    """Nodes where MidoNet may keep its own; None, and no gap, when this one server was not asked."""
    if not _log.asked(evidence, "zookeeper.tree"):
        return None
    nodes = evidence.maybe("zookeeper.tree", zookeeper_tree.parse)
    for node in nodes or ():
        if node["exists"] is None:
            evidence.gap(f"zookeeper.tree: the server answered with error {node['error']} for {node['path']}")
    return None if nodes is None else [{key: node[key] for key in ("path", "exists", "children")} for node in map(dict, nodes)]


def _again(evidence: Evidence) -> Optional[int]:
    """The requests that waited when the server was asked a second time."""
    later = evidence.again("zookeeper.srvr", zookeeper.parse_srvr, accept=(0, 1))
    return later["outstanding"] if later else None


def _ask(evidence: Evidence, item: str, parse: Any, silences: Dict[str, Optional[str]]) -> Optional[Dict[str, Any]]:
    if silences[item] is not None:
        return None
    answer: Optional[Dict[str, Any]] = evidence.maybe(item, parse, accept=(0, 1))
    return answer


def _serving(mode: Optional[str], answers: Tuple[Dict[str, Any], ...], silences: Dict[str, Optional[str]]) -> Optional[bool]:
    """Whether the server takes reads and writes from clients, as part of a quorum or standing alone."""
    told = [answer["serving"] for answer in answers if answer.get("serving") is not None]
    # The words were said one after the other: whoever once says that he does not serve is no server to rely on.
    if mode in _SERVING_MODES and False not in told:
        return True
    if mode == "read-only" or False in told:
        return False
    if any(answer.get("read_only") is False for answer in answers):
        return True
    if "refused" in silences.values():
        return False
    # A single reply can get lost; a server that takes the connection and answers none of its questions does not serve.
    return False if all(what in ("silent", "timeout") for what in silences.values()) else None


def _clients(evidence: Evidence) -> Optional[List[Dict[str, Any]]]:
    """Connections by the address that they come from, those of questions like this one left out."""
    answer = optional(evidence, "zookeeper.cons", zookeeper_cons.parse)
    if answer is None or answer["serving"] is not True:
        return None
    found: Dict[str, Dict[str, Any]] = {}
    for one in answer["connections"]:
        if one["session"] is None:
            continue
        entry = found.setdefault(one["address"], {"address": one["address"], "connections": 0, "queued": 0, "latency_max_ms": None})
        entry["connections"] += 1
        entry["queued"] += one["queued"] or 0
        if one["latency_max_ms"] is not None:
            entry["latency_max_ms"] = max(entry["latency_max_ms"] or 0, one["latency_max_ms"])
    return [found[address] for address in sorted(found)]


def _limits(evidence: Evidence) -> Optional[Dict[str, Any]]:
    answer = optional(evidence, "zookeeper.conf", zookeeper.parse_conf)
    if answer is None or answer["serving"] is not True:
        return None
    return {name: answer[name] for name in _LIMITS}


def _first(*values: Optional[Any]) -> Optional[Any]:
    return next((value for value in values if value is not None), None)


def _config(evidence: Evidence) -> Optional[Dict[str, Any]]:
    try:
        text = evidence.text("zookeeper.config", accept=(0, 1))
    except Missing as missing:
        evidence.gap(str(missing))
        return None
    cut = evidence.ended_early("zookeeper.config")
    if cut:
        text = text[: text.rfind("\n") + 1]  # "clientPort=218" may have been 2181
    parts = {part.name: part for part in sections(text, is_name=lambda name: name == "myid")}
    config: Optional[Dict[str, Any]] = None
    if "" in parts:
        config = evidence.try_take("zookeeper.config", placed(zookeeper.parse_config(parts[""].text), parts[""]))
    if config is None:
        evidence.gap("zookeeper.config: zoo.cfg was not read")
        return None
    if cut and "myid" not in parts:
        # Lines of servers may have been cut off.
        config["servers"] = None
        return {name: config[name] for name in _CONFIG}
    # A server that stands alone needs no number.
    if "myid" in parts and parts["myid"].text.strip():
        config["my_id"] = evidence.try_take("zookeeper.config", placed(zookeeper.parse_my_id(parts["myid"].text), parts["myid"]))
    elif config["servers"]:
        evidence.gap("zookeeper.config: the file myid was not read")
    return {name: config[name] for name in _CONFIG}
