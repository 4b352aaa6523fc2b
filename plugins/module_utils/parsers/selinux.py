# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`sestatus`, `getenforce`, and /sys/fs/selinux/enforce read with `grep .`: whether SELinux holds processes to its rules.

SELinux status:                 enabled
Current mode:                   enforcing
"""

from __future__ import annotations

import re
from typing import Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Status(TypedDict):
    """None is what was not printed."""

    mode: Optional[str]  # enforcing, permissive, disabled
    configured_mode: Optional[str]  # what the next boot brings
    policy: Optional[str]  # targeted, mls, …


_MODES = ("enforcing", "permissive", "disabled")
_FIELD = re.compile(r"([A-Z][A-Za-z0-9_ /]{1,50}):\s+(\S.*)")
# With -b; none of them is about the programs that matter here.
_BOOLEAN = re.compile(r"Policy booleans:|[a-z0-9_]{1,80} +(?:on|off)")
_SYSFS = re.compile(r"(?:/\S*/enforce:)?([01])")


def parse(text: str) -> Parsed[Status]:
    """The status, from whichever of the three was asked."""
    data = Status(mode=None, configured_mode=None, policy=None)
    anything = False
    not_read = []
    for line in lines(text):
        said = line.text.strip()
        if not said:
            continue
        if line.terminated and _BOOLEAN.fullmatch(said):
            continue
        field, sysfs = _FIELD.fullmatch(said), _SYSFS.fullmatch(said)
        if said.lower() in _MODES:
            data["mode"], anything = said.lower(), True
        elif sysfs and line.terminated:
            data["mode"], anything = ("enforcing" if sysfs.group(1) == "1" else "permissive"), True
        elif field and line.terminated:
            anything = anything or field.group(1) in ("SELinux status", "Current mode")
            _field(data, field.group(1), field.group(2).strip().lower())
        else:
            not_read.append(unread(line))
    return outcome(text, data, anything, not_read)


def _field(data: Status, name: str, value: str) -> None:
    if name == "SELinux status" and value == "disabled":
        data["mode"] = "disabled"
    elif name == "Current mode" and value in _MODES:
        data["mode"] = value
    elif name == "Mode from config file" and value in _MODES:
        data["configured_mode"] = value
    elif name in ("Loaded policy name", "Policy from config file"):
        data["policy"] = value
