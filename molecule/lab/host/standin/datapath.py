"""The host's real interfaces and flows, in the form that mm_dpctl_text prints.

What MidoNet's datapath would do is done by a bridge (br-overlay) with the devices of the virtual machines and a VXLAN tunnel, both
of the kernel or of Open vSwitch. Each flow is counted where it enters the bridge, by nftables or by Open vSwitch: the numbers are
real. A flow is what one sender says to one receiver over one protocol; it is forgotten after a minute, as MidoNet forgets it.
"""

import json
import subprocess
import time
from pathlib import Path

from standin import openvswitch
from standin.interfaces import members

FLOW_SECONDS = 60
COUNTERS = ["rxPackets", "txPackets", "rxBytes", "txBytes", "rxErrors", "txErrors", "rxDropped", "txDropped"]
TUNNEL = openvswitch.TUNNEL
ETHERNET_HEADER = 14
TABLE = """\
table bridge midonet {{
  counter hits {{ }}
  counter misses {{ }}
{sets}
  chain prerouting {{
    type filter hook prerouting priority 0
{rules}
  }}
}}
"""
SET = """\
  set {interface} {{
    type ether_addr . ether_addr . ipv4_addr . ipv4_addr . inet_proto
    flags dynamic,timeout
    counter
    timeout {seconds}s
    size 20000
  }}
"""
FLOW = "ether saddr . ether daddr . ip saddr . ip daddr . ip protocol"
RULES = """\
    iifname "{interface}" ether type ip {flow} @{interface} counter name hits update @{interface} {{ {flow} }} accept
    iifname "{interface}" ether type ip counter name misses add @{interface} {{ {flow} }}
"""


