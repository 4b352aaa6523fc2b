# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Flows of mm-dpctl in full, like typed.py, several times as fast for flows that are printed as mm-dpctl prints nearly all.

What differs from flow to flow (addresses, ports of TCP and UDP, keys of tunnels, counters) is read by one pattern for each kind
of line; what comes again and again (masks, ports of the datapath, EtherTypes) is looked up among the lines read before. So values
are shared between flows: to be read, not to be changed. A flow with anything unusual in it is left to typed.py. PRIVATE to the
collection: may change without notice.
"""

from __future__ import absolute_import, division, print_function

import itertools
import re

from ansible_collections.midonet.diagnostics.plugins.module_utils.flows import typed
from ansible_collections.midonet.diagnostics.plugins.module_utils.flows import values as v

__metaclass__ = type

# Lines that are remembered, of each kind. Genuine dumps have some hundreds that come again; when there are more, all are forgotten.
_REMEMBERED = 4096

# Narrower than what typed.py accepts, so that the text is the value, or its int() is.
_IPV4 = v.IPV4_TEXT
_MAC = v.MAC_TEXT
_PORT = r"([0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3})"
_BYTE = r"(-?[0-9]{1,3})"
_NUMBER = r"([0-9]{1,18})"


def _pair(name):
    return (
        re.compile(r"      " + name + r"\{src=" + _PORT + r", dst=" + _PORT + r"\}\Z"),
        lambda src, dst: {"key": name, "src": int(src), "dst": int(dst)},
    )


_TUNNEL = (
    r"Tunnel\{tun_id=" + _NUMBER + r", ipv4_src=" + _IPV4 + r", ipv4_dst=" + _IPV4
    + r", tun_flag=([0-9]{1,4}), ipv4_tos=" + _BYTE + r", ipv4_ttl=" + _BYTE + r"\}"
)  # fmt: skip


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


# By class of a key: the pattern of its line, and what makes a key of the groups. These hardly come twice, so they are not remembered.
_CHANGING = {
    "Ethernet": (
        re.compile(r"      Ethernet\{src=" + _MAC + r", dst=" + _MAC + r"\}\Z"),
        lambda src, dst: {"key": "Ethernet", "src": src, "dst": dst},
    ),
    "KeyIPv4": (
        re.compile(
            r"      KeyIPv4\{src=" + _IPV4 + r", dst=" + _IPV4
            + r", proto=" + _BYTE + r", tos=" + _BYTE + r", ttl=" + _BYTE + r", frag=" + _BYTE + r"\}\Z"
        ),
        _ipv4,
    ),
    "TCP": _pair("TCP"),
    "UDP": _pair("UDP"),
    "Tunnel": (re.compile(r"      " + _TUNNEL + r"\Z"), _tunnel),
    "KeyARP": (
        re.compile(
            r"      KeyARP\{sip=" + _IPV4 + r", tip=" + _IPV4 + r", op=([0-9]{1,4}), sha=" + _MAC + r", tha=" + _MAC + r"\}\Z"
        ),
        lambda sip, tip, op, sha, tha: {"key": "ARP", "sip": sip, "tip": tip, "op": int(op), "sha": sha, "tha": tha},
    ),
}  # fmt: skip
_SET_TUNNEL = re.compile(r"      SetKey\{" + _TUNNEL + r"\}\Z")


class _Known(dict):  # type: ignore[type-arg]  # Python 2.7 has none
    """What lines mean, by line; reads those that are not there. ValueError when a line is not understood."""

    def __init__(self, before, read):
        dict.__init__(self)
        self.before = before
        self.read = read

    def __missing__(self, line):
        if not line.startswith(self.before):
            raise ValueError("not the line that belongs here")
        return self.remember(line, self.read(line[len(self.before) :]))

    def remember(self, line, value):
        """Keep it, and return it."""
        if len(self) >= _REMEMBERED:
            self.clear()
        self[line] = value
        return value


class _Keys(_Known):
    """Likewise; what changes from flow to flow is not remembered."""

    def __missing__(self, line):
        changing = _CHANGING.get(line[6 : line.find("{")])
        if changing is not None:
            pattern, make = changing
            found = pattern.match(line)
            if found is not None:
                return make(*found.groups())
        return _Known.__missing__(self, line)


class _Actions(_Known):
    """Likewise."""

    def __missing__(self, line):
        found = _SET_TUNNEL.match(line)
        if found is not None:
            return {"action": "SetKey", "key": _tunnel(*found.groups())}
        if line.startswith("      Output{"):
            return _Known.__missing__(self, line)
        if not line.startswith(self.before):
            raise ValueError("not an action")
        return self.read(line[len(self.before) :])


def _flags(text):
    names = v.flag_names(text)
    return v.flag_bits(names), names


_keys = _Keys("      ", typed.key)
_actions = _Actions("      ", typed.action)
_masks_per_key = _Known("        mask: ", typed.key)
_masks = _Known("    Mask:  ", typed.mask)
_tcp_flags = _Known("", _flags)

_OLD_END = re.compile(
    r"FlowStats\{packets=" + _NUMBER + r", bytes=" + _NUMBER + r"\}\n(?:    tcpFlags: ([A-Z|]*)\n|)    lastUsedTime: " + _NUMBER + r"\n?\Z"
)
_NEW_END = re.compile(
    r"FlowStats\{packets=" + _NUMBER + r", bytes=" + _NUMBER + r"\}\n    TCP flags: ([A-Z|]*)\n    Last used time: " + _NUMBER + r"\n?\Z"
)
# TCP, UDP and ICMP over IPv4, with or without a tunnel, as 5.2 and newer print it.
_MATCH = re.compile(
    r"    Match: FlowMatch\[InputPortNumber=([0-9]{1,9})"
    r"(?:, TunnelKey=" + _NUMBER + r", TunnelSrc=" + _IPV4 + r", TunnelDst=" + _IPV4
    + r", TunnelTOS=" + _BYTE + r", TunnelTTL=" + _BYTE + r"|)"
    r", EthSrc=" + _MAC + r", EthDst=" + _MAC + r", EtherType=0800"
    r", NetworkSrc=" + _IPV4 + r", NetworkDst=" + _IPV4
    + r", NetworkProto=([a-z]+|-?[0-9]+), NetworkTTL=" + _BYTE + r", NetworkTOS=" + _BYTE + r", FragmentType=(None|First|Later)"
    r", SrcPort=" + _PORT + r", DstPort=" + _PORT + r"\]\Z"
)  # fmt: skip


def _match(line, byte=v.BYTES):
    found = _MATCH.match(line)
    if found is None:
        if not line.startswith("    Match: "):
            raise ValueError("not the match")
        return typed.match(line[11:])
    port, key, near, far, tun_tos, tun_ttl, src_mac, dst_mac, src, dst, proto, ttl, tos, part, src_port, dst_port = found.groups()
    # Each in one piece: a dictionary that grows costs twice as much.
    if key is None:
        return {
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
    return {
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


def _old(text):
    """A flow of 2014.11 to 2015.06 from the line after its first; ValueError or KeyError for one that is unusual."""
    head, _found, end = text.rpartition("\n    stats: ")
    ended = _OLD_END.match(end)
    if ended is None or not head.startswith("    match keys:\n"):
        raise ValueError("unusual")
    lines = head.split("\n")
    if lines[-1] == "    actions: empty":
        at = len(lines) - 1
    else:
        at = lines.index("    actions: ")
        if at == len(lines) - 1:
            raise ValueError("unusual")
    if at < 2:
        raise ValueError("unusual")
    if lines[2].startswith("        mask: "):
        keys = [_keys[line] for line in lines[1:at:2]]
        masks = [_masks_per_key[line] for line in lines[2:at:2]]
        if len(keys) != len(masks):
            raise ValueError("unusual")
    else:
        keys = [_keys[line] for line in lines[1:at]]
        masks = [None] * len(keys)
    packets, size, flags, used = ended.groups()
    flags, names = (None, None) if flags is None else _tcp_flags[flags]
    return {
        "keys": keys,
        "masks_per_key": masks,
        "match": None,
        "mask": None,
        "actions": [_actions[line] for line in lines[at + 1 :]],
        "packets": int(packets),
        "bytes": int(size),
        "tcp_flags": flags,
        "tcp_flag_names": names,
        "last_used_ms": int(used),
        "unknown": [],
    }


def _new(text):
    """A flow of 5.x likewise."""
    head, _found, end = text.rpartition("\n    Stats: ")
    ended = _NEW_END.match(end)
    lines = head.split("\n")
    if ended is None or len(lines) < 3 or lines[2] != ("    Actions: []" if len(lines) == 3 else "    Actions: "):
        raise ValueError("unusual")
    packets, size, flags, used = ended.groups()
    flags, names = _tcp_flags[flags]
    return {
        "keys": None,
        "masks_per_key": None,
        "match": _match(lines[0]),
        "mask": _masks[lines[1]],
        "actions": [_actions[line] for line in lines[3:]],
        "packets": int(packets),
        "bytes": int(size),
        "tcp_flags": flags,
        "tcp_flag_names": names,
        "last_used_ms": int(used),
        "unknown": [],
    }


def flows(data):
    """The flows in these bytes, all of them taken as whole, one after the other; what typed.flows() returns."""
    text = data.decode("utf-8", "replace")
    if "\x1b" in text or "\r" in text:
        first, read, pieces = "", None, [text]
    else:
        first, read = ("  Flow:\n", _old) if "  Flow:\n" in text else ("  Flow\n", _new)
        pieces = ("\n" + text).split("\n" + first)
    return itertools.chain(typed.flows(pieces[0]), itertools.chain.from_iterable(_flows_of(piece, first, read) for piece in pieces[1:]))


def _flows_of(piece, first, read):
    """The flow in what follows one first line; when it is not as usual, whatever the patient reader makes of it."""
    try:
        return (read(piece),)
    except (ValueError, KeyError):
        return typed.flows(first + piece)
