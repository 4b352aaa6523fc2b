# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What kind of system a host is: `uname -a`, `hostname`, /proc/uptime, os-release and redhat-release, one after another.

    Linux cmp1 3.13.0-24-generic #46-Ubuntu SMP Thu Apr 10 19:11:08 UTC 2014 x86_64 x86_64 x86_64 GNU/Linux
    cmp1
    350735.47 234388.90
    ID=ubuntu
    VERSION_ID="14.04"

Each part is known by its look, because any of the commands may fail.
"""

from __future__ import annotations

import re
from typing import Dict, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._errors import complaint
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class System(TypedDict):
    """None is what was not printed."""

    hostname: Optional[str]
    kernel: Optional[str]  # the release: uname -r
    uptime_s: Optional[float]
    os_id: Optional[str]  # ubuntu, centos, rhel, debian, …
    os_version: Optional[str]


_UNAME = re.compile(r"Linux (\S+) (\S+) .*")
_UPTIME = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,4})?) [0-9]{1,15}(?:\.[0-9]{1,4})?")
_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)")
_RELEASE = re.compile(r"([A-Za-z][A-Za-z ]{0,60}?) release ([0-9][0-9.]{0,20})\b.*")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,252}")
# What /etc/redhat-release calls the system, and its ID in os-release.
_REDHAT = (("centos", "centos"), ("red hat", "rhel"), ("fedora", "fedora"), ("scientific", "scientific"), ("oracle", "ol"))


def parse(text: str) -> Parsed[System]:
    """What the parts say, whichever of them are there."""
    data = System(hostname=None, kernel=None, uptime_s=None, os_id=None, os_version=None)
    node: Optional[str] = None
    release: Dict[str, str] = {}
    not_read = []
    anything = False
    for line in lines(text):
        said = line.text.strip()
        if not said or said.startswith("#"):
            continue
        uname, uptime = _UNAME.fullmatch(said), _UPTIME.fullmatch(said)
        assignment, redhat = _ASSIGNMENT.fullmatch(said), _RELEASE.fullmatch(said)
        if uname is not None and data["kernel"] is None:
            node, data["kernel"] = uname.group(1), uname.group(2)
        elif uptime is not None and data["uptime_s"] is None and line.terminated:
            data["uptime_s"] = float(uptime.group(1))
        elif assignment is not None and line.terminated:
            release.setdefault(assignment.group(1), _unquoted(assignment.group(2)))
        elif redhat is not None:
            release.setdefault("ID", _redhat_id(redhat.group(1)))
            # os-release has only the major number there
            release["VERSION_ID"] = redhat.group(2)
        elif data["hostname"] is None and not release and line.terminated and _NAME.fullmatch(said) and not complaint(said):
            data["hostname"] = said
        else:
            not_read.append(unread(line))
            continue
        anything = True
    data["hostname"] = data["hostname"] or node
    data["os_id"] = release.get("ID")
    data["os_version"] = release.get("VERSION_ID")
    if not_read and not (data["kernel"] or data["uptime_s"] or release):
        # Any word alone on a line could be a host's name.
        data["hostname"], anything = None, False
    return outcome(text, data, anything, not_read)


def _unquoted(value: str) -> str:
    value = value.strip()
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value


def _redhat_id(name: str) -> str:
    return next((short for words, short in _REDHAT if words in name.lower()), name.lower().partition(" ")[0])
