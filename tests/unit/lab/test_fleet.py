# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fleet files of the lab: what they make, and what their authors are told; the lab itself is not needed here."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.schema import KEYWORDS

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "molecule"))

from lab.commands import LabError  # noqa: E402
from lab.fleet import DEFAULTS, HERE, KINDS, known, load  # noqa: E402

GOOD: dict[str, Any] = {"name": "x", "generation": "B", "hosts": {"zookeeper": [1], "compute": [1, 1], "time": [1, 1]}}


def told(directory: Path, **changed: Any) -> str:
    """What the author of a file is told, without the path of it; nothing when the file is good."""
    path = directory / "fleet.yml"
    path.write_text(yaml.safe_dump({**GOOD, **changed}), "utf-8")
    try:
        load(str(path))
    except LabError as error:
        assert "\n" not in str(error)
        return str(error).removeprefix(f"{path}: ")
    return ""


@pytest.mark.parametrize("generation", ["A", "B"])
@pytest.mark.parametrize("name", known())
def test_each_fleet_of_ours_can_be_built_of_either_generation(name: str, generation: str) -> None:
    fleet = load(name, generation)
    assert fleet.name == name
    assert len({host.number for host in fleet.hosts.values()}) == len(fleet.hosts)


@pytest.mark.parametrize("name", known())
def test_each_fleet_of_ours_fits_the_neighbour_table_that_a_kernel_has_by_default(name: str) -> None:
    # The machine and what else runs on it need some, too.
    assert load(name).neighbours() < 1024 * 0.7


def test_the_same_file_makes_the_same_fleet() -> None:
    assert load("default").topology() == load("default").topology()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"rack": 2}, 'unknown key "rack" (did you mean "racks"?)'),
        ({"racks": 0}, "racks: 0 is less than 1"),
        ({"generation": "C"}, 'generation: "C" is not one of A, B'),
        ({"version": 5.2}, "version: is a number, not text"),
        ({"version": "2015.03.1"}, "version: 2015.03.1 is none of generation B, which is 5.0 or later"),
        ({"generation": "A", "version": "5.2.2"}, "version: 5.2.2 is none of generation A, which is up to 2015.06"),
        ({"tunnels": "ovs"}, 'tunnels: "ovs" is not one of kernel, openvswitch'),
        ({"vms": "many"}, "vms: is text, not a number"),
        ({"hosts": {"computes": [1]}}, 'hosts: unknown key "computes" (did you mean "compute"?)'),
        ({"hosts": {"zookeeper": 3}}, "hosts.zookeeper: is a number, not a list"),
        ({"hosts": {"zookeeper": [-1]}}, "hosts.zookeeper[1]: -1 is less than 0"),
        ({"hosts": {"zookeeper": [1, 1, 1]}}, "hosts.zookeeper: is for 3 racks, and there are 2"),
        ({"hosts": {"zookeeper": [3, 3]}}, "hosts.zookeeper: are 6, and 5 is the most that can be"),
        ({"hosts": {"compute": [1]}}, "hosts.zookeeper: is missing: agents and the API cannot do without"),
        ({"wrong_clocks": {"ntp3": 90}}, 'wrong_clocks.ntp3: is no NTP server (did you mean "ntp2"?)'),
        ({"wrong_clocks": {"ntp1": "late"}}, "wrong_clocks.ntp1: is text, not a number"),
        ({"tunnel_zone": {"type": "vlan"}}, 'tunnel_zone.type: "vlan" is not one of vxlan, gre (did you mean "vxlan"?)'),
        ({"upstream": {"advertise": ["192.0.2.1/24"]}}, "upstream.advertise: 192.0.2.1/24 has host bits set"),
        ({"upstream": {"advertise": ["all"]}}, 'upstream.advertise[1]: "all" does not look like a network such as 198.51.100.0/24'),
    ],
)
def test_what_is_wrong_is_told_in_one_line(tmp_path: Path, changed: dict[str, Any], message: str) -> None:
    assert told(tmp_path, **changed) == message


@pytest.mark.parametrize("text", ["", "[", "- one", "\xff"])
def test_what_is_no_fleet_file_at_all(tmp_path: Path, text: str) -> None:
    path = tmp_path / "fleet.yml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(LabError, match=str(path)):
        load(str(path))


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(LabError, match=r"there is no fleet file nope; .*default.* can be given by name"):
        load("nope")


def test_what_a_file_leaves_out_is_the_default(tmp_path: Path) -> None:
    path = tmp_path / "fleet.yml"
    path.write_text(yaml.safe_dump({**GOOD, "tunnel_zone": {"type": "gre"}, "upstream": {"asn": 65000}}), "utf-8")
    fleet = load(str(path))
    assert fleet.zone == {**DEFAULTS["tunnel_zone"], "type": "gre"}
    assert fleet.upstream == {**DEFAULTS["upstream"], "asn": 65000}
    assert fleet.provider == DEFAULTS["provider_router"]
    assert (fleet.tunnels, len(fleet.racks)) == ("kernel", 2)


def test_a_version_belongs_to_its_generation(tmp_path: Path) -> None:
    path = tmp_path / "fleet.yml"
    path.write_text(yaml.safe_dump({**GOOD, "version": "5.0"}), "utf-8")
    assert load(str(path)).version == "5.0"
    assert load(str(path), "A").version == "2015.06.1"


def test_the_schema_knows_the_kinds_and_says_nothing_that_is_not_looked_at() -> None:
    schema = json.loads((HERE / "fleet.schema.json").read_text("utf-8"))
    assert set(schema["properties"]["hosts"]["properties"]) == set(KINDS) - {"router", "upstream"}
    assert set(schema["properties"]) == {"name", "generation", "version", "hosts", *DEFAULTS}

    def keywords(node: Any) -> set[str]:
        if isinstance(node, list):
            return set().union(*map(keywords, node))
        if not isinstance(node, dict):
            return set()
        inner = {name for key in ("properties", "$defs") for name in node.get(key, {})}
        below = [value for key, value in node.items() if key not in ("properties", "$defs")]
        below += [value for key in ("properties", "$defs") for value in node.get(key, {}).values()]
        return {key for key in node if key not in inner} | set().union(*map(keywords, below))

    assert keywords(schema) <= KEYWORDS
