"""What is said in several places is the same everywhere: playbooks, roles, vocabulary, documentation, generated files."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller import options, vocabulary

ROOT = Path(__file__).resolve().parents[3]
PLAYBOOKS = {path.stem: yaml.safe_load(path.read_text()) for path in (ROOT / "playbooks").glob("*.yml")}


def layer_plays(name):
    return [play for play in PLAYBOOKS[name] if play["tags"] != ["always"]]


def groups_in(hosts):
    return tuple(group for group in vocabulary.GROUPS if f"midonet_{group}_group | default('{group}')" in hosts)


@pytest.mark.parametrize("name", ["troubleshoot", "smoke"])
def test_plays_walk_the_layers_in_order(name):
    plays = layer_plays(name)
    assert [play["tags"] for play in plays] == [[role] for role in vocabulary.LAYERS]
    for play in plays:
        role = play["tags"][0]
        assert groups_in(play["hosts"]) == tuple(group for group in vocabulary.GROUPS if group in vocabulary.ROLES[role])
        assert play["strategy"] == "linear"
        assert play["tasks"][0]["ansible.builtin.import_role"] == {"name": f"midonet.diagnostics.{role}", "tasks_from": "judge"}


@pytest.mark.parametrize("name", sorted(PLAYBOOKS))
def test_what_runs_once_stops_the_playbook_when_it_fails(name):
    for play in PLAYBOOKS[name]:
        if play["hosts"] == "localhost:all":
            assert play["serial"] == 1
            assert play["tasks"][-1]["ansible.builtin.meta"] == "end_play"


@pytest.mark.parametrize("name", ["troubleshoot", "smoke", "gather"])
def test_every_group_is_asked(name):
    for play in PLAYBOOKS[name]:
        if play["name"].startswith("Collect"):
            assert groups_in(play["hosts"]) == vocabulary.GROUPS


@pytest.mark.parametrize("role", vocabulary.LAYERS)
def test_a_role_judges_itself(role):
    *_guard, task = yaml.safe_load((ROOT / "roles" / role / "tasks" / "judge.yml").read_text())
    assert task["midonet.diagnostics.judge"] == {"role": role, "record": "{{ midonet_run_record }}"}


def test_there_is_no_other_role():
    assert sorted(path.name for path in (ROOT / "roles").iterdir()) == sorted(vocabulary.ROLES)


def test_the_module_judge_knows_all_roles():
    module = importlib.import_module("ansible_collections.midonet.diagnostics.plugins.modules.judge")
    assert yaml.safe_load(module.DOCUMENTATION)["options"]["role"]["choices"] == list(vocabulary.ROLES)


def test_the_example_inventory_names_only_options_that_exist():
    text = (ROOT / "inventories" / "example" / "group_vars" / "all.yml").read_text()
    named = {word.strip("# ").partition(":")[0] for word in text.splitlines() if word.startswith("# midonet_")}
    assert named
    assert named <= set(options.OPTIONS)


@pytest.mark.parametrize("tool", ["generate_items.py", "generate_role_docs.py", "generate_info_modules.py", "generate_facts_page.py"])
def test_generated_files_are_fresh(tool):
    ended = subprocess.run([sys.executable, ROOT / "tools" / tool, "--check"], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
