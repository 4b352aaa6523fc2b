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
from typing import Any, Dict, List, Optional, Tuple, TypedDict

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
    " fastopen_no_cookie features from preference".split()
)
# What -d tells of next hops that are objects of their own, and -s of routes that are cached.
_BESIDE = ("nh_info", "cache")


def parse(text: str) -> Parsed[List[Route]]:
    """The routes in the tool's order."""
    return _parse_json(text) if _json.is_json(text) else _parse_plain(text)


def _parse_plain(text: str) -> Parsed[List[Route]]:
    routes: List[Route] = []
    not_read = []
    base: Optional[Route] = None  # the route whose next hops follow on lines of their own
    hops = 0
    for line in lines(text):
        if line.text.strip() and not line.terminated:
            not_read.append(unread(line))
            break
        # With -o a backslash stands where the line was folded.
        for part in line.text.split("\\"):
            words = part.split()
            if words and not (part[0].isspace() and words[0] in _BESIDE):
                hop = words[0] == "nexthop"
                route, strange = _words(Route(**base), words[1:]) if hop and base is not None else (None, None) if hop else _route(words)
                if route is not None:
                    # The route's own line has no gateway and no interface: its next hops stand for it.
                    routes[len(routes) - (1 if hop and not hops else 0) :] = [route]
                base, hops = (base, hops + 1) if hop else (route, 0)
                if route is None or strange is not None:
                    not_read.append(unread(line, None if strange is None else line.text.index(strange) + 1))
    return outcome(text, routes, bool(routes), not_read)


def _route(words: List[str]) -> Tuple[Optional[Route], Optional[str]]:
    kind = words[0] if words[0] in _TYPES else "unicast"
    rest = words[1:] if words[0] in _TYPES else words
    destination = _destination(rest[0]) if rest else None
    if destination is None:
        return None, None
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


def _words(route: Route, words: List[str]) -> Tuple[Optional[Route], Optional[str]]:
    """What "via 10.0.0.1 dev eth0 metric 100" says, filled in; None when it does not read like a route. And the first unknown word."""
    values: Dict[str, str] = {}
    strange: Optional[str] = None
    at = 0
    while at < len(words):
        word = words[at]
        if word == "encap":
            # What the packets are wrapped into has a source and a destination of its own.
            at = next((later for later in range(at + 1, len(words)) if words[later] in ("via", "dev", "nhid")), len(words))
        elif word in _FLAGS:
            if word in ("linkdown", "dead"):
                route[word] = True  # type: ignore[literal-required]
            at += 1
        elif word in _VALUES and at + 1 < len(words):
            # A gateway of the other family: "via inet6 fe80::1". A metric that the kernel may not change: "mtu lock 1300".
            if at + 2 < len(words) and words[at + 1] in (("inet", "inet6") if word == "via" else ("lock",)):
                at += 1
            values[word] = words[at + 1]
            at += 2
        elif not values and not route["linkdown"] and not route["dead"]:
            return None, None
        else:
            strange = strange or word
            at += 1
    route["gateway"] = values.get("via", route["gateway"])
    route["link"] = values.get("dev", route["link"])
    route["source"] = values.get("src", route["source"])
    route["table"] = values.get("table", route["table"])
    route["metric"] = maybe_integer(values["metric"]) if "metric" in values else route["metric"]
    return route, strange


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
