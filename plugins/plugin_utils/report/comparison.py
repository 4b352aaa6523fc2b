# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What changed between two records: causes that are new, still there or gone, and what else is not as it was.

Its form: comparison.schema.json. A finding that failed and can no longer be judged is not one that was mended: it is told apart.
PRIVATE to the collection: may change without notice.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.model import Finding
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.report.diagnosis import Threshold, finding_dict
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.report.plain import natural

FORMAT = 1

# From which status on a finding is a problem, by threshold. What never counts is looked at all the same.
_COUNTING: dict[str, tuple[str, ...]] = {"fail": ("fail",), "warn": ("fail", "warn"), "never": ()}
_PROBLEMS = ("fail", "warn")
_JUDGED = ("pass", "info", "warn", "fail")
_MOST_HOSTS = 20  # named for a value that changed
# Words that change by themselves.
_RESTLESS = {("underlay.neigh.peers", "state")}


@dataclass(frozen=True)
class Side:
    """One of the two records.

    path       as the user named it
    diagnosis  its diagnosis
    findings   gives every finding, as often as it is called: a large fleet has more of them than memory should hold
    hosts      the names of all hosts
    limits     the thresholds that it was judged by
    """

    path: str
    diagnosis: Mapping[str, Any]
    findings: Callable[[], Iterable[Finding]]
    hosts: Sequence[str]
    limits: Mapping[str, Any] = field(default_factory=dict)


_Key = tuple[str, ...]


@dataclass(frozen=True)
class _Pair:
    """A finding then and now; None where there was or is none. `told` is the later of those that are."""

    before: Finding | None
    after: Finding | None
    told: Finding


def comparison(before: Side, after: Side, threshold: Threshold = "fail") -> dict[str, Any]:
    """What is different in `after`. The verdict is on what is new: old problems do not count again."""
    pairs = _pairs(before, after)
    sorted_out: dict[str, list[dict[str, Any]]] = {name: [] for name in ("appeared", "worse", "better", "cleared", "untold")}
    explained_then, explained_now = _explained(before.diagnosis), _explained(after.diagnosis)
    for key, pair in pairs.items():
        kind = _kind(pair)
        if kind:
            explained = explained_then if kind in ("cleared", "untold") else explained_now
            sorted_out[kind].append({**_change(pair), "cause": explained.get(key, "")})
    causes = {
        "new": [one for one in map(_cause(pairs, now=True), after.diagnosis["causes"]) if not one["known"]],
        "still": [one for one in map(_cause(pairs, now=True), after.diagnosis["causes"]) if one["known"]],
        "gone": [one for one in map(_cause(pairs, now=False), before.diagnosis["causes"]) if not one["known"]],
    }
    counting = _COUNTING[threshold]
    news = [*sorted_out["appeared"], *sorted_out["worse"]]
    return {
        "format": FORMAT,
        "before": _side(before),
        "after": _side(after),
        "hosts": _hosts(before, after),
        "checks": _names(before.diagnosis["asserts"], after.diagnosis["asserts"]),
        "limits": {
            name: {"before": before.limits.get(name), "after": after.limits.get(name)}
            for name in sorted({*before.limits, *after.limits})
            if before.limits.get(name) != after.limits.get(name)
        },
        "causes": causes,
        "findings": {name: sorted(found, key=_place) for name, found in sorted_out.items()},
        "values": _values(pairs.values()),
        "verdict": {"threshold": threshold, "exceeded": any(one["after"] in counting for one in news)},
    }


# ---- findings of both sides, put together


def _key(finding: Finding) -> _Key:
    subject = finding.subject
    return finding.check, subject.kind, subject.host, subject.name, subject.peer, subject.key


def _problem(finding: Finding) -> bool:
    return finding.status in _PROBLEMS and finding.waiver is None


def _words(finding: Finding) -> dict[str, Any]:
    """The values that are words or yes and no: numbers are mostly counters and differ each time."""
    return {path: value for path, value in finding.values.items() if isinstance(value, str | bool)}


def _pairs(before: Side, after: Side) -> dict[_Key, _Pair]:
    """What differs in status or in a word, and what was a problem then or is one now. Of what stayed as it was only a hash is held."""
    then: dict[int, tuple[str, int]] = {}
    for finding in before.findings():
        then[hash(_key(finding))] = finding.status, _print(finding)
    wanted: dict[_Key, Finding] = {}
    for finding in after.findings():
        old = then.pop(hash(_key(finding)), None)
        if (old is None and _problem(finding)) or (old is not None and old != (finding.status, _print(finding))) or _problem(finding):
            wanted[_key(finding)] = finding
    found: dict[_Key, Finding] = {}
    for finding in before.findings():
        key = _key(finding)
        if key in wanted or (hash(key) in then and _problem(finding)):
            found[key] = finding
    return {key: _Pair(found.get(key), wanted.get(key), told) for key, told in {**found, **wanted}.items()}


def _print(finding: Finding) -> int:
    return hash((bool(finding.waiver), json.dumps(_words(finding), sort_keys=True)))


def _kind(pair: _Pair) -> str:
    """How the finding changed; empty when it did not, as far as problems go."""
    old = pair.before if pair.before is not None and _problem(pair.before) else None
    if pair.after is not None and _problem(pair.after):
        if old is None:
            return "appeared"
        if old.status == pair.after.status:
            return ""
        return "worse" if pair.after.status == "fail" else "better"
    if old is None:
        return ""
    return "cleared" if pair.after is not None and (pair.after.status in _JUDGED or pair.after.waiver) else "untold"


