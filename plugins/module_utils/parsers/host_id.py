# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The file that holds a host's identity: midonet_host_id.properties (5.x) or host_uuid.properties.

#Thu Jul 23 10:12:13 JST 2015
host_uuid=8f1d5e0a-9c1b-4b3a-8d57-2f9a3d1c0b11
"""

from __future__ import annotations

import re
from typing import Optional

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed

_UUID = re.compile(r"host_uuid\s*[=:]\s*([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})")


def parse(text: str) -> Parsed[Optional[str]]:
    """The UUID in small letters; the last one counts, as in any properties file."""
    found: Optional[str] = None
    not_read = []
    for line in lines(text):
        said = line.text.strip()
        match = _UUID.fullmatch(said)
        if match is not None:
            found = match.group(1).lower()
        elif said and not said.startswith(("#", "!")):
            not_read.append(unread(line))
    return outcome(text, found, found is not None, not_read)
