# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""MidoNet's own tools and files of both generations: mm-dpctl, midonet-cli, packages, configuration, the agent's logs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from generator.model import Agent, Clock, Counters, Datapath, Fleet, Generation, Host, StaleHost
from generator.printers.system import date_line, local_time

VERSION = {"A": "2015.06.1", "B": "5.2.2"}


# ---- mm-dpctl


def datapath_ports(host: Host) -> list[tuple[int, str, str, Counters, Counters, bool]]:
    """(number, name, type, received, sent, whether the counters are a tunnel's) in the order of their numbers."""
    none = Counters()
    mine = (host.tunnel_rx, host.tunnel_tx)
    vxlan = host.tunnel_type == "vxlan"
    ports = [(0, "midonet", "Internal", none, none, False)]
    if host.base_ports:
        ports += [
            (1, "tngre-overlay", "Gre", *((none, none) if vxlan else mine), True),
            (2, "tnvxlan-overlay", "VXLan", *(mine if vxlan else (none, none)), True),
            (3, "tnvxlan-vtep", "VXLan", none, none, True),
        ]
        if host.generation == "B":
            ports.append((4, "tnvxlan-recirc", "VXLan", none, none, True))
    number = 5
    for speaker in host.speakers:
        link = host.links[speaker.interface]
        if speaker.bound:
            ports.append((number, link.name, "NetDev", link.rx, link.tx, False))
        number += 1
    for vm in host.vms:
        if vm.in_datapath and vm.exists and vm.admin_up:
            ports.append((number, vm.tap, "NetDev", vm.rx, vm.tx, False))
        number += 1
    return ports


def _stats(received: Counters, sent: Counters, round: int) -> str:
    r, s = received.at(round), sent.at(round)
    return (
        f"Stats{{rxPackets={r[1]}, txPackets={s[1]}, rxBytes={r[0]}, txBytes={s[0]}, "
        f"rxErrors={r[2]}, txErrors={s[2]}, rxDropped={r[3]}, txDropped={s[3]}}}"
    )


def show(host: Host, datapath: Datapath, round: int) -> tuple[str, str, int]:
    """`mm-dpctl … show`: text, standard error, exit code."""
    if not datapath.exists:
        if host.generation == "A":
            told = "03:14:09.120 ERROR [] Mmdpctl -  Error while retrieving the datapath: {}\n"
            return told + "java.lang.RuntimeException: Could not find datapath: midonet\n", "", 255
        return "", "[\x1b[31mmm-dpctl\x1b[0m] Error: No such device\n", 1
    late = round - 1
    flows = datapath.flows
    hits = datapath.hits + late * datapath.more_hits
    lost = datapath.lost + late * datapath.more_lost
    misses = datapath.misses + late * datapath.more_misses
    if host.generation == "A":
        head = f"Datapath name   : midonet\nDatapath index : {datapath.index}\nDatapath Stats: \n  Flows :{flows}\n  Hits  :{hits}\n  Lost  :{lost}\n  Misses:{misses}\n"
        rows = (f'Port #{number} "{name}"  {kind}  {_stats(r, s, round)}\n' for number, name, kind, r, s, _ in datapath_ports(host))
    else:
        head = f"Name: midonet\nIndex: {datapath.index}\nSupports megaflows: yes\nStats:\n  Flows  {flows}\n  Hits   {hits}\n  Lost   {lost}\n  Misses {misses}\n"
        # The kernel's order is that of a hash table.
        ports = sorted(datapath_ports(host), key=lambda port: (port[0] * 7) % 11)
        rows = (f"Port #{number} '{name}' {kind} {_stats(r, s, round)}\n" for number, name, kind, r, s, _ in ports)
    return head + "".join(rows), "", 0


# ---- files and logs of the agent


