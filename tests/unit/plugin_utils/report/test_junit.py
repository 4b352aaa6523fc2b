"""JUnit XML: valid for any words, as many failures as there are things to repair."""

from __future__ import annotations

import xml.etree.ElementTree as ET  # what we parse here is our own
from dataclasses import replace

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.report.diagnosis import Material, diagnosis
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.report.junit import junit
from hypothesis import given
from hypothesis import strategies as st
from report_cases import broken_fleet, finding, healthy_fleet


def parsed(material: Material) -> ET.Element:
    return ET.fromstring("".join(junit(diagnosis(material), material.findings)).encode("utf-8"))


def test_broken_fleet() -> None:
    root = parsed(broken_fleet())
    failures = [case.get("name") for case in root.iter("testcase") if case.find("failure") is not None]
    assert failures == [
        "underlay.resource.disk[/var/lib/zookeeper]",
        "underlay.mtu.consistent[eth1]",
        "meta.host.answered[compute7]",
        "underlay.ping.peer[to compute7]",
        "underlay.ping.peer[to compute7]",
        "zookeeper.process[zk3]",
    ]
    skipped = [element.get("message") for element in root.iter("skipped")]
    assert skipped.count("caused by: ZooKeeper has no quorum: zk2 and zk3 do not serve") == 18
    assert skipped.count("not judged: nodetool did not answer within 10 s") == 4
    assert skipped.count("waived until 2027-01-31: spare port") == 1
    assert [element.text for element in root.iter("system-out")] == ["warning: the clock is 0.8 s off"] * 2


def test_counts_agree() -> None:
    root = parsed(broken_fleet())
    for suite in root:
        cases = list(suite.iter("testcase"))
        for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.get(attribute)) == sum(case.find(tag) is not None for case in cases)
        assert int(suite.get("tests")) == len(cases)
    for attribute in ("tests", "failures", "errors", "skipped"):
        assert int(root.get(attribute)) == sum(int(suite.get(attribute)) for suite in root)


def test_healthy_fleet_has_its_passes() -> None:
    root = parsed(healthy_fleet())
    assert (root.get("tests"), root.get("failures"), root.get("errors"), root.get("skipped")) == ("209", "0", "0", "1")
    assert root.find("testsuite/testcase").get("classname") == "midonet.underlay.compute1"


def test_our_own_failures_are_errors() -> None:
    material = healthy_fleet()
    broken = finding("a.b", "h", "error", reason="boom")
    root = parsed(replace(material, findings=[*material.findings, broken], tool_errors=["facts of h: KeyError"]))
    assert [suite.get("name") for suite in root if suite.get("errors") != "0"] == ["underlay", "tool"]


@given(st.text(), st.binary())
def test_any_words(text: str, raw: bytes) -> None:
    words = text + raw.decode("utf-8", "surrogateescape") + "\x00\x1b]]>&<\"'\ufffe\ud800"
    found = [
        finding("a.b", words, status, words, reason=words, remedy=words, name=words, peer=words)
        for status in ("fail", "warn", "unknown", "error", "pass")
    ]
    root = parsed(Material(hosts=[], findings=found, tool_errors=[words]))
    assert root.get("errors") == "3"
