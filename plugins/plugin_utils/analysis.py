# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From a record to its reports: facts, findings, diagnosis. The same for a run that is under way and for a record of old.

    facts_of    evidence of one host → its facts
    fleet_of    facts of all hosts → what exists only between them
    judge       one role's checks → findings/<role>.json
    diagnose    all findings → diagnosis.json
    render      the diagnosis → report.html, junit.xml, screen.txt
    compare     two records → comparison.json

Each step keeps its result in the record and does its work again only when something that it was made from has changed,
so steps can run in different processes, or be left to `diagnose`. What breaks in our own code is caught where it breaks
and told in the diagnosis; the rest goes on. No Ansible here. PRIVATE to the collection: may change without notice.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import json
import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from ansible_collections.midonet.diagnostics.plugins.plugin_utils import causes, fleet
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.checks import (
    Check,
    WaiverRule,
    judged,
    load_checks,
    load_limits,
    load_waivers,
)
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.names import safe_name
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.record import Record, RecordError
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.findings import Judgement, Writing
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.findings import read as read_findings
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.learning import FACTS, facts_of, learn, version_of_code
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.model import Finding, Subject
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.report.comparison import Side, comparison
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.report.diagnosis import (
    REACHABILITY,
    THRESHOLDS,
    HostSummary,
    Material,
    Threshold,
    diagnosis,
)
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.report.html import html
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.report.junit import junit
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.report.screen import screen

_COLLECTION = Path(__file__).resolve().parents[2]

# The role that judges the run itself, and what no other role claims.
_REPORT = "report"

# Where the controller half keeps what failed in our own code while hosts were asked.
_ERRORS = "errors.log"
_ERROR_HEAD = "==== "

_SCREEN_WIDTH = 100

# What of a host's own facts tells its place among others.
_LABELS = ("kernel", "os_version", "generation")


# ---- facts


@dataclass
class _Told:
    """What the diagnosis needs to know of the facts of hosts, apart from findings: kept so that they need not be read for it.

    known    host → what is known of its place ("kernel", …), and the items that it did not answer ("missing")
    crashes  which facts broke our own code, one line each
    unread   what could not be read of the record
    """

    known: dict[str, dict[str, Any]] = field(default_factory=dict)
    crashes: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


