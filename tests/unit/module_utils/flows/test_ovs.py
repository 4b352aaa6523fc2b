"""Dumps of Open vSwitch's own tools."""

from __future__ import annotations

import io
import re
from unittest import mock

import pytest
from ansible_collections.midonet.diagnostics.plugins.module_utils import flow_dump
from ansible_collections.midonet.diagnostics.plugins.module_utils.flows import ovs
from ansible_collections.midonet.diagnostics.plugins.module_utils.flows.matching import Matching
from hypothesis import given, settings
from hypothesis import strategies as st

# Written after ovs-dpctl(8) and the tests of Open vSwitch.
DPCTL = b"""\
recirc_id(0),tunnel(tun_id=0x64,src=10.0.3.5,dst=10.0.3.1,tos=0/0,ttl=64,flags(-df-csum+key)),in_port(3),\
eth(src=fa:16:3e:c3:c2:4f,dst=fa:16:3e:c3:c9:80),eth_type(0x0800),\
ipv4(src=10.3.0.203,dst=10.0.10.79/255.255.255.0,proto=6,tos=0/0,ttl=253,frag=no),tcp(src=39630,dst=3306), \
packets:12, bytes:980, used:1.204s, flags:SP., actions:5
recirc_id(0),in_port(5),eth(src=fa:16:3e:c3:c9:80,dst=fa:16:3e:c3:c2:4f),eth_type(0x0800),\
ipv4(src=10.0.10.79,dst=10.3.0.203,proto=17,tos=0,ttl=64,frag=no),udp(src=53,dst=4000), \
packets:3, bytes:300, used:0.5s, actions:set(tunnel(tun_id=0x65,src=10.0.3.1,dst=10.0.3.5,ttl=64,flags(df|key))),3,7
recirc_id(0),in_port(7),eth(src=fa:16:3e:00:00:01,dst=ff:ff:ff:ff:ff:ff),eth_type(0x0806),\
arp(sip=10.3.0.203,tip=10.0.10.79,op=1/0xff,sha=fa:16:3e:00:00:01,tha=00:00:00:00:00:00), packets:0, bytes:0, used:never, actions:drop
"""
APPCTL = b"""\
flow-dump from the main thread:
ufid:0cf1ca36-0f9d-4d43-8b3a-3b4a4c4a5a55, skb_priority(0/0),skb_mark(0/0),ct_state(0/0),recirc_id(0),dp_hash(0/0),in_port(tap1),\
packet_type(ns=0,id=0),eth(src=fa:16:3e:00:00:01,dst=33:33:00:00:00:02),eth_type(0x8100),vlan(vid=10,pcp=1),\
encap(eth_type(0x86dd),ipv6(src=fe80::1,dst=ff02::2,label=0/0,proto=58,tclass=0/0,hlimit=255,frag=no),icmpv6(type=133,code=0)), \
packets:1, bytes:70, used:3.1s, dp:ovs, actions:pop_vlan,userspace(pid=1234,userdata(01,02)),br0
flow-dump from pmd on cpu core: 2
"""


def test_dpctl():
    result = flow_dump.reduce(io.BytesIO(DPCTL))
    assert (result["layout"], result["flows"], result["complete"], result["unknown"]) == ("ovs", 3, None, [])
    assert (result["packets"], result["bytes"], result["never_used"]) == (15, 1280, 1)
    assert {entry["port"]: entry["bytes"] for entry in result["in_ports"]} == {3: 980, 5: 300, 7: 0}
    assert {entry["port"]: entry["bytes"] for entry in result["out_ports"]} == {3: 300, 5: 980, 7: 300}
    assert {(entry["address"], entry["direction"]): entry["flows"] for entry in result["tunnel_peers"]} == {
        ("10.0.3.5", "from"): 1,
        ("10.0.3.5", "to"): 1,
    }
    assert {entry["ethertype"]: entry["flows"] for entry in result["ethertypes"]} == {"0x0800": 2, "0x0806": 1}
    assert [(entry["port"], entry["flows"]) for entry in result["drops"]] == [(7, 1)]
    first = result["top"][0]
    assert {"key": "IPv4", "src": "10.3.0.203", "dst": "10.0.10.79", "proto": 6, "tos": 0, "ttl": 253, "frag": 0} in first["keys"]
    assert {"key": "IPv4", "dst": "255.255.255.0", "tos": 0} in first["masks_per_key"]
    assert (first["tcp_flag_names"], first["idle_s"], first["last_used_ms"]) == (["SYN", "PSH", "ACK"], 1.204, None)
    assert first["actions"] == [{"action": "Output", "port": 5}]


def test_appctl_with_names_and_tags():
    result = flow_dump.reduce(io.BytesIO(APPCTL))
    assert (result["flows"], result["unknown"]) == (1, [])
    assert result["in_ports"][0]["port"] == "tap1"
    assert result["out_ports"][0]["port"] == "br0"
    assert result["ethertypes"][0]["ethertype"] == "0x86dd"
    flow = result["top"][0]
    assert {"key": "VLAN", "tci": 10 | 1 << 13} in flow["keys"]
    assert [action["action"] for action in flow["actions"]] == ["PopVLAN", "userspace", "Output"]
    assert flow_dump.reduce(io.BytesIO(APPCTL), match=Matching(src="fe80::1"))["matched"] == 1


