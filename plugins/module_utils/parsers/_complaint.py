# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The former names of outcome() and complaint(). PRIVATE to the collection: may change without notice."""

from __future__ import annotations

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._errors import complaint
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import outcome as answer

__all__ = ["answer", "complaint"]
