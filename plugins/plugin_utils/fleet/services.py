# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ZooKeeper as an ensemble, Cassandra as a ring, and how their clients reach them. PRIVATE."""

from __future__ import annotations

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
    most_common,
)

_CONFIG = ("zookeeper.config",)
_STATUS = ("zookeeper.srvr", "zookeeper.mntr")
_LOAD = ("zookeeper.cons", "zookeeper.conf", "zookeeper.log")


def build(fleet: Fleet) -> Lists:
    servers = [host for host in fleet.hosts if host.is_in("zookeeper")]
    common = _common_list(servers)
    status = [{"host": host.name, "item": item} for host in servers for item in (*_CONFIG, *_STATUS)]
    has = "known" if servers else "not_applicable"
    none = "" if servers else "the inventory names no ZooKeeper server"
    ring = _ring(fleet)
    return {
        "ensemble": (_ensemble(fleet, servers, common) if servers else None, about(has, none, shared=status)),
        "ensemble_servers": (_servers(fleet, servers, common), about("known", "", _CONFIG)),
        "zookeeper_loads": ([_load(fleet, host) for host in servers], about("known", "", _LOAD)),
        "zookeeper_clients": _clients_with_source(fleet, "zookeeper", ("compute", "gateway", "api")),
        "cassandra_clients": _clients_with_source(fleet, "cassandra", ("compute", "gateway")),
        "ring": (ring, about("known", "", (), _viewers(fleet))),
    }


# --- the ensemble


def _server_list(host: Host) -> tuple[tuple[Any, ...], ...] | None:
    """The server lines of one configuration in a form that can be compared; None when it was not read."""
    config = host.section("zookeeper").get("config")
    if config is None or config.get("servers") is None:
        return None
    fields = ("id", "host", "peer_port", "election_port", "observer")
    return tuple(sorted(tuple(str(server.get(name)) for name in fields) for server in config["servers"]))


def _common_list(servers: list[Host]) -> tuple[tuple[Any, ...], ...] | None:
    return most_common(found for host in servers if (found := _server_list(host)) is not None)


def _voters(common: tuple[tuple[Any, ...], ...] | None, servers: list[Host]) -> int:
    """How many servers vote: by the configuration that most have, or by the inventory when none was read."""
    if common:
        return sum(1 for line in common if line[4] != "True")
    return 1 if len(servers) == 1 else len(servers)


def _ensemble(fleet: Fleet, servers: list[Host], common: tuple[tuple[Any, ...], ...] | None) -> Entry:
    voters = max(_voters(common, servers), 1)
    modes = {host.name: host.section("zookeeper").get("mode") for host in servers}
    states = {host.name: host.section("zookeeper").get("serving") for host in servers}
    if voters > 1:
        # Whoever stands alone beside an ensemble serves something else than its data.
        states.update({name: False for name, mode in modes.items() if mode == "standalone"})
    voting = [host.name for host in servers if modes[host.name] != "observer"]
    serving = [name for name in voting if states[name] is True]
    down = [name for name in voting if states[name] is False]
    unknown = [name for name in voting if states[name] is None]
    # A leader that refused another word still leads: that it does not serve is told by its own check.
    leaders = [name for name in voting if modes[name] == "leader" or (modes[name] == "standalone" and states[name])]
    # It may be among the servers that could not be asked, or that did not tell their mode.
    may_lead = [*unknown, *(name for name in serving if modes[name] is None)]
    needed = voters // 2 + 1
    return {
        "voters": voters,
        "quorum_needed": needed,
        "serving": serving,
        "serving_count": len(serving),
        "short_by": max(needed - len(serving), 0),
        "down": down,
        "unknown": unknown,
        "unknown_count": len(unknown),
        "down_count": len(down),
        "leaders": leaders,
        "leader_count": None if may_lead and len(leaders) == 0 else len(leaders),
        "followers_synced": fleet.by_name[leaders[0]].section("zookeeper").get("followers_synced") if len(leaders) == 1 else None,
        "has_quorum": True if len(serving) >= needed else False if len(serving) + len(unknown) < needed else None,
        "reason": f"{', '.join(may_lead)}: {fleet.by_name[may_lead[0]].why('zookeeper')}" if may_lead else None,
    }


def _owner_of_number(fleet: Fleet, host: Host) -> str:
    """The inventory host whose address stands in the line of the number that this server claims; empty when not known."""
    config = _config(host)
    lines = [line for line in config.get("servers") or () if str(line.get("id")) == str(config.get("my_id"))]
    return fleet.named(str(lines[0].get("host"))) if lines else ""


def _servers(fleet: Fleet, servers: list[Host], common: tuple[tuple[Any, ...], ...] | None) -> list[Entry]:
    ids = Counter(my_id for host in servers if (my_id := _config(host).get("my_id")) is not None)
    entries = []
    for host in servers:
        config, own = _config(host), _server_list(host)
        my_id = config.get("my_id")
        listed = None if own is None else [line[0] for line in own]
        voters = None if own is None else sum(1 for line in own if line[4] != "True")
        alone = own is not None and len(own) == 0
        entries.append(
            {
                "host": host.name,
                "my_id": my_id,
                "my_id_listed": True if alone else None if my_id is None or listed is None else str(my_id) in listed,
                "my_id_count": None if my_id is None else ids[my_id],
                # Of two with one number, the one whose own line it is has done nothing wrong.
                "my_id_taken": None if my_id is None else ids[my_id] > 1 and _owner_of_number(fleet, host) != host.name,
                "listed": listed,
                "voters": 1 if alone else voters,
                "same_list": None if own is None or common is None else own == common,
                "common_ids": None if common is None else [line[0] for line in common],
                "reason": host.why("zookeeper") if own is None else None if my_id is not None or alone else "the file myid was not read",
            }
        )
    return entries


