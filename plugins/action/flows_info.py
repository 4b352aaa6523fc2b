# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs the module flows_info, and says what to do where there is no Python. Documented in plugins/modules/flows_info.py."""

from __future__ import annotations

import re
from typing import Any

from ansible.plugins.action.normal import ActionModule as OrdinaryModule

# What a shell, sudo and busybox say of a program that is not there, or that may not be run.
_NO_PROGRAM = re.compile(
    r"(?:^|[\s'\"])(/?[^\s:'\"]*python[^\s:'\"]*)['\"]?: (?:No such file|not found|command not found|Permission denied)", re.MULTILINE
)
_NOT_STARTED = (126, 127)


class ActionModule(OrdinaryModule):
    """flows_info."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        program = without_python(result)
        if program:
            result.pop("exception", None)
            result["msg"] = (
                f"flows_info needs Python on the host, and {program} cannot be run there. Without it: let the host print its flows"
                " (ansible HOST -b -m ansible.builtin.raw -a 'mm-dpctl datapath --dump midonet' > flows.txt) and read them where there is"
                " Python (flows_info with path=flows.txt); datapath_info needs none."
            )
        return result


def without_python(result: dict[str, Any]) -> str:
    """The Python that could not be started; empty when that is not what the module failed of."""
    if not result.get("failed") or "module_stdout" not in result:
        return ""
    said = f"{result.get('module_stderr') or ''}\n{result['module_stdout'] or ''}"
    named = _NO_PROGRAM.search(said)
    if named:
        return named[1]
    return "its interpreter" if result.get("rc") in _NOT_STARTED else ""
