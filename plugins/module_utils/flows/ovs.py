# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Dumps of Open vSwitch's own tools, ovs-dpctl dump-flows and ovs-appctl dpctl/dump-flows [-m], one flow a line:

    recirc_id(0),in_port(2),eth(src=00:00:00:00:00:01,dst=...),eth_type(0x0800),ipv4(src=10.0.0.1,dst=10.0.0.2/255.255.255.0,proto=6,
    tos=0/0,ttl=64,frag=no),tcp(src=1,dst=80), packets:10, bytes:980, used:1.2s, flags:SP., actions:set(tunnel(tun_id=0x64,...)),3

Keys get the names and fields that mm-dpctl's have, so that a flow looks the same whoever dumped it; a key that MidoNet does not
have keeps its name and has its text as "value". PRIVATE to the collection: may change without notice.
"""

from __future__ import absolute_import, division, print_function

import re
import socket

from ansible_collections.midonet.diagnostics.plugins.module_utils.flows import values as v
from ansible_collections.midonet.diagnostics.plugins.module_utils.flows.view import View, row

__metaclass__ = type

_LINE = re.compile(
    br"\s*(?:ufid:[-0-9a-fA-F]+,\s*)?([^ ]+),\s*packets:([0-9]{1,20}), bytes:([0-9]{1,20}), used:(never|[0-9.]{1,20})s?,"
    br"(?: flags:([^,\s]*),)?(?: [a-z_]+:[^,\s]*,)* actions:(.*)\Z",
    re.DOTALL,
)
# What the tools print between flows of several threads and datapaths.
_HEADING = re.compile(br"\s*(?:flow-dump from .*|[\w-]+@[\w-]+:|)\s*\Z")
_DELIMITER = re.compile(r"[(){},]")
_BRACKET = re.compile(r"[(){}]")
_FLAGS = {"F": "FIN", "S": "SYN", "R": "RST", "P": "PSH", ".": "ACK", "U": "URG", "E": "ECE", "C": "CWR", "N": "NS"}
_DEEPEST = 16
# A part and the comma after it, with brackets in it three deep: what nearly all lines have. Of a longer text the attempt could cost
# the square of its length.
_INSIDE = r"[^(){}]*"
_DEEPER = _INSIDE + r"(?:\(" + _INSIDE + r"\)" + _INSIDE + r")*"
_PART = re.compile(r"([^(){},]+(?:\(" + _INSIDE + r"(?:\(" + _DEEPER + r"\)" + _INSIDE + r")*\)[^(){},]*)*)(?:,|\Z)")
_USUAL_LENGTH = 2000
# Keys one after the other, with brackets in them one deep: all of each but the last bracket.
_KEYS_IN_A_ROW = re.compile(r"(?<![0-9a-z_])([a-z_][0-9a-z_]*\([^(){}]*(?:\([^(){}]*\)[^(){}]*)*)\)(?:,|\Z)")
_PAIR_INSIDE = re.compile(r"[a-z_]*\([^()]*\([^()]*\)[^()]*\Z")
# Texts that come again and again are read once; of each kind, so many are remembered.
_REMEMBERED = 4096
_LONGEST_REMEMBERED = 200
_LONGEST_REST = 60


def _number(text):
    return int(text, 0)


_FRAGMENTS = {"no": 0, "first": 1, "later": 2}
# By key: the name and, by field, the name and how it is read. A key without fields has one bare value.
_KEYS = {
    "in_port": ("InPort", {"": ("port", lambda text: int(text) if text.isdigit() else text)}),
    "skb_priority": ("Priority", {"": ("priority", _number)}),
    "eth": ("Ethernet", {"src": ("src", v.mac), "dst": ("dst", v.mac)}),
    "eth_type": ("EtherType", {"": ("type", v.hexadecimal16)}),
    "ipv4": (
        "IPv4",
        {
            "src": ("src", v.ipv4),
            "dst": ("dst", v.ipv4),
            "proto": ("proto", _number),
            "tos": ("tos", _number),
            "ttl": ("ttl", _number),
            "frag": ("frag", lambda text: _FRAGMENTS[text] if text in _FRAGMENTS else _number(text)),
        },
    ),
    "ipv6": (
        "IPv6",
        {
            "src": ("src", v.any_ipv6),
            "dst": ("dst", v.any_ipv6),
            "label": ("label", _number),
            "proto": ("proto", _number),
            "tclass": ("tclass", _number),
            "hlimit": ("hlimit", _number),
            "frag": ("frag", lambda text: _FRAGMENTS[text] if text in _FRAGMENTS else _number(text)),
        },
    ),
    "arp": ("ARP", {"sip": ("sip", v.ipv4), "tip": ("tip", v.ipv4), "op": ("op", _number), "sha": ("sha", v.mac), "tha": ("tha", v.mac)}),
    "tcp": ("TCP", {"src": ("src", _number), "dst": ("dst", _number)}),
    "udp": ("UDP", {"src": ("src", _number), "dst": ("dst", _number)}),
    "sctp": ("SCTP", {"src": ("src", _number), "dst": ("dst", _number)}),
    "icmp": ("ICMP", {"type": ("type", _number), "code": ("code", _number)}),
    "icmpv6": ("ICMPv6", {"type": ("type", _number), "code": ("code", _number)}),
    "nd": ("ND", {"target": ("target", v.any_ipv6), "sll": ("sll", v.mac), "tll": ("tll", v.mac)}),
    "tunnel": (
        "Tunnel",
        {
            "tun_id": ("tun_id", _number),
            "src": ("ipv4_src", v.ipv4),
            "dst": ("ipv4_dst", v.ipv4),
            "ipv6_src": ("ipv6_src", v.any_ipv6),
            "ipv6_dst": ("ipv6_dst", v.any_ipv6),
            "tos": ("ipv4_tos", _number),
            "ttl": ("ipv4_ttl", _number),
            "tp_src": ("tp_src", _number),
            "tp_dst": ("tp_dst", _number),
        },
    ),
}


def _parts(text):
    """Split at the commas that are in no bracket."""
    if len(text) <= _USUAL_LENGTH:
        if not _BRACKET.search(text):
            return [part.strip() for part in text.split(",") if part.strip()]
        parts = _PART.findall(text)
        if sum([len(part) for part in parts]) + len(parts) - 1 == len(text):
            return [part.strip() for part in parts if part.strip()]
    return _unusual_parts(text)


def _unusual_parts(text):
    """The same, whatever the text."""
    parts, depth, start = [], 0, 0
    for found in _DELIMITER.finditer(text):
        what = found.group()
        if what in "({":
            depth += 1
        elif what in ")}":
            depth -= 1
        elif depth == 0:
            parts.append(text[start : found.start()])
            start = found.end()
        if not 0 <= depth <= _DEEPEST:
            raise ValueError("brackets do not fit")
    if depth:
        raise ValueError("brackets do not fit")
    parts.append(text[start:])
    return [part.strip() for part in parts if part.strip()]


class _Known(dict):  # type: ignore[type-arg]  # Python 2.7 has no annotations
    """What the texts before were read as. It is shared between flows: to be read, not to be changed."""

    def __init__(self, read):
        dict.__init__(self)
        self.read = read

    def __missing__(self, text):
        value = self.read(text)
        if len(text) <= _LONGEST_REMEMBERED:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[text] = value
        return value


# The text of a key is here everything but its last bracket.


def _texts_of_keys(text):
    found = text.split("),")
    found[-1] = found[-1][:-1]
    if text.endswith(")") and "{" not in text and "}" not in text:
        # With one bracket in each this is all; but for flags(...) at the end of a tunnel.
        more = [one for one in found if ")" in one]
        if text.count("(") == len(found) + len(more) and all(_PAIR_INSIDE.match(one) for one in more):
            return found
    found = _KEYS_IN_A_ROW.findall(text) if len(text) <= _USUAL_LENGTH else []
    if sum([len(one) for one in found]) + 2 * len(found) - 1 == len(text):
        return found
    return [_whole(part) for part in _parts(text)]


def _whole(text):
    if not text.endswith(")"):
        raise ValueError("not a key")
    return text[:-1]


def _keys(text):
    """Keys, their masks (None where there is none), and the texts of keys that could not be read."""
    unread, before = [], _known_keys.get
    pairs = [before(one) or _new_key(one, unread) for one in _texts_of_keys(text)]
    return [key for key, _mask in pairs], [mask for _key, mask in pairs], unread


def _all_of(text):
    """Keys and masks in a text that nearly all flows of a port have, all of which can be read."""
    keys, masks, unread = _keys(text.rstrip(","))
    if unread:
        raise ValueError("unread keys")
    return keys, masks


def _usual_flow(
    head, tun_id, tunnel, port,
    src_mac, src_mac_mask, dst_mac, dst_mac_mask, ethertype,
    src, src_mask, dst, dst_mask, network,
    transport, src_port, src_port_mask, dst_port, dst_port_mask, rest,
    packets, size, used, flags, actions,
    pton=socket.inet_pton, inet=socket.AF_INET,
):  # fmt: skip
    """A flow in full out of the groups of _USUAL; those that do not take part are None."""
    unread = []
    keys, masks = _known_rows[head] if head else ([], [])
    if tun_id is not None:
        key, mask = _tunnel_key(tun_id, tunnel)
        keys, masks = keys + [key], masks + [mask]  # noqa: RUF005 (Python 2.7)
    some, its = _known_rows[port]
    key, mask = _known_keys[ethertype]
    keys = keys + some + [{"key": "Ethernet", "src": src_mac, "dst": dst_mac}, key]
    masks = masks + its + [_known_masks["eth", src_mac_mask, dst_mac_mask, None], mask]
    if src is not None:
        pton(inet, src)
        pton(inet, dst)
        key = {"key": "IPv4", "src": src, "dst": dst}
        key.update(_known_keys["ipv4(" + network][0])
        keys.append(key)
        masks.append(_known_masks["ipv4", src_mask, dst_mask, network])
        if transport is not None:
            keys.append({"key": _KEYS[transport][0], "src": int(src_port), "dst": int(dst_port)})
            masks.append(_known_masks[transport, src_port_mask, dst_port_mask, None])
    if rest is not None:
        if len(rest) <= _LONGEST_REST:
            some, its = _known_rows[rest]
        else:
            some, its, unread = _keys(rest)
        keys += some
        masks += its
    return _flow(keys, masks, unread, packets, size, used, flags, actions)


def _read_mask(name_and_texts):
    """The mask of a key, from its name, the masks of its first two fields (None where there is none), and the text of the others."""
    name, src, dst, others = name_and_texts
    called, fields = _KEYS[name]
    mask = {"key": called}
    for field, text in (("src", src), ("dst", dst)):
        if text is not None:
            mask[field] = fields[field][1](text)
    if others is not None:
        mask.update(_known_keys[name + "(" + others][1] or {})
    return mask if len(mask) > 1 else None


def _new_key(text, unread):
    name, bracket, inside = text.partition("(")
    if not bracket:
        raise ValueError("not a key")
    try:
        return _CHANGING[name](text, inside) if name in _CHANGING else _known_keys[text]
    except (ValueError, KeyError, TypeError):
        unread.append(text + ")")
        return {"key": name, "value": inside}, None


def _key(text):
    """One key and its mask, from the text of them."""
    name, _bracket, inside = text.partition("(")
    return _CHANGING[name](text, inside) if name in _CHANGING else _known_keys[text]


def _read_key(text):
    """The same, with patience."""
    name, bracket, inside = text.partition("(")
    if not bracket:
        raise ValueError("not a key")
    if name == "encap":
        return _encap(text, inside)
    if name == "vlan":
        return {"key": "VLAN", "tci": _tci(inside)}, None
    if name not in _KEYS:
        return {"key": name, "value": inside}, None
    called, fields = _KEYS[name]
    bare = "" in fields
    key, mask = {"key": called}, {"key": called}
    for part in _parts(inside):
        field, equals, text = ("", "", part) if bare else part.partition("=")
        value, slash, its_mask = text.partition("/")
        if field in fields:
            into, read = fields[field]
            key[into] = read(value)
            if slash:
                mask[into] = read(its_mask)
        else:
            # geneve({...}), flags(df|key): kept as text
            key[field.partition("(")[0]] = text if equals else field.partition("(")[2].rstrip(")")
    return key, (mask if len(mask) > 1 else None)


_known_keys = _Known(_read_key)


def _pair(name, first, second, value, read):
    """A reader of keys that begin with two values which hardly come twice, of this pattern.

    What follows them has mostly come before. A key that begins otherwise is left to the patient reader.
    """
    called = _KEYS[name][0]
    value += "(?:/" + value + "|)"
    match = re.compile(first + "=" + value + "," + second + "=" + value + r"(?:,(.*)|)\Z").match
    begin = name + "("

    def read_key(text, inside):
        found = match(inside)
        if found is None:
            return _known_keys[text]
        one, one_mask, two, two_mask, rest = found.groups()
        key, mask = {"key": called, first: read(one), second: read(two)}, None
        if one_mask is not None:
            mask = {"key": called, first: read(one_mask)}
        if two_mask is not None:
            mask = mask or {"key": called}
            mask[second] = read(two_mask)
        if rest is not None:
            more, its_masks = _known_keys[begin + rest]
            key.update(more)
            if its_masks is not None:
                mask = dict(mask, **its_masks) if mask else its_masks
        return key, mask

    return read_key


def _tunnel(text, inside):
    """Likewise of a tunnel: its ends come again, its key does not."""
    found = _TUNNEL.match(inside)
    if found is None:
        return _known_keys[text]
    return _tunnel_key(*found.groups())


def _tunnel_key(number, rest):
    key = {"key": "Tunnel", "tun_id": int(number, 0)}
    more, mask = _known_keys["tunnel(" + rest]
    key.update(more)
    return key, mask


def _arp(text, inside):
    """Likewise of ARP, of which nothing but the operation comes again."""
    found = _ARP.match(inside)
    if found is None:
        return _known_keys[text]
    sip, sip_mask, tip, tip_mask, operation, sha, sha_mask, tha, tha_mask = found.groups()
    key = {"key": "ARP", "sip": v.quick_ipv4(sip), "tip": v.quick_ipv4(tip), "sha": sha, "tha": tha}
    more, its_mask = _known_keys["arp(" + operation]
    key.update(more)
    masks = (("sip", sip_mask and v.ipv4(sip_mask)), ("tip", tip_mask and v.ipv4(tip_mask)), ("sha", sha_mask), ("tha", tha_mask))
    mask = dict([one for one in masks if one[1] is not None], **(its_mask or {}))
    return key, dict(mask, key="ARP") if mask else None


def _encap(_text, inside):
    """The keys in a VLAN's tag."""
    keys, masks, unread = _keys(inside)
    if unread:
        raise ValueError("unread keys inside")
    masks = [mask for mask in masks if mask]
    return {"key": "Encap", "keys": keys}, ({"key": "Encap", "keys": masks} if masks else None)


