# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lab's stand-ins print what MidoNet's own programs print: the genuine text, byte for byte, from the truth beside it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import mm_meter, mn_conf

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "molecule"), str(ROOT / "molecule" / "lab" / "host")]

from lab.fleet import load  # noqa: E402
from standin import midonet_cli_text, mm_dpctl_text, mm_tools_text, openvswitch, rest  # noqa: E402

GOLDEN = ROOT / "tests" / "golden" / "data"
GENERATIONS = {"2015.06": "a", "v5": "b"}
DPCTL = [path for generation in GENERATIONS for path in sorted((GOLDEN / generation).glob("*-[0-9]*.json"))]


def printed(path: Path) -> str:
    truth = json.loads(path.read_text())
    what, generation = path.name.split("-")[0], GENERATIONS[path.parent.name]
    printer = getattr(mm_dpctl_text, f"{what}_{generation}")
    return str(printer({"list": truth.get("datapaths"), "show": truth, "dump": truth.get("flows")}[what]))


@pytest.mark.parametrize("path", DPCTL, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_mm_dpctl(path: Path) -> None:
    assert printed(path) == path.with_suffix(".txt").read_text()


def test_there_is_genuine_text_to_compare_with() -> None:
    assert {path.name.split("-")[0] for path in DPCTL} == {"list", "show", "dump"}
    assert len(DPCTL) >= 40


# ---- midonet-cli: its answers from the bodies that the genuine one was given

CLI = GOLDEN / "cli"
COMMANDS = sorted(path for path in CLI.glob("*.cmd"))


def fetch(path: str) -> Any:
    file = CLI / "rest" / f"{path.replace('/', '__')}.json"
    return json.loads(file.read_text()) if file.exists() else None


def answered(command: str, generation: str) -> str:
    """What the tool prints, to the error in which it may end."""
    text = ""
    try:
        for line in midonet_cli_text.answer(command.split(), generation, fetch):
            text += f"{line}\n"
    except midonet_cli_text.CommandError as error:
        text += f"{error}\n"
    return text


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: path.stem)
def test_midonet_cli(path: Path) -> None:
    assert answered(path.read_text(), "B") == path.with_suffix(".txt").read_text()


@pytest.mark.parametrize("path", sorted((CLI / "cli-2015.06").glob("*.txt")), ids=lambda path: path.stem)
def test_midonet_cli_of_2015(path: Path) -> None:
    assert answered((CLI / f"{path.stem}.cmd").read_text(), "A") == path.read_text()


# ---- the others


def test_mm_ctl_lists_hosts() -> None:
    first = "2ff0dcf7-7e0c-4b0a-9c6a-0e5e0c0b1a00"
    hosts = [
        {"id": first, "name": "gateway1", "alive": True, "addresses": ["10.0.0.1", "fe80:0:0:0:5054:ff:fe00:1", "172.16.0.11"],
         "bindings": [("0df2c21f-6b3a-4f5e-8a1b-1c2d3e4f5000", "eth1")]},
        {"id": "2ff0dcf7-7e0c-4b0a-9c6a-0e5e0c0b1a01", "name": "compute1", "alive": True, "addresses": ["10.0.0.2", "2001:db8:0:0:0:0:0:2"],
         "bindings": [("7c1c9cf5-1f0c-4d4b-8b22-0a5e4c0d0aaa", "tapdfee4a56-e2"),
                      ("7c1c9cf5-1f0c-4d4b-8b22-0a5e4c0d0bbb", "tap19ccc069-f1")]},
        {"id": "2ff0dcf7-7e0c-4b0a-9c6a-0e5e0c0b1a02", "name": "compute2", "alive": False, "addresses": [], "bindings": []},
    ]  # fmt: skip
    assert mm_tools_text.list_hosts(hosts, first) == (GOLDEN / "2015.03" / "mm-ctl-list-hosts.reconstructed.txt").read_text()


def test_mm_meter_prints_what_the_parser_reads() -> None:
    assert mm_meter.parse_samples(mm_tools_text.meter(7, 5242880000)).data == [{"packets": 7, "bytes": 5242880000}]


def test_mm_trace_and_mn_conf_print_what_the_parsers_read() -> None:
    entry = {"level": "debug", "limit": 100, "ip-protocol": 6, "ip-src": "10.0.0.1", "dst-port": 80, "mac-src": None}
    assert mm_tools_text.tracer(entry) == "mm-trace --debug --limit 100 --ip-protocol 6 --ip-src 10.0.0.1 --dst-port 80\n"
    flat = {"zookeeper.root_key": "/midonet", "agent.datapath.max_flow_count": 20000, "agent.midolman.enable_dashboard": False}
    assert mn_conf.parse(mm_tools_text.dump(flat)).data == flat


