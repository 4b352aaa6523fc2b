#!/usr/bin/python
# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: datapath_info
short_description: The kernel datapath of a MidoNet host
author:
  - the MidoNet diagnostics authors (@midonet)
version_added: 1.0.0
description:
  - Runs C(mm-dpctl), a Java program, and returns the datapath with its ports and counters.
  - Returns the state of the moment and judges nothing; see the playbook C(midonet.diagnostics.troubleshoot) for
    that.
  - The values have the same shape whatever the release of the tools on the host; what they did not tell is null.
notes:
  - Asks for the items of evidence C(overlay.datapath), C(overlay.open_vswitch).
seealso:
  - module: midonet.diagnostics.flows_info
  - module: midonet.diagnostics.host_bindings_info
  - module: midonet.diagnostics.link_info
  - module: midonet.diagnostics.midonet_facts
extends_documentation_fragment:
  - midonet.diagnostics.attributes
  - midonet.diagnostics.attributes.host
  - midonet.diagnostics.attributes.actiongroup_info
"""

EXAMPLES = r"""
- name: Look at the datapath of every compute host
  midonet.diagnostics.datapath_info:
  become: true
  register: result

- name: Show hosts whose datapath loses packets
  ansible.builtin.debug:
    msg: "{{ result.datapath.lost }} packets lost"
  when: (result.datapath.lost or 0) > 0

- name: Show the ports to virtual machines
  ansible.builtin.debug:
    msg: "{{ result.datapath.ports | selectattr('name', 'match', 'tap') | map(attribute='name') | list }}"
  when: result.datapath.exists
