# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The diagnosis as data: what every report is rendered from. Its form: diagnosis.schema.json.

The same findings give the same diagnosis, byte for byte: lists have an order of their own, and times are kept apart
under "times". PRIVATE to the collection: may change without notice.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.model import LAYERS, STATUSES, Cause, Finding, Subject, Symptom
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.report.plain import hosts as host_list
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.report.plain import natural

FORMAT = 1

Threshold = Literal["fail", "warn", "never"]
THRESHOLDS: tuple[Threshold, ...] = ("fail", "warn", "never")

# The checks whose outcome on a pair tells whether the peer is alive at all.
REACHABILITY = ("underlay.ping.peer", "overlay.tunnel.reachable")

_MOST_EVIDENCE = 20  # places named per finding
_WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_VERDICTS = ("pass", "info", "warn", "fail")


@dataclass(frozen=True)
class HostSummary:
    """How one host answered. state is one of complete, partial, not_reached, failed; missing are ids of items."""

    name: str
    groups: tuple[str, ...] = ()
    state: str = "complete"
    reason: str = ""
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Material:
    """Everything that a diagnosis is made of.

    findings     those of every check that did not pass everywhere, at least
    counts       by layer and check how many findings of each status there are; when empty, `findings` are all and are counted
    asserts      by check id the sentence that is true when it passes; its keys are the checks that were judged
    waived       causes whose findings the operator waived; what follows from them counts no more than they do
    unconfirmed  failed findings that the naming of causes leaves aside on purpose
    tool_errors  what broke in this program itself, one line each
    unread       what could not be read of the record
    """

    hosts: Sequence[HostSummary]
    findings: Iterable[Finding]
    counts: Mapping[tuple[str, str], Mapping[str, int]] = field(default_factory=dict)
    causes: Sequence[Cause] = ()
    waived: Sequence[Cause] = ()
    unconfirmed: Sequence[Finding] = ()
    asserts: Mapping[str, str] = field(default_factory=dict)
    tool_errors: Sequence[str] = ()
    unread: Sequence[str] = ()
    threshold: Threshold = "fail"
    kind: str = ""
    version: str = ""
    times: Mapping[str, Any] = field(default_factory=dict)


def diagnosis(material: Material) -> dict[str, Any]:
    """Put `material` in the order in which people read it."""
    sorted_out = _sort_out(material.findings, material.counts)
    _set_aside(material, sorted_out)
    failed_causes, warned_causes = _causes(material, sorted_out)
    broken = [finding_dict(one) for one in sorted_out.of("error")]
    tool_errors = sorted({*material.tool_errors, *(f"{one['check']} on {one['subject']['text']}: {one['reason']}" for one in broken)})
    hosts = _hosts(material.hosts, sorted_out)
    result = {
        "format": FORMAT,
        "tool": {"name": "midonet.diagnostics", "version": material.version},
        "kind": material.kind,
        "times": dict(material.times),
        "coverage": {
            "hosts": hosts,
            "checks": _check_coverage(material.asserts, sorted_out.by_check),
            "unread": list(material.unread),
        },
        "counts": {
            "by_layer": {layer: _counts(sorted_out.by_layer.get(layer, Counter())) for layer in LAYERS},
            "by_check": {check: _counts(by_status) for check, by_status in sorted(sorted_out.by_check.items())},
        },
        "asserts": dict(sorted(material.asserts.items())),
        "causes": failed_causes,
        "unconfirmed": [finding_dict(one) for one in _in_order(material.unconfirmed)],
        "warnings": _warnings(sorted_out, warned_causes, failed_causes),
        "waived": [finding_dict(one) for one in sorted_out.waived],
        "waived_causes": [_cause(one) for one in material.waived],
        "unknown": _unknown(sorted_out.of("unknown"), {one["host"] for one in hosts["incomplete"] if one["state"] != "partial"}),
        "broken": broken,
        "tool_errors": tool_errors,
        "verdict": _verdict(sorted_out, material.threshold, bool(tool_errors)),
    }
    result["next"] = _next(result)
    return result


def identity(finding: Finding) -> tuple[str, Subject]:
    """What makes two findings the same."""
    return finding.check, finding.subject


