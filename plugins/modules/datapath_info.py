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
  - Runs C(mm-dpctl) on the host and returns the datapath with its ports and counters, in one shape whatever the release of MidoNet.
  - Returns the state of the moment and judges nothing; see the playbook C(midonet.diagnostics.troubleshoot) for that.
seealso:
  - module: midonet.diagnostics.host_bindings_info
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
  register: datapath

- name: Show hosts whose datapath loses packets
  ansible.builtin.debug:
    msg: "{{ datapath.datapath.lost }} packets lost"
  when:
    - datapath.datapath is not none
    - (datapath.datapath.lost or 0) > 0
"""

RETURN = r"""
datapath:
  description: The datapath, null when it could not be learnt; RV(about) says why.
  returned: when the host answered
  type: dict
  sample:
    exists: true
    name: midonet
    index: 9
    flows: 1204
    hits: 90211
    misses: 5120
    lost: 0
    delta: null
    ports:
      - number: 0
        name: midonet
        kind: internal
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
