# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Flows made up at random, printed as each tool prints them: the truth is what they were made of, not what anybody read.

Written after what mm-dpctl's classes print (toString of its keys and actions, by release) and after Open vSwitch's odp-util;
it shares nothing with the readers. A flow is a dictionary of plain values, see flow(). What a layout does not print of a flow is
in `shown()`, which tells what a reader can know of it.
"""

from __future__ import annotations

import ipaddress
import random
from typing import Any

OLD, MASKED, NEW, OVS = "2014.11", "2015.01-2015.06", "5.x", "ovs"
LAYOUTS = (OLD, MASKED, NEW, OVS)

FLAGS = ("FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "NS")
NAMED = {1: "icmp", 6: "tcp", 17: "udp", 47: "gre", 58: "ipv6-icmp", 132: "sctp"}
FRAGMENTS = ("None", "First", "Later")
PORTS = {6: "TCP", 17: "UDP", 132: "SCTP"}


def signed(value: int, bits: int) -> int:
    """As Java prints what is unsigned in the kernel."""
    return value - (1 << bits) if value >= 1 << (bits - 1) else value


def mac(rng: random.Random) -> str:
    return ":".join(["fa", "16", "3e", *(f"{rng.randrange(256):02x}" for _ in range(3))])


def ipv4(rng: random.Random) -> str:
    return f"10.{rng.randrange(4)}.{rng.randrange(256)}.{rng.randrange(256)}"


def ipv6(rng: random.Random) -> str:
    """As eight groups of four digits; every other one has a run of zeros."""
    groups = [rng.randrange(0x10000) for _ in range(8)]
    if rng.randrange(2):
        groups[2:7] = [0] * 5
    return ":".join(f"{group:04x}" for group in groups)


def tunnel(rng: random.Random, sent: bool) -> dict[str, Any]:
    """One end is ours."""
    near, far = "10.0.3.1", f"10.0.3.{rng.randrange(2, 30)}"
    source, destination = (near, far) if sent else (far, near)
    return {"key": rng.randrange(1, 4000), "src": source, "dst": destination, "tos": 0, "ttl": 255 if sent else 64, "flags": 0}


def flow(rng: random.Random) -> dict[str, Any]:
    """One flow: every value is what the kernel has."""
    protocol = rng.choice((6, 6, 6, 17, 17, 1, 132, 47, 89, 255))
    kind = rng.choice((0x0800,) * 8 + (0x86DD, 0x0806, 0x88CC))
    if kind == 0x86DD and protocol == 1:
        protocol = 58
    made: dict[str, Any] = {
        "in_port": rng.randrange(1, 240),
        "tunnel": tunnel(rng, sent=False) if rng.randrange(3) == 0 else None,
        "src_mac": mac(rng),
        "dst_mac": "ff:ff:ff:ff:ff:ff" if kind == 0x0806 else mac(rng),
        "vlan": rng.choice((None,) * 9 + (443,)),
        "pcp": rng.randrange(8),
        "ethertype": kind,
        "src": None,
        "dst": None,
        "protocol": protocol,
        "tos": rng.choice((0, 0, 0, 0xB8)),
        "ttl": rng.choice((64, 128, 253, 255)),
        "fragment": rng.choice((0,) * 9 + (1, 2)),
        "label": rng.randrange(1 << 20),
        "arp": rng.choice((1, 2)),
        "src_port": rng.choice((22, 53, 80, 443, rng.randrange(1024, 65536))),
        "dst_port": rng.choice((22, 53, 80, 443, rng.randrange(1024, 65536))),
        "icmp_type": rng.choice((0, 3, 8, 11)),
        "icmp_code": rng.choice((0, 1)),
        "flags": rng.choice((0, 0, 2, 16, 18, 24)),
        "wild": rng.randrange(1 << 16),
        "actions": actions(rng),
        "packets": 0,
        "bytes": 0,
        "used": 0,
    }
    if kind in (0x0800, 0x0806):
        made["src"], made["dst"] = ipv4(rng), ipv4(rng)
    elif kind == 0x86DD:
        made["src"], made["dst"] = ipv6(rng), ipv6(rng)
    if rng.randrange(8):
        made["packets"] = rng.randrange(1, 10 ** rng.randrange(1, 9))
        made["bytes"] = made["packets"] * rng.randrange(42, 1500)
        made["used"] = rng.randrange(1, 1 << 40)
    return made


def actions(rng: random.Random) -> list[tuple]:
    """What is done with the packets, in order; nothing drops them."""
    some: list[tuple] = []
    kind = rng.randrange(12)
    if kind == 0:
        return some
    if kind == 1:
        return [("user", rng.randrange(1 << 31))]
    if kind in (2, 3):
        some.append(("set_mac", mac(rng), mac(rng)))
        some.append(("set_ipv4", ipv4(rng), ipv4(rng), rng.choice((6, 17)), 63))
    if kind == 4:
        some.append(("set_ports", rng.choice(("TCP", "UDP")), rng.randrange(1, 65536), rng.randrange(1, 65536)))
    if kind == 5:
        some.append(("pop_vlan",))
    if kind == 6:
        some.append(("push_vlan", rng.randrange(1, 4095), rng.randrange(8)))
    for _copy in range(rng.choice((1, 1, 1, 1, 2, 3))):
        if rng.randrange(3) == 0:
            some.append(("set_tunnel", tunnel(rng, sent=True)))
        some.append(("output", rng.randrange(1, 240)))
    return some


# --- mm-dpctl --------------------------------------------------------------------------------------------------------------------


def plain_ipv6(address: str) -> str:
    """mm-dpctl neither compresses nor pads."""
    return ":".join(f"{int(group, 16):x}" for group in address.split(":"))


def ethertype_key(value: int) -> str:
    return f"EtherType{{0x{signed(value, 16) & 0xFFFFFFFF:x}}}"


def tunnel_key(one: dict[str, Any]) -> str:
    return (
        f"Tunnel{{tun_id={one['key']}, ipv4_src={one['src']}, ipv4_dst={one['dst']}, tun_flag={one['flags']}, "
        f"ipv4_tos={signed(one['tos'], 8)}, ipv4_ttl={signed(one['ttl'], 8)}}}"
    )


def names_of(flags: int) -> str:
    return "|".join(name for bit, name in enumerate(FLAGS) if flags >> bit & 1)


def keys_of(made: dict[str, Any]) -> list[tuple[str, str]]:
    """The kernel's keys and the mask of each, in the kernel's order."""
    whole = bool(made["wild"] & 1)
    keys = [("Priority{0}", "Priority{0}")]
    if made["tunnel"]:
        keys.append((tunnel_key(made["tunnel"]), tunnel_key({**made["tunnel"], "key": -1, "src": "255.255.255.255", "ttl": 0})))
    keys.append((f"InPort{{{made['in_port']}}}", "InPort{-1}"))
    its_mask = "ff:ff:ff:ff:ff:ff" if whole else "00:00:00:00:00:00"
    keys.append((f"Ethernet{{src={made['src_mac']}, dst={made['dst_mac']}}}", f"Ethernet{{src={its_mask}, dst={its_mask}}}"))
    inner = [(ethertype_key(made["ethertype"]), "EtherType{0xffffffff}"), *network_keys(made, whole)]
    if made["vlan"] is None:
        return keys + inner
    tci = signed(made["vlan"] | made["pcp"] << 13, 16)
    inside = ", ".join(key for key, _mask in inner)
    its_masks = ", ".join(mask for _key, mask in inner)
    return [
        *keys,
        (ethertype_key(0x8100), "EtherType{0xffffffff}"),
        (f"VLAN{{{tci}}}", "VLAN{-1}"),
        (f"Encap{{keys=[{inside}]}}", f"Encap{{keys=[{its_masks}]}}"),
    ]


def network_keys(made: dict[str, Any], whole: bool) -> list[tuple[str, str]]:
    kind, protocol = made["ethertype"], made["protocol"]
    some: list[tuple[str, str]] = []
    if kind == 0x0806:
        text = f"KeyARP{{sip={made['src']}, tip={made['dst']}, op={made['arp']}, sha={made['src_mac']}, tha=00:00:00:00:00:00}}"
        return [(text, "KeyARP{sip=255.255.255.255, tip=255.255.255.255, op=-1, sha=00:00:00:00:00:00, tha=00:00:00:00:00:00}")]
    if kind not in (0x0800, 0x86DD):
        return some
    eighth = f"proto={signed(protocol, 8)}"
    if kind == 0x0800:
        its_mask = "255.255.255.255" if whole else "255.255.255.0"
        some.append(
            (
                f"KeyIPv4{{src={made['src']}, dst={made['dst']}, {eighth}, tos={signed(made['tos'], 8)}, ttl={signed(made['ttl'], 8)}, "
                f"frag={made['fragment']}}}",
                f"KeyIPv4{{src={its_mask}, dst={its_mask}, proto=-1, tos=0, ttl=0, frag=-1}}",
            )
        )
    else:
        ones, zeros = ":".join(["ffff"] * 8), ":".join(["0"] * 8)
        some.append(
            (
                f"IPv6{{src={plain_ipv6(made['src'])}, dst={plain_ipv6(made['dst'])}, label={made['label']}, {eighth}, "
                f"tclass={signed(made['tos'], 8)}, hlimit={signed(made['ttl'], 8)}, frag={made['fragment']}}}",
                f"IPv6{{src={ones}, dst={zeros}, label=0, proto=-1, tclass=0, hlimit=0, frag=-1}}",
            )
        )
    if protocol in PORTS:
        name = PORTS[protocol]
        its_mask = "65535" if whole else "0"
        some.append((f"{name}{{src={made['src_port']}, dst={made['dst_port']}}}", f"{name}{{src={its_mask}, dst=65535}}"))
        if protocol == 6:
            some.append((f"TCPFlags{{'{names_of(made['flags'])}'}}", "TCPFlags{''}"))
    elif protocol == 1:
        some.append((f"ICMP{{type=0x{made['icmp_type']:x}, code={made['icmp_code']}}}", "ICMP{type=0xffffffff, code=-1}"))
    elif protocol == 58:
        some.append((f"ICMPv6{{type={made['icmp_type']}, code={made['icmp_code']}}}", "ICMPv6{type=255, code=255}"))
    return some


def match_of(made: dict[str, Any], before_5_2: bool) -> str:
    """FlowMatch of 5.x, of 5.0 without the tunnel's TOS and TTL."""
    fields = [f"InputPortNumber={made['in_port']}"]
    if made["tunnel"]:
        one = made["tunnel"]
        fields += [f"TunnelKey={one['key']}", f"TunnelSrc={one['src']}", f"TunnelDst={one['dst']}"]
        fields += [] if before_5_2 else [f"TunnelTOS={signed(one['tos'], 8)}", f"TunnelTTL={one['ttl']}"]
    fields += [f"EthSrc={made['src_mac']}", f"EthDst={made['dst_mac']}", f"EtherType={made['ethertype']:04X}"]
    if made["vlan"] is not None:
        fields.append(f"VlanId=[{signed(made['vlan'] | made['pcp'] << 13, 16)}]")
    if made["src"]:
        plain = plain_ipv6 if made["ethertype"] == 0x86DD else str
        fields += [f"NetworkSrc={plain(made['src'])}", f"NetworkDst={plain(made['dst'])}"]
    if made["ethertype"] == 0x0806:
        fields.append(f"ArpOp={made['arp']}")
    elif made["src"]:
        fields.append(f"NetworkProto={NAMED.get(made['protocol'], signed(made['protocol'], 8))}")
        fields += [f"NetworkTTL={signed(made['ttl'], 8) if before_5_2 else made['ttl']}", f"NetworkTOS={signed(made['tos'], 8)}"]
        fields.append(f"FragmentType={FRAGMENTS[made['fragment']]}")
        if made["protocol"] in (6, 17):
            fields += [f"SrcPort={made['src_port']}", f"DstPort={made['dst_port']}"]
        elif made["protocol"] == 1:
            fields += [f"SrcPort={made['icmp_type']}", f"DstPort={made['icmp_code']}"]
    return "FlowMatch[" + ", ".join(fields) + "]"


