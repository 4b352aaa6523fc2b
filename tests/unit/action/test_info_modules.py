"""The modules that ask one host: what they ask, what they return, and what their documentation says of it."""

from __future__ import annotations

import importlib
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import jsonschema
import pytest
import yaml
from ansible_collections.midonet.diagnostics.plugins.module_utils import facts, subsets
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller import asking, collecting, shared
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller.guard import Refused
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.record import Record

ROOT = Path(__file__).resolve().parents[3]
COLLECTION = "ansible_collections.midonet.diagnostics.plugins"
MODULES = sorted(asking.QUESTIONS)
RECORDS = [ROOT / "inventories" / name for name in ("demo-healthy", "demo-record")]
SCHEMA = facts.schema()["properties"]
KINDS = {"list": list, "dict": dict, "str": str, "int": int, "float": (int, float), "bool": bool}
WORDS = yaml.safe_load((ROOT / "tools" / "info_modules.yml").read_text())
FACE = SimpleNamespace(template=lambda value: value)


def document(name, part):
    return yaml.safe_load(getattr(importlib.import_module(f"{COLLECTION}.modules.{name}"), part))


def variables(record, host, **more):
    return {
        "inventory_hostname": host,
        "group_names": list(Record.open(record).host(host).groups),
        "midonet_replay": str(record),
        "midonet_pseudonym_key": "documentation",
        **more,
    }


def answer(name, task_vars):
    return asking.answer(FACE, name, WORDS[name].get("sample_arguments", {}), task_vars)


def mismatches(returned, documented, place=""):
    """Where a value and its documentation differ; null may stand anywhere."""
    if returned is None:
        return
    kind = documented["type"]
    if not isinstance(returned, KINDS[kind]) or (isinstance(returned, bool) and kind != "bool"):
        yield f"{place}: {returned!r} is no {kind}"
    elif isinstance(returned, list):
        for one in returned[:50]:
            yield from mismatches(one, {**documented, "type": documented["elements"]}, f"{place}[]")
    elif isinstance(returned, dict) and "contains" in documented:
        if set(returned) != set(documented["contains"]):
            yield f"{place}: {sorted(set(returned) ^ set(documented['contains']))}"
        else:
            for key, value in returned.items():
                yield from mismatches(value, documented["contains"][key], f"{place}.{key}")


def differences(documented, schema, place=""):
    """Where the documentation of a value and its JSON Schema differ."""
    words = schema.get("type", "string")
    words = [word for word in ([words] if isinstance(words, str) else words) if word != "null"]
    names = {"array": "list", "object": "dict", "string": "str", "integer": "int", "number": "float", "boolean": "bool"}
    if [names[word] for word in words] != [documented["type"]]:
        yield f"{place}: {documented['type']} is {words}"
    if "array" in words:
        inner, kind = schema["items"], documented["elements"]
        yield from differences({**documented, "type": kind, "elements": documented.get("elements")}, inner, f"{place}[]")
    elif set(documented.get("contains", ())) != set(schema.get("properties", ())):
        yield f"{place}: {sorted(set(documented.get('contains', ())) ^ set(schema.get('properties', ())))}"
    else:
        for name, part in schema.get("properties", {}).items():
            yield from differences(documented["contains"][name], part, f"{place}.{name}")


@pytest.mark.parametrize("name", [name for name in MODULES if not asking.QUESTIONS[name].view])
def test_documentation_and_schema_say_the_same(name):
    returned = document(name, "RETURN")
    names = asking.QUESTIONS[name].subsystems
    assert set(returned) == {*names, "about"}
    assert [one for subsystem in names for one in differences(returned[subsystem], SCHEMA[subsystem], subsystem)] == []


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.name)
def test_what_is_returned_is_what_is_documented(name, record):
    documented = {"type": "dict", "contains": document(name, "RETURN")}
    known = 0
    for host in Record.open(record).hosts():
        result = answer(name, variables(record, host))
        assert list(mismatches(result, documented)) == [], host
        for subsystem in () if asking.QUESTIONS[name].view else asking.QUESTIONS[name].subsystems:
            jsonschema.validate(result[subsystem], SCHEMA[subsystem])
            known += result[subsystem] is not None
        known += bool(asking.QUESTIONS[name].view)
    recorded = {item for host in Record.open(record).hosts() for item, _round in Record.open(record).outputs(host)}
    # Items may be younger than the record.
    assert known or not recorded & asking.items_of(asking.QUESTIONS[name])


