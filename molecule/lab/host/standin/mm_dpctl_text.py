"""The text of mm-dpctl of both generations, printed from plain data.

A datapath, a flow, a key and an action are dictionaries in the form of the golden truth (tests/golden/data/*/*.json): 8 and 16-bit
numbers unsigned, 32 and 64-bit ones signed. The tool prints Java's signed bytes and shorts, which is done here.
"""

import ipaddress

# IANA protocol numbers that MidoNet prints by name; others are printed as a signed byte.
PROTOCOLS = {
    1: "icmp", 2: "igmp", 4: "ipv4-encap", 6: "tcp", 8: "egp", 9: "igp", 17: "udp", 33: "dccp", 41: "ipv6-encap", 43: "ipv6-route",
    44: "ipv6-frag", 47: "gre", 50: "esp", 51: "ah", 58: "ipv6-icmp", 59: "ipv6-nonxt", 60: "ipv6-opts", 94: "ipip", 97: "etherip",
    112: "vrrp", 115: "l2tp", 132: "sctp",
}  # fmt: skip
# The kernel's attribute numbers: version 5 prints the keys of a mask in their order.
MASK_ORDER = ("Encap", "Priority", "InPort", "Ethernet", "VLAN", "EtherType", "IPv4", "IPv6", "TCP", "UDP", "ICMP", "ICMPv6", "ARP", "ND",
              "Tunnel", "SCTP", "TCPFlags")  # fmt: skip


def signed(value, bits):
    """An unsigned number as Java prints it."""
    return value - (1 << bits) if value >= 1 << bits - 1 else value


def _hexed(value, bits):
    """Integer.toHexString of a number that was widened with its sign."""
    return f"{signed(value, bits) & 0xFFFFFFFF:x}"


def _address6(text):
    return ":".join(f"{int(group, 16):x}" for group in ipaddress.IPv6Address(text).exploded.split(":"))


# How each key is printed; `s` is its 8-bit numbers signed.
KEYS = {
    "Priority": lambda k, s: f"Priority{{{k['priority']}}}",
    "InPort": lambda k, s: f"InPort{{{k['port']}}}",
    "Tunnel": lambda k, s: f"Tunnel{{tun_id={k['tun_id']}, ipv4_src={k['ipv4_src']}, ipv4_dst={k['ipv4_dst']}, tun_flag={k['tun_flag']}, "
    f"ipv4_tos={s['ipv4_tos']}, ipv4_ttl={s['ipv4_ttl']}}}",
    "Ethernet": lambda k, s: f"Ethernet{{src={k['src']}, dst={k['dst']}}}",
    "EtherType": lambda k, s: f"EtherType{{0x{_hexed(k['type'], 16)}}}",
    "VLAN": lambda k, s: f"VLAN{{{signed(k['tci'], 16)}}}",
    "Encap": lambda k, s: f"Encap{{keys=[{', '.join(key(inner) for inner in k['keys'])}]}}",
    "IPv4": lambda k, s: f"KeyIPv4{{src={k['src']}, dst={k['dst']}, proto={s['proto']}, tos={s['tos']}, ttl={s['ttl']}, frag={s['frag']}}}",
    "IPv6": lambda k, s: f"IPv6{{src={_address6(k['src'])}, dst={_address6(k['dst'])}, label={k['label']}, proto={s['proto']}, "
    f"tclass={s['tclass']}, hlimit={s['hlimit']}, frag={s['frag']}}}",
    "ARP": lambda k, s: f"KeyARP{{sip={k['sip']}, tip={k['tip']}, op={signed(k['op'], 16)}, sha={k['sha']}, tha={k['tha']}}}",
    "TCP": lambda k, s: f"TCP{{src={k['src']}, dst={k['dst']}}}",
    "UDP": lambda k, s: f"UDP{{src={k['src']}, dst={k['dst']}}}",
    "SCTP": lambda k, s: f"SCTP{{src={k['src']}, dst={k['dst']}}}",
    "TCPFlags": lambda k, s: f"TCPFlags{{'{'|'.join(k['names'])}'}}",
    "ICMP": lambda k, s: f"ICMP{{type=0x{_hexed(k['type'], 8)}, code={s['code']}}}",
    "ICMPv6": lambda k, s: f"ICMPv6{{type={k['type']}, code={k['code']}}}",
    "ND": lambda k, s: f"ND{{target={_address6(k['target'])}, sll={k['sll']}, tll={k['tll']}}}",
}


def key(k):
    """A key of a match or of a mask."""
    return KEYS[k["key"]](k, {name: signed(value, 8) for name, value in k.items() if isinstance(value, int)})


def _sampled(a):
    return "null" if a["actions"] is None else f"[{', '.join(map(action, a['actions']))}]"


ACTIONS = {
    "Output": lambda a: f"Output{{port={a['port']}}}",
    "SetKey": lambda a: f"SetKey{{{key(a['key'])}}}",
    "PopVLAN": lambda a: "PopVLAN{}",
    "PushVLAN": lambda a: f"PushVLAN{{tpid={signed(a['tpid'], 16)}, tci={signed(a['tci'], 16)}}}",
    "ToUserspace": lambda a: f"ToUserspace{{socket={a['socket']}, data={'null' if a['data'] is None else a['data']}}}",
    "Sample": lambda a: f"Sample{{probability={a['probability']}, actions={_sampled(a)}}}",
}


