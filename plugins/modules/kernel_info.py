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
  - Returns the modules of the kernel and whether the Open vSwitch one fits it, messages that mean trouble, memory,
    processors, tracked connections and the network stack.
  - Returns the state of the moment and judges nothing; see the playbook C(midonet.diagnostics.troubleshoot) for
    that.
  - The values have the same shape whatever the release of the tools on the host; what they did not tell is null.
notes:
  - Asks for the items of evidence C(agent.processes), C(underlay.activity), C(underlay.kernel_log), C(underlay.kernel_modules),
    C(underlay.resources), C(underlay.system).
seealso:
  - module: midonet.diagnostics.host_info
  - module: midonet.diagnostics.filesystem_info
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
  register: result

- name: Demand a module that fits the kernel, and that nobody was killed for want of memory
  ansible.builtin.assert:
    that:
      - result.kernel.ovs_matches_running
      - result.kernel_log.events | selectattr('signature', 'equalto', 'oom_kill') | list | length == 0
"""

RETURN = r"""
kernel:
  description:
    - The kernel's modules.
    - Null when it could not be learnt; RV(about) says why.
  returned: when the host answered
  type: dict
  contains:
    ovs_loaded:
      description: The Open vSwitch module is loaded.
      returned: always
      type: bool
    ovs_built_in:
      description: Open vSwitch is built into the kernel and needs no module.
      returned: always
      type: bool
    ovs_file:
      description: The file that would be loaded for the Open vSwitch module.
      returned: always
      type: str
    ovs_matches_running:
      description: That file was built for the running kernel; false too when there is no file.
      returned: always
      type: bool
    modules:
      description: Names of the loaded modules.
      returned: always
      type: list
      elements: str
  sample:
    ovs_loaded: null
    ovs_built_in: true
    ovs_file: null
    ovs_matches_running: true
    modules: null
kernel_log:
  description:
    - Messages of the kernel that mean trouble, as far back as its buffer goes.
    - Null when it could not be learnt; RV(about) says why.
  returned: when the host answered
  type: dict
  contains:
    events:
      description: Messages of the same meaning about the same thing are one entry; in the order of their last.
      returned: always
      type: list
      elements: dict
      contains:
        signature:
          description: 'Its meaning: oom_kill, netdev_watchdog, hung_task, link_down, conntrack_full, …; see SIGNATURES
            in parsers/kernel_log.py.'
          returned: always
          type: str
        subject:
          description: The process, interface, device, … that it is about.
          returned: always
          type: str
        count:
          description: How often (count).
          returned: always
          type: int
        last_epoch_s:
          description: When the last time, in seconds since 1970-01-01 UTC.
          returned: always
          type: float
        age_s:
          description: How long ago that was, in seconds.
          returned: always
          type: float
        message:
          description: The last one's text.
          returned: always
          type: str
  sample:
    events: []
memory:
  description:
    - Memory of the host.
    - Null when it could not be learnt; RV(about) says why.
  returned: when the host answered
  type: dict
  contains:
    total_bytes:
      description: Memory that the kernel manages, in bytes.
      returned: always
      type: int
    available_bytes:
      description: What programs may still take without swapping, in bytes; null before Linux 3.14, which does
        not tell.
      returned: always
      type: int
    available_ratio:
      description: available_bytes as a share of total_bytes (0 to 1)
      returned: always
      type: float
    swap_total_bytes:
      description: Size of all swap space, in bytes.
      returned: always
      type: int
    swap_free_bytes:
      description: Unused swap space, in bytes.
      returned: always
      type: int
    swapped:
      description: Processes with swapped memory, the largest first; null when it was not asked.
      returned: always
      type: list
      elements: dict
      contains:
        pid:
          description: Process id.
          returned: always
          type: int
        bytes:
          description: Swapped memory of the process, in bytes.
          returned: always
          type: int
        command:
          description: Its command line, cut to 200 characters; null for processes that are not MidoNet's nor
            of its services.
          returned: always
          type: str
  sample:
    total_bytes: 25276502016
    available_bytes: 22535036928
    available_ratio: 0.891541
    swap_total_bytes: 0
    swap_free_bytes: 0
    swapped: []
processors:
  description:
    - What the processors are busy with.
    - Null when it could not be learnt; RV(about) says why.
  returned: when the host answered
  type: dict
  contains:
    count:
      description: Processors that are online (count).
      returned: always
      type: int
    boot_epoch_s:
      description: When the host was started, in seconds since 1970-01-01 UTC.
      returned: always
      type: int
    running:
      description: Processes that run or could run when the first sample was taken (count).
      returned: always
      type: int
    blocked:
      description: Processes that waited for a disk then (count).
      returned: always
      type: int
    delta:
      description: Between the two samples; null without a second one.
      returned: always
      type: dict
      contains:
        seconds:
          description: Time between the samples, in seconds.
          returned: always
          type: float
        user_ratio:
          description: Share of the processors' time between the samples in programs (0 to 1)
          returned: always
          type: float
        system_ratio:
          description: Share of the processors' time between the samples in the kernel (0 to 1)
          returned: always
          type: float
        idle_ratio:
          description: Share of the processors' time between the samples with nothing to do (0 to 1)
          returned: always
          type: float
        iowait_ratio:
          description: Share of the processors' time between the samples idle, waiting for a disk (0 to 1)
          returned: always
          type: float
        softirq_ratio:
          description: Share of the processors' time between the samples in soft interrupts, which is where packets
            are handled (0 to 1)
          returned: always
          type: float
        steal_ratio:
          description: Share of the processors' time between the samples that a hypervisor gave to others (0 to
            1)
          returned: always
          type: float
  sample:
    count: 2
    boot_epoch_s: 1795577193
    running: 70
    blocked: 0
    delta: null
