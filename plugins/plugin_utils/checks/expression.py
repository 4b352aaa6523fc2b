# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The small expression language of the checks: compare and name, with missing evidence as a value of its own.

An expression such as ``delta.error_ratio >= limit('underlay_link_error_ratio')`` is read with Python's own grammar, of which
only the forms below are let in, and compiled to closures; nothing is ever given to eval. Every path is looked up in the
facts' schema when the check is loaded, so that a misspelt one is refused and does not pass for ever.

Values are three-valued. A field that no evidence tells is null, and null stays null through comparison and arithmetic;
``and`` and ``or`` decide when one side suffices; ``known(path)`` is the only way to ask about null itself.
PRIVATE to the collection.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.checks.errors import ExpressionError
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.checks.schema import Shape
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.schema import did_you_mean


@dataclass
class Frame:
    """One evaluation: what the names mean, and what was read on the way.

    reads    every path that was looked at, with its value (null when no evidence told it)
    guarded  the paths that were looked at only to ask whether they are known
    """

    names: Mapping[str, Any]
    limits: Mapping[str, Any]
    reads: dict[str, Any] = field(default_factory=dict)
    guarded: set[str] = field(default_factory=set)

    def missing(self) -> list[str]:
        """Paths whose null may have made a result null, in the order in which they were read."""
        return [path for path, value in self.reads.items() if value is None and path not in self.guarded]


Closure = Callable[[Frame], Any]


@dataclass(frozen=True)
class Scope:
    """The names that an expression may use, and the thresholds with their default values."""

    names: Mapping[str, Shape]
    limits: Mapping[str, Any]


@dataclass(frozen=True)
class Typed:
    """A compiled part: what it computes and what is known about the result. Empty types means: anything."""

    run: Closure
    types: frozenset[str]
    shape: Shape | None = None
    literals: tuple[Any, ...] | None = None


@dataclass(frozen=True)
class Expression:
    """A compiled expression with the text it came from."""

    text: str
    run: Closure
    types: frozenset[str]


_NUMBER = frozenset({"number"})
_STRING = frozenset({"string"})
_BOOLEAN = frozenset({"boolean"})
_ORDER: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: lambda left, right: left / right if right else None,
}
_NAMES_OF_TYPES = {"number": "a number", "string": "text", "boolean": "true or false", "array": "a list", "object": "a group of fields"}


def compile_condition(text: str, scope: Scope) -> Expression:
    """An expression that must come out as true, false or null. Raises ExpressionError."""
    compiled = compile_value(text, scope)
    if compiled.types and "boolean" not in compiled.types:
        raise ExpressionError(f"is {_said(compiled.types)}, not a condition", 1)
    return compiled


def compile_value(text: str, scope: Scope) -> Expression:
    """An expression of any type. Raises ExpressionError with the column of the offending word."""
    source = " ".join(text.split())
    try:
        tree = ast.parse(source, mode="eval")
        typed = _compile(tree.body, scope)
    except SyntaxError as error:
        raise ExpressionError(f"cannot be read: {error.msg}", error.offset or 1) from None
    except (RecursionError, MemoryError, ValueError) as error:
        if isinstance(error, ExpressionError):
            raise
        raise ExpressionError("cannot be read: too deep or not text", 1) from None
    return Expression(source, typed.run, typed.types)


def _compile(node: ast.expr, scope: Scope) -> Typed:
    compiler = _COMPILERS.get(type(node))
    if compiler is None:
        raise _error(node, f"{type(node).__name__} is not part of the check language")
    return compiler(node, scope)


def _error(node: ast.AST, what: str) -> ExpressionError:
    return ExpressionError(what, getattr(node, "col_offset", 0) + 1)


def _said(types: frozenset[str]) -> str:
    return " or ".join(_NAMES_OF_TYPES.get(name, name) for name in sorted(types))


def _require(part: Typed, wanted: frozenset[str], node: ast.AST) -> None:
    if part.types and not part.types & wanted:
        raise _error(node, f"{ast.unparse(node) if isinstance(node, ast.expr) else 'this'} is {_said(part.types)}, not {_said(wanted)}")


# --- literals and paths


def _constant(node: ast.Constant, _scope: Scope) -> Typed:
    value = node.value
    if isinstance(value, bool):
        return Typed(lambda _frame: value, _BOOLEAN, literals=(value,))
    if isinstance(value, (int, float)):
        return Typed(lambda _frame: value, _NUMBER, literals=(value,))
    if isinstance(value, str):
        return Typed(lambda _frame: value, _STRING, literals=(value,))
    raise _error(node, f"{value!r} is not part of the check language; ask known(…) about missing values")


