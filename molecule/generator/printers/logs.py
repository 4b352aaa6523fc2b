# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The errors and warnings of logs as the collector picks them out: the host's clock, then each file below its name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from generator.model import Clock, Host, Speaker
from generator.printers.files import bgp_log
from generator.printers.system import date_line, local_time

# seconds ago, level, who says it, what it says
Record = tuple[int, str, str, str]
_MOST = 200


def _head(clock: Clock) -> str:
    return date_line(clock, "%Y-%m-%d %H:%M:%S %z")


def _file(path: str, clock: Clock, records: Iterable[Record], layout: Callable[[datetime, int, str, str, str], str]) -> str:
    told = sorted(records, key=lambda one: -one[0])[-_MOST:]
    now = local_time(clock)
    return f"### {path}\n" + "".join(layout(now - timedelta(seconds=ago), ago % 1000, level, who, what) for ago, level, who, what in told)


def agent(host: Host) -> str:
    """midolman.log and, of its event log, starts and what became of the network state database."""
    told = host.agent
    assert told is not None

    def event(when: datetime, ms: int, level: str, who: str, what: str) -> str:
        return f"{when:%Y.%m.%d %H:%M:%S}.{ms:03d} {host.name} {level:<5} org.midonet.event.agent.{who} - {what} \n"

    def line(when: datetime, ms: int, level: str, who: str, what: str) -> str:
        return f"{when:%Y.%m.%d %H:%M:%S}.{ms:03d} {level:<5} [main-EventThread] {who} -  {what}\n"

    directory = "/var/log/midolman/midolman"
    return _head(host.clock) + _file(f"{directory}.log", host.clock, told.log, line) + _file(f"{directory}.event.log", host.clock, told.events, event)


def api(host: Host) -> str:
    """midonet-cluster.log (5.x); midonet-api.log and Tomcat's own (before)."""
    told = host.api
    assert told is not None

    def cluster(when: datetime, ms: int, level: str, who: str, what: str) -> str:
        return f"{when:%Y.%m.%d %H:%M:%S}.{ms:03d} {level:<5} [main] {who} {what}\n"

    def tomcat(when: datetime, ms: int, level: str, who: str, what: str) -> str:
        return f"{when:%Y.%m.%d %H:%M:%S}.{ms:03d} {level:<5} {who} -  {what}\n"

    if host.generation == "B":
        return _head(host.clock) + _file("/var/log/midonet-cluster/midonet-cluster.log", host.clock, told.log, cluster)
    return _head(host.clock) + _file("/var/log/tomcat7/midonet-api.log", host.clock, told.log, tomcat) + "### /var/log/tomcat7/catalina.out\n"


def zookeeper(host: Host) -> str:
    """zookeeper.log of 3.4, and what its start script printed, which is nothing."""
    told = host.zookeeper
    assert told is not None

    def line(when: datetime, ms: int, level: str, who: str, what: str) -> str:
        return f"{when:%Y-%m-%d %H:%M:%S},{ms:03d} [myid:{told.my_id}] - {level:<5} [{who}] - {what}\n"

    return _head(host.clock) + _file("/var/log/zookeeper/zookeeper.log", host.clock, told.log, line) + "### /var/log/zookeeper/zookeeper.out\n"


def cassandra(host: Host) -> str:
    """system.log of 2.0."""
    told = host.cassandra
    assert told is not None

    def line(when: datetime, ms: int, level: str, who: str, what: str) -> str:
        thread = "GossipTasks:1" if who.startswith("Gossiper") else "main"
        return f"{level:>5} [{thread}] {when:%Y-%m-%d %H:%M:%S},{ms:03d} {who} {what}\n"

    return _head(host.clock) + _file("/var/log/cassandra/system.log", host.clock, told.log, line)


def bgp(host: Host, speakers: Iterable[Speaker]) -> str:
    """bgpd.log of each daemon."""
    text = _head(host.clock)
    for speaker in speakers:
        records = ((ago, "", "", what) for ago, what in speaker.log)
        text += _file(bgp_log(host, speaker), host.clock, records, lambda when, _ms, _level, _who, what: f"{when:%Y/%m/%d %H:%M:%S} BGP: {what}\n")
    return text
