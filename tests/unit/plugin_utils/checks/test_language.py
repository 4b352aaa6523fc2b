"""The check language: what it refuses when it loads, and what null does when it runs."""

from __future__ import annotations

import datetime
import textwrap
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.midonet.diagnostics.plugins.plugin_utils import checks
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.checks.errors import ExpressionError
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.checks.expression import Frame, Scope, compile_condition, compile_value
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.checks.schema import Shape
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.checks.template import compile_template
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.model import Evidence, Subject, Waiver
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.schema import problem

NUMBER = {"type": ["number", "null"]}
TEXT = {"type": ["string", "null"]}
YES_NO = {"type": ["boolean", "null"]}
LINK = {
    "type": "object",
    "properties": {
        "name": TEXT,
        "up": YES_NO,
        "mtu": NUMBER,
        "state": {"type": ["string", "null"], "enum": ["up", "down", None]},
        "flags": {"type": ["array", "null"], "items": {"type": "string", "enum": ["UP", "LOWER_UP"]}},
        "peers": {"type": "array", "items": {"type": "object", "properties": {"alive": YES_NO, "weight": NUMBER}}},
        "delta": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/delta"}]},
    },
    "$defs": {"delta": {"type": "object", "properties": {"errors": NUMBER}}},
}
LINKS = {"type": "array", "items": {**LINK}, "$defs": LINK["$defs"]}
HOST = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "groups": {"type": "array", "items": {"type": "string"}}, "generation": TEXT},
}
FLEET = {
    "type": "object",
    "properties": {
        "total": NUMBER,
        "pairs": {
            "type": ["array", "null"],
            "items": {"type": "object", "properties": {"host": TEXT, "peer": TEXT, "lost": NUMBER, "reason": TEXT}},
        },
    },
}
SCHEMAS = {"host": HOST, "links": LINKS, "clock": {"type": "object", "properties": {"offset": NUMBER}}, "fleet": FLEET}
SCOPE = Scope({name: shape for name in LINK["properties"] if (shape := Shape.of(LINK).field(name))}, {"least": 1450, "word": "x"})


def run(text: str, **values: Any) -> Any:
    return compile_value(text, SCOPE).run(Frame(values, {}))


@pytest.mark.parametrize(
    ("text", "values", "result"),
    [
        ("mtu < 1500", {"mtu": 1400}, True),
        ("mtu < 1500", {"mtu": None}, None),
        ("1400 < mtu <= 1500", {"mtu": 1500}, True),
        ("mtu < limit('least')", {"mtu": 1400}, True),
        ("mtu + 50 - 2 * 25 == 1500", {"mtu": 1500}, True),
        ("mtu / 0 > 1", {"mtu": 1500}, None),
        ("-mtu < 0", {"mtu": 3}, True),
        ("not up", {"up": None}, None),
        ("up and mtu > 1", {"up": False, "mtu": None}, False),
        ("up and mtu > 1", {"up": None, "mtu": 0}, False),
        ("up and mtu > 1", {"up": None, "mtu": 5}, None),
        ("up or mtu > 1", {"up": None, "mtu": 5}, True),
        ("up or mtu > 1", {"up": None, "mtu": 0}, None),
        ("state in ['down']", {"state": "down"}, True),
        ("state not in ['down']", {"state": None}, None),
        ("'UP' in flags", {"flags": ["UP"]}, True),
        ("'UP' in flags", {"flags": None}, None),
        ("known(mtu)", {"mtu": None}, False),
        ("known(delta) and delta.errors > 0", {"delta": None}, False),
        ("delta.errors > 0", {"delta": None}, None),
        ("delta.errors > 0", {"delta": {"errors": 2}}, True),
        ("len(flags) == 0", {"flags": []}, True),
        ("abs(mtu) + min(mtu, 5) + max(mtu, 5) == 3 + -3 + 5", {"mtu": -3}, True),
        ("startswith(name, 'tap')", {"name": "tap1"}, True),
        ("startswith(name, 'tap')", {"name": None}, None),
        ("any(peer.alive for peer in peers)", {"peers": [{"alive": None}, {"alive": True}]}, True),
        ("any(peer.alive for peer in peers)", {"peers": [{"alive": None}, {"alive": False}]}, None),
        ("all(peer.alive for peer in peers)", {"peers": [{"alive": True}, {"alive": None}]}, None),
        ("all(peer.alive for peer in peers if peer.weight > 1)", {"peers": [{"alive": False, "weight": 1}]}, True),
        ("count(peer.alive for peer in peers) == 1", {"peers": [{"alive": True}, {"alive": False}]}, True),
        ("count(peer.alive for peer in peers) == 1", {"peers": [{"alive": True}, {"alive": None}]}, None),
        ("any(peer.alive for peer in peers)", {"peers": None}, None),
        ("('a' if up else 'b') == 'a'", {"up": True}, True),
    ],
)
def test_three_values(text: str, values: dict[str, Any], result: Any) -> None:
    assert run(text, **values) is result


