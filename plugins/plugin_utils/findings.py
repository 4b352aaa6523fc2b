# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the checks came to, as the record keeps it: findings/<role>.json, one finding a line, so that grep finds them.

A fleet of ten thousand hosts has a million findings, nearly all of which passed. They are written as they come and read one
at a time; only what somebody asks for is made into objects. PRIVATE to the collection: may change without notice.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import IO, Any

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.names import safe_name
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.record import Record
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.model import LAYERS, Evidence, Finding, Subject, Waiver

Counts = Mapping[str, Mapping[str, int]]

_LONGEST_HEAD = 10_000  # bytes; an honest one has two hundred

_ENCODE = json.JSONEncoder(sort_keys=True).encode
_TAIL = b"], "
_FIRST_KEY = b'{"check": "'  # of every line: its keys are sorted


class Findings:
    """Findings in memory."""

    def __init__(self, found: Iterable[Finding] = ()) -> None:
        self._found = list(found)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._found)

    def of(self, wanted: Callable[[str], bool]) -> Iterator[Finding]:
        """The findings of the checks that are wanted."""
        return (finding for finding in self._found if wanted(finding.check))


@dataclass(frozen=True)
class Judgement:
    """What one role's checks came to.

    findings     all of them, hosts in order; iterating reads them anew
    counts       check id → status → how many
    hosts        about how many hosts something was found
    asserts      check id → what the check asserts
    tool_errors  what failed in our own code
    """

    findings: Findings
    counts: Counts
    hosts: int
    asserts: Mapping[str, str]
    tool_errors: list[str]


class _KeptFindings(Findings):
    """Findings in the record."""

    def __init__(self, record: Record, role: str, asserts: Mapping[str, str]) -> None:
        self._record, self._role, self._asserts = record, role, asserts

    def __iter__(self) -> Iterator[Finding]:
        return self.of(lambda _check: True)

    def of(self, wanted: Callable[[str], bool]) -> Iterator[Finding]:
        known: dict[bytes, bool] = {}
        with self._record.files.reading("findings", _file(self._role)) as stream:
            for line in _lines(stream):
                # The check's id is seen without reading the line as JSON.
                check = line[len(_FIRST_KEY) : line.find(b'"', len(_FIRST_KEY))]
                asked = known.get(check)
                if asked is None:
                    asked = known[check] = wanted(json.loads(b'"' + check + b'"'))
                if asked:
                    yield from_json(json.loads(line[:-2] if line.endswith(b",\n") else line), self._asserts)


class Writing:
    """Findings on their way: counted, and kept in the record or, where it cannot be written, in memory."""

    def __init__(self, role: str, stamp: str, asserts: Mapping[str, str]) -> None:
        self.role, self.stamp, self.asserts = role, stamp, asserts
        self._counts: dict[str, dict[str, int]] = {check: {} for check in asserts}
        self._hosts: set[str] = set()
        self._stack = ExitStack()
        self._stream: IO[bytes] | None = None
        self._digest = hashlib.sha256()
        self._memory: list[Finding] = []
        self._first = True

    def open(self, record: Record) -> None:
        """Write to the record from now on. Raises OSError."""
        self._stream = self._stack.enter_context(record.files.writing("findings", _file(self.role)))
        self._stream.write(f'{{"role": {_ENCODE(self.role)}, "stamp": {_ENCODE(self.stamp)}, "findings": [\n'.encode())

    def add(self, finding: Finding) -> None:
        """Raises OSError where the record cannot be written further."""
        counts = self._counts.setdefault(finding.check, {})
        counts[finding.status] = counts.get(finding.status, 0) + 1
        self._hosts.add(finding.subject.host)
        if self._stream is None:
            self._memory.append(finding)
            return
        line = ("" if self._first else ",\n") + _ENCODE(to_json(finding, self.asserts))
        self._first = False
        self._write(line)

    def _write(self, text: str) -> None:
        if self._stream is None:
            raise ValueError("findings are written within the block that opens their file")
        data = text.encode("utf-8", "surrogatepass")
        self._digest.update(data)
        self._stream.write(data)

    def close(self, record: Record, tool_errors: list[str]) -> Judgement:
        """All was added. Raises OSError."""
        hosts = len(self._hosts - {""})
        found = Findings(self._memory)
        if self._stream is not None:
            self._write("" if self._first else "\n")
            tail = {"asserts": self.asserts, "counts": self._counts, "hosts": hosts, "tool_errors": tool_errors}
            tail["digest"] = self._digest.hexdigest()
            self._stream.write(f"], {_ENCODE(tail)[1:]}\n".encode("utf-8", "surrogatepass"))
            self._stack.close()
            found = _KeptFindings(record, self.role, self.asserts)
        return Judgement(found, self._counts, hosts, self.asserts, tool_errors)

    def drop(self, error: BaseException) -> None:
        """Leave nothing of it. What a full disk still says while it is closed is known already."""
        with suppress(OSError):
            self._stack.__exit__(type(error), error, error.__traceback__)


