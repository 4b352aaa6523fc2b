#!/usr/bin/env python3
# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compare which facts a fault changes in the lab with which facts the same fault changes in a generated fleet.

    make try-faults ARGS="--keep /tmp/faults"              records of live faults, with a healthy one before and after
    make compare-faults                                    what the lab said last time, beside what the generator says now
    make compare-faults RECORDS=/tmp/faults                the same, of these records
    make compare-faults RECORDS=/tmp/faults ARGS=--keep    and keep what they say for the next time
    make compare-faults FAULT="S01 S05"                    all that changes, of some faults

For each fault that both have: the paths of facts that changed live and not in the generated fleet, and the reverse, by where: "there"
is on the hosts that the fault is about, else the group of a host elsewhere. What a healthy lab changes by itself between two runs is
left out, and so are measurements, which never stay as they were, and entries of neighbour tables, which come and go. So are facts that
one of the two never tells: of items that the generator does not print, of tools that the lab's hosts lack. The generated
fleet is about as large as the lab and of its generation; its hosts and addresses are others, so that only paths are compared.

What is known to differ stands in molecule/generator/differences.yml, each with a reason. Ends with 1 when something else differs, and
when what stands there does not.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / ".build"), str(ROOT / "molecule")]

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.record import Record  # noqa: E402
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.learning import facts_of  # noqa: E402
from generator import inject  # noqa: E402
from generator.generate import fleet as generated_fleet  # noqa: E402
from generator.write import write  # noqa: E402
from lab import fault_file  # noqa: E402

# Entries of lists are told apart by the first of these that they have.
NAMES = ("name", "address", "destination", "mount", "server", "peer", "id", "link", "namespace", "port", "program")
# Counters, ages, loads: another value at every look.
MEASURED = re.compile(
    r"(errors|warnings|errors_last_hour|warnings_last_hour|lost|followers_synced|zookeeper\.connections|daemon_pids\[\]|_s|_ms|_bytes|bytes|packets|_ratio|_epoch|pid|pids|seconds|uptime|count|flows|hits|misses|running|blocked|changes|owners|dropped|zxid|(?<!prefixes_)received|sent"
    r"|^neighbours\[\]\.(address|link|mac)|^nsdb\.sessions\[\]\.(server|process)|latency_ms\.\w+|offset_s|reach|answered|queue|epoch_s|nodes)$"
)
# Of measurements, those that say something when they change by so much.
MUCH = {"clock.offset_s": 0.5}
# A fleet in which every rack has several agents, as in the lab.
SEED, HOSTS = 1, 14
KEPT = ROOT / "tests" / "unit" / "generator" / "lab_changes.json"
DIFFERENCES = ROOT / "molecule" / "generator" / "differences.yml"

Facts = Mapping[str, Mapping[str, Any]]  # by host
Places = set[tuple[str, str]]