@pytest.mark.parametrize(
    ("text", "says", "column"),
    [
        ("mtuu < 1500", 'no field "mtuu" (did you mean "mtu"?)', 1),
        ("up and delta.eror > 0", 'no field "eror" in delta', 14),
        ("delta.errors.more > 0", 'no field "more" in delta.errors', 14),
        ("state == 'donw'", '"donw" is never a value of this field (did you mean "down"?)', 10),
        ("state in ['up', 'gone']", '"gone" is never a value', 10),
        ("'PU' in flags", '"PU" is never a value', 1),
        ("mtu == '1500'", "a number is compared with text", 8),
        ("mtu < 'x'", "'x' is text, not a number", 7),
        ("name + 1 > 2", "name is text, not a number", 1),
        ("mtu", "is a number, not a condition", 1),
        ("not mtu", "mtu is a number, not true or false", 5),
        ("up and mtu", "mtu is a number, not true or false", 8),
        ("mtu in 5", "5 is a number, not a list", 8),
        ("mtu < limit('lest')", 'no threshold "lest" (did you mean "least"?)', 13),
        ("mtu < limit(name)", "limit takes the name of a threshold in quotes", 13),
        ("mtu == None", "None is not part of the check language", 8),
        ("len(mtu) > 1", "mtu is a number, not a list or text", 5),
        ("known(1)", "asks about a field", 7),
        ("exec('x')", 'no function "exec"', 1),
        ("abs(mtu, 1) > 1", "abs takes 1 argument", 1),
        ("name.__class__", 'no field "__class__" in name', 6),
        ("(lambda: 1)()", "only plain function calls", 1),
        ("[x for x in peers]", "ListComp is not part of the check language", 1),
        ("any(peers)", "takes: condition for name in list", 1),
        ("any(p.alive for p in flags)", "no field", 7),
        ("any(p.alive for p in mtu)", "mtu is not a list of fields", 22),
        ("mtu is 3", "Is is not part of the check language", 8),
        ("mtu ** 2 > 1", "Pow is not part of the check language", 1),
        ("f'{mtu}' == 'x'", "JoinedStr is not part of the check language", 1),
        ("mtu <", "cannot be read", 0),
        ("(" * 5000 + "up" + ")" * 5000, "cannot be read", 0),
        ("up\x00", "cannot be read", 0),
    ],
)
def test_refused(text: str, says: str, column: int) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_condition(text, SCOPE)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    if column:
        assert caught.value.column == column


