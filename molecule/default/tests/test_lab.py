"""The lab's own health, before anything is diagnosed in it: each service is asked by its own client, on the hosts themselves."""

import functools
import itertools
import json
import os
import re
import time

import pytest
import testinfra
import yaml

INVENTORY = f"/run/midonet-lab/{os.environ.get('MIDONET_LAB') or 'default'}/inventory.yml"
# One connection for each host, which goes with the lab.
os.environ["ANSIBLE_SSH_EXTRA_ARGS"] = f"-o ControlMaster=auto -o ControlPersist=120s -o ControlPath={os.path.dirname(INVENTORY)}/ssh/cp/tests-%h"  # noqa: PTH120
FLEET = yaml.safe_load(open(os.path.join(os.path.dirname(INVENTORY), "fleet.yml")))  # noqa: PTH118, PTH120, PTH123, SIM115
VARIABLES = yaml.safe_load(open(INVENTORY))["all"]["vars"]  # noqa: PTH123, SIM115
GROUPS = yaml.safe_load(open(INVENTORY))["all"]["children"]  # noqa: PTH123, SIM115
COUNTERS = ["rx_packets", "tx_packets", "rx_bytes", "tx_bytes", "rx_errors", "tx_errors", "rx_dropped", "tx_dropped"]
CASSANDRA = """
from cassandra.cluster import Cluster
session = Cluster(["{address}"], connect_timeout=20).connect()
session.default_timeout = 30
session.execute("CREATE KEYSPACE IF NOT EXISTS probe WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}")
session.execute("CREATE TABLE IF NOT EXISTS probe.words (k text PRIMARY KEY, v text)")
session.execute("INSERT INTO probe.words (k, v) VALUES ('question', 'answer')")
print(session.execute("SELECT v FROM probe.words WHERE k = 'question'").one().v)
session.execute("DROP KEYSPACE probe")
"""
ZOOKEEPER = """
from kazoo.client import KazooClient
one, other = KazooClient("127.0.0.1:2181"), KazooClient("{others}")
one.start(); other.start()
path = one.create("/probe-", b"word", ephemeral=True, sequence=True)
other.sync(path)
print(other.get(path)[0].decode())
one.stop()
other.sync("/")
print(other.exists(path))
"""


@functools.cache
def hosts(group):
    return testinfra.get_hosts([f"ansible://{group}"], ansible_inventory=INVENTORY)


def scenery(address):
    """A host of the lab that is not MidoNet's, so that the inventory does not name it."""
    return testinfra.get_host(
        f"ssh://root@{address}",
        ssh_identity_file=VARIABLES["ansible_ssh_private_key_file"],
        ssh_extra_args=f"{VARIABLES['ansible_ssh_common_args']} {os.environ['ANSIBLE_SSH_EXTRA_ARGS']}",
    )


def named(group):
    return pytest.mark.parametrize("one", hosts(group) if GROUPS.get(group, {}).get("hosts", True) else [], ids=lambda one: one.backend.get_hostname())


@functools.cache
def described(one):
    return json.loads(one.check_output("cat /etc/lab.json"))


def python(one, program):
    return one.check_output("python3 -c %s", program)


def within(seconds, probe):
    """Ask until the answer is true or the time is over."""
    end = time.monotonic() + seconds
    while not probe():
        if time.monotonic() > end:
            return False
        time.sleep(1)
    return True


@named("all")
def test_each_host_is_a_host_of_its_own(one):
    assert one.check_output("hostname") == one.backend.get_hostname()
    assert one.check_output("tr '\\000' ' ' < /proc/1/cmdline").startswith("/bin/bash /opt/lab/boot")
    assert one.interface("br-eth1" if described(one)["tunnels"] == "openvswitch" and described(one)["ports"] else "eth1").addresses
    # Its own little disk for logs, and nothing of the machine's.
    assert "tmpfs" in one.check_output("df --output=fstype /var/log")
    assert one.run("ls /var/cache/midonet-lab").rc != 0