def flat(value: Any, path: str = "") -> Iterator[tuple[str, str, Any]]:
    """(path with the names of list entries, path without, value) of everything that is no container."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from ((f"{path}.{one}" if path else one, bare, leaf) for one, bare, leaf in _below(key, inner))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            name = next((str(inner[key]) for key in NAMES if isinstance(inner, Mapping) and inner.get(key) is not None), str(number))
            yield from ((f"[{name}]{f'.{one}' if one else ''}", f"[]{f'.{bare}' if bare else ''}", leaf) for one, bare, leaf in flat(inner))
    else:
        yield "", "", value


def _below(key: str, inner: Any) -> Iterator[tuple[str, str, Any]]:
    for one, bare, leaf in flat(inner):
        joint = "" if not one or one.startswith("[") else "."
        yield f"{key}{joint}{one}", f"{key}{joint}{bare}", leaf


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    """Paths of facts, without the names of list entries, that differ."""
    old, new = ({one: (bare, leaf) for one, bare, leaf in flat(facts)} for facts in (before, after))
    found = set()
    for one in old.keys() | new.keys():
        path, was = old.get(one) or (new[one][0], None)
        now = new.get(one, ("", None))[1]
        if (was != now or (one in old) is not (one in new)) and _says_something(path, was, now):
            found.add(path)
    return found


def _says_something(path: str, was: Any, now: Any) -> bool:
    """Whether a change of a fact is more than the passing of time. Yes and no are never measurements."""
    if path.startswith(("about.", "host.answer")):
        return False
    if path == "neighbours[].state":
        return bool({was, now} & {"failed", "incomplete"})
    if path == "zookeeper.mode":
        # Which of the servers leads is settled by the last election, whatever it was held for.
        return {was, now} != {"leader", "follower"}
    if path in MUCH:
        return abs((now or 0) - (was or 0)) >= MUCH[path]
    return isinstance(was, bool) or isinstance(now, bool) or not MEASURED.search(path)


def facts(record: Path) -> dict[str, dict[str, Any]]:
    opened = Record.open(record)
    return {host: facts_of(opened, host) for host in opened.hosts()}


def places(before: Facts, after: Facts, there: Iterable[str]) -> Places:
    """Where which facts changed."""
    concerned = set(there)
    found: Places = set()
    for host in before.keys() & after.keys():
        groups = before[host]["host"]["groups"]
        for path in changed(before[host], after[host]):
            found.add(("there" if host in concerned else "/".join(groups), path))
    return found


def known_in(facts: Facts) -> set[str]:
    """Paths of which a fleet tells anything."""
    return {bare for one in facts.values() for _named, bare, leaf in flat(one) if leaf is not None}


def record_in(directory: Path) -> Path | None:
    """The latest record in a directory that `try --keep` made."""
    found = sorted(path.parent for path in directory.glob("*/manifest.json"))
    return found[-1] if found else None


def concerned(fault: fault_file.Fault, hosts: Iterable[str]) -> set[str]:
    """The hosts that a live fault is about."""
    return ({step.on for step in fault.inject} | {root.host for root in (*fault.roots, *fault.warns)}) & set(hosts)


@dataclass(frozen=True)
class Lab:
    """What a lab said: where which facts each fault changed, the paths that it tells anything of, its generation.

    restless: the paths that changed by themselves between two looks at the healthy lab
    """

    generation: Any
    told: frozenset[str]
    changes: Mapping[str, Places]
    restless: frozenset[str]

    @classmethod
    def of_records(cls, kept: Path) -> Lab:
        """From a directory that `try --keep` made. Raises ValueError when there is no record of the healthy lab."""
        base, again = record_in(kept / "healthy"), record_in(kept / "healthy-again")
        if base is None:
            raise ValueError(f"{kept} has no record of the healthy lab")
        before = facts(base)
        restless = {path for _where, path in places(before, facts(again), ())} if again else set()
        told, changes = known_in(before), {}
        for name in sorted(path.name for path in kept.iterdir() if path.name in fault_file.paths()):
            record = record_in(kept / name)
            if record is None:
                continue
            after = facts(record)
            told |= known_in(after)
            changes[name] = {one for one in places(before, after, concerned(fault_file.load(name), before)) if one[1] not in restless}
        generation = next(one["host"]["generation"] for one in before.values() if one["host"]["generation"])
        return cls(generation, frozenset(told), changes, frozenset(restless))

    @classmethod
    def kept(cls) -> Lab:
        told = json.loads(KEPT.read_text("utf-8"))
        changes = {name: {(where, path) for where, paths in found.items() for path in paths} for name, found in told["changes"].items()}
        return cls(told["generation"], frozenset(told["told"]), changes, frozenset(told["restless"]))

    def keep(self) -> None:
        """Note what this lab said; what an earlier one said of other faults stays."""
        kept = Lab.kept()
        changes: dict[str, dict[str, list[str]]] = {}
        for name, found in sorted({**kept.changes, **self.changes}.items()):
            changes[name] = {}
            for where, path in sorted(found):
                changes[name].setdefault(where, []).append(path)
        restless = sorted(self.restless | kept.restless)
        told = {"generation": self.generation, "told": sorted(self.told | kept.told), "restless": restless, "changes": changes}
        KEPT.write_text(json.dumps(told, indent=1) + "\n", "utf-8")


@dataclass(frozen=True)
class Difference:
    """What one fault changes in both, and in one of the two of what both can tell: (where, path)."""

    both: Places
    live: Places
    made: Places
    silent: tuple[str, ...]  # those of the two in which nothing at all changed

    def known(self, name: str) -> tuple[set[str], set[str]]:
        """What differs and is not in differences.yml, and what stands there and does not differ: lines."""
        listed = {line for one in differences() if name in one.faults for line in one.lines}
        differs = {f"{side}: {where} {path}" for side, some in (("live", self.live), ("generated", self.made)) for where, path in some}
        differs |= {f"{side}: nothing at all" for side in self.silent}
        return differs - listed, listed - differs


@dataclass(frozen=True)
class Known:
    """An entry of differences.yml. Without lines, the faults are not compared at all."""

    faults: tuple[str, ...]
    lines: frozenset[str]
    why: str


@cache
def differences() -> list[Known]:
    def lines(one: Mapping[str, Any]) -> frozenset[str]:
        return frozenset(f"{side}: {line}" for side in ("live", "generated") for line in one.get(side, ()))

    return [Known(tuple(one["faults"].split()), lines(one), one["why"]) for one in yaml.safe_load(DIFFERENCES.read_text("utf-8"))]


def generated(name: str, hosts: int, generation: Any) -> tuple[Places, set[str]]:
    """Where which facts change in a generated fleet without traps, and the paths that it tells at all."""
    before, _unused = _facts_of_generated(hosts, generation, ())
    after, letters = _facts_of_generated(hosts, generation, (name,))
    hit = [host for letter, host in letters.items() if letter not in whole_racks(name)]
    return places(before, after, hit), known_in(before) | known_in(after)


@lru_cache(maxsize=2)
def _facts_of_generated(hosts: int, generation: Any, faults: tuple[str, ...]) -> tuple[Facts, Mapping[str, str]]:
    """The facts of each host, and the hosts behind the letters of the faults."""
    world, expected = generated_fleet(hosts, generation, SEED, faults, ())
    with tempfile.TemporaryDirectory(prefix="compare-faults-") as directory:
        write(world, Path(directory) / "record")
        return facts(Path(directory) / "record"), expected.hosts


def whole_racks(name: str) -> set[str]:
    """The letters that stand for a host's rack and not for the host."""
    fault = inject.load(name)
    mine = {change["host"] for change in fault.changes if "rack_mtu" in change}
    return mine | {here for part in fault.parts for there, here in part.get("with", {}).items() if there in whole_racks(part["fault"])}


