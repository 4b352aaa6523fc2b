# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`ip -s -s -d link show`: interfaces with their flags and counters, as iproute2 3.x to 6.x and busybox print them, or with -j.

2: eth0@if348: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue master br0 state UP mode DEFAULT group default qlen 1000
    link/ether 02:99:00:00:00:0f brd ff:ff:ff:ff:ff:ff link-netnsid 0 promiscuity 0  minmtu 68 maxmtu 65535
    veth addrgenmode eui64 numtxqueues 2 numrxqueues 2
    RX:  bytes packets errors dropped  missed   mcast
          8552     112      0       0       0       0
    RX errors:  length    crc   frame    fifo overrun
                     0      0       0       0       0
    TX:  bytes packets errors dropped carrier collsns
          1006      13      0       0       0       0
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _json
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import Line, lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._numbers import maybe_integer
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Link(TypedDict):
    """One interface. None is what the tool did not tell."""

    name: str
    index: Optional[int]
    flags: List[str]
    admin_up: bool
    carrier: Optional[bool]  # None while the interface is administratively down: the kernel does not say
    oper_state: Optional[str]  # the kernel's word in capitals: UP, DOWN, UNKNOWN, LOWERLAYERDOWN, …
    mtu: Optional[int]
    mac: Optional[str]
    kind: Optional[str]  # rtnetlink's kind (veth, bridge, vxlan, …), else the link type (ether, loopback, …)
    master: Optional[str]
    parent: Optional[str]  # the name after "@"; None when it is in another network namespace
    udp_port: Optional[int]  # of vxlan and geneve: the port to which it sends and at which it listens
    rx_packets: Optional[int]
    rx_bytes: Optional[int]
    rx_errors: Optional[int]
    rx_dropped: Optional[int]
    rx_crc_errors: Optional[int]
    tx_packets: Optional[int]
    tx_bytes: Optional[int]
    tx_errors: Optional[int]
    tx_dropped: Optional[int]
    tx_carrier_errors: Optional[int]


# A counter's name here, the table it stands in, the column there, and where JSON has it.
_COUNTERS = (
    ("rx_packets", "RX", "packets", "rx", "packets"),
    ("rx_bytes", "RX", "bytes", "rx", "bytes"),
    ("rx_errors", "RX", "errors", "rx", "errors"),
    ("rx_dropped", "RX", "dropped", "rx", "dropped"),
    ("rx_crc_errors", "RX errors", "crc", "rx", "crc_errors"),
    ("tx_packets", "TX", "packets", "tx", "packets"),
    ("tx_bytes", "TX", "bytes", "tx", "bytes"),
    ("tx_errors", "TX", "errors", "tx", "errors"),
    ("tx_dropped", "TX", "dropped", "tx", "dropped"),
    ("tx_carrier_errors", "TX", "carrier", "tx", "carrier_errors"),
)
_COLUMN = {(table, column): name for name, table, column, _side, _key in _COUNTERS}
_TABLES = ("RX", "RX errors", "TX", "TX errors")
_TABLE_WORDS = frozenset(
    "bytes packets errors dropped missed overrun mcast bcast compressed otherhost length crc frame fifo nohandler carrier"
    " collsns aborted window heartbeat heartbt transns".split()
)

