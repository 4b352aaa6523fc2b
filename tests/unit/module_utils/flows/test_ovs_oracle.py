# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Open vSwitch's own reader of its flows (PyPI: ovs) as an oracle for ours, over every recorded dump."""

from __future__ import annotations

import io
import re
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.midonet.diagnostics.plugins.module_utils import flow_dump
from ovs.flow.kv import ParseError
from ovs.flow.odp import ODPFlow

RECORDED = Path(__file__).resolve().parents[3] / "recorded" / "data"
_DUMP = re.compile(r"^\$ ovs-appctl .*dpctl/dump-flows -m\n(.*?)^\[rc=", re.MULTILINE | re.DOTALL)
TEXTS = {
    f"{path.parent.name}/{path.stem}": dump
    for path in sorted(RECORDED.glob("*/*/*bundle.txt"))
    for dump in _DUMP.findall(path.read_text(encoding="utf-8"))
}


def theirs(line: str) -> dict[str, Any]:
    """A flow by their reader, in what both tell; masks left out."""
    flow = ODPFlow(line)
    match = dict(flow.match.items())
    network = match.get("ipv4") or match.get("ipv6")
    tunnel = match.get("tunnel")
    actions = list(flow.actions)
    return {
        "packets": flow.info["packets"],
        "bytes": flow.info["bytes"],
        "in_port": str(match["in_port"]),
        "ethernet": [str(match["eth"][end].eth).replace("-", ":").lower() for end in ("src", "dst")],
        "ethertype": match["eth_type"].value,
        "network": [str(network[end].ip) for end in ("src", "dst")] if network else None,
        "protocol": network["proto"].value if network else None,
        "tunnel": [tunnel["tun_id"].value, str(tunnel["src"].ip), str(tunnel["dst"].ip)] if tunnel else None,
        "outputs": [str(action["output"]["port"]) for action in actions if "output" in action],
        "drops": actions == [{"drop": True}],
    }


def ours(flow: dict[str, Any]) -> dict[str, Any]:
    """The same of a flow of the reducer."""
    keys = {key["key"]: key for key in flow["keys"]}
    network = keys.get("IPv4") or keys.get("IPv6")
    tunnel = keys.get("Tunnel")
    return {
        "packets": flow["packets"],
        "bytes": flow["bytes"],
        "in_port": str(keys["InPort"]["port"]),
        "ethernet": [keys["Ethernet"][end] for end in ("src", "dst")],
        "ethertype": keys["EtherType"]["type"],
        "network": [str(ip_address(network[end])) for end in ("src", "dst")] if network else None,
        "protocol": network["proto"] if network else None,
        "tunnel": [tunnel["tun_id"], tunnel["ipv4_src"], tunnel["ipv4_dst"]] if tunnel else None,
        "outputs": [str(action["port"]) for action in flow["actions"] if action["action"] == "Output"],
        "drops": flow["actions"] == [],
    }


@pytest.mark.parametrize("where", TEXTS)
def test_both_read_the_same_flows(where: str) -> None:
    compared = 0
    for line in (line for line in TEXTS[where].splitlines() if "in_port(" in line):
        try:
            wanted = theirs(line)
        except ParseError:
            # Names of ports in actions other than plain outputs are too much for it (tnl_pop(vxlan_sys_4789)).
            assert "tnl_" in line
            continue
        # Packets of its own, so that it is among the flows with most bytes.
        seen = re.sub(r"packets:[0-9]+, bytes:[0-9]+", "packets:1, bytes:1", line)
        for text, names in ((line, ("packets", "bytes")), (seen, tuple(set(wanted) - {"packets", "bytes"}))):
            found = flow_dump.reduce(io.BytesIO(text.encode() + b"\n"), top=1)
            assert (found["flows"], found["unknown"]) == (1, [])
            read = {**ours(found["top"][0])} if found["top"] else {"packets": found["packets"], "bytes": found["bytes"]}
            assert {name: read[name] for name in names} == {name: wanted[name] for name in names}, line
        compared += 1
    assert compared or "in_port(" not in TEXTS[where]


def test_there_is_something_to_compare() -> None:
    assert sum(text.count("in_port(") for text in TEXTS.values()) > 50
