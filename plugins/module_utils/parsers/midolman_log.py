# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""midolman.log: records with time, level, thread, logger and message, classified by what they mean; after the host's clock.

    1795353042 2026.11.22 22:10:42 +0900
    2026.11.22 22:01:07.123 WARN  [main-EventThread] connection -  KeeperState is Disconnected, will shutdown in 30000 ms...

Lines that are no records belong to the record before them: a stack trace.
"""

from __future__ import annotations

import re
from typing import List, NamedTuple, Optional, Tuple, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _logtime
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._complaint import answer
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


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


class Record(TypedDict):
    """One record of the log."""

    time_s: Optional[float]  # seconds since the epoch; None when the host's clock is not known
    level: str
    thread: Optional[str]
    logger: Optional[str]
    message: str
    signature: Optional[str]
    benign: bool
    stack_lines: int


class AgentLog(TypedDict):
    """now_s: the host's clock when the log was read."""

    now_s: Optional[int]
    records: List[Record]


# midonet-cluster.log has no " - " before the message, mm-trace.log has neither thread nor logger.
_RECORD = re.compile(
    r"([0-9]{4}[.-][0-9]{2}[.-][0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}[.,][0-9]{3}) (TRACE|DEBUG|INFO|WARN|ERROR) {1,2}"
    r"(?:\[([^\]]{0,200})\] (\S{1,200}) )?(?:- )?(.*)",
    re.DOTALL,
)
_LONGEST_MESSAGE = 500


def parse(text: str) -> Parsed[AgentLog]:
    """The records in their order. A cut last line is a record when it has come to the message."""
    clock: Optional[_logtime.Now] = None
    records: List[Record] = []
    not_read = []
    for number, line in enumerate(lines(text)):
        if number == 0:
            clock = _logtime.now(line.text)
            if clock is not None:
                continue
        match = _RECORD.fullmatch(line.text)
        if match is not None:
            message = match.group(5).strip()[:_LONGEST_MESSAGE]
            records.append(
                Record(
                    time_s=_logtime.local(match.group(1), clock),
                    level=match.group(2),
                    thread=match.group(3),
                    logger=match.group(4),
                    message=message,
                    signature=signature(message),
                    benign=any(words in message for words in BENIGN),
                    stack_lines=0,
                )
            )
        elif records:
            records[-1]["stack_lines"] += bool(line.text.strip())
        elif line.text.strip():
            not_read.append(unread(line))
    data = AgentLog(now_s=clock.epoch_s if clock else None, records=records)
    return answer(text, data, clock is not None or bool(records), not_read)


def signature(message: str) -> Optional[str]:
    """The id of the first signature whose words all stand in the message."""
    return next((known.id for known in SIGNATURES if all(words in message for words in known.words)), None)