@pytest.mark.parametrize("name", MODULES)
def test_every_value_is_described_and_samples_fit(name):
    def undescribed(values, place=""):
        for key, value in values.items():
            if not value.get("description") or not value.get("returned") or not value.get("type"):
                yield f"{place}.{key}"
            yield from undescribed(value.get("contains", {}), f"{place}.{key}")

    returned = document(name, "RETURN")
    assert list(undescribed(returned)) == []
    assert all("sample" in value for value in returned.values())
    samples = {key: value["sample"] for key, value in returned.items()}
    assert list(mismatches(samples, {"type": "dict", "contains": returned})) == []


def parts(value, whole):
    """Whether a sample is a part of what was returned."""
    if isinstance(value, dict):
        return isinstance(whole, dict) and set(value) <= set(whole) and all(parts(one, whole[key]) for key, one in value.items())
    if isinstance(value, list):
        return isinstance(whole, list) and all(any(parts(one, other) for other in whole) for one in value)
    return value == whole


@pytest.mark.parametrize("name", [*MODULES, "midonet_facts"])
def test_samples_were_really_returned(name):
    record = RECORDS[1]
    if name == "midonet_facts":
        returned = document(name, "RETURN")["ansible_facts"]["contains"]["midonet"]
        really = asking.midonet_facts(FACE, {"gather_subset": ["all"]}, variables(record, "compute1"))["ansible_facts"]["midonet"]
        assert set(returned["contains"]) == {*facts.SUBSYSTEMS, "about"}
        assert parts(returned["sample"], really)
        assert returned["sample"]["datapath"]["ports"]
        return
    samples = {key: value["sample"] for key, value in document(name, "RETURN").items()}
    given = [answer(name, variables(record, host)) for host in Record.open(record).hosts()]
    assert any(parts(samples, one) for one in given)


@pytest.mark.parametrize("name", MODULES)
def test_what_the_facts_look_for_was_asked(name, monkeypatch):
    question = asking.QUESTIONS[name]
    asked = set()
    replay = collecting.ask

    def ask(face, task_vars, host, wanted, *rest):
        asked.update(item.id for item in wanted)
        return replay(face, task_vars, host, wanted, *rest)

    monkeypatch.setattr(collecting, "ask", ask)
    read = set()
    for record in RECORDS:
        for host in Record.open(record).hosts():
            about = answer(name, variables(record, host))["about"]
            for one in about.values() if len(question.subsystems) > 1 else [about]:
                read.update(one["evidence"])
    assert read <= asked
    assert asked <= asking.items_of(question)


@pytest.mark.parametrize(
    ("name", "programs"), [("link_info", 0), ("host_bindings_info", 2), ("tunnel_zone_info", 2), ("zookeeper_info", 0)]
)
def test_slow_programs_are_started_only_where_they_are_needed(name, programs):
    ids = asking.items_of(asking.QUESTIONS[name])
    commands = [str(item.commands) for item in shared.items() if item.id in ids]
    slow = [one for one in commands if any(tool in one for tool in ("mm-dpctl", "nodetool", "midonet-cli"))]
    assert len(slow) == programs


@pytest.mark.parametrize("name", MODULES)
def test_a_host_in_no_group_is_asked(name):
    """`ansible somehost -m …`: the host is in no group of ours, or in another one than has the subsystem."""
    record, host = RECORDS[0], sample_host(name)
    told = answer(name, variables(record, host))
    for groups in ([], ["all", "ungrouped"], ["mine"]):
        other = answer(name, variables(record, host, group_names=groups))
        for key in set(told) - {"about"}:
            if key == "host":
                assert other[key]["groups"] == []
                other[key]["groups"] = told[key]["groups"]
            if key == "files":
                # What a host must have follows from its groups.
                assert told[key]["needed"]
                assert other[key]["needed"] == []
                other[key]["needed"] = told[key]["needed"]
            assert other[key] == told[key]


