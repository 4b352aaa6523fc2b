# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From the evidence of one host to its facts: the first step of analysis.py, by itself because it can be taken for many
hosts at once. PRIVATE to the collection: may change without notice.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from ansible_collections.midonet.diagnostics.plugins.module_utils import facts as host_facts
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.record import Record

_COLLECTION = Path(__file__).resolve().parents[2]

# With fewer hosts than this for each processor, a process of its own costs more than it saves.
_WORTH_A_PROCESS = 25

# The code that facts come from.
FACTS = ("module_utils/facts", "module_utils/parsers")


def facts_of(record: Record, host: str) -> dict[str, Any]:
    """The facts of one host: as kept in the record, or built anew from its evidence."""
    version = version_of_code(*FACTS)
    facts = record.read_facts(host, version)
    if facts is None:
        entry = record.host(host)
        about = {
            "name": host,
            "groups": list(entry.groups),
            "address": entry.address,
            "state": entry.state,
            "reason": entry.reason,
            "clock": dict(entry.clock),
            "generation": entry.generation,
        }
        # Through JSON and back: facts that come from the record and facts that were just built must not differ.
        text = json.dumps(host_facts.build(record.outputs(host), about), sort_keys=True)
        record.write_facts(host, version, text)
        facts = json.loads(text)
    return facts


def learn(record: Record) -> None:
    """Keep the facts of all hosts in the record, worked out on all processors. What goes wrong here is told when they are read."""
    hosts = record.hosts()
    version_of_code(*FACTS)
    shares = max(1, min(_processors(), len(hosts) // _WORTH_A_PROCESS))
    others = [child for number in range(1, shares) if (child := _in_a_child(record, hosts[number::shares]))]
    if others:
        _learn(record, hosts[::shares])
    for child in others:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(child, 0)


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _in_a_child(record: Record, hosts: list[str]) -> int:
    """The number of a process that works out these hosts' facts; 0 when the system gives none."""
    try:
        child = os.fork()
    except OSError:
        return 0
    if child == 0:
        try:
            _learn(record, hosts)
        finally:
            os._exit(0)
    return child


def _learn(record: Record, hosts: list[str]) -> None:
    for host in hosts:
        with contextlib.suppress(Exception):  # whoever reads the facts tries once more, and tells what happened
            facts_of(record, host)


@lru_cache(maxsize=8)
def version_of_code(*rooms: str) -> str:
    """Changes whenever the code of these rooms does: what is kept in a record must not outlive the code that made it."""
    total = hashlib.sha256()
    for room in rooms:
        for path in sorted((_COLLECTION / "plugins" / room).rglob("*.py")):
            found = path.stat()
            total.update(f"{path.name} {found.st_size} {found.st_mtime_ns}\n".encode())
    return total.hexdigest()[:16]
