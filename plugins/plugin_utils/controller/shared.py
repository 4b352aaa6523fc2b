# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the bodies of the actions share: items, a host's groups, a record by its path. PRIVATE: may change without notice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller import vocabulary
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller.guard import Refused
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.item import Item, load_items
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.record import Record
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.schema import FileError

T = TypeVar("T")


def refusing(call: Callable[[], T]) -> T:
    """The value of a call; what its files say wrongly becomes one line for the user."""
    try:
        return call()
    except FileError as error:
        raise Refused(str(error)) from error


@lru_cache(maxsize=1)
def items() -> tuple[Item, ...]:
    """All items of our roles, read once per process; ItemError when a file is wrong."""
    return tuple(load_items(vocabulary.role_files("evidence.yml")))


def open_record(path: object) -> Record:
    """The record at `path`; Refused when there is none."""
    if not path:
        raise Refused("no record is given: name one with -e midonet_record=PATH")
    return refusing(lambda: Record.open(str(path)))


def group_names(options: Mapping[str, Any]) -> dict[str, str]:
    """The inventory's name of each of the five groups."""
    return {group: str(options[f"{group}_group"]) for group in vocabulary.GROUPS}


def groups_of(member_of: Iterable[str], names: Mapping[str, str]) -> list[str]:
    """Which of the five groups a host is in, from the inventory groups that it is in."""
    inside = set(member_of)
    return [group for group, name in names.items() if name in inside]


def groups_without_inventory(arguments: Mapping[str, Any]) -> list[str]:
    """What a host is taken to be when a role works alone and the inventory says nothing: the role's first group."""
    roles = [arguments["role"]] if arguments.get("role") else list(arguments.get("roles") or ())
    return [group for role in roles[:1] for group in vocabulary.ROLES.get(role, ())[:1]]


def file_option(loader: Any, name: str, value: str) -> Path:
    """The file that an option names, taken from the directory of the playbook run. Refused when it cannot be read."""
    path = Path(value).expanduser()
    if not path.exists():
        raise Refused(f"{name}={value}: there is no such file")
    return path
