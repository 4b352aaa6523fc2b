# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts of configuration files, of logs, of the settings in force and of what only one host is asked for."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest
from ansible_collections.midonet.diagnostics.plugins.module_utils import facts

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures"
CLOCK = "1795353042 2026-11-22 22:10:42 +0900\n"


def fixture(name: str) -> str:
    return (FIXTURES / name).read_text(encoding="utf-8")


def output(text: str, stderr: str = "", code: int = 0) -> Any:
    return SimpleNamespace(
        state="ok" if code == 0 else "failed",
        exit_code=code,
        stdout=text,
        stderr=stderr,
        truncated=False,
        reason="",
        started="2026-11-22T13:10:42Z",
        duration_ms=1,
    )


def built(group: str, **texts: Any) -> dict[str, Any]:
    """Facts of a host; items are named with "__" for ".", with "_2" at the end for the second round."""
    outputs = {}
    for name, said in texts.items():
        item, number = (name[:-2], 2) if name.endswith("_2") else (name, 1)
        outputs[item.replace("__", "."), number] = output(said) if isinstance(said, str) else said
    found = facts.build(outputs, {"name": "one", "groups": [group], "state": "complete", "reason": "", "clock": {}})
    jsonschema.validate(found, facts.schema())
    assert [name for name, about in found["about"].items() if about["crash"]] == []
    return found


# --- files

LISTED = (
    CLOCK
    + "1795349442 100 644 root /etc/midolman/midolman.conf\n1795353041 9 644 root /var/log/midolman/midolman.log\n"
    + "1795353041 9 644 root /etc/midonet_host_id.properties\n1795353041 9 600 root /var/log/midolman/java_pid1.hprof\n"
    + "1795353041 9 644 root /var/log/midolman/quagga.2605/bgpd.log\n"
)


def test_files_are_sorted_by_service_and_kind() -> None:
    found = built("compute", agent__files=LISTED)["files"]
    assert [(one["service"], one["kind"], one["age_s"]) for one in found["found"]] == [
        ("agent", "config", 3600),
        ("agent", "log", 1),
        ("agent", "identity", 1),
        ("agent", "heap_dump", 1),
        ("bgp", "log", 1),
    ]
    assert {one["name"]: one["exists"] for one in found["needed"]} == {
        "midolman.conf": True,
        "midolman-env.sh": False,
        "logback.xml": False,
    }


@pytest.mark.parametrize("path", ["/usr/share/midonet-api/WEB-INF/web.xml", "/etc/midonet/midonet.conf"])
def test_an_api_server_of_either_generation_has_its_file(path: str) -> None:
    found = built("api", agent__files=CLOCK + f"1 2 644 root {path}\n")["files"]
    assert found["needed"] == [{"service": "api", "name": "web.xml or midonet.conf", "exists": True}]
    assert built("api", agent__files=CLOCK)["files"]["needed"][0]["exists"] is False


def test_files_that_could_not_be_listed_are_not_missing() -> None:
    assert built("compute", agent__files="")["files"] is None
    assert built("compute", agent__files=output("", "stat: not found\n", 127))["files"] is None


def test_a_file_behind_a_closed_door_is_not_missing() -> None:
    found = built(
        "compute", agent__files=output(CLOCK + "1795349442 100 644 root /etc/midolman/midolman.conf\n", "/root: Permission denied\n")
    )
    assert [one["exists"] for one in found["files"]["needed"]] == [True, None, None]
    assert (found["about"]["files"]["state"], found["about"]["files"]["reason"]) == ("partial", "agent.files: /root: Permission denied")


# --- configuration and settings

CONFIG = (
    "### /etc/midolman/midolman.conf\n[zookeeper]\nzookeeper_hosts = 10.0.0.1:2181\n[datapath]\nmax_flow_count = 20000\n\n"
    "### /etc/midolman/midolman-env.sh\n" + fixture("shell_variables/agent_environment.txt") + "\n"
    "### /etc/midolman/logback.xml\n" + fixture("logback_xml/agent.txt")
)


