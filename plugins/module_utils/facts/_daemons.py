# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What several subsystems ask of a host's processes and of its answers over TCP. PRIVATE to the collection: may change without notice."""

from __future__ import annotations

import re
from typing import Any, Callable, Dict, List, Optional, Pattern, TypeVar

from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._context import Evidence, first_line
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import connect, ps
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed

T = TypeVar("T")

PROCESSES = "agent.processes"

# What the commands that list processes say when the kernel shows this user no others (/proc mounted with hidepid).
_HIDDEN = re.compile(r"^.*\bhidepid\b.*$", re.MULTILINE)
_REFUSED = re.compile(r"[Cc]onnection refused|\brefused\b")
_TIMED_OUT = re.compile(r"[Tt]imed out|TIMEOUT")
_SECOND_ROUND = 2


def processes(evidence: Evidence) -> Optional[List[ps.Process]]:
    """The processes that matter, or None when the list could not be had. Where the kernel hides some, the list may lack entries."""
    # The exit code is that of the pipe's end. Nothing on either stream is an answer: there is no such process.
    found = evidence.maybe(PROCESSES, ps.parse, accept=(0, 1))
    output = evidence.output(PROCESSES)
    complaint = first_line(output.stderr) if output is not None else ""
    if found is None or (not found and complaint):
        if complaint:
            evidence.gap(f"{PROCESSES}: {complaint}")
        return None
    if hides(evidence, PROCESSES):
        evidence.lacks(PROCESSES)
    return found


def hides(evidence: Evidence, item: str) -> bool:
    """Whether the kernel kept processes from an item that lists some; a gap when it did."""
    output = evidence.output(item)
    said = _HIDDEN.search((output.stderr or "") if output is not None else "")
    if said is not None:
        evidence.gap(f"{item}: {first_line(said.group())}")
    return said is not None


def commands(evidence: Evidence) -> Optional[List[str]]:
    """The command lines of the processes that matter, or None when the list could not be had."""
    found = processes(evidence)
    return None if found is None else [process["command"] for process in found]


def running(evidence: Evidence, pattern: Pattern[str]) -> Optional[bool]:
    """Whether a process runs whose command line has the pattern in it; None when the processes are not known."""
    found = commands(evidence)
    if found is not None and any(pattern.search(command) for command in found):
        return True
    # Of a list that was cut, the rest may have it.
    return None if found is None or PROCESSES in evidence.cut else False


def silence(evidence: Evidence, item: str) -> Optional[str]:
    """What became of an exchange over TCP that brought no answer: refused, timeout, silent (connected, and not a word came back).

    None when there was an answer, or when it is not known (nothing was collected, or the host has no tool for TCP).
    """
    output = evidence.output(item)
    if output is None or output.state not in ("ok", "failed") or (output.stdout or "").strip():
        return None
    said = output.stderr or ""
    if _REFUSED.search(said):
        return "refused"
    if _TIMED_OUT.search(said):
        return "timeout"
    # say ends with 0 or 1 without a word of its own when the other side was reached and said nothing.
    return "silent" if not said.strip() and output.exit_code in (0, 1) else None


def optional(evidence: Evidence, item: str, parse: Callable[[str], Parsed[T]]) -> Optional[T]:
    """The data of an item that adds to a subsystem: None, and no gap, when it was not asked or nothing answered."""
    output = evidence.output(item)
    if output is None:
        evidence.items.remove(item)
        return None
    if not (output.stdout or "").strip():
        return None
    return evidence.maybe(item, parse, accept=None)


def attempts(evidence: Evidence, item: str) -> Optional[List[Dict[str, Any]]]:
    """What connecting to each server came to, or None without a second round."""
    if evidence.output(item, _SECOND_ROUND) is None:
        evidence.items.remove(item)
        return None
    found = evidence.maybe(item, connect.parse, _SECOND_ROUND, accept=None, empty_is_known=False)
    if found is None:
        return None
    return [
        {
            "server": f"{one['host']}:{one['port']}",
            "address": one["host"].strip("[]"),
            "port": one["port"],
            "result": one["result"],
        }
        for one in found
    ]
