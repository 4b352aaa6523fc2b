# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Waivers: an operator's decision, with a reason and a last day, not to act on a finding. PRIVATE to the collection.

A waived finding stays in the report and no longer counts; an expired waiver is reported itself.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, cast

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.checks.errors import CheckError
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.checks.load import read_yaml, without_lines
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.model import Finding, Subject, Waiver
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.schema import Schema, problem

_PATTERN = {"type": "string", "minLength": 1}
_SCHEMA = cast(
    Schema,
    {
        "type": "object",
        "additionalProperties": False,
        "required": ["check", "reason", "until"],
        "properties": {
            "check": _PATTERN,
            "host": _PATTERN,
            "subject": _PATTERN,
            "reason": _PATTERN,
            "until": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$", "description": "a day, YYYY-MM-DD"},
        },
    },
)


@dataclass(frozen=True)
class WaiverRule:
    """Which findings are waived: patterns (* and ?) of the check id, the host, and the subject's name or full text."""

    check: str
    host: str
    subject: str
    waiver: Waiver

    def expired(self, today: datetime.date) -> bool:
        return datetime.date.fromisoformat(self.waiver.until) < today

    def covers(self, finding: Finding) -> bool:
        subject = finding.subject
        return (
            fnmatchcase(finding.check, self.check)
            and fnmatchcase(subject.host, self.host)
            and (fnmatchcase(subject.name, self.subject) or fnmatchcase(str(subject), self.subject))
        )


def load_waivers(source: Path | str | Sequence[Any]) -> list[WaiverRule]:
    """The waivers of a file (a list, or a mapping with the list "waivers") or of a list. Raises CheckError, one line."""
    if isinstance(source, (str, Path)):
        place = str(source)
        data = without_lines(read_yaml(Path(source)))
        data = data.get("waivers") if isinstance(data, dict) else data
    else:
        place, data = "waivers", list(source)
    if not isinstance(data, list):
        raise CheckError(f"{place}: has no list of waivers")
    return [_rule(entry, f"{place}: waiver {number}") for number, entry in enumerate(data, 1)]


def _rule(raw: Any, place: str) -> WaiverRule:
    entry = dict(raw) if isinstance(raw, dict) else raw
    if isinstance(entry, dict) and isinstance(entry.get("until"), datetime.date):
        entry["until"] = entry["until"].isoformat()[:10]
    found = problem(entry, _SCHEMA)
    if found:
        raise CheckError(f"{place}: {found}")
    try:
        datetime.date.fromisoformat(entry["until"])
    except ValueError:
        raise CheckError(f'{place}: until: "{entry["until"]}" is no day of the calendar') from None
    waiver = Waiver(entry["reason"], entry["until"])
    return WaiverRule(entry["check"], entry.get("host", "*"), entry.get("subject", "*"), waiver)


def expired_finding(rule: WaiverRule, finding: Finding) -> Finding:
    """What is said of a waiver whose day is over and whose finding is still there."""
    return Finding(
        check="meta.waiver.expired",
        subject=Subject("waiver", name=f"{rule.check} {rule.host} {rule.subject}", key=rule.check),
        status="info",
        layer=finding.layer,
        message=f"The waiver of {rule.check} ended on {rule.waiver.until} ({rule.waiver.reason}); {finding.subject} counts again",
        remedy="Settle the finding, or renew the waiver with a new last day.",
        values={"until": rule.waiver.until},
    )
