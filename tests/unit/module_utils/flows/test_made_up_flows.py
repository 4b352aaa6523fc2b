# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The reducer against flows made up at random and printed in every layout (printer.py): it must tell what they were made of."""

from __future__ import annotations

import io
import random
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.midonet.diagnostics.plugins.module_utils import flow_dump
from ansible_collections.midonet.diagnostics.plugins.module_utils.flows.matching import CRITERIA, Matching
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
import printer

CRITERIA_NAMES = sorted(name for name, _read, _has in CRITERIA)
SEEDS = st.integers(0, 2**32)
SIZES = st.sampled_from([97, 3000, 1 << 18])
NUMBERS = st.integers(0, 40)


def made_up(seed: int, number: int) -> list[dict[str, Any]]:
    """In the order in which mm-dpctl prints them: those that no packet used come first."""
    rng = random.Random(seed)
    return sorted((printer.flow(rng) for _at in range(number)), key=lambda made: made["used"])


def read(data: bytes, **options: Any) -> dict[str, Any]:
    return flow_dump.reduce(io.BytesIO(data), keep=10**6, **options)


def summed(result: dict[str, Any]) -> dict[str, Any]:
    """The result in the shape of printer.sums()."""
    found = {name: result[name] for name in ("flows", "packets", "bytes", "never_used")}
    names = {"tunnel_peers": ("address", "direction"), "ethertypes": ("ethertype",)}
    for table in ("in_ports", "out_ports", "tunnel_peers", "ethertypes", "drops"):
        found[table] = {}
        for entry in result[table]:
            name = tuple(entry[one] for one in names.get(table, ("port",)))
            found[table][name if len(name) > 1 else name[0]] = [entry["flows"], entry["packets"], entry["bytes"]]
    return found


def identity(flow: dict[str, Any]) -> tuple[int, int]:
    # 2014.11 prints no zeros.
    return flow["packets"] or 0, flow["bytes"] or 0


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(printer.LAYOUTS), SEEDS, NUMBERS, SIZES, st.booleans())
def test_the_sums_are_those_of_the_flows(layout: str, seed: int, number: int, size: int, of_windows: bool) -> None:
    flows = made_up(seed, number)
    data = printer.dump(flows, layout)
    result = read(data.replace(b"\n", b"\r\n") if of_windows else data, size=size)
    assert (result["unknown"], result["unknown_lines"], result["unknown_flows"], result["others"]) == ([], 0, 0, {})
    assert summed(result) == printer.sums(flows)
    assert result["layout"] == (layout if flows else None)
    assert result["announced"] == (None if layout == printer.OVS else number)
    assert result["complete"] is (None if layout == printer.OVS and flows else bool(flows or layout != printer.OVS))
    largest = sorted((made["bytes"] for made in flows if made["bytes"]), reverse=True)[:10]
    assert [flow["bytes"] for flow in result["top"]] == largest


@settings(max_examples=100, deadline=None)
@given(st.data(), st.sampled_from(printer.LAYOUTS), SEEDS, st.integers(1, 40), SIZES)
def test_filters_in_any_combination_find_what_has_it_all(data: Any, layout: str, seed: int, number: int, size: int) -> None:
    flows = made_up(seed, number)
    its = [printer.shown(made, layout) for made in flows]
    # Of one flow, so that something is found; and of any, so that something is not.
    one = data.draw(st.sampled_from(its))
    wanted = {}
    for name in data.draw(st.lists(st.sampled_from(CRITERIA_NAMES), min_size=1, max_size=4, unique=True)):
        values = one[name] if data.draw(st.integers(0, 5)) else set().union(*(shown[name] for shown in its))
        if values:
            wanted[name] = data.draw(st.sampled_from(sorted(values)))
    if not wanted:
        return
    expected = [made for made, shown in zip(flows, its, strict=True) if all(value in shown[name] for name, value in wanted.items())]
    most = data.draw(st.integers(0, 3))
    result = read(printer.dump(flows, layout), size=size, top=most, match=Matching(**wanted))
    assert (result["flows"], result["matched"], result["unknown_lines"]) == (number, len(expected), 0)
    assert [identity(flow) for flow in result["matches"]] == [identity(made) for made in expected[:most]]
    # The number of flows is that of the dump, all else that of what matches.
    assert summed(result) == {**printer.sums(expected), "flows": number}


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(printer.LAYOUTS), SEEDS, st.integers(2, 12), st.integers(0, 10**6), SIZES)
def test_a_dump_that_is_cut_keeps_every_whole_flow(layout: str, seed: int, number: int, place: int, size: int) -> None:
    flows = made_up(seed, number)
    data = printer.dump(flows, layout)
    ends = [len(printer.dump(flows[:at], layout, number)) for at in range(number + 1)]
    # 2014.11 prints nothing for what it does not know: of its last flow none can tell whether all of it came.
    data = data[: place % ends[-2 if layout == printer.OLD else -1]]
    whole = sum(end <= len(data) for end in ends[1:])
    result = read(data, size=size)
    assert result["flows"] in ((whole - 1, whole) if layout == printer.OLD else (whole,))
    assert summed(result) == printer.sums(flows[: result["flows"]])
    at_a_line = not data or data.endswith(b"\n")
    assert result["complete"] is (None if layout == printer.OVS and data and at_a_line and whole else False)
    assert bool(result["note"]) is not (result["complete"] is None)


