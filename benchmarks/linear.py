# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""That every parser takes time and memory that grow with the text, and no faster: `make bench-linear`.

Each parser is given texts that are made to hurt it, of N and of 4 N characters:

piece             one piece on one line: blanks, digits, brackets that open and never close, quotes, escape codes, …
piece in a line   a line of the tool's own, with the piece N times at one place in it: what an expression backtracks over
cut line          the same without the rest of the line
records           genuine text again and again
nearly            the same, each line of it spoilt: every line is unread
interleaved       genuine lines in an order that is none
deep              objects and lists inside one another

What is slow at N is timed at N and 4 N, side by side. Time that grows more than LIMIT times (linear: 4) is superlinear, and so is memory;
the command then ends with 1 and says of which text. Parsers and texts are those of the unit tests: a new fixture is tried here too.

Time is that of the processor, and parsers are looked at side by side.

PARSERS      only these (all)
JOBS         how many at once (as many as there are processors)
LIMIT        what a fourfold text may cost, at most (7)
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / ".build"), str(ROOT / "tests" / "unit" / "module_utils" / "parsers")]
from parser_cases import FIXTURES, FUNCTIONS, NAMES  # noqa: E402

SMALL = 10_000
RECORDS = 100_000
# What a text of SMALL characters takes when nothing is the matter; quadratic time takes several times this at least.
SLOW_S = 0.02
LEAST = {"seconds": 0.02, "peak": 100_000}
LIMIT = float(os.environ.get("LIMIT") or 7)
PIECES = (
    " ",
    "0",
    "a",
    "A",
    "<",
    "[",
    "{",
    "(",
    ")",
    '"',
    '"\\',
    "\\",
    "-",
    ".",
    ":",
    "/",
    ",",
    "=",
    "*",
    "|",
    "_",
    "#",
    "\t",
    "\r",
    "\x1b[",
    "\x1b]0;",
)
PIECES += (
    ": ",
    ", ",
    "1 ",
    "a ",
    "x=",
    "a.",
    "1.",
    "0:",
    "1,",
    "[{",
    "\t-",
    "'a' ",
    '"a" ',
    '"a":',
    "\\\n",
    "### x\n",
    "x\n",
    "\n",
    "é",
    "\udcff",
)
IN_A_LINE = (" ", "0", "a", "-", ".", ":", ",", "(", '"', "1 ", "a ", "a.", ", ", "a=1 ", "\t", '"a": ')
DEEP = ('{"a":', "[", "{", '[{"a":', "(", "a{", "<a>", "a {\n", "{a=[")
# Of one tool: so many different lines, and so many places in each.
LINES, PLACES = 24, 4

Make = Callable[[int], str]


