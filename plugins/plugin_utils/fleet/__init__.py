# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts that exist only between hosts: tunnels, the ensemble, clocks, bindings. PRIVATE to the collection: may change without notice.

``build`` makes lists of subjects out of every host's facts; ``round_two`` says what a host is asked next. What could not be
learnt stays in the lists with null leaves and a reason: a host that is silent must not look like a host without faults.
schema.json describes the result.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.fleet import (
    agents,
    bindings,
    common,
    dhcp,
    firewall,
    gateways,
    links,
    plan,
    servers,
    services,
    software,
    taps,
    times,
    tunnels,
    uplink_ports,
    zones,
)
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.fleet.hosts import Entry, Facts, Lists, index, read_host


def build(hosts: Iterable[Facts]) -> dict[str, Any]:
    """The facts of the fleet out of the facts of its hosts, which may be a stream: each is looked at once.

    The result does not depend on the order in which hosts come; its size and the time it takes grow with the number of
    hosts (pairs are sampled, see tunnels.offsets).
    """
    fleet = index(sorted((read_host(facts) for facts in hosts), key=lambda host: host.name))
    lists: Lists = dict(tunnels.build(fleet))
    endpoints: list[Entry] = lists["tunnel_endpoints"][0]
    peers = tunnels.plan_probes({entry["host"]: entry for entry in endpoints if entry["address"]})
    lists.update(links.build(fleet, endpoints))
    lists.update(agents.build(fleet, lists["tunnel_pairs"][0]))
    lists.update(taps.build(fleet))
    lists.update(zones.build(fleet))
    lists.update(dhcp.build(fleet, endpoints))
    lists.update(bindings.build(fleet))
    lists.update(software.build(fleet))
    lists.update(common.build(fleet))
    lists.update(times.build(fleet))
    lists.update(services.build(fleet))
    lists.update(servers.build(fleet))
    lists.update(gateways.build(fleet, lists["bindings"][0]))
    lists.update(uplink_ports.build(fleet, lists["bindings"][0]))
    lists.update(firewall.build(fleet, endpoints, peers))
    return {
        **{name: value for name, (value, _unused) in lists.items()},
        "about": {name: told for name, (_unused, told) in lists.items()},
        "round_two": plan.build(fleet, endpoints, peers),
    }


def round_two(fleet: Mapping[str, Any], host: str) -> dict[str, Any]:
    """What the collector asks a host in the second round, by the names of the items' parameters.

    tunnel_address (text), tunnel_peers (addresses), tunnel_payload (bytes of an echo request, as text), zookeeper_servers,
    cassandra_servers and zookeeper_peers ("address:port"). A parameter that is not known is left out, and with it the items that need it.
    """
    return dict((fleet.get("round_two") or {}).get(host) or {})
