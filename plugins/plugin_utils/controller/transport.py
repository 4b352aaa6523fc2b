# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Run the collector over the connection of a task: one remote call, the script on standard input.

Standard input is used whenever the connection plugin and the become plugin can carry it, whatever the setting "pipelining" says:
that setting is about modules. Where it cannot be used (su, paramiko, sudo with requiretty) the items travel as arguments, in a few
calls below 30,000 bytes, and the answer comes back in letters that survive a terminal. PRIVATE: may change without notice.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import FrameType, TracebackType
from typing import Any

from ansible import constants as C
from ansible.errors import AnsibleAuthenticationFailure, AnsibleConnectionFailure, AnsibleError
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller.guard import Refused
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence import script
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.item import Item, Params
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.stream import NOT_RUN, Answer, decode

# How long after the deadline of the host the controller still waits: connecting, becoming, sending.
GRACE_S = 5.0

# The collector measures its own time in hundredths of a second, at both ends.
_GRAIN_S = 0.01

_NEEDS_TERMINAL = re.compile(r"must have a tty|no tty present|must be run from a terminal|you must have a terminal", re.IGNORECASE)
_AFTER_PREAMBLE = re.compile(r"^.*(?:reached over ssh|to the host via ssh): ?", re.DOTALL)
_OF_SSH_ITSELF = re.compile(
    r"^(debug\d:|OpenSSH_|Warning: Permanently added|Pseudo-terminal|Connection to \S+ closed|Shared connection|"
    r"Transferred: |Bytes per|Authenticated to|#\d+ )"
)


class TransportError(Exception):
    """No answer. The text is one line for people."""


class NotReached(TransportError):
    """There was no way to the host: name, network, ssh, login."""


class HostSlow(TransportError):
    """The host was reached and gave nothing that can be used."""


class HostFailed(HostSlow):
    """The collector could not be run there: the become method refused, or there is no shell. Not a matter of time."""


class _Alarm(BaseException):
    """Our own alarm. Not an Exception, because connection plugins catch those and try again."""


@dataclass(frozen=True)
class _Reply:
    """What one remote command gave, and when it was sent and received (seconds since 1970, by the controller)."""

    code: int
    stdout: str
    stderr: str
    sent: float
    received: float


