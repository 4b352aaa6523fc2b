# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The kernel's log: `dmesg`, with -T, -x or -r, `journalctl -k`, or kern.log; the host's clock and uptime may stand before it.

1795353042 2026-11-22 22:10:42 +0900
350735.47 234388.90
[350001.861336] Out of memory: Killed process 1440 (java) total-vm:8123456kB
[Sun Nov 22 15:12:14 2026] ixgbe 0000:04:00.0 p1p1: NIC Link is Down
kern  :info  : [ 1779.861336] br-overlay: port 1(tnvxlan) entered blocking state
Nov 22 15:12:14 compute1 kernel: [ 1779.861336] nf_conntrack: table full, dropping packet
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import List, Match, NamedTuple, Optional, Tuple, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _logtime
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Event(TypedDict):
    """One message of known meaning."""

    signature: str  # see SIGNATURES
    subject: Optional[str]  # the process, interface, device, … that it is about
    uptime_s: Optional[float]  # when, in seconds since the host was started
    epoch_s: Optional[float]  # when, in seconds since the epoch; None without the host's clock or uptime
    message: str


class Log(TypedDict):
    """What was read. now_s is the host's clock, None when it was not printed."""

    now_s: Optional[float]
    lines: int  # messages in the text, of whatever meaning
    events: List[Event]


# The first that is found in a message tells its meaning; a group is its subject.
SIGNATURES: Tuple[Tuple[str, str], ...] = (
    ("oom_kill", r"[Oo]ut of memory: Kill(?:ed)? process [0-9]+ \(([^()]{1,64})\)"),
    ("netdev_watchdog", r"NETDEV WATCHDOG: (\S{1,64}) \("),
    ("hung_task", r"INFO: task (\S{1,64}?):[0-9]+ blocked for more than [0-9]+ seconds"),
    ("soft_lockup", r"BUG: soft lockup - CPU#([0-9]+)|rcu_\w{1,20} (?:self-)?detected (?:expedited )?stalls?"),
    ("kernel_oops", r"kernel BUG at|BUG: unable to handle|\bOops: [0-9]|general protection fault|Kernel panic"),
    ("segfault", r"(\S{1,64}?)\[[0-9]+\]: segfault at"),
    ("hardware_error", r"\[Hardware Error\]|Machine check events logged|EDAC \w{1,10}: [0-9]+ (?:CE|UE)"),
    ("conntrack_full", r"\b(?:nf|ip)_conntrack: table full, dropping packet"),
    ("neighbour_table_full", r"(?i)neighbou?r(?: table|: \S+ neighbou?r table)? overflow"),
    ("syn_flood", r"[Pp]ossible SYN flooding on port (?:\[?[0-9a-fA-F:.]*\]?:)?([0-9]{1,5})"),
    ("bond_link_down", r"link status (?:definitely )?down for (?:idle |active )?interface (\S{1,16}?)[,.]"),
    ("bond_link_up", r"link status (?:definitely )?up for interface (\S{1,16}?)[,.]"),
    ("link_down", r"([A-Za-z0-9_.@-]{1,16}):? (?:NIC (?:\w{1,10} )?)?[Ll]ink (?:is )?(?:now )?[Dd]own\b"),
    ("link_up", r"([A-Za-z0-9_.@-]{1,16}):? (?:NIC (?:\w{1,10} )?)?[Ll]ink (?:is )?(?:now )?(?:[Uu]p\b|becomes ready)"),
    ("read_only_file_system", r"[Rr]emounting filesystem read-only"),
    (
        "disk_error",
        r"I/O error, dev(?:ice)? (\w{1,32})|EXT[234]-fs error \(device (\S{1,32}?)\)|XFS \((\S{1,32}?)\): .{0,80}?(?:[Ee]rror|shutdown)",
    ),
    ("clock_unstable", r"Marking clocksource '?(\S{1,16}?)'? as unstable|Clocksource (\S{1,16}) unstable"),
    ("openvswitch_loaded", r"openvswitch: Open vSwitch (?:kernel|switching) datapath"),
    ("openvswitch", r"\bopenvswitch: (?:(\S{1,32}): )?"),
    ("apparmor_denied", r'apparmor="DENIED".{0,400}? profile="([^"]{1,256})"'),
    ("selinux_denied", r'avc: {1,2}denied .{0,400}? comm="([^"]{1,32})"'),
)
_SIGNATURES = [(name, re.compile(pattern)) for name, pattern in SIGNATURES]
# One of these must be in a message for a signature to be; most messages have none.
_HINT = re.compile(
    r"(?i)out of memory|watchdog|blocked for|lockup|stall|BUG|Oops|fault|panic|Hardware Error|Machine check|EDAC|table full|overflow"
    r"|flooding|link|read-only|error|XFS|unstable|openvswitch|apparmor=|avc:"
)
_PREFIX = re.compile(r"(?:<[0-9]{1,3}>|[a-z0-9]{2,8} {0,6}:[a-z]{4,6} {0,6}: )?")
_UPTIME = re.compile(r"\[ {0,12}([0-9]{1,10}\.[0-9]{1,9})\](?:\[ {0,6}[TC][0-9]{1,9}\])? ?")
_DATE = re.compile(r"\[([A-Z][a-z]{2} [A-Z][a-z]{2} {1,2}[0-9]{1,2} [0-9:]{8} [0-9]{4})\] ?")
_ISO = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(?:[.,][0-9]{1,6})?)(Z|[+-][0-9]{2}:?[0-9]{2})? ")
_SYSLOG = re.compile(r"([A-Z][a-z]{2}) {1,2}([0-9]{1,2}) ([0-9]{2}:[0-9]{2}:[0-9]{2}) ")
_SENDER = re.compile(r"(?:\S{1,255} )?kernel: ?")
_NOW_UPTIME = re.compile(r"([0-9]{1,12}\.[0-9]{1,4}) [0-9]{1,15}\.[0-9]{1,4}")
_FRAME = re.compile(r"-- (?:Logs begin|Journal begins|No entries|Boot|Reboot|Subject).*|No journal files were found\..*")
_DAY_S = 86400
_EPOCH = datetime(1970, 1, 1)
_LONGEST = 4096
_MOST_EVENTS = 2000


