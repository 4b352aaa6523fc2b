# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The terminal that a run is watched on. PRIVATE: may change without notice.

Worker processes have none: what is asked of it is asked when this module is imported, in the parent process.
"""

from __future__ import annotations

import os
import shutil
import sys
from typing import Any

from ansible.utils import color

_WIDTH = shutil.get_terminal_size((100, 24)).columns
_COLOURED = bool(color.ANSIBLE_COLOR)

# Narrower than this nothing reads well, wider neither.
_NARROWEST, _WIDEST = 60, 160


def width() -> int:
    """Columns to print on."""
    return max(_NARROWEST, min(_WIDTH, _WIDEST))


def coloured(wanted: str) -> bool:
    """Whether to print colours: always, never, or as Ansible does (auto). NO_COLOR counts for auto."""
    if wanted == "auto":
        return _COLOURED and not os.environ.get("NO_COLOR")
    return wanted == "always"


class _Outliving:
    """A stream of text that goes on when nobody reads it any more, or when it cannot be written: what it is given then is lost."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """As of a file."""
        try:
            self._stream.write(text)
        except OSError:
            self._let_go()
        return len(text)

    def flush(self) -> None:
        """As of a file."""
        try:
            self._stream.flush()
        except OSError:
            self._let_go()

    def _let_go(self) -> None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())
        os.close(nowhere)


def outlive_readers() -> None:
    """Let Ansible survive the end of `| head`, a closed terminal and a full disk behind its output.

    Ansible prints what a worker says in a thread that takes all results; an error in it ends the thread, and Ansible waits for ever.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is not getattr(sys, f"__{name}__"):
            continue  # somebody else's, or ours already
        if stream is None:
            stream = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
        setattr(sys, name, _Outliving(stream))
