# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every parser, and every text that there is for it. Found, not listed: a new parser, a new fixture is tried like all the others."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible_collections.midonet.diagnostics.plugins.module_utils import parsers
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed

TESTS = Path(__file__).resolve().parents[3]
FIXTURES = TESTS / "fixtures"
PACKAGE = "ansible_collections.midonet.diagnostics.plugins.module_utils.parsers."

Parse = Callable[[str], Parsed[Any]]
Name = tuple[str, str]


def tools() -> list[str]:
    """The parsers' modules: all that do not begin with an underscore."""
    return sorted(path.stem for path in Path(next(iter(parsers.__path__))).glob("*.py") if not path.stem.startswith("_"))


def functions(tool: str) -> dict[str, Parse]:
    """Its functions that begin with `parse` and need nothing but a text."""
    module = importlib.import_module(PACKAGE + tool)
    found = {}
    for name, function in inspect.getmembers(module, inspect.isfunction):
        required = [p.name for p in inspect.signature(function).parameters.values() if p.default is p.empty]
        if name.startswith("parse") and function.__module__ == module.__name__ and required == ["text"]:
            found[name] = function
    return found


FUNCTIONS: dict[Name, Parse] = {(tool, name): function for tool in tools() for name, function in functions(tool).items()}
NAMES = sorted(FUNCTIONS)


def work(function: Callable[..., Any], *arguments: Any) -> int:
    """How many functions this calls, those of the interpreter included: the same on every machine, however busy it is.

    What one call of a regular expression costs is not seen; `make bench-linear` measures that.
    """
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        function(*arguments)
    finally:
        sys.setprofile(before)
    return calls
