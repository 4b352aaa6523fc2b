# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Judge all hosts of a record by one role's checks. Body of the action `judge`. PRIVATE: may change without notice."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Mapping
from typing import Any

from ansible_collections.midonet.diagnostics.plugins.plugin_utils import analysis
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.checks.errors import CheckError
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller import options as public
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller import shared, vocabulary
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller.face import Face
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller.guard import Refused
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.model import STATUSES, Finding

# In the parent process, so that no worker has to do it again; what is wrong with a check is told when the record is opened.
with contextlib.suppress(CheckError):
    analysis.collection_checks()

_WORDS = {"fail": "failed", "warn": "warnings", "unknown": "not judged", "error": "broken checks", "pass": "passed"}


def run(face: Face, arguments: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
    """Judge, keep the findings in the record, print one line; see the module `judge` for arguments and result."""
    role = str(arguments.get("role") or "")
    if role not in vocabulary.ROLES:
        raise Refused(f"judge: {role!r} is no role of this collection{public.did_you_mean(role, vocabulary.ROLES)}")
    record = shared.open_record(arguments.get("record"))
    judgement = shared.refusing(lambda: analysis.judge(record, role))
    counts = sum((Counter(told) for told in judgement.counts.values()), Counter[str]())
    if not arguments.get("silent"):
        face.say(progress(role, judgement.hosts, counts))
    result: dict[str, Any] = {"role": role, "counts": {status: counts[status] for status in STATUSES if counts[status]}}
    if arguments.get("findings"):
        result["findings"] = [plain(finding) for finding in judgement.findings if finding.status not in ("pass", "skipped")]
    return result


def progress(role: str, hosts: int, counts: Mapping[str, int]) -> str:
    """One line: what was judged, and how it went."""
    told = ", ".join(f"{number} {word[: -1 if number == 1 and word.endswith('s') else None]}" for number, word in _told(counts))
    where = f"{hosts} host{'s' if hosts != 1 else ''}"
    return f"{role:<10} {where:>10}  {told or 'nothing to judge'}"


def _told(counts: Mapping[str, int]) -> list[tuple[int, str]]:
    return [(counts[status], word) for status, word in _WORDS.items() if counts.get(status)]


def plain(finding: Finding) -> dict[str, Any]:
    """A finding as a playbook reads it."""
    subject = finding.subject
    return {
        "check": finding.check,
        "status": finding.status,
        "host": subject.host,
        "subject": str(subject),
        "message": finding.message,
        "remedy": finding.remedy,
        "reason": finding.reason,
        "waived": finding.waiver is not None,
    }
