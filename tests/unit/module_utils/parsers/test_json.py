# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""JSON that was cut: of every fixture, at many bytes, what stands before the cut and nothing else. And JSON that is none, or odd."""

from __future__ import annotations

import importlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import (
    _json,
    http_response,
    ip_addr,
    ip_link,
    ip_route,
    neutron_list,
    nft,
    rest_hosts,
    vtysh,
    vtysh_neighbors,
    vtysh_rib,
    vtysh_routes,
)
from parser_cases import FIXTURES, FUNCTIONS, PACKAGE, Parse, work

RECORDED = FIXTURES.parent / "recorded" / "data"

# The path of a record in a document, its steps with a blank between them. A function that is not called parse stands behind a colon.
TOP = r"\d+"
RECORDS = {
    "ip_addr": r"\d+ addr_info \d+",
    "ip_link": TOP,
    "ip_neigh": TOP,
    "ip_netns": TOP,
    "ip_route": TOP,
    "ip_rule": TOP,
    "neutron_list": TOP,
    "nft": r"nftables \d+",
    "nstat": r"kernel \w+",
    "apparmor": r"profiles \S+|processes \S+ \d+",
    "rest_bgp": TOP,
    "rest_bgp:parse_networks": TOP,
    "rest_bridges": TOP,
    "rest_chains": TOP,
    "rest_hosts": TOP,
    "rest_hosts:parse_bindings": TOP,
    "rest_hosts:parse_interfaces": TOP,
    "rest_ports": TOP,
    "rest_routers": TOP,
    "rest_routers:parse_routes": TOP,
    "rest_traces": TOP,
    "rest_tunnel_zones": TOP,
    "rest_tunnel_zones:parse_members": TOP,
    "vtysh:parse_summary": r"(?:\S+ ){0,2}peers \S+",
    "vtysh_neighbors": r"\S+",
    "vtysh_rib": r"(?:routes|advertisedRoutes) \S+(?: \d+)?",
    "vtysh_routes": r"\S+ \d+",
}
# Beside the fixtures of a parser: what was recorded.
ALSO = {
    "ip_addr": "host/many_forms/h_ip_j_addr.txt",
    "ip_link": "host/many_forms/h_ip_j_s_s_d_link_show.txt",
    "ip_route": "host/many_forms/h_ip_j_6_route_show_table_all.txt",
    "nft": "host/many_forms/h_nft_j_list_ruleset.txt",
    "vtysh:parse_summary": "bgp/many_sessions/r1_show_bgp_summary_json.txt",
    "vtysh_neighbors": "bgp/many_sessions/r1_show_bgp_neighbors_json.txt",
    "vtysh_rib": "bgp/many_sessions/r1_show_ip_bgp_json.txt",
}
MOST_CUTS = 400
LINKS3 = '[{"ifname":"a","flags":[],"mtu":1},{"ifname":"b","flags":[],"mtu":2},{"ifname":"c","flags":[],"mtu":3}]'


def _values(text: str) -> Iterator[tuple[str, int, str]]:
    """(path, where it ends, what would close the document there) of every value, by a reading of its own: one character after the other."""
    steps: list[Any] = []
    closers: list[str] = []
    at = 0
    key: str | None = None
    while at < len(text):
        char = text[at]
        if char == '"':
            end = at + 1
            while text[end] != '"':
                end += 2 if text[end] == "\\" else 1
            end += 1
            if closers and closers[-1] == "}" and key is None:
                key = json.loads(text[at:end])
                steps[-1] = key
            else:
                yield " ".join(map(str, steps)), end, "".join(reversed(closers))
            at = end
            continue
        if char in "[{":
            closers.append("]" if char == "[" else "}")
            steps.append(0 if char == "[" else "")
            key = None
        elif char in "]}":
            closers.pop()
            steps.pop()
            yield " ".join(map(str, steps)), at + 1, "".join(reversed(closers))
            key = "" if closers and closers[-1] == "}" else None
        elif char == ",":
            key = None
            if closers[-1] == "]":
                steps[-1] += 1
        elif char not in ": \t\r\n":
            end = at
            while text[end] not in ",]} \t\r\n":
                end += 1
            # A word or number is only complete when something follows that cannot belong to it.
            yield " ".join(map(str, steps)), end + 1, "".join(reversed(closers))
            at = end
            continue
        at += 1


