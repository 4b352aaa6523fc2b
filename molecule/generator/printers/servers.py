# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ZooKeeper 3.4, Cassandra 2.0, the REST API; ps and ss."""

from __future__ import annotations

import json
from collections.abc import Iterable

from generator.model import STARTED, Cassandra, Generation, Host, ZooKeeper, drawn_between

Said = tuple[str, str, int]  # text, standard error, exit code
REFUSED: Said = ("", "bash: connect: Connection refused\nbash: line 3: /dev/tcp/127.0.0.1/2181: Connection refused\n", 1)
_NOT_SERVING = "This ZooKeeper instance is not currently serving requests\n"


# ---- ZooKeeper


def zoo_cfg(server: ZooKeeper) -> str:
    lines = ["tickTime=2000", "initLimit=10", "syncLimit=5", f"dataDir={server.data_dir}", "clientPort=2181", "autopurge.purgeInterval=12"]
    for number, address, observer in server.servers:
        lines.append(f"server.{number}={address}:2888:3888{':observer' if observer else ''}")
    return "\n".join(lines) + f"\n\n### myid\n{server.my_id}\n"


# A server that cannot write takes the connection and lets it drop.
_SILENT: Said = ("", "", 1)


def ruok(server: ZooKeeper) -> Said:
    if not server.running:
        return REFUSED
    if not server.can_write:
        return _SILENT
    if not server.words_allowed:
        return "ruok is not executed because it is not in the whitelist.\n", "", 0
    return "imok", "", 0


def srvr(server: ZooKeeper, mode: str, connections: int, round: int) -> Said:
    """`srvr`; mode is empty for a server that does not serve."""
    if not server.running:
        return REFUSED
    if not server.can_write:
        return _SILENT
    if not mode:
        return _NOT_SERVING, "", 0
    low, middle, high = server.latency_ms
    outstanding = server.outstanding if round == 1 else server.outstanding_again
    return (
        f"Zookeeper version: {server.version}\nLatency min/avg/max: {low:g}/{middle:g}/{high:g}\nReceived: {12000 + 31 * connections}\n"
        f"Sent: {12007 + 31 * connections}\nConnections: {connections}\nOutstanding: {outstanding}\nZxid: 0x1a00000042\nMode: {mode}\nNode count: 1234\n",
        "",
        0,
    )


def mntr(server: ZooKeeper, mode: str, connections: int, followers: tuple[int, int]) -> Said:
    """`mntr`; followers: all learners of a leader, and those of them that vote."""
    if not server.running:
        return REFUSED
    if not mode:
        return _NOT_SERVING, "", 0
    low, middle, high = server.latency_ms
    rows = {
        "version": server.version,
        "avg_latency": f"{middle:g}",
        "max_latency": f"{high:g}",
        "min_latency": f"{low:g}",
        "packets_received": 12000 + 31 * connections,
        "packets_sent": 12007 + 31 * connections,
        "num_alive_connections": connections,
        "outstanding_requests": server.outstanding,
        "server_state": mode,
        "znode_count": 1234,
        "watch_count": 40 * connections,
        "ephemerals_count": 17,
        "approximate_data_size": 310401,
        "open_file_descriptor_count": 31 + connections,
        "max_file_descriptor_count": 4096,
    }
    if mode == "leader":
        rows.update({"followers": followers[0], "synced_followers": followers[1], "pending_syncs": 0})
    return "".join(f"zk_{name}\t{value}\n" for name, value in rows.items()), "", 0


def isro(server: ZooKeeper, mode: str) -> Said:
    if not server.running:
        return REFUSED
    return ("rw" if mode else "null"), "", 0


def cons(server: ZooKeeper, mode: str, clients: Iterable[tuple[str, int, int]]) -> Said:
    """`cons`: (address, port, seconds that the session is old) of each client, and the question itself."""
    if not server.running:
        return REFUSED
    if not server.can_write:
        return _SILENT
    if not mode:
        return _NOT_SERVING, "", 0
    lines = []
    for number, (address, port, age) in enumerate(clients):
        count = 40 + age // 10
        lines.append(
            f" /{address}:{port}[1](queued=0,recved={count},sent={count},sid=0x{server.my_id:x}4ec1b2ee3c{number:04x},lop=PING,est={(STARTED - age) * 1000 + number},"
            f"to=30000,lcxid=0x{count:x},lzxid=0x1a00000042,lresp={(STARTED - 3) * 1000},llat=0,minlat=0,avglat=0,maxlat={number % 60})\n"
        )
    return "".join(lines) + " /127.0.0.1:40982[0](queued=0,recved=1,sent=0)\n\n", "", 0


