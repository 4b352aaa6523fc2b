#!/usr/bin/python
# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: record
short_description: Opens, merges, plans and closes the record of a run
author:
  - the MidoNet diagnostics authors (@midonet)
version_added: 1.0.0
description:
  - A record is the directory of one run, with what the hosts answered and everything that was concluded from it.
  - Opening looks at the options, the inventory, the items and the checks first. Anything wrong ends the run with one line and
    an exit code that is neither 0 nor 2.
options:
  state:
    description:
      - V(open) makes a new record for the hosts of the play that are in one of the five groups.
      - V(reopen) takes the record that the variable C(midonet_record) names, to judge it again.
      - V(merge) makes one new record out of those of O(records), directories or tar archives. Of a host that is in several, the best
        answer counts, of equally good ones the latest.
      - V(plan) works out what hosts have to know of each other for the second round.
      - V(close) notes that the run came to its end.
    type: str
    choices: [open, reopen, merge, plan, close]
    default: open
  record:
    description: The record to plan or to close.
    type: path
  records:
    description: The records to merge; those that the variable C(midonet_records) names when empty.
    type: list
    elements: path
    default: []
  kind:
    description: What kind of run it is; V(role) for a role that works alone.
    type: str
    choices: [troubleshoot, smoke, gather, role]
    default: troubleshoot
  roles:
    description: The roles that are to judge; those of the run's options when empty.
    type: list
    elements: str
    default: []
  tell:
    description: Print where the record is.
    type: bool
    default: false
seealso:
  - module: midonet.diagnostics.collect
  - module: midonet.diagnostics.diagnose
extends_documentation_fragment:
  - midonet.diagnostics.attributes
  - midonet.diagnostics.attributes.controller
  - midonet.diagnostics.attributes.actiongroup_run
"""

EXAMPLES = r"""
- name: Open a record
  midonet.diagnostics.record:
    state: open
  run_once: true
  register: opened

- name: Ask every host
  midonet.diagnostics.collect:
    record: "{{ opened.record }}"
"""

RETURN = r"""
record:
  description: The directory of the record; empty when it could not be opened and the task runs once for all hosts.
  returned: always
  type: str
  sample: /home/op/records/2026-11-22T03-14-07
hosts:
  description: How many hosts the record is of; with O(state=plan), how many have something to be asked in the second round.
  returned: when it could be opened or planned
  type: int
  sample: 21
problem:
  description: Why it could not be opened, in one line. Hand it to M(midonet.diagnostics.collect), which ends the play with it.
  returned: when it could not be opened and the task runs once for all hosts
  type: str
"""

# The body is the action plugin of the same name, which runs on the controller; nothing of this file runs anywhere.
