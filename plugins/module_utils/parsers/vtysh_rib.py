# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read the BGP table of Quagga and FRR, and the part of it that a neighbour is sent, as text and as FRR's JSON.

PRIVATE to the collection: may change without notice.

    BGP table version is 2, local router ID is 203.0.113.10, vrf id 0
       Network          Next Hop            Metric LocPrf Weight Path
    *> 0.0.0.0/0        203.0.113.1              0             0 64512 i
    *= 192.0.2.0/24     203.0.113.31             0             0 64513 i
    *>                  203.0.113.32             0             0 64513 i
    *> 198.51.100.128/25
                        0.0.0.0                  0         32768 i

    Displayed  3 routes and 4 total paths

A network stands in the first of its paths' rows only; one that is too long for its column has the rest on the next line. Quagga
leaves the length out where the address tells it (0.0.0.0, 10.0.0.0, 192.0.2.0): it is added here.
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional, Tuple, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _json
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _numbers as n
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import Line, lines, outcome, plain, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed, Unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers.vtysh import ERROR


class Route(TypedDict):
    """One path to one network."""

    network: str  # with its length
    valid: bool
    best: bool
    multipath: bool
    internal: bool  # learned from a peer of the same AS
    status: List[str]  # of what stands in the way of its use: suppressed, damped, history, unsorted, rib_failure, stale, removed
    next_hop: Optional[str]
    metric: Optional[int]
    local_preference: Optional[int]
    weight: Optional[int]
    as_path: str  # as printed, without the origin
    origin: Optional[str]  # igp, egp or incomplete


class Table(TypedDict):
    """displayed_networks and displayed_paths are the daemon's own count below the table."""

    software: Optional[str]  # quagga or frr
    router_id: Optional[str]
    local_as: Optional[int]
    routes: List[Route]
    displayed_networks: Optional[int]
    displayed_paths: Optional[int]


# A network of one's own: weight 32768, next hop unspecified.
OWN_WEIGHT = 32768

HEAD = re.compile(r"BGP table version is [0-9]+, local router ID is ([0-9.]{7,15})(?:, vrf id \S+)?(?:, .*)?")
_PREFERENCE = re.compile(r"Default local pref [0-9]+, local AS ([0-9.]{1,12})")
_COLUMNS = re.compile(r" {2,12}Network +Next Hop +Metric +LocPrf +Weight +Path")
_OTHER = re.compile(
    r"(?:Status|Origin|Nexthop|RPKI validation) codes: .*|i internal, r RIB-failure, .*|h history, .*|.* = multipath,.*|BGP route .*"
    r"|Originating default network .*|Network .*Path|\s*r RIB-failure.*|(?:Route Distinguisher|Paths|Instance|For address family).*:?.*"
)
FOOT = re.compile(
    r"(?:Displayed +([0-9]{1,12}) (?:out of [0-9]+ total prefixes?|routes and ([0-9]{1,12}) total paths).*"
    r"|Total number of prefixes ([0-9]{1,12}).*|Total number of prefixes \S+ advertised .*)"
)
# No such neighbour, no such table, an empty one.
_REFUSAL = re.compile(r"%? ?No (?:such neighbor|BGP process|BGP prefixes|neighbor)\b.*", re.IGNORECASE)
_EMPTY = re.compile(r"%? ?No BGP (?:prefixes|network)\b.*|No BGP prefixes displayed.*", re.IGNORECASE)

_ORIGINS = {"i": "igp", "e": "egp", "?": "incomplete"}
_ORIGIN_NAMES = {"igp": "igp", "egp": "egp", "incomplete": "incomplete", "i": "igp", "e": "egp", "?": "incomplete"}
_STATUS = {"s": "suppressed", "d": "damped", "h": "history", "u": "unsorted", "r": "rib_failure", "S": "stale", "R": "removed"}
_STATUS_FIELD = re.compile(r"[ sdhurSRVIN*>=i]{2,12}")
_NETWORK = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,3}){3})(?:/([0-9]{1,2}))?|[0-9a-fA-F:.]{2,45}/[0-9]{1,3}")
_NEXT_HOP = re.compile(r"(?:[0-9a-fA-F:.]{2,45}|[A-Za-z0-9_.-]{1,64})(?:\([^()\s]{1,64}\))?(?:@[0-9]+)?<?")
_PATH = re.compile(r"(?:([0-9,{}() .]{1,2000}?) )?([ie?])")


