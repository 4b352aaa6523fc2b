"""The host's interfaces as the agent tells them to the network state database: the REST API's Interface, of what the kernel has."""

import ipaddress
import json
import subprocess
from pathlib import Path

from standin import openvswitch

UP, LINK = 1, 2
IFF_UP = 1


def _links():
    """What `ip` says of interfaces and addresses; none when it fails, which the agent survives."""
    try:
        return json.loads(subprocess.run(["ip", "-j", "addr", "show"], stdout=subprocess.PIPE, check=True).stdout)
    except (subprocess.CalledProcessError, OSError, ValueError):
        return []


def address(text):
    """An address as Java's InetAddress prints it: IPv6 with all its groups."""
    parsed = ipaddress.ip_address(text)
    return text if parsed.version == 4 else ":".join(f"{int(group, 16):x}" for group in parsed.exploded.split(":"))


def _kind(link):
    """(type, endpoint) as the agent classifies."""
    name = link["ifname"]
    if name == "lo":
        return "Virtual", "LOCALHOST"
    if name.startswith("tap"):
        return "Virtual", "DATAPATH"
    if name.startswith("tn"):
        return "Tunnel", "UNKNOWN"
    return ("Physical", "PHYSICAL") if name.startswith("eth") else ("Virtual", "UNKNOWN")


def described(host_id):
    rows = []
    for link in _links():
        kind, endpoint = _kind(link)
        up = "UP" in link["flags"]
        carrier = up and ("LOWER_UP" in link["flags"])
        rows.append({
            "hostId": host_id, "name": link["ifname"], "mac": link.get("address", "00:00:00:00:00:00"), "mtu": link["mtu"],
            "status": (UP if up else 0) | (LINK if carrier else 0), "type": kind, "endpoint": endpoint, "portType": None,
            "addresses": [address(one["local"]) for one in link.get("addr_info", [])],
        })  # fmt: skip
    return rows


def members(lab):
    """{interface: its number} of what is plugged into the datapath, as the kernel or Open vSwitch numbers it from 1; not of its tunnel."""
    numbers = {path.name: int((path / "port_no").read_text(), 16) for path in Path("/sys/class/net").glob("br-overlay/brif/*")}
    if lab["tunnels"] == "openvswitch":
        numbers = {name: number + 1 for name, number in openvswitch.numbers().items()}
    # The uplink of a gateway is the first in a bridge of its own, which has the interface of bgpd, too; the tunnel is that of the other.
    numbers.update({path.name: int((path / "port_no").read_text(), 16) for path in Path("/sys/class/net").glob("br-uplink/brif/eth*")})
    return {name: number for name, number in numbers.items() if name != openvswitch.TUNNEL}


def in_datapath(lab, interface):
    """Whether the interface belongs to the datapath."""
    return interface in members(lab)


def plugged(lab, interface):
    """Whether the interface is up and belongs to the datapath."""
    try:
        up = bool(int(Path(f"/sys/class/net/{interface}/flags").read_text(), 16) & IFF_UP)
    except OSError:
        return False
    return up and in_datapath(lab, interface)
