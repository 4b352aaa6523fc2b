"""Files of items: what is read, and that what is wrong is said in one line."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.item import GROUPS, ItemError, load_items, select

ROOT = Path(__file__).resolve().parents[4]

GOOD = """
items:
  - {id: underlay.one, describes: Says one., command: echo one}
  - id: underlay.two
    describes: Says two.
    command: {A: echo old, B: echo new}
    groups: [gateway]
    rounds: [1, 2]
    timeout: 7
    cap: 10
    lane: slow
    needs: [servers]
    scrub: [ini_secrets]
    effect: changes
"""


@pytest.fixture
def write(tmp_path):
    def write(text, role="underlay"):
        path = tmp_path / role / "evidence.yml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    return write


def test_fields_and_defaults(write):
    one, two = load_items([write(GOOD)])
    assert (one.role, one.commands, one.groups, one.rounds, one.timeout_s, one.cap_bytes) == (
        "underlay",
        {"any": "echo one"},
        GROUPS,
        (1,),
        5,
        65536,
    )
    assert (one.lane, one.needs, one.scrub, one.effect) == ("serial", (), (), "reads")
    assert (two.commands, two.groups, two.rounds, two.lane) == ({"A": "echo old", "B": "echo new"}, ("gateway",), (1, 2), "slow")
    assert (two.needs, two.scrub, two.effect, two.timeout_s, two.cap_bytes) == (("servers",), ("ini_secrets",), "changes", 7, 10)


def test_select(write):
    items = load_items([write(GOOD)])

    def names(*arguments, **more):
        return [item.id for item in select(items, *arguments, **more)]

    assert names(["gateway"]) == ["underlay.one"]
    assert names(["gateway"], changes=True) == ["underlay.one"]
    assert names(["gateway"], changes=True, params={"servers": ["a"]}) == ["underlay.one", "underlay.two"]
    assert names(["gateway"], 2, changes=True, params={"servers": ["a"]}) == ["underlay.two"]
    assert names(["gateway"], 2, changes=True, params={"servers": []}) == []
    assert names(["compute"], changes=True, params={"servers": ["a"]}) == ["underlay.one"]
    assert names(["compute"], roles=["overlay"]) == []
    assert names([]) == []


def test_what_costs_much_is_no_business_of_fleet_rounds(write):
    light, heavy = load_items([write(GOOD.replace("effect: changes", "cost: heavy"))])
    assert (light.cost, heavy.cost) == ("light", "heavy")
    assert select([light, heavy], ["gateway"], params={"servers": ["a"]}) == [light]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("items:\n  - {id: underlay.x, describes: d, comand: c}\n", ["underlay.x", "comand"]),
        ("items:\n  - {id: underlay.x, describes: d, command: c, timeout: soon}\n", ["underlay.x", "timeout", "number"]),
        ("items:\n  - {id: underlay.x, describes: d, command: {A: c}}\n", ["underlay.x", "command"]),
        ("items:\n  - {id: underlay.x, describes: d, command: c, lane: fast}\n", ["underlay.x", "fast"]),
        ("items:\n  - {id: underlay.x, describes: d, command: c, groups: [computes]}\n", ["underlay.x", "computes"]),
        ("items:\n  - {describes: d, command: c}\n", ["item 1", "id"]),
        ("items:\n  - {id: NoRole, describes: d, command: c}\n", ["NoRole"]),
        ("items:\n  - {id: underlay.x, describes: d, command: c, cost: dear}\n", ["underlay.x", "dear"]),
        ("items:\n  - just text\n", ["item 1"]),
        ("things: []\n", ["things"]),
        ("[]\n", ["mapping"]),
        ("", ["empty"]),
        ("items: [\n", ["YAML"]),
        ("items:\n  - {id: a.b, describes: d, command: c}\n  - {id: a.b, describes: d, command: c}\n", ["a.b", "twice"]),
    ],
)
def test_what_is_wrong_is_said_in_one_line(write, text, words):
    path = write(text)
    with pytest.raises(ItemError) as caught:
        load_items([path])
    message = str(caught.value)
    assert "\n" not in message and str(path) in message
    for word in words:
        assert word in message


def test_files_that_are_not_there_or_not_text(tmp_path):
    with pytest.raises(ItemError, match="cannot be read"):
        load_items([tmp_path / "none.yml"])
    (tmp_path / "bytes.yml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ItemError):
        load_items([tmp_path / "bytes.yml"])


def test_the_items_of_the_roles_load():
    items = load_items(sorted(ROOT.glob("roles/*/evidence.yml")))
    assert len({item.id for item in items}) == len(items) > 30
    assert all(item.id.startswith(f"{item.role}.") for item in items)
    assert all(item.effect == "reads" for item in items)
