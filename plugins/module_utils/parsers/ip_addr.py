# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`ip addr show`: addresses by interface, as iproute2 3.x to 6.x and busybox print them, or with -j.

2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc pfifo_fast state UP qlen 1000
    link/ether 52:54:00:12:34:56 brd ff:ff:ff:ff:ff:ff
    inet 10.0.0.4/24 brd 10.0.0.255 scope global eth0
       valid_lft forever preferred_lft forever
    inet6 fe80::5054:ff:fe12:3456/64 scope link
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _json, ip_link
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Address(TypedDict):
    """One address of one interface."""

    link: str
    family: str  # inet or inet6
    address: str
    prefix_length: Optional[int]
    scope: Optional[str]  # global, link, host, site or a number


# Lines of `ip addr` that tell of the interface and not of its addresses; with -s there are counters too.
_OTHER = re.compile(r"\s+(?:link/\S+|valid_lft|altname|alias|[RT]X(?: errors)?:|[0-9][0-9 ]*$|vf [0-9]+|promiscuity)")
_ADDRESS = re.compile(r"[0-9a-fA-F:.]{2,45}")
# With -o: one address, its interface before it, and a backslash where the line was folded.
_FOLDED = re.compile(r"[0-9]{1,10}: +(\S{1,64}) +(inet6? .*)")


def parse(text: str) -> Parsed[List[Address]]:
    """The addresses in the tool's order."""
    return _parse_json(text) if _json.is_json(text) else _parse_plain(text)


def _parse_plain(text: str) -> Parsed[List[Address]]:
    found: List[Address] = []
    not_read = []
    link: Optional[str] = None
    for line in lines(text):
        if not line.text.strip():
            continue
        if not line.terminated:
            not_read.append(unread(line))
            break
        if link is not None and ip_link.is_broken_off(line.text):
            continue
        if not line.text[0].isspace():
            folded = _FOLDED.fullmatch(line.text)
            one = _address(folded.group(1), folded.group(2).split("\\", 1)[0].split()) if folded else None
            if one is not None:
                found.append(one)
                continue
            head = ip_link.header(line.text)
            link = head.name if head else None
            if link is None:
                not_read.append(unread(line))
            continue
        words = line.text.split()
        address = _address(link, words) if link and words[0] in ("inet", "inet6") else None
        if address is not None:
            found.append(address)
        elif link is None or words[0] in ("inet", "inet6") or not (_OTHER.match(line.text) or ip_link.is_detail(line.text)):
            not_read.append(unread(line))
    understood = bool(found) or link is not None
    return outcome(text, found, understood, not_read)


def _address(link: str, words: List[str]) -> Optional[Address]:
    """Read "inet 10.0.0.4/24 …" or "inet 10.0.0.4 peer 10.0.0.5/32 …", where the prefix is the peer's."""
    if len(words) < 2:
        return None
    with_prefix = words[3] if len(words) > 3 and words[2] == "peer" else words[1]
    address = words[1].partition("/")[0]
    prefix = with_prefix.partition("/")[2]
    length = int(prefix) if prefix.isdecimal() and prefix.isascii() and len(prefix) <= 3 else None
    if not _ADDRESS.fullmatch(address) or length is None or length > (32 if words[0] == "inet" else 128):
        return None
    scope = words[words.index("scope") + 1] if "scope" in words[:-1] else None
    return Address(link=link, family=words[0], address=address.lower(), prefix_length=length, scope=scope)


def _parse_json(text: str) -> Parsed[List[Address]]:
    found, not_read = _json.records(text)
    addresses = [entry for record in found for info in _json.parts(record, "addr_info") for entry in _from_json(record, info)]
    # The interface that a cut text ends in has told its name before its addresses.
    for cut in _json.cut_records(_json.read(text)):
        for info in _json.elements(_json.get(cut, "addr_info")):
            addresses += _from_json({"ifname": _json.get(cut, "ifname")}, info) if isinstance(info, dict) else []
    return outcome(text, addresses, bool(addresses) or not not_read, not_read)


def _from_json(record: Dict[str, Any], info: Dict[str, Any]) -> List[Address]:
    """The address of one entry; empty when it is none."""
    link, family, address = _json.word(record, "ifname"), _json.word(info, "family"), _json.word(info, "local")
    if link is None or address is None or family not in ("inet", "inet6"):
        return []
    return [
        Address(
            link=link,
            family=family,
            address=address.lower(),
            prefix_length=_json.number(info, "prefixlen"),
            scope=_json.word(info, "scope"),
        )
    ]
