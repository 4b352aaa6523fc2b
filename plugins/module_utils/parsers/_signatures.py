# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Known messages of logs, as data: what each program says when something is wrong. PRIVATE to the collection: may change without notice."""

from __future__ import annotations

from typing import NamedTuple, Optional, Tuple


class Signature(NamedTuple):
    """A known message: its id, and the words that all stand in it."""

    id: str
    words: Tuple[str, ...]


# What the agent and the cluster say when something is wrong, in the words of their sources (both generations). The first that fits counts.
SIGNATURES: Tuple[Signature, ...] = (
    Signature("tunnel_peer_unknown", ("Unable to tunnel to peer",)),
    Signature("port_unplugged", ("Port ", " is unplugged")),
    Signature("port_create_failed", ("Failed to create port ",)),
    Signature("datapath_port_failed", ("Failed to create or reclaim datapath port",)),
    Signature("host_id_in_use", ("Host ID already in use",)),
    Signature("host_id_in_use", ("A different host has ownership",)),
    Signature("host_id_in_use", ("Could not acquire ownership: host already in use",)),
    Signature("host_ownership_lost", ("Lost ownership of host",)),
    Signature("host_renamed", ("Failed to create host", "already exists with a different name")),
    Signature("initialization_timeout", ("MidoNet Agent failed to initialize in",)),
    Signature("memory_not_locked", ("Failed to lock process into RAM",)),
    Signature("bgpd_died", ("BGP daemon died, restarting",)),
    Signature("bgpd_died", ("bgpd died, restarting",)),
    Signature("bgp_too_many_routes", ("Max number of peer routes reached",)),
    Signature("bgp_vty_failed", ("Could not open VTY connection",)),
    Signature("bgp_vty_failed", ("bgpd started but vty connection failed",)),
    Signature("bgp_status_failed", ("Failed to check bgpd status",)),
    Signature("packet_worker_crashed", ("Packet worker crashed",)),
    Signature("netlink_aborted", ("notification channel, ABORTING",)),
    Signature("netlink_aborted", ("IOException on netlink channel, ABORTING",)),
    Signature("flow_create_failed", ("Failed to create datapath flow",)),
    Signature("flow_create_failed", ("Failed to install drop flow",)),
    Signature("cassandra_unreachable", ("Connection to Cassandra key space",)),
    Signature("cassandra_unreachable", ("Unable to connect to cassandra key space",)),
    Signature("chain_missing", ("Ignoring non-existing jump chain",)),
    Signature("interface_mtu_unknown", ("Failed to calculate interface MTU",)),
    Signature("zookeeper_session_lost", ("Backend connection is suspended",)),
    Signature("zookeeper_session_lost", ("Backend connection is lost",)),
    Signature("zookeeper_session_lost", ("KeeperState is Disconnected",)),
    Signature("zookeeper_session_expired", ("Backend session has expired",)),
    Signature("zookeeper_session_expired", ("KeeperState is Expired",)),
    Signature("zookeeper_exit", ("have been disconnected for", "so exiting")),
    Signature("zookeeper_exit", ("Exiting: Non-recoverable error on ZK operation",)),
    Signature("zookeeper_not_open", ("ZooKeeper session is not open yet",)),
    Signature("state_proxy_unavailable", ("No state proxy server available",)),
    Signature("vtep_error", ("VTEP error",)),
    Signature("vtep_error", ("Error on OVSDB connection status stream",)),
    Signature("neutron_sync_failed", ("Unexpected exception in NeutronDB polling thread",)),
)

# Healthy agents print these at WARN: they are records, and count for nothing.
BENIGN: Tuple[str, ...] = ("Unexpected reply to flow deletion; probably the late",)

