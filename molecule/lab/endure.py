#!/usr/bin/env python3
"""Bring the lab up and down many times, kill it in the middle, make two at once, and count what is left: nothing must be.

    endure.py [--times N] [--fleet FLEET] [--without KIND,…]

Prints a line a step; ends with 1 when something was left, or when a step that must work did not. Linux and root are needed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[0] = str(HERE.parent)

from lab.names import CACHE, LAB  # noqa: E402
from lab.processes import namespaces  # noqa: E402
from lab.traces import traces  # noqa: E402

# When the killing comes, in seconds after the beginning.
KILL_UP = (0.1, 0.3, 0.6, 1.0, 1.5, 2.5, 5.0)
KILL_DOWN = (0.03, 0.08, 0.15, 0.3)
KILL_PREPARE = (3.0, 20.0)


def lab(*words: str, **environment: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(HERE / "lab.py"), *words]
    variables = {**os.environ, **environment}
    return subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


def left() -> str:
    """What is there of the lab, as counts; nothing is an empty text."""
    return ", ".join(f"{len(things)} {kind}" for kind, things in traces().items() if things)


class Trial:
    def __init__(self, up: list[str]) -> None:
        self.up, self.wrong = ["up", *up], 0

    def step(self, name: str, do: Callable[[], str]) -> None:
        """Do something, after which nothing may be left; it returns what else went wrong."""
        began = time.monotonic()
        problem = do() or (left() and f"LEFT: {left()}")
        self.wrong += bool(problem)
        print(f"{name:32} {time.monotonic() - began:6.1f} s  {problem or 'nothing left'}", flush=True)

    def must(self, *words: str, **environment: str) -> str:
        process = lab(*words, **environment)
        _, error = process.communicate()
        return f"{' '.join(words)} ended with {process.returncode}: {error.strip()[-200:]}" if process.returncode else ""

    def up_and_down(self) -> str:
        return self.must(*self.up) or ("" if namespaces() else "came up with nothing") or self.must("down")

    def killed_up(self, after: float) -> str:
        process = lab(*self.up)
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return self.must("down")

    def killed_down(self, after: float) -> str:
        if problem := self.must(*self.up):
            return problem
        process = lab("down")
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return self.must("down")

    def down_while_up(self) -> str:
        process = lab(*self.up)
        time.sleep(1)
        problem = self.must("down")
        process.communicate()
        return problem

    def two_at_once(self) -> str:
        first, second = lab(*self.up), lab(*self.up)
        first.communicate()
        second.communicate()
        won = [process.returncode for process in (first, second)].count(0)
        return self.must("down") or ("" if won == 1 else f"{won} of two that began at once came up")

    def side_by_side(self) -> str:
        """Another lab comes up beside this one, and stays when this one goes."""
        other = {"MIDONET_LAB": f"{LAB[:18]}x2"}
        try:
            first, second = lab(*self.up), lab(*self.up, **other)
            told = [process.communicate()[1] for process in (first, second)]
            if first.returncode or second.returncode:
                return f"not both came up: {' '.join(told).strip()[-200:]}"
            if problem := self.must("down"):
                return problem
            listed, _ = lab("list", **other).communicate()
            if " down" in listed or " up" not in listed:
                return "the other lab went, too"
        finally:
            problem = self.must("down", **other)
        traces_left, _ = lab("traces", **other).communicate()
        return problem or traces_left

    def killed_prepare(self, after: float) -> str:
        """What all labs share is made in a place of its own here: nothing of it may stay, nor anything of its makers run on."""
        CACHE.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(prefix="endure-", dir=CACHE))
        try:
            process = lab("prepare", MIDONET_LAB_CACHE=str(place))
            time.sleep(after)
            process.send_signal(signal.SIGKILL)
            process.communicate()
            problem = self.must("down", MIDONET_LAB_CACHE=str(place))
            stays = [path.name for path in place.iterdir() if path.suffix != ".lock"]
            runs = [line for line in subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout.splitlines() if str(place) in line]
            return problem or ", ".join(stays + runs)
        finally:
            shutil.rmtree(place, ignore_errors=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=10, help="up and down this often (%(default)s)")
    parser.add_argument("--fleet", default="default")
    parser.add_argument("--without", default="")
    arguments = parser.parse_args()
    trial = Trial(["--fleet", arguments.fleet, "--without", arguments.without])
    if there := left():
        print(f"lab {LAB} is up already: {there}", file=sys.stderr)
        return 1
    for number in range(arguments.times):
        trial.step(f"up and down, {number + 1}", trial.up_and_down)
    for after in KILL_UP:
        trial.step(f"up, killed after {after:.1f} s", lambda after=after: trial.killed_up(after))  # type: ignore[misc]
    for after in KILL_DOWN:
        trial.step(f"down, killed after {after:.2f} s", lambda after=after: trial.killed_down(after))  # type: ignore[misc]
    trial.step("down while it comes up", trial.down_while_up)
    trial.step("two at once", trial.two_at_once)
    trial.step("two labs side by side", trial.side_by_side)
    if shutil.which("mmdebstrap"):
        for after in KILL_PREPARE:
            trial.step(f"making the root, killed after {after:.0f} s", lambda after=after: trial.killed_prepare(after))  # type: ignore[misc]
    else:
        print("making the root, killed: LEFT OUT, mmdebstrap is not here")
    trial.step("down, when there is none", lambda: trial.must("down"))
    trial.step("up and down once more", trial.up_and_down)
    print(f"{trial.wrong} steps went wrong")
    return 1 if trial.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
