# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Messages of checks: text with expressions in braces, checked when the check is loaded. PRIVATE to the collection.

``"{name} has MTU {mtu}, its zone mostly {common_mtu}"``; a field may be any expression and may carry a format
(``{used_ratio:.0%}``). The format ``words`` writes what links, file systems and ports are for as people say it
(``{used_for:words}``). A value that no evidence tells is written as "unknown".
"""

from __future__ import annotations

from dataclasses import dataclass
from string import Formatter
from typing import Any

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.checks.errors import ExpressionError
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.checks.expression import Expression, Frame, Scope, compile_value

WORDS_FORMAT = "words"
# The words of the facts' schemas for what something is for; one that is not here is written as it is.
WORDS = {
    "agent": "data of the agent",
    "cassandra": "Cassandra",
    "default_route": "the default route",
    "gateway": "the gateway",
    "log": "logs",
    "system": "the system",
    "tunnel": "tunnels",
    "uplink": "the uplink",
    "zookeeper": "ZooKeeper",
    "zookeeper_election": "ZooKeeper's elections",
    "zookeeper_peers": "ZooKeeper's followers",
}


@dataclass(frozen=True)
class Template:
    """A compiled message: pieces of literal text, each followed by an expression with its format, or by nothing."""

    text: str
    pieces: tuple[tuple[str, Expression | None, str], ...]

    def render(self, frame: Frame) -> str:
        """The message in the light of frame. Reads every value that it shows."""
        return "".join(literal + (_written(expression.run(frame), spec) if expression else "") for literal, expression, spec in self.pieces)


def compile_template(text: str, scope: Scope) -> Template:
    """Raises ExpressionError for a field that is not in the schema or a format that does not fit it."""
    pieces: list[tuple[str, Expression | None, str]] = []
    try:
        parsed = list(Formatter().parse(" ".join(text.split())))
    except ValueError as error:
        raise ExpressionError(f"cannot be read: {error}") from None
    for literal, source, spec, conversion in parsed:
        if source is None:
            pieces.append((literal, None, ""))
            continue
        if not source or conversion:
            raise ExpressionError("a field in braces is an expression, without !conversion")
        expression = compile_value(source, scope)
        _try_format(source, spec or "", expression.types)
        pieces.append((literal, expression, spec or ""))
    return Template(text, tuple(pieces))


def _try_format(source: str, spec: str, types: frozenset[str]) -> None:
    if not spec or spec == WORDS_FORMAT:
        return
    try:
        format(1.5 if "number" in types else "", spec)
    except ValueError:
        raise ExpressionError(f'the format "{spec}" does not fit {source}') from None


def _written(value: Any, spec: str) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(_written(one, spec) for one in value) or "none"
    if spec == WORDS_FORMAT:
        return WORDS.get(value, _printable(str(value)))
    if spec:
        return format(value, spec)
    return f"{value:g}" if isinstance(value, float) else _printable(str(value))


def _printable(text: str) -> str:
    """Evidence is hostile: what would move a terminal's cursor becomes a mark."""
    return text if text.isprintable() else "".join(one if one.isprintable() else "\ufffd" for one in text)
