# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Processes of MidoNet, of what it stands on, and of what must not run beside it."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional, Pattern, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.facts import _daemons
from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._context import Evidence, Missing

ITEMS: Tuple[str, ...] = (_daemons.PROCESSES,)
GROUPS: Tuple[str, ...] = ()

# The first that fits counts. A program is told by the name of its file or, of Java, by its class: no other word of a line tells it.
_CLASSES: Tuple[Tuple[str, Pattern[str]], ...] = tuple(
    (name, re.compile(rf"(?:^|\s)(?:[a-z0-9_]{{1,40}}\.)+{re.escape(word)}(?:\s|$)"))
    for name, word in (
        ("agent", "Midolman"),
        ("agent_minions", "AgentServicesNode"),
        ("cluster", "ClusterNode"),
        ("tomcat", "Bootstrap"),
        ("zookeeper", "QuorumPeerMain"),
        ("zookeeper", "ZooKeeperServerMain"),
        ("cassandra", "CassandraDaemon"),
    )
)
_FILES: Tuple[Tuple[str, Pattern[str]], ...] = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("watchdog", r"wdog"),
        ("bgpd", r"bgpd"),
        ("ovs_vswitchd", r"ovs-vswitchd"),
        ("neutron_ovs_agent", r"neutron-openvswitch-agent"),
        ("qemu", r"qemu(?:-system-\S+|-kvm)?|kvm"),
    )
)
_INTERPRETERS = re.compile(r"(?:python[0-9.]*|sh|bash|dash|env)")


def build(evidence: Evidence) -> List[Dict[str, Any]]:
    """One object per process; see schemas/processes.json."""
    found = _daemons.processes(evidence)
    if found is None:
        raise Missing("; ".join(evidence.gaps))
    named = ((program(one["command"]), one) for one in found)
    return [{"program": name, "pid": one["pid"], "parent_pid": one["parent_pid"], "age_s": one["age_s"]} for name, one in named if name]


def program(command: str) -> Optional[str]:
    """Which of the programs a command line is of."""
    words = command.split(None, 3)[:3]
    files = [word.rsplit("/", 1)[-1] for word in words]
    # A script runs as its interpreter's first argument; qemu's guests may be called anything.
    first = files[1:2] if files and _INTERPRETERS.fullmatch(files[0]) else files[:1]
    for name, pattern in _FILES:
        if any(pattern.fullmatch(file) for file in first):
            return name
    if files[:1] and files[0] not in ("java", "jsvc"):
        return None
    return next((name for name, pattern in _CLASSES if pattern.search(command)), None)
