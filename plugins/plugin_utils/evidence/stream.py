# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a host answered becomes outputs: the counterpart of script.py.

The stream is hostile: login messages before it, binary inside it, broken off anywhere, with markers that somebody imitates. Only a
marker with the nonce of this call counts. Nothing here raises on text. PRIVATE to the collection: may change without notice.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.item import Item, Output, State

# How the reason begins when a host was reached and its shell ended without running the collector.
NOT_RUN = "the shell there did not run the collector"

_NOISE_LIMIT = 2000
# head and whoever writes to it end with SIGPIPE when the cap is reached: that is no failure of the command.
_SIGPIPE = 141
# The encodings of the argument form.
_CODED = ("base64", "hex")
# What follows the nonce in a marker.
_AFTER_SIGN = re.compile(rb"([a-z0-9]+)((?: [^ \r\n]*)*)\r?\n")


@dataclass(frozen=True)
class Answer:
    """All that one call gave.

    outputs       one for each item, in the order of the items
    complete      the collector came to its end; then only items that did not fit into the deadline are missing
    reason        one line why it is not complete, else empty
    noise         what stood before and after the frames (login messages, sudo's words), cut to 2,000 characters
    host_epoch_s  the host's clock when the collector began, seconds since 1970, None when not known
    generation    "A", "B" or None
    duration_ms   how long the collector ran, by the host's own count
    """

    outputs: list[Output] = field(default_factory=list)
    complete: bool = False
    reason: str = ""
    noise: str = ""
    host_epoch_s: float | None = None
    host_epoch_error_s: float = 0.0
    generation: str | None = None
    duration_ms: int | None = None
    after_hello_ms: int | None = None
    clock: Mapping[str, float] | None = None


@dataclass
class _Found:
    stdout: bytes | None = None
    offset_ms: int | None = None
    limit_ms: int | None = None
    stderr: bytes = b""
    exit_code: int | None = None
    duration_ms: int | None = None
    ended: bool = False
    abandoned: bool = False
    skipped: bool = False


def decode(text: str | bytes, nonce: str, items: Sequence[Item], round: int = 1, numbers: Sequence[int] | None = None) -> Answer:
    """Read a stream. `text` may be several streams of the same nonce, one after the other (the argument form).

    A str must have been decoded with surrogateescape if bytes outside UTF-8 are to survive.
    """
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape" if _escapes(text) else "replace")
    sign = b"==" + nonce.encode("ascii", "replace") + b" "
    data = _plain(data, sign)
    numbers = list(range(len(items)) if numbers is None else numbers)
    found: dict[int, _Found] = {}
    noise: list[bytes] = []
    hello: list[bytes] = []
    durations: list[int] = []
    hellos = 0
    place = 0
    open_frame: tuple[str, int] | None = None
    for start, end, kind, words in _markers(data, sign):
        _keep(found, open_frame, data[place:start], noise)
        open_frame = None
        place = end
        if kind == "hello":
            hellos += 1
            hello = hello or words
            continue
        number = _int(words[0]) if words else None
        if number is None:
            continue
        if kind == "bye":
            durations.append(number)
            continue
        entry = found.setdefault(number, _Found())
        if kind == "out":
            entry.stdout = b""
            entry.offset_ms = _int(words[1]) if len(words) > 1 else None
            entry.limit_ms = _int(words[2]) if len(words) > 2 else None
            open_frame = ("out", number)
        elif kind == "err" and not entry.ended:
            entry.exit_code = _int(words[1]) if len(words) > 1 else None
            entry.duration_ms = _int(words[2]) if len(words) > 2 else None
            open_frame = ("err", number)
        elif kind == "end":
            entry.abandoned = entry.abandoned or words[1:] == [b"abandoned"]
            entry.ended = True
        elif kind == "skip":
            entry.skipped = True
    _keep(found, open_frame, data[place:], noise)
    epoch, epoch_error = _epoch(hello)
    hello_ms = (_int(hello[3]) if len(hello) > 3 else None) or 0
    complete = bool(hellos) and len(durations) >= hellos
    reason = "" if complete else _reason(hellos, found)
    outputs = [
        _output(item, round, found.get(number), complete, reason, epoch) for number, item in zip(numbers, items, strict=False)
    ]
    return Answer(
        outputs=outputs,
        complete=complete,
        reason=reason,
        noise=_text(b"\n".join(part.strip() for part in noise if part.strip()))[:_NOISE_LIMIT],
        host_epoch_s=epoch,
        host_epoch_error_s=epoch_error,
        generation=_generation(hello),
        duration_ms=sum(durations) if durations else None,
        after_hello_ms=max(0, durations[0] - hello_ms) if durations else None,
    )


def _markers(data: bytes, sign: bytes) -> Iterator[tuple[int, int, str, list[bytes]]]:
    """The lines of the framing: where each begins, with the line end before it, where it ends, its kind and its words.

    Looked for as literal text: a pattern with the nonce in it would have to be compiled for every call.
    """
    end = 0
    place = data.find(sign)
    while place >= 0:
        match = _AFTER_SIGN.match(data, place + len(sign))
        if match is None:
            place = data.find(sign, place + 1)
            continue
        start = place
        for letter in (b"\n", b"\r"):
            if start > end and data[start - 1 : start] == letter:
                start -= 1
        end = match.end()
        yield start, end, match[1].decode("ascii"), match[2].split()
        place = data.find(sign, end)


