#!/usr/bin/env python3
# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compare which facts a fault changes in the lab with which facts the same fault changes in a generated fleet.

    make try-faults ARGS="--keep /tmp/faults"          records of live faults, with a healthy one before and after
    python tools/compare_faults.py /tmp/faults [S01 …]

For each fault that both have: the paths of facts that changed live and not in the generated fleet, and the reverse, by where: "there"
is on the hosts that the fault is about, else the group of a host elsewhere. What a healthy lab changes by itself between two runs is
left out, and so are measurements, which never stay as they were, and entries of neighbour tables, which come and go. Facts that one of
the two never tells (of items that the generator does not print, of tools that the lab's hosts lack) are told apart. The generated
fleet is as large as the lab and of its generation; its hosts, addresses and traps are others, so that only paths are compared.

Ends with 1 when a fault changed nothing at all in one of the two.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / ".build"), str(ROOT / "molecule")]

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.record import Record  # noqa: E402
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.learning import facts_of  # noqa: E402
from generator import inject  # noqa: E402
from generator.generate import fleet as generated_fleet  # noqa: E402
from generator.write import write  # noqa: E402
from lab import fault_file  # noqa: E402

# Entries of lists are told apart by the first of these that they have.
NAMES = ("name", "address", "destination", "mount", "server", "peer", "id", "link", "namespace", "port")
# Counters, ages, loads: another value at every look.
MEASURED = re.compile(
    r"(_s|_ms|_bytes|bytes|packets|_ratio|_epoch|pid|pids|seconds|uptime|count|flows|hits|misses|running|blocked|changes|owners|zxid|received|sent"
    r"|^neighbours\[\]\.(address|link|mac)|^nsdb\.sessions\[\]\.(server|process)|latency_ms\.\w+|offset_s|reach|answered|queue|errors_last_hour|warnings_last_hour|epoch_s|nodes)$"
)
SEED = 1

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
    paths = {(old.get(one) or new[one])[0] for one in old.keys() | new.keys() if old.get(one) != new.get(one)}
    return {path for path in paths if not MEASURED.search(path) and not path.startswith("about.")}


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


def generated(name: str, hosts: int, generation: Any) -> tuple[Places, set[str]]:
    """Where which facts change in a generated fleet, and the paths that it tells at all."""
    told = []
    with tempfile.TemporaryDirectory(prefix="compare-faults-") as directory:
        for number, faults in enumerate(((), (name,))):
            world, expected = generated_fleet(hosts, generation, SEED, faults)
            write(world, Path(directory) / str(number))
            told.append(facts(Path(directory) / str(number)))
    return places(told[0], told[1], expected.hosts.values()), known_in(told[0]) | known_in(told[1])


def tell(name: str, live: Places, made: Places, told_live: set[str], told_made: set[str]) -> None:
    both = live & made
    only_live = {one for one in live - made if one[1] in told_made}
    only_made = {one for one in made - live if one[1] in told_live}
    print(f"{name}: {len(both)} alike, {len(only_live)} only live, {len(only_made)} only generated")
    for title, some in (("alike", both), ("only live", only_live), ("only generated", only_made)):
        for where, path in sorted(some):
            print(f"    {title:15} {where:12} {path}")
    for title, some in (("not generated", live - made - only_live), ("not in the lab", made - live - only_made)):
        if some:
            print(f"    {title:15} {', '.join(sorted({path for _where, path in some}))}")


def main(arguments: list[str]) -> int:
    if not arguments:
        print(__doc__)
        return 1
    kept, names = Path(arguments[0]), arguments[1:]
    base, again = record_in(kept / "healthy"), record_in(kept / "healthy-again")
    if base is None:
        print(f"compare_faults: {kept} has no record of the healthy lab", file=sys.stderr)
        return 1
    before = facts(base)
    noise = places(before, facts(again), ()) if again else set()
    restless = {path for _where, path in noise}
    generation = next(one["host"]["generation"] for one in before.values() if one["host"]["generation"])
    known = {fault.id for fault in inject.every() if fault.generation in ("", generation)}
    silent = []
    for name in names or sorted(path.name for path in kept.iterdir()):
        record = record_in(kept / name)
        if record is None or name not in known:
            continue
        after = facts(record)
        live = {one for one in places(before, after, concerned(fault_file.load(name), before)) if one[1] not in restless}
        made, told = generated(name, max(len(before), 12), generation)
        tell(name, live, made, known_in(before) | known_in(after), told)
        silent += [name] if not live or not made else []
    for name in silent:
        print(f"compare_faults: {name} changed nothing in one of the two", file=sys.stderr)
    return 1 if silent else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
