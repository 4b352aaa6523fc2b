# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""BGP tables and sessions, printed as Quagga's and FRR's own code formats them, and read back: the same model out of every layout."""

from __future__ import annotations

import json
from ipaddress import IPv4Network
from typing import Any

import pytest
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import vtysh_neighbors, vtysh_rib, vtysh_rib_summary
from hypothesis import given, settings
from hypothesis import strategies as st
from test_vtysh import clock

EXAMPLES = settings(max_examples=30, deadline=None)
ORIGINS = {"igp": "i", "egp": "e", "incomplete": "?"}

as_number = st.integers(1, 2**32 - 1)
ipv4 = st.integers(1, 2**32 - 2).map(lambda number: ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0)))
hop6 = st.integers(1, 2**16 - 1).map(lambda number: f"2001:db8:1234:5678:9abc:def0:1234:{number:x}")
length = st.integers(0, 32)
network = st.tuples(st.integers(0, 2**32 - 1), length).map(
    lambda pair: str(IPv4Network((pair[0] >> (32 - pair[1]) << (32 - pair[1]), pair[1])))
)
count = st.integers(0, 2**31 - 1)
path = st.fixed_dictionaries(
    {
        "next_hop": st.one_of(ipv4, hop6, st.just("0.0.0.0")),
        "metric": st.none() | count,
        "local_preference": st.none() | count,
        "weight": st.integers(0, 65535),
        "as_path": st.lists(as_number, max_size=6).map(lambda numbers: " ".join(map(str, numbers))),
        "origin": st.sampled_from(sorted(ORIGINS)),
        "internal": st.booleans(),
        "valid": st.booleans(),
    }
)
table = st.dictionaries(network, st.lists(path, min_size=1, max_size=3), min_size=1, max_size=6)


