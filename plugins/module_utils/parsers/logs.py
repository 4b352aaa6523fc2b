# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Records of every log that a MidoNet cloud writes: level, time, logger, message, stack. PRIVATE to the collection.

    1795353042 2026-11-22 22:10:42 +0900
    ### /var/log/zookeeper/zookeeper.log
    2026-11-22 22:01:07,123 [myid:1] - WARN  [QuorumPeer[myid=1]:QuorumCnxManager@382] - Cannot open channel to 3 at …
    ### /var/log/cassandra/system.log from 2026-11-22 21:40:12
    ERROR [MutationStage-2] 2026-11-22 22:01:07,123 CassandraDaemon.java:199 - Exception in thread …

The first line is the host's clock, from which a record's local time becomes seconds since the epoch. A line that begins no
record belongs to the record before it: a stack trace. A file of which only the end was read says since when. Which program wrote a
file is told by its name, and known messages are found in that program's table. A record of a program that is told to write
otherwise than by default is read as a record too, as long as it begins with a time or a level.
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional, Tuple, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _logtime, _signatures
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed, Unread


class Record(TypedDict):
    """One record; level is trace, debug, info, warn, error or fatal (None: the log has none, as bgpd's)."""

    file: Optional[str]
    time_s: Optional[float]  # seconds since the epoch; None when the host's clock is not known
    level: Optional[str]
    thread: Optional[str]
    logger: Optional[str]
    message: str
    signature: Optional[str]
    benign: bool
    stack: List[str]  # the first lines of it
    stack_lines: int


class Log(TypedDict):
    """now_s: the host's clock when the log was read; files: those that were named before their lines.

    since_s: of files that were not read from their beginning, since when the records are complete (None: not told).
    """

    now_s: Optional[int]
    files: List[str]
    since_s: Dict[str, Optional[float]]
    records: List[Record]


