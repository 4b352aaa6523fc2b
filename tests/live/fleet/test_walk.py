"""The main job over real SSH, against healthy hosts and one of every kind of broken host.

Needs root, namespaces and sshd. Run: pytest tests/live/fleet
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import time
from pathlib import Path

import pytest

from .conftest import Ended, Shop, ansibles
from .ground import Ground

DEADLINE_S = 6
OPTIONS = ("-e", f"midonet_host_deadline={DEADLINE_S}")

# Host: how it must end up, and words of the reason.
STATES = {
    "compute1": ("complete", ""),
    "bare": ("complete", ""),
    "full": ("complete", ""),
    "garbage": ("complete", ""),
    "chatty": ("complete", ""),
    "gateway1": ("complete", ""),
    "zookeeper1": ("complete", ""),
    "cassandra1": ("complete", ""),
    "api1": ("complete", ""),
    "hung": ("partial", "commands did not end in time"),
    "mute": ("failed", "no answer within"),
    "refused": ("not_reached", "Connection refused"),
    "silent": ("not_reached", "timed out"),
    "swallowed": ("not_reached", "timed out"),
}
HEALTHY = ("compute1", "bare", "full", "chatty", "gateway1", "zookeeper1", "cassandra1", "api1")

# What these hosts, each in its way a host of today, really cannot tell.
NOT_HERE = {"time_daemon", "kernel", "clock", "probes", "link_settings", "sockets"}


class Walk:
    """One run over the whole fleet at the highest verbosity, with every callback that writes; and what it did to hosts."""

    def __init__(self, ground: Ground, shop: Shop) -> None:
        self.ground, self.shop = ground, shop
        self.running = [name for name, host in ground.hosts.items() if host.runs]
        self.files = {name: ground.files_of(name) for name in self.running}
        self.processes = {name: ground.processes_of(name) for name in self.running}
        self.ended = shop.play(
            "troubleshoot",
            "-vvvv",
            *OPTIONS,
            "-e",
            "midonet_pseudonym_key=tweety7q-the-key",
            ANSIBLE_LOG_PATH="ansible.log",
            ANSIBLE_CALLBACKS_ENABLED="junit,tree,midonet.diagnostics.screen",
            ANSIBLE_CALLBACK_TREE_DIR=str(shop.path / "tree"),
            JUNIT_OUTPUT_DIR=str(shop.path / "junit"),
        )

    @property
    def record(self) -> Path:
        (record,) = self.shop.records()[:1]
        return record

    @property
    def diagnosis(self) -> dict:
        return json.loads((self.record / "diagnosis.json").read_text())

    def facts(self, host: str) -> dict:
        facts = json.loads((self.record / "hosts" / host / "facts.json").read_text())
        return facts.get("facts", facts)

    def written(self) -> dict[str, list[str]]:
        """By host, the files that came, went or changed since the walk began."""
        changed = {}
        for name, before in self.files.items():
            after = self.ground.files_of(name)
            changed[name] = sorted(path for path in {*before, *after} if before.get(path) != after.get(path))
        return {name: paths for name, paths in changed.items() if paths}

    def left(self) -> dict[str, list[str]]:
        """By host, the processes that were not there before the walk."""
        found = {name: [f"{pid} {line}" for pid, line in self.ground.processes_of(name).items() if pid not in self.processes[name]]
                 for name in self.running}  # fmt: skip
        # A login shell that hangs never ran a word of ours, and no client of ssh can end it.
        found["mute"] = [line for line in found["mute"] if "/usr/local/bin/mute" not in line and "sleep 100005" not in line]
        return {name: lines for name, lines in found.items() if lines}

    def settles(self, seconds: float) -> dict[str, list[str]]:
        """What is left after at most so many seconds."""
        end = time.monotonic() + seconds
        while (left := self.left()) and time.monotonic() < end:
            time.sleep(0.2)
        return left


@pytest.fixture(scope="module")
def walk(ground: Ground, tmp_path_factory: pytest.TempPathFactory) -> Walk:
    return Walk(ground, Shop(ground, tmp_path_factory.mktemp("walk")))


def test_the_verdict_and_every_host(walk: Walk) -> None:
    assert walk.ended.code == 2, walk.ended.output[-3000:]
    coverage = walk.diagnosis["coverage"]["hosts"]
    told = dict.fromkeys(walk.ground.hosts, ("complete", ""))
    told.update({one["host"]: (one["state"], one["reason"]) for one in coverage["incomplete"]})
    assert set(told) == set(STATES)
    for host, (state, words) in STATES.items():
        assert (told[host][0], words in told[host][1]) == (state, True), (host, told[host])
    assert walk.diagnosis["tool_errors"] == [] and walk.diagnosis["broken"] == []
    assert not (walk.record / "errors.log").exists()


@pytest.mark.parametrize("host", HEALTHY)
def test_a_healthy_host_is_fully_judged(walk: Walk, host: str) -> None:
    """Whatever is broken elsewhere: all that the host was asked was understood."""
    about = walk.facts(host)["about"]
    unknown = {name: one["reason"] for name, one in about.items() if one["state"] in ("unknown", "partial") and name not in NOT_HERE}
    if host in ("bare", "zookeeper1", "cassandra1"):  # where no agent is
        unknown = {name: reason for name, reason in unknown.items() if name not in ("datapath", "agent")}
    if host == "cassandra1":  # whose nodetool knows status alone
        unknown.pop("cassandra", None)
    if host == "api1":  # to whose API nobody can log in
        assert "rest_login" in unknown.pop("api") and "rest_login" in unknown.pop("topology")
    # The daemons of these hosts are made of words, and write no log, and a secret stands in a line that bgpd does not have; which is
    # told, and no more than that.
    known = re.compile(r"(bgp|zookeeper)\.log: no log: .*|bgp\.config was understood in part \(line \d+, column 1: 'snmp-server .*")
    unknown = {name: reason for name, reason in unknown.items() if not all(map(known.fullmatch, reason.split("; ")))}
    assert unknown == {}


def test_the_hung_host_tells_what_it_could(walk: Walk) -> None:
    about = walk.facts("hung")["about"]
    assert about["links"]["state"] == "unknown" and "time" in about["links"]["reason"]
    assert about["host"]["state"] == "known"


def test_the_run_is_bounded(walk: Walk) -> None:
    """Two rounds, each with its deadline and the grace after it; all hosts at once; and the judging."""
    assert walk.ended.seconds < 2 * (DEADLINE_S + 5) + 25


def test_nothing_is_left_on_hosts(walk: Walk) -> None:
    assert walk.settles(5) == {}
    assert walk.written() == {}


def test_no_planted_secret_is_seen_or_kept(walk: Walk) -> None:
    for name in ("ansible.log", "junit", "tree"):
        assert (walk.shop.path / name).exists()
    assert walk.shop.leaks() == []
    # The secrets were there to be found: their places still say so.
    evidence = (walk.record / "hosts" / "compute1" / "agent.evidence").read_text(errors="replace")
    assert evidence.count("***REDACTED") > 20


def same_but_for_times(one: Path, other: Path) -> bool:
    texts = []
    for path in (one, other):
        diagnosis = json.loads(path.read_text())
        assert set(diagnosis.pop("times")) == {"started", "finished", "seconds"}
        texts.append(json.dumps(diagnosis))
    return texts[0] == texts[1]


def analyse(shop: Shop, record: Path) -> Ended:
    return shop.play("analyse", "-e", f"midonet_record={record}")


def test_analyse_gives_the_same_diagnosis(walk: Walk, shop: Shop) -> None:
    copy = shop.path / "copy"
    shutil.copytree(walk.record, copy)
    first = (copy / "diagnosis.json").read_bytes()
    # Derived files are thrown away: everything follows from the evidence.
    for path in [*copy.glob("*.json"), *copy.glob("hosts/*/facts.json"), *copy.glob("findings/*")]:
        if path.name not in ("manifest.json", "host.json"):
            path.unlink()
    ended = analyse(shop, copy)
    assert ended.code == 2, ended.output
    assert (copy / "diagnosis.json").read_bytes() == first
    assert shop.leaks() == []


@pytest.mark.parametrize("cut", ["evidence", "host", "manifest", "half"])
def test_analyse_judges_what_is_left_of_a_record(walk: Walk, shop: Shop, cut: str) -> None:
    copy = shop.path / "copy"
    shutil.copytree(walk.record, copy)
    if cut == "evidence":
        for path in copy.glob("hosts/*/*.evidence"):
            os.truncate(path, path.stat().st_size // 2)
    elif cut == "host":
        for path in copy.glob("hosts/*/host.json"):
            os.truncate(path, path.stat().st_size // 2)
    elif cut == "manifest":
        os.truncate(copy / "manifest.json", (copy / "manifest.json").stat().st_size // 2)
    else:
        for path in sorted(copy.rglob("*"))[::2]:
            if path.is_file():
                path.unlink()
    ended = analyse(shop, copy)
    if cut == "manifest":
        assert ended.code in (2, 4) and "failed itself" not in ended.output and "Traceback" not in ended.output, ended.output
    else:
        assert ended.code in (0, 2), ended.output


def test_killed_half_way(walk: Walk, shop: Shop) -> None:
    """Nobody is left to say goodbye: hosts end by themselves, and the record can be judged."""
    process = shop.start("ansible-playbook", "midonet.diagnostics.troubleshoot", *OPTIONS)
    try:
        end = time.monotonic() + 60
        while time.monotonic() < end and len(list(shop.path.glob("records/*/hosts/*/*.evidence"))) < 8:
            time.sleep(0.1)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    (record,) = shop.records()
    assert not (record / "diagnosis.json").exists()
    ended = analyse(shop, record)
    assert ended.code == 2, ended.output
    judged = json.loads((record / "diagnosis.json").read_text())
    assert judged["coverage"]["hosts"]["total"] == len(STATES) and judged["tool_errors"] == []
    assert judged["coverage"]["hosts"]["complete"] + judged["coverage"]["hosts"]["partial"] >= 1
    assert walk.settles(DEADLINE_S + 5) == {}
    assert walk.written() == {}


@pytest.mark.parametrize("ansible", ansibles(), ids=lambda path: path.parent.name)
def test_other_callbacks_and_releases_keep_secrets_too(shop: Shop, ansible: Path) -> None:
    """The callbacks that print results as they are; only hosts that answer at once."""
    ended = shop.play(
        "gather",
        "-vvvv",
        "--limit",
        "compute1,gateway1,api1,cassandra1,chatty",
        ansible=ansible,
        ANSIBLE_STDOUT_CALLBACK="default",
        ANSIBLE_CALLBACKS_ENABLED="junit,tree",
        ANSIBLE_LOG_PATH="ansible.log",
        ANSIBLE_CALLBACK_TREE_DIR=str(shop.path / "tree"),
        JUNIT_OUTPUT_DIR=str(shop.path / "junit"),
    )
    assert ended.code == 0, ended.output[-2000:]
    assert shop.leaks() == []
