#!/usr/bin/env python3
"""A small MidoNet cloud on one Linux machine: every host a set of namespaces with its own root, SSH, and services.

    lab.py up [--fleet FILE] [--only HOST,…]   build the fleet and wait until it serves
    lab.py down                                remove every trace of it; may be called at any time
    lab.py list                                the hosts, their addresses, and whether they run
    lab.py shell HOST                          a shell on a host
    lab.py exec HOST COMMAND …                 run one command on a host
    lab.py run COMMAND …                       run a command on the controller, from where SSH reaches the hosts
    lab.py inventory                           print the Ansible inventory
    lab.py inject FAULT                        make something break (faults/*.yml, or a file); `faults` lists them
    lab.py undo FAULT                          and mend it
    lab.py faults                              the faults that can be injected
    lab.py forget                              empty the agents' logs, so that the last fault is not taken for the next one's past

Real: OpenSSH, ZooKeeper, FRR, chrony, kernel VXLAN, iproute2, iptables. Stand-ins, because MidoNet's agent and its kernel
module cannot be had: midolman, wdog, mm-dpctl, midonet-cli and the REST API (see host/). They print the texts of the real
tools about the interfaces that the host really has.

Several labs can be up side by side: MIDONET_LAB=NAME says which one is meant. All that a lab has lies under
/run/midonet-lab/NAME and in network namespaces named mnlab-NAME-…; the base root, which is only read, is shared.

Linux and root are needed. Nothing is left in the machine's own network namespace, and a host dies with its first process.
"""

from __future__ import annotations

import argparse
import fcntl
import ipaddress
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
CACHE = Path(os.environ.get("MIDONET_LAB_CACHE", "/var/cache/midonet-lab"))
# Labs side by side differ in this name. It has no dash, so that no lab's prefix begins like another's.
LAB = os.environ.get("MIDONET_LAB") or "default"
STATE = Path("/run/midonet-lab") / LAB
PREFIX = f"mnlab-{LAB}-"
FABRIC = PREFIX + "fabric"
CONTROLLER = PREFIX + "controller"
CONTROLLER_NUMBER = 254
PACKAGES = (
    "frr zookeeper default-jre-headless iptables nftables ethtool chrony openssh-server iproute2 iputils-ping iputils-arping"
    " iputils-tracepath tcpdump netcat-openbsd procps python3 python3-kazoo sudo kmod busybox netbase libfaketime"
).split()
# The groups of Ansible that a role of the lab belongs to; hosts of other roles are part of the scenery.
GROUPS = {"zookeeper", "cassandra", "api", "gateway", "compute"}
AGENT_ROLES = {"gateway", "compute"}
NAMESPACE = uuid.UUID("6d69646f-6e65-742d-6c61-620000000000")


class LabError(Exception):
    """Something that the person at the keyboard can act on, in one line."""


