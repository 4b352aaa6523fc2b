# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What MidoNet's tools are made to print, made up and printed by printers that know nothing of the parsers, and read again.

The printers follow the tools' own sources: the string formats of mm-ctl and mm-trace, HOCON as mn-conf renders it, and the fields that
midonet-cli puts behind each other without quotes.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import midonet_cli, mm_ctl, mm_trace, mn_conf
from hypothesis import given, settings
from hypothesis import strategies as st

uuids = st.uuids().map(str)
octets = st.integers(0, 255)
ipv4 = st.tuples(octets, octets, octets, octets).map(lambda four: ".".join(map(str, four)))
# Java does not shorten them.
ipv6 = st.lists(st.integers(0, 0xFFFF), min_size=8, max_size=8).map(lambda eight: ":".join(f"{one:x}" for one in eight))
macs = st.lists(octets, min_size=6, max_size=6).map(lambda six: ":".join(f"{one:02x}" for one in six))
interfaces = st.from_regex(r"[a-z][A-Za-z0-9.@_-]{0,14}", fullmatch=True)
host_names = st.from_regex(r"[a-z][a-z0-9-]{0,20}(\.[a-z]{1,8}){0,2}", fullmatch=True)
counts = st.integers(0, 2**31 - 1)


def made_up(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(st.fixed_dictionaries(fields), max_size=6)


# --- mm-ctl --list-hosts

listed_hosts = made_up(
    id=uuids,
    local=st.booleans(),
    name=host_names,
    alive=st.booleans(),
    addresses=st.lists(ipv4 | ipv6, max_size=4),
    bindings=st.lists(st.fixed_dictionaries({"port": uuids, "interface": interfaces}), max_size=4),
)


def _print_host(host: dict[str, Any], resolved: bool) -> str:
    bindings = [f"VirtualPortMapping{{virtualPortId={one['port']}, localDeviceName='{one['interface']}'}}" for one in host["bindings"]]
    return "\n".join(
        [
            f"Host: id={host['id']} {'(*)' if host['local'] else ''}",
            f"  name={host['name']}",
            f"  isAlive={'true' if host['alive'] else 'false'}",
            "  addresses: ",
            *[f"    {host['name'] if resolved else ''}/{address}" for address in host["addresses"]],
            "  vport-host-if-bindings:",
            *[f"    {one}" for one in bindings],
            "",
            "",
        ]
    )


@settings(deadline=None)
@given(listed_hosts, st.booleans())
def test_mm_ctl(hosts: list[dict[str, Any]], resolved: bool) -> None:
    parsed = mm_ctl.parse("".join(_print_host(host, resolved) for host in hosts) + "Command succeeded\n")
    assert (parsed.state, parsed.unread, parsed.data) == ("ok", [], hosts)


# --- mm-trace list

tracers = made_up(
    level=st.sampled_from(["debug", "trace"]),
    limit=counts,
    ethertype=st.none() | st.sampled_from([0x0800, 0x0806, 0x86DD, 0x8847]) | st.integers(0, 0xFFFF),
    mac_src=st.none() | macs,
    mac_dst=st.none() | macs,
    ip_protocol=st.none() | octets,
    ip_src=st.none() | ipv4 | ipv6,
    ip_dst=st.none() | ipv4 | ipv6,
    src_port=st.none() | st.integers(0, 0xFFFF),
    dst_port=st.none() | st.integers(0, 0xFFFF),
)


def _signed(number: int | None, bits: int) -> int | None:
    """As Java prints what it has in a byte or a short."""
    return number - (1 << bits) if number is not None and number >= 1 << (bits - 1) else number


def _print_tracer(tracer: dict[str, Any]) -> str:
    options = {
        "limit": tracer["limit"],
        "ethertype": _signed(tracer["ethertype"], 16),
        "mac-src": tracer["mac_src"],
        "mac-dst": tracer["mac_dst"],
        "ip-protocol": _signed(tracer["ip_protocol"], 8),
        "ip-src": tracer["ip_src"],
        "ip-dst": tracer["ip_dst"],
        "src-port": tracer["src_port"],
        "dst-port": tracer["dst_port"],
    }
    said = [f"--{name} {value}" for name, value in options.items() if value is not None]
    return " ".join(["mm-trace", f"--{tracer['level']}", *said]) + "\n"


@settings(deadline=None)
@given(tracers)
def test_mm_trace(made: list[dict[str, Any]]) -> None:
    parsed = mm_trace.parse("".join(map(_print_tracer, made)))
    assert (parsed.state, parsed.unread, parsed.data) == ("ok" if made else "empty", [], made)


# --- mn-conf get and dump

plain_names = st.from_regex(r"[a-z][a-z0-9_-]{0,8}", fullmatch=True)
values = (
    st.text(st.characters(codec="utf-8"), max_size=20)
    | st.from_regex(r"[0-9]{1,4}(s|ms|m|k|M)?", fullmatch=True)
    | st.integers(-(2**63), 2**63 - 1)
    | st.tuples(st.integers(-999_999, 999_999), st.integers(-30, 30)).map(lambda two: float(f"{two[0]}e{two[1]}"))
    | st.booleans()
    | st.none()
)
trees = st.dictionaries(
    plain_names,
    st.recursive(
        values | st.lists(st.text(st.characters(codec="utf-8"), max_size=8) | st.integers(-9, 99), max_size=4),
        lambda inner: st.dictionaries(plain_names | st.from_regex(r"org\.[a-z]{1,5}\.[a-z]{1,5}", fullmatch=True), inner, max_size=4),
        max_leaves=12,
    ),
    max_size=4,
)
ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}