def _escapes(text: str) -> bool:
    """Whether all lone surrogates in it come from surrogateescape, so that it can be turned back into bytes."""
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True


def _plain(data: bytes, sign: bytes) -> bytes:
    """Undo the encoding of parts that came through a terminal."""
    if not any(sign + kind.encode("ascii") in data for kind in _CODED):
        return data
    parts: list[bytes] = []
    place = 0
    coded: str | None = None
    for start, end, kind, _words in _markers(data, sign):
        if coded is None and kind in _CODED:
            parts.append(data[place:start])
            coded, place = kind, end
        elif coded is not None and kind == "plain":
            parts.append(_uncode(coded, data[place:start]))
            coded, place = None, end
    parts.append(data[place:] if coded is None else _uncode(coded, data[place:]))
    return b"".join(parts)


def _uncode(kind: str, data: bytes) -> bytes:
    """As much as can be read; a piece that broke off at the end is left away."""
    if kind == "hex":
        digits = re.sub(rb"[^0-9a-fA-F]", b"", data)
        return bytes.fromhex(digits[: len(digits) // 2 * 2].decode("ascii"))
    letters = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
    letters = letters[: len(letters) - 1] if len(letters) % 4 == 1 else letters
    try:
        return base64.b64decode(letters + b"=" * (-len(letters) % 4))
    except (binascii.Error, ValueError):
        return b""


def _keep(found: dict[int, _Found], frame: tuple[str, int] | None, piece: bytes, noise: list[bytes]) -> None:
    if frame is None:
        noise.append(piece)
    elif frame[0] == "out":
        found[frame[1]].stdout = (found[frame[1]].stdout or b"") + piece
    else:
        found[frame[1]].stderr = piece


def _reason(hellos: int, found: dict[int, _Found]) -> str:
    if not hellos:
        return "the host's shell did not run the collector"
    return "the answer broke off" if found else "the answer broke off before the first item"


def _output(item: Item, round: int, entry: _Found | None, complete: bool, reason: str, epoch: float | None) -> Output:
    if entry is None or entry.stdout is None:
        if entry is not None and entry.skipped:
            reason = "the deadline of the call came before its turn"
        return Output(item.id, round, "not_run", reason=reason or "the collector left it out")
    stdout = entry.stdout
    truncated = len(stdout) > item.cap_bytes
    state, why = _state(item, entry, truncated, reason)
    return Output(
        item=item.id,
        round=round,
        state=state,
        exit_code=entry.exit_code,
        duration_ms=entry.duration_ms or 0,
        stdout=_text(stdout[: item.cap_bytes]),
        stderr=_text(entry.stderr),
        truncated=truncated,
        reason=why,
        started=_started(epoch, entry.offset_ms),
    )


def _state(item: Item, entry: _Found, truncated: bool, reason: str) -> tuple[State, str]:
    if entry.abandoned:
        return "abandoned", "did not end when killed (uninterruptible sleep?) and was left behind"
    if not entry.ended and entry.exit_code is None:
        return "killed", reason or "its frame has no end"
    code = entry.exit_code
    if truncated and code in (0, _SIGPIPE):
        return "ok", ""
    if code == 0:
        return "ok", ""
    timeout_ms = round(item.timeout_s * 1000)
    limit_ms = timeout_ms if entry.limit_ms is None else entry.limit_ms
    if (code is None or code > 128) and (entry.duration_ms or 0) >= limit_ms:
        if limit_ms < timeout_ms:
            return "timeout", "the deadline of the call came while it ran"
        return "timeout", f"did not end within {item.timeout_s:g} s"
    if code is None:
        return "killed", "was ended before its time by something else"
    return "failed", _because(entry.stderr) or f"exit code {code}"


def _because(stderr: bytes) -> str:
    """The last line that the command complained in."""
    lines = [line.strip() for line in _text(stderr[-2000:]).splitlines() if line.strip()]
    return lines[-1][:200] if lines else ""


def _epoch(hello: list[bytes]) -> tuple[float | None, float]:
    """The host's clock, and half the width of what it leaves open (busybox date tells no fractions)."""
    match = re.fullmatch(rb"(\d{1,12})(?:\.(\d{1,9}))?(?:\.%?N)?", hello[1]) if len(hello) > 1 else None
    if match is None:
        return None, 0.0
    if match[2] is None:
        return int(match[1]) + 0.5, 0.5
    return float(match[1] + b"." + match[2]), 0.0


def _generation(hello: list[bytes]) -> str | None:
    word = hello[2] if len(hello) > 2 else b""
    return word.decode("ascii") if word in (b"A", b"B") else None


def _started(epoch: float | None, offset_ms: int | None) -> str:
    if epoch is None or offset_ms is None:
        return ""
    try:
        at = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=epoch, milliseconds=offset_ms)
    except OverflowError:
        return ""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _int(word: bytes) -> int | None:
    return int(word) if word.isdigit() and len(word) < 16 else None


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
