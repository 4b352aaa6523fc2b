# ruff: noqa: E501  (lines are as long as tools print them)
"""A healthy fleet as evidence text: what ten hosts of the 5.x generation print when nothing is wrong.

Texts are written by hand after the formats of the tools; the genuine ones are among the parsers' fixtures. Every value
that ties hosts together (addresses, identities, ids of virtual ports) comes from one place, so that a test changes one thing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

ZONE = "a1c9c3f5-1f0c-4d4b-8b22-0a5e4c0d0001"
ROUTER = "5a7d6f1e-33c2-4d0e-90a2-17d1e0000001"
EPOCH = 1795353042  # 2026-11-22 13:10:42 UTC


@dataclass(frozen=True)
class Output:
    """Just enough of an output of the collector."""

    stdout: str
    state: str = "ok"
    exit_code: int | None = 0
    stderr: str = ""
    truncated: bool = False
    reason: str = ""
    duration_ms: int = 5
    started: str = "2026-11-22T13:10:42Z"


GROUPS = {
    "c1": ["compute"],
    "c2": ["compute"],
    "c3": ["compute"],
    "g1": ["gateway"],
    "g2": ["gateway"],
    "z1": ["zookeeper"],
    "z2": ["zookeeper"],
    "z3": ["zookeeper"],
    "k1": ["cassandra"],
    "k2": ["cassandra"],
    "a1": ["api"],
}
NUMBER = {name: 11 + place for place, name in enumerate(GROUPS)}
AGENTS = [name for name, groups in GROUPS.items() if groups[0] in ("compute", "gateway")]
SERVERS = ("z1", "z2", "z3")


def control(name: str) -> str:
    return f"10.0.0.{NUMBER[name]}"


def tunnel(name: str) -> str:
    return f"172.16.0.{NUMBER[name]}"


def identity(name: str) -> str:
    return f"2ff0dcf7-7e0c-4b0a-9c6a-0e5e0c0b1a{NUMBER[name]:02d}"


def port(name: str) -> str:
    """The virtual port that is bound to the host's tap (compute) or uplink (gateway)."""
    return f"{NUMBER[name]:02d}f2c21f-6b3a-4f5e-8a1b-1c2d3e4f5000"


def interface(name: str) -> str:
    return "tap" + port(name)[:11] if name.startswith("c") else "eth2"


Evidence = dict[tuple[str, int], Output]


def evidence(name: str) -> Evidence:
    """What one host of the fleet says, in both rounds."""
    kind = GROUPS[name][0]
    texts = {
        **_common(name),
        **({"compute": _agent, "gateway": _gateway, "zookeeper": _zookeeper, "cassandra": _cassandra, "api": _api}[kind](name)),
    }
    # The last command of that item is a search that finds nothing.
    found = {key: Output(text, exit_code=1 if key[0] == "underlay.kernel_modules" else 0) for key, text in texts.items()}
    for (item, number), output in list(found.items()):
        if number == 2:
            found[item, number] = Output(output.stdout, started="2026-11-22T13:10:52Z")
    return found


# --- every host


def _links(name: str, sample: int) -> str:
    names = ["eth0", "eth1"] if name in AGENTS else ["eth0"]
    texts = [_LO] + [_link(place, link, name, sample) for place, link in enumerate(names, 2)]
    if name in AGENTS:
        texts.append(_tap(interface(name)) if name.startswith("c") else _link(4, interface(name), name, sample))
    return "".join(texts)


_COUNTERS = """    RX: bytes  packets  errors  dropped missed  mcast
    {rx_bytes:<10} {rx:<8} 0       0       0       0
    RX errors: length   crc     frame   fifo    overrun
               0        0       0       0       0
    TX: bytes  packets  errors  dropped carrier collsns
    {tx_bytes:<10} {tx:<8} 0       0       0       0
    TX errors: aborted  fifo   window heartbeat transns
               0        0       0       0       2
"""
_LO = (
    "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000\n    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00 promiscuity 0\n"
    + _COUNTERS.format(rx_bytes=4000, rx=50, tx_bytes=4000, tx=50)
)


