"""A fleet file read: every host with its numbers and addresses, which follow from the file alone.

The file (fleets/*.yml; fleet.schema.json is its form, docs/lab.md tells it to people) says how large the fleet is and what is in it:

    name: default
    generation: B              # A: MidoNet up to 2015.06; B: 5.x
    version: 5.2.2             # of MidoNet; decides on names that changed within a generation (default: 2015.06.1 or 5.2.2)
    racks: 2                   # underlay segments, behind one router host
    hosts:                     # of each kind, how many are in each rack
      zookeeper: [1, 2]
      cassandra: [1, 0]
      api: [1, 0]
      neutron: [0, 0]
      gateway: [1, 1]
      compute: [2, 2]
      time: [1, 0]             # NTP servers
    vms: 1                     # on each compute host
    tunnels: kernel            # what carries them: kernel (its VXLAN device) or openvswitch (in userspace)
    wrong_clocks: {}           # NTP servers that tell a wrong time: {ntp1: 90} is ahead by 90 seconds
    tunnel_zone: {name: overlay, type: vxlan, udp_port: 6677}
    provider_router: {name: MidoNet Provider Router, asn: 64513, advertise: [198.51.100.0/24]}
    upstream: {asn: 64512, advertise: [0.0.0.0/0, 192.0.2.0/24]}

What is left out has the values above, except hosts: a kind that is left out is not there.
"""

from __future__ import annotations

import ipaddress
import json
import sys
import uuid
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from lab.collection import did_you_mean, problem
from lab.commands import LabError
from lab.names import CONTROLLER, HERE, PREFIX, STATE

# The kinds of hosts in the order of their numbers, the prefix of their names, and their first number. A number is also the
# last part of all addresses of the host.
KINDS = {
    "router": ("spine", 1), "upstream": ("rtr", 2), "time": ("ntp", 5), "zookeeper": ("zk", 11), "cassandra": ("cas", 16),
    "api": ("api", 21), "neutron": ("neutron", 26), "gateway": ("gw", 31), "compute": ("compute", 41),
}  # fmt: skip
LAST_NUMBER = 250
CONTROLLER_NUMBER = 254
# The groups of Ansible, which are named like the kinds; hosts of other kinds are part of the scenery.
GROUPS = ("api", "cassandra", "compute", "gateway", "zookeeper")
AGENT_KINDS = ("gateway", "compute")
# The tunnel key of the one virtual network that all virtual machines are in.
VNI = 6677
VERSIONS = {"A": "2015.06.1", "B": "5.2.2"}
NAMESPACE = uuid.UUID("6d69646f-6e65-742d-6c61-620000000000")
DEFAULTS: dict[str, Any] = {
    "racks": 2,
    "vms": 1,
    "tunnels": "kernel",
    "wrong_clocks": {},
    "tunnel_zone": {"name": "overlay", "type": "vxlan", "udp_port": 6677},
    "provider_router": {"name": "MidoNet Provider Router", "asn": 64513, "advertise": ["198.51.100.0/24"]},
    "upstream": {"asn": 64512, "advertise": ["0.0.0.0/0", "192.0.2.0/24"]},
}


@dataclass
class Host:
    name: str
    role: str
    number: int
    nics: dict[str, str]
    vms: int
    fleet: Fleet = field(repr=False)

    @property
    def namespace(self) -> str:
        return PREFIX + self.name

    @property
    def directory(self) -> Path:
        """What the host has of its own on the machine: the upper layer of its root, its console, the number of its process."""
        return STATE / "hosts" / self.name

    @property
    def host_id(self) -> str:
        return self.fleet.uuid(self.name)

    def port_id(self, name: str) -> str:
        return self.fleet.uuid(f"{self.name}/{name}")

    def tap(self, vm: int) -> str:
        """The name that Neutron gives the device of a virtual machine."""
        return f"tap{self.port_id(f'vm{vm}')[:11]}"

    def vm_mac(self, vm: int) -> str:
        return f"fa:16:3e:00:{vm:02x}:{self.number:02x}"

    def vm_address(self, vm: int) -> str:
        return f"10.0.{vm}.{self.number}"

    def address(self, network: str) -> str:
        return str(self.fleet.networks[network][self.number])

    def interface(self, network: str) -> str:
        return f"{self.address(network)}/{self.fleet.networks[network].prefixlen}"

    @property
    def underlay(self) -> str:
        """The network that carries tunnels and control traffic."""
        return self.nics["eth1"]

    @property
    def underlay_address(self) -> str:
        return self.address(self.underlay)

    def mac(self, nic: str) -> str:
        return f"02:6d:{int(nic[3:]):02x}:00:{self.number >> 8:02x}:{self.number & 255:02x}"


