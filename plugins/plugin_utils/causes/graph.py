# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The edges applied to the findings of a run: who explains whom, who is a root, what follows from a root.

A cause is not tied to each of its effects but to a *knot*, which stands for "this edge, these subjects" and is tied to the effects.
Three causes of a thousand effects are then a thousand and three ties and not three thousand. PRIVATE to the collection.
"""

from __future__ import annotations

import graphlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.causes.corroborate import Match
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.causes.edges import Edge
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.causes.fleet import FAILED, Fleet
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.causes.joins import Key, cause_keys, effect_keys
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.model import LAYERS, Finding

Side = Callable[[Finding, str, Iterable[Match], Fleet], "list[Key]"]


@dataclass(frozen=True)
class Step:
    """One finding that was reached from a root, and the edge over which."""

    node: int
    edge: Edge


@dataclass(frozen=True)
class Knot:
    """Causes and effects that one edge ties together."""

    edge: Edge
    effects: tuple[int, ...]


class Graph:
    """Who explains whom.

    nodes     the failed findings (fail and warn), in a fixed order; everywhere else they are numbers into this list
    explains  whether a finding may explain others (a historic or unconfirmed one may not)

    A fail explains fails and warns, a warn explains warns only. Every step of a path is a failed finding, since there are no others.
    """

    def __init__(self, nodes: Sequence[Finding], edges: Iterable[Edge], fleet: Fleet, explains: Callable[[Finding], bool]) -> None:
        self.nodes = nodes
        self.knots: list[Knot] = []
        self.ties: list[list[int]] = [[] for _unused in nodes]  # node → its knots
        self.explained = [False] * len(nodes)
        self.work = 0  # keys compared, for the test that this grows with the findings and not with their pairs
        self._keys: dict[tuple[object, str], dict[int, list[Key]]] = defaultdict(dict)
        by_check: dict[str, list[int]] = defaultdict(list)
        able: dict[str, list[int]] = defaultdict(list)
        for number, finding in enumerate(nodes):
            by_check[finding.check].append(number)
            if explains(finding):
                able[finding.check].append(number)
        used: dict[str, set[str]] = defaultdict(set)
        for edge in edges:
            causes = able.get(edge.cause)
            if causes and self._tie(edge, causes, by_check.get(edge.effect, ()), fleet):
                used[edge.effect].add(edge.cause)
        self._keys.clear()
        self._break_circles(used)

    def roots(self) -> list[int]:
        """The failed findings that nothing explains."""
        return [number for number, explained in enumerate(self.explained) if not explained]

    def reach(self, sources: Iterable[int]) -> list[Step]:
        """Everything that follows from these findings, nearest first, each with the edge over which it was reached first."""
        seen = set(sources)
        seen_knots: set[int] = set()
        front, steps = sorted(seen), []
        while front:
            following = []
            for node in front:
                for number in self.ties[node]:
                    if number in seen_knots:
                        continue
                    seen_knots.add(number)
                    knot = self.knots[number]
                    for effect in knot.effects:
                        if effect not in seen:
                            seen.add(effect)
                            following.append(effect)
                            steps.append(Step(effect, knot.edge))
            front = following
        return steps

    def _tie(self, edge: Edge, causes: Sequence[int], effects: Sequence[int], fleet: Fleet) -> bool:
        """Tie what belongs together under one edge; whether anything did."""
        if not effects:
            return False
        published = self._publish(edge, causes, fleet)
        if not published:
            return False
        found: dict[Key, list[int]] = defaultdict(list)
        for number in effects:
            finding = self.nodes[number]
            if all(condition.holds(finding, fleet) for condition in edge.on_effect):
                for key in self._keys_of(effect_keys, number, edge, fleet):
                    self.work += 1
                    if key in published:
                        found[key].append(number)
        tied = False
        for key, tails in found.items():
            for status, heads in (("fail", published[key][0]), ("warn", published[key][1])):
                reached = tuple(number for number in tails if status == "fail" or self.nodes[number].status == "warn")
                if heads and reached:
                    self._add(Knot(edge, reached), heads)
                    tied = True
        return tied

    def _publish(self, edge: Edge, causes: Sequence[int], fleet: Fleet) -> dict[Key, tuple[list[int], list[int]]]:
        """Key → the causes that fail and those that warn."""
        published: dict[Key, tuple[list[int], list[int]]] = {}
        for number in causes:
            finding = self.nodes[number]
            if all(condition.holds(finding, fleet) for condition in edge.on_cause):
                for key in self._keys_of(cause_keys, number, edge, fleet):
                    self.work += 1
                    published.setdefault(key, ([], []))[0 if finding.status == "fail" else 1].append(number)
        return published

    def _keys_of(self, side: Side, number: int, edge: Edge, fleet: Fleet) -> list[Key]:
        """The keys of one finding, each once; most edges ask for the same ones again."""
        if edge.matches:
            return list(dict.fromkeys(side(self.nodes[number], edge.join, edge.matches, fleet)))
        known = self._keys[side, edge.join]
        if number not in known:
            known[number] = list(dict.fromkeys(side(self.nodes[number], edge.join, (), fleet)))
        return known[number]

    def _add(self, knot: Knot, heads: Iterable[int]) -> None:
        for head in heads:
            self.ties[head].append(len(self.knots))
        self.knots.append(knot)
        for effect in knot.effects:
            self.explained[effect] = True
        self.work += len(knot.effects)

    def _break_circles(self, used: dict[str, set[str]]) -> None:
        """Findings that explain each other in a circle, with no cause outside it, must not lose their root: one of them is made it.

        Whether there can be a circle is a question about a few hundred checks; only if so are the findings themselves looked at.
        """
        try:
            graphlib.TopologicalSorter(used).prepare()
        except graphlib.CycleError:
            circles = components(self._followers())
        else:
            return
        home = {node: number for number, circle in enumerate(circles) for node in circle}
        entered = [False] * len(circles)
        for node, knots in enumerate(self.ties):
            for knot in knots:
                for effect in self.knots[knot].effects:
                    if home[effect] != home[node]:
                        entered[home[effect]] = True
        for number, circle in enumerate(circles):
            if len(circle) > 1 and not entered[number]:
                self.explained[min(circle, key=self._strength)] = False

    def _followers(self) -> list[list[int]]:
        return [[effect for knot in knots for effect in self.knots[knot].effects] for knots in self.ties]

    def _strength(self, node: int) -> tuple[int, int, int, int]:
        """Which of several that explain each other is the root: a fail, the lowest layer, what explains most, the first."""
        finding = self.nodes[node]
        explains = sum(len(self.knots[knot].effects) for knot in self.ties[node])
        return (finding.status != "fail", LAYERS.index(finding.layer), -explains, node)


def failed(findings: Iterable[Finding]) -> list[Finding]:
    """The failed findings in the fixed order on which every result of this room rests."""
    return sorted((finding for finding in findings if finding.status in FAILED), key=order)


def order(finding: Finding) -> tuple[object, ...]:
    return (finding.check, finding.subject, finding.status, finding.message, repr(sorted(finding.values.items(), key=lambda item: item[0])))


def components(followers: Sequence[Sequence[int]]) -> list[list[int]]:
    """The strongly connected components of a graph (Tarjan's algorithm, without recursion: a chain may be long)."""
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    on_stack: set[int] = set()
    stack: list[int] = []
    found: list[list[int]] = []
    for start in range(len(followers)):
        if start in index:
            continue
        walk = [(start, iter(followers[start]))]
        index[start] = low[start] = len(index)
        stack.append(start)
        on_stack.add(start)
        while walk:
            node, rest = walk[-1]
            following = next(rest, None)
            if following is None:
                walk.pop()
                if walk:
                    low[walk[-1][0]] = min(low[walk[-1][0]], low[node])
                if low[node] == index[node]:
                    found.append([])
                    while not found[-1] or found[-1][-1] != node:
                        found[-1].append(stack.pop())
                    on_stack.difference_update(found[-1])
            elif following not in index:
                index[following] = low[following] = len(index)
                stack.append(following)
                on_stack.add(following)
                walk.append((following, iter(followers[following])))
            elif following in on_stack:
                low[node] = min(low[node], index[following])
    return found