# First words of detail lines that are no kind of interface.
_DETAIL = frozenset(
    "addrgenmode alias altname vf prog/xdp prog/xdpgeneric prog/xdpdrv promiscuity bridge_slave bond_slave"
    " openvswitch_slave macvlan_slave team_slave vrf_slave ingress-qos-map egress-qos-map numtxqueues parentbus parentdev"
    " permaddr gso_max_size portname switchid protodown valid_lft query_rss trust link/ether".split()
)
_KINDS = frozenset(
    "amt bareudp batadv bond bridge can caif dsa dummy erspan geneve gre gretap gtp hsr ifb ip6erspan ip6gre ip6gretap"
    " ip6tnl ipip ipoib ipvlan ipvtap lowpan macsec macvlan macvtap netdevsim netkit nlmon openvswitch ovs ovpn rmnet sit"
    " team tun vcan veth virt_wifi vlan vrf vti vti6 vxcan vxlan wireguard wwan xfrm".split()
)
_OVER_UDP = ("vxlan", "geneve")
_WORD = re.compile(r"[a-z][a-z0-9_-]*")
_ELSEWHERE = re.compile(r"if[0-9]+|NONE")
# The end of a line about a port of a bond, which iproute2 4.x prints on a line of its own, flush left.
_BROKEN_OFF = re.compile(r"ad_(?:actor|partner)_oper_port_state [0-9]{1,3} *")
_OPER_STATES = ("UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN", "TESTING", "DORMANT", "UP")


class Header(NamedTuple):
    """The first line of an interface in `ip link` and `ip addr`."""

    number: int
    name: str
    parent: Optional[str]
    flags: List[str]
    words: Dict[str, str]


def parse(text: str) -> Parsed[List[Link]]:
    """The interfaces in the tool's order."""
    return _parse_json(text) if _json.is_json(text) else _parse_plain(text)


def header(line: str) -> Optional[Header]:
    """Read "2: eth0@if348: <UP> mtu 1500 …"; None for any other line."""
    start, found, rest = line.partition(": <")
    flags, closed, tail = rest.partition(">")
    index, colon, name = start.partition(": ")
    number = maybe_integer(index)
    if not (found and closed and colon) or number is None or number < 0 or not name or " " in name:
        return None
    name, _at, parent = name.partition("@")
    # Words and values take turns: a bridge may be called "state".
    attributes = tail.split()
    known = dict(zip(attributes[::2], attributes[1::2]))
    elsewhere = not parent or _ELSEWHERE.fullmatch(parent)
    return Header(number, name, None if elsewhere else parent, [flag for flag in flags.split(",") if flag], known)


def is_broken_off(line: str) -> bool:
    """Whether a line goes on with the details of the interface above it, although it is not indented."""
    return _BROKEN_OFF.fullmatch(line) is not None


def admin_up(flags: Sequence[str]) -> bool:
    """Whether somebody has set the interface up."""
    return "UP" in flags


def carrier(flags: Sequence[str]) -> Optional[bool]:
    """Whether the interface has a carrier; None while it is down, when the kernel does not look."""
    if "LOWER_UP" in flags:
        return True
    return False if "UP" in flags else None


def _link(name: str, index: Optional[int], flags: List[str]) -> Link:
    return Link(
        name=name,
        index=index,
        flags=flags,
        admin_up=admin_up(flags),
        carrier=carrier(flags),
        oper_state=None,
        mtu=None,
        mac=None,
        kind=None,
        master=None,
        parent=None,
        udp_port=None,
        rx_packets=None,
        rx_bytes=None,
        rx_errors=None,
        rx_dropped=None,
        rx_crc_errors=None,
        tx_packets=None,
        tx_bytes=None,
        tx_errors=None,
        tx_dropped=None,
        tx_carrier_errors=None,
    )


def _parse_plain(text: str) -> Parsed[List[Link]]:
    links: List[Link] = []
    not_read = []
    link: Optional[Link] = None
    table: Optional[List[str]] = None  # the counters' names in the columns of the next line
    functions = False  # what follows is of the virtual functions of a card, not of the card
    for line in lines(text):
        if not line.text.strip():
            continue
        if not line.terminated:
            # Nobody knows how the line went on: "mtu 150" may have been 1500.
            not_read.append(unread(line))
            break
        if link is not None and is_broken_off(line.text):
            continue
        if not line.text[0].isspace():
            head = header(line.text)
            link = _start(head) if head else None
            table, functions = None, False
            if link is None:
                not_read.append(unread(line))
            else:
                links.append(link)
        elif link is None:
            not_read.append(unread(line))
        elif table is not None:
            if not _fill(link, [""] * len(table) if functions else table, line):
                not_read.append(unread(line))
            table = None
        else:
            table = _columns(line.text)
            functions = functions or line.text.split(None, 1)[0] == "vf"
            if table is None and not _detail(link, line.text):
                not_read.append(unread(line))
    return outcome(text, links, bool(links), not_read)


