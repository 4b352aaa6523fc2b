# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ask one host for one round of evidence. Body of the action `collect`. PRIVATE: may change without notice.

Whatever happens to the host becomes a state in the record, never a failure of the task: a host in trouble is what the run
is there for. The answer goes to the record, and only a verdict of a few words back into Ansible. What it means is
worked out later, by whoever reads the record: what is imported here is paid for by every run, what is done here by every host.
"""

from __future__ import annotations

import contextlib
import gc
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller import options as public
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller import shared, vocabulary
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller.face import Face
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller.guard import Refused, one_line
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller.transport import HostSlow, NotReached, Transport
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence import script
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.item import Item, ItemError, Output, select
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.names import safe_name
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.record import AnswerState, Record
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.scrub import Pseudonymiser

# Made in the parent process, so that all workers of a run give the same secret the same pseudonym.
_RUN_KEY = secrets.token_bytes(32)

# Read in the parent process too; what is wrong with a file is told by the action that opens the record.
with contextlib.suppress(ItemError):
    shared.items()
script.sections()

# Workers are forked from here: what is frozen, the garbage collector of a worker does not walk through, and no page of it is copied.
gc.freeze()

_OPTIONS = (
    "midonet_host_deadline",
    "midonet_replay",
    "midonet_pseudonym_key",
    *public.OF_LOGS,
    *(f"midonet_{group}_group" for group in vocabulary.GROUPS),
)


@dataclass(frozen=True)
class Told:
    """What one host told in one round, wherever it came from."""

    state: AnswerState
    reason: str = ""
    outputs: tuple[Output, ...] = ()
    clock: Mapping[str, Any] | None = None
    generation: str | None = None  # as the collector saw it; "A" or "B"


def run(face: Face, arguments: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
    """Collect and write; see the module `collect` for arguments and result."""
    if arguments.get("problem"):
        raise Refused(str(arguments["problem"]))
    path, number = str(arguments.get("record") or ""), int(arguments.get("round") or 1)
    if not path:
        raise Refused("collect: record is empty: open one with midonet.diagnostics.record first")
    options = public.read(task_vars, face.template, _OPTIONS)
    host = str(task_vars["inventory_hostname"])
    groups = shared.groups_of(task_vars.get("group_names", ()), shared.group_names(options)) or shared.groups_without_inventory(arguments)
    record = Record.for_writing(path)
    if number > 1 and not (before := record.host(host)).rounds:
        # It would cost its deadline once more.
        return {"state": before.state, "reason": before.reason, "asked": 0, "answered": 0}
    params = record.read_json(f"plan/params/{safe_name(host)}.json") if number > 1 else None
    wanted = select(shared.items(), groups, number, params=params or {})
    pseudonymiser = Pseudonymiser(key_of(options["pseudonym_key"]))
    told = ask(face, task_vars, host, wanted, number, params or {}, options) if wanted else Told("complete")
    reason = pseudonymiser.scrub_text(told.reason)
    if wanted:
        clean = [pseudonymiser.scrub(output) for output in told.outputs]
        record.write_answer(host, groups, number, told.state, reason, clean, told.clock, told.generation)
    return {
        "state": told.state,
        "reason": reason,
        "asked": len(wanted),
        "answered": sum(output.state in ("ok", "failed") for output in told.outputs),
    }


def key_of(given: str) -> bytes:
    """The key of the pseudonyms: as given, else the run's own."""
    return given.encode() if given else _RUN_KEY


def ask(
    face: Face,
    task_vars: Mapping[str, Any],
    host: str,
    wanted: list[Item],
    number: int,
    params: Mapping[str, Any],
    options: Mapping[str, Any],
) -> Told:
    """The host's answer, over its connection or from the record that midonet_replay names."""
    if options["replay"]:
        return replay(options["replay"], host, wanted, number)
    params = {**params, **{name: options[name] for name in script.OPTIONAL if options[name] is not None}}
    try:
        token_key = Pseudonymiser(key_of(options["pseudonym_key"])).host_key
        answer = Transport(face, task_vars).run(wanted, params, options["host_deadline"], number, token_key)
    except NotReached as error:
        return Told("not_reached", one_line(error))
    except HostSlow as error:
        return Told("failed", one_line(error))
    reason = one_line(answer.reason) if not answer.complete else unanswered(answer.outputs)
    return Told("partial" if reason or not answer.complete else "complete", reason, tuple(answer.outputs), answer.clock, answer.generation)


def unanswered(outputs: Iterable[Output]) -> str:
    """Which commands did not come to their end, in one line; empty when all did. A host where they hang has not answered completely."""
    outputs = list(outputs)
    wanting = sorted((output.state == "not_run", output.item) for output in outputs if output.state not in ("ok", "failed"))
    if not wanting:
        return ""
    names = [item for _never_run, item in wanting]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{len(names)} of {len(outputs)} commands did not end in time or were not run: {', '.join(names[:3])}{more}"


def replay(source: str, host: str, wanted: Iterable[Item], number: int) -> Told:
    """The same from a record that was made before: states, reasons and clock as they were then."""
    record = shared.open_record(source)
    if host not in record.hosts():
        return Told("not_reached", f"{source} has no host of this name")
    entry = record.host(host)
    recorded = record.outputs(host)
    outputs = tuple(recorded[item.id, number] for item in wanted if (item.id, number) in recorded)
    state: AnswerState = entry.state
    if state == "partial" and number in entry.rounds and outputs:
        state = "complete" if not entry.reason else "partial"
    return Told(state, entry.reason, outputs, dict(entry.clock) or None, entry.generation)