class _Stream:
    """The facts of all hosts, each read when its turn comes. A host whose facts cannot be built is left out and remembered."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.errors: dict[str, str] = {}
        self.told = _Told()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        self.told = _Told()
        for host in self.record.hosts():
            try:
                facts = facts_of(self.record, host)
            except RecordError:
                raise
            except Exception as error:  # our own fault, on this host's evidence; the others are judged nevertheless
                self.errors[host] = f"facts of {host}: {_reason(error)}"
                continue
            self._remember(host, facts)
            yield facts
        self.told.unread = list(self.record.problems)

    def _remember(self, host: str, facts: Mapping[str, Any]) -> None:
        known = _dict(facts.get("host"))
        self.told.known[host] = {name: known[name] for name in (*_LABELS, "missing") if known.get(name)}
        for subsystem, about in _dict(facts.get("about")).items():
            if isinstance(about, dict) and about.get("crash"):
                self.told.crashes.append(f"facts of {host}, {subsystem}: {about['crash']}")


@dataclass
class _Between:
    """The facts that exist only between hosts, and what was seen of the hosts on the way."""

    fleet: dict[str, Any]
    told: _Told
    errors: list[str]


def fleet_of(record: Record) -> dict[str, Any]:
    """The facts that exist only between hosts: as kept in the record, or built anew."""
    return _between(record, _stamp_of_fleet(record)).fleet


def _between(record: Record, stamp: str) -> _Between:
    kept, told = record.read_json("fleet.json", derived=True), _read_told(record, stamp)
    if told is not None and isinstance(kept, dict) and kept.get("stamp") == stamp and isinstance(kept.get("fleet"), dict):
        return _Between(kept["fleet"], *told)
    del kept
    learn(record)
    hosts = _Stream(record)
    built = fleet.build(hosts)
    errors = list(hosts.errors.values())
    # Through JSON and back: what comes from the record and what was just built must not differ.
    text = json.dumps({"fleet": built, "stamp": stamp}, sort_keys=True, allow_nan=False)
    del built
    with contextlib.suppress(RecordError):
        record.write_text("fleet.json", f"{text}\n")
        about = {"stamp": stamp, "errors": errors, **vars(hosts.told)}
        record.write_json("hosts.json", about, derived=True)
    return _Between(json.loads(text)["fleet"], hosts.told, errors)


def _read_told(record: Record, stamp: str) -> tuple[_Told, list[str]] | None:
    """What was seen of the hosts when the facts of the fleet were built, if it still holds."""
    kept = record.read_json("hosts.json", derived=True)
    if not isinstance(kept, dict) or kept.get("stamp") != stamp:
        return None
    known = kept.get("known")
    if not isinstance(known, dict):
        return None
    crashes, unread, errors = ([str(line) for line in _list(kept.get(name))] for name in ("crashes", "unread", "errors"))
    return _Told(known, crashes, unread), errors


def _between_or_none(record: Record, stamp: str) -> _Between:
    """The facts of the fleet; if they cannot be built, those of a fleet without hosts, and what went wrong."""
    try:
        return _between(record, stamp)
    except RecordError:
        raise
    except Exception as error:  # the checks of single hosts can still be judged
        hosts = _Stream(record)
        for _unused in hosts:
            pass
        return _Between(fleet.build([]), hosts.told, [*hosts.errors.values(), f"facts of the fleet: {_reason(error)}"])


def _stamp_of_fleet(record: Record) -> str:
    total = hashlib.sha256(version_of_code(*FACTS, "plugin_utils/fleet").encode())
    for host in record.hosts():
        total.update(f"\n{host!r} {record.stamp(host)}".encode("utf-8", "surrogatepass"))
    return total.hexdigest()


# ---- findings


def judge(
    record: Record,
    role: str,
    limits: Mapping[str, Any] | None = None,
    waivers: Sequence[WaiverRule] | None = None,
    checks: Sequence[Check] | None = None,
) -> Judgement:
    """Judge the whole fleet by the checks of `role`, and keep the findings in the record.

    limits, waivers and checks are those of the record's manifest. Others can be given to try them out: then nothing is
    kept, because a diagnosis is always made by what the manifest says. Raises CheckError when a file of checks,
    thresholds or waivers is wrong.
    """
    rules = _Rules.of(record)
    if limits is None and waivers is None and checks is None:
        return _judgement(record, role, rules)
    given = _Rules(
        checks=rules.checks if checks is None else checks,
        limits=rules.limits if limits is None else limits,
        waivers=rules.waivers if waivers is None else waivers,
        today=rules.today,
        stamp="",
        stamp_of_fleet=rules.stamp_of_fleet,
    )
    return _judged_anew(record, [role], given, keep=False)[role]


@dataclass(frozen=True)
class _Rules:
    """What a record is judged by, facts included; `stamp` changes when anything of it does, `stamp_of_fleet` when facts do."""

    checks: Sequence[Check]
    limits: Mapping[str, Any]
    waivers: Sequence[WaiverRule]
    today: datetime.date
    stamp: str
    stamp_of_fleet: str

    @classmethod
    def of(cls, record: Record) -> _Rules:
        manifest = record.manifest
        limits, today = _limits_of(record), _day_of(record)
        written = [path.read_text("utf-8") for path in _check_files()]
        facts = _stamp_of_fleet(record)
        given = (manifest.get("checks"), manifest.get("waivers"))
        used = (facts, version_of_code("plugin_utils/checks"), written, given, limits, str(today))
        return cls(
            checks=checks_for(record),
            limits=limits,
            waivers=load_waivers(_list(manifest.get("waivers"))),
            today=today,
            stamp=hashlib.sha256(json.dumps(used, sort_keys=True, default=str).encode()).hexdigest(),
            stamp_of_fleet=facts,
        )


def _judgement(record: Record, role: str, rules: _Rules) -> Judgement:
    return _judgements(record, [role], rules)[role]


def _judgements(record: Record, wanted: Sequence[str], rules: _Rules) -> dict[str, Judgement]:
    """Judgements by role: as kept in the record, or made anew and kept.

    When one has to be made, all roles of the record are judged: the facts of every host are then read once, and not once
    for each role.
    """
    found = {role: read_findings(record, role, rules.stamp) for role in wanted}
    kept = {role: one for role, one in found.items() if one is not None}
    if len(kept) == len(found):
        return kept
    others = [role for role in _roles_of(record) if role not in found]
    lacking = [role for role in found if role not in kept]
    made = _judged_anew(record, [*lacking, *(role for role in others if read_findings(record, role, rules.stamp) is None)], rules)
    return {**kept, **{role: made[role] for role in lacking}}


def _judged_anew(record: Record, wanted: Sequence[str], rules: _Rules, keep: bool = True) -> dict[str, Judgement]:
    between = _between_or_none(record, rules.stamp_of_fleet)
    checks = {role: _checks_of(role, rules.checks) for role in wanted}

    def attempt(kept: bool, one_by_one: bool) -> dict[str, Judgement]:
        writing = {role: Writing(role, rules.stamp, {check.id: check.asserts for check in checks[role]}) for role in wanted}
        try:
            for one in writing.values() if kept else ():
                one.open(record)
            role_of = {check.id: role for role in wanted for check in checks[role]}
            hosts = _Stream(record)
            every = [check for role in wanted for check in checks[role]]
            for finding in (_one_by_one if one_by_one else _at_once)(every, hosts, between.fleet, rules):
                writing[role_of.get(finding.check, wanted[-1])].add(finding)
            return {role: one.close(record, between.errors) for role, one in writing.items()}
        except BaseException as error:
            for one in writing.values():
                one.drop(error)
            raise

    for one_by_one in (False, True):
        for kept in (True, False) if keep else (False,):
            try:
                return attempt(kept, one_by_one)
            except RecordError:
                raise
            except OSError:  # a record that cannot be written can still be judged
                if not kept:
                    raise
            except Exception:  # whatever it is: find out which check's it is
                if one_by_one:
                    raise
                break
    raise AssertionError("unreachable")


def _at_once(checks: Sequence[Check], hosts: Iterable[Mapping[str, Any]], between: Mapping[str, Any], rules: _Rules) -> Iterator[Finding]:
    return judged(checks, hosts, between, rules.limits, rules.waivers, today=rules.today)


def _one_by_one(
    checks: Sequence[Check], hosts: Iterable[Mapping[str, Any]], between: Mapping[str, Any], rules: _Rules
) -> Iterator[Finding]:
    """Evaluate the checks one by one, so that only the one that breaks is lost."""
    for check in checks:
        try:
            yield from list(_at_once([check], hosts, between, rules))
        except Exception as error:
            reason = f"the check itself broke: {_reason(error)}"
            yield Finding(check.id, Subject(check.naming.kind), "error", check.layer, check.asserts, reason=reason)


def roles() -> list[str]:
    """The roles that have checks, the report last."""
    found = sorted(path.parent.name for path in (_COLLECTION / "roles").glob("*/checks.yml"))
    return sorted(found, key=lambda role: role == _REPORT)


def checks_for(record: Record) -> list[Check]:
    """All checks that a record is judged by: the collection's, and the operator's own that its manifest keeps."""
    own = [entry for entry in _list(record.manifest.get("checks")) if isinstance(entry, dict)]
    if not own:
        return list(collection_checks())
    with tempfile.TemporaryDirectory() as directory:
        paths = []
        for number, entry in enumerate(own, start=1):
            path = Path(directory) / f"{number}-{safe_name(str(entry.get('file') or 'checks.yml'))}"
            path.write_text(json.dumps({key: value for key, value in entry.items() if key != "file"}), "utf-8")
            paths.append(path)
        return load_checks([*_check_files(), *paths])


@lru_cache(maxsize=1)
def collection_checks() -> tuple[Check, ...]:
    """The checks of the collection's own roles, compiled once per process (100 ms): a parent may do it before it forks."""
    return tuple(load_checks(_check_files()))


