# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a flow in full says of who talks to whom, the same for every layout. PRIVATE to the collection: may change without notice."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

_TRANSPORT = ("TCP", "UDP", "SCTP")
_PROTOCOLS_WITH_PORTS = (6, 17, 132)


class View:
    """The ends of a flow's packets as they arrive, without what its actions turn them into.

    Sets of values: source, destination (inner addresses; of ARP sender and target), source_mac, destination_mac (of Ethernet),
    source_port, destination_port (TCP, UDP, SCTP), tunnel_keys (that it arrives with or is sent with), peers, outputs.
    Single values or None: in_port, ethertype, tunnel_source.
    """

    def __init__(self, flow):
        self.source, self.destination = set(), set()
        self.source_mac, self.destination_mac = set(), set()
        self.source_port, self.destination_port = set(), set()
        self.tunnel_keys, self.peers, self.outputs = set(), set(), set()
        self.in_port = self.ethertype = self.tunnel_source = None
        self._keys(flow["keys"] or ())
        if flow["match"]:
            self._match(flow["match"])
        for action in flow["actions"] or ():
            if action["action"] == "Output":
                self.outputs.add(action["port"])
            elif action["action"] == "SetKey" and action["key"]["key"] == "Tunnel":
                self._add(self.tunnel_keys, action["key"], "tun_id")
                self._add(self.peers, action["key"], "ipv4_dst")

    def _keys(self, keys):
        for key in keys:
            name = key["key"]
            if name == "InPort" and self.in_port is None:
                self.in_port = key["port"]
            elif name == "EtherType":
                self.ethertype = key["type"]
            elif name == "Encap":
                self._keys(key["keys"])
            elif name in ("IPv4", "IPv6"):
                self._pair(key, "src", "dst", self.source, self.destination)
            elif name == "ARP":
                self._pair(key, "sip", "tip", self.source, self.destination)
            elif name == "Ethernet":
                self._pair(key, "src", "dst", self.source_mac, self.destination_mac)
            elif name in _TRANSPORT:
                self._pair(key, "src", "dst", self.source_port, self.destination_port)
            elif name == "Tunnel":
                self._add(self.tunnel_keys, key, "tun_id")
                self.tunnel_source = key.get("ipv4_src")

    def _match(self, match):
        self.in_port = match.get("InputPortNumber")
        self.ethertype = match.get("EtherType")
        self.tunnel_source = match.get("TunnelSrc")
        self._add(self.tunnel_keys, match, "TunnelKey")
        self._pair(match, "NetworkSrc", "NetworkDst", self.source, self.destination)
        self._pair(match, "EthSrc", "EthDst", self.source_mac, self.destination_mac)
        # Type and code of ICMP stand in the same fields.
        if match.get("NetworkProto") in _PROTOCOLS_WITH_PORTS and match.get("EtherType") != 0x0806:
            self._pair(match, "SrcPort", "DstPort", self.source_port, self.destination_port)

    @staticmethod
    def _add(values, where, name):
        if where.get(name) is not None:
            values.add(where[name])

    def _pair(self, where, first, second, source, destination):
        self._add(source, where, first)
        self._add(destination, where, second)


def row(flow, view):
    """The flow as a row of a tally.Tally."""
    packets, size, used = flow["packets"] or 0, flow["bytes"] or 0, flow["last_used_ms"]
    never_used = used == 0 or (used is None and packets == 0)
    dropped = flow["actions"] == [] and not flow["unknown"]
    return (
        view.tunnel_source,
        view.in_port,
        view.ethertype,
        sorted(view.peers),
        sorted(view.outputs, key=str),
        dropped,
        packets,
        size,
        never_used,
    )
