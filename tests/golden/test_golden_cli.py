"""What midonet-cli printed, against the REST bodies that it was given (GOLDEN_DIR/cli; see test_golden.py), every field both ways.

`NAME.cmd` tells which listing `NAME.txt` is; `rest/` holds the API's answers, each file named after its path. Other commands than
those of LISTINGS are not read here.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import midonet_cli, vtysh_neighbors

CLI = Path(os.environ.get("GOLDEN_DIR") or Path(__file__).parent / "data") / "cli"
Row = dict[str, Any]


def _network(one: Row, address: str, length: str) -> str | None:
    return None if one.get(address) is None else f"{one[address]}/{one.get(length)}"


def _or_none(values: list[Any] | None) -> list[Any] | None:
    """The tool leaves out empty lists."""
    return values or None


# What a line must say of each REST object. A field of newer releases that an old tool does not know is None in its lines.
def host(one: Row) -> Row:
    limit = one.get("containerLimit")
    return {
        "id": one["id"],
        "name": one.get("name"),
        "alive": one["alive"],
        "addresses": _or_none(one.get("addresses")),
        "flooding_proxy_weight": one.get("floodingProxyWeight"),
        "container_weight": one.get("containerWeight"),
        "container_limit": None if limit == -1 else limit,
        "enforce_container_limit": one.get("enforceContainerLimit"),
    }


def zone(one: Row) -> Row:
    return {"id": one["id"], "name": one.get("name"), "type": one["type"]}


def member(one: Row) -> Row:
    return {"zone": one["tunnelZoneId"], "host": one["hostId"], "address": one["ipAddress"]}


def router(one: Row) -> Row:
    return {
        "id": one["id"],
        "name": one.get("name"),
        "admin_up": one["adminStateUp"],
        "infilter": one.get("inboundFilterId"),
        "outfilter": one.get("outboundFilterId"),
        "local_redirect": one.get("localRedirectChainId"),
        "load_balancer": one.get("loadBalancerId"),
        "asn": one.get("asNumber"),
        "in_mirrors": _or_none(one.get("inboundMirrorIds")),
        "out_mirrors": _or_none(one.get("outboundMirrorIds")),
    }


def port(one: Row) -> Row:
    return {
        "id": one["id"],
        "device": one["deviceId"],
        "admin_up": one["adminStateUp"],
        "plugged": one["active"],
        "vlan": one.get("vlanId"),
        "mac": one.get("portMac"),
        "address": one.get("portAddress"),
        "network": _network(one, "networkAddress", "networkLength"),
        "peer": one.get("peerId"),
        "infilter": one.get("inboundFilterId"),
        "outfilter": one.get("outboundFilterId"),
        "in_mirrors": _or_none(one.get("inboundMirrorIds")),
        "out_mirrors": _or_none(one.get("outboundMirrorIds")),
        "insertions": _or_none(one.get("insertions") if isinstance(one.get("insertions"), list) else None),
        "vni": one.get("rtrPortVni"),
        "vxlan_off_ramp": one.get("offRampVxlan"),
    }


def binding(one: Row) -> Row:
    return {"host": one["hostId"], "interface": one["interfaceName"], "port": one["portId"]}


def interface(one: Row) -> Row:
    names = ("name", "status", "addresses", "mac", "mtu", "type", "endpoint")
    return {"host": one["hostId"], **{name: one.get(name) for name in names}}


def bgp_peer(one: Row) -> Row:
    return {
        "id": one["id"],
        "asn": one["asNumber"],
        "address": one["address"],
        "keep_alive_s": one.get("keepAlive"),
        "hold_time_s": one.get("holdTime"),
        "connect_retry_s": one.get("connectRetry"),
        "password": one.get("password"),
    }


def bgp_network(one: Row) -> Row:
    return {"id": one["id"], "network": _network(one, "subnetAddress", "subnetLength")}


# command -> (parser, path of the REST body, what a line says of one of its objects)
LISTINGS: list[tuple[str, Callable[[str], Any], str, Callable[[Row], Row]]] = [
    (r"list host", midonet_cli.parse_hosts, "hosts", host),
    (r"list tunnel-zone", midonet_cli.parse_tunnel_zones, "tunnel_zones", zone),
    (r"tunnel-zone (\S+) list member", midonet_cli.parse_members, "tunnel_zones__{}__hosts", member),
    (r"list router", midonet_cli.parse_routers, "routers", router),
    (r"router (\S+) list port", midonet_cli.parse_ports, "routers__{}__ports", port),
    (r"(?:router \S+ )?port (\S+) show", midonet_cli.parse_ports, "ports__{}", port),
    (r"host (\S+) list binding", midonet_cli.parse_bindings, "hosts__{}__ports", binding),
    (r"host (\S+) list interface", midonet_cli.parse_interfaces, "hosts__{}__interfaces", interface),
    (r"router (\S+) list bgp-peer", midonet_cli.parse_bgp_peers, "routers__{}__bgp_peers", bgp_peer),
    (r"router (\S+) list bgp-network", midonet_cli.parse_bgp_networks, "routers__{}__bgp_networks", bgp_network),
]


def listing(command: str) -> tuple[Callable[[str], Any], Path, Callable[[Row], Row]] | None:
    for pattern, parse, name, wanted in LISTINGS:
        found = re.fullmatch(pattern, command)
        body = CLI / "rest" / f"{name.format(*found.groups())}.json" if found else None
        if body is not None and body.is_file():
            return parse, body, wanted
    return None


def rows(body: Path, wanted: Callable[[Row], Row]) -> list[Row]:
    found = json.loads(body.read_text(encoding="utf-8"))
    return [wanted(one) for one in (found if isinstance(found, list) else [found])]


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="surrogateescape")


def code_of(path: Path) -> int:
    file = path.with_suffix(".rc")
    return int(file.read_text()) if file.is_file() else 0


COMMANDS = [path for path in sorted(CLI.glob("*.cmd")) if listing(path.read_text().strip()) and code_of(path) == 0]


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: path.stem)
def test_listing_says_what_the_api_said(path: Path) -> None:
    found = listing(path.read_text().strip())
    assert found is not None
    parse, body, wanted = found
    parsed = parse(text_of(path.with_suffix(".txt")))
    truth = rows(body, wanted)
    assert parsed.unread == []
    assert parsed.data == truth
    assert parsed.state == ("ok" if truth else "empty")


FAILED = [path for path in sorted(CLI.glob("*.cmd")) if listing(path.read_text().strip()) is None and code_of(path) != 0]


@pytest.mark.parametrize("path", FAILED, ids=lambda path: path.stem)
def test_a_command_that_failed_says_why(path: Path) -> None:
    parsed = midonet_cli.parse_hosts(text_of(path.with_suffix(".txt")))
    assert (parsed.state, parsed.data) == ("tool_error", [])
    assert parsed.error == text_of(path.with_suffix(".txt")).strip().split("\n")[0]


OLD = [path for path in sorted(CLI.glob("cli-2015.06/*.txt")) if listing((CLI / f"{path.stem}.cmd").read_text().strip())]


@pytest.mark.parametrize("path", OLD, ids=lambda path: path.stem)
def test_listing_of_2015_06_is_the_beginning_of_the_newer_one(path: Path) -> None:
    """The same stub, fewer fields, and one listing that the tool gave up with an error."""
    found = listing((CLI / f"{path.stem}.cmd").read_text().strip())
    assert found is not None
    parse, body, wanted = found
    text = text_of(path)
    parsed = parse(text)
    truth = rows(body, wanted)
    failed = "Internal error" in text
    assert parsed.state == ("partial" if failed else "ok")
    assert (parsed.error is not None) == failed
    assert parsed.unread == []
    assert len(parsed.data) == len(truth) or failed
    for row, true in zip(parsed.data, truth, strict=False):
        assert {name: true[name] for name, value in row.items() if value is not None} == {
            name: value for name, value in row.items() if value is not None
        }
        assert set(row) == set(true)


BGP = [path for path in sorted(CLI.glob("*.cmd")) if path.read_text().strip().endswith("show bgp-status") and code_of(path) == 0]


@pytest.mark.parametrize("path", BGP, ids=lambda path: path.stem)
def test_the_bgp_status_is_what_bgpd_said(path: Path) -> None:
    text = text_of(path.with_suffix(".txt"))
    [identifier] = re.findall(r"port (\S+) show", path.read_text())
    body = json.loads((CLI / "rest" / f"ports__{identifier}.json").read_text(encoding="utf-8"))
    assert text.rstrip("\n") == body["bgpStatus"].rstrip("\n")
    parsed = vtysh_neighbors.parse(text)
    assert parsed.unread == []
    [address] = [one["address"] for one in parsed.data]
    assert f"BGP neighbor is {address}," in text
