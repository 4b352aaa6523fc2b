# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Flows of mm-dpctl in full, as typed dictionaries of the shape that parsers/mm_dpctl.py documents.

For a few flows out of a million, on any Python from 2.7 on. A flow has

keys, masks_per_key   the match as the kernel's keys, and for each its mask (None where none is printed); None in 5.x
match, mask           the match as FlowMatch's fields, and the keys of its FlowMask; None before 5.x
actions               in order; an empty list drops the packet; None when they could not be read
packets, bytes        numbers since the flow was made
tcp_flags, tcp_flag_names
last_used_ms          milliseconds of the kernel's monotonic clock; 0: never used
unknown               the lines that were not understood

PRIVATE to the collection: may change without notice.
"""

from __future__ import absolute_import, division, print_function

import re

from ansible_collections.midonet.diagnostics.plugins.module_utils.flows import values as v

__metaclass__ = type

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))")
_FLOW = re.compile(r"\s*Flow\s*:?\s*\Z", re.IGNORECASE)
_LABEL = re.compile(r"\s*(match keys|match|mask|actions|stats|tcp ?flags|last ?used ?time)\s*:\s*", re.IGNORECASE)
_STATS = re.compile(r"FlowStats\{packets=(-?[0-9]{1,20}), bytes=(-?[0-9]{1,20})\}\Z")
_DELIMITER = re.compile(r"[{}\[\]]|, ")
# Genuine texts nest four deep.
_DEEPEST = 16
# Texts whose values are remembered, of each kind: the same masks, ports and tunnel ends come again and again.
_REMEMBERED = 4096
_LONGEST_REMEMBERED = 2000


def _inside(text, name, brackets="{}"):
    """What stands between the brackets of name{...}."""
    start = name + brackets[0]
    if not text.startswith(start) or not text.endswith(brackets[1]):
        raise ValueError("not " + name)
    return text[len(start) : -1]


def _parts(text):
    """Split at the commas that are in no bracket."""
    if not text:
        return []
    if "{" not in text and "[" not in text:
        return text.split(", ")
    parts, depth, start = [], 0, 0
    for found in _DELIMITER.finditer(text):
        what = found.group()
        if what in "{[":
            depth += 1
        elif what in "}]":
            depth -= 1
        elif depth == 0:
            parts.append(text[start : found.start()])
            start = found.end()
        if not 0 <= depth <= _DEEPEST:
            raise ValueError("brackets do not fit")
    if depth:
        raise ValueError("brackets do not fit")
    parts.append(text[start:])
    return parts


def _list(text):
    return _parts(_inside(text, "", "[]"))


_PAIR = (("src", v.unsigned16), ("dst", v.unsigned16))

# By class: the name in the result, and its fields in order; a class that prints one bare value (InPort{3}) has one field.
_BARE = {
    "InPort": ("InPort", "port", v.signed32),
    "Priority": ("Priority", "priority", v.signed32),
    "EtherType": ("EtherType", "type", v.hexadecimal16),
    "VLAN": ("VLAN", "tci", v.unsigned16),
}
_KEYS = {
    "Ethernet": ("Ethernet", (("src", v.mac), ("dst", v.mac))),
    "KeyIPv4": (
        "IPv4",
        (("src", v.ipv4), ("dst", v.ipv4), ("proto", v.unsigned8), ("tos", v.unsigned8), ("ttl", v.unsigned8), ("frag", v.unsigned8)),
    ),
    "IPv6": (
        "IPv6",
        (
            ("src", v.ipv6),
            ("dst", v.ipv6),
            ("label", v.signed32),
            ("proto", v.unsigned8),
            ("tclass", v.unsigned8),
            ("hlimit", v.unsigned8),
            ("frag", v.unsigned8),
        ),
    ),
    "KeyARP": ("ARP", (("sip", v.ipv4), ("tip", v.ipv4), ("op", v.unsigned16), ("sha", v.mac), ("tha", v.mac))),
    "TCP": ("TCP", _PAIR),
    "UDP": ("UDP", _PAIR),
    "SCTP": ("SCTP", _PAIR),
    "ICMP": ("ICMP", (("type", v.hexadecimal8), ("code", v.unsigned8))),
    "ICMPEcho": ("ICMPEcho", (("type", v.hexadecimal8), ("code", v.unsigned8), ("id", v.unsigned16))),
    "ICMPv6": ("ICMPv6", (("type", v.unsigned8), ("code", v.unsigned8))),
    "ND": ("ND", (("target", v.ipv6), ("sll", v.mac), ("tll", v.mac))),
    "Tunnel": (
        "Tunnel",
        (
            ("tun_id", v.signed64),
            ("ipv4_src", v.ipv4),
            ("ipv4_dst", v.ipv4),
            ("tun_flag", v.unsigned16),
            ("ipv4_tos", v.unsigned8),
            ("ipv4_ttl", v.unsigned8),
        ),
    ),
}
_ACTIONS = {
    "Output": (("port", v.signed32),),
    "PopVLAN": (),
    "PushVLAN": (("tpid", v.unsigned16), ("tci", v.unsigned16)),
    "ToUserspace": (("socket", v.signed32), ("data", lambda text: None if text == "null" else v.signed64(text))),
}
_MATCH = {
    "InputPortNumber": v.signed32,
    "TunnelKey": v.signed64,
    "TunnelSrc": v.ipv4,
    "TunnelDst": v.ipv4,
    "TunnelTOS": v.unsigned8,
    "TunnelTTL": v.unsigned8,
    "EthSrc": v.mac,
    "EthDst": v.mac,
    "EtherType": v.four_digits,
    "VlanId": lambda text: [v.unsigned16(one) for one in _list(text)],
    "NetworkSrc": v.address,
    "NetworkDst": v.address,
    "NetworkProto": v.protocol,
    "ArpOp": v.unsigned8,
    "NetworkTTL": v.unsigned8,
    "NetworkTOS": v.unsigned8,
    "FragmentType": v.fragment,
    "SrcPort": v.unsigned16,
    "DstPort": v.unsigned16,
    "IcmpId": v.unsigned16,
    "IcmpData": lambda text: [v.unsigned8(one) for one in _list(text)],
    "UserspaceMark": v.signed32,
}


def _form(fields):
    """A pattern for the fields, the names that they get, and how each is read."""
    pattern = re.compile(", ".join(name + "=([^,]*)" for name, _read in fields) + r"\Z")
    return pattern, [name for name, _read in fields], [read for _name, read in fields]


_KEY_FORMS = {printed: (called, _form(fields)) for printed, (called, fields) in _KEYS.items()}
_ACTION_FORMS = {name: _form(fields) for name, fields in _ACTIONS.items()}
_SAMPLE_FORM = _form((("probability", v.signed32),))


def _fields(text, form):
    pattern, names, readers = form
    found = pattern.match(text)
    if not found:
        raise ValueError("other fields")
    return {name: read(value) for name, read, value in zip(names, readers, found.groups())}


def _remembering(read):
    """The function, remembering what it made of the last few thousand texts. A text's value is one object wherever it occurs."""
    known = {}

    def remembered(text):
        try:
            return known[text]
        except KeyError:
            value = read(text)
            if len(text) <= _LONGEST_REMEMBERED:
                if len(known) >= _REMEMBERED:
                    known.clear()
                known[text] = value
            return value

    remembered.__doc__ = read.__doc__
    return remembered