def test_nothing_is_shared_but_what_is_only_read():
    keys = [one.check_output("cat /etc/ssh/ssh_host_ed25519_key.pub") for one in hosts("all")]
    assert len(set(keys)) == len(keys)
    macs = [one.check_output("cat /sys/class/net/eth1/address") for one in hosts("all")]
    assert len(set(macs)) == len(macs)


@named("zookeeper")
def test_zookeeper_serves_and_agrees(one):
    others = ",".join(described(one)["zookeeper"])
    assert python(one, ZOOKEEPER.format(others=others)).splitlines() == ["word", "None"]


def test_zookeeper_has_one_leader():
    ask = "from kazoo.client import KazooClient; c = KazooClient('127.0.0.1:2181'); c.start(); print(c.command(b'srvr'))"
    modes = [next(line.split()[1] for line in python(one, ask).splitlines() if line.startswith("Mode:")) for one in hosts("zookeeper")]
    assert sorted(modes) == ["follower"] * (len(modes) - 1) + ["leader"]


@named("cassandra")
def test_cassandra_takes_words_and_gives_them_back(one):
    assert python(one, CASSANDRA.format(address=described(one)["underlay"])) == "answer"


@named("cassandra")
def test_cassandra_is_up_in_every_ring(one):
    expected = len(hosts("cassandra"))
    assert within(120, lambda: one.run("nodetool status").stdout.count("\nUN ") == expected)


@named("gateway")
def test_bgp_is_established_and_learns_the_default_route(one):
    name, namespace, address, _ = one.check_output("cat /etc/lab-bgp").split()
    assert namespace in one.check_output("ip netns list")
    assert address in one.check_output(f"ip -n {namespace} addr show dev {name}_m")
    summary = json.loads(one.check_output(f"vtysh -N {name} -c 'show ip bgp summary json'"))["ipv4Unicast"]
    assert [peer["state"] for peer in summary["peers"].values()] == ["Established"]
    assert json.loads(one.check_output(f"vtysh -N {name} -c 'show ip bgp 0.0.0.0/0 json'"))["paths"][0]["valid"]


def test_the_networks_of_the_gateways_arrive_upstream():
    upstream = scenery("10.99.0.2")
    peers = json.loads(upstream.check_output("vtysh -c 'show ip bgp summary json'"))["ipv4Unicast"]["peers"]
    assert len(peers) == len(hosts("gateway"))
    assert all(peer["state"] == "Established" and peer["pfxRcd"] > 0 for peer in peers.values())
    assert "198.51.100.0/24" in upstream.check_output("ip route show")


def test_virtual_machines_ping_each_other_through_the_tunnels():
    computes = hosts("compute")
    for one, other in itertools.permutations(computes, 2) if len(computes) < 8 else itertools.pairwise(computes):
        # The first may wait for an address to be resolved.
        ran = one.run(f"ip netns exec vm0 ping -n -q -c 2 -i 0.2 -W 2 10.0.0.{described(other)['number']}")
        assert ran.rc == 0, ran.stdout


def test_virtual_machines_talk_tcp_through_the_tunnels():
    first, *_, last = hosts("compute")
    last.check_output("timeout 20 ip netns exec vm0 sh -c 'nc -l -p 5000 | sha256sum > /tmp/received' >/dev/null 2>&1 & sleep 1")
    rx_bytes = COUNTERS.index("rx_bytes")
    before = counted(last, "tnvxlan")[rx_bytes]
    sent = first.check_output(
        f"head -c 3000000 /dev/urandom > /tmp/sent; ip netns exec vm0 nc -q 1 -w 5 10.0.0.{described(last)['number']} 5000 < /tmp/sent; sha256sum < /tmp/sent"
    )
    assert within(10, lambda: last.check_output("cat /tmp/received") == sent)
    # Open vSwitch tells its counters every few seconds.
    assert within(15, lambda: counted(last, "tnvxlan")[rx_bytes] - before > 3000000)


