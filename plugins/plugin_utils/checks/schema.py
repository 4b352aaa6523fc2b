# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The shape of facts: which paths their JSON Schema has, and what lies there. PRIVATE to the collection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.schema import Schema, follow, types_of


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
            found.update(types_of(schema))
        return frozenset("number" if name == "integer" else name for name in found) - {"null"}

    def enum(self) -> tuple[Any, ...] | None:
        """The values that are allowed, when every alternative lists them."""
        allowed: list[Any] = []
        for schema, _unused in self.alternatives:
            if "const" in schema:
                allowed.append(schema["const"])
            elif "enum" in schema:
                allowed.extend(schema["enum"])
            elif types_of(schema) != {"null"}:
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


def _alternatives(schema: Schema, document: Schema) -> tuple[tuple[Schema, Schema], ...]:
    reference = schema.get("$ref")
    if isinstance(reference, str):
        return _alternatives(follow(reference, document), document)
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        return tuple(pair for choice in choices for pair in _alternatives(choice, document))
    return ((schema, document),)