_NUMBER = r"(0x[0-9a-f]{1,16}|0|[1-9][0-9]{0,19})"
_ARP = re.compile(
    "sip=([0-9.]{7,15})(?:/([0-9.]{7,15})|),tip=([0-9.]{7,15})(?:/([0-9.]{7,15})|),(op=[^,]*)"
    ",sha=" + v.MAC_TEXT + "(?:/" + v.MAC_TEXT + "|),tha=" + v.MAC_TEXT + "(?:/" + v.MAC_TEXT + r"|)\Z"
)
_TUNNEL = re.compile(r"tun_id=" + _NUMBER + r",(.*)\Z")
# What does not come twice, by key.
_CHANGING = {
    "eth": _pair("eth", "src", "dst", v.MAC_TEXT, str),
    "ipv4": _pair("ipv4", "src", "dst", "([^,/]*)", v.quick_ipv4),
    "ipv6": _pair("ipv6", "src", "dst", "([^,/]*)", v.any_ipv6),
    "arp": _arp,
    "tcp": _pair("tcp", "src", "dst", _NUMBER, _number),
    "udp": _pair("udp", "src", "dst", _NUMBER, _number),
    "sctp": _pair("sctp", "src", "dst", _NUMBER, _number),
    "tunnel": _tunnel,
    "encap": _encap,
}


