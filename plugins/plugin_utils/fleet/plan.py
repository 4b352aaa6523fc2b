# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What each host is asked in the second round. PRIVATE."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.fleet import servers, tunnels
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.fleet.hosts import Entry, Fleet, Host, is_everywhere, most_common


def build(fleet: Fleet, endpoints: list[Entry], peers: Mapping[str, list[str]]) -> dict[str, dict[str, Any]]:
    ends: dict[str, Entry] = {entry["host"]: entry for entry in endpoints if entry["address"]}
    fallback = {
        "zookeeper": _usual(fleet, "zookeeper") or _own_addresses(fleet, "zookeeper", "client_port", 2181),
        "cassandra": _usual(fleet, "cassandra") or _own_addresses(fleet, "cassandra", "native_transport_port", 9042),
    }
    asked = {}
    for host in fleet.hosts:
        params = {**_probes(ends.get(host.name), ends, peers.get(host.name, [])), **_servers_of(host, fallback), **_voters(fleet, host)}
        if params:
            asked[host.name] = params
    return asked


def _probes(own: Entry | None, ends: Mapping[str, Entry], peers: list[str]) -> dict[str, Any]:
    # ping cannot use a source address that the host does not have.
    if own is None or own["address_on_host"] is False or not peers:
        return {}
    size = tunnels.payload(own)
    params: dict[str, Any] = {"tunnel_address": own["address"], "tunnel_peers": [ends[peer]["address"] for peer in peers]}
    return {**params, "tunnel_payload": str(size)} if size else params


def _configured(host: Host, service: str) -> list[str]:
    config = host.section("agent").get("config") or {}
    return [str(server) for server in config.get(f"{service}_servers") or ()]


def _usual(fleet: Fleet, service: str) -> list[str]:
    """The list of servers that most agents have."""
    return list(most_common(tuple(servers) for host in fleet.hosts if (servers := _configured(host, service))) or ())


def _own_addresses(fleet: Fleet, group: str, port: str, default: int) -> list[str]:
    """Where the servers themselves say that they are."""
    found = []
    for host in fleet.hosts:
        if not host.is_in(group):
            continue
        config = host.section(group).get("config") or {}
        address = str(config.get("rpc_address") or "")
        if not address or is_everywhere(address, ""):
            own = (str(row.get("address")) for row in host.rows("addresses") if row.get("family") == "inet")
            address = next((one for one in own if not is_everywhere(one, "")), "")
        if address:
            found.append(f"{address}:{config.get(port) or default}")
    return found


def _servers_of(host: Host, fallback: Mapping[str, list[str]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if host.is_in("compute", "gateway", "api"):
        found["zookeeper_servers"] = _configured(host, "zookeeper") or fallback["zookeeper"]
    if host.is_in("compute", "gateway"):
        found["cassandra_servers"] = _configured(host, "cassandra") or fallback["cassandra"]
    return {name: servers for name, servers in found.items() if servers}


def _voters(fleet: Fleet, host: Host) -> dict[str, Any]:
    """Where the other voters of a ZooKeeper server's own list take connections for elections."""
    lines = servers.others(fleet, host)
    return {"zookeeper_peers": [servers.election_address(line) for line in lines]} if lines else {}
