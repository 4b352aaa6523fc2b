# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The file of edges: its form, what it names, what it has of the catalogue."""

from __future__ import annotations

import copy
import graphlib
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.causes import EdgeError, checks_named, load_edges, values_read
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.causes.edges import SHIPPED, validate

DOCUMENT: dict[str, Any] = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
ROOT = Path(__file__).resolve().parents[4]
CATALOGUE = [
    (cause, effect, join)
    for line in Path(__file__).with_name("catalogue_edges.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
    for cause, join, *effects in [line.split()]
    for effect in effects
]

# Where the file says something else than the catalogue; docs/decisions/causes-edges.md has the reasons.
OTHER_JOIN = {
    ("underlay.mtu.headroom", "underlay.mtu.path"): "pair",
    ("underlay.firewall.ports", "cassandra.ring"): "all",
    ("cassandra.process", "cassandra.ring"): "all",
    ("api.http", "api.auth"): "same",
    ("zookeeper.connections", "nsdb.zookeeper.session"): "pair",
}
NOT_DRAWN = {
    ("bgp.session", "bgp.routes.advertised"),
    ("agent.process.wdog", "agent.process.uptime"),
    ("agent.log.level", "underlay.resource.disk"),
    ("agent.log.level", "overlay.datapath.lost"),
    *(("underlay.name.resolves", effect) for effect in ("cassandra.process", "zookeeper.quorum", "api.http", "api.auth")),
    ("agent.trace.left_on", "underlay.resource.disk"),
}


def shipped_checks() -> dict[str, str]:
    """Check id → the text of the role's file that has it."""
    found = {}
    for path in sorted(ROOT.glob("roles/*/checks.yml")):
        text = path.read_text(encoding="utf-8")
        document = yaml.safe_load(text) or {}
        for check in document.get("checks", ()) if isinstance(document, dict) else document:
            found[check["id"]] = yaml.safe_dump(check)
    return found


def test_the_shipped_file_keeps_its_schema() -> None:
    assert validate(DOCUMENT) == []


def test_no_check_explains_another_in_a_circle() -> None:
    graph: dict[str, set[str]] = {}
    for edge in load_edges():
        graph.setdefault(edge.effect, set()).add(edge.cause)
    graphlib.TopologicalSorter(graph).prepare()


def test_all_edges_of_the_catalogue_between_built_checks_are_there() -> None:
    edges = load_edges()
    built = {edge.cause for edge in edges} | {edge.effect for edge in edges}
    have = {(edge.cause, edge.effect, edge.join) for edge in edges}
    wanted = {
        (cause, effect, OTHER_JOIN.get((cause, effect), join))
        for cause, effect, join in CATALOGUE
        if cause in built and effect in built and (cause, effect) not in NOT_DRAWN
    }
    assert wanted - have == set()
    assert len(CATALOGUE) == 448


def test_an_edge_that_the_catalogue_lacks_says_where_it_comes_from() -> None:
    known = {(cause, effect) for cause, effect, _ in CATALOGUE}
    for edge in load_edges():
        if (edge.cause, edge.effect) not in known:
            assert edge.source or edge.stands_in_for, f"{edge.cause} → {edge.effect}"


def test_edges_and_rules_name_checks_that_exist() -> None:
    checks = shipped_checks()
    if not checks:
        pytest.skip("no role has checks yet")
    assert checks_named(load_edges()) - set(checks) == set()


def test_a_stand_in_goes_when_the_check_comes() -> None:
    checks = shipped_checks()
    for edge in load_edges():
        assert not set(edge.stands_in_for) & set(checks), f"{edge.cause} → {edge.effect} stands in for a check that exists"


def test_checks_give_the_values_that_edges_ask_for() -> None:
    checks = shipped_checks()
    if not checks:
        pytest.skip("no role has checks yet")
    missing = {(check, name) for check, name in values_read(load_edges()) if check in checks and name not in checks[check]}
    assert missing == set()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda entry: entry.update(join="rack"), "rack"),
        (lambda entry: entry.update(wen=[]), "wen"),
        (lambda entry: entry.update(always="sometimes"), "always"),
        (lambda entry: entry.pop("because"), "because"),
        (lambda entry: entry.update(explains=["overlay"]), "overlay"),
        (lambda entry: entry.update(when=[{"effect": "result", "in": []}]), "when"),
        (lambda entry: entry.update(when=[{"effect": "result", "equals": 1}]), "when"),
        (lambda entry: entry.update(explains=["underlay.link.carrier"]), "cannot explain itself"),
        (lambda entry: entry.update(when=[{"any": [{"cause": "a", "in": [1]}, {"effect": "a", "in": [1]}]}]), "one side"),
    ],
)
def test_a_wrong_file_is_refused_in_one_line(change: Any, problem: str, tmp_path: Path) -> None:
    document = copy.deepcopy(DOCUMENT)
    change(document["edges"]["underlay.link.carrier"][0])
    path = tmp_path / "edges.yml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    with pytest.raises(EdgeError) as caught:
        load_edges(path)
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("text", ["", "a: [", "edges: 1", "- 1", "\x00"])
def test_nonsense_is_refused_in_one_line(text: str, tmp_path: Path) -> None:
    path = tmp_path / "edges.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(EdgeError) as caught:
        load_edges(path)
    assert "\n" not in str(caught.value)
