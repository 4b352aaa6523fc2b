#!/usr/bin/python
# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: route_info
short_description: The routes and neighbours of a host
author:
  - the MidoNet diagnostics authors (@midonet)
version_added: 1.0.0
description:
  - Returns the main IPv4 routing table of the host and its neighbour table.
  - Returns the state of the moment and judges nothing; see the playbook C(midonet.diagnostics.troubleshoot) for that.
  - The values have the same shape whatever the release of the tools on the host; what they did not tell is null.
seealso:
  - module: midonet.diagnostics.kernel_info
  - module: midonet.diagnostics.link_info
  - module: midonet.diagnostics.midonet_facts
extends_documentation_fragment:
  - midonet.diagnostics.attributes
  - midonet.diagnostics.attributes.host
  - midonet.diagnostics.attributes.actiongroup_info
"""

EXAMPLES = r"""
- name: Look at the routes of every host
  midonet.diagnostics.route_info:
  register: network

- name: Demand a default route
  ansible.builtin.assert:
    that:
      - network.routes | selectattr('destination', 'equalto', 'default') | list | length > 0
"""

RETURN = r"""
routes:
  description: Routes, one for each next hop; null when they could not be learnt.
  returned: when the host answered
  type: list
  elements: dict
  sample:
    - destination: default
      gateway: 10.0.0.1
      link: eth0
      linkdown: false
      metric: 0
      source: null
      type: unicast
neighbours:
  description: The neighbour table; null when it could not be learnt.
  returned: when the host answered
  type: list
  elements: dict
  sample:
    - address: 10.0.0.1
      link: eth0
      mac: 02:21:00:00:00:01
      state: PERMANENT
about:
  description:
    - By name of the values above, how well each is known. C(state) is one of V(known), V(partial), V(unknown) and
      V(not_applicable); C(reason) says why it is not known in full; C(evidence) holds the ids of the items that were read,
      C(unread) the number of lines that were not understood, C(crash) what failed in this collection itself.
  returned: when the host answered
  type: dict
  sample:
    routes:
      crash: null
      evidence: [underlay.ip_route]
      reason: ''
      state: known
      unread: 0
    neighbours:
      crash: null
      evidence: [underlay.ip_neigh]
      reason: ''
      state: known
      unread: 0
"""

# The body is the action plugin of the same name, which runs on the controller; nothing of this file runs anywhere.
