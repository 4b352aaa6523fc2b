"""midonet_facts for gather_facts: the subsets, and the reader of the answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.midonet.diagnostics.plugins.module_utils import on_host
from ansible_collections.midonet.diagnostics.plugins.module_utils.subsets import wanted_subsystems
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.item import load_items, select
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.script import compile_script

ROOT = Path(__file__).resolve().parents[3]

KNOWN = ["host", "links", "agent"]
NONCE = "ab" * 16


@pytest.mark.parametrize(
    ("subset", "wanted"),
    [
        ("all", KNOWN),
        (["all"], KNOWN),
        (["min"], ["host"]),
        (["links"], ["links"]),
        (["links,agent"], ["links", "agent"]),
        (["!links"], ["host", "agent"]),
        (["!all"], ["host"]),
        (["!all", "links"], ["host", "links"]),
        (["!all", "!min"], []),
        (["!min", "!all"], []),
        (["!agent", "!all", "links", "agent"], ["host", "links"]),
        ([], KNOWN),
        (["all", "!agent"], ["host", "links"]),
        (["network"], []),
        (["!hardware"], KNOWN),
    ],
)
def test_subsets(subset, wanted):
    assert wanted_subsystems(subset, KNOWN) == wanted


def test_a_subset_that_nobody_knows():
    with pytest.raises(ValueError, match="lnks is no subset; did you mean links"):
        wanted_subsystems(["lnks"], KNOWN)
    for word in ("!lnks", "!!links", "!", "Links", "links*"):
        with pytest.raises(ValueError, match="is no subset"):
            wanted_subsystems(["all", word], KNOWN)


def answer(*frames):
    return "".join(f"\n=={NONCE} {frame}\n{text}" for frame, text in frames).encode()


def test_outputs(monkeypatch):
    monkeypatch.setattr(on_host._collector, "ITEMS", [("a.one", 100), ("a.two", 3), ("a.three", 100), ("a.four", 9)])
    said = answer(
        ("hello 1 1000000000.5 A", ""),
        ("out 0 1500", "text\n"),
        ("err 0 0 20", ""),
        ("end 0", ""),
        ("out 1 10", "abcdef"),
        ("err 1 141 5", ""),
        ("end 1", ""),
        ("out 2 10", ""),
        ("err 2 127 5", "not found"),
        ("end 2", ""),
    )
    found = on_host.read(said, NONCE)
    one, two, three, four = (found[name, 1] for name in ("a.one", "a.two", "a.three", "a.four"))
    assert (one.state, one.stdout, one.duration_ms, one.started) == ("ok", "text\n", 20, "2001-09-09T01:46:42Z")
    assert (two.state, two.stdout, two.truncated) == ("ok", "abc", True)
    assert (three.state, three.exit_code, three.stderr) == ("failed", 127, "not found")
    assert four.state == "not_run"
    assert on_host.generation(said, NONCE) == "A"
    assert on_host.generation(answer(("hello 1 1000000000.5 -", "")), NONCE) is None


def test_an_answer_of_nothing():
    assert all(output.state == "not_run" for output in on_host.read(b"", NONCE).values())


def test_this_host():
    facts = on_host.facts(["links", "host"], 30)
    assert set(facts) == {"about", "host", "links"}
    assert any(link["name"] == "lo" for link in facts["links"])


def test_secrets_are_taken_out_and_nothing_else(tmp_path, monkeypatch):
    """What holds no secret comes through as it is, what holds one without it: both go through a program for sed."""
    ps = tmp_path / "ps"
    ps.write_text("#!/bin/sh\necho ' 4711 1 01:02:03 java -Dpassword=tweety -cp midolman.jar org.midonet.midolman.Midolman'\n")
    ps.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    facts = on_host.facts(["agent", "processes"], 30)
    assert facts["processes"] == [{"program": "agent", "pid": 4711, "parent_pid": 1, "age_s": 3723}]
    assert facts["agent"]["running"] is True


def test_the_script_is_the_one_of_a_controller():
    """But for what the first line gives: nonce, keys and deadline."""
    items = select(load_items(sorted((ROOT / "roles").glob("*/evidence.yml"))), ("compute", "gateway", "zookeeper", "cassandra", "api"))
    sent = compile_script(items, NONCE, 30.0, {}, token_key="cd" * 32)
    made = on_host.script(NONCE, 30.0, "cd" * 32)
    assert made.split("\n", 1)[1] == sent.split("\n", 1)[1]
