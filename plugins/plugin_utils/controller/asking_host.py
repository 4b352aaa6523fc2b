# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One host, asked ad hoc about itself: bodies of link_info, route_info, firewall_info, clock_info, … PRIVATE: may change without notice.

As in asking.py: no record and no judgement, and nothing is needed on the host but a shell.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller import asking
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller.face import Face

# What each module returns. Of a single subsystem `about` is its own, of several it is one for each.
SUBSYSTEMS: dict[str, tuple[str, ...]] = {
    "clock_info": ("clock",),
    "filesystem_info": ("filesystems",),
    "firewall_info": ("firewall",),
    "kernel_info": ("kernel", "kernel_log", "memory", "processors", "conntrack", "stack"),
    "link_info": ("links", "addresses", "link_settings", "bonds"),
    "route_info": ("routes", "neighbours"),
    "security_info": ("security",),
    "socket_info": ("sockets",),
}
# All hosts have these subsystems; the items of compute hosts are a superset of what any other host is asked for them.
_AS_IF = ("compute",)


def answer(face: Face, task_vars: Mapping[str, Any], module: str) -> dict[str, Any]:
    """The result of one module."""
    names = SUBSYSTEMS[module]
    facts = asking.ask_for(face, task_vars, names, _AS_IF)
    if "unreachable" in facts:
        return facts
    about = facts["about"]
    return {**{name: facts.get(name) for name in names}, "about": about.get(names[0]) if len(names) == 1 else about}