@named("all")
def test_the_clock_follows_the_lab(one):
    assert within(30, lambda: "Leap status     : Normal" in one.run("chronyc -n tracking").stdout)
    assert "^*" in one.check_output("chronyc -n sources")


def shown(one):
    """{port name: its counters} as mm-dpctl shows them."""
    words = "--show-dp midonet" if described(one)["generation"] == "A" else "datapath --show midonet"
    ports = {}
    for line in one.check_output(f"mm-dpctl {words}").splitlines():
        if line.startswith("Port #"):
            name = line.split('"' if '"' in line else "'")[1]
            ports[name] = [int(part.split("=")[1]) for part in line.split("Stats{")[1].rstrip("}").split(", ")]
    return ports


def counted(one, interface):
    """What the kernel counts for an interface, or Open vSwitch for its tunnel."""
    if interface == "tnvxlan" and described(one)["tunnels"] == "openvswitch":
        told = dict(re.findall(r"(\w+)=(\d+)", one.check_output("ovs-vsctl get interface tnvxlan statistics")))
        return [int(told.get(name, 0)) for name in COUNTERS]
    return [int(number) for number in one.check_output(f"cd /sys/class/net/{interface}/statistics; cat {' '.join(COUNTERS)}").split()]


@named("compute")
def test_the_datapath_shows_the_counters_of_the_interfaces(one):
    (tap,) = described(one)["ports"]
    interfaces = {tap: tap, "tnvxlan-overlay": "tnvxlan"}
    earlier = None
    for traffic in ("true", "ip netns exec vm0 ping -q -c 5 -i 0.2 10.0.0.255 -b; ip netns exec vm0 ping -q -c 3 -i 0.2 10.0.0.41"):
        one.run(traffic)
        for port, interface in interfaces.items():
            # Other hosts talk too: an instant in which nothing moved while the three were read is what one waits for.
            assert within(30, lambda port=port, interface=interface: counted(one, interface) == shown(one)[port] == counted(one, interface))
        now = counted(one, tap)
        assert earlier is None or now[0] > earlier[0]
        earlier = now


PORT = "0123abcd-0123-4567-89ab-cdef01234567"
TAP = "tap0123abcd-01"
SECOND_NIC = f"ip link add {TAP} type veth peer name eth9 netns vm0; ip link set {TAP} up; ip -n vm0 link set eth9 up"


@pytest.mark.skipif(FLEET.get("tunnels") == "openvswitch", reason="its rules know the machines that the fleet was built with")
def test_the_stand_ins_show_what_is_plugged_bound_moved_and_deleted():
    one, other, *_ = hosts("compute")
    (api,) = hosts("api")
    try:
        one.check_output(f"{SECOND_NIC}; ip -n vm0 addr add 10.0.0.240/24 dev eth9; mm-ctl --bind-port {PORT} {TAP}")
        assert within(20, lambda: TAP in shown(one))
        one.check_output(f"ip netns exec vm0 ping -I eth9 -q -c 3 -i 0.2 -W 2 10.0.0.{described(other)['number']}")
        assert within(30, lambda: counted(one, TAP) == shown(one)[TAP] == counted(one, TAP))
        assert shown(one)[TAP][0] >= 3
        assert within(20, lambda: f" interface {TAP} port {PORT}" in bindings(api, one))
        # It moves to another host.
        other.check_output(f"{SECOND_NIC}; mm-ctl --bind-port {PORT} {TAP}")
        assert within(20, lambda: TAP in shown(other) and TAP not in shown(one))
        assert PORT in bindings(api, other) and PORT not in bindings(api, one)
        # Gone, and back.
        other.check_output(f"ip link del {TAP}")
        assert within(20, lambda: f"port {PORT} " in api.run("midonet-cli -e 'list port' | grep 'plugged no'").stdout)
        assert TAP not in shown(other)
        other.check_output(SECOND_NIC)
        assert within(20, lambda: TAP in shown(other))
    finally:
        other.run(f"mm-ctl --unbind-port {PORT}")
        for host in (one, other):
            host.run(f"ip link del {TAP}")


