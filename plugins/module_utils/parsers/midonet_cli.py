# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read the listings of midonet-cli. PRIVATE to the collection: may change without notice.

One object a line, its fields in a fixed order, and nothing quoted::

    router 5a7d6f1e-33c2-4d0e-90a2-17d1e0000001 name MidoNet Provider Router state up asn 64512

so a value ends where the next known field begins. A field without value is left out. Both generations print the same
order; 5.x has more fields at the end. On a terminal the ids are aliases (host0). Errors of commands come on standard
output, after whatever was printed before them.
"""

from __future__ import annotations

import re
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _numbers as n
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import Line, lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed, Unread

_ERROR = re.compile(
    r"(?:Syntax error at|User error|Internal error|Error)\s*:|Invalid credential|Connection to MidoNet API server"
    r"|The API server failed to respond|Traceback \(most recent call last\)|.*\bcommand not found\b"
)
# What an interactive session echoes: the prompt with the command.
_PROMPT = re.compile(r"midonet>.*")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_LONGEST_ID = 64

Row = Dict[str, Any]
_Convert = Callable[[str], Any]


class _Listing(NamedTuple):
    """How the lines of one type read: the first word, the field for the word after it, and the fields in order."""

    word: str
    first: str
    fields: Tuple[Tuple[str, str, _Convert], ...]


def _yes(text: str) -> bool:
    if text in ("true", "yes", "up"):
        return True
    if text in ("false", "no", "down"):
        return False
    raise ValueError("neither yes nor no")


def _word(text: str) -> str:
    if not text or " " in text or "\t" in text:
        raise ValueError("not one word")
    return text


def _words(text: str) -> List[str]:
    return [_word(part.strip()) for part in text.split(",")]


def _python_list(text: str) -> List[str]:
    """``[u'10.0.0.1', u'10.0.0.2']``: Python's repr of a list of addresses."""
    if not (text.startswith("[") and text.endswith("]")):
        raise ValueError("not a list")
    inner = text[1:-1].strip()
    return [part.strip().lstrip("u").strip("'\"") for part in inner.split(",")] if inner else []


def _limit(text: str) -> Optional[int]:
    return None if text == "no-limit" else n.integer(text)


_HOST = _Listing(
    "host",
    "id",
    (
        ("name", "name", str),
        ("alive", "alive", _yes),
        ("addresses", "addresses", _words),
        ("flooding-proxy-weight", "flooding_proxy_weight", n.integer),
        ("container-weight", "container_weight", n.integer),
        ("container-limit", "container_limit", _limit),
        ("enforce-container-limit", "enforce_container_limit", _yes),
    ),
)
_ZONE = _Listing("tzone", "id", (("name", "name", str), ("type", "type", _word)))
_MEMBER = _Listing("zone", "zone", (("host", "host", _word), ("address", "address", _word)))
_ROUTER = _Listing(
    "router",
    "id",
    (
        ("name", "name", str),
        ("state", "admin_up", _yes),
        ("infilter", "infilter", _word),
        ("outfilter", "outfilter", _word),
        ("local-redirect", "local_redirect", _word),
        ("load-balancer", "load_balancer", _word),
        ("asn", "asn", n.integer),
        ("in-mirrors", "in_mirrors", _words),
        ("out-mirrors", "out_mirrors", _words),
    ),
)
_PORT = _Listing(
    "port",
    "id",
    (
        ("device", "device", _word),
        ("state", "admin_up", _yes),
        ("plugged", "plugged", _yes),
        ("vlan", "vlan", n.integer),
        ("mac", "mac", n.mac),
        ("address", "address", _word),
        ("net", "network", _word),
        ("peer", "peer", _word),
        ("infilter", "infilter", _word),
        ("outfilter", "outfilter", _word),
        ("in-mirrors", "in_mirrors", _words),
        ("out-mirrors", "out_mirrors", _words),
        ("insertions", "insertions", _words),
        ("vni", "vni", n.integer),
        ("vxlan-off-ramp", "vxlan_off_ramp", _yes),
    ),
)
_BINDING = _Listing("host", "host", (("interface", "interface", str), ("port", "port", _word)))
_BGP_PEER = _Listing(
    "peer",
    "id",
    (
        ("asn", "asn", n.integer),
        ("address", "address", _word),
        ("keep-alive", "keep_alive_s", n.integer),
        ("hold-time", "hold_time_s", n.integer),
        ("connect-retry", "connect_retry_s", n.integer),
        ("password", "password", str),
    ),
)
_BGP_NETWORK = _Listing("net", "id", (("net", "network", _word),))
_INTERFACE = _Listing(
    "iface",
    "name",
    (
        ("host_id", "host", _word),
        ("status", "status", n.integer),
        ("addresses", "addresses", _python_list),
        ("mac", "mac", n.mac),
        ("mtu", "mtu", n.integer),
        ("type", "type", _word),
        ("endpoint", "endpoint", _word),
    ),
)


