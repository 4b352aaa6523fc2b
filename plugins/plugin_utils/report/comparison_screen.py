# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What changed between two records, for a terminal. PRIVATE to the collection: may change without notice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.report.labels import label
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.report.page import Page
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.report.plain import count, hosts, listed, plain, shorten

_CAUSES = 5  # of each kind
_FACTS = 3  # findings per cause
_OTHERS = 4  # kinds of findings, and of values
_ANSWERS = {
    "complete": "answers in full",
    "partial": "answers in part",
    "not_reached": "not reached",
    "failed": "without a usable answer",
}


def comparison_screen(compared: Mapping[str, Any], width: int = 100, colour: bool = False) -> str:
    """The comparison as text for a terminal of `width` columns, with a newline at its end."""
    return _Comparison(width, colour).draw(compared)


class _Comparison(Page):
    def draw(self, compared: Mapping[str, Any]) -> str:
        self._head(compared)
        causes = compared["causes"]
        self._causes(" +  ", "new", causes["new"], "red")
        self._causes(" =  ", "still", causes["still"], "yellow")
        self._causes(" -  ", "gone", [one for one in causes["gone"] if one["judged"]], "green")
        self._causes(" ?  ", "not seen any more, because not all of it could be judged", self._unsure(causes["gone"]), "yellow")
        self._others(compared)
        self._coverage(compared)
        if not any(causes.values()) and not any(compared["findings"].values()):
            self.blank()
            self.put(" ok ", "No problem came and none went.", "green")
        return self.text()

    @staticmethod
    def _unsure(gone: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        return [one for one in gone if not one["judged"]]

    def _head(self, compared: Mapping[str, Any]) -> None:
        sides = []
        for name in ("before", "after"):
            side = compared[name]
            when = plain(side["started"] or "at a time that is not known").replace("T", " ")[:16]
            sides.append(f"{name} {when}: {count(side['hosts'], 'host')}, {count(side['causes'], 'cause')}")
        self.columns(["MidoNet comparison", *sides], "bold")

    def _causes(self, lead: str, what: str, causes: Sequence[Mapping[str, Any]], style: str) -> None:
        if not causes:
            return
        self.blank()
        for cause in causes[:_CAUSES]:
            self.put(lead, f"{what}: {plain(cause['title'])}", style, most=2)
            if what != "new":
                continue
            for one in cause["findings"][:_FACTS]:
                self._was(one)
            if len(cause["findings"]) > _FACTS:
                self.put("      ", f"… and {len(cause['findings']) - _FACTS:,} more like it", "dim")
            if cause["explains"]:
                self.put("    ", f"explains {count(cause['explains'], 'failure')}", "dim")
            if cause["remedy"]:
                self.put("    do  ", plain(cause["remedy"]), most=2)
        if len(causes) > _CAUSES:
            self.put(lead, f"… and {count(len(causes) - _CAUSES, 'more cause')}", style)

    def _was(self, one: Mapping[str, Any]) -> None:
        """What a finding was before, as exactly as it is known."""
        where = plain(one["subject"]["text"])
        changed = [f"{name} {_shown(value['before'])} → {_shown(value['after'])}" for name, value in one["values"].items()]
        if changed:
            text = f"{where}: {', '.join(changed[:_FACTS])}"
        elif one["before"] is None:
            text = f"{where}: nothing is known of it before"
        else:
            text = f"{where}: was {_STATUS.get(one['before'], one['before'])}"
        self.put("      ", text, most=2, right=one["check"])

    def _others(self, compared: Mapping[str, Any]) -> None:
        """Problems beside the causes, by check."""
        words = (
            ("appeared", " +  ", "new problems beside the causes", "yellow"),
            ("worse", " +  ", "worse than before", "yellow"),
            ("better", " -  ", "less bad than before", ""),
            ("cleared", " -  ", "mended beside the causes", ""),
            ("untold", " ?  ", "failed before and cannot be judged any more", "yellow"),
        )
        self.blank()
        for name, lead, what, style in words:
            kinds = Counter(one["check"] for one in compared["findings"][name] if not one["cause"])
            shown = sorted(kinds.items(), key=lambda kind: (-kind[1], kind[0]))
            if shown:
                named = [f"{label(check)} {number:,}" for check, number in shown[:_OTHERS]]
                more = [count(len(shown) - _OTHERS, "other kind")] if len(shown) > _OTHERS else []
                self.put(lead, f"{what}: {listed([*named, *more])}", style, most=2)

    def _coverage(self, compared: Mapping[str, Any]) -> None:
        found, names = compared["hosts"], compared["checks"]
        self.blank()
        values = sorted(compared["values"], key=lambda one: -one["count"])
        for one in values[:_OTHERS]:
            text = f"changed: {one['value']} {_shown(one['before'])} → {_shown(one['after'])}"
            where = f" on {hosts(one['hosts'], 3)}" if one["count"] <= len(one["hosts"]) else f" on {count(one['count'], 'host')}"
            self.put(" ~  ", text + (where if any(one["hosts"]) else ""), "dim", most=1, right=one["check"])
        if len(values) > _OTHERS:
            self.put(" ~  ", f"… and {count(len(values) - _OTHERS, 'more value')} in comparison.json", "dim")
        if found["added"]:
            self.put(" ~  ", f"only after: {hosts(found['added'])}", "dim", most=1)
        if found["removed"]:
            self.put(" ~  ", f"only before: {hosts(found['removed'])}", "dim", most=1)
        for state, text in _ANSWERS.items():
            changed = [one for one in found["changed"] if one["after"] == state]
            if changed:
                reason = f": {shorten(plain(changed[0]['reason']), 80)}" if len(changed) == 1 and changed[0]["reason"] else ""
                style = "" if state == "complete" else "yellow"
                self.put(" ~  ", f"now {text}: {hosts(one['host'] for one in changed)}{reason}", style, most=2)
        for name, which in (("added", "only after"), ("removed", "only before")):
            if names[name]:
                text = f"{count(len(names[name]), 'check')} judged {which}: {listed(names[name][:_OTHERS])}"
                self.put(" ~  ", text + (", …" if len(names[name]) > _OTHERS else ""), "dim", most=1)
        for name, limit in list(compared["limits"].items())[:_OTHERS]:
            text = f"other threshold: {name} {_shown(limit['before'])} → {_shown(limit['after'])}"
            self.put(" ~  ", text, "yellow", most=1)


_STATUS = {"pass": "fine", "info": "fine", "unknown": "not judged", "skipped": "not applicable", "warn": "a warning", "error": "not judged"}


def _shown(value: Any) -> str:
    words = {True: "yes", False: "no", None: "nothing"}
    if value is None or isinstance(value, bool):
        return words[value]
    if isinstance(value, list):
        return shorten(plain(", ".join(str(one) for one in value)), 60) or "nothing"
    return shorten(plain(value), 60) or "nothing"
