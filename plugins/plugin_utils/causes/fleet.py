# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an edge needs to know about the rest of the fleet: who was judged, who failed, which hosts a finding is about.

Built once from all findings, so that no question afterwards looks at more than one host. PRIVATE to the collection.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.model import Finding

FAILED = frozenset({"fail", "warn"})
PASSED = frozenset({"pass", "info"})


def is_historic(finding: Finding) -> bool:
    """Whether it rests on a lifetime counter or an old log line: true once, perhaps not now."""
    return finding.values.get("historic") is True


@dataclass
class Tally:
    """How one check ended on one host."""

    passed: int = 0
    warned: int = 0
    failed: int = 0


class Fleet:
    """An index of all findings of a run.

    findings  all of them, in any order, also those that passed or could not be judged; a check that passed everywhere may be left
              out, unless edges ask who its hosts are
    known     hosts that there are, whether or not something is said about them
    members   check of the whole fleet → the check whose hosts it is about (edges.yml, rules.members)
    lists     check → the value of its findings that lists several hosts (edges.yml, rules.hosts)
    """

    def __init__(
        self, findings: Iterable[Finding], members: Mapping[str, str], lists: Mapping[str, str], known: Iterable[str] = ()
    ) -> None:
        self._members = members
        self._lists = lists
        self._tally: dict[str, dict[str, Tally]] = defaultdict(lambda: defaultdict(Tally))
        self._by_check: dict[str, list[Finding]] = defaultdict(list)
        hosts: set[str] = set(known)
        for finding in findings:
            subject = finding.subject
            hosts.add(subject.host)
            self._by_check[finding.check].append(finding)
            tally = self._tally[finding.check][subject.host]
            if finding.status in PASSED:
                tally.passed += 1
            elif finding.status == "fail":
                tally.failed += 0 if is_historic(finding) else 1
            elif finding.status == "warn":
                tally.warned += 0 if is_historic(finding) else 1
        hosts.discard("")
        self.hosts: tuple[str, ...] = tuple(sorted(hosts))
        self._on_host: dict[str, dict[str, list[Finding]]] = {}
        self._member_cache: dict[str, tuple[str, ...]] = {}

    def of_check(self, check: str) -> Sequence[Finding]:
        """All findings of one check."""
        return self._by_check.get(check, ())

    def on_host(self, check: str, host: str) -> Sequence[Finding]:
        """The findings of one check on one host."""
        if check not in self._on_host:
            here = self._on_host[check] = defaultdict(list)
            for finding in self.of_check(check):
                here[finding.subject.host].append(finding)
        return self._on_host[check].get(host, ())

    def failed(self, check: str, host: str) -> bool:
        """Whether the check failed (not: warned) about the host itself."""
        tally = self._look(check, host)
        return tally is not None and tally.failed > 0

    def unanimous(self, check: str, host: str) -> bool:
        """Whether the check found on the host nothing that passes; what it could not judge does not count."""
        tally = self._look(check, host)
        return tally is not None and tally.passed == 0 and tally.failed + tally.warned > 0

    def knows(self, check: str, host: str) -> bool:
        """Whether the check speaks about the host at all, whatever it found."""
        return self._look(check, host) is not None

    def passed(self, check: str, host: str) -> bool:
        tally = self._look(check, host)
        return tally is not None and tally.passed > 0

    def judged(self, check: str) -> list[str]:
        """The hosts for which the check came to a verdict, in order."""
        return sorted(host for host, tally in self._tally.get(check, {}).items() if host and (tally.passed or tally.warned or tally.failed))

    def share(self, check: str) -> float:
        """On which part of the hosts that it could judge the check failed, 0 to 1."""
        return self._shares.get(check, 0.0)

    def members(self, check: str) -> tuple[str, ...]:
        """The hosts to which a finding of the whole fleet belongs."""
        if check not in self._member_cache:
            about = self._members.get(check)
            self._member_cache[check] = self.hosts if about is None else tuple(sorted(host for host in self._tally.get(about, {}) if host))
        return self._member_cache[check]

    def hosts_of(self, finding: Finding) -> tuple[str, ...]:
        """The hosts that a finding is about: its own, those it lists, or, for one of the whole fleet, its members."""
        subject = finding.subject
        name = self._lists.get(finding.check)
        if name is not None:
            listed = finding.values.get(name)
            several = {host for host in (listed if isinstance(listed, (list, tuple)) else ()) if isinstance(host, str)}
            several.update(host for host in (subject.host, subject.peer) if host)
            return tuple(sorted(several))
        if subject.host:
            return (subject.host,)
        return self.members(finding.check) if self.is_shared(finding) else ()

    def is_shared(self, finding: Finding) -> bool:
        """Whether a finding is about the fleet, or a part of it, as a whole, and neither about a host nor about one object."""
        subject = finding.subject
        return not subject.host and finding.check not in self._lists and (finding.check in self._members or not subject.key)

    @cached_property
    def _shares(self) -> dict[str, float]:
        shares = {}
        for check, hosts in self._tally.items():
            judged = [tally for host, tally in hosts.items() if host and (tally.passed or tally.warned or tally.failed)]
            shares[check] = sum(1 for tally in judged if tally.failed) / len(judged) if judged else 0.0
        return shares

    def _look(self, check: str, host: str) -> Tally | None:
        return self._tally.get(check, {}).get(host)