@pytest.mark.parametrize(
    ("wanted", "bytes_of"),
    [
        ({"address": "10.3.0.203"}, [980, 300, 0]),
        ({"src": "10.3.0.203"}, [980, 0]),
        ({"address": "10.0.3.5"}, []),
        ({"tunnel_key": 0x64}, [980]),
        ({"tunnel_key": 0x65}, [300]),
        ({"port": 53}, [300]),
        ({"in_port": 7}, [0]),
        ({"out_port": 7}, [300]),
        ({"mac": "FA:16:3E:C3:C9:80", "dst_port": 3306}, [980]),
    ],
)
def test_filters(wanted, bytes_of):
    result = flow_dump.reduce(io.BytesIO(DPCTL), match=Matching(**wanted))
    assert ([flow["bytes"] for flow in result["matches"]], result["matched"]) == (bytes_of, len(bytes_of))
    assert result["flows"] == 3


def test_a_cut_dump_keeps_whole_lines_and_says_so():
    for end in range(len(DPCTL)):
        result = flow_dump.reduce(io.BytesIO(DPCTL[:end]))
        if result["layout"] == "ovs":
            assert result["flows"] == DPCTL[:end].count(b"\n")
            assert result["complete"] is (None if DPCTL[:end].endswith(b"\n") else False)


def test_what_is_no_flow_is_counted():
    result = flow_dump.reduce(io.BytesIO(DPCTL + b"ovs-dpctl: failed\n" + DPCTL.replace(b"ipv4(", b"ipv4[")))
    assert (result["flows"], result["unknown_lines"]) == (4, 3)
    assert result["unknown"][0] == "ovs-dpctl: failed"
    with pytest.raises(ValueError):
        ovs.flow(b"no flow")


def test_what_a_datapath_tells_of_itself_is_no_action():
    """Open vSwitch 2.17 and newer, in user space."""
    told = DPCTL.replace(b"actions:5\n", b"actions:5, dp-extra-info:miniflow_bits(5,1)\n").replace(
        b"actions:drop\n", b"actions:drop, dp-extra-info:miniflow_bits(4,0)\n"
    )
    assert told.count(b"dp-extra-info") == 2
    assert flow_dump.reduce(io.BytesIO(told)) == flow_dump.reduce(io.BytesIO(DPCTL))


@settings(max_examples=500, deadline=None)
@given(st.text("ab,=/(){}<| ", max_size=60))
def test_the_usual_way_to_split_is_the_patient_one(text: str) -> None:
    try:
        wanted = ovs._unusual_parts(text)
    except ValueError:
        wanted = None
    try:
        found = ovs._parts(text)
    except ValueError:
        found = None
    assert found == wanted


KEYS = sorted({part for line in (DPCTL + APPCTL).decode().split("\n") for part in ovs._PART.findall(line.partition(" ")[0]) if "(" in part})
KEYS += ["eth()", "ipv4(frag=no)", "tcp(src=1/0x1,dst=0/0)", "eth(src=00:00:00:00:00:01/ff:ff:ff:00:00:00,dst=00:00:00:00:00:02)"]
KEYS += [
    "ipv4(src=10.0.0.1/255.0.0.0,dst=10.0.0.2,proto=6,tos=0/0xfc,ttl=0/0,frag=no)",
    "udp(src=53,dst=0/0)",
    "tunnel(tun_id=0x1/0xff,ttl=1)",
    "arp(sip=10.0.0.1/255.0.0.0,tip=10.0.0.2,op=1/0xff,sha=00:00:00:00:00:01,tha=00:00:00:00:00:02/00:00:00:00:00:00)",
    "arp(sip=10.0.0.1,tip=10.0.0.2/0.0.0.0,op=2,sha=00:00:00:00:00:01/ff:00:00:00:00:00,tha=00:00:00:00:00:02)",
]


@settings(max_examples=1000, deadline=None)
@given(
    st.sampled_from([key[:-1] for key in KEYS]),
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 2), st.text("0af.:,/=()x", max_size=3)), max_size=2),
)
def test_the_usual_way_to_read_a_key_is_the_patient_one(text, changes) -> None:
    for place, gone, piece in changes:
        at = place % (len(text) + 1)
        text = text[:at] + piece + text[at + gone :]
    answers = []
    for read in (ovs._read_key, ovs._key):
        try:
            answers.append(read(text))
        except (ValueError, KeyError, TypeError):
            answers.append(None)
    assert answers[0] == answers[1]