def routes_of(networks: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """What is to be read: the first path to a network is the best one, if it is valid at all."""
    found = []
    for name, paths in networks.items():
        for number, one in enumerate(paths):
            found.append({"network": name, **one, "best": number == 0 and one["valid"], "multipath": False, "status": []})
    return found


def classful(name: str) -> str:
    """As Quagga prints it: without the length that the class of the address has."""
    address, size = name.split("/")
    first = int(address.split(".")[0])
    natural = "8" if first < 128 else "16" if first < 192 else "24"
    return address if name == "0.0.0.0/0" or (size == natural and address != "0.0.0.0") else name


def rows(networks: dict[str, list[dict[str, Any]]], printed: Any, mark: str) -> str:
    out = ""
    for name, paths in networks.items():
        for number, one in enumerate(paths):
            best = number == 0 and one["valid"]
            out += mark + ("*" if one["valid"] else " ") + (">" if best else " ") + ("i" if one["internal"] else " ")
            shown = printed(name) if number == 0 else ""
            out += shown + ("\n" + " " * (20 + len(mark)) if len(shown) > 16 else " " * (17 - len(shown)))
            hop = one["next_hop"]
            out += hop + ("\n" + " " * (36 + len(mark)) if len(hop) > 15 else " " * (16 - len(hop)))
            out += " " * 10 if one["metric"] is None else f"{one['metric']:10d}"
            out += " " * 7 if one["local_preference"] is None else f"{one['local_preference']:7d}"
            out += f"{one['weight']:7d} " + (one["as_path"] + " " if one["as_path"] else "") + ORIGINS[one["origin"]] + "\n"
    return out


COLUMNS = "   Network          Next Hop            Metric LocPrf Weight Path\n"


def quagga_table(networks: dict[str, list[dict[str, Any]]]) -> str:
    head = "BGP table version is 0, local router ID is 203.0.113.10\n"
    head += "Status codes: s suppressed, d damped, h history, * valid, > best, = multipath,\n"
    head += "              i internal, r RIB-failure, S Stale, R Removed\nOrigin codes: i - IGP, e - EGP, ? - incomplete\n\n"
    return head + COLUMNS + rows(networks, classful, "") + f"\nTotal number of prefixes {len(networks)}\n"


def frr_table(networks: dict[str, list[dict[str, Any]]], mark: str = "") -> str:
    head = "BGP table version is 2, local router ID is 203.0.113.10, vrf id 0\nDefault local pref 100, local AS 64513\n"
    head += "Status codes:  s suppressed, d damped, h history, u unsorted, * valid, > best, = multipath,\n"
    head += "               i internal, r RIB-failure, S Stale, R Removed\nNexthop codes: @NNN nexthop's vrf id, < announce-nh-self\n"
    head += "Origin codes:  i - IGP, e - EGP, ? - incomplete\nRPKI validation codes: V valid, I invalid, N Not found\n\n"
    total = sum(map(len, networks.values()))
    return head + mark + COLUMNS + rows(networks, str, mark) + f"\nDisplayed {len(networks)} routes and {total} total paths\n"


def frr_9_table(networks: dict[str, list[dict[str, Any]]]) -> str:
    """With a column for what RPKI says."""
    return frr_table(networks, " ")


def json_table(networks: dict[str, list[dict[str, Any]]]) -> str:
    found: dict[str, Any] = {}
    for name, paths in networks.items():
        for number, one in enumerate(paths):
            entry: dict[str, Any] = {"valid": True} if one["valid"] else {}
            if number == 0 and one["valid"]:
                entry["bestpath"] = True
            entry["pathFrom"] = "internal" if one["internal"] else "external"
            entry.update({key: one[mine] for key, mine in (("metric", "metric"), ("locPrf", "local_preference")) if one[mine] is not None})
            entry.update(
                weight=one["weight"], path=one["as_path"], origin=one["origin"].replace("i", "I", 1) if one["origin"] != "igp" else "IGP"
            )
            entry["nexthops"] = [{"ip": one["next_hop"], "afi": "ipv4", "used": True}]
            found.setdefault(name, []).append(entry)
    head = {"vrfId": 0, "vrfName": "default", "tableVersion": 2, "routerId": "203.0.113.10", "defaultLocPrf": 100, "localAS": 64513}
    return json.dumps({**head, "routes": found, "totalRoutes": len(networks)}, indent=1)


TABLES = {"quagga": quagga_table, "frr": frr_table, "frr 9": frr_9_table, "json": json_table}


@pytest.mark.parametrize("layout", TABLES)
@EXAMPLES
@given(networks=table)
def test_a_table_is_the_same_in_every_layout(layout: str, networks: dict[str, list[dict[str, Any]]]) -> None:
    text = TABLES[layout](networks)
    wanted = routes_of(networks)
    parsed = vtysh_rib.parse(text)
    assert (parsed.state, parsed.unread) == ("ok", [])
    assert parsed.data["routes"] == wanted
    assert (parsed.data["router_id"], parsed.data["software"]) == ("203.0.113.10", "quagga" if layout == "quagga" else "frr")
    summary = vtysh_rib_summary.parse(text).data
    assert (summary["networks"], summary["paths"], summary["complete"]) == (len(networks), len(wanted), True)
    assert summary["default"] == [one for one in wanted if one["network"] == "0.0.0.0/0"]
    assert summary["own"] == [one for one in wanted if one["weight"] == vtysh_rib.OWN_WEIGHT]


@pytest.mark.parametrize("layout", TABLES)
@EXAMPLES
@given(networks=table, part=st.floats(0, 1))
def test_a_cut_table_has_every_row_before_the_cut(layout: str, networks: dict[str, list[dict[str, Any]]], part: float) -> None:
    text = TABLES[layout](networks)
    cut = text[: int(len(text) * part)]
    wanted = routes_of(networks)
    found = vtysh_rib.parse(cut).data["routes"]
    assert found == wanted[: len(found)]
    if layout != "json":
        ended = sum(
            line.endswith(tuple(" " + sign for sign in ORIGINS.values()))
            for line in cut[: cut.rfind("\n") + 1].split("\n")[8 if "frr" in layout else 5 :]
        )
        assert len(found) >= ended


STATES = {
    "idle": "Idle",
    "connect": "Connect",
    "active": "Active",
    "open_sent": "OpenSent",
    "open_confirm": "OpenConfirm",
    "established": "Established",
}
session = st.fixed_dictionaries(
    {
        "address": ipv4 | hop6,
        "remote_as": as_number,
        "local_as": as_number,
        "external": st.booleans(),
        "state": st.sampled_from(sorted(STATES)),
        "admin_down": st.booleans(),
        "remote_router_id": ipv4,
        "local_router_id": ipv4,
        "description": st.none() | st.from_regex(r"[A-Za-z][ -~]{0,40}[!-~]", fullmatch=True),
        "up_s": st.integers(0, 86399),
        "hold_time_s": st.integers(0, 65535),
        "keepalive_s": st.integers(0, 65535),
        "accepted_prefixes": st.integers(0, 10**6),
        "notifications_sent": st.integers(0, 10**6),
        "notifications_received": st.integers(0, 10**6),
        "connections_established": st.integers(0, 10**6),
        "connections_dropped": st.integers(0, 10**6),
        "last_reset_s": st.none() | st.integers(0, 86399),
        "last_reset_reason": st.sampled_from(["Peer closed the session", "Interface down", "BGP Notification send"]),
        "connect_retry_s": st.integers(1, 65535),
    }
)


def wanted_session(one: dict[str, Any]) -> dict[str, Any]:
    up = one["state"] == "established"
    down = one["admin_down"] and one["state"] == "idle"
    return {
        **one,
        "state": "idle_admin" if down else one["state"],
        "up_s": one["up_s"] if up else None,
        "remote_router_id": one["remote_router_id"] if up else None,
        "last_reset_reason": one["last_reset_reason"] if one["last_reset_s"] is not None else None,
    }


def head(one: dict[str, Any]) -> str:
    link = "external" if one["external"] else "internal"
    out = f"BGP neighbor is {one['address']}, remote AS {one['remote_as']}, local AS {one['local_as']}, {link} link\n"
    out += f" Description: {one['description']}\n" if one["description"] else ""
    return out


def body(one: dict[str, Any], hold: str, prefixes: str, reset: str) -> str:
    up = one["state"] == "established"
    out = " Administratively shut down\n" if one["admin_down"] else ""
    out += f"  BGP version 4, remote router ID {one['remote_router_id'] if up else '0.0.0.0'}, local router ID {one['local_router_id']}\n"
    out += f"  BGP state = {STATES[one['state']]}" + (f", up for {clock(one['up_s'])}" if up else "") + "\n"
    out += hold
    out += "  Message statistics:\n    Inq depth is 0\n    Outq depth is 0\n                         Sent       Rcvd\n"
    out += "    Opens:                  1          1\n"
    out += f"    Notifications: {one['notifications_sent']:10d} {one['notifications_received']:10d}\n"
    out += "    Updates:                1          1\n    Keepalives:             8          7\n    Total:                 11         10\n"
    out += "  Minimum time between advertisement runs is 30 seconds\n\n For address family: IPv4 Unicast\n"
    out += "  Community attribute sent to this neighbor(both)\n"
    out += prefixes + "\n"
    out += f"  Connections established {one['connections_established']}; dropped {one['connections_dropped']}\n"
    out += "  Last reset never\n" if one["last_reset_s"] is None else reset
    out += "  External BGP neighbor may be up to 1 hops away.\n" if one["external"] else ""
    return out


def quagga_session(one: dict[str, Any]) -> str:
    hold = f"  Last read 00:00:05, hold time is {one['hold_time_s']}, keepalive interval is {one['keepalive_s']} seconds\n"
    reset = f"  Last reset {clock(one['last_reset_s'])}, due to {one['last_reset_reason']}\n"
    return (
        head(one)
        + body(one, hold, f"  {one['accepted_prefixes']} accepted prefixes\n", reset)
        + "Next start timer due in 4 seconds\nRead thread: off  Write thread: off\n\n"
    )


def frr_session(one: dict[str, Any], prefixes: str = "  {} accepted prefixes\n") -> str:
    hold = "  Last read 00:00:05, Last write 00:00:05\n"
    for words in ("Hold time is", "Configured hold time is"):
        hold += f"  {words} {one['hold_time_s']} seconds, keepalive interval is {one['keepalive_s']} seconds\n"
    reset = f"  Last reset {clock(one['last_reset_s'])},  {one['last_reset_reason']}\n"
    out = head(one) + body(one, hold, prefixes.format(one["accepted_prefixes"]), reset)
    return out + f"BGP Connect Retry Timer in Seconds: {one['connect_retry_s']}\nRead thread: off  Write thread: off  FD used: -1\n\n"


def frr_10_session(one: dict[str, Any]) -> str:
    return frr_session(
        one,
        "  {}"
        + (
            " accepted, 3 sent prefixes, 0 received duplicates\n"
            if one["state"] == "established"
            else " accepted prefixes, 0 received duplicates\n"
        ),
    )


def json_session(one: dict[str, Any]) -> dict[str, Any]:
    up = one["state"] == "established"
    found = {
        "remoteAs": one["remote_as"],
        "localAs": one["local_as"],
        "nbrExternalLink" if one["external"] else "nbrInternalLink": True,
        "bgpVersion": 4,
        "remoteRouterId": one["remote_router_id"] if up else "0.0.0.0",
        "localRouterId": one["local_router_id"],
        "bgpState": STATES[one["state"]],
        "bgpTimerHoldTimeMsecs": one["hold_time_s"] * 1000,
        "bgpTimerKeepAliveIntervalMsecs": one["keepalive_s"] * 1000,
        "messageStats": {
            "depthInq": 0,
            "depthOutq": 0,
            "notificationsSent": one["notifications_sent"],
            "notificationsRecv": one["notifications_received"],
        },
        "addressFamilyInfo": {"ipv4Unicast": {"acceptedPrefixCounter": one["accepted_prefixes"]}},
        "connectionsEstablished": one["connections_established"],
        "connectionsDropped": one["connections_dropped"],
        "connectRetryTimer": one["connect_retry_s"],
        "readThread": "off",
    }
    found.update({"adminShutDown": True} if one["admin_down"] else {})
    found.update({"nbrDesc": one["description"]} if one["description"] else {})
    found.update({"bgpTimerUpMsec": one["up_s"] * 1000} if up else {})
    if one["last_reset_s"] is not None:
        found.update(lastResetTimerMsecs=one["last_reset_s"] * 1000, lastResetDueTo=one["last_reset_reason"])
    return found


SESSIONS = {
    "quagga": lambda many: "".join(map(quagga_session, many)),
    "frr": lambda many: "".join(map(frr_session, many)),
    "frr 10.5": lambda many: "".join(map(frr_10_session, many)),
    "json": lambda many: json.dumps({one["address"]: json_session(one) for one in many}, indent=1) + "\n",
}


@pytest.mark.parametrize("layout", SESSIONS)
@EXAMPLES
@given(many=st.lists(session, min_size=1, max_size=4, unique_by=lambda one: one["address"]))
def test_sessions_are_the_same_in_every_layout(layout: str, many: list[dict[str, Any]]) -> None:
    text = SESSIONS[layout](many)
    parsed = vtysh_neighbors.parse(text)
    assert (parsed.state, parsed.unread) == ("ok", [])
    # Quagga does not tell its timer for the next attempt.
    left_out = {"connect_retry_s"} if layout == "quagga" else set()
    wanted = [{name: value for name, value in wanted_session(one).items() if name not in left_out} for one in many]
    assert [{name: one[name] for name in wanted[0]} for one in parsed.data] == wanted
    for at in (len(text) // 3, len(text) // 2, len(text) - 2):
        cut = vtysh_neighbors.parse(text[:at]).data
        assert cut[:-1] == parsed.data[: max(len(cut) - 1, 0)]
