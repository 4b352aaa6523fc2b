#!/usr/bin/python
# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: compare
short_description: Tells what changed between two records
author:
  - the MidoNet diagnostics authors (@midonet)
version_added: 1.0.0
description:
  - Judges both records by what each one's own run was told, and prints which causes are new, still there or gone, what the
    findings of a new cause were before, which values changed, and which hosts answer differently.
  - What failed before and can no longer be judged is told apart from what was mended.
  - Writes everything into C(comparison.json) of the later record.
  - Does not fail because of what it finds; RV(exceeded) tells whether there is something new at or above C(midonet_fail_on).
options:
  before:
    description: The earlier record; what C(midonet_before) names when not given.
    type: path
  after:
    description: The later record; what C(midonet_after) names when not given.
    type: path
seealso:
  - module: midonet.diagnostics.diagnose
extends_documentation_fragment:
  - midonet.diagnostics.attributes
  - midonet.diagnostics.attributes.controller
  - midonet.diagnostics.attributes.actiongroup_run
"""

EXAMPLES = r"""
- name: What did the maintenance of this night change
  midonet.diagnostics.compare:
    before: records/2026-11-22T03-14-07
    after: records/2026-11-23T03-14-09
  delegate_to: localhost
  run_once: true
  register: compared

- name: Nothing may be broken that was not broken before
  ansible.builtin.assert:
    that: not compared.exceeded
"""

RETURN = r"""
comparison:
  description: The file that holds all that changed.
  returned: success
  type: str
  sample: /home/op/records/2026-11-23T03-14-09/comparison.json
new:
  description: The causes that were not there before.
  returned: success
  type: list
  elements: str
  sample:
    - ZooKeeper has no quorum
still:
  description: The causes that were there before.
  returned: success
  type: list
  elements: str
  sample: []
gone:
  description: The causes of before that are not seen any more, those that could not be judged again among them.
  returned: success
  type: list
  elements: str
  sample: []
exceeded:
  description: Whether something new is at or above the threshold C(midonet_fail_on).
  returned: success
  type: bool
"""

# The body is the action plugin of the same name, which runs on the controller; nothing of this file runs anywhere.