def test_the_agents_files_together() -> None:
    config = built("compute", agent__config=CONFIG)["agent"]["config"]
    assert (config["zookeeper_servers"], config["max_flow_count"], config["log_level"]) == (["10.0.0.1:2181"], 20000, "DEBUG")
    assert (config["max_heap_bytes"], config["watchdog_disabled"]) == (2048 * 1024**2, False)
    changed = CONFIG.replace("#WATCHDOG_DISABLE=", "WATCHDOG_DISABLE=yes\nMIDO_ZOOKEEPER_HOSTS=10.0.0.9")
    config = built("compute", agent__config=changed)["agent"]["config"]
    assert (config["zookeeper_servers"], config["watchdog_disabled"]) == (["10.0.0.9:2181"], True)


def test_a_start_script_alone_is_no_configuration() -> None:
    found = built("compute", agent__config="### /etc/midolman/midolman-env.sh\nMAX_HEAP_SIZE=6144M\n")
    assert found["agent"]["config"]["zookeeper_servers"] is None
    assert "neither midolman.conf" in found["about"]["agent"]["reason"]


SETTINGS = """### local
agent {
    datapath {
        max_flow_count=1500000
        vxlan_overlay_udp_port=6677
    }
    loggers { root="debug" }
    midolman { dhcp_mtu="1450" }
}
cassandra { servers="" }
"""


def test_settings_in_force() -> None:
    settings = built("compute", agent__settings=SETTINGS)["agent"]["settings"]
    assert (settings["of_host"], settings["log_level"], settings["dhcp_mtu_bytes"]) == (True, "DEBUG", 1450)
    assert (settings["max_flow_count"], settings["cassandra_servers"], settings["vxlan_vtep_udp_port"]) == (1500000, [], None)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (output("", "", 127), ""),
        (output("### local\n", "[mn-conf] Could not connect to zookeeper at '10.0.0.1:2181'\n", 1), "Could not connect"),
    ],
)
def test_settings_that_were_not_told(said: Any, reason: str) -> None:
    found = built("compute", agent__settings=said, agent__config=CONFIG)
    assert found["agent"]["settings"] is None
    assert reason in found["about"]["agent"]["reason"]


# --- logs

LOG = CLOCK + "### /var/log/midolman/midolman.log\n" + fixture("logs/midolman_both_generations.txt").split("\n", 1)[1]
EVENTS = (
    "### /var/log/midolman/midolman.event.log\n"
    "2026.11.22 20:00:00.000 c1 ERROR org.midonet.event.agent.Nsdb - CONN_EXPIRE Connection to the NSDB cluster was expired. \n"
    "2026.11.22 22:00:00.000 c1 INFO  org.midonet.event.agent.Service - START Service started. \n"
    "2026.11.22 22:01:00.000 c1 WARN  org.midonet.event.agent.Nsdb - DISCONNECT Disconnected from the NSDB cluster. \n"
    "2026.11.22 22:02:00.000 c1 INFO  org.midonet.event.agent.Nsdb - CONNECT Connected to the NSDB cluster. \n"
)


def test_the_agents_logs() -> None:
    found = built("compute", agent__log=LOG + EVENTS)
    log = found["agent"]["log"]
    assert (log["errors"], log["warnings"], log["errors_last_hour"]) == (2, 2, 2)
    assert found["agent"]["starts_last_hour"] == 1
    assert log["loggers"][0] == {"logger": "connection", "errors": 1, "warnings": 1}
    assert log["newest"][-2]["stack"][0] == "java.io.IOException: Invalid argument"
    assert found["nsdb"]["events"] == {"disconnects_last_hour": 1, "expirations_last_hour": 0, "last": "connected", "last_age_s": 522.0}


def test_without_an_event_log_nothing_is_known_of_events() -> None:
    found = built("compute", agent__log=LOG)
    assert (found["nsdb"], found["agent"]["starts_last_hour"]) == (None, None)
    sessions = output('ESTAB 0 0 10.0.0.1:45212 10.0.0.11:2181 users:(("java",pid=1234,fd=45))\n')
    assert built("compute", agent__log=LOG, nsdb__sessions=sessions)["nsdb"]["event_log"] is False
    closed = output(CLOCK, "/var/log/midolman/midolman.event.log: Permission denied\n")
    assert built("compute", agent__log=closed, nsdb__sessions=sessions)["nsdb"]["event_log"] is None


