# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What SELinux and AppArmor refused, from audit.log, the kernel's log or ausearch.

type=AVC msg=audit(1437613933.123:456): avc:  denied  { read } for  pid=1440 comm="java" name="x" scontext=… tclass=file permissive=0
audit: type=1400 audit(1437613933.123:456): apparmor="DENIED" operation="open" profile="libvirt-…" name="/x" pid=9 comm="qemu"
"""

from __future__ import annotations

import re
from typing import Dict, List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._numbers import maybe_integer
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Denial(TypedDict):
    """One event. None is what the line did not tell."""

    system: str  # selinux or apparmor
    enforced: Optional[bool]  # False: only noted, because permissive or in complain mode; None: an old kernel does not tell
    epoch_s: Optional[float]
    pid: Optional[int]
    command: Optional[str]  # the process's name, cut to 15 characters by the kernel
    action: str  # permissions, or AppArmor's operation
    subject: Optional[str]  # SELinux context of the process, or the AppArmor profile
    object: Optional[str]  # what was to be reached: a name, path or capability
    object_class: Optional[str]  # SELinux: file, tcp_socket, …


_EVENT = re.compile(r"audit\(([0-9]{1,12}(?:\.[0-9]{1,6})?):[0-9]{1,12}\)")
_AVC = re.compile(r"avc: {1,2}denied {1,2}\{ ([^{}]{1,300}) \} for ")
_APPARMOR = re.compile(r'apparmor="(DENIED|ALLOWED|AUDIT|STATUS|ERROR|HINT|KILLED)"')
_FIELD = re.compile(r'\b([a-z_]{1,20})=("[^"]{0,4096}"|[^\s"]{1,4096})')
_HEX = re.compile(r"(?:[0-9A-F]{2}){2,128}")
# Other records of the same log, and the frame of ausearch.
_OTHER = re.compile(r"type=[A-Z0-9_]+(?:\[[0-9]+\])? msg=.*|node=\S+ type=.*|----|time->.*|<no matches>")
_LONGEST = 8192


def parse(text: str) -> Parsed[List[Denial]]:
    """The refusals in the order of the log. Lines about anything else are no refusals."""
    found: List[Denial] = []
    not_read = []
    anything = False
    for line in lines(text):
        said = line.text.strip()
        if not said:
            continue
        denial = _denial(said) if line.terminated and len(said) <= _LONGEST else None
        if denial is not None:
            found.append(denial)
        elif line.terminated and (_OTHER.fullmatch(said) or _APPARMOR.search(said) or (_EVENT.search(said) and "avc:" not in said)):
            anything = True
        else:
            not_read.append(unread(line))
    return outcome(text, found, bool(found) or anything, not_read)


def _denial(said: str) -> Optional[Denial]:
    avc, apparmor, event = _AVC.search(said), _APPARMOR.search(said), _EVENT.search(said)
    epoch = float(event.group(1)) if event else None
    if avc is not None:
        fields = _fields(said[avc.end() :])
        permissive = fields.get("permissive")
        return Denial(
            system="selinux",
            enforced=None if permissive is None else permissive == "0",
            epoch_s=epoch,
            pid=maybe_integer(fields.get("pid", "")),
            command=fields.get("comm"),
            action=avc.group(1),
            subject=fields.get("scontext"),
            object=fields.get("path") or fields.get("name") or fields.get("capability") or fields.get("dest"),
            object_class=fields.get("tclass"),
        )
    if apparmor is not None and apparmor.group(1) in ("DENIED", "ALLOWED", "KILLED"):
        fields = _fields(said[apparmor.end() :])
        return Denial(
            system="apparmor",
            enforced=apparmor.group(1) != "ALLOWED",
            epoch_s=epoch,
            pid=maybe_integer(fields.get("pid", "")),
            command=fields.get("comm"),
            action=fields.get("operation", ""),
            subject=fields.get("profile"),
            object=fields.get("name") or fields.get("capname"),
            object_class=None,
        )
    return None


def _fields(said: str) -> Dict[str, str]:
    """name=value and name="value"; the kernel writes a value with blanks or quotes in it as hexadecimal digits."""
    found: Dict[str, str] = {}
    for name, value in _FIELD.findall(said):
        if value.startswith('"'):
            found.setdefault(name, value[1:-1])
        elif name in ("comm", "name", "path", "profile") and _HEX.fullmatch(value):
            found.setdefault(name, bytes.fromhex(value).decode("utf-8", "replace").replace("\x00", " "))
        else:
            found.setdefault(name, value)
    return found
