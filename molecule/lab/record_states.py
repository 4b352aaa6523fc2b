#!/usr/bin/env python3
"""Record what real components print in named states, from the running lab (generation B), into DIRECTORY/<component>/<state>/.

    record_states.py DIRECTORY [STATE …]

Each state is made, recorded and undone. The lab should be up for a minute or two, and healthy. Nothing is judged here: people write
truth.json beside the texts, and read them before they use them (tests/recorded/README.md).
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[0] = str(HERE.parent)

from lab import lifecycle, processes  # noqa: E402
from lab.fleet import Fleet  # noqa: E402

# Reads until the server closes: a tool that leaves earlier may miss the answer.
ASK_ZOOKEEPER = """
import socket, sys
with socket.create_connection(("127.0.0.1", 2181), timeout=5) as connection:
    connection.sendall(sys.argv[1].encode())
    while chunk := connection.recv(65536):
        sys.stdout.buffer.write(chunk)
"""
WORDS = ("ruok", "isro", "srvr", "stat", "mntr", "conf")


class Recorder:
    def __init__(self, fleet: Fleet, directory: Path) -> None:
        self.fleet, self.directory = fleet, directory

    def on(self, host: str, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        prefix = processes.enter(self.fleet.hosts[host])
        return subprocess.run([*prefix, *command], capture_output=True, text=True, check=check, timeout=60)

    def keep(self, state: str, name: str, told: str, *command: str) -> None:
        """Run a command on the host that begins the name, and keep what it printed."""
        host = name.split("_", maxsplit=1)[0]
        ran = self.on(host, *command, check=False)
        place = self.directory / state
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{name}.txt").write_text(ran.stdout)
        when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        (place / f"{name}.meta").write_text(f"# host={host} cmd={told}\n# rc={ran.returncode} utc={when}\n")
        if ran.stderr:
            (place / f"{name}.stderr").write_text(ran.stderr)

    def bgp(self, state: str) -> None:
        short = self.fleet.bgp_names(self.fleet.hosts["gw1"])[0]
        peer = self.fleet.hosts["rtr1"].address("uplink")
        shows = ["show ip bgp summary", "show ip bgp summary json", "show ip bgp", "show running-config", "show ip bgp neighbors"]
        for host, option in (("gw1", f"-N {short} "), ("rtr1", "")):
            for show in [*shows, *([f"show ip bgp neighbors {peer} advertised-routes"] if host == "gw1" else [])]:
                name = show.replace(f" {peer}", "").replace(" ", "_")
                self.keep(f"bgp/{state}", f"{host}_{name}", f"vtysh {option}-c '{show}'", "vtysh", *option.split(), "-c", show)

    def zookeeper(self, state: str) -> None:
        for host in ("zk1", "zk2", "zk3"):
            for word in WORDS:
                told = f"{word} over a plain socket, read to the end"
                self.keep(f"zookeeper/{state}", f"{host}_{word}", told, "python3", "-c", ASK_ZOOKEEPER, word)
            self.keep(f"zookeeper/{state}", f"{host}_df", "df -P /var/lib/zookeeper", "df", "-P", "/var/lib/zookeeper")

    def follower(self) -> str:
        """A server that does not lead."""
        for host in ("zk1", "zk2", "zk3"):
            if "Mode: follower" in self.on(host, "python3", "-c", ASK_ZOOKEEPER, "srvr").stdout:
                return host
        raise SystemExit("no ZooKeeper server follows: is the lab healthy?")

    @contextmanager
    def announced_no_more(self) -> Iterator[None]:
        short = self.fleet.bgp_names(self.fleet.hosts["gw1"])[0]
        asn, networks = self.fleet.provider["asn"], self.fleet.provider["advertise"]

        def set_networks(no: str) -> None:
            words = ["configure terminal", f"router bgp {asn}", "address-family ipv4 unicast", *(f"{no}network {network}" for network in networks)]
            self.on("gw1", "vtysh", "-N", short, *(part for word in words for part in ("-c", word)))

        set_networks("no ")
        time.sleep(5)
        try:
            yield
        finally:
            set_networks("")

    @contextmanager
    def full_disk(self, host: str, restarted: bool) -> Iterator[None]:
        """The disk with ZooKeeper's data has no byte left; the server is started on it, or runs on while others write."""
        if restarted:
            self.on(host, "/opt/lab/service", "zookeeper", "stop")
        self.on(host, "sh", "-c", "cat /dev/zero > /var/lib/zookeeper/full", check=False)
        if restarted:
            self.on(host, "/opt/lab/service", "zookeeper", "start")
        else:
            # A few pages: the log is a sparse file, whose next page is not there.
            write = ("from kazoo.client import KazooClient; c = KazooClient('127.0.0.1:2181'); c.start()\n"
                     "p = c.create('/recording', b'', makepath=True)\n"
                     "for n in range(40): c.set('/recording', b'x' * 2000)\nc.delete('/recording'); c.stop()")  # fmt: skip
            other = next(name for name in ("zk1", "zk2", "zk3") if name != host)
            self.on(other, "python3", "-c", write, check=False)
        time.sleep(15)
        try:
            yield
        finally:
            self.on(host, "/opt/lab/service", "zookeeper", "stop")
            self.on(host, "rm", "-f", "/var/lib/zookeeper/full")
            self.on(host, "/opt/lab/service", "zookeeper", "start")
            time.sleep(15)

    def record(self, states: list[str]) -> None:
        if "established_and_announced" in states:
            self.bgp("established_and_announced")
        if "network_withdrawn" in states:
            with self.announced_no_more():
                self.bgp("network_withdrawn")
        for state, restarted in (("disk_full_running", False), ("disk_full_at_start", True)):
            if state in states:
                host = self.follower()
                with self.full_disk(host, restarted):
                    self.zookeeper(state)
                    log = "tail -n 40 /var/log/zookeeper/zookeeper.log 2>/dev/null || tail -n 40 /var/log/zookeeper/zookeeper.out"
                    self.keep(f"zookeeper/{state}", f"{host}_log", log, "sh", "-c", log)


STATES = ["established_and_announced", "network_withdrawn", "disk_full_running", "disk_full_at_start"]


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 1
    fleet = lifecycle.running()
    if fleet is None:
        print("no lab is up", file=sys.stderr)
        return 1
    Recorder(fleet, Path(arguments[0])).record(arguments[1:] or STATES)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