def test_a_log_that_is_not_there_or_not_readable_is_no_quiet_log() -> None:
    for complaint in ("no log: /var/log/midolman/midolman.log\n", "/var/log/midolman/midolman.log: Permission denied\n"):
        found = built("compute", agent__log=output(CLOCK, complaint), agent__host_id=fixture("host_id/properties.txt"))
        assert found["agent"]["log"] is None
        assert complaint.strip()[:40] in found["about"]["agent"]["reason"]
    assert built("compute", agent__log=CLOCK + "### /var/log/midolman/midolman.log\n")["agent"]["log"]["errors"] == 0


@pytest.mark.parametrize(
    ("since", "reaches_back_s", "lost"),
    [
        ("", None, False),
        (" from 2026-11-22 20:00:00", 7842.0, False),
        (" from 2026.11.22 22:00:42", 600.0, None),
        # Then the oldest record tells, which may be the first of that part.
        (" from ?", 574.877, None),
    ],
)
def test_a_log_tells_how_far_back_it_was_read(since: str, reaches_back_s: float | None, lost: bool | None) -> None:
    record = "2026.11.22 22:01:07.123 ERROR [main] connection -  no\n"
    found = built("compute", agent__log=CLOCK + f"### /var/log/midolman/midolman.log{since}\n{record}", agent__metrics=CLOCK)
    agent = found["agent"]
    assert (agent["log"]["reaches_back_s"], agent["session_lost"]) == (reaches_back_s, lost)
    assert ("agent.log reaches back 10 minutes only" in found["about"]["agent"]["reason"]) is (lost is None)


def test_what_stands_in_two_files_counts_once() -> None:
    line = "2026.11.22 22:01:07.123 ERROR ClusterNode -  Failure in Cluster startup\n"
    said = CLOCK + f"### /var/log/tomcat7/midonet-api.log\n{line}{line}### /var/log/tomcat7/catalina.out\n{line}{line}"
    log = built("api", api__log=said)["api"]["log"]
    assert (log["errors"], log["signatures"][0]["signature"], log["signatures"][0]["count"]) == (2, "cluster_start_failed", 2)


@pytest.mark.parametrize(
    ("group", "item", "file", "line", "signature"),
    [
        (
            "zookeeper",
            "zookeeper__log",
            "/var/log/zookeeper/zookeeper.log",
            "2026-11-22 22:01:07,123 [myid:1] - WARN  [SyncThread:1:FileTxnLog@334] - fsync-ing the write ahead log in x took 1340ms\n",
            "zookeeper_slow_disk",
        ),
        (
            "cassandra",
            "cassandra__log",
            "/var/log/cassandra/system.log",
            "ERROR [x] 2026-11-22 22:01:07,123 CassandraDaemon.java:199 - Exception\nFSWriteError in /var/lib/cassandra\n",
            "cassandra_disk_failed",
        ),
        (
            "gateway",
            "bgp__log",
            "/var/log/midolman/quagga.2605/bgpd.log",
            "2026/11/22 22:01:07 BGP: %NOTIFICATION: received from neighbor 192.0.2.1 2/2 (OPEN Message Error/Bad Peer AS) 2 bytes\n",
            "bgp_bad_peer_as",
        ),
    ],
)
def test_logs_of_servers(group: str, item: str, file: str, line: str, signature: str) -> None:
    subsystem = "bgp" if group == "gateway" else group
    others = {"bgp__namespaces": "bgp-1 (id: 0)\nqdhcp-2\n### bgp-1\n12 /usr/lib/frr/bgpd\n"} if group == "gateway" else {}
    log = built(group, **{item: f"{CLOCK}### {file}\n{line}"}, **others)[subsystem]["log"]
    assert [(one["signature"], one["age_s"]) for one in log["signatures"]] in ([(signature, 574.877)], [(signature, 575.0)])
    assert log["newest"][0]["file"] == file
    assert built(group, **others)[subsystem] is None or built(group, **others)[subsystem]["log"] is None