def sample_host(name):
    return WORDS[name]["sample_host"]


def test_a_host_that_could_not_be_asked(monkeypatch):
    told = collecting.Told("not_reached", "no way")
    monkeypatch.setattr(collecting, "ask", lambda *_arguments: told)
    result = answer("link_info", {"inventory_hostname": "a"})
    assert result == {"changed": False, "unreachable": True, "msg": "no way"}


def test_a_command_that_is_not_there_is_no_failure(monkeypatch):
    item = next(one for one in shared.items() if one.id == "overlay.datapath")
    output = collecting.Output(item.id, 1, "failed", 127, 1, "", "sh: mm-dpctl: not found")
    monkeypatch.setattr(collecting, "ask", lambda *_arguments: collecting.Told("complete", outputs=(output,)))
    result = answer("datapath_info", {"inventory_hostname": "a"})
    assert result["datapath"] is None
    assert result["about"]["state"] == "unknown"
    assert "command not found" in result["about"]["reason"]


def test_our_own_crash_is_told(monkeypatch):
    def broken(_evidence):
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(facts.SUBSYSTEMS["links"], "build", broken)
    with pytest.raises(RuntimeError, match="ZeroDivisionError: oh"):
        answer("link_info", variables(RECORDS[0], "compute1"))


def test_servers_are_connected_to_only_when_they_are_known(monkeypatch):
    calls = []
    replay = collecting.ask

    def ask(face, task_vars, host, wanted, number, params, options):
        calls.append((number, sorted(item.id for item in wanted), params))
        return replay(face, task_vars, host, wanted, number, params, options)

    monkeypatch.setattr(collecting, "ask", ask)
    answer("nsdb_info", variables(RECORDS[0], "compute1"))
    (first, second) = calls
    assert first == (1, ["agent.config", "agent.log", "nsdb.sessions"], {})
    assert second[:2] == (2, ["nsdb.cassandra_connect", "nsdb.zookeeper_connect"])
    assert second[2]["cassandra_servers"] == ["172.16.1.16:9042", "172.16.2.17:9042"]
    calls.clear()
    monkeypatch.setitem(asking.QUESTIONS, "nsdb_info", replace(asking.QUESTIONS["nsdb_info"], learns=lambda _facts, _arguments: {}))
    answer("nsdb_info", variables(RECORDS[0], "compute1"))
    assert len(calls) == 1


def pinged(monkeypatch, record, host, **arguments):
    """Parameters of the second call, or the reason why there was none."""
    given = {}
    replay = collecting.ask

    def ask(face, task_vars, host, wanted, number, params, options):
        given.update(params)
        return replay(face, task_vars, host, wanted, number, params, options)

    monkeypatch.setattr(collecting, "ask", ask)
    result = asking.answer(FACE, "ping_info", arguments, variables(record, host))
    return given or result["about"]["reason"]


def test_servers_that_nobody_names(monkeypatch):
    """Then the answer says why it does not tell more."""
    found = answer("nsdb_info", variables(RECORDS[0], "zk1"))
    assert found["about"]["state"] == "unknown"
    assert found["about"]["reason"].startswith("which servers to ask is not known: ")


def test_an_agent_is_looked_for_on_any_host():
    replay = variables(RECORDS[0], "api1")
    assert [item for item in ("agent.log", "agent.host_id") if item not in answer("agent_info", replay)["about"]["evidence"]] == []


def test_the_address_is_the_one_of_the_inventory():
    where = variables(RECORDS[0], "compute1", ansible_host="192.0.2.7")
    assert answer("host_info", where)["host"]["address"] == "192.0.2.7"
    assert answer("host_info", variables(RECORDS[0], "compute1"))["host"]["address"] is None


