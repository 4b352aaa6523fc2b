"""The collector over every way that Ansible has to a host: a real sshd on loopback, real sudo, real su.

Needs root, sshd, sudo, su and useradd; makes users of its own and removes them. Run: pytest tests/live/transports
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PASSWORD = "correct-horse-7"
# Users of its own for every worker of pytest-xdist.
NAME = f"mdtest{os.environ.get('PYTEST_XDIST_WORKER', '')}"
FREE, PASS, TTY_USER, NONE, NOBODY = (f"{NAME}-{word}" for word in ("free", "pass", "tty", "none", "nobody"))
USERS = (FREE, PASS, TTY_USER, NONE)
SUDOERS = Path(f"/etc/sudoers.d/{NAME}")


def _missing() -> str:
    if os.geteuid() != 0:
        return "needs root"
    absent = [name for name in ("sshd", "sudo", "su", "useradd", "userdel", "chpasswd", "ssh-keygen", "ssh") if not shutil.which(name)]
    return f"needs {', '.join(absent)}" if absent else ""


pytestmark = pytest.mark.skipif(bool(_missing()), reason=_missing() or "ready")

ACTION = """
import json
import traceback
from ansible.plugins.action import ActionBase
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller.guard import Refused
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller.transport import Transport, TransportError
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.item import Item


class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        items = [Item("test." + name, "test", name, {"any": command}, cap_bytes=500000,
                      lane="slow" if name.startswith("slow") else "serial")
                 for name, command in self._task.args["commands"].items()]
        said = {}
        try:
            answer = Transport(self, task_vars).run(items, {}, float(self._task.args.get("deadline", 20)))
            said = dict(complete=answer.complete, reason=answer.reason, clock=answer.clock, noise=answer.noise,
                        outputs={o.item[5:]: [o.state, o.exit_code, o.stdout, o.stderr, o.reason] for o in answer.outputs})
        except (TransportError, Refused) as error:
            said = dict(error=type(error).__name__, reason=str(error))
        except Exception:
            said = dict(error="crash", reason=traceback.format_exc())
        with open(self._task.args["to"], "w") as file:
            json.dump(said, file)
        return result
