# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What holds for any findings at all."""

from __future__ import annotations

import random
from dataclasses import replace

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.causes import load_edges, survey
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.causes.naming import Naming
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.model import Finding, Waiver
from hypothesis import given, settings
from hypothesis import strategies as st
from ruined_fleet import finding

EDGES = load_edges()
CHECKS = sorted({edge.cause for edge in EDGES} | {edge.effect for edge in EDGES})
HOSTS = ["", "compute1", "compute2", "gw1", "zk1", "zk2"]
LABELS = {"compute1": {"rack": "r1"}, "compute2": {"rack": "r1"}, "gw1": {"rack": "r2"}, "zk1": {"rack": "r2"}, "zk2": {"rack": "r1"}}

one_finding = st.builds(
    finding,
    st.sampled_from(CHECKS),
    st.sampled_from(["fail", "fail", "warn", "pass", "unknown", "skipped"]),
    kind=st.sampled_from(["host", "link", "pair", "port", "peer", "connection", "namespace"]),
    host=st.sampled_from(HOSTS),
    peer=st.sampled_from(HOSTS),
    name=st.sampled_from(["", "eth1", "mbgp1"]),
    key=st.sampled_from(["", "k1", "k2", "tcp/2181"]),
    result=st.sampled_from([None, "refused", "timeout"]),
    port=st.sampled_from([None, 2181, 3888]),
    protocol=st.sampled_from(["tcp", "icmp"]),
    historic=st.sampled_from([False, False, False, True]),
)
some_findings = st.lists(one_finding, max_size=40)


def roots(naming: Naming) -> list[tuple[str, ...]]:
    return sorted((one.check, repr(one)) for cause in (*naming.causes, *naming.waived) for one in cause.findings)


def same(findings: list[Finding]) -> list[str]:
    return sorted(map(repr, findings))


@settings(max_examples=300, deadline=None)
@given(some_findings)
def test_every_failed_finding_is_a_root_or_follows_from_one(findings: list[Finding]) -> None:
    naming = survey(findings, EDGES, LABELS)
    told = {id(one) for cause in naming.causes for one in (*cause.findings, *(symptom.finding for symptom in cause.symptoms))}
    told |= {id(one) for one in naming.unconfirmed}
    failed = {id(one) for one in findings if one.status in ("fail", "warn")}
    assert told == failed


@settings(max_examples=300, deadline=None)
@given(some_findings)
def test_a_root_has_failed_is_told_once_and_is_nobodys_symptom(findings: list[Finding]) -> None:
    naming = survey(findings, EDGES, LABELS)
    named = [id(one) for cause in naming.causes for one in cause.findings]
    assert len(named) == len(set(named))
    assert set(named) <= {id(one) for one in findings if one.status in ("fail", "warn")}
    assert not set(named) & {id(symptom.finding) for cause in naming.causes for symptom in cause.symptoms}


@settings(max_examples=200, deadline=None)
@given(some_findings, some_findings)
def test_what_was_not_judged_changes_no_root(findings: list[Finding], more: list[Finding]) -> None:
    # A finding that names a host of which the check had not spoken tells something even when it is unknown: who is a member.
    spoken = {(one.check, one.subject.host) for one in findings}
    unknown = [replace(one, status="unknown", values={}) for one in more if (one.check, one.subject.host) in spoken]
    assert roots(survey(findings, EDGES, LABELS)) == roots(survey(findings + unknown, EDGES, LABELS))


@settings(max_examples=200, deadline=None)
@given(some_findings, st.randoms(use_true_random=False))
def test_the_order_of_findings_does_not_matter(findings: list[Finding], chance: random.Random) -> None:
    shuffled = list(findings)
    chance.shuffle(shuffled)
    assert survey(findings, EDGES, LABELS) == survey(shuffled, EDGES, LABELS)


@settings(max_examples=200, deadline=None)
@given(some_findings, st.integers(min_value=0, max_value=39))
def test_a_waived_finding_is_never_a_card_and_makes_none(findings: list[Finding], index: int) -> None:
    before = survey(findings, EDGES)
    if index >= len(findings):
        return
    waived = replace(findings[index], waiver=Waiver("known", "2099-01-01"))
    after = survey([*findings[:index], waived, *findings[index + 1 :]], EDGES)
    assert waived not in [one for cause in after.causes for one in cause.findings]
    assert {repr(replace(one, waiver=None)) for cause in after.causes for one in cause.findings} <= {
        repr(one) for cause in before.causes for one in cause.findings
    }