"""

RETURN = r"""
datapath:
  description:
    - The kernel datapath through which all virtual traffic goes.
    - Null when it could not be learnt; RV(about) says why.
  returned: when the host answered
  type: dict
  contains:
    exists:
      description: The datapath exists.
      returned: always
      type: bool
    name:
      description: Its name.
      returned: always
      type: str
    index:
      description: Its interface index.
      returned: always
      type: int
    flows:
      description: Flows installed at that moment (count).
      returned: always
      type: int
    hits:
      description: Packets that matched a flow, since the datapath was made (count).
      returned: always
      type: int
    lost:
      description: Packets that matched no flow and could not be handed to the agent, since the datapath was made
        (count).
      returned: always
      type: int
    misses:
      description: Packets that matched no flow, since the datapath was made (count).
      returned: always
      type: int
    linux_bridges:
      description: The kernel's own bridges; null when this one host was not asked for them, or has no brctl.
      returned: always
      type: list
      elements: dict
      contains:
        name:
          description: Its name.
          returned: always
          type: str
        ports:
          description: Names of its interfaces.
          returned: always
          type: list
          elements: str
    open_vswitch:
      description: What Open vSwitch's own programs tell; null when this one host was not asked for it, or does
        not have them.
      returned: always
      type: dict
      contains:
        version:
          description: Its release.
          returned: always
          type: str
        datapaths:
          description: All datapaths, MidoNet's among them.
          returned: always
          type: list
          elements: dict
          contains:
            provider:
              description: system (the kernel) or netdev.
              returned: always
              type: str
            name:
              description: Its name.
              returned: always
              type: str
            flows:
              description: Flows installed at that moment (count).
              returned: always
              type: int
            hits:
              description: Packets that matched a flow, since it was made (count).
              returned: always
              type: int
            lost:
              description: Packets that could not be handed to a program, since it was made (count).
              returned: always
              type: int
            misses:
              description: Packets that matched no flow, since it was made (count).
              returned: always
              type: int
            ports:
              description: Names of its ports.
              returned: always
              type: list
              elements: str
        bridges:
          description: The bridges that ovs-vswitchd keeps.
          returned: always
          type: list
          elements: dict
          contains:
            name:
              description: Its name.
              returned: always
              type: str
            ports:
              description: Names of its ports.
              returned: always
              type: list
              elements: str
            errors:
              description: Interfaces that could not be opened.
              returned: always
              type: list
              elements: dict
              contains:
                interface:
                  description: The interface.
                  returned: always
                  type: str
                error:
                  description: What Open vSwitch says.
                  returned: always
                  type: str
    ports:
      description: Its ports; null when there is no datapath.
      returned: always
      type: list
      elements: dict
      contains:
        number:
          description: Port number in the datapath.
          returned: always
          type: int
        name:
          description: The port's name; for an interface the interface's name.
          returned: always
          type: str
        kind:
          description: internal, netdev (an interface), gre, vxlan, or another word as printed.
          returned: always
          type: str
        rx_packets:
          description: Packets received since the port was made (count).
          returned: always
          type: int
        tx_packets:
          description: Packets sent since the port was made (count).
          returned: always
          type: int
        rx_bytes:
          description: Bytes received since the port was made.
          returned: always
          type: int
        tx_bytes:
          description: Bytes sent since the port was made.
          returned: always
          type: int
        rx_errors:
          description: Packets with errors while receiving, since the port was made (count).
          returned: always
          type: int
        tx_errors:
          description: Packets with errors while sending, since the port was made (count).
          returned: always
          type: int
        rx_dropped:
          description: Packets dropped while receiving, since the port was made (count).
          returned: always
          type: int
        tx_dropped:
          description: Packets dropped while sending, since the port was made (count).
          returned: always
          type: int
        delta:
          description: Growth of the counters between the two samples; null without a second sample or when a
            counter was reset.
          returned: always
          type: dict
          contains:
            seconds:
              description: Time between the two samples, in seconds.
              returned: always
              type: float
            rx_packets:
              description: Packets received meanwhile (count).
              returned: always
              type: int
            rx_errors:
              description: Receive errors meanwhile (count).
              returned: always
              type: int
            rx_dropped:
              description: Received packets dropped meanwhile (count).
              returned: always
              type: int
            tx_packets:
              description: Packets sent meanwhile (count).
              returned: always
              type: int
            tx_errors:
              description: Send errors meanwhile (count).
              returned: always
              type: int
            tx_dropped:
              description: Packets dropped before sending meanwhile (count).
              returned: always
              type: int
            error_ratio:
              description: Share of packets with errors among all packets of both directions (0 to 1).
              returned: always
              type: float
            drop_ratio:
              description: Share of dropped packets among all packets of both directions (0 to 1).
              returned: always
              type: float
    delta:
      description: Growth of the datapath's counters between the two samples; null without a second sample or
        when a counter was reset.
      returned: always
      type: dict
      contains:
        seconds:
          description: Time between the two samples, in seconds.
          returned: always
          type: float
        hits:
          description: Packets that matched a flow meanwhile (count).
          returned: always
          type: int
        lost:
          description: Packets lost on the way to the agent meanwhile (count).
          returned: always
          type: int
        misses:
          description: Packets that matched no flow meanwhile (count).
          returned: always
          type: int
        lost_ratio:
          description: Share of lost packets among those that matched no flow (0 to 1); 0 when there were none.
          returned: always
          type: float
  sample:
    exists: true
    name: midonet
    index: 5
    flows: 0
    hits: 0
    lost: 0
    misses: 6
    ports:
      - number: 0
        name: midonet
        kind: internal
        rx_packets: 0
        tx_packets: 0
        rx_bytes: 0
        tx_bytes: 0
        rx_errors: 0
        tx_errors: 0
        rx_dropped: 0
        tx_dropped: 0
        delta: null
    delta: null
    open_vswitch: null
    linux_bridges: null
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
      - overlay.datapath
    cut: []
    unread: 0
    crash: null
"""

# Generated by tools/generate_info_modules.py: do not edit.
# The body is the action plugin of the same name, which runs on the controller; nothing of this file runs anywhere.
