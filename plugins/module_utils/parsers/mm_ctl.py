# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read mm-ctl --list-hosts of MidoNet up to 2015.03. PRIVATE to the collection: may change without notice.

    Host: id=2ff0dcf7-7e0c-4b0a-9c6a-0e5e0c0b1a00 (*)
      name=gateway1
      isAlive=true
      addresses:
        /10.0.0.1
      vport-host-if-bindings:
        VirtualPortMapping{virtualPortId=0df2c21f-6b3a-4f5e-8a1b-1c2d3e4f5000, localDeviceName='eth1'}

"(*)" marks the host on which the tool runs. From 2015.06 on the option is gone, and midonet-cli tells the same.
"""

from __future__ import annotations

import re
from typing import List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed, Unread


class Binding(TypedDict):
    """A virtual port and the interface of the host that it is bound to."""

    port: str
    interface: str


class Host(TypedDict):
    """One agent's host as the network state database has it."""

    id: str
    local: bool
    name: Optional[str]
    alive: Optional[bool]
    addresses: List[str]
    bindings: List[Binding]


_HOST = re.compile(r"Host: id=(\S{1,64})(?: (\(\*\)))?")
_ADDRESS = re.compile(r"[^/\s]{0,255}/([0-9a-fA-F.:]{2,45})(?:%\S{1,16})?")
# Interfaces may be set in type with a blank before them.
_MAPPING = re.compile(r"VirtualPortMapping\{virtualPortId=([^,\s]{1,64}), *localDeviceName=\s{0,4}'([^'\n]{0,64})'\}")
_OUTCOME = re.compile(r"Command (?:succeeded|failed).*")
_ERROR = re.compile(
    r"Invalid command.*|Failed to get host ID.*|State configuration error.*|Configuration file not found.*|.*Permission denied.*"
    r"|Command failed.*|.*ERROR: .*|Exception in thread .*|This command should be executed by root\.|.*command not found.*|.*No such file.*"
    r"|org\.apache\.commons\.cli\.\S*Exception.*|.*Unrecognized option.*"
)
_STACK = re.compile(r"(?:at |\.\.\. [0-9]+ more|Caused by: )\S.*")


def parse(text: str) -> Parsed[List[Host]]:
    """Every host in the order of the tool."""
    hosts: List[Host] = []
    not_read: List[Unread] = []
    error: Optional[str] = None
    cut = succeeded = False
    for line in lines(text):
        stripped = line.text.strip()
        started = _HOST.fullmatch(stripped)
        if not stripped or not line.terminated:
            cut = cut or bool(stripped)
        elif started:
            hosts.append(Host(id=started.group(1), local=started.group(2) is not None, name=None, alive=None, addresses=[], bindings=[]))
        elif stripped == "Command succeeded":
            succeeded = True
        elif _ERROR.fullmatch(stripped):
            error = error or stripped[:300]
        elif not (hosts and _detail(stripped, hosts[-1])) and not (error and _STACK.fullmatch(stripped)):
            not_read.append(unread(line))
    return outcome(text, hosts, bool(hosts) or succeeded, not_read, error, cut or any(host["alive"] is None for host in hosts))


def _detail(text: str, host: Host) -> bool:
    name, equals, value = text.partition("=")
    address, mapping = _ADDRESS.fullmatch(text), _MAPPING.fullmatch(text)
    if equals and name == "name":
        host["name"] = value
    elif equals and name == "isAlive" and value in ("true", "false"):
        host["alive"] = value == "true"
    elif address:
        host["addresses"].append(address.group(1))
    elif mapping:
        host["bindings"].append(Binding(port=mapping.group(1), interface=mapping.group(2).strip()))
    else:
        return text in ("addresses:", "vport-host-if-bindings:")
    return True
