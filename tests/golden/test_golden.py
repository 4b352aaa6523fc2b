"""What MidoNet's own classes printed, read back: every field of every flow, port and datapath against the JSON truth, both ways.

GOLDEN_DIR names another directory of the same layout; directories and cases may have any names:

<generation>/<case>.txt with <case>.json   a list ("datapaths"), a datapath ("ports") or a dump ("flows"); the truth's keys tell which
<generation>/<case>.txt without a truth    list-*, show-*, dump-* and mm-ctl* must be understood to the last line
<generation>/tostring-catalogue.tsv        class, tab, its toString
big/*.txt.xz with COUNTS.txt               dumps too large for a truth: flows and drop flows are counted
cli/                                       see test_golden_cli.py

The truth holds what the classes hold, the text only what they print; where the two differ, see `expected_flow`. A field that the
truth has and nothing here compares makes a test fail, as does one that the parser returns and the truth does not have.
"""

from __future__ import annotations

import io
import json
import lzma
import os
import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.midonet.diagnostics.plugins.module_utils import flow_dump
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _odp_keys, mm_ctl, mm_dpctl

GOLDEN = Path(os.environ.get("GOLDEN_DIR") or Path(__file__).parent / "data")
PRINTED_FLAGS = 0x1FF  # FIN … NS; the classes print nothing for other bits
ABOUT = {"generation", "case"}  # what a truth says about itself
FLOW = {"keys", "actions", "packets", "bytes", "tcp_flags", "tcp_flag_names", "last_used_ms"}
OLD_FLOW, NEW_FLOW = FLOW | {"masks_per_key"}, FLOW | {"match", "mask"}
PORT = {"no", "name", "type", "stats"}
SHOW = {"name", "index", "supports_megaflows", "stats", "ports"}
KINDS = {"list": "datapaths", "show": "ports", "dump": "flows"}

if not GOLDEN.is_dir():
    pytest.fail(f"GOLDEN_DIR: there is no directory {GOLDEN}", pytrace=False)

TEXTS = [path for path in sorted(GOLDEN.rglob("*.txt")) if "cli" not in path.relative_to(GOLDEN).parts and path.name != "COUNTS.txt"]


def truth_of(path: Path) -> dict[str, Any] | None:
    file = path.with_suffix(".json")
    if not file.is_file():
        return None
    found = json.loads(file.read_text(encoding="utf-8"))
    return found if isinstance(found, dict) else None


def params(paths: list[Path]) -> list[Any]:
    return [pytest.param(path, id=str(path.relative_to(GOLDEN))) for path in paths]


def cases(kind: str) -> list[Any]:
    return params([path for path in TEXTS if KINDS[kind] in (truth_of(path) or {})])


def read(path: Path) -> str:
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        return file.read()


def printed(value: Any) -> Any:
    """A part of the truth without what toString drops: unknown TCP flag bits."""
    if isinstance(value, list):
        return [printed(one) for one in value]
    if isinstance(value, dict):
        flags = value.get("key") == "TCPFlags"
        return {name: one & PRINTED_FLAGS if flags and name == "flags" else printed(one) for name, one in value.items()}
    return value


def is_old(truth: dict[str, Any], path: Path) -> bool:
    return str(truth.get("generation", path.parent.name)).startswith("201")


def masks_per_key(flow: dict[str, Any]) -> list[Any]:
    """2014.11 prints no masks."""
    masks = flow.get("masks_per_key")
    return [None] * len(flow["keys"]) if masks is None else printed(masks)


