# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What nodetool prints around its answers, whatever it was asked. PRIVATE to the collection: may change without notice."""

from __future__ import annotations

import re
from typing import Optional

ERROR = re.compile(
    r"nodetool: |error: |Error: |.*Connection refused|.*command not found|.*ConnectException|-- StackTrace --"
    r"|.*: not found$|Failed to connect to "
)
_NOISE = re.compile(
    r"(?:at |\.\.\. [0-9]+ more|Caused by: |java\.|javax\.|com\.|org\.)\S.*"
    r"|.*(?:WARNING|WARN|warning): .*|WARN .*|Picked up [_A-Z]+: .*|Xshare.*|-- StackTrace --"
)
_SIZE = re.compile(r"([0-9]{1,12}(?:[.,][0-9]{1,6})?) (bytes|[KMGTP]i?B)")
# Cassandra divides by 1024 whether it prints KB or KiB.
_UNITS = {"bytes": 1, "KB": 1024, "MB": 1024**2, "GB": 1024**3, "TB": 1024**4, "PB": 1024**5}


def is_noise(text: str) -> bool:
    """Warnings of the virtual machine, and the stack below an error."""
    return _NOISE.fullmatch(text) is not None


def size(text: str) -> Optional[int]:
    """Bytes of "91.22 KiB", "866.58 KB", "0 bytes"; None for anything else."""
    match = _SIZE.fullmatch(text.strip())
    return round(float(match.group(1).replace(",", ".")) * _UNITS[match.group(2).replace("iB", "B")]) if match else None


def decimal(text: str) -> Optional[float]:
    """A decimal number with a point or a comma; None for anything else (NaN, too)."""
    return float(text.replace(",", ".")) if re.fullmatch(r"-?[0-9]{1,15}(?:[.,][0-9]{1,15})?", text.strip()) else None
