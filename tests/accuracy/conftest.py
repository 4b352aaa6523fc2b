# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Collects the verdicts and prints the table of accuracy at the end, over all workers."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

_HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(_HERE), str(_HERE.parents[1] / "molecule"), str(_HERE.parents[1] / ".build")]

from accuracy_harness import Verdict  # noqa: E402
from accuracy_page import page, terminal  # noqa: E402

_VERDICTS: list[Verdict] = []
_KEY = "verdicts"


@pytest.fixture
def verdicts() -> Iterator[list[Verdict]]:
    yield _VERDICTS


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: fleets of 300 hosts")
    config.addinivalue_line("markers", "held_out: fleets by which nothing was mended")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of pytest-xdist hands its verdicts to the process that reports."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[_KEY] = pickle.dumps(_VERDICTS).hex()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take them from there: they come from our own process's child."""
    told = getattr(node, "workeroutput", {}).get(_KEY)
    if told:
        _VERDICTS.extend(pickle.loads(bytes.fromhex(told)))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--page", type=Path, help="write the figures to this page of the documentation")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    target = terminalreporter.config.getoption("--page")
    if _VERDICTS:
        if target:
            target.write_text(page(sorted(_VERDICTS, key=lambda one: str(one.case))), "utf-8")
        terminalreporter.section("accuracy")
        terminalreporter.write_line(terminal(_VERDICTS))
        terminalreporter.section("wrong or incomplete")
        for one in sorted(_VERDICTS, key=lambda one: str(one.case)):
            if one.problems():
                terminalreporter.write_line(f"{one.case}: {'; '.join(one.problems())}")
