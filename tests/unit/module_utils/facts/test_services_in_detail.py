# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sessions and tables of BGP, clients and limits of ZooKeeper, pools and schemas of Cassandra, from what the daemons printed."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest
from ansible_collections.midonet.diagnostics.plugins.module_utils import facts

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures"


def fixture(name: str) -> str:
    return (FIXTURES / name).read_text(encoding="utf-8")


def built(group: str, texts: dict[str, str]) -> dict[str, Any]:
    outputs = {
        (item, number): SimpleNamespace(
            state="ok", exit_code=0, stdout=text, stderr="", truncated=False, reason="", started="2026-11-22T03:14:07Z", duration_ms=1
        )
        for (item, number), text in (((item, 2 if item == "bgp.paths" else 1), text) for item, text in texts.items())
    }
    host = {"name": "one", "groups": [group], "state": "complete", "reason": "", "clock": {}}
    found = facts.build(outputs, host)
    jsonschema.validate(found, facts.schema())
    return found


NAMESPACE = "### bgp-072db73\n"


def router(**texts: str) -> Any:
    texts = {f"bgp.{name}": NAMESPACE + text for name, text in {"namespaces": "12 /usr/lib/frr/bgpd\n", **texts}.items()}
    return built("gateway", texts)["bgp"]["routers"][0]


def test_sessions_in_detail() -> None:
    one = router(sessions=fixture("vtysh_neighbors/frr_8.4.txt"))["sessions"][0]
    assert (one["address"], one["state"], one["hold_time_s"], one["connections_dropped"]) == ("203.0.113.2", "established", 9, 0)


def test_the_default_route_and_the_own_network() -> None:
    table = router(routes=fixture("vtysh_rib/frr_8.4.txt"))["routes"]
    assert table["default"] == [{"network": "0.0.0.0/0", "next_hop": "203.0.113.2", "valid": True, "best": True}]
    assert table["own"] == [{"network": "198.51.100.0/24", "valid": True, "best": True}]
    assert (table["networks"], table["paths"], table["complete"]) == (3, 3, True)


@pytest.mark.parametrize("sign", ["*>", "  "])
def test_an_own_network_that_is_not_in_use_is_told_apart(sign: str) -> None:
    text = fixture("vtysh_rib/frr_8.4.txt").replace("*> 198.51.100.0/24", sign + " 198.51.100.0/24")
    assert router(routes=text)["routes"]["own"][0]["best"] is (sign == "*>")


def test_paths_to_one_network() -> None:
    table = fixture("vtysh_rib/frr_8.4.txt").split("\n")
    rows = [line for line in table if not line.startswith("*") or "198.51.100.0/24" in line]
    [path] = router(paths="\n".join(rows))["paths"]
    assert (path["network"], path["best"], path["origin"]) == ("198.51.100.0/24", True, "igp")
    none = [line for line in table if not line.startswith("*")]
    assert router(paths="\n".join(none))["paths"] == []
    assert router(paths="% BGP instance not found\n")["paths"] is None


def test_what_was_not_asked_is_unknown_and_no_gap() -> None:
    assert (router()["sessions"], router()["routes"], router()["paths"], router()["zebra"]) == (None, None, None, None)


@pytest.mark.parametrize(("release", "table", "software"), [("quagga_0.99", "quagga_0.99", "quagga"), ("frr_8.4", "frr_10", "frr")])
def test_the_daemons_and_all_their_routes(release: str, table: str, software: str) -> None:
    routes = fixture(f"vtysh_routes/{table}.txt")
    zebra = router(zebra=fixture(f"vtysh_version/{release}.txt") + "### routes of bgp-072db73\n" + routes)["zebra"]
    assert (zebra["software"], zebra["complete"]) == (software, True)
    assert zebra["version"].startswith(release.split("_")[1])
    learned = next(one for one in zebra["routes"] if one["protocol"] == "bgp" and one["selected"])
    assert (learned["distance"], learned["next_hops"][0]["installed"]) == (20, True)
    many = router(zebra="### routes of bgp-072db73\n" + routes + "K * 10.0.0.0/8 via 192.0.2.254, eth0\n" * 1000)["zebra"]
    assert (many["version"], many["complete"]) == (None, False)
    assert router(zebra="Exiting: failed to connect to any daemons.\n")["zebra"] is None


SHOWN = "Name: midonet\nIndex: 7\nSupports megaflows: yes\nStats:\n  Flows  0\n  Hits   0\n  Lost   0\n  Misses 0\n"


def datapath(text: str | None) -> Any:
    told = built("compute", {"overlay.datapath": SHOWN, **({} if text is None else {"overlay.open_vswitch": text})})
    assert told["about"]["datapath"]["crash"] is None
    return told["datapath"]["open_vswitch"]