def _link(number: int, link: str, name: str, sample: int) -> str:
    head = (
        f"{number}: {link}: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc mq state UP mode DEFAULT group default qlen 1000\n"
        f"    link/ether 52:54:00:00:{number:02x}:{NUMBER[name]:02x} brd ff:ff:ff:ff:ff:ff promiscuity 0\n"
    )
    return head + _COUNTERS.format(rx_bytes=900000 * sample, rx=9000 * sample, tx_bytes=800000 * sample, tx=8000 * sample)


def _tap(name: str) -> str:
    return (
        f"7: {name}: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq_codel state UP mode DEFAULT group default qlen 1000\n"
        "    link/ether fe:16:3e:00:00:01 brd ff:ff:ff:ff:ff:ff promiscuity 1\n"
        "    tun type tap pi off vnet_hdr on persist on\n"
    ) + _COUNTERS.format(rx_bytes=100, rx=1, tx_bytes=200, tx=2)


def _addresses(name: str) -> str:
    text = "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000\n    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n    inet 127.0.0.1/8 scope host lo\n       valid_lft forever preferred_lft forever\n"
    own = [("eth0", control(name))] + ([("eth1", tunnel(name))] if name in AGENTS else [])
    for number, (link, address) in enumerate(own, 2):
        network = address.rsplit(".", 1)[0]
        text += (
            f"{number}: {link}: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc mq state UP group default qlen 1000\n"
            f"    link/ether 52:54:00:00:{number:02x}:{NUMBER[name]:02x} brd ff:ff:ff:ff:ff:ff\n"
            f"    inet {address}/24 brd {network}.255 scope global {link}\n       valid_lft forever preferred_lft forever\n"
        )
    # libvirt's bridge has the same address everywhere.
    return (
        text
        + "9: virbr0: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500 qdisc noqueue state DOWN group default qlen 1000\n    link/ether 52:54:00:aa:bb:cc brd ff:ff:ff:ff:ff:ff\n    inet 192.168.122.1/24 brd 192.168.122.255 scope global virbr0\n       valid_lft forever preferred_lft forever\n"
    )


def _routes(name: str) -> str:
    text = f"default via 10.0.0.1 dev eth0\n10.0.0.0/24 dev eth0 proto kernel scope link src {control(name)}\n"
    return text + (f"172.16.0.0/24 dev eth1 proto kernel scope link src {tunnel(name)}\n" if name in AGENTS else "")


def _neighbours(name: str) -> str:
    peers = [(control(server), "eth0") for server in SERVERS] + [
        (tunnel(other), "eth1") for other in AGENTS if name in AGENTS and other != name
    ]
    return "".join(f"{address} dev {link} lladdr 52:54:00:00:99:{NUMBER[name]:02x} STALE\n" for address, link in peers)


_DISKS = """Filesystem     1024-blocks     Used Available Capacity Mounted on
/dev/vda1         41152736 12345678  26690678      32% /
/dev/vdb1         10190100  2345678   7303750      25% /var/log
/dev/vdc1         20511312  5345678  14100642      28% {data}
### inodes
Filesystem      Inodes  IUsed   IFree IUse% Mounted on
/dev/vda1      2621440 182345 2439095    7% /
/dev/vdb1       655360   1345  654015    1% /var/log
/dev/vdc1      1310720   2345 1308375    1% {data}
"""
_PROCESSES = {
    "agent": "1201 1 02:00:00 /usr/bin/wdog -- java\n1234 1201 02:00:00 /usr/bin/java -cp /usr/share/midolman/midolman.jar org.midonet.midolman.Midolman\n",
    "zookeeper": "801 1 10-02:00:00 /usr/bin/java -cp /etc/zookeeper/conf org.apache.zookeeper.server.quorum.QuorumPeerMain /etc/zookeeper/conf/zoo.cfg\n",
    "cassandra": "901 1 10-02:00:00 /usr/bin/java -ea -Xms1G org.apache.cassandra.service.CassandraDaemon\n",
    "api": "1001 1 10-02:00:00 /usr/bin/java -cp /usr/share/midonet-cluster/midonet-cluster.jar org.midonet.cluster.ClusterNode\n",
}
_DATA = {"zookeeper": "/var/lib/zookeeper", "cassandra": "/var/lib/cassandra", "api": "/srv", "compute": "/var/lib/nova", "gateway": "/srv"}
_FIREWALL = """# Generated by iptables-save v1.6.0 on Sun Nov 22 13:10:42 2026
*filter
:INPUT DROP [10:600]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [100:6000]
[9000:900000] -A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT
[50:4000] -A INPUT -i lo -j ACCEPT
[10:800] -A INPUT -p icmp -j ACCEPT
[10:800] -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
[10:800] -A INPUT -s 10.0.0.0/24 -p tcp -m multiport --dports 2181,2888,3888,9042,8181 -j ACCEPT
[10:800] -A INPUT -p tcp -m tcp --dport 8181 -j ACCEPT
[10:800] -A INPUT -s 172.16.0.0/24 -p udp -m udp --dport 6677 -j ACCEPT
COMMIT
# Completed on Sun Nov 22 13:10:42 2026
"""