# A flow as nearly all are: what comes again and again in one group, what does not in a group for each value.
_DECIMAL = "(0|[1-9][0-9]{0,4})"
_PORT_PAIR = "src=" + _DECIMAL + "(?:/" + _NUMBER + "|),dst=" + _DECIMAL + "(?:/" + _NUMBER + "|)"
_ADDRESS = "([0-9.]{7,15})"
_ADDRESS_PAIR = "src=" + _ADDRESS + "(?:/" + _ADDRESS + "|),dst=" + _ADDRESS + "(?:/" + _ADDRESS + "|)"
_USUAL = re.compile(
    "(?:ufid:[-0-9a-f]+, |)"
    r"((?:(?:skb_[a-z]+|ct_[a-z]+|recirc_id|dp_hash)\([^(),]*\),)*)"
    r"(?:tunnel\(tun_id=" + _NUMBER + r",([^(){}]{1,200}(?:\([^(){}]{1,100}\)|))\),|)"
    r"(in_port\([^(),]*\)(?:,packet_type\([^()]*\)|))"
    r",eth\(src=" + v.MAC_TEXT + "(?:/" + v.MAC_TEXT + "|),dst=" + v.MAC_TEXT + "(?:/" + v.MAC_TEXT + r"|)\)"
    r",(eth_type\([^(),]*)\)"
    r"(?:,ipv4\(" + _ADDRESS_PAIR + r",([^()]{1,200})\)(?:,(tcp|udp|sctp)\(" + _PORT_PAIR + r"\)|)|)"
    "(?:,([^ ]*)|), packets:([0-9]{1,20}), bytes:([0-9]{1,20}), used:(never|[0-9.]{1,20})s?,"
    "(?: flags:([^,\\s]*),|)(?: [a-z_]+:[^,\\s]*,)* actions:([^\\n]*)\\n?\\Z"
)
# What most flows to another host do.
_SENT = re.compile(r"set\(tunnel\(tun_id=" + _NUMBER + r",([^(){}]{1,200}(?:\([^(){}]{1,100}\)|))\)\),(.*)\Z")
_known_rows = _Known(_all_of)
_known_masks = _Known(_read_mask)