def _sequence(node: ast.List | ast.Tuple, scope: Scope) -> Typed:
    parts = [_compile(element, scope) for element in node.elts]
    if any(part.literals is None for part in parts):
        raise _error(node, "a list in an expression holds literal values only")
    values = tuple(value for part in parts for value in part.literals or ())
    return Typed(lambda _frame: values, frozenset({"array"}), literals=values)


def _path(node: ast.Name | ast.Attribute, scope: Scope) -> Typed:
    parts = _parts(node)
    shape = scope.names.get(parts[0][0])
    if shape is None:
        raise _error(parts[0][1], f'no field "{parts[0][0]}"{did_you_mean(parts[0][0], scope.names)}')
    said = parts[0][0]
    for name, place in parts[1:]:
        inner = shape.field(name)
        if inner is None:
            column = (place.end_col_offset or 0) - len(name) + 1
            raise ExpressionError(f'no field "{name}" in {said}{did_you_mean(name, shape.fields())}', column)
        shape, said = inner, f"{said}.{name}"
    return Typed(_reader(tuple(name for name, _unused in parts)), shape.types(), shape)


def _parts(node: ast.expr) -> list[tuple[str, ast.expr]]:
    names: list[tuple[str, ast.expr]] = []
    while isinstance(node, ast.Attribute):
        names.append((node.attr, node))
        node = node.value
    if not isinstance(node, ast.Name):
        raise _error(node, "fields are named by words joined with dots")
    return [(node.id, node), *reversed(names)]


def _reader(parts: tuple[str, ...]) -> Closure:
    dotted, first, rest = ".".join(parts), parts[0], parts[1:]

    def read(frame: Frame) -> Any:
        value = frame.names.get(first)
        for name in rest:
            if value is None:
                break
            value = value.get(name)
        frame.reads[dotted] = value
        return value

    return read


# --- operators


def _bool_op(node: ast.BoolOp, scope: Scope) -> Typed:
    parts = [_compile(value, scope) for value in node.values]
    for part, value in zip(parts, node.values, strict=True):
        _require(part, _BOOLEAN, value)
    decided = isinstance(node.op, ast.Or)  # the value of one side that settles the whole
    return Typed(_settling([part.run for part in parts], decided), _BOOLEAN)


def _settling(parts: list[Closure], decided: bool) -> Closure:
    def run(frame: Frame) -> Any:
        undecided = False
        for part in parts:
            value = part(frame)
            if value is decided:
                return decided
            undecided = undecided or value is None
        return None if undecided else not decided

    return run


def _unary(node: ast.UnaryOp, scope: Scope) -> Typed:
    part = _compile(node.operand, scope)
    run = part.run
    if isinstance(node.op, ast.Not):
        _require(part, _BOOLEAN, node.operand)
        return Typed(lambda frame: None if (value := run(frame)) is None else not value, _BOOLEAN)
    if isinstance(node.op, ast.USub):
        _require(part, _NUMBER, node.operand)
        return Typed(lambda frame: None if (value := run(frame)) is None else -value, _NUMBER)
    raise _error(node, f"{type(node.op).__name__} is not part of the check language")


def _binary(node: ast.BinOp, scope: Scope) -> Typed:
    compute = _ARITHMETIC.get(type(node.op))
    if compute is None:
        raise _error(node, f"{type(node.op).__name__} is not part of the check language")
    left, right = _compile(node.left, scope), _compile(node.right, scope)
    _require(left, _NUMBER, node.left)
    _require(right, _NUMBER, node.right)
    return Typed(_strict(compute, left.run, right.run), _NUMBER)


def _strict(compute: Callable[[Any, Any], Any], left: Closure, right: Closure) -> Closure:
    """A function of two values that is null when one of them is."""

    def run(frame: Frame) -> Any:
        first = left(frame)
        second = right(frame)
        return None if first is None or second is None else compute(first, second)

    return run


def _compare(node: ast.Compare, scope: Scope) -> Typed:
    nodes = [node.left, *node.comparators]
    parts = [_compile(part, scope) for part in nodes]
    runs = [_comparison(kind, parts[index], parts[index + 1], (nodes[index], nodes[index + 1])) for index, kind in enumerate(node.ops)]
    return Typed(runs[0] if len(runs) == 1 else _settling(runs, False), _BOOLEAN)


