# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What servers and agents tell of each other: connections between voters, clients, configurations that must agree. PRIVATE."""

from __future__ import annotations

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
)

_PEERS = "zookeeper.peers"
_CLIENTS = "zookeeper.cons"


def build(fleet: Fleet) -> Lists:
    servers = [host for host in fleet.hosts if host.is_in("zookeeper")]
    asked = [host for host in servers if host.section("zookeeper").get("peers") is not None]
    shared = [{"host": host.name, "item": _PEERS} for host in asked]
    seen = [{"host": host.name, "item": _CLIENTS} for host in servers]
    return {
        "zookeeper_voters": (_voters(fleet, servers, asked), about("known", "", ("agent.processes",), shared))
        if asked
        else (None, about("not_applicable", NO_SECOND_ROUND, (_PEERS,))),
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
    return [_plain(str(one.get("address"))) for one in found]


def _plain(address: str) -> str:
    """An IPv4 address that Java prints in the form of IPv6, as it is."""
    return address.rsplit(":", 1)[-1] if address.lower().startswith("::ffff:") else address


def _is_loopback(address: str) -> bool:
    return address == "localhost" or address.startswith("127.") or address in ("::1", "0:0:0:0:0:0:0:1")
