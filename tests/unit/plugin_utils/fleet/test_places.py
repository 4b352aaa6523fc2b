# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Zones that hosts share, taps where they are, uplinks that nobody is bound to, and what DHCP tells: what must not be named."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.midonet.diagnostics.plugins.plugin_utils import fleet

Facts = dict[str, Any]
PORT = "11f2c21f-6b3a-4f5e-8a1b-1c2d3e4f5000"


def host(name: str, group: str, **subsystems: Any) -> Facts:
    info = {"name": name, "groups": [group], "answer": "complete", "generation": "A"}
    return {"host": info, "about": {}, "agent": {"host_id": f"id-{name}"}, **subsystems}


def link(name: str, **more: Any) -> Facts:
    return {"name": name, "admin_up": True, "carrier": True, "oper_state": "up", "mtu": 1500, **more}


def api(**lists: Any) -> Facts:
    return {**host("api", "api"), "agent": None, "topology": lists, "about": {"topology": {"state": "known"}}}


def of(name: str, *hosts: Facts) -> list[Facts]:
    built: list[Facts] = fleet.build(hosts)[name]
    return built


def zones(**members: str) -> Facts:
    return {
        "zones": [{"id": zone, "name": zone, "type": "vxlan"} for zone in sorted({*members.values()})],
        "members": [{"zone": zone, "host_id": f"id-{name}", "address": "10.0.0.1"} for name, zone in members.items()],
    }


def on(bridge: str, *names: str) -> list[Facts]:
    return [{"id": f"{bridge}-{name}", "kind": "bridge", "device": bridge, "host_id": f"id-{name}"} for name in names]


def test_of_two_zones_with_as_many_hosts_both_sides_are_told() -> None:
    told = of("zone_company", *(host(name, "compute") for name in "ab"), api(**zones(a="one", b="two"), all_ports=on("net", "a", "b")))
    assert {one["host"]: one["apart"] for one in told} == {"a": ["b"], "b": ["a"]}


def test_zones_whose_machines_have_no_network_in_common_may_be_apart() -> None:
    told = of(
        "zone_company",
        *(host(name, "compute") for name in "ab"),
        api(**zones(a="one", b="two"), all_ports=on("net", "a") + on("other", "b")),
    )
    assert [one["apart_count"] for one in told] == [0, 0]


def test_a_gateway_needs_one_zone_with_machines_and_not_all() -> None:
    hosts = [host("a", "compute"), host("b", "compute"), host("g", "gateway")]
    told = of("zone_company", *hosts, api(**zones(a="one", b="two", g="one"), all_ports=[]))
    assert {one["host"]: one["apart_count"] for one in told} == {"a": 0, "b": 0, "g": 0}
    told = of("zone_company", *hosts, api(**zones(a="one", b="two", g="three"), all_ports=[]))
    assert {one["host"]: one["apart_count"] for one in told} == {"a": 0, "b": 0, "g": 2}


def test_a_tap_of_a_common_name_belongs_to_no_port() -> None:
    hosts = [host("a", "compute", links=[link("tap0", carrier=False)]), host("b", "compute", links=[link("tap0")])]
    assert of("taps", *hosts, api(bindings=[{"host_id": "id-a", "interface": "tap0", "port": PORT}])) == []


@pytest.mark.parametrize(
    ("there", "works"), [([], False), ([link("tap11f2c21f-6b")], True), ([link("tap11f2c21f-6b", carrier=False)], False)]
)
def test_a_tap_is_compared_with_the_host_of_its_binding(there: list[Facts], works: bool) -> None:
    hosts = [host("a", "compute", links=there), host("b", "compute", links=[link("tap11f2c21f-6b")])]
    [told] = [
        one
        for one in of("taps", *hosts, api(bindings=[{"host_id": "id-a", "interface": "tap11f2c21f-6b", "port": PORT}]))
        if one["host"] == "b"
    ]
    assert (told["bound_here"], told["bound_host"], told["works_there"]) == (False, "a", works)


def routers(*ports: Facts, bindings: list[Facts]) -> Facts:
    return {"routers": [{"id": "edge", "name": "edge", "asn": 64513}], "ports": list(ports), "bindings": bindings, "hosts": []}


def port(number: int, **more: Any) -> Facts:
    return {
        "id": f"port-{number}",
        "device": "edge",
        "admin_up": True,
        "plugged": False,
        "peer": None,
        "address": f"192.0.2.{number}",
        **more,
    }


@pytest.mark.parametrize("more", [{"peer": "port-9"}, {"plugged": True}, {"admin_up": False}, {"device": "tenant"}])
def test_what_is_no_uplink_is_none_that_a_gateway_lacks(more: Facts) -> None:
    [told] = of("uplink_ports", host("g", "gateway"), api(**routers(port(1, **more), bindings=[])))
    assert (told["bound"], told["free_ports"]) == (False, [])


def test_a_gateway_by_which_a_bridge_leads_outside_lacks_no_uplink() -> None:
    bound = [{"host_id": "id-g", "interface": "eth2", "port": "of a bridge"}]
    assert of("uplink_ports", host("g", "gateway", links=[link("eth2")]), api(**routers(port(1), bindings=bound))) == []


def test_a_port_from_whose_address_a_daemon_speaks_is_its_gateways_uplink() -> None:
    bgp = {"routers": [{"namespace": "bgp-1", "addresses": ["192.0.2.2/24"]}]}
    told = of("uplink_ports", host("g", "gateway", bgp=bgp), api(**routers(port(1), port(2), bindings=[])))
    assert [(one["key"], one["namespace"], one["free_ports"]) for one in told] == [("port-2", "bgp-1", ["192.0.2.2"])]


@pytest.mark.parametrize(
    ("generation", "default", "subnet", "told"),
    [
        ("A", 1500, None, 1450),
        ("A", 1500, 1400, 1400),
        ("A", None, 1500, 1500),
        ("A", None, None, None),
        ("B", 1500, 1500, 1350),
        ("B", None, None, 1350),
    ],
)
def test_machines_are_told_what_the_subnet_has_or_the_agent_works_out(
    generation: str, default: int | None, subnet: int | None, told: int | None
) -> None:
    one = host(
        "a",
        "compute",
        links=[link("eth1", mtu=1400)],
        addresses=[{"address": "10.0.0.1", "link": "eth1", "family": "inet", "prefix_length": 24}],
    )
    one["host"]["generation"] = generation
    one["agent"]["settings"] = {"of_host": True, "dhcp_mtu_bytes": default}
    lists = {
        **zones(a="one"),
        "all_ports": on("net", "a"),
        "bridges": [{"id": "net"}],
        "subnets": [{"bridge": "net", "mtu": subnet, "enabled": True}],
    }
    [found] = of("announced_mtus", one, api(**lists))
    assert (found["told"], found["room"]) == (told, 1350)
