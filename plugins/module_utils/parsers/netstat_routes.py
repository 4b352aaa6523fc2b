# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`netstat -nr` and `route -n`: the kernel's routing table in the old tools' form, IPv4 and IPv6.

Kernel IP routing table
Destination     Gateway         Genmask         Flags   MSS Window  irtt Iface
0.0.0.0         10.20.0.18      0.0.0.0         UG        0 0          0 eth1
10.99.0.0       -               255.255.255.0   !     0      -        0 -
"""

from __future__ import annotations

import ipaddress
import re
from typing import List, Optional

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._numbers import maybe_integer
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers.ip_route import Route

# In any language; the names of the columns differ, their places do not.
_TITLE = re.compile(r"(?=[^0-9]{0,80}\bIP(?:v[46])?\b)[^.:/]{5,80}")
_FLAGS = re.compile(r"[A-Za-z!]{1,12}|-")
_IPV4 = ("Destination", "Gateway", "Genmask", "Flags")
_COLUMNS_4 = 8
_COLUMNS_6 = 7


def parse(text: str) -> Parsed[List[Route]]:
    """The routes in the tool's order, in the shape of ip_route."""
    found: List[Route] = []
    not_read = []
    heading: List[str] = []
    for line in lines(text):
        words = line.text.split()
        if not words or _TITLE.fullmatch(line.text.strip()):
            continue
        if words[0] == "Destination" and ("Iface" in words or words[-1] == "If"):
            heading = words
            continue
        if len(words) == _COLUMNS_4 and words[2] == "Genmask":
            heading = [*_IPV4, "MSS" if "MSS" in words else "Metric", *words[5:7], "Iface"]
            continue
        route = None
        if line.terminated and heading:
            route = _route_6(words) if "Genmask" not in heading else _route_4(words, heading)
        if route is None:
            not_read.append(unread(line))
        else:
            found.append(route)
    return outcome(text, found, bool(found) or (bool(heading) and not not_read), not_read)


def _route_4(words: List[str], heading: List[str]) -> Optional[Route]:
    if len(words) != len(heading) or len(words) < _COLUMNS_4 or not _FLAGS.fullmatch(words[3]):
        return None
    try:
        # Without -n the default route has a name; those of other networks lead nowhere.
        network = ipaddress.IPv4Network(f"{'0.0.0.0' if words[0] == 'default' else words[0]}/{words[2]}", strict=False)
    except ValueError:
        return None
    metric = maybe_integer(words[heading.index("Metric")]) if "Metric" in heading else None
    return _route("default" if network.prefixlen == 0 else str(network), words[1], words[3], metric, words[heading.index("Iface")])


def _route_6(words: List[str]) -> Optional[Route]:
    if len(words) != _COLUMNS_6 or not _FLAGS.fullmatch(words[2]):
        return None
    try:
        network = ipaddress.IPv6Network(words[0].replace("[::]/0", "::/0"), strict=False)
    except ValueError:
        return None
    # A metric of -1 is that of the kernel's own "no route" at the end.
    metric = maybe_integer(words[3])
    destination = "default" if network.prefixlen == 0 else str(network)
    return _route(destination, words[1], words[2], metric if metric is None or metric >= 0 else None, words[-1])


def _route(destination: str, gateway: str, flags: str, metric: Optional[int], link: str) -> Route:
    # These tools know one kind of route that leads nowhere; the newer ones tell blackhole, unreachable and prohibit apart.
    rejects = "!" in flags or link in ("*", "-")
    return Route(
        destination=destination,
        type="unreachable" if rejects else "unicast",
        gateway=gateway if "G" in flags and gateway not in ("*", "-", "0.0.0.0", "::") else None,
        link=None if rejects or link in ("*", "-") else link,
        source=None,
        metric=metric,
        table=None,
        linkdown=False,
        dead=False,
    )
