#!/usr/bin/env python3
"""Bring the lab up and down many times, kill it in the middle, and count what is left: nothing must be.

    endure.py [--times N] [--fleet FLEET] [--without KIND,…]

Prints a line a step; ends with 1 when something was left, or when a step that must work did not. Linux and root are needed.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[0] = str(HERE.parent)

from lab.names import LAB  # noqa: E402
from lab.processes import namespaces  # noqa: E402
from lab.traces import traces  # noqa: E402

# When the killing comes, in seconds after the beginning.
KILL_UP = (0.1, 0.3, 0.6, 1.0, 1.5, 2.5, 5.0)
KILL_DOWN = (0.03, 0.08, 0.15, 0.3)


def lab(*words: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(HERE / "lab.py"), *words]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True)


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

    def must(self, *words: str) -> str:
        process = lab(*words)
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
    trial.step("down, when there is none", lambda: trial.must("down"))
    trial.step("up and down once more", trial.up_and_down)
    print(f"{trial.wrong} steps went wrong")
    return 1 if trial.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