@_remembering
def key(text):
    """One key or mask: KeyIPv4{src=10.0.13.69, ...}. ValueError when it is not understood."""
    name = text.partition("{")[0]
    inside = _inside(text, name)
    if name in _BARE:
        called, field, convert = _BARE[name]
        return {"key": called, field: convert(inside)}
    if name in _KEY_FORMS:
        called, form = _KEY_FORMS[name]
        result = _fields(inside, form)
        result["key"] = called
        return result
    if name == "Encap":
        return {"key": "Encap", "keys": [key(one) for one in _list(inside[len("keys=") :] if inside.startswith("keys=") else "")]}
    if name == "TCPFlags":
        if len(inside) < 2 or inside[0] != "'" or inside[-1] != "'":
            raise ValueError("TCP flags are not quoted")
        names = v.flag_names(inside[1:-1])
        return {"key": "TCPFlags", "flags": v.flag_bits(names), "names": names}
    raise ValueError("not a flow key")


@_remembering
def action(text):
    """One action. ValueError when it is not understood."""
    name = text.partition("{")[0]
    inside = _inside(text, name)
    if name in _ACTION_FORMS:
        return dict(_fields(inside, _ACTION_FORMS[name]), action=name)
    if name == "SetKey":
        return {"action": "SetKey", "key": key(inside)}
    if name == "Sample":
        number, actions = _parts(inside)
        inner = None if actions == "actions=null" else [action(one) for one in _list(actions.partition("=")[2])]
        return dict(_fields(number, _SAMPLE_FORM), action="Sample", actions=inner)
    raise ValueError("not an action")


def match(text):
    """FlowMatch[InputPortNumber=3, ...]: the fields that are set. ValueError when it is not understood."""
    result = {}
    for part in _parts(_inside(text, "FlowMatch", "[]")):
        name, _equals, value = part.partition("=")
        if name not in _MATCH:
            raise ValueError("not a field of FlowMatch")
        # The operation of ARP is where FlowMatch keeps it.
        result["NetworkProto" if name == "ArpOp" else name] = _MATCH[name](value)
    return result