_FILES = {
    "agent": ("/etc/midonet_host_id.properties", "/etc/midolman/logback.xml", "/etc/midolman/midolman-env.sh", "/etc/midolman/midolman.conf", "/var/log/midolman/midolman.log"),
    "zookeeper": ("/etc/zookeeper/conf/zoo.cfg", "/var/log/zookeeper/zookeeper.log"),
    "cassandra": ("/etc/cassandra/cassandra-env.sh", "/etc/cassandra/cassandra.yaml", "/var/log/cassandra/system.log"),
    "api": ("/etc/midonet/midonet.conf", "/etc/midonet-cluster/logback.xml", "/var/log/midonet-cluster/midonet-cluster.log"),
}


def _files(name: str) -> str:
    """The clock, then one line a file; logs were written twenty seconds ago."""
    lines = (f"{EPOCH - (20 if '/log/' in path else 864000)} 1200 644 root {path}\n" for path in _FILES["agent" if name in AGENTS else GROUPS[name][0]])
    return f"{EPOCH} 2026-11-22 22:10:42 +0900\n" + "".join(lines)


def _common(name: str) -> dict[tuple[str, int], str]:
    kind = GROUPS[name][0]
    return {
        ("underlay.system", 1): f"Linux {name} 4.4.0-210-generic #242-Ubuntu SMP Fri Apr 16 09:57:56 UTC 2021 x86_64 x86_64 x86_64 GNU/Linux\n{name}\n864000.12 6900000.00\nNAME=\"Ubuntu\"\nVERSION=\"16.04.7 LTS (Xenial Xerus)\"\nID=ubuntu\nVERSION_ID=\"16.04\"\n",
        ("underlay.ip_link", 1): _links(name, 1),
        ("underlay.ip_link", 2): _links(name, 2),
        ("underlay.ip_addr", 1): _addresses(name),
        ("underlay.ip_route", 1): _routes(name),
        ("underlay.ip_neigh", 1): _neighbours(name),
        ("underlay.filesystems", 1): _DISKS.format(data=_DATA[kind]),
        ("underlay.clock", 1): f"{EPOCH} +0900 JST\n",
        ("underlay.time_daemon", 1): "### chronyc\nReference ID    : 0A000001 (10.0.0.1)\nStratum         : 3\nRef time (UTC)  : Sun Nov 22 13:08:00 2026\nSystem time     : 0.000123456 seconds slow of NTP time\nLast offset     : -0.000012345 seconds\nRMS offset      : 0.000023456 seconds\nFrequency       : 1.234 ppm slow\nResidual freq   : -0.001 ppm\nSkew            : 0.012 ppm\nRoot delay      : 0.012345678 seconds\nRoot dispersion : 0.001234567 seconds\nUpdate interval : 64.2 seconds\nLeap status     : Normal\n### chronyc_sources\nMS Name/IP address         Stratum Poll Reach LastRx Last sample               \n===============================================================================\n^* 10.0.0.1                      3   6   377    35   +123us[ +123us] +/-   12ms\n### ntpq\n### timedatectl\n",
        ("underlay.firewall", 1): _FIREWALL,
        ("underlay.link_settings", 1): "".join(f"Settings for {link}:\n\tSpeed: 10000Mb/s\n\tDuplex: Full\n\tAuto-negotiation: off\n\tLink detected: yes\ndriver: ixgbe\nversion: 4.4.0-k\nfirmware-version: 0x80000528\nbus-info: 0000:0{place}:00.0\nFeatures for {link}:\ngeneric-receive-offload: on\nlarge-receive-offload: off\n" for place, link in enumerate(("eth0", "eth1", "eth2"), 1)),
        ("underlay.names", 1): f"### {name}\n{control(name)}       {name}\n" + ("### zk.example.org\n10.0.0.16       zk.example.org\n" if name in AGENTS else ""),
        ("underlay.security", 1): f"{EPOCH} 2026-11-22 22:10:42 +0900\n### selinux\n0\n### apparmor\nY\nlibvirt-2f1e (enforce)\n### audit\n",
        ("underlay.kernel_log", 1): f"{EPOCH} 2026-11-22 22:10:42 +0900\n864000.12 6900000.00\n",
        ("agent.processes", 1): _PROCESSES["agent" if name in AGENTS else kind],
        ("agent.files", 1): _files(name),
        ("agent.packages", 1): "midolman 2:5.2.2-1 ii\n" if name in AGENTS else "midonet-cluster 2:5.2.2-1 ii\n" if kind == "api" else "",
    }  # fmt: skip


