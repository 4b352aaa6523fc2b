# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a host has, printed as old and new releases of its tools print it, and read back: addresses, routes, rules, filters, clocks, …"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import (
    chronyc,
    chronyc_sources,
    ip_addr,
    ip_link,
    ip_neigh,
    ip_route,
    ip_rule,
    iptables_save,
    ntpq,
)
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed
from hypothesis import given, settings
from hypothesis import strategies as st

EXAMPLES = settings(max_examples=30, deadline=None)
Model = dict[str, Any]
Print = Callable[[list[Model]], str]

ipv4 = st.integers(1, 2**32 - 2).map(lambda number: ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0)))
ipv6 = st.integers(1, 2**16 - 1).map(lambda number: f"2001:db8::{number:x}")
name = st.from_regex(r"[a-z][a-z0-9_.-]{0,13}[a-z0-9]", fullmatch=True)
mac = st.integers(0, 2**48 - 1).map(lambda number: ":".join(f"{number >> shift & 255:02x}" for shift in range(40, -1, -8)))
table_name = st.sampled_from(["main", "local", "default"]) | st.integers(1, 2**31 - 1).map(str)


def holds(parse: Callable[[str], Parsed[Any]], text: str, wanted: list[Model], fields: list[str] | None = None) -> None:
    """The text is understood to its last line and says what is wanted; of a cut text, what stands before the cut."""
    parsed = parse(text)
    assert (parsed.state, parsed.unread) == ("ok" if wanted else "empty", [])
    read = [{field: one[field] for field in fields or one} for one in parsed.data]
    assert read == wanted
    if not text.startswith("["):
        last = text.rstrip("\n").rfind("\n") + 1
        before = parse(text[: last + (len(text) - last) // 2]).data
        assert before[:-1] == parsed.data[: max(len(before) - 1, 0)]
        assert len(before) >= len(parsed.data) - 1


# --- ip link, ip addr ---

address = st.one_of(
    st.fixed_dictionaries(
        {
            "family": st.just("inet"),
            "address": ipv4,
            "prefix_length": st.integers(1, 32),
            "scope": st.sampled_from(["global", "link", "host"]),
        }
    ),
    st.fixed_dictionaries(
        {
            "family": st.just("inet6"),
            "address": ipv6,
            "prefix_length": st.integers(1, 128),
            "scope": st.sampled_from(["global", "link", "host", "site"]),
        }
    ),
)
interface = st.fixed_dictionaries(
    {
        "name": name,
        "admin_up": st.booleans(),
        "carrier": st.booleans(),
        "mtu": st.integers(68, 65535),
        "mac": mac,
        "master": st.none() | name,
        "addresses": st.lists(address, max_size=3),
    }
)
interfaces = st.lists(interface, min_size=1, max_size=4, unique_by=lambda one: one["name"])


def flags_of(one: Model) -> list[str]:
    up = one["admin_up"]
    return (
        (["BROADCAST", "MULTICAST"] if not up or one["carrier"] else ["NO-CARRIER", "BROADCAST", "MULTICAST"])
        + (["UP"] if up else [])
        + (["LOWER_UP"] if up and one["carrier"] else [])
    )


def state_of(one: Model) -> str:
    return "UP" if one["admin_up"] and one["carrier"] else "DOWN"


def link_lines(number: int, one: Model, tail: str) -> str:
    master = f" master {one['master']}" if one["master"] else ""
    out = f"{number}: {one['name']}: <{','.join(flags_of(one))}> mtu {one['mtu']} qdisc pfifo_fast{master} state {state_of(one)} {tail}\n"
    return out + f"    link/ether {one['mac']} brd ff:ff:ff:ff:ff:ff\n"


def addresses_old(many: list[Model]) -> str:
    """iproute2 3.2: two blanks in front of nothing, no groups, no lifetimes without -d."""
    out = ""
    for number, one in enumerate(many, 1):
        out += link_lines(number, one, "qlen 1000")
        for each in one["addresses"]:
            label = " " + one["name"] if each["family"] == "inet" else " "
            out += f"    {each['family']} {each['address']}/{each['prefix_length']} scope {each['scope']}{label}\n"
            out += "       valid_lft forever preferred_lft forever\n"
    return out


def addresses_new(many: list[Model]) -> str:
    out = ""
    for number, one in enumerate(many, 1):
        out += link_lines(number, one, "group default qlen 1000")
        for each in one["addresses"]:
            word = " dynamic" if each["prefix_length"] % 2 else ""
            label = one["name"] if each["family"] == "inet" else ""
            out += f"    {each['family']} {each['address']}/{each['prefix_length']} scope {each['scope']}{word} {label}\n"
            out += "       valid_lft 299sec preferred_lft 199sec\n" if word else "       valid_lft forever preferred_lft forever\n"
    return out


def addresses_folded(many: list[Model]) -> str:
    """With -o."""
    lines = [
        f"{number}: {one['name']}    {each['family']} {each['address']}/{each['prefix_length']} scope {each['scope']} {one['name']}"
        "\\       valid_lft forever preferred_lft forever\n"
        for number, one in enumerate(many, 1)
        for each in one["addresses"]
    ]
    return "".join(lines)


def as_json(many: list[Model]) -> str:
    found = []
    for number, one in enumerate(many, 1):
        entry = {
            "ifindex": number,
            "ifname": one["name"],
            "flags": flags_of(one),
            "mtu": one["mtu"],
            "operstate": state_of(one),
            "link_type": "ether",
            "address": one["mac"],
        }
        entry.update({"master": one["master"]} if one["master"] else {})
        entry["addr_info"] = [
            {
                "family": each["family"],
                "local": each["address"],
                "prefixlen": each["prefix_length"],
                "scope": each["scope"],
                "valid_life_time": 4294967295,
            }
            for each in one["addresses"]
        ]
        found.append(entry)
    return json.dumps(found)


@pytest.mark.parametrize("layout", [addresses_old, addresses_new, addresses_folded, as_json])
@EXAMPLES
@given(many=interfaces)
def test_addresses(layout: Print, many: list[Model]) -> None:
    wanted = [{"link": one["name"], **each} for one in many for each in one["addresses"]]
    parsed = ip_addr.parse(layout(many))
    assert (parsed.unread, parsed.data) == ([], wanted)


def links_old(many: list[Model]) -> str:
    return "".join(link_lines(number, one, "qlen 1000") for number, one in enumerate(many, 1))


def links_new(many: list[Model]) -> str:
    return "".join(link_lines(number, one, "mode DEFAULT group default qlen 1000") for number, one in enumerate(many, 1))


@pytest.mark.parametrize("layout", [links_old, links_new, as_json])
@EXAMPLES
@given(many=interfaces)
def test_links(layout: Print, many: list[Model]) -> None:
    wanted = [
        {
            **{field: one[field] for field in ("name", "admin_up", "mtu", "mac", "master")},
            "index": number,
            "flags": flags_of(one),
            "oper_state": state_of(one),
            "carrier": one["carrier"] if one["admin_up"] else None,
        }
        for number, one in enumerate(many, 1)
    ]
    holds(ip_link.parse, layout(many), wanted, list(wanted[0]))


# --- ip route ---

prefix = st.one_of(
    st.just("default"), st.tuples(ipv4, st.integers(1, 31)).map(lambda pair: f"{pair[0]}/{pair[1]}"), ipv4.map(lambda one: f"{one}/32")
)
route = st.fixed_dictionaries(
    {
        "destination": prefix,
        "type": st.sampled_from(["unicast", "unicast", "unicast", "blackhole", "unreachable", "prohibit", "throw"]),
        "gateway": st.none() | ipv4,
        "link": name,
        "source": st.none() | ipv4,
        "metric": st.none() | st.integers(1, 2**32 - 1),
        "table": st.none() | table_name,
        "linkdown": st.booleans(),
    }
)


def thrown(one: Model) -> bool:
    return bool(one["type"] != "unicast")


def wanted_route(one: Model) -> Model:
    gone = {"gateway": None, "link": None, "source": None, "linkdown": False} if thrown(one) else {}
    return {**one, "dead": False, **gone}


def routes_printed(many: list[Model], gap: str) -> str:
    out = ""
    for one in many:
        words = [one["type"], one["destination"]] if thrown(one) else [one["destination"]]
        words[-1] = words[-1].removesuffix("/32")
        parts = [" ".join(words)]
        if not thrown(one):
            parts[0] += (f" via {one['gateway']}" if one["gateway"] else "") + f" dev {one['link']}"
        parts += [f"table {one['table']}"] if one["table"] else []
        parts += ["proto static"] + (["scope link"] if not one["gateway"] and not thrown(one) else [])
        parts += [f"src {one['source']}"] if one["source"] and not thrown(one) else []
        parts += [f"metric {one['metric']}"] if one["metric"] is not None else []
        parts += ["linkdown"] if one["linkdown"] and not thrown(one) else []
        out += gap.join(parts) + " \n"
    return out


def routes_json(many: list[Model]) -> str:
    found = []
    for one in many:
        entry: Model = {
            "dst": one["destination"].removesuffix("/32"),
            "protocol": "static",
            "flags": ["linkdown"] if one["linkdown"] and not thrown(one) else [],
        }
        entry.update({"type": one["type"]} if thrown(one) else {"dev": one["link"]})
        entry.update({"gateway": one["gateway"]} if one["gateway"] and not thrown(one) else {})
        entry.update({"prefsrc": one["source"]} if one["source"] and not thrown(one) else {})
        entry.update({key: one[key] for key in ("metric", "table") if one[key] is not None})
        found.append(entry)
    return json.dumps(found)


ROUTES = {"3.x": lambda many: routes_printed(many, "  "), "6.x": lambda many: routes_printed(many, " "), "json": routes_json}


@pytest.mark.parametrize("layout", ROUTES)
@EXAMPLES
@given(many=st.lists(route, min_size=1, max_size=5))
def test_routes(layout: str, many: list[Model]) -> None:
    holds(ip_route.parse, ROUTES[layout](many), [wanted_route(one) for one in many])


# --- ip rule, ip neigh ---

rule = st.fixed_dictionaries(
    {
        "priority": st.integers(0, 2**32 - 1),
        "inverted": st.booleans(),
        "source": st.none() | st.tuples(ipv4, st.integers(1, 31)).map(lambda pair: f"{pair[0]}/{pair[1]}"),
        "destination": st.none() | ipv4,
        "in_link": st.none() | name,
        "out_link": st.none() | name,
        "mark": st.none() | st.integers(1, 2**32 - 1).map(hex),
        "action": st.sampled_from(["lookup", "blackhole", "unreachable", "prohibit"]),
        "table": table_name,
    }
)


def wanted_rule(one: Model) -> Model:
    return {**one, "table": one["table"] if one["action"] == "lookup" else None, "other": []}


def rules_plain(many: list[Model]) -> str:
    out = ""
    for one in many:
        out += f"{one['priority']}:\t" + ("not " if one["inverted"] else "") + f"from {one['source'] or 'all'} "
        for word, field in (("to", "destination"), ("fwmark", "mark"), ("iif", "in_link"), ("oif", "out_link")):
            out += f"{word} {one[field]} " if one[field] else ""
        out += (f"lookup {one['table']} " if one["action"] == "lookup" else f"{one['action']}") + "\n"
    return out


def rules_json(many: list[Model]) -> str:
    found = []
    for one in many:
        entry: Model = {"priority": one["priority"], "src": one["source"].split("/")[0] if one["source"] else "all"}
        entry.update({"srclen": int(one["source"].split("/")[1])} if one["source"] else {})
        entry.update({"not": None} if one["inverted"] else {})
        entry.update(
            {
                key: one[field]
                for key, field in (("dst", "destination"), ("iif", "in_link"), ("oif", "out_link"), ("fwmark", "mark"))
                if one[field]
            }
        )
        entry.update({"table": one["table"]} if one["action"] == "lookup" else {"action": one["action"]})
        found.append(entry)
    return json.dumps(found)


@pytest.mark.parametrize("layout", [rules_plain, rules_json])
@EXAMPLES
@given(many=st.lists(rule, min_size=1, max_size=5))
def test_rules(layout: Print, many: list[Model]) -> None:
    holds(ip_rule.parse, layout(many), [wanted_rule(one) for one in many])


STATES = ("REACHABLE", "STALE", "DELAY", "PROBE", "FAILED", "INCOMPLETE", "PERMANENT", "NOARP")
neighbour = st.fixed_dictionaries({"address": ipv4 | ipv6, "link": name, "mac": mac, "state": st.sampled_from(STATES)}).map(
    lambda one: {**one, "mac": None if one["state"] in ("FAILED", "INCOMPLETE") else one["mac"]}
)


def neighbours_plain(many: list[Model]) -> str:
    return "".join(
        f"{one['address']} dev {one['link']} " + (f"lladdr {one['mac']} " if one["mac"] else "") + f"{one['state']}\n" for one in many
    )


def neighbours_statistics(many: list[Model]) -> str:
    """With -s; 3.x had two blanks there."""
    return "".join(
        f"{one['address']} dev {one['link']} "
        + (f"lladdr {one['mac']} " if one["mac"] else "")
        + f"ref 1 used 5/0/3 probes 1 {one['state']}\n"
        for one in many
    )


def neighbours_json(many: list[Model]) -> str:
    return json.dumps(
        [
            {"dst": one["address"], "dev": one["link"], **({"lladdr": one["mac"]} if one["mac"] else {}), "state": [one["state"]]}
            for one in many
        ]
    )


@pytest.mark.parametrize("layout", [neighbours_plain, neighbours_statistics, neighbours_json])
@EXAMPLES
@given(many=st.lists(neighbour, min_size=1, max_size=5))
def test_neighbours(layout: Print, many: list[Model]) -> None:
    holds(ip_neigh.parse, layout(many), many)


# --- iptables ---

port_range = st.tuples(st.integers(0, 65535), st.integers(0, 65535)).map(lambda pair: {"first": min(pair), "last": max(pair)})
filter_rule = st.fixed_dictionaries(
    {
        "chain": st.sampled_from(["INPUT", "FORWARD", "OUTPUT", "mine"]),
        "target": st.sampled_from(["ACCEPT", "DROP", "REJECT", "mine", "LOG"]),
        "protocol": st.sampled_from(["tcp", "udp"]),
        "source": st.none() | ipv4.map(lambda one: f"{one}/32"),
        "destination": st.none() | ipv4.map(lambda one: f"{one}/32"),
        "in_link": st.none() | name,
        "out_link": st.none() | name,
        "ports": st.lists(port_range, max_size=4),
        "states": st.lists(st.sampled_from(["NEW", "ESTABLISHED", "RELATED", "INVALID"]), max_size=3, unique=True),
        "packets": st.integers(0, 2**63),
        "bytes": st.integers(0, 2**63),
    }
)
CHAINS = ("INPUT", "FORWARD", "OUTPUT")


def matches(one: Model, state: str) -> str:
    out = "".join(
        f" {option} {one[field]}"
        for option, field in (("-s", "source"), ("-d", "destination"), ("-i", "in_link"), ("-o", "out_link"))
        if one[field]
    )
    out += f" -p {one['protocol']}"
    shown = ",".join(str(each["first"]) if each["first"] == each["last"] else f"{each['first']}:{each['last']}" for each in one["ports"])
    out += f" -m multiport --dports {shown}" if len(one["ports"]) > 1 else f" -m {one['protocol']} --dport {shown}" if shown else ""
    return out + (f" -m {state} --{'ct' if state == 'conntrack' else ''}state {','.join(one['states'])}" if one["states"] else "")


def target(one: Model) -> str:
    return f" -j {one['target']}" + (" --reject-with icmp-port-unreachable" if one["target"] == "REJECT" else "")


def saved(many: list[Model], version: str = "1.8.9 (nf_tables)", state: str = "conntrack") -> str:
    """iptables-save -c."""
    out = (
        f"# Generated by iptables-save v{version} on Wed Nov 25 07:33:47 2026\n*filter\n"
        + "".join(f":{chain} ACCEPT [1:2]\n" for chain in CHAINS)
        + ":mine - [0:0]\n"
    )
    out += "".join(f"[{one['packets']}:{one['bytes']}] -A {one['chain']}{matches(one, state)}{target(one)}\n" for one in many)
    return out + "COMMIT\n# Completed on Wed Nov 25 07:33:47 2026\n"


def specified(many: list[Model]) -> str:
    """iptables -vS: the counters stand before the target."""
    out = "".join(f"-P {chain} ACCEPT -c 1 2\n" for chain in CHAINS) + "-N mine\n"
    return out + "".join(f"-A {one['chain']}{matches(one, 'state')} -c {one['packets']} {one['bytes']}{target(one)}\n" for one in many)


FILTERS = {"1.4.7": lambda many: saved(many, "1.4.7", "state"), "1.8.9": saved, "-vS": specified}


@pytest.mark.parametrize("layout", FILTERS)
@EXAMPLES
@given(many=st.lists(filter_rule, min_size=1, max_size=5))
def test_filters(layout: str, many: list[Model]) -> None:
    text = FILTERS[layout](many)
    parsed = iptables_save.parse(text)
    assert (parsed.state, parsed.unread) == ("ok", [])
    assert [(chain["name"], chain["policy"]) for chain in parsed.data["chains"]] == [
        *((chain, "ACCEPT") for chain in CHAINS),
        ("mine", None),
    ]
    assert [{field: read[field] for field in one} for read, one in zip(parsed.data["rules"], many, strict=True)] == many
    assert all(read["decidable"] and read["table"] == "filter" for read in parsed.data["rules"])
    cut = iptables_save.parse(text[: len(text) // 2]).data["rules"]
    assert cut == parsed.data["rules"][: len(cut)]


# --- clocks ---

tracking = st.fixed_dictionaries(
    {
        "reference_id": st.integers(1, 2**32 - 1).map(lambda number: f"{number:08X}").filter(lambda one: one != "7F7F0101"),
        "source": ipv4,
        "stratum": st.integers(1, 15),
        "offset_ns": st.integers(-(10**12), 10**12),
        "leap_status": st.sampled_from(["Normal", "Insert second", "Delete second", "Not synchronised"]),
    }
)


def tracking_plain(one: Model) -> str:
    way = "fast" if one["offset_ns"] >= 0 else "slow"
    return (
        f"Reference ID    : {one['reference_id']} ({one['source']})\nStratum         : {one['stratum']}\n"
        "Ref time (UTC)  : Sun Nov 22 13:10:42 2026\n"
        f"System time     : {abs(one['offset_ns']) / 1e9:.9f} seconds {way} of NTP time\n"
        "Last offset     : +0.000001812 seconds\nRMS offset      : 0.000000897 seconds\n"
        "Frequency       : 0.337 ppm fast\nResidual freq   : +0.123 ppm\nSkew            : 1.022 ppm\n"
        "Root delay      : 0.000021676 seconds\n"
        f"Root dispersion : 0.000001348 seconds\nUpdate interval : 2.0 seconds\nLeap status     : {one['leap_status']}\n"
    )


def tracking_old(one: Model) -> str:
    """chrony 1.29: the reference is an address in brackets after four octets, a blank column less."""
    return tracking_plain(one).replace("Ref time (UTC)  : Sun", "Ref time (UTC)  : Sun ")


def tracking_csv(one: Model) -> str:
    """With -c; above 0 is slow there."""
    offset = f"{-one['offset_ns'] / 1e9:.9f}"
    rest = f"0.000001812,0.000000897,0.337,0.123,1.022,0.000021676,0.000002471,2.0,{one['leap_status']}\n"
    return f"{one['reference_id']},{one['source']},{one['stratum']},1795353042.984232053,{offset},{rest}"


@pytest.mark.parametrize("layout", [tracking_plain, tracking_old, tracking_csv])
@EXAMPLES
@given(one=tracking)
def test_tracking(layout: Callable[[Model], str], one: Model) -> None:
    parsed = chronyc.parse_tracking(layout(one))
    assert (parsed.state, parsed.unread) == ("ok", [])
    assert {field: parsed.data[field] for field in ("reference_id", "source", "stratum", "leap_status")} == {  # type: ignore[literal-required]
        field: one[field] for field in ("reference_id", "source", "stratum", "leap_status")
    }
    assert parsed.data["offset_s"] == pytest.approx(one["offset_ns"] / 1e9, abs=1e-9)
    assert parsed.data["synced"] == (one["leap_status"] != "Not synchronised")


source = st.fixed_dictionaries(
    {
        "kind": st.sampled_from("^="),
        "state": st.sampled_from("*+-?x~"),
        "name": ipv4,
        "stratum": st.integers(1, 15),
        "poll": st.integers(0, 17),
        "reach": st.integers(1, 255),
        "last_rx_s": st.integers(0, 999),
        "offset_us": st.integers(-9999, 9999),
        "error_us": st.integers(0, 9999),
    }
)


def sources_plain(many: list[Model]) -> str:
    out = "MS Name/IP address         Stratum Poll Reach LastRx Last sample               \n" + "=" * 79 + "\n"
    for one in many:
        out += f"{one['kind']}{one['state']} {one['name']:<25} {one['stratum']:3d}  {one['poll']:2d}   {one['reach']:3o}"
        out += f"  {one['last_rx_s']:4d}  "
        out += f"{one['offset_us']:+5d}us[{one['offset_us']:+5d}us] +/- {one['error_us']:4d}us\n"
    return out


def sources_csv(many: list[Model]) -> str:
    return "".join(
        f"{one['kind']},{one['state']},{one['name']},{one['stratum']},{one['poll']},{one['reach']:o},{one['last_rx_s']},"
        f"{one['offset_us'] / 1e6:.9f},{one['offset_us'] / 1e6:.9f},{one['error_us'] / 1e6:.9f}\n"
        for one in many
    )


@pytest.mark.parametrize("layout", [sources_plain, sources_csv])
@EXAMPLES
@given(many=st.lists(source, min_size=1, max_size=5))
def test_sources(layout: Print, many: list[Model]) -> None:
    parsed = chronyc_sources.parse(layout(many))
    assert (parsed.state, parsed.unread) == ("ok", [])
    read = [(one["name"], one["stratum"], one["poll_s"], one["reach"], one["last_rx_s"]) for one in parsed.data]
    assert read == [(one["name"], one["stratum"], 2.0 ** one["poll"], one["reach"], one["last_rx_s"]) for one in many]
    assert [one["offset_s"] for one in parsed.data] == pytest.approx([one["offset_us"] / 1e6 for one in many])
    assert [one["error_s"] for one in parsed.data] == pytest.approx([one["error_us"] / 1e6 for one in many])


peer = st.fixed_dictionaries(
    {
        "tally": st.sampled_from(" x.-+#*o"),
        "remote": ipv4 | ipv6,
        "refid": ipv4,
        "stratum": st.integers(1, 16),
        "reach": st.integers(0, 255),
        "poll_s": st.sampled_from([16, 64, 128, 1024]),
        "delay_us": st.integers(0, 10**6),
        "offset_us": st.integers(-(10**6), 10**6),
        "jitter_us": st.integers(0, 10**6),
    }
)


def peers_printed(many: list[Model], width: int, digits: int) -> str:
    out = "     remote".ljust(width + 1) + "      refid      st t when poll reach   delay   offset  jitter\n" + "=" * (width + 63) + "\n"
    for one in many:
        fits = len(one["remote"]) < width
        out += one["tally"] + (f"{one['remote']:<{width}}" if fits else one["remote"] + "\n" + " " * (width + 1))
        out += f"{one['refid']:<15} {one['stratum']:2d} u   33 {one['poll_s']:4d}  {one['reach']:3o} "
        out += " ".join(f"{one[field] / 1000:8.{digits}f}" for field in ("delay_us", "offset_us", "jitter_us")) + "\n"
    return out


PEERS = {"4.2.6": lambda many: peers_printed(many, 16, 3), "ntpsec": lambda many: peers_printed(many, 40, 4)}


@pytest.mark.parametrize("layout", PEERS)
@EXAMPLES
@given(many=st.lists(peer, min_size=1, max_size=5))
def test_peers(layout: str, many: list[Model]) -> None:
    parsed = ntpq.parse(PEERS[layout](many))
    assert (parsed.state, parsed.unread) == ("ok", [])
    fields = ("tally", "remote", "refid", "stratum", "reach", "poll_s")
    assert [{field: one[field] for field in fields} for one in parsed.data] == [{field: one[field] for field in fields} for one in many]  # type: ignore[literal-required]
    assert [(one["delay_s"], one["offset_s"], one["jitter_s"]) for one in parsed.data] == [
        (one["delay_us"] / 1e6, -one["offset_us"] / 1e6 if one["offset_us"] else 0, one["jitter_us"] / 1e6) for one in many
    ]
