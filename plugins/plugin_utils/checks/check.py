# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A check as it is used: compiled, immutable. PRIVATE to the collection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.checks.expression import Expression
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.checks.template import Template
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.model import Layer, Status


@dataclass(frozen=True)
class Naming:
    """How the Subject of a finding is built from an entry's fields; None leaves the field at the entry's own, or empty."""

    kind: str
    name: Expression | None = None
    peer: Expression | None = None
    key: Expression | None = None


@dataclass(frozen=True)
class Check:
    """One check of a check file; the file's schema (check-file.schema.json) tells the fields.

    subjects    path of the subjects, split: ("facts", "links"), ("fleet", "agents"), ("facts",)
    verdicts    status and condition, the worst first
    messages    by status; remedies likewise
    limits      thresholds with the values that hold when nobody sets another
    place       file and line, for messages to its author
    """

    id: str
    role: str
    asserts: str
    layer: Layer
    subjects: tuple[str, ...]
    naming: Naming
    guide: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    generations: tuple[str, ...] = ()
    where: Expression | None = None
    skip_when: Expression | None = None
    skip_reason: str = ""
    verdicts: tuple[tuple[Status, Expression], ...] = ()
    messages: Mapping[str, Template] = field(default_factory=dict)
    remedies: Mapping[str, Template] = field(default_factory=dict)
    none_reason: str = ""
    unknown_reason: str = ""
    limits: Mapping[str, Any] = field(default_factory=dict)
    place: str = ""

    @property
    def of_fleet(self) -> bool:
        """Whether its subjects are found between hosts and not on one."""
        return self.subjects[0] == "fleet"