class Database:
    """What rest.Api asks, for a fleet in which every agent is alive."""

    def __init__(self, topology: dict[str, Any]) -> None:
        self.topology = lambda: topology

    def alive(self, host_id: str) -> bool:
        return True

    def active(self, host_id: str, port: str) -> bool:
        return host_id != "elsewhere"

    def interfaces(self, host_id: str) -> list[Any]:
        return []

    def bgp_status(self, host_id: str, port: str) -> str:
        return ""


@pytest.mark.parametrize("generation", ["A", "B"])
def test_the_command_line_reads_what_the_api_serves(generation: str) -> None:
    fleet = load("default", generation)
    api = rest.Api(Database(fleet.topology()), "http://api1/midonet-api")

    def asked(command: str) -> list[str]:
        return list(midonet_cli_text.answer(command.split(), generation, lambda path: (api.answer(path) or ("", None))[1]))

    assert [line.split()[3] for line in asked("list host")] == ["gw1", "gw2", "compute1", "compute2", "compute3", "compute4"]
    (zone,) = asked("list tunnel-zone")
    assert len(asked(f"tunnel-zone {zone.split()[1]} list member")) == 6
    (router,) = asked("list router")
    assert len(asked(f"router {router.split()[1]} list port")) == 2
    gateway = fleet.hosts["gw1"]
    assert asked(f"host {gateway.host_id} list binding") == [f"host {gateway.host_id} interface eth2 port {gateway.port_id('uplink')}"]
    assert len(asked("list port")) == 6
    assert api.answer("nonsense") is None


def test_the_api_shows_a_port_where_it_is_bound_now() -> None:
    fleet = load("default")
    topology = fleet.topology()
    moved, gone = fleet.hosts["compute1"].port_id("vm0"), fleet.hosts["compute2"].port_id("vm0")
    topology["bindings"] = [row for row in topology["bindings"] if row["port"] not in (moved, gone)]
    topology["bindings"].append({"port": moved, "host_id": "elsewhere", "interface": "tapmoved"})
    topology["bindings"].append({"port": "new", "host_id": "here", "interface": "tapnew"})
    ports = {one["id"]: (one["hostId"], one["interfaceName"], one["active"]) for one in rest.Api(Database(topology), "").ports()}
    assert ports[moved] == ("elsewhere", "tapmoved", False)
    assert ports[gone] == (None, None, False)
    assert ports["new"] == ("here", "tapnew", True)


# ---- what is read of Open vSwitch 3.1, as it printed it in the lab

