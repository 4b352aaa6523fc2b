"""Single questions, over real SSH: what comes back is facts, and no secret."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller import asking

from .conftest import Shop, ansibles
from .ground import NETWORK

WRITES = {"ANSIBLE_CALLBACKS_ENABLED": "junit,tree", "ANSIBLE_LOG_PATH": "ansible.log"}


def writing(shop: Shop) -> dict[str, str]:
    return {**WRITES, "ANSIBLE_CALLBACK_TREE_DIR": str(shop.path / "tree"), "JUNIT_OUTPUT_DIR": str(shop.path / "junit")}


# Of every kind of host one that has what the module asks for, and a host with nothing but busybox.
FITTING = {"bgp_info": "gateway1", "cassandra_info": "cassandra1", "zookeeper_info": "zookeeper1"}
FITTING.update(dict.fromkeys(("api_info", "host_bindings_info", "topology_info", "tunnel_zone_info"), "api1"))
ARGUMENTS = {"ping_info": {"peers": f"{NETWORK}.31"}}
KNOWN = {
    "agent_info": "agent.running",
    "api_info": "api.http_status == 200",
    "bgp_info": "bgp.routers[0].peers | length > 0",
    "cassandra_info": "cassandra.native_answers",
    "clock_info": "clock.skew_s is number",
    "datapath_info": "datapath.hits > 0",
    "file_info": "files.found is defined",
    "filesystem_info": "filesystems | length > 0",
    "firewall_info": "firewall.loaded is defined",
    "host_bindings_info": "bindings == []",
    "host_info": "host.kernel is string",
    "kernel_info": "memory.total_bytes > 0",
    "link_info": "links | selectattr('name', 'equalto', 'lo') | list | length == 1",
    "name_info": "names | length > 0",
    "nsdb_info": "nsdb.zookeeper[0].result == 'open'",
    "ping_info": "probes.ping[0].peer.endswith('.31')",
    "process_info": "processes is defined",
    "route_info": "routes | length > 0",
    "security_info": "security.denials is defined",
    "socket_info": "sockets is defined",
    "topology_info": "topology.hosts[0].alive",
    "tunnel_zone_info": "tunnel_zones[0].members[0].host == 'compute1'",
    "zookeeper_info": "zookeeper.mode is string",
}


def questions(hosts: str) -> dict[str, object]:
    """A play that asks every question of some hosts, demands that the answer has its form, and shows how well it is known."""
    tasks: list[dict[str, object]] = []
    for name in sorted(asking.QUESTIONS):
        fits = FITTING.get(name, "compute1")
        demand = {"that": f"result.{KNOWN[name]}", "success_msg": f"known: {name}", "fail_msg": "got {{ result | to_json }}"}
        tasks += [
            {f"midonet.diagnostics.{name}": ARGUMENTS.get(name, {}), "register": "result"},
            {
                "ansible.builtin.assert": {"that": ["not result.changed", "result.about is mapping"]},
                "name": f"{name} on {{{{ inventory_hostname }}}}",
            },
            {"ansible.builtin.assert": demand, "when": f"inventory_hostname == '{fits}'"},
        ]
    return {"hosts": hosts, "gather_facts": False, "tasks": tasks}


@pytest.mark.parametrize("ansible", ansibles(), ids=lambda path: path.parent.name)
def test_every_question(shop: Shop, ansible: Path) -> None:
    (shop.path / "play.yml").write_text(json.dumps([questions("compute1:bare:gateway1:api1:cassandra1:zookeeper1:chatty")]))
    ended = shop.run("ansible-playbook", "play.yml", ansible=ansible, **writing(shop), ANSIBLE_STDOUT_CALLBACK="default")
    assert ended.code == 0, ended.output[-3000:]
    for name in asking.QUESTIONS:
        assert f'"msg": "known: {name}"' in ended.output
    assert shop.leaks() == []


def test_check_mode_with_and_without_python(shop: Shop) -> None:
    """Every module in check mode, on a host with Python and on one that has nothing but busybox; flows_info says what to do there."""
    python, bare = "inventory_hostname == 'compute1'", "inventory_hostname == 'bare'"
    subset = {"gather_subset": ["!datapath", "!agent"]}
    tasks = [
        {"midonet.diagnostics.midonet_facts": subset},
        {"ansible.builtin.assert": {"that": ["'datapath' not in ansible_facts.midonet", "ansible_facts.midonet.links | length > 0"]}},
        {"midonet.diagnostics.midonet_facts": {"gather_subset": "lnks"}, "register": "wrong", "ignore_errors": True},
        {"ansible.builtin.assert": {"that": ["wrong is failed", "'did you mean links?' in wrong.msg"]}},
        {"midonet.diagnostics.flows_info": {"path": "/opt/dump.txt"}, "register": "flows", "ignore_errors": True},
        {"ansible.builtin.assert": {"that": ["flows.dump.flows == 200", "not flows.changed"]}, "when": python},
        {"ansible.builtin.assert": {"that": ["flows is failed", "'needs Python on the host' in flows.msg"]}, "when": bare},
        {"ansible.builtin.debug": {"msg": "through on {{ inventory_hostname }}"}},
    ]
    plays = [questions("compute1:bare"), {"hosts": "compute1:bare", "gather_facts": False, "tasks": tasks}]
    (shop.path / "play.yml").write_text(json.dumps(plays))
    ended = shop.run("ansible-playbook", "play.yml", "--check", ANSIBLE_STDOUT_CALLBACK="default")
    assert ended.code == 0, ended.output[-3000:]
    assert '"msg": "through on compute1"' in ended.output
    assert '"msg": "through on bare"' in ended.output
    assert "changed=0" in ended.output
    assert "changed=1" not in ended.output


@pytest.mark.parametrize("ansible", ansibles(), ids=lambda path: path.parent.name)
@pytest.mark.parametrize(
    ("module", "hosts", "words"),
    [
        ("datapath_info", "compute1:bare:swallowed", '"datapath"'),
        ("midonet_facts", "compute1:gateway1:api1:cassandra1:zookeeper1:chatty:bare", '"zookeeper"'),
    ],
)
def test_modules(shop: Shop, ansible: Path, module: str, hosts: str, words: str) -> None:
    ended = shop.run("ansible", hosts, "-m", f"midonet.diagnostics.{module}", "-vvvv", ansible=ansible, **writing(shop))
    assert ended.code == (4 if "swallowed" in hosts else 0), ended.output[-3000:]
    assert words in ended.output
    assert shop.leaks() == []


@pytest.mark.parametrize("ansible", ansibles(), ids=lambda path: path.parent.name)
def test_gather_facts(shop: Shop, ansible: Path) -> None:
    """Here the module itself runs on the host, and Ansible prints all that it says.

    What a login shell says of its own accord is printed then too, whatever the module: that host is left out.
    """
    (shop.path / "play.yml").write_text(
        json.dumps(
            [
                {
                    "hosts": "compute1:gateway1:api1:cassandra1:zookeeper1",
                    "gather_facts": False,
                    "vars": {"ansible_facts_modules": ["midonet.diagnostics.midonet_facts"]},
                    "tasks": [
                        {"ansible.builtin.gather_facts": {}},
                        # Both texts have secrets in them, which are taken out on the host.
                        {
                            "ansible.builtin.assert": {
                                "that": ["ansible_facts.midonet.agent.running", "ansible_facts.midonet.agent.config.root_key == '/midonet'"]
                            },
                            "when": "inventory_hostname == 'compute1'",
                        },
                        {"ansible.builtin.debug": {"var": "ansible_facts"}},
                    ],
                }
            ]
        )
    )
    ended = shop.run("ansible-playbook", "play.yml", "-vvvv", ansible=ansible, **writing(shop), ANSIBLE_STDOUT_CALLBACK="default")
    assert ended.code == 0, ended.output[-3000:]
    assert '"midonet"' in ended.output
    assert shop.leaks() == []
