# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The outcomes that every parser tells apart: nothing, a complaint, something foreign, a part.

That nothing was collected at all is not a parser's business: the facts raise Missing then, before any parser is asked.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._errors import complaint
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import EMPTY, NOT_UNDERSTOOD, TOOL_ERROR
from parser_cases import FIXTURES, FUNCTIONS, NAMES

# What shells, libc, interpreters and virtual machines print in place of a tool's output, and the line of it that tells what is wrong.
COMPLAINTS = {
    "dash": "sh: 1: TOOL: not found\n",
    "bash": "bash: TOOL: command not found\n",
    "bash, login shell": "-bash: TOOL: command not found\n",
    "bash, script": "bash: line 1: TOOL: command not found\n",
    "busybox": "sh: TOOL: not found\n",
    "busybox ash": "/bin/ash: TOOL: not found\n",
    "zsh": "zsh: command not found: TOOL\n",
    "ksh": "ksh: TOOL: not found\n",
    "android": "/system/bin/sh: TOOL: inaccessible or not found\n",
    "no such file": "bash: /usr/bin/TOOL: No such file or directory\n",
    "env": "/usr/bin/env: ‘TOOL’: No such file or directory\n",
    "timeout": "timeout: failed to run command ‘TOOL’: No such file or directory\n",
    "permission of the shell": "bash: /usr/sbin/TOOL: Permission denied\n",
    "permission of the tool": "TOOL: Permission denied\n",
    "permission of a file": "cat: /etc/foo: Permission denied\n",
    "a file that there is none of": "cat: /etc/foo: No such file or directory\n",
    "not permitted": "TOOL: socket: Operation not permitted\n",
    "German shell": "bash: TOOL: Kommando nicht gefunden.\n",
    "German file": "cat: /etc/x: Keine Berechtigung\n",
    "French shell": "bash: TOOL : commande introuvable\n",
    "French file": "cat: /etc/x: Aucun fichier ou dossier de ce type\n",
    "Spanish": "bash: TOOL: orden no encontrada\n",
    "Italian": "bash: TOOL: comando non trovato\n",
    "Portuguese": "bash: TOOL: comando não encontrado\n",
    "Russian": "bash: TOOL: команда не найдена\n",
    "Japanese shell": "bash: TOOL: コマンドが見つかりません\n",
    "Japanese file": "cat: /etc/x: 許可がありません\n",
    "Chinese": "bash: TOOL：未找到命令\n",
    "Korean": "bash: TOOL: 명령어를 찾을 수 없음\n",
    "usage": "Usage: TOOL [OPTIONS] OBJECT { COMMAND | help }\n       TOOL [ -force ] -batch filename\nwhere  OBJECT := { link }\n",
    "usage of argparse": "usage: TOOL [-h] [-v]\nTOOL: error: unrecognized arguments: -n\n",
    "usage of busybox": "BusyBox v1.36.1 (2023-06-02 00:42:02 UTC) multi-call binary.\n\nUsage: TOOL [-c N] HOST\n\nSend\n\n\t-c N\tSend\n",
    "option": "TOOL: invalid option -- 'z'\nTry 'TOOL --help' for more information.\n",
    "option of busybox": "TOOL: unrecognized option: j\n",
    "option of iproute2": 'Option "-j" is unknown, try "ip -help".\n',
    "Java": 'Exception in thread "main" java.lang.NoClassDefFoundError: org/midonet/Foo\n\tat java.net.URLClassLoader$1.run(URL.java:366)\n'
    "Caused by: java.lang.ClassNotFoundException: org.midonet.Foo\n\t... 13 more\n",
    "Java without a thread": "java.net.ConnectException: Connection refused\n\tat sun.nio.ch.Net.connect0(Native Method)\n",
    "Java launcher": "Error: Could not find or load main class org.midonet.MmDpctl\n",
    "Java memory": "Error occurred during initialization of VM\nCould not reserve enough space for object heap\n",
    "refused": "Connection refused\n",
    "refused, nc of OpenBSD": "nc: connect to 10.0.0.1 port 2181 (tcp) failed: Connection refused\n",
    "refused, traditional nc": "(UNKNOWN) [10.0.0.1] 2181 (?) : Connection refused\n",
    "refused, ncat": "Ncat: Connection refused.\n",
    "refused, nodetool": "nodetool: Failed to connect to '127.0.0.1:7199' - ConnectException: 'Connection refused (Connection refused)'.\n",
    "sudo": "sudo: a password is required\n",
    "sudo without a terminal": "sudo: sorry, you must have a tty to run sudo\n",
    "root": "TOOL: you must be root\n",
    "root, mm-ctl": "This command should be executed by root.\n",
    "netlink": "RTNETLINK answers: Operation not permitted\n",
    "namespace": 'Cannot open network namespace "mbgp1_ns": No such file or directory\n',
    "crash": "Segmentation fault\n",
    "killed": "Killed\n",
    "wrapper": "ERROR: /usr/share/midolman does not exist\n",
    "library": "TOOL: error while loading shared libraries: libcap.so.2: cannot open shared object file: No such file or directory\n",
    "iptables": "iptables v1.4.21: can't initialize iptables table `filter': Permission denied (you must be root)\n",
    "vtysh": "Exiting: failed to connect to any daemons.\n",
    "chronyc": "506 Cannot talk to daemon\n",
    "ntpq": "ntpq: read: Connection refused\n",
    "systemd": "System has not been booted with systemd as init system (PID 1). Can't operate.\nFailed to connect to bus: Host is down\n",
    "colours": "\x1b[31mError: nothing\x1b[0m\n",
    "carriage returns": "bash: TOOL: command not found\r\n",
    "after a warning": "bash: warning: setlocale: LC_ALL: cannot change locale (en_US.UTF-8)\nbash: TOOL: command not found\n",
    "after the JVM's chatter": "Picked up _JAVA_OPTIONS: -Xmx64m\nTOOL: Permission denied\n",
}
TRACEBACK = """\
Traceback (most recent call last):
  File "/usr/bin/midonet-cli", line 9, in <module>
    load_entry_point('python-midonetclient')()
ImportError: No module named readline
"""
# The part of a text that tells nothing of the tool: not an error either.
FOREIGN = {
    "prose": "lorem ipsum dolor sit amet\n",
    "binary": "\x00\x01\x02\udcff\udcfe binary\n",
    "a proxy's page": "<html><body>502 Bad Gateway</body></html>\n",
    "signs": "@@@@ ???? !!!!\n",
}