OVS_FLOWS = """\
flow-dump from the main thread:
tunnel(tun_id=0x1a15,src=172.16.2.43,dst=172.16.1.41,flags(-df-csum+key)),recirc_id(0),in_port(vxlan_sys_6677),packet_type(ns=0,id=0),\
eth(src=fa:16:3e:00:00:2b,dst=33:33:00:00:00:16),eth_type(0x86dd),ipv6(src=::,dst=ff02::16,proto=58,frag=no), packets:1, bytes:90, \
used:13.852s, actions:tapedc185e2-34
tunnel(tun_id=0x1a15,src=172.16.2.43,dst=172.16.1.41,flags(-df-csum+key)),recirc_id(0),in_port(vxlan_sys_6677),packet_type(ns=0,id=0),\
eth(src=fa:16:3e:00:00:2b,dst=fa:16:3e:00:00:29),eth_type(0x0800),ipv4(src=10.0.0.43,dst=10.0.0.41,proto=6,frag=no),\
tcp(src=5000,dst=40000), packets:7, bytes:700, used:2.771s, flags:SFP., actions:tapedc185e2-34
tunnel(tun_id=0x1a15,src=172.16.2.43,dst=172.16.1.41,flags(-df-csum+key)),recirc_id(0),in_port(vxlan_sys_6677),packet_type(ns=0,id=0),\
eth(src=fa:16:3e:00:00:2b,dst=fa:16:3e:00:00:29),eth_type(0x0800),ipv4(src=10.0.0.43,dst=10.0.0.41,proto=6,frag=no),\
tcp(src=5000,dst=40001), packets:2, bytes:196, used:0.500s, flags:S., actions:tapedc185e2-34
recirc_id(0),in_port(tapedc185e2-34),packet_type(ns=0,id=0),eth(src=fa:16:3e:00:00:29,dst=fa:16:3e:00:00:2a),eth_type(0x0800),\
ipv4(src=10.0.0.41,dst=10.0.0.42,proto=1,tos=0/0x3,frag=no), packets:0, bytes:0, used:never, actions:tnl_push(tnl_port(vxlan_sys_6677),\
header(size=50,type=4,eth(dst=02:6d:01:00:00:2a,src=02:6d:01:00:00:29,dl_type=0x0800),ipv4(src=172.16.1.41,dst=172.16.1.42,proto=17,\
tos=0,ttl=64,frag=0x4000),udp(src=0,dst=6677,csum=0x0),vxlan(flags=0x8000000,vni=0x1a15)),out_port(br-eth1)),eth1
"""
OVS_RULES = """\
 cookie=0x0, duration=15.593s, table=0, n_packets=12, n_bytes=1008, priority=30,dl_dst=fa:16:3e:00:00:29 \
actions=multipath(symmetric_l3l4,0,modulo_n,1,0,NXM_NX_REG0[0]),output:"tapedc185e2-34"
 cookie=0x0, duration=15.592s, table=0, n_packets=4, n_bytes=336, priority=5,dl_dst=fa:16:3e:00:00:2a \
actions=multipath(symmetric_l3l4,0,modulo_n,1,0,NXM_NX_REG0[0]),load:0xac10012a->NXM_NX_TUN_IPV4_DST[],output:tnvxlan
 cookie=0x0, duration=15.590s, table=0, n_packets=11, n_bytes=782, priority=1,dl_dst=01:00:00:00:00:00/01:00:00:00:00:00 \
actions=output:"tapedc185e2-34",load:0xac10011f->NXM_NX_TUN_IPV4_DST[],output:tnvxlan
"""


@pytest.fixture
def vswitch(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What Open vSwitch's tools print, by the tool; nothing else is printed."""
    told: dict[str, str] = {}
    monkeypatch.setattr(openvswitch, "_output", lambda *command: told.get(command[0], ""))
    return told


def test_flows_of_open_vswitch_are_told_apart_by_addresses_and_protocol_and_added_up_over_ports(vswitch: dict[str, str]) -> None:
    vswitch["ovs-appctl"] = OVS_FLOWS
    tcp = ("fa:16:3e:00:00:2b", "fa:16:3e:00:00:29", "10.0.0.43", "10.0.0.41", 6)
    icmp = ("fa:16:3e:00:00:29", "fa:16:3e:00:00:2a", "10.0.0.41", "10.0.0.42", 1)
    assert openvswitch.flows() == {"tnvxlan": {tcp: [9, 896, 0.5]}, "tapedc185e2-34": {icmp: [0, 0, 0.0]}}


def test_where_open_vswitch_sends_packets(vswitch: dict[str, str]) -> None:
    vswitch["ovs-ofctl"] = OVS_RULES
    assert openvswitch.places() == {"fa:16:3e:00:00:29": ("tapedc185e2-34", None), "fa:16:3e:00:00:2a": ("tnvxlan", "172.16.1.42")}


def test_counters_of_open_vswitch(vswitch: dict[str, str]) -> None:
    vswitch["ovs-vsctl"] = "{rx_bytes=2746, rx_packets=33, tx_bytes=17644, tx_packets=122}\n"
    assert openvswitch.statistics("tnvxlan") == {"rx_bytes": 2746, "rx_packets": 33, "tx_bytes": 17644, "tx_packets": 122}
    vswitch["ovs-appctl"] = "netdev@ovs-netdev:\n  lookups: hit:291 missed:78 lost:0\n  flows: 76\n"
    assert openvswitch.lookups() == (291, 78)


def test_ports_of_open_vswitch_are_those_of_the_overlay(vswitch: dict[str, str]) -> None:
    listed = 'name,ofport\nbr-eth1,65534\n"tapedc185e2-34",1\neth1,1\ntnvxlan,1000\nbr-overlay,65534\n'
    vswitch["ovs-vsctl"] = f"{listed}tapedc185e2-34\ntnvxlan\n"
    assert openvswitch.numbers() == {"tapedc185e2-34": 1, "tnvxlan": 1000}


def test_an_open_vswitch_that_does_not_answer(vswitch: dict[str, str]) -> None:
    assert (openvswitch.flows(), openvswitch.places(), openvswitch.statistics("tnvxlan"), openvswitch.lookups()) == ({}, {}, {}, (0, 0))
    assert openvswitch.numbers() == {}
