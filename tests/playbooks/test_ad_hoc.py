"""The modules that ask one host, used as users use them: alone, in playbooks, as their documentation shows it."""

from __future__ import annotations

import gzip
import importlib
import json
import re
import shlex
import shutil
import sys
from pathlib import Path

import pytest
import yaml
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller import asking

from .conftest import ROOT, Ended, Shop

MODULES = sorted(asking.QUESTIONS)
WORDS = yaml.safe_load((ROOT / "tools" / "info_modules.yml").read_text())
PAGE = (ROOT / "docs" / "ad-hoc.md").read_text()
DEMO = ROOT / "inventories" / "demo"
HEALTHY = ROOT / "inventories" / "demo-healthy"
RECORD = ROOT / "inventories" / "demo-record"
DUMP = ROOT / "tests" / "golden" / "data" / "v5" / "dump-06.txt"
GROUPS = {"compute1": "compute", "gw1": "gateway", "zk1": "zookeeper", "cas2": "cassandra", "api1": "api"}
SHOWN = {"ANSIBLE_STDOUT_CALLBACK": "default", "ANSIBLE_NOCOLOR": "1", "ANSIBLE_GATHERING": "explicit"}


def examples(name: str) -> list[dict]:
    module = importlib.import_module(f"ansible_collections.midonet.diagnostics.plugins.modules.{name}")
    return yaml.safe_load(module.EXAMPLES)


def demo(shop: Shop, program: str, *arguments: str, record: Path = HEALTHY, **environment: str) -> Ended:
    given = [*arguments, "-i", str(DEMO), "-e", f"midonet_replay={record}"]
    return shop.run(program, *given, **{**SHOWN, **environment})


def play(shop: Shop, plays: list[dict], *arguments: str, **more) -> Ended:
    (shop.path / "play.yml").write_text(yaml.safe_dump(plays, sort_keys=False))
    return demo(shop, "ansible-playbook", "play.yml", *arguments, **more)


@pytest.mark.parametrize("check", [False, True], ids=["run", "check"])
def test_examples(shop: Shop, check: bool) -> None:
    """Every example of every module, on the hosts that it is for; afterwards a file per host says that it was the last task."""
    plays = []
    for name in MODULES:
        done = {"name": "Done", "ansible.builtin.debug": {"msg": f"done {name} {{{{ result.changed }}}} {{{{ result.about is defined }}}}"}}
        plays.append({"name": name, "hosts": GROUPS[WORDS[name]["sample_host"]], "gather_facts": False, "tasks": [*examples(name), done]})
    ended = play(shop, plays, *(["--check"] if check else []))
    assert ended.code == 0, ended.output[-3000:]
    assert re.findall(r"failed=[1-9]|unreachable=[1-9]|rescued=[1-9]|ignored=[1-9]", ended.output) == []
    for name in MODULES:
        assert f"done {name} False True" in ended.output


def test_examples_of_facts(shop: Shop) -> None:
    """The last one lets Ansible run the module on the host, which is this one."""
    tasks = examples("midonet_facts")
    variables = {"ansible_python_interpreter": "{{ ansible_playbook_python }}", "ansible_become": False}
    last = {"ansible.builtin.debug": {"msg": "done {{ ansible_facts.midonet | length }} {{ ansible_facts.system }}"}}
    ended = play(shop, [{"hosts": "compute1", "gather_facts": False, "vars": variables, "tasks": [*tasks, last]}])
    assert ended.code == 0, ended.output[-3000:]
    assert re.search(r"done \d\d+ Linux", ended.output)


def mm_dpctl(shop: Shop) -> Path:
    """A program that prints a genuine dump."""
    tool = shop.path / "bin" / "mm-dpctl"
    tool.parent.mkdir()
    show = DUMP.with_name("show-01.txt")
    tool.write_text(f"#!/bin/sh\ncase $* in\n*--show*) cat {show} ;;\n*--dump*) cat {DUMP} ;;\n*) exit 1 ;;\nesac\n")
    tool.chmod(0o755)
    return tool


