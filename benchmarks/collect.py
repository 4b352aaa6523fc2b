#!/usr/bin/env python3
# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What asking a host costs the controller, beside what `ansible -m setup` costs on the same hosts.

    benchmarks/collect.py [--hosts N] [--groups GROUP,…] [--repeat N] [--ansible DIRECTORY]

Needs root and sshd: the hosts are loopback addresses of this machine behind one real sshd, the connections to them are open
already (ControlPersist), so that what is measured is Ansible's work and ours, not that of ssh's key exchange.

Three playbooks, in turns, on the same hosts, each measured by the processor time of ansible-playbook and all its children:
  empty    one play that does nothing on them
  setup    the same with ansible.builtin.setup
  collect  the same with round 1 of all layers (midonet.diagnostics.collect), evidence scrubbed and written
Each host is in all five groups unless told otherwise, which is more than a host of a real cloud is asked.
Of the last two the first is taken off, and what remains is divided by the number of hosts. The commands that run on the hosts are
children of sshd and do not count. The goal is collect <= 0.6 x setup.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
GOAL = 0.6
GROUPS = ("compute", "gateway", "zookeeper", "cassandra", "api")


def start_sshd(directory: Path) -> tuple[subprocess.Popen[bytes], int]:
    """One sshd on all loopback addresses, whose sessions have a home of their own: a shell's start-up files are not what is measured."""
    for name in ("host", "key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", directory / name], check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (directory / "config").write_text(
        f"ListenAddress 0.0.0.0\nPort {port}\nHostKey {directory}/host\nAuthorizedKeysFile {directory}/key.pub\nStrictModes no\n"
        "PermitRootLogin yes\nPidFile none\nUsePAM no\nMaxStartups 500\nMaxSessions 100\n"
        f"SetEnv HOME={directory}\n"
    )
    Path("/run/sshd").mkdir(exist_ok=True)
    daemon = subprocess.Popen([shutil.which("sshd") or "/usr/sbin/sshd", "-D", "-f", directory / "config"], stderr=subprocess.DEVNULL)
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    return daemon, port


def write(directory: Path, hosts: int, port: int, groups: Iterable[str] = GROUPS) -> None:
    """Inventory and playbooks."""
    names = [f"h{number}" for number in range(1, hosts + 1)]
    variables = {
        "ansible_port": port,
        "ansible_user": "root",
        "ansible_python_interpreter": sys.executable,
        "ansible_ssh_private_key_file": str(directory / "key"),
        "ansible_ssh_common_args": "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR",
    }
    addresses = {name: {"ansible_host": f"127.0.{number // 250}.{number % 250 + 1}"} for number, name in enumerate(names, 1)}
    children = {group: {"hosts": {name: {} for name in names}} for group in groups}
    inventory = {"all": {"hosts": addresses, "children": children, "vars": variables}}
    (directory / "hosts.json").write_text(json.dumps(inventory))
    tasks = {
        "empty": [],
        "setup": [{"ansible.builtin.setup": {}}],
        "collect": [{"midonet.diagnostics.collect": {"record": str(directory / "record"), "round": 1}}],
    }
    for name, steps in tasks.items():
        plays = [{"hosts": "all", "gather_facts": False, "tasks": steps}]
        (directory / f"{name}.yml").write_text(json.dumps(plays))
    (directory / "warm.yml").write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": [{"ansible.builtin.raw": "true"}]}]))


def seconds(directory: Path, ansible: Path, name: str) -> float:
    """Processor time of one run, with all its children."""
    if name == "collect":
        shutil.rmtree(directory / "record", ignore_errors=True)
        make = (
            "import sys; from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.record import Record; "
            "Record.create(sys.argv[1], {'kind': 'gather', 'hosts': {}})"
        )
        environment = {**os.environ, "PYTHONPATH": str(ROOT / ".build")}
        subprocess.run([ansible / "python", "-c", make, str(directory / "record")], check=True, env=environment)
    before = os.times()
    done = subprocess.run(
        [ansible / "ansible-playbook", "-i", "hosts.json", f"{name}.yml"],
        cwd=directory, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        env={
            **os.environ,
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".build"),
            "ANSIBLE_STDOUT_CALLBACK": "minimal",
            "ANSIBLE_SSH_CONTROL_PATH_DIR": str(directory / "cp"),
        },
    )  # fmt: skip
    after = os.times()
    if done.returncode:
        raise SystemExit(f"{name} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return after.children_user - before.children_user + after.children_system - before.children_system


def main() -> int:
    """Measure, print the table, end with 1 when the goal was missed."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--hosts", type=int, default=10)
    arguments.add_argument("--groups", default=",".join(GROUPS), help="the inventory groups that each host is in")
    arguments.add_argument("--repeat", type=int, default=5)
    arguments.add_argument("--ansible", type=Path, default=ROOT / ".venv" / "bin", help="the directory with ansible-playbook")
    options = arguments.parse_args()
    ansible = options.ansible.absolute()
    if os.geteuid() != 0:
        print("collect: NOT RUN: needs root, to start an sshd that lets root in")
        return 0
    directory = Path(tempfile.mkdtemp(prefix="mdbench-"))
    daemon, port = start_sshd(directory)
    try:
        write(directory, options.hosts, port, options.groups.split(","))
        for name in ("warm", "empty", "setup", "collect"):
            seconds(directory, ansible, name)
        rounds = [{name: seconds(directory, ansible, name) for name in ("empty", "setup", "collect")} for _ in range(options.repeat)]
    finally:
        for control in (directory / "cp").glob("*"):
            subprocess.run(["ssh", "-O", "exit", "-o", f"ControlPath={control}", "any"], check=False, capture_output=True)
        daemon.terminate()
        daemon.wait()
        shutil.rmtree(directory, ignore_errors=True)
    print(f"{options.hosts} hosts in {options.groups}, processor time of the controller\n")
    print("round   empty s   setup ms/host   collect ms/host   ratio")
    ratios = []
    for number, one in enumerate(rounds, 1):
        setup, collect = ((one[name] - one["empty"]) / options.hosts * 1000 for name in ("setup", "collect"))
        ratios.append(collect / setup)
        print(f"{number:>5}   {one['empty']:>7.2f}   {setup:>13.0f}   {collect:>15.0f}   {ratios[-1]:>5.2f}")
    middle = statistics.median(ratios)
    print(f"\nmedian ratio {middle:.2f} (goal: at most {GOAL})")
    return int(middle > GOAL)


if __name__ == "__main__":
    sys.exit(main())