def parse(text: str) -> Parsed[Table]:
    """``show ip bgp``, ``show ip bgp neighbors A advertised-routes``, and their JSON. A table without its last lines is partial."""
    text = plain(text)
    return _parse_json(text) if _json.is_json(text) else _parse_text(text)


def parse_part(text: str) -> Parsed[Table]:
    """Head, some rows, and foot of ``show ip bgp``: the daemon counted more below it than there is."""
    return _parse_text(plain(text), part=True)


def empty() -> Table:
    """A table of which nothing is known."""
    return Table(software=None, router_id=None, local_as=None, routes=[], displayed_networks=None, displayed_paths=None)


def network_of(text: str) -> Optional[str]:
    """A network with its length; the one that Quagga means where it prints none. None for anything else."""
    match = _NETWORK.fullmatch(text)
    if match is None:
        return None
    address, length = match.group(1), match.group(2)
    if address is None or length is not None:
        return text
    first = int(address.split(".", 1)[0])
    return address + ("/0" if address == "0.0.0.0" else "/8" if first < 128 else "/16" if first < 192 else "/24")


class Rows:
    """Reads rows below one heading, one after the other."""

    def __init__(self, heading: str) -> None:
        self._network_at = heading.index("Network")
        self._metric_end = heading.index("Metric") + len("Metric")
        self._preference_end = heading.index("LocPrf") + len("LocPrf")
        self._weight_end = heading.index("Weight") + len("Weight")
        self.network: Optional[str] = None
        self._started: Optional[Tuple[str, Optional[str]]] = None  # status and next hop of a row that goes on in the next line

    @property
    def open(self) -> bool:
        """Whether the row that began is to be continued on the next line."""
        return self._started is not None

    def take(self, text: str) -> Optional[Route]:
        """A route, or None when the row goes on in the next line; ValueError when this is no row."""
        if self._started is not None:
            status, hop = self._started
            self._started = None
            if text[: self._network_at].strip():
                raise ValueError("the rest of a row begins at its next hop")
            return self._rest(status, hop, text)
        status, rest = text[: self._network_at], text[self._network_at :]
        if not _STATUS_FIELD.fullmatch(status):
            raise ValueError("not a row")
        if rest[:1] != " ":
            word = rest.split(" ", 1)[0]
            network = network_of(word)
            if network is None:
                raise ValueError("not a network")
            self.network = network
            if len(word) == len(rest.rstrip()):
                self._started = (status, None)
                return None
            text = " " * (self._network_at + len(word)) + rest[len(word) :]
        elif self.network is None:
            raise ValueError("a path without a network")
        return self._rest(status, None, " " * self._network_at + text[self._network_at :])

    def _rest(self, status: str, hop: Optional[str], text: str) -> Optional[Route]:
        """From the next hop on."""
        at = 0
        if hop is None:
            word = text.split(None, 1)[0] if text.strip() else ""
            if not _NEXT_HOP.fullmatch(word):
                raise ValueError("not a next hop")
            hop = word
            at = text.index(word) + len(word)
            if not text[at:].strip():
                self._started = (status, hop)
                return None
        # Each number ends below the end of its heading. Only a preference can be too long for its column (%10u, %7u, %7u): it follows
        # the metric without a blank then, and moves the weight.
        metric, at = _number(text, at, max(at, self._metric_end))
        end = max(at, self._preference_end)
        while end < len(text) and text[end - 1 : end].isdigit() and text[end].isdigit():
            end += 1
        preference, at = _number(text, at, end)
        weight, at = _number(text, at, max(at, self._weight_end + end - self._preference_end))
        path = _PATH.fullmatch(text[at:].strip())
        if path is None:
            raise ValueError("not a path")
        return Route(
            network=self.network or "",
            valid="*" in status,
            best=">" in status,
            multipath="=" in status,
            # RPKI's I (invalid) stands before the other ones; i is the last.
            internal=status.rstrip().endswith("i"),
            status=[_STATUS[sign] for sign in status if sign in _STATUS],
            next_hop=hop.split("(", 1)[0].split("@", 1)[0].rstrip("<"),
            metric=metric,
            local_preference=preference,
            weight=weight,
            as_path=(path.group(1) or "").strip(),
            origin=_ORIGINS[path.group(2)],
        )


