# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`aa-status --json`, `aa-status`, and /sys/kernel/security/apparmor/profiles: the profiles and what they do.

/usr/sbin/ntpd (enforce)
"""

from __future__ import annotations

import re
from typing import List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _json
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Profile(TypedDict):
    """One profile."""

    name: str
    mode: str  # enforce, complain, kill, unconfined, …


class Confined(TypedDict):
    """One process that has a profile."""

    pid: int
    command: Optional[str]
    profile: Optional[str]
    mode: Optional[str]


class Status(TypedDict):
    """enabled is None when nothing told."""

    enabled: Optional[bool]
    profiles: List[Profile]
    processes: List[Confined]


_SYSFS = re.compile(r"(\S.{0,400}?) \((enforce|complain|kill|unconfined|prompt|mixed)\)")
_MODULE = re.compile(r"apparmor (?:module is|filesystem is) (not )?(loaded|mounted)\.?")
_COUNT = re.compile(r"[0-9]+ (profiles|processes) (?:are|have) (?:in )?(\S+)( mode)?.*")
_NOT_TOLD = "You do not have enough privilege"
_PROCESS = re.compile(r"(\S.{0,400}?) \(([0-9]{1,10})\)(?: (\S.*))?")


def parse(text: str) -> Parsed[Status]:
    """Any of the three forms; Y or N alone is /sys/module/apparmor/parameters/enabled."""
    if _json.is_json(text):
        return _parse_json(text)
    data = Status(enabled=None, profiles=[], processes=[])
    not_read = []
    error: Optional[str] = None
    kind, mode = "", ""
    for line in lines(text):
        said = line.text.strip()
        if not said:
            continue
        module, count, sysfs = _MODULE.fullmatch(said), _COUNT.fullmatch(said), _SYSFS.fullmatch(said)
        if not line.terminated:
            not_read.append(unread(line))
        elif said.startswith(_NOT_TOLD):
            error = said[:300]
        elif said in ("Y", "N"):
            data["enabled"] = said == "Y"
        elif module:
            data["enabled"] = not module.group(1)
        elif count:
            data["enabled"], kind = True, count.group(1)
            mode = count.group(2) if count.group(3) or count.group(2) == "unconfined" else ""
        elif kind and mode and line.text[0].isspace():
            if not _listed(data, kind, mode, said):
                not_read.append(unread(line))
        elif sysfs and not kind:
            data["enabled"] = True
            data["profiles"].append(Profile(name=sysfs.group(1), mode=sysfs.group(2)))
        else:
            not_read.append(unread(line))
    return outcome(text, data, data["enabled"] is not None, not_read, error)


def _listed(data: Status, kind: str, mode: str, said: str) -> bool:
    if kind == "profiles":
        data["profiles"].append(Profile(name=said, mode=mode))
        return True
    process = _PROCESS.fullmatch(said)
    if process is None:
        return False
    command = process.group(1)
    data["processes"].append(Confined(pid=int(process.group(2)), command=command, profile=process.group(3) or command, mode=mode))
    return True


def _parse_json(text: str) -> Parsed[Status]:
    data = Status(enabled=None, profiles=[], processes=[])
    found = _json.read(text)
    loaded = found.documents[0].part if found.documents else None
    profiles = _json.get(loaded, "profiles")
    data["profiles"] = [Profile(name=name, mode=mode) for name, mode in _json.items(profiles) if isinstance(mode, str)]
    for command, entries in _json.items(_json.get(loaded, "processes")):
        for entry in _json.elements(entries):
            pid = str(entry.get("pid", "")) if isinstance(entry, dict) else ""
            if re.fullmatch("[0-9]{1,10}", pid):
                data["processes"].append(
                    Confined(pid=int(pid), command=command, profile=_json.word(entry, "profile"), mode=_json.word(entry, "status"))
                )
    # Of a cut list the profiles before the cut are known, and that there are others too.
    understood = bool(data["profiles"]) or isinstance(profiles, dict)
    data["enabled"] = True if understood else None
    return outcome(text, data, understood, found.unread or [_json.place(found.text, 0)] if not understood else found.unread)
