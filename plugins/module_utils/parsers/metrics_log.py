# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""midolman.metrics.log (5.x): what the agent measured, as the library Metrics writes it into a log; after the host's clock.

    1795353042 2026-11-22 22:10:42 +0900
    2026.11.22 22:10:00.123 compute1 - type=COUNTER, name=org.midonet.…PacketPipelineCounter.worker-0.packetsOnHold, count=0
    2026.11.22 22:10:00.124 compute1 - type=METER, name=org.midonet.netlink.NetlinkMeter.htbDrops, count=12, mean_rate=0.01, m1=0.2, …

The agent writes them every so many seconds when somebody told it to; otherwise the file is empty.
"""

from __future__ import annotations

import re
from typing import Dict, List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _logtime
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Measure(TypedDict):
    """One measurement."""

    time_s: Optional[float]  # seconds since the epoch
    kind: str  # counter, gauge, meter, histogram or timer
    name: str
    values: Dict[str, Optional[float]]  # by the word of the library: count, mean_rate, m1 (per second, over a minute), value, …


class Metrics(TypedDict):
    """now_s: the host's clock when the log was read."""

    now_s: Optional[int]
    measures: List[Measure]


_LINE = re.compile(
    r"(?P<time>[0-9]{4}[-./][0-9]{2}[-./][0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]{1,6})?) (?P<host>\S{1,255}) - "
    r"type=(?P<kind>[A-Z]{1,20}), name=(?P<name>[^,\s]{1,300})(?P<values>(?:, [a-z0-9_]{1,30}=[^,\n]{0,100}){0,40})\s{0,10}"
)
_NUMBER = re.compile(r"-?[0-9]{1,19}(?:\.[0-9]{1,19})?(?:[eE][+-]?[0-9]{1,2})?")


def parse(text: str) -> Parsed[Metrics]:
    """The measurements in their order. A cut last line is left out."""
    clock: Optional[_logtime.Now] = None
    measures: List[Measure] = []
    not_read = []
    cut = False
    for number, line in enumerate(lines(text)):
        if number == 0:
            clock = _logtime.now(line.text)
            if clock is not None:
                continue
        if not line.text.strip():
            continue
        found = _LINE.fullmatch(line.text)
        if not line.terminated:
            cut = True
        elif found is None:
            not_read.append(unread(line))
        else:
            pairs = (pair.partition("=") for pair in found["values"].split(", ") if pair)
            measures.append(
                Measure(
                    time_s=_logtime.local(found["time"], clock),
                    kind=found["kind"].lower(),
                    name=found["name"],
                    values={name: _number(value) for name, _equals, value in pairs if not name.endswith("_unit")},
                )
            )
    data = Metrics(now_s=clock.epoch_s if clock else None, measures=measures)
    return outcome(text, data, clock is not None or bool(measures) or cut, not_read, cut=cut)


def _number(text: str) -> Optional[float]:
    return float(text) if _NUMBER.fullmatch(text) else None