def read(record: Record, role: str, stamp: str) -> Judgement | None:
    """The judgement of a role as the record keeps it; None when it was made from something else, or is damaged."""
    try:
        with record.files.reading("findings", _file(role)) as stream:
            head = stream.readline(_LONGEST_HEAD)
            if json.loads(head + b"]}").get("stamp") != stamp:
                return None
            digest, last = hashlib.sha256(), b""
            for line in stream:
                if line.startswith(_TAIL):
                    last = line
                    break
                digest.update(line)
        tail = json.loads(b"{" + last[len(_TAIL) :])
        if tail["digest"] != digest.hexdigest():
            return None
        asserts = {str(check): str(text) for check, text in tail["asserts"].items()}
        counts = {str(check): {str(status): int(count) for status, count in told.items()} for check, told in tail["counts"].items()}
        errors = [str(one) for one in tail["tool_errors"]]
        return Judgement(_KeptFindings(record, role, asserts), counts, int(tail["hosts"]), asserts, errors)
    except (OSError, KeyError, TypeError, ValueError, AttributeError):
        return None


def _lines(stream: Iterable[bytes]) -> Iterator[bytes]:
    """The lines that hold a finding."""
    lines = iter(stream)
    next(lines, None)
    for line in lines:
        if line.startswith(_TAIL):
            return
        yield line


def _file(role: str) -> str:
    return f"{safe_name(role)}.json"


def to_json(finding: Finding, asserts: Mapping[str, str]) -> dict[str, Any]:
    """A finding as the record keeps it: what is empty is left out, and so is a message that only says what the check asserts."""
    subject = finding.subject
    names = {"kind": subject.kind, "host": subject.host, "name": subject.name, "peer": subject.peer, "key": subject.key}
    full = {
        "check": finding.check,
        "subject": {key: value for key, value in names.items() if value or key == "kind"},
        "status": finding.status,
        "layer": finding.layer,
        "message": finding.message if finding.message != asserts.get(finding.check) else "",
        "remedy": finding.remedy,
        "reason": finding.reason,
        "values": finding.values,
        "evidence": [{"host": one.host, "item": one.item} for one in finding.evidence],
        "waiver": {"reason": finding.waiver.reason, "until": finding.waiver.until} if finding.waiver else None,
    }
    return {key: value for key, value in full.items() if value}


def from_json(one: Mapping[str, Any], asserts: Mapping[str, str]) -> Finding:
    """A finding as it was. Raises KeyError, TypeError or ValueError on what never was one."""
    if one["layer"] not in LAYERS:
        raise ValueError(one["layer"])
    waiver = one.get("waiver")
    check = one["check"]
    return Finding(
        check=check,
        subject=Subject(**one["subject"]),
        status=one["status"],
        layer=one["layer"],
        message=one.get("message") or asserts.get(check, ""),
        remedy=one.get("remedy", ""),
        reason=one.get("reason", ""),
        values=one.get("values", {}),
        evidence=tuple(Evidence(place["host"], place["item"]) for place in one.get("evidence", ())),
        waiver=Waiver(waiver["reason"], waiver["until"]) if waiver else None,
    )
