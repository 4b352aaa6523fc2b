"""The command line of the lab."""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import yaml

from lab import faults, lifecycle, trying
from lab.commands import LabError
from lab.fleet import KINDS, Fleet, known, load
from lab.names import CONTROLLER, LAB
from lab.processes import enter
from lab.traces import traces

DESCRIPTION = """\
A small MidoNet cloud on one Linux machine: every host a set of namespaces with its own root, SSH and services.

Real: OpenSSH, ZooKeeper, Cassandra, Neutron, FRR, chrony, VXLAN of the kernel or of Open vSwitch, iproute2, nftables, iptables.
Stand-ins, because MidoNet's agent and its kernel module cannot be had: midolman, wdog, mm-dpctl, mm-ctl, mm-meter, mm-trace,
mn-conf, midonet-cli and the REST API. They print the texts of the real tools about the interfaces, flows and bindings that the
host really has. docs/lab.md tells more.
"""
EPILOG = """\
Several labs can be up side by side: MIDONET_LAB=NAME says which one is meant. All that a lab has lies under
/run/midonet-lab/NAME and in network namespaces named mnlab-NAME-…; what is made once and only read is in MIDONET_LAB_CACHE
(/var/cache/midonet-lab). Linux and root are needed. Nothing is left in the machine's own network namespace, and a host
dies with its first process.
"""


FAULTS: dict[str, Callable[[argparse.Namespace], None]] = {
    "faults": lambda _arguments: faults.tell_all(),
    "inject": lambda arguments: faults.inject_for_people(arguments.faults),
    "undo": lambda arguments: faults.undo_for_people(arguments.faults),
    "look": lambda arguments: faults.tell_of(arguments.host, arguments.item),
    "health": lambda _arguments: faults.tell_health(),
}


def parser() -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    top = argparse.ArgumentParser(prog="lab.py", description=DESCRIPTION, epilog=EPILOG, formatter_class=raw)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")

    one = add("up", "build the fleet and wait until it serves")
    one.add_argument("--fleet", default="default", help=f"a fleet file, or one that comes along: {', '.join(known())} (%(default)s)")
    one.add_argument("--generation", choices=["A", "B"], default="", help="another generation of MidoNet than the file says")
    one.add_argument("--only", default="", metavar="HOST,…", help="only these hosts, without waiting for what they serve")
    one.add_argument("--without", default="", metavar="KIND,…", help="leave out all hosts of a kind, such as cassandra, which starts slowly")
    one.add_argument("--wait", type=float, default=180, metavar="SECONDS", help="until it serves; then it is an error (%(default)s)")
    one = add("prepare", "make what is made once, unless it is there; up does it, too")
    one.add_argument("--fleet", default="default", help="for this fleet (%(default)s)")
    one.add_argument("--without", default="", metavar="KIND,…", help="as of up")
    add("down", "remove every trace of the lab; may be called at any time")
    add("list", "the hosts, their addresses, and whether they run")
    add("shell", "a shell on a host").add_argument("host")
    one = add("exec", "run one command on a host")
    one.add_argument("host")
    one.add_argument("words", nargs=argparse.REMAINDER, metavar="COMMAND …")
    add("run", "run a command on the controller, from where the hosts can be reached").add_argument(
        "words", nargs=argparse.REMAINDER, metavar="COMMAND …"
    )
    add("inventory", "print the Ansible inventory")
    add("traces", "count what the lab has on the machine; nothing when it is down")
    add("faults", "the faults that can be injected, those of the directory FAULTS_DIR too")
    fault = {"metavar": "FAULT", "help": "the id of a fault, or the path of a file"}
    add("inject", "make something break; shows the evidence of it, and tells how to mend it").add_argument("faults", nargs="+", **fault)
    add("undo", "mend these faults, or all that were injected, and wait until the lab is healthy").add_argument("faults", nargs="*", **fault)
    one = add("try", "inject, diagnose and compare, one fault after the other; all when none is named")
    one.add_argument("faults", nargs="*", **fault)
    one.add_argument("--json", type=Path, metavar="FILE", help="write all results there")
    one.add_argument("--junit", type=Path, metavar="FILE", help="write them there as JUnit")
    one.add_argument("--keep", type=Path, metavar="DIRECTORY", help="keep the record of each run there")
    add("health", "tell whether the lab shows what health.yml says")
    one = add("look", "what an item of evidence says on a host, or a command in quotes: for the patterns of a fault file")
    one.add_argument("host")
    one.add_argument("item")
    return top


