# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Naming the causes of a run: from all findings to the few that an operator must act on.

  1. who explains whom           graph.py, under the edges' joins and corroboration; only a fail explains a fail
  2. who is a root               a failed finding that nothing explains; never one that was not judged, that is history,
                                 or that is a gate (edges.yml) which others do not confirm
  3. which roots are one fault   fold.py
  4. what one shared object lost the roots that together took a quorum down are one cause
  5. what follows from each      everything that can be reached, nested under the cause with the edge that explains it;
                                 what has several causes is under each of them
  6. what may be a symptom       a root of which an explainer was not judged is possible, not certain: doubts.py; those that one
                                 unjudged thing would explain are one cause
  7. ranking                     fails before warns, certain before possible, then what explains most, then the lower layer, then
                                 what is surer

A waived finding keeps explaining its symptoms, but is not shown as a cause: what the operator decided not to act on must neither
come back as a card nor make its symptoms look like causes. PRIVATE to the collection.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.causes import words
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.causes.corroborate import confirmation, observers
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.causes.doubts import suspects
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.causes.edges import Edges
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.causes.fleet import Fleet, is_historic
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.causes.fold import Fold, Labels, fold, fold_by_suspects
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.causes.graph import Graph, Step, failed, order
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.causes.joins import ports_of
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.model import LAYERS, Cause, Certainty, Finding, Suspect, Symptom

NOT_JUDGED = frozenset({"unknown", "error"})


@dataclass(frozen=True)
class Naming:
    """What naming found.

    causes       to be shown, the most urgent first; those whose roots only warn come last
    waived       causes that an operator waived, with what they explain
    unconfirmed  failed findings that are nobody's symptom and may not be a root: a host that merely did not answer, history
    """

    causes: tuple[Cause, ...]
    waived: tuple[Cause, ...] = ()
    unconfirmed: tuple[Finding, ...] = ()


def name(findings: Iterable[Finding], edges: Edges, labels: Labels | None = None) -> list[Cause]:
    """The causes to show, the most urgent first.

    findings  all of a run, in any order: those that pass or were not judged count for folding and for certainty
    edges     load_edges()
    labels    host → label → value, for what several hosts share (rack, kernel, role, …)
    """
    return list(survey(findings, edges, labels).causes)


def survey(findings: Iterable[Finding], edges: Edges, labels: Labels | None = None) -> Naming:
    """Like name(), with what is not shown as a cause."""
    return _Run(tuple(findings), edges, labels or {}).naming()