def _comparison(kind: ast.cmpop, left: Typed, right: Typed, nodes: tuple[ast.expr, ast.expr]) -> Closure:
    if type(kind) in _ORDER:
        _require(left, _NUMBER, nodes[0])
        _require(right, _NUMBER, nodes[1])
        return _strict(_ORDER[type(kind)], left.run, right.run)
    if isinstance(kind, (ast.Eq, ast.NotEq)):
        if left.types and right.types and not left.types & right.types:
            raise _error(nodes[1], f"{_said(left.types)} is compared with {_said(right.types)}")
        _check_literals(left.shape, right.literals, nodes[1])
        _check_literals(right.shape, left.literals, nodes[0])
        return _strict(operator.eq if isinstance(kind, ast.Eq) else operator.ne, left.run, right.run)
    if isinstance(kind, (ast.In, ast.NotIn)):
        _require(right, frozenset({"array"}), nodes[1])
        _check_literals(left.shape, right.literals, nodes[1])
        _check_literals(right.shape.items() if right.shape else None, left.literals, nodes[0])
        inside = isinstance(kind, ast.In)
        return _strict(lambda one, many: (one in many) is inside, left.run, right.run)
    raise _error(nodes[1], f"{type(kind).__name__} is not part of the check language")


def _check_literals(shape: Shape | None, literals: tuple[Any, ...] | None, node: ast.expr) -> None:
    """Refuse to compare a field with a word that the field never holds: such a check would pass for ever."""
    allowed = shape.enum() if shape else None
    for value in literals or () if allowed is not None else ():
        if value not in (allowed or ()):
            raise _error(node, f'"{value}" is never a value of this field{did_you_mean(str(value), [str(word) for word in allowed or ()])}')


def _choice(node: ast.IfExp, scope: Scope) -> Typed:
    test, yes, no = (_compile(part, scope) for part in (node.test, node.body, node.orelse))
    _require(test, _BOOLEAN, node.test)

    def run(frame: Frame) -> Any:
        chosen = test.run(frame)
        return None if chosen is None else yes.run(frame) if chosen else no.run(frame)

    return Typed(run, yes.types | no.types if yes.types and no.types else frozenset())


# --- functions


def _call(node: ast.Call, scope: Scope) -> Typed:
    if not isinstance(node.func, ast.Name) or node.keywords:
        raise _error(node, "only plain function calls are part of the check language")
    name = node.func.id
    if name not in _FUNCTIONS:
        raise _error(node, f'no function "{name}"{did_you_mean(name, _FUNCTIONS)}')
    arity, build = _FUNCTIONS[name]
    if len(node.args) != arity:
        raise _error(node, f"{name} takes {arity} argument{'s' if arity > 1 else ''}")
    return build(node, scope)


def _known(node: ast.Call, scope: Scope) -> Typed:
    run = _path_argument(node, scope).run
    dotted = ".".join(name for name, _unused in _parts(node.args[0]))

    def known(frame: Frame) -> bool:
        seen = dotted in frame.reads
        value = run(frame)
        if not seen:
            frame.guarded.add(dotted)
        return value is not None

    return Typed(known, _BOOLEAN)


def _path_argument(node: ast.Call, scope: Scope) -> Typed:
    if not isinstance(node.args[0], (ast.Name, ast.Attribute)):
        raise _error(node.args[0], "this function asks about a field")
    return _path(node.args[0], scope)


def _limit(node: ast.Call, scope: Scope) -> Typed:
    argument = node.args[0]
    if not isinstance(argument, ast.Constant) or not isinstance(argument.value, str):
        raise _error(argument, "limit takes the name of a threshold in quotes")
    name = argument.value
    if name not in scope.limits:
        raise _error(argument, f'no threshold "{name}"{did_you_mean(name, scope.limits)}')

    def run(frame: Frame) -> Any:
        value = frame.limits.get(name, scope.limits[name])
        frame.reads[f"limit.{name}"] = value
        return value

    default = scope.limits[name]
    types = (
        _BOOLEAN
        if isinstance(default, bool)
        else _NUMBER
        if isinstance(default, (int, float))
        else _STRING
        if isinstance(default, str)
        else None
    )
    return Typed(run, types or (frozenset({"array"}) if isinstance(default, list) else frozenset()))