@pytest.mark.parametrize(
    ("text", "values", "result"),
    [
        ("{name} has {mtu}", {"name": "eth0", "mtu": 1500}, "eth0 has 1500"),
        ("{mtu / 3:.2f} {{x}}", {"mtu": 1}, "0.33 {x}"),
        ("{mtu:.0%}", {"mtu": 0.5}, "50%"),
        ("{mtu:.0%} {flags} {up}", {"mtu": None, "flags": [], "up": True}, "unknown none yes"),
        ("{flags}", {"flags": ["UP", "LOWER_UP"]}, "UP, LOWER_UP"),
        ("{name}", {"name": "a\x1b[2Jb\nc"}, "a\ufffd[2Jb\ufffdc"),
    ],
)
def test_messages(text: str, values: dict[str, Any], result: str) -> None:
    assert compile_template(text, SCOPE).render(Frame(values, {})) == result


@pytest.mark.parametrize("text", ["{nmae}", "{name", "{}", "{name!r}", "{name:.2f}", "{mtu:q}"])
def test_messages_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        compile_template(text, SCOPE)


# --- files

CHECK = """
checks:
  - id: site.link.mtu
    asserts: Links are wide.
    layer: underlay
    subjects: facts.links
    subject: {kind: link, name: name}
    fails_when: mtu < 1500
    message: "{name} has MTU {mtu}"
    remedy: "ip link set {name} mtu 1500"
"""


def load(tmp_path: Path, text: str) -> list[checks.Check]:
    path = tmp_path / "checks.yml"
    path.write_text(textwrap.dedent(text))
    return checks.load_checks([path], SCHEMAS)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "fails_when: mtu <",
            "fails_when: mtuu <",
            'site.link.mtu: fails_when: no field "mtuu" (did you mean "mtu"?), column 1 of: mtuu < 1500',
        ),
        ("fails_when", "fail_when", 'unknown key "fail_when" (did you mean "fails_when"?)'),
        ("subjects: facts.links", "subjects: facts.lnks", 'subjects: no field "lnks" in facts (did you mean "links"?)'),
        ("subjects: facts.links", "subjects: facts.clock.offset", "neither a list of entries nor one entry"),
        ("name: name}", "name: nmae}", 'subject.name: no field "nmae"'),
        ("{name} has", "{nmae} has", 'message: no field "nmae"'),
        ('remedy: "', 'remedy: "{x} ', 'remedy: no field "x"'),
        (
            "layer: underlay",
            "layer: undrelay",
            '"undrelay" is not one of underlay, overlay, simulation, topology (did you mean "underlay"?)',
        ),
        ("    message:", "    massage:", 'unknown key "massage" (did you mean "message"?)'),
        ("    fails_when: mtu < 1500\n", "", "fails_when: is missing"),
        ("fails_when: mtu < 1500", "fails_when: mtu < limit('x')", 'no threshold "x"'),
        ("fails_when: mtu < 1500", "fails_when: [1]", "is a list, not text"),
        ("id: site.link.mtu", "id: Site Link", "does not look like words of small letters"),
        ("layer: underlay", "layer: underlay\n    skip_when: up", "goes together with skip_reason"),
        ("layer: underlay", "layer: underlay\n    layer: overlay", '"layer" is given twice'),
        ('message: "{name}', "message: {warn: x}\n    asserts: '", "not YAML"),
        ("checks:", "cheks:", 'has no list "checks"'),
        ("checks:", "limits: {x: {}}\nchecks:", "limits.x"),
        ("checks:", "others: 1\nchecks:", 'unknown key "others"'),
        ("{kind: link", "{knd: link", 'unknown key "knd"'),
        ("  - id: site.link.mtu", "  - plain\n  - id: site.link.mtu", "check 1: is text, not a mapping"),
    ],
)
def test_a_wrong_file_gives_one_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in CHECK
    with pytest.raises(checks.CheckError) as caught:
        load(tmp_path, CHECK.replace(old, new, 1))
    assert says in str(caught.value)
    assert str(tmp_path / "checks.yml") in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00", b"", b"[]", b"checks: {}", b"- a\n b: c", b"{" * 3000, b"? [a]\n: b\n", b"!!python/object:os.system {}"]
)
def test_nonsense_gives_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "checks.yml"
    path.write_bytes(content)
    with pytest.raises(checks.CheckError) as caught:
        checks.load_checks([path], SCHEMAS)
    assert "\n" not in str(caught.value)


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(checks.CheckError, match="cannot be read: No such file"):
        checks.load_checks([tmp_path / "none.yml"], SCHEMAS)


