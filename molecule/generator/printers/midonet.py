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


def packages(host: Host) -> str:
    """`dpkg-query`: what of MidoNet is installed. ZooKeeper and Cassandra hosts have nothing of it."""
    version = VERSION[host.generation]
    lines = []
    if host.agent:
        lines.append(f"midolman {version} ii ")
    if host.api:
        lines.append(f"{'midonet-api' if host.generation == 'A' else 'midonet-cluster'} {version} ii ")
        lines.append(f"python-midonetclient {version} ii ")
    return "".join(f"{line}\n" for line in lines)


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


def agent_log(agent: Agent, clock: Clock) -> str:
    """The time of the host, then the errors and warnings of midolman.log."""
    lines = [date_line(clock, "%Y.%m.%d %H:%M:%S %z")]
    for ago, level, logger, message in sorted(agent.log, key=lambda one: -one[0])[-200:]:
        when = local_time(clock) - timedelta(seconds=ago)
        lines.append(f"{when:%Y.%m.%d %H:%M:%S}.{ago % 1000:03d} {level:<5} [main-EventThread] {logger} -  {message}\n")
    return "".join(lines)


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
            lines += [f"host {listed} interface {vm.tap} port {vm.port}\n" for vm in host.vms]
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
