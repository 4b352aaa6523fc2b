# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Corroboration: what a broad edge asks of cause and effect before it may connect them.

A condition looks at the cause alone or at the effect alone, so that it is asked once per finding and not once per pair;
the one thing that cause and effect must have in common is a `match`, which becomes a part of the join's key (joins.py).
A value that is missing does not agree, unless the condition says `or_missing`. PRIVATE to the collection.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.causes.fleet import FAILED, Fleet
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.model import Certainty, Finding

Side = Literal["cause", "effect"]

# Values that need not be among a finding's own: its status, on which part of the hosts its check failed, and what its key or name
# says when they look like "tcp/2181" or "10.0.0.1:2181".
EVERYWHERE = frozenset({"status", "share", "port", "protocol"})


@dataclass(frozen=True)
class Test:
    """One value of one finding against a constant."""

    side: Side
    name: str
    operator: Literal["in", "not_in", "contains_any", "at_least"]
    operand: Any
    or_missing: bool = False

    def holds(self, finding: Finding, fleet: Fleet) -> bool:
        value = value_of(finding, self.name, fleet)
        if value is None or value in ([], ""):
            return self.or_missing
        if self.operator == "in":
            return _one_of(value, self.operand)
        if self.operator == "not_in":
            return not _one_of(value, self.operand)
        if self.operator == "contains_any":
            return any(_one_of(element, self.operand) for element in (value if isinstance(value, (list, tuple)) else (value,)))
        return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= self.operand


@dataclass(frozen=True)
class AnyOf:
    """At least one of several tests of the same side."""

    side: Side
    tests: tuple[Test, ...]

    def holds(self, finding: Finding, fleet: Fleet) -> bool:
        return any(test.holds(finding, fleet) for test in self.tests)


@dataclass(frozen=True)
class Neighbour:
    """What another check says about the finding's host or about its peer.

    asks  failed: it failed there · member: it speaks about that host · unanimous: the finding's own check passed nowhere on it
    """

    side: Side
    end: Literal["host", "peer"]
    asks: Literal["failed", "member", "unanimous"]
    check: str = ""

    def holds(self, finding: Finding, fleet: Fleet) -> bool:
        host = finding.subject.peer if self.end == "peer" else finding.subject.host
        if not host:
            return False
        if self.asks == "failed":
            return fleet.failed(self.check, host)
        if self.asks == "member":
            return fleet.knows(self.check, host)
        return fleet.unanimous(finding.check, host)


@dataclass(frozen=True)
class Match:
    """A value that cause and effect must have in common."""

    name: str
    or_missing: bool = False


Condition = Test | AnyOf | Neighbour


@dataclass(frozen=True)
class Gate:
    """A check whose failure is a cause only when others confirm it (a host that does not answer may only be out of our reach).

    witnesses  check → values that its failing finding towards the host must have
    at_least   how many different observers
    confirms   a check about the host that must not pass; when it was not judged, the cause is inferred
    """

    witnesses: Mapping[str, Mapping[str, tuple[Any, ...]]]
    at_least: int
    confirms: str
    title: str


def observers(gate: Gate, fleet: Fleet) -> dict[str, set[str]]:
    """Who says that it cannot reach whom: host → the hosts that tried in vain, unless another one got through."""
    found: dict[str, set[str]] = {}
    reached: set[str] = set()
    for check, wanted in gate.witnesses.items():
        for finding in fleet.of_check(check):
            subject = finding.subject
            if not subject.peer or subject.host in ("", subject.peer):
                continue
            if finding.status in FAILED and all(_one_of(value_of(finding, name, fleet), allowed) for name, allowed in wanted.items()):
                found.setdefault(subject.peer, set()).add(subject.host)
            elif finding.status == "pass":
                reached.add(subject.peer)
    return {host: names for host, names in found.items() if host not in reached}


def confirmation(gate: Gate, host: str, fleet: Fleet, seen: Mapping[str, set[str]]) -> Certainty | None:
    """How sure it is that the host is down; None when it is not known."""
    if len(seen.get(host, ())) < gate.at_least or fleet.passed(gate.confirms, host):
        return None
    return "direct evidence" if fleet.failed(gate.confirms, host) else "inferred"


def elements(finding: Finding, name: str, fleet: Fleet) -> tuple[Any, ...]:
    """The value, or the elements of the list, that a match compares; empty when it is missing."""
    value = value_of(finding, name, fleet)
    if value is None:
        return ()
    return tuple(str(element) for element in value) if isinstance(value, (list, tuple)) else (str(value),)


def value_of(finding: Finding, name: str, fleet: Fleet) -> Any:
    """A value by the name that edges.yml gives it, None when it is missing."""
    if name in finding.values:
        return finding.values[name]
    if name == "status":
        return finding.status
    if name == "share":
        return fleet.share(finding.check)
    if name in ("port", "protocol"):
        return _service(finding).get(name)
    return None


def _service(finding: Finding) -> dict[str, Any]:
    """Protocol and port as a finding's key or name tells them: tcp/2181, tcp/2181 out, gre, 10.0.0.1:2181."""
    for text in (finding.subject.key.removesuffix(" out"), finding.subject.name):
        protocol, slash, port = text.partition("/")
        if slash and protocol.isalpha() and port.isdigit():
            return {"protocol": protocol, "port": int(port)}
        _unused, colon, port = text.rpartition(":")
        if colon and port.isdigit():
            return {"port": int(port)}
    return {}


def _one_of(value: Any, allowed: tuple[Any, ...]) -> bool:
    """Membership that tells true from 1, which Python's own does not."""
    return any(value == other and isinstance(value, bool) == isinstance(other, bool) for other in allowed)