def _len(node: ast.Call, scope: Scope) -> Typed:
    part = _compile(node.args[0], scope)
    _require(part, frozenset({"array", "string"}), node.args[0])
    run = part.run
    return Typed(lambda frame: None if (value := run(frame)) is None else len(value), _NUMBER)


def _abs(node: ast.Call, scope: Scope) -> Typed:
    part = _compile(node.args[0], scope)
    _require(part, _NUMBER, node.args[0])
    run = part.run
    return Typed(lambda frame: None if (value := run(frame)) is None else abs(value), _NUMBER)


def _extreme(compute: Callable[[Any, Any], Any]) -> Callable[[ast.Call, Scope], Typed]:
    def build(node: ast.Call, scope: Scope) -> Typed:
        left, right = (_compile(argument, scope) for argument in node.args)
        _require(left, _NUMBER, node.args[0])
        _require(right, _NUMBER, node.args[1])
        return Typed(_strict(compute, left.run, right.run), _NUMBER)

    return build


def _startswith(node: ast.Call, scope: Scope) -> Typed:
    left, right = (_compile(argument, scope) for argument in node.args)
    _require(left, _STRING, node.args[0])
    _require(right, _STRING, node.args[1])
    return Typed(_strict(lambda text, start: text.startswith(start), left.run, right.run), _BOOLEAN)


def _over_list(summarise: Callable[[list[Any]], Any], types: frozenset[str]) -> Callable[[ast.Call, Scope], Typed]:
    """any, all and count: ``any(peer.up for peer in ring if peer.state == 'normal')``."""

    def build(node: ast.Call, scope: Scope) -> Typed:
        generator = node.args[0]
        if not isinstance(generator, ast.GeneratorExp) or len(generator.generators) != 1:
            raise _error(node, "this function takes: condition for name in list")
        loop = generator.generators[0]
        if not isinstance(loop.target, ast.Name):
            raise _error(node, "a loop has one name")
        source = _compile(loop.iter, scope)
        items = source.shape.items() if source.shape else None
        if items is None:
            raise _error(loop.iter, f"{ast.unparse(loop.iter)} is not a list of fields")
        inner = Scope({**scope.names, loop.target.id: items}, scope.limits)
        conditions = [_compile(condition, inner) for condition in (*loop.ifs, generator.elt)]
        for part, place in zip(conditions, (*loop.ifs, generator.elt), strict=True):
            _require(part, _BOOLEAN, place)
        return Typed(_looped(source.run, loop.target.id, [part.run for part in conditions], summarise), types)

    return build


def _looped(source: Closure, name: str, conditions: list[Closure], summarise: Callable[[list[Any]], Any]) -> Closure:
    *filters, test = conditions

    def run(frame: Frame) -> Any:
        many = source(frame)
        if many is None:
            return None
        results: list[Any] = []
        for one in many:
            # Reads inside the loop are many and alike: the list itself is what the verdict used.
            inner = Frame({**frame.names, name: one}, frame.limits)
            kept = [condition(inner) for condition in filters]
            if False not in kept:
                results.append(None if None in kept else test(inner))
        return summarise(results)

    return run


def _any(results: list[Any]) -> bool | None:
    return True if True in results else None if None in results else False


def _all(results: list[Any]) -> bool | None:
    return False if False in results else None if None in results else True


def _count(results: list[Any]) -> int | None:
    return None if None in results else results.count(True)


_FUNCTIONS: dict[str, tuple[int, Callable[[ast.Call, Scope], Typed]]] = {
    "known": (1, _known),
    "limit": (1, _limit),
    "len": (1, _len),
    "abs": (1, _abs),
    "min": (2, _extreme(min)),
    "max": (2, _extreme(max)),
    "startswith": (2, _startswith),
    "any": (1, _over_list(_any, _BOOLEAN)),
    "all": (1, _over_list(_all, _BOOLEAN)),
    "count": (1, _over_list(_count, _NUMBER)),
}

_COMPILERS: dict[type[ast.expr], Callable[[Any, Scope], Typed]] = {
    ast.Constant: _constant,
    ast.List: _sequence,
    ast.Tuple: _sequence,
    ast.Name: _path,
    ast.Attribute: _path,
    ast.BoolOp: _bool_op,
    ast.UnaryOp: _unary,
    ast.BinOp: _binary,
    ast.Compare: _compare,
    ast.IfExp: _choice,
    ast.Call: _call,
}
