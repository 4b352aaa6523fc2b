"""What a run gives when nothing goes wrong: records, exit codes, the same diagnosis again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml

DERIVED = ("diagnosis.json", "fleet.json", "hosts.json", "findings", "report.html", "junit.xml", "screen.txt")

ROLE = """
- hosts: web
  gather_facts: false
  roles:
    - role: midonet.diagnostics.zookeeper
  post_tasks:
    - name: Show them
      ansible.builtin.copy:
        content: "{{ zookeeper_findings | to_json }}"
        dest: findings.json
      vars: {ansible_python_interpreter: "{{ ansible_playbook_python }}"}
"""


@pytest.fixture
def judged(shop):
    """A run over the fleet that found something: no ZooKeeper serves here."""
    ended = shop.play("troubleshoot")
    assert ended.code == 2, ended.output
    return ended


def test_judging_again_gives_the_same(shop, judged):
    (record,) = shop.records()
    before = (record / "diagnosis.json").read_bytes()
    for name in DERIVED:
        shutil.rmtree(record / name) if (record / name).is_dir() else (record / name).unlink()
    for facts in record.glob("hosts/*/facts.json"):
        facts.unlink()
    ended = shop.run("ansible-playbook", "midonet.diagnostics.analyse", "-e", f"midonet_record={record}")
    assert ended.code == 2, ended.output
    assert (record / "diagnosis.json").read_bytes() == before


def test_nobody_has_to_read_to_the_end(shop, judged):
    """`… | head -1`: the run goes on without its reader, and its exit code is the verdict."""
    (record,) = shop.records()
    analyse = ("ansible-playbook", "midonet.diagnostics.analyse", "-v", "-e", f"midonet_record={record}")
    with shop.start(*analyse) as process:
        assert process.stdout.readline()
        process.stdout.close()
        assert process.wait(120) == 2
    with Path("/dev/full").open("wb") as full, shop.start(*analyse, stdout=full) as process:
        assert process.wait(120) == 2


def test_a_threshold_given_anew_counts(shop, judged):
    (record,) = shop.records()
    ended = shop.run("ansible-playbook", "midonet.diagnostics.analyse", "-e", f"midonet_record={record}", "-e", "midonet_fail_on=never")
    assert ended.code == 0, ended.output


def test_two_records(shop, judged):
    """The same fleet a second time is no news; what broke since is, and ends with 2."""
    (record,) = shop.records()
    later = record.parent / "later"
    shutil.copytree(record, later)
    compare = ("ansible-playbook", "midonet.diagnostics.compare", "-e", f"midonet_before={record}", "-e", f"midonet_after={later}")
    ended = shop.run(*compare)
    assert ended.code == 0, ended.output
    told = json.loads((later / "comparison.json").read_text())
    assert told["causes"]["still"]
    assert not told["causes"]["new"]
    assert not (record / "comparison.json").exists()
    shutil.rmtree(record / "hosts" / "z1")
    ended = shop.run(*compare)
    assert ended.code == 2, ended.output
    assert "something is broken that was not broken before" in ended.output


def test_slices_of_a_run(shop, judged):
    """Two halves of a record, one of them as an archive, give the diagnosis of the whole."""
    (record,) = shop.records()
    halves = [shop.path / name for name in ("first", "second")]
    manifest = json.loads((record / "manifest.json").read_text())
    for half, mine in zip(halves, (("c1", "c2"), ("g1", "z1", "a1")), strict=True):
        (half / "hosts").mkdir(parents=True)
        (half / "manifest.json").write_text(json.dumps({**manifest, "hosts": {host: manifest["hosts"][host] for host in mine}}))
        for host in mine:
            shutil.copytree(record / "hosts" / host, half / "hosts" / host)
    shutil.make_archive(str(halves[1]), "gztar", shop.path, "second")
    ended = shop.run("ansible-playbook", "midonet.diagnostics.merge", "-e", "midonet_records=first,second.tar.gz")
    assert ended.code == 2, ended.output
    merged = next(path for path in shop.records() if path != record)
    assert json.loads((merged / "diagnosis.json").read_text()) == json.loads((record / "diagnosis.json").read_text())


def test_the_screen_comes_again_after_the_recap(shop, judged):
    (record,) = shop.records()
    ended = shop.run(
        "ansible-playbook",
        "midonet.diagnostics.analyse",
        "-e",
        f"midonet_record={record}",
        ANSIBLE_STDOUT_CALLBACK="default",
        ANSIBLE_CALLBACKS_ENABLED="midonet.diagnostics.screen",
    )
    assert "MidoNet diagnosis" in ended.output.partition("PLAY RECAP")[2]


def test_a_limit_and_tags(shop):
    ended = shop.play("troubleshoot", "--limit", "c1", "--tags", "underlay")
    assert ended.code in (0, 2)
    (record,) = shop.records()
    manifest = json.loads((record / "manifest.json").read_text())
    assert list(manifest["hosts"]) == ["c1"]
    assert manifest["roles"] == ["underlay", "report"]
    assert manifest["finished"]


def test_a_host_in_two_groups_is_asked_once(shop):
    ended = shop.play("gather", "-v")
    assert ended.code == 0, ended.output
    asked = [line for line in ended.lines if line.startswith("ok: z1: Ask every host")]
    assert len(asked) == 1
    (record,) = shop.records()
    assert not (record / "diagnosis.json").exists()
    assert json.loads((record / "manifest.json").read_text())["hosts"]["z1"]["groups"] == ["zookeeper", "cassandra"]


def test_a_recorded_fleet(shop):
    assert shop.play("gather").code == 0
    (source,) = shop.records()
    fleet = yaml.safe_load((shop.path / "fleet.yml").read_text())
    fleet["all"]["vars"] = {"ansible_connection": "nosuch", "midonet_replay": str(source)}
    (shop.path / "fleet.yml").write_text(yaml.safe_dump({**fleet, "all": {**fleet["all"], "vars": {"midonet_replay": str(source)}}}))
    ended = shop.play("troubleshoot")
    assert ended.code == 2, ended.output
    record = shop.records()[-1]
    for name in ("c1", "z1"):
        before = {path.name: path.read_text() for path in (source / "hosts" / name).glob("*.evidence")}
        assert before
        assert {path.name: path.read_text() for path in (record / "hosts" / name).glob("*.evidence")} == before


def test_a_host_that_ansible_cannot_ask(shop):
    fleet = yaml.safe_load((shop.path / "fleet.yml").read_text())
    fleet["all"]["children"]["compute"]["hosts"]["c2"] = {"ansible_host": "{{ nothing_of_this_name }}"}
    (shop.path / "fleet.yml").write_text(yaml.safe_dump(fleet))
    ended = shop.play("smoke", "--tags", "underlay")
    assert ended.code in (0, 2), ended.output
    (record,) = shop.records()
    told = json.loads((record / "hosts" / "c2" / "host.json").read_text())
    assert told["state"] == "not_reached"
    assert "nothing_of_this_name" in told["reason"]


def test_a_role_alone(shop):
    (shop.path / "role.yml").write_text(ROLE)
    (shop.path / "web.yml").write_text("all: {children: {web: {hosts: {w1: }}}, vars: {ansible_connection: local}}")
    ended = shop.run("ansible-playbook", "-i", "web.yml", "role.yml")
    assert ended.code == 0, ended.output
    findings = json.loads((shop.path / "findings.json").read_text())
    assert {finding["host"] for finding in findings} == {"w1", ""}
    assert any(finding["status"] == "fail" for finding in findings)
    ended = shop.run("ansible-playbook", "-i", "web.yml", "role.yml", "-e", "zookeeper_fail_on=fail")
    assert ended.code == 2, ended.output


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("midonet_fail_on=fial", "did you mean fail?"),
        ("zookeeper_fail_on=fial", "zookeeper_fail_on=fial is not one of fail, warn, never"),
        ("zookeeper_fail_onn=fail", "did you mean zookeeper_fail_on?"),
        ("zookeeper_latency_fail_ms=much", 'threshold zookeeper_latency_fail_ms: "much" is not a number'),
        ('{"zookeeper_latency_fail_ms": [1]}', "is not a number"),
    ],
)
def test_a_wrong_option_of_a_role_alone(shop, option, said):
    (shop.path / "role.yml").write_text(ROLE)
    (shop.path / "web.yml").write_text("all: {children: {web: {hosts: {w1: }}}, vars: {ansible_connection: local}}")
    ended = shop.run("ansible-playbook", "-i", "web.yml", "role.yml", "-e", option)
    assert ended.code == 4, ended.output
    assert said in ended.output


@pytest.mark.parametrize("module", ["datapath_info", "bgp_info", "host_bindings_info", "midonet_facts"])
def test_ad_hoc(shop, module):
    ended = shop.run("ansible", "c1", "-i", "fleet.yml", "-m", f"midonet.diagnostics.{module}", "--check")
    assert ended.code == 0, ended.output
    assert "c1 | SUCCESS" in ended.output


def test_facts_among_those_of_ansible(shop):
    (shop.path / "facts.yml").write_text(
        "- hosts: c1\n"
        "  vars:\n"
        "    ansible_facts_modules: [midonet.diagnostics.midonet_facts]\n"
        "    ansible_python_interpreter: '{{ ansible_playbook_python }}'\n"
        "  tasks:\n"
        "    - ansible.builtin.assert: {that: \"'lo' in ansible_facts.midonet.links | map(attribute='name')\"}\n"
    )
    ended = shop.run("ansible-playbook", "-i", "fleet.yml", "facts.yml")
    assert ended.code == 0, ended.output
