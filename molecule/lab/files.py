"""The files that make a host what it is. What a component reads is in the format of that component."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path

from lab.fleet import AGENT_KINDS, VNI, Fleet, Host
from lab.names import HERE, STATE

# The tools of MidoNet that a host of a kind has; each is a stand-in in /opt/lab.
AGENT_TOOLS = ("mm-ctl", "mm-dpctl", "mm-meter", "mm-trace", "mn-conf", "wdog")
TOOLS = {"gateway": AGENT_TOOLS, "compute": AGENT_TOOLS, "api": ("midonet-cli", "mn-conf"), "cassandra": ("nodetool",)}
ZOO_CFG = """\
tickTime=2000
initLimit=10
syncLimit=5
dataDir=/var/lib/zookeeper
clientPort=2181
autopurge.purgeInterval=12
4lw.commands.whitelist=*
admin.enableServer=false
"""
# As Debian's package has it, and few enough files for the small disk of the logs.
LOG4J_PROPERTIES = """\
log4j.rootLogger=INFO, ROLLINGFILE
log4j.appender.ROLLINGFILE=org.apache.log4j.RollingFileAppender
log4j.appender.ROLLINGFILE.File=/var/log/zookeeper/zookeeper.log
log4j.appender.ROLLINGFILE.MaxFileSize=10MB
log4j.appender.ROLLINGFILE.MaxBackupIndex=3
log4j.appender.ROLLINGFILE.layout=org.apache.log4j.PatternLayout
log4j.appender.ROLLINGFILE.layout.ConversionPattern=%d{ISO8601} - %-5p [%t:%C{1}@%L] - %m%n
"""
SSHD_CONFIG = """\
HostKey /etc/ssh/ssh_host_ed25519_key
PermitRootLogin prohibit-password
UseDNS no
UsePAM yes
MaxStartups 100:30:200
Subsystem sftp internal-sftp
"""
CASSANDRA_YAML = """\
cluster_name: midonet
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
"""
LOGBACK_XML = """\
<configuration><appender name="OUT" class="ch.qos.logback.core.ConsoleAppender"><target>{target}</target>
<encoder><pattern>%d{{yyyy-MM-dd HH:mm:ss,SSS}} %-5level [%thread] %F:%L - %m%n</pattern></encoder></appender>
<root level="{level}"><appender-ref ref="OUT"/></root></configuration>
"""

NEUTRON_CONF = """\
[DEFAULT]
auth_strategy = noauth
core_plugin = ml2
service_plugins =
transport_url = fake://
bind_port = 9696
api_workers = 0
rpc_workers = 0
rpc_state_report_workers = 0
log_file = /var/log/neutron/neutron-server.log
state_path = /var/lib/neutron

[database]
connection = sqlite:////var/lib/neutron/neutron.sqlite
"""
ML2_CONF = """\
[ml2]
type_drivers = local,flat,vlan
tenant_network_types = local
mechanism_drivers =
extension_drivers = port_security
"""


class Layer:
    """A directory that lies over the base root."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        target = self.directory / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        target.chmod(mode)

    def link(self, path: str, to: str) -> None:
        target = self.directory / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(to)

    def make(self, path: str, mode: int = 0o755) -> None:
        target = self.directory / path.lstrip("/")
        target.mkdir(parents=True, exist_ok=True)
        target.chmod(mode)


def common(fleet: Fleet) -> Path:
    """The layer that all hosts of a lab share and only read: the lab's programs, and what everybody knows of the fleet."""
    layer = Layer(STATE / "common")
    for program in (HERE / "host").rglob("*"):
        if program.is_file() and program.suffix != ".pyc":
            layer.write(f"/opt/lab/{program.relative_to(HERE / 'host')}", program.read_text(), 0o755)
    names = {host.name: host.address("uplink") if host.role == "upstream" else host.underlay_address for host in fleet.hosts.values()}
    layer.write("/etc/hosts", "127.0.0.1 localhost\n" + "".join(f"{address} {name}\n" for name, address in names.items()))
    layer.write("/etc/ssh/sshd_config", SSHD_CONFIG)
    layer.make("/root", 0o700)
    layer.make("/root/.ssh", 0o700)
    layer.write("/root/.ssh/authorized_keys", (STATE / "ssh" / "id_ed25519.pub").read_text(), 0o600)
    return layer.directory


def configure(host: Host, base: Path) -> None:
    """Write the layer of a host's own."""
    layer = Layer(host.directory / "upper")
    # Mounted over the shared ones, so it must look like them.
    layer.make("/")
    layer.write("/etc/hostname", host.name + "\n")
    layer.write("/etc/lab.json", json.dumps(_described(host), indent=1) + "\n")
    layer.write("/etc/lab.env", _environment(host))
    layer.write("/etc/chrony/chrony.conf", _chrony(host))
    for tool in TOOLS.get(host.role, ()):
        layer.link(f"/usr/bin/{tool}", f"/opt/lab/{tool}")
    if packages := _packages(host):
        layer.write("/var/lib/dpkg/status", (base / "var/lib/dpkg/status").read_text() + packages)
    if host.role in CONFIGURE:
        CONFIGURE[host.role](host, layer)


