"""Evidence files: exact for any bytes, editable by people, readable when damaged."""

from __future__ import annotations

import pytest
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence import text
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.item import Output
from hypothesis import given
from hypothesis import strategies as st


def output(**changes) -> Output:
    values = {
        "item": "underlay.ip_link",
        "round": 1,
        "state": "ok",
        "exit_code": 0,
        "duration_ms": 4,
        "stdout": "1: lo\n",
        "stderr": "",
        "truncated": False,
        "reason": "",
        "started": "2026-11-22T03:14:07Z",
    }
    return Output(**{**values, **changes})


def decode(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


HOSTILE = [
    "",
    "\n",
    "\n\n",
    "no newline",
    "a\nb",
    "==== underlay.other round=1\n",
    "==== stderr\n==== end\n",
    "\\==== x\n\\\\==== y\n====\n",
    '# host "other"\n',
    "a\r\nb\r\n\r",
    "\x00\x1b[31m\x0b\x0c\x85\u2028",
    decode(bytes(range(256))),
    decode(b"\xff\xfe====\n\xc3\x28"),
    "x" * 100_000,
]


@pytest.mark.parametrize("stdout", HOSTILE)
@pytest.mark.parametrize("stderr", HOSTILE)
def test_any_output_survives(stdout: str, stderr: str) -> None:
    said = [output(stdout=stdout, stderr=stderr), output(item="underlay.routes", stdout=stderr, stderr=stdout)]
    loaded = text.load(text.append("", said, "compute1"))
    assert loaded.outputs == tuple(said)
    assert (loaded.host, loaded.problems) == ("compute1", ())


@given(
    st.lists(
        st.builds(
            output,
            stdout=st.binary().map(decode),
            stderr=st.text(alphabet="\\=\n \rstderrend.#", max_size=40),
            reason=st.text(alphabet="\\=\n\r nr", max_size=20).map(str.strip),
            round=st.integers(1, 3),
            state=st.sampled_from(["ok", "failed", "timeout", "killed", "abandoned", "not_run"]),
            exit_code=st.one_of(st.none(), st.integers(0, 255)),
            truncated=st.booleans(),
        ),
        max_size=5,
    ),
    st.text(),
)
def test_round_trip_in_bytes(said: list[Output], host: str) -> None:
    raw = text.append("", said, host).encode("utf-8", "surrogateescape")
    loaded = text.load(decode(raw))
    assert loaded.outputs == tuple(said)
    assert (loaded.host, loaded.problems) == (host, ())


def test_rounds_are_appended() -> None:
    first, second = output(), output(round=2, stdout="later", exit_code=1, state="failed")
    both = text.append(text.append("", [first], "c"), [second], "c")
    assert text.load(both).outputs == (first, second)
    assert both.count("==== end") == 1


def test_written_by_hand() -> None:
    loaded = text.load("# edited by me\n\n==== zookeeper.ruok\nimok\n==== zookeeper.mntr rc=1\n")
    assert [(one.item, one.round, one.state, one.exit_code, one.stdout, one.truncated) for one in loaded.outputs] == [
        ("zookeeper.ruok", 1, "ok", 0, "imok\n", False),
        ("zookeeper.mntr", 1, "failed", 1, "", False),
    ]
    assert loaded.problems == ()


def test_windows_line_ends_in_headers() -> None:
    (one,) = text.load("==== zookeeper.ruok round=2 state=ok\r\nimok\r\n").outputs
    assert (one.round, one.stdout) == (2, "imok\r\n")


def test_cut_off() -> None:
    whole = text.append("", [output(), output(item="underlay.routes", stdout="default via 10.0.0.1\n10.0.0.0/8 dev eth0\n")], "c")
    cut = text.load(whole[: whole.index("0/8 dev")])
    assert [one.item for one in cut.outputs] == ["underlay.ip_link"]
    assert cut.problems == ("the end line is missing: the file was cut off; left out: underlay.routes",)


def test_every_cut_is_readable() -> None:
    whole = text.append("", [output(stderr="e"), output(item="a.b", reason="why\nnot", stdout="====\n")], 'ho"st')
    for length in range(len(whole)):
        text.load(whole[:length])


def test_nonsense_is_reported_and_the_rest_read() -> None:
    loaded = text.load(
        "what is this\n==== stderr\nlost\n==== a.b round=x state=fine rc=1e9 ms= more words\nkept\n======\nkept too\n==== c.d\nlast"
    )
    assert [(one.item, one.stdout) for one in loaded.outputs] == [("a.b", "kept\n======\nkept too\n"), ("c.d", "last\n")]
    assert len(loaded.problems) == 8


@given(st.text(alphabet='=\\ \nabc.#"hostround stderr end 0123456789', max_size=300))
def test_never_raises(content: str) -> None:
    text.load(content)
    text.load("# midonet.diagnostics evidence 1\n# host " + content)
