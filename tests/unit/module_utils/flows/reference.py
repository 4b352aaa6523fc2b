"""A plain summary of a flow dump, one line after the other: what flow_dump.reduce() must agree with on any input.

Written for reading, with nothing in common with the reducer but the rules: which lines belong to a flow, what of them is summed.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))")
NUMBER = r"-?[0-9]{1,20}"
PORT = r"-?[0-9]{1,10}"
ADDRESS = r"[0-9.]{7,15}"
WHITE = " \t\x0b\x0c\r\n"
OTHER_KEYS = "Priority Ethernet VLAN KeyIPv4 IPv6 KeyARP TCP UDP SCTP TCPFlags ICMP ICMPv6 ND ICMPEcho ICMPError".split()
OTHER_FIELDS = (
    "TunnelKey TunnelDst TunnelTOS TunnelTTL EthSrc EthDst VlanId NetworkSrc NetworkDst NetworkProto ArpOp NetworkTTL NetworkTOS "
    "FragmentType SrcPort DstPort IcmpId IcmpData UserspaceMark"
).split()
LABELS = "match keys|match|mask|actions|stats|tcp ?flags|last ?used ?time"


@dataclass
class Flow:
    in_port: int | None = None
    ethertype: int | None = None
    inner_ethertype: int | None = None
    source: str | None = None
    peers: set = field(default_factory=set)
    outputs: set = field(default_factory=set)
    actions: int | None = None
    packets: int = 0
    bytes: int = 0
    used: int | None = None
    ended: bool = False
    unknown: bool = False
    section: str = ""


def summary(data: bytes) -> dict:
    """The sums by key, as Counters of (flows, packets, bytes), and what was not understood."""
    text = data.decode("latin-1")
    flows: list[Flow] = []
    flow: Flow | None = None
    announced: int | None = None
    unknown: list[str] = []
    pieces = text.split("\n")
    rest = pieces.pop()
    always_ends = False
    for piece in pieces:
        line = ANSI.sub("", piece).rstrip("\r\n")
        if not line.strip(WHITE):
            continue
        if re.fullmatch(rf"[{WHITE}]*flow[{WHITE}]*:?[{WHITE}]*", line, re.IGNORECASE):
            if flow is not None:
                flows.append(flow)
            flow = Flow()
        elif flow is None:
            count = re.fullmatch(rf"[{WHITE}]*([0-9]{{1,12}}) flows?:?[{WHITE}]*", line, re.IGNORECASE)
            if count and announced is None:
                announced = int(count[1])
            else:
                unknown.append(line)
        elif not understood(flow, line):
            flow.unknown = True
            unknown.append(line)
        elif flow.ended:
            always_ends = True
    if flow is None and announced is None:
        count = re.fullmatch(rf"[{WHITE}]*([0-9]{{1,12}}) flows?:?[{WHITE}]*", ANSI.sub("", rest), re.IGNORECASE)
        announced = int(count[1]) if count else None
    if flow is not None:
        counted = not rest.strip(WHITE) and not always_ends and announced == len(flows) + 1 and flow.actions is not None
        if flow.ended or counted:
            flows.append(flow)
    return sums(flows, announced, unknown)


def understood(flow: Flow, line: str) -> bool:
    label = re.match(rf"[{WHITE}]*({LABELS})[{WHITE}]*:[{WHITE}]*", line, re.IGNORECASE)
    if not label:
        text = line.strip(WHITE)
        if flow.section == "keys":
            return key(flow, text)
        if flow.section == "actions":
            flow.actions += 1
            return action(flow, text)
        return False
    rest = line[label.end() :].rstrip(WHITE)
    name = label[1].lower().replace(" ", "")
    flow.section = ""
    if name == "matchkeys":
        flow.section = "keys" if rest != "empty" else ""
        return rest in ("", "empty")
    if name == "match":
        return match(flow, rest)
    if name == "mask":
        if rest.startswith("FlowMask"):
            return rest.endswith("]")
        flow.section = "keys"
        return rest.endswith("}")
    if name == "actions":
        flow.actions = 0 if rest in ("", "empty", "[]") else None
        flow.section = "actions" if rest == "" else ""
        return flow.actions == 0
    if name == "stats":
        stats = re.fullmatch(rf"FlowStats\{{packets=({NUMBER}), bytes=({NUMBER})\}}", rest)
        if stats:
            flow.packets, flow.bytes = int(stats[1]), int(stats[2])
        return bool(stats)
    if name == "tcpflags":
        return True
    if re.fullmatch(NUMBER, rest):
        flow.used, flow.ended = int(rest), True
        return True
    return False


def key(flow: Flow, text: str) -> bool:
    name, bracket, inside = text.partition("{")
    if not bracket or not inside.endswith("}"):
        return False
    inside = inside[:-1]
    if name == "InPort":
        if re.fullmatch(PORT, inside):
            flow.in_port = int(inside) if flow.in_port is None else flow.in_port
            return True
        return False
    if name == "EtherType":
        if re.fullmatch(r"0x[0-9a-fA-F]{1,16}", inside):
            flow.ethertype = int(inside, 16) & 0xFFFF if flow.ethertype is None else flow.ethertype
            return True
        return False
    if name == "Tunnel":
        tunnel = re.fullmatch(rf"tun_id={NUMBER}, ipv4_src=({ADDRESS}), .*", inside, re.DOTALL)
        if tunnel and flow.source is None:
            flow.source = tunnel[1]
        return bool(tunnel)
    if name == "Encap":
        if not (inside.startswith("keys=[") and inside.endswith("]")):
            return False
        inner = re.search(r"EtherType\{0x([0-9a-fA-F]{1,16})\}", inside)
        if inner:
            flow.inner_ethertype = int(inner[1], 16) & 0xFFFF
        return True
    return name in OTHER_KEYS


def action(flow: Flow, text: str) -> bool:
    output = re.fullmatch(rf"Output\{{port=({PORT})\}}", text)
    if output:
        flow.outputs.add(int(output[1]))
        return True
    if text.startswith("SetKey{Tunnel"):
        tunnel = re.fullmatch(rf"SetKey\{{Tunnel\{{tun_id={NUMBER}, ipv4_src={ADDRESS}, ipv4_dst=({ADDRESS}), .*\}}\}}", text, re.DOTALL)
        if tunnel:
            flow.peers.add(tunnel[1])
        return bool(tunnel)
    return text.startswith(("SetKey{", "PushVLAN{", "PopVLAN{", "ToUserspace{", "Sample{")) and text.endswith("}")


def match(flow: Flow, text: str) -> bool:
    if not (text.startswith("FlowMatch[") and text.endswith("]")):
        return False
    inside = text[len("FlowMatch[") : -1]
    found: dict[str, str] = {}
    while inside:
        # A MAC address is whatever has its length.
        one = re.match(r"(Eth(?:Src|Dst))=(.{17})(?:, |\Z)", inside) or re.match(r"([A-Za-z]+)=(\[[^\]]*\]|[^,\]]*)(?:, |\Z)", inside)
        if not one:
            return False
        name, value = one[1], one[2]
        form = {"InputPortNumber": PORT, "TunnelSrc": ADDRESS, "EtherType": "[0-9A-Fa-f]{4}"}.get(name)
        if form is None and name not in OTHER_FIELDS:
            return False
        if form is not None and not re.fullmatch(form, value):
            return False
        found.setdefault(name, value)
        # Nothing that is summed follows the EtherType.
        inside = "" if name == "EtherType" else inside[one.end() :]
    if "InputPortNumber" in found:
        flow.in_port = int(found["InputPortNumber"])
    if "EtherType" in found:
        flow.ethertype = int(found["EtherType"], 16)
    flow.source = found.get("TunnelSrc", flow.source)
    return True


def sums(flows: list[Flow], announced: int | None, unknown: list[str]) -> dict:
    tables: dict[str, dict] = {name: {} for name in ("in_ports", "out_ports", "tunnel_peers", "ethertypes", "drops")}

    def add(table: str, name: object, flow: Flow) -> None:
        entry = tables[table].setdefault(name, Counter())
        entry.update({"flows": 1})
        entry["packets"] += flow.packets
        entry["bytes"] += flow.bytes

    for flow in flows:
        add("in_ports", flow.in_port, flow)
        add("ethertypes", flow.ethertype if flow.inner_ethertype is None else flow.inner_ethertype, flow)
        for port in flow.outputs:
            add("out_ports", port, flow)
        if flow.source is not None:
            add("tunnel_peers", (flow.source, "from"), flow)
        for peer in flow.peers:
            add("tunnel_peers", (peer, "to"), flow)
        if flow.actions == 0:
            add("drops", flow.in_port, flow)
    return {
        "announced": announced,
        "flows": len(flows),
        "packets": sum(flow.packets for flow in flows),
        "bytes": sum(flow.bytes for flow in flows),
        "never_used": sum(flow.used == 0 or (flow.used is None and flow.packets == 0) for flow in flows),
        "top": sorted((flow.bytes for flow in flows if flow.bytes > 0), reverse=True)[:10],
        "unknown_lines": len(unknown),
        "unknown_flows": sum(flow.unknown for flow in flows),
        **{name: {one: dict(entry) for one, entry in table.items()} for name, table in tables.items()},
    }
