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
from standin import midonet_cli_text, mm_dpctl_text, mm_tools_text, rest  # noqa: E402

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
        return True

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
