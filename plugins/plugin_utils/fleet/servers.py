# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What servers and agents tell of each other: connections between voters, clients, configurations that must agree. PRIVATE."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.fleet.hosts import (
    NO_SECOND_ROUND,
    Entry,
    Facts,
    Fleet,
    Host,
    Lists,
    about,
    host_of,
    is_address,
)

_PEERS = "zookeeper.peers"
_CLIENTS = "zookeeper.cons"
# What is worth a word in each server's log; what a check of its own judges is not here.
_WORTH = {
    "zookeeper": (
        "zookeeper_shutdown", "zookeeper_peer_unreachable", "zookeeper_frame_too_long", "disk_full", "zookeeper_slow_disk",
        "zookeeper_bad_config", "zookeeper_corrupt_data", "zookeeper_my_id_missing", "out_of_memory",
    ),
    "cassandra": (
        "cassandra_disk_failed", "disk_full", "cassandra_fatal", "cassandra_corrupt_table", "cassandra_messages_dropped",
        "cassandra_cluster_name", "cassandra_seeds_unreachable", "out_of_memory",
    ),
    "api": (
        "cluster_start_failed", "tunnel_key_failed", "zookeeper_session_expired", "zookeeper_exit", "vtep_error", "neutron_sync_failed",
        "out_of_memory",
    ),
}  # fmt: skip
# Where every error counts. ZooKeeper and the API call many things an error that are none.
_EVERY_ERROR = ("cassandra",)
_RECENT_S = 300  # a log that reaches back less far may have lost what was said within the minutes that are judged
_NONE_THERE = ".log: no log:"
_ELECTION = re.compile(r"Cannot open channel to (\d{1,9}) at election address \S*?/?\[?([0-9a-fA-F.:]+?)\]?:\d+(?!\S)")


def build(fleet: Fleet) -> Lists:
    servers = [host for host in fleet.hosts if host.is_in("zookeeper")]
    asked = [host for host in servers if host.section("zookeeper").get("peers") is not None]
    shared = [{"host": host.name, "item": _PEERS} for host in asked]
    seen = [{"host": host.name, "item": _CLIENTS} for host in servers]
    return {
        "zookeeper_voters": (_voters(fleet, servers, asked), about("known", "", ("agent.processes",), shared))
        if asked
        else (None, about("not_applicable", NO_SECOND_ROUND, (_PEERS,))),
        "server_messages": (_messages(fleet), about("known", "", ("zookeeper.log", "cassandra.log", "api.log"))),
        "cassandra_configs": (_configs(fleet), about("known", "", ("cassandra.config", "underlay.ip_addr"))),
        "zookeeper_members": (_members(fleet, servers), about("known", "", ("agent.processes", "underlay.ip_addr"), seen)),
    }


# --- connections between voters


def others(fleet: Fleet, host: Host) -> list[Facts]:
    """The lines of the other voters in a server's own list, as far as they name a port for elections."""
    config = host.section("zookeeper").get("config") or {}
    own = config.get("my_id")
    return [
        line
        for line in config.get("servers") or ()
        if not line.get("observer")
        and line.get("election_port")
        and line.get("id") != own
        and fleet.named(str(line.get("host"))) != host.name
        and not (_is_loopback(str(line.get("host"))) or str(line.get("host")) in ("0.0.0.0", "::"))
    ]


def election_address(line: Facts) -> str:
    """Where a voter takes connections for elections, as address:port."""
    name = str(line.get("host"))
    return f"[{name}]:{line['election_port']}" if ":" in name else f"{name}:{line['election_port']}"


def _voters(fleet: Fleet, servers: list[Host], asked: list[Host]) -> list[Entry]:
    """One entry for each voter: who reaches it. Whoever reaches nobody is cut off himself, and no witness."""
    reached: dict[str, dict[str, str]] = {}  # voter → by witness what became of its attempt
    for host in asked:
        attempts = {str(one.get("server")): str(one.get("result")) for one in host.section("zookeeper").get("peers") or ()}
        found = {
            fleet.named(host_of(server)): result for server, result in attempts.items() if result not in ("no_tool", "unresolved", "None")
        }
        if "open" in found.values():
            for voter, result in found.items():
                reached.setdefault(voter, {})[host.name] = result
    return [_voter(host, reached.get(host.name, {})) for host in servers if _votes(fleet, host)]