@_remembering
def mask(text):
    """FlowMask[KEY, KEY]: its keys. ValueError when it is not understood."""
    return [key(one) for one in _parts(_inside(text, "FlowMask", "[]"))]


def flows(text):
    """The flows in this text, all of them taken as whole."""
    result = []
    flow = section = None
    for line in text.split("\n"):
        if section is not None and _read_usual(flow, section, line):
            continue
        name, text = _label(line)
        if name is None and _FLOW.match(text):
            flow = _new_flow()
            result.append(flow)
            section = None
        elif flow is not None and (name or text):
            section = _read(flow, section, name, text, line)
    for flow in result:
        _drop_unread_keys(flow)
    return result


def _read_usual(flow, section, line):
    """Read a key, a mask or an action that stands where mm-dpctl puts it: most lines. False when it is anything else."""
    try:
        if line.startswith("      ") and not line.startswith("       "):
            if section == "actions":
                flow["actions"].append(action(line[6:]))
            else:
                read = key(line[6:])
                flow["keys"].append(read)
                flow["masks_per_key"].append(None)
            return True
        if line.startswith("        mask: ") and section == "keys":
            flow["masks_per_key"][-1] = key(line[14:])
            return True
    except (ValueError, TypeError, IndexError, AttributeError):
        pass
    return False


def _new_flow():
    return {
        "keys": None,
        "masks_per_key": None,
        "match": None,
        "mask": None,
        "actions": None,
        "packets": None,
        "bytes": None,
        "tcp_flags": None,
        "tcp_flag_names": None,
        "last_used_ms": None,
        "unknown": [],
    }


@_remembering
def _label(line):
    """The label of a line, if it has one, and what follows it."""
    text = _ANSI.sub("", line).rstrip("\r") if "\x1b" in line or "\r" in line else line
    label = _LABEL.match(text)
    if not label:
        return None, text.strip()
    return label.group(1).lower().replace(" ", ""), text[label.end() :].strip()


def _read(flow, section, name, text, line):
    """Read one line into the flow; returns the section that the next line is in."""
    try:
        if name is None:
            _unlabelled(flow, section, text)
        else:
            section = {"matchkeys": "keys", "actions": "actions"}.get(name)
            if text in ("empty", "[]") or (name == "mask" and not text.startswith("FlowMask")):
                section = "keys" if name == "mask" else None
            _READERS[name](flow, text)
    except (ValueError, TypeError, IndexError):
        flow["unknown"].append(_ANSI.sub("", line).strip()[:300])
        if name == "actions":
            section = None
    return section


def _unlabelled(flow, section, text):
    if section == "keys":
        if flow["keys"] is None:
            flow["keys"], flow["masks_per_key"] = [], []
        # A key that is not understood still takes its place, so that the mask below it does not go to the key above.
        flow["keys"].append(None)
        flow["masks_per_key"].append(None)
        flow["keys"][-1] = key(text)
    elif section == "actions":
        flow["actions"].append(action(text))
    else:
        raise ValueError("no line of a flow")


def _read_keys(flow, rest):
    flow["keys"], flow["masks_per_key"] = [], []
    if rest not in ("", "empty"):
        raise ValueError("text after the label")


def _read_match(flow, rest):
    flow["match"] = match(rest)


def _read_mask(flow, rest):
    if rest.startswith("FlowMask"):
        flow["mask"] = mask(rest)
    else:
        flow["masks_per_key"][-1] = key(rest)


def _read_actions(flow, rest):
    flow["actions"] = []
    if rest not in ("", "empty", "[]"):
        flow["actions"] = None
        raise ValueError("text after the label")


def _read_stats(flow, rest):
    found = _STATS.match(rest)
    if not found:
        raise ValueError("not FlowStats")
    flow["packets"], flow["bytes"] = v.signed64(found.group(1)), v.signed64(found.group(2))


def _read_flags(flow, rest):
    names = v.flag_names(rest)
    flow["tcp_flags"], flow["tcp_flag_names"] = v.flag_bits(names), names


def _read_time(flow, rest):
    flow["last_used_ms"] = v.signed64(rest)


_READERS = {
    "matchkeys": _read_keys,
    "match": _read_match,
    "mask": _read_mask,
    "actions": _read_actions,
    "stats": _read_stats,
    "tcpflags": _read_flags,
    "lastusedtime": _read_time,
}


def _drop_unread_keys(flow):
    if flow["keys"] is not None and None in flow["keys"]:
        kept = [(one, its) for one, its in zip(flow["keys"], flow["masks_per_key"]) if one is not None]
        flow["keys"] = [one for one, _mask in kept]
        flow["masks_per_key"] = [its for _one, its in kept]
