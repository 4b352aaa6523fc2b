"""ZooKeeper of MidoNet's time (3.4), refusals, and zoo.cfg. The states of a running ensemble are in tests/recorded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import zookeeper
from hypothesis import given, settings
from hypothesis import strategies as st

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures" / "zookeeper"


def text_of(case: str) -> str:
    return (FIXTURES / f"{case}.txt").read_text()


def test_srvr_of_3_4() -> None:
    parsed = zookeeper.parse_srvr(text_of("srvr_3.4_leader"))
    assert (parsed.state, parsed.unread) == ("ok", [])
    assert parsed.data == {
        "serving": True,
        "allowed": True,
        "version": "3.4.5",
        "mode": "leader",
        "zxid": "0x1a00000042",
        "latency_ms": {"min": 0, "avg": 1, "max": 234},
        "received": 12345,
        "sent": 12350,
        "connections": 9,
        "outstanding": 2,
        "nodes": 1234,
        "read_only": False,
        "clients": None,
    }


def test_stat_lists_clients() -> None:
    parsed = zookeeper.parse_srvr(text_of("stat_3.4"))
    assert (parsed.state, parsed.unread) == ("ok", [])
    assert parsed.data["mode"] == "observer"
    assert [one["address"] for one in parsed.data["clients"]] == ["10.0.0.11:45678", "0:0:0:0:0:0:0:1:45679"]


def test_mntr_of_3_4() -> None:
    parsed = zookeeper.parse_mntr(text_of("mntr_3.4"))
    assert (parsed.state, parsed.unread) == ("ok", [])
    assert parsed.data["mode"] == "leader"
    assert parsed.data["values"]["synced_followers"] == 2


@pytest.mark.parametrize("parse", [zookeeper.parse_srvr, zookeeper.parse_mntr, zookeeper.parse_isro, zookeeper.parse_conf])
def test_a_word_that_is_not_allowed_says_nothing_about_serving(parse: Any) -> None:
    parsed = parse(text_of("not_allowed"))
    assert (parsed.state, parsed.data["allowed"], parsed.data["serving"]) == ("ok", False, None)
    assert zookeeper.parse_ruok(text_of("not_allowed")).data["answer"] == "not_allowed"


def test_zoo_cfg() -> None:
    parsed = zookeeper.parse_config(text_of("zoo_cfg"))
    assert (parsed.state, parsed.unread) == ("ok", [])
    assert [(one["id"], one["host"], one["peer_port"], one["election_port"], one["observer"]) for one in parsed.data["servers"]] == [
        (1, "zk1", 2888, 3888, False),
        (2, "10.0.0.32", 2888, 3888, False),
        (3, "fd00::33", 2888, 3888, True),
    ]
    assert parsed.data["client_port"] == 2181
    assert parsed.data["data_log_dir"] is None
    assert (parsed.data["tick_ms"], parsed.data["init_ticks"], parsed.data["sync_ticks"]) == (2000, 10, 5)
    assert parsed.data["whitelist"] == ["ruok", "srvr", "mntr"]


def test_a_server_line_that_makes_no_sense_is_not_dropped_silently() -> None:
    parsed = zookeeper.parse_config("dataDir=/x\nserver.1=zk1:2888:3888### myid\n")
    assert parsed.state == "partial"
    assert parsed.unread[0].line == 2


@pytest.mark.parametrize(("text", "number"), [("1\n", 1), (" 12 \n", 12), ("three\n", None), ("", None)])
def test_my_id(text: str, number: int | None) -> None:
    assert zookeeper.parse_my_id(text).data == number


@pytest.mark.parametrize(
    ("text", "version"),
    [("3.4.5--1", "3.4.5"), ("3.8.0-${mvngit.commit.id}", "3.8.0"), ("3.3.6-1366786", "3.3.6"), ("${zk.version}", None), ("3.9", "3.9")],
)
def test_versions(text: str, version: str | None) -> None:
    assert zookeeper.clean_version(text) == version


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.from_regex(r"[a-z][a-z0-9.\-]{0,20}", fullmatch=True), st.integers(1, 65535), st.booleans()), max_size=7),
    st.integers(1, 65535),
)
def test_an_ensemble_printed_as_zoo_cfg(servers: list[tuple[str, int, bool]], port: int) -> None:
    text = f"clientPort={port}\ndataDir=/data\n" + "".join(
        f"server.{number}={host}:{peer}:3888{':observer' if observer else ''}\n" for number, (host, peer, observer) in enumerate(servers, 1)
    )
    data = zookeeper.parse_config(text).data
    assert data["client_port"] == port
    assert [(one["host"], one["peer_port"], one["observer"]) for one in data["servers"]] == servers