def _change(pair: _Pair) -> dict[str, Any]:
    """A finding with what it was."""
    told = pair.told
    full = finding_dict(told)
    return {
        "check": told.check,
        "subject": full["subject"],
        "layer": told.layer,
        "before": pair.before.status if pair.before else None,
        "after": pair.after.status if pair.after else None,
        "message": told.message,
        "reason": pair.after.reason if pair.after else "",
        "values": _different(pair),
    }


def _different(pair: _Pair) -> dict[str, Any]:
    """The values that are not what they were, numbers too; none when one side has no values."""
    if not pair.before or not pair.after:
        return {}
    old, new = pair.before.values, pair.after.values
    return {path: {"before": old[path], "after": new[path]} for path in sorted({*old} & {*new}) if old[path] != new[path]}


def _place(one: Mapping[str, Any]) -> tuple[Any, ...]:
    subject = one["subject"]
    return one["check"], natural(subject["host"]), natural(subject["name"]), natural(subject["peer"]), subject["key"]


# ---- causes


def _cause(pairs: Mapping[_Key, _Pair], now: bool) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """A function that makes the entry of a cause: its findings with what they were, and whether the other side has any of them."""

    def entry(cause: Mapping[str, Any]) -> dict[str, Any]:
        mine = [pair for pair in (pairs.get(_key_of(one)) for one in cause["findings"]) if pair]
        others = [pair.before if now else pair.after for pair in mine]
        return {
            "title": cause["title"],
            "certainty": cause["certainty"],
            "remedy": cause["remedy"],
            "explains": cause["explains"]["findings"],
            "known": any(other is not None and _problem(other) for other in others),
            # Of a cause that is gone: whether all that made it was judged again.
            "judged": len(mine) == len(cause["findings"])
            and all(other is not None and (other.status in _JUDGED or other.waiver is not None) for other in others),
            "findings": [_change(pair) for pair in mine],
        }

    return entry


def _explained(diagnosis: Mapping[str, Any]) -> dict[_Key, str]:
    """The title of the cause that a finding is, or that explains it."""
    found: dict[_Key, str] = {}
    for cause in diagnosis["causes"]:
        symptoms = (one for group in cause["symptoms"] for one in group["findings"])
        for one in (*cause["findings"], *symptoms):
            found.setdefault(_key_of(one), cause["title"])
    return found


def _key_of(one: Mapping[str, Any]) -> _Key:
    subject = one["subject"]
    return one["check"], subject["kind"], subject["host"], subject["name"], subject["peer"], subject["key"]


# ---- the rest


def _side(side: Side) -> dict[str, Any]:
    hosts = side.diagnosis["coverage"]["hosts"]
    return {
        "record": side.path,
        "started": side.diagnosis["times"].get("started"),
        "version": side.diagnosis["tool"]["version"],
        "hosts": hosts["total"],
        "complete": hosts["complete"],
        "causes": len(side.diagnosis["causes"]),
        "checks": len(side.diagnosis["asserts"]),
    }


def _names(before: Iterable[str], after: Iterable[str]) -> dict[str, list[str]]:
    old, new = {*before}, {*after}
    return {"added": sorted(new - old, key=natural), "removed": sorted(old - new, key=natural)}


def _hosts(before: Side, after: Side) -> dict[str, Any]:
    """Hosts that one side does not know, and those whose answers differ."""
    then, now = _states(before), _states(after)
    changed = [
        {"host": host, "before": then[host][0], "after": now[host][0], "reason": now[host][1]}
        for host in sorted({*then} & {*now}, key=natural)
        if then[host][0] != now[host][0]
    ]
    return {**_names(then, now), "changed": changed}


def _states(side: Side) -> dict[str, tuple[str, str]]:
    """How each host answered, and why not better."""
    states = {one["host"]: (one["state"], one["reason"]) for one in side.diagnosis["coverage"]["hosts"]["incomplete"]}
    return {host: states.get(host, ("complete", "")) for host in side.hosts}


def _values(pairs: Iterable[_Pair]) -> list[dict[str, Any]]:
    """Words that changed where nothing is wrong, the same change on several hosts as one: releases, states, settings."""
    same: dict[tuple[str, str, str, str], dict[str, None]] = {}
    for pair in pairs:
        if not pair.before or not pair.after or _problem(pair.before) or _problem(pair.after):
            continue
        if pair.before.status not in _JUDGED or pair.after.status not in _JUDGED:
            continue
        old, new = _words(pair.before), _words(pair.after)
        for path in {*old} & {*new}:
            if old[path] != new[path] and (pair.after.check, path) not in _RESTLESS:
                key = pair.after.check, path, json.dumps(old[path]), json.dumps(new[path])
                same.setdefault(key, {})[pair.after.subject.host] = None
    return [
        {
            "check": check,
            "value": path,
            "before": json.loads(old),
            "after": json.loads(new),
            "hosts": sorted(hosts, key=natural)[:_MOST_HOSTS],
            "count": len(hosts),
        }
        for (check, path, old, new), hosts in sorted(same.items())
    ]
