"""Filters against the truth of genuine dumps: what is found by searching bytes is what the flows really hold."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest
from ansible_collections.midonet.diagnostics.plugins.module_utils import flow_dump
from ansible_collections.midonet.diagnostics.plugins.module_utils.flows.matching import CRITERIA, Matching

ROOT = Path(__file__).parents[4]
GOLDEN = Path(os.environ.get("GOLDEN_DIR") or ROOT / "tests" / "golden" / "data")
DUMPS = sorted(path for path in GOLDEN.rglob("dump-*.txt") if path.with_suffix(".json").exists())


def flattened(keys):
    for key in keys:
        yield from flattened(key["keys"]) if key["key"] == "Encap" else (key,)


def has(flow, shows_sctp):
    """What each criterion can find in a flow of the truth, by criterion."""
    found = {name: set() for name, _read, _has in CRITERIA}

    def pair(kind, source, destination):
        found["src" + kind].add(source)
        found["dst" + kind].add(destination)

    for key in flattened(flow["keys"]):
        name = key["key"]
        if name in ("IPv4", "IPv6"):
            pair("", key["src"], key["dst"])
        elif name == "ARP":
            pair("", key["sip"], key["tip"])
        elif name == "Ethernet":
            pair("_mac", key["src"], key["dst"])
        elif name in ("TCP", "UDP") or (name == "SCTP" and shows_sctp):
            pair("_port", key["src"], key["dst"])
        elif name == "Tunnel":
            found["tunnel_key"].add(key["tun_id"])
        elif name == "InPort":
            found["in_port"].add(key["port"])
    for action in flow["actions"]:
        if action["action"] == "Output":
            found["out_port"].add(action["port"])
        elif action["action"] == "SetKey" and action["key"]["key"] == "Tunnel":
            found["tunnel_key"].add(action["key"]["tun_id"])
    found["address"] = found["src"] | found["dst"]
    found["mac"] = found["src_mac"] | found["dst_mac"]
    found["port"] = found["src_port"] | found["dst_port"]
    return found


def identity(flow):
    return (flow["packets"], flow["bytes"], flow["last_used_ms"])


def reduced(data, size=1 << 18, **wanted):
    return flow_dump.reduce(io.BytesIO(data), top=10**6, size=size, match=Matching(**wanted))


@pytest.mark.parametrize("path", DUMPS, ids=lambda path: str(path.relative_to(GOLDEN)))
def test_every_value_of_every_flow_is_found_where_it_is_and_nowhere_else(path):
    data = path.read_bytes()
    truth = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    # 5.x prints no ports of SCTP.
    flows = [(flow, has(flow, b"FlowMatch" not in data)) for flow in truth["flows"]]
    for name, _read, _has in CRITERIA:
        everything = {value for _flow, found in flows for value in found[name]}
        # Addresses of tunnels, and targets of actions, are the ones that a search of bytes finds by mistake.
        tunnels = {key["ipv4_src"] for flow, _found in flows for key in flow["keys"] if key["key"] == "Tunnel"}
        for value in sorted(everything)[:40] + (sorted(tunnels)[:5] if name in ("address", "src", "dst") else []):
            expected = [identity(flow) for flow, found in flows if value in found[name]]
            for version in (data, data.replace(b"\n", b"\r\n")) if len(data) < 50000 else (data,):
                result = reduced(version, **{name: value})
                assert [identity(flow) for flow in result["matches"]] == expected, (name, value)
                assert (result["matched"], result["flows"]) == (len(expected), len(flows))
                assert result["bytes"] == sum(size for _packets, size, _used in expected)
                assert result["complete"] is True


@pytest.mark.parametrize("name", ["2015.06/dump-06.txt", "v5/dump-06.txt"])
def test_criteria_are_all_to_be_met(name):
    path = ROOT / "tests/golden/data" / name
    truth = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["flows"]
    every = [(flow, has(flow, True)) for flow in truth]
    data = path.read_bytes()
    for flow, found in every[::7]:
        names = ("src", "dst", "src_mac", "dst_port", "in_port", "out_port", "tunnel_key")
        wanted = {name: min(found[name], key=str) for name in names if found[name]}
        expected = [identity(other) for other, its in every if all(value in its[one] for one, value in wanted.items())]
        assert identity(flow) in expected
        for size in (97, 3000, 1 << 18):
            result = reduced(data, size, **wanted)
            assert [identity(one) for one in result["matches"]] == expected
    assert reduced(data, src="10.0.0.1", in_port=3, address="1.2.3.4")["matched"] == 0


def test_a_summary_of_what_matches():
    data = (ROOT / "tests/golden/data/v5/dump-06.txt").read_bytes()
    result = reduced(data, in_port=3)
    assert [entry["port"] for entry in result["in_ports"]] == [3]
    assert result["in_ports"][0]["flows"] == result["matched"] == len(result["matches"])
    assert result["top"] == []


def test_few_of_many_matches():
    data = (ROOT / "tests/golden/data/v5/dump-06.txt").read_bytes()
    result = flow_dump.reduce(io.BytesIO(data), top=2, match=Matching(in_port=3))
    assert len(result["matches"]) == 2 < result["matched"]


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [
        ({"address": "10.0.0"}, "address: not an IP address: 10.0.0"),
        ({"src": "10.0.0.256"}, "src: not an IP address: 10.0.0.256"),
        ({"dst": "fe80::g"}, "dst: not an IP address: fe80::g"),
        ({"mac": "fa:16:3e"}, "mac: not a MAC address: fa:16:3e"),
        ({"port": 70000}, "port: out of range: 70000"),
        ({"tunnel_key": "x"}, "tunnel_key: not a number: x"),
        ({"colour": "red"}, "no such criterion: colour"),
    ],
)
def test_nonsense_is_refused_in_one_line(wanted, problem):
    with pytest.raises(ValueError) as raised:
        Matching(**wanted)
    assert str(raised.value) == problem


def test_nothing_wanted_is_no_filter():
    assert not Matching()
    assert not Matching(address=None)
