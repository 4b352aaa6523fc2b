# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The words in which a cause is told. PRIVATE to the collection."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.causes.edges import Rules
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.causes.fold import Fold
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.model import Finding

# How many names a title lists before it counts.
NAMES = 4


def title(one: Fold, rules: Rules, seen: Mapping[str, Mapping[str, Iterable[str]]]) -> str:
    """One sentence for an operator.

    seen  check that is a gate → host → the hosts that cannot reach it
    """
    first = one.findings[0]
    message = first.message.rstrip(".")
    more = len({finding.message for finding in one.findings}) - 1
    if one.rule == "set":
        return _title_of_set(one, rules)
    if first.check in rules.gates and not one.rule:
        witnesses = sorted(seen.get(first.check, {}).get(first.subject.host, ()))
        return rules.gates[first.check].title.format(host=first.subject.host, witnesses=listed(witnesses))
    if one.rule == "":
        return placed(first)
    also = f" (and {more} more)" if more else ""
    if one.rule in ("path", "server"):
        return f"{one.group}: {placed(first)}{also}" if one.rule == "path" else f"{one.group} is not reached by {_clients(one)}: {message}"
    if one.rule == "host":
        return f"{placed(first, one.group)}{also}"
    if one.rule == "fleet":
        return f"{one.group}, {listed(one.hosts)}: {message}{also}; suspect what they share, or the check itself"
    shared = f" ({one.group})" if one.group else ""
    return f"{listed(one.hosts)}{shared}: {message}{also}"


def remedy(findings: Sequence[Finding]) -> str:
    """What to do: each remedy once, with its host when they differ."""
    hosts: dict[str, list[str]] = {}
    for finding in findings:
        if finding.remedy:
            hosts.setdefault(finding.remedy.rstrip(), []).append(finding.subject.host)
    if len(hosts) <= 1:
        return next(iter(hosts), "")
    parts = []
    for text, names in list(hosts.items())[:NAMES]:
        where = listed(sorted({name for name in names if name and not mentions(text, name)}))
        parts.append(f"on {where}: {text.rstrip('.')}" if where else text.rstrip("."))
    if len(hosts) > NAMES:
        parts.append(f"and {len(hosts) - NAMES} more")
    return "; ".join(parts)


def listed(names: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c", "a, b, c, d and 5 more"."""
    shown = list(names[:NAMES]) if len(names) > NAMES + 1 else list(names)
    if len(names) > len(shown):
        return f"{', '.join(shown)} and {len(names) - len(shown)} more"
    return " and ".join(part for part in (", ".join(shown[:-1]), *shown[-1:]) if part)


def mentions(text: str, word: str) -> bool:
    """Whether a text has a name as a word of its own (compute1 is not in compute10)."""
    return re.search(rf"(?<![\w.-]){re.escape(word)}(?![\w-]|\.\w)", text) is not None


def placed(finding: Finding, host: str = "") -> str:
    """A finding's message, with the place in front of it unless it names it itself."""
    subject, message = finding.subject, finding.message.rstrip(".")
    where = host or subject.host
    if not where or mentions(message, where):
        return message
    if subject.peer and not host and not mentions(message, subject.peer):
        return f"{where} to {subject.peer}: {message}"
    return f"{where}: {message}"


def _title_of_set(one: Fold, rules: Rules) -> str:
    of = rules.sets[one.group]
    if len(one.findings) == 1:
        return f"{of.title}: {placed(one.findings[0])}"
    if not one.hosts:
        return f"{of.title}: {placed(one.findings[0])} (and {len(one.findings) - 1} more)"
    return f"{of.title}: {listed(one.hosts)} {of.member if len(one.hosts) == 1 else of.members}"


def _clients(one: Fold) -> str:
    return listed(sorted({finding.subject.host for finding in one.findings}))
