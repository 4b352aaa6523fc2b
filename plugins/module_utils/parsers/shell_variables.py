# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Variables that a file of shell assignments sets: midolman-env.sh, cassandra-env.sh, Quagga's daemons and debian.conf.

    # Amount of memory to allocate for the JVM heap.
    MAX_HEAP_SIZE="2048M"
    export JMX_PORT=7200
    JVM_OPTS="$JVM_OPTS -Xmx${MAX_HEAP_SIZE}"
    if [ "x$JMXENABLE" = "xtrue" ] ; then
        JVM_OPTS="$JVM_OPTS -Dcom.sun.management.jmxremote"
    fi

Such a file is a program, and only a shell could tell what it does: conditions are not looked at, the last assignment of a name
counts, and names of variables that were set before it are replaced by their values. PRIVATE to the collection.
"""

from __future__ import annotations

import re
from typing import Dict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import first, lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed

_ASSIGNMENT = re.compile(r"\s{0,200}(?:export\s+|declare\s+-x\s+)?([A-Za-z_][A-Za-z0-9_]{0,80})=(.*)")
_VARIABLE = re.compile(r"\$(?:([A-Za-z_][A-Za-z0-9_]{0,80})|\{([A-Za-z_][A-Za-z0-9_]{0,80})(?::?-([^}$]{0,200}))?\})")
_LONGEST = 4096


def parse(text: str) -> Parsed[Dict[str, str]]:
    """Values by name. Lines that assign nothing are passed over. A value that goes on in the next line is its first line."""
    values: Dict[str, str] = {}
    anything = cut = False
    for line in lines(text):
        stripped = line.text.strip()
        if not stripped:
            continue
        if stripped.startswith("#"):
            anything = True
            continue
        found = _ASSIGNMENT.fullmatch(line.text[:_LONGEST])
        if found is None:
            continue
        anything = True
        raw = found.group(2).strip()
        if not line.terminated and raw[:1] in ("'", '"') and _end(raw) < 0:
            cut = True
            continue
        values[found.group(1)] = _value(raw, values)
    return outcome(text, values, anything, [] if anything else [unread(line) for line in first(text)], cut=cut)


def _value(raw: str, known: Dict[str, str]) -> str:
    """The first word, without quotes, with what is known put in the place of variables."""
    quote = raw[:1]
    if quote == "'":
        end = raw.find("'", 1)
        return raw[1 : end if end > 0 else len(raw)]
    if quote == '"':
        end = _end(raw)
        word = raw[1 : end if end > 0 else len(raw)]
    else:
        word = re.split(r"[\s;&|#]", raw, maxsplit=1)[0]

    def replaced(match: re.Match[str]) -> str:
        value = known.get(match[1] or match[2])
        return value if value else match[3] if match[3] is not None else value if value is not None else match[0]

    return _VARIABLE.sub(replaced, word)[:_LONGEST]


def _end(raw: str) -> int:
    """Where a double-quoted word ends; -1: it does not."""
    at = raw.find('"', 1)
    while at > 0 and raw[at - 1] == "\\":
        at = raw.find('"', at + 1)
    return at


def size_bytes(value: str) -> int:
    """A size of memory as Java takes it: 2048M, 6g, 512k, bytes. ValueError for anything else."""
    match = re.fullmatch(r"([0-9]{1,15})([kKmMgGtT]?)", value.strip())
    if match is None:
        raise ValueError("not a size: " + value[:40])
    return int(match[1]) << 10 * " kmgt".index(match[2].lower() or " ")
