# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read ``show ip route`` and ``show ipv6 route`` of Quagga and FRR, as text and as FRR's JSON: what the daemons told the kernel.

PRIVATE to the collection: may change without notice.

    Codes: K - kernel route, C - connected, S - static, R - RIP,
           > - selected route, * - FIB route, q - queued, r - rejected, b - backup
    B>* 0.0.0.0/0 [20/0] via 203.0.113.1, eth0, weight 1, 00:00:34
    C>* 203.0.113.0/24 is directly connected, eth0, 00:00:36
    S>* 10.82.0.0/16 [1/0] via 10.0.1.2, eth0, weight 1, 00:00:33
      *                    via 10.0.1.3, eth0, weight 1, 00:00:33
    S>* 198.51.100.0/24 [1/0] unreachable (blackhole), weight 1, 00:00:33
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _json
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, plain, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed, Unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers.vtysh import ERROR, uptime


class NextHop(TypedDict):
    """One way of a route."""

    address: Optional[str]  # None: directly connected, or thrown away
    link: Optional[str]
    installed: bool  # in the kernel's table
    active: bool
    recursive: bool  # looked up in other routes; the ways that were found follow
    discards: Optional[str]  # blackhole, icmp unreachable, icmp admin-prohibited: what becomes of the packets


class Route(TypedDict):
    """What one protocol says of one network. Several may; the selected one counts."""

    network: str
    vrf: Optional[str]  # None: not printed
    protocol: Optional[str]  # kernel, connected, static, bgp, ospf, …; None: a letter of a later release
    selected: bool
    distance: Optional[int]
    metric: Optional[int]
    up_s: Optional[int]
    next_hops: List[NextHop]


_PROTOCOLS = {
    "K": "kernel", "C": "connected", "L": "local", "S": "static", "R": "rip", "O": "ospf", "I": "isis", "B": "bgp", "E": "eigrp",
    "N": "nhrp",
    "T": "table", "v": "vnc", "V": "vnc-direct", "A": "babel", "D": "sharp", "F": "pbr", "f": "openfabric", "t": "table-direct",
}  # fmt: skip
_CODES = re.compile(r"Codes: .*|(?:[!-~] - [^,]{1,40}(?:,\s*|$)){1,12}")
_VRF = re.compile(r"(?:IPv[46] unicast )?VRF (\S{1,64}?)(?: table [0-9]+)?:")
_TABLE = re.compile(r"Table [0-9]+:|Routing entry for .*")
# The letter, the number of an instance, > when selected, then how the kernel took it, and what else releases mark there.
_ROUTE = re.compile(
    r"([A-Za-z])(?:\[[0-9]{1,5}\])?([> ])([*qrbtod ]{1,3})((?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9a-fA-F:.]{2,45})/[0-9]{1,3})"
    r"(?: from \S{1,50})? (?:\[([0-9]{1,10})/([0-9]{1,10})\] )?(?:\([0-9]{1,10}\) )?(\S.*)"
)
_MORE = re.compile(r" {1,6}([*qrbtod ]{1,3}) +((?:via|is directly connected|unreachable|blackhole)\b.*)")
_WAY = re.compile(
    r"(?:via (?P<address>[0-9a-fA-F:.]{2,45})|(?P<connected>is directly connected)"
    r"|(?:unreachable|is directly connected, Null0)(?: \((?P<discards>[\w -]{1,40})\))?)"
    r"(?P<recursive>,? \(recursive(?: is directly connected| via [0-9a-fA-F:.]{2,45})?\)| \(duplicate nexthop removed\))?"
)
_UP = re.compile(r"[0-9]{1,4}:[0-9]{2}:[0-9]{2}|(?:[0-9]{1,6}[ywdhm]){1,5}|never")
# What stands between the way and the time.
_BESIDE = re.compile(
    r"weight [0-9]+|\(vrf \S{1,64}\)(?: inactive)?|(?:inactive|onlink|linkdown|dup|bh|rej|rejected|unreachable|blackhole)|src \S{1,45}"
    r"|label \S{1,200}|tag [0-9]+|SR-TE color [0-9]+|[0-9]+"
    r"|seg6\S* .*|encap (?:source|behavior) \S{1,64}|nh_?id [0-9]+|b(?:ackup)?[ :]\S+|rmap \S{1,64}|mtu [0-9]+"
)


def parse(text: str) -> Parsed[List[Route]]:
    """The routes in their order. Between the networks of a VRF that is named in the text stands nothing else."""
    text = plain(text)
    return _parse_json(text) if _json.is_json(text) else _parse_text(text)