def _votes(fleet: Fleet, host: Host) -> bool:
    own = (host.section("zookeeper").get("config") or {}).get("my_id")
    watches = any(line.get("observer") for line in _lines(host) if line.get("id") == own)
    return bool(others(fleet, host)) and not watches


def _voter(host: Host, results: dict[str, str]) -> Entry:
    closed = sorted(name for name, result in results.items() if result != "open")
    running = host.section("zookeeper").get("running")
    return {
        "host": host.name,
        "running": running,
        "witnesses": len(results) or None,
        "closed_for": closed if results else None,
        "closed_count": len(closed) if results else None,
        "results": sorted({result for result in results.values() if result != "open"}),
        "reason": host.why("zookeeper") if running is None else None if results else "no voter that reaches another one tried it",
    }


# --- agents among the clients


def _members(fleet: Fleet, servers: list[Host]) -> list[Entry]:
    """One entry for each agent: whether a server of the ensemble has a connection from one of its addresses."""
    clients = {host.name: _clients(host) for host in servers}
    silent = [name for name, found in clients.items() if found is None]
    strangers = sorted({str(line.get("host")) for host in servers for line in _lines(host) if not fleet.named(str(line.get("host")))})
    everywhere: set[str] = set()
    for name, found in clients.items():
        # A client on the server's own host may come by the loopback address.
        everywhere.update(name if _is_loopback(address) else address for address in found or ())
    return [_member(host, everywhere, silent, strangers, fleet) for host in fleet.agents] if servers else []


def _member(host: Host, everywhere: set[str], silent: list[str], strangers: list[str], fleet: Fleet) -> Entry:
    agent = host.section("agent")
    own = {str(row.get("address")) for row in host.rows("addresses")} | {str(host.info.get("address")), host.name}
    seen = bool(own & everywhere)
    reason = None
    if not seen and host.get("addresses") is None:
        reason = host.why("addresses")
    elif not seen and silent:
        reason = f"{', '.join(silent)} did not tell the clients"
        reason += "" if fleet.by_name[silent[0]].get("zookeeper") is not None else f": {fleet.by_name[silent[0]].why('zookeeper')}"
    elif not seen and strangers:
        reason = f"it may be a client of {', '.join(strangers)}, which the inventory does not name"
    return {
        "host": host.name,
        "running": agent.get("running"),
        "uptime_s": agent.get("uptime_s"),
        "is_client": True if seen else None if reason else False,
        "reason": host.why("agent") if agent.get("running") is None else reason,
    }


def _lines(host: Host) -> list[Facts]:
    return (host.section("zookeeper").get("config") or {}).get("servers") or []


def _clients(host: Host) -> list[str] | None:
    """The addresses of a server's clients; of one that does not serve, none."""
    told = host.section("zookeeper")
    if told.get("serving") is False:
        return []
    found: list[dict[str, Any]] | None = told.get("clients")
    if found is None or not host.tells_all("zookeeper", _CLIENTS):
        return None
    return [str(one.get("address")) for one in found]


def _is_loopback(address: str) -> bool:
    return address == "localhost" or address.startswith("127.") or address in ("::1", "0:0:0:0:0:0:0:1")


# --- what servers say in their logs


def _messages(fleet: Fleet) -> list[Entry]:
    """One entry for each known message of each server's log; one with an empty signature for a log that has none."""
    return [entry for host in fleet.hosts for service in _WORTH if host.is_in(service) for entry in _of_log(fleet, host, service)]


def _of_log(fleet: Fleet, host: Host, service: str) -> list[Entry]:
    log: Facts | None = host.section(service).get("log")
    nothing = {"host": host.name, "service": service, "peer": "", "message": "", "count": 0}
    nothing |= {"kept": True, "signature": None, "age_s": None, "reason": None}
    if log is None:
        why = _why_no_log(host, service)
        return [{**nothing, "kept": False if _NONE_THERE in why else None, "reason": why}]
    known = [one for one in log.get("signatures") or () if one.get("signature") in _WORTH[service]]
    if service in _EVERY_ERROR:
        known += [{**one, "signature": "error", "count": 1} for one in (log.get("newest") or ())[-1:] if _is_plain_error(one)]
    if not known:
        reason = _why_not_whole(log)
        return [{**nothing, "reason": reason} if reason else {**nothing, "signature": "", "age_s": 0.0}]
    return [
        {
            **nothing,
            "peer": _peer(fleet, one),
            **{name: one.get(name) for name in ("signature", "message", "count", "age_s")},
            "reason": None if one.get("age_s") is not None else "the log does not tell when",
        }
        for one in known
    ]


