# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`ping -n -q` as the collector's probe shows it, and the lines of its connect."""

from __future__ import annotations

from generator.simulate import Way

_HEADERS = 28


def ping(source: str, address: str, payload: int, sent: int, received: int, way: Way, rtt_ms: float, quiet: bool = True) -> str:
    """One section: the output of ping and its exit code. `way` tells how the packets ended when none was answered."""
    lines = [f"### {address}", f"PING {address} ({address}) from {source} : {payload}({payload + _HEADERS}) bytes of data."]
    if received == 0 and way.fate == "no_route":
        return "\n".join([lines[0], "connect: Network is unreachable", "rc=2"]) + "\n"
    told = _told(source, address, payload, sent, received, way, rtt_ms)
    errors = f"+{sent} errors, " if received == 0 and told else ""
    # A quiet ping tells of no packet but those that the host itself could not send.
    lines += told if not quiet or way.fate == "too_long" else []
    loss = round((sent - received) * 100 / sent)
    lines += ["", f"--- {address} ping statistics ---"]
    lines.append(f"{sent} packets transmitted, {received} received, {errors}{loss}% packet loss, time {200 * sent + 5}ms")
    if received:
        lines.append(f"rtt min/avg/max/mdev = {rtt_ms * 0.8:.3f}/{rtt_ms:.3f}/{rtt_ms * 1.3:.3f}/{rtt_ms * 0.1:.3f} ms")
    elif way.fate == "no_neighbour":
        lines.append(f"pipe {sent}")
    lines.append(f"rc={0 if received else 1}")
    return "\n".join(lines) + "\n"


def tracepath(source: str, address: str, size: int, way: Way) -> str:
    """One section: the way to a peer, with packets of that size, after no ping of it was answered."""
    lines = [f"### {address} tracepath"]
    if way.fate == "no_route":
        return "\n".join([*lines, " 1:  send failed", f"     Resume: pmtu {size} ", "rc=0"]) + "\n"
    if way.fate in ("no_neighbour", "unanswered"):
        return "\n".join([*lines, f" 1:  {source:<48}1857.326ms !H", f"     Resume: pmtu {size} ", "rc=0"]) + "\n"
    passes = way.mtu if way.fate in ("frag_needed", "too_long") else size if way.fate == "arrives" else 0
    if not passes:
        # Nobody says anything, until the collector's patience ends.
        return "\n".join([*lines, "Terminated", "rc=143"]) + "\n"
    hops = [way.next_hop, address] if way.next_hop != address else [address]
    lines.append(f" 1?: [LOCALHOST]                      pmtu {passes}")
    lines += [f" {number}:  {hop:<54}0.042ms {'reached' if hop == address else ''}" for number, hop in enumerate(hops, start=1)]
    return "\n".join([*lines, f"     Resume: pmtu {passes} hops {len(hops)} back {len(hops)} ", "rc=0"]) + "\n"


def _told(source: str, address: str, payload: int, sent: int, received: int, way: Way, rtt_ms: float) -> list[str]:
    """What ping says of single packets."""
    numbers = range(1, sent + 1)
    if received:
        return [f"{payload + 8} bytes from {address}: icmp_seq={number} ttl=64 time={rtt_ms:.3f} ms" for number in range(1, received + 1)]
    if way.fate == "too_long":
        return [f"ping: local error: message too long, mtu={way.mtu}"] * sent
    if way.fate == "frag_needed":
        # The host keeps in mind what the router told it of the first packet.
        first = f"From {way.limited_by} icmp_seq=1 Frag needed and DF set (mtu = {way.mtu})"
        return [first, *[f"ping: local error: message too long, mtu={way.mtu}"] * (sent - 1)]
    if way.fate == "no_neighbour":
        return [f"From {source} icmp_seq={number} Destination Host Unreachable" for number in numbers]
    return []


def connect(address: str, port: int, outcome: str, text: str) -> str:
    """One line of the collector's connect."""
    return f"connect {address} {port} {outcome}{' ' + text if text else ''}\n"