def _tci(text):
    fields = dict(part.partition("=")[0::2] for part in _parts(text))
    value = {name: _number(one.partition("/")[0]) for name, one in fields.items()}
    return value["tci"] if "tci" in value else value.get("vid", 0) | value.get("pcp", 0) << 13


def _action(text):
    """One action; what MidoNet does not have keeps its text."""
    name, bracket, inside = text.partition("(")
    if name == "set" and inside.endswith("))"):
        return {"action": "SetKey", "key": _key(inside[:-2])[0]}
    if name in ("pop_vlan", "push_vlan"):
        return {"action": "PopVLAN" if name == "pop_vlan" else "PushVLAN", "text": inside[:-1]}
    if bracket or name in ("drop", "ct_clear", "push_eth", "pop_eth", "pop_nsh", "ct", "recirc"):
        return {"action": name, "text": inside[:-1]}
    return {"action": "Output", "port": int(name) if name.isdigit() else name}


def _actions(text):
    """The actions, and the texts of those that could not be read."""
    done, unread = [], []
    found = _SENT.match(text)
    if found is not None:
        number, tunnel, rest = found.groups()
        try:
            done, text = [{"action": "SetKey", "key": _tunnel_key(number, tunnel)[0]}], rest
        except (ValueError, KeyError, TypeError):
            pass  # found out below
    while "(" in text and " " not in text and len(text) <= _USUAL_LENGTH:
        # What sets a key hardly comes twice; what is left does.
        head, _comma, rest = text.partition(",")
        if "(" in head:
            head, _comma, rest = text.partition(")),")
            if not head.startswith("set(") or head.count("(") != head.count(")") + 2 or "{" in head:
                break
            done.append(_read_action(head + "))", unread))
        elif head:
            done.append(_read_action(head, unread))
        text = rest
    more, unread_more = _known_actions[text]
    return done + more, unread + unread_more