def test_an_id_is_taken_once(tmp_path: Path) -> None:
    with pytest.raises(checks.CheckError, match=r"site\.link\.mtu: this id is taken by"):
        load(tmp_path, CHECK + CHECK.split("checks:\n", 1)[1])


# --- judging


def host(name: str = "c1", links: Any = (), **more: Any) -> dict[str, Any]:
    about = {"links": {"state": "known", "reason": "", "evidence": ["underlay.ip_link"]}, **more.pop("about", {})}
    return {"host": {"name": name, "groups": ["compute"], "generation": "B"}, "links": links, "about": about, **more}


def link(**values: Any) -> dict[str, Any]:
    return {"name": "eth0", "up": True, "mtu": 1500, **values}


def judge(tmp_path: Path, text: str, *hosts: Any, **options: Any) -> list[Any]:
    return checks.evaluate(load(tmp_path, text), hosts, options.pop("fleet", {}), **options)


def test_one_finding_per_subject(tmp_path: Path) -> None:
    found = judge(tmp_path, CHECK, host(links=[link(), link(name="eth1", mtu=1400), link(name="eth2", mtu=None)]))
    assert [(one.subject.name, one.status) for one in found] == [("eth0", "pass"), ("eth1", "fail"), ("eth2", "unknown")]
    assert found[0].message == "Links are wide."
    assert (found[1].message, found[1].remedy) == ("eth1 has MTU 1400", "ip link set eth1 mtu 1500")
    assert found[1].values == {"mtu": 1400, "name": "eth1"}
    assert found[1].evidence == (Evidence("c1", "underlay.ip_link"),)
    assert found[2].reason == "the evidence does not tell mtu"


def test_a_silent_subsystem_is_unknown(tmp_path: Path) -> None:
    about = {"links": {"state": "unknown", "reason": "ip was not found", "evidence": []}}
    (found,) = judge(tmp_path, CHECK, host(links=None, about=about))
    assert (found.status, found.reason, found.subject) == ("unknown", "ip was not found", Subject("link", "c1"))


def test_a_subsystem_that_the_host_has_not_is_skipped(tmp_path: Path) -> None:
    about = {"links": {"state": "not_applicable", "reason": "not a router", "evidence": []}}
    (found,) = judge(tmp_path, CHECK, host(links=None, about=about))
    assert (found.status, found.reason) == ("skipped", "not a router")


def test_no_subjects(tmp_path: Path) -> None:
    (found,) = judge(tmp_path, CHECK, host(links=[]))
    assert (found.status, found.reason) == ("skipped", "there is nothing to judge")


def test_groups_and_generations(tmp_path: Path) -> None:
    assert judge(tmp_path, CHECK.replace("layer: underlay", "layer: underlay\n    groups: [api]"), host(links=[link()])) == []
    only_a = CHECK.replace("layer: underlay", "layer: underlay\n    generations: [A]")
    (found,) = judge(tmp_path, only_a, host(links=[link()]))
    assert (found.status, found.reason) == ("skipped", "does not apply to generation B")
    nobody = host(links=[link()])
    nobody["host"]["generation"] = None
    assert [one.status for one in judge(tmp_path, only_a, nobody)] == ["unknown"]


def test_where_that_is_unknown_leaves_a_subject(tmp_path: Path) -> None:
    text = CHECK.replace("layer: underlay", "layer: underlay\n    where: up")
    found = judge(tmp_path, text, host(links=[link(up=False), link(up=None), link()]))
    assert [one.status for one in found] == ["unknown", "pass"]


