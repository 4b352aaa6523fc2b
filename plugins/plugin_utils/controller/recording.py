# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Open, merge, plan and close the record of a run. Body of the action `record`. PRIVATE: may change without notice.

Opening is where everything that the user may have got wrong is looked at, before any host is touched.
"""

from __future__ import annotations

import contextlib
import secrets
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml
from ansible.utils.vars import load_extra_vars
from ansible_collections.midonet.diagnostics.plugins.plugin_utils import analysis
from ansible_collections.midonet.diagnostics.plugins.plugin_utils import fleet as fleet_facts
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.checks import Check, load_checks, load_limits, load_waivers, with_given
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.checks.errors import CheckError
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller import options as public
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller import shared, vocabulary
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller.face import Face
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller.guard import NAME, Refused, one_line
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence import merge
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.item import select
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.names import safe_name
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.record import Record
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.script import compile_script
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.stream import NOT_RUN, decode

# In the parent process, so that no worker has to do it again; what is wrong with a check is told below.
with contextlib.suppress(CheckError):
    analysis.collection_checks()


def run(face: Face, arguments: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
    """One of the states; see the module `record` for arguments and results."""
    state = arguments.get("state", "open")
    states = {"open": opened, "reopen": reopened, "merge": merged, "plan": planned, "close": closed}
    if state not in states:
        raise Refused(f"record: state={state} is not one of {', '.join(states)}{public.did_you_mean(str(state), states)}")
    return states[state](face, arguments, task_vars)


def opened(face: Face, arguments: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
    """Look at options, inventory, items and checks; make the record."""
    settings = Settings(face, task_vars)
    options = settings.options
    hosts = hosts_of_run(task_vars, options, settings.extra_vars, arguments)
    shared.refusing(shared.items)
    roles = list(arguments.get("roles") or layers_of_run(task_vars, options))
    if arguments.get("kind") == "role":
        public.look_at_fail_on(task_vars, face.template, roles)
    now = datetime.now(timezone.utc)
    record = make(
        public.record_dir(options["record_dir"]),
        now,
        {
            "tool": {"name": NAME, "version": version()},
            "kind": str(arguments.get("kind", "troubleshoot")),
            "started": now.strftime("%Y-%m-%dT%H:%M:%S+00:00"),
            "finished": None,
            "options": {"layers": options["layers"], "host_deadline": options["host_deadline"]},
            "limits": settings.limits(),
            "waivers": settings.waivers(),
            "checks": settings.checks(),
            "roles": roles,
            "threshold": options["fail_on"],
            "hosts": hosts,
        },
    )
    shared.refusing(lambda: write_scripts(record, hosts.values(), options["host_deadline"]))
    return _result(record.path, len(hosts), facts=arguments.get("kind") != "role")


def reopened(face: Face, arguments: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
    """Take an existing record to judge it again, with the thresholds, waivers and checks of then unless others are given now."""
    settings = Settings(face, task_vars)
    record = shared.open_record(settings.options["record"])
    old = record.manifest
    changes: dict[str, Any] = {}
    given = settings.given_limits()
    if given:
        defaults = settings.default_limits()
        then = old.get("limits") if isinstance(old.get("limits"), dict) else {}
        changes["limits"] = shared.refusing(lambda: with_given(defaults, {**then, **given}))
    if settings.options["waivers"]:
        changes["waivers"] = settings.waivers()
    if settings.options["check_paths"]:
        changes["checks"] = settings.checks()
    else:
        settings.load_own_checks()
    if "midonet_fail_on" in task_vars:
        changes["threshold"] = settings.options["fail_on"]
    tagged = layers_of_run(task_vars, settings.options)
    if settings.options["layers"] or tagged != list(vocabulary.ROLES):
        changes["roles"] = tagged
    if changes:
        record.update_manifest(changes)
    return _result(record.path, len(record.hosts()))


def merged(face: Face, arguments: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
    """Make one record out of several, each a directory or a tar archive."""
    settings = Settings(face, task_vars)
    paths = list(arguments.get("records") or settings.options["records"])
    if not paths:
        raise Refused("no records are given: name them with -e midonet_records=PATH,PATH,…")
    for path in paths:
        if paths.count(path) > 1:
            raise Refused(f"midonet_records: {path} is named twice")
    directory = public.record_dir(settings.options["record_dir"])

    def work() -> tuple[Record, list[str]]:
        with merge.opened(paths) as records:
            return merge.merge(records, free_path(directory, datetime.now(timezone.utc)))

    record, notes = shared.refusing(work)
    for note in notes[:_NOTES]:
        face.say(f"note    {one_line(note)}")
    if len(notes) > _NOTES:
        face.say(f"note    … and {len(notes) - _NOTES} more")
    face.say(f"record  {shown(record.path)}")
    return _result(record.path, len(record.hosts()))


def planned(face: Face, arguments: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
    """After round 1: write for each host what the commands of round 2 need to know from other hosts' answers."""
    record = shared.open_record(arguments.get("record"))
    explain_silence(record, task_vars)
    fleet = analysis.fleet_of(record)
    count = 0
    for host in record.hosts():
        params = {name: value for name, value in fleet_facts.round_two(fleet, host).items() if value not in ("", [], (), None)}
        record.write_json(f"plan/params/{safe_name(host)}.json", params)
        count += bool(params)
    return {"record": str(record.path), "hosts": count}


