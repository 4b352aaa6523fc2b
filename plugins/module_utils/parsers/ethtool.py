# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`ethtool IF`, `ethtool -i IF`, `ethtool -S IF` and `ethtool -k IF`, alone or one after another for the same interface.

Settings for eth1:
        Speed: 10000Mb/s
        Link detected: yes
driver: ixgbe
NIC statistics:
     rx_crc_errors: 0
Features for eth1:
large-receive-offload: off [fixed]

Releases before 3.3 call the last heading "Offload parameters for eth1:". What follows another "Settings for" is another interface.
"""

from __future__ import annotations

import re
from typing import Dict, List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import Line, lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._numbers import maybe_integer
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Feature(TypedDict):
    """One feature of -k."""

    on: bool
    fixed: bool  # the driver does not let it be changed
    requested: Optional[bool]  # what was asked for, where that is not what is


class Device(TypedDict):
    """One interface. None is what was not printed, or what the tool calls unknown."""

    name: Optional[str]  # None: only -i or -S were asked, which do not tell
    speed_mbps: Optional[int]  # megabits per second; a constant of the driver on virtual interfaces
    duplex: Optional[str]  # Full, Half
    auto_negotiation: Optional[bool]
    port: Optional[str]  # Twisted Pair, FIBRE, …
    link_detected: Optional[bool]
    driver: Optional[str]
    driver_version: Optional[str]
    firmware: Optional[str]
    bus: Optional[str]  # PCI address
    statistics: Dict[str, int]  # the driver's own counters, by the driver's own names
    features: Dict[str, Feature]


_HEADING = re.compile(r"(Settings|Features|Offload parameters) for ([^\s:][^:]{0,63}):")
_STATISTICS = ("NIC statistics:", "Per-queue statistics:")
_SETTING = re.compile(r"([A-Za-z][A-Za-z0-9 ()/_-]{0,60}): *(.*)")
# Lists of link modes, of ways to correct errors and of message levels go on over several deeper lines.
_CONTINUED = re.compile(
    r"\s+(?:[0-9]{1,7}[Bb]ase\S{0,40}|drv|probe|link|timer|ifdown|ifup|rx_err|tx_err|tx_queued|intr|tx_done|rx_status|pktdata|hw|wol|unknown_\S{1,20}"
    r"|0x[0-9a-f]{1,16}|None|RS|BASER|LLRS|Off|Auto|Symmetric|Receive-only|Transmit-only|Not reported)(?:\s.*)?"
)
_COUNTER = re.compile(r"(\S(?:.{0,120}\S)?): +(-?[0-9]{1,20})")
_FEATURE = re.compile(r"([a-zA-Z0-9_-][a-zA-Z0-9_ -]{0,60}): (on|off)( \[.*\])?")
_REQUESTED = re.compile(r"\[requested (on|off)\]")
_SPEED = re.compile(r"([0-9]{1,7})Mb/s.*")
_DRIVER = {"driver": "driver", "version": "driver_version", "firmware-version": "firmware", "bus-info": "bus"}
_OTHER_DRIVER_LINES = ("expansion-rom-version", "supports-")
# ethtool says this on the other stream, and goes on.
_NOTES = re.compile(
    r"(?i)(?:netlink error: .*|no (?:stats|data) available|cannot get .*|cannot restore .*|actual changes:.*|standard stats for .*"
    r"|ethtool: bad command line argument.*|offset [0-9]+.*)"
)


def parse(text: str) -> Parsed[List[Device]]:
    """The interfaces in the order of the text."""
    found: List[Device] = []
    not_read = []
    part = ""  # settings, statistics, features
    complaint: Optional[str] = None
    anything = False
    for line in lines(text):
        said = line.text.strip()
        if not said:
            continue
        heading = _HEADING.fullmatch(said)
        if heading:
            part = "settings" if heading.group(1) == "Settings" else "features"
            _device(found, heading.group(2), part == "settings")
            anything = True
        elif said in _STATISTICS:
            part, anything = "statistics", True
            _device(found, None, False)
        elif _NOTES.fullmatch(said):
            complaint = complaint or said[:200]
        elif said.startswith("driver: ") and line.terminated and not line.text[0].isspace():
            part, anything = "driver", True
            _device(found, None, False)["driver"] = said[8:].strip() or None
        elif not (line.terminated and part and _read(found[-1], part, line, said)):
            not_read.append(unread(line))
    parsed = outcome(text, found, anything, not_read)
    if not anything and complaint and not not_read:
        return Parsed("tool_error", found, [], complaint)
    return parsed


def _device(found: List[Device], name: Optional[str], anew: bool) -> Device:
    """The interface that a heading speaks of."""
    if not found or anew or (name is not None and found[-1]["name"] not in (None, name)):
        found.append(_nothing(name))
    if name is not None:
        found[-1]["name"] = name
    return found[-1]


def _nothing(name: Optional[str]) -> Device:
    return Device(
        name=name,
        speed_mbps=None,
        duplex=None,
        auto_negotiation=None,
        port=None,
        link_detected=None,
        driver=None,
        driver_version=None,
        firmware=None,
        bus=None,
        statistics={},
        features={},
    )


def _read(device: Device, part: str, line: Line, said: str) -> bool:
    """Read a line of a part; False when it is none."""
    if part == "statistics":
        counter = _COUNTER.fullmatch(said)
        if counter:
            device["statistics"][counter.group(1)] = int(counter.group(2))
        return counter is not None
    if part == "features":
        feature = _FEATURE.fullmatch(said)
        if feature:
            remark = feature.group(3) or ""
            requested = _REQUESTED.search(remark)
            device["features"][feature.group(1)] = Feature(
                on=feature.group(2) == "on", fixed="[fixed]" in remark, requested=requested.group(1) == "on" if requested else None
            )
        return feature is not None
    if part == "driver":
        name, colon, value = said.partition(":")
        if name in _DRIVER:
            device[_DRIVER[name]] = value.strip() or None  # type: ignore[literal-required]
        return bool(colon) and (name in _DRIVER or name.startswith(_OTHER_DRIVER_LINES))
    setting = _SETTING.fullmatch(said)
    if setting is None:
        return _CONTINUED.fullmatch(line.text) is not None
    _setting(device, setting.group(1), setting.group(2).strip())
    return True


def _setting(device: Device, name: str, value: str) -> None:
    if name == "Speed":
        speed = _SPEED.fullmatch(value)
        # Drivers of old say 65535 for "unknown".
        device["speed_mbps"] = maybe_integer(speed.group(1)) if speed and speed.group(1) != "65535" else None
    elif name == "Duplex":
        device["duplex"] = value if value in ("Full", "Half") else None
    elif name == "Auto-negotiation":
        device["auto_negotiation"] = {"on": True, "off": False}.get(value)
    elif name == "Port":
        device["port"] = value or None
    elif name == "Link detected":
        device["link_detected"] = {"yes": True, "no": False}.get(value.split(" ", maxsplit=1)[0])