def action(a):
    return ACTIONS[a["action"]](a)


# ---- list


def list_a(datapaths):
    if not datapaths:
        return "Could not find any installed datapath.\n"
    return f"Found {len(datapaths)} datapaths:\n" + "".join(f"\t{name}\n" for name in datapaths)


def list_b(datapaths):
    if not datapaths:
        return "Could not find any installed datapath\n"
    return f"Found {len(datapaths)} datapath{'s' if len(datapaths) > 1 else ''}\n" + "".join(f"  {name}\n" for name in datapaths)


# ---- show


def _stats(stats):
    return "null" if stats is None else f"Stats{{{', '.join(f'{name}={value}' for name, value in stats.items())}}}"


def show_a(datapath):
    stats = datapath["stats"]
    text = (f"Datapath name   : {datapath['name']}\nDatapath index : {datapath['index']}\nDatapath Stats: \n  Flows :{stats['flows']}\n"
            f"  Hits  :{stats['hits']}\n  Lost  :{stats['lost']}\n  Misses:{stats['misses']}\n")  # fmt: skip
    ports = sorted(datapath["ports"], key=lambda port: port["no"])
    if not ports:
        return text + "Datapath does not contain any port.\n"
    return text + "".join(f'Port #{port["no"]} "{port["name"]}"  {port["type"]}  {_stats(port["stats"])}\n' for port in ports)


def show_b(datapath):
    stats = datapath["stats"]
    text = (f"Name: {datapath['name']}\nIndex: {datapath['index']}\nSupports megaflows: {'yes' if datapath['supports_megaflows'] else 'no'}\n"
            f"Stats:\n  Flows  {stats['flows']}\n  Hits   {stats['hits']}\n  Lost   {stats['lost']}\n  Misses {stats['misses']}\n")  # fmt: skip
    return text + "".join(f"Port #{port['no']} '{port['name']}' {port['type']} {_stats(port['stats'])}\n" for port in datapath["ports"])


# ---- dump


def flow_a(flow):
    lines = ["  Flow:"]
    if flow["keys"]:
        lines.append("    match keys:")
        for one, mask in zip(flow["keys"], flow["masks_per_key"], strict=True):
            lines += [f"      {key(one)}", f"        mask: {key(mask)}"]
    else:
        lines.append("    match keys: empty")
    if flow["actions"]:
        lines += ["    actions: ", *(f"      {action(one)}" for one in flow["actions"])]
    else:
        lines.append("    actions: empty")
    lines += [
        f"    stats: FlowStats{{packets={flow['packets']}, bytes={flow['bytes']}}}",
        f"    tcpFlags: {'|'.join(flow['tcp_flag_names'])}",
        f"    lastUsedTime: {flow['last_used_ms']}",
    ]
    return "".join(f"{line}\n" for line in lines)


def dump_a(flows):
    return f"{len(flows)} flows\n" + "".join(map(flow_a, flows))


# How version 5 prints a field of a match. A field that has no entry here is printed as it is.
MATCH = {
    "TunnelTOS": lambda value: signed(value, 8),
    "EtherType": lambda value: f"{value:04X}",
    "VlanId": lambda value: f"[{', '.join(str(signed(one, 16)) for one in value)}]",
    "NetworkSrc": lambda value: _address6(value) if ":" in value else value,
    "NetworkDst": lambda value: _address6(value) if ":" in value else value,
    "NetworkProto": lambda value: PROTOCOLS.get(value, signed(value, 8)),
    "ArpOp": lambda value: signed(value & 255, 8),
    "NetworkTOS": lambda value: signed(value, 8),
}


def match_b(match):
    fields = dict(match)
    if fields.get("EtherType") == 0x0806 and "NetworkProto" in fields:
        # Of ARP, the operation is kept where other packets have their protocol.
        fields = {"ArpOp" if name == "NetworkProto" else name: value for name, value in fields.items()}
    return f"FlowMatch[{', '.join(f'{name}={MATCH.get(name, str)(value)}' for name, value in fields.items())}]"


def flow_b(flow):
    mask = sorted(flow["mask"], key=lambda one: MASK_ORDER.index(one["key"]))
    lines = ["  Flow", f"    Match: {match_b(flow['match'])}", f"    Mask:  FlowMask[{', '.join(map(key, mask))}]"]
    if flow["actions"]:
        lines += ["    Actions: ", *(f"      {action(one)}" for one in flow["actions"])]
    else:
        lines.append("    Actions: []")
    lines += [
        f"    Stats: FlowStats{{packets={flow['packets']}, bytes={flow['bytes']}}}",
        f"    TCP flags: {'|'.join(flow['tcp_flag_names'])}",
        f"    Last used time: {flow['last_used_ms']}",
    ]
    return "".join(f"{line}\n" for line in lines)


def dump_b(flows):
    return f"{len(flows)} flow{'' if len(flows) == 1 else 's'}\n" + "".join(map(flow_b, flows))
