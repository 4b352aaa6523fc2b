"""Layouts of mm-dpctl that no golden text holds, and the same datapath printed in each of them by a printer of its own.

The printer below is written after the grammar, not after the parser.
"""

from __future__ import annotations

import random
from typing import Any

import pytest
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _odp_keys, mm_dpctl
from hypothesis import given, settings
from hypothesis import strategies as st

STATS = ("rxPackets", "txPackets", "rxBytes", "txBytes", "rxErrors", "txErrors", "rxDropped", "txDropped")

# --- the printer


def signed(value: int, bits: int) -> int:
    return value - (1 << bits) if value >= 1 << (bits - 1) else value


def short6(address: str) -> str:
    return ":".join(group.lstrip("0") or "0" for group in address.split(":"))


def print_key(key: dict[str, Any]) -> str:
    kind = key["key"]
    if kind in ("InPort", "Priority"):
        return f"{kind}{{{key['port' if kind == 'InPort' else 'priority']}}}"
    if kind == "EtherType":
        return f"EtherType{{0x{signed(key['type'], 16) & 0xFFFFFFFF:x}}}"
    if kind == "VLAN":
        return f"VLAN{{{signed(key['tci'], 16)}}}"
    if kind == "TCPFlags":
        return f"TCPFlags{{'{'|'.join(key['names'])}'}}"
    if kind == "Encap":
        return f"Encap{{keys=[{', '.join(map(print_key, key['keys']))}]}}"
    if kind == "ICMP":
        return f"ICMP{{type=0x{signed(key['type'], 8) & 0xFFFFFFFF:x}, code={signed(key['code'], 8)}}}"
    if kind == "IPv6":
        return (
            f"IPv6{{src={short6(key['src'])}, dst={short6(key['dst'])}, label={key['label']}, proto={signed(key['proto'], 8)}, "
            f"tclass={signed(key['tclass'], 8)}, hlimit={signed(key['hlimit'], 8)}, frag={signed(key['frag'], 8)}}}"
        )
    if kind == "IPv4":
        return (
            f"KeyIPv4{{src={key['src']}, dst={key['dst']}, proto={signed(key['proto'], 8)}, tos={signed(key['tos'], 8)}, "
            f"ttl={signed(key['ttl'], 8)}, frag={signed(key['frag'], 8)}}}"
        )
    if kind == "ARP":
        return f"KeyARP{{sip={key['sip']}, tip={key['tip']}, op={signed(key['op'], 16)}, sha={key['sha']}, tha={key['tha']}}}"
    if kind == "ND":
        return f"ND{{target={short6(key['target'])}, sll={key['sll']}, tll={key['tll']}}}"
    if kind == "Tunnel":
        return (
            f"Tunnel{{tun_id={key['tun_id']}, ipv4_src={key['ipv4_src']}, ipv4_dst={key['ipv4_dst']}, tun_flag={key['tun_flag']}, "
            f"ipv4_tos={signed(key['ipv4_tos'], 8)}, ipv4_ttl={signed(key['ipv4_ttl'], 8)}}}"
        )
    fields = ("type", "code") if kind == "ICMPv6" else ("src", "dst")
    return f"{kind}{{{', '.join(f'{name}={key[name]}' for name in fields)}}}"


def print_action(action: dict[str, Any]) -> str:
    kind = action["action"]
    if kind == "SetKey":
        return f"SetKey{{{print_key(action['key'])}}}"
    if kind == "PushVLAN":
        return f"PushVLAN{{tpid={signed(action['tpid'], 16)}, tci={signed(action['tci'], 16)}}}"
    if kind == "ToUserspace":
        return f"ToUserspace{{socket={action['socket']}, data={'null' if action['data'] is None else action['data']}}}"
    if kind == "Sample":
        inner = "null" if action["actions"] is None else f"[{', '.join(map(print_action, action['actions']))}]"
        return f"Sample{{probability={action['probability']}, actions={inner}}}"
    return "PopVLAN{}" if kind == "PopVLAN" else f"Output{{port={action['port']}}}"


def print_old_dump(flows: list[dict[str, Any]], masks: bool = True) -> str:
    out = [f"{len(flows)} flows"]
    for flow in flows:
        out += ["  Flow:", "    match keys:" if flow["keys"] else "    match keys: empty"]
        for key, mask in zip(flow["keys"], flow["masks_per_key"], strict=True):
            out.append("      " + print_key(key))
            if masks:
                out.append("        mask: " + print_key(mask))
        out.append("    actions: " if flow["actions"] else "    actions: empty")
        out += ["      " + print_action(action) for action in flow["actions"]]
        if flow["packets"] is not None:
            out.append(f"    stats: FlowStats{{packets={flow['packets']}, bytes={flow['bytes']}}}")
        if flow["tcp_flag_names"] is not None:
            out.append("    tcpFlags: " + "|".join(flow["tcp_flag_names"]))
        if flow["last_used_ms"] is not None:
            out.append(f"    lastUsedTime: {flow['last_used_ms']}")
    return "\n".join(out) + "\n"