def _read_actions(text):
    """The same, with patience."""
    # Datapaths in user space tell of themselves behind the actions.
    text = text.partition(", dp-extra-info:")[0].rstrip()
    if " " in text:
        # The end of this line is missing, and it goes on with the next one.
        raise ValueError("not actions")
    unread = []
    return [_read_action(one, unread) for one in (_parts(text) if text not in ("drop", "") else ())], unread


def _read_action(text, unread):
    try:
        return _action(text)
    except (ValueError, KeyError, TypeError):
        unread.append(text)
        name, _bracket, inside = text.partition("(")
        return {"action": name, "text": inside[:-1]}


_known_actions = _Known(_read_actions)


def _tcp_flags(text):
    names = [_FLAGS[flag] for flag in text if flag in _FLAGS] if text else []
    return v.flag_bits(names), names


_known_tcp_flags = _Known(_tcp_flags)


def _flow(keys, masks, unread, packets, size, used, flags, actions):
    actions, unread_actions = _actions(actions)
    flags, names = _known_tcp_flags[flags or ""]
    return {
        "keys": keys,
        "masks_per_key": masks,
        "match": None,
        "mask": None,
        "actions": actions,
        "packets": int(packets),
        "bytes": int(size),
        "tcp_flags": flags,
        "tcp_flag_names": names,
        # The tool tells how long ago, not when.
        "last_used_ms": 0 if used == "never" else None,
        "idle_s": None if used == "never" else float(used),
        "unknown": unread + unread_actions,
    }


