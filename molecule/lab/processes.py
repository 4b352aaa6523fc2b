"""A host as the machine sees it: the process that it hangs on, and every other in its namespaces."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from lab.commands import LabError
from lab.fleet import Host
from lab.names import DEFAULT, HERE, LAB, PREFIX

NETNS = Path("/run/netns")
# The variable that marks every process of a host as one of this lab's.
MEMBER = "MIDONET_LAB_MEMBER"


def namespaces() -> list[str]:
    """The named network namespaces of this lab."""
    return sorted(path.name for path in NETNS.glob(f"{PREFIX}*"))


def start(host: Host, layers: list[Path], cassandra: Path) -> None:
    """Give the host a root, namespaces and a first process; the host lives as long as that process.

    `layers` lie under the host's own, the first on top; `cassandra` is where its programs are, for the hosts that run it.
    """
    for part in ("work", "root"):
        (host.directory / part).mkdir(parents=True, exist_ok=True)
    command = ["ip", "netns", "exec", host.namespace, "unshare", "--mount", "--uts", "--ipc", "--pid", "--fork", "--kill-child",
               "/bin/bash", str(HERE / "enter.sh"), host.name, ":".join(map(str, layers)), str(host.directory), str(cassandra)]  # fmt: skip
    with (host.directory / "console").open("w") as console:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True,
                                   env={**os.environ, MEMBER: LAB})  # fmt: skip
    # unshare forks: the host's first process is its only child.
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    for _ in range(500):
        pids = children.read_text().split() if children.exists() else []
        if pids:
            (host.directory / "pid").write_text(pids[0])
            return
        time.sleep(0.01)
    raise LabError(f"{host.name} did not start: {console_of(host)}")


def console_of(host: Host) -> str:
    """The end of what the host's first process said, on one line."""
    return " ".join((host.directory / "console").read_text().split())[-400:]


def pid_of(host: Host) -> int | None:
    """The first process of the host as the machine numbers it; None when the host does not run."""
    try:
        pid = int((host.directory / "pid").read_text())
        # The number may be another program's by now.
        mine = Path(f"/proc/{pid}/ns/net").stat().st_ino == (NETNS / host.namespace).stat().st_ino
    except (OSError, ValueError):
        return None
    return pid if mine else None


def enter(host: Host) -> list[str]:
    """The command prefix that runs something on the host."""
    pid = pid_of(host)
    if pid is None:
        raise LabError(f"{host.name} does not run; `make lab-list` tells what does")
    return ["env", "-C", "/", "nsenter", "-t", str(pid), "-m", "-u", "-i", "-n", "-p", "-r", "-w"]


def inside(names: Iterable[str]) -> Iterator[int]:
    """The processes in these network namespaces. Namespaces within a host are not looked at: they die with the host's first process."""
    wanted = {(NETNS / name).stat().st_ino for name in names if (NETNS / name).exists()}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "ns/net").stat().st_ino in wanted:
                yield int(process.name)
        except OSError:  # it has ended, or is the kernel's
            continue


def end_all(seconds: float = 10) -> None:
    """Kill every process of this lab, and wait until there is none."""
    deadline = time.monotonic() + seconds
    while pids := [*inside(namespaces()), *builders()]:
        if time.monotonic() > deadline:
            raise LabError(f"processes that do not end: {' '.join(map(str, pids))}")
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.02)


def builders() -> list[int]:
    """The processes that build this lab at the moment, or wait to: what they make would come after what is removed."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            variables = (process / "environ").read_bytes().split(b"\0")
        except OSError:  # it has ended
            continue
        named = [one.partition(b"=")[2].decode(errors="replace") for one in variables if one.startswith(b"MIDONET_LAB=")]
        builds = any(word.endswith(b"lab.py") and verb == b"up" for word, verb in itertools.pairwise(words))
        if builds and (next(filter(None, named), DEFAULT)) == LAB and int(process.name) != os.getpid():
            found.append(int(process.name))
    return found
