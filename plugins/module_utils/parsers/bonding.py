# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""/proc/net/bonding/IF: a bond and the interfaces in it; several files one after another are several bonds.

Ethernet Channel Bonding Driver: v3.7.1 (April 27, 2011)

Bonding Mode: IEEE 802.3ad Dynamic link aggregation
MII Status: up
Slave Interface: eth2
MII Status: down
Aggregator ID: 2
"""

from __future__ import annotations

import re
from typing import List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._numbers import maybe_integer
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Member(TypedDict):
    """One interface of a bond. None is what was not printed."""

    name: str
    up: Optional[bool]  # the bond's own monitoring of it
    speed_mbps: Optional[int]
    duplex: Optional[str]
    failures: Optional[int]  # how often its link failed since it joined
    mac: Optional[str]
    aggregator: Optional[int]  # 802.3ad: members with another one than the bond's carry nothing
    partner_mac: Optional[str]  # 802.3ad: zeros: nobody answers


class Bond(TypedDict):
    """One bond."""

    mode: Optional[str]
    up: Optional[bool]
    active: Optional[str]  # the member in use, where only one is
    aggregator: Optional[int]  # 802.3ad: the one in use
    partner_mac: Optional[str]
    members: List[Member]


_TITLE = re.compile(r"Ethernet Channel Bonding Driver: .*")
_FIELD = re.compile(r"([A-Za-z0-9][A-Za-z0-9_ ./()-]{1,60}):(?: +(.*))?")
_HEADINGS = re.compile(
    r"802\.3ad info|Active Aggregator Info:|details (?:actor|partner) lacp pdu:|(?:ARP|NS IPv6) .*|bond \S{1,64} has no active aggregator"
)
_SPEED = re.compile(r"([0-9]{1,7}) ?Mbps")
_NONE = ("None", "")


def parse(text: str) -> Parsed[List[Bond]]:
    """The bonds in the order of the text; the files do not tell their names."""
    bonds: List[Bond] = []
    not_read = []
    part = ""
    for line in lines(text):
        said = line.text.strip()
        if not said:
            continue
        if _TITLE.fullmatch(said):
            bonds.append(Bond(mode=None, up=None, active=None, aggregator=None, partner_mac=None, members=[]))
            part = ""
            continue
        field = _FIELD.fullmatch(said)
        if _HEADINGS.fullmatch(said) and bonds:
            part = said if said.startswith("details") else ""
        elif field is None or not bonds or not line.terminated:
            not_read.append(unread(line))
        elif field.group(1) == "Slave Interface":
            bonds[-1]["members"].append(_member(field.group(2) or ""))
            part = ""
        elif bonds[-1]["members"]:
            _of_member(bonds[-1]["members"][-1], field.group(1), field.group(2) or "", part)
        else:
            _of_bond(bonds[-1], field.group(1), field.group(2) or "")
    return outcome(text, bonds, bool(bonds), not_read)


def _member(name: str) -> Member:
    return Member(name=name, up=None, speed_mbps=None, duplex=None, failures=None, mac=None, aggregator=None, partner_mac=None)


def _of_bond(bond: Bond, name: str, value: str) -> None:
    if name == "Bonding Mode":
        bond["mode"] = value
    elif name == "MII Status":
        bond["up"] = value == "up"
    elif name == "Currently Active Slave":
        bond["active"] = None if value in _NONE else value
    elif name == "Aggregator ID":
        bond["aggregator"] = maybe_integer(value)
    elif name == "Partner Mac Address":
        bond["partner_mac"] = value.lower()


def _of_member(member: Member, name: str, value: str, part: str) -> None:
    if name == "MII Status":
        # "going down" and "going back" are on their way.
        member["up"] = value == "up"
    elif name == "Speed":
        speed = _SPEED.fullmatch(value)
        member["speed_mbps"] = int(speed.group(1)) if speed else None
    elif name == "Duplex":
        member["duplex"] = value.capitalize() if value in ("full", "half") else None
    elif name == "Link Failure Count":
        member["failures"] = maybe_integer(value)
    elif name == "Permanent HW addr":
        member["mac"] = value.lower() or None
    elif name == "Aggregator ID":
        member["aggregator"] = maybe_integer(value)
    elif name == "system mac address" and "partner" in part:
        member["partner_mac"] = value.lower() or None