# --- the rest


def test_namespaces_of_others_are_listed_too() -> None:
    found = built("gateway", bgp__namespaces="bgp-1 (id: 0)\nqdhcp-2\n### bgp-1\n12 /usr/lib/frr/bgpd\n")["bgp"]
    assert (found["namespaces"], [router["namespace"] for router in found["routers"]]) == (["bgp-1", "qdhcp-2"], ["bgp-1"])
    assert built("gateway", bgp__namespaces="### bgp-1\n12 bgpd\n")["bgp"]["namespaces"] is None


def test_files_of_the_routing_daemons() -> None:
    said = "### /etc/quagga/daemons\nzebra=yes\nbgpd=no\n### /etc/quagga/debian.conf\nvtysh_enable=yes\n### /etc/quagga/bgpd.conf\n"
    found = built("gateway", bgp__namespaces="", bgp__files=said + "password ***REDACTED(default)***\n")["bgp"]["files"]
    assert (found["daemons"], found["vtysh_enable"], found["default_password"]) == (["zebra"], True, True)


def test_queues_of_the_agent() -> None:
    found = built("compute", agent__metrics=fixture("metrics_log/agent_5.4.txt"))["agent"]["pipeline"]
    assert found == {"age_s": 41.875, "packets_on_hold": 3.0, "queue_overflows_per_s": None, "htb_drops_per_s": 0.2}
    assert built("compute", agent__metrics=CLOCK, agent__log=LOG)["agent"]["pipeline"] is None


def test_tracers_and_meters() -> None:
    tracer = "mm-trace --debug --limit 7 --ip-src 10.0.0.1\n"
    found = built("compute", agent__tracers=tracer, agent__meters="meters:user:x\n")["agent"]
    assert ([one["limit"] for one in found["tracers"]], [one["id"] for one in found["meters"]]) == ([7], ["x"])
    assert built("compute", agent__tracers="", agent__meters="")["agent"]["tracers"] == []


def test_a_tool_that_failed_does_not_hide_what_the_other_said() -> None:
    """mm-meter came with 2015.01: before, there are tracers without it."""
    missing = output("", "/bin/sh: 1: eval: mm-meter: not found\n", 127)
    found = built("compute", agent__tracers="", agent__meters=missing, agent__log=LOG)
    assert (found["agent"]["tracers"], found["agent"]["meters"]) == ([], None)
    assert "agent.meters command not found" in found["about"]["agent"]["reason"]
    failed = output("", "[mm-trace] Failed: no agent\n", 1)
    assert built("compute", agent__tracers=failed, agent__log=LOG)["agent"]["tracers"] is None
    assert built("compute", agent__tracers=output("", "[mm-trace] Failed: no agent\n"), agent__log=LOG)["agent"]["tracers"] is None


def test_cassandra_with_its_start_script_and_compactions() -> None:
    text = 'cluster_name: midonet\n\n### environment\nMAX_HEAP_SIZE="4G"\n'
    compactions = fixture("nodetool_compactionstats/2.0.txt")
    found = built("cassandra", cassandra__config=text, cassandra__compactions=compactions)["cassandra"]
    assert (found["config"]["cluster_name"], found["config"]["max_heap_bytes"]) == ("midonet", 4 * 1024**3)
    assert found["compactions"]["pending"] == 2


def test_requests_that_wait_are_counted_twice() -> None:
    first = (Path(__file__).resolve().parents[3] / "recorded/data/zookeeper/healthy/zk1_srvr.txt").read_text()
    found = built("zookeeper", zookeeper__srvr=first, zookeeper__srvr_2=first.replace("Outstanding: 0", "Outstanding: 33"))["zookeeper"]
    assert (found["outstanding"], found["outstanding_again"]) == (0, 33)


