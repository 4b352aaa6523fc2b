# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Values as dumps print them, to plain types; each raises ValueError. PRIVATE to the collection: may change without notice.

8 and 16-bit numbers, which Java prints signed, come out unsigned; 32 and 64-bit ones as printed. The parsers have the same rules
in parsers/_numbers.py, which Python 2.7 cannot read.
"""

from __future__ import absolute_import, division, print_function

import binascii
import re
import socket

__metaclass__ = type

_INTEGER = re.compile(r"-?[0-9]{1,20}\Z")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]{1,16}\Z")
_BYTE = r"(?:25[0-5]|2[0-4][0-9]|[01]?[0-9]{1,2})"
_IPV4 = re.compile(_BYTE + r"(?:\." + _BYTE + r"){3}\Z")
_IPV6 = re.compile(r"[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{1,4}){7}\Z")
_MAC = re.compile(r"[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5}\Z")

# For readers that take a text for its value: narrower than what the functions below accept.
IPV4_TEXT = "(" + r"\.".join([r"(?:1?[0-9]{1,2}|2[0-4][0-9]|25[0-5])"] * 4) + ")"
MAC_TEXT = "(" + ":".join(["[0-9a-f][0-9a-f]"] * 6) + ")"

FLAG_NAMES = ("FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "NS")
_FLAG_BITS = {name: 1 << bit for bit, name in enumerate(FLAG_NAMES)}

# IANA numbers by the names in MidoNet's FlowMatch; it prints every other number as a signed byte.
_PROTOCOLS = {
    "icmp": 1, "igmp": 2, "ipv4-encap": 4, "tcp": 6, "egp": 8, "igp": 9, "udp": 17, "dccp": 33, "ipv6-encap": 41,
    "ipv6-route": 43, "ipv6-frag": 44, "gre": 47, "esp": 50, "ah": 51, "ipv6-icmp": 58, "ipv6-nonxt": 59, "ipv6-opts": 60,
    "ipip": 94, "etherip": 97, "vrrp": 112, "l2tp": 115, "sctp": 132,
}  # fmt: skip


def _ranged(text, low, high):
    if not _INTEGER.match(text):
        raise ValueError("not a number")
    value = int(text)
    if not low <= value <= high:
        raise ValueError("out of range")
    return value


# unsigned8() as a table: there are few of them, and they are most of what is read.
BYTES = {str(value): value & 0xFF for value in range(-0x80, 0x100)}


def unsigned8(text):
    """-1 is 255."""
    return BYTES[text] if text in BYTES else _ranged(text, -0x80, 0xFF) & 0xFF


def unsigned16(text):
    """-32512 is 0x8100."""
    return _ranged(text, -0x8000, 0xFFFF) & 0xFFFF


def signed32(text):
    """A 32-bit number."""
    return _ranged(text, -0x80000000, 0xFFFFFFFF)


def signed64(text):
    """A 64-bit number."""
    return _ranged(text, -0x8000000000000000, 0xFFFFFFFFFFFFFFFF)


def _hexadecimal(text):
    if not _HEXADECIMAL.match(text):
        raise ValueError("not a hexadecimal number")
    return int(text, 16)


def hexadecimal8(text):
    """The low byte of a sign-extended number: 0xffffff80 is 128."""
    return _hexadecimal(text) & 0xFF


def hexadecimal16(text):
    """The low 16 bits of a sign-extended number: 0xffff86dd is 0x86dd."""
    return _hexadecimal(text) & 0xFFFF


def four_digits(text):
    """0800 is 0x0800."""
    if len(text) != 4:
        raise ValueError("not four digits")
    return _hexadecimal("0x" + text)


def ipv4(text):
    """A dotted address, unchanged."""
    if not _IPV4.match(text):
        raise ValueError("not an IPv4 address")
    return text


def quick_ipv4(text):
    """The same, in half the time for what is one."""
    try:
        socket.inet_pton(socket.AF_INET, text)
    except (socket.error, ValueError, UnicodeError):
        return ipv4(text)
    return text


def ipv6(text):
    """An uncompressed address, as eight groups of four digits."""
    if not _IPV6.match(text):
        raise ValueError("not an IPv6 address")
    return ":".join([group.rjust(4, "0") for group in text.lower().split(":")])


def any_ipv6(text):
    """An address in any form, as eight groups of four digits."""
    try:
        digits = binascii.hexlify(socket.inet_pton(socket.AF_INET6, text)).decode("ascii")
    except (socket.error, ValueError, UnicodeError):
        raise ValueError("not an IPv6 address")
    return ":".join([digits[at : at + 4] for at in range(0, 32, 4)])


def address(text):
    """An address of either family."""
    return ipv6(text) if ":" in text else ipv4(text)


def mac(text):
    """A hardware address in lower case."""
    if not _MAC.match(text):
        raise ValueError("not a MAC address")
    return text.lower()


def flag_names(text):
    """SYN|ACK: the names."""
    names = text.split("|") if text else []
    for name in names:
        if name not in _FLAG_BITS:
            raise ValueError("not a TCP flag")
    return names


def flag_bits(names):
    """The names as bits of the TCP header."""
    return sum(_FLAG_BITS[name] for name in set(names))


def protocol(text):
    """tcp is 6, -1 is 255."""
    return _PROTOCOLS[text] if text in _PROTOCOLS else unsigned8(text)


def fragment(text):
    """One of FlowMatch's words."""
    if text not in ("None", "First", "Later"):
        raise ValueError("not a fragment type")
    return text