def _parse_text(text: str) -> Parsed[List[Route]]:
    routes: List[Route] = []
    not_read: List[Unread] = []
    error: Optional[str] = None
    vrf: Optional[str] = None
    anything = cut = False
    for line in lines(text):
        stripped = line.text.strip()
        if not line.terminated:
            # A time, or the rest of a network, may be missing.
            cut = True
            continue
        if not stripped:
            continue
        route = _route(line.text, vrf)
        more = None if route else _MORE.fullmatch(line.text)
        hop = _way(more.group(2), more.group(1)) if more and routes else None
        named = _VRF.fullmatch(stripped)
        if route is not None:
            routes.append(route)
            anything = True
        elif hop is not None:
            routes[-1]["next_hops"].append(hop)
        elif named:
            vrf, anything = named.group(1), True
        elif _CODES.fullmatch(stripped) or _TABLE.fullmatch(stripped):
            anything = True
        elif ERROR.match(stripped):
            error = error or stripped[:300]
        else:
            not_read.append(unread(line))
    return outcome(text, routes, anything, not_read, error, cut)


def _route(text: str, vrf: Optional[str]) -> Optional[Route]:
    match = _ROUTE.fullmatch(text)
    hop = _way(match.group(7), match.group(3)) if match else None
    if match is None or hop is None:
        return None
    last = match.group(7).rsplit(", ", 1)[-1]
    return Route(
        network=match.group(4),
        vrf=vrf,
        protocol=_PROTOCOLS.get(match.group(1)),
        selected=match.group(2) == ">",
        distance=int(match.group(5)) if match.group(5) else None,
        metric=int(match.group(6)) if match.group(6) else None,
        up_s=uptime(last) if _UP.fullmatch(last) else None,
        next_hops=[hop],
    )


def _way(text: str, status: str) -> Optional[NextHop]:
    """One next hop; None when a word of it is not known."""
    match = _WAY.match(text)
    if match is None or (text[match.end() :] and text[match.end()] not in ", "):
        return None
    words = [word.strip() for word in text[match.end() :].split(",")]
    # "via A inactive": the words of Quagga follow without a comma.
    flat = [word for word in words if word and not _UP.fullmatch(word)]
    link = None
    if flat and not _BESIDE.fullmatch(flat[0].split(" (vrf", 1)[0]):
        link, *extra = flat[0].split(" ", 1)
        flat = [*extra, *flat[1:]]
    if any(_BESIDE.fullmatch(word) is None for word in flat) or len(link or "") > 64:
        return None
    thrown = "Null0" in text[: match.end()] or link == "Null0" or match.group("discards") is not None or text.startswith("unreachable")
    return NextHop(
        address=match.group("address"),
        link=None if link == "Null0" else link,
        installed="*" in status,
        active=not any(word.endswith("inactive") for word in flat),
        recursive="(recursive" in (match.group("recursive") or ""),
        discards=(match.group("discards") or ("blackhole" if "bh" in flat or "Null0" in text else "unreachable")).lower()
        if thrown
        else None,
    )


def _parse_json(text: str) -> Parsed[List[Route]]:
    """Lists by network, maybe one level down by VRF. Of a network that was cut, what is complete."""
    found = _json.read(text)
    routes: List[Route] = []
    strange: List[Unread] = []
    error: Optional[str] = None
    for document in found.documents:
        for name, inner in _json.items(document.part):
            if name == "warning":
                error = str(inner)[:300]
            networks = _json.items(inner) if not _json.elements(inner) else iter([(name, inner)])
            routes += [
                _json_route(network, entry)
                for network, entries in networks
                if _json.is_network(network)
                for entry in _json.elements(entries)
                if isinstance(entry, dict)
            ]
        if document.part.members and not routes and error is None:
            strange.append(_json.place(found.text, document.begin))
    if error and not routes:
        return outcome(text, routes, False, [], error)
    not_read = [*strange, *found.unread]
    return outcome(text, routes, bool(routes) or not not_read, not_read)


def _json_route(network: str, entry: Dict[str, Any]) -> Route:
    up = _json.word(entry, "uptime")
    return Route(
        network=_json.word(entry, "prefix") or network,
        vrf=_json.word(entry, "vrfName"),
        protocol=_json.word(entry, "protocol"),
        selected=entry.get("selected") is True,
        distance=_json.number(entry, "distance"),
        metric=_json.number(entry, "metric"),
        up_s=uptime(up) if up is not None and _UP.fullmatch(up) else None,
        next_hops=[_json_way(one) for one in _json.parts(entry, "nexthops")],
    )


def _json_way(one: Dict[str, Any]) -> NextHop:
    thrown = one.get("unreachable") is True or one.get("blackhole") is True
    kind = next((name for key, name in _JSON_DISCARDS if one.get(key) is True), "unreachable")
    return NextHop(
        address=_json.word(one, "ip"),
        link=_json.word(one, "interfaceName"),
        installed=one.get("fib") is True,
        active=one.get("active") is True,
        recursive=one.get("recursive") is True,
        discards=kind if thrown else None,
    )


_JSON_DISCARDS = (("blackhole", "blackhole"), ("admin-prohibited", "icmp admin-prohibited"), ("reject", "icmp unreachable"))
