# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`ip rule show`: which routing table is asked, in order of preference; also with -j.

0:      from all lookup local
1000:   from 10.20.0.15 fwmark 0x10/0xff iif eth1 lookup 100
32766:  from all lookup main
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _json
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Rule(TypedDict):
    """One rule. None means any."""

    priority: int  # the lowest is asked first
    inverted: bool  # the rule is for packets that do not match
    source: Optional[str]
    destination: Optional[str]
    in_link: Optional[str]
    out_link: Optional[str]
    mark: Optional[str]  # 0x10 or 0x10/0xff
    action: str  # lookup, blackhole, unreachable, prohibit, goto, nop, …
    table: Optional[str]  # name or number, for lookup
    other: List[str]  # matches that have no field of their own


_PRIORITY = re.compile(r"([0-9]{1,10}):")
_ACTIONS = ("blackhole", "unreachable", "prohibit", "nop")
_FIELDS = {"from": "source", "to": "destination", "iif": "in_link", "dev": "in_link", "oif": "out_link", "fwmark": "mark"}
_OTHERS = frozenset(
    "tos dsfield dscp flowlabel uidrange ipproto sport dport suppress_prefixlength suppress_ifgroup protocol proto"
    " tun_id realms map-to".split()
)
_FLAGS = ("l3mdev", "[detached]", "[unresolved]", "masquerade")
_KNOWN = frozenset(
    "priority src srclen dst dstlen iif oif fwmark fwmask action table not protocol goto l3mdev uid_start uid_end dport_start dport_end"
    " sport_start sport_end suppress_prefixlen iif_detached oif_detached unresolved masquerade".split()
)


def parse(text: str) -> Parsed[List[Rule]]:
    """The rules in the tool's order, which is that of their priority."""
    return _parse_json(text) if _json.is_json(text) else _parse_plain(text)


def _parse_plain(text: str) -> Parsed[List[Rule]]:
    found: List[Rule] = []
    not_read = []
    for line in lines(text):
        words = line.text.split()
        if not words:
            continue
        rule = _rule(words) if line.terminated else None
        if rule is None:
            not_read.append(unread(line))
        else:
            found.append(rule)
    return outcome(text, found, bool(found), not_read)


def _rule(words: List[str]) -> Optional[Rule]:
    priority = _PRIORITY.fullmatch(words[0])
    if priority is None:
        return None
    rule = _nothing(int(priority.group(1)))
    at = 1
    while at < len(words):
        word = words[at]
        value = words[at + 1] if at + 1 < len(words) else ""
        if word == "not":
            rule["inverted"] = True
        elif word in _ACTIONS:
            rule["action"] = word
        elif word in _FLAGS:
            rule["other"].append("unresolved" if word == "[unresolved]" else word)
        elif not value:
            return None
        else:
            at += 1
            if word in _FIELDS:
                rule[_FIELDS[word]] = None if value == "all" else value  # type: ignore[literal-required]
            elif word in ("lookup", "table"):
                rule["action"], rule["table"] = "lookup", value
            elif word == "goto":
                rule["action"] = "goto"
                rule["other"].append(f"goto {value}")
            elif word in _OTHERS:
                rule["other"].append(f"{word} {value}")
            else:
                return None
        at += 1
    rule["other"].sort()
    return rule if rule["action"] else None


def _nothing(priority: int) -> Rule:
    return Rule(
        priority=priority,
        inverted=False,
        source=None,
        destination=None,
        in_link=None,
        out_link=None,
        mark=None,
        action="",
        table=None,
        other=[],
    )


def _parse_json(text: str) -> Parsed[List[Rule]]:
    records, not_read = _json.records(text)
    found = [_from_json(record) for record in records if _json.number(record, "priority") is not None]
    return outcome(text, found, bool(found) or not not_read, not_read)


def _from_json(record: Dict[str, Any]) -> Rule:
    rule = _nothing(_json.number(record, "priority") or 0)
    rule["inverted"] = "not" in record
    rule["source"] = _prefix(record, "src")
    rule["destination"] = _prefix(record, "dst")
    rule["in_link"], rule["out_link"] = _json.word(record, "iif"), _json.word(record, "oif")
    mark, mask = _json.word(record, "fwmark"), _json.word(record, "fwmask")
    rule["mark"] = f"{mark}/{mask}" if mark and mask else mark
    rule["table"] = _json.word(record, "table") or ("[l3mdev-table]" if "l3mdev" in record else None)
    rule["action"] = "lookup" if rule["table"] else "goto" if "goto" in record else _json.word(record, "action") or ""
    rule["other"] = _others(record)
    return rule


def _others(record: Dict[str, Any]) -> List[str]:
    """What has no field of its own, in the words of the plain text."""
    found = [f"{name} {value}" for name, value in record.items() if name not in _KNOWN and value is not None]
    for name, first, last in (
        ("uidrange", "uid_start", "uid_end"),
        ("dport", "dport_start", "dport_end"),
        ("sport", "sport_start", "sport_end"),
    ):
        if first in record and last in record:
            found.append(f"{name} {record[first]}-{record[last]}")
    for name, plain in (("suppress_prefixlen", "suppress_prefixlength"), ("goto", "goto")):
        if name in record:
            found.append(f"{plain} {record[name]}")
    for name, plain in (
        ("iif_detached", "[detached]"),
        ("oif_detached", "[detached]"),
        ("unresolved", "unresolved"),
        ("masquerade", "masquerade"),
    ):
        if name in record:
            found.append(plain)
    return sorted(found)


def _prefix(record: Dict[str, Any], name: str) -> Optional[str]:
    address, length = _json.word(record, name), _json.number(record, name + "len")
    if address is None or address == "all":
        return None
    return address if length is None else f"{address}/{length}"
