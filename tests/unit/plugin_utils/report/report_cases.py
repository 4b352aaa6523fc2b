"""Diagnoses to render: the demo's two faults, a healthy fleet, a hostile one."""

from __future__ import annotations

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.model import Cause, Evidence, Finding, Subject, Symptom, Waiver
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.report.diagnosis import HostSummary, Material

COMPUTES = tuple(f"compute{number}" for number in range(1, 9))
HOSTS = (*COMPUTES, "gateway1", "gateway2", "zk1", "zk2", "zk3", "cassandra1", "cassandra2", "api1")
TIMES = {"started": "2026-11-22T03:14:07+00:00", "finished": "2026-11-22T03:14:55+00:00", "seconds": 48}


def finding(check: str, host: str = "", status: str = "fail", message: str = "", layer: str = "underlay", **more) -> Finding:
    subject = {key: more.pop(key) for key in ("kind", "name", "peer", "key") if key in more}
    return Finding(
        check=check,
        subject=Subject(**{"kind": "host", "host": host, **subject}),
        status=status,
        layer=layer,
        message=message or f"{check} {status}",
        evidence=tuple(Evidence(host, item) for item in more.pop("items", ())),
        **more,
    )


def symptoms(findings, by: str, because: str = "it needs it") -> tuple[Symptom, ...]:
    return tuple(Symptom(one, by, because) for one in findings)


def passes(check: str, hosts=HOSTS, layer: str = "underlay"):
    return [finding(check, host, "pass", layer=layer) for host in hosts]


ASSERTS = {
    "underlay.link.carrier": "Each link that is used has a carrier.",
    "underlay.mtu.consistent": "All tunnel links of a zone have the same MTU.",
    "underlay.mtu.path": "Full-size packets reach each peer.",
    "underlay.ping.peer": "Each peer answers ping.",
    "underlay.resource.disk": "No file system is full.",
    "zookeeper.process": "ZooKeeper runs.",
    "zookeeper.quorum": "The ensemble has a quorum.",
    "nsdb.zookeeper.connect": "Each server of the NSDB accepts connections.",
    "agent.process.midolman": "The agent runs.",
    "bgp.session": "Each BGP session is established.",
    "api.http": "The API answers.",
    "cassandra.ring": "All Cassandra nodes are up.",
    "meta.host.answered": "The host answered.",
    "underlay.time.offset": "The clock is right.",
}


def broken_fleet() -> Material:
    """ZooKeeper without quorum for two reasons, a low MTU, a host that is down, one that is slow."""
    disk = finding(
        "underlay.resource.disk", "zk2", message="/var/lib/zookeeper is 100 % full, 0 B free", kind="filesystem", name="/var/lib/zookeeper",
        remedy="Free space there.", values={"used_ratio": 1.0, "available_bytes": 0}, items=("underlay.df",),
    )  # fmt: skip
    stopped = finding("zookeeper.process", "zk3", message="the process is not running", layer="simulation", items=("agent.processes",))
    quorum = finding("zookeeper.quorum", kind="ensemble", message="1 of 3 servers serves, 2 are needed", layer="simulation")
    sessions = [
        finding("nsdb.zookeeper.connect", host, layer="simulation", name=f"10.0.0.{number}:2181", peer=f"zk{number}", kind="pair")
        for host in ("compute1", "compute2", "compute3", "gateway1", "gateway2", "api1")
        for number in (2, 3)
    ]
    agents = [finding("agent.process.midolman", host, layer="simulation") for host in ("compute1", "compute2")]
    sessions_bgp = [finding("bgp.session", f"gateway{n}", layer="topology", kind="peer", name=f"203.0.113.{n}") for n in (1, 2)]
    api = finding("api.http", "api1", layer="topology", message="the API answers 503")
    mtu = finding(
        "underlay.mtu.consistent", "compute4", message="eth1 has MTU 1400, its 7 peers 1500", kind="link", name="eth1",
        remedy="ip link set eth1 mtu 1500 on compute4, and in its network configuration", values={"mtu": 1400, "wanted_mtu": 1500},
        items=("underlay.ip_link",),
    )  # fmt: skip
    path = [
        finding("underlay.mtu.path", *ends, kind="pair", peer=peer)
        for ends, peer in ((("compute4",), "compute1"), (("compute1",), "compute4"), (("compute2",), "compute4"))
    ]
    down = finding("meta.host.answered", "compute7", message="ssh: connect to host 192.0.2.17 port 22: Connection timed out")
    pings = [
        finding("underlay.ping.peer", "zk1", kind="pair", peer="compute7"),
        finding("underlay.ping.peer", "compute2", kind="pair", peer="compute7"),
        finding("underlay.ping.peer", "compute2", "pass", kind="pair", peer="compute4"),
    ]
    slow = [
        finding(check, "cassandra1", "unknown", layer="simulation", reason="nodetool did not answer within 10 s")
        for check in ("cassandra.ring", "cassandra.schema", "cassandra.load", "cassandra.compaction")
    ]
    silent = [finding(check, "compute7", "unknown", reason="the host was not reached") for check in ("underlay.link.carrier", "api.http")]
    clocks = [finding("underlay.time.offset", host, "warn", message="the clock is 0.8 s off") for host in ("compute5", "compute6")]
    waived = finding("underlay.link.carrier", "compute8", name="eth3", kind="link", waiver=Waiver("spare port", "2027-01-31"))
    causes = [
        Cause(
            title="ZooKeeper has no quorum: zk2 and zk3 do not serve",
            findings=(disk, stopped),
            symptoms=symptoms([quorum, *sessions, *agents, *sessions_bgp, api], "zookeeper.process"),
            remedy="free space on zk2 (old snapshots: zkCleanup.sh), then start zookeeper on zk3",
            folded="quorum",
        ),
        Cause(
            title="compute4 cannot take full-size packets: eth1 has MTU 1400, its 7 peers 1500",
            findings=(mtu,),
            symptoms=symptoms(path, "underlay.mtu.consistent"),
            remedy=mtu.remedy,
        ),
        Cause(title="compute7 does not answer", findings=(), certainty="inferred"),
    ][:2]
    everything = [
        disk, stopped, quorum, *sessions, *agents, *sessions_bgp, api, mtu, *path, down, *pings, *slow, *silent, *clocks, waived,
        *passes("underlay.link.carrier", COMPUTES[:6]), *passes("zookeeper.process", ("zk1", "zk2"), "simulation"),
    ]  # fmt: skip
    states = {"compute7": ("not_reached", "ssh: connection timed out"), "cassandra1": ("partial", "round 1: 1 of 9 items timed out")}
    return Material(
        hosts=[HostSummary(host, ("compute",), *states.get(host, ("complete", ""))) for host in HOSTS],
        findings=everything,
        causes=causes,
        unconfirmed=[down, *pings[:2]],
        asserts=ASSERTS,
        kind="troubleshoot",
        version="0.1.0",
        times=TIMES,
    )


def healthy_fleet(hosts=HOSTS) -> Material:
    """Everything passes; one check does not apply."""
    found = [one for check in ASSERTS if check != "api.http" for one in passes(check, hosts)]
    found += [finding("api.http", hosts[0], "skipped", reason="not in the group api", layer="topology")]
    return Material(
        hosts=[HostSummary(host) for host in hosts], findings=found, asserts=ASSERTS, kind="troubleshoot", version="0.1.0", times=TIMES
    )
