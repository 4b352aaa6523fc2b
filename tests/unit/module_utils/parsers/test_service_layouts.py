# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ensembles and rings, printed as ZooKeeper 3.4 to 3.9 and Cassandra 1.2 to 5.0 print them, and read back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import cassandra, zookeeper, zookeeper_cons
from hypothesis import given, settings
from hypothesis import strategies as st

EXAMPLES = settings(max_examples=30, deadline=None)
Model = dict[str, Any]

ipv4 = st.integers(1, 2**32 - 2).map(lambda number: ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0)))
count = st.integers(0, 2**31 - 1)
client = st.fixed_dictionaries(
    {
        "address": ipv4 | st.just("0:0:0:0:0:0:0:1"),
        "port": st.integers(1, 65535),
        "queued": count,
        "received": count,
        "sent": count,
        "session": st.none() | st.integers(1, 2**63 - 1).map(hex),
        "session_timeout_ms": st.integers(1, 10**6),
        "established_ms": st.integers(1, 2**42),
        "last_operation": st.sampled_from(["PING", "SESS", "GETD", "NA"]),
        "latency_avg_ms": count,
        "latency_max_ms": count,
    }
)
server = st.fixed_dictionaries(
    {
        "version": st.sampled_from(["3.4.5", "3.4.14", "3.5.9", "3.6.3", "3.8.0", "3.9.2"]),
        "mode": st.sampled_from(["leader", "follower", "observer", "standalone"]),
        "zxid": st.integers(0, 2**63 - 1).map(hex),
        "min": count,
        "avg": count,
        "max": count,
        "received": count,
        "sent": count,
        "connections": count,
        "outstanding": count,
        "nodes": count,
        "clients": st.lists(client, max_size=4),
    }
)


def built(one: Model) -> str:
    return {"3.4.5": "3.4.5--1, built on 06/10/2013 17:26 GMT"}.get(
        one["version"], one["version"] + "-39d3a4f269333c922ed3db283be479f9deacaa0f, built on 03/23/2017 10:13 GMT"
    )


def since_3_6(one: Model) -> bool:
    return bool(one["version"] >= "3.6")


def average(one: Model) -> str:
    return f"{one['avg']}.0" if since_3_6(one) else str(one["avg"])


def client_line(one: Model) -> str:
    out = f" /{one['address']}:{one['port']}[1](queued={one['queued']},recved={one['received']},sent={one['sent']}"
    if one["session"]:
        out += f",sid={one['session']},lop={one['last_operation']},est={one['established_ms']}"
        out += f",to={one['session_timeout_ms']},lcxid=0x9,lzxid=0x100000056"
        out += f",lresp=5051996,llat=0,minlat=0,avglat={one['latency_avg_ms']},maxlat={one['latency_max_ms']}"
    return out + ")\n"


def srvr(one: Model, clients: str = "") -> str:
    out = f"Zookeeper version: {built(one)}\n{clients}Latency min/avg/max: {one['min']}/{average(one)}/{one['max']}\n"
    out += f"Received: {one['received']}\nSent: {one['sent']}\nConnections: {one['connections']}\nOutstanding: {one['outstanding']}\n"
    out += f"Zxid: {one['zxid']}\nMode: {one['mode']}\nNode count: {one['nodes']}\n"
    return out + ("Proposal sizes last/min/max: 48/36/10\n" if since_3_6(one) and one["mode"] == "leader" else "")


def stat(one: Model) -> str:
    brief = "".join(client_line({**each, "session": None}) for each in one["clients"])
    return srvr(one, f"Clients:\n{brief}\n")


def mntr(one: Model) -> str:
    out = f"zk_version\t{built(one)}\nzk_avg_latency\t{average(one)}\nzk_max_latency\t{one['max']}\nzk_min_latency\t{one['min']}\n"
    out += f"zk_packets_received\t{one['received']}\nzk_packets_sent\t{one['sent']}\nzk_num_alive_connections\t{one['connections']}\n"
    out += f"zk_outstanding_requests\t{one['outstanding']}\nzk_server_state\t{one['mode']}\nzk_znode_count\t{one['nodes']}\n"
    if since_3_6(one):
        out += "zk_peer_state\tfollowing - broadcast\nzk_p99_readlatency\t12.0\nzk_jvm_pause_time_ms\t0.0\n"
        out += "zk_uptime\t123456\nzk_cnt_close_session_prep_time\tNaN\n"
    return out


