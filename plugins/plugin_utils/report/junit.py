# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The findings as JUnit XML, for pipelines: one suite per layer, one case per check and subject.

A failure that a cause explains is a skipped case which says so: a pipeline shows as many failures as there are things to
repair. PRIVATE to the collection: may change without notice.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from html import escape
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.model import LAYERS, Finding
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.report.plain import perhaps_from, plain

# What XML 1.0 cannot hold in any form.
_NOT_XML = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")

_IN_MEMORY = 8 * 1024 * 1024  # characters of a suite
_PART = 1024 * 1024


def junit(diagnosis: Mapping[str, Any], findings: Iterable[Finding]) -> Iterator[str]:
    """JUnit XML of `findings`, all of them, with what the diagnosis says about their causes; in parts, since it may be long."""
    causes, doubts = _explained(diagnosis), _doubts(diagnosis)
    counts: dict[str, Counter[str]] = {layer: Counter() for layer in LAYERS}
    started = diagnosis["times"].get("started")
    stamp = f" timestamp={_attribute(str(started)[:19])}" if started else ""
    with ExitStack() as stack:
        # The head of a suite counts its cases, so these wait in a file when they are many.
        suites = {layer: stack.enter_context(SpooledTemporaryFile(_IN_MEMORY, "w+", encoding="utf-8")) for layer in LAYERS}
        for finding in findings:
            kind, body = _outcome(finding, causes, doubts)
            counts[finding.layer][kind] += 1
            suites[finding.layer].write(_case(finding, body))
        total = sum((counts[layer] for layer in LAYERS), Counter(error=len(diagnosis["tool_errors"])))
        yield f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="MidoNet diagnosis"{_totals(total)}>\n'
        for layer in LAYERS:
            if counts[layer]:
                yield from _suite(layer, _parts(suites[layer]), counts[layer], stamp)
    if diagnosis["tool_errors"]:
        cases = [
            f'<testcase classname="midonet.tool" name="runs without an error of its own ({number})">'
            f"<error message={_attribute(error)}/></testcase>\n"
            for number, error in enumerate(diagnosis["tool_errors"], start=1)
        ]
        yield from _suite("tool", cases, Counter(error=len(cases)), stamp)
    yield "</testsuites>\n"


def _explained(diagnosis: Mapping[str, Any]) -> dict[tuple[str, ...], str]:
    """By finding the title of the cause that explains it; roots are not in it."""
    found: dict[tuple[str, ...], str] = {}
    for cause in diagnosis["causes"]:
        for group in cause["symptoms"]:
            for one in group["findings"]:
                found.setdefault(_key(one["check"], one["subject"]), cause["title"])
    for cause in diagnosis["causes"]:
        for one in cause["findings"]:
            found.pop(_key(one["check"], one["subject"]), None)
    return found


def _key(check: str, subject: Mapping[str, str]) -> tuple[str, ...]:
    return (check, *(subject[name] for name in ("kind", "host", "name", "peer", "key")))


def _doubts(diagnosis: Mapping[str, Any]) -> dict[tuple[str, ...], str]:
    """By finding what it may only follow from."""
    return {
        _key(one["check"], one["subject"]): perhaps_from(cause["may_follow_from"][0])
        for cause in diagnosis["causes"]
        if cause["may_follow_from"]
        for one in cause["findings"]
    }


def _outcome(finding: Finding, causes: Mapping[tuple[str, ...], str], doubts: Mapping[tuple[str, ...], str]) -> tuple[str, str]:
    """("pass", "skipped", "failure" or "error", the element inside the case)."""
    if finding.status == "error":
        return "error", _element("error", finding.reason, finding.message)
    if finding.status in ("unknown", "skipped"):
        return "skipped", _element("skipped", f"{'not judged: ' if finding.status == 'unknown' else ''}{finding.reason}")
    if finding.waiver:
        return "skipped", _element("skipped", f"waived until {finding.waiver.until}: {finding.waiver.reason}", finding.message)
    if finding.status == "fail":
        subject = finding.subject
        key = (finding.check, subject.kind, subject.host, subject.name, subject.peer, subject.key)
        cause = causes.get(key)
        if cause is not None:
            return "skipped", _element("skipped", f"caused by: {cause}", finding.message)
        more = [*([f"remedy: {finding.remedy}"] if finding.remedy else []), *([doubts[key]] if key in doubts else [])]
        return "failure", _element("failure", finding.message, "; ".join(more))
    if finding.status == "warn":
        return "pass", f"<system-out>{_text(f'warning: {finding.message}')}</system-out>"
    return "pass", ""


def _case(finding: Finding, body: str) -> str:
    host = finding.subject.host or "fleet"
    name = ":".join(part for part in (finding.subject.name, finding.subject.peer and f"to {finding.subject.peer}") if part)
    attributes = f"classname={_attribute(f'midonet.{finding.layer}.{host}')} name={_attribute(f'{finding.check}[{name or host}]')}"
    return f"<testcase {attributes}>{body}</testcase>\n" if body else f"<testcase {attributes}/>\n"


def _parts(written: IO[str]) -> Iterator[str]:
    written.seek(0)
    while part := written.read(_PART):
        yield part


def _suite(name: str, cases: Iterable[str], counts: Counter[str], stamp: str) -> Iterator[str]:
    yield f"<testsuite name={_attribute(name)}{_totals(counts)}{stamp}>\n"
    yield from cases
    yield "</testsuite>\n"


def _totals(counts: Counter[str]) -> str:
    return f' tests="{counts.total()}" failures="{counts["failure"]}" errors="{counts["error"]}" skipped="{counts["skipped"]}"'


def _element(name: str, message: str, body: str = "") -> str:
    return f"<{name} message={_attribute(message)}>{_text(body)}</{name}>"


def _attribute(text: str) -> str:
    return f'"{_text(text)}"'


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("\ufffd", plain(text)))
