# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Generated fleets: their evidence is what the project's items ask for, its parsers read it whole, and the seed decides it all."""

from __future__ import annotations

import os
import subprocess
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
from generator.printers import flows  # noqa: E402
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


@cache
def heavy(generation: Generation, *faults: str) -> Answers:
    """With what a run over a fleet leaves out."""
    return dict(write.answers(world(generation, *faults), heavy=True))


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
    for name, rounds in heavy(generation, *filter(None, [fault])).items():
        host = fleet.hosts[name]
        outputs = {(one.item, one.round): one for outputs in rounds for one in outputs}
        about = {"name": name, "groups": list(host.groups), "state": "complete", "reason": "", "clock": {}}
        told = facts.build(outputs, about)["about"]
        if host.powered:
            assert {part: (one["unread"], one["crash"]) for part, one in told.items() if one["unread"] or one["crash"]} == {}, name
            assert told["links"]["state"] == told["routes"]["state"] == told["addresses"]["state"] == "known"
            # What is not known is what the host lacks a tool for.
            known = {part for part, one in told.items() if one["state"] in ("known", "not_applicable")}
            lacking = {"ethtool": {"link_settings"}, "dmesg": {"kernel_log", "security"}}
            missing = {part for tool in host.missing_tools for part in lacking[tool]}
            assert fault or set(told) - known - {"kernel", "agent", "topology"} == missing, name


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("hosts", [3, 8, HOSTS])
def test_each_host_answers_what_it_is_asked(generation: Generation, hosts: int) -> None:
    items = load_items(sorted(ROOT.glob("roles/*/evidence.yml")))
    fleet = world(generation, hosts=hosts).fleet
    needs = {need: "x" for item in items for need in item.needs}
    told = answers(generation, hosts=hosts)
    # Everything has a printer but the question for one network of a long table. Without configured servers nobody connects.
    printed = {item.id for item in items} - {"nsdb.cassandra_connect", "bgp.paths"}
    for name, rounds in told.items():
        for number, outputs in enumerate(rounds, start=1):
            wanted = {item.id for item in select(items, fleet.hosts[name].groups, number, params=needs)}
            said = [one.item for one in outputs]
            assert set(said) - {"nsdb.cassandra_connect"} == wanted & printed, (name, number)
            assert len(said) == len(set(said))


@pytest.mark.parametrize("generation", GENERATIONS)
def test_every_item_of_the_collection_is_printed(generation: Generation) -> None:
    """But for what only a person asks of one host: one network out of a long table, zebra, and tools that these fleets do not have."""
    printed = {one.item for rounds in heavy(generation).values() for outputs in rounds for one in outputs}
    declared = {item.id for item in load_items(sorted(ROOT.glob("roles/*/evidence.yml")))}
    assert declared - printed == {"bgp.paths", "bgp.zebra", "overlay.open_vswitch", "underlay.firewalld"}


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


_OTHERS = ("3.11", "3.12", "3.13")
_DIGEST = """
import hashlib, sys
sys.path[:0] = sys.argv[1:3]
from generator import generate, write
from generator.printers import flows
digest = hashlib.sha256()
for generation in "AB":
    made = generate.fleet(40, generation, 11, ("C08",))[0]
    for name, rounds in write.answers(made, 0.1, True):
        digest.update(repr((name, rounds)).encode("utf-8", "surrogateescape"))
    for line in flows.dump(made.fleet, made.fleet.of("gateway")[0]):
        digest.update(line.encode())
print(digest.hexdigest())
"""


def _digest(python: str, **environment: str) -> str:
    """Of what a process of its own generates; PyYAML is this interpreter's."""
    paths = [str(ROOT / "molecule"), str(ROOT / ".build")]
    told = subprocess.run(
        [python, "-c", _DIGEST, *paths], capture_output=True, text=True, check=True,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(yaml.__file__).parents[1]), "PYTHONDONTWRITEBYTECODE": "1", **environment},
    )  # fmt: skip
    return told.stdout.strip()


def test_another_process_another_python_another_place_say_the_same() -> None:
    """Whatever the order of sets, the locale and the time zone, and with every Python of the machine that the controller may have."""
    ours = _digest(sys.executable, PYTHONHASHSEED="1", LC_ALL="C", TZ="UTC")
    assert ours == _digest(sys.executable, PYTHONHASHSEED="2", LC_ALL="C.UTF-8", TZ="Asia/Tokyo")
    for version in _OTHERS:
        asked = [str(ROOT / "tools" / "find_python.sh"), version]
        found = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
        assert not found or ours == _digest(found), version


def test_what_waits_is_said_and_waits_for_something_that_is_not_there() -> None:
    built = {one["id"] for path in ROOT.glob("roles/*/checks.yml") for one in yaml.safe_load(path.read_text("utf-8"))["checks"]}
    for fault in inject.every():
        assert fault.injectable or fault.waits, fault.id
        assert all(reason for reason in fault.waits.values())
        assert fault.waits or not fault.meanwhile, fault.id
        # A root whose check is built waits only where the fault itself hides it.
        assert fault.id == "C03" or not {root.partition("@")[0] for root in fault.waits} & built, fault.id


def test_all_faults_of_the_catalogue_are_there() -> None:
    known = {fault.id for fault in inject.every()}
    assert known >= {*(f"S{number:02d}" for number in range(1, 55)), *(f"C{number:02d}" for number in range(1, 15))}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_changes_the_evidence(fault: str) -> None:
    generation = inject.load(fault).generation or "B"
    changed = {key for key, said in texts(heavy(generation, fault)).items() if said != texts(heavy(generation)).get(key)}
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
    def printed(seed: int, *names: str) -> object:
        made = generate.fleet(40, "B", seed, (), names)[0]
        # The flows of the smallest datapath tell of machines that start.
        starting = {host.name: next(flows.dump(made.fleet, host)) for host in made.fleet.agents if host.booting}
        return texts(dict(write.answers(made))), starting

    assert any(printed(seed) != printed(seed, trap) for seed in range(6))


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