def expected_flow(flow: dict[str, Any], old: bool) -> dict[str, Any]:
    """Old dumps print keys and masks; 5.x prints FlowMatch and FlowMask.

    In 5.x the keys themselves are in no text: what of them is printed is in `match` (and compared there), the rest, such as the
    priority and the hardware addresses of ARP, cannot be read back.
    """
    assert set(flow) <= (OLD_FLOW if old else NEW_FLOW), "the truth of a flow has fields that nothing here compares"
    shown = {
        "keys": printed(flow["keys"]) if old else None,
        "masks_per_key": masks_per_key(flow) if old else None,
        "match": None if old else flow["match"],
        "mask": None if old else printed(flow["mask"]),
    }
    rest = {name: printed(flow.get(name)) for name in ("actions", "packets", "bytes", "tcp_flag_names", "last_used_ms")}
    flags = flow.get("tcp_flags")
    return {**shown, **rest, "tcp_flags": None if flags is None else flags & PRINTED_FLAGS}


def test_there_is_something_to_read() -> None:
    found = [path for path in GOLDEN.rglob("*") if path.suffix in (".txt", ".tsv", ".xz")]
    assert found, f"{GOLDEN} holds no <generation>/<case>.txt"


@pytest.mark.parametrize("path", cases("list"))
def test_list(path: Path) -> None:
    truth = truth_of(path) or {}
    parsed = mm_dpctl.parse_list(read(path))
    assert (parsed.state, parsed.unread, parsed.error) == ("ok", [], None)
    assert set(truth) - ABOUT == {"datapaths"}
    assert sorted(parsed.data) == sorted(truth["datapaths"])


@pytest.mark.parametrize("path", cases("show"))
def test_show(path: Path) -> None:
    truth = truth_of(path) or {}
    parsed = mm_dpctl.parse_show(read(path))
    assert (parsed.state, parsed.unread, parsed.error) == ("ok", [], None)
    assert set(truth) - ABOUT <= SHOW
    assert all(set(port) == PORT for port in truth["ports"])
    old = is_old(truth, path)
    # 2015.06 sorts ports by number and does not tell of megaflows; 5.x prints ports in the kernel's order.
    expected = {name: truth.get(name) for name in SHOW} | {"supports_megaflows": None if old else truth["supports_megaflows"]}
    for ports in (expected["ports"], parsed.data["ports"]):
        ports.sort(key=lambda port: port["no"])
    assert parsed.data == expected


@pytest.mark.parametrize("path", cases("dump"))
def test_dump(path: Path) -> None:
    truth = truth_of(path) or {}
    parsed = mm_dpctl.parse_dump(read(path))
    assert (parsed.state, parsed.unread, parsed.error) == ("ok", [], None)
    assert set(truth) - ABOUT == {"flow_count", "flows"} == set(parsed.data)
    assert parsed.data["flow_count"] == truth["flow_count"]
    assert len(parsed.data["flows"]) == len(truth["flows"])
    old = is_old(truth, path)
    for number, (flow, true) in enumerate(zip(parsed.data["flows"], truth["flows"], strict=True)):
        assert flow == expected_flow(true, old), f"flow {number}"


