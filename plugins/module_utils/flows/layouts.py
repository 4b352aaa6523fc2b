# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The layouts of a flow dump, and for each of mm-dpctl's a pattern that reads a usual flow in one step.

A pattern matches a whole flow, from its "Flow" line to the next one, or any single line. What of a flow it does not match comes
out line by line and goes to the reader of lines (lines.py), so a pattern may be strict and has to be: it must not accept a line
that the reader of lines would not. Every part ends at a line end and no two neighbouring parts begin alike, so a flow that
does not match costs no more than its length. PRIVATE to the collection: may change without notice.
"""

from __future__ import absolute_import, division, print_function

import re

__metaclass__ = type

OLD = "2014.11"  # keys without masks
MASKED = "2015.01-2015.06"  # a mask under each key
NEW = "5.x"
OVS = "ovs"  # ovs-dpctl dump-flows, ovs-appctl dpctl/dump-flows

# The line before which a dump can be cut without cutting a flow.
FLOW_LINES = {OLD: b"\n  Flow:\n", MASKED: b"\n  Flow:\n", NEW: b"\n  Flow\n"}
# The same with the beginning of the next line: as good for counting whole flows, and faster to find because it is longer.
FLOW_HEADS = {OLD: b"\n  Flow:\n    match keys:", MASKED: b"\n  Flow:\n    match keys:", NEW: b"\n  Flow\n    Match: FlowMatch["}
# Only the layout of 2015 has this.
MASK_LINE = b"\n        mask: "
# 2014.11 has this in some flows only.
USED_LINE = re.compile(br"\n    lastUsedTime: -?[0-9]{1,20}\n")
OVS_LINE = re.compile(br"packets:[0-9]{1,20}, bytes:[0-9]{1,20}, used:[^,\n]{1,40},[^\n]* actions:")

# Numbers below zero, which genuine dumps do not have in these places, are left to the reader of lines.
_NUMBER = br"[0-9]{1,20}"
_ADDRESS = br"[0-9.]{7,15}"
_PORT = br"([0-9]{1,10})"
# Sums of some ten thousand such numbers are exact as floating point numbers, see flow_dump.py.
_EXACT = br"([0-9]{1,11})"
_COUNTED = br"FlowStats\{packets=(?:0, bytes=0|" + _EXACT + br", bytes=" + _EXACT + br")\}\n"
_NOT_COUNTED = br"FlowStats\{packets=0, bytes=0\}\n"
# One digit tells that it is not 0.
_USED = br"(?:0|([1-9])[0-9]{0,19})\n"
_ANY_LINE = br"|([^\n]*\n)"


def _actions(label, empty):
    """Actions that end in one output; the keys that are set before it are only looked at for the tunnel's far end."""
    return (
        br"    " + label + br": (?:\n      "
        br"(?:(?:(?:SetKey\{(?!Tunnel)|PushVLAN\{|PopVLAN\{)[^\n]*\}\n      )*?"
        br"(?:SetKey\{Tunnel\{tun_id=" + _NUMBER + br", ipv4_src=" + _ADDRESS + br", ipv4_dst=(" + _ADDRESS + br"), [^\n]*\}\}\n      |))"
        br"Output\{port=" + _PORT + br"\}\n|" + empty + br"\n)"
    )  # fmt: skip


def _keys(mask):
    """The match of 2014.11 to 2015.06: groups are the tunnel's near source, the input port, the EtherType, the one in the VLAN tag."""

    def line(content):
        return br"      " + content + br"\}\n" + mask

    transport = (
        br"(?:" + line(br"(?:TCP|UDP|ICMP|ICMPv6)\{[^\n]*")
        + br"(?:" + line(br"(?:TCPFlags|ND)\{[^\n]*") + br"|)|)"
    )  # fmt: skip
    return (
        br"    match keys:\n"
        + br"(?:" + line(br"Priority\{[^\n]*") + br"|)"
        + br"(?:" + line(br"Tunnel\{tun_id=" + _NUMBER + br", ipv4_src=(" + _ADDRESS + br"), [^\n]*") + br"|)"
        + line(br"InPort\{" + _PORT)
        + line(br"Ethernet\{[^\n]*")
        + line(br"EtherType\{0x(?:800|([0-9a-f]{1,8}))")
        + br"(?:" + line(br"(?:KeyIPv4|IPv6|KeyARP)\{[^\n]*") + transport
        + br"|" + line(br"VLAN\{-?[0-9]{1,6}") + line(br"Encap\{keys=\[EtherType\{0x([0-9a-f]{1,8})\}, [^\n]*\]")
        + br"|)"
    )  # fmt: skip


_UNMASKED_END = (
    br"(?:    stats: " + _COUNTED + br"(?:    tcpFlags: [^\n]*\n|)    lastUsedTime: " + _USED
    + br"|(?:    stats: " + _NOT_COUNTED + br"|)(?:    tcpFlags: [^\n]*\n|)(?=  Flow:\n|\Z))(?=  Flow:\n|\Z)"
)  # fmt: skip
_MASKED_END = br"    stats: " + _COUNTED + br"    tcpFlags: [^\n]*\n    lastUsedTime: " + _USED + br"(?=  Flow:\n|\Z)"

# Groups of each pattern: peer, input port, EtherType (empty: IPv4), EtherType in a VLAN tag, peer that it is sent to, output port
# (empty: no actions), packets (empty: none), bytes, time of last use (empty: never), one line that is no part of a flow. NEW has
# the input port before the peer. What most flows have is left empty because making it a value costs as much as matching it.
FLOWS = {
    OLD: re.compile(br"  Flow:\n" + _keys(b"") + _actions(br"actions", br"empty") + _UNMASKED_END + _ANY_LINE),
    MASKED: re.compile(br"  Flow:\n" + _keys(br"        mask: [^\n]*\}\n") + _actions(br"actions", br"empty") + _MASKED_END + _ANY_LINE),
    NEW: re.compile(
        br"  Flow\n    Match: FlowMatch\[InputPortNumber=" + _PORT
        + br"(?:, TunnelKey=" + _NUMBER + br", TunnelSrc=(" + _ADDRESS + br"), TunnelDst=" + _ADDRESS
        + br"(?:, TunnelTOS=-?[0-9]{1,3}, TunnelTTL=-?[0-9]{1,3}|)|)"
        + br", EthSrc=.{17}, EthDst=.{17}, EtherType=(?:0800|([0-9A-F]{4}))()(?:, [^\n]*|)\]\n"
        + br"    Mask:  FlowMask\[[^\n]*\]\n"
        + _actions(br"Actions", br"\[\]")
        + br"    Stats: " + _COUNTED + br"    TCP flags: [^\n]*\n    Last used time: " + _USED + br"(?=  Flow\n|\Z)" + _ANY_LINE
    ),
}  # fmt: skip


def layout_of(region):
    """The layout of a part of a dump that holds at least one flow, None when it shows none."""
    if b"  Flow:\n" in region:
        return MASKED if MASK_LINE in region else OLD
    if b"  Flow\n" in region:
        return NEW
    return OVS if OVS_LINE.search(region) else None
