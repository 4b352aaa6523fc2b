"""Run the playbooks as a user does, and look at exit code and output."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

FLEET = """
all:
  children:
    compute: {hosts: {c1: , c2: }}
    gateway: {hosts: {g1: }}
    zookeeper: {hosts: {z1: }}
    cassandra: {hosts: {z1: }}
    api: {hosts: {a1: }}
  vars:
    ansible_connection: local
    ansible_python_interpreter: /nonexistent
"""


@dataclass(frozen=True)
class Ended:
    """How a run ended."""

    code: int
    output: str

    @property
    def lines(self) -> list[str]:
        """What was printed, without empty lines and Ansible's own warnings."""
        return [line for line in self.output.splitlines() if line.strip() and not line.startswith("[WARNING]")]


@dataclass
class Shop:
    """A directory to work in, with an inventory of this machine under five names."""

    path: Path
    collections: Path = ROOT / ".build"

    def __post_init__(self) -> None:
        (self.path / "fleet.yml").write_text(FLEET)

    def run(self, program: str, *arguments: str, **environment: str) -> Ended:
        """Run one of Ansible's programs; the environment of the caller does not count."""
        with self.start(program, *arguments, **environment) as process:
            try:
                output, _ = process.communicate(timeout=240)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                raise
        return Ended(process.returncode, output.decode("utf-8", "replace"))

    def start(self, program: str, *arguments: str, stdout: Any = subprocess.PIPE, **environment: str) -> subprocess.Popen[bytes]:
        """Begin to run it, in a process group of its own."""
        settings = {
            "HOME": str(self.path),
            "PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_COLLECTIONS_PATH": str(self.collections),
            "ANSIBLE_STDOUT_CALLBACK": "midonet.diagnostics.quiet",
            "ANSIBLE_LOCALHOST_WARNING": "False",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "False",
            **environment,
        }
        return subprocess.Popen(
            [str(Path(sys.executable).parent / program), *arguments],
            cwd=self.path,
            env=settings,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def play(self, name: str, *arguments: str, **environment: str) -> Ended:
        """Run one of our playbooks on the fleet."""
        return self.run("ansible-playbook", f"midonet.diagnostics.{name}", "-i", "fleet.yml", *arguments, **environment)

    def records(self) -> list[Path]:
        """The records that were made here, oldest first."""
        return sorted((self.path / "records").glob("*"))


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)