def test_files_of_the_api_server() -> None:
    said = (
        "### /usr/share/midonet-api/WEB-INF/web.xml\n"
        + fixture("web_xml/api_2015.txt")
        + "\n### /etc/midonet-cluster/logback.xml\n"
        + fixture("logback_xml/level_element.txt")
        + "\n### /root/.midonetrc\n[cli]\napi_url = http://api1:8080/midonet-api\n"
    )
    config = built("api", api__config=said)["api"]["config"]
    assert (config["auth_provider"], config["zookeeper_servers"]) == ("KeystoneService", ["10.0.0.11:2181", "10.0.0.12:2181"])
    assert (config["log_level"], config["client_api_url"]) == ("WARN", "http://api1:8080/midonet-api")


# --- the REST API

OK_HEAD = "HTTP/1.1 200 OK\nContent-Type: application/vnd.org.midonet.collection.X-v1+json\n\n"
LOGIN = "### login\nHTTP/1.1 200 OK\n"
ROUTER = "5a7d6f1e-33c2-4d0e-90a2-17d1e0000001"


def answered(path: str, name: str) -> str:
    return f"### {path}\n{OK_HEAD}{fixture(name)}\n"


REST = LOGIN + "".join(
    answered(path, name)
    for path, name in {
        "/system_state": "rest_system_state/v5.2.txt",
        "/ports": "rest_ports/v5.2.txt",
        "/bridges": "rest_bridges/v5.txt",
        "/chains": "rest_chains/v5.txt",
        "/routers": "rest_routers/v5.2.txt",
        f"/routers/{ROUTER}/bgp_peers": "rest_bgp/peers_v5.2.txt",
        f"/routers/{ROUTER}/bgp_networks": "rest_bgp/networks_v5.2.txt",
        f"/routers/{ROUTER}/routes": "rest_routers/routes_v5.2.txt",
    }.items()
)
NOT_FOUND = '### /traces\nHTTP/1.1 404 Not Found\n\n{"message":"no","code":404}\n'


def test_the_topology_by_rest() -> None:
    found = built("api", topology__rest=REST + NOT_FOUND)
    topology, api = found["topology"], found["api"]
    port = topology["all_ports"][0]
    assert (port["kind"], port["host_id"], port["active"]) == ("router", "2ff0dcf7-7e0c-4b0a-9c6a-0e5e0c0b1a00", True)
    assert port["bgp_sessions"] == [{"address": "192.168.1.254", "state": "established"}]
    assert [one["name"] for one in topology["routers"]] == ["MidoNet Provider Router"]
    assert (topology["bgp_peers"][0]["remote_as"], topology["bgp_networks"][0]["network"]) == (64513, "203.0.113.0/24")
    assert (topology["routes"][0]["destination"], topology["traces"], topology["rules"]) == ("0.0.0.0/0", None, None)
    assert (api["login"], api["system_state"]["writable"]) == ({"http_status": 200, "accepted": True}, True)
    assert "traces" not in found["about"]["topology"]["reason"]


def test_what_midonet_cli_listed_comes_before_what_the_api_answered() -> None:
    listed = f"router {ROUTER} name by cli state up asn 1\n### ports\n"
    assert [one["name"] for one in built("api", topology__rest=REST, topology__routers=listed)["topology"]["routers"]] == ["by cli"]


def test_details_by_rest() -> None:
    bridge = "b1f0c21f-6b3a-4f5e-8a1b-1c2d3e4f5000"
    said = LOGIN + answered("/hosts", "rest_hosts/v5.2.txt") + answered("/hosts/x/interfaces", "rest_hosts/interfaces_v5.2.txt")
    said += answered("/tunnel_zones", "rest_tunnel_zones/v5.2.txt")
    said += answered("/tunnel_zones/y/hosts", "rest_tunnel_zones/members_v5.2.txt")
    said += f'### /bridges/{bridge}/dhcp/10.1.0.0_24/hosts\n{OK_HEAD}[{{"macAddr":"fa:16:3e:00:00:01","ipAddr":"10.1.0.5"}}]\n'
    found = built("api", topology__rest_details=said)["topology"]
    assert [(one["name"], one["alive"]) for one in found["hosts"]] == [("gateway1", True), ("compute1", True), ("compute2", False)]
    assert [one["address"] for one in found["members"]] == ["172.16.0.11", "172.16.0.12", "172.16.0.13"]
    assert (found["leases"], len(found["interfaces"])) == (
        [{"bridge": bridge, "mac": "fa:16:3e:00:00:01", "address": "10.1.0.5", "name": None}],
        3,
    )


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (output("### login\nHTTP/1.1 401 Unauthorized\n", "", 1), "answered 401"),
        (output("", "rest_login: /root/.midonetrc cannot be read, which tells where the API is\n", 1), "cannot be read"),
        (output("### login\n\n", "curl: (7) Failed to connect to 10.0.0.5 port 8181: Connection refused\n", 1), "refused"),
        (output(LOGIN + '### /ports\nHTTP/1.1 500 Server Error\n\n{"message":"no quorum","code":500}\n'), "500: no quorum"),
        (output(LOGIN + "### /ports\n\n"), "no answer"),
    ],
)
def test_an_api_that_does_not_answer_is_no_empty_topology(said: Any, reason: str) -> None:
    found = built("api", topology__rest=said, overlay__bindings="")
    assert found["topology"]["all_ports"] is None
    assert reason in found["about"]["topology"]["reason"]