def midonet_action(one: tuple) -> str:
    kind, values = one[0], one[1:]
    if kind == "output":
        return f"Output{{port={values[0]}}}"
    if kind == "user":
        return f"ToUserspace{{socket={values[0]}, data=null}}"
    if kind == "pop_vlan":
        return "PopVLAN{}"
    if kind == "push_vlan":
        return f"PushVLAN{{tpid=-32512, tci={signed(values[0] | 0x1000 | values[1] << 13, 16)}}}"
    if kind == "set_tunnel":
        return f"SetKey{{{tunnel_key(values[0])}}}"
    if kind == "set_mac":
        return f"SetKey{{Ethernet{{src={values[0]}, dst={values[1]}}}}}"
    if kind == "set_ipv4":
        return f"SetKey{{KeyIPv4{{src={values[0]}, dst={values[1]}, proto={values[2]}, tos=0, ttl={values[3]}, frag=0}}}}"
    return f"SetKey{{{values[0]}{{src={values[1]}, dst={values[2]}}}}}"


def midonet(made: dict[str, Any], layout: str) -> str:
    """The flow as mm-dpctl prints it."""
    done = [f"      {midonet_action(one)}\n" for one in made["actions"]]
    stats = f"FlowStats{{packets={made['packets']}, bytes={made['bytes']}}}\n"
    flags = names_of(made["flags"] if made["protocol"] == 6 and made["packets"] else 0)
    if layout == NEW:
        masks = ", ".join(mask for _key, mask in keys_of(made))
        return (
            f"  Flow\n    Match: {match_of(made, bool(made['wild'] & 2))}\n    Mask:  FlowMask[{masks}]\n"
            + ("    Actions: \n" + "".join(done) if done else "    Actions: []\n")
            + f"    Stats: {stats}    TCP flags: {flags}\n    Last used time: {made['used']}\n"
        )
    lines = ["  Flow:\n    match keys:\n"]
    for key, mask in keys_of(made):
        lines.append(f"      {key}\n" + (f"        mask: {mask}\n" if layout == MASKED else ""))
    lines += ["    actions: \n", *done] if done else ["    actions: empty\n"]
    # 2014.11 has no lines for what it does not know.
    known = layout == MASKED or made["packets"]
    lines += [f"    stats: {stats}"] if known else []
    lines += [f"    tcpFlags: {flags}\n"] if layout == MASKED or flags else []
    lines += [f"    lastUsedTime: {made['used']}\n"] if known else []
    return "".join(lines)


