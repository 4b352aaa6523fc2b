# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read an HTTP response as it came over the wire. PRIVATE to the collection: may change without notice."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _json
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import Line, lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed, Unread

Response = Dict[str, Any]

_STATUS = re.compile(r"HTTP/[0-9](?:\.[0-9])? ([0-9]{3})(?: (.*))?")
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z\-]{1,100})[ \t]*:[ \t]*(.*)")
_CHUNK = re.compile(r"[0-9a-fA-F]{1,8}(?:;.*)?")


def parse(text: str) -> Parsed[Response]:
    """Data: status (None when this is no HTTP response), server, content_type, body (json, html, text, none, or None when the
    headers are not complete). JSON is what begins like it, and says so in its header or has a member that can be read.
    """
    every = lines(text)
    data: Response = {"status": None, "server": None, "content_type": None, "body": None}
    not_read: List[Unread] = []
    first = next((index for index, line in enumerate(every) if line.text.strip()), len(every))
    status = _STATUS.fullmatch(every[first].text.rstrip()) if first < len(every) else None
    if status is None:
        return outcome(text, data, False, [unread(line) for line in every[first : first + 1]])
    data["status"] = int(status.group(1))
    at = first + 1
    headers: Dict[str, str] = {}
    name: Optional[str] = None
    while at < len(every) and every[at].text and every[at].terminated:
        header = _HEADER.fullmatch(every[at].text)
        if header:
            name = header.group(1).lower()
            headers.setdefault(name, header.group(2).strip())
        elif name is None or every[at].text[0] not in " \t":
            not_read.append(unread(every[at]))
        at += 1
    data["server"] = headers.get("server")
    data["content_type"] = headers.get("content-type")
    complete = at < len(every) and not every[at].text
    if complete:
        data["body"], said = _body(every[at + 1 :], headers)
        if said is not None and said.unread:
            # Counted from where the body begins, which is its first line that says something.
            begin = next(line.number for line in every[at + 1 :] if line.text.strip())
            not_read += [Unread(place.line + begin - 1, place.column, place.text) for place in said.unread]
    return outcome(text, data, True, not_read, cut=not complete)


def split(text: str) -> Tuple[Optional[int], str, int]:
    """(status, the body as it is, the number of the line that it begins with) of a response; (None, the text, 1) when it is none."""
    at, line = 0, 1
    status = _STATUS.match(text[:300])
    if status is None:
        return None, text, 1
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        blank = not text[at:end].strip("\r")
        at, line = end + 1, line + 1
        if blank:
            break
    return int(status.group(1)), text[at:], line


def _body(rest: List[Line], headers: Dict[str, str]) -> Tuple[str, Optional[_json.Text]]:
    """What the body is; and when it is JSON, what could be read of it."""
    if headers.get("transfer-encoding", "").lower() == "chunked" and rest and _CHUNK.fullmatch(rest[0].text.strip()):
        rest = rest[1:]
    text = "\n".join(line.text for line in rest).strip()
    kind = headers.get("content-type", "").lower()
    if not text:
        return "none", None
    found = _json.read(text) if text[0] in "{[" else None
    if found is not None and ("json" in kind or any(one.whole or one.part.members for one in found.documents)):
        return "json", found
    return ("html" if "html" in kind or text[:1] == "<" else "text"), None
