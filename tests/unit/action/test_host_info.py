"""The modules that ask one host about itself: faces, documentation and results agree."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from ansible_collections.midonet.diagnostics.plugins.module_utils import facts
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller import asking, asking_host

ROOT = Path(__file__).resolve().parents[3]
COLLECTION = "ansible_collections.midonet.diagnostics.plugins"
MODULES = sorted(asking_host.SUBSYSTEMS)


def document(name, part):
    return yaml.safe_load(getattr(importlib.import_module(f"{COLLECTION}.modules.{name}"), part))


@pytest.mark.parametrize("name", MODULES)
def test_all_that_is_returned_is_documented(name):
    names = asking_host.SUBSYSTEMS[name]
    assert set(names) <= set(facts.SUBSYSTEMS)
    returned = document(name, "RETURN")
    assert set(returned) == {*names, "about"}
    assert all(value["description"] and value["returned"] for value in returned.values())
    kinds = {"array": "list", "object": "dict"}
    for subsystem in names:
        kind = facts.schema()["properties"][subsystem]["type"]
        assert returned[subsystem]["type"] == kinds[next(word for word in kind if word != "null")]


@pytest.mark.parametrize("name", MODULES)
def test_samples_have_the_shape_of_the_facts(name):
    schema = facts.schema()["properties"]
    for subsystem in asking_host.SUBSYSTEMS[name]:
        sample = document(name, "RETURN")[subsystem].get("sample")
        for entry in sample if isinstance(sample, list) else [sample] if sample else []:
            known = schema[subsystem].get("items", schema[subsystem])["properties"]
            assert set(entry) == set(known)


@pytest.mark.parametrize("name", MODULES)
def test_examples_are_tasks_and_the_first_asks(name):
    first, *others = document(name, "EXAMPLES")
    assert f"midonet.diagnostics.{name}" in first
    assert "register" in first
    assert all(first["register"] in str(task) for task in others)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_is_of_the_group_that_it_says(name):
    groups = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())["action_groups"]
    assert name in groups["info"]


@pytest.mark.parametrize("name", MODULES)
def test_the_action_gives_what_the_host_told(name, monkeypatch):
    def told(_face, _task_vars, subsystems, _groups):
        return {**{one: f"facts of {one}" for one in subsystems}, "about": {one: f"about {one}" for one in subsystems}}

    monkeypatch.setattr(asking, "ask_for", told)
    action = importlib.import_module(f"{COLLECTION}.action.{name}")
    names = asking_host.SUBSYSTEMS[name]
    result = action.ActionModule.act(SimpleNamespace(), {}, {})
    assert {one: result[one] for one in names} == {one: f"facts of {one}" for one in names}
    assert result["about"] == ({one: f"about {one}" for one in names} if len(names) > 1 else f"about {names[0]}")


def test_a_host_that_could_not_be_asked(monkeypatch):
    monkeypatch.setattr(asking, "ask_for", lambda *_arguments: {"unreachable": True, "msg": "no way"})
    assert asking_host.answer(SimpleNamespace(), {}, "link_info") == {"unreachable": True, "msg": "no way"}


def test_the_group_holds_all_modules_that_ask():
    groups = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())["action_groups"]
    asks = {path.stem for path in (ROOT / "plugins" / "modules").glob("*.py") if "attributes.actiongroup_info" in path.read_text()}
    assert set(groups["info"]) == asks