def _config(host: Host) -> Facts:
    return host.section("zookeeper").get("config") or {}


def _load(fleet: Fleet, host: Host) -> Entry:
    """The client with the most connections to one server, beside what the server takes of one address; and whom it lately refused."""
    told = host.section("zookeeper")
    clients: list[Facts] | None = told.get("clients")
    most: Facts = max(clients or (), key=lambda one: (one.get("connections") or 0, str(one.get("address"))), default={})
    limit = (told.get("limits") or {}).get("max_client_connections")
    known = clients is not None and limit is not None
    connections = None if clients is None else most.get("connections") if most else 0
    log = told.get("log")
    return {
        "host": host.name,
        "peer": fleet.named(str(most.get("address") or "")),
        "serving": told.get("serving"),
        "client": most.get("address"),
        "connections": connections,
        "limit": limit,
        # A limit of 0 is none.
        "used_ratio": (connections or 0) / limit if known and limit else 0.0 if known else None,
        "refused_age_s": _age(log, "zookeeper_too_many_connections"),
        "reason": None if known else host.why("zookeeper") if not told else "the server did not tell its connections and limits",
    }


def _age(log: Facts | None, signature: str) -> float | None:
    """Seconds since a log last said so; None when it never did, or was not read."""
    return next((one.get("age_s") for one in (log or {}).get("signatures") or () if one.get("signature") == signature), None)


# --- clients


def _clients_with_source(fleet: Fleet, service: str, groups: tuple[str, ...]) -> tuple[list[Entry] | None, Entry]:
    evidence = (f"nsdb.{service}_connect",)
    if not any(host.section("nsdb").get(service) is not None for host in fleet.hosts):
        return None, about("not_applicable", NO_SECOND_ROUND, evidence)
    return _clients(fleet, service, groups), about("known", "", evidence)


def _clients(fleet: Fleet, service: str, groups: tuple[str, ...]) -> list[Entry]:
    entries = []
    for host in fleet.hosts:
        if not host.is_in(*groups):
            continue
        config = host.section("agent").get("config") or {}
        rows = host.section("nsdb").get(service)
        wanted = [str(server) for server in config.get(f"{service}_servers") or ()]
        results = {str(row.get("server")): row.get("result") for row in rows or ()}
        # Without an agent's own list there is no telling whom a host without answers should have reached.
        if service == "cassandra" and not wanted and not results:
            continue
        entries += _client(fleet, host, service, dict.fromkeys([*wanted, *results]), None if rows is None else results)
    return entries


def _client(fleet: Fleet, host: Host, service: str, names: dict[str, None], told: dict[str, Any] | None) -> list[Entry]:
    results = told or {}
    opened = sum(1 for result in results.values() if result == "open")
    reason = None
    if told is None:
        reason = host.why("nsdb") if host.get("nsdb") is None else "connections are tried in the second round"
    return [
        {
            "host": host.name,
            "peer": fleet.named(host_of(name)),
            "key": name,
            "service": service,
            "server": name or None,
            "result": results.get(name),
            "servers": len(results) if results else None,
            "open": opened if results else None,
            "reason": reason,
        }
        for name in names or {"": None}
    ]


# --- the ring


def _views(fleet: Fleet) -> dict[str, list[Facts] | None]:
    return {host.name: host.section("cassandra").get("ring") for host in fleet.hosts if host.is_in("cassandra")}


def _viewers(fleet: Fleet) -> list[Entry]:
    return [{"host": name, "item": "cassandra.nodetool_status"} for name, view in _views(fleet).items() if view is not None]


def _ring(fleet: Fleet) -> list[Entry]:
    """One entry a node, as all nodes that answered see it."""
    views = {name: view for name, view in _views(fleet).items() if view is not None}
    seen: dict[str, list[tuple[str, Facts]]] = {}
    for viewer, view in views.items():
        for node in view:
            seen.setdefault(str(node.get("address")), []).append((viewer, node))
    # Who told but a part of its view does not miss the rest.
    whole = {viewer for viewer in views if fleet.by_name[viewer].tells_all("cassandra", "cassandra.nodetool_status")}
    entries = [_node(fleet, address, rows, len(views), whole) for address, rows in sorted(seen.items())]
    down = sum(1 for entry in entries if entry["down_views"])
    for entry in entries:
        entry["down_nodes"] = down
    told = {entry["host"] for entry in entries}
    silent = (host for host in fleet.hosts if host.is_in("cassandra") and host.name not in told and not views)
    return entries + [{**_unseen(host), "down_nodes": None} for host in silent]


def _node(fleet: Fleet, address: str, rows: list[tuple[str, Facts]], viewers: int, whole: set[str]) -> Entry:
    states = sorted({str(node.get("state")) for _unused, node in rows if node.get("state")})
    return {
        "host": fleet.named(address),
        "address": address,
        "key": address,
        "viewers": viewers,
        "up_views": sum(1 for _unused, node in rows if node.get("up") is True),
        "down_views": sum(1 for _unused, node in rows if node.get("up") is False),
        "down_for": [viewer for viewer, node in rows if node.get("up") is False],
        "missing_views": len(whole - {viewer for viewer, _unused in rows}),
        "states": states,
        "normal": states == ["normal"] if states else None,
        "reason": None,
    }


def _unseen(host: Host) -> Entry:
    names = ("address", "viewers", "up_views", "down_views", "down_for", "missing_views", "states", "normal")
    why = host.why("cassandra") if host.get("cassandra") is None else "no node could tell the state of the ring"
    return {**dict.fromkeys(names), "host": host.name, "key": "", "reason": why}
