# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tunnel zones of MidoNet's REST API and their members. PRIVATE to the collection.

/tunnel_zones, TunnelZone-v1:
[{"id": "a1c9…", "name": "tz1", "type": "gre", "hosts": "http://…", …}]
/tunnel_zones/ID/hosts, TunnelZoneHost-v1, or GreTunnelZoneHost-v1:
[{"tunnelZoneId": "a1c9…", "hostId": "2ff0…", "ipAddress": "172.16.0.11", …}]
"""

from __future__ import annotations

from typing import List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _rest
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._json import word
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Zone(TypedDict):
    """type: gre, vxlan or vtep."""

    id: str
    name: Optional[str]
    type: Optional[str]


class Member(TypedDict):
    """A host in a zone, with the address that its tunnels have."""

    zone: Optional[str]
    host: str
    address: Optional[str]


def parse(text: str) -> Parsed[List[Zone]]:
    """/tunnel_zones, or one of them."""
    return _rest.read(text, _zone)


def parse_members(text: str) -> Parsed[List[Member]]:
    """/tunnel_zones/ID/hosts."""
    return _rest.read(text, _member)


def _zone(record: _rest.Record) -> Optional[Zone]:
    identity, kind = word(record, "id"), word(record, "type")
    if identity is None or "hostId" in record:
        return None
    return Zone(id=identity, name=word(record, "name"), type=kind.lower() if kind else None)


def _member(record: _rest.Record) -> Optional[Member]:
    host = word(record, "hostId")
    if host is None:
        return None
    return Member(zone=word(record, "tunnelZoneId"), host=host, address=word(record, "ipAddress"))
