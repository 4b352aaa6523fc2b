#!/usr/bin/python
# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: clock_info
short_description: The clock of a host
author:
  - the MidoNet diagnostics authors (@midonet)
version_added: 1.0.0
description:
  - Returns the wall clock of the host, its time zone, what disciplines it, and how far it is from the clock of the controller.
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
- name: Look at the clocks
  midonet.diagnostics.clock_info:
  register: time

- name: Demand that it is within a second of the controller's
  ansible.builtin.assert:
    that:
      - time.clock.skew_s | abs - time.clock.skew_error_s < 1
"""

RETURN = r"""
clock:
  description: The clock; null when nothing tells the time.
  returned: when the host answered
  type: dict
  sample:
    daemon: null
    epoch_s: 1795365966
    offset_s: null
    skew_error_s: 0.02
    skew_s: 0.011
    source: null
    sources: null
    stratum: null
    synced: null
    timezone: UTC
    utc_offset_s: 0
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
