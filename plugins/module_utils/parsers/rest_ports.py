# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Virtual ports of MidoNet's REST API (Port-v2 of 2015.06, Port-v3 and v4 of 5.x). PRIVATE to the collection.

/ports, /routers/ID/ports, /bridges/ID/ports
[{"id": "0df2…", "type": "Router", "deviceId": "5a7d…", "hostId": "2ff0…", "interfaceName": "eth1", "peerId": null, "adminStateUp": true,
  "active": true, "portMac": "02:bb:…", "portAddress": "192.168.1.1", "networkAddress": "192.168.1.0", "networkLength": 24,
  "bgpStatus": "BGP neighbor is 192.168.1.254, …", "inboundFilterId": null, "outboundFilterId": null, "vifId": null, …}]
"""

from __future__ import annotations

from typing import List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _rest
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._json import number, word
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Port(TypedDict):
    """A port of a router or bridge. kind: router, bridge, vxlan or the API's own word in small letters."""

    id: str
    kind: Optional[str]
    device: Optional[str]
    host: Optional[str]  # where it is bound
    interface: Optional[str]
    peer: Optional[str]  # the virtual port at the other end
    vif: Optional[str]  # Neutron's port
    admin_up: Optional[bool]
    active: Optional[bool]  # its host's agent has it; None: the release does not tell
    mac: Optional[str]
    address: Optional[str]
    network: Optional[str]  # with the length of its prefix
    vlan: Optional[int]
    in_filter: Optional[str]  # the chain that packets from the port go through
    out_filter: Optional[str]
    tunnel_key: Optional[int]
    bgp_status: Optional[str]  # what the BGP daemon said, 5.x


# Before 2014.11 a port was also told by whether it led outside.
_KINDS = {
    "Router": "router",
    "ExteriorRouter": "router",
    "InteriorRouter": "router",
    "Bridge": "bridge",
    "ExteriorBridge": "bridge",
    "InteriorBridge": "bridge",
    "Vxlan": "vxlan",
}


def parse(text: str) -> Parsed[List[Port]]:
    """A list of ports, or one of them."""
    return _rest.read(text, _port)


def _port(record: _rest.Record) -> Optional[Port]:
    identity = word(record, "id")
    if identity is None or "adminStateUp" not in record or not ("deviceId" in record or "type" in record):
        return None
    kind, mac = word(record, "type"), word(record, "portMac")
    return Port(
        id=identity,
        kind=_KINDS.get(kind, kind.lower()) if kind else None,
        device=word(record, "deviceId"),
        host=word(record, "hostId"),
        interface=word(record, "interfaceName"),
        peer=word(record, "peerId"),
        vif=word(record, "vifId"),
        admin_up=_rest.truth(record, "adminStateUp"),
        active=_rest.truth(record, "active"),
        mac=mac.lower() if mac else None,
        address=word(record, "portAddress"),
        network=_rest.prefix(record, "networkAddress", "networkLength"),
        vlan=number(record, "vlanId"),
        in_filter=word(record, "inboundFilterId"),
        out_filter=word(record, "outboundFilterId"),
        tunnel_key=number(record, "tunnelKey"),
        bgp_status=word(record, "bgpStatus"),
    )