def _why_not_whole(log: Facts) -> str:
    """Why a known message may be missing of the last minutes; empty when none can be."""
    back = log.get("reaches_back_s")
    if back is not None and back < _RECENT_S:
        return f"the log reaches back {back:.0f} s only"
    return "the end of the log is missing" if log.get("errors_last_hour") is None else ""


def _is_plain_error(record: Facts) -> bool:
    return record.get("level") in ("error", "fatal") and record.get("signature") is None


def _peer(fleet: Fleet, message: Facts) -> str:
    """The voter that a server could not connect to: by its address, or by its number where nobody has the address."""
    match = _ELECTION.search(str(message.get("message")))
    if match is None:
        return ""
    number = int(match.group(1))
    numbered = [host.name for host in fleet.hosts if (host.section("zookeeper").get("config") or {}).get("my_id") == number]
    return fleet.named(match.group(2)) or (numbered[0] if len(numbered) == 1 else "")


def _why_no_log(host: Host, service: str) -> str:
    if host.get(service) is None:
        return host.why(service)
    reasons = str((host.about.get(service) or {}).get("reason") or "").split("; ")
    return "; ".join(reason for reason in reasons if reason.startswith(f"{service}.log")) or f"{service}.log was not collected"


# --- Cassandra's configurations


def _configs(fleet: Fleet) -> list[Entry]:
    nodes = [host for host in fleet.hosts if host.is_in("cassandra")]
    counted = Counter(name for host in nodes if (name := _cassandra(host).get("cluster_name")))
    # Of equally frequent names it is the one that agents look for when they are told nothing.
    common = max(counted, key=lambda name: (counted[name], name == "midonet", name), default=None)
    return [_config(fleet, host, nodes, common) for host in nodes]


def _cassandra(host: Host) -> Facts:
    return host.section("cassandra").get("config") or {}


def _config(fleet: Fleet, host: Host, nodes: list[Host], common: str | None) -> Entry:
    config, read = _cassandra(host), host.section("cassandra").get("config") is not None
    name, seeds, rpc = config.get("cluster_name"), config.get("seeds"), str(config.get("rpc_address") or "")
    own = _is_own(fleet, host, str(config.get("listen_address") or "")) if read else None
    alone = len(nodes) < 2
    known = [seed for seed in seeds or () if (alone and _is_loopback(seed)) or fleet.named(seed) or not is_address(seed)]
    return {
        "host": host.name,
        "cluster_name": name,
        "common_cluster_name": common,
        "same_cluster": name == common if name is not None else None,
        "listen_address": config.get("listen_address"),
        "listens_on_own": own,
        "rpc_address": config.get("rpc_address"),
        # Agents elsewhere cannot connect then.
        "only_for_itself": (_is_loopback(rpc) and _is_used_elsewhere(fleet, host)) if read else None,
        "seeds": seeds,
        "seeds_known": len(known) if seeds is not None else None,
        "reason": host.why("cassandra") if not read else None if own is not None else "whose listen_address is, is not known",
    }


def _is_own(fleet: Fleet, host: Host, address: str) -> bool | None:
    """Whether the host has the address. An empty one is whatever the host's name stands for."""
    if not address:
        return True
    if not is_address(address):
        return True if fleet.named(address) == host.name or address == "localhost" else None
    if host.get("addresses") is None:
        return None
    return any(row.get("address") == address for row in host.rows("addresses")) or (None if not host.tells_all("addresses") else False)


def _is_used_elsewhere(fleet: Fleet, host: Host) -> bool:
    agents = (one.section("agent") for one in fleet.agents if one is not host)
    return any((agent.get(part) or {}).get("cassandra_servers") for agent in agents for part in ("config", "settings"))
