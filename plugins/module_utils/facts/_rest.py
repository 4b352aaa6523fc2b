# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The answers of the REST API that topology.rest, topology.subnets and topology.rest_details hold. PRIVATE to the collection: may change
without notice.

### login
HTTP/1.1 200 OK
### /routers/5a7d6f1e-33c2-4d0e-90a2-17d1e0000001/routes
HTTP/1.1 200 OK
Content-Type: application/vnd.org.midonet.collection.Route-v1+json

[{"id": "de9b…", …}]
"""

from __future__ import annotations

import re
from typing import Any, Callable, Dict, List, NamedTuple, Optional

from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._context import Evidence, Missing, first_line
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import http_response
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import TOOL_ERROR, Parsed
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._sections import Section, placed, sections

LISTS = "topology.rest"
SUBNETS = "topology.subnets"
DETAILS = "topology.rest_details"
# What the details are asked of at most, of each kind.
_AT_MOST = 100
_OK = 200
# A list that the release does not have.
_NO_SUCH = (404, 405, 406)


class _Answer(NamedTuple):
    item: str
    status: Optional[int]
    body: Section


class Answers:
    """By path. An item that was not asked is no gap, and one that could not get in is one."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._answers: Dict[str, _Answer] = {}
        for item in (LISTS, SUBNETS, DETAILS):
            self._read(item)

    def _read(self, item: str) -> None:
        output = self._evidence.output(item)
        if output is None:
            self._evidence.items.remove(item)
            return
        try:
            # The exit code is that of the last of many commands.
            text = self._evidence.text(item, accept=None)
        except Missing as missing:
            self._evidence.gap(str(missing))
            return
        complaint = first_line(output.stderr)
        if complaint:
            self._evidence.gap(f"{item}: {complaint}")
        for part in sections(text, is_name=lambda name: name.startswith("/") or name == "login"):
            if part.name:
                status, body, line = http_response.split(part.text)
                answer = _Answer(item, status, Section(part.name, part.first_line + line - 1, body))
                self._answers.setdefault(part.name, answer)
        login = self.login()
        if login is not None and login["accepted"] is not True:
            self._evidence.gap(f"{item}: the API answered {login['http_status']} to its client's login")

    def login(self) -> Optional[Dict[str, Any]]:
        """Whether the API let its client in; None when nobody tried."""
        answer = self._answers.get("login")
        if answer is None:
            return None
        return {"http_status": answer.status, "accepted": None if answer.status is None else answer.status == _OK}

    def rows(self, pattern: str, parse: Callable[[str], Parsed[List[Any]]], key: Optional[str] = None) -> Optional[List[Dict[str, Any]]]:
        """What all answers tell whose path fits; None when there was no such answer.

        key     the name under which each row gets what the pattern's group holds
        """
        found: Optional[List[Dict[str, Any]]] = None
        asked = 0
        for path, answer in self._answers.items():
            match = re.fullmatch(pattern, path)
            if match is None:
                continue
            asked += 1
            rows = self._take(answer, parse)
            if rows is not None:
                found = (found or []) + [{**row, key: match[1]} if key else dict(row) for row in rows]
        if asked >= _AT_MOST:
            self._evidence.gap(f"{DETAILS} asked for no more than {_AT_MOST} of {pattern.split('[', 1)[0]}…")
        return found

    def one(self, path: str, parse: Callable[[str], Parsed[Any]]) -> Optional[Any]:
        """What one answer tells; None when there was none."""
        answer = self._answers.get(path)
        return None if answer is None else self._take(answer, parse)

    def _take(self, answer: _Answer, parse: Callable[[str], Parsed[Any]]) -> Optional[Any]:
        if answer.status in _NO_SUCH:
            return None
        parsed = parse(answer.body.text)
        if answer.status == _OK:
            return self._evidence.try_take(answer.item, placed(parsed, answer.body), empty_is_known=False)
        said = parsed.error if parsed.state == TOOL_ERROR else None
        self._evidence.gap(f"{answer.item}: {answer.body.name}: " + (said or (f"status {answer.status}" if answer.status else "no answer")))
        return None
