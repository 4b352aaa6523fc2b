"""The record on disk: hostile names, damage, malice, and what a second writer or reader sees."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import stat
from pathlib import Path

import jsonschema
import pytest
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence import names
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence import record as module
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.item import Output
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.record import Record, RecordError
from hypothesis import given
from hypothesis import strategies as st

SCHEMAS = Path(module.__file__).parent / "schemas"

HOSTILE_NAMES = [
    "compute1",
    "Compute1",
    "COMPUTE1",
    "rack1.compute1.example",
    "../../etc/passwd",
    "..",
    ".",
    ".hidden",
    "dot.",
    "",
    "/",
    "a/b",
    "a\\b",
    "nul\x00byte",
    "new\nline",
    "%41",
    "A",
    "~",
    "ünïcode-主机",
    "e\u0301",
    "\u00e9",
    "\udcff",
    "x" * 300,
    "x" * 299 + "y",
    "[fe80::1%eth0]",
    "con",
    "-rf",
    "host.json",
]


def output(item: str = "underlay.ip_link", stdout: str = "1: lo\n", round: int = 1) -> Output:
    return Output(
        item=item,
        round=round,
        state="ok",
        exit_code=0,
        duration_ms=4,
        stdout=stdout,
        stderr="",
        truncated=False,
        reason="",
        started="2026-11-22T03:14:07Z",
    )


def manifest(*hosts: str) -> dict:
    return {
        "kind": "troubleshoot",
        "started": "2026-11-22T03:14:07+00:00",
        "hosts": {host: {"groups": ["compute"], "address": "192.0.2.1"} for host in hosts},
    }


@pytest.fixture
def record(tmp_path: Path) -> Record:
    made = Record.create(tmp_path / "records" / "one", manifest("compute1", "compute2"))
    clock = {"skew_s": 0.5, "skew_error_s": 0.1}
    made.write_answer("compute1", ["compute"], 1, "complete", "", [output(), output("agent.config", "x")], clock)
    return made


def test_names_are_safe_and_distinct_where_case_does_not_count(tmp_path: Path) -> None:
    safe = [names.safe_name(name) for name in HOSTILE_NAMES]
    assert len({name.lower() for name in safe}) == len(HOSTILE_NAMES)
    for name in safe:
        assert names.is_safe(name)
        assert (tmp_path / name).parent == tmp_path
        (tmp_path / name).mkdir()
    assert names.safe_name("gateway-1.example") == "gateway-1.example"


@given(st.text(max_size=9))
def test_short_names_can_be_read_back(name: str) -> None:
    assert names.name_of(names.safe_name(name)) == name


@pytest.mark.parametrize("directory", ["", ".", "..", "a/b", "/etc", "a\x00", "A", "ü", ".a", "~a", "x" * 200])
def test_what_is_no_safe_name(directory: str) -> None:
    assert not names.is_safe(directory)


def test_hostile_names_round_trip(tmp_path: Path) -> None:
    made = Record.create(tmp_path / "record", manifest(*HOSTILE_NAMES))
    for name in HOSTILE_NAMES:
        made.write_answer(name, ["compute"], 1, "complete", "", [output(stdout=name)])
    for damage in ("nothing", "manifest", "host.json"):
        if damage == "manifest":
            (made.path / "manifest.json").write_text('{"hosts": {"comp')
        if damage == "host.json":
            for file in made.path.glob("hosts/*/host.json"):
                file.unlink()
        read = Record.open(made.path)
        assert read.hosts() == sorted(HOSTILE_NAMES)
        for name in HOSTILE_NAMES:
            assert read.outputs(name)["underlay.ip_link", 1].stdout == name
            assert read.host(name).state == ("partial" if damage == "host.json" else "complete")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["record"]


def test_files_follow_their_schemas(record: Record) -> None:
    for name, path in (("manifest", "manifest.json"), ("host", "hosts/compute1/host.json")):
        schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text())
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.validate(json.loads((record.path / path).read_text()), schema)


def test_modes(record: Record) -> None:
    assert stat.S_IMODE(record.path.stat().st_mode) == 0o700
    for path in record.path.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_host_entry(record: Record) -> None:
    read = Record.open(record.path)
    entry = read.host("compute1")
    assert (entry.groups, entry.state, entry.rounds, entry.clock) == (("compute",), "complete", (1,), {"skew_s": 0.5, "skew_error_s": 0.1})
    other = read.host("compute2")
    assert (other.groups, other.state, other.reason) == (("compute",), "not_reached", "the run ended before this host answered")
    assert read.outputs("compute2") == {}
    assert read.problems == []


def test_the_generation_that_the_collector_saw_is_kept(record: Record) -> None:
    assert record.host("compute1").generation is None
    record.write_answer("compute1", ["compute"], 1, "complete", "", [], generation="B")
    record.write_answer("compute1", ["compute"], 2, "not_reached", "ssh: timed out", [])
    assert Record.open(record.path).host("compute1").generation == "B"


def test_rounds_add_up(record: Record) -> None:
    record.write_answer("compute1", ["compute"], 2, "not_reached", "ssh: timed out", [])
    entry = record.host("compute1")
    assert (entry.state, entry.reason, entry.rounds) == ("partial", "round 2: ssh: timed out", (1,))
    assert entry.clock["skew_s"] == 0.5
    record.write_answer("compute1", ["compute"], 2, "complete", "", [output(round=2)])
    assert record.host("compute1").state == "complete"
    assert set(record.outputs("compute1")) == {("underlay.ip_link", 1), ("underlay.ip_link", 2), ("agent.config", 1)}
    record.write_answer("compute2", ["compute"], 1, "failed", "garbage", [])
    record.write_answer("compute2", ["compute"], 2, "failed", "garbage", [])
    assert (record.host("compute2").state, record.host("compute2").reason) == ("failed", "garbage")


def _write(path: Path, number: int) -> None:
    writer = Record.for_writing(path)
    for round in (1, 2):
        writer.write_answer(f"host{number}", ["compute"], round, "complete", "", [output(stdout=f"{number}\n" * 1000, round=round)])


def test_parallel_writers(tmp_path: Path) -> None:
    made = Record.create(tmp_path / "record", manifest())
    workers = [multiprocessing.get_context("fork").Process(target=_write, args=(made.path, number)) for number in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    read = Record.open(made.path)
    assert len(read.hosts()) == 8
    assert all(len(read.outputs(host)) == 2 for host in read.hosts())
    assert not list(made.path.rglob(".*"))


def test_refusals(tmp_path: Path, record: Record) -> None:
    def refused(call, path: Path, words: str) -> None:
        with pytest.raises(RecordError, match=words) as caught:
            call(path)
        assert "\n" not in str(caught.value)

    full = tmp_path / "full"
    full.mkdir()
    (full / "thesis.txt").write_text("mine")
    file = tmp_path / "file"
    file.write_text("")
    refused(lambda path: Record.create(path, manifest()), full, "not empty and not a record")
    refused(lambda path: Record.create(path, manifest()), record.path, "already holds a record")
    refused(lambda path: Record.create(path, manifest()), file, "cannot become a record")
    refused(lambda path: Record.create(path, manifest()), file / "below", "cannot become a record")
    refused(Record.open, full, "not a record")
    refused(Record.open, file, "not a directory")
    refused(Record.open, tmp_path / "missing", "does not exist")
    record.write_json("manifest.json", {"format": 99})
    refused(Record.open, record.path, "format 99")


GARBAGE = [b"", b"\xff\xfe", b"[]", b"null", b"{", b'{"hosts": 3, "format": "x"}', b"[" * 100_000, b'{"hosts": {"a": 1}}']


@pytest.mark.parametrize("garbage", GARBAGE)
def test_garbage_instead_of_json(record: Record, garbage: bytes) -> None:
    for name in ("manifest.json", "hosts/compute1/host.json", "hosts/compute1/facts.json"):
        (record.path / name).write_bytes(garbage)
    read = Record.open(record.path)
    assert "compute1" in read.hosts()
    entry = read.host("compute1")
    assert entry.state == "partial"
    assert read.outputs("compute1")["underlay.ip_link", 1].stdout == "1: lo\n"
    assert read.read_facts("compute1", "1") is None


def test_garbage_instead_of_evidence(record: Record) -> None:
    (record.path / "hosts/compute1/agent.evidence").write_bytes(os.urandom(5000))
    (record.path / "hosts/compute1/bgp.evidence").mkdir()
    read = Record.open(record.path)
    assert "underlay.ip_link" in {item for item, _ in read.outputs("compute1")}
    assert any("bgp.evidence" in problem for problem in read.problems)


def test_a_malicious_record_cannot_reach_out(tmp_path: Path, record: Record) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "host.json").write_text('{"name": "compute2", "state": "complete", "groups": ["api"]}')
    (secret / "agent.evidence").write_text("==== agent.config\npassword\n")
    (record.path / "hosts/compute2").symlink_to(secret)
    (record.path / "hosts/compute1/nsdb.evidence").symlink_to(secret / "agent.evidence")
    os.mkfifo(record.path / "hosts/compute1/api.evidence")
    (record.path / "hosts/compute1/bgp.evidence").mkdir()
    assert Record.open(record.path).digest("compute1")
    changed = json.loads((record.path / "manifest.json").read_text())
    changed["hosts"]["compute3"] = {"directory": "../../secret"}
    (record.path / "manifest.json").write_text(json.dumps(changed))

    read = Record.open(record.path)
    assert {item for item, _ in read.outputs("compute1")} == {"underlay.ip_link", "agent.config"}
    for host in ("compute2", "compute3"):
        assert read.outputs(host) == {}
        assert read.host(host).state == "not_reached"
    read.write_facts("compute2", "1", json.dumps({"mine": True}))
    with pytest.raises(RecordError):
        read.write_text("../outside", "")
    with pytest.raises(RecordError):
        read.write_answer("compute2", [], 1, "complete", "", [output()])
    assert sorted(path.name for path in secret.iterdir()) == ["agent.evidence", "host.json"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["records", "secret"]


def test_large_files_are_capped(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EVIDENCE_CAP", 120)
    read = Record.open(record.path)
    (record.path / "hosts/compute1/agent.evidence").unlink()
    assert read.outputs("compute1") == {}
    assert any("left out: underlay.ip_link" in problem for problem in read.problems)
    assert any("larger than 120 bytes" in problem for problem in read.problems)


def test_a_copied_directory_becomes_a_host_of_its_own(record: Record) -> None:
    copy = record.path / "hosts" / "compute9"
    copy.mkdir()
    for file in (record.path / "hosts/compute1").iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    read = Record.open(record.path)
    assert read.hosts() == ["compute1", "compute2", "compute9"]
    assert read.outputs("compute9") == read.outputs("compute1")


def test_facts_are_kept_until_the_evidence_changes(record: Record) -> None:
    facts = {"host": {"name": "compute1"}}
    record.write_facts("compute1", "1", json.dumps(facts))
    assert Record.open(record.path).read_facts("compute1", "1") == facts
    assert record.read_facts("compute1", "2") is None
    evidence = record.path / "hosts/compute1/underlay.evidence"
    evidence.write_text(evidence.read_text().replace("1: lo", "1: lo0"))
    assert record.read_facts("compute1", "1") is None
    record.write_facts("compute1", "1", json.dumps(facts))
    record.write_answer("compute1", ["gateway"], 2, "complete", "", [])
    assert record.read_facts("compute1", "1") is None


def test_a_worker_knows_its_host_without_the_manifest(record: Record) -> None:
    """It must not read what is long for a large fleet, and keep facts that everyone else finds valid."""
    (record.path / "manifest.json").rename(record.path / "away.json")
    worker = Record.for_writing(record.path)
    worker.write_answer("compute2", ["compute"], 1, "partial", "slow", [output()])
    assert (worker.host("compute2").groups, worker.host("compute2").state) == (("compute",), "partial")
    assert len(worker.outputs("compute2")) == 1
    worker.write_facts("compute2", "1", json.dumps({"mine": True}))
    (record.path / "away.json").rename(record.path / "manifest.json")
    assert Record.open(record.path).read_facts("compute2", "1") == {"mine": True}


def test_facts_survive_a_copy_and_bring_their_problems(record: Record, tmp_path: Path) -> None:
    evidence = record.path / "hosts/compute1/agent.evidence"
    evidence.write_text(evidence.read_text().removesuffix("==== end\n"))
    first = Record.open(record.path)
    first.outputs("compute1")
    first.write_facts("compute1", "1", json.dumps({"mine": True}))
    shutil.copytree(record.path, tmp_path / "copy", copy_function=shutil.copyfile)  # other times
    copy = Record.open(tmp_path / "copy")
    assert copy.read_facts("compute1", "1") == {"mine": True}
    assert copy.problems == first.problems != []


def test_json_is_stable(record: Record) -> None:
    record.write_json("fleet.json", {"b": 1, "a": "\udcff"})
    assert (record.path / "fleet.json").read_text() == '{\n "a": "\\udcff",\n "b": 1\n}\n'
    assert record.read_json("fleet.json") == {"a": "\udcff", "b": 1}
    assert record.read_json("missing.json") is None
    assert record.problems == []


def test_few_files(record: Record) -> None:
    assert sorted(str(path.relative_to(record.path)) for path in record.path.rglob("*") if path.is_file()) == [
        "hosts/compute1/agent.evidence",
        "hosts/compute1/host.json",
        "hosts/compute1/underlay.evidence",
        "manifest.json",
    ]
