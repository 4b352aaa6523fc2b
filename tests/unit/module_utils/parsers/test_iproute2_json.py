# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plain text of iproute2 and its JSON say the same thing: recorded pairs, and the `ip` of this machine."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import ip_addr, ip_link, ip_neigh, ip_route, ip_rule, nft

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures"
COUNTERS = ("packets", "bytes", "errors", "dropped")

needs_ip = pytest.mark.skipif(shutil.which("ip") is None, reason="there is no ip on this machine")


def _ip(*arguments: str) -> str:
    # The arguments are all of this file.
    return subprocess.run(["ip", *arguments], capture_output=True, text=True, check=True).stdout


def _text(tool: str, name: str) -> str:
    return (FIXTURES / tool / f"{name}.txt").read_text()


def _without_counters(links: list[Any]) -> list[Any]:
    """Traffic goes on between two commands."""
    return [{key: value for key, value in link.items() if not key.endswith(COUNTERS)} for link in links]


@pytest.mark.parametrize("host", ["gw1", "zk1"])
def test_recorded_links(host: str) -> None:
    plain = ip_link.parse(_text("ip_link", f"iproute2-6.1_vxlan_{host}")).data
    [vxlan] = ip_link.parse(_text("ip_link", f"iproute2-6.1_vxlan_{host}_json")).data
    # -s without a second -s prints no checksum errors.
    assert {**plain[0], "rx_crc_errors": 0} == vxlan
    assert vxlan["kind"] == "vxlan"
    assert vxlan["master"] == "br100"


FORMS = Path(__file__).resolve().parents[3] / "recorded" / "data" / "host" / "many_forms"


@pytest.mark.parametrize(
    ("tool", "plain", "json"),
    [
        (ip_addr, "addr", "j_addr"),
        (ip_addr, "o_addr", "j_addr"),
        (ip_link, "s_s_d_link_show", "j_s_s_d_link_show"),
        (ip_link, "link_show", "j_link"),
        (ip_route, "route", "j_route"),
        (ip_route, "o_route", "j_route"),
        (ip_route, "6_route_show_table_all", "j_6_route_show_table_all"),
        (ip_rule, "rule", "j_rule"),
        (ip_neigh, "neigh", "j_neigh"),
        (ip_neigh, "s_neigh", "j_s_neigh"),
    ],
)
def test_every_form_of_a_host_is_the_same_in_both(tool: Any, plain: str, json: str) -> None:
    one, other = (tool.parse((FORMS / f"h_ip_{name}.txt").read_text()) for name in (plain, json))
    assert len(one.data) > 2
    assert one == other


def test_both_forms_of_nftables_decide_the_same() -> None:
    """-j of 1.0.6 tells of the matches of iptables no more than their names: rules with them are left out."""
    one, other = (nft.parse((FORMS / f"h_nft_{name}list_ruleset.txt").read_text()).data["rules"] for name in ("", "j_"))
    fields = ("family", "table", "chain", "target", "protocol", "ports", "states", "decidable")
    pairs = [(first, second) for first, second in zip(one, other, strict=True) if first["table"] in "fbn" or first["table"] == "nt"]
    assert len(pairs) > 10
    for first, second in pairs:
        shown = fields if first["decidable"] and second["decidable"] else ("family", "table", "chain", "target", "decidable")
        assert [first[name] for name in shown] == [second[name] for name in shown], first["text"]


@needs_ip
def test_links_of_this_machine() -> None:
    plain, json = ip_link.parse(_ip("-s", "-s", "-d", "link", "show")), ip_link.parse(_ip("-s", "-s", "-d", "-j", "link", "show"))
    assert (plain.state, plain.unread) == (json.state, json.unread)
    assert _without_counters(plain.data) == _without_counters(json.data)
    assert all(link["rx_packets"] is not None for link in plain.data)


@needs_ip
def test_addresses_of_this_machine() -> None:
    assert ip_addr.parse(_ip("addr", "show")) == ip_addr.parse(_ip("-j", "addr", "show"))


