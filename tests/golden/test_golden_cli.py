"""What midonet-cli printed, against the REST bodies that it was given (GOLDEN_DIR/cli; see test_golden.py).

`NAME.cmd` tells which listing `NAME.txt` is; `rest/` holds the API's answers, each file named after its path. Other commands than the
listings below are not read here.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import midonet_cli

CLI = Path(os.environ.get("GOLDEN_DIR") or Path(__file__).parent / "data") / "cli"
Row = dict[str, Any]

# command -> (parser, path of the REST body, what of each REST object the line must say)
LISTINGS: list[tuple[str, Callable[[str], Any], str, Callable[[Row], Row]]] = [
    (
        r"list host",
        midonet_cli.parse_hosts,
        "hosts",
        lambda one: {"id": one["id"], "name": one["name"], "alive": one["alive"], "addresses": one.get("addresses") or None},
    ),
    (
        r"list tunnel-zone",
        midonet_cli.parse_tunnel_zones,
        "tunnel_zones",
        lambda one: {"id": one["id"], "name": one["name"], "type": one["type"]},
    ),
    (
        r"tunnel-zone (\S+) list member",
        midonet_cli.parse_members,
        "tunnel_zones__{}__hosts",
        lambda one: {"zone": one["tunnelZoneId"], "host": one["hostId"], "address": one["ipAddress"]},
    ),
    (
        r"list router",
        midonet_cli.parse_routers,
        "routers",
        lambda one: {"id": one["id"], "name": one["name"], "admin_up": one["adminStateUp"], "asn": one["asNumber"]},
    ),
    (
        r"router (\S+) list port",
        midonet_cli.parse_ports,
        "routers__{}__ports",
        lambda one: {
            "id": one["id"],
            "device": one["deviceId"],
            "admin_up": one["adminStateUp"],
            "plugged": one["active"],
            "mac": one["portMac"],
            "address": one["portAddress"],
            "network": f"{one['networkAddress']}/{one['networkLength']}",
            "peer": one["peerId"],
        },
    ),
    (
        r"host (\S+) list binding",
        midonet_cli.parse_bindings,
        "hosts__{}__ports",
        lambda one: {"host": one["hostId"], "interface": one["interfaceName"], "port": one["portId"]},
    ),
    (
        r"host (\S+) list interface",
        midonet_cli.parse_interfaces,
        "hosts__{}__interfaces",
        lambda one: {"name": one["name"], "host": one["hostId"], "mtu": one["mtu"], "status": one["status"], "addresses": one["addresses"]},
    ),
    (
        r"router (\S+) list bgp-peer",
        midonet_cli.parse_bgp_peers,
        "routers__{}__bgp_peers",
        lambda one: {"id": one["id"], "asn": one["asNumber"], "address": one["address"]},
    ),
    (
        r"router (\S+) list bgp-network",
        midonet_cli.parse_bgp_networks,
        "routers__{}__bgp_networks",
        lambda one: {"id": one["id"], "network": f"{one['subnetAddress']}/{one['subnetLength']}"},
    ),
]


def listing(command: str) -> tuple[Callable[[str], Any], str, Callable[[Row], Row]] | None:
    for pattern, parse, path, wanted in LISTINGS:
        found = re.fullmatch(pattern, command)
        if found:
            return parse, path.format(*found.groups()), wanted
    return None


COMMANDS = [path for path in sorted(CLI.glob("*.cmd")) if listing(path.read_text().strip())]


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: path.stem)
def test_listing_says_what_the_api_said(path: Path) -> None:
    found = listing(path.read_text().strip())
    assert found is not None
    parse, rest, wanted = found
    text = path.with_suffix(".txt").read_text()
    parsed = parse(text)
    truth = [wanted(one) for one in json.loads((CLI / "rest" / f"{rest}.json").read_text())]
    assert parsed.state == ("ok" if truth else "empty")
    assert parsed.unread == []
    assert [{name: row[name] for name in true} for row, true in zip(parsed.data, truth, strict=True)] == truth


OLD = [path for path in sorted(CLI.glob("cli-2015.06/*.txt")) if (CLI / f"{path.stem}.cmd").exists()]


@pytest.mark.parametrize("path", OLD, ids=lambda path: path.stem)
def test_listing_of_2015_06_is_the_beginning_of_the_newer_one(path: Path) -> None:
    """The same stub, fewer fields, and one listing that the tool gave up with an error."""
    found = listing((CLI / f"{path.stem}.cmd").read_text().strip())
    assert found is not None
    parse, rest, wanted = found
    text = path.read_text()
    parsed = parse(text)
    truth = [wanted(one) for one in json.loads((CLI / "rest" / f"{rest}.json").read_text())]
    failed = "Internal error" in text
    assert parsed.state == ("partial" if failed else "ok")
    assert (parsed.error is not None) == failed
    assert parsed.unread == []
    assert len(parsed.data) == len(truth) or failed
    for row, true in zip(parsed.data, truth, strict=False):
        assert {name: row[name] for name in true} == true


def test_errors_on_standard_output() -> None:
    parsed = midonet_cli.parse_hosts((CLI / "syntax-error.txt").read_text())
    assert (parsed.state, parsed.data) == ("tool_error", [])
    assert parsed.error == "Syntax error at: ...hostz"
