#!/usr/bin/python
# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: diagnose
short_description: Names the causes and writes the reports
author:
  - the MidoNet diagnostics authors (@midonet)
version_added: 1.0.0
description:
  - Judges what is not judged yet, finds out which findings are causes and which are symptoms of them, writes C(diagnosis.json),
    C(report.html), C(junit.xml) and C(screen.txt) into the record, and prints the screen.
  - Does not fail because of findings; that is what M(midonet.diagnostics.verdict) is for.
options:
  record:
    description: The record, as M(midonet.diagnostics.record) returned it.
    type: path
    required: true
seealso:
  - module: midonet.diagnostics.verdict
extends_documentation_fragment:
  - midonet.diagnostics.attributes
  - midonet.diagnostics.attributes.controller
  - midonet.diagnostics.attributes.actiongroup_run
"""

EXAMPLES = r"""
- name: Name the causes and write the reports
  midonet.diagnostics.diagnose:
    record: "{{ opened.record }}"
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
record:
  description: The directory of the record.
  returned: success
  type: str
  sample: /home/op/records/2026-11-22T03-14-07
report:
  description: The report for a browser.
  returned: success
  type: str
  sample: /home/op/records/2026-11-22T03-14-07/report.html
screen:
  description: The file with what was printed.
  returned: success
  type: str
  sample: /home/op/records/2026-11-22T03-14-07/screen.txt
causes:
  description: The causes, in the order of the screen.
  returned: success
  type: list
  elements: str
  sample:
    - ZooKeeper has no quorum
worst:
  description: The worst status of all findings.
  returned: success
  type: str
  sample: fail
exceeded:
  description: Whether there are findings at or above the threshold of the run.
  returned: success
  type: bool
"""

# The body is the action plugin of the same name, which runs on the controller; nothing of this file runs anywhere.
