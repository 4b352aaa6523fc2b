"""Faults: data files that say how to break something and how to mend it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import yaml

from lab.commands import LabError, run
from lab.fleet import AGENT_KINDS, Fleet
from lab.names import FABRIC, HERE
from lab.processes import enter


def fault(name: str) -> dict[str, Any]:
    """A fault file, by its name in faults/ or in the directory FAULTS_DIR, or by its path."""
    places = [Path(name), HERE / "faults" / f"{name}.yml"]
    if os.environ.get("FAULTS_DIR"):
        places.append(Path(os.environ["FAULTS_DIR"]) / f"{name}.yml")
    for path in places:
        if path.is_file():
            return dict(yaml.safe_load(path.read_text()))
    raise LabError(f"no fault {name!r}; `lab.py faults` lists them")


def steps(fleet: Fleet, entries: list[dict[str, str]]) -> None:
    """Run the steps of a fault, each on a host or, with `on: fabric`, where the cables are."""
    for step in entries:
        where = step["on"]
        prefix = ["ip", "netns", "exec", FABRIC] if where == "fabric" else enter(fleet.hosts[where])
        run(*prefix, "/bin/bash", "-c", step["run"])


def list_faults() -> None:
    for path in sorted((HERE / "faults").glob("*.yml")):
        print(f"{path.stem:8} {yaml.safe_load(path.read_text())['title']}")


def forget(fleet: Fleet) -> None:
    """Empty the agents' logs, so that the last fault is not taken for the next one's past."""
    for host in fleet.of_role(*AGENT_KINDS):
        run(*enter(host), "/bin/sh", "-c", ": >/var/log/midolman/upstart-stderr.log; : >/var/log/midolman/midolman.log")