@pytest.mark.parametrize("path", cases("dump"))
def test_cut_dump_keeps_every_complete_flow(path: Path) -> None:
    text, truth = read(path), truth_of(path) or {}
    old = is_old(truth, path)
    whole = [expected_flow(flow, old) for flow in truth["flows"]]
    # One place inside each flow and the places around its end, in the smaller dumps at every 997th character besides.
    ends = [found.end() for found in re.finditer("last ?used ?time: ", text, re.IGNORECASE)]
    places = {cut for end in ends[:: max(1, len(ends) // 20)] for cut in (end, end + 1, text.index("\n", end), text.index("\n", end) + 1)}
    if len(text) < 20000:
        places |= set(range(0, len(text), 997))
    for cut in places:
        parsed = mm_dpctl.parse_dump(text[:cut])
        complete = sum(1 for end in ends if text.index("\n", end) < cut)
        assert parsed.data["flows"] == whole[:complete], f"cut at {cut}"
        assert parsed.unread == []
        assert parsed.state == ("ok" if cut == len(text) else "partial" if text[:cut] else "empty")


@pytest.mark.parametrize("path", cases("dump"))
def test_the_reducer_counts_the_same_flows(path: Path) -> None:
    truth = truth_of(path) or {}
    with path.open("rb") as stream:
        found = flow_dump.reduce(stream, keep=10**6)
    assert (found["announced"], found["flows"], found["complete"]) == (truth["flow_count"], len(truth["flows"]), True)
    assert (found["unknown_lines"], found["unknown_flows"]) == (0, 0)
    assert sum(row["flows"] for row in found["drops"]) == sum(not flow["actions"] for flow in truth["flows"])
    assert (found["packets"], found["bytes"]) == tuple(sum(flow[name] for flow in truth["flows"]) for name in ("packets", "bytes"))


WITHOUT = {"list": mm_dpctl.parse_list, "show": mm_dpctl.parse_show, "dump": mm_dpctl.parse_dump, "mm-ctl": mm_ctl.parse}


def reader(path: Path) -> Any:
    return next((parse for prefix, parse in WITHOUT.items() if path.name.startswith(prefix)), None)


@pytest.mark.parametrize("path", params([path for path in TEXTS if reader(path) and not set(KINDS.values()) & set(truth_of(path) or {})]))
def test_text_without_a_truth_is_understood_to_the_last_line(path: Path) -> None:
    parsed = reader(path)(read(path))
    assert (parsed.state, parsed.unread, parsed.error) == ("ok", [], None)


CATALOGUES = [
    pytest.param(*line.split("\t", 1), id=f"{path.parent.name}-{number}")
    for path in sorted(GOLDEN.rglob("*.tsv"))
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
    if "\t" in line
]


@pytest.mark.parametrize(("name", "text"), CATALOGUES)
def test_class_of_the_catalogue(name: str, text: str) -> None:
    """What no dump need hold. FlowMatch of 2015.06 is in logs only; DpPort, Flow and pieces of dumps are read in their place."""
    if name.startswith("FlowKey"):
        assert _odp_keys.key(text)["key"] == name[len("FlowKey") :]
    elif name.startswith("FlowAction"):
        kind = name[len("FlowAction") :].replace("Userspace", "ToUserspace")
        assert _odp_keys.action(text)["action"] == kind
    elif name == "FlowMask":
        assert isinstance(_odp_keys.mask(text), list)
    elif name == "FlowMatch" and "EtherType=2048" not in text:
        assert isinstance(_odp_keys.match(text), dict)


BIG = sorted(GOLDEN.rglob("*.txt.xz"))


def counts(path: Path) -> dict[str, int]:
    """COUNTS.txt: ``v5 flows=100000 lines=852282 bytes=73135299 drops=2996``, by the generation in the file's name."""
    for line in (path.parent / "COUNTS.txt").read_text(encoding="utf-8").splitlines():
        name, *rest = line.split()
        if name in path.name:
            return {word: int(number) for word, _equals, number in (one.partition("=") for one in rest)}
    raise AssertionError(f"COUNTS.txt does not tell of {path.name}")


@pytest.mark.skipif(not BIG, reason=f"there are no big dumps in {GOLDEN}")
@pytest.mark.parametrize("path", params(BIG))
def test_big_dump(path: Path) -> None:
    """The reducer over all of it, the parser over its beginning."""
    told = counts(path)
    with lzma.open(path, "rb") as stream:
        data = stream.read()
    found = flow_dump.reduce(io.BytesIO(data), keep=10**6)
    assert (found["flows"], found["unknown_lines"]) == (told["flows"], 0)
    assert sum(row["flows"] for row in found["drops"]) == told["drops"]
    assert (len(data), data.count(b"\n")) == (told["bytes"], told["lines"])
    assert found["complete"] == (found["announced"] == told["flows"])
    parsed = mm_dpctl.parse_dump(data[:2_000_000].decode())
    assert parsed.unread == []
    assert len(parsed.data["flows"]) > 1000