# --- Open vSwitch ----------------------------------------------------------------------------------------------------------------


def short_ipv6(address: str) -> str:
    return str(ipaddress.ip_address(address))


def ovs_tunnel(one: dict[str, Any], flags: str) -> str:
    return f"tunnel(tun_id=0x{one['key']:x},src={one['src']},dst={one['dst']},tos=0x{one['tos']:x},ttl={one['ttl']},flags({flags}))"


def ovs_network(made: dict[str, Any], more: bool) -> list[str]:
    kind, protocol, exact = made["ethertype"], made["protocol"], bool(made["wild"] & 1)
    some = [f"eth_type(0x{kind:04x})"]
    fragment = ("no", "first", "later")[made["fragment"]]
    if kind == 0x0806:
        some.append(f"arp(sip={made['src']},tip={made['dst']},op={made['arp']},sha={made['src_mac']},tha=00:00:00:00:00:00)")
    elif kind == 0x0800:
        end = "" if exact else "/255.255.255.0"
        rest = f",tos=0x{made['tos']:x}/0x3,ttl={made['ttl']}" if exact else f",tos=0x{made['tos']:x}/0,ttl={made['ttl']}/0" if more else ""
        some.append(f"ipv4(src={made['src']},dst={made['dst']}{end},proto={protocol}{rest},frag={fragment})")
    elif kind == 0x86DD:
        end = "" if exact else "/ffff:ffff:ffff:ffff::"
        rest = f",tclass=0x{made['tos']:x}/0,hlimit={made['ttl']}/0" if more else ""
        label = f",label=0x{made['label']:x}/0" if more else ""
        some.append(f"ipv6(src={short_ipv6(made['src'])},dst={short_ipv6(made['dst'])}{end}{label},proto={protocol}{rest},frag={fragment})")
    if kind not in (0x0800, 0x86DD):
        return some
    if protocol in PORTS:
        end = "" if exact else "/0xff00" if made["wild"] & 2 else "/0"
        some.append(f"{PORTS[protocol].lower()}(src={made['src_port']}{end},dst={made['dst_port']})")
        if protocol == 6 and more:
            some.append("tcp_flags(0/0)")
    elif protocol in (1, 58):
        some.append(f"{'icmp' if protocol == 1 else 'icmpv6'}(type={made['icmp_type']},code={made['icmp_code']}{'/0' if more else ''})")
    return some


