#!/usr/bin/python
# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: firewall_info
short_description: The packet filter of a host
author:
  - the MidoNet diagnostics authors (@midonet)
version_added: 1.0.0
description:
  - Returns the table filter of iptables and the rules of nftables, in one shape.
  - Returns the state of the moment and judges nothing; see the playbook C(midonet.diagnostics.troubleshoot) for that.
  - The values have the same shape whatever the release of the tools on the host; what they did not tell is null.
seealso:
  - module: midonet.diagnostics.kernel_info
  - module: midonet.diagnostics.link_info
  - module: midonet.diagnostics.route_info
  - module: midonet.diagnostics.midonet_facts
extends_documentation_fragment:
  - midonet.diagnostics.attributes
  - midonet.diagnostics.attributes.host
  - midonet.diagnostics.attributes.actiongroup_info
"""

EXAMPLES = r"""
- name: Look at the packet filter
  midonet.diagnostics.firewall_info:
  become: true
  register: filter

- name: Show rules that drop
  ansible.builtin.debug:
    msg: "{{ filter.firewall.rules | selectattr('target', 'in', ['DROP', 'REJECT']) | map(attribute='text') | list }}"
  when: filter.firewall is not none
"""

RETURN = r"""
firewall:
  description: The packet filter; null when it could not be learnt, RV(about) says why.
  returned: when the host answered
  type: dict
  sample:
    chains:
      - bytes: 0
        name: INPUT
        packets: 0
        policy: DROP
    loaded: true
    nftables:
      chains:
        - hook: input
          name: inet site input
          policy: ACCEPT
      rules:
        - bytes: 0
          chain: inet site input
          decidable: true
          destination: null
          in_link: null
          out_link: null
          packets: 0
          ports: []
          protocol: null
          source: 10.9.0.0/16
          states: []
          target: DROP
          text: ip saddr 10.9.0.0/16 counter packets 0 bytes 0 drop
    rules:
      - bytes: 0
        chain: INPUT
        decidable: true
        destination: null
        in_link: null
        out_link: null
        packets: 0
        ports:
          - first: 6677
            last: 6677
        protocol: udp
        source: null
        states: []
        target: ACCEPT
        text: '[0:0] -A INPUT -p udp -m udp --dport 6677 -j ACCEPT'
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
