#!/usr/bin/python
# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: security_info
short_description: SELinux and AppArmor of a host
author:
  - the MidoNet diagnostics authors (@midonet)
version_added: 1.0.0
description:
  - Returns whether SELinux and AppArmor hold the processes of the host to their rules, and what they refused.
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
- name: Look at access control
  midonet.diagnostics.security_info:
  become: true
  register: access

- name: Show what was refused
  ansible.builtin.debug:
    msg: "{{ access.security.denials | selectattr('enforced', 'equalto', true) | list }}"
  when: access.security is not none
"""

RETURN = r"""
security:
  description: Access control; null when it could not be learnt.
  returned: when the host answered
  type: dict
  sample:
    apparmor:
      complaining: []
      enabled: false
      enforced: []
    denials: []
    selinux:
      mode: disabled
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
