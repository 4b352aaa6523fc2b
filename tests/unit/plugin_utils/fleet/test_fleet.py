"""Fleet facts: their schema, their size, and what they make of holes."""

from __future__ import annotations

import copy
import json
import math
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ansible_collections.midonet.diagnostics.plugins.module_utils import facts
from ansible_collections.midonet.diagnostics.plugins.plugin_utils import fleet
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.fleet import firewall, hosts, routing, tunnels
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.schema import problem

ROOT = Path(__file__).resolve().parents[4]
sys.path.insert(0, str(ROOT / "tests" / "unit" / "plugin_utils" / "checks"))
import healthy  # noqa: E402

SCHEMA = json.loads((ROOT / "plugins" / "plugin_utils" / "fleet" / "schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def problems(built: dict[str, Any]) -> list[str]:
    return [f"{list(error.path)}: {error.message}"[:300] for error in VALIDATOR.iter_errors(built)]


@pytest.fixture(scope="module")
def every() -> list[dict[str, Any]]:
    return [facts.build(evidence, healthy.host(name)) for name, evidence in healthy.fleet().items()]


def test_schema_fits_a_healthy_fleet(every: list[dict[str, Any]]) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert problems(fleet.build(every)) == []


def test_schema_fits_an_empty_fleet() -> None:
    assert problems(fleet.build([])) == []


def test_every_property_is_described() -> None:
    def walk(schema: dict[str, Any], path: str) -> Iterator[str]:
        for name, inner in schema.get("properties", {}).items():
            if not inner.get("description"):
                yield f"{path}.{name}"
            yield from walk(inner, f"{path}.{name}")
            yield from walk(inner.get("items", {}), f"{path}.{name}[]")

    assert list(walk(SCHEMA, "")) == []


def test_the_order_of_hosts_does_not_matter(every: list[dict[str, Any]]) -> None:
    assert fleet.build(every) == fleet.build(reversed(every))


def test_facts_are_not_changed(every: list[dict[str, Any]]) -> None:
    before = copy.deepcopy(every)
    fleet.build(every)
    assert every == before


def _holes(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place of facts that may be null, as container and key; of a list its first element only."""
    pairs = list(value.items()) if isinstance(value, dict) else list(enumerate(value[:1])) if isinstance(value, list) else []
    for key, inner in pairs:
        if not (isinstance(value, list) or key in ("name", "groups", "about", "host")):
            yield value, key
        if key != "about":
            yield from _holes(inner)


@pytest.mark.parametrize("name", ["c1", "g1", "z1", "k1", "a1"])
def test_any_value_may_be_missing(every: list[dict[str, Any]], name: str) -> None:
    place = [one["host"]["name"] for one in every].index(name)
    mine = copy.deepcopy(every[place])
    others = [*every[:place], *every[place + 1 :]]
    for container, key in list(_holes(mine)):
        kept, container[key] = container[key], None
        assert problem(fleet.build([*others, mine]), SCHEMA) is None, key
        container[key] = kept


# --- sampling and the second round


@pytest.mark.parametrize("count", [1, 2, 3, 30])
def test_a_small_fleet_is_probed_in_full(count: int) -> None:
    names = [f"h{number:04d}" for number in range(count)]
    assert all(sorted([*peers, name]) == names for name, peers in tunnels.sample(names).items())


@pytest.mark.parametrize("count", [31, 100, 1000])
def test_a_large_fleet_is_sampled(count: int) -> None:
    plan = tunnels.sample([f"h{number:04d}" for number in range(count)])
    each = math.ceil(math.log2(count))
    targets = Counter(peer for peers in plan.values() for peer in peers)
    assert {len(set(peers)) for peers in plan.values()} == {each}
    assert set(targets.values()) == {each}, "every host is probed as often as it probes"
    assert all(name not in peers for name, peers in plan.items())


def test_round_two(every: list[dict[str, Any]]) -> None:
    asked = fleet.round_two(fleet.build(every), "c1")
    assert asked["tunnel_address"] == "172.16.0.11"
    assert asked["tunnel_peers"] == ["172.16.0.12", "172.16.0.13", "172.16.0.14", "172.16.0.15"]
    assert asked["tunnel_payload"] == "1472"
    assert asked["zookeeper_servers"] == ["10.0.0.16:2181", "10.0.0.17:2181", "10.0.0.18:2181"]
    assert asked["cassandra_servers"] == ["10.0.0.19:9042", "10.0.0.20:9042"]
    assert set(fleet.round_two(fleet.build(every), "a1")) == {"zookeeper_servers"}
    assert fleet.round_two(fleet.build(every), "z1") == {"zookeeper_peers": ["10.0.0.17:3888", "10.0.0.18:3888"]}
    assert fleet.round_two(fleet.build(every), "k1") == {}
    assert fleet.round_two(fleet.build(every), "nobody") == {}


def test_round_two_without_an_api_host(every: list[dict[str, Any]]) -> None:
    asked = fleet.round_two(fleet.build(one for one in every if one["host"]["name"] != "a1"), "c1")
    assert set(asked) == {"zookeeper_servers", "cassandra_servers"}


def _without_api(every: list[dict[str, Any]], mtus: dict[str, int]) -> dict[str, dict[str, Any]]:
    """The tunnel endpoints of a fleet whose API tells nothing, when the interface towards the NSDB has another MTU on some hosts."""
    changed = copy.deepcopy([one for one in every if one["host"]["name"] != "a1"])
    for one in changed:
        for link in one.get("links") or ():
            if link["name"] == "eth0" and one["host"]["name"] in mtus:
                link["mtu"] = mtus[one["host"]["name"]]
    return {entry["host"]: entry for entry in fleet.build(changed)["tunnel_endpoints"]}


def test_a_small_mtu_is_seen_without_an_api(every: list[dict[str, Any]]) -> None:
    ends = _without_api(every, {"c1": 1400})
    assert {name: ends["c1"][name] for name in ("link", "mtu", "common_mtu", "common_subnet", "zone", "address")} == {
        "link": "eth0", "mtu": 1400, "common_mtu": 1500, "common_subnet": "10.0.0.0/24", "zone": None, "address": None
    }  # fmt: skip
    assert all(end["mtu"] is None for name, end in ends.items() if name != "c1")


def test_without_an_api_and_a_majority_no_mtu_is_the_right_one(every: list[dict[str, Any]]) -> None:
    hosts = sorted(one["host"]["name"] for one in every if one["host"]["name"] != "a1")
    half = {name: 1400 + number for number, name in enumerate(hosts) if number < -(-len(hosts) // 2)}
    assert all(end["mtu"] is None for end in _without_api(every, half).values())


def test_a_large_mtu_says_nothing_without_an_api(every: list[dict[str, Any]]) -> None:
    assert all(end["mtu"] is None for end in _without_api(every, {"c1": 9000}).values())


def test_a_host_without_its_tunnel_address_is_not_asked_to_ping(every: list[dict[str, Any]]) -> None:
    changed = copy.deepcopy(every)
    changed[0]["addresses"] = [row for row in changed[0]["addresses"] if row["address"] != "172.16.0.11"]
    built = fleet.build(changed)
    assert "tunnel_address" not in fleet.round_two(built, "c1")
    assert "172.16.0.11" in fleet.round_two(built, "c2")["tunnel_peers"]


@pytest.mark.parametrize(("apart_s", "holders"), [(12, 1), (600, 2)])
def test_a_machine_that_the_inventory_names_twice_is_no_conflict(every: list[dict[str, Any]], apart_s: int, holders: int) -> None:
    again = copy.deepcopy(every[0])
    again["host"]["name"] = "again"
    again["host"]["uptime_s"] += apart_s  # a clone with the same name and cards came up at another time
    rows = [row for row in fleet.build([*every, again])["addresses"] if row["host"] in ("again", every[0]["host"]["name"])]
    assert rows and {row["holders"] for row in rows} == {holders}


@pytest.mark.parametrize(
    ("address", "link", "shared"),
    [
        ("172.23.0.1", "bgp-072db73_br", True),
        ("172.23.0.5", "mbgp1_vty", True),
        ("172.23.0.1", "eth1", False),
        ("203.0.113.31", "bgp-072db73", False),
        ("172.17.0.1", "docker0", True),
        ("127.0.0.1", "eth0", True),
    ],
)
def test_addresses_that_every_host_may_have(address: str, link: str, shared: bool) -> None:
    assert hosts.is_everywhere(address, link) is shared


# --- scale


class Counting(dict[str, Any]):
    """A mapping that counts how often it is looked at."""

    looks = 0

    def get(self, key: str, default: Any = None) -> Any:
        Counting.looks += 1
        return super().get(key, default)

    def __getitem__(self, key: str) -> Any:
        Counting.looks += 1
        return super().__getitem__(key)


def _counting(value: Any) -> Any:
    if isinstance(value, dict):
        return Counting({key: _counting(inner) for key, inner in value.items()})
    return [_counting(inner) for inner in value] if isinstance(value, list) else value


def _many(every: list[dict[str, Any]], count: int) -> list[Any]:
    """A fleet of so many compute hosts beside the servers, each with addresses and an identity of its own."""
    model, rest = every[0], [one for one in every if one["host"]["name"][0] in "zka"]
    api = copy.deepcopy(next(one for one in rest if one["host"]["name"] == "a1"))
    rows = api["topology"]
    rows.update(hosts=[], members=[], bindings=[])
    made = []
    for number in range(count):
        one = json.loads(json.dumps(model).replace("172.16.0.11", f"172.16.{1 + number // 250}.{1 + number % 250}"))
        one["host"]["name"] = one["host"]["hostname"] = f"n{number:05d}"
        one["agent"]["host_id"] = f"id-{number}"
        one["addresses"] = [row for row in one["addresses"] if row["link"] != "eth0"]
        rows["hosts"].append({"id": f"id-{number}", "name": f"n{number:05d}", "alive": True, "addresses": []})
        rows["members"].append(
            {"zone": healthy.ZONE, "host_id": f"id-{number}", "address": f"172.16.{1 + number // 250}.{1 + number % 250}"}
        )
        made.append(one)
    return [_counting(one) for one in [*made, *(one for one in rest if one["host"]["name"] != "a1"), api]]


def _looks(every: list[dict[str, Any]], count: int) -> int:
    many = _many(every, count)
    Counting.looks = 0
    fleet.build(many)
    return Counting.looks


def test_work_grows_with_the_number_of_hosts(every: list[dict[str, Any]]) -> None:
    """Four times the hosts: four times the work, and a little more for the longer lists of sampled peers."""
    small, large = _looks(every, 100), _looks(every, 400)
    assert large / small < 4 * 1.4


# --- single parts


def _used_for(built: dict[str, Any], host: str) -> dict[str, list[str]]:
    return {one["name"]: one["used_for"] for one in built["used_links"] if one["host"] == host}


def test_the_uplink_is_known_without_bindings(every: list[dict[str, Any]]) -> None:
    """From the datapath, where the API did not tell."""
    changed = copy.deepcopy(every)
    for one in changed:
        if one["topology"]:
            one["topology"]["bindings"] = None
    uplinks = [name for name, uses in _used_for(fleet.build(every), "g1").items() if "uplink" in uses]
    assert uplinks
    assert [name for name, uses in _used_for(fleet.build(changed), "g1").items() if "uplink" in uses] == uplinks


@pytest.mark.parametrize("role", ["zookeeper", "cassandra"])
def test_the_interface_at_which_a_server_is_reached_is_in_use(every: list[dict[str, Any]], role: str) -> None:
    """Also when the host's routes were not read."""
    changed = copy.deepcopy(every)
    servers = [one for one in changed if role in one["host"]["groups"]]
    for one in servers:
        one["routes"] = None
    built = fleet.build(changed)
    assert servers
    for one in servers:
        assert any(role in uses for uses in _used_for(built, one["host"]["name"]).values()), one["host"]["name"]


@pytest.mark.parametrize("told", [True, False])
def test_the_identity_of_a_clone_is_not_taken_for_its_own(every: list[dict[str, Any]], told: bool) -> None:
    """NSDB has it under the name of another host: whose ports are bound under it is not known, whether that host tells its own or not."""
    changed = {one["host"]["name"]: one for one in copy.deepcopy(every)}
    agents = [name for name, one in changed.items() if "compute" in one["host"]["groups"]]
    clone, original = agents[:2]
    changed[clone]["agent"]["host_id"] = changed[original]["agent"]["host_id"]
    if not told:
        changed[original]["agent"]["host_id"] = None
    built = fleet.build(list(changed.values()))
    twins = {one["host"]: one["twins"] for one in built["agents"]}
    assert twins[clone] == ([original] if told else None)
    assert clone not in {one["host"] for one in built["bindings"]}


def test_a_server_that_serves_and_does_not_tell_its_mode_may_lead(every: list[dict[str, Any]]) -> None:
    changed = copy.deepcopy(every)
    leader = next(one for one in changed if one["zookeeper"] and one["zookeeper"]["mode"] == "leader")
    leader["zookeeper"]["mode"] = None
    ensemble = fleet.build(changed)["ensemble"]
    assert (ensemble["has_quorum"], ensemble["leaders"], ensemble["leader_count"]) == (True, [], None)
    assert leader["host"]["name"] in ensemble["reason"]


def test_a_dead_server_is_known_by_elimination(every: list[dict[str, Any]]) -> None:
    """The one ZooKeeper server that told nothing is the one whose address nobody has."""
    changed = [one if one["host"]["name"] != "z1" else facts.build({}, {**healthy.host("z1"), "state": "not_reached"}) for one in every]
    clients = fleet.build(changed)["zookeeper_clients"]
    assert {entry["peer"] for entry in clients if entry["server"] == "10.0.0.16:2181"} == {"z1"}


@pytest.mark.parametrize(
    ("address", "link"),
    [("10.1.2.3", "eth3"), ("10.9.9.9", "eth0"), ("192.168.1.1", None)],
)
def test_longest_prefix(address: str, link: str | None) -> None:
    table = routing.RouteTable(
        [
            {"destination": "10.0.0.0/8", "link": "eth0", "metric": 0},
            {"destination": "10.1.0.0/16", "link": "eth2", "metric": 100},
            {"destination": "10.1.0.0/16", "link": "eth3", "metric": 10},
            {"destination": "nonsense", "link": "eth9", "metric": 0},
        ]
    )
    assert (table.lookup(address) or {}).get("link") == link


PACKET = firewall.Packet("tunnel", "udp", 6677, "172.16.0.12", "eth1", "172.16.0.11")


def rule(target: str, chain: str = "INPUT", **fields: Any) -> dict[str, Any]:
    empty = dict.fromkeys(("protocol", "source", "destination", "in_link", "out_link"))
    return {**empty, "chain": chain, "target": target, "ports": [], "states": [], "decidable": True, "text": f"-j {target}", **fields}


@pytest.mark.parametrize(
    ("rules", "policy", "outcome"),
    [
        ([], "ACCEPT", "accept"),
        ([], "DROP", "drop"),
        ([rule("DROP", protocol="tcp")], "ACCEPT", "accept"),
        ([rule("REJECT")], "ACCEPT", "reject"),
        ([rule("ACCEPT", states=["ESTABLISHED"]), rule("DROP")], "ACCEPT", "drop"),
        ([rule("ACCEPT", ports=[{"first": 6000, "last": 7000}]), rule("DROP")], "DROP", "accept"),
        ([rule("DROP", source="192.0.2.0/24")], "ACCEPT", "accept"),
        ([rule("DROP", in_link="eth0")], "ACCEPT", "accept"),
        ([rule("DROP", in_link="eth+")], "ACCEPT", "drop"),
        ([rule("own"), rule("ACCEPT", chain="own", protocol="udp"), rule("DROP")], "DROP", "accept"),
        ([rule("own"), rule("RETURN", chain="own"), rule("DROP", chain="own"), rule("ACCEPT")], "DROP", "accept"),
        ([rule("DROP", decidable=False), rule("ACCEPT")], "DROP", "undecidable"),
        ([rule("ACCEPT", decidable=False)], "DROP", "undecidable"),
        ([rule("ACCEPT", decidable=False), rule("ACCEPT")], "DROP", "accept"),
        ([rule("own", decidable=False), rule("DROP", chain="own")], "ACCEPT", "undecidable"),
        ([rule("a"), rule("b", chain="a"), rule("a", chain="b")], "DROP", "undecidable"),
        ([rule("LOG"), rule("NFQUEUE"), rule("ACCEPT")], "DROP", "accept"),
    ],
)
def test_rules_are_walked(rules: list[dict[str, Any]], policy: str, outcome: str) -> None:
    table = {"loaded": True, "chains": [{"name": "INPUT", "policy": policy}], "rules": rules}
    assert firewall.verdict_of(table, PACKET).outcome == outcome


def nftables(rules: list[dict[str, Any]], policy: str = "ACCEPT", hook: str = "input") -> dict[str, Any]:
    """A rule set of one chain."""
    chains = [{"name": "inet site input", "hook": hook, "policy": policy}]
    return {"chains": chains, "rules": [{**one, "chain": "inet site input"} for one in rules]}


@pytest.mark.parametrize(
    ("counts", "verdicts"),
    [
        (("tngre-overlay",), {"gre": "accept"}),
        (("tnvxlan-overlay",), {"udp/6677": "drop"}),
        ((), {"gre": "accept", "udp/6677": None}),
        (("tngre-overlay", "tnvxlan-overlay"), {"gre": "accept", "udp/6677": None}),
    ],
)
def test_without_an_api_the_datapath_tells_the_protocol_of_tunnels(
    every: list[dict[str, Any]], counts: tuple[str, ...], verdicts: dict[str, str | None]
) -> None:
    changed = copy.deepcopy([one for one in every if one["host"]["name"] != "a1"])
    mine = next(one for one in changed if one["host"]["name"] == "c1")
    rules = [{"chain": "INPUT", "protocol": "gre", "target": "ACCEPT", "text": "-p gre -j ACCEPT"}]
    chains = [{"name": "INPUT", "policy": "DROP"}]
    mine["firewall"] = {**mine["firewall"], "loaded": True, "rules": rules, "chains": chains, "nftables": None}
    template = next(port for port in mine["datapath"]["ports"] if port["name"].startswith("tn"))
    kept = [port for port in mine["datapath"]["ports"] if not port["name"].startswith("tn")]
    mine["datapath"]["ports"] = [*kept, *({**template, "name": name, "rx_packets": 9 if name in counts else 0, "tx_packets": 0}
                                          for name in tunnels.PORT_OF_TYPE.values())]  # fmt: skip
    told = {one["key"]: one for one in fleet.build(changed)["firewall_ports"] if (one["host"], one["service"]) == ("c1", "tunnel")}
    assert {key: one["verdict"] for key, one in told.items()} == verdicts
    assert all("not known" in one["reason"] for one in told.values() if one["verdict"] is None)


@pytest.mark.parametrize(
    ("loaded", "rules", "newer", "outcome"),
    [
        (False, [], nftables([rule("DROP")]), "drop"),
        (False, [], nftables([rule("DROP")], hook="forward"), "accept"),
        (False, [], nftables([], "DROP"), "drop"),
        (False, [], None, "accept"),
        (True, [rule("ACCEPT")], nftables([rule("REJECT")]), "reject"),
        (True, [rule("DROP")], nftables([rule("ACCEPT")]), "drop"),
        (True, [rule("ACCEPT")], nftables([rule("DROP", decidable=False)]), "undecidable"),
        (True, [rule("DROP")], nftables([rule("DROP", decidable=False)]), "drop"),
        (True, [rule("ACCEPT")], nftables([rule("ACCEPT", protocol="udp")], "DROP"), "accept"),
    ],
)
def test_a_packet_must_pass_iptables_and_nftables(
    loaded: bool, rules: list[dict[str, Any]], newer: dict[str, Any] | None, outcome: str
) -> None:
    table = {"loaded": loaded, "chains": [{"name": "INPUT", "policy": "ACCEPT"}], "rules": rules, "nftables": newer}
    assert firewall.verdict_of(table, PACKET).outcome == outcome


@pytest.mark.parametrize(
    ("values", "common"),
    [([1500, 1500, 9000], 1500), ([], None), ([1, 2], 2), ([("a",), ("b",), ("b",)], ("b",))],
)
def test_most_common(values: list[Any], common: Any) -> None:
    assert hosts.most_common(values) == common
