# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One part of an item that prints several. PRIVATE to the collection: may change without notice."""

from __future__ import annotations

from typing import Callable, Dict, Optional, TypeVar

from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._context import Evidence, Missing
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._grep import files
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._sections import Section, placed, sections

T = TypeVar("T")

RESOURCES = "underlay.resources"
ACTIVITY = "underlay.activity"


def parts(evidence: Evidence, item: str) -> Dict[str, Section]:
    """The parts by name; "" is what stands before the first. Any exit code: it is that of the last command alone."""
    return {part.name: part for part in sections(evidence.text(item, accept=None))}


def read(evidence: Evidence, item: str, part: Optional[Section], parse: Callable[[str], Parsed[T]]) -> Optional[T]:
    """The data of one part, or None with a gap when it says nothing that is understood; None without one when there is no such part."""
    return evidence.try_take(item, placed(parse(part.text), part)) if part is not None and part.text.strip() else None


def resources(evidence: Evidence) -> Dict[str, str]:
    """The kernel's files that underlay.resources printed, by path."""
    printed = files(next((part.text for part in sections(evidence.text(RESOURCES, accept=None)) if not part.name), ""))
    if not printed:
        raise Missing(f"{RESOURCES} holds no file of the kernel")
    return printed


def activity(evidence: Evidence, number: int = 1) -> Dict[str, str]:
    """The kernel's files that underlay.activity printed in one round, by path."""
    printed = files(evidence.text(ACTIVITY, number, accept=(0, 1, 2)))
    if not printed:
        raise Missing(f"{ACTIVITY} holds no file of the kernel")
    return printed


def activity_again(evidence: Evidence) -> Optional[Dict[str, str]]:
    """The same of the second round; None when there was none. That is no gap: smoke runs make one round."""
    if evidence.output(ACTIVITY, 2) is None:
        return None
    try:
        return activity(evidence, 2)
    except Missing as missing:
        evidence.gap(str(missing))
        return None
