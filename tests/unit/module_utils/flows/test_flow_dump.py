"""The reducer against the plain reference, against the truth of genuine dumps, and against what may happen to a dump."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.midonet.diagnostics.plugins.module_utils import flow_dump
from ansible_collections.midonet.diagnostics.plugins.module_utils.flows import layouts, typed, usual
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import mm_dpctl
from hypothesis import given, settings
from hypothesis import strategies as st

HERE = Path(__file__).parent
ROOT = HERE.parents[3]
GOLDEN = Path(os.environ.get("GOLDEN_DIR") or ROOT / "tests" / "golden" / "data")
DUMPS = sorted(path for path in GOLDEN.rglob("dump-*.txt") if path.with_suffix(".json").exists())
TABLES = {"in_ports": "port", "out_ports": "port", "tunnel_peers": ("address", "direction"), "ethertypes": "ethertype", "drops": "port"}


def _load(name: str, path: Path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


reference = _load("flow_dump_reference", HERE / "reference.py")


class Trickle(io.BytesIO):
    """A stream that gives less than is asked for."""

    def read(self, size=-1):
        return super().read(min(size, 4099) if size and size > 0 else size)


def summary(data: bytes, size: int = 1 << 18, **options) -> dict:
    """The reducer's result in the reference's shape."""
    result = flow_dump.reduce(io.BytesIO(data), keep=10**9, size=size, **options)
    shown = {name: result[name] for name in ("announced", "flows", "packets", "bytes", "never_used", "unknown_lines", "unknown_flows")}
    shown["top"] = [flow["bytes"] for flow in result["top"]]
    assert result["others"] == {}
    for table, key in TABLES.items():
        shown[table] = {}
        for entry in result[table]:
            name = tuple(entry[one] for one in key) if isinstance(key, tuple) else entry[key]
            if table == "ethertypes" and name is not None:
                name = int(name, 16)
            shown[table][name] = {one: entry[one] for one in ("flows", "packets", "bytes")}
    return shown


def without_masks(data: bytes) -> bytes:
    """A dump of 2015 as 2014.11 printed it: no masks, and no line for what is not known."""
    data = re.sub(rb"        mask: [^\n]*\n", b"", data)
    data = data.replace(b"    stats: FlowStats{packets=0, bytes=0}\n", b"").replace(b"    tcpFlags: \n", b"")
    return data.replace(b"    lastUsedTime: 0\n", b"")


@pytest.mark.parametrize("path", DUMPS, ids=lambda path: str(path.relative_to(GOLDEN)))
def test_genuine_dumps_have_the_sums_of_their_truth(path):
    truth = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    with path.open("rb") as stream:
        result = flow_dump.reduce(stream, keep=10**9)
    flows = truth["flows"]
    assert (result["announced"], result["flows"], result["complete"], result["note"]) == (truth["flow_count"], len(flows), True, "")
    assert (result["unknown_lines"], result["unknown_flows"], result["unknown"]) == (0, 0, [])
    assert result["packets"] == sum(flow["packets"] for flow in flows)
    assert result["bytes"] == sum(flow["bytes"] for flow in flows)
    assert result["never_used"] == sum(flow["last_used_ms"] == 0 for flow in flows)

    def key_of(flow, name, field):
        return next((key[field] for key in flow["keys"] if key["key"] == name), None)

    def by(name_of):
        table = {}
        for flow in flows:
            for name in name_of(flow):
                entry = table.setdefault(name, [0, 0, 0])
                entry[0] += 1
                entry[1] += flow["packets"]
                entry[2] += flow["bytes"]
        return table

    def shown(table, *names):
        return {tuple(one[name] for name in names): [one["flows"], one["packets"], one["bytes"]] for one in result[table]}

    def tunnels(flow):
        came = key_of(flow, "Tunnel", "ipv4_src")
        sent = {act["key"]["ipv4_dst"] for act in flow["actions"] if act["action"] == "SetKey" and act["key"]["key"] == "Tunnel"}
        return ([(came, "from")] if came else []) + [(peer, "to") for peer in sent]

    in_port = lambda flow: (key_of(flow, "InPort", "port"),)  # noqa: E731
    assert shown("in_ports", "port") == by(lambda flow: [in_port(flow)])
    assert shown("out_ports", "port") == by(lambda flow: {(act["port"],) for act in flow["actions"] if act["action"] == "Output"})
    assert shown("drops", "port") == by(lambda flow: [] if flow["actions"] else [in_port(flow)])
    assert shown("tunnel_peers", "address", "direction") == by(tunnels)
    largest = sorted((flow["bytes"] for flow in flows if flow["bytes"] > 0), reverse=True)[:10]
    assert [flow["bytes"] for flow in result["top"]] == largest


@pytest.mark.parametrize("path", DUMPS, ids=lambda path: str(path.relative_to(GOLDEN)))
@pytest.mark.parametrize("change", [bytes, without_masks], ids=["as it is", "without masks"])
@pytest.mark.parametrize("size", [97, 5000, 1 << 18])
def test_the_reference_agrees(path, change, size):
    data = change(path.read_bytes())
    assert summary(data, size) == reference.summary(data)


@pytest.mark.parametrize("path", DUMPS, ids=lambda path: str(path.relative_to(GOLDEN)))
def test_flows_in_full_are_those_of_the_parser(path):
    data = path.read_bytes()
    for version in (data, without_masks(data), data.replace(b"\n", b"\r\n")):
        parsed = mm_dpctl.parse_dump(version.decode())
        flows = typed.flows(version.decode())
        assert list(usual.flows(version)) == flows
        assert all(flow.pop("unknown") == [] for flow in flows)
        assert flows[: len(parsed.data["flows"])] == parsed.data["flows"]


def test_usual_flows_take_the_fast_path(monkeypatch):
    """A pattern that matches nothing would be right and slow."""
    taken = []
    monkeypatch.setattr(flow_dump.Reader, "take", lambda self, line: taken.append(line))
    for name in ("2015.06/dump-06.txt", "v5/dump-06.txt"):
        data = (ROOT / "tests" / "golden" / "data" / name).read_bytes()
        for version in (data, without_masks(data)) if name.startswith("2015") else (data,):
            del taken[:]
            flow_dump.reduce(io.BytesIO(version * 2))
            slow = sum(line.startswith(b"  Flow") for line in taken)
            assert slow < 0.1 * version.count(b"\n  Flow") * 2, name


@pytest.mark.parametrize("name", ["2015.06/dump-06.txt", "v5/dump-06.txt"])
def test_sums_are_exact_however_large(name):
    """As many flows with as large numbers as the fast path sums up in one go, then larger ones."""
    data = (ROOT / "tests" / "golden" / "data" / name).read_bytes()
    flow = re.search(rb"  Flow:?\n(?:(?!  Flow)[^\n]*\n)*?[^\n]*packets=[^\n]*\n[^\n]*\n[^\n]*\n", data)[0]
    assert flow_dump.reduce(io.BytesIO(flow))["flows"] == 1
    numbers = [10**11 - 1] * (flow_dump._SUMMED + 100) + [10**12 - 3, 2**63 - 1, 10**11 - 1]
    dump = b"%d flows\n" % len(numbers)
    dump += b"".join(re.sub(rb"packets=[0-9]+, bytes=[0-9]+", b"packets=%d, bytes=%d" % (one, one), flow) for one in numbers)
    result = flow_dump.reduce(io.BytesIO(dump))
    assert result["complete"] and result["flows"] == len(numbers)
    assert result["bytes"] == result["packets"] == sum(numbers)
    assert [one["bytes"] for one in result["in_ports"]] == [sum(numbers)]


def test_usual_flows_in_full_take_the_fast_path(monkeypatch):
    taken = []
    monkeypatch.setattr(typed, "flows", lambda text: taken.append(text) or [])
    for name in ("2015.06/dump-06.txt", "v5/dump-06.txt"):
        data = (ROOT / "tests" / "golden" / "data" / name).read_bytes()
        for version in (data, without_masks(data)) if name.startswith("2015") else (data,):
            del taken[:]
            list(usual.flows(version))
            # 2014.11 leaves lines out, which is unusual enough.
            counted = version.count(b"tats: FlowStats{")
            assert sum("  Flow" in text for text in taken) - version.count(b"\n  Flow") + counted < 0.1 * counted, name


def test_layouts_are_told_apart():
    old = (ROOT / "tests/golden/data/2015.06/dump-05.txt").read_bytes()
    new = (ROOT / "tests/golden/data/v5/dump-05.txt").read_bytes()
    for data, layout in ((old, layouts.MASKED), (without_masks(old), layouts.OLD), (new, layouts.NEW), (b"0 flows\n", None)):
        assert flow_dump.reduce(io.BytesIO(data))["layout"] == layout
        assert flow_dump.reduce(io.BytesIO(data.replace(b"\n", b"\r\n")))["layout"] == layout
        assert flow_dump.reduce(Trickle(data))["layout"] == layout


SMALL = [ROOT / "tests/golden/data" / name for name in ("2015.06/dump-04.txt", "2015.06/dump-08.txt", "v5/dump-04.txt", "v5/dump-08.txt")]
TEXTS = [path.read_bytes() for path in SMALL]
TEXTS += [without_masks(text) for text in TEXTS[:2]]
LINES = sorted({line + b"\n" for text in TEXTS for line in text.split(b"\n")[:400]})


@pytest.mark.parametrize("number", range(len(TEXTS)))
def test_a_dump_may_end_anywhere(number):
    data = TEXTS[number]
    for end in range(0, len(data), 7):
        cut = data[:end]
        assert summary(cut) == reference.summary(cut), end
        result = flow_dump.reduce(io.BytesIO(cut))
        assert result["complete"] is (result["flows"] == result["announced"] and cut.endswith(b"\n")), end
        assert bool(result["note"]) is not result["complete"]


def test_a_grown_dump_is_complete_and_said_to_have_grown():
    data = TEXTS[0].replace(b"10 flows", b"8 flows")
    result = flow_dump.reduce(io.BytesIO(data))
    assert (result["complete"], result["note"]) == (True, "the dump grew: 10 flows, 8 were announced")


DAMAGE = st.tuples(
    st.integers(0, 10**6),
    st.sampled_from(["replace", "insert", "delete", "line", "drop", "cut"]),
    st.binary(max_size=3),
    st.sampled_from(LINES),
)


def damaged(data, damage) -> bytes:
    """The dump after all that happened to it."""
    data = bytearray(data)
    for place, kind, some, line in damage:
        at = place % (len(data) + 1)
        start = data.rfind(b"\n", 0, at) + 1
        if kind == "replace":
            data[at : at + len(some)] = some
        elif kind == "insert":
            data[at:at] = some
        elif kind == "delete":
            del data[at : at + len(some)]
        elif kind == "line":
            data[start:start] = line
        elif kind == "drop":
            del data[start : data.find(b"\n", start) + 1]
        else:
            del data[max(at, len(data) // 2) :]
    return bytes(data)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(TEXTS), st.lists(DAMAGE, max_size=6), st.sampled_from([64, 1000, 1 << 18]))
def test_damaged_dumps_are_read_as_the_reference_reads_them(data, damage, size):
    data = damaged(data, damage)
    assert summary(data, size) == reference.summary(data)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(TEXTS), st.lists(DAMAGE, max_size=6))
def test_the_fast_reader_of_flows_in_full_is_the_plain_one(data, damage):
    data = damaged(data, damage)
    assert list(usual.flows(data)) == typed.flows(data.decode("utf-8", "replace"))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(LINES), st.binary(max_size=30)), max_size=60), st.sampled_from([64, 1 << 18]))
def test_lines_in_any_order_are_read_as_the_reference_reads_them(pieces, size):
    data = b"".join(pieces)
    if layouts.layout_of(data) != layouts.OVS:
        assert summary(data, size) == reference.summary(data)


def test_quotes_are_few_and_short():
    data = b"3 flows\n" + b"what is this? " * 100 + b"\n" + b"\x1b[31mno\x1b[0m \xff\n" * 50
    result = flow_dump.reduce(io.BytesIO(data))
    assert result["unknown_lines"] == 51
    assert len(result["unknown"]) == 5
    assert max(map(len, result["unknown"])) <= 200
    assert result["unknown"][1] == "no \ufffd"


def test_a_hostile_dump_costs_bounded_memory_and_result():
    head = b"    match keys:\n      Ethernet{src=00:00:00:00:00:01, dst=00:00:00:00:00:02}\n      EtherType{0x800}\n    actions: \n"
    parts = [b"30000 flows\n"]
    for port in range(30000):
        parts.append(b"  Flow:\n" + head.replace(b"      Ethernet", b"      InPort{%d}\n      Ethernet" % port))
        parts.append(b"      Output{port=%d}\n    stats: FlowStats{packets=1, bytes=%d}\n    lastUsedTime: 5\n" % (port, port + 1))
    result = flow_dump.reduce(io.BytesIO(b"".join(parts)), keep=100)
    assert result["flows"] == 30000
    for table in ("in_ports", "out_ports"):
        assert len(result[table]) == 100
        assert result["others"][table]["flows"] == 29900
        assert sum(one["bytes"] for one in result[table]) + result["others"][table]["bytes"] == result["bytes"]
    assert [flow["bytes"] for flow in result["top"]] == list(range(30000, 29990, -1))


NONSENSE = (b"x", b"\n", b"  Flow:\n", b"{", b"    match keys:\n", b"\x1b[", b"      SetKey{", b"  Flow:\n    match keys:\n")


@pytest.mark.parametrize("piece", NONSENSE)
def test_nonsense_takes_linear_time(piece):
    data = b"5 flows\n  Flow:\n" + piece * (3_000_000 // len(piece))
    result = flow_dump.reduce(io.BytesIO(data))
    assert result["complete"] is False


MEASURE = """
import io, resource, sys
sys.path.insert(0, {build!r})
from ansible_collections.midonet.diagnostics.plugins.module_utils import flow_dump
class Repeated(io.RawIOBase):
    def __init__(self, data, times):
        self.data, self.left, self.buffer = data, times, b""
    def read(self, size=-1):
        while len(self.buffer) < size and self.left:
            self.left -= 1
            self.buffer += self.data
        piece, self.buffer = self.buffer[:size], self.buffer[size:]
        return piece
data = open({path!r}, "rb").read().split(b"\\n", 1)[1]
result = flow_dump.reduce(Repeated(data, {times}))
assert result["flows"] == 200 * {times}, result
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.parametrize("name", ["2015.06/dump-06.txt", "v5/dump-06.txt"])
def test_memory_does_not_grow_with_the_number_of_flows(name):
    def peak(times):
        code = MEASURE.format(build=str(ROOT / ".build"), path=str(ROOT / "tests/golden/data" / name), times=times)
        return int(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)

    assert peak(1000) <= 1.1 * peak(50)
