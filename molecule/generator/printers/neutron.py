# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Neutron's lists as its own client (generation A) and OpenStack's (generation B) print them as JSON."""

from __future__ import annotations

import json

from generator.model import Fleet

Rows = list[dict[str, object]]


def lists(fleet: Fleet) -> str:
    """Networks, routers, ports, security groups, agents, each below its name."""
    old = fleet.generation == "A"
    networks = [(fleet.bridge_id, "tenant-net"), *fleet.networks_elsewhere]
    subnet = f"{fleet.bridge_id[:9]}5b5b{fleet.bridge_id[13:]}"
    machines = [(host, vm) for host in fleet.agents for vm in host.vms]
    parts: dict[str, Rows]
    if old:
        parts = {
            "networks": [{"id": one, "name": name, "subnets": f"{subnet} 10.9.0.0/16" if one == fleet.bridge_id else ""} for one, name in networks],
            "routers": [{"id": fleet.tenant_router_id, "name": "tenant-router", "external_gateway_info": "null"}],
            "ports": [{"id": vm.port, "name": "", "mac_address": vm.mac, "fixed_ips": json.dumps({"subnet_id": subnet, "ip_address": vm.address})} for _host, vm in machines],
            "security_groups": [{"id": fleet.group_id, "name": "default", "description": "default"}],
            "agents": [],
        }
    else:
        parts = {
            "networks": [{"ID": one, "Name": name, "Subnets": subnet if one == fleet.bridge_id else ""} for one, name in networks],
            "routers": [{"ID": fleet.tenant_router_id, "Name": "tenant-router", "Status": "ACTIVE", "State": "UP", "Project": fleet.tenant_id}],
            "ports": [{"ID": vm.port, "Name": "", "MAC Address": vm.mac, "Fixed IP Addresses": [{"subnet_id": subnet, "ip_address": vm.address}], "Status": "ACTIVE"} for _host, vm in machines],
            "security_groups": [{"ID": fleet.group_id, "Name": "default", "Description": "Default security group", "Project": fleet.tenant_id}],
            "agents": [
                {"ID": host.agent.host_id, "Agent Type": "Midonet Agent", "Host": host.name, "Availability Zone": None, "Alive": True, "State": True, "Binary": "midonet"}
                for host in fleet.agents if host.agent
            ],
        }  # fmt: skip
    return "".join(f"### {name}\n{json.dumps(rows)}\n" for name, rows in parts.items())
