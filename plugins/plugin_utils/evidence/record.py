# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The record: one directory per run, with what the hosts answered and everything that was concluded from it.

    manifest.json                    what run this is: schemas/manifest.schema.json
    plan/                            the scripts that were run on the hosts
    hosts/<safe name>/host.json      how one host answered: schemas/host.schema.json
    hosts/<safe name>/<role>.evidence    what it said: see text.py
    hosts/<safe name>/facts.json     derived from the evidence; recomputed when that changes
    fleet.json hosts.json findings/ diagnosis.json report.html junit.xml screen.txt    derived

Reading is tolerant: a record may be cut off half-way, edited by hand, or made by somebody who means harm. What can be
read is read, `problems` tells the rest, and nothing outside the directory is touched (files.py). Directories get mode
0700 and files 0600: evidence says more about a cloud than its operator wants to share.
PRIVATE to the collection: may change without notice.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence import text
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.files import Directory
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.item import Output
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.names import is_safe, name_of, safe_name
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.schema import FileError

FORMAT = 1

# Above what an honest record holds, below what hurts: bytes read of one file.
EVIDENCE_CAP = 64 * 1024 * 1024
JSON_CAP = 512 * 1024 * 1024
MOST_PROBLEMS = 200

AnswerState = Literal["complete", "partial", "not_reached", "failed"]
ANSWER_STATES: tuple[AnswerState, ...] = ("complete", "partial", "not_reached", "failed")

_SUFFIX = ".evidence"


class RecordError(FileError):
    """Why a path cannot be used as a record, in one line."""


@dataclass(frozen=True)
class HostEntry:
    """How one host answered over all rounds of a run.

    state    complete: all rounds; partial: something is missing, see reason; not_reached, failed: it told us nothing
    rounds   the rounds in which it answered at least something
    clock    {"skew_s": host minus controller, "skew_error_s": how wrong that may be}, empty when not measured
    labels   what the inventory says about its place: rack, role, …
    generation  of MidoNet, "A" or "B", as the collector saw it on the host; None when it did not
    """

    name: str
    groups: tuple[str, ...]
    state: AnswerState
    reason: str = ""
    rounds: tuple[int, ...] = ()
    clock: Mapping[str, Any] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    address: str = ""
    directory: str = ""
    generation: str | None = None


