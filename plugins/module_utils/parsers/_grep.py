# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lines of several files as `grep -H` prints them. PRIVATE to the collection: may change without notice.

/proc/stat:cpu  426223 76 85118 464734
/sys/class/net/eth0/carrier_changes:2
"""

from __future__ import annotations

import re
from typing import Dict, List

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._sections import without_codes

_LINE = re.compile(r"(/[^:\n]{1,300}):(.*)")


def files(text: str) -> Dict[str, str]:
    """Path → its lines. What follows the last line end may be cut, and is left out."""
    found: Dict[str, List[str]] = {}
    for line in without_codes(text).split("\n")[:-1]:
        match = _LINE.match(line)
        if match:
            found.setdefault(match.group(1), []).append(match.group(2).rstrip("\r"))
    return {path: "\n".join(lines) + "\n" for path, lines in found.items()}
