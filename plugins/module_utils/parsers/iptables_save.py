# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`iptables-save -c`: chains and rules with their counters; also without counters, and `iptables -S`.

*filter
:INPUT DROP [12:3456]
[7:420] -A INPUT -p udp -m udp --dport 6677 -j ACCEPT
COMMIT
"""

from __future__ import annotations

import re
from typing import Dict, List, Optional, Tuple, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._numbers import maybe_integer
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Chain(TypedDict):
    """One chain."""

    table: str
    name: str
    policy: Optional[str]  # ACCEPT or DROP; None for a chain that somebody made
    packets: Optional[int]
    bytes: Optional[int]


class Ports(TypedDict):
    """A range of ports; first and last are the same for one port."""

    first: int
    last: int


class Rule(TypedDict):
    """One rule. None or an empty list means any."""

    table: str
    chain: str
    target: Optional[str]  # None: the rule only counts
    protocol: Optional[str]
    source: Optional[str]
    destination: Optional[str]
    in_link: Optional[str]  # "eth+" stands for all names that begin with eth
    out_link: Optional[str]
    ports: List[Ports]  # destination ports
    states: List[str]  # of the connection: NEW, ESTABLISHED, …
    packets: Optional[int]
    bytes: Optional[int]
    text: str
    decidable: bool  # the fields above say all that the rule matches on


class PacketFilter(TypedDict):
    """loaded is False when the host said that the table is not there; hidden quotes the tool when there are rules that it cannot show."""

    loaded: bool
    hidden: Optional[str]
    chains: List[Chain]
    rules: List[Rule]


NOT_LOADED = "is not loaded"
_HIDDEN = ("legacy tables present", "is incompatible, use")
_COUNTERS = re.compile(r"\[([0-9]{1,20}):([0-9]{1,20})\]")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\S+')
_PORTS = re.compile(r"([0-9]{1,5})(?::([0-9]{1,5}))?")
_LONGEST = 8192

_FIELDS: Dict[str, str] = {"-p": "protocol", "-s": "source", "-d": "destination", "-i": "in_link", "-o": "out_link"}
_TARGETS = ("-j", "-g")
_PORT_OPTIONS = ("--dport", "--dports", "--destination-port", "--destination-ports")
_STATE_OPTIONS = ("--state", "--ctstate")
# Matches that bring nothing but the options above, or nothing that decides.
_PLAIN_MATCHES = ("tcp", "udp", "sctp", "multiport", "state", "conntrack", "comment")


def parse(text: str) -> Parsed[PacketFilter]:
    """Chains and rules of all tables in the tool's order."""
    data = PacketFilter(loaded=True, hidden=None, chains=[], rules=[])
    not_read = []
    table = "filter"
    anything = False
    for line in lines(text):
        said = line.text.strip()
        if not said:
            continue
        understood = line.terminated and len(said) <= _LONGEST
        if understood and said.startswith("*") and len(said.split()) == 1:
            table = said[1:]
        elif understood and said.startswith("#"):
            data["loaded"] = data["loaded"] and not said.endswith(NOT_LOADED)
            if any(words in said for words in _HIDDEN):
                data["hidden"] = said.lstrip("# ")[:200]
        elif not (understood and (said == "COMMIT" or _line(data, table, said))):
            not_read.append(unread(line))
            continue
        anything = True
    return outcome(text, data, anything, not_read)


def _line(data: PacketFilter, table: str, said: str) -> bool:
    """Read a chain or a rule; False when it is neither."""
    words = _TOKEN.findall(said)
    packets, size, words = _counters(words)
    chain: Optional[Chain] = None
    if words and words[0].startswith(":") and len(words) > 1:
        packets, size, _rest = _counters(words[2:])
        chain = Chain(table=table, name=words[0][1:], policy=_policy(words[1]), packets=packets, bytes=size)
    elif words and words[0] == "-P" and len(words) > 2:
        chain = Chain(table=table, name=words[1], policy=_policy(words[2]), packets=packets, bytes=size)
    elif words and words[0] == "-N" and len(words) == 2:
        chain = Chain(table=table, name=words[1], policy=None, packets=None, bytes=None)
    elif len(words) > 1 and words[0] == "-A":
        rule = _rule(table, words[1], words[2:], said)
        rule["packets"], rule["bytes"] = packets, size
        data["rules"].append(rule)
        return True
    if chain is not None:
        data["chains"].append(chain)
    return chain is not None


def _policy(word: str) -> Optional[str]:
    return word if word in ("ACCEPT", "DROP", "QUEUE", "RETURN") else None


def _counters(words: List[str]) -> Tuple[Optional[int], Optional[int], List[str]]:
    """The counters that may stand before a rule ("[8:576]", iptables-save -c) or in it ("-c 8 576", iptables -vS), and the other words."""
    match = _COUNTERS.fullmatch(words[0]) if words else None
    if match is not None:
        return maybe_integer(match.group(1)), maybe_integer(match.group(2)), words[1:]
    at = words.index("-c") if "-c" in words else len(words)
    numbers = [maybe_integer(word) for word in words[at + 1 : at + 3]]
    if len(numbers) == 2 and None not in numbers:
        return numbers[0], numbers[1], words[:at] + words[at + 3 :]
    return None, None, words


def _rule(table: str, chain: str, words: List[str], text: str) -> Rule:
    rule = Rule(
        table=table,
        chain=chain,
        target=None,
        protocol=None,
        source=None,
        destination=None,
        in_link=None,
        out_link=None,
        ports=[],
        states=[],
        packets=None,
        bytes=None,
        text=text[:500],
        decidable=True,
    )
    at = 0
    while at < len(words):
        word = words[at]
        value = words[at + 1] if at + 1 < len(words) else ""
        if "!" in (word, value):
            # "! -s 10.0.0.0/8", before 1.4.3 "-s ! 10.0.0.0/8": the field would say the opposite, so it stays empty.
            rule["decidable"] = False
            at += 3
            continue
        if word in _TARGETS:
            # What follows are the target's own options: they change what is done, not what is matched.
            rule["target"] = value or None
            break
        if word in _FIELDS and value:
            rule[_FIELDS[word]] = value  # type: ignore[literal-required]
        elif word in _PORT_OPTIONS:
            rule["ports"], whole = _ports(value)
            rule["decidable"] = rule["decidable"] and whole
        elif word in _STATE_OPTIONS:
            rule["states"] = [state for state in value.split(",") if state]
        elif word != "--comment" and not (word == "-m" and value in _PLAIN_MATCHES):
            rule["decidable"] = False
            at += 1
            continue
        at += 2
    return rule


def _ports(value: str) -> Tuple[List[Ports], bool]:
    """The ranges of "22,6000:6100", and whether all of it was understood."""
    ranges: List[Ports] = []
    for part in value.split(","):
        match = _PORTS.fullmatch(part)
        if match is None:
            return ranges, False
        ranges.append(Ports(first=int(match.group(1)), last=int(match.group(2) or match.group(1))))
    return ranges, True
