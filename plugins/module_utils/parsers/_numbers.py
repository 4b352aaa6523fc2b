# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Numbers as the tools print them. PRIVATE to the collection: may change without notice.

Java prints unsigned fields of a kernel as its own signed types: 8 and 16 bits are made unsigned again here, 32 and 64 bits
stay as they are printed, because a counter above 2^63 cannot be told from a wrong one. Each function raises ValueError.
"""

from __future__ import annotations

import re
from typing import Optional

_INTEGER = re.compile(r"-?[0-9]{1,20}")
_HEX = re.compile(r"0x[0-9a-fA-F]{1,16}")
_IPV4 = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
_MAC = re.compile(r"[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5}")


def integer(text: str) -> int:
    """A decimal number of at most 20 digits (an unsigned 64-bit number has no more)."""
    if not _INTEGER.fullmatch(text):
        raise ValueError("not a number: " + text[:40])
    return int(text)


def maybe_integer(text: str) -> Optional[int]:
    """A decimal number, or None for anything else."""
    return int(text) if _INTEGER.fullmatch(text) else None


def _ranged(text: str, low: int, high: int) -> int:
    value = integer(text)
    if not low <= value <= high:
        raise ValueError("out of range: " + text[:40])
    return value


def unsigned8(text: str) -> int:
    """An 8-bit number, printed signed or unsigned: -1 is 255."""
    return _ranged(text, -0x80, 0xFF) & 0xFF


def unsigned16(text: str) -> int:
    """A 16-bit number, printed signed or unsigned: -32512 is 0x8100."""
    return _ranged(text, -0x8000, 0xFFFF) & 0xFFFF


def signed32(text: str) -> int:
    """A 32-bit number as printed."""
    return _ranged(text, -0x80000000, 0xFFFFFFFF)


def signed64(text: str) -> int:
    """A 64-bit number as printed."""
    return _ranged(text, -0x8000000000000000, 0xFFFFFFFFFFFFFFFF)


def hexadecimal(text: str) -> int:
    """0x…, of any width up to 64 bits."""
    if not _HEX.fullmatch(text):
        raise ValueError("not a hexadecimal number: " + text[:40])
    return int(text, 16)


def ipv4(text: str) -> str:
    """A dotted address, unchanged."""
    if not _IPV4.fullmatch(text) or any(int(part) > 255 for part in text.split(".")):
        raise ValueError("not an IPv4 address: " + text[:40])
    return text


def ipv6(text: str) -> str:
    """An address in eight groups (Java never compresses them), as eight groups of four lower-case digits."""
    groups = text.split(":", 8)
    if len(groups) != 8:
        raise ValueError("not an uncompressed IPv6 address: " + text[:60])
    if any(not 1 <= len(group) <= 4 or not all(digit in "0123456789abcdefABCDEF" for digit in group) for group in groups):
        raise ValueError("not an IPv6 address: " + text[:60])
    return ":".join(group.lower().rjust(4, "0") for group in groups)


def ip(text: str) -> str:
    """An address of either family."""
    return ipv6(text) if ":" in text else ipv4(text)


def mac(text: str) -> str:
    """A MAC address, lower-case."""
    if not _MAC.fullmatch(text):
        raise ValueError("not a MAC address: " + text[:40])
    return text.lower()
