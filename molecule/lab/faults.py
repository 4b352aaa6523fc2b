"""Faults in the lab that is up: inject them with proof, undo them, and wait until the lab is healthy again."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from lab.collection import did_you_mean
from lab.commands import LabError, run
from lab.fault_file import OURS, Fault, FaultError, Sign, Step, every, items, load
from lab.fleet import AGENT_KINDS, GROUPS, Fleet
from lab.lifecycle import running
from lab.looking import Seen, health, into, look, look_at, wait
from lab.names import STATE
from lab.processes import enter, pid_of

STEP_SECONDS = 120
BEFORE_SECONDS = 5.0
# After the undo: a session must be taken up again, a watchdog wait, BGP connect anew.
HEALTHY_WITHIN_SECONDS = 180.0
INJECTED = STATE / "injected"


class NotShown(LabError):
    """The evidence of a fault does not show what its file says. One line for each sign."""

    def __init__(self, when: str, seen: Iterable[Seen]) -> None:
        super().__init__("\n".join(f"{when}: {one}" for one in seen))


def fleet_up() -> Fleet:
    """The lab that is up. Raises LabError when there is none."""
    fleet = running()
    if fleet is None:
        raise LabError("no lab is up; `make lab-up` builds one")
    return fleet


def meant(fault: Fault, fleet: Fleet) -> Fault:
    """The fault in this fleet: what is said of a rack or of a kind of hosts is said of each of them.

    Raises LabError when it speaks of what this fleet does not have.
    """
    for wanted, has, what in ((fault.generation, fleet.generation, "generation"), (fault.tunnels, fleet.tunnels, "tunnels:")):
        if wanted not in ("", has):
            raise LabError(f"{fault.id}: not for this fleet: needs {what} {wanted}, and this lab has {has}")
    places = {name: [name] for name in ("fabric", *fleet.hosts)} | groups(fleet)
    if missing := sorted(fault.hosts - set(places)):
        raise LabError(f"{fault.id}: not for this fleet: needs {', '.join(missing)}, and there is no such host"
                       f"{did_you_mean(missing[0], fleet.hosts) or did_you_mean(missing[0], places)}")  # fmt: skip

    def each(rows: Iterable[Any], word: str) -> tuple[Any, ...]:
        return tuple(replace(row, **{word: name}) for row in rows for name in places.get(getattr(row, word), [getattr(row, word)]))

    steps = {word: each(getattr(fault, word), "on") for word in ("inject", "undo", "evidence")}
    return replace(fault, **steps, roots=each(fault.roots, "host"), warns=each(fault.warns, "host"))


def groups(fleet: Fleet) -> dict[str, list[str]]:
    """The hosts of the inventory by rack (rack1) and by kind (compute); of none there is no entry."""
    found: dict[str, list[str]] = {}
    for host in fleet.of_role(*GROUPS):
        found.setdefault(host.underlay, []).append(host.name)
        found.setdefault(host.role, []).append(host.name)
    return found


def fits(fault: Fault, fleet: Fleet) -> Fault:
    """The fault as it is meant in this fleet. Raises LabError when it cannot be injected there now."""
    here = meant(fault, fleet)
    down = sorted(name for name in here.hosts if pid_of(fleet.hosts[name]) is None)
    if down:
        raise LabError(f"{fault.id}: of its hosts {', '.join(down)} does not run")
    return here


def take(fleet: Fleet, step: Step) -> None:
    """Run one step. Raises LabError with what it said when it fails or does not end."""
    command = [*into(fleet, step.on), "/bin/bash", "-c", step.run]
    try:
        # What a step starts in the background may keep its output open: that goes nowhere.
        ran = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=STEP_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise LabError(f"on {step.on}: {step.run}: did not end within {STEP_SECONDS} s") from error
    if ran.returncode:
        said = " ".join((ran.stderr or ran.stdout).decode("utf-8", "replace").split())
        raise LabError(f"on {step.on}: {step.run}: exit code {ran.returncode}{said and f': {said[-300:]}'}")


def inject(fleet: Fleet, fault: Fault) -> None:
    """Break it, as `fits` returned it. Before that the evidence must look healthy and after it broken, else NotShown is raised.

    What cannot be injected as a whole, or is not proved, is undone; steps of the undo that failed are notes of the exception.
    """
    if fault.id in {one.id for one in injected()}:
        raise LabError(f"{fault.id}: is injected already; make unfault FAULT={fault.id} mends it")
    others = wait(fleet, fault.evidence, "healthy", BEFORE_SECONDS)
    if others:
        raise NotShown("before the injection", others)
    _remember(fault)
    try:
        for step in fault.inject:
            take(fleet, step)
        others = wait(fleet, fault.evidence, "broken", fault.within_s)
        if others:
            raise NotShown(f"{fault.within_s:.0f} s after the injection", others)
    except BaseException as error:
        for line in undo(fleet, fault):
            error.add_note(f"undo {line}")
        raise


def undo(fleet: Fleet, fault: Fault) -> list[str]:
    """Mend it: every step is taken, also after one that fails. What failed, one line each."""
    failed = []
    for step in fault.undo:
        try:
            take(fleet, step)
        except LabError as error:
            failed.append(str(error))
    (INJECTED / fault.id).unlink(missing_ok=True)
    return failed


def _remember(fault: Fault) -> None:
    """Keep all that the undo needs: when it is time, this process may be dead, and the fault's file another one."""
    INJECTED.mkdir(exist_ok=True)
    (INJECTED / fault.id).write_text(json.dumps({**asdict(fault), "path": str(fault.path.resolve())}))