"""


def _ansibles() -> list[str]:
    """ansible-playbook of the Python that runs this, and of other environments beside the repository."""
    places = [Path(sys.executable).parent, *(Path(p) for p in os.environ.get("MIDONET_TEST_ANSIBLES", "").split(":") if p)]
    places += [path / "bin" for path in sorted(ROOT.glob(".venv-*"))]
    return [str(place / "ansible-playbook") for place in places if (place / "ansible-playbook").exists()]


def _port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture(scope="module")
def lab():
    # Not a directory of pytest's: others' users must be able to enter it, and another pytest would clear it away.
    directory = Path(tempfile.mkdtemp(prefix="mdtest-"))
    directory.chmod(0o755)
    for name in ("host", "key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", directory / name], check=True)
    port = _port()
    (directory / "config").write_text(
        f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {directory}/host\nAuthorizedKeysFile {directory}/key.pub\nStrictModes no\n"
        f"PermitRootLogin yes\nPidFile {directory}/pid\nUsePAM no\nMaxStartups 100\nMaxSessions 100\n"
    )
    Path("/run/sshd").mkdir(exist_ok=True)
    for user in USERS:
        subprocess.run(["useradd", "-m", "-s", "/bin/bash", user], check=True)
    subprocess.run(["chpasswd"], input="".join(f"{user}:{PASSWORD}\n" for user in USERS), text=True, check=True)
    SUDOERS.write_text(
        f"Defaults lecture=never\n{FREE} ALL=(ALL) NOPASSWD: ALL\n{PASS} ALL=(ALL) ALL\n"
        f"Defaults:{TTY_USER} requiretty\n{TTY_USER} ALL=(ALL) NOPASSWD: ALL\n"
    )
    SUDOERS.chmod(0o440)
    daemon = subprocess.Popen([shutil.which("sshd"), "-D", "-e", "-f", directory / "config"], stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield directory, port
    finally:
        daemon.terminate()
        daemon.wait()
        SUDOERS.unlink(missing_ok=True)
        for user in USERS:
            subprocess.run(["pkill", "-KILL", "-u", user], check=False)
            subprocess.run(["userdel", "-r", user], check=False, capture_output=True)
        shutil.rmtree(directory, ignore_errors=True)


COMMANDS = {
    "who": "id -un; echo CAN''ARY-$((40 + 2)) >&2",
    "bytes": "printf 'a\\r\\n\\377\\001\\t b\\n'; exit 3",
    "big": "i=0; while [ $i -lt 5000 ]; do echo line $i of CAN''ARY-$((40 + 2)); i=$((i+1)); done",
    "slow": "sleep 0.3; echo slow",
    "pad": ": " + "x" * 20000 + "; echo padded",
    "pad2": ": " + "y" * 20000 + "; echo padded",
    "environment": 'echo "$FLAVOUR"',
}


@pytest.fixture(params=_ansibles(), ids=lambda path: Path(path).parents[1].name)
def ask(request, lab):
    directory, port = lab
    tmp_path = Path(tempfile.mkdtemp(dir=directory))

    def run(host_vars=None, task=None, commands=None, env=None, verbosity="", deadline=20, as_user=None):
        (tmp_path / "actions").mkdir(exist_ok=True)
        (tmp_path / "actions" / "ask.py").write_text(ACTION)
        (tmp_path / "ansible.cfg").write_text("")
        to = tmp_path / "answer.json"
        to.unlink(missing_ok=True)
        variables = {
            "ansible_host": "127.0.0.1",
            "ansible_port": port,
            "ansible_user": FREE,
            "ansible_ssh_private_key_file": f"{directory}/key",
            "ansible_ssh_common_args": "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null",
            "ansible_ssh_args": "-C -o ControlMaster=no",
            **(host_vars or {}),
        }
        arguments = {"commands": commands or COMMANDS, "to": str(to), "deadline": deadline}
        play = {"hosts": "all", "gather_facts": False, "tasks": [{"ask": arguments, **(task or {})}]}
        (tmp_path / "play.yml").write_text(json.dumps([play]))
        hosts = {"target": variables, "other": {"ansible_connection": "local"}}
        (tmp_path / "inventory.yml").write_text(json.dumps({"all": {"hosts": hosts}}))
        environment = {
            **os.environ,
            "ANSIBLE_ACTION_PLUGINS": str(tmp_path / "actions"),
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".build"),
            "ANSIBLE_HOST_KEY_CHECKING": "False",
            "ANSIBLE_CONFIG": str(tmp_path / "ansible.cfg"),
            "ANSIBLE_TIMEOUT": "8",
            **(env or {}),
        }
        command = [request.param, "-i", "inventory.yml", "-l", "target", "play.yml", *([verbosity] if verbosity else [])]
        began = time.monotonic()
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=120)
        assert to.exists(), done.stdout + done.stderr
        answer = json.loads(to.read_text())
        answer.update(seconds=time.monotonic() - began, screen=done.stdout + done.stderr)
        return answer

    run.core = request.param
    return run


BECOME = {"become": True, "environment": {"FLAVOUR": "very vanilla"}}
PARAMIKO = {
    "ansible_connection": "paramiko_ssh",
    "ansible_paramiko_host_key_checking": False,
    "ansible_paramiko_private_key_file": "{{ ansible_ssh_private_key_file }}",
}
SUDO_PASS = {"ansible_user": PASS, "ansible_become_password": PASSWORD}
TTY = {"ansible_user": TTY_USER}
SU = {"ansible_become_method": "su", "ansible_become_user": FREE, "ansible_become_password": PASSWORD}
LOCAL = {"ansible_connection": "local"}

WAYS = {
    "ssh": ({}, {"environment": {"FLAVOUR": "very vanilla"}}, FREE),
    "ssh-sudo": ({}, BECOME, "root"),
    "ssh-sudo-to-user": ({"ansible_become_user": NONE}, BECOME, NONE),
    "ssh-sudo-password": (SUDO_PASS, BECOME, "root"),
    "ssh-sudo-requiretty": (TTY, BECOME, "root"),
    "ssh-su": ({**SU, "ansible_user": NONE}, BECOME, FREE),
    "local": (LOCAL, {"environment": {"FLAVOUR": "very vanilla"}}, "root"),
    "local-sudo": ({**LOCAL, "ansible_become_user": FREE}, BECOME, FREE),
    "local-su": ({**LOCAL, **SU}, BECOME, FREE),
    "paramiko": (PARAMIKO, {"environment": {"FLAVOUR": "very vanilla"}}, FREE),
    "paramiko-sudo": (PARAMIKO, BECOME, "root"),
    "paramiko-sudo-password": ({**PARAMIKO, **SUDO_PASS}, BECOME, "root"),
}


def _skip_without_paramiko(core: str, way: str) -> None:
    if way.startswith("paramiko"):
        python = Path(core).parent / "python"
        probe = "import paramiko, ansible.plugins.connection.paramiko_ssh"
        if subprocess.run([python, "-c", probe], capture_output=True, check=False).returncode:
            pytest.skip("this ansible-core has no paramiko connection, or paramiko is not installed")


@pytest.mark.parametrize("pipelining", ["True", "False"])
@pytest.mark.parametrize("way", WAYS)
def test_way(ask, way, pipelining):
    _skip_without_paramiko(ask.core, way)
    host_vars, task, user = WAYS[way]
    verbosity = "-vvvvv" if pipelining == "True" else ""
    answer = ask(host_vars, task, env={"ANSIBLE_PIPELINING": pipelining}, verbosity=verbosity)
    assert answer.get("complete"), {key: value for key, value in answer.items() if key != "screen"} | {"screen": answer["screen"][-1500:]}
    outputs = answer["outputs"]
    assert outputs["who"][:4] == ["ok", 0, f"{user}\n", "CANARY-42\n"]
    assert outputs["bytes"][:3] == ["failed", 3, "a\r\n\udcff\x01\t b\n"]
    assert outputs["big"][2].count("CANARY-42\n") == 5000
    assert outputs["slow"][2] == "slow\n"
    assert outputs["pad"][2] == outputs["pad2"][2] == "padded\n"
    assert outputs["environment"][2] == "very vanilla\n"
    assert abs(answer["clock"]["skew_s"]) <= answer["clock"]["skew_error_s"]
    assert "CANARY-42" not in answer["screen"]


@pytest.mark.parametrize(
    ("host_vars", "error", "reason"),
    [
        ({**SUDO_PASS, "ansible_become_password": "wrong"}, "HostFailed", "sudo: the password is wrong"),
        ({"ansible_user": PASS}, "HostFailed", "sudo: a password is needed and none was given"),
        ({**SU, "ansible_user": NONE, "ansible_become_password": "wrong"}, "HostFailed", "su: the password is wrong"),
        ({"ansible_port": 9}, "NotReached", "onnection refused"),
        ({"ansible_host": "no-such-host.invalid"}, "NotReached", "no-such-host.invalid"),
        ({"ansible_user": NOBODY}, "NotReached", "Permission denied"),
        ({**LOCAL, "ansible_become_user": NOBODY}, "HostFailed", "sudo: "),
    ],
)
@pytest.mark.parametrize("verbosity", ["", "-vvvv"])
def test_what_cannot_be_done_is_said_in_one_line(ask, host_vars, error, reason, verbosity):
    answer = ask(host_vars, BECOME, verbosity=verbosity)
    assert (answer.get("error"), reason in answer["reason"]) == (error, True), answer["reason"]
    assert "\n" not in answer["reason"] and PASSWORD not in answer["reason"]


def test_a_host_that_accepts_and_never_answers(ask):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        answer = ask({"ansible_port": silent.getsockname()[1]}, env={"ANSIBLE_TIMEOUT": "60"}, deadline=2)
    assert answer["error"] == "HostSlow" and "no answer within 7 s" in answer["reason"]
    assert answer["seconds"] < 15


def test_commands_that_hang_keep_to_the_deadline(ask):
    commands = {"first": "echo first", "hang": "trap '' TERM; sleep 77", "slow": "sleep 78", "never": "echo never"}
    answer = ask({}, BECOME, commands=commands, deadline=4)
    states = {name: output[0] for name, output in answer["outputs"].items()}
    assert states == {"first": "ok", "hang": "timeout", "slow": "timeout", "never": "not_run"}
    assert answer["complete"]


def test_delegation_and_refusals(ask):
    assert ask({}, {"delegate_to": "other"})["outputs"]["who"][2] == "root\n"
    answer = ask({}, {}, env={"ANSIBLE_DEBUG": "1"})
    assert answer["error"] == "Refused" and "ANSIBLE_DEBUG" in answer["reason"]


def test_a_login_shell_that_talks(ask, lab):
    profile = Path(f"/home/{FREE}/.bashrc")
    before = profile.read_bytes() if profile.exists() else b""
    try:
        profile.write_text("echo 'Welcome! you have mail'; printf 'no newline'; echo complaint >&2; export LC_ALL=ja_JP.UTF-8\n")
        answer = ask({}, {"environment": {"FLAVOUR": "x"}})
    finally:
        profile.write_bytes(before)
    assert answer["complete"] and answer["outputs"]["who"][2] == f"{FREE}\n"
