# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sums over flows in bounded memory. PRIVATE to the collection: may change without notice."""

from __future__ import absolute_import, division, print_function

import heapq

__metaclass__ = type

# Ports and peers of a host are some hundreds; a dump that names more than this is hostile, and the rest of it goes to "others".
TRACKED = 4096


class Sums:
    """Flows, packets and bytes per key, of the first TRACKED keys; the others' go together."""

    def __init__(self, tracked=TRACKED):
        self.entries = {}
        self.others = [0, 0, 0]
        self.tracked = tracked

    def add(self, key, flows, packets, size):
        """Add so many flows with these packets and bytes."""
        entry = self.entries.get(key)
        if entry is None:
            if len(self.entries) < self.tracked:
                self.entries[key] = [flows, packets, size]
                return
            entry = self.others
        entry[0] += flows
        entry[1] += packets
        entry[2] += size

    def largest(self, keep, name):
        """The entries with most bytes as dictionaries, and the sum of those that are left out (None when none is)."""
        ranked = sorted(self.entries.items(), key=_rank)
        rest = list(self.others)
        for _key, entry in ranked[keep:]:
            for at in range(3):
                rest[at] += entry[at]
        return [dict(name(key), **_named(entry)) for key, entry in ranked[:keep]], (_named(rest) if rest[0] else None)


def _rank(item):
    key, entry = item
    # Keys of one kind are of one type, but for the missing one and names among numbers.
    return -entry[2], -entry[0], str(type(key)), key if key is not None else 0


def _named(entry):
    return {"flows": entry[0], "packets": entry[1], "bytes": entry[2]}


class Top:
    """The k records with most bytes; of equal ones the first stay."""

    def __init__(self, most):
        self.most = most
        self.heap = []
        self.seen = 0
        self.least = 0 if most > 0 else float("inf")  # bytes that a record must exceed to get in

    def offer(self, size, record):
        """Keep the record when it is among the largest so far."""
        if size <= self.least:
            return
        self.seen += 1
        entry = (size, -self.seen, record)
        if len(self.heap) < self.most:
            heapq.heappush(self.heap, entry)
        else:
            heapq.heapreplace(self.heap, entry)
        if len(self.heap) == self.most:
            self.least = self.heap[0][0]

    def records(self):
        """The records, the largest first."""
        return [record for _size, _order, record in sorted(self.heap, reverse=True)]


class Tally:
    """Everything that is summed over the flows of a dump.

    A flow is given as its row: (peer it came from or None, input port or None, EtherType or None, peers that it is sent to,
    output ports, whether it is dropped, packets, bytes, whether it was never used).
    """

    def __init__(self, most=TRACKED):
        self.flows = 0
        self.packets = 0
        self.size = 0
        self.never_used = 0
        self.in_ports = Sums(most)
        self.out_ports = Sums(most)
        self.peers = Sums(most)
        self.ethertypes = Sums(most)
        self.drops = Sums(most)

    def add(self, row):
        """Count one flow."""
        source, port, ethertype, peers, outputs, dropped, packets, size, never_used = row
        self.never_used += never_used
        self.matched(source, port, ethertype, 1, packets, size)
        self.sent(peers, outputs, 1, packets, size)
        if dropped:
            self.drops.add(port, 1, packets, size)

    def matched(self, source, port, ethertype, flows, packets, size):
        """Count flows by what they match."""
        self.flows += flows
        self.packets += packets
        self.size += size
        self.in_ports.add(port, flows, packets, size)
        self.ethertypes.add(ethertype, flows, packets, size)
        if source is not None:
            self.peers.add((source, "from"), flows, packets, size)

    def sent(self, peers, outputs, flows, packets, size):
        """Count flows by where they go: once for each peer and each port."""
        for peer in peers:
            self.peers.add((peer, "to"), flows, packets, size)
        for port in outputs:
            self.out_ports.add(port, flows, packets, size)

    def result(self, keep):
        """The sums as plain data, of each table the `keep` entries with most bytes."""
        tables = {
            "in_ports": (self.in_ports, lambda port: {"port": port}),
            "out_ports": (self.out_ports, lambda port: {"port": port}),
            "tunnel_peers": (self.peers, lambda peer: {"address": peer[0], "direction": peer[1]}),
            "ethertypes": (self.ethertypes, lambda kind: {"ethertype": None if kind is None else "0x%04x" % kind}),
            "drops": (self.drops, lambda port: {"port": port}),
        }
        result = {"packets": self.packets, "bytes": self.size, "never_used": self.never_used, "others": {}}
        for table, (sums, name) in tables.items():
            result[table], rest = sums.largest(keep, name)
            if rest is not None:
                result["others"][table] = rest
        return result