# --- hosts with an agent


def _datapath(name: str, sample: int) -> str:
    names = [
        ("midonet", "Internal"),
        ("tngre-overlay", "Gre"),
        ("tnvxlan-overlay", "VXLan"),
        ("tnvxlan-vtep", "VXLan"),
        (interface(name), "NetDev"),
    ]
    ports = "".join(
        f"Port #{number} '{port_name}' {kind} Stats{{rxPackets={1000 * sample}, txPackets={2000 * sample}, rxBytes=0, txBytes=0, rxErrors=0, txErrors=0, rxDropped=0, txDropped=0}}\n"
        for number, (port_name, kind) in enumerate(names)
    )
    return f"Name: midonet\nIndex: 7\nSupports megaflows: yes\nStats:\n  Flows  50\n  Hits   {50000 * sample}\n  Lost   0\n  Misses {1500 * sample}\n{ports}"


def _pings(name: str, size: int, count: int) -> str:
    return "".join(
        f"### {tunnel(peer)}\nPING {tunnel(peer)} ({tunnel(peer)}) from {tunnel(name)} : {size}({size + 28}) bytes of data.\n\n--- {tunnel(peer)} ping statistics ---\n"
        f"{count} packets transmitted, {count} received, 0% packet loss, time 401ms\nrtt min/avg/max/mdev = 0.201/0.305/0.412/0.080 ms\nrc=0\n"
        for peer in AGENTS
        if peer != name
    )


