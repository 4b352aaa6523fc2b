# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What was not judged and could explain a root: then the root may be a symptom, and must not be shown as a certain cause.

A finding that was not judged is taken for failed, as favourably as what is known of it allows: a value that it lacks agrees with
every condition. It is no suspect when what passed proves that it did not fail: the edge says that its effects cannot pass while it
lasts (`always`), or another check on the same host would have failed with it (edges.yml, rules.refuted_by).

A finding that did fail is a suspect, too, when all that keeps it from explaining the root is a value of the root that could not be
read. PRIVATE to the collection.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.causes.corroborate import (
    AnyOf,
    Condition,
    Neighbour,
    Test,
    elements,
    value_of,
)
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.causes.edges import Edge, Edges
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.causes.fleet import PASSED, Fleet
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.causes.joins import Key, cause_keys, effect_keys, links_of
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.model import Finding, Suspect


def suspects(
    roots: Sequence[Finding], edges: Edges, doubtful: Iterable[Finding], failed: Iterable[Finding], fleet: Fleet
) -> list[list[Suspect]]:
    """For each root what could explain it and was not judged, in a fixed order; nothing for a root that is certain.

    doubtful  findings that were not judged, or that others must confirm first, in a fixed order
    failed    findings that may explain others
    """
    unjudged: dict[str, list[Finding]] = defaultdict(list)
    for finding in doubtful:
        unjudged[finding.check].append(finding)
    judged: dict[str, list[Finding]] = defaultdict(list)
    for finding in failed:
        judged[finding.check].append(finding)
    positions: dict[str, list[int]] = defaultdict(list)
    for position, root in enumerate(roots):
        positions[root.check].append(position)
    found: list[dict[int, Suspect]] = [{} for _unused in roots]
    passing = _Passing(edges, fleet)
    for edge in edges:
        mine = positions.get(edge.effect, ())
        if mine and edge.cause in judged:
            _unread_effects(edge, roots, mine, judged[edge.cause], fleet, found)
        if mine and edge.cause in unjudged:
            _unjudged_causes(edge, roots, mine, unjudged[edge.cause], passing, found)
    return [list(some.values()) for some in found]


def _unjudged_causes(
    edge: Edge, roots: Sequence[Finding], mine: Iterable[int], causes: Sequence[Finding], passing: _Passing, found: list[dict[int, Suspect]]
) -> None:
    """Add what was not judged and would explain a root if it had failed."""
    fleet = passing.fleet
    published: dict[Key, list[Finding]] = defaultdict(list)
    for one in causes:
        if all(_may_hold(condition, one, fleet) for condition in edge.on_cause) and not passing.refute(one):
            for key in set(cause_keys(one, edge.join, (), fleet)):
                if not (edge.always and key in passing.effects_of(edge)):
                    published[key].append(one)
    for position in mine if published else ():
        root = roots[position]
        if all(condition.holds(root, fleet) for condition in edge.on_effect):
            for key in effect_keys(root, edge.join, (), fleet):
                for one in published.get(key, ()):
                    if _may_match(edge, one, root, fleet):
                        found[position].setdefault(id(one), Suspect(one, edge.because))


def _unread_effects(
    edge: Edge, roots: Sequence[Finding], mine: Iterable[int], causes: Sequence[Finding], fleet: Fleet, found: list[dict[int, Suspect]]
) -> None:
    """Add failed causes from which a root is kept apart by nothing but values of its own that nobody could read."""
    tests = [test for condition in edge.on_effect for test in (condition.tests if isinstance(condition, AnyOf) else (condition,))]
    names = {match.name for match in edge.matches} | {test.name for test in tests if isinstance(test, Test)}
    unread = [place for place in mine if any(name in roots[place].values and roots[place].values[name] is None for name in names)]
    able = [one for one in causes if all(condition.holds(one, fleet) for condition in edge.on_cause)] if unread else []
    keys = {id(one): set(cause_keys(one, edge.join, (), fleet)) for one in able}
    for position in unread:
        root = roots[position]
        if not all(condition.holds(root, fleet) or _is_unread(condition, root) for condition in edge.on_effect):
            continue
        wanted = set(effect_keys(root, edge.join, (), fleet))
        for one in able:
            if (one.status == "fail" or root.status == "warn") and wanted & keys[id(one)] and _may_match(edge, one, root, fleet):
                found[position].setdefault(id(one), Suspect(one, edge.because))


def _is_unread(condition: Condition, finding: Finding) -> bool:
    if isinstance(condition, AnyOf):
        return any(_is_unread(test, finding) for test in condition.tests)
    return isinstance(condition, Test) and condition.name in finding.values and finding.values[condition.name] is None


class _Passing:
    """What passed, asked for only where something was not judged."""

    def __init__(self, edges: Edges, fleet: Fleet) -> None:
        self._refuted_by = edges.rules.refuted_by
        self.fleet = fleet
        self._effects: dict[tuple[str, str], set[Key]] = {}

    def refute(self, finding: Finding) -> bool:
        """Whether something passed that would have failed with it."""
        host, links = finding.subject.host, set(links_of(finding))
        return host != "" and any(
            other.status in PASSED and (not links or links & {*links_of(other)})
            for check in self._refuted_by.get(finding.check, ())
            for other in self.fleet.on_host(check, host)
        )

    def effects_of(self, edge: Edge) -> set[Key]:
        """Under which keys an effect of the edge passed."""
        known = self._effects.get((edge.effect, edge.join))
        if known is None:
            passed = (one for one in self.fleet.of_check(edge.effect) if one.status in PASSED)
            known = self._effects[edge.effect, edge.join] = {key for one in passed for key in effect_keys(one, edge.join, (), self.fleet)}
        return known


def _may_hold(condition: Condition, finding: Finding, fleet: Fleet) -> bool:
    """Whether a condition on a cause could hold if it had failed."""
    if isinstance(condition, AnyOf):
        return any(_may_hold(test, finding, fleet) for test in condition.tests)
    if isinstance(condition, Neighbour):
        host = finding.subject.host if condition.end == "host" else finding.subject.peer
        open_ = condition.asks == "unanimous" or (condition.asks == "failed" and not fleet.passed(condition.check, host))
        return open_ or condition.holds(finding, fleet)
    if condition.name in ("status", "share"):
        return True
    value = value_of(finding, condition.name, fleet)
    return value is None or value in ([], "") or condition.holds(finding, fleet)


def _may_match(edge: Edge, cause: Finding, effect: Finding, fleet: Fleet) -> bool:
    """Whether what the two must have in common could be the same."""
    for match in edge.matches:
        one, other = elements(cause, match.name, fleet), elements(effect, match.name, fleet)
        if one and other and not {*one} & {*other}:
            return False
    return True
