# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which flows are asked for. PRIVATE to the collection: may change without notice.

The rarest thing that is asked for is searched as bytes; a flow that holds it is read in full, and only then it is decided. So
the bytes may be found in a mask, in a tunnel's end or in what an action sets: that costs time, not truth.
"""

from __future__ import absolute_import, division, print_function

import re

from ansible_collections.midonet.diagnostics.plugins.module_utils.flows import values
from ansible_collections.midonet.diagnostics.plugins.module_utils.flows.layouts import NEW

__metaclass__ = type


def _address(value):
    """An address of either family in the form of flows in full."""
    text = str(value).strip()
    try:
        if ":" not in text:
            return values.ipv4(".".join(str(int(part)) for part in text.split(".")))
        return values.any_ipv6(text)
    except ValueError:
        raise ValueError("not an IP address: " + text[:60])


def _mac(value):
    try:
        return values.mac(str(value).strip())
    except ValueError:
        raise ValueError("not a MAC address: " + str(value)[:60])


def _number(low, high):
    def number(value):
        try:
            result = int(str(value).strip(), 0)
        except ValueError:
            raise ValueError("not a number: " + str(value)[:60])
        if not low <= result <= high:
            raise ValueError("out of range: " + str(value)[:60])
        return result

    return number


_transport_port = _number(0, 0xFFFF)
_datapath_port = _number(-0x80000000, 0xFFFFFFFF)


def _either(first, second):
    return lambda view, wanted: wanted in getattr(view, first) or wanted in getattr(view, second)


def _one(name):
    return lambda view, wanted: wanted in getattr(view, name)


# By option: how its value is read, and whether a View has it. The first of these that is given is what is searched for, so
# what is rare comes first.
CRITERIA = (
    ("address", _address, _either("source", "destination")),
    ("src", _address, _one("source")),
    ("dst", _address, _one("destination")),
    ("mac", _mac, _either("source_mac", "destination_mac")),
    ("src_mac", _mac, _one("source_mac")),
    ("dst_mac", _mac, _one("destination_mac")),
    ("tunnel_key", _number(-0x8000000000000000, 0xFFFFFFFFFFFFFFFF), _one("tunnel_keys")),
    ("src_port", _transport_port, _one("source_port")),
    ("dst_port", _transport_port, _one("destination_port")),
    ("port", _transport_port, _either("source_port", "destination_port")),
    ("in_port", _datapath_port, lambda view, wanted: view.in_port == wanted),
    ("out_port", _datapath_port, _one("outputs")),
)

# What stands before and after the value where it can be meant, by the kind of option. mm-dpctl prints it after "=" or "{".
_PLACES = {
    "address": (b"=", br"(?:(?<=\{src)|(?<=[ {]dst)|(?<=[ {][st]ip)|(?<=NetworkSrc)|(?<=NetworkDst))="),
    "mac": (b"=", br"(?:(?<=\{src)|(?<=[ {]dst)|(?<=EthSrc)|(?<=EthDst))="),
    "tunnel_key": (b"=", br"(?:(?<=tun_id)|(?<=TunnelKey))="),
    "port": (b"=", br"(?:(?<=\{src)|(?<=[ {]dst)|(?<=SrcPort)|(?<=DstPort))="),
    "out_port": (b"Output{port=", br"Output\{port="),
    "in_port": (b"InPort{", br"InPort\{"),
    "in_port " + NEW: (b"InputPortNumber=", br"InputPortNumber="),
}
_KIND = {
    "address": "address", "src": "address", "dst": "address", "mac": "mac", "src_mac": "mac", "dst_mac": "mac", "tunnel_key": "tunnel_key",
    "src_port": "port", "dst_port": "port", "port": "port", "in_port": "in_port", "out_port": "out_port",
}  # fmt: skip


def _as_printed(value):
    """The value in mm-dpctl's text: IPv6 groups have no leading zeros."""
    text = str(value)
    if text.count(":") == 7:
        text = ":".join(group.lstrip("0") or "0" for group in text.split(":"))
    return text.encode("ascii")


class Matching:
    """Flows that have all that is asked for. ValueError (one line) for a value that makes no sense."""

    def __init__(self, **wanted):
        self.wanted = []
        for name, read, has in CRITERIA:
            value = wanted.pop(name, None)
            if value is not None:
                try:
                    self.wanted.append((name, read(value), has))
                except ValueError as problem:
                    raise ValueError("%s: %s" % (name, problem))
        if wanted:
            raise ValueError("no such criterion: " + ", ".join(sorted(wanted)))
        self._patterns = {}

    def __bool__(self):
        return bool(self.wanted)

    __nonzero__ = __bool__  # Python 2

    def accepts(self, view):
        """Whether the flow of this View is asked for."""
        return all(has(view, value) for _name, value, has in self.wanted)

    def _searched(self, layout):
        """The bytes to look for, and the pattern that their surroundings must match."""
        if layout not in self._patterns:
            name, value, _has = self.wanted[0]
            kind = _KIND[name]
            before, pattern = _PLACES.get(kind + " " + layout) or _PLACES[kind]
            text = _as_printed(value)
            self._patterns[layout] = (before + text, re.compile(pattern + re.escape(text) + br"(?=[,}\]])", re.IGNORECASE))
        return self._patterns[layout]

    def places(self, data, line, start, end, layout):
        """Where flows (start, end) that may be asked for stand in data, which has flows from start to end; line begins each."""
        text, pattern = self._searched(layout)
        at = data.find(text, start, end)
        while at >= 0:
            if pattern.match(data, at):
                first = max(start, data.rfind(line, start, at) + 1)
                following = data.find(line, at, end) + 1 or end
                yield first, following
                at = data.find(text, following, end)
            else:
                at = data.find(text, at + 1, end)
