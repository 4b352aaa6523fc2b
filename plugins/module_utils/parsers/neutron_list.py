# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Neutron's clients list with `-f json`: networks, routers, ports, security groups, agents. PRIVATE to the collection.

openstack port list -f json
[{"ID": "67318462-…", "Name": "", "MAC Address": "fa:16:3e:00:00:01", "Fixed IP Addresses": [{"subnet_id": "…", "ip_address": "10.0.0.3"}],
  "Status": "ACTIVE"}]
openstack network agent list -f json
[{"ID": "…", "Agent Type": "Midonet Agent", "Host": "compute1", "Availability Zone": null, "Alive": true, "State": true, "Binary": "…"}]

The older client `neutron` names the columns as the API does ("mac_address"), puts some lists into texts, and draws ":-)" for an
agent that is alive.
"""

from __future__ import annotations

import json
import re
from typing import Any, Dict, List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _json
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import outcome
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Entry(TypedDict):
    """One thing of Neutron's; None is what the list does not tell of its kind."""

    id: str
    name: Optional[str]
    status: Optional[str]  # active, down, build, error
    admin_up: Optional[bool]
    mac: Optional[str]
    addresses: Optional[List[str]]
    agent_type: Optional[str]
    host: Optional[str]
    alive: Optional[bool]


_SIGNS = {":-)": True, "xxx": False, "up": True, "down": False, "true": True, "false": False}
_ADDRESS = re.compile(r'"ip_address": *"([0-9a-fA-F.:]{2,45})"')
_ERROR = re.compile(
    r".*\(HTTP [0-9]{3}\).*|Missing (?:value|parameter).*|.* is not an openstack command.*|Failed to discover .*|Unable to establish .*"
)
_OLD_ADDRESS = re.compile(r"ip_address='([0-9a-fA-F.:]{2,45})'")


def parse(text: str) -> Parsed[List[Entry]]:
    """One list in the client's order; of a cut one, the entries before the cut."""
    if not text.strip():
        return outcome(text, [], False, [])
    found, not_read = _json.records(text)
    entries = [one for one in map(_entry, found) if one is not None]
    understood = _json.is_json(text) and (bool(entries) or not (found or not_read))
    return outcome(text, entries, understood, not_read, None if understood else _complaint(text))


def _complaint(text: str) -> Optional[str]:
    """What the client says instead of a list."""
    said = next((line for line in text.split("\n") if line.strip()), "").strip()
    return said[:300] if _ERROR.fullmatch(said) else None


def _entry(record: Dict[str, Any]) -> Optional[Entry]:
    columns = {name.lower().replace(" ", "_"): value for name, value in record.items()}
    identity = columns.get("id")
    if not isinstance(identity, str) or not identity:
        return None
    mac, status = _json.word(columns, "mac_address"), _json.word(columns, "status")
    return Entry(
        id=identity,
        name=_json.word(columns, "name"),
        status=status.lower() if status else None,
        admin_up=_truth(columns.get("state", columns.get("admin_state_up"))),
        mac=mac.lower() if mac else None,
        addresses=_addresses(columns.get("fixed_ip_addresses", columns.get("fixed_ips"))),
        agent_type=_json.word(columns, "agent_type"),
        host=_json.word(columns, "host"),
        alive=_truth(columns.get("alive")),
    )


def _truth(value: Any) -> Optional[bool]:
    return value if isinstance(value, bool) else _SIGNS.get(value.lower()) if isinstance(value, str) else None


def _addresses(value: Any) -> Optional[List[str]]:
    """The addresses of a port: objects, or a text that holds them as JSON or as words."""
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value)
    return _ADDRESS.findall(text) or _OLD_ADDRESS.findall(text)
