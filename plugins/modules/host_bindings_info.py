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
  - Returns what the network state database says is bound to this host, and whether the interfaces are there and in the datapath.
  - Needs C(midonet-cli) with its configuration on the host; without it RV(bindings) is null and RV(about) says why, and the
    ports of the datapath are still returned.
seealso:
  - module: midonet.diagnostics.datapath_info
extends_documentation_fragment:
  - midonet.diagnostics.attributes
  - midonet.diagnostics.attributes.host
  - midonet.diagnostics.attributes.actiongroup_info
"""

EXAMPLES = r"""
- name: Look at the bindings of every compute host
  midonet.diagnostics.host_bindings_info:
  become: true
  register: bound

- name: Show bindings whose interface is not in the datapath
  ansible.builtin.debug:
    msg: "{{ bound.bindings | default([], true) | rejectattr('in_datapath') | map(attribute='interface') | list }}"
"""

RETURN = r"""
host_id:
  description: The identity under which the host is known, null when not known.
  returned: when the host answered
  type: str
  sample: 5a2e4b9c-8c5b-4b7e-9a51-3d2c1b0a9f8e
bindings:
  description: The bindings of this host, null when they could not be learnt.
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
      description: Whether the host has an interface of this name, null when not known.
      returned: always
      type: bool
    link_up:
      description: Whether it is administratively up, null when not known.
      returned: always
      type: bool
    in_datapath:
      description: Whether the datapath has a port of this name, null when not known.
      returned: always
      type: bool
ports:
  description: Names of the ports of the datapath, null when not known.
  returned: when the host answered
  type: list
  elements: str
about:
  description: How well each part is known, by subsystem.
  returned: when the host answered
  type: dict
"""

# The body is the action plugin of the same name, which runs on the controller; nothing of this file runs anywhere.
