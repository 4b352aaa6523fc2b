# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The public options of a run: the variables midonet_*, what they may hold, and what is said when they hold something else.

One table; reading it is the same for every action, so that an option means the same everywhere. A name that nobody knows
is an error when it was given for this run (-e), because a misspelt option that is ignored is a wrong answer; names found
in an inventory are left alone, for they may belong to whoever deploys MidoNet.
PRIVATE to the collection: may change without notice.
"""

from __future__ import annotations

import difflib
import math
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller.guard import Refused
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller.vocabulary import GROUPS, LAYERS, ROLES

PREFIX = "midonet_"


class _Wrong(ValueError):
    """What a value should have been, as the end of the sentence "… is not …"."""


@dataclass(frozen=True)
class Option:
    """One public variable. `read` turns a value from anywhere (YAML, -e key=value) into its type or raises _Wrong."""

    name: str
    read: Callable[[Any], Any]
    default: Any
    describes: str


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise _Wrong("a text")
    return str(value)


def _name(value: Any) -> str:
    text = _text(value).strip()
    if not text or any(sign in text for sign in ":,&!*[]~ "):
        raise _Wrong("the name of one inventory group")
    return text


def _path(value: Any) -> str:
    text = _text(value).strip()
    if "\0" in text or "\n" in text:
        raise _Wrong("a path")
    return str(Path(text).expanduser()) if text else ""


def _list(value: Any) -> list[str]:
    if value is None or value == "":
        return []
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",")]
    if not isinstance(value, list | tuple):
        raise _Wrong("a list, or names separated by commas")
    return [_text(one) for one in value if one != ""]


def _paths(value: Any) -> list[str]:
    return [_path(one) for one in _list(value)]


def _layers(value: Any) -> list[str]:
    names = _list(value)
    for name in names:
        if name not in LAYERS:
            raise _Wrong(f"a list of layers: {name!r} is none of {', '.join(LAYERS)}{did_you_mean(name, LAYERS)}")
    return names


def _seconds(value: Any) -> float:
    try:
        number = float(_text(value))
    except ValueError:
        number = math.nan
    if not 1 <= number <= 3600:
        raise _Wrong("a number of seconds from 1 to 3600")
    return number


def _maybe_whole(low: int, high: int, what: str) -> Callable[[Any], int | None]:
    def read(value: Any) -> int | None:
        text = _text(value).strip() if value is not None else ""
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
            raise _Wrong(f"{what} from {low} to {high}")
        return int(text)

    return read


def _one_of(*words: str, **aliases: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        # YAML reads the bare words on/off/yes/no as booleans.
        text = {True: "always", False: "never"}.get(value, "") if isinstance(value, bool) else _text(value).strip().lower()
        text = aliases.get(text, text)
        if text not in words:
            raise _Wrong(f"one of {', '.join(words)}{did_you_mean(text, words)}")
        return text

    return read


# Whose value is never shown.
SECRET = "midonet_pseudonym_key"

# What an item can do more with when it is given: parameters by the names of their options.
OF_LOGS = ("midonet_log_bytes", "midonet_log_age_s")

# Of a host and not of the run.
OF_HOST = "midonet_replay"

OPTIONS: dict[str, Option] = {
    option.name: option
    for option in (
        *(
            Option(f"midonet_{group}_group", _name, group, f"The inventory group that holds the {group} hosts. Give it with -e.")
            for group in GROUPS
        ),
        Option("midonet_record_dir", _path, "", "Where records go; each run makes a directory in it."),
        Option("midonet_record", _path, "", "The record that the playbook analyse judges."),
        Option("midonet_records", _paths, [], "The records, directories or tar archives, that the playbook merge makes one of."),
        Option("midonet_before", _path, "", "The earlier record that the playbook compare looks at."),
        Option("midonet_after", _path, "", "The later record that the playbook compare looks at."),
        Option(OF_HOST, _path, "", "Of a host: a record from which its evidence is read instead of asking it."),
        Option(
            "midonet_fail_on",
            _one_of("fail", "warn", "never", none="never"),
            "fail",
            "From which findings on the run ends with exit code 2.",
        ),
        Option("midonet_layers", _layers, [], "Judge these layers only; all when empty."),
        Option("midonet_waivers", _path, "", "A file of findings that are not acted upon, each with a reason and a last day."),
        Option("midonet_check_paths", _paths, [], "Files or directories with checks of your own."),
        Option("midonet_host_deadline", _seconds, 30.0, "Seconds after which a host is given up, per round."),
        Option("midonet_log_bytes", _maybe_whole(1000, 100_000_000, "a number of bytes"), None, "How much of the end of each log is read."),
        Option("midonet_log_age_s", _maybe_whole(1, 31_536_000, "a number of seconds"), None, "How old records of logs may be."),
        Option("midonet_color", _one_of("auto", "always", "never"), "auto", "Whether the screen is coloured."),
        Option(SECRET, _text, "", "Keeps pseudonyms of secrets equal between runs; at random for each run when empty."),
    )
}


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """ "; did you mean …?" when something known is close to `name`, else the empty string."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else ""