USUAL = [
    "skb_priority(0/0),skb_mark(0),ct_state(0/0),recirc_id(0),dp_hash(0/0),",
    "tunnel(tun_id=0x64,src=10.0.3.5,dst=10.0.3.1,tos=0x0/0x3,ttl=64/0,flags(-df-csum+key)),",
    "in_port(3),",
    "packet_type(ns=0,id=0),",
    "eth(src=fa:16:3e:00:00:01/00:00:00:00:00:00,dst=fa:16:3e:00:00:02),",
    "eth_type(0x0800),",
    "ipv4(src=10.0.0.1/255.255.255.0,dst=10.0.0.2,proto=6,tos=0x0/0x3,ttl=63/0,frag=no),",
    "tcp(src=1024/0xfc00,dst=80),",
    "tcp_flags(0x2/0),",
]


@settings(max_examples=1000, deadline=None)
@given(
    st.lists(st.sampled_from(range(len(USUAL))), max_size=4, unique=True),
    st.lists(
        st.tuples(
            st.integers(0, 500),
            st.integers(0, 2),
            st.text("0af.:,/=()x", max_size=3) | st.sampled_from([",src=10.0.0.9", ",dst=10.0.0.9/255.0.0.0", ",tun_id=0x1"]),
        ),
        max_size=1,
    ),
)
def test_the_usual_way_to_read_the_keys_of_a_flow_is_the_one_key_by_key(left_out, changes) -> None:
    text = "".join(key for at, key in enumerate(USUAL) if at not in left_out)[:-1]
    for place, gone, piece in changes:
        at = place % (len(text) + 1)
        text = text[:at] + piece + text[at + gone :]
    line = (text + ", packets:1, bytes:2, used:0.5s, flags:S., dp:ovs, actions:set(tunnel(tun_id=0x5,dst=10.0.3.9)),3\n").encode()
    answers = []
    for usual in (ovs._USUAL, re.compile("(?!)")):
        with mock.patch.object(ovs, "_USUAL", usual):
            answers.append(ovs.flows(line))
    assert answers[0] == answers[1]


@pytest.mark.parametrize("times", [1, 2, 50, 5000, 50000])
def test_any_number_of_actions(times) -> None:
    line = (
        DPCTL.split(b"\n")[1].replace(b"actions:set(", b"actions:" + b"set(tunnel(tun_id=0x1,dst=10.0.3.9)),7," * times + b"set(") + b"\n"
    )
    result = flow_dump.reduce(io.BytesIO(line))
    assert (result["flows"], result["unknown"]) == ((1, []) if len(line) < 10**6 else (0, result["unknown"]))
    if result["flows"]:
        assert {(peer["address"], peer["flows"]) for peer in result["tunnel_peers"]} == {("10.0.3.5", 1), ("10.0.3.9", 1)}
        assert [port["port"] for port in result["out_ports"]] == [3, 7]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from(["set(tunnel(tun_id=0x5,flags(df|key)))", "set(tunnel(x))", "drop", "3", "set(eth(src=a))", "", "ct(commit)"]))
)
def test_the_usual_way_to_read_actions_is_the_patient_one(actions) -> None:
    text = ",".join(actions)
    usual, patient = ovs._actions(text), ovs._read_actions(text)
    # An action that drops means something when it is alone.
    assert [one for one in usual[0] if one["action"] != "drop"] == [one for one in patient[0] if one["action"] != "drop"]
    assert (usual[1], not usual[0]) == (patient[1], not patient[0])


def test_lines_that_run_together_are_told() -> None:
    first, second, _third, _end = DPCTL.split(b"\n")
    result = flow_dump.reduce(io.BytesIO(first + second + b"\n" + first + b"\n"))
    assert (result["flows"], result["unknown_lines"]) == (1, 1)


def test_a_key_that_cannot_be_read_costs_no_flow() -> None:
    result = flow_dump.reduce(io.BytesIO(DPCTL.replace(b"frag=no", b"frag=perhaps").replace(b"),3,7", b"),set(udp(dst=http)),3,7")))
    assert (result["flows"], result["unknown_flows"], result["unknown_lines"]) == (3, 2, 3)
    assert result["unknown"][0].startswith("ipv4(src=10.3.0.203,")
    assert result["unknown"][2] == "set(udp(dst=http))"
    assert {entry["port"]: entry["bytes"] for entry in result["out_ports"]} == {3: 300, 5: 980, 7: 300}


@pytest.mark.parametrize(
    "text", ["vlan(pcp=1)", "vlan()", "vlan(vid=0,pcp=1,cfi=0)", "vlan(vid=0/0x0,pcp=1/0x7)", "vlan(tci=0x2000/0xffff)"]
)
def test_tags_without_a_number(text) -> None:
    assert ovs._key(text[:-1])[0] == {"key": "VLAN", "tci": 0 if text == "vlan()" else 0x2000}


def test_what_is_remembered_is_bounded() -> None:
    known = ovs._known_keys
    for number in range(5000):
        ovs._key(f"recirc_id({number}")
    ovs._key("recirc_id(" + "1" * 1000)
    assert len(known) <= 4096
    assert max(map(len, known)) <= 200
