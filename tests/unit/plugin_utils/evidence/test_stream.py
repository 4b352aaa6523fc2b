"""Streams as hosts in trouble send them."""

from __future__ import annotations

import base64
import random
import re

import pytest
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.item import Item
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.stream import decode

NONCE = "0123456789abcdef" * 2
ITEMS = [
    Item("a.one", "a", "x", {"any": "x"}, cap_bytes=100),
    Item("a.two", "a", "x", {"any": "x"}, timeout_s=2),
    Item("a.three", "a", "x", {"any": "x"}),
]


def mark(*words: object) -> str:
    return f"\n=={NONCE} {' '.join(map(str, words))}\n"


def one(number: int, out: str = "", err: str = "", code: object = 0, ms: int = 10, limit: int = 5000, end: str = "") -> str:
    return mark("out", number, 50, limit) + out + mark("err", number, code, ms) + err + mark("end", number, *end.split())


HELLO = mark("hello", 1, "1795360794.5", "B", 10)
WHOLE = HELLO + one(0, "first\n") + one(1, "second", "warn\n", 3) + one(2, "") + mark("bye", 120)


def test_a_whole_stream():
    answer = decode(WHOLE, NONCE, ITEMS, round=2)
    assert (answer.complete, answer.reason, answer.noise, answer.generation) == (True, "", "", "B")
    assert (answer.host_epoch_s, answer.host_epoch_error_s, answer.duration_ms, answer.after_hello_ms) == (1795360794.5, 0.0, 120, 110)
    first, second, third = answer.outputs
    assert (first.item, first.round, first.state, first.stdout, first.started) == ("a.one", 2, "ok", "first\n", "2026-11-22T15:19:54Z")
    assert (second.state, second.exit_code, second.stdout, second.stderr, second.reason) == ("failed", 3, "second", "warn\n", "warn")
    assert (third.state, third.stdout, third.duration_ms) == ("ok", "", 10)


def test_noise_and_carriage_returns():
    text = "Welcome!\r\nlast login" + WHOLE.replace("\n", "\r\n") + "Connection closed.\r\n"
    answer = decode(text, NONCE, ITEMS)
    assert answer.complete
    assert answer.outputs[1].exit_code == 3 and answer.outputs[1].stdout == "second"
    assert "Welcome!" in answer.noise and "Connection closed." in answer.noise
    assert len(decode("x" * 1_000_000 + WHOLE, NONCE, ITEMS).noise) <= 2000


def test_other_nonces_are_text():
    forged = WHOLE.replace(NONCE, "f" * 32)
    answer = decode(HELLO + one(2, forged) + mark("bye", 5), NONCE, ITEMS)
    assert answer.outputs[2].stdout == forged
    assert [output.state for output in answer.outputs] == ["not_run", "not_run", "ok"]
    assert decode(forged, NONCE, ITEMS).reason == "the host's shell did not run the collector"


@pytest.mark.parametrize("share", [i / 40 for i in range(41)])
def test_cut_anywhere_what_came_is_kept(share):
    answer = decode(WHOLE[: int(len(WHOLE) * share)], NONCE, ITEMS)
    assert [output.item for output in answer.outputs] == ["a.one", "a.two", "a.three"]
    assert answer.complete == (share == 1)
    assert bool(answer.reason) != answer.complete
    for output in answer.outputs:
        assert output.state in ("ok", "failed") or output.reason


def test_states():
    def state(**more):
        output = decode(HELLO + one(1, "x", **more) + mark("bye", 9), NONCE, ITEMS).outputs[1]
        return output.state, output.reason

    assert state(code=143, ms=2100, limit=2000) == ("timeout", "did not end within 2 s")
    assert state(code="-", ms=2100, limit=2000) == ("timeout", "did not end within 2 s")
    assert state(code=137, ms=800, limit=700) == ("timeout", "the deadline of the call came while it ran")
    assert state(code=143, ms=30, limit=2000) == ("failed", "exit code 143")
    assert state(code="-", ms=30, limit=2000)[0] == "killed"
    assert state(code="-", end="abandoned")[0] == "abandoned"
    assert state(code=1, ms=2500, limit=2000) == ("failed", "exit code 1")
    cut = decode(HELLO + mark("out", 1, 5, 2000) + "half", NONCE, ITEMS)
    assert (cut.outputs[1].state, cut.outputs[1].stdout, cut.outputs[1].reason) == ("killed", "half", "the answer broke off")
    skipped = decode(HELLO + mark("skip", 1) + mark("bye", 9), NONCE, ITEMS)
    assert skipped.complete and "deadline" in skipped.outputs[1].reason


def test_the_cap():
    answer = decode(HELLO + one(0, "y" * 101, code=141) + one(2, "y" * 100) + mark("bye", 9), NONCE, ITEMS)
    assert (answer.outputs[0].truncated, len(answer.outputs[0].stdout), answer.outputs[0].state) == (True, 100, "ok")
    assert not answer.outputs[2].truncated


def test_encoded_parts():
    letters = base64.b64encode(WHOLE.encode()).decode()
    lines = "\r\n".join(re.findall(".{1,76}", letters))
    assert (
        decode(f"motd\r\n\n=={NONCE} base64\r\n{lines}\r\n\n=={NONCE} plain\r\n", NONCE, ITEMS).outputs
        == decode(WHOLE, NONCE, ITEMS).outputs
    )
    digits = " ".join(f"{byte:02x}" for byte in WHOLE.encode())
    for cut in range(0, len(digits), 37):
        assert len(decode(mark("hex") + digits[:cut], NONCE, ITEMS).outputs) == 3
    for cut in range(0, len(letters), 17):
        assert len(decode(mark("base64") + letters[:cut], NONCE, ITEMS).outputs) == 3


def test_several_streams():
    first = HELLO + one(0, "first\n") + mark("bye", 100)
    second = HELLO + one(1, "second") + one(2, "third") + mark("bye", 200)
    answer = decode(first + second, NONCE, ITEMS)
    assert answer.complete and answer.duration_ms == 300 and [output.state for output in answer.outputs] == ["ok"] * 3
    broken = decode(first + second[:80], NONCE, ITEMS)
    assert not broken.complete and broken.outputs[0].state == "ok"


def test_busybox_date_tells_no_fraction():
    answer = decode(WHOLE.replace("1795360794.5", "1795360794.%N"), NONCE, ITEMS)
    assert (answer.host_epoch_s, answer.host_epoch_error_s) == (1795360794.5, 0.5)
    assert decode(WHOLE.replace("1795360794.5", "garbage"), NONCE, ITEMS).host_epoch_s is None


def test_nothing_raises():
    chance = random.Random(7)
    pieces = [
        mark(kind, *args)
        for kind in ("hello", "out", "err", "end", "skip", "bye", "hex", "base64", "plain", "x")
        for args in ((), (0,), (1, 2, 3))
    ]
    pieces += ["\udcff\x00\r", "\ud800", NONCE, "==", "9" * 30, mark("out", 10**20), mark("out", -1), mark("hello", 1, "9" * 12, "B")]
    for _ in range(500):
        text = "".join(chance.choice(pieces) for _ in range(chance.randrange(30)))
        answer = decode(text, NONCE, ITEMS)
        assert len(answer.outputs) == 3
    for text in (b"\xff\xfe\x00", b"", "x"):
        assert not decode(text, NONCE, ITEMS).complete
