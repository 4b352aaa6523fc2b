"""One fleet for all tests of this directory, and a way to run Ansible against it as a user does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from .ground import Ground, missing
from .population import CANARY, population

ROOT = Path(__file__).resolve().parents[3]
PYTHON = str(Path(sys.executable).resolve())


def ansibles() -> list[Path]:
    """The directories of Ansible's programs: of the Python that runs this, and of other environments beside the repository."""
    places = [Path(sys.executable).parent, *(Path(p) for p in os.environ.get("MIDONET_TEST_ANSIBLES", "").split(":") if p)]
    places += sorted(path / "bin" for path in ROOT.glob(".venv-*"))
    return [place for place in dict.fromkeys(places) if (place / "ansible-playbook").exists()]


@dataclass(frozen=True)
class Ended:
    """How a run ended."""

    code: int
    output: str
    seconds: float


class Shop:
    """A directory to work in: everything that a run writes on the controller is somewhere below it."""

    def __init__(self, ground: Ground, path: Path) -> None:
        self.ground, self.path = ground, path
        path.mkdir(parents=True, exist_ok=True)
        (path / "fleet.json").write_text(json.dumps(ground.inventory()))

    def environment(self, **more: str) -> dict[str, str]:
        return {
            "HOME": str(self.path / "home"),
            "TMPDIR": "/tmp",
            "PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".build"),
            "ANSIBLE_TIMEOUT": "3",
            **more,
        }

    def start(self, program: str, *arguments: str, ansible: Path | None = None, **environment: str) -> subprocess.Popen[bytes]:
        """Start one of Ansible's programs where the hosts are reached from; in a process group of its own."""
        command = [str((ansible or ansibles()[0]) / program), "-i", "fleet.json", *arguments]
        return subprocess.Popen(
            ["ip", "netns", "exec", self.ground.controller, *command],
            cwd=self.path, env=self.environment(**environment), start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def run(self, program: str, *arguments: str, ansible: Path | None = None, **environment: str) -> Ended:
        began = time.monotonic()
        process = self.start(program, *arguments, ansible=ansible, **environment)
        output, _ = process.communicate(timeout=180)
        text = output.decode("utf-8", "replace")
        (self.path / f"output-{time.time()}.txt").write_text(text)
        return Ended(process.returncode, text, time.monotonic() - began)

    def play(self, name: str, *arguments: str, **more: str) -> Ended:
        return self.run("ansible-playbook", f"midonet.diagnostics.{name}", *arguments, **more)  # type: ignore[arg-type]

    def records(self) -> list[Path]:
        return sorted((self.path / "records").glob("*"))

    def leaks(self) -> list[str]:
        """Where below this directory a planted secret stands."""
        found = []
        for file in sorted(self.path.rglob("*")):
            if file.is_file():
                text = file.read_bytes().lower().decode("latin-1")
                place = text.find(CANARY)
                if place >= 0:
                    found.append(f"{file.relative_to(self.path)}: {text[max(0, place - 80) : place + 40]!r}")
        return found


@pytest.fixture(scope="session")
def ground() -> Iterator[Ground]:
    if why := missing():
        pytest.skip(why)
    ground = Ground(population(PYTHON))
    try:
        ground.up()
        yield ground
    finally:
        ground.down()


@pytest.fixture
def shop(ground: Ground, tmp_path: Path) -> Shop:
    return Shop(ground, tmp_path)
