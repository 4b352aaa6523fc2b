# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A healthy fleet as findings, and a small language to break it.

    ruin(healthy(), fail=["underlay.link.carrier@compute1", {"select": "nsdb.zookeeper.connect@*>zk1", "result": "refused"}])

A selector is check@host>peer#name; each part but the check may be a pattern, and is any when left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.model import Finding, Layer, Subject

SIMULATION = ("agent", "nsdb", "zookeeper", "cassandra")
TOPOLOGY = ("api", "topology", "bgp", "vm")


def layer(check: str) -> Layer:
    head = check.partition(".")[0]
    return "simulation" if head in SIMULATION else "topology" if head in TOPOLOGY else "overlay" if head == "overlay" else "underlay"


def finding(check: str, status: str = "pass", message: str = "", **words: Any) -> Finding:
    """A finding; kind, host, name, peer, key make its subject, everything else its values."""
    subject = {part: words.pop(part) for part in ("kind", "host", "name", "peer", "key") if part in words}
    subject.setdefault("kind", "host" if subject.get("host") else "fleet")
    return Finding(check, Subject(**subject), status, layer(check), message or f"{check.rpartition('.')[2]} {status}", values=words)  # type: ignore[arg-type]


def names(word: str, number: int) -> list[str]:
    return [f"{word}{index}" for index in range(1, number + 1)]


def healthy(computes: int = 4, gateways: int = 2, zookeepers: int = 3, cassandras: int = 2, apis: int = 1, taps: int = 2) -> list[Finding]:
    """Everything that the checks would say about a fleet without a fault."""
    agents = names("compute", computes) + names("gw", gateways)
    zks, cass, api_hosts = names("zk", zookeepers), names("cas", cassandras), names("api", apis)
    found: list[Finding] = []
    for host in (*agents, *zks, *cass, *api_hosts):
        found += _host(host, "eth1" if host in agents else "eth0")
    for number, host in enumerate(agents):
        found += _agent(host, agents, number, zks, cass)
    for host in names("compute", computes):
        for tap in range(taps):
            port = {"kind": "port", "host": host, "name": f"tap{tap}", "key": f"{host}-port{tap}"}
            found += [finding(check, **port) for check in ("vm.tap.name", "vm.tap.up", "vm.tap.datapath", "overlay.datapath.bound_ports")]
            found.append(finding("topology.port.bound", **port))
            found.append(finding("underlay.conflict.ovs_vswitchd", **port, interface=port["name"], taken_by=""))
            found += [finding("agent.bindings.unique", **port, also_on=[]), finding("agent.bindings.port_active", **port)]
    for host in names("gw", gateways):
        found += _gateway(host)
    for host in zks:
        for check in ("process", "ruok", "mode", "latency", "disk", "config.ensemble", "peer_ports", "outstanding"):
            found.append(finding(f"zookeeper.{check}", kind="server", host=host))
        found.append(finding("zookeeper.connections", kind="server", host=host, peer=agents[0]))
    found += [finding("zookeeper.quorum", kind="ensemble"), finding("zookeeper.followers", kind="ensemble")]
    for hosts, check, name in ((zks, "zookeeper", "zoo.cfg"), (cass, "cassandra", "cassandra.yaml"), (api_hosts, "api", "midonet.conf")):
        found += [finding(f"{check}.config.files", kind="file", host=host, name=name) for host in hosts]
    found += [finding("agent.log.level", kind="program", host=host, name="API server") for host in api_hosts]
    for hosts, check in ((zks, "zookeeper"), (cass, "cassandra"), (api_hosts, "api")):
        found += [finding(f"{check}.log.errors", kind="server", host=host, signature="") for host in hosts]
    found += [finding("nsdb.events.expired", host=host) for host in (*agents, *api_hosts)]
    found += [finding("nsdb.zookeeper.session", host=host) for host in api_hosts]
    for host in cass:
        for check in ("process", "native_port", "ring", "disk", "config.cluster"):
            found.append(finding(f"cassandra.{check}", kind="server", host=host))
    for host in api_hosts:
        found += [
            finding("api.process", kind="server", host=host),
            finding("api.http", kind="server", host=host),
            finding("api.auth", kind="server", host=host),
        ]
    found.append(finding("topology.router.state", kind="router", key="edge router", hosts=names("gw", gateways)))
    found.append(finding("topology.router.routes", kind="router", key="edge router", learnt_by=names("gw", gateways)))
    found.append(finding("overlay.zone.exists", kind="fleet"))
    found += [finding("underlay.time.fleet", host=host) for host in (*agents, *zks, *cass, *api_hosts)]
    found.append(finding("bgp.redundancy", kind="fleet"))
    return found


def _host(host: str, link: str) -> Iterable[Finding]:
    used = ["tunnel", "zookeeper"] if link == "eth1" else ["default_route"]
    yield finding("meta.host.answered", host=host)
    yield finding("meta.evidence.age", host=host)
    for check in ("carrier", "admin_up", "oper_up", "errors", "drops"):
        yield finding(f"underlay.link.{check}", kind="link", host=host, name=link, used_for=used)
    if host.startswith("gw"):
        for check in ("carrier", "admin_up", "oper_up"):
            yield finding(f"underlay.link.{check}", kind="link", host=host, name="eth2", used_for=["uplink"])
    yield finding("underlay.kernel.messages", host=host, log_read=True)
    for check in ("name.resolves", "time.sources"):
        yield finding(f"underlay.{check}", host=host)
    for check in ("time.synced", "time.offset", "time.timezone", "route.default"):
        yield finding(f"underlay.{check}", host=host)
    for check in ("access.selinux", "access.apparmor"):
        yield finding(f"underlay.{check}", host=host, log_read=True)
    yield finding("underlay.resource.disk", kind="filesystem", host=host, name="/var", used_for=["zookeeper", "cassandra", "agent", "log"])
    for key, service in (("tcp/2181", "zookeeper"), ("tcp/3888", "zookeeper_election"), ("tcp/9042", "cassandra"), ("udp/6677", "tunnel")):
        asked = host.startswith(("compute", "gw")) and service in ("zookeeper", "cassandra")
        yield finding("underlay.firewall.ports", kind="service", host=host, name=service, key=f"{key} out" if asked else key)
    yield finding("underlay.addr.unique", kind="address", host=host, key=f"address of {host}")


