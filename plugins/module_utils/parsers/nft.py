# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`nft list ruleset`, and the same with -j: chains and rules of nftables in terms of iptables, as far as they can be said so.

table inet firewall {
        chain input {
                type filter hook input priority filter; policy drop;
                ct state established,related accept
                iifname "eth1" udp dport 6677 counter packets 7 bytes 420 accept
        }
}

A rule whose matches have no field here is kept and is not decidable. A verdict map in its place is taken apart into one rule for
each entry; of a map that is kept elsewhere, one rule that accepts and one that drops stand for what it may do.
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _json
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import Line, lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._numbers import maybe_integer
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed, Unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers.iptables_save import Ports


class Chain(TypedDict):
    """One chain; one with a hook is where packets come in from the kernel, the others are jumped to."""

    family: str  # ip, ip6, inet, bridge, arp, netdev
    table: str
    name: str
    kind: Optional[str]  # filter, nat, route
    hook: Optional[str]  # prerouting, input, forward, output, postrouting, ingress
    priority: Optional[str]  # a number, or a name: filter, srcnat, …
    policy: Optional[str]  # ACCEPT or DROP


class Rule(TypedDict):
    """One rule in the terms of iptables_save. None or an empty list means any."""

    family: str
    table: str
    chain: str
    target: Optional[str]  # ACCEPT, DROP, REJECT, RETURN, QUEUE or the name of a chain; None: the rule decides nothing
    protocol: Optional[str]
    source: Optional[str]
    destination: Optional[str]
    in_link: Optional[str]
    out_link: Optional[str]
    ports: List[Ports]
    states: List[str]
    packets: Optional[int]
    bytes: Optional[int]
    text: str
    decidable: bool


class Ruleset(TypedDict):
    """Tables as "family name", chains and rules in the tool's order."""

    tables: List[str]
    chains: List[Chain]
    rules: List[Rule]


_VERDICTS = {"accept": "ACCEPT", "drop": "DROP", "return": "RETURN", "queue": "QUEUE"}
# Left sides of a match that have a field.
_FIELDS = {
    "meta iifname": "in_link",
    "meta iif": "in_link",
    "meta oifname": "out_link",
    "meta oif": "out_link",
    "ip saddr": "source",
    "ip6 saddr": "source",
    "ip daddr": "destination",
    "ip6 daddr": "destination",
    "ip protocol": "protocol",
    "ip6 nexthdr": "protocol",
    "meta l4proto": "protocol",
}
_PORT = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?")
_LONGEST = 8192
_MOST_ENTRIES = 200


class _Match(NamedTuple):
    """One match: its left side, and the values it is compared with; None: not a plain comparison for equality."""

    left: str
    values: Optional[List[str]]


def parse(text: str) -> Parsed[Ruleset]:
    """The whole rule set, in either form."""
    return _parse_json(text) if _json.is_json(text) else _parse_plain(text)


