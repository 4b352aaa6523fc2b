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
  - Returns the state of the moment and judges nothing; see the playbook C(midonet.diagnostics.troubleshoot) for
    that.
  - The values have the same shape whatever the release of the tools on the host; what they did not tell is null.
notes:
  - Asks for the items of evidence C(underlay.firewall), C(underlay.firewalld).
seealso:
  - module: midonet.diagnostics.socket_info
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
  register: result

- name: Show rules that drop
  ansible.builtin.debug:
    msg: "{{ result.firewall.rules | selectattr('target', 'in', ['DROP', 'REJECT']) | map(attribute='text') | list }}"
  when: result.firewall is not none
"""

RETURN = r"""
firewall:
  description:
    - 'The packet filter: table filter of iptables, and the rules of nftables.'
    - Null when it could not be learnt; RV(about) says why.
  returned: when the host answered
  type: dict
  contains:
    loaded:
      description: The kernel has the table of (legacy) iptables. False says nothing about rules of nftables.
      returned: always
      type: bool
    chains:
      description: Chains of the table.
      returned: always
      type: list
      elements: dict
      contains:
        name:
          description: 'The chain''s name: INPUT, FORWARD, OUTPUT, or one that somebody made.'
          returned: always
          type: str
        policy:
          description: 'What becomes of a packet that no rule decides: ACCEPT or DROP; null for a chain that somebody
            made.'
          returned: always
          type: str
        packets:
          description: Packets that met the policy since the counters were reset (count).
          returned: always
          type: int
        bytes:
          description: Bytes that met the policy since the counters were reset (bytes).
          returned: always
          type: int
    rules:
      description: Rules of the table.
      returned: always
      type: list
      elements: dict
      contains:
        chain:
          description: The chain that the rule stands in; rules of a chain are in order.
          returned: always
          type: str
        target:
          description: ACCEPT, DROP, REJECT, another chain, …; null when the rule only counts.
          returned: always
          type: str
        protocol:
          description: tcp, udp, icmp, 47, …; null for any.
          returned: always
          type: str
        source:
          description: Address or prefix of the sender; null for any.
          returned: always
          type: str
        destination:
          description: Address or prefix of the receiver; null for any.
          returned: always
          type: str
        in_link:
          description: The interface that the packet came by; a name that ends in + stands for all that begin
            so; null for any.
          returned: always
          type: str
        out_link:
          description: The interface that the packet leaves by; null for any.
          returned: always
          type: str
        ports:
          description: Destination ports; empty for any.
          returned: always
          type: list
          elements: dict
          contains:
            first:
              description: The first port.
              returned: always
              type: int
            last:
              description: The last port; the same as the first for a single one.
              returned: always
              type: int
        states:
          description: Connection states that the rule matches (NEW, ESTABLISHED, …); empty for any.
          returned: always
          type: list
          elements: str
        packets:
          description: Packets that matched since the counters were reset (count).
          returned: always
          type: int
        bytes:
          description: Bytes that matched since the counters were reset (bytes).
          returned: always
          type: int
        text:
          description: The rule as it was printed.
          returned: always
          type: str
        decidable:
          description: The fields above say all that the rule matches on; false for limits, sets, marks, negations
            and the like.
          returned: always
          type: bool
    firewalld:
      description: What firewalld was told; null when this one host was not asked for it, or does not have it.
      returned: always
      type: dict
      contains:
        running:
          description: The daemon runs.
          returned: always
          type: bool
        zones:
          description: Zones that packets can come into.
          returned: always
          type: list
          elements: dict
          contains:
            name:
              description: Name.
              returned: always
              type: str
            active:
              description: It is in use.
              returned: always
              type: bool
            target:
              description: 'What becomes of what is not listed: default, ACCEPT, DROP, %%REJECT%%.'
              returned: always
              type: str
            interfaces:
              description: Interfaces whose packets come into it.
              returned: always
              type: list
              elements: str
            sources:
              description: Networks whose packets come into it.
              returned: always
              type: list
              elements: str
            services:
              description: Services that are let in, by name.
              returned: always
              type: list
              elements: str
            ports:
              description: Ports that are let in (6677/udp).
              returned: always
              type: list
              elements: str
            protocols:
              description: IP protocols that are let in.
              returned: always
              type: list
              elements: str
            rich_rules:
              description: Further rules as printed.
              returned: always
              type: list
              elements: str
    nftables:
      description: Rules of nftables for IPv4, without those that iptables has made and told of itself; null when
        they are not known.
      returned: always
      type: dict
      contains:
        chains:
          description: Chains. A packet must pass every chain of its hook.
          returned: always
          type: list
          elements: dict
          contains:
            name:
              description: The chain as "family table chain".
              returned: always
              type: str
            hook:
              description: 'Where packets come in from the kernel: prerouting, input, forward, output, postrouting;
                null for a chain that is jumped to.'
              returned: always
              type: str
            policy:
              description: 'What becomes of a packet that no rule decides: ACCEPT or DROP; null for a chain that
                is jumped to.'
              returned: always
              type: str
        rules:
          description: Rules. Verdict maps are taken apart into one rule for each entry.
          returned: always
          type: list
          elements: dict
          contains:
            chain:
              description: The chain that the rule stands in, as "family table chain"; rules of a chain are in
                order.
              returned: always
              type: str
            target:
              description: ACCEPT, DROP, REJECT, RETURN, another chain as "family table chain"; null when the
                rule decides nothing.
              returned: always
              type: str
            protocol:
              description: tcp, udp, icmp, 47, …; null for any.
              returned: always
              type: str
            source:
              description: Address or prefix of the sender; null for any.
              returned: always
              type: str
            destination:
              description: Address or prefix of the receiver; null for any.
              returned: always
              type: str
            in_link:
              description: The interface that the packet came by; a name that ends in + stands for all that begin
                so; null for any.
              returned: always
              type: str
            out_link:
              description: The interface that the packet leaves by; null for any.
              returned: always
              type: str
            ports:
              description: Destination ports; empty for any.
              returned: always
              type: list
              elements: dict
              contains:
                first:
                  description: The first port.
                  returned: always
                  type: int
                last:
                  description: The last port; the same as the first for a single one.
                  returned: always
                  type: int
            states:
              description: Connection states that the rule matches (NEW, ESTABLISHED, …); empty for any.
              returned: always
              type: list
              elements: str
            packets:
              description: Packets that matched since the counters were reset (count).
              returned: always
              type: int
            bytes:
              description: Bytes that matched since the counters were reset (bytes).
              returned: always
              type: int
            text:
              description: The rule as it was printed.
              returned: always
              type: str
            decidable:
              description: The fields above say all that the rule matches on; false for limits, sets, marks, negations
                and the like.
              returned: always
              type: bool
  sample:
    loaded: true
    chains:
      - name: INPUT
        policy: ACCEPT
        packets: 0
        bytes: 0
    rules: []
    nftables:
      chains: []
      rules: []
    firewalld: null
about:
  description: How well it is known, and what that rests on.
  returned: when the host answered
  type: dict
  contains:
    state:
      description:
        - 'known: everything was learnt; partial: something is missing or was not understood; unknown: the facts
          are null; not_applicable: this host has no such subsystem.'
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
    cut:
      description: 'Ids of those that ended early or were understood in part: what is not in a list made from
        them may exist all the same.'
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
      - underlay.firewall
    cut: []
    unread: 0
    crash: null
"""

# Generated by tools/generate_info_modules.py: do not edit.
# The body is the action plugin of the same name, which runs on the controller; nothing of this file runs anywhere.
