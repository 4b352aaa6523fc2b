# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Folding: roots that are one fault seen several times become one card.

Only roots of the same check and status are folded, in this order; each step takes what the step before left alone:

  object     the same object seen on several hosts (a duplicate address, one BGP peer of two gateways)
  path       what passes between two groups of hosts, and only that, fails
  server     several clients, which reach other servers, do not reach this one
  host       one host has (nearly) all failures of a matrix, or the same failure several times
  group      exactly the hosts with the same label (rack, kernel, …) fail
  value      exactly the hosts with the same configured value fail
  fleet      half of the fleet or more fails alike: something shared, or the check itself, is to be suspected

At the very end, and whatever their checks: what one thing that was not judged would explain is one card (suspect).

Whether a rule applies is judged on all findings of the check, those that pass included. PRIVATE to the collection.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.causes.edges import Rules
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.causes.fleet import FAILED, PASSED, Fleet
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.model import LAYERS, Finding, Suspect

Labels = Mapping[str, Mapping[str, str]]
Kind = TypeVar("Kind", bound=Hashable)

# The part of a matrix's failures, or of a host's own measurements, that makes the host the suspect.
MOST = 0.8
# The part of all hosts that makes independent faults improbable, and the least number that is a part at all.
HALF, SEVERAL = 0.5, 3


@dataclass(frozen=True)
class Fold:
    """Roots that make one cause.

    findings  in their fixed order
    rule      the step that folded them, empty for a single root
    group     what they share, in words
    hosts     the hosts on which the fault is
    """

    findings: tuple[Finding, ...]
    rule: str = ""
    group: str = ""
    hosts: tuple[str, ...] = ()

    @property
    def located(self) -> bool:
        """Whether the findings themselves say where the fault is; else it was concluded from their pattern."""
        if self.rule in ("path", "server", "fleet"):
            return False
        return self.rule == "object" or not any(one.subject.peer and self.hosts != (one.subject.host,) for one in self.findings)


def fold(roots: Sequence[Finding], fleet: Fleet, rules: Rules, labels: Labels, servers: frozenset[str]) -> list[Fold]:
    """Fold the roots of a run.

    roots    in their fixed order
    servers  the checks in which clients report about servers
    """
    folds: list[Fold] = []
    for same in _by(roots, lambda root: (root.check, root.status, root.waiver is not None)).values():
        folds.extend(_fold_check(same, fleet, rules, labels, servers))
    return folds


def fold_by_suspects(folds: Sequence[Fold], suspects_of: Callable[[Fold], list[Suspect]]) -> list[Fold]:
    """One fold of those that the same thing would explain which was not judged, the thing that would explain most first."""
    rest = list(folds)
    found = {id(one): {id(suspect.finding): suspect.finding for suspect in suspects_of(one)} for one in folds}
    merged: list[Fold] = []
    while True:
        counts = Counter(key for one in rest for key in found[id(one)])
        most = max(counts.values(), default=0)
        if most < 2:
            return [*rest, *merged]
        known = {key: finding for one in rest for key, finding in found[id(one)].items()}
        best = min((key for key, number in counts.items() if number == most), key=lambda key: (known[key].check, known[key].subject))
        mine = [one for one in rest if best in found[id(one)]]
        rest = [one for one in rest if best not in found[id(one)]]
        roots = [root for one in mine for root in one.findings]
        findings = sorted(roots, key=lambda root: (root.status != "fail", LAYERS.index(root.layer)))
        hosts = tuple(sorted({host for one in mine for host in one.hosts}))
        merged.append(Fold(tuple(findings), "suspect", f"{known[best].check} of {known[best].subject}", hosts))


def _fold_check(roots: Sequence[Finding], fleet: Fleet, rules: Rules, labels: Labels, servers: frozenset[str]) -> list[Fold]:
    check = roots[0].check
    if len(roots) == 1:
        return [_single(roots[0], fleet)]
    folds, rest = _objects(roots, fleet, rules)
    if rest and check in servers and any(_server(root) for root in rest):
        more, rest = _clients(rest, fleet, rules, labels)
        folds += more
    elif rest and rest[0].subject.kind == "pair":
        more, rest = _matrix(rest, fleet, rules, labels)
        folds += more
    folds += _hosts(rest, fleet)
    folds = _groups(folds, fleet, rules, labels)
    folds = _values(folds, fleet, rules)
    return _fleet(folds, fleet)


def _single(root: Finding, fleet: Fleet) -> Fold:
    """A finding of the whole fleet is on no host in particular, unless it lists them."""
    return Fold((root,), hosts=() if fleet.is_shared(root) else fleet.hosts_of(root))


def _objects(roots: Sequence[Finding], fleet: Fleet, rules: Rules) -> tuple[list[Fold], list[Finding]]:
    """The same object on several hosts."""

    def key(root: Finding) -> str:
        part = rules.objects.get(root.check)
        return root.subject.key if part == "key" else root.subject.name if part == "name" else ""

    folds, rest = [], [root for root in roots if not key(root)]
    for name, same in _by([root for root in roots if key(root)], key).items():
        hosts = tuple(sorted({host for root in same for host in fleet.hosts_of(root)}))
        if len(same) > 1 and len(hosts) > 1:
            folds.append(Fold(tuple(same), "object", name, hosts))
        else:
            rest.extend(same)
    return folds, rest