def test_packets_leave_with_the_address_and_size_of_the_way_to_the_peer(monkeypatch):
    healthy, broken = RECORDS
    usual = {"tunnel_address": "172.16.1.41", "tunnel_peers": ["172.16.2.44"], "tunnel_payload": "1472"}
    assert pinged(monkeypatch, healthy, "compute1", peers=["172.16.2.44"]) == usual
    # On the network of eth0.
    other = pinged(monkeypatch, healthy, "compute1", peers=["10.99.0.44", "172.16.2.44"])
    assert other == {"tunnel_address": "10.99.0.41", "tunnel_peers": ["10.99.0.44", "172.16.2.44"], "tunnel_payload": "1472"}
    given = pinged(monkeypatch, healthy, "compute1", peers=["172.16.2.44"], source="10.99.0.41", payload_bytes=99)
    assert given == {**usual, "tunnel_address": "10.99.0.41", "tunnel_payload": "99"}
    # Its cable was pulled.
    assert "no usable route to 172.16.2.44" in pinged(monkeypatch, broken, "compute2", peers=["172.16.2.44"])


def test_the_paths_to_a_network_are_asked_for_in_a_second_call(monkeypatch):
    calls = []

    def ask(face, task_vars, host, wanted, number, params, options):
        calls.append((number, [item.id for item in wanted], params))
        return collecting.Told("complete")

    monkeypatch.setattr(collecting, "ask", ask)
    asking.answer(FACE, "bgp_info", {"prefix": "198.51.100.0/24"}, variables(RECORDS[0], "gw1"))
    assert calls[1:] == [(2, ["bgp.paths"], {"bgp_prefix": ["198.51.100.0", "24"]})]
    assert "bgp.paths" not in calls[0][1]
    calls.clear()
    asking.answer(FACE, "bgp_info", {}, variables(RECORDS[0], "gw1"))
    assert len(calls) == 1


@pytest.mark.parametrize("prefix", ["198.51.100.1/24", "gw1", "::/0", "198.51.100.0/24; reboot"])
def test_only_networks_are_looked_for(prefix):
    with pytest.raises(Refused, match=r"^bgp_info: prefix: "):
        asking.answer(FACE, "bgp_info", {"prefix": prefix}, variables(RECORDS[0], "gw1"))


def test_facts_name_the_module_that_can_tell_what_they_cannot():
    found = asking.midonet_facts(FACE, {"gather_subset": ["probes"]}, variables(RECORDS[0], "zk1"))["ansible_facts"]["midonet"]
    assert found["about"]["probes"]["state"] in ("unknown", "not_applicable")
    without = {"about": {"probes": {"state": "unknown", "reason": "underlay.ping was not collected in round 2"}}, "probes": None}
    assert "ping_info" in subsets.result(without, ["probes"])["about"]["probes"]["reason"]


@pytest.mark.parametrize("arguments", [{"peers": ["gw1; reboot"]}, {"peers": []}, {"peers": ["172.16.2.44"], "source": "-I"}])
def test_only_addresses_are_pinged(arguments):
    with pytest.raises(Refused, match=r"^ping_info: "):
        asking.answer(FACE, "ping_info", arguments, variables(RECORDS[0], "compute1"))


def test_bindings_of_this_host_are_held_against_its_interfaces():
    bindings = [
        {"host_id": "me", "interface": "tap1", "port": "p1"},
        {"host_id": "me", "interface": "tap2", "port": "p2"},
        {"host_id": "other", "interface": "tap1", "port": "p3"},
    ]
    known = {
        "agent": {"host_id": "me"},
        "links": [{"name": "tap1", "admin_up": True}],
        "datapath": {"ports": [{"name": "midonet"}, {"name": "tap1"}]},
        "topology": {"bindings": bindings},
    }
    view = asking.QUESTIONS["host_bindings_info"].view
    assert view(known) == {
        "host_id": "me",
        "bindings": [
            {**bindings[0], "link_exists": True, "link_up": True, "in_datapath": True},
            {**bindings[1], "link_exists": False, "link_up": None, "in_datapath": False},
        ],
        "ports": ["midonet", "tap1"],
    }
    nobody = view({**known, "agent": None, "datapath": {"ports": None}})
    assert [one["port"] for one in nobody["bindings"]] == ["p1", "p2", "p3"]
    assert {one["link_exists"] for one in nobody["bindings"]} == {None}
    assert view({**known, "topology": None})["bindings"] is None


