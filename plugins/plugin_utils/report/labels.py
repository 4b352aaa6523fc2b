# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the failures of a check are called when there are many: "BGP sessions 2". PRIVATE to the collection."""

from __future__ import annotations

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.report.plain import plain

# A check that is not here is called by its id, which is what an operator's own checks want.
LABELS: dict[str, str] = {}


def label(check: str) -> str:
    """What to call the failures of `check`."""
    return LABELS.get(check) or plain(check)
