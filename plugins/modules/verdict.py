#!/usr/bin/python
# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: verdict
short_description: Ends a run with the exit code that its findings deserve
author:
  - the MidoNet diagnostics authors (@midonet)
version_added: 1.0.0
description:
  - Fails with one line when the record has findings at or above the threshold of the run (C(midonet_fail_on)), which makes
    C(ansible-playbook) end with 2.
  - Ends as unreachable with one line when the collection itself failed during the run, which makes it end with 4.
options:
  record:
    description: The record, as M(midonet.diagnostics.record) returned it.
    type: path
    required: true
  kind:
    description: V(gather) for a run that judges nothing and only tells whether the collection itself failed.
    type: str
    choices: [fleet, gather]
    default: fleet
  findings:
    description: For a role that works alone, the findings that M(midonet.diagnostics.judge) returned.
    type: list
    elements: dict
  fail_on:
    description: For a role that works alone, the threshold.
    type: str
    choices: [fail, warn, never]
    default: never
  problem:
    description: What failed in a task before. When not empty, the task ends the play with this line.
    type: str
    default: ''
seealso:
  - module: midonet.diagnostics.diagnose
extends_documentation_fragment:
  - midonet.diagnostics.attributes
  - midonet.diagnostics.attributes.controller
  - midonet.diagnostics.attributes.actiongroup_run
"""

EXAMPLES = r"""
- name: Say how the run ended
  midonet.diagnostics.verdict:
    record: "{{ opened.record }}"
  delegate_to: localhost
"""

RETURN = r"""
msg:
  description: How it ended, in one line.
  returned: always
  type: str
  sample: nothing at or above the threshold 'fail'
"""

# The body is the action plugin of the same name, which runs on the controller; nothing of this file runs anywhere.
