# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`stat -L -c '%Y %s %a %U %n'` of the configuration files and logs that the packages of each generation bring along."""

from __future__ import annotations

from collections.abc import Iterator

from generator.model import STARTED, Host, Speaker, drawn_between
from generator.printers.system import date_line

# path, size in bytes, mode, owner; sizes of logs are drawn.
File = tuple[str, int, str, str]


def files(host: Host) -> str:
    """The clock, then one line a file."""
    now = STARTED + round(host.clock.skew_s)
    lines = [date_line(host.clock, "%Y-%m-%d %H:%M:%S %z")]
    for path, size, mode, owner in (one for one in _all(host) if one[0] not in host.missing_files):
        logged = path.startswith("/var/log/")
        age = drawn_between(1, 900, path, host.name) if logged else drawn_between(100_000, min(host.uptime_s, 9_000_000), path, host.name)
        lines.append(f"{now - age} {drawn_between(2000, 900_000, path, host.name) if logged and size else size} {mode} {owner} {path}\n")
    return "".join(lines)


def _all(host: Host) -> Iterator[File]:
    old = host.generation == "A"
    if host.agent:
        yield from _of_agent(host, host.agent.trace_log)
    if host.api and not old:
        yield "/etc/midonet/midonet.conf", 101, "644", "root"
        yield "/etc/midonet-cluster/logback.xml", 2105, "644", "root"
    for speaker in host.speakers:
        yield bgp_log(host, speaker), 1, "640", "quagga" if speaker.software == "quagga" else "frr"
    if "gateway" in host.groups:
        software = {speaker.software for speaker in host.speakers} or {"quagga"}
        if "quagga" in software or host.host_daemon:
            yield from ((f"/etc/quagga/{name}", size, "640", "quagga") for name, size in (("bgpd.conf", 57), ("debian.conf", 702), ("daemons", 1012)))
        if "frr" in software:
            yield from ((f"/etc/frr/{name}", size, "640", "frr") for name, size in (("frr.conf", 489), ("vtysh.conf", 32), ("daemons", 3840)))
    if host.zookeeper:
        yield "/etc/zookeeper/conf/zoo.cfg", 1183, "644", "root"
        yield from ((f"/var/log/zookeeper/{name}", size, "644", "zookeeper") for name, size in (("zookeeper.log", 1), ("zookeeper.out", 0)))
    if host.cassandra:
        sizes = (("cassandra-env.sh", 9844), ("cassandra.yaml", 36423), ("logback.xml", 2371))
        yield from ((f"/etc/cassandra/{name}", size, "644", "root") for name, size in sizes)
        yield "/var/log/cassandra/system.log", 1, "644", "cassandra"
    if host.api and old:
        yield from ((f"/usr/share/midonet-api/WEB-INF/{name}", size, "644", "root") for name, size in (("web.xml", 8312), ("classes/logback.xml", 1530)))
        yield from ((f"/var/log/tomcat7/{name}", 1, "644", "tomcat7") for name in ("catalina.out", "midonet-api.log"))
    if host.api:
        if not old:
            yield "/var/log/midonet-cluster/midonet-cluster.log", 1, "644", "root"
        yield "/root/.midonetrc", 110, "600", "root"


def _of_agent(host: Host, traced: bool) -> Iterator[File]:
    """Generation A keeps the identity elsewhere and has a file for Akka; mm-trace.log is empty as long as nobody traces."""
    old = host.generation == "A"
    names = ("host_uuid.properties", "logback.xml", "midolman-akka.conf", "midolman-env.sh", "midolman.conf") if old else ("logback.xml", "midolman-env.sh", "midolman.conf")
    if not old:
        yield "/etc/midonet_host_id.properties", 79, "644", "root"
    yield from ((f"/etc/midolman/{name}", 60 + 97 * len(name), "644", "root") for name in names)
    logs = ["midolman.log", "midolman.event.log", *(["mm-trace.log"] if traced else []), "upstart-stderr.log"]
    yield from ((f"/var/log/midolman/{name}", int(name != "mm-trace.log"), "644", "root") for name in logs)


def bgp_log(host: Host, speaker: Speaker) -> str:
    """Where a namespace's daemon logs."""
    if host.generation == "A":
        return f"/var/log/quagga/bgpd.{speaker.vty}.log"
    return f"/var/log/midolman/quagga.{speaker.vty}.{speaker.namespace}.{speaker.address.split('/')[0]}/bgpd.log"