def ovs_action(one: tuple) -> str:
    kind, values = one[0], one[1:]
    if kind == "output":
        return str(values[0])
    if kind == "user":
        return f"userspace(pid={values[0]},slow_path(controller))"
    if kind == "pop_vlan":
        return "pop_vlan"
    if kind == "push_vlan":
        return f"push_vlan(vid={values[0]},pcp={values[1]})"
    if kind == "set_tunnel":
        return f"set({ovs_tunnel(values[0], 'df|key')})"
    if kind == "set_mac":
        return f"set(eth(src={values[0]},dst={values[1]}))"
    if kind == "set_ipv4":
        return f"set(ipv4(src={values[0]},dst={values[1]},ttl={values[3]}))"
    return f"set({values[0].lower()}(src={values[1]},dst={values[2]}))"


def open_vswitch(made: dict[str, Any], now: int = 1 << 40) -> str:
    """The flow as ovs-dpctl dump-flows prints it, or with -m, which names it and prints what is not looked at too."""
    more = bool(made["wild"] & 4)
    keys = ["recirc_id(0)"]
    if more:
        keys = [
            "skb_priority(0/0)",
            "skb_mark(0/0)",
            "ct_state(0/0)",
            "ct_zone(0/0)",
            "ct_mark(0/0)",
            "ct_label(0/0)",
            *keys,
            "dp_hash(0/0)",
        ]
    if made["tunnel"]:
        keys.append(ovs_tunnel(made["tunnel"], "-df-csum+key"))
    keys.append(f"in_port({made['in_port']})")
    keys += ["packet_type(ns=0,id=0)"] if more and made["wild"] & 8 else []
    keys.append(f"eth(src={made['src_mac']},dst={made['dst_mac']})")
    network = ovs_network(made, more)
    if made["vlan"] is None:
        keys += network
    else:
        keys += ["eth_type(0x8100)", f"vlan(vid={made['vlan']},pcp={made['pcp']})", f"encap({','.join(network)})"]
    flags = "".join(letter for bit, letter in enumerate("FSRP.UECN") if made["flags"] >> bit & 1) if made["protocol"] == 6 else ""
    number = f"{made['wild']:08x}-0f9d-4d43-8b3a-{made['in_port']:012x}"
    used = f"{(now - made['used']) / 1000:.3f}s" if made["used"] else "never"
    return (
        (f"ufid:{number}, " if more else "")
        + ",".join(keys)
        + f", packets:{made['packets']}, bytes:{made['bytes']}, used:{used}, "
        + (f"flags:{flags}, " if flags and made["packets"] else "")
        + ("dp:ovs, " if more and made["wild"] & 16 else "")
        + "actions:"
        + (",".join(map(ovs_action, made["actions"])) or "drop")
        + "\n"
    )


