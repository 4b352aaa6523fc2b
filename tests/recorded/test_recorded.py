"""What real components printed in known states, read back (README.md tells the layout and the form of a truth)."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from recordings import Piece, pieces

RECORDED = Path(os.environ.get("RECORDED_DIR") or Path(__file__).parent / "data")
OTHERS = "RECORDED_DIR" in os.environ

if not RECORDED.is_dir():
    pytest.fail(f"RECORDED_DIR: there is no directory {RECORDED}", pytrace=False)

TEXTS = sorted(RECORDED.glob("*/*/*.txt"))
PIECES = [piece for path in TEXTS for piece in pieces(path)]


def truth_of(state: Path) -> dict[str, Any]:
    file = state / "truth.json"
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return found


def agrees(expected: Any, actual: Any, where: str = "data") -> None:
    """An expected object may leave out keys; an expected list is complete."""
    if isinstance(expected, dict):
        assert isinstance(actual, dict), where
        for key, value in expected.items():
            assert key in actual, f"{where}.{key}"
            agrees(value, actual[key], f"{where}.{key}")
    elif isinstance(expected, list):
        assert isinstance(actual, list), where
        assert len(actual) == len(expected), f"{where}: {actual}"
        for number, (one, other) in enumerate(zip(expected, actual, strict=True)):
            agrees(one, other, f"{where}[{number}]")
    elif isinstance(expected, float):
        assert actual == pytest.approx(expected), where
    else:
        assert actual == expected, where


def test_there_is_something_to_read() -> None:
    assert PIECES, f"{RECORDED} holds no <component>/<state>/<name>.txt that a parser here reads ({len(TEXTS)} texts)"


@pytest.mark.parametrize("piece", PIECES, ids=str)
def test_recorded_text(piece: Piece) -> None:
    parsed = piece.parse(piece.text)
    assert parsed.unread == []
    assert parsed.state in ("ok", "empty", "tool_error")
    truth = truth_of(piece.path.parent).get(piece.key)
    if truth is not None:
        assert parsed.state == truth["state"], parsed.error
        if "data" in truth:
            agrees(truth["data"], parsed.data)


@pytest.mark.parametrize("state", sorted(RECORDED.glob("*/*/truth.json")), ids=lambda path: str(path.parent.relative_to(RECORDED)))
def test_a_truth_is_about_a_text_that_is_there(state: Path) -> None:
    told = set(truth_of(state.parent))
    there = {piece.key for piece in PIECES if piece.path.parent == state.parent}
    assert told - there == set()


@pytest.mark.skipif(OTHERS, reason="another directory is read")
def test_every_state_of_the_repository_has_a_truth() -> None:
    states = {path.parent for path in TEXTS}
    assert {str(state.relative_to(RECORDED)) for state in states if not truth_of(state)} == set()


@pytest.mark.parametrize("piece", PIECES, ids=str)
def test_a_cut_recording_keeps_what_stands_before_the_cut(piece: Piece) -> None:
    """At eight places: nothing raises, and what is a list of records loses some at its end and gains none."""
    whole = piece.parse(piece.text).data
    for eighth in range(1, 8):
        cut = piece.text[: len(piece.text) * eighth // 8]
        parsed = piece.parse(cut)
        if isinstance(whole, list) and isinstance(parsed.data, list) and piece.text:
            kept = max(len(parsed.data) - 1, 0)
            assert parsed.data[:kept] == whole[:kept]