class _Clock(NamedTuple):
    """What the host's clock and its uptime were when the log was read."""

    now: Optional[_logtime.Now]
    uptime_s: Optional[float]


def parse(text: str) -> Parsed[Log]:
    """Messages of known meaning, the oldest first, of at most 2000 the last; and how many messages there are."""
    data = Log(now_s=None, lines=0, events=[])
    not_read = []
    clock = _Clock(None, None)
    frame = False
    for line in lines(text):
        said = line.text.strip()
        if not said:
            continue
        now, uptime = (_logtime.now(said), _NOW_UPTIME.fullmatch(said)) if not data["lines"] else (None, None)
        if now is not None and line.terminated:
            clock = clock._replace(now=now)
            data["now_s"] = float(now.epoch_s)
        elif uptime is not None and line.terminated:
            clock = clock._replace(uptime_s=float(uptime.group(1)))
        elif _FRAME.fullmatch(said):
            frame = True
        elif not _message(data, clock, line.text, line.terminated) or not line.terminated:
            not_read.append(unread(line))
    data["events"] = data["events"][-_MOST_EVENTS:]
    return outcome(text, data, bool(data["lines"]) or clock.now is not None or frame, not_read)


def _message(data: Log, clock: _Clock, text: str, whole: bool) -> bool:
    """Read one line; False when it is no message of the kernel."""
    uptime_s: Optional[float] = None
    epoch_s: Optional[float] = None
    prefix = _PREFIX.match(text)
    at = prefix.end() if prefix else 0
    seen = at > 0
    wall = _wall(text, at, clock)
    if wall is not None:
        epoch_s, at = wall
        seen = True
        sender = _SENDER.match(text, at)
        at = sender.end() if sender else at
    since = _UPTIME.match(text, at)
    if since is not None:
        uptime_s, at, seen = float(since.group(1)), since.end(), True
        sender = _SENDER.match(text, at)
        at = sender.end() if sender and "kernel:" in text[at : at + 300] else at
    if not seen:
        # A message of several lines goes on indented.
        return bool(data["lines"]) and text[:1] in (" ", "\t")
    data["lines"] += 1
    if epoch_s is None and uptime_s is not None and clock.now is not None and clock.uptime_s is not None:
        epoch_s = round(clock.now.epoch_s - clock.uptime_s + uptime_s, 3)
    message = text[at : at + _LONGEST]
    if whole and _HINT.search(message):
        _classify(data, message, uptime_s, epoch_s)
    return True


def _wall(text: str, at: int, clock: _Clock) -> Optional[Tuple[Optional[float], int]]:
    """(seconds since the epoch or None, where the message begins) of a line that begins with a date."""
    dated = _DATE.match(text, at)
    if dated is not None:
        return _logtime.local(dated.group(1), clock.now), dated.end()
    iso = _ISO.match(text, at)
    if iso is not None:
        zone = iso.group(2) or ""
        if not zone:
            return _logtime.local(iso.group(1), clock.now), iso.end()
        offset = 0 if zone == "Z" else (int(zone[1:3]) * 60 + int(zone[-2:])) * 60
        moment = _logtime.local(iso.group(1), _logtime.Now(0, -offset if zone.startswith("-") else offset))
        return moment, iso.end()
    syslog = _SYSLOG.match(text, at)
    return (_without_year(syslog, clock), syslog.end()) if syslog is not None else None


def _without_year(match: Match[str], clock: _Clock) -> Optional[float]:
    """A date without its year is of the last twelve months."""
    if clock.now is None:
        return None
    try:
        year = (_EPOCH + timedelta(seconds=clock.now.epoch_s + clock.now.utc_offset_s)).year
    except OverflowError:
        return None
    for candidate in (year, year - 1):
        moment = _logtime.local(f"Mon {match.group(1)} {match.group(2)} {match.group(3)} {candidate}", clock.now)
        if moment is not None and moment <= clock.now.epoch_s + _DAY_S:
            return moment
    return None


def _classify(data: Log, message: str, uptime_s: Optional[float], epoch_s: Optional[float]) -> None:
    for name, pattern in _SIGNATURES:
        match = pattern.search(message)
        if match:
            subject = next((group for group in match.groups() if group), None)
            data["events"].append(Event(signature=name, subject=subject, uptime_s=uptime_s, epoch_s=epoch_s, message=message.strip()[:300]))
            return
