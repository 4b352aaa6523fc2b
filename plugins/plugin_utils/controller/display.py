# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The terminal that a run is watched on. PRIVATE: may change without notice.

Worker processes have none: what is asked of it is asked when this module is imported, in the parent process.
"""

from __future__ import annotations

import os
import shutil

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
