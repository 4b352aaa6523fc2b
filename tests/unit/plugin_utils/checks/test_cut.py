"""A text that was cut is not held against anybody: nothing fails in a healthy fleet because the rest of a list is not there."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.midonet.diagnostics.plugins.module_utils import facts
from ansible_collections.midonet.diagnostics.plugins.plugin_utils import checks, fleet

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import healthy  # noqa: E402

ROLES = HERE.parents[3] / "roles"
CHECKS = checks.load_checks(sorted(ROLES.glob("*/checks.yml")))
LIMITS = checks.load_limits(sorted(ROLES.glob("*/defaults/main.yml")))
# One host of each kind is enough; the others are healthy beside it.
CASES = sorted({(name, item) for name in ("c1", "g1", "z1", "k1", "a1") for item, number in healthy.evidence(name) if number == 1})
MOST_CUTS = 3


@pytest.fixture(scope="module")
def built() -> dict[str, dict[str, Any]]:
    return {name: facts.build(evidence, healthy.host(name)) for name, evidence in healthy.fleet().items()}


def _bad(every: dict[str, dict[str, Any]]) -> set[tuple[str, str, str]]:
    found = checks.evaluate(CHECKS, list(every.values()), fleet.build(list(every.values())), LIMITS)
    return {(one.check, one.status, one.message) for one in found if one.status in ("fail", "warn", "error")}


@pytest.mark.parametrize(("name", "item"), CASES)
def test_nothing_fails_because_a_text_was_cut(built: dict[str, dict[str, Any]], name: str, item: str) -> None:
    evidence = healthy.evidence(name)
    output = evidence[item, 1]
    lines = [at + 1 for at, sign in enumerate(output.stdout) if sign == "\n"]
    for end in lines[:: max(1, len(lines) // MOST_CUTS)]:
        for at in {end, end - 2}:
            evidence[item, 1] = replace(output, stdout=output.stdout[: max(at, 0)], truncated=True)
            every = {**built, name: facts.build(evidence, healthy.host(name))}
            assert _bad(every) <= _bad(built), f"cut at {at} of {len(output.stdout)}"
