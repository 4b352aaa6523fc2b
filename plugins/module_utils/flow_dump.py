# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reduce the dump of a datapath's flows, which may have a million of them, to what one wants to know of it.

Reads mm-dpctl's dumps of all releases and those of ovs-dpctl and ovs-appctl. Memory does not grow with the number of flows.
Runs on managed hosts, on Python 2.7 and 3.6 and newer. PRIVATE to the collection: may change without notice.
"""

from __future__ import absolute_import, division, print_function

from ansible_collections.midonet.diagnostics.plugins.module_utils.flows import layouts, ovs, regions, usual
from ansible_collections.midonet.diagnostics.plugins.module_utils.flows.lines import Reader, Unknown
from ansible_collections.midonet.diagnostics.plugins.module_utils.flows.tally import Tally, Top
from ansible_collections.midonet.diagnostics.plugins.module_utils.flows.view import View
from ansible_collections.midonet.diagnostics.plugins.module_utils.flows.view import row as typed_row

__metaclass__ = type

# Bytes that are read at once. Larger pieces are slower: what is found in them must stay in the processor's cache. And a piece
# with a new top flow in it is looked through twice.
CHUNK = 1 << 16
# Likewise with a filter, when nearly all of it is only searched.
SEARCHED = 1 << 18
# The memory of the fast path: sums by what flows match and by where they go, before they are given to the Tally.
_REMEMBERED = 4096
# How many flows are summed up there. The sums are floating point numbers, which are made of text in half the time: those of so many
# numbers with the digits that layouts.py allows stay below 2 ** 53, up to where they are exact.
_SUMMED = 1 << 16


def reduce(stream, top=10, match=None, keep=500, size=None):
    """Read a dump from a binary stream.

    top    how many flows to return in full: those with most bytes, or the first ones that match
    match  None, or a flows.matching.Matching: only flows that it accepts are summed and returned
    keep   how many entries of each table to return
    size   how many bytes to read at once; None leaves it to what is done with them

    Returns a dictionary of plain data:

    layout            "2014.11", "2015.01-2015.06", "5.x", "ovs"; None when no flow was seen
    announced         how many flows the dump's first line announces; None where the layout has no such line
    flows             how many whole flows there are
    complete          whether all that was announced came; None when it cannot be told
    note              why not, in words; empty when complete
    packets, bytes    sums over the flows; numbers since each was made
    never_used        flows that never saw a packet
    in_ports, out_ports, tunnel_peers, ethertypes, drops
                      tables of {port | address, direction | ethertype, flows, packets, bytes}, the largest first. A flow counts once
                      for each port and peer that it goes to. EtherType is the one inside the VLAN tags. Drops are by input port.
    others            by table, the sum of the entries that are left out
    top               the flows with most bytes, in full (see flows/typed.py)
    matched, matches  with match: how many flows it accepts, and the first of them in full; None and [] without
    unknown_lines, unknown_flows, unknown
                      lines that were not understood, flows that have such lines, and the first few of the lines;
                      with match only lines outside of flows are looked at
    """
    run = _Run(top, match)
    source = regions.Regions(stream, size or (SEARCHED if match else CHUNK))
    for kind, data, start, end in source:
        run.layout = source.layout
        run.take(kind, data, start, end)
    return run.result(keep)


class _Sums:
    """Sums over some flows of the fast path."""

    __slots__ = ("flows", "packets", "size", "unused")

    def __init__(self):
        self.flows = self.unused = 0
        self.packets = self.size = 0.0

    def whole(self):
        """Flows, packets, bytes."""
        return self.flows, int(self.packets), int(self.size)


class _Run:
    """One dump being read."""

    def __init__(self, top, match):
        self.layout = None
        self.match = match
        self.most = top
        self.tally = Tally()
        self.top = Top(0 if match else top)
        self.unknown = Unknown()
        self.reader = Reader(self._sink, self.unknown)
        self.ovs = ovs.Reader(self._sink, self.unknown)
        self.fast = 0  # flows that did not pass through a reader of lines
        self.matches = []
        self.masked = False  # masks came after flows without any
        self.whole = True  # the dump ends where a flow ends
        self.by_match = {}
        self.by_actions = {}
        self.by_drop = {}
        self.summed = 0  # flows in these three

    def take(self, kind, data, start, end):
        """One region, data[start:end]."""
        if kind == regions.LONG:
            self.unknown.add(data[start:end])
        elif kind == regions.REST:
            cut = data.rfind(b"\n", start, end) + 1 or start
            self._lines(data[start:cut])
            rest = data[cut:end]
            self.whole = self.ovs.end(rest) if self.layout == layouts.OVS else self.reader.end(rest, self.fast)
        elif kind == regions.LINES or data.find(b"\x1b", start, end) >= 0:
            self._lines(data[start:end])
        elif self.match:
            self._search(data, start, end)
        else:
            self._count(data, start, end)

    def _lines(self, data):
        if self.layout == layouts.OVS:
            self.ovs.take(data, self.match)
            return
        start, end = 0, data.find(b"\n") + 1
        while end:
            self.reader.take(data[start:end])
            start, end = end, data.find(b"\n", end) + 1

    def _sink(self, row, text):
        """A flow from a reader of lines."""
        if not self.match:
            self.tally.add(row)
            self.top.offer(row[7], text)
        elif text is not None:
            self._judge(text)

    def _judge(self, text):
        for flow in self._typed(text):
            view = View(flow)
            if self.match.accepts(view):
                self.tally.add(typed_row(flow, view))
                if len(self.matches) < self.most:
                    self.matches.append(flow)

    def _typed(self, text):
        return ovs.flows(text) if self.layout == layouts.OVS else usual.flows(text)

    def _count(self, data, start, end):  # noqa: PLR0912, PLR0915 (each function that it called would cost as much as all that is done here for a flow)
        """Sum up the flows of a region. This is where the time goes: everything in the loop counts."""
        if self.layout == layouts.OLD and data.find(layouts.MASK_LINE, start, end) >= 0:
            self.masked = True
        pattern = layouts.FLOWS[layouts.MASKED if self.layout == layouts.OLD and self.masked else self.layout]
        by_match, by_actions, by_drop, reader, number = self.by_match, self.by_actions, self.by_drop, self.reader, float
        least = number(self.top.least)
        large = False
        pending = reader.flow is not None
        found = pattern.findall(data, start, end)
        lines = 0
        for one, two, kind, inside, peer, port, packets, size, used, line in found:
            if line:
                lines += 1
                reader.take(line)
                pending = True
                continue
            if pending:
                reader.close()
                pending = False
            # A key of one text is found faster than one of three.
            key = (one, two, inside or kind) if two or inside or kind else one
            try:
                matched = by_match[key]
            except KeyError:
                matched = by_match[key] = _Sums()
            if port:
                key = (peer, port) if peer else port
                try:
                    acted = by_actions[key]
                except KeyError:
                    acted = by_actions[key] = _Sums()
            else:
                try:
                    acted = by_drop[one, two]
                except KeyError:
                    acted = by_drop[one, two] = _Sums()
            matched.flows += 1
            acted.flows += 1
            if not used:
                matched.unused += 1
            if packets:
                many, total = number(packets), number(size)
                matched.packets += many
                matched.size += total
                acted.packets += many
                acted.size += total
                if total > least:
                    large = True
        self.fast += len(found) - lines
        if not reader.always_ends and lines < len(found):
            reader.always_ends = self.layout != layouts.OLD or layouts.USED_LINE.search(data, start, end) is not None
        if large:
            self._offer(pattern.finditer(data, start, end))
        self.summed += len(found)
        if len(by_match) > _REMEMBERED or len(by_actions) > _REMEMBERED or self.summed > _SUMMED:
            self._remember_no_more()

    def _offer(self, flows):
        """Look for top flows among the matches of a region; seldom, once the first regions are through."""
        top = self.top
        for flow in flows:
            size = flow.group(8)
            if size and int(size) > top.least:
                top.offer(int(size), flow.group())

    def _remember_no_more(self):
        """Give the sums of the fast path to the tally."""
        tally = self.tally
        port_first = self.layout == layouts.NEW
        for key, sums in self.by_match.items():
            one, two, kind = key if isinstance(key, tuple) else (key, b"", b"")
            port, source = (one, two) if port_first else (two, one)
            tally.never_used += sums.unused
            tally.matched(source.decode("ascii") or None, int(port), int(kind or b"800", 16) & 0xFFFF, *sums.whole())
        for key, sums in self.by_actions.items():
            peer, port = key if isinstance(key, tuple) else (b"", key)
            tally.sent([peer.decode("ascii")] if peer else [], [int(port)], *sums.whole())
        for (one, two), sums in self.by_drop.items():
            tally.drops.add(int(one if port_first else two), *sums.whole())
        for table in (self.by_match, self.by_actions, self.by_drop):
            table.clear()
        self.summed = 0

    def _search(self, data, start, end):
        """Read in full only the flows of a region that hold what is looked for."""
        line = layouts.FLOW_LINES[self.layout]
        # What stands before the first "Flow" line belongs to what the reader of lines has before it.
        first = start if data.startswith(line[1:], start) else (data.find(line, start, end) + 1 or end)
        if first > start:
            self._lines(data[start:first])
        if first == end:
            return
        reader = self.reader
        reader.close()
        heads = layouts.FLOW_HEADS[self.layout]
        self.fast += data.count(heads, first, end) + data.startswith(heads[1:], first)
        reader.always_ends = reader.always_ends or self.layout != layouts.OLD or layouts.USED_LINE.search(data, first, end) is not None
        for begin, stop in self.match.places(data, line, first, end, self.layout):
            self._judge(data[begin:stop])

    def result(self, keep):
        """What reduce() returns."""
        self._remember_no_more()
        reader = self.ovs if self.layout == layouts.OVS else self.reader
        seen = self.fast + reader.flows
        announced = self.reader.announced
        layout = reader.layout if self.layout is None else layouts.MASKED if self.masked else self.layout
        complete, note = _completeness(announced, seen, self.whole, self.layout)
        if self.match and complete is False and self.whole:
            # There a flow is counted by its first two lines.
            note = note.replace("ends early", "ends early or is damaged")
        result = self.tally.result(keep)
        result.update(
            layout=layout if seen else None,
            announced=announced,
            flows=seen,
            complete=complete,
            note=note,
            top=[flow for text in self.top.records() if text for flow in list(self._typed(text))[:1]],
            matched=self.tally.flows if self.match else None,
            matches=self.matches,
            unknown_lines=self.unknown.lines,
            unknown_flows=self.unknown.flows,
            unknown=self.unknown.quotes,
        )
        return result


def _completeness(announced, seen, whole, layout):
    """Whether all flows came, and what there is to say about it."""
    if not whole and announced is not None and seen >= announced:
        return False, "something follows the last flow: %d flows, %d were announced" % (seen, announced)
    if not whole:
        return False, "the dump ends inside a flow: %d whole flows%s" % (seen, " of %d" % announced if announced is not None else "")
    if announced is None:
        return (None, "") if layout == layouts.OVS else (False, "the dump does not begin with the number of flows")
    if seen < announced:
        return False, "the dump ends early: %d of %d flows" % (seen, announced)
    if seen > announced:
        return True, "the dump grew: %d flows, %d were announced" % (seen, announced)
    return True, ""