_DATE = r"[0-9]{4}[-./][0-9]{2}[-./][0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]{1,6})?"
_LEVEL = r"(?P<level>TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL|SEVERE|FINE|CONFIG)"
_THREAD = r"\[(?P<thread>[^\n]{0,200}?)\]"
# One after the other; the first that fits a line counts.
_LAYOUTS: Tuple[Any, ...] = tuple(
    re.compile(pattern)
    for pattern in (
        # midolman.log, minions.log: 2015.07.23 10:12:13.123 WARN  [main] connection -  message; mm-trace.log without thread and logger
        rf"(?P<time>{_DATE}) {_LEVEL} {{1,2}}{_THREAD} (?P<logger>\S{{1,200}}) - +(?P<message>.*)",
        # Cassandra 5.x with the date first: … [main] StartupChecks.java:262 - message, and midonet-cluster.log without the dash
        rf"(?P<time>{_DATE}) {_LEVEL} {{1,2}}{_THREAD} (?P<logger>\S{{1,200}}) +(?P<message>.*)",
        # ZooKeeper: 2015-07-23 10:12:13,123 [myid:1] - WARN  [thread:Class@12] - message; 3.3 and 3.4 without [myid]
        rf"(?P<time>{_DATE}) (?:\[myid:[^\]\n]{{0,20}}\] )?- {_LEVEL} {{1,2}}"
        r"\[(?P<thread>[^\n]{0,300}?):(?P<logger>[\w.$]{1,200}@[0-9]{1,6})\] - (?P<message>.*)",
        # ZooKeeper with logback (3.8 and newer): … [myid:1] - INFO  [main:o.a.z.s.Class@12] - message is the one above; without the class:
        rf"(?P<time>{_DATE}) (?:\[myid:[^\]\n]{{0,20}}\] )?- {_LEVEL} {{1,2}}{_THREAD} - (?P<message>.*)",
        # Cassandra: INFO  [main] 2015-07-23 10:12:13,123 CassandraDaemon.java:199 - message (2.x: Class.java (line 199) message)
        rf"{_LEVEL} {{1,2}}{_THREAD} (?P<time>{_DATE})"
        r" (?P<logger>[\w$]{1,100}\.java(?::[0-9]{1,6}| \(line [0-9]{1,6}\))) (?:- )?(?P<message>.*)",
        # catalina.out of Tomcat 8.5 and newer: 23-Jul-2015 10:12:13.123 WARNING [main] org.Class.method message
        rf"(?P<day>[0-9]{{2}})-(?P<month>[A-Z][a-z]{{2}})-(?P<year>[0-9]{{4}}) (?P<clock>[0-9:]{{8}}(?:\.[0-9]{{3}})?)"
        rf" {_LEVEL} {_THREAD} (?P<logger>\S{{1,300}}) (?P<message>.*)",
        # midonet-api.log of 2015.06: 2015.07.23 10:12:13.123 ERROR Class -  message; event logs: … HOST WARN  full.logger - message
        rf"(?P<time>{_DATE}) {_LEVEL} {{1,2}}(?P<logger>[\w.$-]{{1,200}}) - +(?P<message>.*)",
        rf"(?P<time>{_DATE}) (?P<host>[\w.-]{{1,255}}) {_LEVEL} {{1,2}}(?P<logger>[\w.$-]{{1,200}}) - +(?P<message>.*)",
        rf"(?P<time>{_DATE}) {_LEVEL} {{1,2}}(?P<message>.*)",
        # bgpd: 2015/07/23 10:12:13 BGP: message, and FRR's [M59KS-A3ZXZ] before the message
        rf"(?P<time>{_DATE}) (?P<logger>[A-Z][A-Z0-9]{{1,15}}): "
        r"(?:\[[A-Z0-9]{5}-[A-Z0-9]{5}\](?:\[EC [0-9]{1,12}\])? )?(?P<message>.*)",
        # metrics logs have no level
        rf"(?P<time>{_DATE}) (?P<host>[\w.-]{{1,255}}) - (?P<message>.*)",
    )
)
# catalina.out of Tomcat 6 and 7: the time and the class on one line, the level and the message on the next.
_OLD_TOMCAT = re.compile(
    r"(?P<time>[A-Z][a-z]{2} [0-9]{1,2}, [0-9]{4} [0-9]{1,2}:[0-9]{2}:[0-9]{2} [AP]M) (?P<logger>\S{1,300}(?: \S{1,200})?)"
)
_OLD_TOMCAT_MESSAGE = re.compile(rf"{_LEVEL}: (?P<message>.*)")
_LOG4J_OWN = re.compile(r"log4j:(?P<level>WARN|ERROR) (?P<message>.*)")
_FILE = re.compile(rf"### (/\S{{1,400}})(?: from (?:(?P<since>{_DATE})|\?))?")
_LEVELS = {"WARNING": "warn", "SEVERE": "error", "FINE": "debug", "CONFIG": "info"}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LONGEST_MESSAGE = 500
_STACK_KEPT = 5
_EVERY = (*_signatures.SIGNATURES, *_signatures.API, *_signatures.ZOOKEEPER, *_signatures.CASSANDRA)
_TABLES: Tuple[Tuple[str, Tuple[_signatures.Signature, ...], Tuple[str, ...]], ...] = (
    ("zookeeper", _signatures.ZOOKEEPER, _signatures.BENIGN_ZOOKEEPER),
    ("cassandra", _signatures.CASSANDRA, ()),
    ("bgpd", _signatures.BGPD, ()),
    ("quagga", _signatures.BGPD, ()),
    ("frr", _signatures.BGPD, ()),
    ("midolman", _signatures.SIGNATURES, _signatures.BENIGN),
    ("", _EVERY, (*_signatures.BENIGN, *_signatures.BENIGN_ZOOKEEPER)),
)