def packages(host: Host) -> tuple[str, str, int]:
    """`dpkg-query` or rpm: what of MidoNet is installed; text, standard error, exit code. ZooKeeper and Cassandra hosts have nothing of it."""
    rpm = bool(host.redhat_release)
    version = VERSION[host.generation] + ("-1.0.el7 installed" if rpm else " ii ")
    lines = []
    if host.agent:
        lines.append(f"midolman {version.replace(VERSION[host.generation], host.agent.version or VERSION[host.generation])}")
    if host.api:
        lines.append(f"{'midonet-api' if host.generation == 'A' else 'midonet-cluster'} {version}")
        lines.append(f"python-midonetclient {version}")
    text = "".join(f"{line}\n" for line in lines)
    # rpm has nothing to say of what is not there.
    complaint = "" if text or rpm else "".join(f"dpkg-query: no packages found matching {name}*\n" for name in ("midolman", "midonet", "python-midonetclient"))
    return text, complaint, 1 if complaint else 0


def config(zookeeper: Sequence[str], cassandra: Sequence[str], root_key: str, path: str) -> str:
    """midolman.conf or midonet.conf as `cat` shows it below its name."""
    text = f"### {path}\n[zookeeper]\nzookeeper_hosts = {','.join(zookeeper)}\nroot_key = {root_key}\nsession_gracetime = 30000\n\n"
    if cassandra:
        text += f"[cassandra]\nservers = {','.join(cassandra)}\nreplication_factor = 1\ncluster = midonet\n\n"
    return text


def host_id(agent: Agent) -> str:
    return f"#Tue Mar 03 10:11:12 JST 2026\nhost_uuid={agent.host_id}\n"


def watchdog_log(agent: Agent, clock: Clock) -> str:
    """The time of the host, then the end of upstart-stderr.log."""
    lines = [date_line(clock, "%Y-%m-%d %H:%M:%S %z")]
    for ago, status in sorted(agent.restarts, reverse=True)[-200:]:
        when = local_time(clock) - timedelta(seconds=ago)
        lines.append(f"[wdog] {when:%a %b %d %H:%M:%S %Y} Child died with status {status}\n")
    return "".join(lines)


def environment(agent: Agent) -> str:
    """midolman-env.sh and logback.xml below their names."""
    disabled = "export WATCHDOG_DISABLE=1\n" if agent.watchdog_disabled else ""
    return (
        f'### /etc/midolman/midolman-env.sh\nMAX_HEAP_SIZE="2048M"\nHEAP_NEWSIZE="1600M"\n{disabled}\n'
        f"### /etc/midolman/logback.xml\n{logback('midolman', agent.log_level)}\n"
    )


def logback(program: str, level: str) -> str:
    return (
        f'<configuration scan="true">\n    <appender name="LOG-FILE" class="ch.qos.logback.core.rolling.RollingFileAppender">\n'
        f"        <file>${{{program}.log.dir}}/{program}.log</file>\n    </appender>\n"
        f'    <root level="{level}">\n        <appender-ref ref="LOG-FILE" />\n    </root>\n</configuration>\n'
    )


def settings(which: str, agent: Agent | None, zookeeper: Sequence[str], cassandra: Sequence[str], generation: Generation) -> str:
    """`mn-conf dump` without the descriptions, of one host ("local") or of the template that all hosts follow ("default")."""
    flows = agent.max_flow_count if agent else 20_000 if generation == "A" else 1_500_000
    level = agent.log_level if agent else "INFO"
    lines = [f"### {which}", "agent {", "    cassandra {", '        cluster="midonet"', "    }", "    datapath {", f"        max_flow_count={flows}"]
    lines += ["        send_buffer_pool_max_size=4096", f"        vxlan_overlay_udp_port={agent.overlay_port if agent else 6677}"]
    lines += ["        vxlan_vtep_udp_port=4789", "    }", "    loggers {", f'        root="{level}"', "    }", "    midolman {"]
    lines += ['        bgp_connect_retry="120s"', '        bgp_holdtime="180s"', '        bgp_keepalive="60s"', "        dhcp_mtu=1500"]
    lines += ['        input_channel_threading="one_to_many"', "        simulation_threads=1", "    }", "    router {"]
    lines += ['        bgp_zookeeper_holdtime="5s"', "        max_bgp_peer_routes=200", "    }", "}", "cassandra {", '    cluster="midonet"']
    lines += ["    replication_factor=1", f'    servers="{",".join(cassandra)}"', "}"]
    if generation == "B":
        lines += ["cluster {", "    loggers {", '        root="INFO"', "    }", "    rest_api {", "        enabled=true", "        http_port=8181", "    }", "}"]
    lines += ["zookeeper {", f'    root_key="{"/midonet/v1" if generation == "A" else "/midonet"}"', '    session_gracetime="30s"', '    session_timeout="30s"']
    return "\n".join([*lines, f'    zookeeper_hosts="{",".join(zookeeper)}"', "}"]) + "\n"


