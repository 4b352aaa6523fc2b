# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts of sockets, resources, access control, the kernel's log, nftables and time sources, from the texts of their items."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.midonet.diagnostics.plugins.module_utils import facts
from jsonschema import Draft202012Validator

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures"
VALIDATOR = Draft202012Validator(facts.schema())


@dataclass(frozen=True)
class Output:
    """What the collector hands over; only the fields that facts read."""

    stdout: str = ""
    stderr: str = ""
    exit_code: int | None = 0
    state: str = "ok"
    truncated: bool = False
    reason: str = ""
    duration_ms: int = 3
    started: str = "2026-11-22T03:14:07Z"


def fixture(tool: str, name: str) -> str:
    return (FIXTURES / tool / f"{name}.txt").read_text()


def build(**outputs: Output | str) -> dict[str, Any]:
    """The facts of a host that answered these items: underlay_security is underlay.security, with _2 at its end that of round 2."""
    given = {}
    for name, output in outputs.items():
        item, number = (name[:-2], 2) if name.endswith("_2") else (name, 1)
        layer, _underscore, rest = item.partition("_")
        given[f"{layer}.{rest}", number] = Output(output) if isinstance(output, str) else output
    built = facts.build(given, {"name": "h", "groups": ["compute"], "state": "complete", "reason": "", "clock": {}})
    assert [f"{list(error.path)}: {error.message}" for error in VALIDATOR.iter_errors(built)] == []
    assert all(about["crash"] is None for about in built["about"].values())
    json.dumps(built)
    return built


def under(path: str, text: str) -> str:
    """A file as `grep -H .` prints it."""
    return "".join(f"{path}:{line}\n" for line in text.splitlines() if line)


RESOURCES = (
    under("/proc/meminfo", fixture("meminfo", "linux_6.18"))
    + "/proc/sys/net/netfilter/nf_conntrack_count:65000\n/proc/sys/net/netfilter/nf_conntrack_max:65536\n/proc/sys/net/ipv4/ip_forward:1\n"
    "/proc/sys/net/ipv4/conf/all/rp_filter:0\n/proc/sys/net/ipv4/conf/eth0.100/rp_filter:1\n/proc/sys/net/ipv4/conf/eth1/rp_filter:2\n"
    "### swapped\n/proc/77/status:VmSwap:\t       8 kB\n/proc/1440/status:VmSwap:\t    2048 kB\n"
    "### bond bond0\n" + fixture("bonding", "lacp_3.7.1")
)


def test_memory_and_who_is_swapped_out() -> None:
    memory = build(underlay_resources=RESOURCES, agent_processes=fixture("ps", "procps"))["memory"]
    assert memory["total_bytes"] == 25276502016
    assert memory["available_ratio"] == pytest.approx(0.911860)
    assert [(entry["pid"], entry["bytes"]) for entry in memory["swapped"]] == [(1440, 2048 * 1024), (77, 8192)]
    assert "Midolman" in memory["swapped"][0]["command"]
    assert memory["swapped"][1]["command"] is None


def test_nobody_is_swapped_out() -> None:
    assert build(underlay_resources=under("/proc/meminfo", "MemTotal: 8 kB") + "### swapped\n")["memory"]["swapped"] == []


HIDDEN = "the processes of others are hidden from this user (hidepid)\n"


def test_processes_that_the_kernel_hides_may_be_there() -> None:
    """Of /proc mounted with hidepid an ordinary user sees the own processes only: that is no answer to what runs."""
    own = build(agent_processes=Output(" 812 1 02:00 /bin/sh /usr/bin/wdog -- java org.midonet.midolman.Midolman\n", stderr=HIDDEN))
    none = build(agent_processes=Output("", stderr=HIDDEN, exit_code=1))
    assert none["agent"] is None
    assert all("hidepid" in built["about"]["agent"]["reason"] for built in (own, none))
    assert {key: own["agent"][key] for key in ("running", "count", "watchdog")} == {"running": None, "count": None, "watchdog": True}
    assert [one["program"] for one in own["processes"]] == ["watchdog"]
    assert own["about"]["processes"]["cut"] == ["agent.processes"]
    assert none["processes"] is None


def test_swapped_memory_of_hidden_processes_is_unknown() -> None:
    none = under("/proc/meminfo", "MemTotal: 8 kB") + "### swapped\n"
    built = build(underlay_resources=Output(none, stderr=HIDDEN))
    assert built["memory"]["swapped"] is None
    assert "hidepid" in built["about"]["memory"]["reason"]


def test_tracked_connections() -> None:
    assert build(underlay_resources=RESOURCES)["conntrack"] == {"count": 65000, "limit": 65536, "used_ratio": pytest.approx(0.991821)}
    about = build(underlay_resources=under("/proc/meminfo", "MemTotal: 8 kB"))["about"]["conntrack"]
    assert about["state"] == "not_applicable"


