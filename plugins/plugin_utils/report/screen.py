# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The screen: what someone reads who was woken at three. PRIVATE to the collection: may change without notice.

It answers in this order: how much of the fleet was seen, what the causes are and what to do, what is not known, where to
read on. It stays a screen for one host and for ten thousand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.report.labels import label
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.report.page import Page
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.report.plain import (
    count,
    hosts,
    listed,
    perhaps_from,
    plain,
    shorten,
    width_of,
    wrap,
)

_FULL_CAUSES = 3  # causes with all their lines
_SHORT_CAUSES = 6  # causes with title and remedy; those after them get one line for all
_FACTS = {1: 6, 2: 4}  # direct facts per cause, by the number of causes
_FEWEST_FACTS = 2
_KINDS = 4  # kinds of symptoms per cause
_SUSPECTS = 2  # kinds of what was not judged, per cause
_SILENT = 2  # reasons for which hosts did not answer
_UNKNOWN = 2
_WARNINGS = 3
_BROKEN = 3


def screen(diagnosis: Mapping[str, Any], width: int = 100, colour: bool = False, report: str = "") -> str:
    """The diagnosis as text for a terminal of `width` columns, with a newline at its end.

    report  the path of the full report as the reader can open it; left out when empty
    """
    return _Screen(width, colour).draw(diagnosis, report)


