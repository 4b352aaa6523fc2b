# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`mm-dpctl … dump` of 2015.06 (generation A) and 5.2 (generation B): what machines say to each other, and what the agent drops.

A line at a time, because a table may have more than a million flows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from generator.model import Fleet, Host, Vm, drawn_between
from generator.printers.midonet import datapath_ports

_ALL_MACS = "ff:ff:ff:ff:ff:ff"
_NO_MAC = "00:00:00:00:00:00"
_ALL6 = ":".join(["ffff"] * 8)
_NAMES = {1: "icmp", 6: "tcp", 17: "udp", 58: "ipv6-icmp"}
_ETHER = {"arp": 0x806, "ip4": 0x800, "ip6": 0x86DD}


@dataclass(frozen=True)
class _Flow:
    """kind: arp, ip4 or ip6. tunnel: (key, from, to). ports: of TCP and UDP, type and code of ICMP. Without actions it drops."""

    in_port: int
    macs: tuple[str, str]
    kind: str
    addresses: tuple[str, str]
    protocol: int = 0
    ports: tuple[int, int] = (0, 0)
    tunnel: tuple[int, str, str] | None = None
    actions: tuple[str, ...] = ()
    packets: int = 1
    size: int = 98
    used: int = 0


def dump(fleet: Fleet, host: Host) -> Iterator[str]:
    """All flows of a host's datapath, the least lately used first; nothing when there is no datapath."""
    if host.datapath is None or not host.datapath.exists:
        return
    count = host.datapath.flows
    old = host.generation == "A"
    yield f"{count} flow{'s' if count != 1 or old else ''}\n"
    dropped = list(_dropped(host))[:count]
    peers = [(other, vm) for other in fleet.agents if other.address for vm in other.vms[:1]][:64]
    for number in range(count):
        flow = dropped[number] if number < len(dropped) else _carried(host, peers, number)
        yield from _old(flow) if old else _new(flow)


def _numbers(host: Host) -> dict[str, int]:
    return {name: number for number, name, *_rest in datapath_ports(host)}


def _dropped(host: Host) -> Iterator[_Flow]:
    """What a machine says while it starts, and what nobody answers: for some seconds it is dropped, a packet or three of each."""
    ports = _numbers(host)
    for number, vm in enumerate(vm for vm in host.vms if vm.tap in ports and host.booting):
        port, used = ports[vm.tap], 4_000_000 + number
        local = f"fe80:0:0:0:{_word(vm, 0)}:{_word(vm, 1)}:{_word(vm, 2)}:{_word(vm, 3)}"
        yield _Flow(port, (vm.mac, _ALL_MACS), "arp", ("0.0.0.0", vm.address), 1, packets=1, size=42, used=used)
        yield _Flow(port, (vm.mac, _ALL_MACS), "ip4", ("0.0.0.0", "255.255.255.255"), 17, (68, 67), packets=2, size=342, used=used)
        yield _Flow(port, (vm.mac, "33:33:00:00:00:02"), "ip6", (local, "ff02:0:0:0:0:0:0:2"), 58, (133, 0), packets=3, size=70, used=used)
        yield _Flow(port, (vm.mac, "01:00:5e:00:00:fb"), "ip4", (vm.address, "224.0.0.251"), 17, (5353, 5353), packets=2, size=87, used=used)


def _word(vm: Vm, place: int) -> str:
    return f"{int(vm.port[place * 2 : place * 2 + 2], 16) + 1:x}"