def test_what_open_vswitch_tells_of_itself() -> None:
    both = datapath("### datapaths\n" + fixture("ovs_dpctl/3.1_s.txt") + "### bridges\n" + fixture("ovs_vsctl/3.1_kinds.txt"))
    assert [(one["provider"], one["name"]) for one in both["datapaths"]] == [("netdev", "ovs-netdev")]
    assert both["datapaths"][0]["ports"][:2] == ["ovs-netdev", "eth1"]
    errors = [error for bridge in both["bridges"] for error in bridge["errors"]]
    assert [one["error"] for one in errors] == ["could not open network device gone9 (No such device)"]
    assert datapath("### bridges\n" + fixture("ovs_vsctl/3.1.txt") + '    ovs_version: "3.1.0"\n')["version"] == "3.1.0"
    told = built("compute", {"overlay.datapath": SHOWN, "overlay.open_vswitch": "### linux_bridges\n" + fixture("brctl/1.5_tabs.txt")})
    assert told["datapath"]["linux_bridges"][0] == {"name": "br0", "ports": ["em1", "vnet0", "vnet1"]}
    # Not asked; asked, and not installed; installed, and its database does not answer.
    assert (datapath(None), datapath("")) == (None, None)
    alone = datapath("### datapaths\n" + fixture("ovs_dpctl/2.0_kernel.txt") + "### bridges\n")
    assert (alone["bridges"], alone["version"], alone["datapaths"][0]["provider"]) == (None, None, "system")


def test_clients_are_counted_by_address_without_the_question_itself() -> None:
    found = built("zookeeper", {"zookeeper.ruok": "imok", "zookeeper.cons": fixture("zookeeper_cons/3.4.txt")})["zookeeper"]
    assert found["clients"] == [
        {"address": "0:0:0:0:0:0:0:1", "connections": 1, "queued": 2, "latency_max_ms": 5},
        {"address": "10.0.0.5", "connections": 1, "queued": 0, "latency_max_ms": 41},
    ]
    assert found["limits"] is None


def test_limits_in_force() -> None:
    conf = "clientPort=2181\nmaxClientCnxns=60\nminSessionTimeout=4000\nmaxSessionTimeout=40000\nserverId=1\n"
    limits = built("zookeeper", {"zookeeper.ruok": "imok", "zookeeper.conf": conf})["zookeeper"]["limits"]
    assert limits == {"max_client_connections": 60, "min_session_timeout_ms": 4000, "max_session_timeout_ms": 40000}


def test_the_tree_where_midonet_keeps_its_own() -> None:
    found = built("zookeeper", {"zookeeper.ruok": "imok", "zookeeper.tree": fixture("zookeeper_tree/3.8.txt")})["zookeeper"]
    assert [(one["path"], one["exists"]) for one in found["tree"]] == [
        ("/", True),
        ("/midonet", True),
        ("/midonet/v1", False),
        ("/midonet/zoom", False),
    ]
    assert found["tree"][0]["children"] == ["midonet", "zookeeper"]
    assert built("zookeeper", {"zookeeper.ruok": "imok"})["zookeeper"]["tree"] is None


def test_a_node_that_one_may_not_read_is_not_missing() -> None:
    # -102: not allowed.
    said = fixture("zookeeper_tree/3.8.txt").replace("ff ff ff 9b 00 00 00 10 00 00 00\n 04", "ff ff ff 9a 00 00 00 10 00 00 00\n 04")
    found = built("zookeeper", {"zookeeper.ruok": "imok", "zookeeper.tree": said})
    assert [one["exists"] for one in found["zookeeper"]["tree"]] == [True, True, None, False]
    assert "error -102 for /midonet/v1" in found["about"]["zookeeper"]["reason"]
    closed = built("zookeeper", {"zookeeper.ruok": "imok", "zookeeper.tree": "asked / /midonet\n"})
    assert closed["zookeeper"]["tree"] is None
    assert "granted no session" in closed["about"]["zookeeper"]["reason"]


def test_a_word_that_is_not_allowed_tells_nothing() -> None:
    refused = "cons is not executed because it is not in the whitelist.\n"
    assert built("zookeeper", {"zookeeper.ruok": "imok", "zookeeper.cons": refused})["zookeeper"]["clients"] is None


def test_cassandra_in_detail() -> None:
    names = ("info", "tpstats", "describecluster")
    text = "".join(f"### {name}\n" + fixture(f"nodetool_{name}/2.0.txt") for name in names)
    found = built("cassandra", {"cassandra.nodetool_details": text})["cassandra"]
    assert (found["uptime_s"], found["heap_used_bytes"], found["exceptions"]) == (10456, 211288064, 3)
    assert [pool["name"] for pool in found["pools"] if pool["pending"]] == ["MutationStage", "CompactionExecutor"]
    assert [one["type"] for one in found["dropped"] if one["count"]] == ["MUTATION"]
    assert [one["version"] is None for one in found["schema_versions"]] == [False, False, True]


def firewalld(text: str | None) -> Any:
    texts = {"underlay.firewall": "# table filter is not loaded\n", **({} if text is None else {"underlay.firewalld": text})}
    told = built("compute", texts)
    assert told["about"]["firewall"]["reason"] == ""
    return told["firewall"]["firewalld"]


def test_what_firewalld_was_told() -> None:
    [zone] = firewalld(fixture("firewall_cmd/0.6_zones.txt"))["zones"]
    assert (zone["name"], zone["active"], zone["services"], len(zone["rich_rules"])) == ("public", True, ["dhcpv6-client", "ssh"], 2)
    assert (firewalld(None), firewalld("")) == (None, None)
    assert firewalld("FirewallD is not running\n") == {"running": False, "zones": []}
