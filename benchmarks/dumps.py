# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Big dumps out of small ones, for the benchmarks: no two flows alike.

A dump repeated as it is would flatter a reader that remembers texts, and one of flows that no packet used a reader that need not
add. So each copy gets addresses, ports of TCP and UDP, counters and times of its own; what in a real cloud comes again and again
stays: ports of the datapath, ends of tunnels and their keys, masks. One flow in twelve stays without a packet.
"""

from __future__ import annotations

import gzip
import lzma
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

# The address of one flow near the middle of each dump.
RARE = "10.253.251.249"

# What differs between flows; addresses and ports that are masks do not. The text before each is the group "before".
_CHANGING = re.compile(
    rb"(?P<before>fa:16:3e:)(?P<mac>[0-9a-f]{2})"
    rb"|(?P<before_address>(?:KeyIPv4\{src|(?<=[0-9], )dst|KeyARP\{sip|tip|NetworkSrc|NetworkDst)=(?!255\.|0\.)[0-9]+\.[0-9]+\.)"
    rb"(?P<address>[0-9]+\.[0-9]+)(?=, )"
    rb"|(?P<before_port>(?:TCP\{src|UDP\{src|SrcPort)=)(?P<port>(?!65535)[0-9]{4,5})(?=, )"
    rb"|(?P<before_packets>packets=)(?P<packets>-?[0-9]+)"
    rb"|(?P<before_size>bytes=)(?P<size>-?[0-9]+)"
    rb"|(?P<before_used>(?:lastUsedTime|Last used time): )(?P<used>[0-9]+)"
)


def opened(path: Path):
    """A dump, unpacked while it is read."""
    return {".xz": lzma.open, ".gz": gzip.open}.get(path.suffix, open)(path, "rb")


def flows_of(path: Path) -> list[bytes]:
    """The dump's whole flows."""
    with opened(path) as stream:
        data = stream.read()
    mark = b"\n  Flow:\n" if b"\n  Flow:\n" in data else b"\n  Flow\n"
    pieces = data.split(mark)[1:]
    # The last one may have been cut.
    return [mark[1:] + piece + b"\n" for piece in pieces[:-1]]


def template(flow: bytes) -> bytes:
    """The flow as a format in which what differs between flows has a name."""
    assert b"%" not in flow
    seen: Counter[str] = Counter()

    def name(found: re.Match[bytes]) -> bytes:
        assert found.lastgroup
        # The second address is another one than the first.
        seen[found.lastgroup] += 1
        again = b"2" if found.lastgroup in ("mac", "address") and seen[found.lastgroup] % 2 == 0 else b""
        return found.group().removesuffix(found[found.lastgroup]) + b"%%(%s%s)s" % (found.lastgroup.encode(), again)

    return _CHANGING.sub(name, flow)


def values(number: int) -> dict[bytes, bytes]:
    """What a template is filled with: the same number gives the same."""
    # Knuth's multiplicative hash: neighbours differ in all digits.
    mixed = number * 2654435761 & 0xFFFFFFFF
    packets = 0 if number % 12 == 0 else 1 + mixed % 10 ** (1 + number % 5)
    return {
        b"mac": b"%02x" % (mixed >> 7 & 0xFF),
        b"mac2": b"%02x" % (mixed >> 21 & 0xFF),
        b"address": b"%d.%d" % (mixed >> 11 & 0xFF, mixed >> 19 & 0xFF),
        b"address2": b"%d.%d" % (mixed >> 3 & 0xFF, mixed >> 23 & 0xFF),
        b"port": b"%d" % (1024 + mixed % 60000),
        b"packets": b"%d" % packets,
        b"size": b"%d" % (packets * (60 + mixed % 1400)),
        b"used": b"%d" % (0 if packets == 0 else 4000000 + mixed % 90000000),
    }


def rare(flow: bytes) -> bytes | None:
    """The flow, with the rare address as its inner source; None when it has no IPv4 address."""
    # The names of keys also stand in the mask of 5.x, after its match.
    for before in (b"NetworkSrc=", b"KeyIPv4{src=", b"KeyARP{sip="):
        head, found, tail = flow.partition(before)
        if found and b":" not in tail[: tail.index(b",")]:
            return head + found + RARE.encode() + tail[tail.index(b",") :]
    return None


def dump(flows: list[bytes], count: int) -> Iterator[bytes]:
    """A dump of so many flows, in pieces. One near the middle has the rare address."""
    yield b"%d flows\n" % count
    place = next(at for at in range(count // 2, count) if rare(flows[at % len(flows)]))
    templates = [template(flow) for flow in flows[:count]]
    for at in range(count):
        flow = templates[at % len(templates)] % values(at)
        yield (rare(flow) or flow) if at == place else flow


def write(flows: list[bytes], count: int, path: Path) -> None:
    """Write one."""
    with path.open("wb", buffering=1 << 20) as stream:
        stream.writelines(dump(flows, count))