def finding_dict(finding: Finding) -> dict[str, Any]:
    """A finding as it stands in the diagnosis."""
    subject = finding.subject
    return {
        "check": finding.check,
        "subject": {
            "kind": subject.kind,
            "host": subject.host,
            "name": subject.name,
            "peer": subject.peer,
            "key": subject.key,
            "text": str(subject),
        },
        "status": finding.status,
        "layer": finding.layer,
        "message": finding.message,
        "remedy": finding.remedy,
        "reason": finding.reason,
        "values": finding.values,
        "evidence": [{"host": one.host, "item": one.item} for one in finding.evidence[:_MOST_EVIDENCE]],
        "waiver": {"reason": finding.waiver.reason, "until": finding.waiver.until} if finding.waiver else None,
    }


# ---- the findings, looked at once


@dataclass
class _SortedOut:
    """What is kept of the findings: counts of all, and those that are more than a pass."""

    by_layer: dict[str, Counter[str]] = field(default_factory=dict)
    by_check: dict[str, Counter[str]] = field(default_factory=dict)
    kept: dict[str, list[Finding]] = field(default_factory=dict)
    waived: list[Finding] = field(default_factory=list)
    reached_by: dict[str, set[str]] = field(default_factory=dict)
    missed_by: dict[str, set[str]] = field(default_factory=dict)

    def of(self, status: str) -> list[Finding]:
        return self.kept.get(status, [])


def _sort_out(findings: Iterable[Finding], counts: Mapping[tuple[str, str], Mapping[str, int]]) -> _SortedOut:
    result = _SortedOut()
    for (layer, check), told in counts.items():
        result.by_layer.setdefault(layer, Counter()).update(told)
        result.by_check.setdefault(check, Counter()).update(told)
    for finding in findings:
        status = finding.status
        if not counts:
            result.by_layer.setdefault(finding.layer, Counter())[status] += 1
            result.by_check.setdefault(finding.check, Counter())[status] += 1
        if finding.check in REACHABILITY and finding.subject.peer:
            book = result.reached_by if status in ("pass", "info", "warn") else result.missed_by if status == "fail" else {}
            book.setdefault(finding.subject.peer, set()).add(finding.subject.host)
        if finding.waiver:
            result.waived.append(finding)
        elif status not in ("pass", "skipped"):
            result.kept.setdefault(status, []).append(finding)
    result.waived = _in_order(result.waived)
    result.kept = {status: _in_order(kept) for status, kept in result.kept.items()}
    return result


def _set_aside(material: Material, sorted_out: _SortedOut) -> None:
    """Take out what only a waived cause explains."""
    by_waived = {identity(one.finding) for cause in material.waived for one in cause.symptoms}
    by_shown = {identity(one.finding) for cause in material.causes for one in cause.symptoms}
    by_shown |= {identity(one) for cause in material.causes for one in cause.findings}
    for status in ("fail", "warn"):
        sorted_out.kept[status] = [one for one in sorted_out.of(status) if identity(one) not in by_waived - by_shown]


def _in_order(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda one: (LAYERS.index(one.layer), one.check, _place(one.subject)))


def _place(subject: Subject) -> tuple[Any, ...]:
    return natural(subject.host), natural(subject.name), natural(subject.peer), subject.key, subject.kind


def _counts(counter: Counter[str]) -> dict[str, int]:
    return {status: counter.get(status, 0) for status in STATUSES}


# ---- coverage


def _hosts(summaries: Sequence[HostSummary], sorted_out: _SortedOut) -> dict[str, Any]:
    states = Counter(one.state for one in summaries)
    incomplete = []
    for one in sorted(summaries, key=lambda host: natural(host.name)):
        if one.state == "complete":
            continue
        others = one.state != "partial"
        incomplete.append(
            {
                "host": one.name,
                "groups": sorted(one.groups),
                "state": one.state,
                "reason": one.reason,
                "missing": sorted(one.missing),
                "reached_by": sorted(sorted_out.reached_by.get(one.name, ()), key=natural) if others else [],
                "missed_by": sorted(sorted_out.missed_by.get(one.name, ()), key=natural) if others else [],
            }
        )
    return {
        "total": len(summaries),
        **{state: states.get(state, 0) for state in ("complete", "partial", "not_reached", "failed")},
        "incomplete": incomplete,
    }


