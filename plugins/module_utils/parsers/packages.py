# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Packages as `dpkg-query -W -f '${Package} ${Version} ${db:Status-Abbrev}\\n'` or the like of rpm prints them.

midolman 5.2.2 ii
midonet-api 2015.06.1 rc           # removed, its configuration is left
midonet-tools  un                  # only known by name
"""

from __future__ import annotations

import re
from typing import List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Package(TypedDict):
    """One package."""

    name: str
    version: Optional[str]
    installed: bool


_PACKAGE = re.compile(r"([a-zA-Z0-9][a-zA-Z0-9+._-]{0,100})(?::[a-z0-9]{2,10})? (\S{0,100}) ?(installed|[uihrp][ncHUFWti]?R?)")


def parse(text: str) -> Parsed[List[Package]]:
    """The packages in the tool's order."""
    found: List[Package] = []
    not_read = []
    for line in lines(text):
        said = line.text.strip()
        if not said:
            continue
        match = _PACKAGE.fullmatch(said) if line.terminated else None
        if match is None:
            not_read.append(unread(line))
            continue
        version, state = match.group(2), match.group(3)
        found.append(Package(name=match.group(1), version=version or None, installed=state == "installed" or state[1:2] == "i"))
    return outcome(text, found, bool(found), not_read)