# What ZooKeeper's servers say (3.3 to 3.9).
ZOOKEEPER: Tuple[Signature, ...] = (
    Signature("zookeeper_shutdown", ("Unexpected exception causing shutdown",)),
    Signature("zookeeper_shutdown", ("Severe unrecoverable error",)),
    Signature("zookeeper_peer_unreachable", ("Cannot open channel to",)),
    Signature("zookeeper_frame_too_long", ("Len error",)),
    Signature("zookeeper_too_many_connections", ("Too many connections",)),
    Signature("disk_full", ("No space left on device",)),
    Signature("zookeeper_slow_disk", ("fsync-ing the write ahead log", "took")),
    Signature("zookeeper_bad_config", ("Invalid config, exiting abnormally",)),
    Signature("zookeeper_corrupt_data", ("Unable to load database on disk",)),
    Signature("zookeeper_my_id_missing", ("myid file is missing",)),
    Signature("out_of_memory", ("OutOfMemoryError",)),
)

# What Cassandra says (2.x to 5.x).
CASSANDRA: Tuple[Signature, ...] = (
    Signature("cassandra_disk_failed", ("FSWriteError",)),
    Signature("cassandra_disk_failed", ("FSReadError",)),
    Signature("cassandra_disk_failed", ("Stopping gossiper",)),
    Signature("disk_full", ("No space left on device",)),
    Signature("disk_full", ("Not enough space for compaction",)),
    Signature("cassandra_fatal", ("Fatal exception",)),
    Signature("cassandra_fatal", ("Fatal configuration error",)),
    Signature("cassandra_corrupt_table", ("CorruptSSTableException",)),
    Signature("cassandra_messages_dropped", ("messages were dropped in last",)),
    Signature("cassandra_node_down", ("is now DOWN",)),
    Signature("cassandra_cluster_name", ("ClusterName mismatch",)),
    Signature("cassandra_seeds_unreachable", ("Unable to gossip with any",)),
    Signature("memory_not_locked", ("Unable to lock JVM memory",)),
    # What it says at its start of its own options; there was no such error yet.
    Signature("stays_when_out_of_memory", ("not configured to stop on OutOfMemoryError",)),
    Signature("out_of_memory", ("OutOfMemoryError",)),
)

# What bgpd of Quagga and FRR says.
BGPD: Tuple[Signature, ...] = (
    Signature("bgp_bad_peer_as", ("Bad Peer AS",)),
    Signature("bgp_hold_timer_expired", ("Hold Timer Expired",)),
    Signature("bgp_cease", ("NOTIFICATION", "Cease")),
    Signature("bgp_password", ("MD5",)),
    Signature("bgp_no_supported_family", ("No AFI/SAFI activated",)),
    Signature("bgp_notification", ("NOTIFICATION",)),
    Signature("bgp_open_failed", ("OPEN receipt failed",)),
    Signature("bgp_policy_missing", ("policy not properly setup",)),
    Signature("bgp_too_many_prefixes", ("MAXPFX",)),
    Signature("bgp_socket_failed", ("Connect failed",)),
    Signature("bgp_socket_failed", ("bgp_read_packet error",)),
)

# What the API's own logs say besides the table of the agent and the cluster.
API: Tuple[Signature, ...] = (
    Signature("cluster_start_failed", ("Failure in Cluster startup",)),
    Signature("tunnel_key_failed", ("Failed to generate tunnel key",)),
    Signature("out_of_memory", ("OutOfMemoryError",)),
)

# Programs whose logs repeat what harms nobody: a probe that hangs up, ours among them.
BENIGN_ZOOKEEPER: Tuple[str, ...] = (
    "EndOfStreamException",
    "Unable to read additional data from client",
    "caught end of stream exception",
    "will be dropped if server is in r-o mode",
    "Exception reading or writing challenge",
    "Exception handling connection, addr",
)


def find(message: str, table: Tuple[Signature, ...]) -> Optional[str]:
    """The id of the first signature whose words all stand in the message."""
    return next((known.id for known in table if all(words in message for words in known.words)), None)
