"""The lab's own health, before anything is diagnosed in it: each service answers to its own client."""

import os
import time

import pytest
import testinfra

INVENTORY = f"/run/midonet-lab/{os.environ.get('MIDONET_LAB') or 'default'}/inventory.yml"


def hosts(group):
    return testinfra.get_hosts([f"ansible://{group}"], ansible_inventory=INVENTORY)


def named(group):
    return pytest.mark.parametrize("one", hosts(group), ids=lambda one: one.backend.get_pytest_id())


def within(seconds, probe):
    """Ask until the answer is true or the time is over: services come up one after the other."""
    end = time.monotonic() + seconds
    while not probe():
        if time.monotonic() > end:
            return False
        time.sleep(1)
    return True


@named("all")
def test_each_host_is_a_host_of_its_own(one):
    assert one.check_output("hostname") == one.backend.get_hostname()
    assert one.interface("eth1").exists
    assert one.check_output("cat /proc/1/cmdline | tr '\\000' ' '").startswith("/bin/bash /opt/lab/boot")


@named("zookeeper")
def test_zookeeper_serves(one):
    assert within(30, lambda: "Mode:" in one.run("echo srvr | nc -w 2 127.0.0.1 2181").stdout)


def test_zookeeper_has_one_leader():
    modes = [one.check_output("echo srvr | nc -w 2 127.0.0.1 2181 | sed -n 's/^Mode: //p'") for one in hosts("zookeeper")]
    assert sorted(modes) == ["follower"] * (len(modes) - 1) + ["leader"]


@named("cassandra")
def test_cassandra_is_up_in_every_ring(one):
    expected = len(hosts("cassandra"))
    assert within(120, lambda: one.run("nodetool status").stdout.count("\nUN ") == expected)


@named("gateway")
def test_bgp_is_established_and_learns_the_default_route(one):
    name = one.check_output("cut -d ' ' -f 1 /etc/lab-bgp")
    assert within(60, lambda: "0.0.0.0/0" in one.run(f"vtysh -N {name} -c 'show ip bgp'").stdout)


@named("compute")
def test_virtual_machines_reach_each_other_through_the_tunnel(one):
    numbers = [other.check_output("python3 -c 'import json; print(json.load(open(\"/etc/lab.json\"))[\"number\"])'") for other in hosts("compute")]
    for number in numbers:
        assert one.run(f"ip netns exec vm0 ping -n -q -c 1 -W 2 10.0.0.{number}").rc == 0


@named("all")
def test_the_clock_follows_the_lab(one):
    assert within(30, lambda: "Leap status     : Normal" in one.run("chronyc -n tracking").stdout)


@named("compute")
def test_the_datapath_shows_the_counters_of_the_interfaces(one):
    tap = one.check_output("ls /sys/class/net | grep ^tap")
    before = int(one.check_output(f"cat /sys/class/net/{tap}/statistics/rx_packets"))
    shown = one.check_output("mm-dpctl datapath --show midonet || mm-dpctl --show-dp midonet")
    after = int(one.check_output(f"cat /sys/class/net/{tap}/statistics/rx_packets"))
    line = next(line for line in shown.splitlines() if tap in line)
    assert before <= int(line.split("rxPackets=")[1].split(",")[0]) <= after


def test_the_api_answers():
    (api,) = hosts("api")
    assert within(30, lambda: "200 OK" in api.run("printf 'GET /midonet-api/ HTTP/1.0\\r\\n\\r\\n' | nc -w 2 127.0.0.1 8181").stdout)
    assert within(60, lambda: api.run("midonet-cli -e 'list host'").stdout.count("alive true") == len(hosts("compute")) + len(hosts("gateway")))