def recover(fleet: Fleet, faults: Iterable[Fault], seconds: float = HEALTHY_WITHIN_SECONDS) -> None:
    """Wait until the evidence of these faults and the lab's own health look healthy; leave nothing behind that tells of them.

    Raises NotShown when they do not in time.
    """
    end = time.monotonic() + seconds
    evidence = [sign for fault in faults for sign in fault.evidence]
    # Agents may end once more before all is well: only then are their logs of the past.
    for signs in (health(fleet), [*evidence, *health(fleet)]):
        forget(fleet)
        others = wait(fleet, signs, "healthy", max(0.0, end - time.monotonic()))
        if others:
            raise NotShown(f"{seconds:.0f} s after the undo", others)
    forget(fleet)


def forget(fleet: Fleet) -> None:
    """Empty the agents' logs and drop what the kernel has learnt about neighbours and paths, so that the past is over."""
    for host in fleet.hosts.values():
        if pid_of(host) is None:
            continue
        clean = "ip neigh flush all; ip route flush cache; "
        if host.role in AGENT_KINDS:
            clean += "for log in /var/log/midolman/upstart-stderr.log /var/log/midolman/midolman.log; do : >$log; done; "
            clean += "while read -r short namespace rest; do ip -n $namespace neigh flush all; done </etc/lab-bgp; " if host.role == "gateway" else ""
        run(*enter(host), "/bin/bash", "-c", clean + "true")


def injected() -> list[Fault]:
    """What was injected and not undone yet, the latest first, with the steps of that time."""
    files = sorted(INJECTED.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True) if INJECTED.is_dir() else []
    return [_remembered(json.loads(path.read_text())) for path in files]


def _remembered(told: dict[str, Any]) -> Fault:
    steps = {key: tuple(Step(**one) for one in told[key]) for key in ("inject", "undo")}
    signs = tuple(Sign(**one) for one in told["evidence"])
    return Fault(told["id"], told["title"], Path(told["path"]), steps["inject"], steps["undo"], signs, roots=())


# ---- what the command line offers


def tell_all() -> None:
    """List every fault; raises FaultError with a line for each file that cannot be used."""
    faults, errors = every()
    for fault in faults:
        waits = f"   [waits for {', '.join(fault.waits_for)}]" if fault.waits_for else ""
        theirs = "" if fault.path.parent == OURS else f"   [{fault.path}]"
        print(f"{fault.id:8} {fault.title}{waits}{theirs}")
    if errors:
        raise FaultError("\n".join(errors))


def inject_for_people(names: list[str]) -> None:
    """Inject, show the evidence, and tell how to mend it."""
    fleet = fleet_up()
    for fault in [fits(load(name), fleet) for name in names]:
        print(f"{fault.id}: {fault.title}")
        inject(fleet, fault)
        for seen in look_at(fleet, fault.evidence):
            print(f"  {seen}")
        time.sleep(fault.settle_s)
        print(f"  mend it with: make unfault FAULT={fault.id}")


def undo_for_people(names: list[str]) -> None:
    """Undo these, or everything that was injected, and wait for health."""
    fleet = fleet_up()
    known = {fault.id: fault for fault in injected()}
    # What was injected is undone by the steps of that time.
    faults = [known.get(name) or fits(load(name), fleet) for name in names] or list(known.values())
    if not faults:
        print("nothing was injected")
    for fault in faults:
        for line in undo(fleet, fault):
            # After an injection that was cut short, some of it was never there.
            print(f"{fault.id}: undo {line}")
    recover(fleet, faults)
    print("the lab is healthy again" if faults else "the lab is healthy")


def tell_of(place: str, asked: str) -> None:
    """Print what an item of evidence, or a command, says on a host."""
    sign = Sign(on=place, item=asked) if asked in items() else Sign(on=place, run=asked)
    if sign.item and place == "fabric":
        raise LabError("items are asked of hosts; of fabric, ask a command")
    print(look(fleet_up(), sign).text, end="")


def tell_health() -> None:
    """Raises NotShown when the lab does not show what health.yml says."""
    fleet = fleet_up()
    others = [seen for seen in look_at(fleet, health(fleet)) if seen.state != "healthy"]
    if others:
        raise NotShown("now", others)
    print("the lab is healthy")
