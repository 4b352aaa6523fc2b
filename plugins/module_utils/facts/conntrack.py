# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The kernel's table of tracked connections."""

from __future__ import annotations

from typing import Any, Dict, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.facts import _parts
from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._context import Evidence, NotApplicable
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import conntrack

ITEMS: Tuple[str, ...] = ("underlay.resources",)
GROUPS: Tuple[str, ...] = ()

_DIRECTORY = "/proc/sys/net/netfilter/"


def build(evidence: Evidence) -> Dict[str, Any]:
    """One object; see schemas/conntrack.json."""
    files = _parts.resources(evidence)
    text = "".join(f"{path}:{value}" for path, value in files.items() if path.startswith(_DIRECTORY))
    if not text:
        raise NotApplicable("the host tracks no connections")
    table = evidence.take("underlay.resources", conntrack.parse(text), empty_is_known=False)
    count, limit = table["count"], table["limit"]
    return {"count": count, "limit": limit, "used_ratio": round(count / limit, 6) if count is not None and limit else None}
