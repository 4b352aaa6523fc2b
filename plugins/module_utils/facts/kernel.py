# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The kernel's modules, and whether the Open vSwitch module fits the kernel that runs."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._context import Evidence, Missing
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import modinfo, proc_modules, system
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._sections import placed, sections

ITEMS: Tuple[str, ...] = ("underlay.kernel_modules",)
GROUPS: Tuple[str, ...] = ("compute", "gateway")

_ITEM = "underlay.kernel_modules"
_NAMES = ("openvswitch", "openvswitch_mod")  # the second is that of the first packages outside the kernel
_NOT_FOUND = re.compile(r"(?i)openvswitch'? not found|could not find module|could not get modinfo")
_NO_MATCH = 1  # grep's exit code, which is the item's


def build(evidence: Evidence) -> Dict[str, Any]:
    """One object; see schemas/kernel.json."""
    # The exit code is that of the last command, which looks for built-in modules and mostly finds none.
    text = evidence.text(_ITEM, accept=None)
    output = evidence.output(_ITEM)
    stderr = (output.stderr or "") if output is not None else ""
    parts = {part.name: part for part in sections(text)}
    listed = parts.get("")
    modules = evidence.try_take(_ITEM, placed(proc_modules.parse(listed.text), listed), empty_is_known=False) if listed else None
    asked = parts.get("modinfo")
    file: Optional[modinfo.ModuleFile] = None
    if asked and asked.text.strip():
        file = evidence.try_take(_ITEM, placed(modinfo.parse(asked.text), asked))
    built_in = _built_in(parts["builtin"].text if "builtin" in parts else None, output.exit_code if output is not None else None, file)
    no_file = file is None and bool(_NOT_FOUND.search(stderr))
    if modules is None and file is None and built_in is None and not no_file:
        raise Missing(f"{_ITEM} tells nothing of modules")
    if modules is None:
        evidence.gap(f"{_ITEM} has no list of loaded modules")
    names = None if modules is None else sorted(module["name"] for module in modules)
    return {
        "ovs_loaded": None if names is None else any(name in names for name in _NAMES),
        "ovs_built_in": built_in,
        "ovs_file": file["filename"] if file else None,
        "ovs_matches_running": _matches(evidence, file, built_in, no_file),
        "modules": names,
    }


def _built_in(listed: Optional[str], exit_code: Optional[int], file: Optional[modinfo.ModuleFile]) -> Optional[bool]:
    if file is not None and file["built_in"]:
        return True
    if listed is None:
        return None
    if "/openvswitch.ko" in listed:
        return True
    # The same search looks for vxlan: a hit means that the list was read.
    return False if exit_code == _NO_MATCH or listed.strip() else None


def _matches(evidence: Evidence, file: Optional[modinfo.ModuleFile], built_in: Optional[bool], no_file: bool) -> Optional[bool]:
    """Whether the module that would be loaded was built for the running kernel; a missing file does not match."""
    if built_in:
        return True
    if file is None:
        return False if no_file else None
    running = evidence.maybe("underlay.system", system.parse, accept=None, empty_is_known=False)
    release = running["kernel"] if running else None
    if release is None:
        return None
    told: List[bool] = []
    if file["vermagic"]:
        told.append(file["vermagic"].split()[0] == release)
    if file["filename"] and file["filename"].startswith("/lib/modules/"):
        told.append(file["filename"].split("/")[3] == release)
    return all(told) if told else None
