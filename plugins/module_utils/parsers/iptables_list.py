# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`iptables -L -n -v`: chains and rules for people, in the shape of iptables_save; also without -v, with -x and --line-numbers.

Chain INPUT (policy DROP 12 packets, 3456 bytes)
 pkts bytes target     prot opt in     out     source               destination
    7   420 ACCEPT     udp  --  *      *       0.0.0.0/0            0.0.0.0/0            udp dpt:6677

Without -v the interfaces are not printed, so that no rule says all that it matches on. Without -x big counters are rounded
(12K is 12000 or so), and a counter of the policy may be one too.
"""

from __future__ import annotations

import re
from typing import List, Optional, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers.iptables_save import Chain, PacketFilter, Ports, Rule

_CHAIN = re.compile(r"Chain (\S{1,64}) \((?:policy ([A-Z]+)(?: (\S+) packets, (\S+) bytes)?|-?[0-9]+ references?)\)")
_COUNTER = re.compile(r"([0-9]{1,20})([KMGT]?)")
_UNITS = {"": 1, "K": 1000, "M": 1000**2, "G": 1000**3, "T": 1000**4}
_ADDRESS = re.compile(r"!?(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9a-fA-F:]{2,39})(?:/[0-9A-Fa-f.:]{1,39})?")
_NETWORKS = {"loopback/8": "127.0.0.0/8", "link-local/16": "169.254.0.0/16", "default": "0.0.0.0/0"}
_ANYWHERE = ("0.0.0.0/0", "::/0", "anywhere")
_PORTS = re.compile(r"(?:tcp|udp|sctp) dpts?:(!?)([0-9]{1,5})(?::([0-9]{1,5}))?$|multiport dports (\S+)$")
_STATE = re.compile(r"(?:ct)?state (\S+)$")
_COMMENT = re.compile(r"/\* .*? \*/")
_LONGEST = 8192
# What a target says of itself changes what is done, not what is matched.
_OF_TARGET = re.compile(r"\[goto\]|reject-with \S+|LOG (?:flags|level) .*|(?:tcp|udp|sctp)$")
# The parts of a rule's end that belong together.
_PARTS = re.compile(
    r"(?:tcp|udp|sctp) dpts?:!?[0-9:]+|multiport dports \S+|(?:ct)?state \S+|reject-with \S+|\[goto\]|LOG (?:flags|level) .*|\S+"
)


def parse(text: str) -> Parsed[PacketFilter]:
    """Chains and rules of the one table that was listed, which is called filter here."""
    data = PacketFilter(loaded=True, hidden=None, chains=[], rules=[])
    not_read = []
    heading: List[str] = []
    for line in lines(text):
        said = line.text.strip()
        if not said:
            continue
        chain = _CHAIN.fullmatch(said)
        words = said.split()
        if chain and line.terminated:
            data["chains"].append(
                Chain(
                    table="filter",
                    name=chain.group(1),
                    policy=chain.group(2),
                    packets=_count(chain.group(3)),
                    bytes=_count(chain.group(4)),
                )
            )
            heading = []
        elif "target" in words[:4] and "prot" in words and "source" in words:
            heading = words
        elif said.startswith("#"):
            data["hidden"] = said.lstrip("# ")[:200] if "legacy tables present" in said else data["hidden"]
        else:
            rule = _rule(data["chains"][-1]["name"], heading, said) if data["chains"] and heading and line.terminated else None
            if rule is None:
                not_read.append(unread(line))
            else:
                data["rules"].append(rule)
    return outcome(text, data, bool(data["chains"]), not_read)


def _count(text: Optional[str]) -> Optional[int]:
    match = _COUNTER.fullmatch(text or "")
    return int(match.group(1)) * _UNITS[match.group(2)] if match else None


def _rule(chain: str, heading: List[str], said: str) -> Optional[Rule]:
    """Read a rule by the columns of the heading; the target is empty when the rule only counts."""
    if len(said) > _LONGEST:
        return None
    columns = heading[: heading.index("source")]
    words = [_numbered(word) for word in said.split()]
    # The column before the source is "opt" or "out"; the first address ends what the heading names.
    place = next((at for at, word in enumerate(words) if _is_address(word) and at >= len(columns) - 1), None)
    if place not in (len(columns), len(columns) - 1) or place is None or place + 1 >= len(words):
        return None
    if place == len(columns) - 1:
        columns = [name for name in columns if name != "target"]
    fields = dict(zip(columns, words))
    rest = _COMMENT.sub("", said.split(None, place + 2)[place + 2] if len(words) > place + 2 else "")
    source, destination = words[place], words[place + 1]
    if not _is_address(destination) or ("pkts" in fields and _count(fields["pkts"]) is None):
        return None
    rule = Rule(
        table="filter",
        chain=chain,
        target=fields.get("target"),
        protocol=None if fields.get("prot") in ("all", "0", None) else fields["prot"],
        source=_plain(source),
        destination=_plain(destination),
        in_link=_plain(fields.get("in", "*")),
        out_link=_plain(fields.get("out", "*")),
        ports=[],
        states=[],
        packets=_count(fields.get("pkts")),
        bytes=_count(fields.get("bytes")),
        text=" ".join(words)[:500],
        decidable="in" in columns
        and not any(word.startswith("!") for word in (source, destination, *(fields.get(name, "") for name in ("prot", "in", "out"))))
        and fields.get("opt", "--") == "--",
    )
    for part in _PARTS.findall(rest):
        if not _match(rule, part):
            rule["decidable"] = False
    return rule


def _numbered(word: str) -> str:
    """A network of /etc/networks by its number; without -n the tool prints names."""
    sign, name = ("!", word[1:]) if word.startswith("!") else ("", word)
    return sign + _NETWORKS.get(name, name)


def _is_address(word: str) -> bool:
    return word in _ANYWHERE or (_ADDRESS.fullmatch(word) is not None and ("." in word or ":" in word))


def _plain(word: str) -> Optional[str]:
    """A field's value; None for any, and for its opposite, of which the field would say the contrary."""
    return None if word in ("*", "any", *_ANYWHERE) or word.startswith("!") else word


def _match(rule: Rule, part: str) -> bool:
    """Read one match of a rule's end; False when it has no field."""
    ports, state = _PORTS.match(part), _STATE.match(part)
    if ports and not ports.group(1):
        ranges = [(ports.group(2), ports.group(3))] if ports.group(2) else [_range(one) for one in ports.group(4).split(",")]
        if any(not first or not first.isdigit() or (last and not last.isdigit()) for first, last in ranges):
            return False
        rule["ports"] = [Ports(first=int(first or 0), last=int(last or first or 0)) for first, last in ranges]
        return True
    if state and not state.group(1).startswith("!"):
        rule["states"] = [name for name in state.group(1).split(",") if name]
        return True
    return _OF_TARGET.match(part) is not None


def _range(text: str) -> Tuple[Optional[str], Optional[str]]:
    first, _colon, last = text.partition(":")
    return first[:5], last[:5] or None
