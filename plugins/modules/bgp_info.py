#!/usr/bin/python
# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: bgp_info
short_description: The BGP routers and sessions of a MidoNet gateway
author:
  - the MidoNet diagnostics authors (@midonet)
version_added: 1.0.0
description:
  - Asks the routing daemons in the network namespaces that the agent made for BGP, Quagga or FRR, and returns their sessions,
    addresses and interfaces.
  - The routing daemon of the host itself is not looked at. Passwords in the configuration are taken out on the host.
seealso:
  - module: midonet.diagnostics.midonet_facts
extends_documentation_fragment:
  - midonet.diagnostics.attributes
  - midonet.diagnostics.attributes.host
  - midonet.diagnostics.attributes.actiongroup_info
"""

EXAMPLES = r"""
- name: Look at the BGP sessions of every gateway
  midonet.diagnostics.bgp_info:
  become: true
  register: bgp

- name: Require that every session is established
  ansible.builtin.assert:
    that: item.1.state == 'established'
    quiet: true
  loop: "{{ (bgp.bgp.routers if bgp.bgp is not none else []) | subelements('peers') }}"
  loop_control:
    label: "{{ item.1.address }}"
"""

RETURN = r"""
bgp:
  description: The routers, null when they could not be learnt; RV(about) says why.
  returned: when the host answered
  type: dict
  sample:
    software: quagga
    routers:
      - namespace: mbgp1_ns
        local_as: 64512
        peers:
          - address: 203.0.113.1
            remote_as: 64513
            state: established
            prefixes_received: 2
about:
  description: How well it is known.
  returned: when the host answered
  type: dict
  contains:
    state:
      description: One of V(known), V(partial), V(unknown) and V(not_applicable).
      returned: always
      type: str
    reason:
      description: Why it is not known in full, empty when it is.
      returned: always
      type: str
    evidence:
      description: Ids of the items of evidence that were read.
      returned: always
      type: list
      elements: str
    unread:
      description: The number of lines that were not understood.
      returned: always
      type: int
    crash:
      description: What failed in this collection itself.
      returned: always
      type: str
"""

# The body is the action plugin of the same name, which runs on the controller; nothing of this file runs anywhere.