def _check_files() -> list[Path]:
    return [_COLLECTION / "roles" / role / "checks.yml" for role in roles()]


def _checks_of(role: str, checks: Sequence[Check]) -> list[Check]:
    claimed = set(roles())
    return [check for check in checks if check.role == role or (role == _REPORT and check.role not in claimed)]


def _limits_of(record: Record) -> dict[str, Any]:
    """The thresholds: the defaults of the roles, and over them what the manifest says."""
    defaults = load_limits(sorted((_COLLECTION / "roles").glob("*/defaults/main.yml")))
    given = record.manifest.get("limits")
    return {**defaults, **given} if isinstance(given, dict) else defaults


def _day_of(record: Record) -> datetime.date:
    """The day of the run, which decides what waivers still hold: judging an old record again must not change it."""
    with contextlib.suppress(ValueError):
        return datetime.date.fromisoformat(str(record.manifest.get("started"))[:10])
    return datetime.datetime.now(datetime.timezone.utc).date()


# ---- diagnosis


def diagnose(record: Record) -> dict[str, Any]:
    """Name the causes of everything that was found, and keep the diagnosis in the record.

    Roles that have not been judged yet, or from something that has changed since, are judged now.
    """
    result = _diagnosed(record)
    record.write_json("diagnosis.json", result)
    return result


