# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The one way in which a check file can be wrong: with one line that says where and what. PRIVATE to the collection."""

from __future__ import annotations

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.schema import FileError


class CheckError(FileError):
    """A check, threshold or waiver file cannot be used. The message is one line for its author: file, check id, what."""


class ExpressionError(ValueError):
    """An expression or message cannot be used; column counts from 1."""

    def __init__(self, what: str, column: int = 0) -> None:
        super().__init__(what)
        self.column = column
