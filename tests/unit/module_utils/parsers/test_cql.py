"""Frames as the protocol's specification lays them out (reconstructed; no server was asked)."""

from __future__ import annotations

import struct
from pathlib import Path

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import cql
from hypothesis import given, settings
from hypothesis import strategies as st

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures" / "cql"


def text_of(case: str) -> str:
    return (FIXTURES / f"{case}.bin").read_bytes().decode("utf-8", "surrogateescape")


def test_supported() -> None:
    parsed = cql.parse_frame(text_of("supported_3.11"))
    assert (parsed.state, parsed.unread) == ("ok", [])
    assert (parsed.data["answers"], parsed.data["opcode"], parsed.data["protocol"]) == (True, "supported", 4)
    assert parsed.data["native_versions"] == [3, 4, 5]
    assert parsed.data["cql_versions"] == ["3.4.4"]
    assert parsed.data["compression"] == ["snappy", "lz4"]


def test_an_older_server_refuses_the_version_and_thereby_answers() -> None:
    old, newer = cql.parse_frame(text_of("error_2.0")), cql.parse_frame(text_of("error_2.1"))
    assert (old.state, old.data["answers"], old.data["protocol"], old.data["native_versions"]) == ("ok", True, 2, None)
    assert (newer.state, newer.data["error_code"], newer.data["native_versions"]) == ("ok", 10, [1, 2, 3])


def test_a_cut_frame_still_answers() -> None:
    text = text_of("supported_3.11")
    for at in range(9, len(text)):
        parsed = cql.parse_frame(text[:at])
        assert (parsed.state, parsed.data["answers"]) == ("partial", True)


def test_other_protocols_are_no_answer() -> None:
    for text in ("HTTP/1.1 400 Bad Request\r\n", "SSH-2.0-OpenSSH\r\n", "\x15\x03\x03\x00\x02\x02(", "\ud800\ud800"):
        parsed = cql.parse_frame(text)
        assert (parsed.state, parsed.data["answers"]) == ("not_understood", None)


@settings(max_examples=80, deadline=None)
@given(st.integers(3, 5), st.dictionaries(st.text(max_size=8), st.lists(st.text(max_size=8), max_size=3), max_size=4))
def test_any_multimap(version: int, values: dict[str, list[str]]) -> None:
    def string(text: str) -> bytes:
        raw = text.encode()
        return struct.pack(">H", len(raw)) + raw

    values["CQL_VERSION"] = ["3.0.0"]
    body = struct.pack(">H", len(values))
    for name, entries in values.items():
        body += string(name) + struct.pack(">H", len(entries)) + b"".join(map(string, entries))
    raw = struct.pack(">BBhBI", 0x80 | version, 0, 0, 6, len(body)) + body
    parsed = cql.parse_frame(raw.decode("utf-8", "surrogateescape"))
    assert (parsed.state, parsed.data["cql_versions"]) == ("ok", ["3.0.0"])
