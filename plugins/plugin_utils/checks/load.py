# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Check files and threshold files, read and compiled. PRIVATE to the collection."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import yaml
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.checks.check import Check, Naming
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.checks.errors import CheckError, ExpressionError
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.checks.expression import (
    Expression,
    Scope,
    compile_condition,
    compile_value,
)
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.checks.schema import Shape
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.checks.template import Template, compile_template
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.model import Layer, Status
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.schema import Schema, did_you_mean, problem

_PLUGINS = Path(__file__).resolve().parent.parent.parent
_HOST_SCHEMAS = _PLUGINS / "module_utils" / "facts" / "schemas"
_FLEET_SCHEMA = _PLUGINS / "plugin_utils" / "fleet" / "schema.json"
_FILE_SCHEMA = Path(__file__).resolve().parent / "check-file.schema.json"

# Checks about the run itself are judged by the role that reports.
_ROLE_OF_WORD = {"meta": "report"}
_CONDITIONS: tuple[tuple[Status, str], ...] = (("fail", "fails_when"), ("warn", "warns_when"), ("info", "info_when"))
_TEXT = Shape.of({"type": "string"})


class _Lines(yaml.SafeLoader):
    """YAML that refuses a repeated key and remembers at which line a mapping begins (under the key None)."""


def _mapping(loader: _Lines, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [loader.construct_object(key) for key, _unused in node.value]
    for (key_node, _unused), key in zip(node.value, keys, strict=True):
        if not isinstance(key, (str, int, float, bool)):
            raise yaml.MarkedYAMLError(problem="a key is not a word", problem_mark=key_node.start_mark)
        if keys.count(key) > 1:
            raise yaml.MarkedYAMLError(problem=f'"{key}" is given twice', problem_mark=key_node.start_mark)
    data: dict[Any, Any] = {key: loader.construct_object(value, deep=True) for key, (_unused, value) in zip(keys, node.value, strict=True)}
    data[None] = node.start_mark.line + 1
    return data


_Lines.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_yaml(path: Path) -> Any:
    """The content of a YAML file; mappings carry their line under None. Raises CheckError with one line."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Lines)  # a safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = f":{mark.line + 1}" if mark else ""
        raise CheckError(f"{path}{line}: is not YAML: {error.problem or error.context}") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        what = getattr(error, "strerror", None) or type(error).__name__
        raise CheckError(f"{path}: cannot be read: {what}") from None


def without_lines(value: Any) -> Any:
    """The same data without the remembered lines."""
    if isinstance(value, dict):
        return {key: without_lines(inner) for key, inner in value.items() if key is not None}
    if isinstance(value, list):
        return [without_lines(inner) for inner in value]
    return value


@lru_cache(maxsize=1)
def known_schemas() -> dict[str, Schema]:
    """The schemas of one host's facts by subsystem, and that of the fleet under "fleet"."""
    schemas: dict[str, Schema] = {path.stem: json.loads(path.read_text()) for path in sorted(_HOST_SCHEMAS.glob("*.json"))}
    schemas["fleet"] = json.loads(_FLEET_SCHEMA.read_text())
    return schemas


def load_limits(paths: Iterable[Path | str]) -> dict[str, Any]:
    """Thresholds with their default values from the roles' defaults/main.yml. Raises CheckError."""
    schema = cast(Schema, {"$ref": "#/$defs/limit"})
    document = cast(Schema, json.loads(_FILE_SCHEMA.read_text()))
    limits: dict[str, Any] = {}
    for path in paths:
        data = without_lines(read_yaml(Path(path))) or {}
        if not isinstance(data, dict):
            raise CheckError(f"{path}: is not a mapping of thresholds")
        for name, value in data.items():
            found = problem(value, schema, document, str(name))
            if found:
                raise CheckError(f"{path}: {found}")
            limits[str(name)] = value
    return limits


def with_given(defaults: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The thresholds as set by the operator, in the type of the default ("0.5" from a command line is a number here).

    Names that are no thresholds are left out. Raises CheckError for a value that cannot be such a threshold.
    """
    return {name: _in_type_of(name, default, given[name]) if name in given else default for name, default in defaults.items()}


def _in_type_of(name: str, default: Any, value: Any) -> Any:
    if isinstance(default, bool):
        if isinstance(value, bool) or str(value).lower() in ("true", "false", "yes", "no"):
            return value if isinstance(value, bool) else str(value).lower() in ("true", "yes")
    elif isinstance(default, (int, float)):
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return value
        try:
            number = float(str(value))
            if math.isfinite(number):
                return int(number) if number.is_integer() else number
        except ValueError:
            pass
    elif type(value) is type(default):
        return value
    kind = {bool: "true or false", int: "a number", float: "a number", str: "a text", list: "a list"}.get(type(default), "like its default")
    raise CheckError(f'threshold {name}: "{value}" is not {kind} (its default is {json.dumps(default)})')


def load_checks(paths: Iterable[Path | str], schemas: Mapping[str, Schema] | None = None) -> list[Check]:
    """Every check of the files, in their order, compiled.

    schemas: of one host's facts by subsystem, and the fleet's under "fleet"; those of the collection by default.
    Thresholds are those of the roles' defaults beside a file, of the file itself, and of the files read before.
    Raises CheckError, one line, for anything wrong: a file that is not YAML, an unknown key, a misspelt path or threshold,
    a word that a field never holds, an id that is taken.
    """
    files = [Path(path) for path in paths]
    shapes = _shapes(known_schemas() if schemas is None else schemas)
    limits = load_limits([near for near in (path.parent / "defaults" / "main.yml" for path in files) if near.is_file()])
    if not all((path.parent / "defaults" / "main.yml").is_file() for path in files):
        # An operator's own file may use the thresholds of every role.
        limits = {**load_limits(sorted((_PLUGINS.parent / "roles").glob("*/defaults/main.yml"))), **limits}
    checks: list[Check] = []
    places: dict[str, str] = {}
    for path in files:
        for check in _load_file(path, shapes, limits):
            if check.id in places:
                raise CheckError(f"{check.place}: {check.id}: this id is taken by {places[check.id]}")
            places[check.id] = check.place
            checks.append(check)
    return checks


def _shapes(schemas: Mapping[str, Schema]) -> dict[str, Shape]:
    of_host = {name: Shape.of(schema) for name, schema in schemas.items() if name != "fleet"}
    return {"facts": Shape.object_of(of_host), "fleet": Shape.of(schemas["fleet"])}


def _load_file(path: Path, shapes: Mapping[str, Shape], limits: dict[str, Any]) -> list[Check]:
    marked = read_yaml(path)
    data = without_lines(marked)
    schema = cast(Schema, json.loads(_FILE_SCHEMA.read_text()))
    if not isinstance(data, dict) or not isinstance(data.get("checks"), list):
        raise CheckError(f'{path}: has no list "checks"')
    found = problem({**data, "checks": []}, schema)
    if found:
        raise CheckError(f"{path}: {found}")
    limits.update(data.get("limits", {}))
    checks = []
    for number, (raw, with_line) in enumerate(zip(data["checks"], marked["checks"], strict=True), 1):
        line = with_line.get(None) if isinstance(with_line, dict) else None
        place = f"{path}:{line}" if line else str(path)
        name = str(raw["id"]) if isinstance(raw, dict) and "id" in raw else f"check {number}"
        found = problem(raw, schema["$defs"]["check"], schema)
        if found:
            raise CheckError(f"{place}: {name}: {found}")
        checks.append(_Compiler(raw, place, shapes, dict(limits)).check())
    return checks


class _Compiler:
    """Turns the data of one check into a Check; its errors name the file, the check and the key."""

    def __init__(self, raw: Mapping[str, Any], place: str, shapes: Mapping[str, Shape], limits: Mapping[str, Any]) -> None:
        self.raw = raw
        self.place = place
        self.path = tuple(str(raw["subjects"]).split("."))
        record = self._record(shapes)
        names = {name: shape for name in record.fields() if (shape := record.field(name))} if len(self.path) > 1 else {}
        # A fleet check has no single host whose facts it could name.
        around = {"fleet": shapes["fleet"], **({"facts": shapes["facts"], "host": _TEXT} if self.path[0] == "facts" else {})}
        self.scope = Scope({**around, **names}, limits)

    def check(self) -> Check:
        raw = self.raw
        verdicts = [(status, self._condition(key)) for status, key in _CONDITIONS if key in raw]
        if not verdicts:
            raise self._error("fails_when", "is missing, and so are warns_when and info_when")
        if ("skip_when" in raw) != ("skip_reason" in raw):
            raise self._error("skip_when", "goes together with skip_reason")
        statuses = [status for status, _unused in verdicts]
        word = str(raw["id"]).split(".", 1)[0]
        return Check(
            id=raw["id"],
            role=raw.get("role", _ROLE_OF_WORD.get(word, word)),
            asserts=" ".join(str(raw["asserts"]).split()),
            layer=cast(Layer, raw["layer"]),
            subjects=self.path,
            naming=self._naming(),
            guide=tuple(raw.get("guide", ())),
            groups=tuple(raw.get("groups", ())),
            generations=tuple(raw.get("generations", ())),
            where=self._condition("where") if "where" in raw else None,
            skip_when=self._condition("skip_when") if "skip_when" in raw else None,
            skip_reason=raw.get("skip_reason", ""),
            verdicts=tuple((status, condition) for status, condition in verdicts if condition),
            messages=self._templates("message", statuses),
            remedies=self._templates("remedy", statuses) if "remedy" in raw else {},
            none_reason=raw.get("none_reason", ""),
            unknown_reason=raw.get("unknown_reason", ""),
            limits=self.scope.limits,
            place=self.place,
        )

    def _error(self, key: str, what: str, column: int = 0, text: str = "") -> CheckError:
        where = f", column {column} of: {text}" if column and text else f", in: {text}" if text else ""
        return CheckError(f"{self.place}: {self.raw['id']}: {key}: {what}{where}")

    def _record(self, shapes: Mapping[str, Shape]) -> Shape:
        shape = shapes[self.path[0]]
        said = self.path[0]
        for name in self.path[1:]:
            inner = shape.field(name)
            if inner is None:
                raise self._error("subjects", f'no field "{name}" in {said}{did_you_mean(name, shape.fields())}')
            shape, said = inner, f"{said}.{name}"
        record = shape.items() or shape
        if "object" not in record.types():
            raise self._error("subjects", f"{said} is neither a list of entries nor one entry with fields")
        return record

    def _condition(self, key: str) -> Expression:
        text = str(self.raw[key])
        try:
            return compile_condition(text, self.scope)
        except ExpressionError as error:
            raise self._error(key, str(error), error.column, " ".join(text.split())) from None

    def _naming(self) -> Naming:
        raw = self.raw["subject"]
        found: dict[str, Expression | None] = {}
        for part in ("name", "peer", "key"):
            text = raw.get(part, part if part != "name" and part in self.scope.names else "")
            try:
                found[part] = compile_value(text, self.scope) if text else None
            except ExpressionError as error:
                raise self._error(f"subject.{part}", str(error), error.column, text) from None
        return Naming(raw["kind"], found["name"], found["peer"], found["key"])

    def _templates(self, key: str, statuses: list[Status]) -> dict[str, Template]:
        raw = self.raw[key]
        texts = raw if isinstance(raw, dict) else dict.fromkeys(statuses, raw)
        for status in texts:
            if status not in statuses:
                raise self._error(f"{key}.{status}", "no condition leads to it")
        for status in statuses:
            if key == "message" and status not in texts:
                raise self._error(key, f'"{status}" is missing')
        return {status: self._template(key, text) for status, text in texts.items()}

    def _template(self, key: str, text: str) -> Template:
        try:
            return compile_template(text, self.scope)
        except ExpressionError as error:
            raise self._error(key, str(error), 0, " ".join(text.split())) from None
