# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report as one HTML file: no other file, no network, nothing that evidence says is taken for markup.

For each finding it quotes the lines that the verdict rests on and tells the grep command that finds them in the record.
PRIVATE to the collection: may change without notice.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.model import LAYERS, STATUSES
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.report.labels import label
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.report.plain import count, hosts, perhaps_from, plain, shorten

# host, item → the file of the record that holds it, and what the item gave; two empty texts when there is nothing
Quote = Callable[[str, str], tuple[str, str]]

_TEMPLATES = Path(__file__).parent / "templates"
_QUOTED_FINDINGS = 200  # findings with quotes, the causes first
_QUOTED_ITEMS = 3  # items quoted per finding
_QUOTED_LINES = 12
_LONGEST_LINE = 240
_SHOWN_FINDINGS = 300  # findings per list; all of them are in diagnosis.json
_SHORTEST_WORD = 2  # shorter values are found in every line
_MOST_WORDS = 8  # of each kind


def html(diagnosis: Mapping[str, Any], quote: Quote | None = None) -> str:
    """The report of `diagnosis` as a complete HTML document; `quote` gives the evidence to show, if there is any."""
    import jinja2  # noqa: PLC0415 (10 ms that only this report takes)

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(plain=plain, perhaps_from=perhaps_from, label=label)
    environment.filters.update(number=lambda value: f"{value:,}", hosts=lambda names: hosts(names, 12))
    environment.globals.update(count=count, most=_SHOWN_FINDINGS, statuses=STATUSES, layers=LAYERS)
    script, style = ((_TEMPLATES / name).read_text("utf-8") for name in ("report.js", "report.css"))
    return environment.get_template("report.html.j2").render(
        d=diagnosis,
        checks=_checks(diagnosis),
        quotes=_quotes(diagnosis, quote) if quote else {},
        script=script,
        style=style,
        script_hash=_hash(script),
        style_hash=_hash(style),
    )


def _hash(text: str) -> str:
    """What a content security policy calls this very text."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _checks(diagnosis: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The checks with their counts, those that matter first."""
    rows = [
        {"id": check, "asserts": diagnosis["asserts"].get(check, ""), "counts": counts, "worst": _worst(counts)}
        for check, counts in diagnosis["counts"]["by_check"].items()
    ]
    return sorted(rows, key=lambda row: (STATUSES.index(row["worst"]), row["id"]))


def _worst(counts: Mapping[str, int]) -> str:
    return next((status for status in STATUSES if counts[status]), "pass")


def _quotes(diagnosis: Mapping[str, Any], quote: Quote) -> dict[str, list[dict[str, Any]]]:
    """By finding ("check subject"): the lines of evidence that show it."""
    findings = [one for cause in diagnosis["causes"] for one in cause["findings"]]
    findings += diagnosis["unconfirmed"]
    findings += [one for cause in diagnosis["causes"] for group in cause["symptoms"] for one in group["findings"][:5]]
    findings += [one for warning in diagnosis["warnings"] for one in warning["findings"][:5]]
    quotes: dict[str, list[dict[str, Any]]] = {}
    for finding in findings:
        if len(quotes) >= _QUOTED_FINDINGS:
            break
        quotes.setdefault(key_of(finding), _quotes_of(finding, quote))
    return {key: found for key, found in quotes.items() if found}


def key_of(finding: Mapping[str, Any]) -> str:
    """By what a finding and its quotes find each other."""
    return " ".join([finding["check"], *(finding["subject"][name] for name in ("kind", "host", "name", "peer", "key"))])


def _quotes_of(finding: Mapping[str, Any], quote: Quote) -> list[dict[str, Any]]:
    words = _words(finding)
    found = []
    for place in finding["evidence"]:
        file, said = quote(place["host"], place["item"])
        if not said:
            continue
        lines, telling = telling_lines(said, *words)
        command = f"grep -n -A20 '==== {place['item']} ' {file}" if re.fullmatch(r"[A-Za-z0-9_.-]+", place["item"]) else ""
        found.append({"host": place["host"], "item": place["item"], "file": file, "lines": lines, "grep": command, "telling": telling})
    found.sort(key=lambda one: not one["telling"])
    return found[:_QUOTED_ITEMS]


def _words(finding: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """What to look for in the evidence: the names of the subject, and the values of the verdict."""
    subject = finding["subject"]
    values = [value for value in finding["values"].values() if isinstance(value, (str, int, float)) and not isinstance(value, bool)]
    return _worth(subject["name"], subject["key"]), _worth(*(str(value) for value in values))


def _worth(*words: str) -> list[str]:
    return list(dict.fromkeys(word for word in words if len(word) >= _SHORTEST_WORD))[:_MOST_WORDS]


def telling_lines(text: str, names: Sequence[str], values: Sequence[str] = ()) -> tuple[list[dict[str, Any]], bool]:
    """(lines to quote, whether they mention any of the words).

    Lines that mention a name come first; only where none does, a value alone counts. Each line is {"text", "marked"}; "…"
    stands for lines left out. Without a line that mentions anything, the first ones are quoted.
    """
    lines = text.split("\n")[:20_000]
    named, valued = ([re.compile(rf"(?<![\w.]){re.escape(word)}(?!\w)") for word in words] for words in (names, values))
    scores = [_MOST_WORDS * sum(bool(one.search(line)) for one in named) for line in lines]
    if any(scores):
        scores = [score and score + sum(bool(one.search(line)) for one in valued) for score, line in zip(scores, lines, strict=True)]
    else:
        scores = [sum(bool(one.search(line)) for one in valued) for line in lines]
    best = sorted((number for number, score in enumerate(scores) if score), key=lambda number: (-scores[number], number))
    marked = set(best[: _QUOTED_LINES // 2])
    chosen: set[int] = set()
    for number in sorted(marked):
        for near in (number, number + 1):
            if len(chosen) < _QUOTED_LINES and near < len(lines):
                chosen.add(near)
    if not marked:
        chosen = set(range(min(len(lines), _QUOTED_LINES // 2)))
    quoted: list[dict[str, Any]] = []
    before = -1
    for number in sorted(chosen):
        if number != before + 1:
            quoted.append({"text": "…", "marked": False})
        quoted.append({"text": shorten(_verbatim(lines[number]), _LONGEST_LINE), "marked": number in marked})
        before = number
    while quoted and not quoted[-1]["text"].strip():
        quoted.pop()
    return quoted, bool(marked)


def _verbatim(line: str) -> str:
    """A line of evidence with its columns kept and everything harmful shown as an escape."""
    line = line.expandtabs()
    indent = len(line) - len(line.lstrip(" "))
    return " " * indent + "  ".join(plain(part) if part.strip() else part for part in line[indent:].split("  "))
