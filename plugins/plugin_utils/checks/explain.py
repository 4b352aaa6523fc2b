# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a check looks at and why it came out as it did, for someone who doubts it. PRIVATE to the collection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.checks.check import Check
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.model import Finding


def explain(check: Check, findings: Iterable[Finding] = (), limits: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The check's rule in words and conditions, its thresholds as they hold, and each of its findings with what it read."""
    conditions = [condition for _unused, condition in check.verdicts]
    conditions += [condition for condition in (check.where, check.skip_when) if condition]
    used = sorted(name for name in check.limits if any(f"limit('{name}')" in one.text.replace('"', "'") for one in conditions))
    held = {**check.limits, **(limits or {})}
    return {
        "id": check.id,
        "asserts": check.asserts,
        "layer": check.layer,
        "guide": list(check.guide),
        "place": check.place,
        "subjects": ".".join(check.subjects),
        "applies_to": {"groups": list(check.groups), "generations": list(check.generations)},
        "where": check.where.text if check.where else "",
        "skipped_when": check.skip_when.text if check.skip_when else "",
        "verdicts": {status: condition.text for status, condition in check.verdicts},
        "limits": {name: held[name] for name in used},
        "findings": [
            {
                "subject": str(finding.subject),
                "status": finding.status,
                "message": finding.message,
                "reason": finding.reason,
                "values": finding.values,
                "evidence": [f"{one.host}: {one.item}" for one in finding.evidence],
                "waived_until": finding.waiver.until if finding.waiver else "",
            }
            for finding in findings
            if finding.check == check.id
        ],
    }