def _check_coverage(asserts: Mapping[str, str], by_check: Mapping[str, Counter[str]]) -> dict[str, int]:
    ids = {*asserts, *by_check}
    judged = {check for check in ids if any(by_check.get(check, Counter())[status] for status in _VERDICTS)}
    unknown = {check for check in ids if by_check.get(check, Counter())["unknown"]}
    return {
        "total": len(ids),
        "judged": len(judged),
        "partly_judged": len(judged & unknown),
        "not_judged": len(unknown - judged),
        "not_applicable": len(ids - judged - unknown - {check for check in ids if by_check.get(check, Counter())["error"]}),
    }


# ---- causes


def _causes(material: Material, sorted_out: _SortedOut) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Causes that failed, and those that only warn; a failure that no cause covers becomes a cause of its own."""
    failed: list[dict[str, Any]] = []
    warned: list[dict[str, Any]] = []
    covered = {identity(one) for one in material.unconfirmed}
    for cause in material.causes:
        roots = [one for one in cause.findings if not one.waiver]
        if not roots:
            continue
        covered.update(identity(one) for one in cause.findings)
        covered.update(identity(one.finding) for one in cause.symptoms)
        (failed if any(one.status == "fail" for one in roots) else warned).append(_cause(cause))
    failed += [
        _cause(Cause(title=f"{finding.subject}: {finding.message}", findings=(finding,), remedy=finding.remedy))
        for finding in sorted_out.of("fail")
        if identity(finding) not in covered
    ]
    return [{"number": number, **cause} for number, cause in enumerate(failed, start=1)], warned


def _cause(cause: Cause) -> dict[str, Any]:
    symptoms = _symptoms(cause.symptoms)
    hosts = sorted({host for one in symptoms for host in one["hosts"]}, key=natural)
    return {
        "title": cause.title,
        "certainty": cause.certainty,
        "may_follow_from": _suspects(cause),
        "layer": min((one.layer for one in cause.findings), key=LAYERS.index),
        "findings": [finding_dict(one) for one in cause.findings],
        "explains": {"findings": sum(one["count"] for one in symptoms), "hosts": hosts},
        "symptoms": symptoms,
        "remedy": cause.remedy,
        "folded": cause.folded,
        "group": cause.group,
    }


def _suspects(cause: Cause) -> list[dict[str, Any]]:
    """What was not judged and could explain the cause: one entry per check and reason, in the order of the cause's."""
    found: dict[tuple[str, str, str, bool], set[str]] = {}
    for one in cause.suspects:
        suspect = one.finding
        key = (suspect.check, suspect.reason or suspect.message, one.because, suspect.status in _VERDICTS)
        found.setdefault(key, set()).add(suspect.subject.host)
    return [
        {"check": check, "hosts": sorted(hosts - {""}, key=natural), "reason": reason, "because": because, "judged": judged}
        for (check, reason, because, judged), hosts in found.items()
    ]


def _symptoms(symptoms: Sequence[Symptom]) -> list[dict[str, Any]]:
    by_check: dict[str, dict[tuple[str, Subject], list[Symptom]]] = {}
    for one in symptoms:
        by_check.setdefault(one.finding.check, {}).setdefault(identity(one.finding), []).append(one)
    groups = []
    for check, found in by_check.items():
        ways = [way for several in found.values() for way in several]
        groups.append(
            {
                "check": check,
                "layer": ways[0].finding.layer,
                "count": len(found),
                "hosts": sorted({way.finding.subject.host for way in ways if way.finding.subject.host}, key=natural),
                "explained_by": sorted({way.explained_by for way in ways}),
                "because": sorted({way.because for way in ways}),
                "findings": [finding_dict(one) for one in _in_order(several[0].finding for several in found.values())],
            }
        )
    return sorted(groups, key=lambda group: (-group["count"], group["check"]))


# ---- warnings, what is not known, the verdict


