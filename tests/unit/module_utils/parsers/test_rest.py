# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers of the REST API: the lists that are not the first of their parser, errors, cuts and media types."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import (
    _rest,
    rest_bgp,
    rest_bridges,
    rest_chains,
    rest_hosts,
    rest_ports,
    rest_routers,
    rest_tunnel_zones,
)
from parser_cases import work

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures"
ROUTER = "5a7d6f1e-33c2-4d0e-90a2-17d1e0000001"


def fixture(name: str) -> str:
    return (FIXTURES / name).read_text(encoding="utf-8")


def test_interfaces() -> None:
    parsed = rest_hosts.parse_interfaces(fixture("rest_hosts/interfaces_v5.2.txt"))
    assert parsed.state == "ok"
    assert [(one["name"], one["mtu"], one["up"], one["link"], one["endpoint"]) for one in parsed.data] == [
        ("eth0", 1500, True, True, "PHYSICAL"),
        ("lo", 65536, True, True, "LOCALHOST"),
        ("mbgp0", 1500, False, False, "DATAPATH"),
    ]
    assert parsed.data[0]["addresses"] == ["10.0.0.1", "fe80:0:0:0:5054:ff:fe00:1"]


def test_bindings_and_members() -> None:
    bindings = rest_hosts.parse_bindings(fixture("rest_hosts/bindings_v5.2.txt"))
    assert bindings.state == "ok"
    assert (bindings.data[0]["interface"], bindings.data[0]["port"]) == ("eth1", "0df2c21f-6b3a-4f5e-8a1b-1c2d3e4f5000")
    members = rest_tunnel_zones.parse_members(fixture("rest_tunnel_zones/members_v5.2.txt"))
    assert [one["address"] for one in members.data] == ["172.16.0.11", "172.16.0.12", "172.16.0.13"]
    assert members.data[0]["zone"] == "a1c9c3f5-1f0c-4d4b-8b22-0a5e4c0d0001"


def test_routes() -> None:
    parsed = rest_routers.parse_routes(fixture("rest_routers/routes_v5.2.txt"))
    assert parsed.state == "ok"
    route = parsed.data[0]
    assert (route["destination"], route["source"], route["gateway"], route["type"]) == ("0.0.0.0/0", "0.0.0.0/0", "192.168.1.254", "normal")
    assert (route["router"], route["weight"], route["learned"]) == (ROUTER, 100, True)
    old = '[{"dstNetworkAddr":"10.0.0.0","dstNetworkLength":24,"nextHopGateway":"255.255.255.255","type":"BlackHole"}]'
    assert [(one["gateway"], one["type"], one["learned"]) for one in rest_routers.parse_routes(old).data] == [(None, "blackhole", None)]


def test_networks_of_both_generations() -> None:
    new = rest_bgp.parse_networks(fixture("rest_bgp/networks_v5.2.txt"))
    old = rest_bgp.parse_networks('[{"id":"a","nwPrefix":"203.0.113.0","prefixLength":24,"bgpId":"b"}]')
    assert [(one["network"], one["router"], one["peer"]) for one in new.data + old.data] == [
        ("203.0.113.0/24", ROUTER, None),
        ("203.0.113.0/24", None, "b"),
    ]


def test_passwords_are_not_read() -> None:
    for password, told in (('"secret"', True), ("null", False), ('"***REDACTED***"', True)):
        parsed = rest_bgp.parse(f'[{{"address":"1.2.3.4","asNumber":1,"password":{password}}}]')
        assert parsed.data[0]["password"] is told and "secret" not in str(parsed)