@pytest.mark.parametrize("layout", printer.LAYOUTS[:3])
@pytest.mark.parametrize(("announced", "complete"), [(0, True), (19, True), (20, True), (21, False), (10**9, False)])
def test_more_or_fewer_flows_than_announced(layout: str, announced: int, complete: bool) -> None:
    result = read(printer.dump(made_up(7, 20), layout, announced))
    assert (result["flows"], result["announced"], result["complete"]) == (20, announced, complete)
    assert ("grew" in result["note"], "early" in result["note"]) == (announced < 20, announced > 20)


@pytest.mark.parametrize("layout", printer.LAYOUTS[:3])
def test_what_follows_the_last_flow_is_told(layout: str) -> None:
    data = printer.dump(made_up(7, 20), layout)
    result = read(data + b"Aborting")
    assert (result["flows"], result["complete"]) == (20, False)
    assert result["note"] == "something follows the last flow: 20 flows, 20 were announced"
    result = read(data + b"Aborting\n")
    assert (result["flows"], result["complete"], result["unknown"]) == (20, True, ["Aborting"])


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(printer.LAYOUTS), SEEDS)
def test_flows_in_full_have_the_values_of_the_flows(layout: str, seed: int) -> None:
    flows = made_up(seed, 12)
    # One after the other, so that each is among the flows with most bytes.
    for made in flows:
        made.update(packets=3, bytes=300, used=5)
        (found,) = read(printer.dump([made], layout))["top"]
        assert (found["packets"], found["bytes"], found["unknown"]) == (3, 300, [])
        assert found["last_used_ms"] == (None if layout == printer.OVS else 5)
        assert len(found["actions"]) == len(made["actions"])
        check = in_match if layout == printer.NEW else in_keys
        check(made, found, layout)


def in_match(made: dict[str, Any], found: dict[str, Any], _layout: str) -> None:
    match = found["match"]
    assert match["InputPortNumber"] == made["in_port"]
    assert (match["EthSrc"], match["EthDst"], match["EtherType"]) == (made["src_mac"], made["dst_mac"], made["ethertype"])
    assert (match.get("NetworkSrc"), match.get("NetworkDst")) == (made["src"], made["dst"])
    if made["ethertype"] in (0x0800, 0x86DD):
        assert (match["NetworkProto"], match["NetworkTTL"], match["NetworkTOS"]) == (made["protocol"], made["ttl"], made["tos"])
        assert match["FragmentType"] == printer.FRAGMENTS[made["fragment"]]
    if made["tunnel"]:
        assert (match["TunnelKey"], match["TunnelDst"]) == (made["tunnel"]["key"], made["tunnel"]["dst"])


def in_keys(made: dict[str, Any], found: dict[str, Any], layout: str) -> None:
    keys = {key["key"]: key for key in found["keys"]}
    if made["vlan"] is not None:
        assert keys["VLAN"]["tci"] == made["vlan"] | made["pcp"] << 13
        keys.update((key["key"], key) for key in keys["Encap"]["keys"])
    assert keys["InPort"]["port"] == made["in_port"]
    assert (keys["Ethernet"]["src"], keys["Ethernet"]["dst"]) == (made["src_mac"], made["dst_mac"])
    assert keys["EtherType"]["type"] == made["ethertype"]
    if made["tunnel"]:
        assert (keys["Tunnel"]["tun_id"], keys["Tunnel"]["ipv4_dst"]) == (made["tunnel"]["key"], made["tunnel"]["dst"])
    network = keys.get("IPv4") or keys.get("IPv6")
    if made["ethertype"] in (0x0800, 0x86DD):
        assert (network["src"], network["dst"], network["proto"], network["frag"]) == (
            made["src"], made["dst"], made["protocol"], made["fragment"],
        )  # fmt: skip
        if layout != printer.OVS:
            assert {made["ttl"], made["tos"]} <= set(network.values())
    if made["ethertype"] == 0x0806:
        assert (keys["ARP"]["sip"], keys["ARP"]["tip"], keys["ARP"]["op"]) == (made["src"], made["dst"], made["arp"])