def conf(server: ZooKeeper, mode: str) -> Said:
    """`conf` of 3.4."""
    if not server.running:
        return REFUSED
    if not server.can_write:
        return _SILENT
    if not mode:
        return _NOT_SERVING, "", 0
    lines = ["clientPort=2181", f"dataDir={server.data_dir}/version-2", f"dataLogDir={server.data_dir}/version-2", "tickTime=2000"]
    lines += [f"maxClientCnxns={server.max_client_connections}", "minSessionTimeout=4000", "maxSessionTimeout=40000", f"serverId={server.my_id if server.servers else 0}"]
    if server.servers:
        lines += ["initLimit=10", "syncLimit=5", "electionAlg=3", "electionPort=3888", "quorumPort=2888", f"peerType={int(mode == 'observer')}"]
    return "".join(f"{line}\n" for line in lines), "", 0


_PATHS = ("/", "/midonet", "/midonet/v1", "/midonet/zoom")
_NO_NODE = -101


def tree(server: ZooKeeper, mode: str, generation: Generation) -> Said:
    """The answers of ZooKeeper's protocol to four questions for children, in hexadecimal as od prints it."""
    asked = f"asked {' '.join(_PATHS)}\n"
    if not server.running or not mode:
        return asked, REFUSED[1] if not server.running else "", 0
    top = ["v1"] if generation == "A" else ["zoom", "state", "dump"]
    inner = ["hosts", "tunnelzones", "routers", "bridges", "ports", "chains"] if generation == "A" else ["0"]
    children = {"/": ["zookeeper", "midonet"], "/midonet": top, "/midonet/v1" if generation == "A" else "/midonet/zoom": inner}
    data = _buffer((0).to_bytes(4, "big") + (4000).to_bytes(4, "big") + (0x14EC1B2EE3C0000).to_bytes(8, "big") + _buffer(bytes(range(16))))
    for number, path in enumerate([*_PATHS, None], start=1):
        found = children.get(path) if path else []
        head = number.to_bytes(4, "big") + (0x1A00000042).to_bytes(8, "big") + (_NO_NODE if found is None else 0).to_bytes(4, "big", signed=True)
        body = b"" if not path or found is None else len(found).to_bytes(4, "big") + b"".join(_buffer(name.encode()) for name in found)
        data += _buffer(head + body)
    rows = (data[at : at + 16].hex(" ") for at in range(0, len(data), 16))
    return asked + "".join(f" {row}\n" for row in rows), "", 0


def _buffer(data: bytes) -> bytes:
    """With its length before it, as a message, a text and a password are sent."""
    return len(data).to_bytes(4, "big") + data


# ---- Cassandra


def cassandra_yaml(node: Cassandra) -> str:
    return (
        "# Cassandra storage config YAML\ncluster_name: 'midonet'\nnum_tokens: 256\nhinted_handoff_enabled: true\n"
        "partitioner: org.apache.cassandra.dht.Murmur3Partitioner\ndata_file_directories:\n    - /var/lib/cassandra/data\n"
        "commitlog_directory: /var/lib/cassandra/commitlog\nseed_provider:\n    - class_name: org.apache.cassandra.locator.SimpleSeedProvider\n"
        f"      parameters:\n          - seeds: \"{','.join(node.seeds)}\"\nlisten_address: {node.address}\n"
        f"start_native_transport: {'true' if node.native else 'false'}\nnative_transport_port: 9042\nrpc_address: {node.rpc_address or node.address}\n"
        "endpoint_snitch: SimpleSnitch\n\n### environment\nMAX_HEAP_SIZE=\"2G\"\nHEAP_NEWSIZE=\"400M\"\nJMX_PORT=\"7199\"\n"
    )


def handshake(node: Cassandra) -> Said:
    """The answer to OPTIONS on the native port: a frame with the versions, as bytes."""
    if not (node.running and node.native):
        return "", f"bash: connect: Connection refused\nbash: line 3: /dev/tcp/{node.address}/9042: Connection refused\n", 1
    body = _multimap({"CQL_VERSION": ["3.1.7"], "COMPRESSION": ["snappy", "lz4"]})
    frame = bytes([0x84, 0, 0, 0, 6]) + len(body).to_bytes(4, "big") + body
    return frame.decode("utf-8", "surrogateescape"), "", 0


def _multimap(values: dict[str, list[str]]) -> bytes:
    def text(word: str) -> bytes:
        return len(word).to_bytes(2, "big") + word.encode()

    parts = [len(values).to_bytes(2, "big")]
    for name, words in values.items():
        parts += [text(name), len(words).to_bytes(2, "big"), *map(text, words)]
    return b"".join(parts)


