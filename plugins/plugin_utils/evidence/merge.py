# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One record out of several: of the slices of a run that several controllers shared, or of hosts that were asked again.

Records come as directories or as tar archives of them, from whoever collected them: of an archive nothing is taken but what a
record is made of, and nothing of it is written elsewhere. PRIVATE to the collection: may change without notice.
"""

from __future__ import annotations

import shutil
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.files import Directory
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.names import is_safe, safe_name
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.record import (
    ANSWER_STATES,
    EVIDENCE_CAP,
    JSON_CAP,
    HostEntry,
    Record,
    RecordError,
)

# Above what the files of an honest archive hold: bytes in all.
_ARCHIVE_CAP = 64 * 1024 * 1024 * 1024
# Where our own code's failures are kept; see controller/guard.py.
_ERRORS = "errors.log"
# What has to be the same for the hosts of all slices to be judged by one measure.
_RULES = ("kind", "limits", "waivers", "checks", "roles", "threshold")


@contextmanager
def opened(paths: Sequence[str | Path]) -> Iterator[dict[str, Record]]:
    """The records at these paths, directories or tar archives, by the path. RecordError for one that is neither."""
    with ExitStack() as stack:
        records: dict[str, Record] = {}
        for path in map(Path, paths):
            if path.is_file():
                directory = Path(stack.enter_context(TemporaryDirectory(prefix="midonet-record-")))
                _unpack(path, directory)
                record = Record.open(directory)
            else:
                record = Record.open(path)
            records[str(path)] = record
        yield records


def _unpack(archive: Path, directory: Path) -> None:
    """Write the files of the one record in an archive, which may lie below other directories in it."""
    files = Directory(directory)
    room = _ARCHIVE_CAP
    tops: set[tuple[str, ...]] = set()
    try:
        with tarfile.open(archive, "r|*") as stream:
            for member in stream:
                top, inside = _place(member.name)
                if not inside or not member.isreg():
                    continue
                tops.add(top)
                if len(tops) > 1:
                    raise RecordError(f"{archive} holds more than one record: unpack it, and name each of them")
                cap = EVIDENCE_CAP if inside[-1].endswith(".evidence") else JSON_CAP
                content = stream.extractfile(member)
                data = content.read(cap) if content else b""
                room -= len(data)
                if room < 0:
                    raise RecordError(f"{archive} unpacks to more than {_ARCHIVE_CAP} bytes")
                files.write(*inside, data=data)
    except (tarfile.TarError, EOFError, OSError, ValueError, OverflowError) as error:
        if isinstance(error, RecordError):
            raise
        raise RecordError(f"{archive} is neither a directory nor an archive that can be read to its end: {error}") from error
    if not tops:
        raise RecordError(f"{archive} holds no record: it has neither manifest.json nor hosts/")


def _place(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Where in an archive the record lies that a file belongs to, and where the file lies in it; nothing for any other file."""
    parts = tuple(part for part in PurePosixPath(name).parts if part not in ("/", "."))
    if ".." in parts or not parts:
        return (), ()
    if parts[-1] in ("manifest.json", _ERRORS):
        return parts[:-1], parts[-1:]
    if len(parts) >= 3 and parts[-3] == "hosts" and is_safe(parts[-2]):
        role, dot, suffix = parts[-1].rpartition(".")
        if parts[-1] == "host.json" or (dot and suffix == "evidence" and is_safe(role)):
            return parts[:-3], parts[-3:]
    return (), ()


def merge(named: Mapping[str, Record], target: Path) -> tuple[Record, list[str]]:
    """Make a new record at `target` out of all hosts of the others, which have the names that the user knows; tell what was not clear.

    Of a host that is in several, the best answer counts, of equally good ones the latest. The rules of judging are those of the first
    record. RecordError when the new one cannot be made.
    """
    records = list(named.values())
    notes = _differences(named)
    chosen: dict[str, tuple[Record, HostEntry]] = {}
    for record in sorted(records, key=lambda one: str(one.manifest.get("started") or "")):
        for name in record.hosts():
            entry = record.host(name)
            if name in chosen:
                notes.append(f"{name} is in more than one record: its best answer counts, the latest of those that are as good")
            if name not in chosen or _rank(entry) <= _rank(chosen[name][1]):
                chosen[name] = (record, entry)
    merged = Record.create(target, _manifest(records, chosen))
    try:
        for name, (record, entry) in sorted(chosen.items()):
            _copy(record, entry, merged, name)
        errors = "".join(record.read_text(_ERRORS) for record in records if _ERRORS in record.files.names())
        if errors:
            merged.write_text(_ERRORS, errors)
    except BaseException:
        # Half a record would look like one of which hosts did not answer.
        shutil.rmtree(target, ignore_errors=True)
        raise
    notes += [f"{name}: {problem}" for name, record in named.items() for problem in record.problems]
    return merged, list(dict.fromkeys(notes))


def _rank(entry: HostEntry) -> int:
    return ANSWER_STATES.index(entry.state)


def _manifest(records: Sequence[Record], chosen: Mapping[str, tuple[Record, HostEntry]]) -> dict[str, Any]:
    first = records[0].manifest
    started = [str(one) for one in (record.manifest.get("started") for record in records) if one]
    finished = [record.manifest.get("finished") for record in records]
    hosts = {
        name: {"groups": list(entry.groups), "address": entry.address or None, "labels": dict(entry.labels)}
        for name, (_record, entry) in chosen.items()
    }
    return {
        **{name: first[name] for name in ("tool", "options", *_RULES) if name in first},
        "started": min(started) if started else None,
        # A slice that was broken off makes the whole one that was.
        "finished": max(map(str, finished)) if all(finished) else None,
        "hosts": hosts,
    }


def _differences(named: Mapping[str, Record]) -> list[str]:
    (first, its), *others = named.items()
    return [
        f"{name} was collected with other {rule} than {first}, whose count"
        for name, record in others
        for rule in _RULES
        if record.manifest.get(rule) != its.manifest.get(rule)
    ]


def _copy(record: Record, entry: HostEntry, merged: Record, name: str) -> None:
    """The files of one host, as they are."""
    for file in record.files.names("hosts", entry.directory):
        if file == "host.json" or file.endswith(".evidence"):
            cap = JSON_CAP if file == "host.json" else EVIDENCE_CAP
            try:
                data, _more = record.files.read("hosts", entry.directory, file, cap=cap)
            except OSError:
                continue  # a link, a directory: the record's own reader has told it, or tells it now
            try:
                merged.files.write("hosts", safe_name(name), file, data=data)
            except OSError as error:
                raise RecordError(f"{merged.path} cannot be written: {error.strerror or error}") from error
