#!/usr/bin/python
# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: socket_info
short_description: What listens on a host
author:
  - the MidoNet diagnostics authors (@midonet)
version_added: 1.0.0
description:
  - Returns what waits for connections and packets on the host and in its namespaces of BGP, with the processes that hold it.
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
- name: Look at what listens
  midonet.diagnostics.socket_info:
  become: true
  register: listening

- name: Demand that somebody waits at the port of ZooKeeper
  ansible.builtin.assert:
    that:
      - listening.sockets | selectattr('port', 'equalto', 2181) | list | length > 0
  when: inventory_hostname in groups.zookeeper
"""

RETURN = r"""
sockets:
  description: Sockets; null when neither C(ss) nor C(netstat) answered.
  returned: when the host answered
  type: list
  elements: dict
  sample:
    - address: 0.0.0.0
      family: inet
      link: null
      namespace: null
      owners:
        - name: python3
          pid: 5739
      port: 2181
      protocol: tcp
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
