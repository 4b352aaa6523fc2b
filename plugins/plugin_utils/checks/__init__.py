# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks as data: load them, judge facts with them, explain the outcome. PRIVATE to the collection: may change without notice.

``load_checks`` compiles check files, ``judged`` and ``evaluate`` make findings, ``explain`` tells about one check. The language
is described in expression.py, the form of a file in check-file.schema.json.
"""

from __future__ import annotations

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.checks.check import Check
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.checks.errors import CheckError
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.checks.evaluate import evaluate, judged
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.checks.explain import explain
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.checks.load import load_checks, load_limits, with_given
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.checks.waivers import WaiverRule, load_waivers

__all__ = ["Check", "CheckError", "WaiverRule", "evaluate", "explain", "judged", "load_checks", "load_limits", "load_waivers", "with_given"]
