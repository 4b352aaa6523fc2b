# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ip link, ip addr, ip route, ip neigh: of iproute2 3.12 (generation A) and 6.1 (generation B)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping

from generator.model import Generation, Link, Route, network_of

_TAIL_B = "addrgenmode eui64 numtxqueues 1 numrxqueues 1 gso_max_size 65536 gso_max_segs 65535 tso_max_size 65536 tso_max_segs 65535 gro_max_size 65536 "
_KIND_B = {"tun": "tun type tap pi off vnet_hdr on persist on ", "bridge": "bridge forward_delay 1500 hello_time 200 max_age 2000 ", "veth": "veth "}


def flags(link: Link) -> str:
    """What stands between < and >."""
    words = ["LOOPBACK"] if link.kind == "loopback" else ["BROADCAST", "MULTICAST"]
    if link.admin_up and not link.carrier:
        words.insert(0, "NO-CARRIER")
    if link.admin_up:
        words.append("UP")
    if link.works:
        words.append("LOWER_UP")
    return ",".join(words)


def state(link: Link) -> str:
    """Drivers of loopback and tun devices do not tell a state as long as there is a carrier."""
    if not link.works:
        return "DOWN"
    return "UNKNOWN" if link.kind in ("loopback", "tun") else "UP"


def _head(number: int, link: Link, generation: Generation, mode: str) -> str:
    queue = {"loopback": "noqueue", "bridge": "noqueue", "veth": "noqueue" if generation == "B" else "pfifo_fast"}.get(link.kind, "mq" if generation == "A" else "fq_codel")
    name = f"{link.name}@if{number + 40}" if link.kind == "veth" and generation == "B" else link.name
    length = "" if link.kind == "loopback" and generation == "A" else " qlen 1000" if generation == "B" else "qlen 1000"
    return f"{number}: {name}: <{flags(link)}> mtu {link.mtu} qdisc {queue} state {state(link)} {mode}group default{length if generation == 'B' else ' ' + length}"


def _hardware(link: Link) -> str:
    if link.kind == "loopback":
        return "link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00"
    return f"link/ether {link.mac} brd ff:ff:ff:ff:ff:ff"


def ip_link(links: Iterable[Link], generation: Generation, round: int) -> str:
    """`ip -s -s -d link show`."""
    lines: list[str] = []
    for number, link in enumerate(links, start=1):
        lines.append(_head(number, link, generation, "mode DEFAULT "))
        received, sent = link.rx.at(round), link.tx.at(round)
        if generation == "A":
            lines.append(f"    {_hardware(link)} promiscuity 0 ")
            if link.kind in ("tun", "bridge", "veth"):
                lines.append(f"    {'tun' if link.kind == 'tun' else link.kind} ")
            lines.append("    RX: bytes  packets  errors  dropped overrun mcast   ")
            lines.append("    {:<10} {:<8} {:<7} {:<7} 0       0      ".format(*received))
            lines.append("    RX errors: length  crc     frame   fifo    missed")
            lines.append(f"               0        {received[2]:<7} 0       0       0      ")
            lines.append("    TX: bytes  packets  errors  dropped carrier collsns ")
            lines.append("    {:<10} {:<8} {:<7} {:<7} 0       0      ".format(*sent))
            lines.append("    TX errors: aborted fifo    window  heartbeat")
            lines.append("               0        0       0       0      ")
            continue
        lines.append(f"    {_hardware(link)} promiscuity 0  allmulti 0 minmtu 0 maxmtu 65535 {'' if link.kind in _KIND_B else _TAIL_B}")
        if link.kind in _KIND_B:
            lines.append(f"    {_KIND_B[link.kind]}{_TAIL_B}")
        lines.append("    RX:  bytes packets errors dropped  missed   mcast           ")
        lines.append("    {:>10} {:>7} {:>6} {:>7}       0       0 ".format(*received))
        lines.append("    RX errors:  length    crc   frame    fifo overrun")
        lines.append(f"    {0:>18} {received[2]:>6}       0       0       0 ")
        lines.append("    TX:  bytes packets errors dropped carrier collsns           ")
        lines.append("    {:>10} {:>7} {:>6} {:>7}       0       0 ".format(*sent))
        lines.append("    TX errors: aborted   fifo  window heartbt transns")
        lines.append("                     0      0       0       0       2 ")
    return "\n".join(lines) + "\n"


def ip_addr(links: Iterable[Link], generation: Generation) -> str:
    """`ip addr show`."""
    lines: list[str] = []
    for number, link in enumerate(links, start=1):
        lines += [_head(number, link, generation, ""), f"    {_hardware(link)}"]
        for address in link.addresses:
            if link.kind == "loopback":
                lines.append(f"    inet {address} scope host {link.name}")
            else:
                broadcast = f"brd {ipaddress.ip_interface(address).network.broadcast_address} " if generation == "A" else ""
                lines.append(f"    inet {address} {broadcast}scope global {link.name}")
            lines.append("       valid_lft forever preferred_lft forever")
        if link.kind == "loopback":
            lines += ["    inet6 ::1/128 scope host ", "       valid_lft forever preferred_lft forever"]
        elif link.admin_up and (link.carrier or link.addresses or link.kind == "veth"):
            # The kernel makes it when the cable is first plugged in, and keeps it.
            lines += [f"    inet6 {link_local(link.mac)}/64 scope link ", "       valid_lft forever preferred_lft forever"]
    return "\n".join(lines) + "\n"


def link_local(mac: str) -> str:
    """The IPv6 address that the kernel makes of a MAC address."""
    octets = [int(part, 16) for part in mac.split(":")]
    octets[0] ^= 2
    parts = [octets[0] << 8 | octets[1], octets[2] << 8 | 0xFF, 0xFE00 | octets[3], octets[4] << 8 | octets[5]]
    return str(ipaddress.IPv6Address((0xFE80 << 112) | sum(part << (16 * (3 - place)) for place, part in enumerate(parts))))


def ip_route(table: Iterable[Route], links: Mapping[str, Link]) -> str:
    """`ip -4 route show`, then `ip -4 rule show`."""
    lines = []
    for route in sorted(table, key=lambda route: (route.destination != "default", route.destination, route.metric)):
        link = links.get(route.link)
        words = [] if route.type == "unicast" else [route.type]
        words.append(route.destination)
        if route.via:
            words.append(f"via {route.via}")
        if route.link:
            words.append(f"dev {route.link}")
        if link is not None and not route.via and route.type == "unicast":
            source = next((one.split("/")[0] for one in link.addresses if network_of(one) == route.destination), "")
            words.append(f"proto kernel scope link src {source}" if source else "scope link")
        if route.metric:
            words.append(f"metric {route.metric}")
        if link is not None and not link.carrier:
            words.append("linkdown")
        lines.append(" ".join(words) + " ")
    lines += ["### rules", "0:\tfrom all lookup local ", "32766:\tfrom all lookup main ", "32767:\tfrom all lookup default "]
    return "".join(f"{line}\n" for line in lines)


def ip_neigh(neighbours: Mapping[str, tuple[str, str, str]]) -> str:
    """`ip -4 neigh show`."""
    return "".join(
        f"{address} dev {link}  {state}\n" if state in ("FAILED", "INCOMPLETE") else f"{address} dev {link} lladdr {mac} {state} \n"
        for address, (link, mac, state) in neighbours.items()
    )
