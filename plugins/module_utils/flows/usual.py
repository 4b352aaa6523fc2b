# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Flows of mm-dpctl in full, like typed.py, several times as fast for flows that are printed as mm-dpctl prints nearly all.

One pattern reads a whole flow. What differs from flow to flow (addresses, ports of TCP and UDP, keys of tunnels, counters) has a
group in it for each value; what comes again and again (masks, ports of the datapath, EtherTypes, actions that only output) has one
for its text, which is looked up among the texts read before. So values are shared between flows: to be read, not to be changed. A
flow with anything unusual in it is left to typed.py. PRIVATE to the collection: may change without notice.
"""

from __future__ import absolute_import, division, print_function

import itertools
import re

from ansible_collections.midonet.diagnostics.plugins.module_utils.flows import typed
from ansible_collections.midonet.diagnostics.plugins.module_utils.flows import values as v

__metaclass__ = type

# Texts that are remembered, of each kind, and how long they may be; longer ones hardly come twice. Genuine dumps have some hundreds
# that come again; when there are more, all are forgotten.
_REMEMBERED = 4096
_LONGEST_REMEMBERED = 100
_LONGEST_MASK = 2000

# Narrower than what typed.py accepts, so that the text is the value, or its int() is.
_IPV4 = v.IPV4_TEXT
_MAC = v.MAC_TEXT
_PORT = r"([0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3})"
_BYTE = r"(-?[0-9]{1,3})"
_NUMBER = r"([0-9]{1,18})"


class _Known(dict):  # type: ignore[type-arg]  # Python 2.7 has none
    """What texts mean; those that are not there are read. ValueError when one is not understood."""

    def __init__(self, read, longest):
        dict.__init__(self)
        self.read = read
        self.longest = longest

    def __missing__(self, text):
        value = self.read(text)
        if len(text) <= self.longest:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[text] = value
        return value


# Keys whose values hardly come twice, by class: the pattern of what stands in the brackets, and what makes a key of its groups.


def _ethernet(src, dst):
    return {"key": "Ethernet", "src": src, "dst": dst}


def _tunnel(tun_id, src, dst, flag, tos, ttl, byte=v.BYTES):
    return {
        "key": "Tunnel",
        "tun_id": int(tun_id),
        "ipv4_src": src,
        "ipv4_dst": dst,
        "tun_flag": int(flag),
        "ipv4_tos": byte[tos],
        "ipv4_ttl": byte[ttl],
    }


def _ipv4(src, dst, proto, tos, ttl, frag, byte=v.BYTES):
    return {"key": "IPv4", "src": src, "dst": dst, "proto": byte[proto], "tos": byte[tos], "ttl": byte[ttl], "frag": byte[frag]}


def _arp(sip, tip, op, sha, tha):
    return {"key": "ARP", "sip": sip, "tip": tip, "op": int(op), "sha": sha, "tha": tha}


def _tcp(src, dst):
    return {"key": "TCP", "src": int(src), "dst": int(dst)}


def _udp(src, dst):
    return {"key": "UDP", "src": int(src), "dst": int(dst)}


_ETHERNET = "src=" + _MAC + ", dst=" + _MAC
_TUNNEL = (
    "tun_id=" + _NUMBER + ", ipv4_src=" + _IPV4 + ", ipv4_dst=" + _IPV4
    + ", tun_flag=([0-9]{1,4}), ipv4_tos=" + _BYTE + ", ipv4_ttl=" + _BYTE
)  # fmt: skip
_KEY_IPV4 = "src=" + _IPV4 + ", dst=" + _IPV4 + ", proto=" + _BYTE + ", tos=" + _BYTE + ", ttl=" + _BYTE + ", frag=" + _BYTE
_KEY_ARP = "sip=" + _IPV4 + ", tip=" + _IPV4 + ", op=([0-9]{1,4}), sha=" + _MAC + ", tha=" + _MAC
_PAIR = "src=" + _PORT + ", dst=" + _PORT
_CHANGING = {
    name: (re.compile(name + r"\{" + inside + r"\}\Z").match, make)
    for name, inside, make in (
        ("Ethernet", _ETHERNET, _ethernet),
        ("Tunnel", _TUNNEL, _tunnel),
        ("KeyIPv4", _KEY_IPV4, _ipv4),
        ("KeyARP", _KEY_ARP, _arp),
        ("TCP", _PAIR, _tcp),
        ("UDP", _PAIR, _udp),
    )
}


def _key(text):
    """KeyIPv4{src=10.0.13.69, ...}; what is usual of it is read here."""
    changing = _CHANGING.get(text[: text.find("{")])
    if changing is not None:
        match, make = changing
        found = match(text)
        if found is not None:
            return make(*found.groups())
    elif text.startswith("Encap{keys=[") and text.endswith("}]}") and text.count("[") == 1:
        return {"key": "Encap", "keys": [_key(one + "}") for one in text[12:-3].split("}, ")]}
    return typed.key(text)


def _action(text):
    if text.startswith("SetKey{") and text.endswith("}"):
        return {"action": "SetKey", "key": _key(text[7:-1])}
    return typed.action(text)


def _lines(text):
    """Lines that begin with six blanks and end whole, without both."""
    return text[6:-1].split("\n      ")


def _more_keys(text):
    """The keys in such lines, and None in place of their masks."""
    keys = [_key(line) for line in _lines(text)]
    return keys, [None] * len(keys)


def _more_masked_keys(text):
    """The keys and the masks, in turn."""
    lines = _lines(text)
    if len(lines) != 2 * text.count("\n        mask: "):
        raise ValueError("not a mask for each key")
    # What is no key where a key belongs is refused, a mask too, so the others are the masks.
    return [_key(line) for line in lines[::2]], [_masks_per_key[line[8:]] for line in lines[1::2]]


def _more_actions(text):
    """The actions in such lines."""
    return [_action(line) for line in _lines(text)]


def _flags(text):
    names = v.flag_names(text)
    return v.flag_bits(names), names


_keys = _Known(typed.key, _LONGEST_REMEMBERED)
_masks_per_key = _Known(lambda text: typed.key(text) if text else None, _LONGEST_MASK)
_masks = _Known(typed.mask, _LONGEST_MASK)
_known_keys = _Known(_more_keys, _LONGEST_REMEMBERED)
_known_masked_keys = _Known(_more_masked_keys, _LONGEST_REMEMBERED)
_known_actions = _Known(_more_actions, _LONGEST_REMEMBERED)
_tcp_flags = _Known(_flags, _LONGEST_REMEMBERED)

# After the word and its colon: one action that sets the tunnel, if it comes first, and the lines of the others.
_ACTIONS = r"\n(?:      SetKey\{Tunnel\{" + _TUNNEL + r"\}\}\n|)((?:      [^\n]*\n)+)"
_STATS = r"FlowStats\{packets=" + _NUMBER + ", bytes=" + _NUMBER + r"\}\n"


def _old_pattern(mask):
    """A flow of 2014.11 to 2015.06 after its first line, with this line of a mask below each key."""

    def key(name, inside):
        return "      " + name + r"\{" + inside + r"\}\n" + mask

    return re.compile(
        r"  Flow:\n    match keys:\n"
        r"(?:      (Priority\{[^\n]*)\n" + mask + "|)"
        + "(?:" + key("Tunnel", _TUNNEL) + "|)"
        + r"      (InPort\{[^\n]*)\n" + mask
        + key("Ethernet", _ETHERNET)
        + r"      (EtherType\{[^\n]*)\n" + mask
        + "(?:" + key("KeyIPv4", _KEY_IPV4) + "(?:" + key("(TCP|UDP)", _PAIR) + "|)|)"
        + r"((?:      [^\n]*\n)*)"
        + r"    actions: (?:empty\n|" + _ACTIONS + ")"
        + "    stats: " + _STATS + r"(?:    tcpFlags: ([A-Z|]*)\n|)    lastUsedTime: " + _NUMBER + r"(?:\n(?=  Flow:\n|\Z)|\Z)"
    ).match  # fmt: skip


_MASKED = _old_pattern(r"        mask: ([^\n]*)\n")
_UNMASKED = _old_pattern("()")


def _old(text, start):
    """A flow of 2014.11 to 2015.06 that begins here, and where it ends; ValueError or KeyError for one that is unusual."""
    found, known_keys = _MASKED(text, start), _known_masked_keys
    if found is None:
        found, known_keys = _UNMASKED(text, start), _known_keys
        if found is None:
            raise ValueError("unusual")
    (
        priority, priority_mask,
        tun_id, near, far, tun_flag, tun_tos, tun_ttl, tunnel_mask,
        port, port_mask,
        src_mac, dst_mac, ethernet_mask,
        ethertype, ethertype_mask,
        src, dst, proto, tos, ttl, frag, ip_mask,
        transport, src_port, dst_port, transport_mask,
        more_keys,
        sent_id, sent_near, sent_far, sent_flag, sent_tos, sent_ttl, more_actions,
        packets, size, flags, used,
    ) = found.groups()  # fmt: skip
    mask = _masks_per_key
    keys, masks = [], []
    if priority is not None:
        keys.append(_keys[priority])
        masks.append(mask[priority_mask])
    if tun_id is not None:
        keys.append(_tunnel(tun_id, near, far, tun_flag, tun_tos, tun_ttl))
        masks.append(mask[tunnel_mask])
    keys += (_keys[port], {"key": "Ethernet", "src": src_mac, "dst": dst_mac}, _keys[ethertype])
    masks += (mask[port_mask], mask[ethernet_mask], mask[ethertype_mask])
    if src is not None:
        keys.append(_ipv4(src, dst, proto, tos, ttl, frag))
        masks.append(mask[ip_mask])
        if transport is not None:
            keys.append({"key": transport, "src": int(src_port), "dst": int(dst_port)})
            masks.append(mask[transport_mask])
    if more_keys:
        some_keys, some_masks = known_keys[more_keys]
        keys += some_keys
        masks += some_masks
    flags, names = (None, None) if flags is None else _tcp_flags[flags]
    return {
        "keys": keys,
        "masks_per_key": masks,
        "match": None,
        "mask": None,
        "actions": _actions(sent_id, sent_near, sent_far, sent_flag, sent_tos, sent_ttl, more_actions),
        "packets": int(packets),
        "bytes": int(size),
        "tcp_flags": flags,
        "tcp_flag_names": names,
        "last_used_ms": int(used),
        "unknown": [],
    }, found.end()


_FLOW_MATCH = (
    r"FlowMatch\[InputPortNumber=([0-9]{1,9})"
    "(?:, TunnelKey=" + _NUMBER + ", TunnelSrc=" + _IPV4 + ", TunnelDst=" + _IPV4
    + "(?:, TunnelTOS=" + _BYTE + ", TunnelTTL=" + _BYTE + "|)|)"
    ", EthSrc=" + _MAC + ", EthDst=" + _MAC + ", EtherType=([0-9A-F]{4})"
    r"(?:, VlanId=\[(-?[0-9]{1,5})\]|)"
    "(?:, NetworkSrc=" + _IPV4 + ", NetworkDst=" + _IPV4
    + "(?:, (?:NetworkProto=|ArpOp=(?![a-z]))([a-z][a-z0-9-]*|-?[0-9]{1,3})"
    "(?:, NetworkTTL=" + _BYTE + ", NetworkTOS=" + _BYTE + ", FragmentType=(None|First|Later)"
    "(?:, SrcPort=" + _PORT + ", DstPort=" + _PORT + r"|)|)|)|)\]"
)  # fmt: skip
_NEW = re.compile(
    r"  Flow\n    Match: (?:" + _FLOW_MATCH + r"|([^\n]*))\n"
    r"    Mask:  ([^\n]*)\n"
    r"    Actions: (?:\[\]\n|" + _ACTIONS + ")"
    r"    Stats: " + _STATS + r"    TCP flags: ([A-Z|]*)\n    Last used time: " + _NUMBER + r"(?:\n(?=  Flow\n|\Z)|\Z)"
).match


def _new(text, start, byte=v.BYTES):
    """A flow of 5.x likewise."""
    found = _NEW(text, start)
    if found is None:
        raise ValueError("unusual")
    (
        port, key, near, far, tun_tos, tun_ttl, src_mac, dst_mac, ethertype, vlan, src, dst, proto, ttl, tos, part, src_port, dst_port,
        other_match, mask,
        sent_id, sent_near, sent_far, sent_flag, sent_tos, sent_ttl, more_actions,
        packets, size, flags, used,
    ) = found.groups()  # fmt: skip
    # The most usual ones in one piece: a dictionary that grows costs twice as much.
    if port is None:
        match = typed.match(other_match)
    elif src_port is None or vlan is not None or ethertype != "0800" or (key is not None and tun_tos is None):
        match = _grown_match(*found.groups()[:18])
    elif key is None:
        match = {
            "InputPortNumber": int(port),
            "EthSrc": src_mac,
            "EthDst": dst_mac,
            "EtherType": 0x0800,
            "NetworkSrc": src,
            "NetworkDst": dst,
            "NetworkProto": v.protocol(proto),
            "NetworkTTL": byte[ttl],
            "NetworkTOS": byte[tos],
            "FragmentType": part,
            "SrcPort": int(src_port),
            "DstPort": int(dst_port),
        }
    else:
        match = {
            "InputPortNumber": int(port),
            "TunnelKey": int(key),
            "TunnelSrc": near,
            "TunnelDst": far,
            "TunnelTOS": byte[tun_tos],
            "TunnelTTL": byte[tun_ttl],
            "EthSrc": src_mac,
            "EthDst": dst_mac,
            "EtherType": 0x0800,
            "NetworkSrc": src,
            "NetworkDst": dst,
            "NetworkProto": v.protocol(proto),
            "NetworkTTL": byte[ttl],
            "NetworkTOS": byte[tos],
            "FragmentType": part,
            "SrcPort": int(src_port),
            "DstPort": int(dst_port),
        }
    flags, names = _tcp_flags[flags]
    return {
        "keys": None,
        "masks_per_key": None,
        "match": match,
        "mask": _masks[mask],
        "actions": _actions(sent_id, sent_near, sent_far, sent_flag, sent_tos, sent_ttl, more_actions),
        "packets": int(packets),
        "bytes": int(size),
        "tcp_flags": flags,
        "tcp_flag_names": names,
        "last_used_ms": int(used),
        "unknown": [],
    }, found.end()


def _grown_match(
    port, key, near, far, tun_tos, tun_ttl, src_mac, dst_mac, ethertype, vlan, src, dst, proto, ttl, tos, part, src_port, dst_port
):
    """The groups of _FLOW_MATCH, of which some may be None."""
    byte = v.BYTES
    match = {"InputPortNumber": int(port), "EthSrc": src_mac, "EthDst": dst_mac, "EtherType": int(ethertype, 16)}
    if key is not None:
        match.update(TunnelKey=int(key), TunnelSrc=near, TunnelDst=far)
        if tun_tos is not None:
            match.update(TunnelTOS=byte[tun_tos], TunnelTTL=byte[tun_ttl])
    if vlan is not None:
        match["VlanId"] = [v.unsigned16(vlan)]
    if src is not None:
        match.update(NetworkSrc=src, NetworkDst=dst)
    if proto is not None:
        match["NetworkProto"] = v.protocol(proto)
    if part is not None:
        match.update(NetworkTTL=byte[ttl], NetworkTOS=byte[tos], FragmentType=part)
    if src_port is not None:
        match.update(SrcPort=int(src_port), DstPort=int(dst_port))
    return match


def _actions(sent_id, near, far, flag, tos, ttl, more):
    """The actions out of the groups of _ACTIONS."""
    if more is None:
        return []
    if sent_id is None:
        return _known_actions[more]
    return [{"action": "SetKey", "key": _tunnel(sent_id, near, far, flag, tos, ttl)}] + _known_actions[more]


def flows(data):
    """The flows in these bytes, all of them taken as whole, one after the other; what typed.flows() returns."""
    return itertools.chain.from_iterable(_runs(data.decode("utf-8", "replace")))


def _runs(text):
    """The same flows, in lists of one or of those between two usual ones."""
    line, read = ("\n  Flow:\n", _old) if "  Flow:\n" in text else ("\n  Flow\n", _new)
    start = 0
    usual = "\x1b" not in text and "\r" not in text
    while start < len(text):
        try:
            if not usual:
                raise ValueError("unusual")
            flow, start = read(text, start)
        except (ValueError, KeyError):
            # Whatever the patient reader makes of it, up to what may be a usual flow.
            end = text.find(line, start) + 1 if usual else 0
            yield typed.flows(text[start : end or len(text)])
            start = end or len(text)
        else:
            yield [flow]