def test_a_worse_condition_that_is_open_hides_no_warning_and_forbids_a_pass(tmp_path: Path) -> None:
    text = CHECK.replace("fails_when: mtu < 1500", "fails_when: delta.errors > 5\n    warns_when: mtu < 1500")
    found = judge(tmp_path, text, host(links=[link(delta=None), link(delta=None, mtu=1400), link(delta={"errors": 0})]))
    assert [one.status for one in found] == ["unknown", "warn", "pass"]


def test_skip_when(tmp_path: Path) -> None:
    text = CHECK.replace("layer: underlay", "layer: underlay\n    skip_when: not up\n    skip_reason: it is off")
    found = judge(tmp_path, text, host(links=[link(up=False), link(up=None), link()]))
    assert found[0].reason == "it is off"
    assert [one.status for one in found] == ["skipped", "unknown", "pass"]


def test_a_check_that_breaks_leaves_the_others(tmp_path: Path) -> None:
    found = judge(tmp_path, CHECK, host(links=[link(mtu="wide"), link(), 5]), host("c2", links=7))
    assert [one.status for one in found] == ["error", "pass", "error", "error"]
    assert "the check itself broke: TypeError" in found[0].reason


def test_thresholds(tmp_path: Path) -> None:
    text = "limits: {site_mtu: 1500}\n" + textwrap.dedent(CHECK).replace("mtu < 1500", "mtu < limit('site_mtu')")
    assert [one.status for one in judge(tmp_path, text, host(links=[link(mtu=1400)]))] == ["fail"]
    (found,) = judge(tmp_path, text, host(links=[link(mtu=1400)]), limits={"site_mtu": 1300})
    assert (found.status, found.values["limit.site_mtu"]) == ("pass", 1300)


@pytest.mark.parametrize(("given", "result"), [("0.5", 0.5), ("3", 3), (7, 7)])
def test_a_threshold_takes_the_type_of_its_default(given: Any, result: Any) -> None:
    assert checks.with_given({"a": 1.5}, {"a": given, "other": "x"}) == {"a": result}


@pytest.mark.parametrize(
    ("default", "given"), [(1.5, "wide"), (1.5, None), (1.5, True), (1.5, "nan"), (True, "maybe"), ("x", 3), (["x"], "x")]
)
def test_a_threshold_of_another_type_is_refused(default: Any, given: Any) -> None:
    with pytest.raises(checks.CheckError, match="threshold a"):
        checks.with_given({"a": default}, {"a": given})


FLEET_CHECK = """
checks:
  - id: site.pair.lost
    asserts: Pairs hear each other.
    layer: underlay
    subjects: fleet.pairs
    subject: {kind: pair}
    fails_when: lost > 0
    message: "{host} lost {lost} to {peer}"
"""


def test_fleet_subjects(tmp_path: Path) -> None:
    fleet = {
        "pairs": [{"host": "a", "peer": "b", "lost": 1, "reason": None}, {"host": "b", "peer": "a", "lost": None, "reason": "no ping"}],
        "about": {"pairs": {"state": "known", "reason": None, "evidence": ["underlay.ping"], "shared": [{"host": "api", "item": "x"}]}},
    }
    found = judge(tmp_path, FLEET_CHECK, fleet=fleet)
    assert found[0].subject == Subject("pair", "a", "", "b")
    assert found[0].evidence == (Evidence("a", "underlay.ping"), Evidence("api", "x"))
    assert (found[1].status, found[1].reason) == ("unknown", "no ping")
    (found,) = judge(tmp_path, FLEET_CHECK, fleet={"pairs": None, "about": {"pairs": {"state": "not_applicable", "reason": "one round"}}})
    assert (found.status, found.reason) == ("skipped", "one round")


def test_a_fleet_check_knows_no_single_host(tmp_path: Path) -> None:
    with pytest.raises(checks.CheckError, match='no field "facts"'):
        load(tmp_path, FLEET_CHECK.replace("lost > 0", "facts.clock.offset > 0"))


# --- waivers