def flow(line):
    """The flow in a line in full; ValueError when it is none."""
    found = _USUAL.match(line.decode("utf-8", "replace"))
    if found is not None:
        try:
            return _usual_flow(*found.groups())
        except (ValueError, KeyError, TypeError, socket.error):
            pass  # read key by key, what cannot be read is found out
    found = _LINE.match(line)
    if found is None:
        raise ValueError("not a flow")
    groups = [None if one is None else one.decode("utf-8", "replace") for one in found.groups()]
    try:
        keys, masks, unread = _keys(groups[0])
        return _flow(keys, masks, unread, *groups[1:])
    except (ValueError, KeyError, TypeError) as problem:
        raise ValueError(str(problem))


def flows(data):
    """The flow in one line, as a list."""
    try:
        return [flow(data)]
    except ValueError:
        return []


class Reader:
    """Takes regions of lines, hands each flow to `sink(row, line)`."""

    def __init__(self, sink, unknown):
        self.sink = sink
        self.unknown = unknown
        self.flows = 0
        self.layout = None

    def take(self, data, match=None):
        """Whole lines. With a match, the line of a flow is only looked at by it."""
        for line in data.split(b"\n"):
            try:
                one = flow(line)
            except ValueError:
                if not _HEADING.match(line):
                    self.unknown.add(line)
                continue
            self.flows += 1
            if one["unknown"]:
                self.unknown.flows += 1
                for text in one["unknown"]:
                    self.unknown.add(text.encode("utf-8"))
            view = View(one)
            if not match or match.accepts(view):
                self.sink(row(one, view), line)

    def end(self, rest):
        """What follows the last line end; True when it is nothing."""
        return not rest.strip()
