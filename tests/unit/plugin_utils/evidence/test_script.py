"""The script as hosts run it: under every shell that this machine has."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence import script
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.item import Item, load_items
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.stream import decode

sys.path.insert(0, str(Path(__file__).parent))
from support import SHELLS, Run, available_shells, item, processes_with

ROOT = Path(__file__).resolve().parents[4]

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the collector is for Linux")


@pytest.fixture(params=available_shells())
def shell(request):
    return request.param


def tools(directory: Path, *names: str) -> str:
    """A directory with links to these programs only, to be used as PATH."""
    for name in names:
        found = shutil.which(name)
        assert found, name
        (directory / name).symlink_to(found)
    return str(directory)


NEEDED = ("sh", "head", "cat", "date", "sleep", "tail", "kill", "sed", "grep", "tr")


def test_what_ends_well(shell):
    run = Run(
        [
            item("out", "echo hello; echo 'it'\"'\"'s'"),
            item("no_newline", "printf abc"),
            item("both", "echo out; echo err >&2; exit 3"),
            item("err_without_newline", "printf oops >&2"),
            item("silent", "true"),
            item("false", "false"),
            item("missing", "no_such_program --x"),
            item("variables", 'echo "$LC_ALL $0"; cd /; umask'),
            item("input", "cat; echo end"),
            item("syntax", "if then"),
            item("sets_options", "set -eu; echo before; false; echo after"),
            item("last", "echo last"),
        ],
        shell,
    )
    assert run.answer.complete and run.answer.reason == "" and run.answer.noise == "" and run.noise == ""
    out = run.outputs
    assert out["out"].stdout == "hello\nit's\n" and out["out"].state == "ok" and out["out"].exit_code == 0
    assert out["no_newline"].stdout == "abc"
    assert (out["both"].stdout, out["both"].stderr, out["both"].exit_code, out["both"].state) == ("out\n", "err\n", 3, "failed")
    assert out["both"].reason == "err"
    assert (out["err_without_newline"].stderr, out["err_without_newline"].exit_code) == ("oops", 0)
    assert (out["silent"].stdout, out["silent"].stderr, out["silent"].state) == ("", "", "ok")
    assert (out["false"].exit_code, out["false"].state) == (1, "failed")
    assert out["missing"].exit_code == 127 and "no_such_program" in out["missing"].stderr
    assert out["variables"].stdout.startswith("C ") and out["variables"].stdout.endswith("77\n")
    assert out["input"].stdout == "end\n"
    assert out["syntax"].state in ("failed", "killed") and out["syntax"].stdout == ""
    assert (out["sets_options"].stdout, out["sets_options"].exit_code) == ("before\n", 1)
    assert out["last"].stdout == "last\n"
    assert abs(run.answer.host_epoch_s - time.time()) < 5
    assert out["last"].started.startswith("20")
    assert run.left == [] and run.files_left == []
    assert run.seconds < 20


@pytest.mark.parametrize("lane", ["serial", "slow"])
def test_a_hanging_family_is_ended(shell, lane):
    hang = "echo begun; trap '' TERM; (trap '' TERM; sleep 301) & sh -c 'trap \"\" TERM; sleep 302; sleep 303'; sleep 304"
    run = Run([item("hang", hang, timeout_s=1, lane=lane), item("after", "echo after", lane=lane)], shell)
    assert run.answer.complete
    assert (run.outputs["hang"].state, run.outputs["hang"].stdout) == ("timeout", "begun\n")
    assert "1 s" in run.outputs["hang"].reason
    assert run.outputs["after"].stdout == "after\n"
    assert run.left == []
    assert run.seconds < 20


def test_orphans_are_found_by_their_environment(shell):
    orphan = "(sleep 311 & (while :; do sleep 1; done) & ) >/dev/null 2>&1; sh -c '(sleep 312 &) ; :' >/dev/null 2>&1; echo done"
    holder = "(setsid sleep 313 &); (sleep 314 &); echo held"
    run = Run([item("orphan", orphan), item("holder", holder, timeout_s=1), item("after", "echo after")], shell)
    assert run.outputs["orphan"].stdout == "done\n" and run.outputs["orphan"].state == "ok"
    assert run.outputs["holder"].stdout == "held\n"
    assert run.outputs["after"].stdout == "after\n"
    assert run.left == []
    assert run.seconds < 20


def test_who_escapes_every_mark_does_not_hold_up_the_others(shell):
    escape = "(env -i setsid sleep 17 &); sleep 0.1; echo away"
    run = Run([item("escape", escape, timeout_s=1), item("after", "echo after")], shell)
    assert run.outputs["escape"].stdout == "away\n" or run.outputs["escape"].state == "abandoned"
    assert run.outputs["after"].stdout == "after\n"
    assert run.seconds < 40


def test_much_output_is_cut_at_the_cap(shell):
    run = Run(
        [
            item("yes", "yes 0123456789", cap_bytes=1000),
            item("exact", "printf 0123456789", cap_bytes=10),
            item("stubborn", "trap '' PIPE; while echo x; do :; done 2>/dev/null; echo gave up >&2", cap_bytes=10, timeout_s=2),
            item("errors", "yes 'a line of complaint' | head -n 100000 >&2; echo the last word >&2; exit 7"),
            item("endless_errors", "yes complaint >&2", timeout_s=1),
            item("after", "echo after"),
        ],
        shell,
    )
    out = run.outputs
    assert len(out["yes"].stdout) == 1000 and out["yes"].truncated and out["yes"].state == "ok"
    assert out["exact"].stdout == "0123456789" and not out["exact"].truncated
    assert out["stubborn"].truncated
    assert out["errors"].exit_code == 7 and out["errors"].reason == "the last word" and len(out["errors"].stderr) < 10000
    assert len(out["endless_errors"].stderr) < 10000 and out["endless_errors"].state == "timeout"
    assert out["after"].stdout == "after\n"
    assert run.left == []


def test_binary_and_forged_output_survive(shell):
    forged = "printf '\\n==00000000000000000000000000000000 end 0\\n\\n==0123 bye 1\\n'; echo '== end'"
    every = 'i=0; while [ $i -lt 256 ]; do printf "\\\\$(printf %03o $i)"; i=$((i+1)); done'
    run = Run([item("binary", every), item("forged", forged), item("nul_error", "printf 'a\\000b\\n' >&2"), item("z", "echo z")], shell)
    assert run.outputs["binary"].stdout.encode("utf-8", "surrogateescape") == bytes(range(256))
    assert run.outputs["forged"].stdout.count("\n") == 5 and run.outputs["forged"].exit_code == 0
    assert run.outputs["nul_error"].exit_code == 0
    assert run.outputs["z"].stdout == "z\n"


def test_the_nonce_is_nowhere_a_command_could_print_it(shell):
    run = Run([item("env", "env; cat /proc/self/environ; tr '\\000' '\\n' </proc/$PPID/cmdline")], shell)
    assert run.nonce not in run.outputs["env"].stdout
    assert "MIDONET_COLLECTOR=" in run.outputs["env"].stdout


def test_a_command_holds_no_descriptor_of_the_collector(shell):
    # Of the shell itself and of a program: 0 is /dev/null, 1 and 2 are pipes of the item, nothing else.
    look = "read -r me rest </proc/self/stat; sleep 0.5 & p=$!; sleep 0.2; ls -l /proc/$me/fd /proc/$p/fd; wait"
    filtered = item("filtered", look, scrub=("ini_secrets",))
    run = Run([item("look", look), item("slow", look, lane="slow"), filtered], shell)
    for name in ("look", "slow", "filtered"):
        lines = [line for line in run.outputs[name].stdout.splitlines() if " -> " in line]
        assert lines
        numbers = {int(line.split(" -> ")[0].split()[-1]) for line in lines}
        pipes = {line.split(" -> ")[1] for line in lines if "pipe:" in line}
        assert len(pipes) == 2, lines
        # busybox keeps its own copy while a redirection is in force
        assert numbers <= {0, 1, 2, 10, 255}, lines


def test_the_slow_lane_runs_beside_and_does_not_wait(shell):
    run = Run(
        [
            item("big", "head -c 3000000 /dev/zero; sleep 3; echo end >&2", cap_bytes=4_000_000, lane="slow", timeout_s=20),
            item("late", "echo late", lane="slow"),
            item("one", "sleep 1.5; echo one"),
            item("two", "sleep 1.5; echo two"),
        ],
        shell,
    )
    assert len(run.outputs["big"].stdout) == 3000000 and run.outputs["big"].state == "ok"
    assert run.outputs["late"].stdout == "late\n"
    assert run.outputs["two"].stdout == "two\n"
    assert run.seconds < 5.9


def test_the_deadline_keeps_what_was_collected(shell):
    run = Run(
        [
            item("first", "echo first"),
            item("hang", "echo partial; sleep 321", timeout_s=100),
            item("never", "echo never"),
            item("slow_hang", "echo partial; sleep 322", timeout_s=100, lane="slow"),
            item("slow_never", "echo never", lane="slow"),
        ],
        shell,
        deadline_s=3,
    )
    out = run.outputs
    assert run.answer.complete
    assert out["first"].stdout == "first\n"
    for name in ("hang", "slow_hang"):
        assert out[name].stdout == "partial\n" and out[name].state == "timeout" and "deadline" in out[name].reason
    for name in ("never", "slow_never"):
        assert out[name].state == "not_run" and "deadline" in out[name].reason
    assert run.seconds < 20
    assert run.left == []


def test_without_the_tools_that_may_be_missing(shell, tmp_path):
    path = tools(tmp_path, *NEEDED)
    run = Run(
        [
            item("ok", "echo ok"),
            item("hang", "sh -c 'trap \"\" TERM; (sleep 331) & sleep 332' & sleep 333", timeout_s=1),
            item("slow", "echo slow", lane="slow"),
        ],
        shell,
        path=path,
        env={"LC_ALL": "de_DE.UTF-8", "LANGUAGE": "ja"},
    )
    assert run.outputs["ok"].stdout == "ok\n"
    assert run.outputs["hang"].state == "timeout"
    assert run.outputs["slow"].stdout == "slow\n"
    assert run.left == []


def test_network_words_say_when_no_tool_is_there(tmp_path):
    # /usr/sbin is always searched; no tool for TCP lives there.
    path = tools(tmp_path, *NEEDED)
    run = Run([item("say", "printf ruok | say 127.0.0.1 1"), item("connect", "connect 127.0.0.1 1")], "dash", path=path)
    assert run.outputs["say"].exit_code == 69 and "no tool" in run.outputs["say"].reason
    assert run.outputs["connect"].stdout.startswith("connect 127.0.0.1 1 no_tool")


def network_tools() -> list[str]:
    """Every program for TCP that this machine has, the kinds of nc apart."""
    return [name for name in ("bash", "nc.openbsd", "nc.traditional", "ncat", "busybox") if shutil.which(name)]


@pytest.fixture(params=network_tools())
def only_tool(request, tmp_path):
    """A PATH on which this is the only program for TCP."""
    path = tools(tmp_path, *NEEDED, "true")
    name = "nc" if request.param.startswith("nc.") else request.param
    (tmp_path / name).symlink_to(shutil.which(request.param))
    return path


class Server(threading.Thread):
    """Answers one connection after another. close: as ZooKeeper does; else it keeps the connection, as Cassandra does."""

    def __init__(self, answer: bytes, close: bool) -> None:
        super().__init__(daemon=True)
        self.answer, self.close, self.heard, self.kept = answer, close, b"", []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.start()

    def run(self) -> None:
        while True:
            try:
                connection, _address = self.socket.accept()
            except OSError:
                return
            with contextlib.suppress(OSError):
                connection.settimeout(5)
                heard = connection.recv(100)
                self.heard += heard
                if heard and self.answer:
                    connection.sendall(self.answer)
            if self.close:
                connection.close()
            else:
                self.kept.append(connection)


def test_say(only_tool):
    ruok, cql, silent = Server(b"imok", True), Server(b"\x84\x00\x00\x06\x00\x00\x00\x00\xff\n", False), Server(b"", False)
    run = Run(
        [
            item("ruok", f"printf ruok | say 127.0.0.1 {ruok.port}"),
            item("cql", f"printf '\\004\\000\\000' | say 127.0.0.1 {cql.port}", timeout_s=20),
            item("silent", f"printf x | say 127.0.0.1 {silent.port}", timeout_s=20),
            item("refused", "printf x | say 127.0.0.1 1"),
        ],
        "dash",
        path=only_tool,
        deadline_s=60,
    )
    out = run.outputs
    assert out["ruok"].stdout == "imok" and ruok.heard == b"ruok" and out["ruok"].duration_ms < 2500
    assert out["cql"].stdout.encode("utf-8", "surrogateescape") == cql.answer and cql.heard == b"\x04\0\0"
    assert out["cql"].state == "ok"
    assert out["silent"].stdout == ""
    assert out["refused"].state == "failed" and out["refused"].stdout == ""
    assert max(output.duration_ms for output in out.values()) < 10_000
    assert run.left == []


def test_connect(only_tool):
    kept, full = Server(b"", False), socket.create_server(("127.0.0.1", 0), backlog=0)
    # A full queue answers nothing more: the same as a host that drops packets.
    fillers = [socket.socket() for _ in range(4)]
    for filler in fillers:
        filler.setblocking(False)
        filler.connect_ex(full.getsockname())
    time.sleep(0.2)
    targets = [("127.0.0.1", kept.port), ("127.0.0.1", 1), ("127.0.0.1", full.getsockname()[1]), ("no-such-host.invalid", 2181)]
    command = "; ".join(f"connect {host} {port}" for host, port in targets)
    run = Run([item("connect", command, timeout_s=60)], "dash", path=only_tool, deadline_s=90)
    lines = [line.split() for line in run.outputs["connect"].stdout.splitlines()]
    assert [(line[0], line[1], int(line[2])) for line in lines] == [("connect", *target) for target in targets]
    assert [line[3] for line in lines] == ["open", "refused", "timeout", "unresolved"], lines
    assert run.left == []


LOG = """\
2015.07.23 10:12:01.000 INFO  [main] connection -  all is well, and it takes many more words until one says ERROR here
2015.07.23 10:12:02.000 ERROR [main] simulation -  the first
java.io.IOException: Invalid argument
\tat one
\tat two
\tat three
\tat four
\tat five
2015.07.23 10:12:03.000 DEBUG [main] simulation -  nothing
2015.07.23 10:12:04.000 c1 INFO  org.midonet.event.agent.Nsdb - CONNECT Connected
Jul 23, 2015 7:12:20 PM org.apache.catalina.core.StandardContext startInternal
SEVERE: Error listenerStart
 WARN [main] 2015-07-23 19:12:17,000 CassandraDaemon.java (line 387) Listening
