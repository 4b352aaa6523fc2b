# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks against facts: one finding per check and subject, whatever the facts are like. PRIVATE to the collection."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.checks.check import Check
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.checks.expression import Expression, Frame
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.checks.waivers import WaiverRule, expired_finding
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.model import Evidence, Finding, Status, Subject

_WAIVABLE: tuple[Status, ...] = ("fail", "warn", "info")
_LONGEST_LIST = 20  # entries of a list that are kept among a finding's values

Facts = Mapping[str, Any]


def evaluate(
    checks: Sequence[Check],
    hosts: Iterable[Facts],
    fleet: Facts,
    limits: Mapping[str, Any] | None = None,
    waivers: Sequence[WaiverRule] = (),
    *,
    today: datetime.date | None = None,
) -> list[Finding]:
    """Like judged(), in the order of the checks, then of the hosts."""
    place = {check.id: number for number, check in enumerate(checks)}
    found = judged(checks, hosts, fleet, limits, waivers, today=today)
    return sorted(found, key=lambda finding: place.get(finding.check, len(place)))


def judged(
    checks: Sequence[Check],
    hosts: Iterable[Facts],
    fleet: Facts,
    limits: Mapping[str, Any] | None = None,
    waivers: Sequence[WaiverRule] = (),
    *,
    today: datetime.date | None = None,
) -> Iterator[Finding]:
    """Judge every check on every subject.

    hosts may be a stream: each host's facts are looked at once and not kept. limits are the operator's thresholds; those
    that it does not name keep their defaults. today decides which waivers still hold (default: the real one).
    Findings come in the order of the hosts, then of the checks; then those of the fleet. Never raises on facts: a check that
    breaks on a subject gives a finding with the status error.
    """
    found = _judged(checks, hosts, fleet, limits or {})
    return _waived(found, waivers, today or datetime.date.today()) if waivers else found


def _judged(checks: Sequence[Check], hosts: Iterable[Facts], fleet: Facts, limits: Mapping[str, Any]) -> Iterator[Finding]:
    with_limits = [(check, {**check.limits, **limits}) for check in checks]
    of_host = [(check, its) for check, its in with_limits if not check.of_fleet]
    for facts in hosts if of_host else ():
        places: _Places = {}
        for check, its in of_host:
            yield from _guarded(_Context(check, facts, fleet, its, places))
    places = {}
    for check, its in with_limits:
        if check.of_fleet:
            yield from _guarded(_Context(check, None, fleet, its, places))


def _waived(findings: Iterable[Finding], waivers: Sequence[WaiverRule], today: datetime.date) -> Iterator[Finding]:
    ended: dict[WaiverRule, Finding] = {}
    for finding in findings:
        rules = [rule for rule in waivers if rule.covers(finding)] if finding.status in _WAIVABLE else []
        holding = next((rule for rule in rules if not rule.expired(today)), None)
        yield replace(finding, waiver=holding.waiver) if holding else finding
        if not holding:
            for rule in rules:
                ended.setdefault(rule, expired_finding(rule, finding))
    yield from ended.values()


def _guarded(context: _Context) -> Iterator[Finding]:
    """The check on one host, or on the fleet; a crash on the way to the subjects is a finding too."""
    try:
        yield from _judge(context)
    except Exception as error:  # one broken check must not take the others along
        host = str(((context.facts or {}).get("host") or {}).get("name", ""))
        yield _broken(context.check, Subject(context.check.naming.kind, host), error)


def _broken(check: Check, subject: Subject, error: Exception) -> Finding:
    return Finding(
        check.id, subject, "error", check.layer, check.asserts, reason=f"the check itself broke: {type(error).__name__}: {error}"
    )


_Places = dict[tuple[str, str], tuple[Evidence, ...]]


@dataclass(frozen=True)
class _Context:
    """A check and what it looks at: one host's facts, or none for the fleet.

    places  where values were read, by host and part of the facts: the same for all checks
    """

    check: Check
    facts: Facts | None
    fleet: Facts
    limits: Mapping[str, Any]
    places: _Places

    @property
    def root(self) -> Facts:
        return self.fleet if self.facts is None else self.facts

    @property
    def host(self) -> Facts:
        return ((self.facts or {}).get("host")) or {}

    @property
    def host_name(self) -> str:
        return str(self.host.get("name", ""))

    def about(self, theme: str) -> Facts:
        """What is known about where a part of the facts came from; the theme is a subsystem, or a list of the fleet."""
        return (self.root.get("about") or {}).get(theme) or {}


def _judge(context: _Context) -> Iterator[Finding]:
    check = context.check
    if context.facts is not None and check.groups and not set(check.groups) & set(context.host.get("groups") or ()):
        return
    generation = context.host.get("generation")
    if context.facts is not None and check.generations:
        if generation is None:
            yield _aside(context, "unknown", "it is not known which generation of MidoNet the host runs")
            return
        if generation not in check.generations:
            yield _aside(context, "skipped", f"does not apply to generation {generation}")
            return
    records = _records(context)
    if records is None:
        about = context.about(check.subjects[1])
        if about.get("state") == "not_applicable":
            yield _aside(context, "skipped", str(about.get("reason") or "does not apply to this host"))
        else:
            yield _aside(context, "unknown", str(about.get("reason") or f"nothing is known about {check.subjects[-1]}"))
        return
    judged = False
    for record in records:
        finding = _subject(context, record)
        if finding is not None:
            judged = True
            yield finding
    if not judged:
        yield _aside(context, "skipped", check.none_reason or "there is nothing to judge")