def test_an_empty_list_is_known() -> None:
    assert built("api", topology__rest=LOGIN + f"### /ports\n{OK_HEAD}[]\n")["topology"]["all_ports"] == []


def test_a_list_that_was_cut_is_known_in_part() -> None:
    found = built("api", topology__rest=REST.split("### /bridges")[0][:-900])
    assert 0 < len(found["topology"]["all_ports"]) < 3
    assert found["about"]["topology"]["state"] == "partial"


NEUTRON = (
    "### networks\n[]\n### routers\n### ports\n" + fixture("neutron_list/openstack_ports.txt")
    + "### security_groups\n[]\n### agents\n" + fixture("neutron_list/openstack_agents.txt")
)  # fmt: skip


def test_what_neutron_lists() -> None:
    said = output(NEUTRON, "Unable to establish connection to http://api1:9696/v2.0/routers\n", 1)
    found = built("api", topology__neutron=said)
    neutron = found["topology"]["neutron"]
    assert (neutron["networks"], neutron["routers"], neutron["security_groups"]) == ([], None, [])
    assert [(one["status"], one["addresses"]) for one in neutron["ports"]] == [("active", ["10.0.0.3", "2001:db8::3"]), ("down", [])]
    assert [(one["host"], one["alive"]) for one in neutron["agents"]] == [("compute1", True), ("net1", False)]
    assert "topology.neutron: no list of routers: Unable to establish connection" in found["about"]["topology"]["reason"]
    # Those that were asked for later.
    assert (neutron["security_group_rules"], neutron["floating_ips"]) == (None, None)
    assert "rules" not in found["about"]["topology"]["reason"]
    rules = '### security_group_rules\n[{"ID": "a", "Port Range": "22:22", "Security Group": "g"}]\n### floating_ips\n'
    later = built("api", topology__neutron=NEUTRON + rules)
    assert [(one["group"], one["ports"]) for one in later["topology"]["neutron"]["security_group_rules"]] == [("g", "22:22")]
    assert "no list of floating ips" in later["about"]["topology"]["reason"]


def test_a_host_without_a_client_of_neutron() -> None:
    found = built("api", topology__neutron=output("", "", 127), topology__rest=REST)
    assert found["topology"]["neutron"] is None
    assert "neutron" not in found["about"]["topology"]["reason"]


# --- routes, rules, packet filters and probes in other words


def test_rules_beside_the_routes() -> None:
    table = "default via 10.0.0.1 dev eth0\n10.0.0.0/24 dev eth0 scope link src 10.0.0.5\n"
    usual = "0:\tfrom all lookup local\n32766:\tfrom all lookup main\n32767:\tfrom all lookup default\n"
    one_more = usual.replace("32766", "100: from 10.9.0.0/16 lookup 100\n32766")
    found = built("compute", underlay__ip_route=f"{table}### rules\n{one_more}")
    assert [one["destination"] for one in found["routes"]] == ["default", "10.0.0.0/24"]
    assert [(one["priority"], one["table"], one["usual"]) for one in found["routing_rules"]] == [
        (0, "local", True),
        (100, "100", False),
        (32766, "main", True),
        (32767, "default", True),
    ]
    old = built("compute", underlay__ip_route=table)
    assert (len(old["routes"]), old["routing_rules"]) == (2, None)
    assert built("compute", underlay__ip_route=output("", "ip: not found\n", 127))["routes"] is None
    assert built("compute", underlay__ip_route=output("### rules\n", "", 0))["routes"] == []