def parse(text: str) -> Parsed[Log]:
    """The records of one or several logs in their order. A cut last line is a record when it has come to the message, and unread."""
    clock: Optional[_logtime.Now] = None
    records: List[Record] = []
    files: List[str] = []
    since: Dict[str, Optional[float]] = {}
    not_read: List[Unread] = []
    file: Optional[str] = None
    before: Optional[Record] = None  # the record that the next line may belong to
    for number, line in enumerate(lines(text)):
        said = line.text
        if not line.terminated and said.strip():
            not_read.append(unread(line))
        if number == 0:
            clock = _logtime.now(said)
            if clock is not None:
                continue
        named = _FILE.fullmatch(said.rstrip())
        if named is not None:
            file, before = named.group(1), None
            files.append(file)
            if " from " in said:
                since[file] = _logtime.local(named.group("since") or "", clock)
            continue
        record = _record(said, file, clock)
        if record is not None:
            records.append(record)
            before = record
        elif before is not None:
            # What has no end may be the beginning of the next record.
            if line.terminated:
                _belongs(before, said)
        elif said.strip() and line.terminated:
            not_read.append(unread(line))
    data = Log(now_s=clock.epoch_s if clock else None, files=files, since_s=since, records=records)
    return outcome(text, data, clock is not None or bool(files) or bool(records), not_read)


def _record(line: str, file: Optional[str], clock: Optional[_logtime.Now]) -> Optional[Record]:
    line = line[1:] if line.startswith((" INFO [", " WARN [")) else line  # Cassandra 2.0 right-aligns levels
    if not line[:1].isalnum():
        return None
    match = next((found for found in (layout.fullmatch(line) for layout in _LAYOUTS) if found is not None), None)
    match = match or _LOG4J_OWN.fullmatch(line) or _OLD_TOMCAT.fullmatch(line)
    if match is None:
        return None
    said: Dict[str, Optional[str]] = match.groupdict()
    message = (said.get("message") or "").strip()[:_LONGEST_MESSAGE]
    record = Record(
        file=file,
        time_s=_logtime.local(_time(said), clock),
        level=_level(said.get("level")),
        thread=said.get("thread"),
        logger=said.get("logger"),
        message=message,
        signature=None,
        benign=False,
        stack=[],
        stack_lines=0,
    )
    _classify(record)
    return record


def _time(said: Dict[str, Optional[str]]) -> str:
    if said.get("month") in _MONTHS:
        return f"{said['year']}-{_MONTHS.index(said['month'] or '') + 1:02d}-{said['day']} {said['clock']}"
    time = said.get("time") or ""
    old = re.fullmatch(r"([A-Z][a-z]{2}) ([0-9]{1,2}), ([0-9]{4}) ([0-9]{1,2}):([0-9:]{5}) ([AP]M)", time)
    if old is None or old.group(1) not in _MONTHS:
        return time
    hour = int(old.group(4)) % 12 + (12 if old.group(6) == "PM" else 0)
    return f"{old.group(3)}-{_MONTHS.index(old.group(1)) + 1:02d}-{int(old.group(2)):02d} {hour:02d}:{old.group(5)}"


def _level(word: Optional[str]) -> Optional[str]:
    return None if word is None else _LEVELS.get(word, word.lower())


def _belongs(record: Record, line: str) -> None:
    """Take a line that begins no record."""
    if not line.strip():
        return
    late = _OLD_TOMCAT_MESSAGE.fullmatch(line) if not record["message"] and record["level"] is None else None
    if late is not None:
        record["level"], record["message"] = _level(late.group("level")), late.group("message").strip()[:_LONGEST_MESSAGE]
    else:
        record["stack_lines"] += 1
        if len(record["stack"]) >= _STACK_KEPT:
            return
        record["stack"].append(line.strip()[:200])
    _classify(record)


def _classify(record: Record) -> None:
    """What the message means, or else the first lines of its stack: a full disk is often named only there."""
    name = (record["file"] or "").lower()
    table, benign = next((table, benign) for word, table, benign in _TABLES if word in name)
    said = "\n".join([record["message"], *record["stack"]])
    record["signature"] = _signatures.find(record["message"], table) or _signatures.find(said, table)
    record["benign"] = any(words in said for words in benign)
