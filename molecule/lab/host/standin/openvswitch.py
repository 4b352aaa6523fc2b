"""What Open vSwitch says of the overlay where it carries the tunnels: counters, flows, and where packets go."""

import ipaddress
import re
import subprocess

BRIDGE = "br-overlay"
TUNNEL = "tnvxlan"
# What Open vSwitch calls a tunnel's port in its datapath.
TUNNEL_PORT = re.compile(r"vxlan_sys_\d+")
FLOW = re.compile(r"in_port\((?P<port>[^)]+)\).*\beth\(src=(?P<src>[0-9a-f:]+),dst=(?P<dst>[0-9a-f:]+)\),eth_type\(0x0800\),"
                  r"ipv4\(src=(?P<ip_src>[\d.]+),dst=(?P<ip_dst>[\d.]+),proto=(?P<proto>\d+),.*"
                  r"packets:(?P<packets>\d+), bytes:(?P<bytes>\d+), used:(?:(?P<idle>[\d.]+)s|never)")  # fmt: skip
# The tunnel's far end is shown as a number.
RULE_REMOTE = re.compile(r"dl_dst=(?P<mac>[0-9a-f:]{17}) .*load:(?P<peer>0x[0-9a-f]+)->NXM_NX_TUN_IPV4_DST")
RULE_LOCAL = re.compile(r"dl_dst=(?P<mac>[0-9a-f:]{17}) .*output:\"?(?P<port>[^\",]+)\"?$", re.M)


def _output(*command):
    """What a tool prints; nothing when Open vSwitch does not answer."""
    try:
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, text=True, timeout=5).stdout
    except (subprocess.SubprocessError, OSError):
        return ""


def numbers():
    """{interface: its OpenFlow number} of the ports of the overlay's bridge."""
    told = _output("ovs-vsctl", "--timeout=3", "--format=csv", "--", "--columns=name,ofport", "list", "interface", "--", "list-ports", BRIDGE)
    numbered = {name: int(number) for name, number in re.findall(r'^"?([^",]+)"?,(\d+)$', told, re.M)}
    return {name: numbered[name] for name in told.splitlines() if name in numbered}


def statistics(interface):
    """{counter: value} of a port, by Open vSwitch's names: rx_packets, tx_bytes, …"""
    told = _output("ovs-vsctl", "--timeout=3", "get", "interface", interface, "statistics")
    return {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)", told)}


def flows():
    """{interface: {(sender, receiver, IP source, IP destination, protocol): [packets, bytes of frames, idle seconds]}}, ports not told apart."""
    found = {}
    for match in FLOW.finditer(_output("ovs-appctl", "--timeout=3", "dpctl/dump-flows", "--names")):
        interface = TUNNEL if TUNNEL_PORT.fullmatch(match["port"]) else match["port"]
        key = (match["src"], match["dst"], match["ip_src"], match["ip_dst"], int(match["proto"]))
        packets, size, idle = found.setdefault(interface, {}).get(key, (0, 0, None))
        since = float(match["idle"] or 0)
        found[interface][key] = [packets + int(match["packets"]), size + int(match["bytes"]), since if idle is None else min(idle, since)]
    return found


def lookups():
    """(hits, misses) of the flow table."""
    told = re.search(r"lookups: hit:(\d+) missed:(\d+)", _output("ovs-appctl", "--timeout=3", "dpctl/show"))
    return (int(told[1]), int(told[2])) if told else (0, 0)


def places():
    """{hardware address: (interface, tunnel address or None)} as the rules have it."""
    told = _output("ovs-ofctl", "--names", "dump-flows", BRIDGE)
    here = {match["mac"]: (match["port"], None) for match in RULE_LOCAL.finditer(told)}
    return {**here, **{match["mac"]: (TUNNEL, str(ipaddress.ip_address(int(match["peer"], 16)))) for match in RULE_REMOTE.finditer(told)}}
