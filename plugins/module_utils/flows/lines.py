# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read a dump of mm-dpctl line by line, as far as a summary needs it: any layout, any order, any damage.

This is what the patterns of layouts.py are a fast form of. Of a line that is understood only its class and what is summed are
read; the full types are in typed.py. PRIVATE to the collection: may change without notice.
"""

from __future__ import absolute_import, division, print_function

import re

from ansible_collections.midonet.diagnostics.plugins.module_utils.flows.layouts import MASKED, NEW, OLD

__metaclass__ = type

_ANSI = re.compile(br"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))")
_COUNT = re.compile(br"\s*([0-9]{1,12}) flows?:?\s*\Z", re.IGNORECASE)
_FLOW = re.compile(br"\s*Flow\s*:?\s*\Z", re.IGNORECASE)
_LABEL = re.compile(br"\s*(match keys|match|mask|actions|stats|tcp ?flags|last ?used ?time)\s*:\s*(.*?)\s*\Z", re.IGNORECASE | re.DOTALL)

_TUNNEL = br"Tunnel\{tun_id=-?[0-9]{1,20}, ipv4_src=([0-9.]{7,15}), (?:ipv4_dst=([0-9.]{7,15}), )?.*\}"
_KEYS = (
    ("other", re.compile(br"(?:Priority|Ethernet|VLAN|KeyIPv4|IPv6|KeyARP|TCP(?:Flags)?|UDP|SCTP|ICMP(?:v6|Echo|Error)?|ND)\{.*\}\Z")),
    ("in_port", re.compile(br"InPort\{(-?[0-9]{1,10})\}\Z")),
    ("ethertype", re.compile(br"EtherType\{0x([0-9a-fA-F]{1,16})\}\Z")),
    ("source", re.compile(_TUNNEL + br"\Z")),
    ("inside", re.compile(br"Encap\{keys=\[.*\]\}\Z")),
)
_INSIDE = re.compile(br"EtherType\{0x([0-9a-fA-F]{1,16})\}")
_OUTPUT = re.compile(br"Output\{port=(-?[0-9]{1,10})\}\Z")
_SET_TUNNEL = re.compile(br"SetKey\{" + _TUNNEL + br"\}\Z")
_ACTION = re.compile(br"(?:SetKey\{(?!Tunnel)|PushVLAN\{|PopVLAN\{|ToUserspace\{|Sample\{).*\}\Z")

_MATCH = re.compile(br"FlowMatch\[(.*)\]\Z", re.DOTALL)
_FIELD = re.compile(br"(?:(Eth(?:Src|Dst))=(.{17})|([A-Za-z]+)=(\[[^\]]*\]|[^,\]]*))(?:, |\Z)")
_FIELDS = {
    b"InputPortNumber": ("in_port", re.compile(br"-?[0-9]{1,10}\Z")),
    b"TunnelSrc": ("source", re.compile(br"[0-9.]{7,15}\Z")),
    b"EtherType": ("ethertype", re.compile(br"[0-9A-Fa-f]{4}\Z")),
}
_OTHER_FIELDS = frozenset(
    b"TunnelKey TunnelDst TunnelTOS TunnelTTL EthSrc EthDst VlanId NetworkSrc NetworkDst NetworkProto ArpOp NetworkTTL NetworkTOS"
    b" FragmentType SrcPort DstPort IcmpId IcmpData UserspaceMark".split()
)
_STATS = re.compile(br"FlowStats\{packets=(-?[0-9]{1,20}), bytes=(-?[0-9]{1,20})\}\Z")
_TIME = re.compile(br"-?[0-9]{1,20}\Z")

# Enough to show a flow in full; one that is longer is still counted.
_LONGEST_RECORD = 65536
_QUOTES = 5
_LONGEST_QUOTE = 200


class Unknown:
    """The lines that were not understood: how many, and the first few."""

    def __init__(self):
        self.lines = 0
        self.flows = 0
        self.quotes = []

    def add(self, line):
        """Count a line."""
        self.lines += 1
        if len(self.quotes) < _QUOTES:
            self.quotes.append(_ANSI.sub(b"", line[:_LONGEST_QUOTE]).strip().decode("utf-8", "replace"))


class Reader:
    """Takes lines, hands each complete flow to `sink(row, text)`; see tally.Tally for the row."""

    def __init__(self, sink, unknown):
        self.sink = sink
        self.unknown = unknown
        self.announced = None
        self.flows = 0  # that the sink got
        self.layout = None  # that the lines show
        self.always_ends = False  # this layout tells the time of last use of every flow
        self.flow = None

    def take(self, line):
        """One whole line."""
        text = _plain(line)
        if not text.strip():
            return
        if _FLOW.match(text):
            self.close()
            self.flow = _Flow()
            self.flow.keep(line)
            return
        if self.flow is not None:
            self.flow.keep(line)
            if self.flow.understands(text):
                self.always_ends = self.always_ends or self.flow.ended
                self.layout = self.flow.layout if self.layout in (None, OLD) else self.layout
            else:
                self.flow.unknown = True
                self.unknown.add(text)
            return
        count = _COUNT.match(text) if self.announced is None else None
        if count:
            self.announced = int(count.group(1))
        else:
            self.unknown.add(text)

    def close(self):
        """The flow that is being read has all its lines."""
        flow, self.flow = self.flow, None
        if flow is not None:
            self.flows += 1
            self.unknown.flows += flow.unknown
            self.sink(flow.row(), b"".join(flow.lines) if flow.length <= _LONGEST_RECORD else None)

    def end(self, rest, before):
        """The dump ends; rest is what follows its last line end, before the number of flows that others read.

        True when it ends between flows. A flow of which the end is missing is not counted. 2014.11 leaves lines out, so
        there only the number of flows in the first line tells that the last one is whole.
        """
        if self.flow is None:
            if rest.strip() and self.announced is None:
                count = _COUNT.match(_plain(rest))
                # The word after the number shows that the number is whole.
                self.announced = int(count.group(1)) if count else None
            return not rest.strip()
        counted = not self.always_ends and self.announced == before + self.flows + 1 and self.flow.actions is not None
        whole = not rest.strip() and (self.flow.ended or counted)
        if whole or self.flow.ended:
            # What follows the last line of a flow is the beginning of the next one.
            self.close()
        self.flow = None
        return whole


def _plain(line):
    if b"\x1b" in line:
        line = _ANSI.sub(b"", line)
    return line.rstrip(b"\r\n")


class _Flow:
    """What the lines of one flow told so far."""

    def __init__(self):
        self.lines = []
        self.length = 0
        self.layout = None
        self.section = b""
        self.values = {}
        self.actions = None  # the number of actions, known or not
        self.peers = []
        self.outputs = []
        self.packets = 0
        self.size = 0
        self.used = None
        self.ended = False
        self.unknown = False

    def keep(self, line):
        """Remember the text."""
        self.length += len(line)
        if self.length <= _LONGEST_RECORD:
            self.lines.append(line)

    def understands(self, text):
        """Read one line."""
        label = _LABEL.match(text)
        if label:
            return self._labelled(label.group(1).lower().replace(b" ", b""), label.group(2))
        if self.section == b"keys":
            return self._key(text.strip())
        if self.section == b"actions":
            self.actions += 1
            return self._action(text.strip())
        return False

    def _labelled(self, label, rest):
        self.section = b""
        if label == b"matchkeys":
            self.layout = OLD
            self.section = b"" if rest == b"empty" else b"keys"
            return rest in (b"", b"empty")
        if label == b"match":
            self.layout = NEW
            return self._match(rest)
        if label == b"mask":
            if not rest.startswith(b"FlowMask"):
                self.layout = MASKED
                self.section = b"keys"
                return rest.endswith(b"}")
            return rest.endswith(b"]")
        if label == b"actions":
            self.actions = 0
            self.section = b"actions" if rest == b"" else b""
            if rest not in (b"", b"empty", b"[]"):
                self.actions = None
                return False
            return True
        if label == b"stats":
            stats = _STATS.match(rest)
            if stats:
                self.packets, self.size = int(stats.group(1)), int(stats.group(2))
            return stats is not None
        if label.startswith(b"tcp"):
            return True
        if _TIME.match(rest):
            self.used = int(rest)
            self.ended = True
            return True
        return False

    def _key(self, text):
        for name, pattern in _KEYS:
            found = pattern.match(text)
            if found:
                if name == "inside":
                    inside = _INSIDE.search(text)
                    if inside:
                        self.values[name] = inside.group(1)
                elif name != "other":
                    self.values.setdefault(name, found.group(1))
                return True
        return False

    def _action(self, text):
        output = _OUTPUT.match(text)
        if output:
            self.outputs.append(int(output.group(1)))
            return True
        tunnel = _SET_TUNNEL.match(text)
        if tunnel and tunnel.group(2):
            self.peers.append(tunnel.group(2).decode("ascii"))
            return True
        return _ACTION.match(text) is not None

    def _match(self, rest):
        match = _MATCH.match(rest)
        if not match:
            return False
        # FlowMatch prints them in one order; what follows the EtherType is not summed, so it is not looked at.
        found, at, fields = {}, 0, match.group(1)
        while at < len(fields):
            field = _FIELD.match(fields, at)
            if not field:
                return False
            printed = field.group(1) or field.group(3)
            name, form = _FIELDS.get(printed, (None, None))
            if form is not None and form.match(field.group(4)):
                found.setdefault(name, field.group(4))
            elif form is not None or printed not in _OTHER_FIELDS:
                return False
            at = len(fields) if name == "ethertype" else field.end()
        self.values.update(found)
        return True

    def row(self):
        """The flow as a row of a Tally."""
        values = self.values
        source, port = values.get("source"), values.get("in_port")
        ethertype = values.get("inside") or values.get("ethertype")
        never_used = self.used == 0 or (self.used is None and self.packets == 0)
        return (
            None if source is None else source.decode("ascii"),
            None if port is None else int(port),
            None if ethertype is None else int(ethertype, 16) & 0xFFFF,
            sorted(set(self.peers)),
            sorted(set(self.outputs)),
            self.actions == 0,
            self.packets,
            self.size,
            never_used,
        )