def _output(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout


def ports(lab):
    """(number, name, type, interface or None) of the datapath's ports: those that the agent makes, and those that are plugged."""
    version = tuple(int(part) for part in lab["version"].split(".")[:2])
    vxlan = lab["zone"]["type"] == "vxlan"
    fixed = [("midonet", "Internal", None), ("tngre-overlay", "Gre", None if vxlan else TUNNEL), ("tnvxlan-overlay", "VXLan", TUNNEL if vxlan else None),
             ("tnvxlan-vtep", "VXLan", None)]  # fmt: skip
    if lab["generation"] == "B" and version >= (5, 2):
        fixed.append(("tnvxlan-recirc", "VXLan", None))
    if lab["generation"] == "B" and version >= (5, 4):
        fixed.append(("tnvxlan-fip64", "VXLan", None))
    plugged = [(len(fixed) + number, interface, "NetDev", interface) for interface, number in members(lab).items()]
    return [(number, *port) for number, port in enumerate(fixed)] + sorted(plugged)


def _counters(lab, interface):
    """Of a port, as the kernel counts for its interface, or Open vSwitch for its tunnel; the agent's own ports have none."""
    if interface == TUNNEL and lab["tunnels"] == "openvswitch":
        told = openvswitch.statistics(TUNNEL)
        return {name: told.get(f"{name[:2]}_{name[2:].lower()}", 0) for name in COUNTERS}
    values = []
    for name in COUNTERS:
        side, what = name[:2], name[2:].lower()
        try:
            values.append(int(Path(f"/sys/class/net/{interface}/statistics/{side}_{what}").read_text()))
        except OSError:
            values.append(0)
    return dict(zip(COUNTERS, values, strict=True))


def account(lab, known=frozenset()):
    """Have the kernel count the flows of all interfaces from now on but of those that it counts already; Open vSwitch counts its own.

    All that are counted now.
    """
    there = {interface for _, _, _, interface in ports(lab) if interface}
    if new := sorted(there - known):
        table = TABLE.format(
            sets="".join(SET.format(interface=interface, seconds=FLOW_SECONDS) for interface in new),
            rules="".join(RULES.format(interface=interface, flow=FLOW) for interface in new),
        )
        subprocess.run(["/usr/sbin/nft", "-f", "-"], input=table, check=False, text=True)
    return known | there


def accounted():
    """The interfaces whose flows the kernel counts."""
    return frozenset(one["set"]["name"] for one in _table() if "set" in one)


def _table():
    try:
        return json.loads(_output("/usr/sbin/nft", "-j", "list", "table", "bridge", "midonet"))["nftables"]
    except (subprocess.CalledProcessError, ValueError):
        return []


def _counted(lab):
    """({interface: {flow: (packets, bytes of frames, idle seconds)}}, hits, misses) as it was counted."""
    there = {interface for _, _, _, interface in ports(lab)}
    flows, totals = {}, {"hits": 0, "misses": 0}
    for one in _table():
        if "counter" in one:
            totals[one["counter"]["name"]] = one["counter"]["packets"]
        # Those of an interface that was taken from the datapath went with it.
        if "set" in one and one["set"]["name"] in there:
            flows[one["set"]["name"]] = {
                tuple(elem["val"]["concat"]): (elem["counter"]["packets"], elem["counter"]["bytes"] + ETHERNET_HEADER * elem["counter"]["packets"],
                                               FLOW_SECONDS - elem["expires"])
                for elem in (entry["elem"] for entry in one["set"].get("elem", []))
            }  # fmt: skip
    hits, misses = totals["hits"], totals["misses"]
    if lab["tunnels"] == "openvswitch":
        more = openvswitch.lookups()
        return {**flows, **openvswitch.flows()}, hits + more[0], misses + more[1]
    return flows, hits, misses


def _where(lab):
    """{hardware address: (interface, tunnel address or None)} as the bridge knows it."""
    if lab["tunnels"] == "openvswitch":
        return openvswitch.places()
    places = {}
    for entry in json.loads(_output("bridge", "-j", "fdb", "show")):
        if entry["mac"] == "00:00:00:00:00:00" or (entry.get("state") == "permanent" and "dst" not in entry):
            continue
        if "dst" in entry:
            places[entry["mac"]] = (TUNNEL, entry["dst"])
        elif entry.get("master") == "br-overlay" and entry["ifname"] != TUNNEL:
            places[entry["mac"]] = (entry["ifname"], None)
    return places


def _tunnel(lab, source, destination, ttl):
    return {"key": "Tunnel", "tun_id": lab["vni"], "ipv4_src": source, "ipv4_dst": destination, "tun_flag": 0, "ipv4_tos": 0, "ipv4_ttl": ttl}


def _actions(lab, numbers, place):
    """To a device of this host, through the tunnel, or, where the receiver is not known, nowhere: a drop."""
    if place is None or place[0] not in numbers:
        return []
    interface, remote = place
    output = {"action": "Output", "port": numbers[interface]}
    if remote is None:
        return [output]
    return [{"action": "SetKey", "key": _tunnel(lab, lab["underlay"], remote, 255)}, output]


def flows(lab):
    """The flows that were seen lately, least recently used first, with what the bridge does with their packets."""
    counted, _, _ = _counted(lab)
    places, numbers = _where(lab), {interface: number for number, _, _, interface in ports(lab) if interface}
    now, found = int(time.monotonic() * 1000), []
    protocols = {"icmp": 1, "tcp": 6, "udp": 17}
    for interface, number in numbers.items():
        for (source, destination, ip_source, ip_destination, protocol), (packets, size, idle) in counted.get(interface, {}).items():
            proto = protocols.get(protocol, protocol if isinstance(protocol, int) else 255)
            sender = places.get(source, (None, None))[1]
            tunnelled = interface == TUNNEL and sender is not None
            match = {"InputPortNumber": number}
            keys = [{"key": "Priority", "priority": 0}]
            masks = [{"key": "Priority", "priority": 0}]
            if tunnelled:
                match.update(TunnelKey=lab["vni"], TunnelSrc=sender, TunnelDst=lab["underlay"], TunnelTOS=0, TunnelTTL=64)
                keys.append(_tunnel(lab, sender, lab["underlay"], 64))
                masks.append({"key": "Tunnel", "tun_id": -1, "ipv4_src": "255.255.255.255", "ipv4_dst": "255.255.255.255", "tun_flag": 0,
                              "ipv4_tos": 0, "ipv4_ttl": 0})  # fmt: skip
            match.update(EthSrc=source, EthDst=destination, EtherType=0x800, NetworkSrc=ip_source, NetworkDst=ip_destination,
                         NetworkProto=proto, NetworkTTL=64, NetworkTOS=0, FragmentType="None")  # fmt: skip
            keys += [
                {"key": "InPort", "port": number},
                {"key": "Ethernet", "src": source, "dst": destination},
                {"key": "EtherType", "type": 0x800},
                {"key": "IPv4", "src": ip_source, "dst": ip_destination, "proto": proto, "tos": 0, "ttl": 64, "frag": 0},
            ]
            masks += [
                {"key": "InPort", "port": -1},
                {"key": "Ethernet", "src": "ff:ff:ff:ff:ff:ff", "dst": "ff:ff:ff:ff:ff:ff"},
                {"key": "EtherType", "type": 0xFFFF},
                {"key": "IPv4", "src": "255.255.255.255", "dst": "255.255.255.255", "proto": 255, "tos": 0, "ttl": 0, "frag": 255},
            ]
            found.append({
                "keys": keys, "masks_per_key": masks, "match": match, "mask": masks, "actions": _actions(lab, numbers, places.get(destination)),
                "packets": packets, "bytes": size, "tcp_flag_names": [], "last_used_ms": now - int(1000 * idle),
            })  # fmt: skip
    return sorted(found, key=lambda flow: flow["last_used_ms"])


def datapath(lab):
    counted, hits, misses = _counted(lab)
    return {
        "name": "midonet",
        "index": 5,
        "supports_megaflows": True,
        "stats": {"flows": sum(map(len, counted.values())), "hits": hits, "lost": 0, "misses": misses},
        "ports": [{"no": number, "name": name, "type": kind, "stats": _counters(lab, interface)} for number, name, kind, interface in ports(lab)],
    }
