"""One record out of several, some of them archives from who knows whom."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.item import Output
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.merge import merge, opened
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.record import Record, RecordError


def output(text: str) -> Output:
    return Output("underlay.date", 1, "ok", 0, 10, text)


def made(path: Path, answers: dict[str, tuple[str, str]], **manifest) -> Record:
    """A record of hosts with their state and what they said."""
    manifest = {"started": "2026-11-22T03:00:00+00:00", "finished": "2026-11-22T03:01:00+00:00", **manifest}
    hosts = {name: {"groups": ["compute"], "address": "192.0.2.1", "labels": {"rack": "r1"}} for name in answers}
    record = Record.create(path, {"kind": "troubleshoot", "hosts": hosts, **manifest})
    for name, (state, text) in answers.items():
        said = [output(text)] if text else []
        record.write_answer(name, ["compute"], 1, state, "" if state == "complete" else "why", said)
    return record


def packed(record: Path, archive: Path, name: str = "records/it") -> Path:
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(record, name)
    return archive


def said(record: Record, host: str) -> list[str]:
    return [one.stdout for one in record.outputs(host).values()]


def merged(target: Path, *paths: Path) -> tuple[Record, list[str]]:
    with opened(paths) as records:
        return merge(records, target)


def test_slices(tmp_path) -> None:
    """Every host as it was, whether its record is a directory or an archive."""
    first = made(tmp_path / "a", {"c1": ("complete", "one"), "C2/x": ("partial", "two")})
    second = made(tmp_path / "b", {"c3": ("complete", "three"), "c4": ("not_reached", "")}, finished="2026-11-22T03:05:00+00:00")
    result, notes = merged(tmp_path / "all", tmp_path / "a", packed(tmp_path / "b", tmp_path / "b.tgz"))
    assert notes == []
    assert result.hosts() == ["C2/x", "c1", "c3", "c4"]
    for record in (first, second):
        for host in record.hosts():
            assert result.digest(host) == record.digest(host)
            assert result.host(host) == record.host(host)
    assert (result.manifest["started"], result.manifest["finished"]) == ("2026-11-22T03:00:00+00:00", "2026-11-22T03:05:00+00:00")
    assert Record.open(tmp_path / "all").problems == []


@pytest.mark.parametrize("order", [1, -1])
def test_the_best_answer_counts(tmp_path, order) -> None:
    early = {"c1": ("complete", "early"), "c2": ("complete", "early"), "c3": ("not_reached", "")}
    late = {"c1": ("complete", "late"), "c2": ("partial", "late"), "c3": ("partial", "late")}
    made(tmp_path / "a", early)
    made(tmp_path / "b", late, started="2026-11-22T04:00:00+00:00")
    result, notes = merged(tmp_path / "all", *[tmp_path / "a", tmp_path / "b"][::order])
    assert [said(result, host) for host in ("c1", "c2", "c3")] == [["late"], ["early"], ["late"]]
    assert [note.partition(" ")[0] for note in notes] == ["c1", "c2", "c3"]


def test_rules_are_those_of_the_first(tmp_path) -> None:
    made(tmp_path / "a", {"c1": ("complete", "x")}, limits={"x": 1})
    made(tmp_path / "b", {"c2": ("complete", "x")}, limits={"x": 2}, finished=None)
    result, notes = merged(tmp_path / "all", tmp_path / "a", tmp_path / "b")
    assert result.manifest["limits"] == {"x": 1}
    assert result.manifest["finished"] is None
    assert notes == [f"{tmp_path / 'b'} was collected with other limits than {tmp_path / 'a'}, whose count"]
    archive = packed(tmp_path / "b", tmp_path / "b.tgz")
    _result, notes = merged(tmp_path / "again", tmp_path / "a", archive)
    assert notes == [f"{archive} was collected with other limits than {tmp_path / 'a'}, whose count"]


def test_our_own_failures_are_not_forgotten(tmp_path) -> None:
    made(tmp_path / "a", {"c1": ("complete", "x")})
    made(tmp_path / "b", {"c2": ("complete", "x")})
    (tmp_path / "b" / "errors.log").write_text("==== 2026 collect for c2: ValueError\n")
    result, _notes = merged(tmp_path / "all", tmp_path / "a", packed(tmp_path / "b", tmp_path / "b.tgz"))
    assert "ValueError" in result.read_text("errors.log")


def hostile(archive: Path, record: Path) -> Path:
    """An archive with a record in it, and all that should not be."""
    with tarfile.open(archive, "w") as tar:
        tar.add(record, "r")
        outside = ("../escaped", "/absolute", "r/../../hosts/c9/host.json", "r/hosts/../host.json")
        for name in (*outside, "r/hosts/C9/host.json", "r/plan/x.sh"):
            entry = tarfile.TarInfo(name)
            entry.size = 1
            tar.addfile(entry, io.BytesIO(b"{"))
        for number, kind in enumerate((tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE)):
            entry = tarfile.TarInfo(f"r/hosts/c{number + 5}/host.json")
            entry.type, entry.linkname = kind, "/etc/passwd"
            tar.addfile(entry)
    return archive


def test_nothing_leaves_the_record(tmp_path, monkeypatch) -> None:
    made(tmp_path / "a", {"c1": ("complete", "x")})
    room = tmp_path / "room"
    room.mkdir()
    monkeypatch.setenv("TMPDIR", str(room))
    monkeypatch.setattr("tempfile.tempdir", None)
    with opened([hostile(tmp_path / "x.tar", tmp_path / "a")]) as records:
        (record,) = records.values()
        files = sorted(str(path.relative_to(record.path)) for path in record.path.rglob("*") if not path.is_dir())
        assert files == ["hosts/c1/host.json", "hosts/c1/underlay.evidence", "manifest.json"]
        assert [path.name for path in room.iterdir()] == [record.path.name]
    assert not list(room.iterdir())


def test_what_is_no_record_is_refused_in_one_line(tmp_path) -> None:
    made(tmp_path / "a", {"c1": ("complete", "x" * 100_000)})
    whole = packed(tmp_path / "a", tmp_path / "a.tgz")
    (tmp_path / "cut.tgz").write_bytes(whole.read_bytes()[:-200])
    (tmp_path / "text").write_text("nonsense")
    (tmp_path / "empty").write_bytes(b"")
    packed(tmp_path / "text", tmp_path / "other.tgz")
    with tarfile.open(tmp_path / "two.tar", "w") as tar:
        tar.add(tmp_path / "a", "one")
        tar.add(tmp_path / "a", "two")
    for name, reason in (
        ("cut.tgz", "to its end"),
        ("text", "neither a directory nor an archive"),
        ("empty", "neither a directory nor an archive"),
        ("other.tgz", "holds no record"),
        ("two.tar", "more than one record"),
        ("nowhere", "does not exist"),
    ):
        with pytest.raises(RecordError, match=reason) as told, opened([tmp_path / name]):
            pass
        assert "\n" not in str(told.value)


def test_a_record_that_cannot_be_written_whole_is_not_left(tmp_path, monkeypatch) -> None:
    made(tmp_path / "a", {"c1": ("complete", "x"), "c2": ("complete", "x")})
    rename = os.rename

    def full(source, target, **more):
        if target == "underlay.evidence":
            raise OSError(28, "No space left on device")
        rename(source, target, **more)

    with opened([tmp_path / "a"]) as records:
        monkeypatch.setattr("os.rename", full)
        with pytest.raises(RecordError, match="No space left"):
            merge(records, tmp_path / "all")
    assert not (tmp_path / "all").exists()
