# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Local file systems: space and inodes."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._context import Evidence, Missing
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import df
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._sections import placed, sections

ITEMS: Tuple[str, ...] = ("underlay.filesystems",)
GROUPS: Tuple[str, ...] = ()

_ITEM = "underlay.filesystems"
_KIBIBYTE = 1024  # the unit that the command asks for, if the heading does not tell


def build(evidence: Evidence) -> List[Dict[str, Any]]:
    """One object per mount point; see schemas/filesystems.json."""
    parts = {part.name: part for part in sections(evidence.text(_ITEM))}
    if "" not in parts:
        raise Missing(f"{_ITEM} printed no table of space")
    space = evidence.take(_ITEM, placed(df.parse(parts[""].text), parts[""]), empty_is_known=False)
    inodes: List[df.FileSystem] = []
    if "inodes" in parts:
        inodes = evidence.try_take(_ITEM, placed(df.parse(parts["inodes"].text), parts["inodes"]), empty_is_known=False) or []
    inodes_by_mount = {entry["mount"]: entry for entry in inodes}
    return [_filesystem(entry, inodes_by_mount.get(entry["mount"])) for entry in space]


def _filesystem(entry: df.FileSystem, inodes: Optional[df.FileSystem]) -> Dict[str, Any]:
    unit = entry["block_bytes"] or _KIBIBYTE
    return {
        "device": entry["device"],
        "mount": entry["mount"],
        "size_bytes": _times(entry["total"], unit),
        "available_bytes": _times(entry["available"], unit),
        "used_ratio": entry["used_ratio"],
        "inodes_used_ratio": inodes["used_ratio"] if inodes else None,
    }


def _times(count: Optional[int], unit: int) -> Optional[int]:
    return None if count is None else count * unit