class Transport:
    """The connection of a task, as the collector needs it.

    action     the running action plugin: its connection, become, delegate_to and environment are those of the task
    task_vars  its variables
    """

    def __init__(self, action: Any, task_vars: Mapping[str, Any]) -> None:
        self._action = action
        self._task_vars = task_vars

    def run(self, items: Sequence[Item], params: Params | None, deadline_s: float, round: int = 1, token_key: str = "") -> Answer:
        """Ask the host for these items.

        token_key   by which equal secrets stay equal; it goes through standard input or not at all
        The answer has `clock`: {skew_s, skew_error_s}, the host's clock minus the controller's, in seconds.
        Raises NotReached, HostSlow (also HostFailed); guard.Refused for a task that cannot be run so.
        """
        self._refuse()
        nonce = secrets.token_hex(16)
        with self._unseen(), self._alarm(deadline_s):
            if self._takes_input():
                text = script.compile_script(items, nonce, deadline_s, params, token_key=token_key)
                reply = self._call(script.invocation(nonce), text.encode("utf-8", "surrogateescape"))
                if not self._wants_terminal(reply, nonce):
                    return self._answer([reply], nonce, items, round)
            return self._by_argument(items, nonce, params, deadline_s, round)

    # -- what cannot be -------------------------------------------------------------------------------------------------------------

    def _refuse(self) -> None:
        if C.DEFAULT_DEBUG:
            raise Refused("ANSIBLE_DEBUG prints everything that hosts answer, secrets included: unset it, or replay a record")
        if getattr(self._action._task, "async_val", 0):
            raise Refused("async cannot be used here: the answer of a host comes down the open connection")

    def _takes_input(self) -> bool:
        connection = self._action._connection
        become = connection.become
        # ansible-core before 2.19 does not tell; there it knew "su" by name.
        carries = become is None or getattr(become, "pipelining", become.name.rpartition(".")[2] != "su")
        return bool(connection.has_pipelining and carries)

    def _wants_terminal(self, reply: _Reply | HostFailed, nonce: str) -> bool:
        if isinstance(reply, HostFailed):
            if _NEEDS_TERMINAL.search(str(reply)):
                return True
            raise reply
        return reply.code != 0 and nonce not in reply.stdout and bool(_NEEDS_TERMINAL.search(reply.stderr + reply.stdout))

    # -- calls ----------------------------------------------------------------------------------------------------------------------

    def _by_argument(self, items: Sequence[Item], nonce: str, params: Params | None, deadline_s: float, round: int) -> Answer:
        """Several calls. Each has what is left of the deadline; what did not get its turn is told as such by its chunk not being there."""
        replies: list[_Reply] = []
        end = time.monotonic() + deadline_s
        chunks = script.split(items, params)
        for positions in chunks:
            left = end - time.monotonic()
            if replies and left < 1:
                break
            chosen = [items[position] for position in positions]
            command = script.compile_argument(chosen, nonce, max(left, 1.0), params, numbers=positions)
            reply = self._call(command, None)
            if isinstance(reply, HostFailed):
                if replies:
                    break
                raise reply
            replies.append(reply)
        answer = self._answer(replies, nonce, items, round)
        if len(replies) < len(chunks):
            return replace(answer, complete=False, reason=answer.reason or "the deadline of the call came before all items were sent")
        return answer

    def _call(self, command: str, data: bytes | None) -> _Reply | HostFailed:
        """One remote command. HostFailed is returned, not raised, because the caller may know another way."""
        environment = self._action._compute_environment_string()
        sent = time.time()
        try:
            result = self._action._low_level_execute_command(
                f"{environment} {command}".strip(), in_data=data, sudoable=True, encoding_errors="surrogateescape"
            )
        except AnsibleConnectionFailure as error:
            text = _message(error)
            if "privilege escalation" in text or "become" in text:
                return HostFailed(_become_reason(self._become_name(), text))
            if isinstance(error, AnsibleAuthenticationFailure):
                text = "ssh: the password is wrong"  # not tried twice: accounts get locked
            elif "censored" in text:
                text = self._uncensored() or "ssh did not reach it"
            raise NotReached(_last_line(_AFTER_PREAMBLE.sub("", text))) from error
        except AnsibleError as error:
            return HostFailed(_become_reason(self._become_name(), _message(error)))
        return _Reply(result["rc"], result["stdout"], result["stderr"], sent, time.time())

    def _uncensored(self) -> str:
        """Why ssh failed. While no_log is on it keeps that to itself; a call that says and asks nothing may show it."""
        context = self._action._connection._play_context
        context.no_log = False
        try:
            self._action._low_level_execute_command("exit 0", sudoable=False)
        except AnsibleError as error:
            return _message(error)
        finally:
            context.no_log = True
        return ""

    def _become_name(self) -> str:
        become = self._action._connection.become
        return str(become.name) if become is not None else "the connection"

    def _answer(self, replies: Sequence[_Reply], nonce: str, items: Sequence[Item], round: int) -> Answer:
        first = replies[0]
        answer = decode("\n".join(reply.stdout for reply in replies), nonce, items, round)
        if answer.host_epoch_s is None and all(output.state == "not_run" for output in answer.outputs):
            said = _last_line(first.stderr) or _last_line(first.stdout)
            if first.code == 255:
                raise NotReached(said or "the connection ended with code 255 and no word")
            if self._action._connection.become is not None and (why := _become_failure(first.stdout + first.stderr)):
                raise HostFailed(f"{self._become_name()}: {why}")
            raise HostFailed(f"{NOT_RUN}: {said or f'exit code {first.code} and no word'}")
        return replace(answer, clock=_clock(answer, first))

    # -- around a call --------------------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _unseen(self) -> Iterator[None]:
        """Keep the stream out of -vvv; and let a connection that asks for a password keep its standard input for us."""
        connection = self._action._connection
        contexts = [context for context in (getattr(connection, "_play_context", None), self._action._play_context) if context is not None]
        before = [(context, context.no_log) for context in contexts]
        pipelining = None
        with contextlib.suppress(KeyError, AnsibleError):
            pipelining = connection.get_option("pipelining")
        for context in contexts:
            context.no_log = True
        if pipelining is not None and self._takes_input():
            connection.set_option("pipelining", True)
        try:
            yield
        finally:
            for context, value in reversed(before):
                context.no_log = value
            if pipelining is not None:
                connection.set_option("pipelining", pipelining)

    @contextlib.contextmanager
    def _alarm(self, deadline_s: float) -> Iterator[None]:
        """The host may hang where no deadline of the script helps: before it, or below it. A task's own timeout goes first."""
        if getattr(self._action._task, "timeout", 0) or threading.current_thread() is not threading.main_thread():
            yield
            return

        def ring(_number: int, _frame: FrameType | None) -> None:
            raise _Alarm

        previous = signal.signal(signal.SIGALRM, ring)
        began = time.monotonic()
        signal.setitimer(signal.ITIMER_REAL, deadline_s + GRACE_S)
        try:
            yield
        except _Alarm as alarm:
            _end_processes(alarm.__traceback__)
            with contextlib.suppress(Exception):
                self._action._connection.close()
            raise HostSlow(f"no answer within {time.monotonic() - began:.0f} s") from None
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, previous)