def _diagnosed(record: Record) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(json.dumps(diagnosis(_material(record))))
    return result


def compare(before: Record, after: Record, threshold: Threshold = "fail") -> dict[str, Any]:
    """What changed between two records, each judged by what its own manifest says; kept in the later one where that can be written.

    Raises RecordError and CheckError as diagnose() does.
    """
    result: dict[str, Any] = json.loads(json.dumps(comparison(_side(before), _side(after), threshold)))
    with contextlib.suppress(RecordError):
        after.write_json("comparison.json", result)
    return result


def _side(record: Record) -> Side:
    rules = _Rules.of(record)
    result = _diagnosed(record)
    judgements = _judgements(record, _roles_of(record), rules).values()

    def findings() -> Iterator[Finding]:
        return (finding for judgement in judgements for finding in judgement.findings)

    return Side(str(record.path), result, findings, record.hosts(), rules.limits)


def _material(record: Record) -> Material:
    rules = _Rules.of(record)
    judgements = _judgements(record, _roles_of(record), rules).values()
    edges = causes.load_edges()
    counts = {check: told for judgement in judgements for check, told in judgement.counts.items()}
    # A check that passed everywhere has nothing to explain, but for the few by which edges and the report tell who is who.
    telling = {check for check, told in counts.items() if set(told) - {"pass", "skipped"}}
    telling |= causes.checks_to_know(edges, [check for check, told in counts.items() if "unknown" in told or "error" in told])
    telling |= {*REACHABILITY}
    findings = [finding for judgement in judgements for finding in judgement.findings.of(telling.__contains__)]
    hosts, labels, told = _summaries(record, rules)
    errors = [*_errors_while_asking(record), *(error for judgement in judgements for error in judgement.tool_errors)]
    errors += [crash for crash in told.crashes if not any(error.startswith(crash.partition(": ")[0]) for error in errors)]
    try:
        naming = causes.survey(findings, edges, labels)
    except Exception as error:  # then each failure stands for itself, and the reader is told
        naming = causes.Naming(())
        errors.append(f"naming the causes: {_reason(error)}")
    manifest = record.manifest
    threshold: Threshold = manifest["threshold"] if manifest.get("threshold") in THRESHOLDS else "fail"
    layer_of = {check.id: check.layer for check in rules.checks} | {finding.check: finding.layer for finding in findings}
    return Material(
        hosts=hosts,
        findings=findings,
        counts={(layer_of[check], check): told for check, told in counts.items() if check in layer_of},
        causes=naming.causes,
        waived=naming.waived,
        unconfirmed=naming.unconfirmed,
        asserts={check: text for judgement in judgements for check, text in judgement.asserts.items()},
        tool_errors=list(dict.fromkeys(errors)),
        unread=sorted({*record.problems, *told.unread}),
        threshold=threshold,
        kind=str(manifest.get("kind") or ""),
        version=str(_dict(manifest.get("tool")).get("version") or ""),
        times=_times(manifest),
    )


