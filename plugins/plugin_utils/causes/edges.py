# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The edges as data: which failed check explains which other one, read from edges.yml.

edges.schema.json describes the file; every test run holds the shipped file against it. A controller has no jsonschema package,
so a file is held against it at run time only where there is one; the reader below refuses words that it does not know in any case.
PRIVATE to the collection.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, overload

import yaml
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.causes.corroborate import (
    EVERYWHERE,
    AnyOf,
    Condition,
    Gate,
    Match,
    Neighbour,
    Test,
)
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.causes.joins import JOINS

SHIPPED = Path(__file__).with_name("edges.yml")
SCHEMA = Path(__file__).with_name("edges.schema.json")

OPERATORS = ("in", "not_in", "contains_any", "at_least")


class EdgeError(ValueError):
    """The file of edges cannot be used. The message is one line for its author."""


@dataclass(frozen=True)
class Edge:
    """A failed `cause` explains a failed `effect`.

    join           which two findings belong together (joins.py)
    because        the reason, one sentence
    on_cause       what must hold for the cause's finding, and on_effect for the effect's (corroborate.py)
    matches        values that the two must have in common
    always         whether none of the effects can pass while the cause lasts
    stands_in_for  checks between the two that are not built yet
    """

    cause: str
    effect: str
    join: str
    because: str
    on_cause: tuple[Condition, ...] = ()
    on_effect: tuple[Condition, ...] = ()
    matches: tuple[Match, ...] = ()
    always: bool = False
    stands_in_for: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True)
class SetOf:
    """The words for what one object that several servers make up lacks."""

    title: str
    members: str
    member: str


@dataclass(frozen=True)
class Rules:
    """How roots become causes (edges.yml, rules)."""

    gates: Mapping[str, Gate] = field(default_factory=dict)
    candidates: Mapping[str, str] = field(default_factory=dict)
    refuted_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sets: Mapping[str, SetOf] = field(default_factory=dict)
    members: Mapping[str, str] = field(default_factory=dict)
    hosts: Mapping[str, str] = field(default_factory=dict)
    objects: Mapping[str, str] = field(default_factory=dict)
    shared_values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    labels: tuple[str, ...] = ()


class Edges(Sequence[Edge]):
    """All edges in the order of the file, and the rules that come with them."""

    def __init__(self, edges: Iterable[Edge], rules: Rules | None = None) -> None:
        self._edges = tuple(edges)
        self.rules = rules or Rules()

    @overload
    def __getitem__(self, index: int) -> Edge:
        ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Edge]:
        ...

    def __getitem__(self, index: int | slice) -> Edge | Sequence[Edge]:
        return self._edges[index]

    def __len__(self) -> int:
        return len(self._edges)

    def __iter__(self) -> Iterator[Edge]:
        return iter(self._edges)