def _carried(host: Host, peers: Sequence[tuple[Host, Vm]], number: int) -> _Flow:
    """One connection between a machine here and one there, in one direction; on hosts without machines what a tunnel brings."""
    ports = _numbers(host) if host.vms else {}
    overlay = 2 if host.tunnel_type == "vxlan" else 1
    mine = [vm for vm in host.vms if vm.tap in ports] or [Vm("00000000", "", "203.0.113.9")]
    vm = mine[number % len(mine)]
    there, far = peers[number % len(peers)] if peers else (host, vm)
    client = (1024 + number % 60_000, (22, 53, 80, 443, 3306)[number // 60_000 % 5])
    key = 256 + drawn_between(0, 8000, "key", far.port)
    packets = drawn_between(1, 90_000, "flow", host.name, number)
    used = 4_000_100 + number
    if number % 2 and vm.tap:
        action = (f"SetKey{{Tunnel{{tun_id={key}, ipv4_src={host.address}, ipv4_dst={there.address}, tun_flag=0, ipv4_tos=0, ipv4_ttl=-1}}}}", f"Output{{port={overlay}}}")
        return _Flow(ports[vm.tap], (vm.mac, far.mac), "ip4", (vm.address, far.address), 6, client, None, action, packets, 540, used)
    out = ports.get(vm.tap, 5)
    return _Flow(overlay, (far.mac, vm.mac), "ip4", (far.address, vm.address), 6, client, (key, there.address, host.address), (f"Output{{port={out}}}",), packets, 540, used)


# ---- the keys, which both generations print in the same words


def _keys(flow: _Flow) -> list[tuple[str, str]]:
    """(key, mask) in the kernel's order."""
    keys = [("Priority{0}", "Priority{0}")]
    if flow.tunnel:
        key, source, target = flow.tunnel
        keys.append((
            f"Tunnel{{tun_id={key}, ipv4_src={source}, ipv4_dst={target}, tun_flag=0, ipv4_tos=0, ipv4_ttl=64}}",
            "Tunnel{tun_id=-1, ipv4_src=255.255.255.255, ipv4_dst=255.255.255.255, tun_flag=0, ipv4_tos=0, ipv4_ttl=0}",
        ))  # fmt: skip
    keys.append((f"InPort{{{flow.in_port}}}", "InPort{-1}"))
    keys.append((f"Ethernet{{src={flow.macs[0]}, dst={flow.macs[1]}}}", f"Ethernet{{src={_ALL_MACS}, dst={_ALL_MACS}}}"))
    keys.append((f"EtherType{{{_ETHER[flow.kind]:#x}}}", "EtherType{0xffffffff}"))
    source, target = flow.addresses
    if flow.kind == "arp":
        keys.append((
            f"KeyARP{{sip={source}, tip={target}, op={flow.protocol}, sha={flow.macs[0]}, tha={_NO_MAC}}}",
            f"KeyARP{{sip=255.255.255.255, tip=255.255.255.255, op=255, sha={_NO_MAC}, tha={_NO_MAC}}}",
        ))  # fmt: skip
        return keys
    if flow.kind == "ip6":
        keys.append((
            f"IPv6{{src={source}, dst={target}, label=0, proto={flow.protocol}, tclass=0, hlimit=-1, frag=0}}",
            f"IPv6{{src={_ALL6}, dst={_ALL6}, label=0, proto=-1, tclass=-1, hlimit=-1, frag=-1}}",
        ))  # fmt: skip
        return [*keys, (f"ICMPv6{{type={flow.ports[0]}, code={flow.ports[1]}}}", "ICMPv6{type=255, code=255}")]
    keys.append((
        f"KeyIPv4{{src={source}, dst={target}, proto={flow.protocol}, tos=0, ttl=64, frag=0}}",
        "KeyIPv4{src=255.255.255.255, dst=255.255.255.255, proto=-1, tos=0, ttl=-1, frag=-1}",
    ))  # fmt: skip
    name = "TCP" if flow.protocol == 6 else "UDP"
    return [*keys, (f"{name}{{src={flow.ports[0]}, dst={flow.ports[1]}}}", f"{name}{{src=65535, dst=65535}}")]


def _old(flow: _Flow) -> Iterator[str]:
    yield "  Flow:\n    match keys:\n"
    yield "".join(f"      {key}\n        mask: {mask}\n" for key, mask in _keys(flow))
    yield "    actions: \n" + "".join(f"      {action}\n" for action in flow.actions) if flow.actions else "    actions: empty\n"
    yield f"    stats: FlowStats{{packets={flow.packets}, bytes={flow.packets * flow.size}}}\n    tcpFlags: {_flags(flow)}\n    lastUsedTime: {flow.used}\n"


def _flags(flow: _Flow) -> str:
    return "PSH|ACK" if flow.protocol == 6 else ""


# The order of the mask's keys is that of their numbers in the kernel.
_LAST = ("KeyARP", "Tunnel")


def _new(flow: _Flow) -> Iterator[str]:
    fields = [f"InputPortNumber={flow.in_port}"]
    if flow.tunnel:
        key, source, target = flow.tunnel
        fields.append(f"TunnelKey={key}, TunnelSrc={source}, TunnelDst={target}, TunnelTOS=0, TunnelTTL=64")
    fields.append(f"EthSrc={flow.macs[0]}, EthDst={flow.macs[1]}, EtherType={_ETHER[flow.kind]:04X}, NetworkSrc={flow.addresses[0]}, NetworkDst={flow.addresses[1]}")
    if flow.kind == "arp":
        fields.append(f"ArpOp={flow.protocol}")
    else:
        fields.append(f"NetworkProto={_NAMES[flow.protocol]}, NetworkTTL={255 if flow.kind == 'ip6' else 64}, NetworkTOS=0, FragmentType=None")
    if flow.kind == "ip4":
        fields.append(f"SrcPort={flow.ports[0]}, DstPort={flow.ports[1]}")
    masks = [mask for _key, mask in _keys(flow)]
    masks = [*(mask for mask in masks if not mask.startswith(_LAST)), *(mask for last in _LAST for mask in masks if mask.startswith(last))]
    yield f"  Flow\n    Match: FlowMatch[{', '.join(fields)}]\n    Mask:  FlowMask[{', '.join(masks)}]\n"
    yield "    Actions: \n" + "".join(f"      {action}\n" for action in flow.actions) if flow.actions else "    Actions: []\n"
    yield f"    Stats: FlowStats{{packets={flow.packets}, bytes={flow.packets * flow.size}}}\n    TCP flags: {_flags(flow)}\n    Last used time: {flow.used}\n"
