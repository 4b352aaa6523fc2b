# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tell what changed between two records. Documented in plugins/modules/compare.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller.face import Face, body

_body = body("comparing")


class ActionModule(Face):
    """See above."""

    def act(self, arguments: dict[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """The work itself; see Face."""
        result: dict[str, Any] = _body().run(self, arguments, task_vars)
        return result
