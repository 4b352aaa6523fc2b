# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Neutron's clients list beside networks and ports: rules of security groups, floating addresses, in the columns of both clients."""

from __future__ import annotations

import json

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import neutron_list

GROUP = "2f1d7a0c-7d2c-4a57-9c8e-0c2f4d9a0001"


def test_rules_of_the_newer_client() -> None:
    ssh = {
        "ID": "a",
        "IP Protocol": "tcp",
        "Ethertype": "IPv4",
        "IP Range": "0.0.0.0/0",
        "Port Range": "22:22",
        "Direction": "ingress",
        "Remote Security Group": None,
        "Remote Address Group": None,
        "Security Group": GROUP,
    }
    anything = {"ID": "b", "IP Protocol": None, "IP Range": "", "Port Range": "", "Remote Security Group": GROUP, "Security Group": GROUP}
    parsed = neutron_list.parse_rules(json.dumps([ssh, anything]))
    assert parsed.state == "ok"
    assert parsed.data[0] == {
        "id": "a",
        "group": GROUP,
        "direction": "ingress",
        "ether_type": "ipv4",
        "protocol": "tcp",
        "ports": "22:22",
        "remote": "0.0.0.0/0",
        "remote_group": None,
    }
    told = {name: value for name, value in parsed.data[1].items() if value is not None}
    assert told == {"id": "b", "group": GROUP, "remote_group": GROUP}


def test_rules_of_the_older_client() -> None:
    rows = [
        {"id": "a", "security_group": "web", "direction": "ingress", "ethertype": "IPv4", "port/protocol": one, "remote": remote}
        for one, remote in (("22/tcp", "10.0.0.0/8 (CIDR)"), ("icmp", "any"), ("any", "web (group)"))
    ]
    parsed = neutron_list.parse_rules(json.dumps(rows))
    told = [(one["ports"], one["protocol"], one["remote"], one["remote_group"]) for one in parsed.data]
    assert told == [("22", "tcp", "10.0.0.0/8", None), (None, "icmp", None, None), (None, None, None, "web")]


def test_floating_addresses_of_both_clients() -> None:
    newer = {"ID": "a", "Floating IP Address": "198.51.100.7", "Fixed IP Address": None, "Port": None, "Project": "p"}
    older = {"id": "b", "fixed_ip_address": "10.0.0.3", "floating_ip_address": "198.51.100.8", "port_id": "p"}
    parsed = neutron_list.parse_floating(json.dumps([newer, older]))
    assert [(one["address"], one["fixed_address"], one["port"]) for one in parsed.data] == [
        ("198.51.100.7", None, None),
        ("198.51.100.8", "10.0.0.3", "p"),
    ]
    assert neutron_list.parse_floating("[]").state == "ok"
    cut = neutron_list.parse_floating(json.dumps([newer, older])[:-20])
    assert (cut.state, [one["id"] for one in cut.data]) == ("partial", ["a"])
    assert neutron_list.parse_rules('[{"ID": 7}]').data == []
