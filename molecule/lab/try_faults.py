#!/usr/bin/env python3
"""Inject faults into the running lab, one after the other, and compare the named causes with those that each fault expects.

    try_faults.py [FAULT …]      all faults of faults/ when none is named

Prints one line a fault as it goes; ends with 1 when a verdict was wrong. A fault is exact when the named roots are those of
its file, and nothing that its file forbids is named.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
RECOVERY_SECONDS = 25
INVENTORY = f"/run/midonet-lab/{os.environ.get('MIDONET_LAB') or 'default'}/inventory.yml"


def lab(*words: str) -> None:
    subprocess.run([sys.executable, str(HERE / "lab.py"), *words], check=True)


def troubleshoot(directory: str) -> dict[str, Any]:
    """One run over SSH; its diagnosis."""
    command = ["run", "env", f"ANSIBLE_CONFIG={ROOT}/ansible.cfg", str(ROOT / ".venv/bin/ansible-playbook"),
               "midonet.diagnostics.troubleshoot", "-i", INVENTORY, "-e", f"midonet_record_dir={directory}"]  # fmt: skip
    ran = subprocess.run([sys.executable, str(HERE / "lab.py"), *command], capture_output=True, text=True, check=False)
    found = sorted(Path(directory).glob("*/diagnosis.json"))
    if ran.returncode not in (0, 2) or not found:
        raise SystemExit(f"troubleshoot ended with {ran.returncode}:\n{ran.stdout[-2000:]}{ran.stderr[-2000:]}")
    return dict(json.loads(found[-1].read_text()))


def roots(diagnosis: dict[str, Any], statuses: set[str]) -> set[str]:
    """The named causes of these statuses: what fails, and what warns where that is what a fault should do."""
    return {
        f"{finding['check']}@{finding['subject']['host']}"
        for cause in diagnosis["causes"]
        for finding in cause["findings"]
        if finding["status"] in statuses
    }


def verdict(expected: dict[str, Any], named: set[str]) -> str:
    wanted = {f"{root['check']}@{root['host']}" for root in expected["roots"] if "host" in root}
    wanted_checks = {root["check"] for root in expected["roots"]}
    forbidden = {name for name in named if name.split("@")[0] in expected["never"]}
    if forbidden:
        return f"WRONG: names {', '.join(sorted(forbidden))}"
    if wanted and named != wanted:
        return f"NOT EXACT: expected {', '.join(sorted(wanted))}"
    if not wanted and {name.split("@")[0] for name in named} != wanted_checks:
        return f"NOT EXACT: expected {', '.join(sorted(wanted_checks))}"
    return "exact"


def main(names: list[str]) -> int:
    wrong = 0
    for name in names or sorted(path.stem for path in (HERE / "faults").glob("*.yml")):
        expected = yaml.safe_load((HERE / "faults" / f"{name}.yml").read_text())
        lab("inject", name)
        try:
            time.sleep(expected["settle_seconds"])
            with tempfile.TemporaryDirectory() as directory:
                named = roots(troubleshoot(directory), {"fail", expected.get("status", "fail")})
        finally:
            lab("undo", name)
            time.sleep(RECOVERY_SECONDS)
            lab("forget")
        said = verdict(expected, named)
        wrong += said != "exact"
        print(f"{name:5} {said:40}  named: {', '.join(sorted(named)) or 'nothing'}   ({expected['title']})", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