@needs_ip
def test_details_beside_addresses_are_passed_over() -> None:
    assert ip_addr.parse(_ip("-s", "-d", "addr", "show")) == ip_addr.parse(_ip("-j", "addr", "show"))


@needs_ip
@pytest.mark.parametrize("table", ["main", "all"])
def test_routes_of_this_machine(table: str) -> None:
    words = ("-4", "route", "show", "table", table)
    assert ip_route.parse(_ip(*words)) == ip_route.parse(_ip("-j", *words))


@needs_ip
def test_neighbours_of_this_machine() -> None:
    words = ("-4", "neigh", "show")
    plain, json = ip_neigh.parse(_ip(*words)), ip_neigh.parse(_ip("-j", *words))
    assert [entry["address"] for entry in plain.data] == [entry["address"] for entry in json.data]


def test_all_links_of_a_recorded_host() -> None:
    links = {link["name"]: link for link in ip_link.parse(_text("ip_link", "iproute2-6.1_compute")).data}
    assert list(links) == ["lo", "eth0", "eth1", "ovs-netdev", "br-phy", "br-int", "tapvm1"]
    assert (links["eth1"]["kind"], links["eth1"]["mtu"], links["eth1"]["rx_bytes"], links["eth1"]["tx_packets"]) == (
        "veth",
        1500,
        329213,
        1054,
    )
    assert (links["ovs-netdev"]["admin_up"], links["ovs-netdev"]["carrier"], links["ovs-netdev"]["kind"]) == (False, None, "tun")
    # The other end is in another namespace: "if2" is no interface here.
    assert links["tapvm1"]["parent"] is None


def test_a_nic_that_was_set_down() -> None:
    links = {link["name"]: link for link in ip_link.parse(_text("ip_link", "iproute2-6.1_nic_down")).data}
    assert [(link["name"], link["oper_state"]) for link in links.values() if link["name"] == "eth1"] == [("eth1", "DOWN")]
    assert links["eth1"]["admin_up"] is False


def test_without_details_the_kind_is_not_guessed() -> None:
    links = {link["name"]: link for link in ip_link.parse(_text("ip_link", "iproute2-6.1_spine")).data}
    assert (links["lo"]["kind"], links["eth1"]["kind"]) == ("loopback", None)


def test_cut_json_gives_the_interfaces_before_the_cut() -> None:
    whole = ip_link.parse(_text("ip_link", "iproute2-6.1_json"))
    cut = ip_link.parse(_text("ip_link", "iproute2-6.1_json_cut"))
    assert cut.state == "partial"
    assert cut.data == whole.data[: len(cut.data)]
    assert 0 < len(cut.data) < len(whole.data)


def test_routes_of_all_tables_tell_their_table() -> None:
    routes = ip_route.parse(_text("ip_route", "iproute2-6.1_all_tables_json")).data
    assert [route["destination"] for route in routes if route["table"] is None and "." in route["destination"]] == [
        "10.20.0.0/16",
        "10.21.0.0/16",
        "10.99.0.0/16",
    ]


def test_a_line_that_was_cut_is_not_believed() -> None:
    text = "1: lo: <UP> mtu 65536\n    inet 10.0.0.1/8 scope global lo\n    inet 10.0.0.2/2"
    parsed = ip_addr.parse(text)
    assert [address["address"] for address in parsed.data] == ["10.0.0.1"]
    assert [(line.line, line.column) for line in parsed.unread] == [(3, 5)]


def test_names_that_look_like_words_of_the_tool() -> None:
    text = "7: mtu@state: <BROADCAST,UP,LOWER_UP> mtu 1500 qdisc mq master state state UP mode DEFAULT group default qlen 1000\n"
    [link] = ip_link.parse(text).data
    assert (link["name"], link["parent"], link["mtu"], link["master"], link["oper_state"]) == ("mtu", "state", 1500, "state", "UP")