def _end_processes(trace: TracebackType | None) -> None:
    """End what the connection plugin was waiting for: the processes that are local variables of the interrupted functions."""
    while trace is not None:
        for value in list(trace.tb_frame.f_locals.values()):
            if isinstance(value, subprocess.Popen) and value.poll() is None:
                with contextlib.suppress(OSError):
                    value.terminate()
                    try:
                        value.wait(1)
                    except subprocess.TimeoutExpired:
                        value.kill()
                        value.wait(1)
        trace = trace.tb_next


def _clock(answer: Answer, reply: _Reply) -> dict[str, float] | None:
    """Host minus controller. The host looked at its clock after the call was sent, and ran on for a known time before the end of it."""
    if answer.host_epoch_s is None:
        return None
    latest = max(reply.sent, reply.received - (answer.after_hello_ms or 0) / 1000)
    half = (latest - reply.sent) / 2
    return {
        "skew_s": round(answer.host_epoch_s - reply.sent - half, 3),
        "skew_error_s": round(half + answer.host_epoch_error_s + _GRAIN_S, 3),
    }


def _message(error: AnsibleError) -> str:
    """The error without what newer versions add about where it came from."""
    return str(getattr(error, "message", None) or error)


def _last_line(text: str) -> str:
    """The last line that says something, without what ssh says about itself at -vvv."""
    lines = [line.strip() for line in text.splitlines()]
    useful = [line for line in lines if line and not _OF_SSH_ITSELF.match(line)]
    return "".join(char if char.isprintable() else "?" for char in useful[-1])[:300] if useful else ""


def _become_failure(text: str) -> str:
    """What a become method said about not doing it, in one line; empty when it said nothing of the kind."""
    low = text.lower()
    if re.search(r"incorrect|sorry, try again|authentication fail|duplicate become password", low):
        return "the password is wrong"
    if re.search(r"missing .*password|password is required|no password was provided", low):
        return "a password is needed and none was given"
    if _NEEDS_TERMINAL.search(text):
        return "must have a tty, which this connection does not give"
    refusal = re.compile(r"(sudo|su|doas|runuser):|.*not (in the sudoers|allowed to)|.*may not run")
    return _last_line("\n".join(line for line in text.splitlines() if refusal.match(line)))


def _become_reason(name: str, text: str) -> str:
    """The same when it is certain that becoming failed."""
    why = _become_failure(text)
    if not why and re.search(r"timeout|timed out", text, re.IGNORECASE):
        why = "did not ask for a password in time, nor begin"
    return f"{name}: {why or _last_line(text)}"