def _start(head: Header) -> Link:
    link = _link(head.name, head.number, head.flags)
    link["parent"] = head.parent
    link["mtu"] = maybe_integer(head.words.get("mtu", ""))
    link["master"] = head.words.get("master")
    state = head.words.get("state")
    link["oper_state"] = state if state in _OPER_STATES else None
    return link


def _columns(line: str) -> Optional[List[str]]:
    """The columns of "    RX: bytes  packets …" as "RX bytes", …; None for any other line."""
    name, colon, columns = line.strip().partition(":")
    if not colon or name not in _TABLES:
        return None
    found = columns.split()
    if not found or not all(column in _TABLE_WORDS for column in found):
        return None
    return [_COLUMN.get((name, column), "") for column in found]


def _fill(link: Link, table: List[str], line: Line) -> bool:
    values = [maybe_integer(value) for value in line.text.split()]
    if len(values) != len(table) or None in values:
        return False
    for name, value in zip(table, values):
        if name:
            link[name] = value  # type: ignore[literal-required]
    return True


def _detail(link: Link, line: str) -> bool:
    """Read a detail line; False when it is none."""
    found = line.split()
    first = found[0]
    if first.startswith("link/"):
        if link["mac"] is None and link["kind"] is None:
            _hardware(link, first[len("link/") :], found)
        return True
    if first in _DETAIL or first.startswith("prog/"):
        return True
    # A kind that is not in the list is told by what iproute2 prints after every kind, or by standing alone (3.x).
    if first in _KINDS or (_WORD.fullmatch(first) and (len(found) == 1 or "addrgenmode" in found or "numtxqueues" in found)):
        link["kind"] = first
        if first in _OVER_UDP:
            link["udp_port"] = maybe_integer(dict(zip(found, found[1:])).get("dstport", ""))
        return True
    return False


def is_detail(line: str) -> bool:
    """Whether a line is one of those that `ip link` prints about an interface (`ip -d addr` prints them too)."""
    return bool(line.split()) and _detail(_link("", None, []), line)


def _hardware(link: Link, kind: str, found: List[str]) -> None:
    if len(found) > 1 and kind in ("ether", "loopback", "infiniband"):
        link["mac"] = found[1].lower()
    # "promiscuity" is printed with -d: only then would another kind be told on a line of its own.
    if kind != "ether" or "promiscuity" in found:
        link["kind"] = kind


def _parse_json(text: str) -> Parsed[List[Link]]:
    found, not_read = _json.records(text)
    links = [_from_json(record) for record in found if _json.word(record, "ifname")]
    return outcome(text, links, bool(links) or not not_read, not_read)


def _from_json(record: Dict[str, Any]) -> Link:
    link = _link(_json.word(record, "ifname") or "", _json.number(record, "ifindex"), _json.words(record, "flags"))
    link["oper_state"] = _json.word(record, "operstate")
    link["mtu"] = _json.number(record, "mtu")
    link["master"] = _json.word(record, "master")
    link["parent"] = _json.word(record, "link")
    link_type = _json.word(record, "link_type")
    if link_type in ("ether", "loopback", "infiniband"):
        link["mac"] = _json.word(record, "address")
    detailed = "promiscuity" in record
    info = _json.part(record, "linkinfo")
    link["kind"] = _json.word(info, "info_kind") or (link_type if detailed or link_type != "ether" else None)
    if link["kind"] in _OVER_UDP:
        link["udp_port"] = _json.number(_json.part(info, "info_data"), "port")
    counters = _json.part(record, "stats64") or _json.part(record, "stats")
    for name, _table, _column, side, key in _COUNTERS:
        link[name] = _json.number(_json.part(counters, side), key)  # type: ignore[literal-required]
    return link
