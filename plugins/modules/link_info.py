#!/usr/bin/python
# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: link_info
short_description: The interfaces of a host, their addresses and settings
author:
  - the MidoNet diagnostics authors (@midonet)
version_added: 1.0.0
description:
  - Returns the interfaces of the host with flags, MTU and counters, their addresses, bonds, and the settings of physical ones.
  - Returns the state of the moment and judges nothing; see the playbook C(midonet.diagnostics.troubleshoot) for that.
  - The values have the same shape whatever the release of the tools on the host; what they did not tell is null.
seealso:
  - module: midonet.diagnostics.kernel_info
  - module: midonet.diagnostics.route_info
  - module: midonet.diagnostics.midonet_facts
extends_documentation_fragment:
  - midonet.diagnostics.attributes
  - midonet.diagnostics.attributes.host
  - midonet.diagnostics.attributes.actiongroup_info
"""

EXAMPLES = r"""
- name: Look at the interfaces of every host
  midonet.diagnostics.link_info:
  become: true
  register: network

- name: Hold the interface of the tunnels to its MTU
  ansible.builtin.assert:
    that:
      - (network.links | selectattr('name', 'equalto', 'eth0') | first).mtu >= 1500
"""

RETURN = r"""
links:
  description: Interfaces; null when they could not be learnt.
  returned: when the host answered
  type: list
  elements: dict
  sample:
    - admin_up: true
      carrier: true
      delta: null
      flags:
        - LOOPBACK
        - UP
        - LOWER_UP
      index: 1
      kind: loopback
      mac: 00:00:00:00:00:00
      master: null
      mtu: 65536
      name: lo
      oper_state: UNKNOWN
      parent: null
      rx_bytes: 0
      rx_crc_errors: 0
      rx_dropped: 0
      rx_errors: 0
      rx_packets: 0
      tx_bytes: 0
      tx_carrier_errors: 0
      tx_dropped: 0
      tx_errors: 0
      tx_packets: 0
addresses:
  description: Addresses; null when they could not be learnt.
  returned: when the host answered
  type: list
  elements: dict
  sample:
    - address: 127.0.0.1
      family: inet
      link: lo
      prefix_length: 8
      scope: host
link_settings:
  description: Speed, driver and offloads of physical interfaces, as C(ethtool) tells them; null without it.
  returned: when the host answered
  type: list
  elements: dict
bonds:
  description: Bonds with their members.
  returned: when the host answered
  type: list
  elements: dict
  sample: []
about:
  description:
    - By name of the values above, how well each is known. C(state) is one of V(known), V(partial), V(unknown) and
      V(not_applicable); C(reason) says why it is not known in full; C(evidence) holds the ids of the items that were read,
      C(unread) the number of lines that were not understood, C(crash) what failed in this collection itself.
  returned: when the host answered
  type: dict
  sample:
    links:
      crash: null
      evidence: [underlay.ip_link]
      reason: ''
      state: known
      unread: 0
    bonds:
      crash: null
      evidence: [underlay.resources]
      reason: ''
      state: known
      unread: 0
"""

# The body is the action plugin of the same name, which runs on the controller; nothing of this file runs anywhere.