def repeated(piece: str) -> Make:
    return lambda size: piece * (size // len(piece))


def inserted(before: str, piece: str, after: str) -> Make:
    return lambda size: before + piece * (size // len(piece)) + after


def texts_of(tool: str) -> list[str]:
    return [path.read_text(encoding="utf-8", errors="surrogateescape") for path in sorted((FIXTURES / tool).glob("*.txt"))]


def lines_of(texts: list[str]) -> list[str]:
    """Different lines: of those that begin alike, one."""
    found: dict[str, str] = {}
    for text in texts:
        for line in text.split("\n"):
            found.setdefault("".join(sign for sign in line[:24] if not sign.isdigit()), line[:200])
    chosen = [line for line in found.values() if line.strip()]
    return chosen[:: max(1, len(chosen) // LINES)]


def places_in(line: str) -> list[int]:
    """Where words end, and the end."""
    ends = [at for at in range(1, len(line)) if line[at].isalnum() != line[at - 1].isalnum()]
    return [*ends[:: max(1, len(ends) // PLACES)], len(line)]


def hurting(tool: str) -> Iterator[tuple[str, Make]]:
    """What hurts, by its name."""
    for piece in PIECES:
        yield f"piece {piece!r}", repeated(piece)
    for piece in DEEP:
        yield f"deep {piece!r}", repeated(piece)
    texts = texts_of(tool)
    # What tells a parser of its format is often on lines before.
    heads = ["", *({text[: text.index("\n") + 1] for text in texts if "\n" in text[:300]})][:3]
    for line in lines_of(texts):
        for at in places_in(line):
            for piece in IN_A_LINE:
                name = f"{piece!r} in {line[:60]!r} at {at}"
                yield f"piece in a line: {name}", inserted(heads[-1] + line[:at], piece, line[at:] + "\n")
                yield f"cut line: {name}", inserted(line[:at], piece, "\n")


def many(tool: str) -> Iterator[tuple[str, Make]]:
    """Many records, or what looks like them."""
    for text in (whole[:20_000] for whole in texts_of(tool)):
        lines = text.split("\n")
        yield "records", repeated(text or " ")
        yield "nearly", repeated("\n".join("~ " + line for line in lines) + "\n")
        yield "nearly, below a first line", inserted(lines[0] + "\n", "\n".join(line[:-1] + "~" for line in lines[1:]) + "\n", "")
        yield "interleaved", repeated("\n".join(lines[::-1]) + "\n")
        for line in lines[:: max(1, len(lines) // 8)]:
            yield f"one line: {line[:60]!r}", inserted("\n".join(lines[:3]) + "\n", line[:500] + "\n", "")


def seconds(parse: Callable[[str], Any], text: str) -> float:
    start = time.process_time()
    parse(text)
    return time.process_time() - start


def peak(parse: Callable[[str], Any], text: str) -> int:
    """Bytes at the highest, without those of the text."""
    gc.collect()
    tracemalloc.start()
    parse(text)
    highest = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return highest


def growth(cost: Callable[[Callable[[str], Any], str], float], parse: Callable[[str], Any], make: Make, small: int, turns: int) -> float:
    """How many times more the fourfold text costs; the least of some turns, because other work on the machine only adds."""
    texts = make(small), make(4 * small)
    costs = [[cost(parse, text) for text in texts] for _turn in range(turns)]
    small_cost, large_cost = (min(one[which] for one in costs) for which in (0, 1))
    # What costs next to nothing cannot be compared.
    return large_cost / small_cost if small_cost and large_cost > LEAST[cost.__name__] else 0.0


def looked_at(name: tuple[str, str]) -> tuple[int, float, list[str]]:
    """How many texts there were, the worst growth that was timed, and what is wrong."""
    parse, wrong, worst, number = FUNCTIONS[name], [], 0.0, 0
    for what, make in hurting(name[0]):
        number += 1
        if seconds(parse, make(SMALL)) > SLOW_S:
            ratio = growth(seconds, parse, make, SMALL, 3)
            worst = max(worst, ratio)
            if ratio > LIMIT:
                wrong.append(f"time x{ratio:.1f} for four times the text: {what}")
    for what, make in many(name[0]):
        number += 1
        ratio = growth(seconds, parse, make, RECORDS // 4, 1)
        if ratio > LIMIT:
            ratio = growth(seconds, parse, make, RECORDS // 2, 3)
        worst = max(worst, ratio)
        if ratio > LIMIT:
            wrong.append(f"time x{ratio:.1f} for four times the text: {what}")
        if what in ("records", "nearly"):
            ratio = growth(peak, parse, make, RECORDS // 4, 1)
            if ratio > LIMIT:
                wrong.append(f"memory x{ratio:.1f} for four times the text: {what}")
    return number, worst, wrong


def main() -> int:
    wanted = os.environ.get("PARSERS", "").split()
    names = [name for name in NAMES if not wanted or name[0] in wanted]
    jobs = int(os.environ.get("JOBS") or os.cpu_count() or 1)
    failed: list[str] = []
    total, began = 0, time.monotonic()
    print(f"{'':>9} {'parser':46} {'texts':>6} {'worst':>6}  verdict", flush=True)
    with multiprocessing.Pool(jobs) as pool:
        for at, (name, (number, worst, wrong)) in enumerate(zip(names, pool.imap(looked_at, names), strict=True), 1):
            total += number
            called = ".".join(name)
            failed += [called] * bool(wrong)
            verdict = "SUPERLINEAR" if wrong else "linear"
            print(f"{at:4}/{len(names):4} {called:46} {number:6} {worst:6.1f}  {verdict}", flush=True)
            for line in wrong[:5]:
                print("          ", line, flush=True)
    print(f"{total} texts of {len(names)} parsers in {time.monotonic() - began:.0f} s; load {os.getloadavg()[0]:.1f}")
    print(
        f"verdict: superlinear are {', '.join(failed)}"
        if failed
        else f"verdict: all are linear (limit: x{LIMIT:g} for four times the text)"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