def _described(host: Host) -> dict[str, object]:
    """For the stand-ins: the fleet's topology, and who this host is in it."""
    machines = [
        {"name": f"{other.name}-vm{vm}", "host": other.name, "number": vm, "port": other.port_id(f"vm{vm}"), "mac": other.vm_mac(vm), "address": other.vm_address(vm)}
        for other in host.fleet.of_role("compute") for vm in range(other.vms)
    ]  # fmt: skip
    taps = [host.tap(vm) for vm in range(host.vms)]
    return {
        **host.fleet.topology(), "name": host.name, "role": host.role, "number": host.number, "host_id": host.host_id,
        "underlay": host.underlay_address, "vni": VNI, "tunnels": host.fleet.tunnels, "ports": taps + (["eth2"] if host.role == "gateway" else []),
        **({"machines": machines} if host.role == "neutron" else {}),
    }  # fmt: skip


def _environment(host: Host) -> str:
    """For the scripts of host/, which are shell: variables to be read with `.`."""
    others = [other for other in host.fleet.of_role(*AGENT_KINDS) if other is not host]
    values = {
        "ROLE": host.role,
        "GENERATION": host.fleet.generation,
        "TUNNELS": host.fleet.tunnels,
        "UNDERLAY": host.underlay_address,
        "UNDERLAY_INTERFACE": host.interface(host.underlay),
        "UNDERLAY_DEVICE": "br-eth1" if host.fleet.tunnels == "openvswitch" and host.role in AGENT_KINDS else "eth1",
        "UNDERLAY_MAC": host.mac("eth1"),
        "VNI": str(VNI),
        "UDP_PORT": str(host.fleet.zone["udp_port"]),
        "PEERS": " ".join(other.underlay_address for other in others),
        # By how many seconds its clock is wrong, and whether one is somewhere.
        "CLOCK": f"{clock:+d}" if (clock := host.fleet.wrong_clocks.get(host.name, 0)) else "",
        "CLOCKS_DIFFER": "yes" if len({host.fleet.wrong_clocks.get(server.name, 0) for server in host.fleet.of_role("time")}) > 1 else "",
        # One virtual machine a line: device, hardware address, address.
        "VMS": "".join(f"{host.tap(vm)} {host.vm_mac(vm)} {host.vm_address(vm)}/24\n" for vm in range(host.vms)),
        # Where the others' virtual machines are: hardware address, tunnel address.
        "REMOTE_VMS": "".join(f"{other.vm_mac(vm)} {other.underlay_address}\n" for other in others for vm in range(other.vms)),
    }
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items())


def _chrony(host: Host) -> str:
    fleet = host.fleet
    servers = fleet.of_role("time")
    if host.role == "time":
        source = "local stratum 3\nallow all\n"
    elif servers and host.underlay in fleet.racks:
        source = "".join(f"server {server.underlay_address} iburst minpoll 0 maxpoll 2\n" for server in servers)
    else:
        source = "local stratum 5\n"
    return source + "driftfile /run/chrony.drift\ncmdport 323\nbindcmdaddress 127.0.0.1\n"


def _packages(host: Host) -> str:
    """What dpkg says of MidoNet: the packages that the stand-ins stand for."""
    generation = host.fleet.generation
    api = ["midonet-api" if generation == "A" else "midonet-cluster", "python-midonetclient"]
    names = {"gateway": ["midolman"], "compute": ["midolman"], "api": api}.get(host.role, [])
    return "".join(
        f"\nPackage: {name}\nStatus: install ok installed\nMaintainer: lab\nArchitecture: all\nVersion: {host.fleet.version}\n"
        "Description: stand-in of the lab\n"
        for name in names
    )


def _zookeeper(host: Host, layer: Layer) -> None:
    servers = host.fleet.of_role("zookeeper")
    lines = "".join(f"server.{n}={other.underlay_address}:2888:3888\n" for n, other in enumerate(servers, 1))
    layer.write("/etc/zookeeper/conf/zoo.cfg", ZOO_CFG + lines)
    layer.write("/etc/zookeeper/conf/log4j.properties", LOG4J_PROPERTIES)
    # For the programs that come with the server, such as zkCli.sh.
    layer.link("/etc/zookeeper/conf/environment", "/etc/zookeeper/conf_example/environment")
    layer.write("/var/lib/zookeeper/myid", f"{servers.index(host) + 1}\n")