def _roles_of(record: Record) -> list[str]:
    """The roles that judge this record: those of its manifest, in the order of the walk."""
    named = _list(record.manifest.get("roles"))
    existing = roles()
    return [role for role in dict.fromkeys(named) if role in existing] or existing


def _summaries(record: Record, rules: _Rules) -> tuple[list[HostSummary], dict[str, dict[str, str]], _Told]:
    """How each host answered, what is known of its place, and what its facts had to tell about themselves."""
    kept = _read_told(record, rules.stamp_of_fleet)
    told = kept[0] if kept else _between_or_none(record, rules.stamp_of_fleet).told
    hosts: list[HostSummary] = []
    labels: dict[str, dict[str, str]] = {}
    for name in record.hosts():
        entry, known = record.host(name), _dict(told.known.get(name))
        missing = tuple(str(item) for item in _list(known.get("missing")))
        hosts.append(HostSummary(name, entry.groups, entry.state, entry.reason, missing if entry.state == "partial" else ()))
        shared = {label: str(known[label]) for label in _LABELS if known.get(label)}
        labels[name] = {**shared, "role": "+".join(entry.groups), **entry.labels}
    return hosts, labels, told


def _times(manifest: Mapping[str, Any]) -> dict[str, Any]:
    started, finished = manifest.get("started"), manifest.get("finished")
    seconds = None
    with contextlib.suppress(ValueError, TypeError):
        seconds = (datetime.datetime.fromisoformat(str(finished)) - datetime.datetime.fromisoformat(str(started))).total_seconds()
    return {"started": str(started) if started else None, "finished": str(finished) if finished else None, "seconds": seconds}


def _errors_while_asking(record: Record) -> list[str]:
    if _ERRORS not in record.files.names():
        return []
    lines = record.read_text(_ERRORS).splitlines()
    return [line[len(_ERROR_HEAD) :].partition(" ")[2] for line in lines if line.startswith(_ERROR_HEAD)]


# ---- reports


def render(record: Record, result: Mapping[str, Any], width: int = _SCREEN_WIDTH) -> dict[str, str]:
    """Write the reports of a diagnosis into its record; returns their paths by kind: html, junit, screen.

    A report that breaks is left out and named in the diagnosis, which is then written again: the others must not be lost.
    """
    rules = _Rules.of(record)
    judgements = _judgements(record, _roles_of(record), rules).values()
    path = str(record.path / "report.html")
    makers: dict[str, tuple[str, Callable[[], Iterable[str]]]] = {
        "screen": ("screen.txt", lambda: [screen(result, width, report=path)]),
        "junit": ("junit.xml", lambda: junit(result, (finding for judgement in judgements for finding in judgement.findings))),
        "html": ("report.html", lambda: [html(result, _Quotes(record))]),
    }
    written: dict[str, str] = {}
    errors = []
    for kind, (name, make) in makers.items():
        try:
            record.write_stream(name, make())
        except RecordError:
            raise
        except Exception as error:
            errors.append(f"{name}: {_reason(error)}")
            continue
        written[kind] = str(record.path / name)
    if errors:
        told = {**result, "tool_errors": [*result["tool_errors"], *errors], "verdict": {**result["verdict"], "tool_failed": True}}
        record.write_json("diagnosis.json", told)
    return written


class _Quotes:
    """The text that items gave, for the report to quote: (file in the record, output of the first round that has one)."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self._known = set(record.hosts())
        self._host = ""
        self._outputs: dict[str, list[str]] = {}

    def __call__(self, host: str, item: str) -> tuple[str, str]:
        if host not in self._known:
            return "", ""
        if host != self._host:
            self._host, self._outputs = host, {}
            for (name, _round), output in sorted(self.record.outputs(host).items()):
                self._outputs.setdefault(name, []).append(output.stdout + output.stderr)
        said = next((text for text in self._outputs.get(item, ()) if text), "")
        return f"hosts/{self.record.host(host).directory}/{safe_name(item.partition('.')[0])}.evidence", said


# ---- small things


def _reason(error: Exception) -> str:
    """What failed and where, in one line."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name} line {frames[-1].lineno})" if frames else ""
    return " ".join(f"{type(error).__name__}: {error}".split())[:300] + place


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
