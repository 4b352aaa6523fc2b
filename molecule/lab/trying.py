"""Inject faults into the lab, one after the other, and compare the named causes with those that each fault expects.

For each: its evidence looks healthy, it is injected, its evidence looks broken, troubleshoot runs over SSH, the causes are compared,
it is undone, and the lab looks healthy again. Before the first and after the last, troubleshoot must find no cause in the healthy lab.

    exact       the named causes are those of the file, and nothing else
    waits       a check that it expects does not exist yet; what exists is named, and nothing that the file forbids
    NOT EXACT   something was not named, or something else was
    FORBIDDEN   a check was named that the file says must not be
    NO PROOF    the evidence did not look as the file says, so that a diagnosis would prove nothing
    FAILED      a step failed, or troubleshoot itself
"""

from __future__ import annotations

import difflib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from lab.collection import ROOT
from lab.commands import LabError
from lab.fault_file import Fault, FaultError, Named, checks, every, load
from lab.faults import NotShown, fits, fleet_up, inject, injected, recover, undo
from lab.fleet import Fleet
from lab.names import CONTROLLER, INVENTORY

GOOD = ("exact", "waits")
HEALTHY = "healthy"
MANY = 4
RUN_SECONDS = 600
# All hosts of the lab share the processors of one machine, and perhaps not with each other alone.
HOST_SECONDS = 120


@dataclass
class Result:
    """What came of one fault. `named` and `warned` are "check@subject"; seconds by phase."""

    id: str
    title: str
    verdict: str
    fleet: str
    generation: str
    why: str = ""
    named: list[str] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)
    waits_for: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        spent = " + ".join(f"{phase} {seconds:.0f}" for phase, seconds in self.seconds.items() if round(seconds))
        told = f"; named: {in_short(self.named) or 'nothing'}" if self.verdict not in ("NO PROOF", "FAILED") else ""
        return f"{self.id:8} {self.verdict:10} {self.title} ({sum(self.seconds.values()):.0f} s: {spent}){f'; {self.why}' if self.why else ''}{told}"


def in_short(named: list[str]) -> str:
    """Findings for one line: of a check on many subjects the first, and how many there are."""
    by_check: dict[str, list[str]] = {}
    for one in named:
        by_check.setdefault(one.partition("@")[0], []).append(one)
    return ", ".join(", ".join(some) if len(some) <= MANY else f"{some[0]} and {len(some) - 1} more" for some in by_check.values())


# ---- what was named, and what should have been


def findings_of(diagnosis: dict[str, Any], status: str) -> list[dict[str, Any]]:
    """The findings that are named as causes at fail, or (status "warn") that are warnings, whether a cause or for themselves."""
    causes = [one for cause in diagnosis["causes"] for one in cause["findings"]]
    if status == "fail":
        return [one for one in causes if one["status"] == "fail"]
    return [one for one in causes if one["status"] == "warn"] + [one for warning in diagnosis["warnings"] for one in warning["findings"]]


def cards(diagnosis: dict[str, Any]) -> int:
    """How many causes are named at fail."""
    return sum(any(one["status"] == "fail" for one in cause["findings"]) for cause in diagnosis["causes"])


def label(finding: dict[str, Any]) -> str:
    subject = finding["subject"]
    return str(Named(finding["check"], subject["host"], subject["name"], subject["peer"]))


def judge(fault: Fault, diagnosis: dict[str, Any]) -> tuple[str, str]:
    """The verdict on a diagnosis, and why."""
    failed, warned = findings_of(diagnosis, "fail"), findings_of(diagnosis, "warn")
    if diagnosis["tool_errors"]:
        return "FAILED", f"the tool itself failed: {'; '.join(diagnosis['tool_errors'])}"
    forbidden = sorted({one["check"] for one in failed} & set(fault.never))
    if forbidden:
        return "FORBIDDEN", f"names {', '.join(forbidden)}"
    missing = [str(one) for one in fault.roots if one.check in checks() and not any(one.fits(found) for found in failed)]
    missing += [f"warning {one}" for one in fault.warns if one.check in checks() and not any(one.fits(found) for found in warned)]
    other = sorted({label(found) for found in failed if not any(one.fits(found) for one in fault.roots)})
    wrong = [f"not named: {', '.join(missing)}"] if missing else []
    wrong += [f"named besides: {', '.join(other)}"] if other and not fault.waits_for else []
    if fault.cards not in (None, cards(diagnosis)) and not fault.waits_for:
        wrong.append(f"{cards(diagnosis)} causes instead of {fault.cards}")
    if wrong:
        return "NOT EXACT", "; ".join(wrong)
    return ("waits", f"for {', '.join(map(_or_meant, fault.waits_for))}") if fault.waits_for else ("exact", "")