def test_the_reading_of_its_own() -> None:
    assert list(_values('{"a": [1, {"b":"x]"}], "c": true}')) == [
        ("a 0", 9, "]}"),
        ("a 1 b", 19, "}]}"),
        ("a 1", 20, "]}"),
        ("a", 21, "}"),
        ("c", 33, "}"),
        ("", 33, ""),
    ]


def _lists(data: Any) -> Any:
    """Heads and counts of a document do not matter here."""
    lists = {key: value for key, value in data.items() if isinstance(value, list)} if isinstance(data, dict) else {}
    return lists or data


def _cases() -> Iterator[tuple[str, Path]]:
    for name in RECORDS:
        tool = name.partition(":")[0]
        for path in [*sorted((FIXTURES / tool).glob("*.txt")), *([RECORDED / ALSO[name]] if name in ALSO else [])]:
            try:
                document = json.loads(path.read_text())
            except ValueError:
                continue
            if document and _parser(name)(path.read_text()).state == "ok":
                yield name, path


def _parser(name: str) -> Parse:
    tool, _colon, function = name.partition(":")
    return FUNCTIONS[tool, function or "parse"]


CASES = list(_cases())


def test_every_parser_of_json_has_a_document_that_is_cut() -> None:
    users = {
        path.stem
        for path in Path(next(iter(importlib.import_module(PACKAGE[:-1]).__path__))).glob("*.py")
        if "_json.re" in path.read_text()
    }
    assert {name.partition(":")[0] for name, _path in CASES} >= users - {"_json", "_rest", "http_response"}