conntrack:
  description:
    - The table of tracked connections; not applicable where the kernel tracks none.
    - Null when it could not be learnt; RV(about) says why.
  returned: when the host answered
  type: dict
  contains:
    count:
      description: Connections in the table (count).
      returned: always
      type: int
    limit:
      description: How many fit into it (count).
      returned: always
      type: int
    used_ratio:
      description: count as a share of limit.
      returned: always
      type: float
  sample:
    count: 0
    limit: 262144
    used_ratio: 0.0
stack:
  description:
    - 'The network stack: the reverse path filter, errors, changes of carrier.'
    - Null when it could not be learnt; RV(about) says why.
  returned: when the host answered
  type: dict
  contains:
    ip_forward:
      description: The host forwards IPv4 packets.
      returned: always
      type: bool
    reverse_path_filter:
      description: By interface; null when it was not told.
      returned: always
      type: list
      elements: dict
      contains:
        link:
          description: The interface.
          returned: always
          type: str
        own:
          description: 'Its own setting: 0 off, 1 strict, 2 loose.'
          returned: always
          type: int
        effective:
          description: 'What is in force, the larger of its own and that of all: 0 off, 1 strict, 2 loose.'
          returned: always
          type: int
    counters:
      description: Since the host was started.
      returned: always
      type: dict
      contains:
        reverse_path_drops:
          description: Packets dropped because an answer would leave by another interface (count).
          returned: always
          type: int
        address_errors:
          description: Packets dropped because their destination was no address of this host (count).
          returned: always
          type: int
        no_routes:
          description: Packets not sent for want of a route (count).
          returned: always
          type: int
        reassembly_failures:
          description: Fragments that could not be put together (count).
          returned: always
          type: int
        fragmentation_failures:
          description: Packets too large for the next hop that could not be fragmented (count).
          returned: always
          type: int
    delta:
      description: Growth between the two samples; null without a second one.
      returned: always
      type: dict
      contains:
        seconds:
          description: Time between the samples, in seconds.
          returned: always
          type: float
        reverse_path_drops:
          description: Packets dropped because an answer would leave by another interface (count).
          returned: always
          type: int
        address_errors:
          description: Packets dropped because their destination was no address of this host (count).
          returned: always
          type: int
        no_routes:
          description: Packets not sent for want of a route (count).
          returned: always
          type: int
        reassembly_failures:
          description: Fragments that could not be put together (count).
          returned: always
          type: int
        fragmentation_failures:
          description: Packets too large for the next hop that could not be fragmented (count).
          returned: always
          type: int
    carrier_changes:
      description: By interface; null before Linux 3.15, which does not count them.
      returned: always
      type: list
      elements: dict
      contains:
        link:
          description: The interface.
          returned: always
          type: str
        changes:
          description: How often it got or lost its carrier since it was made (count).
          returned: always
          type: int
        delta:
          description: The same between the two samples (count).
          returned: always
          type: int
  sample:
    ip_forward: false
    reverse_path_filter:
      - link: br-overlay
        own: 0
        effective: 0
    counters:
      reverse_path_drops: 0
      address_errors: 0
      no_routes: 0
      reassembly_failures: 0
      fragmentation_failures: 0
    delta: null
    carrier_changes:
      - link: br-overlay
        changes: 2
        delta: null
about:
  description:
    - By subsystem of the facts, how well it is known and what that rests on. Each has the same keys.
    - 'C(state): known: everything was learnt; partial: something is missing or was not understood; unknown: the
      facts are null; not_applicable: this host has no such subsystem. One of V(known), V(partial), V(unknown),
      V(not_applicable).'
    - 'C(reason): Why it is not fully known; empty when it is.'
    - 'C(evidence): Ids of the items of evidence that were read.'
    - 'C(cut): Ids of those that ended early or were understood in part: what is not in a list made from them
      may exist all the same.'
    - 'C(unread): Lines of evidence that no parser understood (count).'
    - 'C(crash): What failed and where, when the tool itself failed; null when it did not.'
  returned: when the host answered
  type: dict
  contains:
    kernel:
      description: Of the subsystem C(kernel).
      returned: always
      type: dict
    kernel_log:
      description: Of the subsystem C(kernel_log).
      returned: always
      type: dict
    memory:
      description: Of the subsystem C(memory).
      returned: always
      type: dict
    processors:
      description: Of the subsystem C(processors).
      returned: always
      type: dict
    conntrack:
      description: Of the subsystem C(conntrack).
      returned: always
      type: dict
    stack:
      description: Of the subsystem C(stack).
      returned: always
      type: dict
  sample:
    kernel:
      state: partial
      reason: underlay.kernel_modules has no list of loaded modules
      evidence:
        - underlay.kernel_modules
      cut: []
      unread: 0
      crash: null
    kernel_log:
      state: known
      reason: ''
      evidence:
        - underlay.kernel_log
      cut: []
      unread: 0
      crash: null
    memory:
      state: known
      reason: ''
      evidence:
        - underlay.resources
      cut: []
      unread: 0
      crash: null
    processors:
      state: known
      reason: ''
      evidence:
        - underlay.activity
      cut: []
      unread: 0
      crash: null
    conntrack:
      state: known
      reason: ''
      evidence:
        - underlay.resources
      cut: []
      unread: 0
      crash: null
    stack:
      state: known
      reason: ''
      evidence:
        - underlay.activity
        - underlay.resources
      cut: []
      unread: 0
      crash: null
"""

# Generated by tools/generate_info_modules.py: do not edit.
# The body is the action plugin of the same name, which runs on the controller; nothing of this file runs anywhere.