def read(task_vars: Mapping[str, Any], template: Callable[[Any], Any], names: Iterable[str] = ()) -> dict[str, Any]:
    """The options by name without their prefix, each of its type; all those of the run when no names are given.

    Refused when one has a wrong value.
    """
    wanted = list(names) or [name for name in OPTIONS if name != OF_HOST]
    return {name[len(PREFIX) :]: _value(OPTIONS[name], task_vars, template) for name in wanted}


def _value(option: Option, task_vars: Mapping[str, Any], template: Callable[[Any], Any]) -> Any:
    if option.name not in task_vars:
        return option.default
    value = _worked_out(option.name, task_vars, template)
    if value is None:
        return option.default
    try:
        return option.read(value)
    except _Wrong as error:
        shown = "…" if option.name == SECRET else value
        raise Refused(f"{option.name}={shown} is not {error}") from None


def _worked_out(name: str, task_vars: Mapping[str, Any], template: Callable[[Any], Any]) -> Any:
    try:
        return template(task_vars[name])
    except Exception as error:  # whatever Ansible raises for a variable that names another one that is not there
        raise Refused(f"{name} cannot be worked out: {error}") from error


def refuse_unknown(extra_vars: Iterable[str], limits: Iterable[str]) -> None:
    """Raise Refused for a name given with -e that looks like ours and is not."""
    known_limits = set(limits)
    for name in sorted(extra_vars):
        if name.startswith(PREFIX) and name not in OPTIONS:
            raise Refused(f"{name} is no option of this collection{did_you_mean(name, OPTIONS)}")
        role = name.partition("_")[0]
        if role in ROLES and name not in known_limits and name != fail_on_of(role):
            near = difflib.get_close_matches(name, sorted({*known_limits, fail_on_of(role)}), n=1, cutoff=0.85)
            if near:
                raise Refused(f"{name} is no threshold of the role {role}; did you mean {near[0]}?")


def given(task_vars: Mapping[str, Any], template: Callable[[Any], Any], names: Iterable[str]) -> dict[str, Any]:
    """Those of the names that are variables here, with their values worked out. Refused when one cannot be."""
    return {name: _worked_out(name, task_vars, template) for name in names if name in task_vars}


def fail_on_of(role: str) -> str:
    """The variable by which a role that works alone fails for a host."""
    return f"{role}_fail_on"


def look_at_fail_on(task_vars: Mapping[str, Any], template: Callable[[Any], Any], roles: Iterable[str]) -> None:
    """Raise Refused when a role's own threshold is none.

    The roles' argument_specs cannot say so: what they refuse ends ansible-playbook with 2, the exit code of findings.
    """
    for name in map(fail_on_of, roles):
        _value(Option(name, OPTIONS["midonet_fail_on"].read, "never", ""), task_vars, template)


def record_dir(wanted: str) -> Path:
    """Where the record of a run is made: as asked for, else ./records, else the user's state directory."""
    if wanted:
        return Path(wanted).absolute()
    here = Path.cwd() / "records"
    if os.access(here if here.exists() else here.parent, os.W_OK):
        return here
    state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(state) / "midonet" / "records"
