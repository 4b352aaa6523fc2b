# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a tool, the shell or the kernel says instead of the tool's output. PRIVATE to the collection: may change without notice."""

from __future__ import annotations

import re
from typing import List, Optional, Sequence, TypeVar

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import outcome
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import TOOL_ERROR, Parsed, Unread

T = TypeVar("T")

# Matched against the first line that says something, with the first 300 characters of it.
_COMPLAINTS = re.compile(
    r"(?i)(?:"
    # the shell and libc, whatever the tool's name before it is
    r".*: (?:command )?not found$|.*: (?:No such file or directory|Permission denied|Operation not permitted|Input/output error"
    r"|Connection refused|Connection timed out|No route to host|Network is unreachable|Cannot allocate memory|No space left on device)\b.*"
    # iproute2
    r"|RTNETLINK answers: .*|Cannot (?:open|send|bind|talk|find) .*|Dump (?:terminated|was interrupted).*|Device \".*\" does not exist.*"
    r"|(?:Object|Command|Option) \".*\" is unknown, try .*|Error: .*|Usage: .*|BusyBox v.* multi-call binary.*"
    # time daemons
    r"|50[0-9] Cannot talk to daemon.*|ntpq: .*|.*timed out, nothing received|\*\*\*.*|No association ID's returned.*"
    r"|System has not been booted with systemd.*|Failed to .*|.*: Name or service not known"
    # others
    r"|modinfo: .*|(?:iptables|ip6tables|nft)[a-z0-9-]*: .*|iptables[a-z0-9-]* v.*: .*|df: .*|dpkg-query: .*|error: .*|ps: .*|ping: .*"
    r")"
)


def complaint(text: str, prefixes: Sequence[str] = ()) -> Optional[str]:
    """The first line that says something, when it is a complaint and not output; else None.

    prefixes  more beginnings of complaints that only this tool has
    """
    for line in text.split("\n", 20)[:20]:
        said = line.strip()[:300]
        if said:
            return said[:200] if _COMPLAINTS.match(said) or said.startswith(tuple(prefixes)) else None
    return None


def answer(text: str, data: T, anything: bool, not_read: List[Unread]) -> Parsed[T]:
    """outcome() of a text that may hold a complaint instead of output: its lines are then an error and not unread."""
    parsed = outcome(text, data, anything, not_read, None if anything else complaint(text))
    return Parsed(parsed.state, data, [], parsed.error) if parsed.state == TOOL_ERROR else parsed
