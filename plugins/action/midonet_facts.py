# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All facts of one host. Documented in plugins/modules/midonet_facts.py."""

from __future__ import annotations

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller.question import Everything as ActionModule

__all__ = ["ActionModule"]
