# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is told of a machine that cannot have a lab; the lab itself is not needed here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "molecule"))

from lab import lifecycle
from lab.commands import LabError


@pytest.mark.parametrize("lacking", list(lifecycle.TRIALS))
def test_what_the_kernel_does_not_give_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch, lacking: str) -> None:
    def run(*command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        fails = command == lifecycle.TRIALS[lacking]
        return subprocess.CompletedProcess(command, int(fails), "", "Error: Unknown\ndevice type.\n" if fails else "")

    monkeypatch.setattr(lifecycle, "run", run)
    with pytest.raises(LabError) as told:
        lifecycle._kernel_can()
    assert str(told.value) == f"this machine cannot have a lab: its kernel gives no {lacking}: Error: Unknown device type."