def nodetool_status(node: Cassandra, ring: Iterable[tuple[Cassandra, bool]]) -> Said:
    """The ring as one node sees it: (node, up)."""
    if not node.running:
        return "", "Failed to connect to '127.0.0.1:7199': Connection refused\n", 1
    lines = ["Datacenter: datacenter1", "=======================", "Status=Up/Down", "|/ State=Normal/Leaving/Joining/Moving"]
    lines.append("--  Address        Load       Tokens  Owns   Host ID                               Rack")
    for one, up in ring:
        lines.append(f"{'U' if up else 'D'}N  {one.address:<13}  {one.load:<9}  {one.tokens}     {one.owns or '?':<5}  {one.host_id}  rack1")
    return "\n".join(lines) + "\n", "", 0


def nodetool_details(node: Cassandra, ring: Iterable[tuple[Cassandra, bool]]) -> Said:
    """info, tpstats and describecluster of 2.0, one after the other."""
    if not node.running:
        return "### info\n### tpstats\n### describecluster\n", "Failed to connect to '127.0.0.1:7199': Connection refused\n" * 3, 1
    used = 300 + drawn_between(0, 900, "heap", node.host_id)
    pools = (("ReadStage", 570), ("RequestResponseStage", 910), ("MutationStage", 19203), ("GossipStage", 88000), ("CompactionExecutor", 212), ("FlushWriter", 40))
    up = ", ".join(one.address for one, answers in ring if answers)
    away = ", ".join(one.address for one, answers in ring if not answers)
    return (
        f"### info\nToken            : (invoke with -T/--tokens to see all 256 tokens)\nID               : {node.host_id}\nGossip active    : true\n"
        f"Thrift active    : true\nNative Transport active: {'true' if node.native else 'false'}\nLoad             : {node.load}\n"
        f"Generation No    : {STARTED - node.uptime_s}\nUptime (seconds) : {node.uptime_s}\nHeap Memory (MB) : {used}.50 / 2048.00\n"
        "Data Center      : datacenter1\nRack             : rack1\nExceptions       : 0\n"
        "Key Cache        : size 1024 (bytes), capacity 104857600 (bytes), 40 hits, 49 requests, 0.816 recent hit rate, 14400 save period in seconds\n"
        "Row Cache        : size 0 (bytes), capacity 0 (bytes), 0 hits, 0 requests, NaN recent hit rate, 0 save period in seconds\n"
        f"### tpstats\n{'Pool Name':<25}{'Active':>10}{'Pending':>10}{'Completed':>15}{'Blocked':>10}{'All time blocked':>18}\n"
        + "".join(f"{name:<25}{0:>10}{0:>10}{count:>15}{0:>10}{0:>18}\n" for name, count in pools)
        + f"\n{'Message type':<20}{'Dropped':>10}\n{'READ':<20}{0:>10}\n{'MUTATION':<20}{node.dropped:>10}\n{'_TRACE':<20}{0:>10}\n"
        "### describecluster\nCluster Information:\n\tName: midonet\n\tSnitch: org.apache.cassandra.locator.DynamicEndpointSnitch\n"
        f"\tPartitioner: org.apache.cassandra.dht.Murmur3Partitioner\n\tSchema versions:\n\t\t59adb24e-f3cd-3e02-97f0-5b395827453f: [{up}]\n\n"
        + (f"\t\tUNREACHABLE: [{away}]\n\n" if away else ""),
        "",
        0,
    )


def compactions(node: Cassandra) -> Said:
    """`nodetool compactionstats` of 2.0 when nothing waits."""
    if not node.running:
        return "", "Failed to connect to '127.0.0.1:7199': Connection refused\n", 1
    return "pending tasks: 0\nActive compaction remaining time :        n/a\n", "", 0


# ---- the API


def api_port(generation: Generation) -> int:
    return 8080 if generation == "A" else 8181


def api_http(running: bool, works: bool, generation: Generation) -> Said:
    port = api_port(generation)
    if not running:
        return "", f"bash: connect: Connection refused\nbash: line 3: /dev/tcp/127.0.0.1/{port}: Connection refused\n", 1
    server = "Apache-Coyote/1.1" if generation == "A" else "Jetty(9.3.1.v20150714)"
    if not works:
        text = json.dumps({"message": "The network state database does not answer", "code": 503})
        kind = "application/vnd.org.midonet.Error-v1+json"
        return f"HTTP/1.1 503 Service Unavailable\r\nServer: {server}\r\nContent-Type: {kind}\r\nConnection: close\r\n\r\n{text}", "", 0
    base = f"http://localhost:{port}/midonet-api"
    body = json.dumps({"uri": base, "version": "v5", "hosts": f"{base}/hosts", "tunnelZones": f"{base}/tunnel_zones", "routers": f"{base}/routers"})
    kind = "application/vnd.org.midonet.Application-v5+json;charset=UTF-8"
    return f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nConnection: close\r\nServer: {server}\r\n\r\n{body}", "", 0


