# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Standard output for people who only want the diagnosis."""

from __future__ import annotations

DOCUMENTATION = r"""
name: quiet
type: stdout
short_description: Progress in a few lines, then the diagnosis
version_added: 1.0.0
author:
  - the MidoNet diagnostics authors (@midonet)
description:
  - For the playbooks of this collection. One line for each round of questions and for each layer that was judged, one line for
    each error, and the diagnosis as the last thing on the screen; no task banners and no recap.
  - With C(-v) the results of all tasks are printed too, as JSON, one line each.
requirements:
  - set as standard output callback in the configuration, V(stdout_callback=midonet.diagnostics.quiet)
"""

import json
from collections import Counter
from typing import Any

from ansible.plugins.callback import CallbackBase

# How the states of an answer are said, in this order.
_STATES = {"complete": "complete", "partial": "partial", "failed": "no usable answer", "not_reached": "not reached"}


def _parts(result: Any) -> tuple[dict[str, Any], str, Any]:
    """(data, host, task) of a result, in ansible-core 2.16 and in 2.21."""
    data = getattr(result, "result", None)
    if data is None:
        data = result._result
    host = getattr(result, "host", None) or result._host
    task = getattr(result, "task", None) or result._task
    return data, host.get_name(), task


class CallbackModule(CallbackBase):
    """See DOCUMENTATION."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "midonet.diagnostics.quiet"

    def __init__(self) -> None:
        super().__init__()
        self._play = ""
        self._states: Counter[str] = Counter()
        self._said: set[str] = set()

    def v2_playbook_on_play_start(self, play: Any) -> None:
        self._end_of_play()
        self._play = play.get_name().strip()

    def v2_playbook_on_stats(self, stats: Any) -> None:
        self._end_of_play()

    def v2_playbook_on_no_hosts_remaining(self) -> None:
        self._end_of_play()

    def v2_runner_on_ok(self, result: Any) -> None:
        data, host, task = _parts(result)
        if str(task.action).endswith(".collect") and data.get("state") in _STATES and data.get("asked"):
            self._states[data["state"]] += 1
        if self._display.verbosity:
            self._display.display(f"ok: {host}: {task.get_name().strip()}: {_json(data)}")

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        data, host, task = _parts(result)
        message = str(data.get("msg") or data.get("message") or _json(data))
        if str(task.action).endswith(".verdict"):
            self._once(message, "red")
        else:
            self._once(f"{'ignored' if ignore_errors else 'ERROR'}: {host}: {message}", "red")

    def v2_runner_on_unreachable(self, result: Any) -> None:
        data, host, _task = _parts(result)
        message = str(data.get("msg") or _json(data))
        # What we refuse or fail at concerns the run, not the host on which Ansible happened to be.
        self._once(f"ERROR: {message}" if "midonet_error" in data else f"ERROR: {host}: {message}", "bright red")

    def _end_of_play(self) -> None:
        """What a round of questions brought."""
        if self._states:
            hosts = sum(self._states.values())
            told = ", ".join(f"{self._states[state]} {words}" for state, words in _STATES.items() if self._states[state])
            where = f"{hosts} host{'s' if hosts != 1 else ''}"
            name = "collect " + self._play.rpartition(" ")[2] if self._play.startswith("Collect") else self._play
            self._display.display(f"{name:<10} {where:>10}  {told}")
        self._states.clear()

    def _once(self, text: str, colour: str) -> None:
        """The same error on a thousand hosts is one line."""
        line = " ".join(text.split())
        if line not in self._said:
            self._said.add(line)
            self._display.display(line, color=colour)


def _json(data: Any) -> str:
    return json.dumps({key: value for key, value in data.items() if not str(key).startswith("_ansible")}, default=str, sort_keys=True)
