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
  - Returns the state of the moment and judges nothing; see the playbook C(midonet.diagnostics.troubleshoot) for
    that.
  - The values have the same shape whatever the release of the tools on the host; what they did not tell is null.
notes:
  - Asks for the items of evidence C(underlay.kernel_log), C(underlay.security).
seealso:
  - module: midonet.diagnostics.kernel_info
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
  register: result

- name: Show what was refused
  ansible.builtin.debug:
    msg: "{{ result.security.denials | selectattr('enforced', 'equalto', true) | list }}"
  when: result.security is not none
"""

RETURN = r"""
security:
  description:
    - SELinux and AppArmor.
    - Null when it could not be learnt; RV(about) says why.
  returned: when the host answered
  type: dict
  contains:
    selinux:
      description: SELinux; null when it could not be asked.
      returned: always
      type: dict
      contains:
        mode:
          description:
            - Whether it holds processes to its rules.
            - One of V(enforcing), V(permissive), V(disabled).
          returned: always
          type: str
    apparmor:
      description: AppArmor; null when it could not be asked.
      returned: always
      type: dict
      contains:
        enabled:
          description: It is switched on.
          returned: always
          type: bool
        enforced:
          description: Profiles that are enforced.
          returned: always
          type: list
          elements: str
        complaining:
          description: Profiles whose violations are only noted.
          returned: always
          type: list
          elements: str
    denials:
      description: What was refused, as far back as the logs go that were read; the most frequent first.
      returned: always
      type: list
      elements: dict
      contains:
        system:
          description: selinux or apparmor.
          returned: always
          type: str
        enforced:
          description: 'False: it was only noted; null: an old kernel does not tell.'
          returned: always
          type: bool
        command:
          description: The process's name, cut to 15 characters by the kernel.
          returned: always
          type: str
        action:
          description: 'What it wanted to do: permissions, or AppArmor''s operation.'
          returned: always
          type: str
        subject:
          description: SELinux context of the process, or the AppArmor profile.
          returned: always
          type: str
        object:
          description: 'What it wanted to reach: a name, path or capability.'
          returned: always
          type: str
        object_class:
          description: 'SELinux: file, tcp_socket, …'
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
  sample:
    selinux:
      mode: disabled
    apparmor:
      enabled: false
      enforced: []
      complaining: []
    denials: []
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
      - underlay.kernel_log
      - underlay.security
    cut: []
    unread: 0
    crash: null
"""

# Generated by tools/generate_info_modules.py: do not edit.
# The body is the action plugin of the same name, which runs on the controller; nothing of this file runs anywhere.