class Fleet:
    def __init__(self, path: Path, generation: str = "", without: frozenset[str] = frozenset()) -> None:
        data = _read(path)
        self.path = path.resolve()
        self.without = without
        self.name: str = data["name"]
        self.generation: str = generation or data["generation"]
        # A version of the other generation says nothing about this one.
        self.version: str = (data.get("version") if self.generation == data["generation"] else None) or VERSIONS[self.generation]
        self.tunnels: str = data["tunnels"]
        self.wrong_clocks: dict[str, int] = data["wrong_clocks"]
        self.zone: dict[str, Any] = data["tunnel_zone"]
        self.provider: dict[str, Any] = data["provider_router"]
        self.upstream: dict[str, Any] = data["upstream"]
        self.racks = [f"rack{number}" for number in range(1, data["racks"] + 1)]
        self.networks = {
            "management": ipaddress.ip_network("10.99.0.0/24"),
            **{rack: ipaddress.ip_network(f"172.16.{number}.0/24") for number, rack in enumerate(self.racks, 1)},
            "uplink": ipaddress.ip_network("203.0.113.0/24"),
        }
        self.hosts = {host.name: host for kind in KINDS for host in self._of_kind(kind, data)}
        if wrong := self._impossible():
            raise LabError(f"{path}: {wrong}")

    def _of_kind(self, kind: str, data: dict[str, Any]) -> list[Host]:
        word, first = KINDS[kind]
        if kind == "router":
            places = [{"eth1": self.racks[0], **{f"eth{n}": rack for n, rack in enumerate(self.racks[1:], 2)}}]
        elif kind == "upstream":
            places = [{"eth1": "uplink"}]
        elif kind in self.without:
            places = []
        else:
            uplink = {"eth2": "uplink"} if kind == "gateway" else {}
            counts = data["hosts"].get(kind, [])
            if len(counts) > len(self.racks):
                raise LabError(f"{self.path}: hosts.{kind}: is for {len(counts)} racks, and there are {len(self.racks)}")
            places = [{"eth1": rack, **uplink} for rack, count in zip(self.racks, counts, strict=False) for _ in range(count)]
        last = min([other - 1 for _, other in KINDS.values() if other > first] or [LAST_NUMBER])
        if first + len(places) - 1 > last:
            raise LabError(f"{self.path}: hosts.{kind}: are {len(places)}, and {last - first + 1} is the most that can be")
        vms = data["vms"] if kind == "compute" else 0
        return [Host(f"{word}{n}", kind, first + n - 1, {"eth0": "management", **nics}, vms, self) for n, nics in enumerate(places, 1)]

    def _impossible(self) -> str | None:
        """What no fleet can be, though its file has the right form."""
        if (int(self.version.split(".")[0]) >= 2000) != (self.generation == "A"):
            return f"version: {self.version} is none of generation {self.generation}, which is {'up to 2015.06' if self.generation == 'A' else '5.0 or later'}"
        if not self.of_role("zookeeper") and self.of_role(*AGENT_KINDS, "api"):
            return "hosts.zookeeper: is missing: agents and the API cannot do without"
        times = [host.name for host in self.of_role("time")]
        for name in self.wrong_clocks:
            if name not in times:
                return f"wrong_clocks.{name}: is no NTP server{did_you_mean(name, times)}"
        for key, speaker in (("provider_router", self.provider), ("upstream", self.upstream)):
            for prefix in speaker["advertise"]:
                try:
                    ipaddress.ip_network(prefix)
                except ValueError as error:
                    return f"{key}.advertise: {error}"
        return None

    def uuid(self, name: str) -> str:
        """The id of a thing: the same whenever this fleet is built."""
        return str(uuid.uuid5(NAMESPACE, f"{self.name}/{name}"))

    @property
    def zone_id(self) -> str:
        return self.uuid("zone")

    @property
    def router_id(self) -> str:
        return self.uuid("router")

    @property
    def root_key(self) -> str:
        return "/midonet/v1" if self.generation == "A" else "/midonet"

    @property
    def zookeeper_hosts(self) -> str:
        return ",".join(f"{host.underlay_address}:2181" for host in self.of_role("zookeeper"))

    def of_role(self, *roles: str) -> list[Host]:
        return [host for host in self.hosts.values() if host.role in roles]

    def neighbours(self) -> int:
        """How many entries the neighbour tables of all hosts can have together: each host one for each other in its networks.

        Of the management network only the controller's are counted, which all hosts talk with and nobody else.
        """
        sizes = [sum(network in host.nics.values() for host in self.hosts.values()) for network in (*self.racks, "uplink")]
        return sum(size * (size - 1) for size in sizes) + 2 * len(self.hosts)

    def bgp_names(self, host: Host) -> tuple[str, str]:
        """What MidoNet calls the interface and the namespace of a gateway's BGP daemon: another rule from 5.2.2 on."""
        if tuple(int(part) for part in self.version.split(".")[:3]) < (5, 2, 2) or self.generation == "A":
            return "mbgp0", "mbgp0_ns"
        name = f"bgp-{host.port_id('uplink')[:7]}"
        return name, name

    def inventory(self) -> dict[str, Any]:
        """The Ansible inventory. SSH enters the lab through its controller namespace, whatever namespace it is started in."""
        groups: dict[str, Any] = {group: {"hosts": {}} for group in GROUPS}
        for host in self.of_role(*GROUPS):
            groups[host.role]["hosts"][host.name] = {"ansible_host": host.address("management"), "midonet_labels": {"rack": host.underlay}}
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
        agents = self.of_role(*AGENT_KINDS)
        vms = [(host, vm) for host in agents for vm in range(host.vms)]
        uplinks = [
            {"host_id": host.host_id, "interface": "eth2", "port": host.port_id("uplink"), "address": host.address("uplink")}
            for host in self.of_role("gateway")
        ]
        bindings = [
            *({"host_id": host.host_id, "interface": host.tap(vm), "port": host.port_id(f"vm{vm}")} for host, vm in vms),
            *({key: uplink[key] for key in ("host_id", "interface", "port")} for uplink in uplinks),
        ]
        return {
            "generation": self.generation,
            "version": self.version,
            "root_key": self.root_key,
            "zookeeper": self.zookeeper_hosts.split(","),
            "cassandra": [host.underlay_address for host in self.of_role("cassandra")],
            "hosts": [
                {"id": host.host_id, "name": host.name, "addresses": [host.address("management"), host.underlay_address]}
                for host in agents
            ],
            "zone": {"id": self.zone_id, **self.zone},
            "members": [{"host_id": host.host_id, "address": host.underlay_address} for host in agents],
            "bindings": bindings,
            # Bindings come and go (mm-ctl), the ports stay.
            "vm_ports": bindings[: len(vms)],
            "network_id": self.uuid("network"),
            "router": {"id": self.router_id, "name": self.provider["name"], "asn": self.provider["asn"]},
            "uplinks": uplinks,
            "uplink_prefix": str(self.networks["uplink"]),
            "networks": [{"id": self.uuid(prefix), "prefix": prefix} for prefix in self.provider["advertise"]],
            "upstream": [{"id": self.uuid(host.name), "address": host.address("uplink"), "asn": self.upstream["asn"]} for host in self.of_role("upstream")],
        }


