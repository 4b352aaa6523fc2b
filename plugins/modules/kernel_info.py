#!/usr/bin/python
# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: kernel_info
short_description: The kernel of a host and its resources
author:
  - the MidoNet diagnostics authors (@midonet)
version_added: 1.0.0
description:
  - Returns the modules of the kernel and whether the Open vSwitch one fits it, messages that mean trouble, memory, processors,
    tracked connections and the network stack.
  - Returns the state of the moment and judges nothing; see the playbook C(midonet.diagnostics.troubleshoot) for that.
  - The values have the same shape whatever the release of the tools on the host; what they did not tell is null.
seealso:
  - module: midonet.diagnostics.link_info
  - module: midonet.diagnostics.route_info
  - module: midonet.diagnostics.midonet_facts
extends_documentation_fragment:
  - midonet.diagnostics.attributes
  - midonet.diagnostics.attributes.host
  - midonet.diagnostics.attributes.actiongroup_info
"""

EXAMPLES = r"""
- name: Look at the kernel
  midonet.diagnostics.kernel_info:
  become: true
  register: host

- name: Demand a module that fits the kernel, and that nobody was killed for want of memory
  ansible.builtin.assert:
    that:
      - host.kernel.ovs_matches_running
      - host.kernel_log.events | selectattr('signature', 'equalto', 'oom_kill') | list | length == 0
"""

RETURN = r"""
kernel:
  description: Modules, and the one for Open vSwitch; null when they could not be learnt.
  returned: when the host answered
  type: dict
kernel_log:
  description: Messages of known meaning; null when the log may not be read.
  returned: when the host answered
  type: dict
  sample:
    events: []
memory:
  description: Memory, and who is swapped out; null when it could not be learnt.
  returned: when the host answered
  type: dict
  sample:
    available_bytes: 21522350080
    available_ratio: 0.851477
    swap_free_bytes: 0
    swap_total_bytes: 0
    swapped: []
    total_bytes: 25276502016
processors:
  description: Processors. Shares of time need two samples, which a fleet run takes and this does not.
  returned: when the host answered
  type: dict
  sample:
    blocked: 1
    boot_epoch_s: 1795358555
    count: 2
    delta: null
    running: 33
conntrack:
  description: The table of tracked connections; null where none are tracked.
  returned: when the host answered
  type: dict
  sample:
    count: 0
    limit: 262144
    used_ratio: 0.0
stack:
  description: Settings and counters of the network stack; null when they could not be learnt.
  returned: when the host answered
  type: dict
  sample:
    carrier_changes:
      - changes: 2
        delta: null
        link: eth0
    counters:
      address_errors: 0
      fragmentation_failures: 0
      no_routes: 0
      reassembly_failures: 0
      reverse_path_drops: 0
    delta: null
    ip_forward: false
    reverse_path_filter:
      - effective: 0
        link: eth0
        own: 0
about:
  description:
    - By name of the values above, how well each is known. C(state) is one of V(known), V(partial), V(unknown) and
      V(not_applicable); C(reason) says why it is not known in full; C(evidence) holds the ids of the items that were read,
      C(unread) the number of lines that were not understood, C(crash) what failed in this collection itself.
  returned: when the host answered
  type: dict
  sample:
    kernel_log:
      crash: null
      evidence: [underlay.kernel_log]
      reason: ''
      state: known
      unread: 0
    memory:
      crash: null
      evidence: [underlay.resources]
      reason: ''
      state: known
      unread: 0
"""

# The body is the action plugin of the same name, which runs on the controller; nothing of this file runs anywhere.
