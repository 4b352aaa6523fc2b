"""Fault files: what breaks, how it is mended, what then looks different, and which causes a diagnosis must name.

docs/faults.md describes the format for people, fault.schema.json for machines. Our own lie in faults/; those of the directory that
the environment variable FAULTS_DIR names are known beside them, and stand before ours where both have the same id.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import yaml

from lab.collection import ROOT, Item, did_you_mean, load_items, problem
from lab.commands import LabError
from lab.names import HERE

OURS = HERE / "faults"
SUFFIXES = (".yml", ".yaml")

# From injection until the evidence shows it: an agent without ZooKeeper takes 30 s to notice, 60 s leave room for a busy machine.
WITHIN_SECONDS = 60.0


class _Loader(yaml.SafeLoader):
    """In YAML 1.1 the word "on" means true unless it is quoted; nobody means that here. Nor does anybody give a word twice, of which
    the first would be lost. Makes no objects, like its parent.
    """

    yaml_implicit_resolvers: ClassVar = {
        first: [(tag, form) for tag, form in known if tag != "tag:yaml.org,2002:bool" or first in "tTfF"]
        for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _value in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f'"{key.value}" is given twice', key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


class FaultError(LabError):
    """A fault file that cannot be used, or a fault that does not exist. One line."""


@dataclass(frozen=True)
class Step:
    """A shell command (bash) on a host, on each of a rack or a kind, or with `on: fabric` where the far ends of all cables are."""

    on: str
    run: str


@dataclass(frozen=True)
class Sign:
    """What tells a healthy from a broken lab: a text, and which of two patterns it matches (re.search, MULTILINE).

    The text is that of an item of evidence or of a command, run on the host. At least one pattern is given. Healthy means that the
    text matches `healthy` and does not match `broken`; broken means the opposite of both.
    """

    on: str
    item: str = ""
    run: str = ""
    healthy: str = ""
    broken: str = ""

    def shows(self, text: str) -> str:
        """"healthy", "broken" or "neither"."""
        well = bool(re.search(self.healthy, text, re.MULTILINE)) if self.healthy else None
        ill = bool(re.search(self.broken, text, re.MULTILINE)) if self.broken else None
        if well is not False and ill is not True:
            return "healthy"
        if well is not True and ill is not False:
            return "broken"
        return "neither"

    def __str__(self) -> str:
        return f"{self.on}: {self.item or self.run}"


@dataclass(frozen=True)
class Named:
    """A finding that a diagnosis names: a check, and as much of its subject as is given."""

    check: str
    host: str = ""
    name: str = ""
    peer: str = ""
    key: str = ""

    def fits(self, finding: Mapping[str, Any]) -> bool:
        """Whether a finding of diagnosis.json is this one."""
        wanted = {"host": self.host, "name": self.name, "peer": self.peer, "key": self.key}
        return finding["check"] == self.check and all(finding["subject"].get(word, "") == value for word, value in wanted.items() if value)

    def __str__(self) -> str:
        subject = ":".join(filter(None, (self.host, self.name, self.peer, self.key)))
        return f"{self.check}@{subject or '*'}"


@dataclass(frozen=True)
class Fault:
    """One fault; of a compound, with everything that its parts bring."""

    id: str
    title: str
    path: Path
    inject: tuple[Step, ...]
    undo: tuple[Step, ...]
    evidence: tuple[Sign, ...]
    roots: tuple[Named, ...]
    warns: tuple[Named, ...] = ()
    never: tuple[str, ...] = ()
    generation: str = ""
    tunnels: str = ""
    parts: tuple[str, ...] = ()
    within_s: float = WITHIN_SECONDS
    settle_s: float = 0.0
    cards: int | None = None
    like: str = ""
    waits_for: tuple[str, ...] = field(default=())  # checks that it expects and that do not exist

    @property
    def hosts(self) -> set[str]:
        """Every host that the file speaks of, and every rack and kind."""
        places = {one.on for one in (*self.inject, *self.undo, *self.evidence)} - {"fabric"}
        return places | {one.host for one in (*self.roots, *self.warns) if one.host}


def directories() -> list[Path]:
    """Where fault files lie, the most important first. Raises FaultError when FAULTS_DIR names no directory."""
    given = os.environ.get("FAULTS_DIR")
    if given and not Path(given).is_dir():
        raise FaultError(f"FAULTS_DIR: {given} is not a directory")
    return [*([Path(given)] if given else []), OURS]


def paths() -> dict[str, Path]:
    """The file of each fault, by id, in order of ids."""
    found: dict[str, Path] = {}
    for directory in directories():
        for path in sorted(directory.iterdir()):
            if path.suffix in SUFFIXES and path.is_file():
                found.setdefault(path.stem, path)
    return dict(sorted(found.items()))


def load(name: str) -> Fault:
    """A fault by its id, or by the path of its file."""
    if "/" in name or name.endswith(SUFFIXES):
        return read(Path(name))
    known = paths()
    if name not in known:
        raise FaultError(f"there is no fault {name}{did_you_mean(name, known)}")
    return read(known[name])


def every() -> tuple[list[Fault], list[str]]:
    """All faults that can be read, and one line for each that cannot."""
    faults, errors = [], []
    for path in paths().values():
        try:
            faults.append(read(path))
        except FaultError as error:
            errors.append(str(error))
    return faults, errors


def read(path: Path, above: tuple[str, ...] = ()) -> Fault:
    """One file. Raises FaultError with the first thing that is wrong in it; `above`: the compounds that it is a part of."""
    raw = _raw(path)
    if raw["id"] != path.stem:
        raise FaultError(f"{path}: id: is {raw['id']}, and the file is named {path.stem}; both must be the same")
    if raw["id"] in above:
        raise FaultError(f"{path}: parts: {' is a part of '.join([*above, raw['id']])}")
    if "parts" not in raw:
        missing = next((key for key in ("inject", "undo", "evidence") if key not in raw), None)
        if missing:
            raise FaultError(f'{path}: "{missing}" is missing (only a fault that names its parts can do without)')
    if ("inject" in raw) != ("undo" in raw):
        raise FaultError(f'{path}: "inject" and "undo" go together')
    parts = [_part(path, name, (*above, raw["id"])) for name in raw.get("parts", ())]
    roots = tuple(Named(**one) for one in raw["roots"])
    warns = tuple(Named(**one) for one in raw.get("warns", ()))
    return Fault(
        id=raw["id"],
        title=raw["title"],
        path=path,
        inject=(*(step for part in parts for step in part.inject), *_steps(raw, "inject")),
        # What was done last is undone first.
        undo=(*_steps(raw, "undo"), *(step for part in reversed(parts) for step in part.undo)),
        evidence=(*(sign for part in parts for sign in part.evidence), *_signs(path, raw)),
        roots=roots,
        warns=warns,
        never=tuple(raw.get("never", ())),
        generation=raw.get("generation", "") or next((part.generation for part in parts if part.generation), ""),
        tunnels=raw.get("tunnels", "") or next((part.tunnels for part in parts if part.tunnels), ""),
        parts=tuple(raw.get("parts", ())),
        within_s=float(max([raw.get("within_seconds", WITHIN_SECONDS), *(part.within_s for part in parts)])),
        settle_s=float(max([raw.get("settle_seconds", 0), *(part.settle_s for part in parts)])),
        cards=raw.get("cards"),
        like=raw.get("like", ""),
        waits_for=tuple(sorted({one.check for one in (*roots, *warns)} - checks())),
    )


def _part(path: Path, name: str, above: tuple[str, ...]) -> Fault:
    known = {one.stem: one for suffix in SUFFIXES for one in path.parent.glob(f"*{suffix}")} | paths()
    if name not in known:
        raise FaultError(f"{path}: parts: there is no fault {name}{did_you_mean(name, known)}")
    return read(known[name], above)


def _raw(path: Path) -> dict[str, Any]:
    try:
        data = yaml.load(path.read_text("utf-8"), Loader=_Loader)
    except FileNotFoundError as error:
        raise FaultError(f"{path}: there is no such file") from error
    except (OSError, UnicodeDecodeError) as error:
        raise FaultError(f"{path}: cannot be read: {error}") from error
    except yaml.YAMLError as error:
        raise FaultError(f"{path}: is not YAML: {' '.join(str(error).split())}") from error
    wrong = problem(data, _schema())
    if wrong:
        # In braces a comma ends the command: what comes after it is taken for a key.
        hint = "; in braces, a command with a comma stands in quotes" if re.match(r'(inject|undo|evidence)\[\d+\]: unknown key ".*[ \d]', wrong) else ""
        raise FaultError(f"{path}: {wrong}{hint}")
    return dict(data)


def _steps(raw: Mapping[str, Any], key: str) -> list[Step]:
    return [Step(**one) for one in raw.get(key, ())]


def _signs(path: Path, raw: Mapping[str, Any]) -> list[Sign]:
    signs = []
    for number, one in enumerate(raw.get("evidence", ()), 1):
        where = f"{path}: evidence[{number}]"
        if ("item" in one) == ("run" in one):
            raise FaultError(f'{where}: needs either "item" or "run"')
        if "healthy" not in one and "broken" not in one:
            raise FaultError(f'{where}: needs "healthy", "broken" or both')
        if "item" in one and one["item"] not in items():
            raise FaultError(f"{where}: there is no item {one['item']}{did_you_mean(one['item'], items())}")
        if "item" in one and one["on"] == "fabric":
            raise FaultError(f"{where}: items are asked of hosts; of fabric, say what to run")
        for key in ("healthy", "broken"):
            try:
                re.compile(one.get(key, ""))
            except re.error as error:
                raise FaultError(f"{where}.{key}: is not a regular expression: {error}") from error
        signs.append(Sign(**one))
    return signs


@cache
def _schema() -> dict[str, Any]:
    return dict(json.loads((HERE / "fault.schema.json").read_text("utf-8")))


@cache
def items() -> dict[str, Item]:
    """All items of evidence that the collection asks for."""
    return {item.id: item for item in load_items(sorted((ROOT / "roles").glob("*/evidence.yml")))}


@cache
def checks() -> frozenset[str]:
    """The ids of all checks that exist."""
    files = sorted((ROOT / "roles").glob("*/checks.yml"))
    return frozenset(check["id"] for path in files for check in yaml.safe_load(path.read_text("utf-8"))["checks"])