def parse_hosts(text: str) -> Parsed[List[Row]]:
    """``list host``: id, name, alive, addresses (None when the line names none), and the weights and limits of 5.x."""
    return _parse(text, _HOST)


def parse_tunnel_zones(text: str) -> Parsed[List[Row]]:
    """``list tunnel-zone``: id, name, type (gre, vxlan, vtep)."""
    return _parse(text, _ZONE)


def parse_members(text: str) -> Parsed[List[Row]]:
    """``tunnel-zone ID list member``: zone, host, address. Several zones may follow one another; none prints nothing."""
    return _parse(text, _MEMBER)


def parse_routers(text: str) -> Parsed[List[Row]]:
    """``list router``: id, name, admin_up, asn (5.x)."""
    return _parse(text, _ROUTER)


def parse_ports(text: str) -> Parsed[List[Row]]:
    """``router ID list port``: id, device, admin_up, plugged, mac, address, network, peer, vni, vxlan_off_ramp."""
    return _parse(text, _PORT)


def parse_bindings(text: str) -> Parsed[List[Row]]:
    """``host ID list binding``: host, interface, port."""
    return _parse(text, _BINDING)


def parse_bgp_peers(text: str) -> Parsed[List[Row]]:
    """``router ID list bgp-peer`` (5.x): id, asn, address, keep_alive_s, hold_time_s, connect_retry_s."""
    return _parse(text, _BGP_PEER)


def parse_bgp_networks(text: str) -> Parsed[List[Row]]:
    """``router ID list bgp-network`` (5.x): id, network."""
    return _parse(text, _BGP_NETWORK)


def parse_interfaces(text: str) -> Parsed[List[Row]]:
    """``host ID list interface``: name, host, status (bit 0 up, bit 1 link), addresses, mac, mtu in bytes, type, endpoint."""
    return _parse(text, _INTERFACE)


def _parse(text: str, listing: _Listing) -> Parsed[List[Row]]:
    rows: List[Row] = []
    not_read: List[Unread] = []
    error: Optional[str] = None
    cut = False
    for line in lines(text):
        stripped = line.text.strip()
        if not stripped or _PROMPT.fullmatch(stripped):
            continue
        if _ERROR.match(stripped):
            error = error or stripped[:300]
            continue
        row, column = _row(line, listing)
        if not line.terminated:
            # The last field may have been cut, and more may have followed.
            cut = True
        elif row is None:
            not_read.append(unread(line, column))
        else:
            rows.append(row)
    return outcome(text, rows, bool(rows) or cut, not_read, error, cut)


def _row(line: Line, listing: _Listing) -> Tuple[Optional[Row], int]:
    """The fields of one line, or None and the column of what is not understood."""
    text = line.text.rstrip()
    start = len(text) - len(text.lstrip())
    head, _blank, rest = text[start:].partition(" ")
    name = rest.partition(" ")[0]
    if head != listing.word or not name or len(name) > _LONGEST_ID:
        return None, start + 1
    row: Row = {listing.first: name}
    row.update({field: None for _label, field, _convert in listing.fields})
    at = start + len(head) + 1 + len(name)
    wanted = {label: (field, convert) for label, field, convert in listing.fields}
    while at < len(text):
        label_end = _word_end(text, at + 1)
        label = text[at + 1 : label_end]
        if label not in wanted:
            return None, at + 2
        field, convert = wanted.pop(label)
        end = _value_end(text, label_end, convert, wanted)
        try:
            row[field] = convert(text[label_end + 1 : end])
        except ValueError:
            return None, min(label_end + 2, len(text))
        at = end
    return row, 0


def _word_end(text: str, at: int) -> int:
    end = text.find(" ", at)
    return len(text) if end < 0 else end


def _value_end(text: str, at: int, convert: _Convert, later: Dict[str, Tuple[str, _Convert]]) -> int:
    """Where the value after the label that ends at a place ends.

    Only names are free text. A router may be called "state of the art": a name reaches to the last place where a later
    field, in the order of the listing, stands with a value that fits it.
    """
    if convert is _python_list:
        end = text.find("]", at)
        return len(text) if end < 0 else end + 1
    if convert is not str:
        return _word_end(text, min(at + 1, len(text)))
    for label, (_field, fits) in later.items():
        place = text.rfind(" " + label + " ", at)
        while place >= 0:
            value = place + len(label) + 2
            try:
                fits(text[value : _word_end(text, value)])
                return place
            except ValueError:
                place = text.rfind(" " + label + " ", at, place + 1)
    return len(text)


def is_uuid(text: str) -> bool:
    """Whether a text is a UUID, and not the alias that an interactive session shows, or a cut one."""
    return _UUID.fullmatch(text) is not None
