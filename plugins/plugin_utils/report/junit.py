# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The findings as JUnit XML, for pipelines: one suite per layer, one case per check and subject.

A failure that a cause explains is a skipped case which says so: a pipeline shows as many failures as there are things to
repair. PRIVATE to the collection: may change without notice.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.model import LAYERS, Finding
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.report.plain import plain

# What XML 1.0 cannot hold in any form.
_NOT_XML = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


def junit(diagnosis: Mapping[str, Any], findings: Iterable[Finding]) -> str:
    """JUnit XML of `findings`, all of them, with what the diagnosis says about their causes."""
    causes = _explained(diagnosis)
    suites: dict[str, list[str]] = {layer: [] for layer in LAYERS}
    counts: dict[str, Counter[str]] = {layer: Counter() for layer in LAYERS}
    for finding in findings:
        kind, body = _outcome(finding, causes)
        counts[finding.layer][kind] += 1
        suites[finding.layer].append(_case(finding, body))
    started = diagnosis["times"].get("started")
    stamp = f" timestamp={_attribute(str(started)[:19])}" if started else ""
    parts = [_suite(layer, suites[layer], counts[layer], stamp) for layer in LAYERS if suites[layer]]
    if diagnosis["tool_errors"]:
        cases = [
            f'<testcase classname="midonet.tool" name="runs without an error of its own ({number})">'
            f"<error message={_attribute(error)}/></testcase>\n"
            for number, error in enumerate(diagnosis["tool_errors"], start=1)
        ]
        parts.append(_suite("tool", cases, Counter(error=len(cases)), stamp))
    total = sum((counts[layer] for layer in LAYERS), Counter(error=len(diagnosis["tool_errors"])))
    body = "".join(parts)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="MidoNet diagnosis"{_totals(total)}>\n{body}</testsuites>\n'


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


def _outcome(finding: Finding, causes: Mapping[tuple[str, ...], str]) -> tuple[str, str]:
    """("pass", "skipped", "failure" or "error", the element inside the case)."""
    if finding.status == "error":
        return "error", _element("error", finding.reason, finding.message)
    if finding.status in ("unknown", "skipped"):
        return "skipped", _element("skipped", f"{'not judged: ' if finding.status == 'unknown' else ''}{finding.reason}")
    if finding.waiver:
        return "skipped", _element("skipped", f"waived until {finding.waiver.until}: {finding.waiver.reason}", finding.message)
    if finding.status == "fail":
        subject = finding.subject
        cause = causes.get((finding.check, subject.kind, subject.host, subject.name, subject.peer, subject.key))
        if cause is not None:
            return "skipped", _element("skipped", f"caused by: {cause}", finding.message)
        return "failure", _element("failure", finding.message, f"remedy: {finding.remedy}" if finding.remedy else "")
    if finding.status == "warn":
        return "pass", f"<system-out>{_text(f'warning: {finding.message}')}</system-out>"
    return "pass", ""


def _case(finding: Finding, body: str) -> str:
    host = finding.subject.host or "fleet"
    name = ":".join(part for part in (finding.subject.name, finding.subject.peer and f"to {finding.subject.peer}") if part)
    attributes = f"classname={_attribute(f'midonet.{finding.layer}.{host}')} name={_attribute(f'{finding.check}[{name or host}]')}"
    return f"<testcase {attributes}>{body}</testcase>\n" if body else f"<testcase {attributes}/>\n"


def _suite(name: str, cases: Iterable[str], counts: Counter[str], stamp: str) -> str:
    return f"<testsuite name={_attribute(name)}{_totals(counts)}{stamp}>\n{''.join(cases)}</testsuite>\n"


def _totals(counts: Counter[str]) -> str:
    return f' tests="{counts.total()}" failures="{counts["failure"]}" errors="{counts["error"]}" skipped="{counts["skipped"]}"'


def _element(name: str, message: str, body: str = "") -> str:
    return f"<{name} message={_attribute(message)}>{_text(body)}</{name}>"


def _attribute(text: str) -> str:
    return f'"{_text(text)}"'


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("\ufffd", plain(text)))