def closed(face: Face, arguments: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
    """Say in the manifest that the run came to its end."""
    record = shared.open_record(arguments.get("record"))
    explain_silence(record, task_vars)
    doubt_ourselves(record)
    record.update_manifest({"finished": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S+00:00")})
    if arguments.get("tell"):
        face.say(f"record  {shown(record.path)}")
    return {"record": str(record.path)}


def explain_silence(record: Record, task_vars: Mapping[str, Any]) -> None:
    """Write the reason for hosts that Ansible gave up before they could be asked: it is in what the task registered.

    Refused when that befell all of them: then it is no matter of hosts, but of an option, the inventory or Ansible itself.
    """
    hosts = record.manifest.get("hosts", {})
    reasons: dict[str, str] = {}
    for host in hosts:
        if "host.json" in record.files.names("hosts", record.host(host).directory):
            continue
        said: Any = None
        with contextlib.suppress(Exception):  # the variables of this host are what is wrong
            said = task_vars["hostvars"].raw_get(host).get("midonet_collected")
        if isinstance(said, dict) and (said.get("failed") or said.get("unreachable")):
            reasons[host] = one_line(said.get("msg") or "Ansible does not say why")
    if reasons and len(reasons) == len(hosts):
        raise Refused(f"Ansible could not ask any host: {next(iter(reasons.values()))}")
    for host, reason in reasons.items():
        record.write_answer(host, hosts[host].get("groups", ()), 1, "not_reached", f"Ansible could not ask it: {reason}", ())


def doubt_ourselves(record: Record) -> None:
    """RuntimeError when no shell of any host ran the collector and that of this machine does not run it either."""
    answers = [record.host(host) for host in record.hosts()]
    if not answers or not all(one.state == "failed" and one.reason.startswith(NOT_RUN) for one in answers):
        return
    said = try_collector()
    if said:
        raise RuntimeError(f"the collector does not run on the controller either: {said}")


def try_collector() -> str:
    """Run the collector here without any question to it; what went wrong in one line, or nothing."""
    nonce = secrets.token_hex(16)
    script = compile_script((), nonce, 5.0, {})
    try:
        done = subprocess.run(
            ["/bin/sh", "-s"], input=script.encode("utf-8", "surrogateescape"), capture_output=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return one_line(error)
    if decode(done.stdout, nonce, ()).complete:
        return ""
    return one_line(done.stderr.decode("utf-8", "replace")) or f"exit code {done.returncode} and no word"


class Settings:
    """The options of a run with the files that they name."""

    def __init__(self, face: Face, task_vars: Mapping[str, Any]) -> None:
        self._face = face
        self._vars = task_vars
        self.extra_vars: dict[str, Any] = load_extra_vars(face.loader)
        public.refuse_unknown(self.extra_vars, self.default_limits())
        self.options = public.read(task_vars, face.template)

    def default_limits(self) -> dict[str, Any]:
        """The thresholds that the roles come with."""
        return shared.refusing(lambda: load_limits(vocabulary.role_files("defaults", "main.yml")))

    def given_limits(self) -> dict[str, Any]:
        """The thresholds that a variable sets."""
        return public.given(self._vars, self._face.template, self.default_limits())

    def limits(self) -> dict[str, Any]:
        """All thresholds as this run uses them."""
        return shared.refusing(lambda: with_given(self.default_limits(), self.given_limits()))

    def waivers(self) -> list[dict[str, Any]]:
        """The waivers as they were written; looked at here, so that a mistake is told before the run."""
        if not self.options["waivers"]:
            return []
        path = shared.file_option(self._face.loader, "midonet_waivers", self.options["waivers"])
        known = [check.id for check in self.load_own_checks(self._own_check_files())]
        for number, rule in enumerate(shared.refusing(lambda: load_waivers(path)), 1):
            if not any(fnmatchcase(check, rule.check) for check in known):
                near = public.did_you_mean(rule.check, known)
                raise Refused(f"{path}: waiver {number}: there is no check {rule.check}{near}")
        data = yaml.safe_load(path.read_text("utf-8"))
        raw = data.get("waivers") if isinstance(data, dict) else data
        return [{key: value if isinstance(value, str) else str(value) for key, value in entry.items()} for entry in raw]

    def checks(self) -> list[dict[str, Any]]:
        """The operator's own checks as they were written; all checks are loaded, so that a mistake is told before the run."""
        files = self._own_check_files()
        self.load_own_checks(files)
        found: list[dict[str, Any]] = []
        for file in files:
            data = yaml.safe_load(file.read_text("utf-8"))
            found.append({"file": file.name, **data} if isinstance(data, dict) else {"file": file.name, "checks": data})
        return found

    def _own_check_files(self) -> list[Path]:
        files: list[Path] = []
        for name in self.options["check_paths"]:
            path = shared.file_option(self._face.loader, "midonet_check_paths", name)
            files += sorted([*path.glob("*.yml"), *path.glob("*.yaml")]) if path.is_dir() else [path]
        return files

    def load_own_checks(self, more: Iterable[Path] = ()) -> Sequence[Check]:
        """The checks of the roles and of more files; Refused for the first mistake."""
        files = list(more)
        own = vocabulary.role_files("checks.yml")
        return shared.refusing(lambda: load_checks([*own, *files]) if files else analysis.collection_checks())


def hosts_of_run(
    task_vars: Mapping[str, Any], options: Mapping[str, Any], extra_vars: Mapping[str, Any], arguments: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """The hosts that will be asked, with their groups, as the manifest keeps them. Refused when there are none."""
    inventory: Mapping[str, list[str]] = task_vars.get("groups", {})
    names = shared.group_names(options)
    for group, name in names.items():
        option = f"midonet_{group}_group"
        if option in extra_vars and not inventory.get(name):
            state = "is empty" if name in inventory else f"is not in the inventory{public.did_you_mean(name, inventory)}"
            raise Refused(f"{option}={name}: the group {name} {state}")
        if name != group and option not in extra_vars:
            raise Refused(
                f"{option}={name} must be given with -e: Ansible chooses the hosts of a play before it reads an inventory's variables"
            )
    of_play = list(task_vars.get("ansible_play_hosts_all") or ())
    members = {group: set(inventory.get(name) or ()) for group, name in names.items()}
    hosts = {host: [group for group in names if host in members[group]] for host in of_play}
    fallback = shared.groups_without_inventory(arguments)
    chosen = {host: groups or fallback for host, groups in hosts.items() if groups or fallback}
    if not chosen:
        limit = task_vars.get("ansible_limit")
        if limit and any(members.values()):
            raise Refused(f"--limit {limit} leaves no host of the groups {', '.join(names.values())}")
        raise Refused(
            f"the inventory has no host in any of the groups {', '.join(names.values())}: put your hosts into groups of these names, "
            "or name yours with -e midonet_compute_group=… (see inventories/example)"
        )
    return {host: {"groups": groups, **place_of(task_vars, host)} for host, groups in sorted(chosen.items())}


def place_of(task_vars: Mapping[str, Any], host: str) -> dict[str, Any]:
    """Where the inventory says that a host is: its address, and labels such as its rack."""
    variables: Mapping[str, Any] = {}
    with contextlib.suppress(Exception):  # an inventory may hold variables that cannot be worked out; they matter to Ansible, not here
        variables = task_vars["hostvars"].raw_get(host)
    address = variables.get("ansible_host")
    labels = variables.get("midonet_labels")
    return {
        "address": str(address) if isinstance(address, str) and "{{" not in address else None,
        "labels": {str(key): str(value) for key, value in labels.items()} if isinstance(labels, dict) else {},
    }


_NOTES = 5  # printed of what was not clear about records that were merged
_TAGS_OF_ANSIBLE = {"all", "always", "never", "tagged", "untagged"}


def layers_of_run(task_vars: Mapping[str, Any], options: Mapping[str, Any]) -> list[str]:
    """The roles that judge: all, those of midonet_layers, or those that --tags and --skip-tags leave. The report always does."""
    chosen = set(options["layers"] or vocabulary.LAYERS)
    given = set(task_vars.get("ansible_run_tags") or ())
    for tag in sorted(given - set(vocabulary.LAYERS) - _TAGS_OF_ANSIBLE):
        # Other tags may belong to a playbook that imports ours; one that is nearly a layer is a slip of the pen.
        if near := public.did_you_mean(tag, vocabulary.LAYERS):
            raise Refused(f"--tags {tag}: there is no such layer{near}")
    tags = given & set(vocabulary.LAYERS)
    if tags:
        chosen &= tags
    chosen -= set(task_vars.get("ansible_skip_tags") or ())
    return [role for role in vocabulary.ROLES if role in chosen or role == "report"]


def make(directory: Path, now: datetime, manifest: Mapping[str, Any]) -> Record:
    """A new record below `directory`, named after the time; a number is added when two runs begin within a second."""
    path = free_path(directory, now)
    return shared.refusing(lambda: Record.create(path, manifest))


def free_path(directory: Path, now: datetime) -> Path:
    """Where a record of this time can be made."""
    name = now.astimezone().strftime("%Y-%m-%dT%H-%M-%S")
    for number in range(1, 100):
        path = directory / (name if number == 1 else f"{name}-{number}")
        if not path.exists():
            return path
    raise Refused(f"{directory} already has 99 records of this second")


def write_scripts(record: Record, hosts: Iterable[Mapping[str, Any]], deadline_s: float) -> None:
    """Keep what will be run on hosts in round 1, one script for each combination of groups: an audit needs no reading of code."""
    for groups in sorted({tuple(sorted(host["groups"])) for host in hosts}):
        script = compile_script(select(shared.items(), groups), "0" * 32, deadline_s, {})
        record.write_text(f"plan/round-1-{'-'.join(groups)}.sh", script)


def version() -> str:
    """The version of the collection as installed, empty when it cannot be told (a working tree)."""
    for name in ("MANIFEST.json", "galaxy.yml"):
        file = vocabulary.COLLECTION / name
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError, yaml.YAMLError):
            data = yaml.safe_load(file.read_text("utf-8"))
            return str((data["collection_info"] if name == "MANIFEST.json" else data)["version"])
    return ""


def shown(path: Path) -> str:
    """A path as short as it can be typed."""
    with contextlib.suppress(ValueError):
        return str(path.relative_to(Path.cwd()))
    return str(path)


def _result(path: Path, hosts: int, facts: bool = True) -> dict[str, Any]:
    result: dict[str, Any] = {"record": str(path), "hosts": hosts}
    if facts:
        result["ansible_facts"] = {"midonet_run": {"record": str(path)}}
    return result
