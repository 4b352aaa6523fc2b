"""The transport without a host: what it makes of connections that fail in every way. With real ones: tests/live/transports."""

from __future__ import annotations

import subprocess
import time
from types import SimpleNamespace

import pytest
from ansible import constants as C
from ansible.errors import AnsibleAuthenticationFailure, AnsibleConnectionFailure, AnsibleError
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller import transport
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller.guard import Refused
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller.transport import HostFailed, HostSlow, NotReached, Transport
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.item import Item

ITEMS = [Item("a.one", "a", "x", {"any": "echo one"}), Item("a.two", "a", "x", {"any": ": " + "x" * 20000 + "; echo two"})]
ITEMS += [Item("a.three", "a", "x", {"any": ": " + "y" * 20000 + "; printf '\\377\\r\\n'"})]


class Action:
    """As much of an action plugin as the transport uses. `call` answers instead of a host; by default this machine's sh does."""

    def __init__(self, call=None, become=None, has_pipelining=True, timeout=0, async_val=0):
        self.context = SimpleNamespace(no_log=False)
        self.options = {"pipelining": False}
        self._connection = SimpleNamespace(
            become=become,
            has_pipelining=has_pipelining,
            _play_context=self.context,
            get_option=self.options.__getitem__,
            set_option=self.options.__setitem__,
            close=lambda: None,
        )
        self._play_context = self.context
        self._task = SimpleNamespace(timeout=timeout, async_val=async_val)
        self.call = call or self.shell
        self.calls = []

    def _compute_environment_string(self):
        return "FLAVOUR=vanilla"

    def _low_level_execute_command(self, command, in_data=None, sudoable=True, encoding_errors=None):
        self.calls.append((command, in_data, self.context.no_log, self.options["pipelining"]))
        return self.call(command, in_data)

    def shell(self, command, in_data):
        done = subprocess.run(["sh", "-c", command], input=in_data, capture_output=True, check=False)
        return reply(done.returncode, done.stdout.decode("utf-8", "surrogateescape"), done.stderr.decode())


def reply(rc=0, stdout="", stderr=""):
    return {"rc": rc, "stdout": stdout, "stderr": stderr}


def raising(error):
    def call(_command, _data):
        raise error

    return call


SUDO = SimpleNamespace(name="sudo", pipelining=True)
SU = SimpleNamespace(name="su", pipelining=False)


def ask(action, deadline=20.0):
    return Transport(action, {}).run(ITEMS, {}, deadline, 2)


def test_one_call_with_the_script_on_standard_input():
    action = Action()
    answer = ask(action)
    assert [output.stdout for output in answer.outputs] == ["one\n", "two\n", "\udcff\r\n"]
    assert answer.complete and {output.round for output in answer.outputs} == {2}
    assert abs(answer.clock["skew_s"]) <= answer.clock["skew_error_s"] < 5
    ((command, data, no_log, pipelining),) = action.calls
    assert command.startswith("FLAVOUR=vanilla MIDONET_COLLECTOR=") and command.endswith("/ /bin/sh -s") and len(data) > 40000
    assert no_log and pipelining, "hidden from -vvv, and the connection keeps its input for us"
    assert action.context.no_log is False and action.options["pipelining"] is False, "and afterwards as before"


@pytest.mark.parametrize("action", [Action(become=SU), Action(has_pipelining=False), Action(become=SimpleNamespace(name="su"))])
def test_arguments_where_input_cannot_be_used(action):
    answer = ask(action)
    assert answer.complete and [output.stdout for output in answer.outputs] == ["one\n", "two\n", "\udcff\r\n"]
    assert len(action.calls) == 2 and all(data is None and len(command) < 31_000 for command, data, *_rest in action.calls)


@pytest.mark.parametrize(
    "how", [reply(1, "", "sudo: sorry, you must have a tty to run sudo\n"), AnsibleError("x\nsudo: sorry, you must have a tty to run sudo")]
)
def test_requiretty_is_answered_by_arguments(how):
    def call(command, data):
        if data is None:
            return action.shell(command, data)
        if isinstance(how, Exception):
            raise how
        return how

    action = Action(call, SUDO)
    assert ask(action).complete and len(action.calls) == 3


@pytest.mark.parametrize(
    ("call", "become", "kind", "reason"),
    [
        (
            raising(AnsibleConnectionFailure("Data could not be sent … reached over ssh: ssh: connect to host x port 22: timed out\r\n")),
            None,
            NotReached,
            "ssh: connect to host x port 22: timed out",
        ),
        (
            raising(AnsibleAuthenticationFailure("Invalid/incorrect password: <error censored due to no log>")),
            None,
            NotReached,
            "ssh: the password is wrong",
        ),
        (raising(AnsibleError("Incorrect sudo password")), SUDO, HostFailed, "sudo: the password is wrong"),
        (raising(AnsibleError("Missing sudo password")), SUDO, HostFailed, "sudo: a password is needed and none was given"),
        (
            raising(AnsibleConnectionFailure("Timeout (12s) waiting for privilege escalation prompt: ")),
            SUDO,
            HostFailed,
            "sudo: did not ask for a password in time, nor begin",
        ),
        (
            lambda *_: reply(1, "", "sudo: x is not allowed to run sudo on h.\n"),
            SUDO,
            HostFailed,
            "sudo: sudo: x is not allowed to run sudo on h.",
        ),
        (lambda *_: reply(255, "", "debug1: x\nssh: no route\ndebug1: Exit status 255\n"), None, NotReached, "ssh: no route"),
        (
            lambda *_: reply(127, "", "sh: /bin/sh: not found\n"),
            None,
            HostFailed,
            "the shell there did not run the collector: sh: /bin/sh: not found",
        ),
        (lambda *_: reply(0, "\x1b[2Jgarbage\n" * 9, ""), None, HostFailed, "the shell there did not run the collector: ?[2Jgarbage"),
        (lambda *_: reply(3), None, HostFailed, "the shell there did not run the collector: exit code 3 and no word"),
    ],
)
def test_reasons(call, become, kind, reason):
    with pytest.raises(kind) as caught:
        ask(Action(call, become))
    assert str(caught.value) == reason


def test_a_reason_that_no_log_hides_is_asked_for():
    def call(command, _data):
        hidden = "<error censored due to no log>" if action.context.no_log else "ssh: connect to host x port 22: refused"
        raise AnsibleConnectionFailure(f"Failed to connect to the host via ssh: {hidden}")

    action = Action(call)
    with pytest.raises(NotReached, match=r"^ssh: connect to host x port 22: refused$"):
        ask(action)
    assert action.calls[-1][0] == "exit 0"


def test_the_alarm(monkeypatch):
    monkeypatch.setattr(transport, "GRACE_S", 0.2)
    started = []

    def call(_command, _data):
        process = subprocess.Popen(["sleep", "60"])
        started.append(process)
        try:
            process.wait()
        except Exception:  # as connection plugins do
            return reply()

    began = time.monotonic()
    with pytest.raises(HostSlow, match="no answer within"):
        ask(Action(call), 0.3)
    assert time.monotonic() - began < 10
    assert started[0].poll() is not None, "its process was ended"


def test_what_is_refused(monkeypatch):
    with pytest.raises(Refused, match="async"):
        ask(Action(async_val=10))
    monkeypatch.setattr(C, "DEFAULT_DEBUG", True)
    with pytest.raises(Refused, match="ANSIBLE_DEBUG"):
        ask(Action())
