#!/usr/bin/env python3
# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How long the analysis of large fleets takes, and how much memory: one process each, one core.

    benchmarks/analyse.py [--hosts 1000 --hosts 10000] [--fault S35] [--profile] [--keep DIRECTORY]

Records are generated first; the steps are those of a run: facts of each host, facts of the fleet, judging, naming, reports.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import os
import pstats
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / ".build"), str(ROOT / "molecule")]


def generate(path: Path, hosts: int, faults: list[str]) -> None:
    from generator.generate import fleet  # noqa: PLC0415
    from generator.write import write  # noqa: PLC0415

    made, _expected = fleet(hosts, "B", 1, tuple(faults))
    write(made, path)


def analyse(path: Path) -> dict[str, float]:
    """Seconds of processor time for each step."""
    from ansible_collections.midonet.diagnostics.plugins.plugin_utils import analysis  # noqa: PLC0415
    from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.record import Record  # noqa: PLC0415

    record = Record.open(path)
    took: dict[str, float] = {}

    def step(name: str, do: Callable[[], Any]) -> Any:
        began = time.process_time()
        result = do()
        took[name] = time.process_time() - began
        return result

    step("facts", lambda: [analysis.facts_of(record, host) and None for host in record.hosts()])
    step("fleet", lambda: analysis.fleet_of(record) and None)
    step("judge", lambda: [analysis.judge(Record.open(path), role) and None for role in analysis.roles()])
    told = step("diagnose", lambda: analysis.diagnose(record))
    step("render", lambda: analysis.render(record, told))
    return took


def _child(step: str, path: Path, hosts: int, faults: list[str], profile: bool) -> None:
    """One step in a process of its own, so that its memory can be told apart."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    profiler = cProfile.Profile() if profile else None
    began, cpu = time.perf_counter(), time.process_time()
    took: dict[str, float] = {}
    if profiler:
        profiler.enable()
    if step == "generate":
        generate(path, hosts, faults)
    else:
        took = analyse(path)
    if profiler:
        profiler.disable()
        pstats.Stats(profiler, stream=sys.stderr).sort_stats("tottime").print_stats(25)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"total": time.perf_counter() - began, "cpu": time.process_time() - cpu, "peak_mib": peak, **took}))


def main() -> int:
    parser = argparse.ArgumentParser(description="How long the analysis of large fleets takes.")
    parser.add_argument("--hosts", type=int, action="append", help="may be repeated (default: 1000 and 10000)")
    parser.add_argument("--fault", action="append", default=[], help="a fault of the generator")
    parser.add_argument("--profile", action="store_true", help="where the time goes, by function")
    parser.add_argument("--keep", type=Path, help="write the records here and leave them")
    parser.add_argument("--step", help=argparse.SUPPRESS)
    parser.add_argument("--path", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        _child(given.step, given.path, given.hosts[0], given.fault, given.profile)
        return 0
    print(f"{'hosts':>6} {'step':<9} {'seconds':>8} {'CPU s':>8} {'peak MiB':>9}  CPU s of each step")
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        for hosts in given.hosts or [1000, 10000]:
            path = (given.keep or Path(directory)) / f"fleet-{hosts}"
            for step in ("generate", "analyse"):
                command = [sys.executable, __file__, "--step", step, "--path", str(path), "--hosts", str(hosts)]
                command += [word for fault in given.fault for word in ("--fault", fault)] + (["--profile"] if given.profile else [])
                done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
                told = json.loads(done.stdout)
                steps = "  ".join(f"{name} {seconds:.1f}" for name, seconds in told.items() if name not in ("total", "cpu", "peak_mib"))
                print(f"{hosts:>6} {step:<9} {told['total']:>8.1f} {told['cpu']:>8.1f} {told['peak_mib']:>9.0f}  {steps}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