CLI_CREDENTIAL: Said = ("", "Invalid credential. Wrong username/password. Bye.\n", 1)
CLI_REFUSED: Said = ("", "Connection to MidoNet API server refused. Bye.\n", 1)
CLI_NO_DATABASE: Said = ("", "The API server failed to respond normally. The network DB is possibly down. Bye.\n", 1)


# ---- ps and ss


def processes(host: Host, pids: dict[str, int]) -> str:
    """`ps -e -o pid= -o ppid= -o etime= -o args=`, cut down to what matters; pids are filled in by program."""
    rows: list[tuple[int, int, int, str]] = []

    def add(program: str, parent: int, age: int, command: str) -> None:
        pid = pids[program] = 900 + 37 * (len(rows) + 1) + host.number % 29
        rows.append((pid, parent, age, command))

    up = host.uptime_s
    agent = host.agent
    if agent and agent.watchdog:
        add("wdog", 1, up - 60, "/usr/bin/wdog" if host.generation == "B" else "/usr/bin/python /usr/share/midolman/wdog")
    if agent and agent.running:
        words = "-server -Xms2048M -Xmx2048M -Xmn1600M -XX:+UseConcMarkSweepGC -Dlogback.configurationFile=file:/etc/midolman/logback.xml"
        command = f"/usr/bin/java {words} -cp /usr/share/midolman/midolman.jar org.midonet.midolman.Midolman -c /etc/midolman/midolman.conf"
        add("agent", pids.get("wdog", 1), agent.uptime_s, command)
    if host.zookeeper and host.zookeeper.running:
        command = "/usr/bin/java -cp /etc/zookeeper/conf:/usr/share/java/zookeeper.jar -Dzookeeper.log.dir=/var/log/zookeeper"
        add("zookeeper", 1, up - 40, f"{command} org.apache.zookeeper.server.quorum.QuorumPeerMain /etc/zookeeper/conf/zoo.cfg")
    if host.cassandra and host.cassandra.running:
        add("cassandra", 1, up - 45, "/usr/bin/java -ea -Xms2G -Xmx2G -Dcassandra-pidfile=/var/run/cassandra/cassandra.pid org.apache.cassandra.service.CassandraDaemon")
    if host.api and host.api.running:
        if host.generation == "A":
            command = "/usr/lib/jvm/java-7-openjdk-amd64/bin/java -Dcatalina.base=/var/lib/tomcat7 -Dcatalina.home=/usr/share/tomcat7 org.apache.catalina.startup.Bootstrap start"
        else:
            command = "/usr/bin/java -Xmx1024M -cp /usr/share/midonet-cluster/midonet-cluster.jar org.midonet.cluster.ClusterNode"
        add("api", 1, up - 44, command)
    for speaker in host.speakers:
        if speaker.daemon:
            add(speaker.namespace, 1, up - 200, f"/usr/lib/quagga/bgpd --vty_port {speaker.vty} --config_file /etc/quagga/bgpd.conf")
    if host.host_daemon:
        add("bgpd", 1, up - 30, "/usr/lib/quagga/bgpd --daemon -A 127.0.0.1")
    for vm in host.vms:
        if vm.exists and vm.carrier:
            add(vm.tap, 1, up - 5000, f"/usr/bin/qemu-system-x86_64 -enable-kvm -name instance-{len(rows):08x} -netdev tap,fd=24,id=hostnet0")
    return "".join(f"{pid:>7} {parent:>7} {elapsed(age):>11} {command}\n" for pid, parent, age, command in rows)


def elapsed(seconds: int) -> str:
    """The form of ps: [[days-]hours:]minutes:seconds."""
    seconds = max(0, seconds)
    days, rest = divmod(seconds, 86400)
    hours, minutes, left = rest // 3600, rest // 60 % 60, rest % 60
    if days:
        return f"{days}-{hours:02d}:{minutes:02d}:{left:02d}"
    return f"{hours:02d}:{minutes:02d}:{left:02d}" if hours else f"{minutes:02d}:{left:02d}"


def sessions(address: str, servers: Iterable[tuple[str, str, int]]) -> str:
    """`ss -tnp state established` without its header: (server, program, pid)."""
    return "".join(
        f'0      0      {address + ":" + str(39000 + pid % 20000):<24} {server:<24} users:(("{program}",pid={pid},fd=45))\n'
        for server, program, pid in servers
    )
