#!/usr/bin/python
# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: midonet_facts
short_description: Everything that a single MidoNet host can tell about itself
author:
  - the MidoNet diagnostics authors (@midonet)
version_added: 1.0.0
description:
  - Runs the items of evidence of the first round and returns what they mean as the fact C(midonet), typed and in one shape
    whatever the release of MidoNet.
  - As a task it needs nothing on the host but a shell. It can also be one of the fact modules of C(gather_facts); Ansible then
    runs it on the host, which needs Python 3.8 or newer, or what the release of ansible-core demands.
  - What could not be learnt is null, and C(midonet.about) says why.
options:
  gather_subset:
    description:
      - Which subsystems to return, for instance V(links), V(datapath) or V(agent); V(all), V(min) for C(host) only, and C(!name) to
        leave one out.
      - Subsets of M(ansible.builtin.setup) mean nothing here and are accepted, because C(gather_facts) hands the same list to all
        fact modules.
    type: list
    elements: str
    default: [all]
  gather_timeout:
    description: Seconds after which commands are ended, when run by C(gather_facts). As a task, C(midonet_host_deadline) counts.
    type: int
    default: 30
  fact_path:
    description: Accepted because C(gather_facts) hands it to all fact modules; not used.
    type: path
  filter:
    description: Accepted because C(gather_facts) hands it to all fact modules; not used.
    type: list
    elements: str
    default: []
seealso:
  - module: ansible.builtin.gather_facts
extends_documentation_fragment:
  - midonet.diagnostics.attributes
  - midonet.diagnostics.attributes.host
  - midonet.diagnostics.attributes.facts
  - midonet.diagnostics.attributes.actiongroup_info
"""

EXAMPLES = r"""
- name: Learn the facts of MidoNet
  midonet.diagnostics.midonet_facts:
    gather_subset: [agent, datapath]
  become: true

- name: Show the release
  ansible.builtin.debug:
    var: ansible_facts.midonet.agent.version

- name: Learn them together with the facts of Ansible
  ansible.builtin.gather_facts:
  vars:
    ansible_facts_modules:
      - ansible.builtin.setup
      - midonet.diagnostics.midonet_facts
"""

RETURN = r"""
ansible_facts:
  description: Facts to add to ansible_facts.
  returned: when the host answered
  type: dict
  contains:
    midonet:
      description: By subsystem what is known, null when it could not be learnt; C(about) says how well each is known.
      returned: always
      type: dict
      sample:
        host:
          name: compute1
          groups: [compute]
          generation: A
        about:
          host:
            state: known
            reason: ''
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.midonet.diagnostics.plugins.module_utils import on_host


def main() -> None:
    """Used by gather_facts, on a host with Python; a task runs the action plugin of the same name instead."""
    module = AnsibleModule(
        argument_spec={
            "gather_subset": {"type": "list", "elements": "str", "default": ["all"]},
            "gather_timeout": {"type": "int", "default": 30},
            "fact_path": {"type": "path"},
            "filter": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )
    try:
        facts = on_host.facts(module.params["gather_subset"], module.params["gather_timeout"])
    except ValueError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, ansible_facts={"midonet": facts})


if __name__ == "__main__":
    main()