@pytest.mark.parametrize("name", NAMES, ids=".".join)
def test_a_complaint_is_an_error_of_the_tool(name: tuple[str, str]) -> None:
    for what, text in COMPLAINTS.items():
        parsed = FUNCTIONS[name](text.replace("TOOL", name[0].split("_", maxsplit=1)[0]))
        assert parsed.state == TOOL_ERROR, what
        assert parsed.error, what
    parsed = FUNCTIONS[name](TRACEBACK)
    assert (parsed.state, parsed.error) == (TOOL_ERROR, "ImportError: No module named readline")


@pytest.mark.parametrize("name", NAMES, ids=".".join)
def test_what_is_neither_output_nor_complaint_is_pointed_at(name: tuple[str, str]) -> None:
    for what, text in FOREIGN.items():
        parsed = FUNCTIONS[name](text)
        assert (parsed.state, parsed.error) == (NOT_UNDERSTOOD, None), what
        assert parsed.unread[0].line == 1, what


@pytest.mark.parametrize("name", NAMES, ids=".".join)
def test_white_space_is_an_empty_answer(name: tuple[str, str]) -> None:
    for text in ("", "\n", " \n\t\n", "\r\n"):
        parsed = FUNCTIONS[name](text)
        assert (parsed.state, parsed.unread, parsed.error) == (EMPTY, [], None)


def test_the_line_that_tells() -> None:
    assert complaint("\n\nsh: 1: ip: not found\nmore\n") == "sh: 1: ip: not found"
    assert complaint("one two three\nsh: 1: ip: not found\n") is None
    assert complaint("2: eth0: <UP> mtu 1500\n") is None
    assert complaint(" \n") is None
    assert len(complaint("bash: " + "x" * 1000) or "") == 300


LOGS = ("logs", "watchdog_log", "kernel_log", "metrics_log", "access_denials")


@pytest.mark.parametrize("path", [path for tool in LOGS for path in sorted((FIXTURES / tool).glob("*.txt"))], ids=lambda path: path.stem)
def test_a_log_that_ends_in_the_middle_of_a_line_is_not_whole(path: Path) -> None:
    """Its last record may go on, and what came after it would be the newest of all."""
    parse, text = FUNCTIONS[path.parent.name, "parse"], path.read_text(errors="surrogateescape")
    if parse(text).state != "ok":
        pytest.skip("an error of the tool")
    start = text.index("\n") + 1 if text.count("\n") > 1 else 1
    tried = range(start, len(text) - 1, 1 + len(text) // 150)
    # Half of an entry of journalctl's own is one, too.
    cuts = [at for at in tried if text[:at].split("\n")[-1].strip() and not text[:at].split("\n")[-1].startswith("-- ")]
    assert cuts
    assert [at for at in cuts if parse(text[:at]).state == "ok"] == []
