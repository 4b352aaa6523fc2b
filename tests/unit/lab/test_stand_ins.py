# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lab's stand-ins print what MidoNet's own programs print: the genuine text, byte for byte, from the truth beside it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "molecule" / "lab" / "host"))

from standin import mm_dpctl_text  # noqa: E402

GOLDEN = ROOT / "tests" / "golden" / "data"
GENERATIONS = {"2015.06": "a", "v5": "b"}
DPCTL = [path for generation in GENERATIONS for path in sorted((GOLDEN / generation).glob("*-[0-9]*.json"))]


def printed(path: Path) -> str:
    truth = json.loads(path.read_text())
    what, generation = path.name.split("-")[0], GENERATIONS[path.parent.name]
    printer = getattr(mm_dpctl_text, f"{what}_{generation}")
    return str(printer({"list": truth.get("datapaths"), "show": truth, "dump": truth.get("flows")}[what]))


@pytest.mark.parametrize("path", DPCTL, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_mm_dpctl(path: Path) -> None:
    assert printed(path) == path.with_suffix(".txt").read_text()


def test_there_is_genuine_text_to_compare_with() -> None:
    assert {path.name.split("-")[0] for path in DPCTL} == {"list", "show", "dump"}
    assert len(DPCTL) >= 40
