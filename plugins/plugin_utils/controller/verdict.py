# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""End the run with the exit code that its findings deserve. Body of the action `verdict`. PRIVATE: may change without notice.

Kept apart from the report and as small as can be: whatever else failed, this must still tell it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller import guard
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller.face import Face


def run(face: Face, arguments: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
    """The verdict on a record, or on the findings of one role; see the module `verdict` for arguments and result."""
    if arguments.get("problem"):
        raise guard.Refused(str(arguments["problem"]))
    record = str(arguments.get("record") or "")
    if not record and "findings" not in arguments:
        raise guard.Refused("verdict: record is empty: open one with midonet.diagnostics.record first")
    own = guard.remembered(record)
    if "findings" in arguments:
        return _of_role(arguments, own, str(task_vars.get("inventory_hostname", "")))
    if arguments.get("kind") == "gather":
        if own:
            return guard.not_our_host(f"{guard.NAME} failed itself: {own[0]}; see {Path(record) / guard.ERRORS}", midonet_error="crashed")
        return {"msg": "nothing failed in the collection itself"}
    diagnosis = _diagnosis(record)
    errors = list(dict.fromkeys([*own, *(diagnosis or {}).get("tool_errors", ())]))
    if diagnosis is None or errors:
        written = "the report was still written" if diagnosis is not None else "there is no report"
        reason = errors[0] if errors else "the diagnosis is missing"
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        where = f"; see {Path(record) / guard.ERRORS}" if own else ""
        return guard.not_our_host(f"{guard.NAME} failed itself: {reason}{more}; {written}{where}", midonet_error="crashed")
    verdict = diagnosis["verdict"]
    if not verdict["exceeded"]:
        return {"msg": f"nothing at or above the threshold {verdict['threshold']!r}"}
    count = len(diagnosis["causes"])
    causes = f"{count} cause{'s' if count != 1 else ''} found" if count else "findings"
    return {"failed": True, "msg": f"{causes} at or above the threshold {verdict['threshold']!r}; report: {Path(record) / 'report.html'}"}


def _diagnosis(record: str) -> dict[str, Any] | None:
    """The diagnosis of this run, None when there is none: a run that failed half-way wrote none."""
    try:
        found = json.loads((Path(record) / "diagnosis.json").read_text("utf-8"))
        return found if isinstance(found, dict) and "verdict" in found else None
    except (OSError, ValueError):
        return None


def _of_role(arguments: Mapping[str, Any], own: list[str], host: str) -> dict[str, Any]:
    """The verdict of a role that works alone, for one host: findings about it, or about no host in particular."""
    if own:
        return guard.not_our_host(f"{guard.NAME} failed itself: {own[0]}", midonet_error="crashed")
    threshold = str(arguments.get("fail_on") or "never")
    counting = {"fail": ("fail",), "warn": ("fail", "warn")}.get(threshold, ())
    mine = [
        finding
        for finding in arguments["findings"] or ()
        if finding["status"] in counting and not finding["waived"] and finding["host"] in (host, "")
    ]
    if not mine:
        return {"msg": "nothing at or above the threshold"}
    more = f" (and {len(mine) - 1} more)" if len(mine) > 1 else ""
    return {"failed": True, "msg": f"{mine[0]['check']}: {mine[0]['message']}{more}"}
