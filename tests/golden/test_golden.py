"""What MidoNet's own classes printed, read back: every field of every flow, port and datapath against the JSON truth.

GOLDEN_DIR names another directory of the same layout: <any directory>/{list,show,dump}-NN.{txt,json}, cli/*.{cmd,txt,rc}.
The truth holds what the classes hold, the text only what they print; where the two differ, see `expected_*`.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import mm_dpctl

GOLDEN = Path(os.environ.get("GOLDEN_DIR") or Path(__file__).parent / "data")
PRINTED_FLAGS = 0x1FF  # FIN … NS; the classes print nothing for other bits


def cases(kind: str) -> list:
    texts = sorted(GOLDEN.rglob(f"{kind}-*.txt"))
    return [pytest.param(path, id=str(path.relative_to(GOLDEN))) for path in texts if path.with_suffix(".json").exists()]


def read(path: Path) -> tuple[str, dict]:
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        text = file.read()
    return text, json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))


def printed(value):
    """A part of the truth without what toString drops: unknown TCP flag bits."""
    if isinstance(value, list):
        return [printed(one) for one in value]
    if isinstance(value, dict):
        flags = value.get("key") == "TCPFlags"
        return {name: one & PRINTED_FLAGS if flags and name == "flags" else printed(one) for name, one in value.items()}
    return value


def is_old(truth: dict, path: Path) -> bool:
    return truth.get("generation", path.parent.name).startswith("201")


def masks_per_key(flow: dict) -> list:
    """2014.11 prints no masks."""
    masks = flow.get("masks_per_key")
    return [None] * len(flow["keys"]) if masks is None else printed(masks)


def expected_flow(flow: dict, old: bool) -> dict:
    """Old dumps print keys and masks; 5.x prints FlowMatch and FlowMask.

    In 5.x the keys themselves are in no text: priority, hardware addresses of ARP, ND and so on cannot be read back.
    """
    shown = {
        "keys": printed(flow["keys"]) if old else None,
        "masks_per_key": masks_per_key(flow) if old else None,
        "match": None if old else flow["match"],
        "mask": None if old else printed(flow["mask"]),
    }
    rest = {name: printed(flow.get(name)) for name in ("actions", "packets", "bytes", "tcp_flag_names", "last_used_ms")}
    flags = flow.get("tcp_flags")
    return {**shown, **rest, "tcp_flags": None if flags is None else flags & PRINTED_FLAGS}


@pytest.mark.parametrize("path", cases("list"))
def test_list(path):
    text, truth = read(path)
    parsed = mm_dpctl.parse_list(text)
    assert (parsed.state, parsed.unread, parsed.error) == ("ok", [], None)
    assert sorted(parsed.data) == sorted(truth["datapaths"])


@pytest.mark.parametrize("path", cases("show"))
def test_show(path):
    text, truth = read(path)
    parsed = mm_dpctl.parse_show(text)
    assert (parsed.state, parsed.unread, parsed.error) == ("ok", [], None)
    data = parsed.data
    assert data["name"] == truth["name"]
    assert data["index"] == truth["index"]
    assert data["supports_megaflows"] == (None if is_old(truth, path) else truth["supports_megaflows"])
    assert data["stats"] == truth["stats"]
    # 2015.06 sorts ports by number, 5.x prints them in the kernel's order.
    assert sorted(data["ports"], key=lambda port: port["no"]) == sorted(truth["ports"], key=lambda port: port["no"])


@pytest.mark.parametrize("path", cases("dump"))
def test_dump(path):
    text, truth = read(path)
    parsed = mm_dpctl.parse_dump(text)
    assert (parsed.state, parsed.unread, parsed.error) == ("ok", [], None)
    assert parsed.data["flow_count"] == truth["flow_count"]
    assert len(parsed.data["flows"]) == len(truth["flows"])
    old = is_old(truth, path)
    for number, (flow, true) in enumerate(zip(parsed.data["flows"], truth["flows"], strict=True)):
        assert flow == expected_flow(true, old), f"flow {number}"


@pytest.mark.parametrize("path", cases("dump"))
def test_cut_dump_keeps_every_complete_flow(path):
    text, truth = read(path)
    old = is_old(truth, path)
    whole = [expected_flow(flow, old) for flow in truth["flows"]]
    # One place inside each flow and the places around its end, in the smaller dumps at every 97th character besides.
    ends = [at + len(found) for found in ("lastUsedTime: ", "Last used time: ") for at in occurrences(text, found)]
    places = {cut for end in ends[:: max(1, len(ends) // 20)] for cut in (end, end + 1, text.index("\n", end), text.index("\n", end) + 1)}
    if len(text) < 20000:
        places |= set(range(0, len(text), 997))
    for cut in places:
        parsed = mm_dpctl.parse_dump(text[:cut])
        complete = sum(1 for end in ends if text.index("\n", end) < cut)
        assert parsed.data["flows"] == whole[:complete], f"cut at {cut}"
        assert parsed.unread == []
        assert parsed.state == "ok" if cut == len(text) else parsed.state in ("partial", "empty" if not text[:cut] else "partial")


def occurrences(text: str, what: str) -> list[int]:
    found, at = [], text.find(what)
    while at >= 0:
        found.append(at)
        at = text.find(what, at + 1)
    return found
