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
    if one.rule == "suspect":
        return f"{placed(first)} (and {len(one.findings) - 1} more)"
    also = f" (and {more} more)" if more else ""
    if one.rule in ("path", "server"):
        return f"{one.group}: {placed(first)}{also}" if one.rule == "path" else f"{one.group} is not reached by {_clients(one)}: {message}"
    if one.rule == "host":
        return f"{placed(first, one.group)}{also}"
    if one.rule == "fleet":
        return f"{one.group}, {listed(one.hosts)}: {message}{also}; suspect what they share, or the check itself"
    if one.rule == "object" and all(mentions(message, host) for host in one.hosts):
        return message
    shared = f" ({one.group})" if one.group else ""
    also = "" if one.rule == "object" else also
    return f"{listed(one.hosts)}{shared}: {message}{also}"


def remedy(findings: Sequence[Finding]) -> str:
    """What to do: each remedy once, as it is for the first of those that differ in names only, with its host when there are several."""
    alike: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.remedy:
            alike.setdefault(_without_names(finding), []).append(finding)
    several = len(alike) > 1
    parts = [_remedy(same, several) for same in list(alike.values())[:NAMES]]
    if len(alike) > NAMES:
        parts.append(f"and {len(alike) - NAMES} more")
    return "; ".join(parts)


def _remedy(same: Sequence[Finding], several: bool) -> str:
    """One remedy of several findings: the first one's, and for whom else it holds."""
    first = same[0]
    texts = {finding.remedy for finding in same}
    text = first.remedy.rstrip() if not several and len(same) == 1 else first.remedy.rstrip().rstrip(".")
    hosts = sorted({finding.subject.host for finding in same} - {""})
    if len(texts) > 1:
        others = [host for host in hosts if host != first.subject.host]
        return f"{text} (likewise {f'on {listed(others)}' if others else f'for {len(same) - 1} more'})"
    where = listed([host for host in hosts if not mentions(text, host)])
    return f"on {where}: {text}" if several and where else text


def _without_names(finding: Finding) -> str:
    """A remedy with the names of its own subject left out."""
    subject, text = finding.subject, finding.remedy
    others = finding.values.get("others")
    names = {subject.host, subject.peer, subject.name, subject.key, *(others if isinstance(others, list) else ())}
    for own in sorted((name for name in names if isinstance(name, str) and name), key=lambda name: (-len(name), name)):
        text = re.sub(rf"(?<![\w.-]){re.escape(own)}(?![\w-]|\.\w)", "…", text)
    return text


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
        return placed(one.findings[0])
    if not one.hosts:
        return f"{of.title}: {placed(one.findings[0])} (and {len(one.findings) - 1} more)"
    return f"{of.title}: {listed(one.hosts)} {of.member if len(one.hosts) == 1 else of.members}"


def _clients(one: Fold) -> str:
    return listed(sorted({finding.subject.host for finding in one.findings}))
