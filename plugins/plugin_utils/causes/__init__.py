# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The cause graph and the naming of roots: from findings to the few causes that explain them.

Pure functions of findings; how they are made and how causes are shown is not known here. The edges are data (edges.yml),
and so are the rules about single checks. PRIVATE to the collection.
"""

from __future__ import annotations

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.causes.edges import (
    Edge,
    EdgeError,
    Edges,
    checks_named,
    checks_to_know,
    load_edges,
    values_read,
)
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.causes.naming import Naming, name, survey

__all__ = ["Edge", "EdgeError", "Edges", "Naming", "checks_named", "checks_to_know", "load_edges", "name", "survey", "values_read"]