def compare(lab: Lab, name: str) -> Difference:
    live = lab.changes[name]
    made, told = generated(name, HOSTS, lab.generation)
    return Difference(
        both=live & made,
        live={one for one in live - made if one[1] in told},
        made={one for one in made - live if one[1] in lab.told - lab.restless},
        silent=tuple(side for side, some in (("live", live), ("generated", made)) if not some),
    )


def comparable(lab: Lab) -> list[str]:
    """The faults that both have, and that fall on the like in both."""
    generated = (fault for fault in inject.every() if fault.injectable and fault.generation in ("", lab.generation))
    unlike = {name for one in differences() if not one.lines for name in one.faults}
    return [fault.id for fault in generated if fault.id in lab.changes and fault.id not in unlike]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("faults", nargs="*", metavar="FAULT", help="all of both when none is named")
    parser.add_argument("--records", type=Path, metavar="DIRECTORY", help="records of live faults; else what was kept of the last ones")
    parser.add_argument("--keep", action="store_true", help="keep what the records say")
    given = parser.parse_args(arguments)
    try:
        lab = Lab.of_records(given.records) if given.records else Lab.kept()
    except ValueError as error:
        print(f"compare_faults: {error}", file=sys.stderr)
        return 1
    if unknown := [name for name in given.faults if name not in comparable(lab)]:
        print(f"compare_faults: not compared: {', '.join(unknown)}; there are {', '.join(comparable(lab))}", file=sys.stderr)
        return 1
    if given.keep:
        lab.keep()
    wrong = False
    for name in given.faults or comparable(lab):
        found = compare(lab, name)
        news, gone = found.known(name)
        wrong = wrong or bool(news or gone)
        print(f"{name}: {len(found.both)} alike, {len(found.live)} only live, {len(found.made)} only generated")
        for where, path in sorted(found.both) if given.faults else ():
            print(f"    alike      {where} {path}")
        for title, lines in (("differs", news), ("differs no more", gone)):
            print("".join(f"    {title:10} {line}\n" for line in sorted(lines)), end="")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
