# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The part of JSON Schema that the collection needs: to validate small files, with one line for their authors.

Written out because a controller that runs the collection has no jsonschema package. Keywords that are not handled here are
not used in our schemas; a test holds that. PRIVATE to the collection: may change without notice.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any, cast

Schema = Mapping[str, Any]


class FileError(ValueError):
    """What a file holds cannot be used. The text is one line for whoever can put it right: file, place, what."""


# What problem() understands; the second line says nothing about validity.
KEYWORDS = frozenset(
    "$ref anyOf oneOf type enum pattern minLength maxLength minimum maximum properties required additionalProperties items minItems "
    "uniqueItems $schema $id $defs title description".split()
)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """' (did you mean "x"?)' for the nearest known word, or the known words when there are few, or nothing."""
    words = sorted(set(known))
    near = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    if near:
        return f' (did you mean "{near[0]}"?)'
    return f" (known: {', '.join(words)})" if words and len(words) <= 12 else ""


def types_of(schema: Schema) -> set[str]:
    """The JSON types that a schema names itself."""
    declared = schema.get("type", ())
    return {declared} if isinstance(declared, str) else set(declared)


def follow(reference: str, document: Schema) -> Schema:
    """What a reference within the document points at."""
    node: Any = document
    for part in reference.removeprefix("#").strip("/").split("/"):
        if part:
            node = node[part]
    return cast(Schema, node)


def problem(value: Any, schema: Schema, document: Schema | None = None, place: str = "") -> str | None:
    """The first thing in which value breaks the schema, as "place: what"; None when it fits."""
    document = schema if document is None else document
    if "$ref" in schema:
        return problem(value, follow(schema["$ref"], document), document, place)
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        return _problem_any(value, choices, document, place)
    where = f"{place}: " if place else ""
    types = types_of(schema)
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
    if isinstance(value, int | float):
        return _problem_number(value, schema, where)
    return None


def _problem_any(value: Any, choices: list[Schema], document: Schema, place: str) -> str | None:
    problems = [problem(value, choice, document, place) for choice in choices]
    if None in problems:
        return None
    fitting = [found for found, choice in zip(problems, choices, strict=True) if _type_of(value) in types_of(choice)]
    return fitting[0] if fitting else problems[0]


def _problem_text(value: str, schema: Schema, where: str) -> str | None:
    if "pattern" in schema and not re.search(schema["pattern"], value):
        return f'{where}"{value}" does not look like {schema.get("description", schema["pattern"])}'
    if len(value) < schema.get("minLength", 0):
        return f"{where}is empty"
    if len(value) > schema.get("maxLength", len(value)):
        return f"{where}is longer than {schema['maxLength']} characters"
    return None


def _problem_number(value: float, schema: Schema, where: str) -> str | None:
    if value < schema.get("minimum", value):
        return f"{where}{value} is less than {schema['minimum']}"
    if value > schema.get("maximum", value):
        return f"{where}{value} is more than {schema['maximum']}"
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
    if schema.get("uniqueItems") and any(one in value[:index] for index, one in enumerate(value)):
        return f"{place or 'the list'}: says something twice"
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