def _or_meant(name: str) -> str:
    """A check that does not exist, with the one that a slip of the pen would have made it from."""
    meant = difflib.get_close_matches(name, checks(), 1, cutoff=0.9)
    return f'{name} (did you mean "{meant[0]}"?)' if meant else name


# ---- one run


def troubleshoot(directory: Path) -> dict[str, Any]:
    """One run over SSH from the lab's controller; its diagnosis. Raises LabError when the run itself fails."""
    command = ["ip", "netns", "exec", CONTROLLER, str(Path(sys.executable).with_name("ansible-playbook")), "midonet.diagnostics.troubleshoot",
               "-i", str(INVENTORY), "-e", f"midonet_record_dir={directory}", "-e", f"midonet_host_deadline={HOST_SECONDS}"]  # fmt: skip
    settings = {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".build")}
    ran = subprocess.run(command, env={**os.environ, **settings}, cwd=ROOT, capture_output=True, text=True, timeout=RUN_SECONDS, check=False)
    found = sorted(directory.glob("*/diagnosis.json"))
    if ran.returncode not in (0, 2) or not found:
        raise LabError(f"troubleshoot ended with {ran.returncode}: {' '.join((ran.stdout + ran.stderr).split())[-600:]}")
    return dict(json.loads(found[-1].read_text("utf-8")))


