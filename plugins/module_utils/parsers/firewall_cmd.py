# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read ``firewall-cmd --list-all`` and ``--list-all-zones``: what firewalld was told. PRIVATE to the collection.

public (active)
  target: default
  icmp-block-inversion: no
  interfaces: eno1
  sources:
  services: dhcpv6-client ssh
  ports: 6677/udp 2181/tcp
  rich rules:
        rule family="ipv4" source address="10.0.0.0/24" port port="9042" protocol="tcp" accept

What becomes of a packet is told by the rules that firewalld made of this, which underlay.firewall reads.
"""

from __future__ import annotations

import re
from typing import List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Zone(TypedDict):
    """One zone; interfaces and sources say what comes into it."""

    name: str
    active: bool
    target: Optional[str]  # default, ACCEPT, DROP, %%REJECT%%
    interfaces: List[str]
    sources: List[str]
    services: List[str]
    ports: List[str]  # 6677/udp, 3000-3010/tcp
    protocols: List[str]
    rich_rules: List[str]


class Firewalld(TypedDict):
    """running is None when nothing told."""

    running: Optional[bool]
    zones: List[Zone]


_ZONE = re.compile(r"([\w.-]{1,64})(?: \(((?:active|default|permanent)(?:, (?:active|default|permanent))*)\))?")
_FIELD = re.compile(r" {2}([a-z][a-z -]{1,40}):(?: (.*))?")
_LISTS = ("interfaces", "sources", "services", "ports", "protocols")
_PASSED_OVER = frozenset(
    "icmp-block-inversion forward masquerade forward-ports source-ports icmp-blocks summary description version short egress-priority"
    " ingress-priority".split()
)
_STATES = {"running": True, "not running": False, "FirewallD is not running": False}
_RULE = re.compile(r"\s+((?:rule |port=)\S.*)")


def parse(text: str) -> Parsed[Firewalld]:
    """The zones in the tool's order. Of a last line without its end nothing is believed, but for the state alone."""
    data = Firewalld(running=None, zones=[])
    not_read = []
    field = ""
    for line in lines(text):
        said = line.text.strip()
        if not said:
            continue
        zone, named, rule = _ZONE.fullmatch(line.text.rstrip()), _FIELD.fullmatch(line.text.rstrip()), _RULE.fullmatch(line.text.rstrip())
        if said in _STATES:
            data["running"] = _STATES[said]
        elif not line.terminated:
            not_read.append(unread(line))
        elif named is not None and data["zones"] and _take(data["zones"][-1], named.group(1), (named.group(2) or "").strip()):
            field = named.group(1)
        elif rule is not None and field in ("rich rules", "forward-ports"):
            data["zones"][-1]["rich_rules"] += [rule.group(1)[:500]] if field == "rich rules" else []
        elif zone is not None and not line.text[0].isspace():
            data["running"], field = True, ""
            data["zones"].append(_new(zone.group(1), "active" in (zone.group(2) or "").split(", ")))
        else:
            not_read.append(unread(line))
    # A word alone on its line is a zone only when something is said of it.
    told = any(one["target"] is not None for one in data["zones"])
    if not told and data["zones"]:
        first = next(line for line in lines(text) if line.text.strip())
        return outcome(text, Firewalld(running=None, zones=[]), False, [unread(first)])
    return outcome(text, data, told or data["running"] is not None, not_read)


def _new(name: str, active: bool) -> Zone:
    return Zone(
        name=name, active=active, target=None, interfaces=[], sources=[], services=[], ports=[], protocols=[], rich_rules=[]
    )


def _take(zone: Zone, name: str, value: str) -> bool:
    if name == "target":
        zone["target"] = value or None
    elif name in _LISTS:
        zone[name] = value.split()  # type: ignore[literal-required]
    elif name != "rich rules":
        return name in _PASSED_OVER
    return True