@cache
def _schema() -> dict[str, Any]:
    return dict(json.loads((HERE / "fleet.schema.json").read_text("utf-8")))


def _read(path: Path) -> dict[str, Any]:
    """What a fleet file says, with what it leaves out. Raises LabError with one line for its author."""
    try:
        data = yaml.safe_load(path.read_text("utf-8"))
    except FileNotFoundError:
        raise LabError(f"there is no fleet file {path}; {', '.join(known())} can be given by name") from None
    except (OSError, UnicodeDecodeError) as error:
        raise LabError(f"{path}: cannot be read: {error}") from None
    except yaml.YAMLError as error:
        raise LabError(f"{path}: is not YAML: {' '.join(str(error).split())}") from None
    if wrong := problem(data, _schema()):
        raise LabError(f"{path}: {wrong}")
    said = {key: {**default, **data[key]} if isinstance(default, dict) else data[key] for key, default in DEFAULTS.items() if key in data}
    return {**DEFAULTS, **data, **said}


def known() -> dict[str, Path]:
    """The fleet files that come with the lab, by name."""
    return {path.stem: path for path in sorted((HERE / "fleets").glob("*.yml"))}


def load(name: str, generation: str = "", without: frozenset[str] = frozenset()) -> Fleet:
    """The fleet of a file, which is given by its path or, if it comes with the lab, by its name."""
    return Fleet(known().get(name, Path(name)), generation, without)