def main() -> int:
    # Who pipes this into `head` has read enough.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    # Ended from outside is like interrupted: what was begun is undone first.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupted)
    arguments = parser().parse_args()
    try:
        # The list of faults needs no lab.
        if arguments.command != "faults" and (not sys.platform.startswith("linux") or os.geteuid() != 0):
            raise LabError("the lab needs Linux and root")
        if not re.fullmatch("[a-z0-9]{1,20}", LAB):
            raise LabError("MIDONET_LAB is a word of small letters and digits, 20 at most")
        return dispatch(arguments)
    except LabError as error:
        for line in [*str(error).splitlines(), *getattr(error, "__notes__", ())]:
            print(f"lab: {line}", file=sys.stderr)
        return 1
    except OSError as error:  # the machine's own: a disk that is full, memory or processes that cannot be had
        print(f"lab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("lab: interrupted", file=sys.stderr)
        return 130


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def dispatch(arguments: argparse.Namespace) -> int:
    if arguments.command == "down":
        lifecycle.down()
    elif arguments.command == "up":
        build(load(arguments.fleet, arguments.generation, kinds(arguments.without)), words(arguments.only), arguments.wait)
    elif arguments.command == "prepare":
        lifecycle.prepare(load(arguments.fleet, without=kinds(arguments.without)))
    elif arguments.command == "traces":
        print("".join(f"{len(things):5} {kind}\n" for kind, things in traces().items() if things), end="")
    elif arguments.command == "run":
        return subprocess.run(["ip", "netns", "exec", CONTROLLER, *arguments.words], check=False).returncode
    elif arguments.command == "try":
        return trying.try_all(arguments.faults, arguments.json, arguments.junit, arguments.keep)
    elif arguments.command in FAULTS:
        FAULTS[arguments.command](arguments)
    else:
        fleet = lifecycle.running() or load("default")
        if arguments.command in ("shell", "exec"):
            if arguments.host not in fleet.hosts:
                raise LabError(f"no host {arguments.host!r}; there are {', '.join(fleet.hosts)}")
            command = arguments.words if arguments.command == "exec" else ["/bin/bash", "-l"]
            return subprocess.run([*enter(fleet.hosts[arguments.host]), *command], check=False).returncode
        tell(arguments, fleet)
    return 0


def words(text: str) -> frozenset[str]:
    return frozenset(filter(None, text.split(",")))


def kinds(text: str) -> frozenset[str]:
    """The kinds of hosts that a list names."""
    if wrong := words(text) - set(KINDS):
        raise LabError(f"no kind {', '.join(sorted(wrong))}; there are {', '.join(KINDS)}")
    return words(text)


def build(fleet: Fleet, only: frozenset[str], wait: float) -> None:
    try:
        lifecycle.up(fleet, only, wait)
    except (KeyboardInterrupt, LabError, OSError) as error:
        why = "interrupted" if isinstance(error, KeyboardInterrupt) else str(error)
        if not lifecycle.building():
            raise LabError(why) from None
        lifecycle.down()
        raise LabError(f"{why}; what was built is removed again") from None


def tell(arguments: argparse.Namespace, fleet: Fleet) -> None:
    """The commands that only show."""
    if arguments.command == "list":
        lifecycle.show(fleet)
    else:
        print(yaml.safe_dump(fleet.inventory(), sort_keys=False), end="")
