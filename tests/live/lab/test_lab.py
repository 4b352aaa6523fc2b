# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lab, quickly: a small fleet comes up, is found healthy over SSH, and goes without a trace, also when it is killed half way.

molecule/default asks each service in the lab by its own client; this only holds that the lab and the walk through it work.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
# A name of its own: other labs of this machine are left alone.
NAME = f"live{os.getpid()}"
STATE = Path("/run/midonet-lab") / NAME
FLEET = ["--fleet", "small"]
AGENTS = 3


def command(*words: str) -> list[str]:
    return [sys.executable, str(ROOT / "molecule" / "lab" / "lab.py"), *words]


def lab(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*words), env=environment(), capture_output=True, text=True, check=False)


def environment() -> dict[str, str]:
    settings = {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".build"), "LC_ALL": "C.UTF-8"}
    return {**os.environ, "MIDONET_LAB": NAME, **settings}


@pytest.fixture(scope="module")
def prepared() -> None:
    """The root of all hosts is there; where it cannot be made, nothing of this is run, and the reason is told."""
    made = lab("prepare", *FLEET)
    if made.returncode:
        pytest.skip(f"NOT RUN: {made.stderr.strip()}")


@pytest.fixture
def clean(prepared: None) -> Iterator[None]:
    yield
    lab("down")


def test_a_fleet_comes_up_is_found_healthy_and_goes(clean: None, tmp_path: Path) -> None:
    up = lab("up", *FLEET)
    assert up.returncode == 0, up.stderr
    assert " down" not in lab("list").stdout
    ping = lab("exec", "compute1", "ip", "netns", "exec", "vm0", "ping", "-q", "-c", "3", "-i", "0.2", "-W", "2", "10.0.0.42")
    assert ping.returncode == 0, ping.stdout
    program = str(Path(sys.executable).with_name("ansible-playbook"))
    options = ["-i", str(STATE / "inventory.yml"), "-e", f"midonet_record_dir={tmp_path}", "-e", "midonet_host_deadline=120"]
    ran = subprocess.run(
        [program, "midonet.diagnostics.troubleshoot", *options], env=environment(), cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    (diagnosis,) = tmp_path.glob("*/diagnosis.json")
    told = json.loads(diagnosis.read_text("utf-8"))
    assert told["causes"] == []
    assert f"{AGENTS + 2} hosts: {AGENTS + 2} complete" in ran.stdout
    down = lab("down")
    assert down.returncode == 0, down.stderr
    assert lab("traces").stdout == ""
    assert not STATE.exists()


@pytest.mark.parametrize("seconds", [0.6, 1.5])
def test_a_build_that_is_killed_leaves_nothing_after_down(clean: None, seconds: float) -> None:
    build = subprocess.Popen(
        command("up", *FLEET), env=environment(), start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(seconds)
    build.send_signal(signal.SIGKILL)
    build.wait()
    assert lab("down").returncode == 0
    assert lab("traces").stdout == ""