def _blank(family: str, table: str, chain: str, text: str) -> Rule:
    return Rule(
        family=family,
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


def _apply(rule: Rule, match: _Match) -> None:
    """Put a match into the rule's fields; one that does not fit makes it undecidable."""
    values = match.values
    if not values:
        rule["decidable"] = False
    elif match.left == "ct state":
        rule["states"] = [value.upper() for value in values]
    elif match.left.endswith(" dport") and not rule["ports"]:
        protocol = match.left.split()[0]
        ranges = [_PORT.fullmatch(value) for value in values]
        if protocol in ("tcp", "udp", "sctp", "dccp", "udplite"):
            rule["decidable"] = rule["decidable"] and rule["protocol"] in (None, protocol)
            rule["protocol"] = protocol
        rule["decidable"] = rule["decidable"] and all(ranges)
        rule["ports"] = [Ports(first=int(one.group(1)), last=int(one.group(2) or one.group(1))) for one in ranges if one]
    elif match.left in _FIELDS and len(values) == 1 and not values[0].startswith("@"):
        field = _FIELDS[match.left]
        value = values[0][:-1] + "+" if field.endswith("_link") and values[0].endswith("*") else values[0]
        # Two matches on the same field, or an address of the other family for a protocol, say more than one field can.
        rule["decidable"] = rule["decidable"] and rule[field] in (None, value)  # type: ignore[literal-required]
        rule[field] = value  # type: ignore[literal-required]
    else:
        rule["decidable"] = False


def _expanded(rule: Rule, mapped: Optional[Tuple[str, List[Tuple[str, Optional[str]]]]]) -> List[Rule]:
    """The rule, or one for each entry of the verdict map that ends it."""
    if mapped is None:
        return [rule]
    left, entries = mapped
    if not entries or len(entries) > _MOST_ENTRIES:
        return [Rule(**{**rule, "target": target, "decidable": False}) for target in ("ACCEPT", "DROP")]
    rules = []
    for key, target in entries:
        one = Rule(**{**rule, "ports": [], "states": [], "target": target})
        if key != "*":
            _apply(one, _Match(left, [key]))
        rules.append(one)
    return rules


# --- the form for people ---

_TABLE = re.compile(r"table ([a-z0-9]{2,8}) (\S{1,128}) \{")
_CHAIN = re.compile(r"chain (\S{1,128}) \{(.*)")
_HOOK = re.compile(r"type (\S+) hook (\S+)(?: devices? .*?)? priority ([^;]{1,40})(?:; policy (\S+))?")
_TOKEN = re.compile(r'"[^"]*"|[{},:]|[^\s{},":]+(?::[^\s{},":]+)*')
_QUOTED = re.compile(r'"[^"]*"')
_COMMENT = re.compile(r'comment "[^"]*"$|# handle [0-9]+$')
# Statements that change nothing of what a rule matches on or decides; how many words follow is told by the next known word.
_STATEMENTS = frozenset("log notrack masquerade snat dnat redirect dup fwd tproxy set update add delete mangle offload synproxy".split())
_UNDECIDABLE = frozenset("limit quota xt fib rt numgen jhash symhash socket osf ipsec exthdr tunnel last meter".split())
_TWO_WORDS = frozenset(
    "ip ip6 tcp udp sctp dccp udplite th icmp icmpv6 igmp arp ether vlan ct meta esp ah comp gre geneve vxlan frag rt hbh dst mh".split()
)
_META_ALONE = frozenset("iif oif iifname oifname iiftype oiftype mark skuid skgid pkttype cpu iifgroup oifgroup cgroup nftrace".split())

# What a rule begins with.
_BEGINNINGS = (
    _STATEMENTS
    | _UNDECIDABLE
    | _TWO_WORDS
    | _META_ALONE
    | frozenset(_VERDICTS)
    | frozenset("reject jump goto counter queue meter flow continue".split())
)


def _parse_plain(text: str) -> Parsed[Ruleset]:
    data = Ruleset(tables=[], chains=[], rules=[])
    not_read: List[Unread] = []
    table: Optional[Tuple[str, str]] = None
    chain: Optional[Chain] = None
    depth = 0  # braces open inside something that is not read
    for line in lines(text):
        said = line.text.strip()
        if not said:
            continue
        if depth:
            depth = max(0, depth + _braces(said))
            continue
        if not line.terminated or len(said) > _LONGEST:
            not_read.append(unread(line))
        elif said.startswith("#"):
            continue
        elif said == "}":
            table, chain = (table, None) if chain is not None else (None, None)
        elif table is None:
            head = _TABLE.match(said)
            if head is None:
                not_read.append(unread(line))
                continue
            table = (head.group(1), head.group(2))
            data["tables"].append(f"{table[0]} {table[1]}")
        elif chain is None:
            chain = _opened(data, table, said)
            if chain is None and _other_object(said, line, not_read):
                depth = max(0, _braces(said))
        else:
            _chain_line(data, chain, said, line, not_read)
    return outcome(text, data, bool(data["tables"]), not_read)


def _opened(data: Ruleset, table: Tuple[str, str], said: str) -> Optional[Chain]:
    """The chain that begins with a line; None when something else does."""
    head = _CHAIN.match(said)
    if head is None:
        return None
    chain = Chain(family=table[0], table=table[1], name=head.group(1), kind=None, hook=None, priority=None, policy=None)
    data["chains"].append(chain)
    return chain


def _braces(said: str) -> int:
    bare = _QUOTED.sub("", said)
    return bare.count("{") - bare.count("}")


def _other_object(said: str, line: Line, not_read: List[Unread]) -> bool:
    """Whether a line opens a set, map, counter, …; "flags dormant" and "comment" stand in a table by themselves."""
    if said.endswith("{") or "{" in said:
        return True
    if not said.startswith(("flags", "comment")):
        not_read.append(unread(line))
    return False


def _chain_line(data: Ruleset, chain: Chain, said: str, line: Line, not_read: List[Unread]) -> None:
    hook = _HOOK.match(said)
    if hook:
        chain["kind"], chain["hook"], chain["priority"] = hook.group(1), hook.group(2), hook.group(3)
        chain["policy"] = _VERDICTS.get((hook.group(4) or "accept").rstrip(";"))
        return
    if said.startswith("policy "):  # releases before 0.9 print it on a line of its own
        chain["policy"] = _VERDICTS.get(said[7:].rstrip(";").strip())
        return
    if said.startswith('comment "') and said.count('"') == 2:
        return
    rule = _blank(chain["family"], chain["table"], chain["name"], said)
    tokens = _TOKEN.findall(_COMMENT.sub("", _COMMENT.sub("", said).rstrip()))
    mapped = _Reader(tokens).read(rule)
    if not tokens or not (tokens[0] in _BEGINNINGS or tokens[0][0] == "@"):
        # Not a rule of any release that is known. Who asks what becomes of a packet must not take it for nothing.
        rule["decidable"] = False
        not_read.append(unread(line))
        if not tokens:
            return
    data["rules"].extend(_expanded(rule, mapped))


class _Reader:
    """Reads the words of one rule from left to right."""

    def __init__(self, tokens: List[str]) -> None:
        self._tokens = tokens
        self._at = 0

    def _peek(self, ahead: int = 0) -> str:
        at = self._at + ahead
        return self._tokens[at] if at < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        self._at += 1
        return token

    def read(self, rule: Rule) -> Optional[Tuple[str, List[Tuple[str, Optional[str]]]]]:
        """Fill the rule; the verdict map that ends it, if one does."""
        while self._at < len(self._tokens):
            token = self._next()
            if token in _VERDICTS:
                rule["target"] = _VERDICTS[token]
                return None
            if token == "reject":
                rule["target"] = "REJECT"
                return None
            if token in ("jump", "goto"):
                rule["target"] = self._next() or None
                return None
            if token == "vmap":
                # Of something that was not understood, numgen or fib: any of its verdicts may be the one.
                rule["decidable"] = False
                return "", self._map()
            if token == "counter":
                self._counter(rule)
            elif token in _STATEMENTS:
                start = self._at
                self._skip()
                # "add @set { ip saddr limit rate 1/second }" goes on only below the limit.
                rule["decidable"] = rule["decidable"] and not {"limit", "over"}.intersection(self._tokens[start : self._at])
            elif token in _UNDECIDABLE:
                rule["decidable"] = False
                self._skip()
            else:
                mapped = self._match(rule, token)
                if mapped is not None:
                    return mapped
        return None

    def _counter(self, rule: Rule) -> None:
        if self._peek() == "packets" and self._peek(2) == "bytes":
            rule["packets"], rule["bytes"] = maybe_integer(self._peek(1)), maybe_integer(self._peek(3))
            self._at += 4
        elif self._peek() == "name":
            self._at += 2

    def _skip(self) -> None:
        """Go on to the next word that decides, counts or looks something up, past what stands in braces."""
        depth = 0
        while self._at < len(self._tokens):
            token = self._peek()
            if not depth and (token in _VERDICTS or token in ("reject", "jump", "goto", "counter", "vmap")):
                return
            depth = max(0, depth + (token == "{") - (token == "}"))
            self._at += 1

    def _match(self, rule: Rule, token: str) -> Optional[Tuple[str, List[Tuple[str, Optional[str]]]]]:
        if token == "meta" and self._peek() == "mark" and self._peek(1) == "set":
            self._skip()
            return None
        if token in _TWO_WORDS:
            left = f"{token} {self._next()}"
        elif token in _META_ALONE:
            left = f"meta {token}"
        else:
            rule["decidable"] = False
            return None
        if self._peek() == "vmap":
            self._at += 1
            return left, self._map()
        if left in ("ct mark", "meta mark", "meta nftrace", "meta priority", "ip dscp") and self._peek() == "set":
            self._skip()
            return None
        _apply(rule, _Match(left, self._values()))
        return None

    def _values(self) -> Optional[List[str]]:
        """What follows a left side: a value, values with commas, a set; None for anything but equality."""
        plain = True
        if self._peek() in ("!=", "<", ">", "<=", ">=", "&", "|", "^", "and", "or", "!", "original", "reply"):
            plain = False
            self._at += 1
        if self._peek() == "==":
            self._at += 1
        values: List[str] = []
        if self._peek() == "{":
            self._at += 1
            while self._at < len(self._tokens) and self._peek() != "}":
                token = self._next()
                if token != ",":
                    values.append(token.strip('"'))
            self._at += 1
        else:
            values.append(self._next().strip('"'))
            while self._peek() == ",":
                self._at += 1
                values.append(self._next().strip('"'))
        # "ip saddr . tcp dport { … }" compares several at once; the reader falls back to undecidable.
        if values == ["."] or self._peek() in (".", "/", "&", "|"):
            plain = False
        return values if plain else None

    def _map(self) -> List[Tuple[str, Optional[str]]]:
        """The entries of a verdict map that is printed in its place; empty for one that is kept elsewhere."""
        entries: List[Tuple[str, Optional[str]]] = []
        if self._peek() != "{":
            return entries
        self._at += 1
        while self._at < len(self._tokens) and self._peek() != "}":
            key = self._next()
            if key == "," or self._peek() != ":":
                continue
            self._at += 1
            verdict = self._next()
            entries.append((key.strip('"'), _VERDICTS.get(verdict) or (self._next() if verdict in ("jump", "goto") else None)))
        return entries


# --- the form of -j ---


def _parse_json(text: str) -> Parsed[Ruleset]:
    data = Ruleset(tables=[], chains=[], rules=[])
    found = _json.read(text)
    listed = [_json.get(document.part, "nftables") for document in found.documents]
    records = [record for rules in listed for record in _json.elements(rules) if isinstance(record, dict)]
    for record in records:
        for kind, read in (("table", _json_table), ("chain", _json_chain), ("rule", _json_rule)):
            if isinstance(record.get(kind), dict):
                read(data, record[kind])
    strange = [document.begin for document, rules in zip(found.documents, listed) if rules is None]
    not_read = [*[_json.place(found.text, at) for at in strange[:1]], *found.unread]
    return outcome(text, data, any(data.values()) or not not_read, not_read)


def _json_table(data: Ruleset, record: Dict[str, Any]) -> None:
    data["tables"].append(f"{_json.word(record, 'family') or ''} {_json.word(record, 'name') or ''}")


def _json_chain(data: Ruleset, record: Dict[str, Any]) -> None:
    priority = record.get("prio")
    data["chains"].append(
        Chain(
            family=_json.word(record, "family") or "",
            table=_json.word(record, "table") or "",
            name=_json.word(record, "name") or "",
            kind=_json.word(record, "type"),
            hook=_json.word(record, "hook"),
            priority=str(priority) if isinstance(priority, (int, str)) else None,
            policy=_VERDICTS.get(_json.word(record, "policy") or ("accept" if "hook" in record else "")),
        )
    )


def _json_rule(data: Ruleset, record: Dict[str, Any]) -> None:
    statements = _json.parts(record, "expr")
    rule = _blank(
        _json.word(record, "family") or "", _json.word(record, "table") or "", _json.word(record, "chain") or "", _words(statements)
    )
    mapped: Optional[Tuple[str, List[Tuple[str, Optional[str]]]]] = None
    for statement in statements:
        kind, value = next(iter(statement.items()), ("", None))
        if kind in _VERDICTS:
            rule["target"] = _VERDICTS[kind]
        elif kind == "reject":
            rule["target"] = "REJECT"
        elif kind in ("jump", "goto"):
            rule["target"] = _json.word(value, "target") if isinstance(value, dict) else None
        elif kind == "counter":
            if isinstance(value, dict):
                rule["packets"], rule["bytes"] = _json.number(value, "packets"), _json.number(value, "bytes")
        elif kind == "match" and isinstance(value, dict):
            _apply(rule, _Match(_left(value.get("left")), _right(value)))
        elif kind == "vmap" and isinstance(value, dict):
            mapped = (_left(value.get("key")), _json_map(value.get("data")))
        elif kind == "xt" and isinstance(value, dict) and value.get("type") == "target":
            # Of iptables: the name of what is done.
            rule["target"] = _json.word(value, "name") or rule["target"]
        elif kind not in ("log", "notrack", "mangle", "masquerade", "snat", "dnat", "redirect", "comment", "dup", "fwd", "tproxy", "queue"):
            rule["decidable"] = False
    data["rules"].extend(_expanded(rule, mapped))


def _left(value: Any) -> str:
    """The left side of a match in the words of the other form; empty when it is none of the plain ones."""
    if not isinstance(value, dict):
        return ""
    for kind in ("payload", "meta", "ct"):
        part = value.get(kind)
        if isinstance(part, dict):
            name = part.get("protocol") if kind == "payload" else kind
            field = part.get("field") if kind == "payload" else part.get("key")
            return f"{name} {field}"
    return ""


def _right(match: Dict[str, Any]) -> Optional[List[str]]:
    """The values of a match for equality; None for anything else."""
    if match.get("op") not in ("==", "in"):
        return None
    right = match.get("right")
    if isinstance(right, dict) and isinstance(right.get("set"), list):
        right = right["set"]
    values = [_value(one) for one in (right if isinstance(right, list) else [right])]
    return None if not values or None in values else [value for value in values if value is not None]


def _value(value: Any) -> Optional[str]:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, str)):
        return str(value)
    if isinstance(value, dict):
        prefix, span = value.get("prefix"), value.get("range")
        if isinstance(prefix, dict):
            return f"{prefix.get('addr')}/{prefix.get('len')}"
        if isinstance(span, list) and len(span) == 2:
            return f"{span[0]}-{span[1]}"
    return None