# --- dumps -----------------------------------------------------------------------------------------------------------------------


def dump(flows: list[dict[str, Any]], layout: str, announced: int | None = None) -> bytes:
    """A whole dump."""
    if layout == OVS:
        return "".join(map(open_vswitch, flows)).encode()
    number = len(flows) if announced is None else announced
    word = "flow" if layout == NEW and number == 1 else "flows"
    return (f"{number} {word}\n" + "".join(midonet(one, layout) for one in flows)).encode()


# --- truth -----------------------------------------------------------------------------------------------------------------------


def shown(made: dict[str, Any], layout: str) -> dict[str, set]:
    """What can be asked for of a flow, by criterion."""
    tunnels = [one[1] for one in made["actions"] if one[0] == "set_tunnel"]
    has_ports = made["ethertype"] in (0x0800, 0x86DD) and made["protocol"] in PORTS
    # FlowMatch has no ports of SCTP.
    has_ports = has_ports and not (layout == NEW and made["protocol"] == 132)
    found = {
        "src": {made["src"]} - {None},
        "dst": {made["dst"]} - {None},
        "src_mac": {made["src_mac"]},
        "dst_mac": {made["dst_mac"]},
        "src_port": {made["src_port"]} if has_ports else set(),
        "dst_port": {made["dst_port"]} if has_ports else set(),
        "tunnel_key": {one["key"] for one in [*tunnels, *([made["tunnel"]] if made["tunnel"] else [])]},
        "in_port": {made["in_port"]},
        "out_port": {one[1] for one in made["actions"] if one[0] == "output"},
    }
    found["address"] = found["src"] | found["dst"]
    found["mac"] = found["src_mac"] | found["dst_mac"]
    found["port"] = found["src_port"] | found["dst_port"]
    return found


def sums(flows: list[dict[str, Any]]) -> dict[str, Any]:
    """What the flows add up to, in the reducer's names."""
    tables: dict[str, dict] = {name: {} for name in ("in_ports", "out_ports", "tunnel_peers", "ethertypes", "drops")}

    def add(table: str, name: object, made: dict[str, Any]) -> None:
        entry = tables[table].setdefault(name, [0, 0, 0])
        for at, value in enumerate((1, made["packets"], made["bytes"])):
            entry[at] += value

    for made in flows:
        add("in_ports", made["in_port"], made)
        add("ethertypes", f"0x{made['ethertype']:04x}", made)
        for port in {one[1] for one in made["actions"] if one[0] == "output"}:
            add("out_ports", port, made)
        for peer in {one[1]["dst"] for one in made["actions"] if one[0] == "set_tunnel"}:
            add("tunnel_peers", (peer, "to"), made)
        if made["tunnel"]:
            add("tunnel_peers", (made["tunnel"]["src"], "from"), made)
        if not made["actions"]:
            add("drops", made["in_port"], made)
    return {
        "flows": len(flows),
        "packets": sum(made["packets"] for made in flows),
        "bytes": sum(made["bytes"] for made in flows),
        "never_used": sum(made["used"] == 0 for made in flows),
        **tables,
    }