def _agent(host: str, agents: list[str], number: int, zks: list[str], cass: list[str]) -> Iterable[Finding]:
    others = [other for other in agents if other != host]
    if len(agents) > 30:  # as the probes are sampled
        others = [agents[(number + 2**step) % len(agents)] for step in range(5)]
    for peer in others:
        for check in ("underlay.ping.peer", "underlay.ping.quality", "underlay.mtu.path"):
            yield finding(check, kind="pair", host=host, peer=peer)
        yield finding("underlay.neigh.peers", kind="neighbour", host=host, peer=peer, name=f"address of {peer}", link="eth1")
        yield finding("underlay.route.peers", kind="route", host=host, peer=peer, name=f"address of {peer}", link="eth1")
    yield finding("underlay.neigh.peers", kind="neighbour", host=host, name="gateway", link="eth1")
    for server in zks:
        yield finding("nsdb.zookeeper.connect", kind="connection", host=host, peer=server, name=f"{server}:2181", result="open")
        yield finding("underlay.route.peers", kind="route", host=host, peer=server, name=f"address of {server}", link="eth1")
    for server in cass:
        yield finding("nsdb.cassandra.connect", kind="connection", host=host, peer=server, name=f"{server}:9042", result="open")
    yield finding("overlay.mtu.dhcp", kind="link", host=host, name="eth1", told=1450)
    for check in ("mtu.headroom", "mtu.consistent", "addr.tunnel_ip"):
        yield finding(f"underlay.{check}", kind="link" if "mtu" in check else "address", host=host, name="eth1", key="zone 1", link="eth1")
    for check in ("kernel.ovs_loaded", "kernel.ovs_matches"):
        yield finding(f"underlay.{check}", host=host)
    for check in ("zone.member", "zone.shared", "zone.address", "host.alive", "tunnel.errors", "tunnel.dropped"):
        yield finding(f"overlay.{check}", host=host)
    for check in ("overlay.tunnel.udp_port", "overlay.tunnel.traffic", "underlay.port.conflict"):
        yield finding(check, host=host)
    for check in ("exists", "base_ports", "lost", "flows"):
        yield finding(f"overlay.datapath.{check}", host=host)
    for check in ("agent.process.midolman", "agent.process.uptime", "agent.config.zk_hosts", "agent.log.errors", "nsdb.zookeeper.session"):
        yield finding(check, host=host)
    for check in ("agent.process.wdog", "agent.version.fleet", "zookeeper.clients_present"):
        yield finding(check, host=host)
    yield finding("agent.log.level", kind="program", host=host, name="agent")
    yield finding("agent.config.files", kind="file", host=host, name="midolman.conf")
    yield finding("agent.log.files", kind="file", host=host, name="/var/log/midolman/midolman.log")
    yield finding("agent.host_id.unique", host=host, key=f"id of {host}", twins=[])


def _gateway(host: str) -> Iterable[Finding]:
    yield finding("bgp.uplink.plugged", kind="port", host=host, name="eth2", key=f"uplink of {host}", namespace="mbgp1_ns", bound=True)
    yield finding("bgp.namespace", kind="host", host=host)
    for check in ("process", "listen", "ns.link", "config", "routes.advertised", "routes.default"):
        yield finding(f"bgp.{check}", kind="namespace", host=host, name="mbgp1_ns")
    for check in ("neigh", "session", "session.stable", "prefixes"):
        yield finding(f"bgp.{check}", kind="peer", host=host, name="203.0.113.1", key="203.0.113.1")
    yield finding("topology.port.admin", kind="port", host=host, key=f"uplink of {host}")
    yield finding("agent.bindings.port_active", kind="port", host=host, name="eth2", key=f"uplink of {host}")


Selector = str | Mapping[str, Any]


def ruin(findings: Iterable[Finding], **changes: Iterable[Selector]) -> list[Finding]:
    """The fleet with some findings changed: status=[selector, …]; a selector as a mapping gives values, too."""
    kept = list(findings)
    for status, selectors in changes.items():
        for selector in selectors:
            words = {"select": selector} if isinstance(selector, str) else dict(selector)
            wanted = words.pop("select")
            hits = [index for index, one in enumerate(kept) if selected(one, wanted)]
            assert hits, f"{wanted} is not in this fleet"
            for index in hits:
                one = kept[index]
                message = words.get("message", f"{one.check.rpartition('.')[2]} {status}")
                values = {**one.values, **{name: value for name, value in words.items() if name != "message"}}
                kept[index] = replace(one, status=status, message=message, values=values)  # type: ignore[arg-type]
    return kept


def selected(one: Finding, selector: str) -> bool:
    rest, _, name = selector.partition("#")
    rest, _, peer = rest.partition(">")
    check, at, host = rest.partition("@")
    subject = one.subject
    return (
        one.check == check
        and (not at or fnmatchcase(subject.host, host))
        and (not peer or fnmatchcase(subject.peer, peer))
        and (not name or fnmatchcase(subject.name, name))
    )