def _json_map(data: Any) -> List[Tuple[str, Optional[str]]]:
    printed = data.get("set") if isinstance(data, dict) else None
    entries: Sequence[Any] = printed if isinstance(printed, list) else ()
    found: List[Tuple[str, Optional[str]]] = []
    for entry in entries:
        if not (isinstance(entry, list) and len(entry) == 2 and isinstance(entry[1], dict)):
            return []
        key = _value(entry[0])
        if key is None:
            return []
        kind, value = next(iter(entry[1].items()), ("", None))
        target = _VERDICTS.get(kind) or (_json.word(value, "target") if isinstance(value, dict) else None)
        found.append((key, target))
    return found


def _words(statements: List[Dict[str, Any]]) -> str:
    """A rule as a line that a person can read, from what it says in JSON."""
    said = []
    for statement in statements:
        kind, value = next(iter(statement.items()), ("", None))
        if kind == "match" and isinstance(value, dict):
            right = _right(value)
            shown = ", ".join(right) if right is not None else "…"
            shown = f"{{ {shown} }}" if right is not None and len(right) > 1 else shown
            operator = "" if value.get("op") in ("==", "in") else f"{value.get('op')} "
            said.append(f"{_left(value.get('left')) or '…'} {operator}{shown}")
        elif kind == "counter" and isinstance(value, dict):
            said.append(f"counter packets {value.get('packets')} bytes {value.get('bytes')}")
        elif isinstance(value, dict) and isinstance(value.get("target"), str):
            said.append(f"{kind} {value['target']}")
        elif kind == "xt" and isinstance(value, dict):
            said.append(f"xt {value.get('type')} {value.get('name')}")
        else:
            said.append(kind)
    return " ".join(said)
