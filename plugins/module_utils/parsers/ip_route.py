# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`ip -4 route show`: routes, as iproute2 3.x to 6.x and busybox print them, or with -j.

default via 10.0.0.1 dev eth0 proto static metric 100
10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.4 linkdown
blackhole 10.9.0.0/16
10.8.0.0/16 proto static
    nexthop via 10.0.0.2 dev eth0 weight 1
    nexthop via 10.0.0.3 dev eth1 weight 1 dead linkdown
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _json
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._numbers import maybe_integer
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Route(TypedDict):
    """One route; a route over several next hops is one entry for each of them."""

    destination: str  # "default" or prefix/length, with the length also for a single host
    type: str  # unicast, blackhole, unreachable, prohibit, throw, local, broadcast, …
    gateway: Optional[str]
    link: Optional[str]
    source: Optional[str]
    metric: Optional[int]  # None: none printed, which for IPv4 means 0
    table: Optional[str]  # None: not printed, which is the table that was asked for
    linkdown: bool
    dead: bool


_TYPES = frozenset("unicast local broadcast multicast throw unreachable prohibit blackhole nat anycast".split())
_PREFIX = re.compile(r"(?:[0-9]{1,3}(?:\.[0-9]{1,3}){0,3}|[0-9a-fA-F]{0,4}:[0-9a-fA-F:.]{0,41})(?:/([0-9]{1,3}))?")
# Words that stand alone; all others are followed by a value.
_FLAGS = frozenset("onlink linkdown dead pervasive offload rt_offload rt_offload_failed trap rt_trap unresolved notify cache".split())
_VALUES = frozenset(
    "via dev proto scope src metric table tos dsfield mtu advmss hoplimit initcwnd initrwnd weight nhid pref realm"
    " realms error window rtt rttvar rto_min ssthresh cwnd reordering expires age users used congctl quickack iif uid"
    " encap fastopen_no_cookie features from preference".split()
)


def parse(text: str) -> Parsed[List[Route]]:
    """The routes in the tool's order."""
    return _parse_json(text) if _json.is_json(text) else _parse_plain(text)


def _parse_plain(text: str) -> Parsed[List[Route]]:
    routes: List[Route] = []
    not_read = []
    base: Optional[Route] = None  # the route whose next hops follow on lines of their own
    hops = 0
    for line in lines(text):
        words = line.text.split()
        if not words:
            continue
        if not line.terminated:
            not_read.append(unread(line))
            break
        if line.text[0].isspace() and words[0] in ("nexthop", "cache"):
            hop = _words(Route(**base), words[1:]) if base is not None and words[0] == "nexthop" else None
            if hop is not None:
                # The route's own line has no gateway and no interface: its next hops stand for it.
                routes[len(routes) - (0 if hops else 1) :] = [hop]
                hops += 1
            elif words[0] == "nexthop":
                not_read.append(unread(line))
            continue
        base, hops = _route(words), 0
        if base is None:
            not_read.append(unread(line))
        else:
            routes.append(base)
    return outcome(text, routes, bool(routes), not_read)


def _route(words: List[str]) -> Optional[Route]:
    kind = words[0] if words[0] in _TYPES else "unicast"
    rest = words[1:] if words[0] in _TYPES else words
    destination = _destination(rest[0]) if rest else None
    if destination is None:
        return None
    return _words(_empty(destination, kind), rest[1:])


def _empty(destination: str, kind: str) -> Route:
    return Route(
        destination=destination, type=kind, gateway=None, link=None, source=None, metric=None, table=None, linkdown=False, dead=False
    )


def _destination(word: str) -> Optional[str]:
    """default, or prefix/length: a bare address is a single host."""
    if word in ("default", "all", "0.0.0.0/0", "::/0"):
        return "default"
    match = _PREFIX.fullmatch(word)
    if match is None:
        return None
    if match.group(1) is not None:
        return word
    return f"{word}/{128 if ':' in word else 32}"


def _words(route: Route, words: List[str]) -> Optional[Route]:
    """Fill in what "via 10.0.0.1 dev eth0 metric 100" says; None when it does not read like a route."""
    values: Dict[str, str] = {}
    at = 0
    while at < len(words):
        word = words[at]
        if word in _FLAGS:
            if word in ("linkdown", "dead"):
                route[word] = True  # type: ignore[literal-required]
            at += 1
        elif word in _VALUES and at + 1 < len(words):
            if word == "via" and words[at + 1] in ("inet", "inet6") and at + 2 < len(words):
                at += 1  # a gateway of the other family: "via inet6 fe80::1"
            values[word] = words[at + 1]
            at += 2
        elif not values and not route["linkdown"] and not route["dead"]:
            return None
        else:
            at += 1  # a word of a newer iproute2
    route["gateway"] = values.get("via", route["gateway"])
    route["link"] = values.get("dev", route["link"])
    route["source"] = values.get("src", route["source"])
    route["table"] = values.get("table", route["table"])
    route["metric"] = maybe_integer(values["metric"]) if "metric" in values else route["metric"]
    return route


def _parse_json(text: str) -> Parsed[List[Route]]:
    found, not_read = _json.records(text)
    routes = [route for record in found for route in _from_json(record)]
    return outcome(text, routes, bool(routes) or not not_read, not_read)


def _from_json(record: Dict[str, Any]) -> List[Route]:
    destination = _destination(_json.word(record, "dst") or "")
    if destination is None:
        return []
    route = _hop(_empty(destination, _json.word(record, "type") or "unicast"), record)
    route["metric"] = _json.number(record, "metric")
    route["source"] = _json.word(record, "prefsrc")
    route["table"] = _json.word(record, "table")
    return [_hop(Route(**route), hop) for hop in _json.parts(record, "nexthops")] or [route]


def _hop(route: Route, record: Dict[str, Any]) -> Route:
    route["gateway"] = _json.word(record, "gateway") or _json.word(_json.part(record, "via"), "host") or route["gateway"]
    route["link"] = _json.word(record, "dev") or route["link"]
    flags = _json.words(record, "flags")
    route["linkdown"] = "linkdown" in flags
    route["dead"] = "dead" in flags
    return route