def _agent(name: str) -> dict[tuple[str, int], str]:
    servers = ",".join(f"{control(server)}:2181" for server in SERVERS)
    return {
        ("underlay.kernel_modules", 1): "openvswitch 131072 3 - Live 0x0000000000000000\nvxlan 49152 1 openvswitch, Live 0x0000000000000000\n### modinfo\nfilename:       /lib/modules/4.4.0-210-generic/kernel/net/openvswitch/openvswitch.ko\nlicense:        GPL\ndepends:        libcrc32c\nintree:         Y\nvermagic:       4.4.0-210-generic SMP mod_unload modversions \n### builtin\n",
        ("overlay.datapath", 1): _datapath(name, 1),
        ("overlay.datapath", 2): _datapath(name, 2),
        ("agent.host_id", 1): f"# Generated on Thu Jan 01 00:00:00 JST 2026\nhost_uuid={identity(name)}\n",
        ("agent.config", 1): f"### /etc/midolman/midolman.conf\n[zookeeper]\nzookeeper_hosts = {servers}\nroot_key = /midonet\n[cassandra]\nservers = {control('k1')},{control('k2')}\n",
        ("agent.settings", 1): "### local\nagent {\n    datapath {\n        max_flow_count=20000\n        vxlan_overlay_udp_port=6677\n        vxlan_vtep_udp_port=4789\n    }\n    midolman {\n        dhcp_mtu=1500\n    }\n    loggers {\n        root=\"INFO\"\n    }\n}\n",
        ("underlay.sockets", 1): "Netid State Recv-Q Send-Q Local Address:Port Peer Address:Port\nudp UNCONN 0 0 *:6677 *:*\nudp UNCONN 0 0 *:123 *:* users:((\"chronyd\",pid=700,fd=5))\n",
        ("agent.watchdog_log", 1): f"{EPOCH} 2026-11-22 22:10:42 +0900\n[wdog] 2026-11-22 20:10:00 Child started\n",
        ("agent.log", 1): f"{EPOCH} 2026.11.22 22:10:42 +0900\n### /var/log/midolman/midolman.log from 2026-11-22 01:10:42\n### /var/log/midolman/midolman.event.log from 2026-11-12 20:10:42\n"
        f"2026.11.22 20:10:52.123 {name} INFO  org.midonet.event.agent.Nsdb - CONNECT Connected to the NSDB cluster. \n",
        ("nsdb.sessions", 1): f"ESTAB 0 0 {control(name)}:45212 {control('z1')}:2181 users:((\"java\",pid=1234,fd=45))\n",
        ("nsdb.zookeeper_connect", 2): "".join(f"connect {control(server)} 2181 open\n" for server in SERVERS),
        ("nsdb.cassandra_connect", 2): "".join(f"connect {control(server)} 9042 open\n" for server in ("k1", "k2")),
        ("underlay.ping", 2): _pings(name, 56, 20),
        ("underlay.ping_full_size", 2): _pings(name, 1472, 2),
    }  # fmt: skip


def _gateway(name: str) -> dict[tuple[str, int], str]:
    space = f"bgp-{port(name)[:7]}"
    inner = f"bgp{NUMBER[name]}"
    own, peer = f"203.0.113.{NUMBER[name]}", "203.0.113.1"
    return {
        **_agent(name),
        ("bgp.namespaces", 1): f"### {space}\n2001 /usr/lib/quagga/bgpd --vty_port 2606 --config_file /etc/midolman/quagga/bgpd.conf\n",
        ("bgp.links", 1): f"### {space}\n" + _LO + _link(3, inner, name, 1).replace(f"{inner}:", f"{inner}@if4:"),
        ("bgp.addresses", 1): f"### {space}\n3: {inner}@if4: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000\n    link/ether 02:bb:bb:00:00:01 brd ff:ff:ff:ff:ff:ff link-netnsid 0\n    inet {own}/24 brd 203.0.113.255 scope global {inner}\n       valid_lft forever preferred_lft forever\n",
        ("bgp.neighbours", 1): f"### {space}\n{peer} dev {inner} lladdr 02:cc:cc:00:00:01 PERMANENT\n",
        ("bgp.summary", 1): f"### {space}\nBGP router identifier {own}, local AS number 64513\nRIB entries 4, using 448 bytes of memory\nPeers 1, using 4568 bytes of memory\n\nNeighbor        V    AS MsgRcvd MsgSent   TblVer  InQ OutQ Up/Down  State/PfxRcd\n{peer}     4 64512     150     140        0    0    0 01:55:33        2\n\nTotal number of neighbors 1\n",
        ("bgp.config", 1): f"### {space}\nBuilding configuration...\n\nCurrent configuration:\n!\nrouter bgp 64513\n bgp router-id {own}\n network 198.51.100.0/24\n neighbor {peer} remote-as 64512\n neighbor {peer} timers 60 180\n!\nline vty\n!\nend\n",
        ("bgp.routes", 1): f"### {space}\nBGP table version is 0, local router ID is {own}\nStatus codes: s suppressed, d damped, h history, * valid, > best, = multipath,\n              i internal, r RIB-failure, S Stale, R Removed\nOrigin codes: i - IGP, e - EGP, ? - incomplete\n\n   Network          Next Hop            Metric LocPrf Weight Path\n*> 0.0.0.0          {peer}              0             0 64512 i\n*> 198.51.100.0     0.0.0.0                  0         32768 i\n\nTotal number of prefixes 2\n",
        ("underlay.sockets", 1): f"Netid State Recv-Q Send-Q Local Address:Port Peer Address:Port\nudp UNCONN 0 0 *:6677 *:*\n### {space}\nNetid State Recv-Q Send-Q Local Address:Port Peer Address:Port\ntcp LISTEN 0 3 *:179 *:* users:((\"bgpd\",pid=2001,fd=9))\ntcp LISTEN 0 3 *:2606 *:* users:((\"bgpd\",pid=2001,fd=8))\n",
        # Of an older trouble, which is over.
        ("bgp.sessions", 1): f"### {space}\nBGP neighbor is {peer}, remote AS 64512, local AS 64513, external link\n  BGP state = Established, up for 01:55:33\n  Connections established 2; dropped 1\n  Last reset 01:55:40,  Notification sent (OPEN Message Error/Bad Peer AS)\n",
    }  # fmt: skip


