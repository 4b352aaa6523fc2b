"""A table of sessions printed in each daemon's layout. Quagga's text is reconstructed; FRR's is compared in tests/recorded too."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import vtysh, vtysh_config, vtysh_neighbors
from hypothesis import given, settings
from hypothesis import strategies as st

STATES = {
    "idle": "Idle",
    "idle_admin": "Idle (Admin)",
    "idle_max_prefixes": "Idle (PfxCt)",
    "connect": "Connect",
    "active": "Active",
    "open_sent": "OpenSent",
    "open_confirm": "OpenConfirm",
}
octet = st.integers(0, 255)
address = st.tuples(octet, octet, octet, octet).map(lambda parts: ".".join(map(str, parts))) | st.just("2001:db8:1234:5678::9abc:1")
peer = st.fixed_dictionaries(
    {
        "address": address,
        "remote_as": st.integers(1, 2**32 - 1),
        "state": st.sampled_from(["established", *STATES]),
        "prefixes_received": st.integers(0, 10**7),
        "uptime_s": st.none() | st.integers(0, 86399),
    }
)


def clock(seconds: int | None) -> str:
    return "never" if seconds is None else f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def last(one: dict[str, Any]) -> str:
    return str(one["prefixes_received"]) if one["state"] == "established" else STATES[one["state"]]


def quagga(peers: list[dict[str, Any]]) -> str:
    out = "BGP router identifier 10.0.0.1, local AS number 64512\nRIB entries 3, using 336 bytes of memory\n"
    out += f"Peers {len(peers)}, using 4560 bytes of memory\n\n"
    out += "Neighbor        V    AS MsgRcvd MsgSent   TblVer  InQ OutQ Up/Down  State/PfxRcd\n"
    for one in peers:
        name = one["address"].ljust(16) if len(one["address"]) < 16 else one["address"] + "\n" + " " * 16
        out += f"{name}4 {one['remote_as']:5d} {1:7d} {2:7d} {0:8d} {0:4d} {0:4d} {clock(one['uptime_s']):>8} {last(one):>8}\n"
    return out + f"\nTotal number of neighbors {len(peers)}\n"


def frr(peers: list[dict[str, Any]]) -> str:
    width = max([16, *(len(one["address"]) + 1 for one in peers)])
    out = "\nIPv4 Unicast Summary (VRF default):\nBGP router identifier 10.0.0.1, local AS number 64512 vrf-id 0\nBGP table version 2\n"
    out += "RIB entries 4, using 768 bytes of memory\nPeers 1, using 724 KiB of memory\n\n"
    out += "Neighbor".ljust(width) + "V         AS   MsgRcvd   MsgSent   TblVer  InQ OutQ  Up/Down State/PfxRcd   PfxSnt Desc\n"
    for one in peers:
        out += f"{one['address']:{width}}4 {one['remote_as']:10d} {15:9d} {14:9d} {0:8d} {0:4d} {0:4d} {clock(one['uptime_s']):>8} "
        out += f"{last(one):>12} {2:8d} N/A\n"
    return out + f"\nTotal number of neighbors {len(peers)}\n"


def frr_json(peers: list[dict[str, Any]]) -> str:
    rows = {
        one["address"]: {
            "remoteAs": one["remote_as"],
            "pfxRcd": one["prefixes_received"],
            "state": STATES.get(one["state"], "Established"),
            "peerState": "OK",
            "peerUptime": clock(one["uptime_s"]),
            "peerUptimeMsec": (one["uptime_s"] or 0) * 1000,
        }
        for one in peers
    }
    return json.dumps({"ipv4Unicast": {"routerId": "10.0.0.1", "as": 64512, "peers": rows}}, indent=2)


@settings(max_examples=80, deadline=None)
@given(st.lists(peer, max_size=5, unique_by=lambda one: one["address"]))
def test_the_same_table_in_every_layout(peers: list[dict[str, Any]]) -> None:
    wanted = [{**one, "prefixes_received": one["prefixes_received"] if one["state"] == "established" else None} for one in peers]
    for text, software in ((quagga(peers), "quagga"), (frr(peers), "frr"), (frr_json(peers), "frr")):
        parsed = vtysh.parse_summary(text)
        assert (parsed.state, parsed.unread, parsed.data["software"]) == ("ok", [], software)
        assert (parsed.data["router_id"], parsed.data["local_as"]) == ("10.0.0.1", 64512)
        assert [{name: row[name] for name in peer.wrapped_strategy.mapping} for row in parsed.data["peers"]] == wanted


def test_a_state_that_nobody_knows_is_null() -> None:
    peers = [{"address": "10.0.0.2", "remote_as": 1, "state": "idle", "prefixes_received": 0, "uptime_s": 1}]
    parsed = vtysh.parse_summary(quagga(peers).replace("    Idle\n", " Pondering\n"))
    assert parsed.data["peers"][0]["state"] is None
    assert parsed.data["peers"][0]["prefixes_received"] is None


def test_cut_json_keeps_complete_peers() -> None:
    peers = [{"address": f"10.0.0.{n}", "remote_as": n, "state": "established", "prefixes_received": n, "uptime_s": 1} for n in (1, 2, 3)]
    text = frr_json(peers)
    parsed = vtysh.parse_summary(text[: text.index("10.0.0.3") + 30])
    assert parsed.state == "partial"
    assert [one["address"] for one in parsed.data["peers"]] == ["10.0.0.1", "10.0.0.2"]


def test_a_configuration_without_its_end_is_partial() -> None:
    text = "Current configuration:\n!\nrouter bgp 64512\n neighbor 10.0.0.2 remote-as 64513\n neighbor 10.0.0.3 remote-as 6451"
    parsed = vtysh_config.parse_running_config(text)
    assert parsed.state == "partial"
    assert [one["address"] for one in parsed.data["routers"][0]["neighbours"]] == ["10.0.0.2"]


def test_a_neighbour_of_an_interface_whose_number_is_not_known_yet() -> None:
    """FRR from 10 on: remote-as auto, and nobody has answered."""
    text = (
        "BGP neighbor on eth0: (unspec), remote AS Unspecified, local AS 64513, unspecified link\n"
        "  BGP version 4, remote router ID 0.0.0.0, local router ID 203.0.113.31\n"
        "  BGP state = Idle\n"
        "BGP neighbor is *203.0.113.9, remote AS 64512, local AS 64513 no-prepend replace-as dual-as, external link\n"
        "  BGP state = Active\n"
        "Next connect timer due in 8 seconds\n"
        "MRAI (interval 30) timer expires in 7 seconds\n"
    )
    parsed = vtysh_neighbors.parse(text)
    assert (parsed.state, parsed.unread) == ("ok", [])
    assert [(one["address"], one["remote_as"], one["external"], one["state"]) for one in parsed.data] == [
        ("eth0", None, None, "idle"),
        ("203.0.113.9", 64512, True, "active"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "No IPv4 neighbor is configured\n",
        "No IPv4 Unicast neighbor is configured\n",
        "No L2VPN EVPN neighbor is configured\n",
        "% No BGP neighbors found in VRF default\n",
    ],
)
def test_that_there_is_no_neighbour_is_an_answer(text: str) -> None:
    parsed = vtysh.parse_summary(text)
    assert (parsed.state, parsed.unread, parsed.data["peers"]) == ("ok", [], [])