def _quoted(text: str) -> str:
    return '"' + "".join(ESCAPES.get(one, f"\\u{ord(one):04x}" if ord(one) < 32 or ord(one) == 127 else one) for one in text) + '"'


def _double(number: float) -> str:
    """As Java prints it: below a thousandth and from ten million on with an exponent."""
    if number and not 1e-3 <= abs(number) < 1e7:
        digits, exponent = f"{number:e}".split("e")
        return f"{float(digits)}E{int(exponent)}"
    return repr(number)


def _render_value(value: Any, indent: str) -> str:
    if isinstance(value, list):
        inner = ",\n".join(f"{indent}    {_render_value(one, indent)}" for one in value)
        return f"[\n{inner}\n{indent}]" if value else "[]"
    words = {True: "true", False: "false", None: "null"}
    if value is None or isinstance(value, bool):
        return words[value]
    return _quoted(value) if isinstance(value, str) else _double(value) if isinstance(value, float) else str(value)


def _render(tree: dict[str, Any], indent: str, comments: bool) -> str:
    out = ""
    for name, value in tree.items():
        out += f"{indent}# what {name} is for: {{ see the documentation }}\n" if comments else ""
        said = _quoted(name) if "." in name else name
        if isinstance(value, dict):
            out += f"{indent}{said} {{\n{_render(value, indent + '    ', comments)}{indent}}}\n" if value else f"{indent}{said} {{}}\n"
        else:
            out += f"{indent}{said}={_render_value(value, indent)}\n"
    return out


