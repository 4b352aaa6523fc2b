# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Cut a stream into regions of whole flows, in bounded memory. PRIVATE to the collection: may change without notice."""

from __future__ import absolute_import, division, print_function

from ansible_collections.midonet.diagnostics.plugins.module_utils.flows.layouts import FLOW_LINES, layout_of

__metaclass__ = type

# Of what a region may be.
FLOWS = "flows"  # ends right before a "Flow" line
LINES = "lines"  # ends at any line end: no flow begins in it, or none that is spelled as mm-dpctl spells it
LONG = "long"  # the beginning of a line that is longer than any region
REST = "rest"  # the end of the dump, from the last "Flow" line on; maybe without a line end

# What a region may grow to while no "Flow" line comes. A flow has one or two kilobytes.
LONGEST = 1 << 20
# Where no flow was seen until here, none is expected.
_UNDECIDED = 1 << 16


class Regions:
    """Iterates over (kind, data, start, end): a region is data[start:end]. `layout` is that of the dump as far as it was seen.

    What is read is handed out as it is, but for the flow in which one piece ends and the next begins: joining whole pieces, or
    cutting off what was handed out, would cost as much as reading them.
    """

    def __init__(self, stream, size, longest=LONGEST):
        self.stream = stream
        self.size = size
        self.longest = longest
        self.layout = None

    def __iter__(self):
        data = b""  # what was read and not handed out
        more = True
        while more and self.layout is None and len(data) < _UNDECIDED:
            piece = self.stream.read(self.size)
            more = bool(piece)
            data += piece
            self.layout = layout_of(data)
        while more:
            # The tool's log may have been longer than one waits for the first flow.
            self.layout = self.layout or layout_of(data)
            line = FLOW_LINES.get(self.layout)
            kind, cut = self._cut(data, line)
            if cut:
                yield kind, data, 0, cut
                data = data[cut:]
            elif len(data) > self.longest:
                yield LONG, data, 0, 1000
                data = self._after_line(data)
            piece = self.stream.read(self.size)
            more = bool(piece)
            first = 0 if line is None else piece.find(line) + 1
            while first:
                data += piece[:first]
                yield FLOWS, data, 0, len(data)
                last = piece.rfind(line) + 1
                if last > first:
                    yield FLOWS, piece, first, last
                data = piece[last:]
                piece = self.stream.read(self.size)
                more = bool(piece)
                first = piece.find(line) + 1
            data += piece
        # A dump whose last piece holds many flows is cut once more, so that only its last flow is the rest.
        kind, cut = self._cut(data, FLOW_LINES.get(self.layout))
        if cut:
            yield kind, data, 0, cut
        yield REST, data, cut, len(data)

    def _cut(self, data, line):
        if line is not None:
            cut = data.rfind(line) + 1
            if cut:
                return FLOWS, cut
            if len(data) <= self.longest:
                return FLOWS, 0
        return LINES, data.rfind(b"\n") + 1

    def _after_line(self, data):
        """Drop the rest of a line that is too long to keep."""
        while data and b"\n" not in data:
            data = self.stream.read(self.size)
        return data[data.find(b"\n") + 1 :]
