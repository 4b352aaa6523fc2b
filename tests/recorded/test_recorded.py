"""What real components printed in known states, read back.

RECORDED_DIR names another directory of the same layout: <component>/<state>/<host>_<command>.txt. Where a state has a
truth.json, it says by file what a parser must make of the text: {"state": …, "data": …}, read off the text by a person; an
object there may leave out keys. Texts without a truth must be understood to the last line.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import vtysh, vtysh_config, zookeeper
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed

RECORDED = Path(os.environ.get("RECORDED_DIR") or Path(__file__).parent / "data")

Parse = Callable[[str], Parsed[Any]]
READERS: dict[str, dict[str, Parse]] = {
    "zookeeper": {
        r"ruok": zookeeper.parse_ruok,
        r"isro": zookeeper.parse_isro,
        r"srvr|stat": zookeeper.parse_srvr,
        r"mntr": zookeeper.parse_mntr,
        r"conf": zookeeper.parse_conf,
    },
    "bgp": {
        r"show_(?:ip_)?bgp_summary(?:_json)?": vtysh.parse_summary,
        r"show_running-config": vtysh_config.parse_running_config,
    },
}


def reader(path: Path) -> Parse | None:
    command = path.stem.partition("_")[2]
    component = path.parent.parent.name
    return next((parse for pattern, parse in READERS.get(component, {}).items() if re.fullmatch(pattern, command)), None)


TEXTS = [path for path in sorted(RECORDED.glob("*/*/*.txt")) if reader(path) is not None]


def truth_of(path: Path) -> dict[str, Any] | None:
    file = path.parent / "truth.json"
    truths: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return truths.get(path.stem)


def agrees(expected: Any, actual: Any, where: str = "data") -> None:
    """An expected object may leave out keys; an expected list is complete."""
    if isinstance(expected, dict):
        for key, value in expected.items():
            assert key in actual, f"{where}.{key}"
            agrees(value, actual[key], f"{where}.{key}")
    elif isinstance(expected, list):
        assert len(actual) == len(expected), where
        for number, (one, other) in enumerate(zip(expected, actual, strict=True)):
            agrees(one, other, f"{where}[{number}]")
    else:
        assert actual == expected, where


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(RECORDED)))
def test_recorded_text(path: Path) -> None:
    parse = reader(path)
    assert parse is not None
    text = path.read_text(encoding="utf-8", errors="surrogateescape")
    parsed = parse(text)
    # The recorder's own words stand in the one file in which the server said nothing.
    if text.strip() != "rc=0":
        assert parsed.unread == []
        assert parsed.state in ("ok", "empty", "tool_error")
    truth = truth_of(path)
    if truth is not None:
        assert parsed.state == truth["state"]
        agrees(truth.get("data", {}), parsed.data)


def test_the_repository_tells_the_truth_of_every_state() -> None:
    if "RECORDED_DIR" in os.environ:
        pytest.skip("another directory is read")
    untold = {path.parent.name for path in TEXTS if not (path.parent / "truth.json").is_file()}
    # Of these only the recorder's words were kept: the server, or the way to it, was silent.
    assert untold <= {"hung_sigstop", "client_port_dropped", "client_port_rejected"}
