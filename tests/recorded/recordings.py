"""The pieces of recorded texts, and which parser reads each.

A text has the command that printed it in `.meta` beside it, or else in its own name (`gw1_show_ip_bgp_summary.txt`). Commands in a row
(`a; b; c`) and bundles (`$ command`, what it said, `[rc=0]`) are several pieces.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ansible_collections.midonet.diagnostics.plugins.module_utils import flow_dump
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import (
    apparmor,
    arping,
    bonding,
    brctl,
    cassandra,
    cassandra_yaml,
    chronyc,
    chronyc_sources,
    conntrack,
    date,
    df,
    ethtool,
    firewall_cmd,
    getent_hosts,
    host_id,
    ip_addr,
    ip_link,
    ip_neigh,
    ip_netns,
    ip_route,
    ip_rule,
    iptables_list,
    iptables_save,
    kernel_log,
    listening,
    logback_xml,
    logs,
    meminfo,
    midolman_conf,
    midonet_cli,
    mm_ctl,
    mm_dpctl,
    mm_meter,
    mm_trace,
    mn_conf,
    modinfo,
    netstat_routes,
    nft,
    nodetool_compactionstats,
    nodetool_describecluster,
    nodetool_info,
    nodetool_tpstats,
    nstat,
    ntpq,
    ovs_dpctl,
    ovs_vsctl,
    ping,
    proc_modules,
    ps,
    selinux,
    sockets,
    sysctl,
    timedatectl,
    tracepath,
    vtysh,
    vtysh_config,
    vtysh_neighbors,
    vtysh_rib,
    vtysh_routes,
    vtysh_version,
    watchdog_log,
    zookeeper,
    zookeeper_cons,
    zookeeper_dump,
    zookeeper_envi,
    zookeeper_wchs,
)
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import EMPTY, OK, PARTIAL, Parsed, Unread

Parse = Callable[[str], Parsed[Any]]


def parse_flows(text: str) -> Parsed[Any]:
    """What the flow reducer says of a dump, in the form of a parser."""
    found = flow_dump.reduce(io.BytesIO(text.encode("utf-8", "surrogateescape")))
    state = EMPTY if not text.strip() else PARTIAL if found["unknown_lines"] or found["complete"] is False else OK
    return Parsed(state, found, [Unread(1, 1, line) for line in found["unknown"]])


class Kind(NamedTuple):
    """Commands of one kind, the first line of what they print, and what reads it (None: nothing here does)."""

    command: re.Pattern[str]
    begins: re.Pattern[str]
    parse: Parse | None


def _kind(command: str, begins: str, parse: Parse | None) -> Kind:
    return Kind(re.compile(command), re.compile(begins), parse)


_ANY = r".*"
_JSON = r"\[\s*(?:\{|\]|$)"
_PREFIX = r"(?:ip netns exec \S+ |timeout [0-9]+ |vtysh (?:-N \S+ )?-c ['\"]?|time \(?)*"
# Of the ones that fit, the first counts.
KINDS = tuple(
    _kind(_PREFIX + command + r".*", begins, parse)
    for command, begins, parse in (
        (r"ip (?=.*-j)(?:-\S+ )*(?:link|l)\b", _JSON, ip_link.parse),
        (r"ip (?=.*-j)(?:-\S+ )*(?:addr|address|a)\b", _JSON, ip_addr.parse),
        (r"ip (?=.*-j)(?:-\S+ )*(?:route|r)\b", _JSON, ip_route.parse),
        (r"ip (?=.*-j)(?:-\S+ )*rule\b", _JSON, ip_rule.parse),
        (r"ip (?=.*-j)(?:-\S+ )*neigh", _JSON, ip_neigh.parse),
        (r"ip (?:-\S+ )*(?:link|l)\b", r"[0-9]+: \S+: <", ip_link.parse),
        (r"ip (?:-\S+ )*(?:addr|address|a)\b", r"[0-9]+: \S+: <", ip_addr.parse),
        (r"ip (?:-\S+ )*(?:route|r)\b", r"(?:default|unreachable|blackhole|[0-9a-f.:]+(?:/[0-9]+)?) ", ip_route.parse),
        (r"ip (?:-\S+ )*rule\b", r"[0-9]+:\t", ip_rule.parse),
        (r"ip (?:-\S+ )*neigh", r"[0-9a-f.:]+ dev ", ip_neigh.parse),
        (r"bridge (?=.*-j)", _JSON, None),
        (r"bridge (?:-\S+ )*link", r"[0-9]+: \S+: <.* state (?:forwarding|disabled|blocking|listening|learning)\b", None),
        (r"bridge (?:-\S+ )*fdb", r"[0-9a-f:]{17} ", None),
        (r"brctl showmacs", r"port no", None),
        (r"brctl show", r"bridge name", brctl.parse),
        (r"tc (?=.*-j)", _JSON, None),
        (r"tc ", r"qdisc ", None),
        (r"ntpq\b", r" +remote |\S*No association|ntpq: ", ntpq.parse),
        (r"timedatectl", r" *(?:Local time|Timezone)|System has not", timedatectl.parse),
        (r"df\b", r"Filesystem ", df.parse),
        (r"netstat -\S*r|route -n", r"Kernel IP", netstat_routes.parse),
        (r"nodetool .*status\b", r"Datacenter:|nodetool: |Note:", cassandra.parse_status),
        (r"nodetool .*(?:describecluster)\b", r"Cluster Information", nodetool_describecluster.parse),
        (r"nodetool .*(?:compactionstats)\b", r"pending tasks", nodetool_compactionstats.parse),
        (r"nodetool .*(?:tpstats)\b", r"Pool Name", nodetool_tpstats.parse),
        (r"nodetool (?:-\S+ \S+ )*info\b", r"ID +:|Token +:|Gossip active", nodetool_info.parse),
        (r"mm-ctl .*--list-hosts", r"Host: id=|Command ", mm_ctl.parse),
        (r"mm-trace list", r"mm-trace --", mm_trace.parse),
        (r"mm-meter list", r"meters:", mm_meter.parse),
        (r"mm-meter get", r" +packets", mm_meter.parse_samples),
        (r"mn-conf (?:-\S+ )*(?:get|dump)\b", r"\S+ ?[={]", mn_conf.parse),
        (r"midonet-cli .*\blist host\b", r"host ", midonet_cli.parse_hosts),
        (r"midonet-cli .*\blist tunnel-zone\b", r"tzone ", midonet_cli.parse_tunnel_zones),
        (r"midonet-cli .*\btunnel-zone \S+ list member\b", r"zone ", midonet_cli.parse_members),
        (r"midonet-cli .*\blist router\b", r"router ", midonet_cli.parse_routers),
        (r"midonet-cli .*\blist port\b", r"port ", midonet_cli.parse_ports),
        (r"midonet-cli .*\bhost \S+ list binding\b", r"host ", midonet_cli.parse_bindings),
        (r"midonet-cli .*\blist bgp-peer\b", r"peer ", midonet_cli.parse_bgp_peers),
        (r"midonet-cli .*\blist bgp-network\b", r"net ", midonet_cli.parse_bgp_networks),
        (r"midonet-cli .*\bhost \S+ list interface\b", r"iface ", midonet_cli.parse_interfaces),
        (r"(?:sestatus|getenforce)\b", r"SELinux status|Enforcing|Permissive|Disabled", selinux.parse),
        (r"(?:aa-status|apparmor_status)\b", r"apparmor module|\{", apparmor.parse),
        (r"modinfo\b", r"filename:", modinfo.parse),
        (r"dmesg|journalctl (?:-\S+ )*-\S*k", r"(?:<[0-9]+>)?\[|-- |[A-Z][a-z]{2} ", kernel_log.parse),
        (r"conntrack -[CS]\b", r"[0-9]+$|cpu=", conntrack.parse),
        (r"firewall-cmd .*--list-all", r"\S+ ?(?:\(.*\))?$", firewall_cmd.parse),
        (r"ip (?:-\S+ )*netns(?: list)?$", _ANY, ip_netns.parse),
        (r"ps(?: [^|]*)?$", r" *[0-9]+ +[0-9]+ |.*\bPID\b", ps.parse),
        (r"date '?\+%s %z %Z", r"[0-9]+ [+-]", date.parse),
        (r"date$", r"[A-Z][a-z]{2} ", date.parse),
        (r"getent a?hosts", r"[0-9a-f.:]+ ", getent_hosts.parse),
        (r"cat /proc/net/bonding/", r"Ethernet Channel Bonding", bonding.parse),
        (r"cat \S*zoo\.cfg", r"\S+=", zookeeper.parse_config),
        (r"cat \S*cassandra\.yaml", r"[a-z#]", cassandra_yaml.parse_config),
        (r"cat \S*(?:midolman|midonet)\.conf", r"[#\[a-z]", midolman_conf.parse),
        (r"cat \S*logback\S*\.xml", r"<", logback_xml.parse),
        (r"cat \S*host_(?:uu)?id\.properties", r"#|host", host_id.parse),
        (r"(?:tail|cat) .*/(?:mid|mm-trace|minions|zookeeper|system|catalina)\S*\.(?:log|out)", _ANY, logs.parse),
        (r"(?:tail|cat) .*upstart-stderr\.log", r"\[wdog\]", watchdog_log.parse),
        (r"mm-dpctl .*(?:--show|--show-dp|-s)\b", r"Name: |Datapath name", mm_dpctl.parse_show),
        (r"mm-dpctl .*(?:--dump|--dump-dp|-d)\b", r"[0-9]+ flows?$", mm_dpctl.parse_dump),
        (r"mm-dpctl .*(?:--list|--list-dps|-l)\b", r"Found |Could not", mm_dpctl.parse_list),
        (r"ss -s", r"Total:", None),
        (r"ss -\S*l\S*n", r"(?:Netid|State|udp|tcp) ", listening.parse),
        (r"ss -\S*t", r".*State +Recv-Q|[A-Z-]+ +[0-9]+ ", sockets.parse),
        (r"nstat\b", r"#kernel", nstat.parse),
        (r"cat /proc/net/dev", r"Inter-\|", None),
        (r"cat /proc/meminfo", r"MemTotal:", meminfo.parse),
        (r"cat /proc/modules|lsmod", r"Module +Size|[a-z0-9_]+ [0-9]+ [0-9]+ ", proc_modules.parse),
        (r"cat /proc/self/attr/current|cat /sys/module/apparmor", _ANY, None),
        (r"sysctl\b", r"[a-z0-9_.-]+(?:\.\S+)? = ", sysctl.parse),
        (r"(?:ip6?tables(?:-legacy|-nft)?-save|iptables[ _]save\b)", r"# Generated", iptables_save.parse),
        (r"(?:ip6?tables(?:-legacy|-nft)? .*-v?S\b|iptables[ _]S\b)", r"-P (?:INPUT|PREROUTING)", iptables_save.parse),
        (r"ip6?tables(?:-legacy|-nft)? .*-\S*L", r"Chain ", iptables_list.parse),
        (r"iptables -V|update-alternatives", r"iptables v|Name: ", None),
        (r"nft (?=.*-j)", r"\{", nft.parse),
        (r"nft (?:-\S+ )*list", r"table ", nft.parse),
        (r"(?:underlay[ _]|vm[0-9]*[ _])?ping\b", r"PING ", ping.parse_one),
        (r"tracepath", r"\s*1\?: |\s*1: ", tracepath.parse),
        (r"arping", r"ARPING ", arping.parse),
        (r"ethtool --json", r"\[ ", None),
        (r"ethtool -i", r"driver: ", ethtool.parse),
        (r"ethtool -S", r"NIC statistics", ethtool.parse),
        (r"ethtool -k", r"Features for", ethtool.parse),
        (r"ethtool", r"Settings for", ethtool.parse),
        (r"chronyc .*tracking|chronyc[ _](?:c[ _])?tracking", r"Reference ID|[0-9A-F]{8},|5[01][0-9] ", chronyc.parse_tracking),
        (r"chronyc .*sources|chronyc[ _]sources", r"MS Name|\^|5[01][0-9] ", chronyc_sources.parse),
        (r"show (?:ip )?bgp (?:\S+ ){0,2}(?:neighbors?|nei) \S+ (?:advertised-|received-)?routes", _ANY, vtysh_rib.parse),
        (r"show (?:ip )?bgp .*(?:statistics|summary.* failed|[0-9]/[0-9]+)\b", _ANY, None),
        (r"show (?:ip )?bgp (?:\S+ ){0,2}nei", _ANY, vtysh_neighbors.parse),
        (r"show (?:ip )?bgp(?: \S+){0,3} summary", _ANY, vtysh.parse_summary),
        (r"show (?:ip )?bgp", _ANY, vtysh_rib.parse),
        (r"show running-config", _ANY, vtysh_config.parse_running_config),
        (r"show ip(?:v6)? route(?: (?:vrf \S+?|json))*['\"]?$", _ANY, vtysh_routes.parse),
        (r"show version", _ANY, vtysh_version.parse),
        (r"show ", _ANY, None),
        (r"(?:log tail|tail \S+ \S*bgpd\S*\.log)", _ANY, logs.parse),
        (r"(?:echo )?ruok\b", r"imok|ruok is", zookeeper.parse_ruok),
        (r"(?:echo )?isro\b", _ANY, zookeeper.parse_isro),
        (r"(?:echo )?(?:srvr|stat)\b", _ANY, zookeeper.parse_srvr),
        (r"(?:echo )?mntr\b", _ANY, zookeeper.parse_mntr),
        (r"(?:echo )?conf\b", _ANY, zookeeper.parse_conf),
        (r"(?:echo )?cons\b", _ANY, zookeeper_cons.parse),
        (r"(?:echo )?dump\b", _ANY, zookeeper_dump.parse),
        (r"(?:echo )?envi\b", _ANY, zookeeper_envi.parse),
        (r"(?:echo )?wchs\b", _ANY, zookeeper_wchs.parse),
        (r"ovs-vsctl show", _ANY, ovs_vsctl.parse),
        (r"ovs-(?:appctl .*dpctl/|dpctl )show", _ANY, ovs_dpctl.parse),
        (r"ovs-(?:appctl .*dpctl/|dpctl )dump-flows", _ANY, parse_flows),
        # The recorder's own words.
        (r"echo rc=", r"rc=[0-9]+$", None),
        # What nothing here reads.
        (r".", _ANY, None),
    )
)

_META = re.compile(r"# host=\S* cmd=(.*)")
_MARKED = re.compile(r"\$ (.*)\n((?:(?!\[rc=-?[0-9]+\]\n).*\n)*)(?:\[rc=-?[0-9]+\]\n)?")


class Piece(NamedTuple):
    """What one command said: the key of its truth, the command, the text and its reader."""

    path: Path
    key: str
    command: str
    text: str
    parse: Parse

    def __str__(self) -> str:
        return f"{self.path.parent.parent.name}/{self.path.parent.name}/{self.key}"


def kind(command: str) -> Kind:
    """The kind of a command."""
    return next(one for one in KINDS if one.command.match(command.strip()))


def command_of(path: Path) -> str:
    """The command beside a text, or what its name says: gw1_show_ip_bgp is "show ip bgp"."""
    meta = path.with_suffix(".meta")
    found = _META.match(meta.read_text(encoding="utf-8")) if meta.is_file() else None
    if found:
        return found.group(1)
    _host, underline, rest = path.stem.partition("_")
    words = path.stem.replace("_", " ")
    return words if kind(words).parse is not None or not underline else rest.replace("_", " ")


def pieces(path: Path) -> Iterator[Piece]:
    """Every piece of a text that something here reads."""
    text = path.read_text(encoding="utf-8", errors="surrogateescape")
    command = command_of(path)
    if text.startswith("$ ") and "\n[rc=" in text:
        said = [(found.group(1), found.group(2)) for found in _MARKED.finditer(text)]
    else:
        said = list(_in_a_row([one.strip() for one in command.split(";")], text))
    for one, words in said:
        parse = kind(one).parse
        if parse is not None:
            yield Piece(path, path.stem if one == command else f"{path.stem}: {one}", one, words, parse)


def _in_a_row(commands: list[str], text: str) -> Iterator[tuple[str, str]]:
    """(command, what it said) up to the last that said something."""
    if len(commands) == 1 or not text:
        yield commands[0], text
        return
    at = -1
    said: list[str] = []
    for line in text.splitlines(keepends=True):
        later = next((number for number in range(at + 1, len(commands)) if _begins(commands[number], line)), None)
        # One more line of this command may look like the first of one much later.
        if later is not None and (later == at + 1 or at < 0 or not _begins(commands[at], line)):
            if at >= 0:
                yield commands[at], "".join(said)
            yield from ((commands[silent], "") for silent in range(at + 1, later))
            at, said = later, []
        said.append(line)
    if said and at >= 0:
        yield commands[at], "".join(said)


def _begins(command: str, line: str) -> bool:
    begins = kind(command).begins
    # What may begin with anything cannot be told from what goes on.
    return begins.pattern != _ANY and begins.match(line) is not None
