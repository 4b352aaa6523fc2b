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

from ansible_collections.midonet.diagnostics.plugins.module_utils.flows import values as v
from ansible_collections.midonet.diagnostics.plugins.module_utils.flows.view import View, row

__metaclass__ = type

_LINE = re.compile(
    br"\s*(?:ufid:[-0-9a-fA-F]+,\s*)?(\S+?),\s*packets:([0-9]{1,20}), bytes:([0-9]{1,20}), used:(never|[0-9.]{1,20}s?),"
    br"(?: flags:([^,\s]*),)?(?: [a-z_]+:[^,\s]*,)* actions:(.*?)\s*\Z",
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
_PART = re.compile(r"([^(){},]*(?:\(" + _INSIDE + r"(?:\(" + _DEEPER + r"\)" + _INSIDE + r")*\)[^(){},]*)*)(?:,|\Z)")
_USUAL_LENGTH = 1000
# Keys that hardly come twice, and so are not remembered.
_CHANGING = frozenset("eth ipv4 ipv6 arp tcp udp sctp icmp icmpv6 nd tunnel ct_tuple4 ct_tuple6 encap".split())
_REMEMBERED = 4096
_LONGEST_REMEMBERED = 200


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
        parts, part = [], _PART.match(text)
        while part is not None and part.end() < len(text):
            parts.append(part.group(1))
            part = _PART.match(text, part.end())
        if part is not None:
            parts.append(part.group(1))
            return [one for one in [one.strip() for one in parts] if one]
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


_known = {}  # type: ignore[var-annotated]  # Python 2.7 has no annotations


def _key(text):
    """One key and its mask (None when it has none). What comes again and again is shared between flows: to be read, not to be changed."""
    known = _known.get(text)
    if known is not None:
        return known
    name, bracket, inside = text.partition("(")
    found = _read_key(name, bracket, inside)
    if name not in _CHANGING and len(text) <= _LONGEST_REMEMBERED:
        if len(_known) >= _REMEMBERED:
            _known.clear()
        _known[text] = found
    return found


def _read_key(name, bracket, inside):
    if not bracket or not inside.endswith(")"):
        raise ValueError("not a key")
    inside = inside[:-1]
    if name == "encap":
        pairs = [_key(one) for one in _parts(inside)]
        masks = [mask for _one, mask in pairs if mask]
        return {"key": "Encap", "keys": [one for one, _mask in pairs]}, ({"key": "Encap", "keys": masks} if masks else None)
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


def _tci(text):
    fields = dict(part.partition("=")[0::2] for part in _parts(text))
    if "tci" in fields:
        return _number(fields["tci"].partition("/")[0])
    tag = _number(fields["vid"].partition("/")[0]) | _number(fields.get("pcp", "0").partition("/")[0]) << 13
    return tag


def _action(text):
    """One action; what MidoNet does not have keeps its text."""
    name, bracket, inside = text.partition("(")
    if name == "set" and inside.endswith(")"):
        return {"action": "SetKey", "key": _key(inside[:-1])[0]}
    if name in ("pop_vlan", "push_vlan"):
        return {"action": "PopVLAN" if name == "pop_vlan" else "PushVLAN", "text": inside[:-1]}
    if bracket or name in ("drop", "ct_clear", "push_eth", "pop_eth", "pop_nsh", "ct", "recirc"):
        return {"action": name, "text": inside[:-1]}
    return {"action": "Output", "port": int(name) if name.isdigit() else name}


def _flow(found):
    keys, packets, size, used, flags, actions = [group.decode("utf-8", "replace") if group else "" for group in found.groups()]
    pairs = [_key(one) for one in _parts(keys)]
    # Datapaths in user space tell of themselves behind the actions.
    actions = actions.partition(", dp-extra-info:")[0]
    done = [] if actions in ("drop", "") else [_action(one) for one in _parts(actions)]
    names = [_FLAGS[flag] for flag in flags if flag in _FLAGS] if flags else []
    return {
        "keys": [one for one, _mask in pairs],
        "masks_per_key": [mask for _one, mask in pairs],
        "match": None,
        "mask": None,
        "actions": done,
        "packets": int(packets),
        "bytes": int(size),
        "tcp_flags": v.flag_bits(names),
        "tcp_flag_names": names,
        # The tool tells how long ago, not when.
        "last_used_ms": 0 if used == "never" else None,
        "idle_s": None if used == "never" else float(used.rstrip("s")),
        "unknown": [],
    }


def flow(line):
    """The flow in a line in full; ValueError when it is none."""
    found = _LINE.match(line)
    if not found:
        raise ValueError("not a flow")
    try:
        return _flow(found)
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
            found = _LINE.match(line)
            if not found:
                if not _HEADING.match(line):
                    self.unknown.add(line)
                continue
            try:
                one = _flow(found)
            except (ValueError, KeyError, TypeError):
                self.unknown.add(line)
                continue
            self.flows += 1
            view = View(one)
            if not match or match.accepts(view):
                self.sink(row(one, view), line)

    def end(self, rest):
        """What follows the last line end; True when it is nothing."""
        return not rest.strip()