ORDER = (
    "InputPortNumber", "TunnelKey", "TunnelSrc", "TunnelDst", "TunnelTOS", "TunnelTTL", "EthSrc", "EthDst", "EtherType", "VlanId",
    "NetworkSrc", "NetworkDst", "NetworkProto", "NetworkTTL", "NetworkTOS", "FragmentType", "SrcPort", "DstPort", "IcmpId", "UserspaceMark",
)  # fmt: skip
MATCH_PRINTERS = {
    "EtherType": lambda value: f"{value:04X}",
    "TunnelTOS": lambda value: str(signed(value, 8)),
    "NetworkTOS": lambda value: str(signed(value, 8)),
    "VlanId": lambda value: "[" + ", ".join(str(signed(one, 16)) for one in value) + "]",
}


def print_match(match: dict[str, Any]) -> str:
    names = {1: "icmp", 6: "tcp", 17: "udp", 58: "ipv6-icmp", 132: "sctp"}
    parts = []
    for name in sorted(match, key=list(ORDER).index):
        value = match[name]
        if name == "NetworkProto":
            arp = match.get("EtherType") == 0x0806
            parts.append(f"ArpOp={signed(value, 8)}" if arp else f"NetworkProto={names.get(value, signed(value, 8))}")
        else:
            parts.append(f"{name}={MATCH_PRINTERS.get(name, str)(value)}")
    return f"FlowMatch[{', '.join(parts)}]"


def print_new_dump(flows: list[dict[str, Any]]) -> str:
    out = [f"{len(flows)} flow{'' if len(flows) == 1 else 's'}"]
    for flow in flows:
        out += ["  Flow", "    Match: " + print_match(flow["match"]), f"    Mask:  FlowMask[{', '.join(map(print_key, flow['mask']))}]"]
        out.append("    Actions: " if flow["actions"] else "    Actions: []")
        out += ["      " + print_action(action) for action in flow["actions"]]
        out.append(f"    Stats: FlowStats{{packets={flow['packets']}, bytes={flow['bytes']}}}")
        out += ["    TCP flags: " + "|".join(flow["tcp_flag_names"]), f"    Last used time: {flow['last_used_ms']}"]
    return "\n".join(out) + "\n"


def print_show(datapath: dict[str, Any], layout: str) -> str:
    name, index, stats = datapath["name"], datapath["index"], datapath["stats"]
    old = layout == "old"
    if old:
        out = [f"Datapath name   : {name}", f"Datapath index : {index}", "Datapath Stats: "]
        out += [f"  {word:6}:{stats[word.lower()]}" for word in ("Flows", "Hits", "Lost", "Misses")]
        if not datapath["ports"]:
            out.append("Datapath does not contain any port.")
    else:
        out = [f"Name: {name}", f"Index: {index}", f"Supports megaflows: {'yes' if datapath['supports_megaflows'] else 'no'}", "Stats:"]
        out += [f"  {word:6} {stats[word.lower()]}" for word in ("Flows", "Hits", "Lost", "Misses")]
    for port in datapath["ports"]:
        counters = "null" if port["stats"] is None else "Stats{" + ", ".join(f"{key}={port['stats'][key]}" for key in STATS) + "}"
        if old:
            out.append(f'Port #{port["no"]} "{port["name"]}"  {port["type"]}  {counters}')
        else:
            out.append(f"Port #{port['no']} '{port['name']}' {port['type']} {counters}")
    return "\n".join(out) + "\n"


# --- what is printed

u8, u16 = st.integers(0, 0xFF), st.integers(0, 0xFFFF)
s32, s64 = st.integers(-(2**31), 2**31 - 1), st.integers(-(2**63), 2**63 - 1)
ip4 = st.integers(0, 2**32 - 1).map(lambda n: ".".join(str(n >> shift & 255) for shift in (24, 16, 8, 0)))
ip6 = st.lists(u16, min_size=8, max_size=8).map(lambda groups: ":".join(f"{group:04x}" for group in groups))
mac = st.integers(0, 2**48 - 1).map(lambda n: ":".join(f"{n >> shift & 255:02x}" for shift in (40, 32, 24, 16, 8, 0)))
flag_names = st.sets(st.sampled_from(_odp_keys.FLAG_NAMES)).map(lambda names: [name for name in _odp_keys.FLAG_NAMES if name in names])


