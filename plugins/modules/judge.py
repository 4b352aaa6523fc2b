#!/usr/bin/python
# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: judge
short_description: Judges all hosts of a record by the checks of one role
author:
  - the MidoNet diagnostics authors (@midonet)
version_added: 1.0.0
description:
  - Evaluates the checks of one role on the facts of all hosts of the record, keeps the findings in the record and prints one line.
  - Runs once for all hosts of the play.
options:
  role:
    description: The role whose checks are used.
    type: str
    required: true
    choices: [underlay, zookeeper, cassandra, nsdb, overlay, agent, bgp, api, topology, vm, report]
  record:
    description: The record, as M(midonet.diagnostics.record) returned it.
    type: path
    required: true
  findings:
    description: Also return the findings that are neither passed nor skipped.
    type: bool
    default: false
  silent:
    description: Do not print the line.
    type: bool
    default: false
seealso:
  - module: midonet.diagnostics.collect
  - module: midonet.diagnostics.verdict
extends_documentation_fragment:
  - midonet.diagnostics.attributes
  - midonet.diagnostics.attributes.controller
  - midonet.diagnostics.attributes.actiongroup_run
"""

EXAMPLES = r"""
- name: Judge the overlay
  midonet.diagnostics.judge:
    role: overlay
    record: "{{ opened.record }}"
    findings: true
  run_once: true
  register: judged
"""

RETURN = r"""
role:
  description: The role.
  returned: always
  type: str
  sample: overlay
counts:
  description: How many findings there are, by status.
  returned: always
  type: dict
  sample:
    fail: 1
    pass: 41
findings:
  description: The findings that are neither passed nor skipped.
  returned: with O(findings=true)
  type: list
  elements: dict
  contains:
    check:
      description: Id of the check.
      returned: always
      type: str
    status:
      description: One of V(error), V(fail), V(warn), V(unknown) and V(info).
      returned: always
      type: str
    host:
      description: The host it was observed on, empty for the whole fleet.
      returned: always
      type: str
    subject:
      description: What it is about.
      returned: always
      type: str
    message:
      description: What is wrong.
      returned: always
      type: str
    remedy:
      description: What to do about it.
      returned: always
      type: str
    reason:
      description: Why it could not be judged.
      returned: always
      type: str
    waived:
      description: Whether a waiver covers it.
      returned: always
      type: bool
"""

# The body is the action plugin of the same name, which runs on the controller; nothing of this file runs anywhere.
