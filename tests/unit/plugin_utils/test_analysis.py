"""From a record to its reports: the same twice, damaged records, edits, and what breaks in our own code."""

from __future__ import annotations

import datetime
import json
import shutil
import xml.etree.ElementTree as ET  # what we parse here is our own
from pathlib import Path

import jsonschema
import pytest
from ansible_collections.midonet.diagnostics.plugins.module_utils.facts import SUBSYSTEMS
from ansible_collections.midonet.diagnostics.plugins.plugin_utils import analysis, learning
from ansible_collections.midonet.diagnostics.plugins.plugin_utils import report as report_package
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.checks import CheckError
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.item import Output
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.record import Record
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.report.labels import LABELS

SCHEMAS = Path(report_package.__file__).parent / "schemas"
DERIVED = ("diagnosis.json", "fleet.json", "hosts.json", "report.html", "junit.xml", "screen.txt", "findings")
HEAD = "Filesystem 1024-blocks Used Available Capacity Mounted on\n"
HEALTHY = HEAD + "/dev/sda1 41152736 9152736 30152736 24% /\n"
FULL = HEAD + "/dev/sda1 41152736 41152736 0 100% /\n"
HOSTS = {
    "compute1": ["compute"],
    "compute2": ["compute"],
    "compute3": ["compute"],
    "zk1": ["zookeeper"],
}


def make(path: Path, **manifest) -> Record:
    started = {"started": "2026-11-22T03:14:07+00:00", "finished": "2026-11-22T03:14:55+00:00"}
    hosts = {name: {"groups": groups} for name, groups in HOSTS.items()}
    record = Record.create(path, {"kind": "troubleshoot", **started, "hosts": hosts, **manifest})
    for name, groups in HOSTS.items():
        if name == "compute3":
            record.write_answer(name, groups, 1, "not_reached", "ssh: timed out", [])
        else:
            df = FULL if name == "zk1" else HEALTHY
            record.write_answer(name, groups, 1, "complete", "", [Output("underlay.filesystems", exit_code=0, stdout=df)])
    return record


@pytest.fixture
def record(tmp_path: Path) -> Record:
    return make(tmp_path / "record")


def without_derived(record: Record, target: Path) -> Record:
    """A copy of a record as it was before anything was concluded from it."""
    shutil.copytree(record.path, target)
    for name in DERIVED:
        path = target / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for path in target.glob("hosts/*/facts.json"):
        path.unlink()
    return Record.open(target)


def roots(diagnosis: dict) -> list[tuple[str, str]]:
    return [(one["check"], one["subject"]["host"]) for cause in diagnosis["causes"] for one in cause["findings"]]


def test_facts_are_the_same_on_however_many_processors(record: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def kept(path: Path) -> dict[str, dict]:
        return {file.parent.name: json.loads(file.read_text())["facts"] for file in path.glob("hosts/*/facts.json")}

    alone = without_derived(record, tmp_path / "alone")
    learning.learn(alone)
    monkeypatch.setattr(learning, "_WORTH_A_PROCESS", 1)
    monkeypatch.setattr(learning, "_processors", lambda: 3)
    shared = without_derived(record, tmp_path / "shared")
    learning.learn(shared)
    for host in HOSTS:
        learning.facts_of(alone, host)
    assert set(kept(shared.path)) == set(HOSTS)
    assert kept(shared.path) == kept(alone.path)


def test_live_and_offline_are_the_same_bytes(record: Record, tmp_path: Path) -> None:
    for role in analysis.roles():  # as a live run does: one role at a time, each with a record of its own
        analysis.judge(Record.open(record.path), role)
    analysis.diagnose(Record.open(record.path))
    live = (record.path / "diagnosis.json").read_bytes()
    analysis.diagnose(Record.open(record.path))
    assert (record.path / "diagnosis.json").read_bytes() == live
    copy = without_derived(record, tmp_path / "copy")
    analysis.diagnose(copy)
    assert (copy.path / "diagnosis.json").read_bytes() == live
    assert ("underlay.resource.disk", "zk1") in roots(json.loads(live))


def test_everything_follows_its_schema(record: Record) -> None:
    diagnosis = analysis.diagnose(record)
    written = analysis.render(record, diagnosis)
    assert sorted(written) == ["html", "junit", "screen"]
    pairs = [("diagnosis", "diagnosis.json"), *(("findings", f"findings/{role}.json") for role in analysis.roles())]
    for name, file in pairs:
        schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text())
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.validate(json.loads((record.path / file).read_text()), schema)
    assert "100% full" in (record.path / "screen.txt").read_text()
    assert "41152736 41152736 0 100% /" in (record.path / "report.html").read_text()
    assert ET.parse(record.path / "junit.xml").getroot().get("failures") != "0"
    for path in record.path.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_an_edit_is_noticed(record: Record) -> None:
    """People try out what they believe by editing the evidence."""
    before = analysis.diagnose(record)
    evidence = record.path / "hosts/zk1/underlay.evidence"
    evidence.write_text(evidence.read_text().replace("41152736 0 100%", "9152736 30152736 24%"))
    after = analysis.diagnose(Record.open(record.path))
    assert ("underlay.resource.disk", "zk1") in roots(before)
    assert ("underlay.resource.disk", "zk1") not in roots(after)