def key(kind: str, **fields: Any) -> Any:
    return st.fixed_dictionaries({"key": st.just(kind), **fields})


plain_key = st.one_of(
    key("InPort", port=s32),
    key("Priority", priority=s32),
    key("Ethernet", src=mac, dst=mac),
    key("EtherType", type=u16),
    key("VLAN", tci=u16),
    key("IPv4", src=ip4, dst=ip4, proto=u8, tos=u8, ttl=u8, frag=u8),
    key("IPv6", src=ip6, dst=ip6, label=s32, proto=u8, tclass=u8, hlimit=u8, frag=u8),
    key("ARP", sip=ip4, tip=ip4, op=u16, sha=mac, tha=mac),
    key("TCP", src=u16, dst=u16),
    key("UDP", src=u16, dst=u16),
    key("SCTP", src=u16, dst=u16),
    key("ICMP", type=u8, code=u8),
    key("ICMPv6", type=u8, code=u8),
    key("ND", target=ip6, sll=mac, tll=mac),
    key("Tunnel", tun_id=s64, ipv4_src=ip4, ipv4_dst=ip4, tun_flag=st.integers(0, 3), ipv4_tos=u8, ipv4_ttl=u8),
    flag_names.map(lambda names: {"key": "TCPFlags", "flags": _odp_keys.flag_bits(names), "names": names}),
)
any_key = st.one_of(plain_key, st.lists(plain_key, max_size=3).map(lambda keys: {"key": "Encap", "keys": keys}))
plain_action = st.one_of(
    st.fixed_dictionaries({"action": st.just("Output"), "port": s32}),
    st.just({"action": "PopVLAN"}),
    st.fixed_dictionaries({"action": st.just("PushVLAN"), "tpid": u16, "tci": u16}),
    st.fixed_dictionaries({"action": st.just("ToUserspace"), "socket": s32, "data": st.none() | s64}),
    st.fixed_dictionaries({"action": st.just("SetKey"), "key": any_key}),
)


def sample(inner: Any) -> Any:
    return st.fixed_dictionaries({"action": st.just("Sample"), "probability": s32, "actions": st.none() | st.lists(inner, max_size=2)})


any_action = st.recursive(plain_action, sample, max_leaves=4)
any_match = st.fixed_dictionaries(
    {},
    optional={
        "InputPortNumber": s32,
        "TunnelKey": s64,
        "TunnelSrc": ip4,
        "TunnelDst": ip4,
        "TunnelTOS": u8,
        "TunnelTTL": u8,
        "EthSrc": mac,
        "EthDst": mac,
        "EtherType": u16,
        "VlanId": st.lists(u16, max_size=2),
        "NetworkSrc": ip4 | ip6,
        "NetworkDst": ip4 | ip6,
        "NetworkProto": u8,
        "NetworkTTL": u8,
        "NetworkTOS": u8,
        "FragmentType": st.sampled_from(["None", "First", "Later"]),
        "SrcPort": u16,
        "DstPort": u16,
        "IcmpId": u16,
        "UserspaceMark": s32,
    },
)
rest = {"actions": st.lists(any_action, max_size=4), "packets": s64, "bytes": s64, "tcp_flag_names": flag_names, "last_used_ms": s64}
pairs = st.lists(st.tuples(any_key, any_key), max_size=4)
old_flow = st.builds(
    lambda found, more: {**more, "keys": [one for one, _ in found], "masks_per_key": [other for _, other in found]},
    pairs,
    st.fixed_dictionaries(rest),
)
new_flow = st.fixed_dictionaries({"match": any_match, "mask": st.lists(any_key, max_size=4), **rest})
# The kernel takes any bytes in a name but white space and "/"; Open vSwitch takes those, too.
port_names = st.text(
    st.characters(min_codepoint=32, max_codepoint=126) | st.sampled_from("éß\u2018\u2019\u201c\u201d日\u2028"), min_size=1, max_size=15
) | st.sampled_from(
    ["a b", "'", '"', "x' Internal Stats{", '"  Gre  null', "Port #3", "null", "{", "}", "tap'1\" ", " lead", "Stats{}", "\\"]
)
port = st.fixed_dictionaries(
    {
        "no": st.integers(0, 65535),
        "name": port_names,
        "type": st.sampled_from(["NetDev", "Internal", "Gre", "VXLan"]),
        "stats": st.fixed_dictionaries(dict.fromkeys(STATS, s64)),
    }
)
datapath = st.fixed_dictionaries(
    {
        "name": st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=15),
        "index": st.integers(0, 2**31 - 1),
        "supports_megaflows": st.booleans(),
        "stats": st.fixed_dictionaries(dict.fromkeys(("flows", "hits", "lost", "misses"), s64)),
        "ports": st.lists(port, max_size=5),
    }
)