def test_bonds_have_their_names() -> None:
    (bond,) = build(underlay_resources=RESOURCES)["bonds"]
    assert (bond["name"], bond["aggregator"], [member["aggregator"] for member in bond["members"]]) == ("bond0", 1, [1, 2])


def activity(iowait: int, drops: int, changes: int) -> str:
    stat = f"/proc/stat:cpu  100 0 50 1000 {iowait} 0 0 0 0 0\n/proc/stat:cpu0 1 0 0 1 0 0 0 0 0 0\n/proc/stat:btime 1795358555\n"
    netstat = f"/proc/net/netstat:TcpExt: SyncookiesSent IPReversePathFilter\n/proc/net/netstat:TcpExt: 0 {drops}\n"
    return stat + netstat + f"/sys/class/net/eth1/carrier_changes:{changes}\n"


def test_two_samples_of_activity() -> None:
    later = Output(activity(300, 12, 7), started="2026-11-22T03:14:17Z")
    built = build(underlay_resources=RESOURCES, underlay_activity=activity(200, 9, 2), underlay_activity_2=later)
    assert built["processors"]["count"] == 1
    assert (built["processors"]["delta"]["seconds"], built["processors"]["delta"]["iowait_ratio"]) == (10.0, 1.0)
    stack = built["stack"]
    assert stack["ip_forward"] is True
    assert stack["reverse_path_filter"] == [
        {"link": "eth0.100", "own": 1, "effective": 1},
        {"link": "eth1", "own": 2, "effective": 2},
    ]
    assert (stack["counters"]["reverse_path_drops"], stack["delta"]["reverse_path_drops"]) == (9, 3)
    assert stack["carrier_changes"] == [{"link": "eth1", "changes": 2, "delta": 5}]


def test_one_sample_has_no_delta() -> None:
    built = build(underlay_activity=activity(200, 9, 2))
    assert (built["processors"]["delta"], built["stack"]["delta"], built["stack"]["carrier_changes"][0]["delta"]) == (None, None, None)
    assert built["about"]["stack"]["state"] == "partial"  # the settings were not collected


def test_sockets_of_the_host_and_of_a_namespace() -> None:
    sockets = build(underlay_sockets=fixture("listening", "ss-6.1") + "### bgp-0a1b2c3\n" + fixture("listening", "ss-3.12"))["sockets"]
    assert [(socket["namespace"], socket["port"]) for socket in sockets if socket["port"] in (2181, 179)] == [
        (None, 2181),
        ("bgp-0a1b2c3", 2181),
        ("bgp-0a1b2c3", 179),
    ]


def test_sockets_that_only_root_is_told_of() -> None:
    built = build(underlay_sockets=Output(fixture("listening", "ss-6.1") + "### bgp-0a1b2c3\n", "Operation not permitted\n"))
    assert built["sockets"]
    assert built["about"]["sockets"]["state"] == "partial"
    assert built["about"]["sockets"]["reason"] == "underlay.sockets: Operation not permitted; underlay.sockets: nothing of bgp-0a1b2c3"


def test_a_packet_filter_that_only_root_is_shown() -> None:
    built = build(underlay_firewall=Output("### nft\n", "only root is told which tables of iptables are loaded\n"))
    assert built["firewall"] is None
    assert built["about"]["firewall"]["reason"].endswith(": only root is told which tables of iptables are loaded")


def test_no_tool_tells_sockets() -> None:
    built = build(underlay_sockets=Output(stderr="sh: netstat: not found\n", exit_code=127))
    assert built["sockets"] is None
    assert built["about"]["sockets"]["state"] == "unknown"


def test_link_settings() -> None:
    first, second = build(underlay_link_settings=fixture("ethtool", "3.13_ixgbe"))["link_settings"]
    assert (first["driver"], first["duplex"], first["large_receive_offload"]) == ("ixgbe", "Half", True)
    assert (second["name"], second["speed_mbps"], second["large_receive_offload"]) == ("p1p2", None, False)
    assert build(underlay_link_settings="")["link_settings"] == []


NOW = "1437614500 2015-07-23 10:21:40 +0900\n"


def test_access_control() -> None:
    text = NOW + "### selinux\n1\n### apparmor\n" + fixture("apparmor", "sysfs") + "### audit\n" + fixture("access_denials", "both_systems")
    security = build(underlay_security=text, underlay_kernel_log=NOW)["security"]
    assert security["selinux"] == {"mode": "enforcing"}
    assert security["apparmor"]["complaining"] == ["/usr/lib/NetworkManager/nm-dhcp-client.action"]
    java = next(denial for denial in security["denials"] if denial["command"] == "java")
    assert (java["system"], java["enforced"], java["count"], java["age_s"]) == ("selinux", True, 1, pytest.approx(566.877))


