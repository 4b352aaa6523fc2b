# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The part of JSON Schema that the checks need: to look up a path, and to validate a small file with one-line errors.

Written out because a controller that runs the collection has no jsonschema package. PRIVATE to the collection.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.checks.errors import did_you_mean

Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Shape:
    """What a schema says about one value: its types, fields and items, whatever $ref, anyOf or oneOf they hide behind."""

    alternatives: tuple[tuple[Schema, Schema], ...]  # (schema, the document that its $refs point into)
    children: Mapping[str, Shape] | None = None  # fields that come from other documents

    @staticmethod
    def of(schema: Schema) -> Shape:
        return Shape(_alternatives(schema, schema))

    @staticmethod
    def object_of(children: Mapping[str, Shape]) -> Shape:
        return Shape((({"type": "object"}, {}),), dict(children))

    def types(self) -> frozenset[str]:
        """JSON type names without null; "number" stands for integers too. Empty when the schema does not tell."""
        found: set[str] = set()
        for schema, _unused in self.alternatives:
            found.update(_types(schema))
        return frozenset("number" if name == "integer" else name for name in found) - {"null"}

    def enum(self) -> tuple[Any, ...] | None:
        """The values that are allowed, when every alternative lists them."""
        allowed: list[Any] = []
        for schema, _unused in self.alternatives:
            if "const" in schema:
                allowed.append(schema["const"])
            elif "enum" in schema:
                allowed.extend(schema["enum"])
            elif _types(schema) != {"null"}:
                return None
        return tuple(value for value in allowed if value is not None)

    def fields(self) -> list[str]:
        names = set(self.children or ())
        for schema, _unused in self.alternatives:
            names.update(schema.get("properties", ()))
        return sorted(names)

    def field(self, name: str) -> Shape | None:
        """The shape of one field of an object; None when the schema knows no such field."""
        if self.children and name in self.children:
            return self.children[name]
        found: list[tuple[Schema, Schema]] = []
        for schema, document in self.alternatives:
            inner = schema.get("properties", {}).get(name)
            if inner is None and not schema.get("properties") and isinstance(schema.get("additionalProperties"), Mapping):
                inner = schema["additionalProperties"]
            if inner is not None:
                found.extend(_alternatives(inner, document))
        return Shape(tuple(found)) if found else None

    def items(self) -> Shape | None:
        """The shape of the elements of a list; None when this is not a list of known elements."""
        found: list[tuple[Schema, Schema]] = []
        for schema, document in self.alternatives:
            if isinstance(schema.get("items"), Mapping):
                found.extend(_alternatives(schema["items"], document))
        return Shape(tuple(found)) if found else None


def _types(schema: Schema) -> set[str]:
    declared = schema.get("type", ())
    return {declared} if isinstance(declared, str) else set(declared)


def _alternatives(schema: Schema, document: Schema) -> tuple[tuple[Schema, Schema], ...]:
    reference = schema.get("$ref")
    if isinstance(reference, str):
        return _alternatives(_follow(reference, document), document)
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        return tuple(pair for choice in choices for pair in _alternatives(choice, document))
    return ((schema, document),)


def _follow(reference: str, document: Schema) -> Schema:
    node: Any = document
    for part in reference.removeprefix("#").strip("/").split("/"):
        if part:
            node = node[part]
    return cast(Schema, node)


def problem(value: Any, schema: Schema, document: Schema | None = None, place: str = "") -> str | None:
    """The first thing in which value breaks the schema, as "place: what"; None when it fits."""
    document = schema if document is None else document
    if "$ref" in schema:
        return problem(value, _follow(schema["$ref"], document), document, place)
    if "anyOf" in schema:
        return _problem_any(value, schema["anyOf"], document, place)
    where = f"{place}: " if place else ""
    types = _types(schema)
    if types and _type_of(value) not in types and not (_type_of(value) == "integer" and "number" in types):
        return f"{where}is {_article(_type_of(value))}, not {' or '.join(_article(name) for name in sorted(types))}"
    if "enum" in schema and value not in schema["enum"]:
        return f'{where}"{value}" is not one of {", ".join(map(str, schema["enum"]))}{_near(value, schema["enum"])}'
    if isinstance(value, str):
        return _problem_text(value, schema, where)
    if isinstance(value, Mapping):
        return _problem_object(value, schema, document, place)
    if isinstance(value, list):
        return _problem_list(value, schema, document, place)
    return None


def _problem_any(value: Any, choices: list[Schema], document: Schema, place: str) -> str | None:
    problems = [problem(value, choice, document, place) for choice in choices]
    if None in problems:
        return None
    fitting = [found for found, choice in zip(problems, choices, strict=True) if _type_of(value) in _types(choice)]
    return fitting[0] if fitting else problems[0]


def _problem_text(value: str, schema: Schema, where: str) -> str | None:
    if "pattern" in schema and not re.search(schema["pattern"], value):
        return f'{where}"{value}" does not look like {schema.get("description", schema["pattern"])}'
    if len(value) < schema.get("minLength", 0):
        return f"{where}is empty"
    return None


def _problem_object(value: Mapping[Any, Any], schema: Schema, document: Schema, place: str) -> str | None:
    where = f"{place}: " if place else ""
    known = schema.get("properties", {})
    rest = schema.get("additionalProperties", True)
    for key in value:
        if key not in known and rest is False:
            return f'{where}unknown key "{key}"{did_you_mean(str(key), known)}'
    for key in schema.get("required", ()):
        if key not in value:
            return f'{where}"{key}" is missing'
    for key, inner in value.items():
        inner_schema = known.get(key, rest)
        if isinstance(inner_schema, Mapping):
            found = problem(inner, inner_schema, document, f"{place}.{key}" if place else str(key))
            if found:
                return found
    return None


def _problem_list(value: list[Any], schema: Schema, document: Schema, place: str) -> str | None:
    if len(value) < schema.get("minItems", 0):
        return f"{place or 'the list'}: is empty"
    for number, inner in enumerate(value, 1):
        found = problem(inner, schema.get("items", {}), document, f"{place}[{number}]")
        if found:
            return found
    return None


def _type_of(value: Any) -> str:
    if value is None:
        return "null"
    for name, kind in (("boolean", bool), ("integer", int), ("number", float), ("string", str), ("array", list), ("object", Mapping)):
        if isinstance(value, kind):
            return name
    return type(value).__name__


_ARTICLES = {
    "null": "nothing",
    "boolean": "true or false",
    "integer": "a number",
    "number": "a number",
    "string": "text",
    "array": "a list",
    "object": "a mapping",
}


def _article(name: str) -> str:
    return _ARTICLES.get(name, f"a {name}")


def _near(value: Any, known: list[Any]) -> str:
    hint = did_you_mean(str(value), [str(word) for word in known])
    return hint if "did you mean" in hint else ""
