# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Items: what is asked of a host, as data; and Output: what one item gave.

Items are declared in roles/<role>/evidence.yml. The schema beside this module refuses words it does not know, so that a
misspelt key is an error when the file is loaded and not a silent default on a thousand hosts.
PRIVATE to the collection: may change without notice.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, cast

import yaml
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.schema import FileError, Schema, problem

GROUPS: tuple[str, ...] = ("compute", "gateway", "zookeeper", "cassandra", "api")

State = Literal["ok", "failed", "timeout", "killed", "abandoned", "not_run"]

Params = Mapping[str, "str | int | list[str] | tuple[str, ...]"]

_SCHEMA = Path(__file__).parent / "schemas" / "item.schema.json"
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class ItemError(FileError):
    """A file of items is wrong. The text is one line: file, item, what."""


@dataclass(frozen=True)
class Item:
    """One declared piece of evidence. The words are those of item.schema.json; times in seconds, cap in bytes."""

    id: str
    role: str
    describes: str
    commands: Mapping[str, str]  # {"any": …} or {"A": …, "B": …}
    groups: tuple[str, ...] = GROUPS
    rounds: tuple[int, ...] = (1,)
    timeout_s: float = 5
    cap_bytes: int = 65536
    lane: Literal["serial", "slow"] = "serial"
    needs: tuple[str, ...] = ()
    scrub: tuple[str, ...] = ()
    effect: Literal["reads", "changes"] = "reads"
    cost: Literal["light", "heavy"] = "light"


@dataclass(frozen=True)
class Output:
    """What one item gave in one round.

    state      ok         the command ended with 0, or was cut by its size cap
               failed     it ended with another exit code
               timeout    it was ended at its time-out, or at the deadline of the call
               killed     it was ended by something else, or the stream broke off within it
               abandoned  it could not be ended (uninterruptible sleep) and was left behind
               not_run    it never started; `reason` says why
    stdout     bytes outside UTF-8 are kept as lone surrogates (surrogateescape)
    truncated  stdout is longer than the cap of the item, and only its beginning is here
    started    ISO 8601 in UTC by the clock of the host, empty when not known
    """

    item: str
    round: int = 1
    state: State = "ok"
    exit_code: int | None = None
    duration_ms: int = 0
    stdout: str = ""
    stderr: str = ""
    truncated: bool = False
    reason: str = ""
    started: str = field(default="", compare=False)


@lru_cache(maxsize=1)
def _schema() -> Schema:
    return cast(Schema, json.loads(_SCHEMA.read_text(encoding="utf-8")))


def load_items(paths: Iterable[Path | str]) -> list[Item]:
    """Read files of items, in the order given. Raises ItemError for the first thing wrong, a duplicate id included.

    The role of an item is the name of the directory its file is in.
    """
    items: dict[str, Item] = {}
    origin: dict[str, Path] = {}
    for path in map(Path, paths):
        for item in _load(path):
            if item.id in items:
                raise ItemError(f"{path}: {item.id}: declared twice, first in {origin[item.id]}")
            items[item.id] = item
            origin[item.id] = path
    return list(items.values())


def _load(path: Path) -> Iterator[Item]:
    try:
        # The loader is yaml.CSafeLoader or yaml.SafeLoader: neither makes objects.
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    except (OSError, UnicodeDecodeError) as error:
        raise ItemError(f"{path}: cannot be read: {error}") from error
    except yaml.YAMLError as error:
        raise ItemError(f"{path}: is not YAML: {' '.join(str(error).split())}") from error
    if data is None:
        raise ItemError(f"{path}: is empty; a role that asks nothing says 'items: []'")
    wrong = _problem(data)
    if wrong:
        raise ItemError(f"{path}: {wrong}")
    role = path.resolve().parent.name
    for raw in data["items"]:
        yield _item(role, raw)


def _problem(data: Any) -> str | None:
    """The first thing wrong with a file of items; an item is named by its id if it has one, else by its position."""
    schema = _schema()
    outline = {**schema, "properties": {"items": {"type": "array"}}}
    wrong = problem(data, outline)
    if wrong:
        return wrong
    for number, raw in enumerate(data["items"], 1):
        wrong = problem(raw, schema["$defs"]["item"], schema)
        if wrong:
            name = raw.get("id") if isinstance(raw, dict) else None
            return f"{name if isinstance(name, str) else f'item {number}'}: {wrong}"
    return None


def _item(role: str, raw: Mapping[str, Any]) -> Item:
    command = raw["command"]
    return Item(
        id=raw["id"],
        role=role,
        describes=" ".join(raw["describes"].split()),
        commands=dict(command) if isinstance(command, dict) else {"any": command},
        groups=tuple(raw.get("groups", GROUPS)),
        rounds=tuple(raw.get("rounds", (1,))),
        timeout_s=raw.get("timeout", 5),
        cap_bytes=raw.get("cap", 65536),
        lane=raw.get("lane", "serial"),
        needs=tuple(raw.get("needs", ())),
        scrub=tuple(raw.get("scrub", ())),
        effect=raw.get("effect", "reads"),
        cost=raw.get("cost", "light"),
    )


def select(
    items: Iterable[Item],
    groups: Iterable[str],
    round: int = 1,
    roles: Iterable[str] | None = None,
    params: Params | None = None,
    changes: bool = False,
) -> list[Item]:
    """The items that a host in these groups is asked in a round of the fleet: those that cost much are left out.

    roles    only items of these roles; None for all
    params   what the controller can supply; an item that needs something empty or absent is left out
    changes  also items that change something on the host; never in a fleet playbook
    """
    of_host = set(groups)
    of_roles = None if roles is None else set(roles)
    supplied = {name for name, value in (params or {}).items() if value not in ("", [], (), None)}
    return [
        item
        for item in items
        if of_host.intersection(item.groups)
        and round in item.rounds
        and (of_roles is None or item.role in of_roles)
        and item.cost == "light"
        and supplied.issuperset(item.needs)
        and (changes or item.effect == "reads")
    ]
