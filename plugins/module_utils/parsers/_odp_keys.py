# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Flow keys, masks, actions and matches as MidoNet's classes print them, to typed dictionaries.

``KeyIPv4{src=10.0.13.69, dst=10.0.15.233, proto=17, tos=0, ttl=-3, frag=0}`` becomes
``{"key": "IPv4", "src": "10.0.13.69", "dst": "10.0.15.233", "proto": 17, "tos": 0, "ttl": 253, "frag": 0}``.
The texts are the same in all generations from 2014.11 to 5.6. 8 and 16-bit fields come out unsigned, 32 and 64-bit ones as
printed; IPv6 addresses have eight groups of four digits. PRIVATE to the collection: may change without notice.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple, Union

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _numbers as n
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._braces import BraceError, Field, Node, read

FLAG_NAMES = ("FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "NS")
_FLAG_BITS = {name: 1 << bit for bit, name in enumerate(FLAG_NAMES)}

# IANA numbers by the names in MidoNet's FlowMatch; it prints every other number as a signed byte.
_PROTOCOLS = {
    "icmp": 1,
    "igmp": 2,
    "ipv4-encap": 4,
    "tcp": 6,
    "egp": 8,
    "igp": 9,
    "udp": 17,
    "dccp": 33,
    "ipv6-encap": 41,
    "ipv6-route": 43,
    "ipv6-frag": 44,
    "gre": 47,
    "esp": 50,
    "ah": 51,
    "ipv6-icmp": 58,
    "ipv6-nonxt": 59,
    "ipv6-opts": 60,
    "ipip": 94,
    "etherip": 97,
    "vrrp": 112,
    "l2tp": 115,
    "sctp": 132,
}

_Scalar = Callable[[str], Any]
_Composite = Callable[[Node], Any]


class Shape(NamedTuple):
    """What a class prints: its name in the result, and for each field its name and how to read it.

    A class that prints one bare value (``InPort{3}``) has one field, and bare is true.
    """

    name: str
    fields: Tuple[Tuple[str, _Scalar], ...]
    bare: bool = False


def _ethertype(text: str) -> int:
    # A Java short printed as a sign-extended int: 0xffff86dd, and 0xffffffff for the full mask.
    return n.hexadecimal(text) & 0xFFFF


def _icmp_type(text: str) -> int:
    return n.hexadecimal(text) & 0xFF


def _flags(text: str) -> List[str]:
    if len(text) < 2 or text[0] != "'" or text[-1] != "'":
        raise ValueError("TCP flags are not quoted: " + text[:40])
    return flag_names(text[1:-1])


_PAIR16 = (("src", n.unsigned16), ("dst", n.unsigned16))

KEYS: Dict[str, Shape] = {
    "InPort": Shape("InPort", (("port", n.signed32),), bare=True),
    "Priority": Shape("Priority", (("priority", n.signed32),), bare=True),
    "Ethernet": Shape("Ethernet", (("src", n.mac), ("dst", n.mac))),
    "EtherType": Shape("EtherType", (("type", _ethertype),), bare=True),
    "VLAN": Shape("VLAN", (("tci", n.unsigned16),), bare=True),
    "KeyIPv4": Shape(
        "IPv4",
        (("src", n.ipv4), ("dst", n.ipv4), ("proto", n.unsigned8), ("tos", n.unsigned8), ("ttl", n.unsigned8), ("frag", n.unsigned8)),
    ),
    "IPv6": Shape(
        "IPv6",
        (
            ("src", n.ipv6),
            ("dst", n.ipv6),
            ("label", n.signed32),
            ("proto", n.unsigned8),
            ("tclass", n.unsigned8),
            ("hlimit", n.unsigned8),
            ("frag", n.unsigned8),
        ),
    ),
    "KeyARP": Shape("ARP", (("sip", n.ipv4), ("tip", n.ipv4), ("op", n.unsigned16), ("sha", n.mac), ("tha", n.mac))),
    "TCP": Shape("TCP", _PAIR16),
    "UDP": Shape("UDP", _PAIR16),
    "SCTP": Shape("SCTP", _PAIR16),
    "ICMP": Shape("ICMP", (("type", _icmp_type), ("code", n.unsigned8))),
    "ICMPEcho": Shape("ICMPEcho", (("type", _icmp_type), ("code", n.unsigned8), ("id", n.unsigned16))),
    "ICMPv6": Shape("ICMPv6", (("type", n.unsigned8), ("code", n.unsigned8))),
    "ND": Shape("ND", (("target", n.ipv6), ("sll", n.mac), ("tll", n.mac))),
    "Tunnel": Shape(
        "Tunnel",
        (
            ("tun_id", n.signed64),
            ("ipv4_src", n.ipv4),
            ("ipv4_dst", n.ipv4),
            ("tun_flag", n.unsigned16),
            ("ipv4_tos", n.unsigned8),
            ("ipv4_ttl", n.unsigned8),
        ),
    ),
}

ACTIONS: Dict[str, Shape] = {
    "Output": Shape("Output", (("port", n.signed32),)),
    "PopVLAN": Shape("PopVLAN", ()),
    "PushVLAN": Shape("PushVLAN", (("tpid", n.unsigned16), ("tci", n.unsigned16))),
    "ToUserspace": Shape("ToUserspace", (("socket", n.signed32), ("data", lambda text: None if text == "null" else n.signed64(text)))),
}


def flag_names(text: str) -> List[str]:
    """``SYN|ACK`` to its names; ValueError for a name that TCP does not have. Empty text is no flag at all."""
    names = text.split("|") if text else []
    for name in names:
        if name not in _FLAG_BITS:
            raise ValueError("not a TCP flag: " + name[:40])
    return names


def flag_bits(names: List[str]) -> int:
    """The names as the bits of the TCP header. MidoNet prints nothing for bits above NS, so they are not in it."""
    return sum(_FLAG_BITS[name] for name in set(names))


def key(text: str, start: int = 0) -> Dict[str, Any]:
    """One key or mask. BraceError (a ValueError with a position) when it is not understood."""
    return _key(read(text, start))


def action(text: str, start: int = 0) -> Dict[str, Any]:
    """One action. BraceError when it is not understood."""
    return _action(read(text, start))


def mask(text: str, start: int = 0) -> List[Dict[str, Any]]:
    """``FlowMask[KEY, KEY]`` of 5.x: the keys in it."""
    node = read(text, start)
    if node.name != "FlowMask":
        raise BraceError("not a FlowMask", node.position)
    return [_key(_node(field)) for field in node.fields]


def match(text: str, start: int = 0) -> Dict[str, Any]:
    """``FlowMatch[InputPortNumber=3, ...]`` of 5.x: the fields that are set, by the names that FlowMatch gives them.

    The operation of an ARP packet (printed as ArpOp, its low byte only) is NetworkProto, where FlowMatch keeps it.
    Type and code of ICMP are SrcPort and DstPort.
    """
    node = read(text, start)
    if node.name != "FlowMatch":
        raise BraceError("not a FlowMatch", node.position)
    result: Dict[str, Any] = {}
    for field in node.fields:
        reader = _MATCH.get(field.key or "")
        if reader is None:
            raise BraceError("not a field of FlowMatch", field.position)
        name, convert = reader
        result[name] = _converted(convert, field)
    return result


def _converted(convert: Callable[[Any], Any], field: Field) -> Any:
    try:
        return convert(field.value)
    except BraceError:
        raise
    except (ValueError, TypeError) as error:
        raise BraceError(str(error), field.position) from error


def _text(convert: _Scalar) -> Callable[[Union[str, Node]], Any]:
    def scalar(value: Union[str, Node]) -> Any:
        if isinstance(value, Node):
            raise ValueError("a list where a value is expected")
        return convert(value)

    return scalar


def _list(convert: _Scalar) -> Callable[[Union[str, Node]], Any]:
    def values(value: Union[str, Node]) -> List[Any]:
        if not isinstance(value, Node) or value.name:
            raise ValueError("a value where a list is expected")
        return [_converted(_text(convert), field) for field in value.fields]

    return values


def _protocol(text: str) -> int:
    return _PROTOCOLS[text] if text in _PROTOCOLS else n.unsigned8(text)


def _hex4(text: str) -> int:
    if len(text) != 4:
        raise ValueError("not four hexadecimal digits: " + text[:40])
    return n.hexadecimal("0x" + text)


def _fragment(text: str) -> str:
    if text not in ("None", "First", "Later"):
        raise ValueError("not a fragment type: " + text[:40])
    return text


_MATCH: Dict[str, Tuple[str, Callable[[Union[str, Node]], Any]]] = {
    "InputPortNumber": ("InputPortNumber", _text(n.signed32)),
    "TunnelKey": ("TunnelKey", _text(n.signed64)),
    "TunnelSrc": ("TunnelSrc", _text(n.ipv4)),
    "TunnelDst": ("TunnelDst", _text(n.ipv4)),
    "TunnelTOS": ("TunnelTOS", _text(n.unsigned8)),
    "TunnelTTL": ("TunnelTTL", _text(n.unsigned8)),
    "EthSrc": ("EthSrc", _text(n.mac)),
    "EthDst": ("EthDst", _text(n.mac)),
    "EtherType": ("EtherType", _text(_hex4)),
    "VlanId": ("VlanId", _list(n.unsigned16)),
    "NetworkSrc": ("NetworkSrc", _text(n.ip)),
    "NetworkDst": ("NetworkDst", _text(n.ip)),
    "NetworkProto": ("NetworkProto", _text(_protocol)),
    "ArpOp": ("NetworkProto", _text(n.unsigned8)),
    "NetworkTTL": ("NetworkTTL", _text(n.unsigned8)),
    "NetworkTOS": ("NetworkTOS", _text(n.unsigned8)),
    "FragmentType": ("FragmentType", _text(_fragment)),
    "SrcPort": ("SrcPort", _text(n.unsigned16)),
    "DstPort": ("DstPort", _text(n.unsigned16)),
    "IcmpId": ("IcmpId", _text(n.unsigned16)),
    "IcmpData": ("IcmpData", _list(n.unsigned8)),
    "UserspaceMark": ("UserspaceMark", _text(n.signed32)),
}


def _node(field: Field) -> Node:
    if field.key is not None or not isinstance(field.value, Node):
        raise BraceError("a value where a key or an action is expected", field.position)
    return field.value


def _only(node: Node, name: str) -> Field:
    if len(node.fields) != 1 or node.fields[0].key != name:
        raise BraceError("expected only " + name, node.position)
    return node.fields[0]


def _nodes(field: Field) -> List[Node]:
    if not isinstance(field.value, Node) or field.value.name:
        raise BraceError("a value where a list is expected", field.position)
    return [_node(inner) for inner in field.value.fields]


def _shaped(node: Node, kind: str, shape: Shape) -> Dict[str, Any]:
    if len(node.fields) != len(shape.fields):
        raise BraceError(node.name + " has other fields", node.position)
    result: Dict[str, Any] = {kind: shape.name}
    for field, (name, convert) in zip(node.fields, shape.fields):
        if field.key != (None if shape.bare else name):
            raise BraceError("expected " + name, field.position)
        result[name] = _converted(_text(convert), field)
    return result


def _key(node: Node) -> Dict[str, Any]:
    shape = KEYS.get(node.name)
    if shape is not None:
        return _shaped(node, "key", shape)
    if node.name == "Encap":
        return {"key": "Encap", "keys": [_key(inner) for inner in _nodes(_only(node, "keys"))]}
    if node.name == "TCPFlags":
        if len(node.fields) != 1 or node.fields[0].key is not None:
            raise BraceError("expected TCP flags", node.position)
        names = _converted(_text(_flags), node.fields[0])
        return {"key": "TCPFlags", "flags": flag_bits(names), "names": names}
    if node.name == "ICMPError":
        return _icmp_error(node)
    raise BraceError("not a flow key", node.position)


def _icmp_error(node: Node) -> Dict[str, Any]:
    if [field.key for field in node.fields] != ["type", "code", "data"]:
        raise BraceError("ICMPError has other fields", node.position)
    kind, code, data = node.fields
    return {
        "key": "ICMPError",
        "type": _converted(_text(_icmp_type), kind),
        "code": _converted(_text(n.unsigned8), code),
        "data": None if data.value == "null" else _converted(_list(n.unsigned8), data),
    }


def _action(node: Node) -> Dict[str, Any]:
    shape = ACTIONS.get(node.name)
    if shape is not None:
        return _shaped(node, "action", shape)
    if node.name == "SetKey":
        if len(node.fields) != 1:
            raise BraceError("expected one key", node.position)
        return {"action": "SetKey", "key": _key(_node(node.fields[0]))}
    if node.name == "Sample":
        if [field.key for field in node.fields] != ["probability", "actions"]:
            raise BraceError("Sample has other fields", node.position)
        probability, actions = node.fields
        inner: Optional[List[Dict[str, Any]]] = None
        if actions.value != "null":
            inner = [_action(one) for one in _nodes(actions)]
        return {"action": "Sample", "probability": _converted(_text(n.signed32), probability), "actions": inner}
    raise BraceError("not an action", node.position)