TODAY = datetime.date(2026, 11, 22)


@pytest.mark.parametrize(
    ("rule", "waived"),
    [
        ({"check": "site.*"}, True),
        ({"check": "site.link.mtu", "host": "c1"}, True),
        ({"check": "site.link.mtu", "host": "c2"}, False),
        ({"check": "site.link.mtu", "subject": "eth0"}, True),
        ({"check": "site.link.mtu", "subject": "c1:eth0"}, True),
        ({"check": "site.link.mtu", "subject": "eth1"}, False),
        ({"check": "other"}, False),
    ],
)
def test_waivers(tmp_path: Path, rule: dict[str, str], waived: bool) -> None:
    rules = checks.load_waivers([{**rule, "reason": "old switch", "until": "2026-11-22"}])
    found = judge(tmp_path, CHECK, host(links=[link(mtu=1400)]), waivers=rules, today=TODAY)
    assert [one.waiver for one in found] == [Waiver("old switch", "2026-11-22") if waived else None]


def test_an_expired_waiver_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "waivers.yml"
    path.write_text("waivers:\n  - {check: 'site.*', reason: old switch, until: 2026-11-21}\n")
    found = judge(tmp_path, CHECK, host(links=[link(mtu=1400), link(mtu=1300)]), waivers=checks.load_waivers(path), today=TODAY)
    assert [(one.check, one.status, one.waiver) for one in found] == [
        ("site.link.mtu", "fail", None),
        ("site.link.mtu", "fail", None),
        ("meta.waiver.expired", "info", None),
    ]
    assert "old switch" in found[-1].message


def test_a_passing_finding_needs_no_waiver(tmp_path: Path) -> None:
    rules = checks.load_waivers([{"check": "*", "reason": "x", "until": "2020-01-01"}])
    assert [one.check for one in judge(tmp_path, CHECK, host(links=[link()]), waivers=rules, today=TODAY)] == ["site.link.mtu"]


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({"check": "x", "until": "2026-01-01"}, '"reason" is missing'),
        ({"check": "x", "reason": "y", "until": "soon"}, "a day, YYYY-MM-DD"),
        ({"check": "x", "reason": "y", "until": "2026-02-31"}, "no day of the calendar"),
        ({"check": "x", "reason": "y", "until": "2026-01-01", "hosts": "z"}, 'unknown key "hosts" (did you mean "host"?)'),
        ("x", "is text, not a mapping"),
    ],
)
def test_a_wrong_waiver_gives_one_line(entry: Any, says: str) -> None:
    with pytest.raises(checks.CheckError) as caught:
        checks.load_waivers([entry])
    assert says in str(caught.value)


def test_explain(tmp_path: Path) -> None:
    (check,) = load(tmp_path, "limits: {site_mtu: 1500}\n" + textwrap.dedent(CHECK).replace("mtu < 1500", "mtu < limit('site_mtu')"))
    found = checks.evaluate([check], [host(links=[link(mtu=1400)])], {})
    told = checks.explain(check, found, {"site_mtu": 1600})
    assert told["verdicts"] == {"fail": "mtu < limit('site_mtu')"}
    assert told["limits"] == {"site_mtu": 1600}
    assert told["findings"][0]["evidence"] == ["c1: underlay.ip_link"]
    assert told["findings"][0]["values"]["mtu"] == 1400


@pytest.mark.parametrize(
    ("value", "schema", "says"),
    [
        ({"a": [1, "x"]}, {"properties": {"a": {"items": {"type": "integer"}}}}, "a[2]: is text, not a number"),
        (True, {"type": "integer"}, "is true or false, not a number"),
        (1, {"type": ["number", "null"]}, None),
        ([], {"type": "array", "minItems": 1}, "the list: is empty"),
        ("", {"type": "string", "minLength": 1}, "is empty"),
    ],
)
def test_problem(value: Any, schema: dict[str, Any], says: str | None) -> None:
    assert problem(value, schema) == says