@EXAMPLES
@given(one=server)
def test_srvr_and_stat_of_every_release(one: Model) -> None:
    for text, clients in ((srvr(one), None), (stat(one), [{"address": f"{each['address']}:{each['port']}"} for each in one["clients"]])):
        parsed = zookeeper.parse_srvr(text)
        assert (parsed.state, parsed.unread) == ("ok", [])
        same = ("version", "mode", "zxid", "received", "sent", "connections", "outstanding", "nodes")
        assert {name: parsed.data[name] for name in same} == {name: one[name] for name in same}
        assert parsed.data["latency_ms"] == {name: one[name] for name in ("min", "avg", "max")}
        assert (parsed.data["clients"], parsed.data["serving"], parsed.data["allowed"]) == (clients, True, True)


@EXAMPLES
@given(one=server)
def test_mntr_of_every_release(one: Model) -> None:
    parsed = zookeeper.parse_mntr(mntr(one))
    assert (parsed.state, parsed.unread) == ("ok", [])
    assert (parsed.data["version"], parsed.data["mode"]) == (one["version"], one["mode"])
    values = {
        "packets_received": "received",
        "packets_sent": "sent",
        "num_alive_connections": "connections",
        "outstanding_requests": "outstanding",
    }
    values |= {"znode_count": "nodes", "avg_latency": "avg", "max_latency": "max", "min_latency": "min"}
    assert {name: parsed.data["values"][name] for name in values} == {name: one[field] for name, field in values.items()}


@EXAMPLES
@given(many=st.lists(client, min_size=1, max_size=5))
def test_cons(many: list[Model]) -> None:
    parsed = zookeeper_cons.parse("".join(map(client_line, many)) + "\n")
    assert (parsed.state, parsed.unread) == ("ok", [])
    within = ("session", "session_timeout_ms", "established_ms", "last_operation", "latency_avg_ms", "latency_max_ms")
    wanted = [{name: None if name in within and one["session"] is None else value for name, value in one.items()} for one in many]
    assert [dict(one) for one in parsed.data["connections"]] == wanted


member = st.fixed_dictionaries(
    {
        "host": ipv4 | st.from_regex(r"[a-z][a-z0-9.-]{0,15}[a-z0-9]", fullmatch=True),
        "peer_port": st.integers(1, 65535),
        "election_port": st.integers(1, 65535),
        "observer": st.booleans(),
    }
)


@pytest.mark.parametrize("dynamic", [False, True])
@EXAMPLES
@given(members=st.lists(member, min_size=1, max_size=7), port=st.integers(1, 65535), tick=st.integers(1, 10**5))
def test_an_ensemble_out_of_conf_and_out_of_its_file(dynamic: bool, members: list[Model], port: int, tick: int) -> None:
    """3.4 has no membership in conf; 3.5 and newer have, with the clients' address after a semicolon."""
    kinds = {True: ":observer", False: ":participant" if dynamic else ""}
    tail = f";0.0.0.0:{port}" if dynamic else ""
    listed = "".join(
        f"server.{number}={one['host']}:{one['peer_port']}:{one['election_port']}{kinds[one['observer']]}{tail}\n"
        for number, one in enumerate(members, 1)
    )
    answer = (
        f"clientPort={port}\n"
        + ("secureClientPort=-1\n" if dynamic else "")
        + "dataDir=/d/version-2\ndataDirSize=67108880\ndataLogDir=/l/version-2\n"
    )
    answer += f"dataLogSize=458\ntickTime={tick}\nmaxClientCnxns=60\nminSessionTimeout=4000\nmaxSessionTimeout=40000\n"
    answer += "serverId=2\ninitLimit=10\nsyncLimit=5\n"
    answer += "electionAlg=3\nelectionPort=3888\nquorumPort=2888\npeerType=0\n" + (
        f"membership: \n{listed}version=100000000" if dynamic else ""
    )
    parsed = zookeeper.parse_conf(answer)
    assert (parsed.state, parsed.unread) == ("ok", [])
    assert (parsed.data["client_port"], parsed.data["tick_ms"], parsed.data["my_id"], parsed.data["max_client_connections"]) == (
        port,
        tick,
        2,
        60,
    )
    file = zookeeper.parse_config(f"# our own\ntickTime = {tick}\ndataDir=/d\nclientPort={port}\n{listed}")
    assert (file.state, file.unread) == ("ok", [])
    wanted = [{"id": number, **one} for number, one in enumerate(members, 1)]
    for read in (file.data, parsed.data) if dynamic else (file.data,):
        assert [{name: each[name] for name in ("id", *members[0])} for each in read["servers"]] == wanted


word = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,10}", fullmatch=True)
node = st.fixed_dictionaries(
    {
        "address": ipv4,
        "up": st.booleans(),
        "state": st.sampled_from(["normal", "leaving", "joining", "moving"]),
        "load_kib": st.none() | st.integers(1, 1023),
        "tokens": st.integers(1, 256),
        "owns_tenths": st.none() | st.integers(0, 1000),
        "host_id": st.uuids().map(str),
        "rack": word,
    }
)
ring = st.dictionaries(word, st.lists(node, min_size=1, max_size=4), min_size=1, max_size=3)


def status(datacenters: dict[str, list[Model]], unit: str, owns: str, note: str) -> str:
    out = ""
    for name, nodes in datacenters.items():
        title = f"Datacenter: {name}"
        out += f"{title}\n{'=' * len(title)}\nStatus=Up/Down\n|/ State=Normal/Leaving/Joining/Moving\n"
        width = max(len(one["address"]) for one in nodes) + 2
        out += "--  " + "Address".ljust(width) + f"Load        Tokens  {owns:16}  Host ID                               Rack\n"
        for one in nodes:
            load = "?" if one["load_kib"] is None else f"{one['load_kib']}.0 {unit}"
            share = "?" if one["owns_tenths"] is None else f"{one['owns_tenths'] / 10:.1f}%"
            out += f"{'U' if one['up'] else 'D'}{one['state'][0].upper()}  {one['address']:{width}}{load:10}"
            out += f"  {one['tokens']:<6}  {share:16}  {one['host_id']}  {one['rack']}\n"
        out += "\n" if note else ""
    return out + note


RINGS: dict[str, Callable[[dict[str, list[Model]]], str]] = {
    "1.2": lambda many: status(many, "KB", "Owns", ""),
    "2.1": lambda many: status(
        many,
        "KB",
        "Owns",
        "Note: Non-system keyspaces don't have the same replication settings, effective ownership information is meaningless\n",
    ),
    "4.1": lambda many: status(many, "KiB", "Owns (effective)", "\n"),
}


@pytest.mark.parametrize("release", RINGS)
@EXAMPLES
@given(datacenters=ring)
def test_a_ring(release: str, datacenters: dict[str, list[Model]]) -> None:
    text = RINGS[release](datacenters)
    parsed = cassandra.parse_status(text)
    assert (parsed.state, parsed.unread) == ("ok", [])
    wanted = [(name, one) for name, nodes in datacenters.items() for one in nodes]
    fields = ("address", "up", "state", "host_id", "rack")
    assert [{field: read[field] for field in fields} for read in parsed.data] == [
        {field: one[field] for field in fields} for _name, one in wanted
    ]
    assert [read["datacenter"] for read in parsed.data] == [name for name, _one in wanted]
    assert [read["load_bytes"] for read in parsed.data] == [
        None if one["load_kib"] is None else one["load_kib"] * 1024 for _name, one in wanted
    ]
    assert [read["owns_ratio"] for read in parsed.data] == [
        None if one["owns_tenths"] is None else pytest.approx(one["owns_tenths"] / 1000) for _name, one in wanted
    ]
    cut = cassandra.parse_status(text[: len(text) * 2 // 3]).data
    assert cut == parsed.data[: len(cut)]
