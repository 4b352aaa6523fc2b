"""What of a lab is on the machine: when it is down, nothing must be."""

from __future__ import annotations

import os
from pathlib import Path

from lab.commands import run
from lab.names import LAB, PREFIX, STATE
from lab.processes import MEMBER, builders, inside, namespaces


def traces() -> dict[str, list[str]]:
    """Everything that this lab has on the machine, by kind; a kind of which there is nothing has an empty list."""
    links = run("ip", "-o", "link", "show").stdout.splitlines()
    mounts = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    members = _members()
    return {
        "namespaces": namespaces(),
        "mounts": [mount for mount in mounts if mount.startswith(str(STATE)) or PREFIX in mount],
        "links": [line.split()[1] for line in links if PREFIX in line],
        "processes": [f"{pid} {_name(pid)}" for pid in sorted(members | set(inside(namespaces())) | set(builders()))],
        "files": [str(path) for path in (STATE, *Path("/tmp").glob(f"*{PREFIX}*"), *Path("/run").glob(f"*{PREFIX}*")) if path.exists()],
    }


def _members() -> set[int]:
    """The processes that bear the mark of this lab, which every process of a host inherits from its first one."""
    mark, found = f"{MEMBER}={LAB}".encode(), set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes().split(b"\0") and int(process.name) != os.getpid():
                found.add(int(process.name))
        except OSError:  # it has ended
            continue
    return found


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")[:80]
    except OSError:
        return ""
