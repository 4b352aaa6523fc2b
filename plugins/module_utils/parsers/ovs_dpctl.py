# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read the datapaths of Open vSwitch: ``ovs-dpctl show`` and ``ovs-appctl dpctl/show``, with -s or without.

PRIVATE to the collection: may change without notice.

system@ovs-system:
  lookups: hit:60 missed:29 lost:0
  flows: 8
  masks: hit:95 total:2 hit/pkt:1.07
  port 0: ovs-system (internal)
  port 1: vxlan_sys_4789 (vxlan: packet_type=ptap)
    RX packets:862 errors:0 dropped:0 overruns:0 frame:0
    TX packets:1054 errors:0 dropped:0 aborted:0 carrier:0
    collisions:0
    RX bytes:329213 (321.5 KiB)  TX bytes:73709 (72.0 KiB)

Releases before 2.10 indent with tabs.
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._numbers import maybe_integer
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Port(TypedDict):
    """One port; the counters are None without -s, or where the datapath does not know them ("?")."""

    number: int
    name: str
    type: Optional[str]  # None: a device of the system
    rx_packets: Optional[int]
    rx_errors: Optional[int]
    rx_dropped: Optional[int]
    rx_bytes: Optional[int]
    tx_packets: Optional[int]
    tx_errors: Optional[int]
    tx_dropped: Optional[int]
    tx_bytes: Optional[int]


class Datapath(TypedDict):
    """One datapath: its provider (system: the kernel's) and name."""

    provider: str
    name: str
    hits: Optional[int]
    misses: Optional[int]
    lost: Optional[int]
    flows: Optional[int]
    ports: List[Port]


_DATAPATH = re.compile(r"([a-z]{1,20})@(\S{1,64}):")
_LOOKUPS = re.compile(r"  lookups: hit:([0-9]{1,20}) missed:([0-9]{1,20}) lost:([0-9]{1,20})")
_FLOWS = re.compile(r"  flows: ([0-9]{1,20})")
_PORT = re.compile(r"  port ([0-9]{1,10}): (\S{1,64})(?: \(([^():\s]{1,40})(?:: .{0,400})?\))?")
_PACKETS = re.compile(r"    ([RT])X packets:(\S{1,20}) errors:(\S{1,20}) dropped:(\S{1,20}) .{0,80}")
_BYTES = re.compile(r"    RX bytes:([0-9]{1,20}|\?)(?: \([^()]{1,20}\))?  TX bytes:([0-9]{1,20}|\?)(?: \([^()]{1,20}\))?")
_OTHER = re.compile(
    r"  (?:masks|cache|    size): .*|  caches:.*|    collisions:\S{1,20}|    [\w.-]{1,40}: .*|  (?:    )?\(?(?:could not|failed) .*"
)


def parse(text: str) -> Parsed[List[Datapath]]:
    """The datapaths in their order. A last line without its end is not believed."""
    found: List[Datapath] = []
    not_read = []
    cut = False
    for line in lines(text):
        if not line.text.strip():
            continue
        if not line.terminated:
            cut = True
        elif not _take(line.text.replace("\t", "  "), found):
            not_read.append(unread(line))
    return outcome(text, found, bool(found), not_read, cut=cut)


def _take(text: str, found: List[Datapath]) -> bool:
    named = _DATAPATH.fullmatch(text)
    if named is not None:
        found.append(Datapath(provider=named.group(1), name=named.group(2), hits=None, misses=None, lost=None, flows=None, ports=[]))
        return True
    if not found:
        return False
    lookups, flows, port = _LOOKUPS.fullmatch(text), _FLOWS.fullmatch(text), _PORT.fullmatch(text)
    if lookups is not None:
        found[-1]["hits"], found[-1]["misses"], found[-1]["lost"] = (int(number) for number in lookups.groups())
    elif flows is not None:
        found[-1]["flows"] = int(flows.group(1))
    elif port is not None:
        found[-1]["ports"].append(_port(int(port.group(1)), port.group(2), port.group(3)))
    elif not found[-1]["ports"] or not _counters(text, found[-1]["ports"][-1]):
        return _OTHER.fullmatch(text) is not None
    return True


def _port(number: int, name: str, kind: Optional[str]) -> Port:
    port: Dict[str, Any] = dict.fromkeys(Port.__annotations__)
    port.update(number=number, name=name, type=kind)
    return port  # type: ignore[return-value]


def _counters(text: str, port: Port) -> bool:
    packets, octets = _PACKETS.fullmatch(text), _BYTES.fullmatch(text)
    if packets is not None:
        way = "rx" if packets.group(1) == "R" else "tx"
        for name, word in zip(("packets", "errors", "dropped"), packets.groups()[1:]):
            port[f"{way}_{name}"] = maybe_integer(word)  # type: ignore[literal-required]
    elif octets is not None:
        port["rx_bytes"], port["tx_bytes"] = maybe_integer(octets.group(1)), maybe_integer(octets.group(2))
    return packets is not None or octets is not None
