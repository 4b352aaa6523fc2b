#!/usr/bin/python
# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: host_bindings_info
short_description: Which virtual ports are bound to the interfaces of a host
author:
  - the MidoNet diagnostics authors (@midonet)
version_added: 1.0.0
description:
  - Returns what the network state database says is bound to this host, and whether the interfaces are there and
    in the datapath. On a host without an identity of its own, as hosts of the API are, it returns the bindings
    of all hosts.
  - Needs C(midonet-cli) with its configuration on the host; without it RV(bindings) is null and RV(about) says
    why, and the ports of the datapath are still returned.
  - Returns the state of the moment and judges nothing; see the playbook C(midonet.diagnostics.troubleshoot) for
    that.
  - The values have the same shape whatever the release of the tools on the host; what they did not tell is null.
notes:
  - Asks for the items of evidence C(agent.host_id), C(overlay.bindings), C(overlay.datapath), C(underlay.ip_link).
seealso:
  - module: midonet.diagnostics.datapath_info
  - module: midonet.diagnostics.topology_info
  - module: midonet.diagnostics.midonet_facts
extends_documentation_fragment:
  - midonet.diagnostics.attributes
  - midonet.diagnostics.attributes.host
  - midonet.diagnostics.attributes.actiongroup_info
"""

EXAMPLES = r"""
- name: Look at the bindings
  midonet.diagnostics.host_bindings_info:
  become: true
  register: result

- name: Show how many there are on each host
  ansible.builtin.debug:
    msg: "{{ result.bindings | groupby('host_id') | map('last') | map('length') | list }}"
  when: result.bindings is not none

- name: Show bindings whose interface is not in the datapath
  ansible.builtin.debug:
    msg: "{{ result.bindings | selectattr('in_datapath', 'equalto', false) | map(attribute='interface') | list }}"
  when: result.bindings is not none
"""

RETURN = r"""
host_id:
  description:
    - The identity under which the network state database knows the host.
    - Null when it could not be learnt; RV(about) says why.
  returned: when the host answered
  type: str
  sample: null
bindings:
  description:
    - The bindings of this host, or of all hosts when RV(host_id) is null.
    - Null when it could not be learnt; RV(about) says why.
  returned: when the host answered
  type: list
  elements: dict
  contains:
    host_id:
      description: The identity of the host.
      returned: always
      type: str
    interface:
      description: The name of the interface.
      returned: always
      type: str
    port:
      description: The UUID of the virtual port.
      returned: always
      type: str
    link_exists:
      description: Whether this host has an interface of this name; null when not known, and for other hosts.
      returned: always
      type: bool
    link_up:
      description: Whether it is administratively up; null when not known, and for other hosts.
      returned: always
      type: bool
    in_datapath:
      description: Whether the datapath has a port of this name; null when not known, and for other hosts.
      returned: always
      type: bool
  sample:
    - host_id: 1538307e-4248-58fe-9e8e-ced3147dfde0
      interface: eth2
      port: b1f04378-f985-57e9-8084-c8089e46fa42
      link_exists: null
      link_up: null
      in_datapath: null
ports:
  description:
    - Names of the ports of the datapath.
    - Null when it could not be learnt; RV(about) says why.
  returned: when the host answered
  type: list
  elements: str
  sample: null
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
    agent:
      description: Of the subsystem C(agent).
      returned: always
      type: dict
    links:
      description: Of the subsystem C(links).
      returned: always
      type: dict
    datapath:
      description: Of the subsystem C(datapath).
      returned: always
      type: dict
    topology:
      description: Of the subsystem C(topology).
      returned: always
      type: dict
  sample:
    agent:
      state: unknown
      reason: agent.host_id was not collected
      evidence:
        - agent.host_id
      cut: []
      unread: 0
      crash: null
    links:
      state: known
      reason: ''
      evidence:
        - underlay.ip_link
      cut: []
      unread: 0
      crash: null
    datapath:
      state: unknown
      reason: overlay.datapath was not collected
      evidence:
        - overlay.datapath
      cut: []
      unread: 0
      crash: null
    topology:
      state: known
      reason: ''
      evidence:
        - overlay.bindings
      cut: []
      unread: 0
      crash: null
"""

# Generated by tools/generate_info_modules.py: do not edit.
# The body is the action plugin of the same name, which runs on the controller; nothing of this file runs anywhere.
