# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read mm-meter list and get (2015.01 and newer). PRIVATE to the collection: may change without notice.

    meters:port:tx:0df2c21f-6b3a-4f5e-8a1b-1c2d3e4f5000           packets        bytes
    meters:tunnel:167772161:167772162                                10         1400
    meters:user:NAME                                                  2          280

list prints a key on each line; get a heading, the totals, and then what was added in each interval.
"""

from __future__ import annotations

import ipaddress
import re
from typing import List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _numbers as n
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed, Unread


class Meter(TypedDict):
    """kind: device, port_tx, port_rx, tunnel or user. id: of the device or port, or the user's name; tunnels have addresses."""

    key: str
    kind: str
    id: Optional[str]
    source: Optional[str]
    destination: Optional[str]


class Sample(TypedDict):
    """The first one since the meter began, the others since the one before."""

    packets: int
    bytes: int


_KEY = re.compile(r"meters:(?:(device|port:tx|port:rx):([0-9a-fA-F-]{36})|(tunnel):(-?[0-9]{1,10}):(-?[0-9]{1,10})|(user):(\S{1,200}))")
_HEADING = re.compile(r"packets +bytes")
_SAMPLE = re.compile(r"(-?[0-9]{1,20}) +(-?[0-9]{1,20})")
_ERROR = re.compile(r"\[mm-meter\] .*|ERROR: .*|.*command not found.*|.*No such file.*|.*Permission denied.*|.*: not found")


def parse(text: str) -> Parsed[List[Meter]]:
    """``mm-meter list``."""
    meters: List[Meter] = []
    not_read: List[Unread] = []
    error: Optional[str] = None
    cut = False
    for line in lines(text):
        stripped = line.text.strip()
        if not stripped:
            continue
        if not line.terminated:
            cut = True
            continue
        meter = _meter(stripped)
        if meter is not None:
            meters.append(meter)
        elif _ERROR.fullmatch(stripped):
            error = error or stripped[:300]
        else:
            not_read.append(unread(line))
    return outcome(text, meters, bool(meters) or cut, not_read, error, cut)


def _meter(key: str) -> Optional[Meter]:
    match = _KEY.fullmatch(key)
    if match is None:
        return None
    if match.group(3):
        ends = [_address(group) for group in match.group(4, 5)]
        return None if None in ends else Meter(key=key, kind="tunnel", id=None, source=ends[0], destination=ends[1])
    return Meter(
        key=key,
        kind=(match.group(1) or match.group(6)).replace(":", "_"),
        id=match.group(7) or match.group(2).lower(),
        source=None,
        destination=None,
    )


def _address(number: str) -> Optional[str]:
    """Java prints an IPv4 address as a signed number."""
    try:
        return str(ipaddress.IPv4Address(n.signed32(number) & 0xFFFFFFFF))
    except ValueError:
        return None


def parse_samples(text: str) -> Parsed[List[Sample]]:
    """``mm-meter get -n KEY [delay [count]]``."""
    samples: List[Sample] = []
    not_read: List[Unread] = []
    error: Optional[str] = None
    heading = cut = False
    for line in lines(text):
        stripped = line.text.strip()
        sample = _SAMPLE.fullmatch(stripped)
        if not stripped:
            continue
        if not line.terminated:
            cut = True
        elif _HEADING.fullmatch(stripped):
            heading = True
        elif sample and heading:
            samples.append(Sample(packets=int(sample.group(1)), bytes=int(sample.group(2))))
        elif _ERROR.fullmatch(stripped):
            error = error or stripped[:300]
        else:
            not_read.append(unread(line))
    return outcome(text, samples, heading, not_read, error, cut or (heading and not samples))