class Clock:
    """Seconds spent by phase."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.monotonic()

    def lap(self, phase: str) -> None:
        now = time.monotonic()
        self.seconds[phase] = self.seconds.get(phase, 0.0) + round(now - self._last, 1)
        self._last = now


def diagnosed(name: str, keep: Path | None) -> dict[str, Any]:
    if keep is not None:
        (keep / name).mkdir(parents=True, exist_ok=True)
        return troubleshoot(keep / name)
    with tempfile.TemporaryDirectory(prefix="midonet-faults-") as directory:
        return troubleshoot(Path(directory))


def attempt(fleet: Fleet, fault: Fault, keep: Path | None) -> Result:
    """Inject, diagnose, compare, undo, recover; whatever happens, the undo is tried."""
    clock = Clock()
    result = Result(fault.id, fault.title, "FAILED", fleet.name, fleet.generation, waits_for=list(fault.waits_for), seconds=clock.seconds)
    try:
        fault = fits(fault, fleet)
    except LabError as error:
        result.why = str(error)
        return result
    failed: list[str] = []
    try:
        inject(fleet, fault)
        clock.lap("inject")
        try:
            time.sleep(fault.settle_s)
            clock.lap("settle")
            _diagnose(result, fault, keep)
        finally:
            # Also when somebody interrupts.
            failed = undo(fleet, fault)
    except (LabError, subprocess.TimeoutExpired) as error:
        _spoil(result, error)
    clock.lap("diagnose")
    try:
        recover(fleet, [fault])
        if failed:
            raise LabError(f"undo {'; '.join(failed)}")
    except (LabError, subprocess.TimeoutExpired) as error:
        _spoil(result, error)
    clock.lap("recover")
    return result


def _diagnose(result: Result, fault: Fault | None, keep: Path | None) -> None:
    diagnosis = diagnosed(result.id, keep)
    result.named = sorted({label(one) for one in findings_of(diagnosis, "fail")})
    result.warned = sorted({label(one) for one in findings_of(diagnosis, "warn")})
    result.verdict, result.why = judge(fault, diagnosis) if fault else _nothing(diagnosis)


def _nothing(diagnosis: dict[str, Any]) -> tuple[str, str]:
    """The verdict on the diagnosis of a healthy lab."""
    if diagnosis["tool_errors"]:
        return "FAILED", f"the tool itself failed: {'; '.join(diagnosis['tool_errors'])}"
    return ("NOT EXACT", "nothing should be named") if findings_of(diagnosis, "fail") else ("exact", "")


def _spoil(result: Result, error: Exception) -> None:
    """What went wrong counts more than a verdict, and does not hide it."""
    said = f"{result.verdict} {result.why}".strip()
    before = f" (before that: {said})" if result.why or result.verdict in GOOD else ""
    result.verdict = "NO PROOF" if isinstance(error, NotShown) else "FAILED"
    result.why = "; ".join([*str(error).splitlines(), *getattr(error, "__notes__", ())]) + before


def healthy(name: str, keep: Path | None) -> Result:
    """The lab as it is: nothing may be named at fail."""
    clock = Clock()
    fleet = fleet_up()
    result = Result(name, "nothing is injected", "FAILED", fleet.name, fleet.generation, seconds=clock.seconds)
    try:
        recover(fleet, [])
        clock.lap("recover")
        _diagnose(result, None, keep)
    except (LabError, subprocess.TimeoutExpired) as error:
        _spoil(result, error)
    clock.lap("diagnose")
    return result


def attempts(faults: list[Fault], keep: Path | None) -> Iterator[Result]:
    yield healthy(HEALTHY, keep)
    for fault in faults:
        yield attempt(fleet_up(), fault, keep)
    yield healthy(f"{HEALTHY}-again", keep)


# ---- reports


def write_junit(path: Path, results: list[Result]) -> None:
    bad = [one for one in results if one.verdict not in GOOD]
    suite = ElementTree.Element("testsuite", name="faults", tests=str(len(results)), failures=str(len(bad)))
    for one in results:
        case = ElementTree.SubElement(suite, "testcase", classname="faults", name=f"{one.id} {one.title}", time=f"{sum(one.seconds.values()):.1f}")
        if one.verdict == "waits":
            ElementTree.SubElement(case, "skipped", message=one.why)
        elif one.verdict not in GOOD:
            ElementTree.SubElement(case, "failure", message=f"{one.verdict}: {one.why}").text = f"named: {', '.join(one.named) or 'nothing'}"
    path.write_bytes(ElementTree.tostring(suite, encoding="utf-8", xml_declaration=True))


def chosen(names: list[str]) -> list[Fault]:
    """The faults that were named, or all that the fleet has the hosts for. Raises FaultError when a file is wrong."""
    if names:
        return [load(name) for name in names]
    faults, errors = every()
    if errors:
        raise FaultError("\n".join(errors))
    fleet, fitting = fleet_up(), []
    for fault in faults:
        try:
            fits(fault, fleet)
            fitting.append(fault)
        except LabError as error:
            print(f"left out: {error}", flush=True)
    return fitting


def try_all(names: list[str], json_file: Path | None, junit_file: Path | None, keep: Path | None) -> int:
    """Try these faults, or all; one line each as it goes. The exit code: 1 when anything was wrong."""
    if left := injected():
        raise LabError(f"{', '.join(fault.id for fault in left)}: injected, and not mended; make unfault mends it")
    results: list[Result] = []
    for result in attempts(chosen(names), keep):
        results.append(result)
        print(result, flush=True)
        # Written after each: a run that is killed has told what it knew.
        if json_file:
            json_file.write_text(json.dumps([asdict(one) for one in results], indent=1) + "\n", "utf-8")
        if junit_file:
            write_junit(junit_file, results)
    tally = {verdict: sum(one.verdict == verdict for one in results) for verdict in sorted({one.verdict for one in results})}
    print(", ".join(f"{count} {verdict}" for verdict, count in tally.items()))
    return 0 if all(one.verdict in GOOD for one in results) else 1
