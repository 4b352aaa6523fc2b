# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What holds for every parser: it has fixtures, reads them as a person does, and survives whatever it is given.

Parsers are found, not listed: every public function of a public module whose one parameter is called `text`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import (
    EMPTY,
    NOT_UNDERSTOOD,
    OK,
    PARTIAL,
    TOOL_ERROR,
    Parsed,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from parser_cases import FIXTURES, FUNCTIONS, NAMES, TESTS, Parse, functions, tools, work

GOLDEN = TESTS / "golden"
STATES = {OK, PARTIAL, EMPTY, TOOL_ERROR, NOT_UNDERSTOOD}

TEXTS = {path: path.read_text(encoding="utf-8", errors="surrogateescape") for path in sorted(FIXTURES.glob("*/*.txt"))}
EXPECTED = sorted(
    path for path in FIXTURES.glob("*/*.json") if path.with_suffix(".txt") in TEXTS and "state" in json.loads(path.read_text())
)
# Short enough to be cut at every byte, and to be the seed of mutations.
SHORT = 4000
# Nobody colours what comes over a socket.
SOCKETS = {"zookeeper", "cql", "http_response"}
# White space is a message there like any other bytes.
BINARY = {("cql", "parse_frame")}


def _texts(tool: str) -> list[str]:
    return [text for path, text in TEXTS.items() if path.parent.name == tool] or ["some text\n"]


def _main(tool: str) -> Parse:
    found = functions(tool)
    return found.get("parse") or next(iter(found.values()))


def _check(parsed: Parsed[Any], text: str, name: tuple[str, str]) -> None:
    """What every outcome promises."""
    assert parsed.state in STATES
    json.dumps(parsed.data)
    lines = text.split("\n")
    for line in parsed.unread:
        assert 1 <= line.line <= len(lines)
        assert line.column >= 1
    if not text.strip():
        assert parsed.state == EMPTY or (text and name in BINARY)
    if parsed.state == OK:
        assert parsed.unread == []
    if parsed.state == NOT_UNDERSTOOD:
        assert parsed.unread, "where?"
    if parsed.state == TOOL_ERROR:
        assert parsed.error


def _agrees(expected: Any, actual: Any, where: str = "data") -> None:
    """An expected object may leave out keys; an expected list is complete."""
    if isinstance(expected, dict):
        assert isinstance(actual, dict), where
        for key, value in expected.items():
            assert key in actual, f"{where}.{key}"
            _agrees(value, actual[key], f"{where}.{key}")
    elif isinstance(expected, list):
        assert isinstance(actual, list), where
        assert len(actual) == len(expected), f"{where}: {actual}"
        for number, (one, other) in enumerate(zip(expected, actual, strict=True)):
            _agrees(one, other, f"{where}[{number}]")
    elif isinstance(expected, float):
        assert actual == pytest.approx(expected), where
    else:
        assert actual == expected, where


@pytest.mark.parametrize("tool", tools())
def test_every_parser_has_a_function_and_a_fixture(tool: str) -> None:
    assert functions(tool), f"{tool}.py has no parse function of one text"
    # The golden test brings its own texts.
    others = [*GOLDEN.glob("test_*.py"), *Path(__file__).parent.glob(f"test_{tool}.py")]
    assert (FIXTURES / tool).is_dir() or any(tool in path.read_text() for path in others)


@pytest.mark.parametrize("path", EXPECTED, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_fixture_is_read_as_a_person_reads_it(path: Path) -> None:
    wanted = json.loads(path.read_text())
    parsed = _main(path.parent.name)(TEXTS[path.with_suffix(".txt")])
    assert (parsed.state, parsed.unread if wanted["state"] == OK else []) == (wanted["state"], [])
    _agrees(wanted["data"], parsed.data)


GENUINE = [path for path in TEXTS if path.parent.name in tools() and f"| {path.stem} | genuine" in (FIXTURES / "README.md").read_text()]


@pytest.mark.parametrize("path", GENUINE, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_line_of_a_genuine_text_is_left_unread(path: Path) -> None:
    parsed = _main(path.parent.name)(TEXTS[path])
    if "cut" in path.stem:
        assert parsed.state == PARTIAL
    else:
        assert parsed.unread == []
        assert parsed.state in (OK, TOOL_ERROR)


def test_the_origin_of_every_fixture_is_told() -> None:
    told = (FIXTURES / "README.md").read_text()
    assert [str(path) for path in TEXTS if f"| {path.stem} |" not in told and path.stem not in told] == []


@pytest.mark.parametrize("name", NAMES, ids=".".join)
def test_a_cut_text_keeps_its_promises(name: tuple[str, str]) -> None:
    """At every character of short texts: what every outcome promises, and whole records before the last."""
    parse = FUNCTIONS[name]
    for text in _texts(name[0]):
        if len(text) > SHORT:
            continue
        whole = parse(text).data
        for at in range(len(text)):
            parsed = parse(text[:at])
            _check(parsed, text[:at], name)
            if isinstance(whole, list) and isinstance(parsed.data, list) and name[1] == "parse":
                # The last record may have been cut itself; those before it are whole.
                assert parsed.data[:-1] == whole[: max(len(parsed.data) - 1, 0)]


MOST_PLACES = 40
# Lists that are no records of lines.
NOT_RECORDS = {
    ("ip_addr", "iproute2-6.1_second_address_json"): "an interface with its addresses is one record there",
    ("rest_application", "v5.2"): "one object",
    ("rest_application", "v1_2015"): "one object",
    ("zookeeper", "zoo_cfg"): "one value that is a list",
}


def _lists(data: Any) -> dict[str, list[Any]]:
    """The lists of records in what a parser returned: itself, or the members of an object."""
    if isinstance(data, list):
        return {"": data}
    return {key: value for key, value in data.items() if isinstance(value, list)} if isinstance(data, dict) else {}


def _alike(some: list[Any], whole: list[Any]) -> int:
    """How many are the same, from the first on."""
    return next((number for number, (one, other) in enumerate(zip(some, whole, strict=False)) if one != other), min(len(some), len(whole)))


@pytest.mark.parametrize("path", sorted(TEXTS), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_cut_text_gives_every_complete_record_before_the_cut(path: Path) -> None:
    """Of texts of any size: what was complete once stays so wherever a later cut is, and all but the last record outlast the last line."""
    tool, text = path.parent.name, TEXTS[path]
    if tool not in tools() or (tool, path.stem) in NOT_RECORDS:
        pytest.skip(NOT_RECORDS.get((tool, path.stem), "not of a parser"))
    parse = _main(tool)
    whole = _lists(parse(text).data)
    if not any(whole.values()):
        pytest.skip("no records")
    ends = [at + 1 for at, sign in enumerate(text) if sign == "\n"]
    ends = ends[:: max(1, len(ends) // MOST_PLACES)]
    spread = [len(text) * number // MOST_PLACES for number in range(MOST_PLACES + 1)]
    before: dict[str, int] = {}
    for at in sorted({*ends, *(end - 1 for end in ends), *spread}):
        found = _lists(parse(text[:at]).data)
        for key, records in whole.items():
            alike = _alike(found.get(key, []), records)
            # The last record that was read may still have something to come.
            assert len(found.get(key, [])) <= alike + 1, f"{key or 'records'}, cut at {at}"
            assert alike >= before.get(key, 0) - 1, f"{key or 'records'}, cut at {at}"
            before[key] = max(before.get(key, 0), alike)
    bare = text.rstrip("\n")
    last = bare.rfind("\n") + 1 if "\n" in bare else len(bare) - 2
    found = _lists(parse(text[:last]).data)
    for key, records in whole.items():
        assert _alike(found.get(key, []), records) >= len(records) - 1, key or "records"


# Where a line that nobody knows may be part of something: all places of a tool, or those of one case.
ANYTHING_GOES = {
    "apparmor": "a profile may have any name",
    "http_response": "a body",
    "logback_xml": "the inside of an element",
    "logs": "messages and stacks go on over several lines",
    "mn_conf": "a value without quotes has several words",
    "modinfo/newer_with_signature": "the rest of a signature",
    "nft/0.9.3_firewalld": "the inside of a set",
    "nft/1.0.6": "the inside of a set",
    "shell_variables": "a file of the shell's language",
    "timedatectl/systemd_229": "a warning goes on over several lines",
    "watchdog_log": "a log",
    "web_xml": "the inside of an element",
    "zookeeper": "Java's properties: two words are a name and its value",
}
LONGEST_WITH_STRANGERS = 20000


@pytest.mark.parametrize("path", sorted(TEXTS), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_line_that_nobody_knows_is_reported_wherever_it_stands(path: Path) -> None:
    tool, text = path.parent.name, TEXTS[path]
    if tool not in tools() or {tool, f"{tool}/{path.stem}"} & set(ANYTHING_GOES):
        pytest.skip(ANYTHING_GOES.get(tool) or ANYTHING_GOES.get(f"{tool}/{path.stem}") or "not of a parser")
    parse = _main(tool)
    before = parse(text)
    if before.state not in (OK, PARTIAL) or len(text) > LONGEST_WITH_STRANGERS or text.lstrip()[:1] in "{[":
        pytest.skip("no lines of which some are understood, or too many of them")
    lines = text.split("\n")[:-1]
    for number, line in enumerate(lines, 1):
        stranger = line[: len(line) - len(line.lstrip())] + "zzqx Wbbl ~ vvrk"
        found = parse("\n".join([*lines[:number], stranger, *lines[number:]]) + "\n").unread
        assert number + 1 in {one.line for one in found} or len(found) > len(before.unread), f"below line {number}"


AWKWARD = [
    "",
    " ",
    "\n\n\n",
    "\x00",
    "\ud800\udcff\n",
    "\x1b[31mred\x1b[0m\n",
    "\r\n\r\n",
    "²³½ ٣٤\n",
    "-bash: ip: command not found\n",
    "sh: 1: modinfo: not found\n",
    "cat: /etc/x: Permission denied\n",
    "### \n### x\n###\n",
    "asked /\n0045",
]


@pytest.mark.parametrize("name", NAMES, ids=".".join)
def test_awkward_texts(name: tuple[str, str]) -> None:
    for awkward in AWKWARD:
        _check(FUNCTIONS[name](awkward), awkward, name)
    for text in _texts(name[0]):
        for changed in (
            text.replace("\n", "\r\n"),
            text.replace(" ", "\t"),
            text.upper(),
            text.lower(),
            text[::-1],
            "garbage\n" + text,
            text * 2,
        ):
            _check(FUNCTIONS[name](changed), changed, name)


@pytest.mark.parametrize("name", NAMES, ids=".".join)
def test_carriage_returns_and_colours_change_nothing(name: tuple[str, str]) -> None:
    parse = FUNCTIONS[name]
    for text in _texts(name[0]):
        if name[0] not in SOCKETS and text[:1] not in ("{", "") and "\x1b" not in text and "\r" not in text:
            assert parse(text.replace("\n", "\r\n")).data == parse(text).data
            assert (
                parse("".join(f"\x1b[1m{line}\x1b[0m\n" for line in text.splitlines())).data
                == parse(text if text.endswith("\n") else text + "\n").data
            )


@pytest.mark.parametrize("name", NAMES, ids=".".join)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_mutated_and_random_texts(name: tuple[str, str], data: st.DataObject) -> None:
    seed = data.draw(st.sampled_from(_texts(name[0])))[:SHORT]
    characters = st.text(max_size=12)
    if data.draw(st.booleans()):
        start = data.draw(st.integers(0, len(seed)))
        end = data.draw(st.integers(start, min(len(seed), start + 200)))
        text = seed[:start] + data.draw(characters) + seed[end:]
    else:
        lines = seed.splitlines(keepends=True)
        text = "".join(data.draw(st.lists(st.sampled_from([*lines, "\n", "{", "[", "x: <"]), max_size=12)) if lines else [])
        text += data.draw(characters)
    _check(FUNCTIONS[name](text), text, name)


# Pieces that make a careless expression or loop take quadratic time when there are many of them on one line or in one text.
PIECES = [
    " ",
    "0",
    "a",
    "<",
    "[",
    "{",
    "(",
    '"',
    '"\\',
    "\\",
    "-",
    ": ",
    ", ",
    "=",
    "\x1b[",
    "\x1b]",
    "### x\n",
    "\n",
    "x\n",
    "1 ",
    "x=",
    "[{",
    "a.",
    "\t-",
]


@pytest.mark.parametrize("name", NAMES, ids=".".join)
def test_work_grows_with_the_text_and_no_faster(name: tuple[str, str]) -> None:
    """As far as it is Python that works: make bench-linear measures what regular expressions cost."""
    parse = FUNCTIONS[name]
    lines = [line for text in _texts(name[0])[:2] for line in text.split("\n")[:4] if len(line) < 250]
    for piece in [*PIECES, *(line + "\n" for line in lines), *(line + " " for line in lines)]:
        if not piece.strip("\n"):
            continue
        # Documents that nest cost more the deeper they do, down to where none is read any more.
        copies = max(50, 2_000 // len(piece))
        small, large = piece * copies, piece * 4 * copies
        _check(parse(large), large, name)
        # A quadratic pass makes it sixteen times as much. The first piece may cost less than the others.
        assert work(parse, large) < 6 * work(parse, small) + 500, repr(piece)