"""


def test_log_records(shell, tmp_path):
    (tmp_path / "one.log").write_text(LOG)
    (tmp_path / "empty.log").write_text("")
    awk = item("all", f"log_records 4000 'event[.]agent[.]' {tmp_path}/o*.log {tmp_path}/empty.log {tmp_path}/none*")
    few = item("few", f"log_records 200 '' {tmp_path}/one.log")
    none = item("none", f"log_records 200 '' {tmp_path}/none*.log")
    outputs = Run([awk, few, none], shell).outputs
    lines = outputs["all"].stdout.split("\n")
    assert lines[0] == f"### {tmp_path}/one.log" and lines[-2] == f"### {tmp_path}/empty.log"
    kept = [line for line in LOG.split("\n") if line and not any(word in line for word in ("all is well", "nothing", "four", "five"))]
    assert lines[1:-2] == [*kept[:5], "\tat four", *kept[5:]]
    # The newest, from the beginning of a record.
    assert outputs["few"].stdout.split("\n")[1:] == [*kept[-3:], ""]
    assert (outputs["none"].stdout, outputs["none"].stderr.strip()) == ("", f"no log: {tmp_path}/none*.log")


def test_logs_are_read_as_far_back_as_is_asked(shell, tmp_path):
    now = time.time()

    def at(ago):
        return time.strftime("%Y.%m.%d %H:%M:%S", time.localtime(now - ago))

    times = {ago: at(ago) for ago in (7200, 600, 30)}
    log = tmp_path / "one.log"
    log.write_text("".join(f"{time}.000 ERROR [main] x -  {ago}\n" for ago, time in times.items()))
    every = item("every", f"log_records 4000 '' {log}")

    def read(**params):
        head, *lines = Run([every], shell, params=params).outputs["every"].stdout.splitlines()
        assert head.startswith(f"### {log}")
        return head[len(f"### {log}") :], [line.rsplit(" ", 1)[1] for line in lines]

    assert read() == ("", ["7200", "600", "30"])
    since, kept = read(log_age_s="1000")
    assert kept == ["600", "30"]
    assert since.startswith(" from ") and times[7200] < since[6:].replace("-", ".") < times[600]
    # The first line of the part that was read is cut, so the records are complete from the second on.
    assert read(log_bytes="80") == (f" from {times[30]}", ["30"])
    assert read(log_bytes="80", log_age_s="1000") == (f" from {times[30]}", ["30"])
    # What does not fit is left out from its old end.
    few = Run([item("few", f"log_records 50 '' {log}")], shell).outputs["few"].stdout.splitlines()
    assert few == [f"### {log} from {times[30]}", f"{times[30]}.000 ERROR [main] x -  30"]


def test_a_stream_through_a_terminal(shell, tmp_path):
    every = item("every", 'i=0; while [ $i -lt 256 ]; do printf "\\\\$(printf %03o $i)"; i=$((i+1)); done; echo e >&2')
    for missing in ((), ("base64",), ("base64", "od")):
        directory = tmp_path / "-".join(("x", *missing))
        directory.mkdir()
        path = tools(directory, *NEEDED, *(name for name in ("base64", "od") if name not in missing))
        run = Run([every, item("text", "echo text")], shell, path=path, terminal=True)
        through = b"motd\r\n" + run.raw.replace(b"\n", b"\r\n") + b"logout\r\n"
        answer = decode(through, run.nonce, [every, item("text", "echo text")])
        assert answer.complete
        if len(missing) < 2:
            assert answer.outputs[0].stdout.encode("utf-8", "surrogateescape") == bytes(range(256))
            assert answer.outputs[1].stdout == "text\n"
        assert "motd" in answer.noise
        assert run.left == []


def test_the_argument_form(shell):
    items = [item("quotes", "echo 'it'\"'\"'s ~ midolman'"), item("ps", "tr '\\000' ' ' </proc/$PPID/cmdline")]
    command = script.compile_argument(items, "ab" * 16, 30)
    assert "midolman" not in command
    done = subprocess.run([*SHELLS[shell], "-c", command], capture_output=True, check=False, stdin=subprocess.DEVNULL)
    answer = decode(done.stdout, "ab" * 16, items)
    assert answer.complete and answer.outputs[0].stdout == "it's ~ midolman\n"
    assert done.stderr == b""


def test_all_items_of_the_roles_fit_into_arguments():
    items = load_items(sorted(ROOT.glob("roles/*/evidence.yml")))
    params = {name: ["203.0.113.1:2181"] * 7 for item in items for name in item.needs}
    groups = script.split(items, params)
    assert sorted(position for group in groups for position in group) == list(range(len(items)))
    for group in groups:
        command = script.compile_argument([items[i] for i in group], "ab" * 16, 30, params, numbers=group)
        assert len(command.encode()) <= script.ARGUMENT_LIMIT
    assert len(groups) <= 3


def test_all_items_of_the_roles_are_shell(shell):
    """Every command parses under every shell; what it prints here does not matter."""
    for one in load_items(sorted(ROOT.glob("roles/*/evidence.yml"))):
        for command in one.commands.values():
            done = subprocess.run([*SHELLS[shell], "-n"], input=command.encode(), capture_output=True, check=False)
            assert done.returncode == 0, (one.id, done.stderr)


def test_generations():
    both = Item("test.both", "test", "x", {"A": "echo old", "B": "echo new; false"})
    with_prefix = Run([both], "dash")
    # Neither jar nor package on a machine that is no MidoNet host: B was tried and failed, so A's answer counts.
    if with_prefix.answer.generation is None:
        assert with_prefix.outputs["both"].stdout == "old\n"


@pytest.mark.parametrize(
    "value",
    ["a b", "$(reboot)", "`x`", "-o", "a;b", "a'b", 'a"b', "a\nb", "", "ä", "*", ["ok", "a b"], ["203.0.113.1:2181", ">x"]],
)
def test_parameters_that_are_no_words_are_refused(value):
    with pytest.raises(script.ScriptError):
        script.compile_script([item("x", "echo $server", needs=("server",))], "ab" * 16, 30, {"server": value})


def test_parameters_arrive(shell):
    params = {"servers": ["203.0.113.1:2181", "[2001:db8::1]:2181", "zk1.example"], "payload": 1450}
    command = 'for one in $servers; do echo "$one"; done; echo "$payload"'
    run = Run([item("x", command, needs=("servers", "payload"))], shell, params=params)
    assert run.outputs["x"].stdout == "203.0.113.1:2181\n[2001:db8::1]:2181\nzk1.example\n1450\n"


def test_nonsense_is_refused():
    with pytest.raises(script.ScriptError):
        script.compile_script([], "not hex", 30)
    with pytest.raises(script.ScriptError):
        script.compile_script([item("x", "echo", scrub=("nothing",))], "ab" * 16, 30)
    with pytest.raises(script.ScriptError):
        script.compile_script([item("x", "echo", needs=("nothing",))], "ab" * 16, 30)


def test_half_a_script_does_nothing(shell, tmp_path):
    """A connection that breaks while the script is sent must not run half of it."""
    canary = tmp_path / "canary"
    text = script.compile_script([item("x", f"touch {canary}")], "ab" * 16, 30)
    for share in (0.3, 0.6, 0.9, 0.99):
        half = text[: int(len(text) * share)]
        subprocess.run([*SHELLS[shell], "-s"], input=half.encode(), capture_output=True, check=False)
        assert not canary.exists()


def test_a_reader_that_goes_away_ends_everything(shell):
    nonce = "cd" * 16
    key = script.process_key(nonce)
    text = script.compile_script([item("hang", "sleep 341", timeout_s=2), item("b", "sleep 342", timeout_s=2, lane="slow")], nonce, 30)
    environment = {**os.environ, "MIDONET_COLLECTOR": f"{key}/"}
    process = subprocess.Popen([*SHELLS[shell], "-s"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
    assert process.stdin and process.stdout
    process.stdin.write(text.encode())
    process.stdin.close()
    process.stdout.read(10)
    process.stdout.close()
    process.wait(timeout=20)
    end = time.monotonic() + 3
    while processes_with(key) and time.monotonic() < end:
        time.sleep(0.1)
    assert processes_with(key) == []


FREEZER = Path("/sys/fs/cgroup/freezer")


@pytest.mark.skipif(not os.access(FREEZER, os.W_OK), reason="needs root and the cgroup v1 freezer to make a process that cannot be killed")
@pytest.mark.parametrize("lane", ["serial", "slow"])
def test_what_cannot_be_killed_is_left_behind(shell, lane):
    group = FREEZER / f"midonet-test-{os.getpid()}"
    group.mkdir()
    freeze = (
        f"echo begun; echo complaint >&2; sh -c 'echo $$ >{group}/cgroup.procs; sleep 0.2; echo FROZEN >{group}/freezer.state; sleep 1' & "
        f"sleep 0.5; echo FROZEN >{group}/freezer.state; sleep 30"
    )
    try:
        run = Run([item("frozen", freeze, timeout_s=2, lane=lane), item("after", "echo after", lane=lane)], shell)
        assert run.outputs["frozen"].state == "abandoned", run.outputs["frozen"]
        assert run.outputs["after"].stdout == "after\n"
        assert run.answer.complete
        assert run.seconds < 30
        assert len(run.left) >= 1
    finally:
        (group / "freezer.state").write_text("THAWED")
        for _ in range(50):
            if not (group / "cgroup.procs").read_text().strip():
                break
            for pid in (group / "cgroup.procs").read_text().split():
                os.kill(int(pid), 9)
            time.sleep(0.1)
        group.rmdir()