def _clients(roots: Sequence[Finding], fleet: Fleet, rules: Rules, labels: Labels) -> tuple[list[Fold], list[Finding]]:
    """Clients that do not reach servers: is it a client, a server, or the path between a group and a server?"""
    check = roots[0].check
    judged = [finding for finding in fleet.of_check(check) if finding.status in FAILED | PASSED]
    passes = {finding.subject.host for finding in judged if finding.status in PASSED}
    asked = _sets((finding.subject.host, _server(finding)) for finding in judged)
    fails = _sets((root.subject.host, _server(root)) for root in roots)
    if not passes and len(asked) >= SEVERAL:
        return [Fold(tuple(roots), "fleet", "no client reaches any server", tuple(sorted(fails)))], []
    folds: list[Fold] = []
    # A client that reaches nothing, while others do, is itself the suspect.
    lost = {client for client, missed in fails.items() if client not in passes and missed == asked[client] and passes}
    rest = [root for root in roots if root.subject.host not in lost]
    left: list[Finding] = []
    reached_by = _sets((_server(finding), finding.subject.host) for finding in judged if finding.status in PASSED)
    for server, same in _by(rest, _server).items():
        clients = {root.subject.host for root in same}
        if len(clients) < 2:
            left.extend(same)
            continue
        all_clients = clients | reached_by.get(server, set())
        name = _label_of(clients, all_clients, rules, labels) if reached_by.get(server) else None
        if name:
            folds.append(Fold(tuple(same), "path", f"between {name} and {server}", (server,)))
        else:
            folds.append(Fold(tuple(same), "server", server, (server,)))
    return folds, [root for root in roots if root.subject.host in lost] + left


def _matrix(roots: Sequence[Finding], fleet: Fleet, rules: Rules, labels: Labels) -> tuple[list[Fold], list[Finding]]:
    """Pairs of hosts: is it the path between two groups, one host, or one pair?"""
    check = roots[0].check
    judged: dict[frozenset[str], bool] = {}
    odd = [root for root in roots if not _is_pair(root)]
    roots = [root for root in roots if _is_pair(root)]
    for finding in fleet.of_check(check):
        if finding.status in FAILED | PASSED and _is_pair(finding):
            ends = _ends(finding)
            judged[ends] = judged.get(ends, False) or finding.status in FAILED
    folds, rest = _cuts(roots, judged, rules, labels)
    touching = _sets((host, ends) for ends in judged for host in ends)
    while rest:
        pairs = {_ends(root) for root in rest}
        counts = Counter(host for ends in pairs for host in ends)
        host, most = min(counts.items(), key=lambda item: (-item[1], item[0]))
        bad_part = sum(judged[ends] for ends in touching[host]) / len(touching[host])
        if most < 2 or not (most >= MOST * len(pairs) or (most >= SEVERAL and bad_part >= MOST)):
            break
        mine = [root for root in rest if host in _ends(root)]
        folds.append(Fold(tuple(mine), "host", host, (host,)))
        rest = [root for root in rest if host not in _ends(root)]
    for ends, same in _by(rest, _ends).items():
        hosts = tuple(sorted(ends))
        folds.append(Fold(tuple(same), "path" if len(same) > 1 else "", f"between {' and '.join(hosts)}" if len(same) > 1 else "", hosts))
    return folds, odd


def _cuts(
    roots: Sequence[Finding], judged: Mapping[frozenset[str], bool], rules: Rules, labels: Labels
) -> tuple[list[Fold], list[Finding]]:
    """What crosses the border of a group of hosts fails, all of it, and something else passes."""
    hosts = {host for ends in judged for host in ends}
    rest = list(roots)
    folds: list[Fold] = []
    for label in _label_order(labels, rules):
        values = _sets((labels.get(host, {}).get(label, ""), host) for host in hosts)
        crossing: dict[str, list[bool]] = defaultdict(list)
        for ends, bad in judged.items():
            sides = {labels.get(host, {}).get(label, "") for host in ends}
            if len(sides) == 2:
                for value in sides:
                    crossing[value].append(bad)
        for value in sorted(crossing):
            outside = len(judged) - len(crossing[value])
            if not value or len(values[value]) < 2 or len(crossing[value]) < 2 or not all(crossing[value]) or not outside:
                continue
            mine = [root for root in rest if sum(labels.get(host, {}).get(label, "") == value for host in _ends(root)) == 1]
            inside = [bad for ends, bad in judged.items() if not any(labels.get(host, {}).get(label, "") == value for host in ends)]
            own = [bad for ends, bad in judged.items() if all(labels.get(host, {}).get(label, "") == value for host in ends)]
            if len(mine) < 2 or (all(inside) and all(own)):
                continue
            others = sorted({labels.get(host, {}).get(label, "") for host in hosts} - {value})
            far = others[0] if len(others) == 1 and others[0] else "the rest"
            folds.append(Fold(tuple(mine), "path", f"between {value} and {far}", tuple(sorted(values[value]))))
            taken = set(map(id, mine))
            rest = [root for root in rest if id(root) not in taken]
    return folds, rest