def _cassandra(host: Host, layer: Layer) -> None:
    seeds = ",".join(other.underlay_address for other in host.fleet.of_role("cassandra"))
    layer.write("/etc/cassandra/cassandra.yaml", CASSANDRA_YAML.format(address=host.underlay_address, seeds=seeds))
    layer.write("/etc/cassandra/logback.xml", LOGBACK_XML.format(target="System.out", level="INFO"))
    layer.write("/etc/cassandra/logback-tools.xml", LOGBACK_XML.format(target="System.err", level="WARN"))
    layer.make("/opt/cassandra/lib")


def _agent(host: Host, layer: Layer) -> None:
    fleet = host.fleet
    servers = fleet.of_role("cassandra")
    cassandra = ",".join(other.underlay_address for other in servers)
    layer.write("/etc/midolman/midolman.conf", f"[zookeeper]\nzookeeper_hosts = {fleet.zookeeper_hosts}\nroot_key = {fleet.root_key}\n"
                "session_gracetime = 30000\n\n"
                + (f"[cassandra]\nservers = {cassandra}\nreplication_factor = {len(servers)}\ncluster = midonet\n" if servers else ""))  # fmt: skip
    layer.write("/etc/midolman/midolman-env.sh", "MAX_HEAP_SIZE=2048M\n")
    layer.write("/etc/midolman/logback.xml", LOGBACK_XML.format(target="System.out", level="INFO"))
    layer.write("/etc/midonet_host_id.properties", f"#Lab\nhost_uuid={host.host_id}\n")
    # The kernel here has no openvswitch at all: this file, which says that it is built in, stands in for the module.
    layer.write(f"/usr/lib/modules/{os.uname().release}/modules.builtin",
                "kernel/net/openvswitch/openvswitch.ko\nkernel/drivers/net/vxlan/vxlan.ko\n")  # fmt: skip
    layer.write(f"/usr/share/midolman/{f'midolman-{fleet.version}.jar' if fleet.generation == 'A' else 'midolman.jar'}", "stand-in\n")


def _gateway(host: Host, layer: Layer) -> None:
    _agent(host, layer)
    fleet = host.fleet
    name, namespace = fleet.bgp_names(host)
    directory = "quagga.2605" if fleet.generation == "A" else f"quagga.2605.{name}.{host.address('uplink')}"
    layer.write(f"/etc/frr/{name}/bgpd.conf", f"hostname {name}\npassword zebra_password\nlog file /var/log/midolman/{directory}/bgpd.log\n"
                + _bgp(fleet.provider["asn"], host.address("uplink"), fleet.upstream["asn"],
                       [other.address("uplink") for other in fleet.of_role("upstream")], fleet.provider["advertise"]))  # fmt: skip
    layer.write("/etc/lab-bgp", f"{name} {namespace} {host.interface('uplink')} /var/log/midolman/{directory}\n")


def _upstream(host: Host, layer: Layer) -> None:
    fleet = host.fleet
    gateways = [other.address("uplink") for other in fleet.of_role("gateway")]
    layer.write("/etc/frr/bgpd.conf", f"hostname {host.name}\n"
                + _bgp(fleet.upstream["asn"], host.address("uplink"), fleet.provider["asn"], gateways, fleet.upstream["advertise"]))  # fmt: skip
    layer.write("/etc/frr/zebra.conf", f"hostname {host.name}\n")


def _bgp(asn: int, router_id: str, remote_asn: int, neighbours: list[str], networks: list[str]) -> str:
    """The configuration of a BGP speaker. Without the import check it announces its networks as they are, as Quagga does."""
    return (
        f"router bgp {asn}\n bgp router-id {router_id}\n no bgp ebgp-requires-policy\n no bgp network import-check\n"
        + "".join(f" neighbor {neighbour} remote-as {remote_asn}\n" for neighbour in neighbours)
        + " timers bgp 3 9\n address-family ipv4 unicast\n"
        + "".join(f"  network {network}\n" for network in networks)
        + " exit-address-family\n"
    )


def _api(host: Host, layer: Layer) -> None:
    fleet = host.fleet
    port = 8080 if fleet.generation == "A" else 8181
    layer.write("/etc/midonet/midonet.conf", f"[zookeeper]\nzookeeper_hosts = {fleet.zookeeper_hosts}\nroot_key = {fleet.root_key}\n")
    layer.write("/root/.midonetrc", f"[cli]\napi_url = http://127.0.0.1:{port}/midonet-api\nusername = admin\npassword = lab-password\nproject_id = admin\n", 0o600)


def _neutron(_host: Host, layer: Layer) -> None:
    layer.write("/etc/neutron/neutron.conf", NEUTRON_CONF)
    layer.write("/etc/neutron/plugins/ml2/ml2_conf.ini", ML2_CONF)


CONFIGURE = {"neutron": _neutron, "zookeeper": _zookeeper, "cassandra": _cassandra, "gateway": _gateway, "compute": _agent, "api": _api, "upstream": _upstream}