def completed(flow: dict[str, Any]) -> dict[str, Any]:
    names = flow["tcp_flag_names"]
    empty = dict.fromkeys(("keys", "masks_per_key", "match", "mask"))
    return {**empty, **flow, "tcp_flags": None if names is None else _odp_keys.flag_bits(names)}


@settings(max_examples=150, deadline=None)
@given(st.lists(old_flow, max_size=4))
def test_dump_of_2015(flows: list[dict[str, Any]]) -> None:
    parsed = mm_dpctl.parse_dump(print_old_dump(flows))
    assert (parsed.state, parsed.unread) == ("ok", [])
    assert parsed.data == {"flow_count": len(flows), "flows": [completed(flow) for flow in flows]}


@settings(max_examples=150, deadline=None)
@given(st.lists(new_flow, max_size=4))
def test_dump_of_5(flows: list[dict[str, Any]]) -> None:
    parsed = mm_dpctl.parse_dump(print_new_dump(flows))
    assert (parsed.state, parsed.unread) == ("ok", [])
    assert parsed.data == {"flow_count": len(flows), "flows": [completed(flow) for flow in flows]}


@settings(max_examples=100, deadline=None)
@given(st.lists(old_flow, max_size=4), st.randoms(use_true_random=False), st.booleans())
def test_dump_with_lines_left_out(flows: list[dict[str, Any]], chance: random.Random, masks: bool) -> None:
    """2014.11 has no masks; it and 2015.01 leave out what they do not know."""
    for flow in flows:
        if chance.random() < 0.5:
            flow["packets"] = flow["bytes"] = None
        if chance.random() < 0.5:
            flow["tcp_flag_names"] = None
        if chance.random() < 0.5:
            flow["last_used_ms"] = None
    if flows:
        flows[-1]["last_used_ms"] = None if all(flow["last_used_ms"] is None for flow in flows[:-1]) else 7
    if not masks:
        for flow in flows:
            flow["masks_per_key"] = [None] * len(flow["keys"])
    parsed = mm_dpctl.parse_dump(print_old_dump(flows, masks))
    assert (parsed.state, parsed.unread) == ("ok", [])
    assert parsed.data["flows"] == [completed(flow) for flow in flows]


@settings(max_examples=150, deadline=None)
@given(datapath, st.sampled_from(["old", "new"]), st.data())
def test_show(truth: dict[str, Any], layout: str, data: st.DataObject) -> None:
    if layout == "new":
        for one in truth["ports"]:
            one["stats"] = data.draw(st.none() | st.just(one["stats"]))
    else:
        truth["supports_megaflows"] = None
    parsed = mm_dpctl.parse_show(print_show(truth, layout))
    assert (parsed.state, parsed.unread) == ("ok", [])
    assert parsed.data == truth


@settings(max_examples=50, deadline=None)
@given(datapath, st.sampled_from(["old", "new"]), st.integers(0, 10**6))
def test_cut_show_keeps_every_complete_port(truth: dict[str, Any], layout: str, place: int) -> None:
    if layout == "old":
        truth["supports_megaflows"] = None
    text = print_show(truth, layout)
    cut = text[: place % (len(text) + 1)]
    parsed = mm_dpctl.parse_show(cut)
    complete = sum(1 for line, whole in zip(cut.split("\n"), text.split("\n"), strict=False) if line.startswith("Port #") and line == whole)
    assert parsed.data["ports"] == truth["ports"][:complete]
    for name in ("name", "index", "supports_megaflows"):
        assert parsed.data[name] in (truth[name], None)


# --- text that people typed, and errors

GUIDE = """\
Datapath name : midonet
Datapath index : 5
Datapath Stats:
 Flows :1340149
 Hits :17074
 Lost :0
 Misses:17
Port #0 "midonet" Internal Stats{rxPackets=0, txPackets=0, rxBytes=0,
txBytes=0, rxErrors=0, txErrors=0, rxDropped=0, txDropped=0}
Port #2 "tnvxlan-overlay" VXLAN Stats{rxPackets=1, txPackets=2, rxBytes=3, txBytes=4,
rxErrors=5, txErrors=6, rxDropped=7, txDropped=8}
"""

