#!/usr/bin/python
# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: topology_info
short_description: The virtual topology as the MidoNet API tells it
author:
  - the MidoNet diagnostics authors (@midonet)
version_added: 1.0.0
description:
  - Returns the hosts that the network state database knows, tunnel zones and their members, bindings, and the virtual routers
    with their ports.
  - Needs C(midonet-cli) with its configuration on the host, and runs it several times.
  - Returns the state of the moment and judges nothing; see the playbook C(midonet.diagnostics.troubleshoot) for that.
  - The values have the same shape whatever the release of the tools on the host; what they did not tell is null.
notes:
  - Asks for the items of evidence C(overlay.bindings), C(overlay.hosts), C(overlay.tunnel_zones), C(topology.routers).
seealso:
  - module: midonet.diagnostics.tunnel_zone_info
  - module: midonet.diagnostics.host_bindings_info
  - module: midonet.diagnostics.midonet_facts
extends_documentation_fragment:
  - midonet.diagnostics.attributes
  - midonet.diagnostics.attributes.host
  - midonet.diagnostics.attributes.actiongroup_info
"""

EXAMPLES = r"""
- name: Look at the topology
  midonet.diagnostics.topology_info:
  become: true
  register: result

- name: Demand that all agents are alive
  ansible.builtin.assert:
    that: result.topology.hosts | rejectattr('alive') | list | length == 0
    fail_msg: "{{ result.topology.hosts | rejectattr('alive') | map(attribute='name') | list }} are not alive"
"""

RETURN = r"""
topology:
  description:
    - The virtual topology as the API tells it.
    - Null when it could not be learnt; RV(about) says why.
  returned: when the host answered
  type: dict
  contains:
    hosts:
      description: Hosts known to the network state database.
      returned: always
      type: list
      elements: dict
      contains:
        id:
          description: UUID.
          returned: always
          type: str
        name:
          description: Host name.
          returned: always
          type: str
        alive:
          description: Its agent has a session with the network state database.
          returned: always
          type: bool
        addresses:
          description: Its addresses.
          returned: always
          type: list
          elements: str
    zones:
      description: Tunnel zones.
      returned: always
      type: list
      elements: dict
      contains:
        id:
          description: UUID.
          returned: always
          type: str
        name:
          description: Name.
          returned: always
          type: str
        type:
          description: gre, vxlan or vtep.
          returned: always
          type: str
    members:
      description: Members of the tunnel zones.
      returned: always
      type: list
      elements: dict
      contains:
        zone:
          description: UUID of the zone.
          returned: always
          type: str
        host_id:
          description: UUID of the host.
          returned: always
          type: str
        address:
          description: Tunnel address of the host.
          returned: always
          type: str
    bindings:
      description: Virtual ports bound to interfaces.
      returned: always
      type: list
      elements: dict
      contains:
        host_id:
          description: UUID of the host.
          returned: always
          type: str
        interface:
          description: Name of the interface.
          returned: always
          type: str
        port:
          description: UUID of the virtual port.
          returned: always
          type: str
    routers:
      description: Virtual routers.
      returned: always
      type: list
      elements: dict
      contains:
        id:
          description: UUID.
          returned: always
          type: str
        name:
          description: Name.
          returned: always
          type: str
        admin_up:
          description: It is switched on.
          returned: always
          type: bool
        asn:
          description: AS number; null when it has none, and in MidoNet before 5.0.
          returned: always
          type: int
    ports:
      description: Ports of the virtual routers.
      returned: always
      type: list
      elements: dict
      contains:
        id:
          description: UUID.
          returned: always
          type: str
        device:
          description: UUID of the router.
          returned: always
          type: str
        admin_up:
          description: It is switched on.
          returned: always
          type: bool
        plugged:
          description: 'It is active: bound to an interface on a live host, or linked to a peer.'
          returned: always
          type: bool
        mac:
          description: Hardware address.
          returned: always
          type: str
        address:
          description: IP address.
          returned: always
          type: str
        network:
          description: Its network, with prefix length.
          returned: always
          type: str
        peer:
          description: UUID of the virtual port at the other end.
          returned: always
          type: str
  sample:
    hosts:
      - id: d3428675-30a4-57aa-af8c-c9c39ef15159
        name: gw1
        alive: true
        addresses:
          - 10.99.0.31
          - 172.16.1.31
    zones:
      - id: e367e453-9404-5efc-bfcf-d8940415b1b4
        name: overlay
        type: vxlan
    members:
      - zone: e367e453-9404-5efc-bfcf-d8940415b1b4
        host_id: d3428675-30a4-57aa-af8c-c9c39ef15159
        address: 172.16.1.31
    bindings:
      - host_id: d3428675-30a4-57aa-af8c-c9c39ef15159
        interface: eth2
        port: 072db737-bc61-5c14-97c8-4b294ad67533
    routers:
      - id: e52e0497-67fb-51f7-912d-8604a99e0e92
        name: MidoNet Provider Router
        admin_up: true
        asn: 64513
    ports:
      - id: 072db737-bc61-5c14-97c8-4b294ad67533
        device: e52e0497-67fb-51f7-912d-8604a99e0e92
        admin_up: true
        plugged: true
        mac: 02:bb:bb:00:00:1f
        address: 203.0.113.31
        network: 203.0.113.0/24
        peer: null
about:
  description: How well it is known, and what that rests on.
  returned: when the host answered
  type: dict
  contains:
    state:
      description:
        - 'known: everything was learnt; partial: something is missing or was not understood; unknown: the facts are null;
          not_applicable: this host has no such subsystem.'
        - One of V(known), V(partial), V(unknown), V(not_applicable).
      returned: always
      type: str
    reason:
      description: Why it is not fully known; empty when it is.
      returned: always
      type: str
    evidence:
      description: Ids of the items of evidence that were read.
      returned: always
      type: list
      elements: str
    unread:
      description: Lines of evidence that no parser understood (count).
      returned: always
      type: int
    crash:
      description: What failed and where, when the tool itself failed; null when it did not.
      returned: always
      type: str
  sample:
    state: known
    reason: ''
    evidence:
      - overlay.bindings
      - overlay.hosts
      - overlay.tunnel_zones
      - topology.routers
    unread: 0
    crash: null
"""

# Generated by tools/generate_info_modules.py: do not edit.
# The body is the action plugin of the same name, which runs on the controller; nothing of this file runs anywhere.
