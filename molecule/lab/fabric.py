"""The cables and switches. One namespace holds every switch, another is the controller's; the machine's own gets nothing."""

from __future__ import annotations

from collections.abc import Iterator

from lab.commands import ip, run
from lab.fleet import CONTROLLER_NUMBER, Fleet, Host
from lab.names import CONTROLLER, FABRIC


def switch(network: str) -> str:
    """The name of the bridge that is a network's switch."""
    return f"br-{network}"


def cable(owner: str, nic: str) -> str:
    """The far end of a NIC's cable, in the fabric: named after its owner, so that one can pull it."""
    return f"{owner}-{nic}"


def _plug(owner: str, namespace: str, nic: str, network: str) -> str:
    return f"link add {cable(owner, nic)} master {switch(network)} up type veth peer name {nic} netns {namespace}"


def build(fleet: Fleet) -> None:
    for namespace in (FABRIC, CONTROLLER):
        run("ip", "netns", "add", namespace)
    ip(FABRIC, ["link set lo up", *(f"link add {switch(network)} up type bridge" for network in fleet.networks)])
    ip(FABRIC, [_plug("controller", CONTROLLER, "eth0", "management")])
    management = fleet.networks["management"]
    address = f"{management[CONTROLLER_NUMBER]}/{management.prefixlen}"
    # Fixed hardware addresses: a neighbour table that outlives a host must still be right when the host comes back.
    ip(CONTROLLER, ["link set lo up", "link set eth0 address 02:6d:00:00:00:fe up", f"addr add {address} dev eth0"])


def connect(host: Host) -> None:
    """Give a host its network namespace with its NICs, addresses and routes."""
    run("ip", "netns", "add", host.namespace)
    ip(FABRIC, [_plug(host.name, host.namespace, nic, network) for nic, network in host.nics.items()])
    ip(host.namespace, ["link set lo up", *_addresses(host)])
    if host.role == "router":
        run("ip", "netns", "exec", host.namespace, "sysctl", "-qw", "net.ipv4.ip_forward=1")


def _addresses(host: Host) -> Iterator[str]:
    for nic, network in host.nics.items():
        yield f"link set {nic} address {host.mac(nic)} up"
        # A gateway's uplink NIC belongs to the datapath: its address lives in the namespace of bgpd.
        if not (host.role == "gateway" and network == "uplink"):
            yield f"addr add {host.interface(network)} dev {nic}"
    if host.role != "router" and host.underlay in host.fleet.racks:
        (router,) = host.fleet.of_role("router")
        yield f"route add default via {router.address(host.underlay)} dev eth1"
