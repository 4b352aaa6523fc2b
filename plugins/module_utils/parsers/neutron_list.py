# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Neutron's clients list with `-f json`: networks, routers, ports, security groups, agents. PRIVATE to the collection.

openstack port list -f json
[{"ID": "67318462-…", "Name": "", "MAC Address": "fa:16:3e:00:00:01", "Fixed IP Addresses": [{"subnet_id": "…", "ip_address": "10.0.0.3"}],
  "Status": "ACTIVE"}]
openstack network agent list -f json
[{"ID": "…", "Agent Type": "Midonet Agent", "Host": "compute1", "Availability Zone": null, "Alive": true, "State": true, "Binary": "…"}]

openstack security group rule list -f json
[{"ID": "…", "IP Protocol": "tcp", "Ethertype": "IPv4", "IP Range": "0.0.0.0/0", "Port Range": "22:22", "Direction": "ingress",
  "Remote Security Group": null, "Security Group": "…"}]
openstack floating ip list -f json
[{"ID": "…", "Floating IP Address": "198.51.100.7", "Fixed IP Address": "10.0.0.3", "Port": "67318462-…"}]

The older client `neutron` names the columns as the API does ("mac_address"), puts some lists into texts, and draws ":-)" for an
agent that is alive.
"""

from __future__ import annotations

import json
import re
from typing import Any, Callable, Dict, List, Optional, TypedDict, TypeVar

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


class Rule(TypedDict):
    """One rule of a security group. None of protocol, ports and remote: any; of direction: this release of the client does not tell."""

    id: str
    group: Optional[str]  # its id; the older client prints the name
    direction: Optional[str]  # ingress or egress
    ether_type: Optional[str]  # ipv4 or ipv6
    protocol: Optional[str]
    ports: Optional[str]  # as printed: 22:22, or type and code of ICMP
    remote: Optional[str]  # a network
    remote_group: Optional[str]


class FloatingAddress(TypedDict):
    """An address of the outside, and to what it leads; None: to nothing."""

    id: str
    address: Optional[str]
    fixed_address: Optional[str]
    port: Optional[str]


T = TypeVar("T")
_SIGNS = {":-)": True, "xxx": False, "up": True, "down": False, "true": True, "false": False}
_ADDRESS = re.compile(r'"ip_address": *"([0-9a-fA-F.:]{2,45})"')
_ERROR = re.compile(
    r".*\(HTTP [0-9]{3}\).*|Missing (?:value|parameter).*|.* is not an openstack command.*|Failed to discover .*|Unable to establish .*"
)
_OLD_ADDRESS = re.compile(r"ip_address='([0-9a-fA-F.:]{2,45})'")


def parse(text: str) -> Parsed[List[Entry]]:
    """One list in the client's order; of a cut one, the entries before the cut."""
    return _listed(text, _entry)


def parse_rules(text: str) -> Parsed[List[Rule]]:
    """The rules of all security groups."""
    return _listed(text, _rule)


def parse_floating(text: str) -> Parsed[List[FloatingAddress]]:
    """The floating addresses."""
    return _listed(text, _floating)


def _listed(text: str, convert: Callable[[Dict[str, Any], str], Optional[T]]) -> Parsed[List[T]]:
    """convert is given the columns by their names in one spelling, and the id."""
    if not text.strip():
        return outcome(text, [], False, [])
    found, not_read = _json.records(text)
    rows = [{name.lower().replace(" ", "_"): value for name, value in record.items()} for record in found]
    converted = [convert(row, row["id"]) for row in rows if isinstance(row.get("id"), str) and row["id"]]
    entries = [one for one in converted if one is not None]
    understood = _json.is_json(text) and (bool(entries) or not (found or not_read))
    return outcome(text, entries, understood, not_read, None if understood else _complaint(text))


def _complaint(text: str) -> Optional[str]:
    """What the client says instead of a list."""
    said = next((line for line in text.split("\n") if line.strip()), "").strip()
    return said[:300] if _ERROR.fullmatch(said) else None


def _rule(columns: Dict[str, Any], identity: str) -> Optional[Rule]:
    both = _word(columns, "port/protocol")  # "22/tcp", "icmp", "any"
    ports, _slash, protocol = both.rpartition("/") if both else (None, "", _word(columns, "ip_protocol"))
    remote, group = _word(columns, "ip_range", "remote_ip_prefix"), _word(columns, "remote_security_group", "remote_group")
    other_end, _bracket, kind = (_word(columns, "remote") or "").partition(" (")  # "10.0.0.0/8 (CIDR)", "web (group)", "any"
    if kind == "group)":
        group = other_end
    else:
        remote = remote or other_end or None
    ether_type = _word(columns, "ethertype")
    return Rule(
        id=identity,
        group=_word(columns, "security_group"),
        direction=_word(columns, "direction"),
        ether_type=ether_type.lower() if ether_type else None,
        protocol=None if protocol in (None, "any") else protocol,
        ports=_word(columns, "port_range") if not both else ports or None,
        remote=None if remote == "any" else remote,
        remote_group=group,
    )


def _floating(columns: Dict[str, Any], identity: str) -> Optional[FloatingAddress]:
    address = _word(columns, "floating_ip_address")
    if address is None:
        return None
    return FloatingAddress(
        id=identity, address=address, fixed_address=_word(columns, "fixed_ip_address"), port=_word(columns, "port", "port_id")
    )


def _word(columns: Dict[str, Any], *names: str) -> Optional[str]:
    """The first of the columns that holds a text; the older client writes nothing as an empty one, the newer as None."""
    found = (_json.word(columns, name) for name in names)
    return next((word for word in found if word and word != "None"), None)


def _entry(columns: Dict[str, Any], identity: str) -> Optional[Entry]:
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
