"""Single questions, over real SSH: what comes back is facts, and no secret."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Shop, ansibles

WRITES = {"ANSIBLE_CALLBACKS_ENABLED": "junit,tree", "ANSIBLE_LOG_PATH": "ansible.log"}


def writing(shop: Shop) -> dict[str, str]:
    return {**WRITES, "ANSIBLE_CALLBACK_TREE_DIR": str(shop.path / "tree"), "JUNIT_OUTPUT_DIR": str(shop.path / "junit")}


@pytest.mark.parametrize("ansible", ansibles(), ids=lambda path: path.parent.name)
@pytest.mark.parametrize(
    ("module", "hosts", "words"),
    [
        ("datapath_info", "compute1:bare:swallowed", '"datapath"'),
        ("bgp_info", "gateway1", "203.0.113.1"),
        ("host_bindings_info", "compute1:api1", "host_id"),
        ("midonet_facts", "compute1:gateway1:api1:cassandra1:zookeeper1:chatty", '"zookeeper"'),
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