def test_routes_by_netstat() -> None:
    found = built("compute", underlay__ip_route=fixture("netstat_routes/net-tools-1.60.txt") + "### rules\n")
    assert found["routes"] and found["routing_rules"] is None


def test_a_packet_filter_by_iptables_list() -> None:
    text = fixture("iptables_list/" + sorted(path.name for path in (FIXTURES / "iptables_list").glob("*.txt"))[0])
    found = built("compute", underlay__firewall=text + "### nft\n# nf_tables is not loaded\n")["firewall"]
    assert found["chains"] and found["loaded"] is True


LOST = "### 10.0.0.9\n3 packets transmitted, 0 received, 100% packet loss, time 2040ms\nrc=1\n"
ARPING = (
    "### 10.0.0.9 arping\nARPING 10.0.0.9 from 10.0.0.5 eth0\n{replies}Sent 2 probes (2 broadcast(s))\n"
    "Received {count} response(s)\nrc={code}\n"
)


def test_who_answers_arp_where_nobody_answers_ping() -> None:
    nobody = built("compute", underlay__ping_2=output(LOST + ARPING.format(replies="", count=0, code=1), "", 1))["probes"]
    assert [(one["peer"], one["received"]) for one in nobody["ping"]] == [("10.0.0.9", 0)]
    assert nobody["arping"] == [{"peer": "10.0.0.9", "link": "eth0", "sent": 2, "received": 0, "macs": []}]
    replies = "".join(f"Unicast reply from 10.0.0.9 [02:21:00:00:00:0{one}]  0.620ms\n" for one in "AB")
    two = built("compute", underlay__ping_2=LOST + ARPING.format(replies=replies, count=2, code=0))["probes"]
    assert len(two["arping"][0]["macs"]) == 2
    assert built("compute", underlay__ping_2=LOST)["probes"]["arping"] == []


def test_the_way_where_large_packets_get_lost() -> None:
    ping = "### 10.0.0.9\nPING 10.0.0.9 (10.0.0.9) 1472(1500) bytes of data.\n\n"
    ping += "2 packets transmitted, 0 received, 100% packet loss, time 1001ms\nrc=1\n"
    way = fixture("tracepath/" + sorted(path.name for path in (FIXTURES / "tracepath").glob("*.txt"))[0])
    found = built("compute", underlay__ping_full_size_2=f"{ping}### 10.0.0.9 tracepath\n{way}rc=0\n")["probes"]
    assert [one["peer"] for one in found["ping_full_size"]] == ["10.0.0.9"]
    assert (found["paths"][0]["peer"], len(found["paths"][0]["hops"]) > 0) == ("10.0.0.9", True)


def test_hosts_by_mm_ctl() -> None:
    text = (FIXTURES.parent / "golden/data/2015.03/mm-ctl-list-hosts.reconstructed.txt").read_text()
    found = built("compute", agent__hosts=text, agent__log=LOG)["agent"]["hosts"]
    assert any(one["local"] for one in found) and any(one["bindings"] for one in found)
    assert built("compute", agent__hosts="", agent__log=LOG)["agent"]["hosts"] is None


# --- processes