class Record:
    """A record on disk. Use create, open or for_writing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.files = Directory(path)
        self._single = False
        self._manifest: dict[str, Any] | None = None
        self._directories: dict[str, str] | None = None
        self._problems: dict[str, None] = {}

    # ---- making one

    @classmethod
    def create(cls, path: str | Path, manifest: Mapping[str, Any]) -> Record:
        """Make the directory `path` a new record. It may exist only if it is empty.

        `manifest` follows manifest.schema.json; the format and the hosts' directories are filled in here.
        """
        path = Path(path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.mkdir(mode=0o700, exist_ok=True)
            if any(path.iterdir()):
                what = "already holds a record" if _looks_like_record(path) else "is not empty and not a record"
                raise RecordError(f"{path} {what}: name another directory for this run")
            path.chmod(0o700)
        except OSError as error:
            raise RecordError(f"{path} cannot become a record: {_why(error)}") from error
        record = cls(path)
        record._manifest = {}
        record.update_manifest(manifest)
        return record

    @classmethod
    def open(cls, path: str | Path) -> Record:
        """An existing record, whatever state it is in; RecordError when `path` is none at all or from a newer version."""
        path = Path(path)
        if not path.exists():
            raise RecordError(f"{path} does not exist")
        if not path.is_dir():
            raise RecordError(f"{path} is not a directory, so it is no record")
        if not _looks_like_record(path):
            raise RecordError(f"{path} is not a record: it has neither manifest.json nor hosts/")
        record = cls(path)
        version = record.manifest.get("format", FORMAT)
        if isinstance(version, int) and version > FORMAT:
            raise RecordError(f"{path} is a record of format {version}; this version reads up to {FORMAT}")
        return record

    @classmethod
    def for_writing(cls, path: str | Path) -> Record:
        """A record that is known to exist, for a worker that adds the answers of one host.

        It knows hosts by their directories alone and never reads the manifest, which is long for a large fleet. What
        it says of a host that has answered is the same, but for address and labels.
        """
        record = cls(Path(path))
        record._single = True
        return record

    # ---- the run

    @property
    def manifest(self) -> dict[str, Any]:
        """The manifest as far as it can be read; {} when it cannot."""
        if self._manifest is None:
            found = self.read_json("manifest.json")
            if not isinstance(found, dict):
                self._problem("manifest.json: cannot be read; the hosts are taken from hosts/")
                found = {}
            self._manifest = found
        return self._manifest

    def update_manifest(self, changes: Mapping[str, Any]) -> None:
        """Set top-level keys of the manifest, for instance "finished"."""
        manifest = {**self.manifest, **changes}
        manifest["format"] = FORMAT
        manifest["hosts"] = {name: {**entry, "directory": safe_name(name)} for name, entry in _dict_of_dicts(manifest.get("hosts")).items()}
        self.write_json("manifest.json", manifest)
        self._manifest, self._directories = manifest, None

    @property
    def problems(self) -> list[str]:
        """What could not be read so far, one line each."""
        return list(self._problems)

    # ---- hosts

    def hosts(self) -> list[str]:
        """The inventory names of all hosts of the run, those without an answer included, sorted."""
        return sorted(self._index())

    def host(self, name: str) -> HostEntry:
        """How `name` answered. KeyError for a name that is not in hosts()."""
        directory = self._directory(name)
        planned = {} if self._single else self._planned(name)
        here = self.files.names("hosts", directory)
        answer = self.read_json(f"hosts/{directory}/host.json") if "host.json" in here else None
        if isinstance(answer, dict):
            state, reason = _state(answer)
        elif any(file.endswith(_SUFFIX) for file in here):
            answer, state, reason = {}, "partial", "host.json is missing or cannot be read: how the host answered is not known"
        else:
            answer, state, reason = {}, "not_reached", "the run ended before this host answered"
        groups = answer.get("groups") or planned.get("groups") or _groups_from_files(here)
        labels = planned.get("labels")
        return HostEntry(
            name=name,
            groups=tuple(sorted(group for group in groups if isinstance(group, str))) if isinstance(groups, list) else (),
            state=state,
            reason=reason,
            rounds=tuple(one["round"] for one in _rounds(answer) if one["state"] in ("complete", "partial")),
            clock=_clock(answer.get("clock")),
            labels={key: str(value) for key, value in labels.items()} if isinstance(labels, dict) else {},
            address=str(planned.get("address") or ""),
            directory=directory,
            generation=seen if (seen := answer.get("generation")) in ("A", "B") else None,
        )

    def _planned(self, name: str) -> dict[str, Any]:
        """What the manifest says of a host; {} when it says nothing."""
        hosts = self.manifest.get("hosts")
        entry = hosts.get(name) if isinstance(hosts, dict) else None
        return entry if isinstance(entry, dict) else {}

    def outputs(self, name: str) -> dict[tuple[str, int], Output]:
        """What `name` said, by item and round; of several sections for the same, the last."""
        found: dict[tuple[str, int], Output] = {}
        directory = self._directory(name)
        for file in self._evidence_files(directory):
            path = f"hosts/{directory}/{file}"
            evidence = text.load(self.read_text(path))
            for problem in evidence.problems:
                self._problem(f"{path}: {problem}")
            found.update({(output.item, output.round): output for output in evidence.outputs})
        return found

    def write_answer(
        self,
        host: str,
        groups: Iterable[str],
        round: int,
        state: AnswerState,
        reason: str,
        outputs: Iterable[Output],
        clock: Mapping[str, Any] | None = None,
        generation: str | None = None,
    ) -> None:
        """Add what `host` answered in one round. Each host has one writer at a time; different hosts may have different ones."""
        directory = safe_name(host)
        by_role: dict[str, list[Output]] = {}
        for output in outputs:
            by_role.setdefault(output.item.partition(".")[0], []).append(output)
        here = self.files.names("hosts", directory)
        for role, said in sorted(by_role.items()):
            file = safe_name(role) + _SUFFIX
            existing = self.read_text(f"hosts/{directory}/{file}") if file in here else ""
            self._write(f"hosts/{directory}/{file}", text.append(existing, said, host))
        before = self.read_json(f"hosts/{directory}/host.json") if "host.json" in here else None
        before = before if isinstance(before, dict) else {}
        rounds = [one for one in _rounds(before) if one["round"] != round]
        rounds = sorted([*rounds, {"round": round, "state": state, "reason": reason}], key=lambda one: one["round"])
        overall, why = _overall(rounds)
        answer = {
            "format": FORMAT,
            "name": host,
            "groups": sorted(groups),
            "state": overall,
            "reason": why,
            "rounds": rounds,
            "clock": dict(clock) if clock else before.get("clock"),
            "generation": generation or before.get("generation"),
        }
        self.write_json(f"hosts/{directory}/host.json", answer)

    # ---- facts, which are only kept as long as the evidence is the same

    def digest(self, name: str) -> str:
        """A fingerprint of all that the facts of `name` are made of."""
        directory, entry = self._directory(name), self.host(name)
        known = (entry.name, entry.groups, entry.state, entry.reason, entry.rounds, sorted(entry.clock.items()), entry.generation)
        total = hashlib.sha256(repr(known).encode("utf-8", "surrogatepass"))
        for file in self._evidence_files(directory):
            try:
                content = hashlib.sha256(self._read(f"hosts/{directory}/{file}", EVIDENCE_CAP)).hexdigest()
            except OSError:  # a link, a directory: whoever reads it tells so
                content = "unread"
            total.update(f"\n{file} {content}".encode("utf-8", "surrogatepass"))
        return total.hexdigest()

    def stamp(self, name: str) -> str:
        """What digest() is made of, by size and time of the files: cheap, but it differs between copies of a record."""
        found = self.files.stamps("hosts", self._directory(name))
        return " ".join(f"{file}:{stamp}" for file, stamp in found.items() if file == "host.json" or file.endswith(_SUFFIX))

    def read_facts(self, name: str, version: str) -> dict[str, Any] | None:
        """The facts of `name` if they were made from the evidence as it is now by the code of `version`."""
        cached = self.read_json(f"hosts/{self._directory(name)}/facts.json", derived=True)
        if not isinstance(cached, dict) or cached.get("version") != version:
            return None
        if cached.get("stamp") != self.stamp(name) and cached.get("digest") != self.digest(name):
            return None
        facts, problems = cached.get("facts"), cached.get("problems")
        if not isinstance(facts, dict) or not isinstance(problems, list):
            return None
        for problem in problems:
            self._problem(str(problem))
        return facts

    def write_facts(self, name: str, version: str, facts: str) -> None:
        """Keep the facts of `name`, a JSON object, for the next time; a record that cannot be written is none the worse."""
        directory = self._directory(name)
        mine = [problem for problem in self._problems if problem.startswith(f"hosts/{directory}/")]
        kept = {"version": version, "stamp": self.stamp(name), "digest": self.digest(name), "problems": mine}
        with contextlib.suppress(RecordError):
            # Not read to be written again: that would cost as much as a tenth of making them.
            self._write(f"hosts/{directory}/facts.json", f'{{"facts": {facts}, {json.dumps(kept)[1:]}\n')

    # ---- files

    def read_json(self, name: str, derived: bool = False) -> Any:
        """The content of a JSON file, or None: with an entry in problems, unless it just is not there or is derived anyway."""
        try:
            return json.loads(self._read(name, JSON_CAP).decode("utf-8", "surrogateescape"), parse_constant=lambda _: None)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, RecursionError) as error:
            if not derived:
                self._problem(f"{name}: {_why(error)}")
            return None

    def write_json(self, name: str, data: Any, *, derived: bool = False) -> None:
        """Write a JSON file: sorted keys, trailing newline, in one step.

        derived: what only programs read again; on one line, which Python writes several times as fast.
        """
        self._write(name, json.dumps(data, sort_keys=True, indent=None if derived else 1, allow_nan=False) + "\n")

    def read_text(self, name: str) -> str:
        """The content of a text file; "" with an entry in problems when it cannot be read."""
        try:
            return self._read(name, EVIDENCE_CAP).decode("utf-8", "surrogateescape")
        except OSError as error:
            self._problem(f"{name}: {_why(error)}")
            return ""

    def write_text(self, name: str, content: str) -> None:
        """Write a text file in one step."""
        self._write(name, content)

    def write_stream(self, name: str, parts: Iterable[str]) -> None:
        """Write a text file in one step out of parts that come one after the other; nothing when their making breaks."""
        try:
            with self.files.writing(*name.split("/")) as stream:
                for part in parts:
                    stream.write(_bytes(part))
        except OSError as error:
            raise RecordError(f"{self.path / name} cannot be written: {_why(error)}") from error

    def _read(self, name: str, cap: int) -> bytes:
        data, more = self.files.read(*name.split("/"), cap=cap)
        if more:
            self._problem(f"{name}: larger than {cap} bytes, the rest is not read")
        return data

    def _write(self, name: str, content: str) -> None:
        try:
            self.files.write(*name.split("/"), data=_bytes(content))
        except OSError as error:
            raise RecordError(f"{self.path / name} cannot be written: {_why(error)}") from error

    # ---- which directory is which host

    def _directory(self, name: str) -> str:
        return safe_name(name) if self._single else self._index()[name]

    def _index(self) -> dict[str, str]:
        """Directory by host name: as the manifest says, then what else lies in hosts/."""
        if self._directories is None:
            planned = _dict_of_dicts(self.manifest.get("hosts"))
            found: dict[str, str] = {}
            for name, entry in planned.items():
                directory = entry.get("directory")
                found[name] = directory if isinstance(directory, str) and is_safe(directory) else safe_name(name)
            known = set(found.values())
            for directory in self.files.names("hosts"):
                if directory in known:
                    continue
                if not is_safe(directory):
                    self._problem(f"hosts/{directory[:80]!r}: not a name that this collection gives, left out")
                    continue
                name = self._name_in(directory)
                if name in found:
                    self._problem(f"hosts/{directory}: says that it is {name!r}, which hosts/{found[name]} is already")
                    name = name_of(directory)
                if name not in found:
                    found[name] = directory
            self._directories = found
        return self._directories

    def _name_in(self, directory: str) -> str:
        """The host name of a directory that the manifest does not mention."""
        here = self.files.names("hosts", directory)
        answer = self.read_json(f"hosts/{directory}/host.json") if "host.json" in here else None
        if isinstance(answer, dict) and isinstance(answer.get("name"), str) and answer["name"]:
            return cast(str, answer["name"])
        for file in here:
            if file.endswith(_SUFFIX):
                start, _whole = self.files.read("hosts", directory, file, cap=4096)
                named = text.load(start.decode("utf-8", "surrogateescape")).host
                if named:
                    return named
        return name_of(directory)

    def _evidence_files(self, directory: str) -> list[str]:
        return [file for file in self.files.names("hosts", directory) if file.endswith(_SUFFIX)]

    def _problem(self, problem: str) -> None:
        if len(self._problems) < MOST_PROBLEMS:
            self._problems[problem] = None
        else:
            self._problems["… and more that could not be read"] = None


def _looks_like_record(path: Path) -> bool:
    return (path / "manifest.json").is_file() or (path / "hosts").is_dir()


def _bytes(content: str) -> bytes:
    try:
        return content.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a surrogate that stands for no byte: cannot come from a host's output
        return content.encode("utf-8", "surrogatepass")


def _dict_of_dicts(value: Any) -> dict[str, dict[str, Any]]:
    return {key: inner for key, inner in value.items() if isinstance(inner, dict)} if isinstance(value, dict) else {}


def _rounds(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    rounds = answer.get("rounds")
    return [
        {"round": one["round"], "state": one["state"], "reason": str(one.get("reason") or "")}
        for one in (rounds if isinstance(rounds, list) else [])
        if isinstance(one, dict) and isinstance(one.get("round"), int) and one.get("state") in ANSWER_STATES
    ]


def _overall(rounds: list[dict[str, Any]]) -> tuple[AnswerState, str]:
    """One state for a host from those of its rounds."""
    told = [one for one in rounds if one["state"] in ("complete", "partial")]
    wanting = [one for one in rounds if one["state"] != "complete"]
    reason = "; ".join(
        dict.fromkeys(f"round {one['round']}: {one['reason'] or one['state']}" if told else one["reason"] for one in wanting)
    )
    if not told:
        return wanting[0]["state"] if wanting else "not_reached", reason
    return ("partial" if wanting else "complete"), reason


def _state(answer: Mapping[str, Any]) -> tuple[AnswerState, str]:
    state, reason = answer.get("state"), str(answer.get("reason") or "")
    if state in ANSWER_STATES:
        return cast(AnswerState, state), reason
    return "partial", reason or "host.json does not say how the host answered"


def _clock(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        return {}
    return {key: number for key, number in value.items() if isinstance(number, (int, float)) and not isinstance(number, bool)}


# The group that a role's evidence is only taken from; for a record that lost every file that tells the groups.
_GROUP_OF_ROLE = {"zookeeper": "zookeeper", "cassandra": "cassandra", "api": "api", "bgp": "gateway", "overlay": "compute"}


def _groups_from_files(here: Iterable[str]) -> list[str]:
    groups = {_GROUP_OF_ROLE[role] for role in (file.removesuffix(_SUFFIX) for file in here) if role in _GROUP_OF_ROLE}
    return sorted(groups - {"compute"} if "gateway" in groups else groups)


def _why(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return f"not understood ({str(error).splitlines()[0][:100] if str(error) else type(error).__name__})"
