# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What all our action plugins are: a face whose body lies in this package. PRIVATE: may change without notice.

The strategy imports the class of an action in the parent process before it forks its workers, so what `body` imports is
loaded once and shared by all of them. What cannot be imported is remembered and raised when the action runs, where the
guard turns it into an exit code that is not the one of a finding.
"""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller import display as terminal
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller import guard

_HERE = __name__.rpartition(".")[0]
_RECORD = f"{_HERE.rpartition('.')[0]}.evidence.record"

display = Display()

terminal.outlive_readers()


def body(name: str) -> Callable[[], ModuleType]:
    """Import a module of this package now; the function returned gives it, or raises what the import raised."""
    failure: BaseException | None = None
    module: ModuleType | None = None
    try:
        module = importlib.import_module(f"{_HERE}.{name}")
    except (Exception, SystemExit) as error:  # whatever it is, it must not end the run as a finding does
        failure = error

    def give() -> ModuleType:
        if module is None:
            raise failure or ImportError(name)
        return module

    return give


class Face(ActionBase):
    """Calls `act`, and never raises."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_diff = False
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        variables = task_vars or {}
        try:
            if C.DEFAULT_DEBUG:
                raise guard.Refused("ANSIBLE_DEBUG prints what hosts answer before secrets are taken out: unset it and use -vvv")
            try:
                result = super().run(tmp, task_vars)
            except AnsibleError as error:  # asynchronous use
                raise guard.Refused(str(error)) from error
            result.update(changed=False)
            result.update(self.act(dict(self._task.args), variables))
            return result
        except guard.Refused as error:
            display.vvv(guard.full_text(error))
            return self.on_refusal(error, variables)
        except (Exception, SystemExit) as error:
            display.vvv(guard.full_text(error))
            return self.on_crash(error, variables)

    def act(self, arguments: dict[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """The body of the action; returns what the task returns."""
        raise NotImplementedError

    def on_refusal(self, error: guard.Refused, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """What the task returns when the user has to put something right."""
        return self._once(guard.refused(error))

    def on_crash(self, error: BaseException, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """What the task returns when our own code failed."""
        return self._once(guard.crashed(error))

    def _once(self, result: dict[str, Any]) -> dict[str, Any]:
        """A task that runs once for all hosts cannot end with 4: it hands its problem to the next one, which can."""
        if self._task.run_once or self.BYPASS_HOST_LOOP:
            return {"changed": False, "record": "", "problem": result["msg"]}
        return result

    # What bodies need of Ansible.

    def template(self, value: Any) -> Any:
        """A variable's value with its expressions worked out."""
        return self._templar.template(value)

    def say(self, text: str) -> None:
        """Print lines for people, whatever callback is in use."""
        display.display(text)

    @property
    def loader(self) -> Any:
        """Ansible's file loader."""
        return self._loader

    @property
    def task_name(self) -> str:
        """The last part of the name under which the task calls this action."""
        return str(self._task.action).rpartition(".")[2]


class KeepsGoing(Face):
    """An action of a fleet run that must not end it: a crash goes into the record, and the verdict tells it at the end."""

    def on_crash(self, error: BaseException, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        record = str(self._task.args.get("record") or "")
        where = f"{self.task_name} for {task_vars.get('inventory_hostname', '?')}"
        if not record:
            return super().on_crash(error, task_vars)
        guard.remember(record, where, error)
        self.last_words(record, error, task_vars)
        return {"changed": False, "state": "failed", "reason": f"{guard.NAME} failed itself: {guard.reason_of(error)}"}

    def last_words(self, record: str, error: BaseException, task_vars: Mapping[str, Any]) -> None:
        """What else should stand in the record after a crash. Must not raise."""


class AsksHost(KeepsGoing):
    """An action of a fleet run that asks one host: after a crash the record says why that host has no answer."""

    def last_words(self, record: str, error: BaseException, task_vars: Mapping[str, Any]) -> None:
        """Make the host one that could not be asked."""
        with contextlib.suppress(Exception):
            module = importlib.import_module(_RECORD)
            number = int(self._task.args.get("round") or 1)
            reason = f"{guard.NAME} failed itself: {guard.reason_of(error)}"
            module.Record.for_writing(record).write_answer(task_vars["inventory_hostname"], (), number, "failed", reason, ())
