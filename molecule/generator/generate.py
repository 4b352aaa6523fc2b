#!/usr/bin/env python3
# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write the record of a fleet that never was.

    molecule/generator/generate.py --hosts 300 --generation B --seed 7 --fault S01 --out /tmp/record
    ansible-playbook midonet.diagnostics.analyse -e midonet_record=/tmp/record

Several --fault make a fleet with several faults, each on a host of its own as far as there are enough. --list shows all.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent
if __name__ == "__main__":
    # As a script, from the tree: the package's parent, and the link farm that `make setup` builds.
    sys.path[:0] = [str(_HERE.parent), str(_HERE.parents[1] / ".build")]

from generator import inject, layout, traps  # noqa: E402
from generator.model import Fleet, Generation  # noqa: E402
from generator.simulate import World, world  # noqa: E402
from generator.write import write, write_flows  # noqa: E402


def fleet(
    hosts: int, generation: Generation, seed: int, wanted: tuple[str, ...] = (), laid: tuple[str, ...] | None = None
) -> tuple[World, inject.Expected]:
    """A fleet with traps and faults, all consequences worked out, and what a diagnosis is expected to say of it."""
    built: Fleet = layout.build(hosts, generation, seed)
    traps.lay(built, traps.TRAPS if laid is None else laid)
    expected = inject.inject(built, [inject.load(one) for one in wanted])
    return world(built), expected


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write the record of a fleet that never was.")
    parser.add_argument("--hosts", type=int, default=30, help=f"{layout.FEWEST} to {layout.MOST} hosts (default 30)")
    parser.add_argument("--generation", choices=("A", "B"), default="B", help="A: up to 2015.06; B: 5.x (default)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same fleet")
    parser.add_argument("--fault", action="append", default=[], metavar="ID", help="a fault of molecule/generator/faults; may be repeated")
    parser.add_argument("--traps", default="all", help="all, none, or names with commas between them")
    parser.add_argument("--lose", type=float, default=0.0, help="the share of the evidence that is lost to time-outs (0 to 1)")
    parser.add_argument("--heavy", action="store_true", help="also what a run over a fleet leaves out: Neutron's lists, every rule and lease")
    parser.add_argument("--flows", type=Path, metavar="DIRECTORY", help="write there what mm-dpctl would dump of every agent's flows")
    parser.add_argument("--out", type=Path, help="the directory of the record: new or empty")
    parser.add_argument("--list", action="store_true", help="list faults and traps")
    given = parser.parse_args(arguments)
    if given.list:
        waiting = {fault.id: "; waits: " + ", ".join(fault.waits.values()) for fault in inject.every() if fault.waits}
        print("\n".join(f"{fault.id}  {fault.title}{waiting.get(fault.id, '')}" for fault in inject.every()))
        print("\n".join(f"trap {name}: {(trap.__doc__ or '').strip()}" for name, trap in traps.TRAPS.items()))
        return 0
    if given.out is None:
        parser.error("--out is missing")
    laid = {"all": tuple(traps.TRAPS), "none": ()}.get(given.traps, tuple(given.traps.split(",")))
    unknown = set(laid) - set(traps.TRAPS)
    if unknown:
        parser.error(f"no such trap: {', '.join(sorted(unknown))}")
    try:
        made, expected = fleet(given.hosts, given.generation, given.seed, tuple(given.fault), laid)
        write(made, given.out, given.lose, given.heavy)
        if given.flows:
            write_flows(made.fleet, given.flows)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    for root in sorted(expected.roots):
        print(f"expected root: {root}")
    for never in sorted(expected.never):
        print(f"never a root: {never}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