def _flat(tree: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    found = []
    for name, value in tree.items():
        found += _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else [(prefix + name, value)]
    return found


@settings(deadline=None)
@given(trees, st.booleans())
def test_mn_conf_dump(tree: dict[str, Any], comments: bool) -> None:
    parsed = mn_conf.parse(_render(tree, "", comments))
    assert (parsed.state, parsed.unread) == ("ok" if tree else "empty", [])
    assert parsed.data == dict(_flat(tree))
    assert {name: type(value) for name, value in parsed.data.items()} == {name: type(value) for name, value in _flat(tree)}


@settings(deadline=None)
@given(st.lists(plain_names, min_size=1, max_size=4).map(".".join), values | st.lists(st.integers(0, 9), max_size=3))
def test_mn_conf_get(name: str, value: Any) -> None:
    parsed = mn_conf.parse(f"{name} = {_render_value(value, '')}\n")
    assert (parsed.state, parsed.unread, parsed.data) == ("ok", [], {name: value})


# --- midonet-cli

# Names are free text, and nothing quotes it. What reads as a later field with its value cannot be told from one.
FIELDS = ("alive", "addresses", "type", "state", "asn", "infilter", "outfilter", "flooding-proxy-weight", "port")
name_words = st.from_regex(r"[A-Za-z0-9_.:()/-]{1,9}", fullmatch=True).filter(lambda word: word not in FIELDS)
free_names = st.lists(name_words, min_size=1, max_size=4).map(" ".join)
yes = {True: "true", False: "false"}
up = {True: "up", False: "down"}


def optional(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def _line(*said: tuple[str, Any] | str) -> str:
    """Fields without a value are left out; lists are joined by commas, and an empty one is left out, too."""
    fields = [
        one if isinstance(one, str) else f"{one[0]} {','.join(one[1]) if isinstance(one[1], list) else one[1]}"
        for one in said
        if isinstance(one, str) or (one[1] is not None and one[1] != [])
    ]
    return " ".join(fields) + "\n"


def _same(parse: Any, text: str, made: list[dict[str, Any]]) -> None:
    parsed = parse(text)
    assert (parsed.state, parsed.unread) == ("ok" if made else "empty", [])
    assert [{name: row[name] for name in one} for row, one in zip(parsed.data, made, strict=True)] == made
    # What was not printed is nothing.
    assert all(value is None for row, one in zip(parsed.data, made, strict=True) for name, value in row.items() if name not in one)


old_hosts = made_up(
    id=uuids, name=optional(free_names), alive=st.booleans(), addresses=st.none() | st.lists(ipv4 | ipv6, min_size=1, max_size=3)
)
new_hosts = made_up(
    id=uuids,
    name=optional(free_names),
    alive=st.booleans(),
    addresses=st.none() | st.lists(ipv4 | ipv6, min_size=1, max_size=3),
    flooding_proxy_weight=counts,
    container_weight=counts,
    container_limit=optional(counts),
    enforce_container_limit=st.booleans(),
)


@settings(deadline=None)
@given(old_hosts, new_hosts)
def test_midonet_cli_hosts(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> None:
    def head(one: dict[str, Any]) -> list[tuple[str, Any]]:
        return [("host", one["id"]), ("name", one["name"]), ("alive", yes[one["alive"]]), ("addresses", one["addresses"])]

    def more(one: dict[str, Any]) -> list[tuple[str, Any]]:
        limit = "no-limit" if one["container_limit"] is None else one["container_limit"]
        return [
            ("flooding-proxy-weight", one["flooding_proxy_weight"]),
            ("container-weight", one["container_weight"]),
            ("container-limit", limit),
            ("enforce-container-limit", yes[one["enforce_container_limit"]]),
        ]

    _same(midonet_cli.parse_hosts, "".join(_line(*head(one)) for one in old), old)
    _same(midonet_cli.parse_hosts, "".join(_line(*head(one), *more(one)) for one in new), new)


zones = made_up(id=uuids, name=free_names, type=st.sampled_from(["gre", "vxlan", "vtep"]))
members = made_up(zone=uuids, host=uuids, address=ipv4)
routers = made_up(
    id=uuids,
    name=optional(free_names),
    admin_up=st.booleans(),
    infilter=optional(uuids),
    outfilter=optional(uuids),
    asn=optional(st.integers(0, 2**32 - 1)),
)
bindings = made_up(host=uuids, interface=interfaces, port=uuids)


@settings(deadline=None)
@given(zones, members, routers, bindings)
def test_midonet_cli_topology(zones: Any, members: Any, routers: Any, bindings: Any) -> None:
    _same(
        midonet_cli.parse_tunnel_zones,
        "".join(_line(("tzone", one["id"]), ("name", one["name"]), ("type", one["type"])) for one in zones),
        zones,
    )
    said = "".join(_line(("zone", one["zone"]), ("host", one["host"]), ("address", one["address"])) for one in members)
    _same(midonet_cli.parse_members, said, members)
    said = "".join(
        _line(
            ("router", one["id"]),
            ("name", one["name"]),
            ("state", up[one["admin_up"]]),
            ("infilter", one["infilter"]),
            ("outfilter", one["outfilter"]),
            ("asn", one["asn"]),
        )
        for one in routers
    )
    _same(midonet_cli.parse_routers, said, routers)
    said = "".join(_line(("host", one["host"]), ("interface", one["interface"]), ("port", one["port"])) for one in bindings)
    _same(midonet_cli.parse_bindings, said, bindings)


ports = made_up(
    id=uuids,
    device=uuids,
    admin_up=st.booleans(),
    plugged=st.booleans(),
    vlan=optional(st.integers(0, 4095)),
    mac=optional(macs),
    address=optional(ipv4),
    network=optional(st.tuples(ipv4, st.integers(0, 32)).map(lambda two: f"{two[0]}/{two[1]}")),
    peer=optional(uuids),
    vni=optional(st.integers(0, 2**24 - 1)),
    vxlan_off_ramp=optional(st.booleans()),
)
bgp_peers = made_up(
    id=uuids,
    asn=st.integers(1, 2**32 - 1),
    address=ipv4,
    keep_alive_s=optional(counts),
    hold_time_s=optional(counts),
    connect_retry_s=optional(counts),
)
bgp_networks = made_up(id=uuids, network=st.tuples(ipv4, st.integers(0, 32)).map(lambda two: f"{two[0]}/{two[1]}"))
cli_interfaces = made_up(
    name=interfaces,
    host=uuids,
    status=st.integers(0, 3),
    addresses=st.lists(ipv4 | ipv6, max_size=3),
    mac=macs,
    mtu=st.integers(68, 65536),
    type=st.sampled_from(["Physical", "Virtual", "Tunnel", "Unknown"]),
    endpoint=st.sampled_from(["DATAPATH", "PHYSICAL", "VM", "GRE", "LOCALHOST", "TUNTAP", "UNKNOWN"]),
)


@settings(deadline=None)
@given(ports, bgp_peers, bgp_networks, cli_interfaces)
def test_midonet_cli_ports_and_bgp(ports: Any, bgp_peers: Any, bgp_networks: Any, cli_interfaces: Any) -> None:
    said = "".join(
        _line(
            ("port", one["id"]),
            ("device", one["device"]),
            ("state", up[one["admin_up"]]),
            ("plugged", "yes" if one["plugged"] else "no"),
            ("vlan", one["vlan"]),
            ("mac", one["mac"]),
            ("address", one["address"]),
            ("net", one["network"]),
            ("peer", one["peer"]),
            ("vni", one["vni"]),
            ("vxlan-off-ramp", yes.get(one["vxlan_off_ramp"])),
        )
        for one in ports
    )
    _same(midonet_cli.parse_ports, said, ports)
    said = "".join(
        _line(
            ("peer", one["id"]),
            ("asn", one["asn"]),
            ("address", one["address"]),
            ("keep-alive", one["keep_alive_s"]),
            ("hold-time", one["hold_time_s"]),
            ("connect-retry", one["connect_retry_s"]),
        )
        for one in bgp_peers
    )
    _same(midonet_cli.parse_bgp_peers, said, bgp_peers)
    _same(midonet_cli.parse_bgp_networks, "".join(_line(("net", one["id"]), ("net", one["network"])) for one in bgp_networks), bgp_networks)
    said = "".join(
        _line(
            ("iface", one["name"]),
            ("host_id", one["host"]),
            ("status", one["status"]),
            "addresses [" + ", ".join(f"u'{address}'" for address in one["addresses"]) + "]",
            ("mac", one["mac"]),
            ("mtu", one["mtu"]),
            ("type", one["type"]),
            ("endpoint", one["endpoint"]),
        )
        for one in cli_interfaces
    )
    _same(midonet_cli.parse_interfaces, said, cli_interfaces)