def test_the_manifest_decides(record: Record) -> None:
    waiver = {"check": "underlay.resource.*", "host": "zk1", "reason": "known", "until": "2026-11-22"}
    record.update_manifest({"waivers": [waiver]})
    diagnosis = analysis.diagnose(record)
    assert [one["check"] for one in diagnosis["waived"]] == ["underlay.resource.disk"]
    assert roots(diagnosis) == []
    record.update_manifest({"started": "2026-11-23T00:00:00+00:00"})  # the waiver ended the day before
    assert ("underlay.resource.disk", "zk1") in roots(analysis.diagnose(record))


def test_an_operators_own_checks(record: Record) -> None:
    own = {
        "id": "site.disk.any",
        "asserts": "No file system is more than a fifth full.",
        "layer": "underlay",
        "subjects": "facts.filesystems",
        "subject": {"kind": "filesystem", "name": "mount"},
        "fails_when": "used_ratio > 0.2",
        "message": "{mount} is used",
    }
    record.update_manifest({"checks": [{"file": "../../site.yml", "checks": [own]}]})
    assert ("site.disk.any", "compute1") in roots(analysis.diagnose(record))
    record.update_manifest({"checks": [{"file": "site.yml", "checks": [{**own, "fails_when": "used_ration > 0.2"}]}]})
    with pytest.raises(CheckError, match="used_ration"):
        analysis.diagnose(record)


def test_what_is_given_to_judge_is_not_kept(record: Record) -> None:
    kept = list(analysis.judge(record, "underlay").findings)
    assert [one.status for one in kept if one.check == "underlay.resource.disk" and one.subject.host == "zk1"].count("fail") == 1
    assert list(analysis.judge(record, "underlay", checks=[]).findings) == []
    assert list(analysis.judge(record, "underlay").findings) == kept


def test_hosts_that_are_silent_are_told(record: Record) -> None:
    diagnosis = analysis.diagnose(record)
    assert [(one["host"], one["state"], one["reason"]) for one in diagnosis["coverage"]["hosts"]["incomplete"]] == [
        ("compute3", "not_reached", "ssh: timed out")
    ]
    assert diagnosis["coverage"]["unread"] == []


@pytest.mark.parametrize("damage", ["manifest", "host", "evidence", "everything derived", "no manifest"])
def test_a_damaged_record_is_still_judged(record: Record, damage: str) -> None:
    analysis.diagnose(record)
    files = {
        "manifest": ["manifest.json"],
        "host": ["hosts/zk1/host.json"],
        "evidence": ["hosts/compute1/underlay.evidence"],
        "everything derived": ["fleet.json", "hosts.json", "hosts/zk1/facts.json", *(f"findings/{role}.json" for role in analysis.roles())],
    }
    for name in files.get(damage, []):
        path = record.path / name
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    if damage == "no manifest":
        (record.path / "manifest.json").unlink()
    first = analysis.diagnose(Record.open(record.path))
    assert ("underlay.resource.disk", "zk1") in roots(first)
    assert bool(first["coverage"]["unread"]) == (damage != "everything derived")
    assert analysis.diagnose(Record.open(record.path)) == first


