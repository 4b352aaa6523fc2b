# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Generated fleets: their evidence is what the project's items ask for, its parsers read it whole, and the seed decides it all."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import pytest
import yaml
from ansible_collections.midonet.diagnostics.plugins.module_utils import facts
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.item import Output, load_items, select

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "molecule"))

from generator import generate, inject, layout, traps, write  # noqa: E402
from generator.model import Generation  # noqa: E402
from generator.simulate import World  # noqa: E402

GENERATIONS: tuple[Generation, ...] = ("A", "B")
FAULTS = [fault.id for fault in inject.every() if fault.injectable]
HOSTS = 20

Answers = dict[str, tuple[list[Output], list[Output]]]


@cache
def world(generation: Generation, *faults: str, seed: int = 1, hosts: int = HOSTS) -> World:
    return generate.fleet(hosts, generation, seed, faults)[0]


@cache
def answers(generation: Generation, *faults: str, seed: int = 1, hosts: int = HOSTS) -> Answers:
    return dict(write.answers(world(generation, *faults, seed=seed, hosts=hosts)))


def texts(told: Answers) -> dict[tuple[str, str, int], tuple[str, str, int | None]]:
    return {
        (host, one.item, one.round): (one.stdout, one.stderr, one.exit_code)
        for host, rounds in told.items()
        for outputs in rounds
        for one in outputs
    }


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("fault", ["", *FAULTS])
def test_parsers_read_every_line(generation: Generation, fault: str) -> None:
    fleet = world(generation, *filter(None, [fault])).fleet
    for name, rounds in answers(generation, *filter(None, [fault])).items():
        host = fleet.hosts[name]
        outputs = {(one.item, one.round): one for outputs in rounds for one in outputs}
        about = {"name": name, "groups": list(host.groups), "state": "complete", "reason": "", "clock": {}}
        told = facts.build(outputs, about)["about"]
        if host.powered:
            assert {part: (one["unread"], one["crash"]) for part, one in told.items() if one["unread"] or one["crash"]} == {}, name
            assert told["links"]["state"] == told["routes"]["state"] == told["addresses"]["state"] == "known"


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("hosts", [3, 8, HOSTS])
def test_each_host_answers_what_it_is_asked(generation: Generation, hosts: int) -> None:
    items = load_items(sorted(ROOT.glob("roles/*/evidence.yml")))
    fleet = world(generation, hosts=hosts).fleet
    needs = {need: "x" for item in items for need in item.needs}
    told = answers(generation, hosts=hosts)
    # What no host answers has no printer yet: what rests on it says unknown. Without configured servers there is nothing to connect to.
    printed = {one.item for rounds in told.values() for outputs in rounds for one in outputs} - {"nsdb.cassandra_connect"}
    assert len(printed) >= 38
    for name, rounds in told.items():
        for number, outputs in enumerate(rounds, start=1):
            wanted = {item.id for item in select(items, fleet.hosts[name].groups, number, params=needs)}
            said = [one.item for one in outputs]
            assert set(said) - {"nsdb.cassandra_connect"} == wanted & printed, (name, number)
            assert len(said) == len(set(said))


@pytest.mark.parametrize("generation", GENERATIONS)
def test_the_seed_decides_everything(generation: Generation) -> None:
    again = dict(write.answers(generate.fleet(HOSTS, generation, 1)[0]))
    assert texts(again) == texts(answers(generation))
    assert texts(answers(generation, seed=2)) != texts(answers(generation))


def files_of(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize("generation", GENERATIONS)
def test_the_same_seed_writes_the_same_bytes(generation: Generation, tmp_path: Path) -> None:
    arguments = ["--hosts", "12", "--generation", generation, "--fault", "S34", "--lose", "0.1"]
    for name, seed in (("one", "7"), ("other", "7"), ("different", "8")):
        assert generate.main([*arguments, "--seed", seed, "--out", str(tmp_path / name)]) == 0
    different, one, other = (files_of(root) for root in sorted(tmp_path.iterdir()))
    assert one == other
    assert one != different


def test_what_waits_is_said_and_waits_for_something_that_is_not_there() -> None:
    built = {one["id"] for path in ROOT.glob("roles/*/checks.yml") for one in yaml.safe_load(path.read_text("utf-8"))["checks"]}
    for fault in inject.every():
        assert fault.injectable or fault.waits, fault.id
        assert all(reason for reason in fault.waits.values())
        # A root whose check is built waits only where the fault itself hides it.
        assert fault.id == "C03" or not {root.partition("@")[0] for root in fault.waits} & built, fault.id


def test_all_faults_of_the_catalogue_are_there() -> None:
    known = {fault.id for fault in inject.every()}
    assert known >= {*(f"S{number:02d}" for number in range(1, 55)), *(f"C{number:02d}" for number in range(1, 15))}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_changes_the_evidence(fault: str) -> None:
    generation = inject.load(fault).generation or "B"
    changed = {key for key, said in texts(answers(generation, fault)).items() if said != texts(answers(generation)).get(key)}
    silent = any(not host.powered for host in world(generation, fault).fleet.hosts.values())
    assert changed or silent


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_says_what_is_expected(fault: str) -> None:
    _world, expected = generate.fleet(HOSTS, inject.load(fault).generation or "B", 1, (fault,))
    assert expected.roots or expected.warns or inject.load(fault).waits
    assert all("@" in root for root in expected.roots | expected.warns)
    assert not {root.partition("@")[0] for root in expected.roots} & expected.never


@pytest.mark.parametrize("trap", list(traps.TRAPS))
def test_every_trap_is_in_the_evidence(trap: str) -> None:
    bare = [texts(dict(write.answers(generate.fleet(40, "B", seed, (), ())[0]))) for seed in range(6)]
    laid = [texts(dict(write.answers(generate.fleet(40, "B", seed, (), (trap,))[0]))) for seed in range(6)]
    assert bare != laid


def test_lost_evidence_is_lost_by_the_seed() -> None:
    def lost() -> list[Output]:
        told = dict(write.answers(world("B"), 0.1))
        return [one for rounds in told.values() for outputs in rounds for one in outputs if one.state == "timeout"]

    every = [one for rounds in answers("B").values() for outputs in rounds for one in outputs]
    assert 0.05 < len(lost()) / len(every) < 0.15
    assert lost() == lost()


@pytest.mark.parametrize("hosts", [2, 10_001])
def test_sizes_have_bounds(hosts: int) -> None:
    with pytest.raises(ValueError, match="3 to 10000"):
        layout.build(hosts, "B", 1)


def test_addresses_of_the_largest_fleet_are_unique() -> None:
    fleet = layout.build(10_000, "B", 1)
    for addresses in ([host.address for host in fleet.hosts.values()], [host.management for host in fleet.hosts.values()]):
        assert len(set(addresses)) == 10_000


def test_the_script_writes_a_record(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main(["--hosts", "5", "--fault", "S34", "--out", str(tmp_path / "record")]) == 0
    assert "expected root: zookeeper.process@" in capsys.readouterr().out
    assert (tmp_path / "record" / "manifest.json").is_file()
    assert generate.main(["--hosts", "5", "--fault", "S34", "--out", str(tmp_path / "record")]) == 1
    assert generate.main(["--hosts", "5", "--fault", "nonsense", "--out", str(tmp_path / "other")]) == 1
