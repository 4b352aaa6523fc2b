"""The HTML report: one file, no way out, nothing that a host says becomes markup, and the lines that prove a finding."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.model import Cause
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.report.diagnosis import HostSummary, Material, diagnosis
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.report.html import html, telling_lines
from report_cases import broken_fleet, finding, healthy_fleet, symptoms

EVIL = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}{% raw %}<!--]]>\x1b[2J\u202e\udcff\x00&amp;</style></pre>"
DF = "Filesystem Size Used Avail Use% Mounted on\n/dev/sda1 40G 9G 31G 24% /\n/dev/sdb1 10G 10G 0 100% /var/lib/zookeeper\n"


class Page(HTMLParser):
    """Collects tags, attributes and texts, and complains about tags that do not match."""

    VOID = ("meta", "input", "br")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] not in ("script", "style"):
            self.text += data


def quote(host: str, item: str) -> tuple[str, str]:
    return f"hosts/{host}/{item.partition('.')[0]}.evidence", DF if item == "underlay.df" else ""


def evil() -> Material:
    said = dict.fromkeys(("message", "kind", "name", "peer", "key", "remedy", "reason"), EVIL)
    found = [
        finding("underlay.link.carrier", EVIL, status, values={EVIL: EVIL}, items=(EVIL,), **said)
        for status in ("fail", "warn", "unknown", "error")
    ]
    effect = finding("operator.check", EVIL, message=EVIL, items=(EVIL,))
    return Material(
        hosts=[HostSummary(EVIL, (EVIL,), "not_reached", EVIL, (EVIL,)), HostSummary("b", (), "partial", EVIL, (EVIL,))],
        findings=[*found, effect],
        causes=[Cause(EVIL, (found[0],), symptoms([effect], EVIL, EVIL), remedy=EVIL, group=EVIL, folded=EVIL)],
        asserts={"underlay.link.carrier": EVIL},
        tool_errors=[EVIL],
        unread=[EVIL],
        kind=EVIL,
        version=EVIL,
        times={"started": EVIL, "finished": None, "seconds": 48},
    )


@pytest.mark.parametrize("material", [broken_fleet(), healthy_fleet(), evil(), Material(hosts=[], findings=[])])
def test_one_file_without_a_way_out(material: Material) -> None:
    text = html(diagnosis(material), lambda host, item: (EVIL, EVIL * 3) if material.kind == EVIL else quote(host, item))
    text.encode("utf-8")
    page = Page(text)
    assert [tag for tag, _ in page.tags].count("script") == 1
    assert [tag for tag, _ in page.tags].count("style") == 1
    for tag, attributes in page.tags:
        assert tag not in ("img", "link", "iframe", "object", "form", "base", "a")
        assert not set(attributes) & {"src", "href", "style", "action"}
        assert not [name for name in attributes if name.startswith("on")]
    assert "http://" not in text
    assert "https://" not in text
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_the_policy_allows_exactly_our_script_and_style() -> None:
    text = html(diagnosis(broken_fleet()))
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text).group(1)
    for tag in ("script", "style"):
        body = re.search(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL).group(1)
        assert f"{tag}-src 'sha256-{base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()}'" in policy
    assert policy.startswith("default-src 'none'")


def test_evil_words_are_shown_as_they_are() -> None:
    page = Page(html(diagnosis(evil()), lambda *_: (EVIL, EVIL)))
    assert "<script>alert(1)</script>" in page.text
    assert "{{ 7*7 }}" in page.text
    assert "\\x1b[2J\\u202e\\xff\\x00" in page.text


def test_it_quotes_what_proves_a_finding() -> None:
    text = html(diagnosis(broken_fleet()), quote)
    assert "<mark>/dev/sdb1 10G 10G 0 100% /var/lib/zookeeper</mark>" in text
    assert "grep -n -A20 &#39;==== underlay.df &#39; hosts/zk2/underlay.evidence" in text
    assert "used_ratio = 1.0" in text


def test_names_tell_more_than_values() -> None:
    lines, telling = telling_lines("eth0 mtu 1500\neth1 mtu 1400\n", ["eth1"], ["1500", "1400"])
    assert [line["text"] for line in lines if line["marked"]] == ["eth1 mtu 1400"]
    assert telling
    assert telling_lines("eth0 mtu 1500\n", ["eth1"], ["1500"])[1]


def test_everything_important_is_in_it() -> None:
    text = Page(html(diagnosis(broken_fleet()))).text
    for words in (
        "ZooKeeper has no quorum",
        "free space on zk2",
        "16 hosts: 14 complete, 1 partial, 1 not reached",
        "compute2, zk1 cannot reach it either",
        "nodetool did not answer within 10 s",
        "the clock is 0.8 s off",
        "spare port",
        "No file system is full.",
    ):
        assert words in text, words


def test_long_lists_are_cut() -> None:
    found = [finding("a.b", f"h{number}") for number in range(1000)]
    text = html(diagnosis(Material(hosts=[], findings=found, causes=[Cause("t", (found[0],), symptoms(found[1:], "a.b"))])))
    assert text.count("data-line") == 301
    assert "and 699 more" in text


@pytest.mark.parametrize(
    ("text", "words", "marked"),
    [
        (DF, ["/var/lib/zookeeper"], ["/dev/sdb1 10G 10G 0 100% /var/lib/zookeeper"]),
        ("eth10 a\neth1 b\neth1.5 c\n", ["eth1"], ["eth1 b", "eth1.5 c"]),
        ("a\nb\n", ["zzz"], []),
        ("", ["a"], []),
        ("mtu 1400\n" * 1000, ["1400"], ["mtu 1400"] * 6),
        ("(.*)+ [x\n", ["(.*)+ [x"], ["(.*)+ [x"]),
    ],
)
def test_telling_lines(text: str, words: list[str], marked: list[str]) -> None:
    lines, telling = telling_lines(text, words)
    assert [line["text"] for line in lines if line["marked"]] == marked
    assert telling == bool(marked)
    assert len(lines) <= 20