def run(*command: str, check: bool = True, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command and say in one line what failed when it did."""
    result = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if check and result.returncode:
        raise LabError(f"{' '.join(command)}: {(result.stderr or result.stdout).strip() or result.returncode}")
    return result


def in_net(namespace: str, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a command in a named network namespace of the machine."""
    return run("ip", "netns", "exec", namespace, *command, check=check)


# ---------------------------------------------------------------------------------------------------------------- the fleet


class Host:
    """One host of the fleet: its numbers and addresses follow from the fleet file alone."""

    def __init__(self, name: str, entry: dict[str, Any], fleet: Fleet) -> None:
        self.name = name
        self.role: str = entry["role"]
        self.number: int = entry["number"]
        self.vms: int = entry.get("vms", 0)
        self.nics: dict[str, str] = {"eth0": "management", **entry["nics"]}
        self.fleet = fleet
        self.namespace = PREFIX + name
        self.directory = STATE / "hosts" / name
        self.host_id = str(uuid.uuid5(NAMESPACE, f"{fleet.name}/{name}"))

    def address(self, network: str) -> str:
        return str(ipaddress.ip_network(self.fleet.networks[network]["prefix"])[self.number])

    @property
    def underlay(self) -> str:
        """The network that carries tunnels and control traffic."""
        return self.nics["eth1"]

    @property
    def underlay_address(self) -> str:
        return self.address(self.underlay)

    def mac(self, nic: str) -> str:
        return f"02:6d:{int(nic[3:]):02x}:00:{self.number >> 8:02x}:{self.number & 255:02x}"

    @property
    def pid(self) -> int | None:
        """The first process of the host as the machine numbers it; None when the host does not run."""
        try:
            pid = int((self.directory / "pid").read_text())
            os.kill(pid, 0)
        except (OSError, ValueError):
            return None
        return pid

    def enter(self) -> list[str]:
        """The command prefix that runs something on the host."""
        pid = self.pid
        if pid is None:
            raise LabError(f"{self.name} does not run; `make lab-list` tells what does")
        return ["env", "-C", "/", "nsenter", "-t", str(pid), "-m", "-u", "-i", "-n", "-p", "-r", "-w"]

    def port_id(self, name: str) -> str:
        return str(uuid.uuid5(NAMESPACE, f"{self.fleet.name}/{self.name}/{name}"))


class Fleet:
    def __init__(self, path: Path, generation: str = "") -> None:
        data = yaml.safe_load(path.read_text())
        self.path = path.resolve()
        self.name: str = data["name"]
        self.generation: str = generation or data["generation"]
        self.networks: dict[str, dict[str, Any]] = data["networks"]
        self.zone: dict[str, Any] = data["tunnel_zone"]
        self.provider: dict[str, Any] = data["provider_router"]
        self.upstream: dict[str, Any] = data["upstream"]
        self.hosts = {name: Host(name, entry, self) for name, entry in data["hosts"].items()}
        self.zone_id = str(uuid.uuid5(NAMESPACE, f"{self.name}/zone"))
        self.router_id = str(uuid.uuid5(NAMESPACE, f"{self.name}/router"))

    def of_role(self, *roles: str) -> list[Host]:
        return [host for host in self.hosts.values() if host.role in roles]

    def inventory(self) -> dict[str, Any]:
        groups: dict[str, Any] = {group: {"hosts": {}} for group in sorted(GROUPS)}
        for host in self.hosts.values():
            if host.role in GROUPS:
                groups[host.role]["hosts"][host.name] = {
                    "ansible_host": host.address("management"),
                    "midonet_labels": {"rack": host.underlay},
                }
        return {
            "all": {
                "vars": {
                    "ansible_user": "root",
                    "ansible_ssh_private_key_file": str(STATE / "ssh" / "id_ed25519"),
                    # Hosts of several labs have the same addresses, and Ansible names its open connections by address.
                    "ansible_control_path_dir": str(STATE / "ssh" / "cp"),
                    "ansible_ssh_common_args": f"-o UserKnownHostsFile={STATE}/ssh/known_hosts -o StrictHostKeyChecking=no"
                    f" -o ProxyUseFdpass=yes -o 'ProxyCommand=ip netns exec {CONTROLLER} {sys.executable} {HERE}/relay.py %h %p'",
                },
                "children": groups,
            }
        }

    def topology(self) -> dict[str, Any]:
        """What the network state database of this fleet holds, for the stand-ins that answer from it."""
        agents = self.of_role(*AGENT_ROLES)
        bindings = [
            {"host_id": host.host_id, "interface": f"tap{host.port_id(f'vm{n}')[:11]}", "port": host.port_id(f"vm{n}")}
            for host in agents
            for n in range(host.vms)
        ]
        uplinks = [
            {"host_id": host.host_id, "interface": "eth2", "port": host.port_id("uplink"), "address": host.address("uplink")}
            for host in self.of_role("gateway")
        ]
        return {
            "generation": self.generation,
            "root_key": "/midonet/v1" if self.generation == "A" else "/midonet",
            "zookeeper": [f"{host.underlay_address}:2181" for host in self.of_role("zookeeper")],
            "hosts": [
                {"id": host.host_id, "name": host.name, "addresses": [host.address("management"), host.underlay_address]}
                for host in agents
            ],
            "zone": {"id": self.zone_id, "name": self.zone["name"], "type": self.zone["type"]},
            "members": [{"host_id": host.host_id, "address": host.underlay_address} for host in agents],
            "bindings": bindings + [{k: uplink[k] for k in ("host_id", "interface", "port")} for uplink in uplinks],
            "router": {"id": self.router_id, "name": self.provider["name"], "asn": self.provider["asn"]},
            "uplinks": uplinks,
            "uplink_prefix": self.networks["uplink"]["prefix"],
        }


# ------------------------------------------------------------------------------------------------------------- the base root


@contextmanager
def cache_lock() -> Iterator[None]:
    """Only one process at a time makes what all labs share."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def base_root() -> Path:
    """A clean Debian with the services in it, made once and only read afterwards."""
    base, making = CACHE / "base", CACHE / "base.making"
    if base.exists():
        return base
    if not shutil.which("mmdebstrap"):
        raise LabError("mmdebstrap is not installed (apt-get install mmdebstrap)")
    print("lab: making the base root, once; this takes some minutes", file=sys.stderr)
    shutil.rmtree(making, ignore_errors=True)
    # Packages must not start their services: the lab does.
    deny = 'mkdir -p "$1/usr/sbin"; printf "#!/bin/sh\\nexit 101\\n" > "$1/usr/sbin/policy-rc.d"; chmod 755 "$1/usr/sbin/policy-rc.d"'
    # Not man: the JRE fails to install without its directory.
    without = [f"--dpkgopt=path-exclude=/usr/share/{part}/*" for part in ("doc", "locale")]
    run("mmdebstrap", "--mode=root", "--variant=minbase", *without, f"--setup-hook={deny}",
        f"--include={','.join(PACKAGES)}", "bookworm", str(making))  # fmt: skip
    # What was killed half way never gets the name of the finished one.
    making.rename(base)
    return base


def cassandra_jars() -> Path:
    """Apache Cassandra with its dependencies from Maven Central, fetched once; Maven verifies the checksums."""
    library, making = CACHE / "cassandra" / "lib", CACHE / "cassandra.making"
    if library.exists():
        return library
    if not shutil.which("mvn"):
        raise LabError("mvn is not installed (apt-get install maven), and this fleet has Cassandra hosts")
    print("lab: fetching Cassandra, once", file=sys.stderr)
    shutil.rmtree(making, ignore_errors=True)
    run("mvn", "-q", "-B", "-f", str(HERE / "cassandra-pom.xml"), "--strict-checksums",
        "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies", f"-DoutputDirectory={making / 'lib'}", "-DincludeScope=runtime")  # fmt: skip
    making.rename(CACHE / "cassandra")
    return library


# ---------------------------------------------------------------------------------------------------------------- the fabric


def build_fabric(fleet: Fleet) -> None:
    """One namespace holds every switch, another is the controller's; the machine itself gets nothing."""
    for namespace in (FABRIC, CONTROLLER):
        run("ip", "netns", "add", namespace)
        in_net(namespace, "ip", "link", "set", "lo", "up")
    for network in fleet.networks:
        in_net(FABRIC, "ip", "link", "add", f"br-{network[:11]}", "type", "bridge")
        in_net(FABRIC, "ip", "link", "set", f"br-{network[:11]}", "up")
    prefix = ipaddress.ip_network(fleet.networks["management"]["prefix"])
    plug(CONTROLLER, "eth0", "management", "controller", "02:6d:00:00:00:fe")
    in_net(CONTROLLER, "ip", "addr", "add", f"{prefix[CONTROLLER_NUMBER]}/{prefix.prefixlen}", "dev", "eth0")


def plug(namespace: str, nic: str, network: str, owner: str, mac: str) -> None:
    """Connect a NIC of a namespace to a switch; the far end is named after its owner, so that one can pull that cable."""
    far = f"{owner}-{nic}"[:15]
    in_net(FABRIC, "ip", "link", "add", far, "type", "veth", "peer", "name", nic, "netns", namespace)
    in_net(namespace, "ip", "link", "set", nic, "address", mac, "up")
    in_net(FABRIC, "ip", "link", "set", far, "master", f"br-{network[:11]}", "up")


def network_of(host: Host) -> None:
    run("ip", "netns", "add", host.namespace)
    net = host.namespace
    in_net(net, "ip", "link", "set", "lo", "up")
    for nic, network in host.nics.items():
        plug(net, nic, network, host.name, host.mac(nic))
        prefix = ipaddress.ip_network(host.fleet.networks[network]["prefix"])
        # A gateway's uplink NIC belongs to the datapath: its address lives in the namespace of bgpd.
        if not (host.role == "gateway" and network == "uplink"):
            in_net(net, "ip", "addr", "add", f"{host.address(network)}/{prefix.prefixlen}", "dev", nic)
    if host.role == "router":
        in_net(net, "sysctl", "-qw", "net.ipv4.ip_forward=1")
        return
    router = host.fleet.networks[host.underlay].get("router")
    if router:
        gateway = host.fleet.hosts[router].address(host.underlay)
        in_net(net, "ip", "route", "add", "default", "via", gateway, "dev", "eth1")


# ----------------------------------------------------------------------------------------------------------------- the hosts


def write(host: Host, path: str, text: str, mode: int = 0o644) -> None:
    target = host.directory / "upper" / path.lstrip("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    target.chmod(mode)


def configure(host: Host) -> None:
    """Write the files that make this host what it is. What a component reads is in the format of that component."""
    fleet = host.fleet
    hosts = "".join(f"{other.underlay_address if other.role != 'upstream' else other.address('uplink')} {other.name}\n" for other in fleet.hosts.values())
    write(host, "/etc/hostname", host.name + "\n")
    write(host, "/etc/hosts", "127.0.0.1 localhost\n" + hosts)
    write(host, "/root/.ssh/authorized_keys", (STATE / "ssh" / "id_ed25519.pub").read_text(), 0o600)
    (host.directory / "upper/root/.ssh").chmod(0o700)
    (host.directory / "upper/root").chmod(0o700)
    write(host, "/etc/ssh/sshd_config", "PermitRootLogin prohibit-password\nUseDNS no\nUsePAM yes\nMaxStartups 100:30:200\nSubsystem sftp internal-sftp\n")
    source = fleet.of_role("router")
    serves_time = host.role == "router"
    time_source = "local stratum 3\nallow all\n" if serves_time else (f"server {source[0].address(host.underlay)} iburst minpoll 0 maxpoll 2\n" if source and fleet.networks[host.underlay].get("router") else "local stratum 5\n")
    write(host, "/etc/chrony/chrony.conf", time_source + "driftfile /run/chrony.drift\ncmdport 323\nbindcmdaddress 127.0.0.1\n")
    for script in (HERE / "host").iterdir():
        write(host, f"/opt/lab/{script.name}", script.read_text(), 0o755)
    write(host, "/etc/lab.json", json.dumps({**fleet.topology(), "name": host.name, "role": host.role, "vms": host.vms,
        "host_id": host.host_id, "underlay": host.underlay_address, "zone_type": fleet.zone["type"], "udp_port": fleet.zone["udp_port"],
        "taps": [f"tap{host.port_id(f'vm{n}')[:11]}" for n in range(host.vms)], "number": host.number,
        "peers": [h.underlay_address for h in fleet.of_role(*AGENT_ROLES) if h is not host]}, indent=1) + "\n")  # fmt: skip
    {"zookeeper": configure_zookeeper, "cassandra": configure_cassandra, "gateway": configure_agent, "compute": configure_agent, "api": configure_api,
     "upstream": configure_upstream}.get(host.role, lambda host: None)(host)  # fmt: skip


def configure_zookeeper(host: Host) -> None:
    servers = host.fleet.of_role("zookeeper")
    lines = "".join(f"server.{n}={other.underlay_address}:2888:3888\n" for n, other in enumerate(servers, 1))
    write(host, "/etc/zookeeper/conf/zoo.cfg", "tickTime=2000\ninitLimit=10\nsyncLimit=5\ndataDir=/var/lib/zookeeper\n"
          f"clientPort=2181\nautopurge.purgeInterval=12\n4lw.commands.whitelist=*\nadmin.enableServer=false\n{lines}")  # fmt: skip
    write(host, "/var/lib/zookeeper/myid", f"{servers.index(host) + 1}\n")


def configure_cassandra(host: Host) -> None:
    address = host.underlay_address
    seeds = ",".join(other.underlay_address for other in host.fleet.of_role("cassandra"))
    write(host, "/etc/cassandra/cassandra.yaml", f"""cluster_name: midonet
num_tokens: 16
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
data_file_directories:
    - /var/lib/cassandra/data
commitlog_directory: /var/lib/cassandra/commitlog
saved_caches_directory: /var/lib/cassandra/saved_caches
hints_directory: /var/lib/cassandra/hints
cdc_raw_directory: /var/lib/cassandra/cdc_raw
commitlog_sync: periodic
commitlog_sync_period: 10000ms
endpoint_snitch: SimpleSnitch
seed_provider:
    - class_name: org.apache.cassandra.locator.SimpleSeedProvider
      parameters:
          - seeds: "{seeds}"
listen_address: {address}
rpc_address: {address}
start_native_transport: true
native_transport_port: 9042
""")
    pattern = "%d{yyyy-MM-dd HH:mm:ss,SSS} %-5level [%thread] %F:%L - %m%n"
    for name, level, target in (("logback", "INFO", "System.out"), ("logback-tools", "WARN", "System.err")):
        write(host, f"/etc/cassandra/{name}.xml", '<configuration><appender name="OUT" class="ch.qos.logback.core.ConsoleAppender">'
              f"<target>{target}</target><encoder><pattern>{pattern}</pattern></encoder></appender>"
              f'<root level="{level}"><appender-ref ref="OUT"/></root></configuration>\n')  # fmt: skip
    (host.directory / "upper/opt/cassandra/lib").mkdir(parents=True)
    (host.directory / "upper/usr/bin").mkdir(parents=True, exist_ok=True)
    (host.directory / "upper/usr/bin/nodetool").symlink_to("/opt/lab/nodetool")


def configure_agent(host: Host) -> None:
    fleet = host.fleet
    zookeeper = ",".join(f"{other.underlay_address}:2181" for other in fleet.of_role("zookeeper"))
    cassandra = ",".join(other.underlay_address for other in fleet.of_role("cassandra"))
    root_key = "/midonet/v1" if fleet.generation == "A" else "/midonet"
    write(host, "/etc/midolman/midolman.conf", f"[zookeeper]\nzookeeper_hosts = {zookeeper}\nroot_key = {root_key}\n"
          f"session_gracetime = 30000\n\n[cassandra]\nservers = {cassandra}\nreplication_factor = 1\ncluster = midonet\n")  # fmt: skip
    write(host, "/etc/midolman/midolman-env.sh", "MAX_HEAP_SIZE=2048M\n")
    write(host, "/etc/midolman/logback.xml", "<configuration/>\n")
    write(host, "/etc/midonet_host_id.properties", f"#Lab\nhost_uuid={host.host_id}\n")
    # The kernel here has no openvswitch at all: this file, which says that it is built in, stands in for the module.
    release = os.uname().release
    write(host, f"/usr/lib/modules/{release}/modules.builtin", "kernel/net/openvswitch/openvswitch.ko\nkernel/drivers/net/vxlan/vxlan.ko\n")
    jar = "midolman-2015.06.jar" if fleet.generation == "A" else "midolman.jar"
    write(host, f"/usr/share/midolman/{jar}", "stand-in\n")
    for tool in ("mm-dpctl", "wdog"):
        (host.directory / "upper/usr/bin").mkdir(parents=True, exist_ok=True)
        (host.directory / "upper/usr/bin" / tool).symlink_to(f"/opt/lab/{tool}")
    if host.role == "gateway":
        name, namespace = bgp_names(host)
        networks = "".join(f"  network {prefix}\n" for prefix in fleet.provider["advertise"])
        peers = "".join(f" neighbor {other.address('uplink')} remote-as {fleet.upstream['asn']}\n" for other in fleet.of_role("upstream"))
        write(host, f"/etc/frr/{name}/bgpd.conf", f"hostname {name}\npassword zebra_password\nlog file /var/log/midolman/quagga.{name}.log\n"
              f"router bgp {fleet.provider['asn']}\n bgp router-id {host.address('uplink')}\n no bgp ebgp-requires-policy\n no bgp network import-check\n"
              f"{peers} timers bgp 3 9\n address-family ipv4 unicast\n{networks} exit-address-family\n")  # fmt: skip
        write(host, "/etc/lab-bgp", f"{name} {namespace} {host.address('uplink')}/{ipaddress.ip_network(fleet.networks['uplink']['prefix']).prefixlen}\n")


def bgp_names(host: Host) -> tuple[str, str]:
    """What MidoNet calls the interface and the namespace of a BGP daemon."""
    if host.fleet.generation == "A":
        return "mbgp0", "mbgp0_ns"
    name = f"bgp-{host.port_id('uplink')[:7]}"
    return name, name


def configure_api(host: Host) -> None:
    fleet = host.fleet
    root_key = "/midonet/v1" if fleet.generation == "A" else "/midonet"
    zookeeper = ",".join(f"{other.underlay_address}:2181" for other in fleet.of_role("zookeeper"))
    write(host, "/etc/midonet/midonet.conf", f"[zookeeper]\nzookeeper_hosts = {zookeeper}\nroot_key = {root_key}\n")
    write(host, "/root/.midonetrc", f"[cli]\napi_url = http://127.0.0.1:{8080 if fleet.generation == 'A' else 8181}/midonet-api\nusername = admin\npassword = lab-password\nproject_id = admin\n", 0o600)
    (host.directory / "upper/usr/bin").mkdir(parents=True, exist_ok=True)
    (host.directory / "upper/usr/bin/midonet-cli").symlink_to("/opt/lab/midonet-cli")


def configure_upstream(host: Host) -> None:
    fleet = host.fleet
    prefix = ipaddress.ip_network(fleet.networks["uplink"]["prefix"])
    peers = "".join(f" neighbor {other.address('uplink')} remote-as {fleet.provider['asn']}\n" for other in fleet.of_role("gateway"))
    networks = "".join(f"  network {advertised}\n" for advertised in fleet.upstream["advertise"])
    write(host, "/etc/frr/bgpd.conf", f"hostname {host.name}\nrouter bgp {fleet.upstream['asn']}\n bgp router-id {prefix[host.number]}\n no bgp ebgp-requires-policy\n"
          f" no bgp network import-check\n{peers} timers bgp 3 9\n address-family ipv4 unicast\n{networks} exit-address-family\n")  # fmt: skip
    write(host, "/etc/frr/zebra.conf", f"hostname {host.name}\n")


def start(host: Host, base: Path) -> None:
    """Give the host a root, namespaces and a first process; the host lives as long as that process."""
    for part in ("work", "root"):
        (host.directory / part).mkdir(parents=True, exist_ok=True)
    command = ["ip", "netns", "exec", host.namespace, "unshare", "--mount", "--uts", "--ipc", "--pid", "--fork", "--kill-child",
               "/bin/bash", str(HERE / "enter.sh"), host.name, str(base), str(host.directory), str(CACHE / "cassandra" / "lib")]  # fmt: skip
    with (host.directory / "console").open("w") as console:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True)
    # unshare forks: the host's first process is its only child.
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    for _ in range(200):
        pids = children.read_text().split() if children.exists() else []
        if pids:
            (host.directory / "pid").write_text(pids[0])
            return
        time.sleep(0.01)
    raise LabError(f"{host.name} did not start: {(host.directory / 'console').read_text().strip()}")


# -------------------------------------------------------------------------------------------------------------- the commands


def up(fleet: Fleet, only: set[str]) -> None:
    if STATE.exists():
        raise LabError("a lab is up already; `make lab-down` removes it")
    with cache_lock():
        base = base_root()
        if fleet.of_role("cassandra"):
            cassandra_jars()
    STATE.mkdir(parents=True)
    run("mount", "-t", "tmpfs", "-o", "size=4g,mode=755", "midonet-lab", str(STATE))
    (STATE / "ssh").mkdir(mode=0o700)
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", str(STATE / "ssh" / "id_ed25519"))
    (STATE / "inventory.yml").write_text(yaml.safe_dump(fleet.inventory(), sort_keys=False))
    (STATE / "fleet.json").write_text(json.dumps({"file": str(fleet.path), "generation": fleet.generation}))
    build_fabric(fleet)
    hosts = [host for host in fleet.hosts.values() if not only or host.name in only]
    for host in hosts:
        network_of(host)
        configure(host)
        start(host, base)
    wait_for(hosts)


def wait_for(hosts: list[Host], seconds: float = 90) -> None:
    """Wait until every host says that its services are up (boot writes /run/lab-ready)."""
    deadline = time.monotonic() + seconds
    waiting = {host.name: host for host in hosts}
    while waiting and time.monotonic() < deadline:
        for name, host in list(waiting.items()):
            if host.pid is None:
                raise LabError(f"{name} died while starting: {(host.directory / 'console').read_text().strip()[-400:]}")
            if Path(f"/proc/{host.pid}/root/run/lab-ready").exists():
                del waiting[name]
        time.sleep(0.1)
    if waiting:
        raise LabError(f"not ready after {seconds:.0f} s: {', '.join(sorted(waiting))}; their consoles are {STATE}/hosts/*/console")


def down() -> None:
    """Remove the lab, whatever state it is in. Calling it again does nothing."""
    for file in (STATE / "hosts").glob("*/pid") if (STATE / "hosts").exists() else ():
        try:
            os.kill(int(file.read_text()), signal.SIGKILL)
        except (OSError, ValueError):
            continue
    namespaces = [line.split()[0] for line in run("ip", "netns", "list", check=False).stdout.splitlines() if line.startswith(PREFIX)]
    for namespace in namespaces:
        for pid in run("ip", "netns", "pids", namespace, check=False).stdout.split():
            try:
                os.kill(int(pid), signal.SIGKILL)
            except OSError:
                continue
        run("ip", "netns", "delete", namespace, check=False)
    for connection in (STATE / "ssh" / "cp").glob("*"):
        run("ssh", "-o", f"ControlPath={connection}", "-O", "exit", "lab", check=False)
    if STATE.exists():
        for _ in range(50):
            if not STATE.is_mount() or run("umount", "-R", str(STATE), check=False).returncode == 0:
                break
            time.sleep(0.1)
        else:
            run("umount", "-l", str(STATE), check=False)
        shutil.rmtree(STATE, ignore_errors=True)
        with suppress(OSError):  # another lab is there
            STATE.parent.rmdir()


def running() -> Fleet | None:
    """The fleet that is up, if one is."""
    try:
        state = json.loads((STATE / "fleet.json").read_text())
    except FileNotFoundError:
        return None
    return Fleet(Path(state["file"]), state["generation"])


def fault(name: str) -> dict[str, Any]:
    """A fault file, by its name in faults/ or in the directory FAULTS_DIR, or by its path."""
    places = [Path(name), HERE / "faults" / f"{name}.yml"]
    if os.environ.get("FAULTS_DIR"):
        places.append(Path(os.environ["FAULTS_DIR"]) / f"{name}.yml")
    for path in places:
        if path.is_file():
            return dict(yaml.safe_load(path.read_text()))
    raise LabError(f"no fault {name!r}; `lab.py faults` lists them")


def steps(fleet: Fleet, entries: list[dict[str, str]]) -> None:
    """Run the steps of a fault, each on a host or, with `on: fabric`, where the cables are."""
    for step in entries:
        where = step["on"]
        prefix = ["ip", "netns", "exec", FABRIC] if where == "fabric" else fleet.hosts[where].enter()
        run(*prefix, "/bin/bash", "-c", step["run"])


def list_faults() -> None:
    for path in sorted((HERE / "faults").glob("*.yml")):
        print(f"{path.stem:8} {yaml.safe_load(path.read_text())['title']}")


def show(fleet: Fleet) -> None:
    for host in fleet.hosts.values():
        print(f"{host.name:10} {host.role:10} {host.address('management'):12} {host.address(host.underlay):14} {'up' if host.pid else 'down'}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["up", "down", "list", "shell", "exec", "run", "inventory", "inject", "undo", "faults", "forget"])
    parser.add_argument("--fleet", type=Path, default=HERE / "fleet.yml", help="the fleet file (default: %(default)s)")
    parser.add_argument("--generation", choices=["A", "B"], default="", help="with up: another generation than the file says")
    parser.add_argument("--only", default="", help="with up: only these hosts, separated by commas")
    parser.add_argument("rest", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    try:
        if os.geteuid() != 0 or not sys.platform.startswith("linux"):
            raise LabError("the lab needs Linux and root")
        if not re.fullmatch("[a-z0-9]{1,20}", LAB):
            raise LabError("MIDONET_LAB is a word of small letters and digits")
        return dispatch(arguments)
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1


def dispatch(arguments: argparse.Namespace) -> int:
    if arguments.command == "down":
        down()
        return 0
    if arguments.command == "up":
        try:
            up(Fleet(arguments.fleet, arguments.generation), set(filter(None, arguments.only.split(","))))
        except KeyboardInterrupt:
            down()
            raise
        return 0
    fleet = running() or Fleet(arguments.fleet)
    if arguments.command == "run":
        return subprocess.run(["ip", "netns", "exec", CONTROLLER, *arguments.rest], check=False).returncode
    if arguments.command in ("shell", "exec"):
        name, *command = arguments.rest or [""]
        if name not in fleet.hosts:
            raise LabError(f"no host {name!r}; there are {', '.join(fleet.hosts)}")
        shell = command if arguments.command == "exec" else ["/bin/bash", "-l"]
        return subprocess.run([*fleet.hosts[name].enter(), *shell], check=False).returncode
    simple(arguments, fleet)
    return 0


def simple(arguments: argparse.Namespace, fleet: Fleet) -> None:
    """The commands that show, break or mend."""
    if arguments.command == "list":
        show(fleet)
    elif arguments.command == "inventory":
        print(yaml.safe_dump(fleet.inventory(), sort_keys=False), end="")
    elif arguments.command == "faults":
        list_faults()
    elif arguments.command == "forget":
        for host in fleet.of_role(*AGENT_ROLES):
            run(*host.enter(), "/bin/sh", "-c", ": >/var/log/midolman/upstart-stderr.log; : >/var/log/midolman/midolman.log")
    else:
        for name in arguments.rest:
            steps(fleet, fault(name)[arguments.command])


if __name__ == "__main__":
    sys.exit(main())