def load_edges(path: Path | None = None) -> Edges:
    """The shipped edges, or those of another file of the same form. Raises EdgeError."""
    source = path or SHIPPED
    try:
        document = yaml.load(source.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise EdgeError(f"{source}: {' '.join(str(error).split())}") from error
    if path is not None:
        problems = validate(document)
        if problems:
            raise EdgeError(f"{source}: {problems[0]}")
    return read(document, str(source))


def validate(document: Any) -> list[str]:
    """What is wrong with a document according to edges.schema.json, one line each; nothing when jsonschema is not installed."""
    try:
        from jsonschema import Draft202012Validator  # noqa: PLC0415 (optional, and slow to import)
    except ImportError:
        return []
    validator = Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    errors = sorted(validator.iter_errors(document), key=lambda error: [str(part) for part in error.absolute_path])
    return [f"{'/'.join(str(part) for part in error.absolute_path) or 'file'}: {' '.join(error.message.split())}" for error in errors]


def read(document: Any, where: str) -> Edges:
    """Edges from a document; `where` names it in the EdgeError."""
    try:
        rules = _rules(document["rules"])
        edges = [
            edge
            for cause, entries in document["edges"].items()
            for number, entry in enumerate(entries, 1)
            for edge in _entry(cause, entry, number)
        ]
    except (KeyError, TypeError, AttributeError) as error:
        raise EdgeError(f"{where}: not a file of edges: {type(error).__name__} {error}") from error
    except EdgeError as error:
        raise EdgeError(f"{where}: {error}") from error
    return Edges(edges, rules)


def checks_named(edges: Edges) -> set[str]:
    """Every check that an edge or a rule needs, without those that are said to be missing."""
    rules = edges.rules
    named = {edge.cause for edge in edges} | {edge.effect for edge in edges}
    for edge in edges:
        for condition in (*edge.on_cause, *edge.on_effect):
            if isinstance(condition, Neighbour) and condition.check:
                named.add(condition.check)
    for gate in rules.gates.values():
        named.update((gate.confirms, *gate.witnesses))
    named.update((*rules.gates, *rules.candidates, *rules.sets, *rules.hosts, *rules.objects, *rules.shared_values))
    named.update((*rules.members, *rules.members.values(), *rules.refuted_by))
    named.update(check for others in rules.refuted_by.values() for check in others)
    return named


def checks_to_know(edges: Edges, unjudged: Iterable[str]) -> set[str]:
    """The checks whose passing findings count, too, when nothing of them failed.

    They tell which hosts are voters, agents, …, and what cannot have failed of the checks that could not all be judged.
    """
    told = {one.check for edge in edges for one in (*edge.on_cause, *edge.on_effect) if isinstance(one, Neighbour) and one.asks == "member"}
    told |= {*edges.rules.members.values()} | {gate.confirms for gate in edges.rules.gates.values()}
    return told | {check for one in unjudged for check in edges.rules.refuted_by.get(one, ())}


def values_read(edges: Edges) -> set[tuple[str, str]]:
    """(check, name) of every value of a finding that must be there for an edge or a gate to apply at all."""
    wanted: set[tuple[str, str]] = set()
    for edge in edges:
        for check, conditions in ((edge.cause, edge.on_cause), (edge.effect, edge.on_effect)):
            wanted.update((check, one.name) for one in conditions if isinstance(one, Test) and not one.or_missing)
        wanted.update((check, match.name) for match in edge.matches for check in (edge.cause, edge.effect) if not match.or_missing)
    for gate in edges.rules.gates.values():
        wanted.update((check, name) for check, names in gate.witnesses.items() for name in names)
    return {(check, name) for check, name in wanted if name not in EVERYWHERE}


def _entry(cause: str, entry: Mapping[str, Any], number: int) -> Iterator[Edge]:
    """The edges of one entry of the file: one for each effect."""
    unknown = set(entry) - {"explains", "join", "because", "when", "always", "stands_in_for", "source"}
    if unknown:
        raise EdgeError(f"{cause}, entry {number}: unknown word {sorted(unknown)[0]!r}")
    if entry["join"] not in JOINS:
        raise EdgeError(f"{cause}, entry {number}: join {entry['join']!r} is none of {', '.join(JOINS)}")
    if cause in entry["explains"]:
        raise EdgeError(f"{cause}, entry {number}: a check cannot explain itself")
    conditions = [_condition(condition, f"{cause}, entry {number}") for condition in entry.get("when", ())]
    for effect in entry["explains"]:
        yield Edge(
            cause=cause,
            effect=effect,
            join=entry["join"],
            because=entry["because"],
            on_cause=tuple(one for one in conditions if not isinstance(one, Match) and one.side == "cause"),
            on_effect=tuple(one for one in conditions if not isinstance(one, Match) and one.side == "effect"),
            matches=tuple(one for one in conditions if isinstance(one, Match)),
            always=entry.get("always", False),
            stands_in_for=tuple(entry.get("stands_in_for", ())),
            source=entry.get("source", ""),
        )


def _condition(entry: Mapping[str, Any], where: str) -> Condition | Match:
    if "match" in entry:
        return Match(entry["match"], entry.get("or_missing", False))
    if "any" in entry:
        tests = tuple(_test(one, where) for one in entry["any"])
        if len({test.side for test in tests}) != 1:
            raise EdgeError(f"{where}: the tests of one 'any' must look at one side, cause or effect")
        return AnyOf(tests[0].side, tests)
    for asks, place in (("failed", "where"), ("member", "where"), ("unanimous", "unanimous")):
        if asks in entry:
            side, _unused, end = entry[place].partition(".")
            return Neighbour(side, end, asks, "" if asks == "unanimous" else entry[asks])  # type: ignore[arg-type]
    return _test(entry, where)


def _test(entry: Mapping[str, Any], where: str) -> Test:
    sides = [side for side in ("cause", "effect") if side in entry]
    operators = [operator for operator in OPERATORS if operator in entry]
    if len(sides) != 1 or len(operators) != 1 or set(entry) - {*sides, *operators, "or_missing"}:
        raise EdgeError(f"{where}: a condition names one of cause, effect and one of {', '.join(OPERATORS)}: {dict(entry)}")
    operand = entry[operators[0]]
    return Test(
        sides[0],  # type: ignore[arg-type]
        entry[sides[0]],
        operators[0],  # type: ignore[arg-type]
        tuple(operand) if isinstance(operand, list) else operand,
        entry.get("or_missing", False),
    )


def _rules(entry: Mapping[str, Any]) -> Rules:
    return Rules(
        gates={
            check: Gate(
                witnesses={
                    witness: {name: tuple(allowed) for name, allowed in values.items()} for witness, values in gate["witnesses"].items()
                },
                at_least=gate["at_least"],
                confirms=gate["confirms"],
                title=gate["title"],
            )
            for check, gate in entry["gates"].items()
        },
        candidates=entry["candidates"],
        refuted_by={check: tuple(others) for check, others in entry["refuted_by"].items()},
        sets={check: SetOf(**words) for check, words in entry["sets"].items()},
        members=entry["members"],
        hosts=entry["hosts"],
        objects=entry["objects"],
        shared_values={check: tuple(names) for check, names in entry["shared_values"].items()},
        labels=tuple(entry["labels"]),
    )
