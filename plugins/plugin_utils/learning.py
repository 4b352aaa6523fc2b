# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From the evidence of one host to its facts: the first step of analysis.py, by itself because it can be taken for many
hosts at once. PRIVATE to the collection: may change without notice.
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from ansible_collections.midonet.diagnostics.plugins.module_utils import facts as host_facts
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.record import Record

_COLLECTION = Path(__file__).resolve().parents[2]

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
        }
        # Through JSON and back: facts that come from the record and facts that were just built must not differ.
        facts = json.loads(json.dumps(host_facts.build(record.outputs(host), about), sort_keys=True))
        record.write_facts(host, version, facts)
    return facts


@lru_cache(maxsize=8)
def version_of_code(*rooms: str) -> str:
    """Changes whenever the code of these rooms does: what is kept in a record must not outlive the code that made it."""
    total = hashlib.sha256()
    for room in rooms:
        for path in sorted((_COLLECTION / "plugins" / room).rglob("*.py")):
            found = path.stat()
            total.update(f"{path.name} {found.st_size} {found.st_mtime_ns}\n".encode())
    return total.hexdigest()[:16]
