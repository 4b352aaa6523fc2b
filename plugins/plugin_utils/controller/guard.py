# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A crash of our own code must not look like a finding.

`ansible-playbook` ends with 2 both for a task that fails (our verdict) and for a plugin that raises, so nothing that we
run may raise. A result with `unreachable: true` ends with 4; that holds for ansible-core 2.16 to 2.21 as long as the task
is neither run_once nor bypasses the host loop, where Ansible makes a failure of it. PRIVATE: may change without notice.
"""

from __future__ import annotations

import os
import traceback
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

NAME = "midonet.diagnostics"

# The file of a record in which crashes of our own code are kept, with their tracebacks.
ERRORS = "errors.log"

_HEAD = "==== "
_LONGEST = 300


class Refused(Exception):
    """The user asked for something that cannot be done: an option, an inventory, a file. The text is one line for people."""


def one_line(text: object) -> str:
    """Any text as one readable line."""
    line = " ".join(str(text).split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def without_secrets(text: str) -> str:
    """What an exception says may quote evidence that had not gone through the scrubbing yet."""
    try:
        # Only now: this module must do its work even when others cannot be imported.
        from ansible_collections.midonet.diagnostics.plugins.module_utils.pseudonyms import Pseudonymiser  # noqa: PLC0415

        return Pseudonymiser(os.urandom(32)).scrub_text(text)
    except Exception:
        return "(not shown, because what takes secrets out of it failed)"


def reason_of(error: BaseException) -> str:
    """What failed and where, in one line: "ValueError: … (checks/evaluate.py line 12)"."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "midonet" in frame.filename] or frames
    place = ""
    if own:
        file = Path(own[-1].filename)
        place = f" ({file.parent.name}/{file.name} line {own[-1].lineno})"
    return one_line(f"{type(error).__name__}: {without_secrets(str(error))}") + place


def full_text(error: BaseException) -> str:
    """The whole traceback, causes included."""
    return without_secrets("".join(traceback.format_exception(type(error), error, error.__traceback__)))


def not_our_host(message: str, **more: Any) -> dict[str, Any]:
    """The task result that ends the run with 4 and says why in one line."""
    return {"changed": False, "unreachable": True, "msg": message, **more}


def refused(error: Refused) -> dict[str, Any]:
    """The result for something that the user can put right."""
    return not_our_host(one_line(without_secrets(str(error))), midonet_error="refused")


def crashed(error: BaseException) -> dict[str, Any]:
    """The result for a crash of our own code, when no report can be written any more."""
    return not_our_host(f"{NAME} failed itself: {reason_of(error)}", midonet_error="crashed")


def remember(record: str, where: str, error: BaseException) -> None:
    """Append a crash to the record, so that the verdict at the end of the run knows of it. Never raises.

    One write per crash: several worker processes append to the same file.
    """
    try:
        now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        entry = f"{_HEAD}{now} {one_line(where)}: {reason_of(error)}\n{full_text(error)}\n"
        handle = os.open(Path(record) / ERRORS, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
        try:
            os.write(handle, entry.encode("utf-8", "backslashreplace"))
        finally:
            os.close(handle)
    except OSError:
        pass


def remembered(record: str) -> list[str]:
    """What failed in our own code during this run, one line each."""
    try:
        lines = (Path(record) / ERRORS).read_text("utf-8", "replace").splitlines()
    except OSError:
        return []
    return [line[len(_HEAD) :].partition(" ")[2] for line in lines if line.startswith(_HEAD)]
