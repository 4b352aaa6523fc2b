"""midonet_facts for gather_facts: the subsets, and the reader of the answer."""

from __future__ import annotations

import pytest
from ansible_collections.midonet.diagnostics.plugins.module_utils import on_host
from ansible_collections.midonet.diagnostics.plugins.module_utils.subsets import wanted_subsystems

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
