# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The diagnosis again, after everything else that Ansible prints."""

from __future__ import annotations

DOCUMENTATION = r"""
name: screen
type: aggregate
short_description: Shows the diagnosis again after the recap
version_added: 1.0.0
author:
  - the MidoNet diagnostics authors (@midonet)
description:
  - The recap of a large fleet pushes the diagnosis off the screen. This callback prints it once more at the very end of a run of
    C(midonet.diagnostics.troubleshoot), C(midonet.diagnostics.smoke) or C(midonet.diagnostics.analyse), whatever callback has
    standard output.
  - It reads the file that the run wrote; the verdict and the exit code do not depend on it.
requirements:
  - enabled in the configuration, V(callbacks_enabled=midonet.diagnostics.screen)
"""

from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    """See DOCUMENTATION."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "midonet.diagnostics.screen"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._screen = ""

    def v2_runner_on_ok(self, result: Any) -> None:
        data = getattr(result, "result", None)
        if data is None:
            data = result._result
        task = getattr(result, "task", None) or result._task
        if str(task.action).endswith(".diagnose") and data.get("screen"):
            self._screen = str(data["screen"])

    def v2_playbook_on_stats(self, stats: Any) -> None:
        if self._screen:
            try:
                text = Path(self._screen).read_text("utf-8", "replace")
            except OSError as error:
                text = f"the diagnosis cannot be shown: {error}"
            self._display.display("\n" + text.rstrip("\n"))
