"""The screen, against golden texts; and what holds whatever hosts say and however many there are.

GOLDEN_UPDATE=1 writes the golden texts anew: read them before you commit them.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.model import Cause
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.report.diagnosis import HostSummary, Material, diagnosis
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.report.plain import hosts, natural, plain, shorten, width_of, wrap
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.report.screen import screen
from hypothesis import given
from hypothesis import strategies as st
from report_cases import broken_fleet, finding, healthy_fleet, symptoms

GOLDEN = Path(__file__).parent / "golden"
REPORT = "records/2026-11-22T03-14-07/report.html"
HOSTILE = "\x1b[2J\x1b]0;owned\x07 do  rm -rf /\r\n 1  \u202efake\u2028\x9b31m\udcff\x00" + "\u0301" * 50 + "主机" * 40


def without_paths(drawn: str) -> list[str]:
    """The lines that must fit; a path or a command that is to be copied is never cut."""
    return [line for line in drawn.splitlines() if "report.html" not in line and not line.startswith("next    ")]


def silent_fleet() -> Material:
    """Nobody answers."""
    names = [f"compute{number}" for number in range(1, 41)]
    found = [finding("meta.host.answered", name, message="ssh: connection timed out") for name in names]
    found += [finding("underlay.link.carrier", name, "unknown", reason="the host was not reached") for name in names]
    summaries = [HostSummary(name, (), "not_reached", "ssh: connection timed out") for name in names]
    return Material(hosts=summaries, findings=found, unconfirmed=found[:40])


def failing_tool() -> Material:
    """A fault in the fleet, and one in this program."""
    material = healthy_fleet(("compute1", "compute2"))
    broken = finding("underlay.time.offset", "compute1", "error", reason="the check itself broke: ZeroDivisionError: division by zero")
    findings = [*material.findings, broken]
    return replace(material, findings=findings, tool_errors=["facts of compute2: links: KeyError: 'mtu' (links.py line 12)"])


@pytest.mark.parametrize(
    ("name", "material", "width"),
    [
        ("broken", broken_fleet(), 100),
        ("broken-narrow", broken_fleet(), 72),
        ("healthy", healthy_fleet(), 100),
        ("silent", silent_fleet(), 100),
        ("tool-failed", failing_tool(), 100),
    ],
)
def test_golden(name: str, material: Material, width: int) -> None:
    drawn = screen(diagnosis(material), width, report=REPORT)
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("GOLDEN_UPDATE"):
        path.write_text(drawn, "utf-8")
    assert drawn == path.read_text("utf-8")


def of_size(number: int, causes: int = 3) -> Material:
    """`number` hosts, each broken in its own way, folded into `causes`."""
    names = [f"rack{index % 7}-compute{index}.example.net" for index in range(number)]
    roots = [
        [finding("underlay.link.carrier", name, name="eth0", kind="link", message="no carrier") for name in names[i::causes]]
        for i in range(causes)
    ]
    effects = [
        [finding(f"operator.check{check}", name, layer="overlay") for name in names[i::causes] for check in range(8)] for i in range(causes)
    ]
    named = [
        Cause(
            f"{len(root)} hosts have lost their link, and more words",
            tuple(root),
            symptoms(effect, "underlay.link.carrier"),
            remedy="plug in " * 40,
        )
        for root, effect in zip(roots, effects, strict=True)
        if root
    ]
    unknown = [finding("a.b", name, "unknown", reason=f"reason {index}") for index, name in enumerate(names)]
    warned = [finding(f"w.w{index}", name, "warn", message="beware " * 50) for index, name in enumerate(names[:100])]
    summaries = [
        HostSummary(name, (), "not_reached" if index % 5 == 4 else "complete", f"ssh said {index}") for index, name in enumerate(names)
    ]
    flat = [one for several in (*roots, *effects) for one in several]
    return Material(hosts=summaries, findings=[*flat, *unknown, *warned], causes=named, times={"seconds": 48})


@pytest.mark.parametrize(("number", "causes"), [(1, 1), (10, 3), (10, 12), (1000, 1), (1000, 12), (3000, 3)])
def test_it_stays_a_screen(number: int, causes: int) -> None:
    made = diagnosis(of_size(number, causes))
    for width in (60, 80, 120):
        lines = screen(made, width, report=REPORT).splitlines()
        assert len(lines) <= (45 if causes <= 3 else 60)
        assert max(map(width_of, without_paths("\n".join(lines)))) <= width


@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("width", [1, 40, 80, 200])
def test_hostile_words_do_nothing(colour: bool, width: int) -> None:
    found = [
        finding("underlay.link.carrier", HOSTILE, status, HOSTILE, name=HOSTILE, peer=HOSTILE, remedy=HOSTILE, reason=HOSTILE)
        for status in ("fail", "warn", "unknown", "error")
    ]
    summaries = [HostSummary(HOSTILE, (), "not_reached", HOSTILE), HostSummary("b", (), "partial", HOSTILE)]
    material = Material(
        hosts=summaries, findings=found, causes=[Cause(HOSTILE, (found[0],), remedy=HOSTILE)], tool_errors=[HOSTILE], unread=[HOSTILE]
    )
    drawn = screen(diagnosis(material), width, colour, report=REPORT)
    without_colours = re.sub(r"\x1b\[[0-9;]*m", "", drawn) if colour else drawn
    assert all(char == "\n" or char.isprintable() for char in without_colours)
    assert "rm -rf" in drawn.replace("\n", " ")
    assert not [line for line in drawn.splitlines() if line.startswith("do  rm")]
    assert max(map(width_of, without_paths(without_colours))) <= max(width, 40)
    drawn.encode("utf-8")


def test_colours_only_when_asked() -> None:
    made = diagnosis(broken_fleet())
    assert "\x1b" not in screen(made, 100)
    assert re.sub(r"\x1b\[[0-9;]*m", "", screen(made, 100, colour=True)) == screen(made, 100)


@given(st.text(), st.integers(1, 60))
def test_wrap_fits_and_keeps_everything(text: str, width: int) -> None:
    clean = plain(text)
    lines = wrap(clean, width)
    assert "".join("".join(lines).split()) == "".join(clean.split())
    assert all(width_of(line) <= max(width, 2) for line in lines)
    assert width_of(shorten(clean, width)) <= max(width, 1)


@given(st.text())
def test_plain_is_printable(text: str) -> None:
    assert plain(text).isprintable()


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ([], ""),
        (["a"], "a"),
        (["compute10", "compute9", "compute2", "compute1"], "compute1, compute2, compute9, compute10"),
        ([f"compute{n}" for n in (1, 2, 3, 4, 5, 6, 7, 9)], "compute1–compute7, compute9"),  # noqa: RUF001
        ([f"c{n}" for n in range(0, 100, 2)], "c0, c2, c4, c6 (+46)"),
        (["node01.example", "node02.example", "node03.example"], "node01.example–node03.example"),  # noqa: RUF001
        (["a1", "b2", "c3"], "a1, b2, c3"),
    ],
)
def test_hosts(names: list[str], words: str) -> None:
    assert hosts(names) == words


def test_natural_order_compares_anything() -> None:
    sorted(["", "1", "a", "a1b2", "²", "٣", "9" * 30, "a10", "a9"], key=natural)