# --- servers


def _srvr(mode: str) -> str:
    return f"Zookeeper version: 3.4.8-1, built on Fri, 26 Feb 2016 14:51:43 +0100\nLatency min/avg/max: 0/1/120\nReceived: 3000\nSent: 2999\nConnections: 4\nOutstanding: 0\nZxid: 0x20000abcd\nMode: {mode}\nNode count: 500\n"


def _zookeeper(name: str) -> dict[tuple[str, int], str]:
    mode = "leader" if name == "z2" else "follower"
    listing = "".join(f"server.{number}={control(server)}:2888:3888\n" for number, server in enumerate(SERVERS, 1))
    return {
        ("zookeeper.config", 1): f"tickTime=2000\ninitLimit=10\nsyncLimit=5\ndataDir=/var/lib/zookeeper\nclientPort=2181\n{listing}### myid\n{SERVERS.index(name) + 1}\n",
        ("zookeeper.ruok", 1): "imok",
        ("zookeeper.srvr", 1): _srvr(mode),
        ("zookeeper.srvr", 2): _srvr(mode),
        ("zookeeper.peers", 2): "".join(f"connect {control(one)} 3888 open\n" for one in SERVERS if one != name),
        ("zookeeper.mntr", 1): f"zk_version\t3.4.8-1, built on Fri, 26 Feb 2016 14:51:43 +0100\nzk_avg_latency\t1\nzk_max_latency\t120\nzk_min_latency\t0\nzk_num_alive_connections\t4\nzk_outstanding_requests\t0\nzk_server_state\t{mode}\n" + ("zk_followers\t2\nzk_synced_followers\t2\nzk_pending_syncs\t0\n" if mode == "leader" else ""),
        ("zookeeper.isro", 1): "rw",
        ("zookeeper.cons", 1): "".join(f" /{control(one)}:45212[1](queued=0,recved=2104,sent=2110,sid=0x14ec1b2ee3c00{NUMBER[one]},lop=PING,est=1795350000000,to=30000,lcxid=0x2f,lzxid=0x500000d34,lresp=1795353040000,llat=0,minlat=0,avglat=0,maxlat=41)\n" for one in AGENTS) + " /127.0.0.1:58001[0](queued=0,recved=1,sent=0)\n\n",
        ("zookeeper.conf", 1): f"clientPort=2181\ndataDir=/var/lib/zookeeper/version-2\ndataLogDir=/var/lib/zookeeper/version-2\ntickTime=2000\nmaxClientCnxns=60\nminSessionTimeout=4000\nmaxSessionTimeout=40000\nserverId={SERVERS.index(name) + 1}\ninitLimit=10\nsyncLimit=5\nelectionAlg=3\nelectionPort=3888\nquorumPort=2888\npeerType=0\n",
        ("zookeeper.log", 1): f"{EPOCH} 2026-11-22 22:10:42 +0900\n### /var/log/zookeeper/zookeeper.log from 2026-11-12 20:10:42\n",
    }  # fmt: skip