MIXTURE = """\
Name: midonet
Index: 5
Supports megaflows: yes
Stats:
  Flows :10
  Hits  :20
  Lost  :0
  Misses:30
Port #0 'midonet' Internal Stats{rxPackets=0, txPackets=0, rxBytes=0, txBytes=0, rxErrors=0, txErrors=0, rxDropped=0, txDropped=0}
"""


def test_the_printed_guide() -> None:
    parsed = mm_dpctl.parse_show(GUIDE)
    assert (parsed.state, parsed.unread) == ("ok", [])
    assert parsed.data["stats"] == {"flows": 1340149, "hits": 17074, "lost": 0, "misses": 17}
    assert [(one["no"], one["name"], one["type"]) for one in parsed.data["ports"]] == [
        (0, "midonet", "Internal"),
        (2, "tnvxlan-overlay", "VXLan"),
    ]
    assert parsed.data["ports"][1]["stats"] == dict(zip(STATS, range(1, 9), strict=True))


def test_the_mixture_of_the_guide_of_5() -> None:
    parsed = mm_dpctl.parse_show(MIXTURE)
    assert (parsed.state, parsed.unread) == ("ok", [])
    assert parsed.data["supports_megaflows"] is True
    assert parsed.data["stats"] == {"flows": 10, "hits": 20, "lost": 0, "misses": 30}
    assert len(parsed.data["ports"]) == 1


NOT_FOUND = """\
10:11:12.345 ERROR [] Mmdpctl -  Error while retrieving the datapath: {}
java.util.concurrent.ExecutionException: org.midonet.netlink.exceptions.NetlinkException: Could not find datapath: midonet
\tat com.google.common.util.concurrent.AbstractFuture.getDoneValue(AbstractFuture.java:1)
\t... 12 more
"""


@pytest.mark.parametrize(
    "text",
    [
        NOT_FOUND,
        "\x1b[31m[mm-dpctl]\x1b[0m Error: Request timeout\n",
        "[\x1b[31mmm-dpctl\x1b[0m] Error: Request timeout\n",
        "Didn't get result in time. Aborting\n",
        "ERROR: /usr/share/midolman does not exist\n",
        "Error with the options: Unrecognized option: --show\n",
    ],
)
def test_errors_of_the_tool(text: str) -> None:
    for parse in (mm_dpctl.parse_show, mm_dpctl.parse_dump, mm_dpctl.parse_list):
        parsed = parse(text)
        assert parsed.state == "tool_error"
        assert parsed.error


def test_a_key_that_nobody_knows_is_named_with_its_place() -> None:
    keys = "      InPort{3}\n      Recirc{7}\n        mask: Recirc{-1}\n      VLAN{x}\n"
    flow = f"1 flows\n  Flow:\n    match keys:\n{keys}    actions: empty\n    lastUsedTime: 4\n"
    parsed = mm_dpctl.parse_dump(flow)
    assert parsed.state == "partial"
    assert [(line.line, line.column) for line in parsed.unread] == [(5, 7), (6, 15), (7, 12)]
    assert parsed.data["flows"][0]["keys"] == [{"key": "InPort", "port": 3}]
    assert parsed.data["flows"][0]["actions"] == []


def test_actions_that_were_not_understood_are_no_drop_flow() -> None:
    parsed = mm_dpctl.parse_dump("1 flows\n  Flow:\n    match keys: empty\n    actions: none\n    lastUsedTime: 4\n")
    assert parsed.data["flows"][0]["actions"] is None


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("ICMPEcho{type=0x8, code=0, id=4097}", {"key": "ICMPEcho", "type": 8, "code": 0, "id": 4097}),
        ("ICMPError{type=0x3, code=-1, data=[69, 0, -1, 127]}", {"key": "ICMPError", "type": 3, "code": 255, "data": [69, 0, 255, 127]}),
        ("ICMP{type=0xffffff80, code=-1}", {"key": "ICMP", "type": 128, "code": 255}),
        ("ICMPv6{type=255, code=128}", {"key": "ICMPv6", "type": 255, "code": 128}),
        ("VLAN{-1}", {"key": "VLAN", "tci": 65535}),
    ],
)
def test_classes_that_no_dump_holds(text: str, wanted: dict[str, Any]) -> None:
    assert _odp_keys.key(text) == wanted


def test_a_mask_without_the_line_that_announces_keys() -> None:
    found = mm_dpctl.parse_dump("1 flows\n  Flow:\n        mask: Priority{0}\n      InPort{3}\n    lastUsedTime: 0\n")
    assert found.state == "partial"
    assert [line.line for line in found.unread] == [3, 4]