def _warnings(sorted_out: _SortedOut, warned: Sequence[dict[str, Any]], failed: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One entry per check that warned, without the warnings that a cause explains."""
    explained = {
        (one["check"], tuple(sorted(one["subject"].items())))
        for cause in (*failed, *warned)
        for group in cause["symptoms"]
        for one in group["findings"]
    } | {(one["check"], tuple(sorted(one["subject"].items()))) for cause in failed for one in cause["findings"]}
    titles: dict[str, list[str]] = {}
    for cause in warned:
        titles.setdefault(cause["findings"][0]["check"], []).append(cause["title"])
    by_check: dict[str, list[dict[str, Any]]] = {}
    for finding in sorted_out.of("warn"):
        entry = finding_dict(finding)
        if (entry["check"], tuple(sorted(entry["subject"].items()))) not in explained:
            by_check.setdefault(finding.check, []).append(entry)
    return [
        {
            "check": check,
            "layer": found[0]["layer"],
            "title": _warning_title(found, titles.get(check, [])),
            "count": len(found),
            "hosts": sorted({one["subject"]["host"] for one in found if one["subject"]["host"]}, key=natural),
            "remedy": found[0]["remedy"],
            "findings": found,
        }
        for check, found in sorted(by_check.items(), key=lambda item: (LAYERS.index(item[1][0]["layer"]), item[0]))
    ]


def _warning_title(found: Sequence[dict[str, Any]], titles: Sequence[str]) -> str:
    """One line for all warnings of a check: what they say when they say the same, else what the first says and how many there are."""
    if len(titles) == 1:
        return titles[0]
    messages = {one["message"] for one in found}
    if len(messages) == 1:
        (message,) = messages
        hosts = {one["subject"]["host"] for one in found if one["subject"]["host"]}
        return f"{host_list(hosts)}: {message}" if any(host not in message for host in hosts) else message
    return f"{len(found):,} like this: {titles[0] if titles else found[0]['message']}"


def _unknown(findings: Sequence[Finding], silent: set[str]) -> list[dict[str, Any]]:
    """What could not be judged, grouped by reason and then by the hosts that share it."""
    by_reason: dict[tuple[str, str], set[str]] = {}
    counted: Counter[tuple[str, str]] = Counter()
    for finding in findings:
        key = (finding.reason, finding.subject.host)
        by_reason.setdefault(key, set()).add(finding.check)
        counted[key] += 1
    groups: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (reason, host), checks in by_reason.items():
        groups.setdefault((reason, tuple(sorted(checks))), []).append(host)
    entries = [
        {
            "reason": reason,
            "checks": list(checks),
            "hosts": sorted((host for host in hosts if host), key=natural),
            "count": sum(counted[reason, host] for host in hosts),
            "no_answer": all(host in silent for host in hosts),
        }
        for (reason, checks), hosts in groups.items()
    ]
    return sorted(entries, key=lambda one: (one["no_answer"], -one["count"], one["reason"], one["checks"]))


def _verdict(sorted_out: _SortedOut, threshold: Threshold, tool_failed: bool) -> dict[str, Any]:
    worst = next((status for status in ("fail", "warn", "unknown", "info") if sorted_out.of(status)), "pass")
    exceeded = threshold != "never" and (worst == "fail" or (worst == "warn" and threshold == "warn"))
    return {"worst": worst, "threshold": threshold, "exceeded": exceeded, "tool_failed": tool_failed}


def _next(result: Mapping[str, Any]) -> list[dict[str, str]]:
    """What would be worth doing after reading this, the most useful first."""
    steps = []
    if result["tool_errors"]:
        steps.append({"why": "this program itself failed in part", "do": "please report the lines under tool_errors"})
    if result["causes"]:
        steps.append({"why": "after each remedy", "do": "ansible-playbook midonet.diagnostics.troubleshoot -i INVENTORY"})
    incomplete = result["coverage"]["hosts"]["incomplete"]
    # A name that a shell could take for more than a word is not put into a command.
    silent = [one["host"] for one in incomplete if one["state"] != "partial" and _WORD.fullmatch(one["host"])]
    if silent:
        steps.append({"why": f"why {silent[0]} does not answer", "do": f"ansible {silent[0]} -m ansible.builtin.raw -a uptime -vvv"})
    return steps