@pytest.mark.parametrize(
    ("name", "path"), CASES, ids=lambda value: value if isinstance(value, str) else f"{value.parent.name}-{value.stem}"
)
def test_what_stands_before_a_cut(name: str, path: Path) -> None:
    """The same as of the document that ends with the last record before the cut."""
    parse, text = _parser(name), path.read_text().rstrip()
    ends = [(end, closers) for place, end, closers in _values(text) if re.fullmatch(RECORDS[name], place)]
    assert ends or path.stem in ("none", "not_found") or "one" in path.stem or parse(text).data in ([], {})
    before = _lists(parse("[]" if text.startswith("[") else "{}").data)
    shorter = -1
    pending = iter([*ends, (len(text) + 1, "")])
    end, closers = next(pending)
    for at in range(0, len(text), 1 + len(text) // MOST_CUTS):
        while at >= end:
            before = _lists(parse(text[:end].rstrip(" \t\r\n,") + closers).data)
            end, closers = next(pending)
        parsed = parse(text[:at])
        found = _lists(parsed.data)
        assert found == before, f"cut at {at}"
        anything = any(one != [] for one in found.values()) if isinstance(found, dict) else bool(found)
        assert parsed.state == ("partial" if anything else "not_understood" if at else "empty")
        number = len(json.dumps(found))
        assert number >= shorter
        shorter = number
        if parsed.state == "partial":
            line, column = parsed.unread[-1].line, parsed.unread[-1].column
            place = sum(len(one) + 1 for one in text.split("\n")[: line - 1]) + column - 1
            # Everything up to there was read, and nothing from there on.
            assert 0 < place <= at
            assert not any(place + 1 < other <= at for other, _closers in ends)


MOST_DAMAGES = 60
STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


def _counted(data: Any) -> Counter[str]:
    found = _lists(data)
    if isinstance(found, dict) and not all(isinstance(value, list) for value in found.values()):
        return Counter(json.dumps([key, value], sort_keys=True) for key, value in found.items())
    parts = found.items() if isinstance(found, dict) else [("", found)]
    return Counter(json.dumps([key, one], sort_keys=True) for key, value in parts for one in value)


@pytest.mark.parametrize(
    ("name", "path"), CASES, ids=lambda value: value if isinstance(value, str) else f"{value.parent.name}-{value.stem}"
)
def test_what_stands_behind_a_strange_byte(name: str, path: Path) -> None:
    """A byte that makes no sense costs the record that it is in, and makes none that there is not; its place is told."""
    parse, text = _parser(name), path.read_text()
    whole = _counted(parse(text).data)
    if whole.total() < 4:
        pytest.skip("few records")
    inside = {at for match in STRING.finditer(text) for at in range(match.start() + 1, match.end())}
    # Before the first name nothing tells that this is JSON.
    places = [at for at in range(text.index('"') + 1, len(text.rstrip()) - 1) if at not in inside]
    lost, tried = 0, places[:: max(1, len(places) // MOST_DAMAGES)]
    for at in tried:
        damaged = parse(text[:at] + "\udc80" + text[at:])
        found = _counted(damaged.data)
        assert damaged.state == ("partial" if found else "not_understood") and any("\udc80" in one.text for one in damaged.unread), at
        assert not found - whole, at
        lost += (whole - found).total()
    # One with what is below it (the addresses of an interface): not the half of them on average, as when everything behind it is lost.
    assert lost <= 0.25 * len(tried) * whole.total()


@pytest.mark.parametrize(
    ("damaged", "names"),
    [
        (LINKS3.replace('"mtu":1}', '"mtu":1,'), ["b", "c"]),  # a bracket that is not there
        (LINKS3.replace('"mtu":1}', '"mtu":1}}'), ["a", "b", "c"]),
        (LINKS3.replace('"a"', '"a'), ["b", "c"]),
        (LINKS3.replace('"a"', '"a""'), ["b", "c"]),
        (LINKS3.replace('"flags":[]', '"flags":[', 1), ["b", "c"]),
        (LINKS3.replace('{"ifname":"b"', '"ifname":"b"'), ["c"]),  # the bracket before it may be the one too many
        (LINKS3.replace('{"ifname":"b"', '{{"ifname":"b"'), ["a", "b", "c"]),
        (LINKS3.replace('"b",', '"b"},'), ["a", "c"]),  # half a record is none
        (LINKS3.replace('"mtu":2', '"mtu":\x00'), ["a", "c"]),
        (LINKS3.replace('"mtu":2', '"mtu"'), ["a", "c"]),
        (LINKS3.replace('"mtu":', '"mtu":?'), []),
    ],
)
def test_reading_goes_on_with_the_next_record(damaged: str, names: list[str]) -> None:
    assert damaged != LINKS3
    parsed = ip_link.parse(damaged)
    assert [one["name"] for one in parsed.data] == names
    assert parsed.unread


def test_the_lists_of_a_broken_record_are_no_networks() -> None:
    whole = '{"routes":{"10.0.0.0/8":[{"valid":true,"nexthops":[{"ip":"10.0.0.1"}]}],"10.1.0.0/16":[{"valid":true,"nexthops":[]}]}}'
    for damaged in (whole.replace('8":[', '8":"['), whole.replace('8":[', '8":?['), whole.replace('8":[{"v', '8":[{?"v')):
        assert {one["network"] for one in vtysh_rib.parse(damaged).data["routes"]} <= {"10.0.0.0/8", "10.1.0.0/16"}
    assert [one["network"] for one in vtysh_rib.parse(whole.replace('8":[{"v', '8":[{?"v')).data["routes"]] == ["10.1.0.0/16"]


RULE = '{"nftables":[{"rule":{"family":"ip","table":"t","chain":"c","expr":[{"match":{"op":"==","left":0,"right":0}}]}}]}'
LINKS = '[{"ifindex":1,"ifname":"lo","flags":["UP"],"mtu":65536},{"ifindex":2,"ifname":"eth0","flags":["UP"],"mtu":1500}]\n'
NAMES = ["lo", "eth0"]


def _names(text: str) -> tuple[str, list[str], list[tuple[int, int]]]:
    parsed = ip_link.parse(text)
    return parsed.state, [one["name"] for one in parsed.data], [(one.line, one.column) for one in parsed.unread]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (LINKS, ("ok", NAMES, [])),
        (LINKS.replace(",", ",\r\n").replace("\n", "\r\n"), ("ok", NAMES, [])),
        ("\ufeff" + LINKS, ("ok", NAMES, [])),
        ("Warning: something is deprecated\n" + LINKS, ("partial", NAMES, [(1, 1)])),
        ("\n  warning: [x]\nanother\n" + LINKS, ("partial", NAMES, [(2, 3)])),
        (LINKS + "Dump was interrupted\n", ("partial", NAMES, [(2, 1)])),
        (LINKS.rstrip() + " garbage", ("partial", NAMES, [(1, 114)])),
        (LINKS + "]\n", ("partial", NAMES, [(2, 1)])),
        (LINKS + LINKS, ("ok", NAMES * 2, [])),
        (LINKS.rstrip() + LINKS, ("ok", NAMES * 2, [])),
        (LINKS + "between\n" + LINKS, ("partial", NAMES * 2, [(2, 1)])),
        (LINKS.replace("},{", "}{"), ("ok", NAMES, [])),
        (LINKS.replace("},{", "},,{"), ("ok", NAMES, [])),
        (LINKS.replace("},{", "},{},{"), ("ok", NAMES, [])),
        (LINKS.replace("},{", "},7,{"), ("partial", NAMES, [(1, 57)])),
        (LINKS.replace("},{", "},\x00{"), ("partial", NAMES, [(1, 57)])),
        (LINKS.replace("65536", "6553\udc80"), ("partial", ["eth0"], [(1, 44)])),
        (LINKS.replace("]", "", 1), ("partial", ["eth0"], [(1, 48)])),
        ("\x1b[1m" + LINKS + "\x1b[0m", ("ok", NAMES, [])),
        (LINKS.encode("utf-16-le").decode("utf-8"), ("not_understood", [], [(1, 1), (2, 1)])),
        (LINKS.encode("utf-16").decode("utf-8", "surrogateescape"), ("not_understood", [], [(1, 1), (2, 1)])),
    ],
)
def test_what_stands_around_a_document(text: str, told: Any) -> None:
    assert _names(text) == told


def test_values_that_tell_nothing() -> None:
    text = LINKS.replace("65536", "NaN").replace("1500", "9" * 41)
    assert [one["mtu"] for one in ip_link.parse(text).data] == [None, None]
    for value in ("-Infinity", "1e999", "9" * 100_000, "0." + "1" * 100_000, "null", '"1500"'):
        parsed = ip_link.parse(LINKS.replace("1500", value))
        assert (parsed.state, parsed.data[1]["mtu"]) == ("ok", None)
        json.dumps(parsed.data, allow_nan=False)


def test_a_name_that_comes_twice() -> None:
    """Of two values none is the right one; of two lists under one name both are kept."""
    link = '[{"ifname":"eth0","flags":[],"mtu":1500,"operstate":"UP","operstate":"DOWN","mtu":1500}]'
    assert [(one["oper_state"], one["mtu"]) for one in ip_link.parse(link).data] == [(None, 1500)]
    routes = '{"10.0.0.0/8":[{"protocol":"bgp","selected":true}],"10.0.0.0/8":[{"protocol":"static"}]}'
    assert [one["protocol"] for one in vtysh_routes.parse(routes).data] == ["bgp", "static"]
    peer = '{"remoteAs":1,"state":"%s"}'
    peers = ",".join(f'"10.0.0.1":{peer.replace("%s", state)}' for state in ("Active", "Established"))
    summary = f'{{"ipv4Unicast":{{"peers":{{{peers}}}}}}}'
    assert [one["state"] for one in vtysh.parse_summary(summary).data["peers"]] == ["active", "established"]


def test_half_a_number_is_not_believed() -> None:
    assert _json.read('{"a":15').documents[0].part.members == []
    assert _json.read('{"a":15,').documents[0].part.members == [_json.Member("a", 15, 5)]
    for half in ("1.", "-", "1e", "tru", '"x', '"x\\'):
        assert not _json.read('{"a":' + half).documents[0].part.members


@pytest.mark.parametrize("depth", [39, 41, 900, 3000, 100_000])
def test_deep_documents(depth: int) -> None:
    """One that nests deeper than any tool's tells nothing in the place where it does, breaks nothing, and costs no more than it is long."""
    deep = "[" * depth + "]" * depth
    for inner in (deep, deep[: depth + 1], '{"a":' * depth + "1" + "}" * depth, '{"a":' * depth):
        for name, parse in FUNCTIONS.items():
            if name[0] in {one.partition(":")[0] for one in RECORDS}:
                for text in (inner, LINKS.replace("65536", inner), RULE.replace("0", inner)):
                    assert work(parse, text) < 40 * len(text) + 2000
    links = LINKS.replace("1500", deep)
    # How deep the interpreter's own reader goes depends on the interpreter.
    assert _names(links)[:2] in ([("ok", NAMES)] if depth < 500 else [("ok", NAMES), ("partial", ["lo"])])


@pytest.mark.parametrize(
    "piece",
    [
        "[]\n",
        "[]",
        "{}",
        "[{}]",
        '{"a":1}\n',
        '[{"a":1}',
        '{"a":{',
        '{"a":[',
        "[1,",
        '["',
        '"\\',
        "x\n[",
        "[\n",
        "[{\n",
        '{"a":1,"a":2,',
        "x",
        "{",
        "[[1],",
    ],
)
def test_documents_take_linear_work(piece: str) -> None:
    small, large = ("[" + piece * (length // len(piece)) for length in (5_000, 40_000))
    for read in (_json.read, lambda text: _json.read(text[1:]), _json.records):
        assert work(read, large) < 8.5 * work(read, small) + 100


def test_every_virtual_routing_table() -> None:
    """With `vrf all` FRR prints objects by the name of the table."""
    route = '{"0.0.0.0/0":[{"prefix":"0.0.0.0/0","vrfName":"NAME","protocol":"bgp"}]}'
    routes = "{" + ",".join(f'"{name}":{route.replace("NAME", name)}' for name in ("default", "blue")) + "}"
    assert [(one["network"], one["vrf"]) for one in vtysh_routes.parse(routes).data] == [("0.0.0.0/0", "default"), ("0.0.0.0/0", "blue")]
    peers = '{"default":{"vrfId":0,"vrfName":"default","10.0.0.1":{"remoteAs":65001,"bgpState":"Idle"}}}'
    assert [(one["address"], one["state"]) for one in vtysh_neighbors.parse(peers).data] == [("10.0.0.1", "idle")]
    table = '{"default":{"vrfId":0,"routerId":"10.0.0.9","localAS":65009,"routes":{"10.0.0.0/8":[{"valid":true,"nexthops":[]}]}}}'
    found = vtysh_rib.parse(table)
    assert (found.state, found.data["router_id"], found.data["local_as"], len(found.data["routes"])) == ("ok", "10.0.0.9", 65009, 1)


def test_other_documents_are_not_understood() -> None:
    for parse in (vtysh.parse_summary, vtysh_neighbors.parse, vtysh_rib.parse, vtysh_routes.parse, nft.parse, neutron_list.parse):
        for text in ('{"some":"thing"}', '{"a":{"b":{"c":1}}}', "[1,2]", '[["x"]]'):
            assert parse(text).state == "not_understood", (parse, text)
    assert rest_hosts.parse("[1]").state == "not_understood"
    assert ip_route.parse('{"dst":"default"}').state == "not_understood"
    assert ip_addr.parse('["eth0"]').state == "not_understood"


def test_a_body_that_was_cut_is_still_json() -> None:
    head = "HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n"
    assert http_response.parse(head + '{"a":1,"b":[{"c').data["body"] == "json"
    assert http_response.parse(head + '{"a":1,"b":[{"c').state == "partial"
    assert http_response.parse(head + "{not json").data["body"] == "text"