def test_denials_in_the_kernels_own_log() -> None:
    text = NOW + "### selinux\nDisabled\n### apparmor\nY\n### audit\n"
    line = next(line for line in fixture("access_denials", "both_systems").splitlines() if 'apparmor="DENIED"' in line)
    security = build(underlay_security=text, underlay_kernel_log=f"{NOW}{line}\n{line}\n")["security"]
    assert [(denial["command"], denial["count"]) for denial in security["denials"]] == [("qemu-system-x86", 2)]


def test_the_kernels_log() -> None:
    text = fixture("kernel_log", "faults")
    events = {event["signature"]: event for event in build(underlay_kernel_log=text)["kernel_log"]["events"]}
    assert (events["oom_kill"]["subject"], events["oom_kill"]["age_s"]) == ("java", pytest.approx(1335.37))
    assert events["conntrack_full"]["count"] == 1


def test_a_log_that_may_not_be_read_is_not_an_empty_one() -> None:
    silent = Output(NOW, stderr="dmesg: read kernel buffer failed: Operation not permitted\n")
    assert build(underlay_kernel_log=silent)["kernel_log"] is None
    assert build(underlay_kernel_log=NOW)["kernel_log"] == {"events": []}


def test_names() -> None:
    text = "### zk1\n127.0.1.1       zk1.example.com zk1\n### zk2\n### zk3\n10.0.0.13       zk3\n"
    names = build(underlay_names=Output(text, exit_code=2, state="failed"))["names"]
    assert [(name["name"], name["own"], name["resolves"], name["addresses"]) for name in names] == [
        ("zk1", True, True, ["127.0.1.1"]),
        ("zk2", False, False, []),
        ("zk3", False, True, ["10.0.0.13"]),
    ]


NOTHING = "# table filter is not loaded\n### nft\n"


@pytest.mark.parametrize("form", ["1.0.6_simple", "1.0.6_simple_json"])
def test_rules_of_nftables(form: str) -> None:
    firewall = build(underlay_firewall=NOTHING + fixture("nft", form))["firewall"]
    assert firewall["loaded"] is False
    assert firewall["nftables"]["chains"][1] == {"name": "inet firewall input", "hook": "input", "policy": "DROP"}
    targets = [rule["target"] for rule in firewall["nftables"]["rules"] if rule["chain"] == "inet firewall input"]
    assert targets == ["ACCEPT", "ACCEPT", "ACCEPT", "ACCEPT", "inet firewall cas", "ACCEPT", "REJECT"]


def test_what_iptables_has_told_is_not_told_again() -> None:
    text = fixture("iptables_save", "nft_with_counters_1.8.9") + "### nft\n" + fixture("nft", "1.0.6_of_iptables_json")
    firewall = build(underlay_firewall=text)["firewall"]
    assert len(firewall["rules"]) == 11
    assert firewall["nftables"] == {"chains": [], "rules": []}


def test_nftables_not_loaded_and_not_asked() -> None:
    assert build(underlay_firewall=NOTHING + "# nf_tables is not loaded\n")["firewall"]["nftables"] == {"chains": [], "rules": []}
    assert build(underlay_firewall=NOTHING)["firewall"]["nftables"] is None
    assert build(underlay_firewall=Output(NOTHING + "nothing that nft prints\n", exit_code=1))["firewall"]["nftables"] is None


def test_sources_of_both_time_daemons() -> None:
    chrony = "### chronyc\n" + fixture("chronyc", "tracking_4.3") + "### chronyc_sources\n" + fixture("chronyc_sources", "many_states")
    sources = build(underlay_time_daemon=chrony + "### ntpq\n### timedatectl\n")["clock"]["sources"]
    assert [(source["state"], source["answered"]) for source in sources] == [
        ("unreachable", 0),
        ("candidate", 8),
        ("falseticker", 7),
        ("rejected", 1),
        ("rejected", 8),
    ]
    starting = build(underlay_time_daemon="### chronyc\n### ntpq\n" + fixture("ntpq", "starting"))["clock"]["sources"]
    assert {source["state"] for source in starting} <= {"unreachable", "candidate", "rejected"}


SUBSYSTEMS = ("sockets", "link_settings", "bonds", "memory", "processors", "conntrack", "stack", "security", "kernel_log", "names")


@pytest.mark.parametrize("text", ["", "garbage\n", "### \n###\n", "### nft\n{", "\x00\x1b[31m", "/proc/meminfo:"])
def test_garbage_is_unknown(text: str) -> None:
    built = build(**dict.fromkeys(["underlay_" + name for name in ("resources", "activity", "sockets", "security", "kernel_log")], text))
    for name in ("memory", "processors", "stack", "security", "sockets"):
        assert built[name] is None, name
    assert all(built["about"][name]["state"] in ("unknown", "not_applicable") for name in SUBSYSTEMS if built[name] is None)
