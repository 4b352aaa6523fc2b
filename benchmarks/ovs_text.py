# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Flows of mm-dpctl as `ovs-dpctl dump-flows -m` prints them: the same keys, masks, actions and counters.

So Open vSwitch's own library can be measured on the flows that ours is measured on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_FRAGMENTS = {0: "no", 1: "first", 2: "later"}
_LETTERS = {"FIN": "F", "SYN": "S", "RST": "R", "PSH": "P", "ACK": ".", "URG": "U", "ECE": "E", "CWR": "C", "NS": "N"}


def _hex(value: int) -> str:
    return f"{value:#x}"


def _hex4(value: int) -> str:
    return f"0x{value:04x}"


# By key: its name there; the fields, how each is printed, and the mask that need not be printed because it covers all.
_Field = tuple[str, str, Callable[[Any], str], Any]
_MAC, _IPV4, _IPV6 = "ff:ff:ff:ff:ff:ff", "255.255.255.255", ":".join(["ffff"] * 8)
_KEYS: dict[str, tuple[str, list[_Field]]] = {
    "Priority": ("skb_priority", [("", "priority", str, None)]),
    "Tunnel": (
        "tunnel",
        [
            ("tun_id", "tun_id", _hex, -1),
            ("src", "ipv4_src", str, _IPV4),
            ("dst", "ipv4_dst", str, _IPV4),
            ("tos", "ipv4_tos", _hex, 255),
            ("ttl", "ipv4_ttl", str, 255),
        ],
    ),
    "InPort": ("in_port", [("", "port", str, -1)]),
    "Ethernet": ("eth", [("src", "src", str, _MAC), ("dst", "dst", str, _MAC)]),
    "EtherType": ("eth_type", [("", "type", _hex4, 0xFFFF)]),
    "IPv4": (
        "ipv4",
        [
            ("src", "src", str, _IPV4),
            ("dst", "dst", str, _IPV4),
            ("proto", "proto", str, 255),
            ("tos", "tos", _hex, 255),
            ("ttl", "ttl", str, 255),
            ("frag", "frag", lambda value: _FRAGMENTS.get(value, "later"), 255),
        ],
    ),
    "IPv6": (
        "ipv6",
        [
            ("src", "src", str, _IPV6),
            ("dst", "dst", str, _IPV6),
            ("label", "label", _hex, -1),
            ("proto", "proto", str, 255),
            ("tclass", "tclass", _hex, 255),
            ("hlimit", "hlimit", str, 255),
            ("frag", "frag", lambda value: _FRAGMENTS.get(value, "later"), 255),
        ],
    ),
    "ARP": (
        "arp",
        [
            ("sip", "sip", str, _IPV4),
            ("tip", "tip", str, _IPV4),
            ("op", "op", str, 0xFFFF),
            ("sha", "sha", str, _MAC),
            ("tha", "tha", str, _MAC),
        ],
    ),
    "TCP": ("tcp", [("src", "src", str, 0xFFFF), ("dst", "dst", str, 0xFFFF)]),
    "UDP": ("udp", [("src", "src", str, 0xFFFF), ("dst", "dst", str, 0xFFFF)]),
    "ICMP": ("icmp", [("type", "type", str, 255), ("code", "code", str, 255)]),
    "ICMPv6": ("icmpv6", [("type", "type", str, 255), ("code", "code", str, 255)]),
    "TCPFlags": ("tcp_flags", [("", "flags", _hex, 0xFFF)]),
}


def _key(key: dict[str, Any], mask: dict[str, Any] | None) -> str:
    """One key with its mask; empty for what Open vSwitch does not print so."""
    if key["key"] == "VLAN":
        return f"vlan(vid={key['tci'] & 0xFFF},pcp={key['tci'] >> 13})"
    if key["key"] == "Encap":
        inside = [_key(one, its) for one, its in zip(key["keys"], mask["keys"] if mask else [None] * len(key["keys"]), strict=True)]
        return f"encap({','.join(one for one in inside if one)})"
    if key["key"] not in _KEYS:
        return ""
    name, fields = _KEYS[key["key"]]
    parts = []
    for called, field, shown, whole in fields:
        text = f"{called}=" * bool(called) + shown(key[field])
        covered = mask[field] if mask else whole
        # Fragments, ports and EtherTypes have no mask in this text.
        bare = covered == whole or whole is None or name in ("eth_type", "in_port") or called == "frag"
        parts.append(text if bare else f"{text}/{shown(covered)}")
    if name == "tunnel":
        parts.append("flags(key)")
    return f"{name}({','.join(parts)})"


def _action(action: dict[str, Any]) -> str:
    kind = action["action"]
    if kind == "Output":
        return str(action["port"])
    if kind == "SetKey":
        return f"set({_key(action['key'], None)})"
    if kind == "PushVLAN":
        return f"push_vlan(vid={action['tci'] & 0xFFF},pcp={action['tci'] >> 13})"
    return "pop_vlan" if kind == "PopVLAN" else ""


def line(flow: dict[str, Any], number: int) -> str:
    """A flow in full of 2014.11 to 2015.06 as a line; `number` tells it from the others."""
    keys = [_key(key, mask) for key, mask in zip(flow["keys"], flow["masks_per_key"], strict=True)]
    keys.insert(1, "recirc_id(0)")  # behind the priority
    actions = [_action(action) for action in flow["actions"]]
    flags = "".join(_LETTERS[name] for name in flow["tcp_flag_names"] or ())
    return (
        f"ufid:{number:08x}-0f9d-4d43-8b3a-000000000000, "
        + ",".join(key for key in keys if key)
        + f", packets:{flow['packets']}, bytes:{flow['bytes']}, used:{'%.3fs' % (number % 9999 / 1000) if flow['packets'] else 'never'}, "
        + (f"flags:{flags}, " if flags and flow["packets"] else "")
        + "actions:"
        + (",".join(one for one in actions if one) or "drop")
        + "\n"
    )
