"""What the user got wrong is said in one line, before any host is asked, and never with the exit code of a finding."""

from __future__ import annotations

import pytest

from .conftest import ROOT

NO_GROUPS = "all: {children: {web: {hosts: {w1: }}}}"
EMPTY_COMPUTE = "all: {children: {compute: {hosts: {}}, zookeeper: {hosts: {z1: {ansible_connection: local}}}}}"


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("midonet_host_deadlin=5", "midonet_host_deadlin is no option of this collection; did you mean midonet_host_deadline?"),
        ("midonet_host_deadline=abc", "midonet_host_deadline=abc is not a number of seconds from 1 to 3600"),
        ("midonet_fail_on=fial", "did you mean fail?"),
        ("midonet_layers=underlai", "did you mean underlay?"),
        ("midonet_color=blue", "midonet_color=blue is not one of auto, always, never"),
        ("midonet_compute_group=nova", "midonet_compute_group=nova: the group nova is not in the inventory"),
        ("midonet_waivers=nowhere.yml", "midonet_waivers=nowhere.yml: there is no such file"),
        ("midonet_check_paths=nowhere.yml", "midonet_check_paths=nowhere.yml: there is no such file"),
        ("midonet_record_dir=/proc/x", "/proc/x"),
        ("overlay_tunnel_drop_fail_rati=1", "did you mean overlay_tunnel_drop_fail_ratio?"),
        ("overlay_tunnel_drop_fail_ratio=much", "overlay_tunnel_drop_fail_ratio"),
    ],
)
def test_options(shop, option, said):
    ended = shop.play("troubleshoot", "-e", option)
    assert ended.code == 4, ended.output
    assert len(ended.lines) == 1, ended.output
    assert ended.lines[0].startswith("ERROR: ")
    assert said in ended.lines[0]
    assert not shop.records()


@pytest.mark.parametrize(
    ("inventory", "arguments", "said"),
    [
        (NO_GROUPS, [], "no host in any of the groups"),
        ("all: {hosts: {}}", [], "no host in any of the groups"),
        (NO_GROUPS, ["--limit", "w1"], "no host in any of the groups"),
        (EMPTY_COMPUTE, ["-e", "midonet_compute_group=compute"], "the group compute is empty"),
    ],
)
def test_inventories(shop, inventory, arguments, said):
    (shop.path / "fleet.yml").write_text(inventory)
    ended = shop.play("troubleshoot", *arguments)
    assert ended.code == 4, ended.output
    assert said in ended.output


def test_a_limit_that_leaves_no_host_of_ours(shop):
    (shop.path / "fleet.yml").write_text("all: {children: {web: {hosts: {w1: }}, compute: {hosts: {c1: }}}}")
    ended = shop.play("troubleshoot", "--limit", "w1")
    assert ended.code == 4
    assert "--limit w1 leaves no host of the groups" in ended.output


def test_a_limit_that_matches_nothing(shop):
    assert shop.play("troubleshoot", "--limit", "nosuch").code == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("checks: [", "not YAML"),
        ("checks:\n- {id: own.test}\n", "own.test"),
        (
            "checks:\n- {id: own.test, asserts: x., layer: underlay, subjects: facts.linkz, subject: {kind: link},"
            " fails_when: not carrier, message: x}\n",
            'no field "linkz"',
        ),
        (
            "checks:\n- {id: own.test, asserts: x., layer: underlay, subjects: facts.links, subject: {kind: link},"
            " fails_when: not carier, message: x}\n",
            "did you mean",
        ),
    ],
)
def test_checks_of_ones_own(shop, text, said):
    (shop.path / "own.yml").write_text(text)
    ended = shop.play("troubleshoot", "-e", "midonet_check_paths=own.yml")
    assert ended.code == 4, ended.output
    assert len(ended.lines) == 1, ended.output
    assert "own.yml" in ended.lines[0]
    assert said in ended.lines[0]


