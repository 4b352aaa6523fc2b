# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the action plugins that ask one host ad hoc are. PRIVATE: may change without notice.

They are ordinary modules to their users, alone or in a playbook of theirs, so a wrong argument or a crash of our own fails the
task, as it does everywhere in Ansible, and only a host that cannot be asked is unreachable.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleError
from ansible_collections.midonet.diagnostics.plugins.module_utils import subsets
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller import guard, options
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller.face import Face, body

_body = body("asking")


class Asks(Face):
    """Holds the arguments to what the module takes, and asks."""

    def takes(self) -> Mapping[str, Any]:
        """The options of the module, as an argument spec of Ansible."""
        raise NotImplementedError

    def act(self, arguments: dict[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        spec = dict(self.takes())
        for name in sorted(set(arguments) - set(spec)):
            near = options.did_you_mean(name, spec) if spec else ", which has none"
            raise guard.Refused(f"{name} is no option of {self.task_name}{near}")
        try:
            _result, arguments = self.validate_argument_spec(spec)
        except AnsibleError as error:
            raise guard.Refused(f"{self.task_name}: {error}") from error
        return self.ask(arguments, task_vars)

    def ask(self, arguments: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """The result of the task; the arguments are of their types, defaults included."""
        raise NotImplementedError

    def on_refusal(self, error: guard.Refused, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        return _failed(guard.refused(error))

    def on_crash(self, error: BaseException, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        return _failed(guard.crashed(error))


def _failed(result: dict[str, Any]) -> dict[str, Any]:
    return {"failed": True, "changed": False, "msg": result["msg"]}


def info_module(path: str) -> type[Face]:
    """The class of the action plugin in the Python module of this path: plugins.action.link_info asks what link_info asks.

    Ansible cannot be told to use one plugin for all of them: it would also give each the defaults (module_defaults) of all.
    """
    name = path.rpartition(".")[2]

    class Info(Asks):
        def takes(self) -> Mapping[str, Any]:
            found: Mapping[str, Any] = _body().QUESTIONS[name].arguments
            return found

        def ask(self, arguments: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
            result: dict[str, Any] = _body().answer(self, name, arguments, task_vars)
            return result

    return Info


class Everything(Asks):
    """midonet_facts."""

    def takes(self) -> Mapping[str, Any]:
        return subsets.ARGUMENTS

    def ask(self, arguments: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        result: dict[str, Any] = _body().midonet_facts(self, arguments, task_vars)
        return result