def test_examples_of_flows(shop: Shop) -> None:
    """An ordinary module: it runs on the host, which is this one, and starts an mm-dpctl that prints a genuine dump."""
    tool = mm_dpctl(shop)
    (shop.path / "flows.txt.gz").write_bytes(gzip.compress(DUMP.read_bytes()))
    variables = {"ansible_python_interpreter": "{{ ansible_playbook_python }}", "ansible_become": False}
    last = {"ansible.builtin.debug": {"msg": "done {{ result.dump.flows }} {{ path.dump.matched }} {{ kept.dump.flows }}"}}
    keywords = {"hosts": "compute1", "gather_facts": False, "environment": {"PATH": f"{tool.parent}:/usr/bin:/bin"}}
    tasks = [*examples("flows_info"), last]
    ended = play(shop, [{**keywords, "vars": variables, "tasks": tasks}])
    assert ended.code == 0, ended.output[-3000:]
    assert re.search(r"done 200 [1-9]\d* 200", ended.output), ended.output[-3000:]


PLAYBOOKS = sorted(path.name for path in (ROOT / "docs" / "examples").glob("*.yml"))


def shown(shop: Shop, playbook: str, *arguments: str, **more) -> Ended:
    return demo(shop, "ansible-playbook", str(ROOT / "docs" / "examples" / playbook), *arguments, **more)


def test_every_playbook_of_the_page_is_tried() -> None:
    assert PLAYBOOKS == ["bgp_not_established.yml", "facts.yml", "small_mtu.yml", "zookeeper_leader.yml"]
    assert all(f"<!-- from docs/examples/{name} -->" in PAGE for name in PLAYBOOKS)


def copy(shop: Shop, host: str, file: str, old: str, new: str) -> Path:
    """The healthy record with one thing changed."""
    record = shop.path / "record"
    shutil.copytree(HEALTHY, record)
    evidence = record / "hosts" / host / file
    text = evidence.read_text()
    assert old in text
    evidence.write_text(text.replace(old, new))
    return record


def test_small_mtu(shop: Shop) -> None:
    healthy = shown(shop, "small_mtu.yml")
    assert healthy.code == 0, healthy.output
    assert '"msg"' not in healthy.output
    wrong = copy(shop, "compute5", "underlay.evidence", "UP,LOWER_UP> mtu 1500", "UP,LOWER_UP> mtu 1400")
    ended = shown(shop, "small_mtu.yml", record=wrong)
    assert ended.code == 0, ended.output
    assert re.findall(r"ok: \[(\w+)\] => \{\s+\"msg\": \"([^\"]*)\"", ended.output) == [("compute5", "eth0, eth1")]


def test_bgp_not_established(shop: Shop) -> None:
    healthy = shown(shop, "bgp_not_established.yml")
    assert healthy.code == 0, healthy.output
    assert '"msg"' not in healthy.output
    # The last columns of the summary: time in this state, and the prefixes or the state.
    record = copy(shop, "gw1", "bgp.evidence", "", "")
    evidence = record / "hosts" / "gw1" / "bgp.evidence"
    text, count = re.subn(r"(?m)^(203\.0\.113\.\d+ .* \d\d:\d\d:\d\d +)2( +\d+)( N/A)?$", r"\g<1>Active\g<2>\g<3>", evidence.read_text())
    assert count
    evidence.write_text(text)
    ended = shown(shop, "bgp_not_established.yml", record=record)
    assert ended.code == 0, ended.output
    assert re.search(r'"msg": "bgp-\w+: 203\.0\.113\.\d+ is active"', ended.output), ended.output


def test_zookeeper_leader(shop: Shop) -> None:
    assert shown(shop, "zookeeper_leader.yml").code == 0
    leader = next(host for host in ("zk1", "zk2", "zk3") if "Mode: leader" in (HEALTHY / "hosts" / host / "zookeeper.evidence").read_text())
    ended = shown(shop, "zookeeper_leader.yml", "--limit", f"zookeeper,!{leader}")
    assert ended.code == 2, ended.output
    assert "The servers are follower, follower" in ended.output