def test_members_of_tunnel_zones_have_names():
    view = asking.QUESTIONS["tunnel_zone_info"].view
    zone = {"id": "z", "name": "overlay", "type": "vxlan"}
    topology = {
        "zones": [zone, {**zone, "id": "empty"}],
        "members": [{"zone": "z", "host_id": "h", "address": "a"}, {"zone": "z", "host_id": "gone", "address": "b"}],
        "hosts": [{"id": "h", "name": "compute1", "alive": False}],
    }
    first, second = view({"topology": topology})["tunnel_zones"]
    assert first["members"] == [
        {"host_id": "h", "host": "compute1", "alive": False, "address": "a"},
        {"host_id": "gone", "host": None, "alive": None, "address": "b"},
    ]
    assert second["members"] == []
    assert view({"topology": {**topology, "members": None, "hosts": None}})["tunnel_zones"][0]["members"] is None
    assert view({"topology": None}) == {"tunnel_zones": None}


def test_what_a_module_does_without_is_not_missed():
    reason = "a.b was not collected; c.d command not found"
    about = {"state": "partial", "reason": reason, "evidence": ["a.b", "c.d"], "unread": 0, "crash": None}
    assert asking._without(about, ("a.b",)) == {**about, "reason": "c.d command not found", "evidence": ["c.d"]}
    whole = asking._without(about, ("a.b", "c.d"))
    assert (whole["state"], whole["reason"]) == ("partial", "c.d command not found")
    assert asking._without({**about, "reason": "a.b was not collected"}, ("a.b",))["state"] == "known"
    assert asking._without({**about, "reason": "a.b was not collected", "unread": 1}, ("a.b",))["state"] == "partial"
    assert asking._without({**about, "reason": "a.b was not collected", "state": "unknown"}, ("a.b",))["state"] == "unknown"


def test_a_subset_that_nobody_knows():
    with pytest.raises(Refused, match=r"lnks is no subset; did you mean links\?"):
        asking.midonet_facts(FACE, {"gather_subset": ["lnks"]}, variables(RECORDS[0], "compute1"))


def test_nothing_is_asked_for_a_subset_of_nothing(monkeypatch):
    monkeypatch.setattr(collecting, "ask", lambda *_arguments: pytest.fail("asked"))
    result = asking.midonet_facts(FACE, {"gather_subset": ["hardware"]}, variables(RECORDS[0], "compute1"))
    assert result == {"ansible_facts": {"midonet": {"about": {}}}}


@pytest.mark.parametrize("name", MODULES)
def test_examples_are_tasks_and_the_first_asks(name):
    first, *others = document(name, "EXAMPLES")
    assert f"midonet.diagnostics.{name}" in first
    assert others
    assert all(first["register"] in str(task) for task in others)


def test_the_group_holds_all_modules_that_ask():
    groups = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())["action_groups"]
    asks = {path.stem for path in (ROOT / "plugins" / "modules").glob("*.py") if "attributes.actiongroup_info" in path.read_text()}
    assert set(groups["info"]) == asks == {*MODULES, "midonet_facts"}


def test_every_subsystem_has_a_module():
    told = {name for question in asking.QUESTIONS.values() for name in question.subsystems}
    assert set(facts.SUBSYSTEMS) == told


def test_what_to_do_about_flows_without_python():
    module = importlib.import_module(f"{COLLECTION}.action.flows_info")
    failed = {"failed": True, "module_stdout": "", "module_stderr": "/bin/sh: 1: /usr/bin/python3: not found\n", "rc": 127}
    assert module.without_python(failed) == "/usr/bin/python3"
    assert module.without_python({**failed, "module_stderr": "sudo: /usr/bin/python3: command not found\n", "rc": 1}) == "/usr/bin/python3"
    over_a_terminal = {"module_stderr": "", "module_stdout": "sh: /opt/python: Permission denied\r\n", "rc": 126}
    assert module.without_python({**failed, **over_a_terminal}) == "/opt/python"
    assert module.without_python({**failed, "module_stderr": "no words that are known"}) == "its interpreter"
    assert module.without_python({"failed": True, "msg": "mm-dpctl is not on this host"}) == ""
    assert module.without_python({**failed, "module_stderr": "Traceback: bug.py: not found where expected", "rc": 1}) == ""
    assert module.without_python({"changed": False}) == ""
