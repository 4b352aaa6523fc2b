# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From a record to its reports: facts, findings, diagnosis. The same for a run that is under way and for a record of old.

    facts_of    evidence of one host → its facts
    fleet_of    facts of all hosts → what exists only between them
    judge       one role's checks → findings/<role>.json
    diagnose    all findings → diagnosis.json
    render      the diagnosis → report.html, junit.xml, screen.txt

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
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ansible_collections.midonet.diagnostics.plugins.plugin_utils import causes, fleet
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.checks import (
    Check,
    WaiverRule,
    evaluate,
    load_checks,
    load_limits,
    load_waivers,
)
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.names import safe_name
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.record import Record, RecordError
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.learning import FACTS, facts_of, version_of_code
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.model import LAYERS, Evidence, Finding, Subject, Waiver
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.report.diagnosis import (
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


# ---- facts


class _Stream:
    """The facts of all hosts, each read when its turn comes. A host whose facts cannot be built is left out and remembered."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.errors: dict[str, str] = {}

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for host in self.record.hosts():
            try:
                facts = facts_of(self.record, host)
            except RecordError:
                raise
            except Exception as error:  # our own fault, on this host's evidence; the others are judged nevertheless
                self.errors[host] = f"facts of {host}: {_reason(error)}"
                continue
            yield facts


def fleet_of(record: Record) -> dict[str, Any]:
    """The facts that exist only between hosts: as kept in the record, or built anew."""
    return _fleet(record, _stamp_of_fleet(record))


def _fleet(record: Record, stamp: str) -> dict[str, Any]:
    kept = record.read_json("fleet.json", derived=True)
    if isinstance(kept, dict) and kept.get("stamp") == stamp and isinstance(kept.get("fleet"), dict):
        return dict(kept["fleet"])
    built = dict(json.loads(json.dumps(fleet.build(_Stream(record)), sort_keys=True)))
    _keep(record, "fleet.json", {"stamp": stamp, "fleet": built})
    return built


def _fleet_or_none(record: Record, stamp: str) -> tuple[dict[str, Any], list[str]]:
    """The facts of the fleet, and what went wrong with them; if anything did, those of a fleet without hosts."""
    try:
        return _fleet(record, stamp), []
    except RecordError:
        raise
    except Exception as error:  # the checks of single hosts can still be judged
        return fleet.build([]), [f"facts of the fleet: {_reason(error)}"]


def _stamp_of_fleet(record: Record) -> str:
    total = hashlib.sha256(version_of_code(*FACTS, "plugin_utils/fleet").encode())
    for host in record.hosts():
        total.update(f"\n{host!r} {record.stamp(host)}".encode("utf-8", "surrogatepass"))
    return total.hexdigest()


# ---- findings


@dataclass(frozen=True)
class Judgement:
    """What one role's checks came to: the findings, what each check asserts, what failed in our own code."""

    findings: list[Finding]
    asserts: dict[str, str]
    tool_errors: list[str]


def judge(
    record: Record,
    role: str,
    limits: Mapping[str, Any] | None = None,
    waivers: Sequence[WaiverRule] | None = None,
    checks: Sequence[Check] | None = None,
) -> list[Finding]:
    """Judge the whole fleet by the checks of `role`, and keep the findings in the record.

    limits, waivers and checks are those of the record's manifest. Others can be given to try them out: then nothing is
    kept, because a diagnosis is always made by what the manifest says. Raises CheckError when a file of checks,
    thresholds or waivers is wrong.
    """
    if limits is None and waivers is None and checks is None:
        return _judgement(record, role, _Rules.of(record)).findings
    rules = _Rules.of(record)
    given = _Rules(
        checks=rules.checks if checks is None else checks,
        limits=rules.limits if limits is None else limits,
        waivers=rules.waivers if waivers is None else waivers,
        today=rules.today,
        stamp="",
        stamp_of_fleet=rules.stamp_of_fleet,
    )
    return _judged_anew(record, role, given).findings


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
    """The judgement of a role: as kept in the record, or made anew and kept."""
    kept = _read_judgement(record, role, rules.stamp)
    if kept is not None:
        return kept
    made = _judged_anew(record, role, rules)
    _write_judgement(record, role, rules.stamp, made)
    return made


def _judged_anew(record: Record, role: str, rules: _Rules) -> Judgement:
    between, errors = _fleet_or_none(record, rules.stamp_of_fleet)
    hosts = _Stream(record)
    mine = _checks_of(role, rules.checks)
    found = _evaluate(mine, hosts, between, rules.limits, rules.waivers, rules.today)
    # Through JSON and back, for the same reason as facts.
    findings = [_from_json(json.loads(json.dumps(_to_json(finding)))) for finding in found]
    return Judgement(findings, {check.id: check.asserts for check in mine}, [*errors, *hosts.errors.values()])


def _evaluate(
    checks: Sequence[Check],
    hosts: _Stream,
    between: Mapping[str, Any],
    limits: Mapping[str, Any],
    waivers: Sequence[WaiverRule],
    today: datetime.date,
) -> list[Finding]:
    """Evaluate all checks at once; if that breaks, one by one, so that only the one at fault is lost."""
    try:
        return evaluate(checks, hosts, between, limits=limits, waivers=waivers, today=today)
    except RecordError:
        raise
    except Exception:  # whatever it is: find out whose it is
        found: list[Finding] = []
        for check in checks:
            try:
                found += evaluate([check], hosts, between, limits=limits, waivers=waivers, today=today)
            except Exception as error:
                reason = f"the check itself broke: {_reason(error)}"
                found.append(Finding(check.id, Subject(check.naming.kind), "error", check.layer, check.asserts, reason=reason))
        return found


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


# ---- findings in the record: one per line, so that grep finds them


def _write_judgement(record: Record, role: str, stamp: str, made: Judgement) -> None:
    head = json.dumps({"role": role, "stamp": stamp, "asserts": made.asserts, "tool_errors": made.tool_errors}, sort_keys=True)
    lines = ",\n".join(json.dumps(_to_json(finding), sort_keys=True) for finding in made.findings)
    with contextlib.suppress(RecordError):  # a record that cannot be written can still be judged
        record.write_text(f"findings/{safe_name(role)}.json", f'{head[:-1]}, "findings": [\n{lines}\n]}}\n')


def _read_judgement(record: Record, role: str, stamp: str) -> Judgement | None:
    kept = record.read_json(f"findings/{safe_name(role)}.json", derived=True)
    if not isinstance(kept, dict) or kept.get("stamp") != stamp:
        return None
    try:
        return Judgement([_from_json(one) for one in kept["findings"]], dict(kept["asserts"]), list(kept["tool_errors"]))
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _to_json(finding: Finding) -> dict[str, Any]:
    subject = finding.subject
    names = {"kind": subject.kind, "host": subject.host, "name": subject.name, "peer": subject.peer, "key": subject.key}
    full = {
        "check": finding.check,
        "subject": {key: value for key, value in names.items() if value or key == "kind"},
        "status": finding.status,
        "layer": finding.layer,
        "message": finding.message,
        "remedy": finding.remedy,
        "reason": finding.reason,
        "values": finding.values,
        "evidence": [{"host": one.host, "item": one.item} for one in finding.evidence],
        "waiver": {"reason": finding.waiver.reason, "until": finding.waiver.until} if finding.waiver else None,
    }
    return {key: value for key, value in full.items() if value not in ("", None, [], {})}


def _from_json(one: Mapping[str, Any]) -> Finding:
    if one["layer"] not in LAYERS:
        raise ValueError(one["layer"])
    waiver = one.get("waiver")
    return Finding(
        check=one["check"],
        subject=Subject(**one["subject"]),
        status=one["status"],
        layer=one["layer"],
        message=one.get("message", ""),
        remedy=one.get("remedy", ""),
        reason=one.get("reason", ""),
        values=dict(one.get("values", {})),
        evidence=tuple(Evidence(place["host"], place["item"]) for place in one.get("evidence", ())),
        waiver=Waiver(waiver["reason"], waiver["until"]) if waiver else None,
    )


# ---- diagnosis


def diagnose(record: Record) -> dict[str, Any]:
    """Name the causes of everything that was found, and keep the diagnosis in the record.

    Roles that have not been judged yet, or from something that has changed since, are judged now.
    """
    material = _material(record)
    result: dict[str, Any] = json.loads(json.dumps(diagnosis(material)))
    record.write_json("diagnosis.json", result)
    return result


def _material(record: Record) -> Material:
    findings: list[Finding] = []
    asserts: dict[str, str] = {}
    rules = _Rules.of(record)
    errors = _errors_while_asking(record)
    for role in _roles_of(record):
        judgement = _judgement(record, role, rules)
        findings += judgement.findings
        asserts.update(judgement.asserts)
        errors += judgement.tool_errors
    hosts, labels, crashes = _summaries(record)
    errors += [crash for crash in crashes if not any(error.startswith(crash.partition(": ")[0]) for error in errors)]
    try:
        naming = causes.survey(findings, causes.load_edges(), labels)
    except Exception as error:  # then each failure stands for itself, and the reader is told
        naming = causes.Naming(())
        errors.append(f"naming the causes: {_reason(error)}")
    manifest = record.manifest
    threshold: Threshold = manifest["threshold"] if manifest.get("threshold") in THRESHOLDS else "fail"
    return Material(
        hosts=hosts,
        findings=findings,
        causes=naming.causes,
        waived=naming.waived,
        unconfirmed=naming.unconfirmed,
        asserts=asserts,
        tool_errors=list(dict.fromkeys(errors)),
        unread=sorted(record.problems),
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


def _summaries(record: Record) -> tuple[list[HostSummary], dict[str, dict[str, str]], list[str]]:
    """How each host answered, what is known of its place, and which of its facts broke our own code."""
    hosts: list[HostSummary] = []
    labels: dict[str, dict[str, str]] = {}
    stream = _Stream(record)
    crashes: list[str] = []
    facts_by_host = {}
    for facts in stream:
        known = _dict(facts.get("host"))
        facts_by_host[str(known.get("name"))] = known
        crashes += [
            f"facts of {known.get('name')}, {subsystem}: {about['crash']}"
            for subsystem, about in _dict(facts.get("about")).items()
            if isinstance(about, dict) and about.get("crash")
        ]
    for name in record.hosts():
        entry, known = record.host(name), facts_by_host.get(name, {})
        missing = tuple(str(item) for item in _list(known.get("missing")))
        hosts.append(HostSummary(name, entry.groups, entry.state, entry.reason, missing if entry.state == "partial" else ()))
        shared = {label: known[label] for label in ("kernel", "os_version", "generation") if known.get(label)}
        labels[name] = {**shared, "role": "+".join(entry.groups), **entry.labels}
    return hosts, labels, [*stream.errors.values(), *crashes]


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
    findings = [finding for role in _roles_of(record) for finding in _judgement(record, role, rules).findings]
    path = str(record.path / "report.html")
    makers: dict[str, tuple[str, Callable[[], str]]] = {
        "screen": ("screen.txt", lambda: screen(result, width, report=path)),
        "junit": ("junit.xml", lambda: junit(result, findings)),
        "html": ("report.html", lambda: html(result, _Quotes(record))),
    }
    written: dict[str, str] = {}
    errors = []
    for kind, (name, make) in makers.items():
        try:
            content = make()
        except Exception as error:
            errors.append(f"{name}: {_reason(error)}")
            continue
        record.write_text(name, content)
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


def _keep(record: Record, name: str, data: Mapping[str, Any]) -> None:
    with contextlib.suppress(RecordError):
        record.write_json(name, data, derived=True)


def _reason(error: Exception) -> str:
    """What failed and where, in one line."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name} line {frames[-1].lineno})" if frames else ""
    return " ".join(f"{type(error).__name__}: {error}".split())[:300] + place


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
