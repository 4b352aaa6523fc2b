"""Names with blanks, sessions on a terminal, and listings printed back. What the real tool printed is compared in tests/golden."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import midonet_cli
from hypothesis import given, settings
from hypothesis import strategies as st

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures" / "midonet_cli"
ID = "2ff0dcf7-7e0c-4b0a-9c6a-0e5e0c0b1a00"


def test_names_with_blanks_and_field_names_in_them() -> None:
    parsed = midonet_cli.parse_routers((FIXTURES / "names_with_spaces.txt").read_text())
    assert (parsed.state, parsed.unread) == ("ok", [])
    assert [(row["name"], row["admin_up"], row["asn"]) for row in parsed.data] == [
        ("MidoNet Provider Router", True, 64512),
        ("state of the art asn 5", False, None),
        ("", True, 0),
    ]


def test_a_session_on_a_terminal_keeps_its_listings() -> None:
    text = (FIXTURES / "interactive-session.txt").read_bytes().decode()
    parsed = midonet_cli.parse_hosts(text)
    assert [row["id"] for row in parsed.data] == ["host0", "host1", "host2"]
    # The other listings of the same session are no hosts.
    assert parsed.state == "partial"


@pytest.mark.parametrize(
    "text",
    [
        "Syntax error at: ...hostz\n",
        "User error: no such thing\n",
        "Internal error: 'NoneType' object has no attribute 'value'\n",
        "Invalid credential. Wrong username/password. Bye.\n",
        "Connection to MidoNet API server refused. Bye.\n",
        "The API server failed to respond normally. The network DB is possibly down. Bye.\n",
    ],
)
def test_errors(text: str) -> None:
    parsed = midonet_cli.parse_hosts(text)
    assert (parsed.state, parsed.data) == ("tool_error", [])


def test_a_field_that_nobody_knows_is_named_with_its_place() -> None:
    parsed = midonet_cli.parse_ports(f"port {ID} device {ID} colour red state up\n")
    assert (parsed.state, parsed.unread[0].line, parsed.unread[0].column) == ("not_understood", 1, 87)


def test_a_cut_line_is_left_out() -> None:
    parsed = midonet_cli.parse_members(f"zone {ID} host {ID} address 172.16.0.11\nzone {ID} host {ID} address 172.1")
    assert parsed.state == "partial"
    assert [row["address"] for row in parsed.data] == ["172.16.0.11"]


words = st.from_regex(r"[A-Za-z0-9_.\-]{1,12}", fullmatch=True)
names = st.lists(words, min_size=1, max_size=4).map(" ".join)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(names, st.booleans(), st.lists(st.just("10.0.0.1") | st.just("fe80:0:0:0:0:0:0:1"), max_size=3), st.booleans())))
def test_hosts_printed_back(hosts: list[tuple[str, bool, list[str], bool]]) -> None:
    out = []
    for name, alive, addresses, new in hosts:
        line = f"host {ID} name {name} alive {str(alive).lower()}"
        line += f" addresses {','.join(addresses)}" if addresses else ""
        out.append(line + (" flooding-proxy-weight 1 container-weight 1 container-limit no-limit" if new else ""))
    parsed = midonet_cli.parse_hosts("".join(line + "\n" for line in out))
    assert parsed.unread == []
    assert [(row["name"], row["alive"], row["addresses"] or []) for row in parsed.data] == [one[:3] for one in hosts]
