# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the failures of a check are called when there are many: "explains … BGP sessions 2". PRIVATE to the collection."""

from __future__ import annotations

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.report.plain import plain

# A check that is not here is called by its id, which is what an operator's own checks want.
LABELS: dict[str, str] = {
    "agent.config.zk_hosts": "agents' server lists",
    "agent.host_id.unique": "host identities",
    "agent.log.errors": "agents' logs with errors",
    "agent.process.midolman": "agents stopped",
    "agent.process.uptime": "agents restarting",
    "api.http": "API answers",
    "api.process": "API processes",
    "bgp.config": "BGP configurations",
    "bgp.namespace": "BGP namespaces",
    "bgp.neigh": "BGP neighbours",
    "bgp.ns.link": "BGP links",
    "bgp.prefixes": "BGP prefixes",
    "bgp.process": "BGP daemons",
    "bgp.redundancy": "ways out of the cloud",
    "bgp.session": "BGP sessions",
    "cassandra.disk": "Cassandra disks",
    "cassandra.native_port": "Cassandra ports",
    "cassandra.process": "Cassandra processes",
    "cassandra.ring": "Cassandra ring",
    "meta.host.answered": "hosts silent",
    "nsdb.cassandra.connect": "connections to Cassandra",
    "nsdb.zookeeper.connect": "connections to ZooKeeper",
    "nsdb.zookeeper.session": "agents' NSDB sessions",
    "overlay.datapath.base_ports": "datapath base ports",
    "overlay.datapath.bound_ports": "bound ports",
    "overlay.datapath.exists": "datapaths",
    "overlay.datapath.lost": "datapath losses",
    "overlay.host.alive": "hosts not alive in the NSDB",
    "overlay.tunnel.dropped": "tunnel drops",
    "overlay.tunnel.errors": "tunnel errors",
    "overlay.zone.address": "zone addresses",
    "overlay.zone.exists": "tunnel zones",
    "overlay.zone.member": "zone members",
    "topology.port.admin": "ports",
    "topology.router.state": "routers",
    "underlay.addr.tunnel_ip": "tunnel addresses",
    "underlay.addr.unique": "duplicate addresses",
    "underlay.firewall.ports": "blocked ports",
    "underlay.kernel.ovs_loaded": "kernel modules",
    "underlay.kernel.ovs_matches": "kernel module versions",
    "underlay.link.admin_up": "links set down",
    "underlay.link.carrier": "links without carrier",
    "underlay.link.errors": "link errors",
    "underlay.link.oper_up": "links down",
    "underlay.mtu.consistent": "MTUs that differ",
    "underlay.mtu.headroom": "MTUs too small",
    "underlay.mtu.path": "full-size packets lost",
    "underlay.neigh.peers": "neighbours silent",
    "underlay.ping.peer": "pings lost",
    "underlay.resource.disk": "disks",
    "underlay.route.default": "default routes",
    "underlay.route.peers": "routes to peers",
    "underlay.time.fleet": "clocks apart",
    "underlay.time.offset": "clock offsets",
    "underlay.time.synced": "clocks not synchronised",
    "underlay.time.timezone": "time zones",
    "vm.tap.datapath": "VM ports outside the datapath",
    "vm.tap.name": "VM ports' names",
    "vm.tap.up": "VM ports down",
    "zookeeper.config.ensemble": "ensemble configurations",
    "zookeeper.disk": "ZooKeeper disks",
    "zookeeper.latency": "ZooKeeper latencies",
    "zookeeper.mode": "ZooKeeper servers not serving",
    "zookeeper.process": "ZooKeeper processes",
    "zookeeper.quorum": "ZooKeeper quorum",
    "zookeeper.ruok": "ZooKeeper servers",
}


def label(check: str) -> str:
    """What to call the failures of `check`."""
    return LABELS.get(check) or plain(check)