def test_a_waiver_of_a_check_that_does_not_exist(shop):
    (shop.path / "waivers.yml").write_text("- {check: underlay.link.carier, reason: known, until: 2099-01-01}\n")
    ended = shop.play("troubleshoot", "-e", "midonet_waivers=waivers.yml")
    assert ended.code == 4, ended.output
    assert "waivers.yml: waiver 1: there is no check underlay.link.carier; did you mean underlay.link.carrier?" in ended.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "no record is given"),
        (["-e", "midonet_record=nowhere"], "nowhere does not exist"),
        (["-e", "midonet_record=/"], "is not a record"),
    ],
)
def test_records(shop, arguments, said):
    ended = shop.run("ansible-playbook", "midonet.diagnostics.analyse", *arguments)
    assert ended.code == 4, ended.output
    assert said in ended.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-e", "midonet_before=nowhere"], "nowhere does not exist"),
        (["-e", "midonet_after=nowhere"], "midonet_before is missing"),
        (["-e", "midonet_befor=nowhere"], "midonet_befor is no option of this collection; did you mean midonet_before?"),
        (["-e", "ansible_connection=nosuch"], "nosuch"),
    ],
)
def test_records_to_compare(shop, arguments, said):
    ended = shop.run("ansible-playbook", "midonet.diagnostics.compare", *arguments)
    assert ended.code not in (0, 2), ended.output
    assert said in ended.output


def test_debug_is_refused(shop):
    ended = shop.play("troubleshoot", ANSIBLE_DEBUG="1")
    assert ended.code == 4
    assert "ANSIBLE_DEBUG prints what hosts answer" in ended.output
    assert not shop.records()


def test_records_to_merge(shop):
    (shop.path / "text").write_text("nonsense")
    for arguments, said in (
        ([], "no records are given"),
        (["-e", "midonet_records=text,text"], "text is named twice"),
        (["-e", "midonet_records=text"], "text is neither a directory nor an archive"),
    ):
        ended = shop.run("ansible-playbook", "midonet.diagnostics.merge", *arguments)
        assert ended.code == 4, ended.output
        assert said in ended.output
    assert not shop.records()


@pytest.mark.parametrize("playbook", ["troubleshoot", "smoke", "gather", "analyse", "merge"])
def test_what_ansible_cannot_do_is_no_finding(shop, playbook):
    """The task that opens the record fails before our code begins, which Ansible ends with 2 by itself."""
    ended = shop.play(playbook, "-e", "ansible_connection=nosuch")
    assert ended.code not in (0, 2), ended.output
    assert "nosuch" in ended.output
    assert not shop.records()


@pytest.mark.parametrize("playbook", ["troubleshoot", "smoke", "gather"])
@pytest.mark.parametrize("option", ["ansible_become_method=nosuch", "ansible_host={{ nothing_of_this_name }}"])
def test_a_fleet_of_which_no_host_can_be_asked_is_no_finding(shop, playbook, option):
    ended = shop.play(playbook, "--become", "-e", option)
    assert ended.code not in (0, 2), ended.output
    assert "Ansible could not ask any host: " in ended.output


@pytest.mark.parametrize("more", [[], ["--tags", "overlay"]])
def test_without_a_record_nothing_is_judged(shop, more):
    ended = shop.play("smoke", "--skip-tags", "always", *more)
    assert ended.code not in (0, 2), ended.output
    assert "no record was opened" in ended.output


def test_half_an_inventory_is_refused(shop):
    (shop.path / "broken.yml").write_text("all: {children: {compute: {hosts: {c3: }}")
    ended = shop.play("gather", "-i", "broken.yml", ANSIBLE_CONFIG=str(ROOT / "ansible.cfg"))
    assert ended.code not in (0, 2), ended.output
    assert "broken.yml" in ended.output
    assert not shop.records()


@pytest.mark.parametrize("task", ["Close the record", "Judge the layer vm", "Say how the run ended"])
def test_nothing_is_begun_in_the_middle(shop, task):
    ended = shop.play("troubleshoot", "--start-at-task", task)
    assert ended.code == 4, ended.output
    assert "record" in ended.lines[-1]
