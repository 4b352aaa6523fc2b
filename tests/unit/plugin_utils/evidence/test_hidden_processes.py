# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The items that list processes say so when the kernel hides those of others from the user (/proc mounted with hidepid)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.item import load_items

sys.path.insert(0, str(Path(__file__).parent))
from support import Run, available_shells, item

ROOT = Path(__file__).resolve().parents[4]
COMMANDS = {
    one.id: one.commands["any"]
    for one in load_items([ROOT / "roles" / name / "evidence.yml" for name in ("agent", "underlay")])
    if one.id in ("agent.processes", "underlay.resources")
}
MOUNTED = ["unshare", "--mount", "--pid", "--fork", "--mount-proc"]
ORDINARY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]


@pytest.mark.parametrize("shell", available_shells())
@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_what_is_hidden_is_told(name: str, shell: str, tmp_path: Path) -> None:
    for file, told in ((tmp_path / "stat", True), (Path("/proc/self/stat"), False)):
        said = Run([item("list", COMMANDS[name].replace("/proc/1/stat", str(file)))], shell).outputs["list"]
        assert str(file) in COMMANDS[name].replace("/proc/1/stat", str(file))
        assert ("hidepid" in said.stderr) is told
        assert said.state in ("ok", "failed")


def _cannot() -> str:
    if os.geteuid() != 0 or not shutil.which("unshare") or not shutil.which("setpriv"):
        return "needs root, unshare and setpriv"
    tried = subprocess.run([*MOUNTED, "mount", "-o", "remount,hidepid=2", "/proc"], capture_output=True, check=False)
    return "needs namespaces of its own, which are not available here" if tried.returncode else ""


@pytest.mark.parametrize("level", [0, 1, 2])
def test_on_a_real_mount(level: int) -> None:
    if _cannot():
        pytest.skip(_cannot())
    # The first process of the namespace is root's, and goes on after the other.
    command = f"mount -o remount,hidepid={level} /proc && {' '.join(ORDINARY)} sh -c '[ -r /proc/1/stat ] || echo hidden'; exit $?"
    said = subprocess.run([*MOUNTED, "sh", "-c", command], capture_output=True, text=True, check=False)
    assert (said.returncode in (0, 1), said.stdout) == (True, "hidden\n" if level else "")