def tracers(agent: Agent) -> tuple[str, str, int]:
    """`mm-trace list`, which asks the agent by JMX: nobody left a tracer."""
    return ("", "", 0) if agent.running else ("[mm-trace] Failed: [mm-trace] Failed to connect to remote agent: Connection refused\n", "", 1)


def meters(fleet: Fleet, host: Host, agent: Agent) -> tuple[str, str, int]:
    """`mm-meter list`: devices, then both directions of each port."""
    if not agent.running:
        return "", "[mm-meter] Failed: [mm-meter] Failed to connect to remote agent: Connection refused\n", 1
    ports = [*(one.port for one in host.speakers), *(vm.port for vm in host.vms if vm.in_datapath)]
    lines = [f"meters:device:{fleet.router_id}"] + [f"meters:device:{fleet.bridge_id}"] * bool(host.vms)
    return "".join(f"{line}\n" for line in [*lines, *(f"meters:port:{way}:{port}" for port in ports for way in ("tx", "rx"))]), "", 0


def metrics(host: Host, agent: Agent) -> str:
    """The host's clock, and the last of midolman.metrics.log where the agent writes one (5.x)."""
    text = date_line(host.clock, "%Y-%m-%d %H:%M:%S %z")
    if not agent.metrics or host.generation == "A":
        return text
    when = f"{local_time(host.clock) - timedelta(seconds=20):%Y.%m.%d %H:%M:%S}.123 {host.name} -"
    base = "org.midonet"
    rate = f"mean_rate={agent.htb_drops_per_s / 9:g}, m1={agent.htb_drops_per_s:g}, m5={agent.htb_drops_per_s / 2:g}, m15={agent.htb_drops_per_s / 4:g}, rate_unit=events/second"
    return (
        f"{text}{when} type=COUNTER, name={base}.midolman.monitoring.metrics.PacketPipelineCounter.worker-0.packetsOnHold, count={agent.on_hold}\n"
        f"{when} type=METER, name={base}.midolman.monitoring.metrics.PacketPipelineMeter.worker-0.packetQueue.overflow, count=0, mean_rate=0, m1=0, m5=0, m15=0, rate_unit=events/second\n"
        f"{when} type=METER, name={base}.netlink.NetlinkMeter.htbDrops, count={round(agent.htb_drops_per_s * 900)}, {rate}\n"
    )


def api_config(generation: Generation, zookeeper: Sequence[str]) -> str:
    """Files of the API server and of midonet-cli, each below its name."""
    port = 8080 if generation == "A" else 8181
    client = f"### /root/.midonetrc\n[cli]\napi_url = http://127.0.0.1:{port}/midonet-api\npassword = ***REDACTED***\nproject_id = admin\n\n"
    if generation == "B":
        return f"### /etc/midonet-cluster/logback.xml\n{logback('midonet-cluster', 'INFO')}\n{client}"
    parameters = {
        "rest_api-base_uri": "http://localhost:8080/midonet-api",
        "auth-auth_provider": "org.midonet.cluster.auth.keystone.v2_0.KeystoneService",
        "keystone-service_protocol": "http",
        "keystone-admin_token": "***REDACTED***",
        "zookeeper-zookeeper_hosts": ",".join(zookeeper),
        "zookeeper-midolman_root_key": "/midonet/v1",
    }
    rows = "".join(
        f"  <context-param>\n    <param-name>{name}</param-name>\n    <param-value>{value}</param-value>\n  </context-param>\n" for name, value in parameters.items()
    )
    web = f'<?xml version="1.0" encoding="UTF-8"?>\n<web-app>\n  <display-name>MidoNet API</display-name>\n{rows}</web-app>\n'
    where = "/usr/share/midonet-api/WEB-INF"
    return f"### {where}/web.xml\n{web}\n### {where}/classes/logback.xml\n{logback('midonet-api', 'INFO')}\n{client}"


