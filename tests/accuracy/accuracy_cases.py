# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which fleets are tried, and of which of them it is known that the diagnosis is wrong."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from generator.model import Generation

GENERATIONS: tuple[Generation, ...] = ("A", "B")
SIZES = ("smallest", "30", "300")
HEALTHY_SEEDS = 20  # for each generation
LOSSES = 1  # fleets of which evidence is lost, for each fault and generation


@cache
def _known() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("known_wrong.yml").read_text("utf-8"))["known"]
    return found


def known_reason(fault: str, generation: str, size: str) -> str:
    """Why the diagnosis of such a fleet is known to be wrong; empty when it is to be right. size "lost": with evidence lost."""
    for one in _known():
        if fault in str(one["fault"]).split() and generation in str(one.get("generation", "A B")).split():
            sizes = str(one.get("hosts", "smallest 30 300 lost" if size else "")).split()
            if not size or size in sizes:
                return f"{one['rule']}: {' '.join(str(one['reason']).split())}"
    return ""