class _Screen(Page):
    def draw(self, diagnosis: Mapping[str, Any], report: str) -> str:
        self._head(diagnosis)
        causes = diagnosis["causes"]
        if not causes:
            self._no_cause(diagnosis)
        for number, cause in enumerate(causes[:_SHORT_CAUSES], start=1):
            self._cause(cause, number <= _FULL_CAUSES, _FACTS.get(len(causes), _FEWEST_FACTS))
        if len(causes) > _SHORT_CAUSES:
            rest = causes[_SHORT_CAUSES:]
            failures = sum(one["explains"]["findings"] for one in rest)
            self.blank()
            self.put(" … ", f"and {count(len(rest), 'more cause')} in the report, which explain {count(failures, 'failure')}", "red")
        self.blank()
        self._marks(diagnosis)
        self._foot(diagnosis, report)
        return self.text()

    # ---- the parts, top to bottom

    def _head(self, diagnosis: Mapping[str, Any]) -> None:
        coverage, checks = diagnosis["coverage"]["hosts"], diagnosis["coverage"]["checks"]
        words = (("complete", "complete"), ("partial", "partial"), ("not_reached", "not reached"), ("failed", "gave no usable answer"))
        parts = [f"{coverage[state]:,} {name}" for state, name in words if coverage[state]]
        seen = f"{count(coverage['total'], 'host')}: {', '.join(parts)}" if parts else "no hosts"
        gaps = (("not_judged", "not judged"), ("partly_judged", "judged in part"), ("not_applicable", "not applicable here"))
        judged = ", ".join([count(checks["total"], "check"), *(f"{checks[key]:,} {words}" for key, words in gaps if checks[key])])
        seconds = diagnosis["times"].get("seconds")
        took = [f"{seconds:,.0f} s"] if isinstance(seconds, (int, float)) else []
        self.columns(["MidoNet diagnosis", seen, judged, *took], "bold")

    def _no_cause(self, diagnosis: Mapping[str, Any]) -> None:
        total, checks = diagnosis["counts"]["by_layer"], diagnosis["coverage"]["checks"]
        passed = sum(layer["pass"] for layer in total.values())
        self.blank()
        if diagnosis["tool_errors"]:
            self.put(" !! ", "No verdict: this program itself failed, see below.", "red")
        elif not passed:
            self.put(" ?  ", "No verdict: nothing could be judged.", "yellow")
        elif checks["not_judged"] > (checks["total"] - checks["not_applicable"]) / 2:
            seen = checks["total"] - checks["not_applicable"] - checks["not_judged"]
            judged = count(seen, "check")
            self.put(" ?  ", f"No fault found, but little was seen: {judged} judged, {checks['not_judged']:,} not.", "yellow")
        elif diagnosis["unconfirmed"] or diagnosis["coverage"]["hosts"]["incomplete"]:
            self.put(" ok ", f"No fault found in what could be seen: {passed:,} of {self._judged(total):,} judgements passed.", "green")
        else:
            self.put(" ok ", f"No fault found: {passed:,} of {self._judged(total):,} judgements passed.", "green")

    @staticmethod
    def _judged(total: Mapping[str, Mapping[str, int]]) -> int:
        return sum(layer[status] for layer in total.values() for status in ("pass", "info", "warn", "fail"))

    def _cause(self, cause: Mapping[str, Any], in_full: bool, most_facts: int) -> None:
        self.blank()
        certainty = cause["certainty"]
        # A title that leaves no room for the certainty beside it is broken earlier: how sure one may be belongs on the first line.
        room = self.width - 4
        title = wrap(plain(cause["title"]), room, most=2)
        if in_full and width_of(title[0]) > room - len(certainty) - 2:
            title = wrap(plain(cause["title"]), room - len(certainty) - 2, most=2)
        style = "yellow" if certainty == "possible" else "red"
        self.line(f" {cause['number']:<2} ", title[0], style, right=certainty)
        for line in title[1:]:
            self.line("    ", line, style)
        facts = self._facts(cause)
        if in_full:
            for fact in facts[:most_facts]:
                self._fact(*fact)
            if len(facts) > most_facts:
                self.put("      ", f"… and {len(facts) - most_facts:,} more in the report", "dim")
        for one in cause["may_follow_from"][: _SUSPECTS if in_full else 1]:
            self.put("    ?   ", perhaps_from(one), "yellow", most=2 if in_full else 1)
        if cause["explains"]["findings"]:
            self._explains(cause, in_full)
        if cause["remedy"]:
            self.put("    do  ", plain(cause["remedy"]), most=(3 if most_facts > _FEWEST_FACTS else 2) if in_full else 1)

    def _facts(self, cause: Mapping[str, Any]) -> list[tuple[str, str, str]]:
        """(where, what, check) of the findings that are the cause; those that say the same share a line."""
        title = plain(cause["title"])
        same: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
        for one in cause["findings"]:
            same.setdefault((plain(one["message"]), one["check"]), []).append(one["subject"])
        facts = [self._fact_line(what, check, subjects, what in title) for (what, check), subjects in same.items()]
        return [fact for fact in facts if fact[0] or fact[1]]  # a fact about the whole fleet may be all in the title

    def _fact_line(self, what: str, check: str, subjects: Sequence[Mapping[str, Any]], said: bool) -> tuple[str, str, str]:
        where = self._where(subjects[0])
        names = [subject["host"] or subject["name"] for subject in subjects]
        if len(set(names)) > 1:
            where = next(text for most in (4, 3, 2, 1) if width_of(text := hosts(names, most)) <= self.width // 2 or most == 1)
        elif len(subjects) > 1:
            where = f"{where} ({len(subjects):,} times)"
        elif said:  # the title told it already: name the thing instead
            where = f"{where} {plain(subjects[0]['name'])}".strip()
        return where, "" if said else what, check

    @staticmethod
    def _where(subject: Mapping[str, Any]) -> str:
        host, peer = plain(subject["host"]), plain(subject["peer"])
        return f"{host} → {peer}" if host and peer else host or plain(subject["name"])

    def _fact(self, where: str, what: str, check: str) -> None:
        lead = f"      {shorten(where, self.width // 2)}  " if where else "      "
        room = self.width - width_of(lead)
        if room < max(width_of(what), 1) + len(check) + 2 and room - len(check) - 2 < self.width // 4:
            check = ""
        lines = wrap(what, room - (len(check) + 2 if check else 0), most=2)
        self.line(lead, lines[0], right=check)
        for line in lines[1:]:
            self.line(" " * width_of(lead), line)

    def _explains(self, cause: Mapping[str, Any], in_full: bool) -> None:
        explains, groups = cause["explains"], cause["symptoms"]
        where = f" on {count(len(explains['hosts']), 'host')}" if explains["hosts"] else ""
        text = f"explains {count(explains['findings'], 'failure')}{where}"
        if not in_full:
            self.put("    ", text, "dim", most=1)
            return
        names = hosts(explains["hosts"])
        if len(groups) == 1:
            kind = label(groups[0]["check"])
            self.put("    ", f"{text}: {kind} ({names})" if names else f"{text}: {kind}", most=2)
            return
        fits = names and width_of(f"    {text}: {names}") <= self.width
        self.put("    ", f"{text}: {names}" if fits else text, most=1)
        kinds = [(label(group["check"]), group["count"]) for group in groups]
        self.put("      ", _enumerated(kinds, self.width - 6), "dim", most=1)

    def _marks(self, diagnosis: Mapping[str, Any]) -> None:
        for error in diagnosis["tool_errors"][:_BROKEN]:
            self.put(" !! ", f"this program failed: {plain(error)}", "magenta", most=2)
        if len(diagnosis["tool_errors"]) > _BROKEN:
            self.put(" !! ", f"… and {len(diagnosis['tool_errors']) - _BROKEN:,} more failures of this program", "magenta")
        self._silent([one for one in diagnosis["coverage"]["hosts"]["incomplete"] if one["state"] != "partial"])
        self._unknown(diagnosis)
        unread = diagnosis["coverage"]["unread"]
        if unread:
            more = f" (and {len(unread) - 1:,} more)" if len(unread) > 1 else ""
            self.put(" ?  ", f"the record could not be read in full: {plain(unread[0])}{more}", "yellow", most=2)
        self._warnings(diagnosis["warnings"])
        waived = diagnosis["waived"]
        if waived:
            until = min(one["waiver"]["until"] for one in waived)
            self.put(" -  ", f"{count(len(waived), 'finding')} waived, the first until {plain(until)}", "dim", most=1)

    def _silent(self, silent: Sequence[Mapping[str, Any]]) -> None:
        by_reason: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
        for one in silent:
            by_reason.setdefault((one["state"], one["reason"]), []).append(one)
        entries = list(by_reason.items())
        for (state, reason), several in entries[:_SILENT]:
            what = "not reached" if state == "not_reached" else "no usable answer"
            text = f"{what}: {hosts(one['host'] for one in several)}" + (f" ({shorten(plain(reason), 100)})" if reason else "")
            if len(several) == 1:
                text += self._others_say(several[0])
            self.put(" !  ", text, "yellow", most=2)
        rest = [one["host"] for _unused, several in entries[_SILENT:] for one in several]
        if rest:
            text = f"… and {count(len(rest), 'more host')} without an answer, for other reasons: {hosts(rest, 3)}"
            self.put(" !  ", text, "yellow", most=1)

    @staticmethod
    def _others_say(one: Mapping[str, Any]) -> str:
        missed, reached = one["missed_by"], one["reached_by"]
        if reached:
            return f"; but {hosts(reached, 2)} can reach it: the host is alive, look at SSH there"
        if len(missed) > 1:
            return f"; {_some(missed)} cannot reach it either: probably down"
        if missed:
            return f"; {plain(missed[0])} cannot reach it either"
        return "; no other host was asked about it"

    def _unknown(self, diagnosis: Mapping[str, Any]) -> None:
        shown = [one for one in diagnosis["unknown"] if not one["no_answer"]]
        for one in shown[:_UNKNOWN]:
            where = f" on {hosts(one['hosts'], 3)}" if one["hosts"] else ""
            what = one["checks"][0] if len(one["checks"]) == 1 else count(len(one["checks"]), "check")
            self.put(" ?  ", f"not judged: {what}{where}: {plain(one['reason'])}", "yellow", most=2)
        rest = shown[_UNKNOWN:]
        if rest:
            names = {host for one in rest for host in one["hosts"]}
            where = f" on {count(len(names), 'host')}" if names else ""
            checks = {check for one in rest for check in one["checks"]}
            self.put(" ?  ", f"… and {count(len(checks), 'check')}{where}, for {count(len(rest), 'other reason')}", "yellow", most=1)

    def _warnings(self, warnings: Sequence[Mapping[str, Any]]) -> None:
        for one in warnings[:_WARNINGS]:
            text = plain(one["title"])
            right = one["check"] if width_of(text) + len(one["check"]) + 6 <= self.width else ""
            self.put(" ~  ", text, most=1, right=right)
        if len(warnings) > _WARNINGS:
            self.put(" ~  ", f"… and {count(len(warnings) - _WARNINGS, 'more warning')} in the report", "dim")

    def _foot(self, diagnosis: Mapping[str, Any], report: str) -> None:
        self.blank()
        if report:
            self.line("report  ", plain(report))
        for step in diagnosis["next"][:1]:
            self.line("next    ", f"{plain(step['why'])}: {plain(step['do'])}")


def _enumerated(kinds: Sequence[tuple[str, int]], width: int) -> str:
    """ "sessions 6 · agents 4 · others 3": as many kinds as fit on a line, four at most."""
    for shown in range(min(len(kinds), _KINDS), 0, -1):
        rest = sum(number for _unused, number in kinds[shown:])
        words = [f"{name} {number:,}" for name, number in kinds[:shown]] + ([f"others {rest:,}"] if rest else [])
        line = " · ".join(words)
        if width_of(line) <= width:
            break
    return line


def _some(names: Sequence[str]) -> str:
    """Up to three names in words, more as a number."""
    return listed([plain(name) for name in names]) if len(names) <= 3 else f"{len(names):,} hosts"