# ---- midonet-cli


def list_hosts(rows: Iterable[tuple[str, str, bool, Sequence[str]]], generation: Generation) -> str:
    """`list host`: (id, name, alive, addresses)."""
    tail = " flooding-proxy-weight 1 container-weight 1 container-limit no-limit enforce-container-limit false" if generation == "B" else ""
    lines = []
    for identity, name, alive, addresses in rows:
        told = f" addresses {','.join(addresses)}" if addresses else ""
        lines.append(f"host {identity} name {name} alive {'true' if alive else 'false'}{told}{tail}\n")
    return "".join(lines)


def tunnel_zones(fleet: Fleet) -> str:
    """`list tunnel-zone`, then the members of each."""
    zones = "".join(f"tzone {zone.id} name {zone.name} type {zone.type}\n" for zone in fleet.zones)
    members = (f"zone {zone.id} host {identity} address {address}\n" for zone in fleet.zones for identity, address in zone.members)
    return f"{zones}### members\n{''.join(members)}"


def bindings(fleet: Fleet) -> str:
    """`host … list binding` of every host."""
    lines = []
    for host in fleet.agents:
        if host.agent and host.agent.registered:
            listed = host.agent.listed_id or host.agent.host_id
            lines += [f"host {listed} interface {one.interface} port {one.port}\n" for one in host.speakers if one.bound]
            lines += [f"host {vm.bound_to or listed} interface {vm.tap} port {vm.port}\n" for vm in host.vms]
    # Legacy ports on an uplink's device go with its binding.
    unbound = {(host.agent.host_id, one.interface) for host in fleet.agents if host.agent for one in host.speakers if not one.bound}
    more = [one for one in fleet.more_bindings if one[:2] not in unbound]
    lines += [f"host {identity} interface {interface} port {port}\n" for identity, interface, port in more]
    return "".join(lines)


def routers(fleet: Fleet) -> str:
    """`list router`, then the ports of each; a tenant's router has ports that are bound to no host."""
    number = f" asn {fleet.asn}" if fleet.generation == "B" else ""
    tail = " vni 0 vxlan-off-ramp false" if fleet.generation == "B" else ""
    tenant = fleet.tenant_router_id
    asn0 = " asn 0" if fleet.generation == "B" else ""
    lines = [f"router {fleet.router_id} name {fleet.router_name} state up{number}\n", f"router {tenant} name tenant-router state up{asn0}\n", "### ports\n"]
    for host in fleet.of("gateway"):
        for place, speaker in enumerate(host.speakers):
            address, length = speaker.address.split("/")
            network = ".".join(address.split(".")[:3]) + f".{int(address.split('.')[3]) // 8 * 8}/{length}"
            lines.append(
                f"port {speaker.port} device {fleet.router_id} state up plugged {'yes' if speaker.plugged else 'no'} "
                f"mac ac:ca:ba:00:{host.number & 255:02x}:{place:02x} address {address} net {network}{tail}\n"
            )
    lines.append(f"port {fleet.tenant_port_id} device {tenant} state up plugged no mac ac:ca:ba:ff:00:01 address 10.9.0.1 net 10.9.0.0/16{tail}\n")
    return "".join(lines)


def stale_rows(stale: Iterable[StaleHost]) -> list[tuple[str, str, bool, Sequence[str]]]:
    return [(one.id, one.name, False, one.addresses) for one in stale]
