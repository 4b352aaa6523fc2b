"""The command line of the lab."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys

import yaml

from lab import faults, lifecycle
from lab.commands import LabError
from lab.fleet import KINDS, Fleet, known, load
from lab.names import CONTROLLER, LAB
from lab.processes import enter

DESCRIPTION = """\
A small MidoNet cloud on one Linux machine: every host a set of namespaces with its own root, SSH and services.

Real: OpenSSH, ZooKeeper, Cassandra, FRR, chrony, kernel VXLAN, iproute2, nftables, iptables. Stand-ins, because MidoNet's agent and
its kernel module cannot be had: midolman, wdog, mm-dpctl, mm-ctl, mm-trace, mn-conf, midonet-cli and the REST API. They print
the texts of the real tools about the interfaces, flows and bindings that the host really has. docs/lab.md tells more.
"""
EPILOG = """\
Several labs can be up side by side: MIDONET_LAB=NAME says which one is meant. All that a lab has lies under
/run/midonet-lab/NAME and in network namespaces named mnlab-NAME-…; what is made once and only read is in MIDONET_LAB_CACHE
(/var/cache/midonet-lab). Linux and root are needed. Nothing is left in the machine's own network namespace, and a host
dies with its first process.
"""


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
    for name, text in (("inject", "make something break"), ("undo", "mend what was broken")):
        add(name, text).add_argument("faults", nargs="+", metavar="FAULT", help="the name of a fault, or a file")
    add("faults", "the faults that can be injected")
    add("forget", "empty the agents' logs, so that the last fault is not taken for the next one's past")
    return top


def main() -> int:
    arguments = parser().parse_args()
    try:
        if not sys.platform.startswith("linux") or os.geteuid() != 0:
            raise LabError("the lab needs Linux and root")
        if not re.fullmatch("[a-z0-9]{1,20}", LAB):
            raise LabError("MIDONET_LAB is a word of small letters and digits, 20 at most")
        return dispatch(arguments)
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1


def dispatch(arguments: argparse.Namespace) -> int:
    if arguments.command == "down":
        lifecycle.down()
    elif arguments.command == "up":
        without = words(arguments.without)
        if wrong := without - set(KINDS):
            raise LabError(f"no kind {', '.join(sorted(wrong))}; there are {', '.join(KINDS)}")
        build(load(arguments.fleet, arguments.generation, without), words(arguments.only), arguments.wait)
    elif arguments.command == "run":
        return subprocess.run(["ip", "netns", "exec", CONTROLLER, *arguments.words], check=False).returncode
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


def build(fleet: Fleet, only: frozenset[str], wait: float) -> None:
    try:
        lifecycle.up(fleet, only, wait)
    except KeyboardInterrupt:
        lifecycle.down()
        raise LabError("interrupted, and removed again") from None


def tell(arguments: argparse.Namespace, fleet: Fleet) -> None:
    """The commands that show, break or mend."""
    if arguments.command == "list":
        lifecycle.show(fleet)
    elif arguments.command == "inventory":
        print(yaml.safe_dump(fleet.inventory(), sort_keys=False), end="")
    elif arguments.command == "faults":
        faults.list_faults()
    elif arguments.command == "forget":
        faults.forget(fleet)
    else:
        for name in arguments.faults:
            faults.steps(fleet, faults.fault(name)[arguments.command])
