# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The words that the rooms of the collection share: subject, finding, cause, diagnosis.

Checks make findings, causes order them into a diagnosis, the report renders it. These types are what they hand
to each other; none of them imports another's insides. PRIVATE to the collection: may change without notice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Status = Literal["pass", "info", "warn", "fail", "unknown", "skipped", "error"]

# From the most to the least urgent; the order in which a screen or a table shows them.
STATUSES: tuple[Status, ...] = ("error", "fail", "warn", "unknown", "info", "skipped", "pass")

Layer = Literal["underlay", "overlay", "simulation", "topology"]

# Bottom to top, as the guide walks.
LAYERS: tuple[Layer, ...] = ("underlay", "overlay", "simulation", "topology")


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """The one thing that a finding is about.

    kind   host, link, filesystem, pair, port, peer, server, zone, ensemble, fleet, …
    host   the inventory name of the host on which it was observed; empty for a subject of the whole fleet
    name   what it is called on that host ("eth1", "203.0.113.1"); empty for the host itself
    peer   the inventory name of the other host: the far end of a pair, the server that a client names
    key    what two findings on the same object share whatever the host: a port's UUID, a peer's address, a zone's id
    """

    kind: str
    host: str = ""
    name: str = ""
    peer: str = ""
    key: str = ""

    def __str__(self) -> str:
        where = f"{self.host} to {self.peer}" if self.host and self.peer else self.host
        return ":".join(part for part in (where, self.name) if part) or "the fleet"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a value was read: enough to find it in the record with grep."""

    host: str
    item: str


@dataclass(frozen=True, slots=True)
class Waiver:
    """An operator's decision not to act on a finding."""

    reason: str
    until: str  # the last day it holds, YYYY-MM-DD


@dataclass(frozen=True, slots=True)
class Finding:
    """A check's outcome on one subject."""

    check: str
    subject: Subject
    status: Status
    layer: Layer
    message: str
    remedy: str = ""
    reason: str = ""  # why it is unknown, skipped or error
    values: dict[str, Any] = field(default_factory=dict)  # every value that the verdict used, by its name in the check
    evidence: tuple[Evidence, ...] = ()
    waiver: Waiver | None = None


@dataclass(frozen=True)
class Symptom:
    """A finding that another finding explains."""

    finding: Finding
    explained_by: str  # the check id of the direct explainer
    because: str  # the edge's reason


@dataclass(frozen=True)
class Suspect:
    """A finding that was not judged and that could explain a root."""

    finding: Finding
    because: str  # the edge's reason


Certainty = Literal["direct evidence", "inferred", "possible"]


@dataclass(frozen=True)
class Cause:
    """One root: the findings that are the cause (several when they fold into one), and what they explain.

    certainty  direct evidence: it was seen; inferred: it was concluded from several findings;
               possible: it may itself follow from what was not judged (suspects)
    """

    title: str
    findings: tuple[Finding, ...]
    symptoms: tuple[Symptom, ...] = ()
    certainty: Certainty = "direct evidence"
    suspects: tuple[Suspect, ...] = ()
    remedy: str = ""
    folded: str = ""  # the rule that made one cause of several findings, empty when there is one
    group: str = ""  # what the folded findings share: a rack, a server, a configuration value