def test_facts(shop: Shop) -> None:
    ended = shown(shop, "facts.yml", "--limit", "compute1", "-e", "ansible_python_interpreter={{ansible_playbook_python}}")
    assert ended.code == 0, ended.output
    assert ended.output.count("ok: [compute1]") == 1 + ('"msg"' in ended.output)


COMMANDS = [
    [shlex.split(line) for line in block.splitlines()] for block in re.findall(r"^```sh\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
]


def test_flows_of_a_host_without_python(shop: Shop) -> None:
    """The host prints them, and they are read on this one."""
    ask, read = COMMANDS[1]
    assert ask[-2:] == [">", "flows.txt"]
    host = [
        "-i",
        "compute1,",
        "-e",
        '{"ansible_connection": "local", "ansible_become": false, "ansible_python_interpreter": "/nowhere/python3"}',
    ]
    found = {"PATH": f"{mm_dpctl(shop).parent}:/usr/bin:/bin"}
    ended = shop.run(ask[0], *ask[1:-2], *host, **SHOWN, **found)
    assert ended.code == 0, ended.output
    (shop.path / "flows.txt").write_text(ended.output)
    ended = shop.run(read[0], *read[1:], **SHOWN)
    assert ended.code == 0, ended.output
    dump = json.loads(ended.output[ended.output.index("{") :])["dump"]
    assert (dump["flows"], dump["complete"], dump["matched"], dump["unknown_lines"] < 3) == (200, True, 1, True)
    ended = shop.run(ask[0], "compute1", "-m", "midonet.diagnostics.flows_info", *host, **SHOWN, **found)
    assert ended.code == 2, ended.output
    assert "flows_info needs Python on the host, and /nowhere/python3 cannot be run there" in ended.output


def test_commands_of_the_page(shop: Shop) -> None:
    assert [len(block) for block in COMMANDS] == [3, 2]
    commands = COMMANDS[0]
    for program, *words in commands:
        ended = demo(shop, program, *words)
        assert ended.code == 0, ended.output
        assert "SUCCESS" in ended.output
        assert "FAILED!" not in ended.output


def test_json_query(shop: Shop) -> None:
    """The expression of the page, with the filter itself, tells what a plain reading of the result tells."""
    collections = ROOT / ".cache" / "collections"
    assert (collections / "ansible_collections" / "community" / "general").is_dir(), "make setup-test brings community.general"
    ended = demo(shop, "ansible", "compute1", "-m", "midonet.diagnostics.link_info")
    links = json.loads(ended.output.partition("=>")[2])["links"]
    (expression,) = re.findall(r"```jinja\n(.*?)\n```", PAGE)
    copied = {"content": expression.replace("}}", "| to_json }}"), "dest": str(shop.path / "small.json"), "mode": "0600"}
    tasks = [{"midonet.diagnostics.link_info": None, "register": "result"}, {"ansible.builtin.copy": copied, "delegate_to": "localhost"}]
    here = {"hosts": "compute1", "gather_facts": False, "tasks": tasks, "vars": {"ansible_python_interpreter": sys.executable}}
    ended = play(shop, [here], ANSIBLE_COLLECTIONS_PATH=f"{ROOT / '.build'}:{collections}")
    assert ended.code == 0, ended.output
    small = [{"name": link["name"], "mtu": link["mtu"]} for link in links if link["mtu"] < 1500]
    assert json.loads((shop.path / "small.json").read_text()) == small != []


@pytest.mark.parametrize(
    ("module", "arguments", "words"),
    [
        ("link_info", "host=compute1", "host is no option of link_info, which has none"),
        ("midonet_facts", "gather_subsets=all", "gather_subsets is no option of midonet_facts; did you mean gather_subset?"),
        ("midonet_facts", "gather_subset=lnks", "gather_subset: lnks is no subset; did you mean links?"),
        ("ping_info", "", "ping_info: missing required arguments: peers"),
        ("ping_info", "peers=gw1", "ping_info: peers: 'gw1' is no IPv4 address"),
        ("midonet_facts", "gather_timeout=long", "midonet_facts: argument 'gather_timeout'"),
    ],
)
def test_a_mistake_is_one_clear_line(shop: Shop, module: str, arguments: str, words: str) -> None:
    ended = demo(shop, "ansible", "compute1", "-m", f"midonet.diagnostics.{module}", "-a", arguments)
    assert ended.code == 2, ended.output
    assert "compute1 | FAILED!" in ended.output
    (message,) = re.findall(r'"msg": "(.*)"', ended.output)
    assert message.startswith(words)
    assert len(message) < 300


def test_a_host_that_is_not_reached(shop: Shop) -> None:
    given = ["-i", "nobody,", "-e", "ansible_host=127.0.0.1 ansible_port=1 ansible_ssh_common_args='-F /dev/null'"]
    ended = shop.run("ansible", "nobody", "-m", "midonet.diagnostics.link_info", *given, **SHOWN)
    assert ended.code == 4, ended.output
    assert "nobody | UNREACHABLE!" in ended.output
    (message,) = re.findall(r'"msg": "(.*)"', ended.output)
    assert "refused" in message


def test_all_modules_on_this_host_without_a_group_or_python(shop: Shop) -> None:
    """This host is asked over the local connection. It has interfaces, and nothing of MidoNet."""
    tasks = []
    for name in MODULES:
        told = f"told {name} {{{{ result.about.state | default('several') }}}} {{{{ result | length > 3 }}}}"
        tasks += [
            {f"midonet.diagnostics.{name}": WORDS[name].get("sample_arguments"), "register": "result"},
            {"ansible.builtin.debug": {"msg": told}},
        ]
    tasks += [
        {"midonet.diagnostics.link_info": None, "register": "result"},
        {"ansible.builtin.assert": {"that": "'lo' in result.links | map(attribute='name')"}},
        {"midonet.diagnostics.datapath_info": None, "register": "result"},
        {"ansible.builtin.assert": {"that": ["result.datapath is none", "'command not found' in result.about.reason"]}},
    ]
    (shop.path / "play.yml").write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": tasks}]))
    given = ["-i", "somehost,", "-e", '{"ansible_connection": "local", "ansible_python_interpreter": "/nonexistent"}', "--check"]
    ended = shop.run("ansible-playbook", "play.yml", *given, **SHOWN, PATH="/usr/sbin:/usr/bin:/sbin:/bin")
    assert ended.code == 0, ended.output[-3000:]
    assert re.findall(r"told (\w+) (?:known|partial|unknown|several) True", ended.output) == MODULES


def test_defaults_of_one_module_are_not_those_of_another(shop: Shop) -> None:
    defaults = {
        "midonet.diagnostics.midonet_facts": {"gather_subset": ["clock"]},
        "midonet.diagnostics.link_info": {"nonsense": 1},
    }
    tasks = [
        {"midonet.diagnostics.midonet_facts": None},
        {"ansible.builtin.assert": {"that": "ansible_facts.midonet.keys() | sort == ['about', 'clock']"}},
        {"midonet.diagnostics.clock_info": None},
        {"midonet.diagnostics.link_info": None, "register": "result", "ignore_errors": True},
        {"ansible.builtin.assert": {"that": "'nonsense' in result.msg"}},
    ]
    ended = play(shop, [{"hosts": "compute1", "gather_facts": False, "module_defaults": defaults, "tasks": tasks}])
    assert ended.code == 0, ended.output[-3000:]
    group = {"group/midonet.diagnostics.info": {"gather_subset": ["clock"]}}
    ended = play(shop, [{"hosts": "compute1", "gather_facts": False, "module_defaults": group, "tasks": tasks[:2]}])
    assert ended.code == 0, ended.output[-3000:]
    short = [{"link_info": None, "register": "result"}, {"ansible.builtin.assert": {"that": "result.links | length > 1"}}]
    ended = play(shop, [{"hosts": "compute1", "gather_facts": False, "collections": ["midonet.diagnostics"], "tasks": short}])
    assert ended.code == 0, ended.output[-3000:]
