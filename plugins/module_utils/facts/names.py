# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the host's own name and those of the servers that it is configured with resolve to."""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.facts import _parts
from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._context import Evidence, Missing
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import getent_hosts

ITEMS: Tuple[str, ...] = ("underlay.names",)
GROUPS: Tuple[str, ...] = ()

_ITEM = "underlay.names"
_NOT_FOUND = 127


def build(evidence: Evidence) -> List[Dict[str, Any]]:
    """One object per name; see schemas/names.json."""
    # The exit code is that of the last name: 2 when it does not resolve, which is news and no failure.
    parts = _parts.parts(evidence, _ITEM)
    output = evidence.output(_ITEM)
    if not parts or (output is not None and output.exit_code == _NOT_FOUND):
        raise Missing(f"{_ITEM}: getent did not answer")
    found = []
    cut = output is not None and output.truncated
    for place, (name, part) in enumerate(parts.items()):
        if cut and place == len(parts) - 1:
            # Its answer was to come, or even the rest of the name.
            break
        entries = _parts.read(evidence, _ITEM, part, getent_hosts.parse) or []
        addresses = list(dict.fromkeys(entry["address"] for entry in entries))
        found.append({"name": name, "own": place == 0, "resolves": bool(addresses), "addresses": addresses})
    if cut and not found:
        raise Missing(f"{_ITEM}: cut off before the first answer")
    return found
