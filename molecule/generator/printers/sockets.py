# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`ss -tulpn` of iproute2 3.12 (generation A) and 4.3 (generation B), on the host and in the namespaces of BGP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from generator.model import Generation, Host, Speaker

# protocol, address, port, program, process; no process: the kernel's own.
Socket = tuple[str, str, int, str, int]
_HEAD = "Netid  State      Recv-Q Send-Q     Local Address:Port       Peer Address:Port \n"


def listening(host: Host, pids: Mapping[str, int], speakers: list[Speaker], leads: bool) -> str:
    """All of them; `leads`: the ZooKeeper server here is the leader, who alone listens to followers."""
    text = _table(_of_host(host, pids, leads), host.generation)
    for one in speakers:
        pid = 3100 + one.vty % 100
        sockets = [("tcp", "172.23.0.2", one.vty, "bgpd", pid), ("tcp", "*", 179, "bgpd", pid)] if one.daemon else []
        text += f"### {one.namespace}\n{_table(iter(sockets), host.generation)}"
    return text


def _of_host(host: Host, pids: Mapping[str, int], leads: bool) -> Iterator[Socket]:
    daemon = {"ntpd": ("ntpd", 123), "chrony": ("chronyd", 323)}.get(host.clock.daemon)
    if daemon:
        yield "udp", "127.0.0.1" if daemon[0] == "chronyd" else "*", daemon[1], daemon[0], 700 + host.number % 90
    if host.agent and host.datapath and host.datapath.exists and host.base_ports:
        ports = (host.agent.overlay_port, 4789, *((8899,) if host.generation == "B" else ()))
        yield from (("udp", "*", port, "", 0) for port in ports)
    yield "tcp", "*", 22, "sshd", 650 + host.number % 90
    if "agent" in pids:
        yield "tcp", "::", 7200, "java", pids["agent"]
        if host.generation == "B":
            yield from ((protocol, "::", 6688, "java", pids["agent"]) for protocol in ("udp", "tcp"))
    if "zookeeper" in pids and host.zookeeper:
        yield "tcp", "::", 2181, "java", pids["zookeeper"]
        if host.zookeeper.servers:
            ports = (3888, 2888) if leads else (3888,)
            yield from (("tcp", f"::ffff:{host.address}", port, "java", pids["zookeeper"]) for port in ports)
    if "cassandra" in pids and host.cassandra:
        own = f"::ffff:{host.cassandra.address}"
        yield from (("tcp", where, port, "java", pids["cassandra"]) for where, port in ((own, 7000), ("::ffff:127.0.0.1", 7199)))
        if host.cassandra.native:
            yield "tcp", own, 9042, "java", pids["cassandra"]
    if "api" in pids:
        yield from (("tcp", "::", port, "java", pids["api"]) for port in ((8080, 8009) if host.generation == "A" else (8181, 2346, 8888, 7201)))
    if "bgpd" in pids:
        yield from (("tcp", where, port, "bgpd", pids["bgpd"]) for where, port in (("127.0.0.1", 2605), ("*", 179)))


def _table(sockets: Iterator[Socket], generation: Generation) -> str:
    lines = [_HEAD]
    for number, (protocol, address, port, program, pid) in enumerate(sockets):
        state, queue = ("LISTEN", 50) if protocol == "tcp" else ("UNCONN", 0)
        owner = "" if not pid else f'users:(("{program}",{pid},{9 + number}))' if generation == "A" else f'users:(("{program}",pid={pid},fd={9 + number}))'
        peer = ":::*" if address.startswith("::") else "*:*"
        lines.append(f"{protocol:<6} {state:<10} {0:<6} {queue:<6} {address + ':' + str(port):>22} {peer:>23}      {owner}\n")
    return "".join(lines)