def _cassandra(name: str) -> dict[tuple[str, int], str]:
    frame = "\udc84\x00\x00\x00\x06\x00\x00\x00\x1f\x00\x01\x00\x0bCQL_VERSION\x00\x02\x00\x053.0.0\x00\x053.2.0"
    ring = "".join(
        f"UN  {control(node)}  103.36 KB  256     50.0%             12345678-1234-1234-1234-1234567890{NUMBER[node]}  rack1\n"
        for node in ("k1", "k2")
    )
    return {
        ("cassandra.config", 1): f"cluster_name: 'midonet'\nlisten_address: {control(name)}\nrpc_address: {control(name)}\nnative_transport_port: 9042\nstart_native_transport: true\nseed_provider:\n    - class_name: org.apache.cassandra.locator.SimpleSeedProvider\n      parameters:\n          - seeds: \"{control('k1')}\"\n",
        ("cassandra.native_handshake", 1): frame,
        ("cassandra.nodetool_details", 1): "### info\nID                     : 8808ed78-7485-4d34-bec5-a43dc3313237\nGossip active          : true\nNative Transport active: true\nExceptions             : 0\n",
        ("cassandra.log", 1): f"{EPOCH} 2026-11-22 22:10:42 +0900\n### /var/log/cassandra/system.log from 2026-11-12 20:10:42\n",
        ("cassandra.nodetool_status", 1): "Datacenter: datacenter1\n=======================\nStatus=Up/Down\n|/ State=Normal/Leaving/Joining/Moving\n--  Address    Load       Tokens  Owns (effective)  Host ID                               Rack\n" + ring,
    }  # fmt: skip


BRIDGE = "6b1d2c3e-44d3-4e1f-91b3-28e2f0000001"


def chain(name: str) -> str:
    """The chain of rules of the host's machine."""
    return f"{NUMBER[name]:02d}f2c21f-6b3a-1f5e-8a1b-1c2d3e4f5000"


def _ports() -> str:
    """Every virtual port, as the REST API lists them: those of machines on one bridge, the uplinks of the edge router."""
    rows = [
        {"id": port(one), "deviceId": BRIDGE if one.startswith("c") else ROUTER, "type": "Bridge" if one.startswith("c") else "Router",
         "hostId": identity(one), "interfaceName": interface(one), "adminStateUp": True, "active": True,
         **({"vifId": port(one), "inboundFilterId": chain(one)} if one.startswith("c") else {})}
        for one in AGENTS
    ]  # fmt: skip
    return json.dumps(rows)


def _traces() -> str:
    """Somebody traces since a quarter of an hour."""
    row = {"id": "7b01c3c4-0d5e-4f60-8171-8293a4b5c6d7", "name": "ping", "deviceType": "PORT", "deviceId": port("c1"), "creationTimestampMs": (EPOCH - 900) * 1000, "enabled": True}
    return f"### /traces\nHTTP/1.1 200 OK\n\n{json.dumps([row])}\n"