PROCESSES = """\
 10 1 02:11:05 /usr/bin/python /usr/bin/wdog -- /usr/bin/java -cp midolman.jar org.midonet.midolman.Midolman -c midolman.conf
 11 10 02:11:04 /usr/bin/java -Xmx2048M -cp midolman.jar org.midonet.midolman.Midolman -c /etc/midolman/midolman.conf
 12 11 00:11 java -cp midolman.jar org.midonet.services.AgentServicesNode
 13 11 00:10 /usr/lib/quagga/bgpd --vty_port 2606 --config_file /etc/quagga/bgpd.conf
 14 1 00:09 /usr/bin/qemu-system-x86_64 -name guest=org.apache.zookeeper.server.quorum.QuorumPeerMain -uuid x
 15 1 00:08 /usr/sbin/ovs-vswitchd unix:/var/run/openvswitch/db.sock
 16 1 00:07 /usr/bin/python2 /usr/bin/neutron-openvswitch-agent --config-file=/etc/neutron/x.conf
 17 1 00:06 less /var/log/midolman/midolman.log
 18 1 00:05 /usr/bin/java -cp x org.apache.catalina.startup.Bootstrap start
 19 1 00:04 vi org.midonet.cluster.ClusterNode
"""


def test_processes_are_told_by_file_or_class() -> None:
    found = built("compute", agent__processes=PROCESSES)["processes"]
    assert [(one["pid"], one["program"]) for one in found] == [
        (10, "watchdog"),
        (11, "agent"),
        (12, "agent_minions"),
        (13, "bgpd"),
        (14, "qemu"),
        (15, "ovs_vswitchd"),
        (16, "neutron_ovs_agent"),
        (18, "tomcat"),
    ]
    assert found[0]["age_s"] == 7865
    assert built("compute", agent__processes=output("", "", 1))["processes"] == []
    assert built("compute", agent__processes=output("", "ps: unknown option\n", 1))["processes"] is None


def test_a_log_without_its_end_tells_nothing_of_the_last_hour() -> None:
    """What is missing is the newest of it: no count of the last hour, and no silence in it, is believed."""
    head = CLOCK + "### /var/log/midolman/midolman.log\n2026.11.22 22:01:07.123 ERROR [main] boot -  no room\n"
    events = "### /var/log/midolman/midolman.event.log\n2026.11.22 22:01:08.000 compute1 INFO  org.midonet.event.agent.Service - START \n"
    watchdog = CLOCK + "[wdog] 2026-11-22 22:00:07 Child died with status 1\n"
    whole = built("compute", agent__log=head + events, agent__watchdog_log=watchdog)["agent"]
    assert (whole["log"]["errors_last_hour"], whole["log"]["warnings_last_hour"], whole["starts_last_hour"]) == (1, 0, 1)
    assert (whole["session_lost"], whole["restarts_last_hour"]) == (False, 1)
    ended = {"state": "timeout", "exit_code": None, "reason": "5 s"}
    for log, dog in (
        (output(head + events + "2026.11.22 22:01:09.0"), output(watchdog + "[wdog] 2026-11-22 22:0")),
        (SimpleNamespace(**{**vars(output(head + events)), **ended}), SimpleNamespace(**{**vars(output(watchdog)), **ended})),
    ):
        found = built("compute", agent__log=log, agent__watchdog_log=dog)
        agent = found["agent"]
        assert (agent["log"]["errors_last_hour"], agent["log"]["warnings_last_hour"], agent["starts_last_hour"]) == (None, None, None)
        assert (agent["session_lost"], agent["restarts_last_hour"]) == (None, None)
        assert (agent["log"]["errors"], agent["last_exit_code"]) == (1, 1)
        assert "agent.log" in found["about"]["agent"]["reason"] and "agent.watchdog_log" in found["about"]["agent"]["reason"]
    lost = head + "2026.11.22 22:01:09.000 ERROR [zk] ZkConnection - have been disconnected for 30000 milliseconds, so exiting\n"
    assert built("compute", agent__log=output(lost + "2026"))["agent"]["session_lost"] is True


def test_sessions_of_a_log_without_its_end_are_unknown() -> None:
    text = CLOCK + "### /var/log/midolman/midolman.event.log\n2026.11.22 22:01:08.000 c1 INFO  org.midonet.event.topology.Nsdb - CONNECT \n"
    assert built("compute", agent__log=text)["nsdb"]["events"]["disconnects_last_hour"] == 0
    cut = built("compute", agent__log=text + "2026.11.22 22:0")["nsdb"]["events"]
    assert (cut["disconnects_last_hour"], cut["expirations_last_hour"], cut["last"], cut["last_age_s"]) == (None, None, None, None)