def _number(text: str, at: int, end: int) -> Tuple[Optional[int], int]:
    """The number between two places, None when there is only white space; and the second place."""
    field = text[at:end].strip()
    return (n.integer(field) if field else None), end


class Reader:
    """Takes the lines of a table."""

    def __init__(self) -> None:
        self.table = empty()
        self.not_read: List[Unread] = []
        self.error: Optional[str] = None
        self.anything = self.ended = False
        self.rows: Optional[Rows] = None

    def take(self, line: Line) -> None:
        """One line with its end."""
        text = line.text.rstrip()
        if not text:
            return
        if self.rows is not None and (self.rows.open or text[0] in " *sdhurSRVIN=>"):
            try:
                route = self.rows.take(text)
            except ValueError:
                if not self._heading(text.strip(), text):
                    self.not_read.append(unread(line))
                return
            if route is not None:
                self.table["routes"].append(route)
        elif not self._heading(text.strip(), text):
            if _REFUSAL.fullmatch(text.strip()) or ERROR.match(text.strip()):
                self.error = self.error or text.strip()[:300]
            else:
                self.not_read.append(unread(line))

    def _heading(self, text: str, whole: str) -> bool:
        head, foot, preference = HEAD.fullmatch(text), FOOT.fullmatch(text), _PREFERENCE.fullmatch(text)
        if head:
            self.table["router_id"] = head.group(1)
            self.table["software"] = self.table["software"] or ("frr" if "vrf id" in text else "quagga")
        elif preference:
            self.table["local_as"] = _as_number(preference.group(1))
            self.table["software"] = "frr"
        elif _COLUMNS.fullmatch(whole):
            self.rows = Rows(whole)
        elif foot:
            self.ended = True
            networks = foot.group(1) or foot.group(3)
            self.table["displayed_networks"] = int(networks) if networks else None
            self.table["displayed_paths"] = int(foot.group(2)) if foot.group(2) else None
        elif _EMPTY.fullmatch(text):
            self.ended = True
            self.table["displayed_networks"] = self.table["displayed_paths"] = 0
        elif not _OTHER.fullmatch(text):
            return False
        self.anything = True
        return True


def _as_number(text: str) -> Optional[int]:
    high, dot, low = text.partition(".")
    number, rest = n.maybe_integer(high), n.maybe_integer(low)
    return number if not dot or number is None or rest is None else (number << 16) + rest


def _parse_text(text: str, part: bool = False) -> Parsed[Table]:
    reader = Reader()
    cut = False
    for line in lines(text):
        if line.terminated:
            reader.take(line)
        else:
            cut = True
    table = reader.table
    cut = cut or (_short_of_rows(table) and not part) or (reader.rows is not None and not reader.ended)
    return outcome(text, table, reader.anything, reader.not_read, reader.error, cut)


def _short_of_rows(table: Table) -> bool:
    """Whether the daemon counted more than the text holds. Below a part of a table (cidr-only, the routes of a neighbour) FRR 8.4 counts
    the paths of the whole table, and the networks of the part."""
    routes = table["routes"]
    return table["displayed_paths"] not in (None, len(routes)) and table["displayed_networks"] != len({one["network"] for one in routes})