def _records(context: _Context) -> list[Facts] | None:
    """The entries at the check's path; None when they are not known."""
    value: Any = context.root
    for name in context.check.subjects[1:]:
        value = value.get(name)
        if value is None:
            return None
    return value if isinstance(value, list) else [value]


def _aside(context: _Context, status: Status, reason: str) -> Finding:
    """A finding about the host or the fleet as a whole, because there are no subjects to speak about."""
    check = context.check
    subject = Subject(check.naming.kind, context.host_name)
    return Finding(check.id, subject, status, check.layer, check.asserts, reason=reason, evidence=_evidence(context, {}, None))


def _subject(context: _Context, record: Facts) -> Finding | None:
    """The finding on one entry; None when the entry is no subject of the check."""
    check = context.check
    subject = None
    try:
        names = _names(context, record)
        frame = Frame(names, context.limits)
        subject = _named(check, frame, str(names.get("host") or ""))
        frame.reads.clear()
        selected = check.where.run(frame) if check.where else True
        if selected is False:
            return None
        status: Status
        reason = ""
        if selected is None:
            status, reason = "unknown", _why_unknown(context, record, frame)
        else:
            status, reason = _verdict(context, record, frame)
        message, remedy = check.asserts, ""
        if status in check.messages and not reason:
            message = check.messages[status].render(frame)
            remedy = check.remedies[status].render(frame) if status in check.remedies else ""
    except Exception as error:  # the other subjects are still judged
        return _broken(check, subject or Subject(check.naming.kind, str(record.get("host") or context.host_name)), error)
    return Finding(check.id, subject, status, check.layer, message, remedy, reason, _values(frame), _evidence(context, frame.reads, record))


def _names(context: _Context, record: Facts) -> dict[str, Any]:
    """What the words of a check mean on one entry: its fields, and around them the host's and the fleet's facts."""
    names: dict[str, Any] = dict(record) if len(context.check.subjects) > 1 else {}
    names.setdefault("fleet", context.fleet)
    if context.facts is not None:
        names.setdefault("facts", context.facts)
        names.setdefault("host", context.host_name)
    return names


def _named(check: Check, frame: Frame, host: str) -> Subject:
    def text(expression: Expression | None) -> str:
        value = expression.run(frame) if expression else None
        return "" if value is None else str(value)

    naming = check.naming
    return Subject(naming.kind, host, text(naming.name), text(naming.peer), text(naming.key))


def _verdict(context: _Context, record: Facts, frame: Frame) -> tuple[Status, str]:
    """The status, with a reason when it is no verdict. A worse condition that cannot be decided hides no decided one."""
    check = context.check
    if check.skip_when:
        skip = check.skip_when.run(frame)
        if skip:
            return "skipped", check.skip_reason
        if skip is None:
            return "unknown", _why_unknown(context, record, frame)
    undecided = False
    for status, condition in check.verdicts:
        outcome = condition.run(frame)
        if outcome:
            return status, ""
        undecided = undecided or outcome is None
    return ("unknown", _why_unknown(context, record, frame)) if undecided else ("pass", "")


def _why_unknown(context: _Context, record: Facts, frame: Frame) -> str:
    """The nearest thing to an explanation: the entry's own, its source's, or the names of what is missing."""
    check = context.check
    missing = frame.missing()
    own = record.get("reason")
    if len(check.subjects) > 1 and isinstance(own, str) and own:
        return own
    for theme in _themes(check, missing):
        about = context.about(theme)
        if about.get("reason") and about.get("state") != "known":
            return str(about["reason"])
    return check.unknown_reason or f"the evidence does not tell {', '.join(missing[:3]) or 'enough'}"


def _themes(check: Check, paths: Iterable[str]) -> list[str]:
    """The parts of the facts in which paths lie, each once."""
    own = check.subjects[1] if len(check.subjects) > 1 else ""
    themes = dict.fromkeys([own] if own else [])
    for path in paths:
        words = path.split(".")
        if words[0] in ("facts", "fleet") and len(words) > 1:
            themes[words[1]] = None
    return list(themes)


def _values(frame: Frame) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for path, value in frame.reads.items():
        if isinstance(value, (list, tuple)):
            if all(not isinstance(one, (dict, list)) for one in value):
                values[path] = list(value[:_LONGEST_LIST])
        elif not isinstance(value, Mapping):
            values[path] = value
    return values


def _evidence(context: _Context, reads: Mapping[str, Any], record: Facts | None) -> tuple[Evidence, ...]:
    """Where the values of a finding can be looked up.

    A host's facts name their items; a list of the fleet names the items read on an entry's own host ("evidence") and
    those read elsewhere ("shared", with their host).
    """
    host = context.host_name or str((record or {}).get("host") or "")
    found = [_places(context, host, theme) for theme in _themes(context.check, reads)]
    return found[0] if len(found) == 1 else tuple(dict.fromkeys(one for some in found for one in some))


def _places(context: _Context, host: str, theme: str) -> tuple[Evidence, ...]:
    """Likewise for one part of the facts."""
    known = context.places.get((host, theme))
    if known is None:
        about = context.about(theme)
        own = [Evidence(host, item) for item in about.get("evidence") or ()] if host else []
        shared = [Evidence(one["host"], one["item"]) for one in about.get("shared") or ()]
        known = context.places[host, theme] = tuple(dict.fromkeys([*own, *shared]))
    return known
