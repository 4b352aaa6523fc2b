# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read Cassandra's answer to a CQL OPTIONS request. PRIVATE to the collection: may change without notice.

The answer is a binary frame (native_protocol_v4.spec, sections 2 and 4.2): version, flags, stream, opcode, length, body. It comes
as text decoded with surrogateescape. The request speaks protocol 4; a server that does not know it (2.0, 2.1) answers with an
ERROR frame of its own version, which shows as well that it serves.
"""

from __future__ import annotations

import re
import struct
from typing import Any, Dict, List, Optional, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import outcome
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import EMPTY, OK, PARTIAL, Parsed, Unread

Answer = Dict[str, Any]

_OPCODES = {0x00: "error", 0x02: "ready", 0x03: "authenticate", 0x06: "supported"}
_RESPONSE = 0x80
_NEWEST = 6
_VERSION = re.compile(r"([0-9]{1,2})/v[0-9]{1,2}")
_GREATEST = re.compile(r"lowest supported version is ([0-9]{1,2}) and the greatest is ([0-9]{1,2})")
_SUPPORTED = re.compile(r"supported versions are \(([^)]{0,200})\)")


def parse_frame(text: str) -> Parsed[Answer]:
    """Data: answers (True for any well-formed frame, None otherwise), protocol (version of the frame), opcode (supported, error,
    ready, authenticate or None), cql_versions, native_versions (protocol numbers the server names; None when it does not),
    compression, error_code, error_message.
    """
    data: Answer = {
        "answers": None,
        "protocol": None,
        "opcode": None,
        "cql_versions": None,
        "native_versions": None,
        "compression": None,
        "error_code": None,
        "error_message": None,
    }
    if not text.strip():
        return Parsed(EMPTY, data)
    raw = _bytes(text)
    header = _header(raw)
    if header is None:
        return outcome(text, data, False, [Unread(1, 1, text[:80].split("\n", 1)[0])])
    version, opcode, size, start = header
    body = raw[start : start + size]
    data.update(answers=True, protocol=version, opcode=_OPCODES[opcode])
    whole = len(body) == size
    try:
        if data["opcode"] == "supported":
            _supported(body, data)
        elif data["opcode"] == "error":
            _error(body, data)
    except (IndexError, struct.error):
        whole = False
    return Parsed(OK if whole else PARTIAL, data)


def _bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # surrogates that no byte was decoded to
        return text.encode("utf-8", "replace")


def _header(raw: bytes) -> Optional[Tuple[int, int, int, int]]:
    """(version, opcode, length of the body, where the body starts); None when this is no CQL response."""
    version = raw[0] & 0x7F
    if not raw[0] & _RESPONSE or not 1 <= version <= _NEWEST:
        return None
    # Versions 1 and 2 have a stream number of one byte instead of two.
    start = 8 if version <= 2 else 9
    if len(raw) < start:
        return None
    opcode = raw[start - 5]
    size = int(struct.unpack(">I", raw[start - 4 : start])[0])
    # The protocol allows 256 MB.
    return (version, opcode, size, start) if opcode in _OPCODES and size <= 1 << 28 else None


def _string(body: bytes, at: int) -> Tuple[str, int]:
    size = struct.unpack_from(">H", body, at)[0]
    if at + 2 + size > len(body):
        raise IndexError("the frame ends inside a string")
    return body[at + 2 : at + 2 + size].decode("utf-8", "replace"), at + 2 + size


def _supported(body: bytes, data: Answer) -> None:
    """A string multimap: CQL_VERSION, COMPRESSION and, since 2.2, PROTOCOL_VERSIONS ("4/v4", "5/v5-beta")."""
    count = struct.unpack_from(">H", body, 0)[0]
    at = 2
    for _entry in range(count):
        name, at = _string(body, at)
        values: List[str] = []
        size = struct.unpack_from(">H", body, at)[0]
        at += 2
        for _value in range(size):
            value, at = _string(body, at)
            values.append(value)
        if name == "CQL_VERSION":
            data["cql_versions"] = values
        elif name == "COMPRESSION":
            data["compression"] = values
        elif name == "PROTOCOL_VERSIONS":
            data["native_versions"] = [int(found.group(1)) for found in map(_VERSION.match, values) if found]


def _error(body: bytes, data: Answer) -> None:
    data["error_code"] = struct.unpack_from(">I", body, 0)[0]
    data["error_message"] = _string(body, 4)[0][:300]
    bounds = _GREATEST.search(data["error_message"])
    named = _SUPPORTED.search(data["error_message"])
    if bounds:
        low, high = int(bounds.group(1)), int(bounds.group(2))
        data["native_versions"] = list(range(low, high + 1))
    elif named:
        data["native_versions"] = [int(found.group(1)) for found in _VERSION.finditer(named.group(1))]