_TABLES = ("routes", "advertisedRoutes", "receivedRoutes")
_COUNTERS = ("totalPrefixCounter", "totalRoutes")


def _parse_json(text: str) -> Parsed[Table]:
    """One network after the other, so that what stands before a cut is not lost."""
    table = empty()
    table["software"] = "frr"
    found = _json.read(text)
    warnings: List[str] = []
    strange: List[Unread] = []
    listed = False
    for document in found.documents:
        tables = _json_tables(document.part)
        listed = listed or bool(tables)
        for one in tables:
            _take_json(table, one)
        warning = _json.get(document.part, "warning")
        if isinstance(warning, str):
            warnings.append(warning[:300] or "warning")
        elif document.part.members and not tables:
            strange.append(_json.place(found.text, document.begin))
    if warnings and not listed:
        return outcome(text, table, False, [], warnings[0])
    # An empty object is FRR's answer without a table.
    not_read = [*strange, *found.unread]
    return outcome(text, table, bool(table["routes"]) or not not_read, not_read)


def _json_tables(tree: Any, depth: int = 0) -> List[Any]:
    """The objects that have a table, found at most two levels down (VRF, family)."""
    if any(name in _TABLES for name, _value in _json.items(tree)):
        return [tree]
    return [table for _name, inner in _json.items(tree) if depth < 2 for table in _json_tables(inner, depth + 1)]


def _take_json(table: Table, tree: Any) -> None:
    for name, value in _json.items(tree):
        if name in ("routerId", "bgpLocalRouterId") and isinstance(value, str):
            table["router_id"] = table["router_id"] or value
        elif name == "localAS":
            table["local_as"] = value if isinstance(value, int) else n.maybe_integer(str(value))
        elif name in _COUNTERS and isinstance(value, int):
            table["displayed_networks"] = value if table["displayed_networks"] is None else table["displayed_networks"]
        elif name in _TABLES:
            for network, paths in _json.items(value):
                if not _json.is_network(network):
                    continue
                entries = [paths] if isinstance(paths, dict) else _json.elements(paths)
                table["routes"] += [_json_route(network, path) for path in entries if isinstance(path, dict)]


def _json_route(network: str, path: Dict[str, Any]) -> Route:
    hops = path.get("nexthops")
    hop = next((one for one in hops if isinstance(one, dict) and one.get("used")), None) if isinstance(hops, list) else None
    address = hop.get("ip") if isinstance(hop, dict) else path.get("nextHop")
    origin = path.get("origin") or path.get("bgpOriginCode")
    # What is sent to a neighbour has the signs of the text.
    symbols = path.get("appliedStatusSymbols")
    symbols = symbols if isinstance(symbols, dict) else {}
    return Route(
        network=network,
        valid=path.get("valid") is True or symbols.get("*") is True,
        best=path.get("bestpath") is True or path.get("best") is True or symbols.get(">") is True,
        multipath=path.get("multipath") is True or symbols.get("=") is True,
        internal=path.get("pathFrom") == "internal" or path.get("internal") is True or symbols.get("i") is True,
        status=[name for name, key in _JSON_STATUS if path.get(key) is True],
        next_hop=address if isinstance(address, str) else None,
        metric=_whole(path, "metric", "med"),
        local_preference=_whole(path, "locPrf", "localPref"),
        weight=_whole(path, "weight"),
        as_path=str(path.get("path") or ""),
        origin=_ORIGIN_NAMES.get(origin.lower()) if isinstance(origin, str) else None,
    )


_JSON_STATUS = (
    ("suppressed", "suppressed"),
    ("damped", "damped"),
    ("history", "history"),
    ("rib_failure", "ribFailure"),
    ("stale", "stale"),
    ("removed", "removed"),
)


def _whole(path: Dict[str, Any], *names: str) -> Optional[int]:
    found = (path.get(name) for name in names)
    return next((value for value in found if isinstance(value, int) and not isinstance(value, bool)), None)