def test_a_crash_in_facts_spares_the_rest(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(outputs, host):
        if host["name"] == "compute1":
            raise ZeroDivisionError("division by zero")
        return real(outputs, host)

    real = learning.host_facts.build
    monkeypatch.setattr(learning.host_facts, "build", broken)
    diagnosis = analysis.diagnose(record)
    assert diagnosis["verdict"]["tool_failed"]
    (error,) = diagnosis["tool_errors"]
    assert error.startswith("facts of compute1: ZeroDivisionError")
    assert ("underlay.resource.disk", "zk1") in roots(diagnosis)


def test_a_crash_in_one_subsystem_is_the_tools(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(evidence):
        raise KeyError("mtu")

    monkeypatch.setattr(SUBSYSTEMS["links"], "build", broken)
    diagnosis = analysis.diagnose(record)
    assert diagnosis["verdict"]["tool_failed"]
    assert any(error.startswith("facts of compute1, links: KeyError") for error in diagnosis["tool_errors"])


@pytest.mark.parametrize("where", ["fleet.build", "causes.survey", "judged"])
def test_a_crash_further_on_is_told(record: Record, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    if where == "fleet.build":
        real_build = analysis.fleet.build
        monkeypatch.setattr(analysis.fleet, "build", lambda hosts: real_build(hosts) if hosts == [] else 1 / 0)
    elif where == "causes.survey":
        monkeypatch.setattr(analysis.causes, "survey", lambda *_: 1 / 0)
    else:
        real = analysis.judged

        def broken(checks, *args, **kwargs):
            if any(check.id == "underlay.link.carrier" for check in checks):
                raise ZeroDivisionError("division by zero")
            return real(checks, *args, **kwargs)

        monkeypatch.setattr(analysis, "judged", broken)
    diagnosis = analysis.diagnose(record)
    assert diagnosis["verdict"]["tool_failed"]
    assert any("ZeroDivisionError" in error for error in diagnosis["tool_errors"])
    if where != "fleet.build":  # that disk is judged with what the fleet knows of it
        assert ("underlay.resource.disk", "zk1") in roots(diagnosis)
    assert len(diagnosis["counts"]["by_check"]) > 40


def test_a_report_that_breaks_spares_the_others(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysis, "html", lambda *_: 1 / 0)
    diagnosis = analysis.diagnose(record)
    assert sorted(analysis.render(record, diagnosis)) == ["junit", "screen"]
    told = json.loads((record.path / "diagnosis.json").read_text())
    assert told["verdict"]["tool_failed"]
    assert told["tool_errors"][0].startswith("report.html: ZeroDivisionError")


def test_errors_while_asking_are_told(record: Record) -> None:
    (record.path / "errors.log").write_text("==== 2026-11-22T03:14:09Z collect for compute1: KeyError: 'x' (a.py line 3)\nTraceback …\n")
    diagnosis = analysis.diagnose(record)
    assert diagnosis["tool_errors"] == ["collect for compute1: KeyError: 'x' (a.py line 3)"]


def test_a_record_that_cannot_be_written_can_be_judged(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*path):
        raise PermissionError(13, "Permission denied")

    read_only = Record.open(record.path)
    monkeypatch.setattr(read_only.files, "writing", refuse)
    assert any(one.status == "fail" for one in analysis.judge(read_only, "underlay").findings)
    assert not (record.path / "findings").exists()


def test_without_a_date_the_day_is_today(tmp_path: Path) -> None:
    nameless = make(tmp_path / "nameless", started="yesterday")
    assert abs((analysis._day_of(nameless) - datetime.datetime.now(datetime.timezone.utc).date()).days) <= 1


def test_roles_of_the_manifest(record: Record) -> None:
    record.update_manifest({"roles": ["underlay", "no such role", 3]})
    diagnosis = analysis.diagnose(record)
    assert {check.split(".")[0] for check in diagnosis["counts"]["by_check"]} == {"underlay"}


def test_labels_are_of_checks_that_exist() -> None:
    assert set(LABELS) <= {check.id for check in analysis.collection_checks()}
