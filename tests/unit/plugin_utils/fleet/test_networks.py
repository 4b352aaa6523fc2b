"""Indexes of addresses, held against a walk through all of them."""

from __future__ import annotations

import ipaddress

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.fleet.hosts import Fleet, read_host
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.fleet.routing import Networks
from hypothesis import given
from hypothesis import strategies as st

# Few bits vary, so that addresses meet networks.
V4 = st.builds(lambda high, low: f"10.0.{high}.{low}", st.integers(0, 3), st.integers(0, 255))
V6 = st.builds(lambda low: f"fd00::{low:x}", st.integers(0, 0xFFFF))
NETWORKS = st.one_of(
    st.builds(lambda address, length: f"{address}/{length}", V4, st.integers(0, 32)),
    st.builds(lambda address, length: f"{address}/{length}", V6, st.integers(100, 128)),
)


def inside(address: str, network: str) -> bool:
    return ipaddress.ip_address(address) in ipaddress.ip_network(network, strict=False)


@given(st.lists(NETWORKS, max_size=6), st.one_of(V4, V6))
def test_networks(networks: list[str], address: str) -> None:
    assert (address in Networks(networks)) == any(inside(address, network) for network in networks)


def test_what_is_no_address_is_in_no_network() -> None:
    assert "" not in Networks(["0.0.0.0/0", "no network", "10.0.0.0/99"])


@given(st.lists(st.lists(st.one_of(V4, st.just("?")), max_size=3), max_size=5), NETWORKS)
def test_inside(addresses: list[list[str]], network: str) -> None:
    hosts = [
        read_host({"host": {"name": f"h{number}"}, "addresses": [{"family": "inet", "address": address} for address in own]})
        for number, own in enumerate(addresses)
    ]
    every = [(host.name, address) for host, own in zip(hosts, addresses, strict=True) for address in own]
    wanted = [(name, address) for name, address in every if ":" not in network and address != "?" and inside(address, network)]
    found = Fleet(hosts).inside(network)
    assert [(host.name, address) for _number, host, address in found] == wanted
    assert found == sorted(found, key=lambda one: one[0])
