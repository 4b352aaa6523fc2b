# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read ``ovs-vsctl show``: the bridges of Open vSwitch with their ports. PRIVATE to the collection: may change without notice.

8606af85-dde2-49f0-8d41-11f1ee4c1956
    Manager "ptcp:6640:127.0.0.1"
    Bridge br-int
        Controller "tcp:127.0.0.1:6633"
            is_connected: true
        fail_mode: secure
        Port vxlan0
            tag: 3
            Interface vxlan0
                type: vxlan
                options: {key="100", remote_ip="10.21.0.16"}
                error: "could not open network device eth9 (No such device)"
    ovs_version: "3.1.0"
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import Line, lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Interface(TypedDict):
    """One interface of a port; a bond has several."""

    name: str
    type: Optional[str]  # None: a device of the system
    options: Dict[str, str]
    error: Optional[str]


class Port(TypedDict):
    """One port of a bridge."""

    name: str
    tag: Optional[str]
    trunks: Optional[str]
    interfaces: List[Interface]


class Bridge(TypedDict):
    """One bridge. controllers_connected: of its controllers, how many are."""

    name: str
    datapath_type: Optional[str]
    fail_mode: Optional[str]
    controllers: List[str]
    controllers_connected: int
    ports: List[Port]


class Show(TypedDict):
    """The whole of it."""

    version: Optional[str]
    managers: List[str]
    bridges: List[Bridge]


_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HEAD = re.compile(r"( *)(Manager|Bridge|Controller|Port|Interface) (\"(?:[^\"\\]|\\.)*\"|\S+)")
_VALUE = re.compile(r"( *)([a-z_]{1,40}): (\S.*)")
_PAIR = re.compile(r"([\w.-]{1,100})=(\"(?:[^\"\\]|\\.)*\"|[^,{}\"]*)(?:, |$)")
_LEVELS = {"Manager": 4, "Bridge": 4, "Controller": 8, "Port": 8, "Interface": 12}


def parse(text: str) -> Parsed[Show]:
    """A text that ends inside a bridge is partial: of a last line without its end nothing is believed."""
    reader = _Reader()
    cut = False
    for line in lines(text):
        if not line.text.strip():
            continue
        if not line.terminated and not reader.is_last(line.text):
            cut = True
        elif not reader.take(line):
            reader.not_read.append(unread(line))
    return outcome(text, reader.data, reader.anything, reader.not_read, cut=cut)


class _Reader:
    """What was read so far, and to what the next line belongs."""

    def __init__(self) -> None:
        self.data = Show(version=None, managers=[], bridges=[])
        self.not_read: List[Any] = []
        self.anything = False
        self._inside: Dict[int, Any] = {}  # by the indentation of its heading: what the lines below it belong to

    def is_last(self, text: str) -> bool:
        """The version stands at the end, and a version that lost its end lost its quote."""
        return text.startswith("    ovs_version: ") and text.endswith('"')

    def take(self, line: Line) -> bool:
        """One line; False when it is not understood."""
        if _UUID.fullmatch(line.text):
            self.anything = True
            return True
        head = _HEAD.fullmatch(line.text)
        if head is not None and len(head.group(1)) == _LEVELS[head.group(2)]:
            return self._heading(len(head.group(1)), head.group(2), _unquoted(head.group(3)))
        value = _VALUE.fullmatch(line.text)
        return value is not None and self._value(len(value.group(1)), value.group(2), value.group(3))

    def _heading(self, level: int, kind: str, name: str) -> bool:
        above = self._inside.get(level - 4)
        self._inside = {at: one for at, one in self._inside.items() if at < level}
        entry: Dict[str, Any] = {"_kind": kind}
        if kind == "Manager":
            self.data["managers"].append(name)
        elif kind == "Bridge":
            bridge = Bridge(name=name, datapath_type=None, fail_mode=None, controllers=[], controllers_connected=0, ports=[])
            self.data["bridges"].append(bridge)
            entry["of"] = bridge
        elif above is None:
            return False
        elif kind == "Controller" and above["_kind"] == "Bridge":
            above["of"]["controllers"].append(name)
            entry["of"] = above["of"]
        elif kind == "Port" and above["_kind"] == "Bridge":
            port = Port(name=name, tag=None, trunks=None, interfaces=[])
            above["of"]["ports"].append(port)
            entry["of"] = port
        elif kind == "Interface" and above["_kind"] == "Port":
            interface = Interface(name=name, type=None, options={}, error=None)
            above["of"]["interfaces"].append(interface)
            entry["of"] = interface
        else:
            return False
        self._inside[level] = entry
        self.anything = True
        return True

    def _value(self, level: int, name: str, value: str) -> bool:
        above = self._inside.get(level - 4)
        if level == 4 and name in ("ovs_version", "system_type", "system_version"):
            if name == "ovs_version":
                self.data["version"] = _unquoted(value)
            self.anything = True
            return True
        if above is None:
            return False
        kind, target = above["_kind"], above.get("of")
        if name == "options" and kind == "Interface":
            target["options"] = {key: _unquoted(one) for key, one in _PAIR.findall(value.strip("{}"))}
        elif name == "is_connected" and kind == "Controller":
            target["controllers_connected"] += value == "true"
        elif name in _TAKEN.get(kind, ()):
            target[name] = _unquoted(value)
        return True


_TAKEN = {"Bridge": ("datapath_type", "fail_mode"), "Port": ("tag", "trunks"), "Interface": ("type", "error")}


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