def bindings(api, one):
    """What the API's command line tells of the bindings of a host."""
    (line,) = [line for line in api.check_output("midonet-cli -e 'list host'").splitlines() if f" name {one.backend.get_hostname()} " in line]
    return api.run(f"midonet-cli -e 'host {line.split()[1]} list binding'").stdout


@named("compute")
def test_the_datapath_shows_the_flows_of_the_virtual_machines(one):
    lab = described(one)
    peer = next(other for other in hosts("compute") if other.backend.get_hostname() != one.backend.get_hostname())
    there = described(peer)
    one.check_output(f"ip netns exec vm0 ping -q -c 3 -i 0.2 10.0.0.{there['number']}")
    dump = one.check_output("mm-dpctl --dump-dp midonet" if lab["generation"] == "A" else "mm-dpctl datapath --dump midonet")
    pinged = [flow for flow in re.split(r"\n  Flow:?\n", dump)[1:] if "NetworkProto=icmp" in flow or "proto=1," in flow]
    there_and_back = [flow for flow in pinged if f"10.0.0.{lab['number']}," in flow and f"10.0.0.{there['number']}," in flow]
    (sent,) = [flow for flow in there_and_back if "SetKey{Tunnel" in flow]
    assert f"ipv4_src={lab['underlay']}, ipv4_dst={there['underlay']}" in sent
    assert len(there_and_back) == 2


def test_the_api_answers_and_knows_who_lives():
    (api,) = hosts("api")
    port = 8080 if described(api)["generation"] == "A" else 8181
    assert "200 OK" in api.check_output(f"printf 'GET /midonet-api/ HTTP/1.0\\r\\n\\r\\n' | nc -w 2 127.0.0.1 {port}")
    agents = len(hosts("compute")) + len(hosts("gateway"))
    assert within(60, lambda: api.run("midonet-cli -e 'list host'").stdout.count("alive true") == agents)
    (router,) = api.check_output("midonet-cli -e 'list router'").splitlines()
    ports = api.check_output(f"midonet-cli -e 'router {router.split()[1]} list port'").splitlines()
    assert [" plugged yes " in line for line in ports] == [True] * len(hosts("gateway"))


def neutron(host, path, data=None):
    words = f"-d '{json.dumps(data)}'" if data else ""
    return json.loads(host.check_output(f"curl -s -H 'Content-Type: application/json' {words} http://127.0.0.1:9696/v2.0/{path}"))


@pytest.mark.skipif(not sum(FLEET["hosts"].get("neutron", [])), reason="this fleet has no Neutron server")
def test_neutron_knows_the_virtual_machines_and_takes_more():
    server = scenery("10.99.0.26")
    ports = neutron(server, "ports")["ports"]
    taps = {(one.backend.get_hostname(), tap) for one in hosts("compute") for tap in described(one)["ports"]}
    assert {(port["binding:host_id"], f"tap{port['id'][:11]}") for port in ports} == taps
    made = neutron(server, "networks", {"network": {"name": "probe"}})["network"]
    assert made["id"] in {one["id"] for one in neutron(server, "networks")["networks"]}
    server.check_output(f"curl -s -f -X DELETE http://127.0.0.1:9696/v2.0/networks/{made['id']}")


@named("zookeeper")
def test_zookeeper_logs_what_it_does(one):
    log = one.check_output("cat /var/log/zookeeper/zookeeper.log")
    assert re.search(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} - INFO  \[.*\] - (LEADING|FOLLOWING)", log, re.M)


@named("gateway")
def test_the_other_stand_ins_answer(one):
    assert "root_key" in one.check_output("mn-conf dump")
    assert one.run("mn-conf get no.such.key").rc == 11
    one.check_output("mm-trace add --limit 5 --ip-src 10.0.0.1")
    assert one.check_output("mm-trace list") == "mm-trace --debug --limit 5 --ip-src 10.0.0.1"
    assert one.check_output("mm-trace flush") == "Removed 1 tracer(s)"