class _Run:
    """The state of one naming: what was found, and what every step needs to know of it."""

    def __init__(self, findings: Sequence[Finding], edges: Edges, labels: Labels) -> None:
        self.edges, self.rules, self.labels = edges, edges.rules, labels
        self.fleet = Fleet(findings, self.rules.members, self.rules.hosts, labels)
        self.seen = {check: observers(gate, self.fleet) for check, gate in self.rules.gates.items()}
        self.nodes = failed(findings)
        self.doubtful = [finding for finding in findings if finding.status in NOT_JUDGED or self._closed(finding)]
        self.graph = Graph(self.nodes, edges, self.fleet, self._may_explain)

    def naming(self) -> Naming:
        numbers = {id(self.nodes[number]): number for number in self.graph.roots()}
        roots = [self.nodes[number] for number in sorted(numbers.values())]
        able = [root for root in roots if self._may_explain(root)]
        unable = tuple(root for root in roots if not self._may_explain(root))
        explainers = [finding for finding in self.nodes if self._may_explain(finding)]
        doubts = suspects(able, self.edges, self.doubtful, explainers, self.fleet)
        self.suspects = {id(root): found for root, found in zip(able, doubts, strict=True)}
        servers = frozenset(edge.effect for edge in self.edges if edge.join == "server")
        folds = fold(able, self.fleet, self.rules, self.labels, servers)
        waived = [one for one in folds if one.findings[0].waiver]
        shown = [one for one in folds if not one.findings[0].waiver]
        reached = {id(one): self.graph.reach(numbers[id(root)] for root in one.findings) for one in folds}
        for check in self.rules.sets:
            shown = self._gather(check, shown, reached, numbers)
        shown = fold_by_suspects(shown, self._suspects_of)
        reached.update({id(one): self.graph.reach(numbers[id(root)] for root in one.findings) for one in shown if one.rule == "suspect"})
        return Naming(causes=self._ranked(shown, reached), waived=self._ranked(waived, reached), unconfirmed=unable)

    def _suspects_of(self, one: Fold) -> list[Suspect]:
        """What could explain the fold and was not judged; nothing when one of its roots is certain.

        What would explain most comes first, and what would explain nothing that another one would not explain with more is left out.
        """
        each = [self.suspects[id(root)] for root in one.findings]
        if not all(each):
            return []
        covers: dict[int, set[int]] = {}
        for place, some in enumerate(each):
            for suspect in some:
                covers.setdefault(id(suspect.finding), set()).add(place)
        found = {id(suspect.finding): suspect for some in each for suspect in some}
        widest = list(dict.fromkeys(frozenset(places) for places in covers.values()))
        widest = [places for places in widest if not any(places < other for other in widest)]
        kept = [suspect for key, suspect in found.items() if covers[key] in widest]
        return sorted(kept, key=lambda suspect: (-len(covers[id(suspect.finding)]), *order(suspect.finding)))

    def _may_explain(self, finding: Finding) -> bool:
        return not is_historic(finding) and not self._closed(finding)

    def _closed(self, finding: Finding) -> bool:
        """Whether it is the failure of a gate that nobody else confirms."""
        if finding.check not in self.rules.gates or finding.status not in ("fail", "warn"):
            return False
        return finding.status == "warn" or self._confirmed(finding) is None

    def _confirmed(self, finding: Finding) -> Certainty | None:
        return confirmation(self.rules.gates[finding.check], finding.subject.host, self.fleet, self.seen[finding.check])

    def _gather(self, check: str, folds: list[Fold], reached: dict[int, list[Step]], numbers: Mapping[int, int]) -> list[Fold]:
        """Make one cause of all that took the members of one object down (a quorum that is lost, not one that is only thinner)."""

        def takes_down(one: Fold) -> bool:
            return any(self._is_lost(check, step) for step in reached[id(one)])

        parts = [one for one in folds if takes_down(one)]
        if not parts:
            return folds
        members = set(self.fleet.members(check))
        hosts = tuple(sorted({host for one in parts for host in one.hosts if host in members}))
        if len(parts) == 1 and parts[0].rule and not set(parts[0].hosts) <= members:
            return folds  # something larger, of which the members are only a part
        whole = Fold(tuple(sorted((finding for one in parts for finding in one.findings), key=order)), "set", check, hosts)
        reached[id(whole)] = self.graph.reach(numbers[id(root)] for root in whole.findings)
        return [*(one for one in folds if one not in parts), whole]

    def _is_lost(self, check: str, step: Step) -> bool:
        return self.nodes[step.node].check == check and self.nodes[step.node].status == "fail"

    def _ranked(self, folds: Sequence[Fold], reached: Mapping[int, Sequence[Step]]) -> tuple[Cause, ...]:
        causes = [self._cause(one, reached[id(one)]) for one in folds]
        return tuple(sorted(causes, key=self._urgency))

    def _cause(self, one: Fold, steps: Sequence[Step]) -> Cause:
        symptoms = tuple(Symptom(self.nodes[step.node], step.edge.cause, step.edge.because) for step in steps)
        found = self._suspects_of(one)
        sure = one.located and not any(self.suspects[id(root)] or self._is_inferred(root, symptoms) for root in one.findings)
        return Cause(
            title=words.title(one, self.rules, self.seen),
            findings=one.findings,
            symptoms=symptoms,
            certainty="possible" if found else "direct evidence" if sure else "inferred",
            suspects=tuple(found),
            remedy=words.remedy(one.findings),
            folded=one.rule,
            group=one.group,
        )

    def _is_inferred(self, root: Finding, symptoms: Sequence[Symptom]) -> bool:
        if root.check in self.rules.gates:
            return self._confirmed(root) != "direct evidence"
        return self._unproven(root, symptoms)

    def _unproven(self, root: Finding, symptoms: Sequence[Symptom]) -> bool:
        """Whether it is only a candidate: what could do harm, without any harm seen."""
        proof = self.rules.candidates.get(root.check)
        return proof is not None and not symptoms and root.values.get(proof) is not True

    def _urgency(self, cause: Cause) -> tuple[object, ...]:
        fails = any(root.status == "fail" and not self._unproven(root, cause.symptoms) for root in cause.findings)
        ports = {port for finding in (*cause.findings, *(one.finding for one in cause.symptoms)) for port in ports_of(finding)}
        return (
            not fails,
            cause.certainty == "possible",
            -(1 + len(cause.symptoms)) * (1 + len(ports)),
            min(LAYERS.index(root.layer) for root in cause.findings),
            cause.certainty != "direct evidence",
            cause.title,
            order(cause.findings[0]),
        )