def _api(name: str) -> dict[tuple[str, int], str]:
    edge = {gateway: f"203.0.113.{NUMBER[gateway]}" for gateway in ("g1", "g2")}
    return {
        ("agent.config", 1): "",
        ("api.log", 1): f"{EPOCH} 2026-11-22 22:10:42 +0900\n### /var/log/midonet-cluster/midonet-cluster.log from 2026-11-12 20:10:42\n",
        ("agent.settings", 1): "### default\nagent {\n    loggers {\n        root=\"INFO\"\n    }\n}\ncluster {\n    loggers {\n        root=\"INFO\"\n    }\n}\n",
        ("nsdb.sessions", 1): f"ESTAB 0 0 {control(name)}:45000 {control('z1')}:2181 users:((\"java\",pid=1001,fd=45))\n",
        ("nsdb.zookeeper_connect", 2): "".join(f"connect {control(server)} 2181 open\n" for server in SERVERS),
        ("api.http", 1): "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.org.midonet.Application-v6+json\r\nServer: Jetty(9.3.z-SNAPSHOT)\r\n\r\n{\"version\":\"5.2\"}",
        ("overlay.hosts", 1): "".join(f"host {identity(one)} name {one} alive true addresses {control(one)},{tunnel(one)} flooding-proxy-weight 1 container-weight 1 container-limit no-limit enforce-container-limit false\n" for one in AGENTS),
        ("overlay.tunnel_zones", 1): f"tzone {ZONE} name tz1 type vxlan\n### members\n" + "".join(f"zone {ZONE} host {identity(one)} address {tunnel(one)}\n" for one in AGENTS),
        ("overlay.bindings", 1): "".join(f"host {identity(one)} interface {interface(one)} port {port(one)}\n" for one in AGENTS),
        ("topology.routers", 1): f"router {ROUTER} name MidoNet Provider Router state up asn 64513\n### ports\n" + "".join(f"port {port(one)} device {ROUTER} state up plugged yes mac 02:bb:bb:00:00:00 address {address} net 203.0.113.0/24 vni 0 vxlan-off-ramp false\n" for one, address in edge.items()),
        ("topology.subnets", 1): subnets(),
        ("topology.rest", 1): f'### login\nHTTP/1.1 200 OK\n### /ports\nHTTP/1.1 200 OK\n\n{_ports()}\n{_traces()}### /bridges\nHTTP/1.1 200 OK\n\n{json.dumps([{"id": BRIDGE, "name": "tenant-net", "tenantId": "t1", "adminStateUp": True}])}\n### /chains\nHTTP/1.1 200 OK\n\n{json.dumps([{"id": chain(one), "name": "OS_PORT"} for one in AGENTS if one.startswith("c")])}\n### /routers/{ROUTER}/bgp_peers\nHTTP/1.1 200 OK\n\n[{{"id": "fc115f92-9ab7-54e8-8358-ea835c7d5a65", "routerId": "{ROUTER}", "address": "203.0.113.1", "asNumber": 64512}}]\n'
        f'### /routers/{ROUTER}/routes\nHTTP/1.1 200 OK\n\n{_edge_routes()}\n'
        f'### /routers/{ROUTER}/bgp_networks\nHTTP/1.1 200 OK\n\n[{{"id": "1187cf33-b450-5c59-9efd-350b32a3f174", "routerId": "{ROUTER}", "subnetAddress": "198.51.100.0", "subnetLength": 24, "uri": ""}}]\n',
    }  # fmt: skip


def _edge_routes() -> str:
    """The edge router's: to its own network, and by way of its peer."""
    own = {"routerId": ROUTER, "type": "Normal", "srcNetworkAddr": "0.0.0.0", "srcNetworkLength": 0, "nextHopPort": port("g1"), "weight": 100}
    rows = [
        {**own, "id": "de9b0001-9ab7-54e8-8358-ea835c7d5a65", "dstNetworkAddr": "203.0.113.0", "dstNetworkLength": 24, "learned": False},
        {**own, "id": "de9b0002-9ab7-54e8-8358-ea835c7d5a65", "dstNetworkAddr": "0.0.0.0", "dstNetworkLength": 0, "nextHopGateway": "203.0.113.1", "learned": True},
    ]
    return json.dumps(rows)


def subnets(mtu: int = 0) -> str:
    """What the API tells of the bridge's DHCP."""
    rows = [{"bridgeId": BRIDGE, "subnetPrefix": "10.9.0.0", "subnetLength": 16, "enabled": True, "interfaceMTU": mtu}]
    return f"### login\nHTTP/1.1 200 OK\n### /bridges/{BRIDGE}/dhcp\nHTTP/1.1 200 OK\n\n{json.dumps(rows)}\n"


def host(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "groups": GROUPS[name],
        "state": "complete",
        "reason": "",
        "address": control(name),
        "clock": {"skew_s": 0.01 + NUMBER[name] / 10000, "skew_error_s": 0.002},
    }


def fleet() -> dict[str, Evidence]:
    return {name: evidence(name) for name in GROUPS}