def _hosts(roots: Sequence[Finding], fleet: Fleet) -> list[Fold]:
    """The same failure several times on one host."""
    folds = []
    for host, same in _by(roots, lambda root: root.subject.host).items():
        if host and len(same) > 1:
            folds.append(Fold(tuple(same), "host", host, (host,)))
        else:
            folds.extend(_single(root, fleet) for root in same)
    return folds


def _groups(folds: Sequence[Fold], fleet: Fleet, rules: Rules, labels: Labels) -> list[Fold]:
    """Exactly the hosts that share a label fail, and others pass."""
    single = {one.hosts[0]: one for one in folds if one.rule in ("", "host") and len(one.hosts) == 1}
    rest = [one for one in folds if single.get(one.hosts[0] if one.hosts else "") is not one]
    if len(single) < 2:
        return list(folds)
    check = next(iter(single.values())).findings[0].check
    judged = fleet.judged(check)
    for label in _label_order(labels, rules):
        for value, group in sorted(_sets((labels.get(host, {}).get(label, ""), host) for host in judged).items()):
            passing = any(host not in group and host not in single for host in judged)
            if value and len(group) > 1 and group <= set(single) and passing:
                rest.append(_merge([single.pop(host) for host in sorted(group)], "group", value))
    return rest + list(single.values())


def _values(folds: Sequence[Fold], fleet: Fleet, rules: Rules) -> list[Fold]:
    """Exactly the hosts with the same configured value fail, and others pass."""
    check = folds[0].findings[0].check
    rest = list(folds)
    for name in rules.shared_values.get(check, ()):
        good = {_text(finding.values.get(name)) for finding in fleet.of_check(check) if finding.status in PASSED}
        good |= {_text(finding.values.get(f"common_{name}")) for one in folds for finding in one.findings}
        if not good - {""}:
            continue
        open_folds = [one for one in rest if one.rule in ("", "host") and len(one.hosts) == 1]
        for value, same in _by(open_folds, lambda one: _one_text(one, name)).items():  # noqa: B023 (used at once)
            if value and value not in good and len(same) > 1:
                rest = [one for one in rest if one not in same]
                rest.append(_merge(same, "value", f"{name.replace('_', ' ')} {value}"))
    return rest


def _fleet(folds: Sequence[Fold], fleet: Fleet) -> list[Fold]:
    """Half of all hosts or more fail alike, and nothing explains it."""
    alike = [one for one in folds if one.rule in ("", "host") and len(one.hosts) == 1]
    hosts = {one.hosts[0] for one in alike}
    if len(alike) < 2 or len(hosts) < SEVERAL or len(hosts) < HALF * len(fleet.hosts):
        return list(folds)
    kept = set(map(id, alike))
    return [*(one for one in folds if id(one) not in kept), _merge(alike, "fleet", f"{len(hosts)} of {len(fleet.hosts)} hosts")]


def _merge(folds: Sequence[Fold], rule: str, group: str) -> Fold:
    return Fold(
        tuple(finding for one in folds for finding in one.findings),
        rule,
        group,
        tuple(sorted({host for one in folds for host in one.hosts})),
    )


def _label_of(some: set[str], of: set[str], rules: Rules, labels: Labels) -> str | None:
    """The label value that exactly these of those hosts have."""
    for label in _label_order(labels, rules):
        values = {labels.get(host, {}).get(label, "") for host in some}
        if len(values) == 1:
            value = values.pop()
            if value and {host for host in of if labels.get(host, {}).get(label, "") == value} == some:
                return value
    return None


def _label_order(labels: Labels, rules: Rules) -> list[str]:
    names = {name for own in labels.values() for name in own}
    return sorted(names, key=lambda name: (rules.labels.index(name) if name in rules.labels else len(rules.labels), name))


def _server(finding: Finding) -> str:
    """The server that a client's finding is about: its inventory name, else the address."""
    return finding.subject.peer or finding.subject.name


def _is_pair(finding: Finding) -> bool:
    return len(_ends(finding) - {""}) == 2


def _ends(finding: Finding) -> frozenset[str]:
    return frozenset((finding.subject.host, finding.subject.peer))


def _text(value: object) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)


def _one_text(one: Fold, name: str) -> str:
    """The value that all findings of a fold share, empty when they do not."""
    values = {_text(finding.values.get(name)) for finding in one.findings}
    return values.pop() if len(values) == 1 else ""


def _sets(pairs: Iterable[tuple[str, Kind]]) -> dict[str, set[Kind]]:
    found: dict[str, set[Kind]] = defaultdict(set)
    for name, value in pairs:
        found[name].add(value)
    return found


def _by(items: Iterable[Any], key: Callable[[Any], Hashable]) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = defaultdict(list)
    for item in items:
        found[key(item)].append(item)
    return found
