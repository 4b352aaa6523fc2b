#!/usr/bin/python
# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: collect
short_description: Asks one host for one round of evidence
author:
  - the MidoNet diagnostics authors (@midonet)
version_added: 1.0.0
description:
  - Runs all items that concern the host in one call and writes what they said into the record, secrets replaced by pseudonyms.
  - Whatever happens to the host is written into the record and never a failure of the task, so that a host in trouble holds up
    nobody else.
  - With the variable C(midonet_replay) the evidence is read from another record and no host is connected to.
options:
  record:
    description: The record, as M(midonet.diagnostics.record) returned it.
    type: path
    required: true
  round:
    description: The round. The second one asks what needs the answers of other hosts, and all counters once more.
    type: int
    choices: [1, 2, 3]
    default: 1
  role:
    description: The role that works alone; tells what a host is when the inventory has it in none of the five groups.
    type: str
  problem:
    description: Why there is no record. When not empty, the task ends the play for its host with this line.
    type: str
    default: ''
seealso:
  - module: midonet.diagnostics.record
  - module: midonet.diagnostics.judge
extends_documentation_fragment:
  - midonet.diagnostics.attributes
  - midonet.diagnostics.attributes.host
  - midonet.diagnostics.attributes.actiongroup_run
"""

EXAMPLES = r"""
- name: Ask every host what concerns it
  midonet.diagnostics.collect:
    record: "{{ opened.record }}"
    round: 1
  become: true
"""

RETURN = r"""
state:
  description: How the host answered.
  returned: always
  type: str
  choices: [complete, partial, not_reached, failed]
  sample: complete
reason:
  description: What is missing and why, empty when nothing is.
  returned: always
  type: str
  sample: ''
asked:
  description: How many items were asked.
  returned: always
  type: int
  sample: 18
answered:
  description: How many of their commands came to their end.
  returned: always
  type: int
  sample: 18
"""

# The body is the action plugin of the same name, which runs on the controller; nothing of this file runs anywhere.