def test_dhcp_and_tables() -> None:
    subnet = (
        '[{"bridgeId":"b","subnetPrefix":"10.1.0.0","subnetLength":24,"defaultGateway":"10.1.0.1","serverAddr":"10.1.0.2",'
        '"dnsServerAddrs":["8.8.8.8"],"interfaceMTU":1450,"enabled":true},{"subnetPrefix":"10.2.0.0","subnetLength":24,"interfaceMTU":0}]'
    )
    first, second = rest_bridges.parse_subnets(subnet).data
    assert (first["network"], first["mtu"], first["dns_servers"], first["enabled"]) == ("10.1.0.0/24", 1450, ["8.8.8.8"], True)
    assert (second["mtu"], second["enabled"], second["dns_servers"]) == (None, None, [])
    leases = rest_bridges.parse_leases('[{"macAddr":"FA:16:3E:00:00:01","ipAddr":"10.1.0.5","name":"vm1"}]')
    assert leases.data == [{"mac": "fa:16:3e:00:00:01", "address": "10.1.0.5", "name": "vm1"}]
    tables = rest_bridges.parse_tables('[{"macAddr":"fa:16:3e:00:00:01","portId":"p"},{"ip":"10.1.0.5","mac":"fa:16:3e:00:00:01"}]')
    assert [(one["port"], one["address"]) for one in tables.data] == [("p", None), (None, "10.1.0.5")]


RULES = """[
{"id":"1","chainId":"c","type":"accept","position":1,"nwProto":6,"tpDst":{"start":22,"end":22},"nwSrcAddress":"10.0.0.0","nwSrcLength":8,
 "dlType":2048,"matchReturnFlow":false,"invNwSrc":true,"inPorts":["p"],"vlan":null},
{"id":"2","type":"jump","position":2,"jumpChainId":"d","jumpChainName":"OS_SG"},
{"id":"3","type":"dnat","position":3,"natTargets":[{"addressFrom":"10.1.0.5","addressTo":"10.1.0.5"},{"addressFrom":"a","addressTo":"b"}]}]"""


def test_rules() -> None:
    parsed = rest_chains.parse_rules(RULES)
    assert parsed.state == "ok"
    accept, jump, nat = parsed.data
    assert (accept["protocol"], accept["destination_ports"], accept["source"], accept["ether_type"]) == (6, [22, 22], "10.0.0.0/8", 2048)
    assert (accept["inverted"], accept["other"], accept["return_flow"]) == (["source"], ["inPorts"], False)
    assert (jump["type"], jump["jump_chain"], nat["targets"]) == ("jump", "d", ["10.1.0.5", "a-b"])


def test_errors_are_no_answers() -> None:
    for said in ('{"message":"not found","code":404,"violations":[]}', '{"code":500,"message":"x"}'):
        parsed = rest_ports.parse(said)
        assert (parsed.state, parsed.data) == ("tool_error", [])
        assert parsed.error
    assert rest_ports.parse("curl: (7) Failed to connect: Connection refused\n").state == "tool_error"
    assert rest_ports.parse("<html>502</html>").state == "not_understood"
    assert rest_ports.parse("[]").state == "ok"
    assert rest_ports.parse("").state == "empty"


def test_what_was_cut_gives_what_stands_before_the_cut() -> None:
    text = fixture("rest_ports/v5.2.txt")
    whole = rest_ports.parse(text).data
    for at in range(1, len(text) - 3, 13):
        parsed = rest_ports.parse(text[:at])
        assert parsed.data == whole[: len(parsed.data)]
        assert parsed.state == ("partial" if parsed.data else "not_understood") or text[:at].strip() == "["
        assert len(parsed.unread) == 1


def test_an_object_of_another_kind_is_told() -> None:
    parsed = rest_ports.parse('[\n {"id": "x"},\n {"id":"y","adminStateUp":true,"type":"Router"}]')
    assert (parsed.state, [one["id"] for one in parsed.data]) == ("partial", ["y"])
    assert [(one.line, one.column) for one in parsed.unread] == [(2, 2)]


def test_a_long_list_on_one_line_takes_linear_work() -> None:
    one = json.loads(fixture("rest_ports/v5.2.txt"))[0]
    small, large = (json.dumps([one] * count) for count in (200, 800))
    assert len(rest_ports.parse(large).data) == 800
    assert work(rest_ports.parse, large) < 4.5 * work(rest_ports.parse, small)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("application/vnd.org.midonet.collection.Port-v3+json", ("Port", 3, True)),
        ("application/vnd.org.midonet.Host-v2+json;charset=UTF-8", ("Host", 2, False)),
        ("application/vnd.org.midonet.neutron.Network-v1+json", ("neutron.Network", 1, False)),
        ("application/json", None),
    ],
)
def test_media_types(text: str, meaning: tuple[str, int, bool] | None) -> None:
    assert _rest.media_type(text) == meaning
