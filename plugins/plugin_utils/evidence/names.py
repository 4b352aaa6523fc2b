# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Directory names for inventory names, which may be anything: "../../etc", "A" beside "a", 300 characters, any script.

PRIVATE to the collection: may change without notice.
"""

from __future__ import annotations

import hashlib
import re

# Below the 255 bytes that file systems allow, with room for what people put around it.
LONGEST = 120
_KEPT = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789_-.")
_SAFE = re.compile(r"[a-z0-9_%-][a-z0-9_%.~-]*\Z")


def safe_name(name: str) -> str:
    """A directory name for `name`: one path component of lower-case ASCII, different for each name on any file system.

    What is not a lower-case letter, a digit, "_", "-" or an inner "." becomes %xx per byte; so do upper-case letters, because
    some file systems take "A" and "a" for the same. A name that gets too long is cut and ends in "~" and a hash of the whole.
    """
    raw = name.encode("utf-8", "surrogatepass")
    last = len(raw) - 1
    encoded = "".join(
        chr(byte) if byte in _KEPT and not (byte == ord(".") and position in (0, last)) else f"%{byte:02x}"
        for position, byte in enumerate(raw)
    )
    if len(encoded) > LONGEST:
        encoded = f"{encoded[: LONGEST - 17]}~{hashlib.sha256(raw).hexdigest()[:16]}"
    return encoded or "%"


def is_safe(directory: str) -> bool:
    """Whether `directory` can be the outcome of safe_name: one component that leads nowhere else."""
    return bool(_SAFE.match(directory)) and len(directory) <= LONGEST


def name_of(directory: str) -> str:
    """The name that a directory name stands for; of one that was cut, as much as is left of it."""
    cut = directory.partition("~")[0]
    raw = re.sub(rb"%([0-9a-f]{2})", lambda match: bytes([int(match.group(1), 16)]), cut.encode("ascii", "replace"))
    return "" if directory == "%" else raw.decode("utf-8", "replace")
