"""Facts of the datapath, the services, BGP and the topology, from evidence text; each also without its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ansible_collections.midonet.diagnostics.plugins.module_utils import facts

TESTS = Path(__file__).resolve().parents[3]
GOLDEN = TESTS / "golden" / "data"
RECORDED = TESTS / "recorded" / "data"
FIXTURES = TESTS / "fixtures"
OURS = ("datapath", "nsdb", "zookeeper", "cassandra", "api", "bgp", "topology")
SCHEMA = facts.schema()


@dataclass
class Output:
    stdout: str = ""
    exit_code: int | None = 0
    stderr: str = ""
    state: str = "ok"
    truncated: bool = False
    reason: str = ""
    started: str = "2026-11-22T03:14:07Z"
    duration_ms: int = 4


def built(group: str, **evidence: Any) -> dict[str, Any]:
    """Facts of a host of one group. Items are named with "__" for ".", with "_2" at the end for the second round."""
    outputs = {}
    for name, output in evidence.items():
        item, number = (name[:-2], 2) if name.endswith("_2") else (name, 1)
        outputs[item.replace("__", "."), number] = Output(output) if isinstance(output, str) else output
    found = facts.build(outputs, {"name": "h", "groups": [group], "state": "complete", "reason": "", "clock": {}})
    errors = list(jsonschema.Draft202012Validator(SCHEMA).iter_errors({name: found[name] for name in found}))
    assert [error.message[:200] for error in errors] == []
    for name in OURS:
        assert found["about"][name]["crash"] is None
    return found


def read(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "surrogateescape")


@pytest.mark.parametrize("group", ["compute", "gateway", "zookeeper", "cassandra", "api"])
def test_without_evidence_nothing_is_known(group: str) -> None:
    found = built(group)
    for name in OURS:
        assert found[name] is None
        assert found["about"][name]["state"] in ("unknown", "not_applicable")
        assert found["about"][name]["reason"]


# --- datapath

SHOW = read(GOLDEN / "v5" / "show-03.txt")


def test_datapath_and_its_second_sample() -> None:
    later = SHOW.replace("Lost   0", "Lost   3").replace("Misses 62", "Misses 362").replace("rxPackets=15256690", "rxPackets=15256790")
    later = later.replace(
        "txBytes=2039263863, rxErrors=0, txErrors=0, rxDropped=0", "txBytes=2039263863, rxErrors=0, txErrors=0, rxDropped=5"
    )
    found = built("compute", overlay__datapath=SHOW, overlay__datapath_2=Output(later, started="2026-11-22T03:14:37Z"))["datapath"]
    assert (found["exists"], found["name"], found["index"], found["lost"]) == (True, "midonet", 17, 0)
    assert found["delta"] == {"seconds": 30.0, "hits": 0, "lost": 3, "misses": 300, "lost_ratio": 0.01}
    port = found["ports"][2]
    assert (port["number"], port["name"], port["kind"], port["rx_packets"]) == (2, "tnvxlan-overlay", "vxlan", 15256690)
    assert (port["delta"]["rx_packets"], port["delta"]["rx_dropped"]) == (100, 5)
    assert found["ports"][0]["delta"]["drop_ratio"] == 0.0


def test_counters_that_went_backwards_were_reset() -> None:
    later = SHOW.replace("Hits   2077", "Hits   7").replace("rxPackets=15256690", "rxPackets=1")
    found = built("compute", overlay__datapath=SHOW, overlay__datapath_2=Output(later, started="2026-11-22T03:14:37Z"))["datapath"]
    assert found["delta"] is None
    assert found["ports"][2]["delta"] is None
    assert found["ports"][1]["delta"] is not None


def test_a_datapath_made_anew_has_no_difference() -> None:
    later = SHOW.replace("Index: 17", "Index: 18")
    found = built("compute", overlay__datapath=SHOW, overlay__datapath_2=Output(later, started="2026-11-22T03:14:37Z"))["datapath"]
    assert found["delta"] is None


def test_both_generations_have_one_shape() -> None:
    old, new = (built("compute", overlay__datapath=read(GOLDEN / name / "show-02.txt"))["datapath"] for name in ("2015.06", "v5"))
    assert old == new


def test_a_datapath_that_is_not_there() -> None:
    absent = Output("", 1, "\x1b[31m[mm-dpctl]\x1b[0m Error: No such device\n", "failed")
    assert built("compute", overlay__datapath=absent)["datapath"]["exists"] is False
    again = built("compute", overlay__datapath=absent, overlay__datapath_2=absent)
    assert again["datapath"]["exists"] is False and again["about"]["datapath"]["state"] == "known"


def test_a_datapath_that_is_made_between_the_looks_is_there() -> None:
    absent = Output("", 1, "\x1b[31m[mm-dpctl]\x1b[0m Error: No such device\n", "failed")
    found = built("compute", overlay__datapath=absent, overlay__datapath_2=SHOW)["datapath"]
    assert found["exists"] is True and found["index"] == 17 and found["ports"] and found["delta"] is None
    gone = built("compute", overlay__datapath=SHOW, overlay__datapath_2=absent)
    assert gone["datapath"]["exists"] is True and gone["datapath"]["delta"] is None and gone["about"]["datapath"]["state"] == "known"


def test_an_absent_datapath_and_a_second_look_that_tells_nothing() -> None:
    absent = Output("", 1, "\x1b[31m[mm-dpctl]\x1b[0m Error: No such device\n", "failed")
    found = built("compute", overlay__datapath=absent, overlay__datapath_2=Output("", None, "", "timeout"))
    assert found["datapath"]["exists"] is False and found["about"]["datapath"]["state"] == "partial"


@pytest.mark.parametrize(
    "output",
    [
        Output("", 1, "[mm-dpctl] Error: Request timeout\n", "failed"),
        Output("", 127, "sh: mm-dpctl: not found\n", "failed"),
        Output("", None, "", "timeout"),
        Output("Didn't get result in time. Aborting\n", 255, "", "failed"),
        Output("Name: mid"),
    ],
)
def test_a_datapath_that_could_not_be_shown_is_not_known(output: Output) -> None:
    found = built("compute", overlay__datapath=output)
    assert found["datapath"] is None
    assert found["about"]["datapath"]["state"] == "unknown"


# --- network state database

SESSIONS = '0 0 10.0.0.1:45678 10.0.0.2:2181 users:(("java",pid=12,fd=4))\n0 0 10.0.0.1:45679 10.0.0.3:22 users:(("java",pid=12,fd=5))\n'


def test_sessions() -> None:
    found = built("compute", nsdb__sessions=SESSIONS)["nsdb"]
    assert (found["zookeeper_sessions"], found["zookeeper"], found["cassandra"]) == (1, None, None)
    assert found["sessions"] == [{"server": "10.0.0.2:2181", "process": "java", "pid": 12}]


def test_sessions_to_another_port_that_is_configured() -> None:
    config = "### /etc/midolman/midolman.conf\n[zookeeper]\nzookeeper_hosts = 10.0.0.3:22\n"
    assert built("compute", nsdb__sessions=SESSIONS, agent__config=config)["nsdb"]["sessions"][0]["server"] == "10.0.0.3:22"


def test_no_session_is_known_only_when_the_tool_worked() -> None:
    assert built("compute", nsdb__sessions="")["nsdb"]["zookeeper_sessions"] == 0
    assert built("compute", nsdb__sessions=Output("", 0, "sh: netstat: not found\n"))["nsdb"] is None


def test_connecting() -> None:
    text = read(FIXTURES / "connect" / "all_results.txt")
    found = built("compute", nsdb__sessions="", nsdb__zookeeper_connect_2=text)["nsdb"]
    assert [one["result"] for one in found["zookeeper"]] == ["open", "refused", "timeout", "unreachable", "unresolved", "no_tool"]
    assert found["zookeeper"][5] == {"server": "[fd00::1]:2181", "address": "fd00::1", "port": 2181, "result": "no_tool"}


# --- ZooKeeper


def zookeeper(state: str, host: str, **more: Any) -> dict[str, Any]:
    words = {f"zookeeper__{word}": read(RECORDED / "zookeeper" / state / f"{host}_{word}.txt") for word in ("ruok", "srvr", "mntr", "isro")}
    found: dict[str, Any] = built("zookeeper", **{**words, **more})["zookeeper"]
    return found


@pytest.mark.parametrize(
    ("state", "host", "serving", "mode", "read_only", "synced"),
    [
        ("healthy", "zk1", True, "follower", False, None),
        ("healthy", "zk3", True, "leader", False, 2),
        ("quorum_lost", "zk3", False, None, None, None),
        ("quorum_lost_early", "zk3", False, "read-only", True, None),
        ("zk1_partitioned", "zk1", False, None, None, None),
        ("recovered2", "zk2", True, "follower", False, None),
    ],
)
def test_states_of_an_ensemble(state: str, host: str, serving: bool, mode: str | None, read_only: bool | None, synced: int | None) -> None:
    found = zookeeper(state, host)
    assert found["ruok"] == "imok"
    assert (found["serving"], found["mode"], found["read_only"], found["followers_synced"]) == (serving, mode, read_only, synced)


@pytest.mark.parametrize(
    ("output", "ruok", "serving"),
    [
        (Output("", 1, "bash: connect: Connection refused\n", "failed"), "refused", False),
        (Output("", 1, "connect: timed out\n", "failed"), "timeout", False),
        (Output("", 1, "", "failed"), "silent", False),
        (Output("", 69, "no tool for TCP here\n", "failed"), None, None),
        (Output("", None, "", "timeout"), None, None),
    ],
)
def test_a_server_that_says_nothing(output: Output, ruok: str | None, serving: bool | None) -> None:
    words = dict.fromkeys(("zookeeper__ruok", "zookeeper__srvr", "zookeeper__mntr", "zookeeper__isro"), output)
    found = built("zookeeper", **words, agent__processes="1 1 01:00 java org.apache.zookeeper.server.quorum.QuorumPeerMain zoo.cfg\n")[
        "zookeeper"
    ]
    assert (found["running"], found["ruok"], found["serving"]) == (True, ruok, serving)


def test_one_silent_word_does_not_make_a_server_fail() -> None:
    found = zookeeper("healthy", "zk3", zookeeper__ruok=Output("", 0))
    assert (found["ruok"], found["serving"]) == ("silent", True)


def test_a_whitelist_says_nothing_about_serving() -> None:
    refused = {
        f"zookeeper__{word}": f"{word} is not executed because it is not in the whitelist.\n" for word in ("ruok", "srvr", "mntr", "isro")
    }
    found = built("zookeeper", **refused)["zookeeper"]
    assert (found["ruok"], found["serving"], found["mode"]) == ("not_allowed", None, None)


def test_configuration_of_a_server() -> None:
    text = read(FIXTURES / "zookeeper" / "zoo_cfg.txt") + "\n### myid\n2\n"
    config = built("zookeeper", zookeeper__config=text)["zookeeper"]["config"]
    assert (config["my_id"], config["client_port"], config["data_dir"], len(config["servers"])) == (2, 2181, "/var/lib/zookeeper", 3)
    without = built("zookeeper", zookeeper__config=Output(text.replace("2\n", ""), 1, "cat: myid: No such file\n", "failed"))
    assert without["zookeeper"]["config"]["my_id"] is None
    assert "myid" in without["about"]["zookeeper"]["reason"]


# --- Cassandra


def test_a_cassandra_server() -> None:
    frame = (FIXTURES / "cql" / "supported_3.11.bin").read_bytes().decode("utf-8", "surrogateescape")
    found = built(
        "cassandra",
        cassandra__config=read(FIXTURES / "cassandra_yaml" / "2.0.txt"),
        cassandra__native_handshake=frame,
        cassandra__nodetool_status=read(FIXTURES / "cassandra" / "nodetool_2.0_one_down.txt"),
        agent__processes="1 1 01:00 java org.apache.cassandra.service.CassandraDaemon\n",
    )
    assert found["about"]["cassandra"]["state"] == "known"
    data = found["cassandra"]
    assert (data["running"], data["native_answers"], data["native_versions"]) == (True, True, [3, 4, 5])
    assert [(one["address"], one["up"]) for one in data["ring"]] == [("10.0.0.51", True), ("10.0.0.52", False), ("10.0.0.53", True)]
    assert data["config"]["cluster_name"] == "Operator's cluster"


@pytest.mark.parametrize(
    ("output", "answers"),
    [
        (Output("", 1, "connect: Connection refused\n", "failed"), False),
        (Output("", 0), False),
        (Output("HTTP/1.1 400 Bad Request\r\n\r\n"), None),
        (Output("", 69, "no tool for TCP here\n", "failed"), None),
    ],
)
def test_native_port(output: Output, answers: bool | None) -> None:
    found = built("cassandra", cassandra__native_handshake=output, agent__processes="1 1 01:00 x\n")["cassandra"]
    assert (found["native_answers"], found["running"]) == (answers, False)


# --- API


@pytest.mark.parametrize(
    ("output", "answers", "status", "is_json"),
    [
        (read(FIXTURES / "http_response" / "jetty_200.txt"), True, 200, True),
        (read(FIXTURES / "http_response" / "tomcat_401.txt"), True, 401, True),
        (read(FIXTURES / "http_response" / "tomcat_500_html.txt"), True, 500, False),
        (read(FIXTURES / "http_response" / "cut_in_headers.txt"), True, 200, None),
        (Output("", 1, "nc: connect: Connection refused\n", "failed"), False, None, None),
        (read(FIXTURES / "http_response" / "no_http.txt"), None, None, None),
    ],
)
def test_api(output: Any, answers: bool | None, status: int | None, is_json: bool | None) -> None:
    found = built("api", api__http=output, agent__processes="9 1 01:00 java org.midonet.cluster.ClusterNode\n")["api"]
    assert (found["kind"], found["running"]) == ("cluster", True)
    assert (found["answers"], found["http_status"], found["http_json"]) == (answers, status, is_json)


# --- BGP

BGP = RECORDED / "bgp"


def bgp(state: str, **more: Any) -> dict[str, Any]:
    head = "### mbgp1_ns\n"
    found: dict[str, Any] = built(
        "gateway",
        **{
            "bgp__namespaces": head + "4711 /usr/lib/frr/bgpd --vty_port 2606\n",
            "bgp__neighbours": head + "203.0.113.1 dev mbgp1_m lladdr 52:54:00:00:00:01 STALE\n",
            "bgp__addresses": head + "2: mbgp1_m@if3: <BROADCAST,UP,LOWER_UP> mtu 1500\n    inet 203.0.113.10/24 scope global mbgp1_m\n",
            "bgp__summary": head + read(BGP / state / "gw1_show_ip_bgp_summary.txt"),
            "bgp__config": head + read(BGP / state / "gw1_show_running-config.txt"),
            **more,
        },
    )
    return found


def test_an_established_session() -> None:
    data = bgp("established_own_network_not_in_rib")["bgp"]
    assert data["software"] == "frr"
    (router,) = data["routers"]
    assert (router["namespace"], router["daemon_pids"], router["router_id"], router["local_as"]) == (
        "mbgp1_ns",
        [4711],
        "203.0.113.10",
        64513,
    )
    assert router["addresses"] == ["203.0.113.10/24"]
    assert router["peers"][0]["state"] == "established"
    assert (router["peers"][0]["prefixes_received"], router["peers"][0]["neighbour_state"]) == (2, "stale")
    assert router["configured"]["networks"] == ["192.0.2.0/24"]
    assert router["links"] is None


def test_a_peer_without_an_entry_in_the_neighbour_table() -> None:
    data = bgp("no_route_to_peer", bgp__neighbours="### mbgp1_ns\n")["bgp"]
    assert (data["routers"][0]["peers"][0]["state"], data["routers"][0]["peers"][0]["neighbour_state"]) == ("active", "absent")
    assert (
        bgp("no_route_to_peer", bgp__neighbours=Output("", None, "", "timeout"))["bgp"]["routers"][0]["peers"][0]["neighbour_state"] is None
    )


def test_a_dead_daemon_leaves_its_sessions_unknown() -> None:
    found = bgp(
        "local_bgpd_dead",
        bgp__namespaces="### mbgp1_ns\n",
        bgp__summary=Output("### mbgp1_ns\n", 1, "bgpd is not running\n", "failed"),
    )
    (router,) = found["bgp"]["routers"]
    assert (router["daemon_pids"], router["peers"], router["configured"]) == ([], None, None)
    assert "bgpd is not running" in found["about"]["bgp"]["reason"]


def test_without_privileges_a_namespace_seems_empty_and_is_not() -> None:
    found = bgp("established_own_network_not_in_rib", bgp__namespaces=Output("### mbgp1_ns\n", 0, "only root is told\n"))
    assert found["bgp"]["routers"][0]["daemon_pids"] is None
    assert (found["about"]["bgp"]["state"], "only root is told" in found["about"]["bgp"]["reason"]) == ("partial", True)


def test_no_namespace_is_an_answer() -> None:
    found = built("gateway", bgp__namespaces="")["bgp"]
    assert (found["software"], found["routers"], found["namespaces"]) == (None, [], None)


def test_two_namespaces_that_get_one_daemons_answer() -> None:
    names = ("mbgp1_ns", "mbgp2_ns")
    summary = read(BGP / "idle_admin" / "gw1_show_ip_bgp_summary.txt")
    addresses = "### mbgp1_ns\n2: a: <UP> mtu 1500\n    inet 198.51.100.1/24 scope global a\n"
    addresses += "### mbgp2_ns\n2: b: <UP> mtu 1500\n    inet 203.0.113.10/24 scope global b\n"
    found = built(
        "gateway",
        bgp__namespaces="".join(f"### {name}\n" for name in names),
        bgp__addresses=addresses,
        bgp__summary="".join(f"### {name}\n{summary}" for name in names),
    )
    first, second = found["bgp"]["routers"]
    assert (first["router_id"], first["peers"]) == (None, None)
    assert (second["router_id"], len(second["peers"])) == ("203.0.113.10", 1)
    assert "mbgp1_ns" in found["about"]["bgp"]["reason"]


# --- topology


def test_topology() -> None:
    def cli(name: str) -> str:
        return read(GOLDEN / "cli" / f"{name}.txt")

    found = built(
        "api",
        overlay__hosts=cli("list-host"),
        overlay__tunnel_zones=cli("list-tunnel-zone") + "### members\n" + cli("tunnel-zone-list-member"),
        overlay__bindings=cli("host-list-binding"),
        topology__routers=cli("list-router") + "### ports\n" + cli("router-list-port"),
    )
    assert found["about"]["topology"]["state"] == "known"
    data = found["topology"]
    assert {name: len(rows) for name, rows in data.items() if rows is not None} == {
        "hosts": 3,
        "zones": 2,
        "members": 3,
        "bindings": 1,
        "routers": 1,
        "ports": 3,
    }
    assert data["hosts"][2]["addresses"] == []
    assert data["members"][0]["host_id"] == data["hosts"][0]["id"]
    assert data["bindings"][0] == {"host_id": data["hosts"][0]["id"], "interface": "eth1", "port": "0df2c21f-6b3a-4f5e-8a1b-1c2d3e4f5000"}
    assert (data["routers"][0]["name"], data["routers"][0]["asn"]) == ("MidoNet Provider Router", 64512)


def test_an_api_that_is_down_tells_nothing() -> None:
    down = Output("Connection to MidoNet API server refused. Bye.\n", 1, "", "failed")
    found = built("api", overlay__hosts=down, overlay__tunnel_zones=down, overlay__bindings=down, topology__routers=down)
    assert found["topology"] is None
    assert "refused" in found["about"]["topology"]["reason"]


def test_empty_listings_are_answers_and_failed_ones_are_not() -> None:
    assert built("api", overlay__tunnel_zones="\n### members\n")["topology"]["members"] == []
    zones = read(GOLDEN / "cli" / "list-tunnel-zone.txt") + "### members\n"
    failed = built("api", overlay__tunnel_zones=Output(zones, 1, "The API server failed to respond normally.\n", "failed"))["topology"]
    assert (len(failed["zones"]), failed["members"]) == (2, None)
