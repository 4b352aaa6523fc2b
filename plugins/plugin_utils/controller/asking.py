# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One host, asked ad hoc: what the modules *_info and midonet_facts ask and return. PRIVATE: may change without notice.

No record and no judgement: the items that the wanted facts are made of are run in one call (nsdb_info, ping_info, and bgp_info with
a prefix: two), and the facts are returned. Nothing is needed on the host but a shell.

A module more is an entry in QUESTIONS, one of the same name in tools/info_modules.yml with the words of its documentation, and
`make generate`, which writes the module, its action plugin, the action group and the list in docs/ad-hoc.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from ansible_collections.midonet.diagnostics.plugins.module_utils import facts as host_facts
from ansible_collections.midonet.diagnostics.plugins.module_utils.subsets import result, wanted_subsystems
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller import collecting, shared, vocabulary
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller import options as public
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller.face import Face
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller.guard import Refused, not_our_host, one_line
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.item import Item
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.scrub import Pseudonymiser

Facts = dict[str, Any]

_OPTIONS = (
    "midonet_host_deadline",
    "midonet_replay",
    "midonet_pseudonym_key",
    *public.OF_LOGS,
    *(f"midonet_{group}_group" for group in vocabulary.GROUPS),
)

# Items that a subsystem reads beside its own ITEMS: those tell in a fleet run whether a host was asked for it at all.
ALSO: dict[str, tuple[str, ...]] = {
    "api": ("agent.processes",),
    "cassandra": ("agent.processes",),
    "host": ("agent.packages",),
    "kernel": ("underlay.system",),
    "nsdb": ("agent.config",),
    "zookeeper": ("agent.processes",),
}


# Of an echo request over IPv4: what is no payload, in bytes.
_HEADERS = 28


@dataclass(frozen=True)
class Question:
    """What one module asks.

    subsystems  of the facts; each is a key of the result, unless there is a view
    leaves_out  items of these subsystems that the answer can do without
    view        makes the result, but for `about`, out of the facts
    arguments   options of the module, in the form of Ansible's argument specs
    learns      parameters for a second call, out of the facts of the first and the arguments; see `needs` of an item
    learns_of   items that are asked for this only
    groups      whose hosts have all of it, where the subsystem tells something of other hosts too
    """

    subsystems: tuple[str, ...]
    leaves_out: tuple[str, ...] = ()
    view: Callable[[Facts], dict[str, Any]] | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    learns: Callable[[Facts, Mapping[str, Any]], dict[str, Any]] | None = None
    learns_of: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


def _bindings(facts: Facts) -> dict[str, Any]:
    """What is bound to this host's interfaces, and whether the interfaces are there; without an identity, what is bound anywhere."""
    host_id = (facts["agent"] or {}).get("host_id")
    links = _by_name(facts["links"])
    ports = _by_name((facts["datapath"] or {}).get("ports"))
    bindings = (facts["topology"] or {}).get("bindings")
    return {
        "host_id": host_id,
        "bindings": None
        if bindings is None
        else [
            {**binding, **_attached(binding["interface"], links, ports, binding["host_id"] == host_id)}
            for binding in bindings
            if host_id is None or binding["host_id"] == host_id
        ],
        "ports": None if ports is None else sorted(ports),
    }


def _attached(interface: str, links: Facts | None, ports: Facts | None, own: bool) -> dict[str, bool | None]:
    """Of an interface of this host, whether it is there, up and in the datapath; None each when not known."""
    return {
        "link_exists": interface in links if own and links is not None else None,
        "link_up": links.get(interface, {}).get("admin_up") if own and links is not None else None,
        "in_datapath": interface in ports if own and ports is not None else None,
    }


def _by_name(rows: Iterable[Facts] | None) -> Facts | None:
    return None if rows is None else {row["name"]: row for row in rows}


def _zones(facts: Facts) -> dict[str, Any]:
    """Tunnel zones with their members, and who the members are."""
    topology = facts["topology"] or {}
    zones, members = topology.get("zones"), topology.get("members")
    hosts = {host["id"]: host for host in topology.get("hosts") or ()}
    if zones is None:
        return {"tunnel_zones": None}
    return {
        "tunnel_zones": [
            {**zone, "members": None if members is None else [_member(one, hosts) for one in members if one["zone"] == zone["id"]]}
            for zone in zones
        ]
    }


def _member(member: Facts, hosts: Mapping[str, Facts]) -> Facts:
    host = hosts.get(member["host_id"], {})
    return {"host_id": member["host_id"], "host": host.get("name"), "alive": host.get("alive"), "address": member["address"]}


def _prefix(_facts: Facts, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The network whose paths are asked for, if any."""
    text = str(arguments.get("prefix") or "").strip()
    if not text:
        return {}
    try:
        network = IPv4Network(text)
    except ValueError as error:
        raise Refused(f"bgp_info: prefix: {one_line(error)}") from None
    return {"bgp_prefix": [str(network.network_address), str(network.prefixlen)]}


def _servers(facts: Facts, _arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The servers that this host's configuration names. Raises Missing when it names none that could be read."""
    config = (facts["agent"] or {}).get("config") or {}
    named = {name: config[name] for name in ("zookeeper_servers", "cassandra_servers") if config.get(name)}
    if not named:
        why = next((reason for reason in facts["about"]["agent"]["reason"].split("; ") if reason.startswith("agent.config")), "")
        raise host_facts.Missing("which servers to ask is not known" + (f": {why}" if why else ": the configuration of MidoNet names none"))
    return named


def _probes(facts: Facts, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Whom to ping, from which address, and with how much. Raises Missing where that is not given and cannot be told."""
    peers = [_address("peers", peer) for peer in arguments["peers"]]
    if not peers:
        raise Refused("ping_info: peers is empty")
    source = _address("source", arguments["source"]) if arguments.get("source") else _source(facts, peers[0])
    if source is None:
        raise host_facts.Missing(f"this host has no usable route to {peers[0]}, or no address on the way there")
    size = arguments.get("payload_bytes") or _payload(facts, source)
    params: dict[str, Any] = {"tunnel_address": str(source), "tunnel_peers": [str(peer) for peer in peers]}
    return {**params, "tunnel_payload": str(size)} if size else params


def _address(option: str, text: str) -> IPv4Address:
    try:
        return IPv4Address(str(text).strip())
    except ValueError:
        raise Refused(f"ping_info: {option}: {text!r} is no IPv4 address") from None


def _source(facts: Facts, peer: IPv4Address) -> IPv4Address | None:
    """The address that packets to the peer leave with, by the routes."""
    ways = [
        (network.prefixlen, -route["metric"], route)
        for route in facts["routes"] or ()
        if route["type"] == "unicast" and not route["linkdown"] and peer in (network := _network(route["destination"]))
    ]
    if not ways:
        return None
    route = max(ways, key=lambda way: way[:2])[2]
    own = [one["address"] for one in facts["addresses"] or () if one["link"] == route["link"] and one["family"] == "inet"]
    return next((IPv4Address(one) for one in (route["source"], *own) if one), None)


def _network(destination: str) -> IPv4Network:
    return IPv4Network("0.0.0.0/0" if destination == "default" else destination, strict=False)


def _payload(facts: Facts, source: IPv4Address) -> int | None:
    """Bytes of an echo request that fills a packet of the interface with this address."""
    links = {one["link"] for one in facts["addresses"] or () if one["address"] == str(source)}
    sizes = [link["mtu"] for link in facts["links"] or () if link["name"] in links and link["mtu"]]
    return min(sizes) - _HEADERS if sizes and min(sizes) > _HEADERS else None


QUESTIONS: dict[str, Question] = {
    "agent_info": Question(("agent",), groups=("compute", "gateway")),
    "api_info": Question(("api",), leaves_out=("topology.subnets", "topology.rest_details")),
    "bgp_info": Question(("bgp",), arguments={"prefix": {"type": "str"}}, learns=_prefix),
    "cassandra_info": Question(("cassandra",)),
    "clock_info": Question(("clock",)),
    "datapath_info": Question(("datapath",)),
    "file_info": Question(("files",)),
    "filesystem_info": Question(("filesystems",)),
    "firewall_info": Question(("firewall",)),
    "host_bindings_info": Question(
        ("agent", "links", "datapath", "topology"),
        leaves_out=(
            "agent.processes", "agent.packages", "agent.config", "agent.settings", "agent.watchdog_log", "agent.log", "agent.metrics",
            "agent.tracers", "agent.meters", "agent.hosts", "overlay.open_vswitch", "overlay.hosts", "overlay.tunnel_zones",
            "topology.routers", "topology.rest", "topology.subnets", "topology.neutron", "topology.rest_details",
        ),
        view=_bindings,
    ),
    "host_info": Question(("host",)),
    "kernel_info": Question(("kernel", "kernel_log", "memory", "processors", "conntrack", "stack")),
    "link_info": Question(("links", "addresses", "link_settings", "bonds")),
    "name_info": Question(("names",)),
    "nsdb_info": Question(("nsdb",), learns=_servers),
    "ping_info": Question(
        ("probes",),
        arguments={
            "peers": {"type": "list", "elements": "str", "required": True},
            "source": {"type": "str"},
            "payload_bytes": {"type": "int"},
        },
        learns=_probes,
        learns_of=("underlay.ip_addr", "underlay.ip_link", "underlay.ip_route"),
    ),
    "process_info": Question(("processes",)),
    "route_info": Question(("routes", "neighbours", "routing_rules")),
    "security_info": Question(("security",)),
    "socket_info": Question(("sockets",)),
    "topology_info": Question(("topology",)),
    "tunnel_zone_info": Question(
        ("topology",),
        leaves_out=(
            "overlay.bindings", "topology.routers", "topology.rest", "topology.subnets", "topology.neutron", "topology.rest_details",
        ),
        view=_zones,
    ),
    "zookeeper_info": Question(("zookeeper",)),
}  # fmt: skip


def answer(face: Face, name: str, arguments: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
    """The result of the module of this name. Of a single subsystem `about` is its own, of several it is one for each."""
    question = QUESTIONS[name]
    facts = ask_for(face, task_vars, question, arguments, of_its_kind=True)
    if "unreachable" in facts:
        return facts
    found = question.view(facts) if question.view else {one: facts[one] for one in question.subsystems}
    about = {one: facts["about"][one] for one in question.subsystems}
    return {**found, "about": about if len(about) > 1 else about[question.subsystems[0]]}


def midonet_facts(face: Face, arguments: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that a single host can tell, as facts."""
    try:
        wanted = wanted_subsystems(arguments["gather_subset"], host_facts.SUBSYSTEMS)
    except ValueError as error:
        raise Refused(str(error)) from error
    facts = ask_for(face, task_vars, Question(tuple(wanted)), {})
    if "unreachable" in facts:
        return facts
    return {"ansible_facts": {"midonet": result(facts, wanted)}}


def ask_for(face: Face, task_vars: Mapping[str, Any], question: Question, arguments: Mapping[str, Any], of_its_kind: bool = False) -> Facts:
    """All facts that the question's items tell, or the result of a task whose host could not be asked.

    of_its_kind  the host has these subsystems, whatever the inventory says: the user has chosen it; and is asked what fleet rounds
                 leave out because of its cost
    """
    options = public.read(task_vars, face.template, _OPTIONS)
    host = str(task_vars["inventory_hostname"])
    groups = _groups(shared.groups_of(task_vars.get("group_names", ()), shared.group_names(options)), question, of_its_kind)
    address = str(face.template(task_vars.get("ansible_host") or "")) or None
    ids = items_of(question)
    outputs: dict[tuple[str, int], Any] = {}
    pseudonymiser = Pseudonymiser(collecting.key_of(options["pseudonym_key"]))

    def ask(number: int, params: Mapping[str, Any]) -> collecting.Told:
        wanted = [item for item in shared.refusing(shared.items) if _may_ask(item, ids, groups, number, params, of_its_kind)]
        if not wanted:
            return collecting.Told("complete")
        told = collecting.ask(face, task_vars, host, wanted, number, params, options)
        outputs.update(((output.item, output.round), pseudonymiser.scrub(output)) for output in told.outputs)
        return told

    def known(told: collecting.Told) -> Facts:
        reason = pseudonymiser.scrub_text(told.reason)
        as_told = {"name": host, "groups": groups, "address": address, "state": told.state, "reason": reason, "clock": told.clock or {}}
        return host_facts.build(outputs, {**as_told, "generation": told.generation})

    told = ask(1, {})
    if told.state in ("not_reached", "failed"):
        return not_our_host(pseudonymiser.scrub_text(told.reason))
    facts = known(told)
    why = ""
    try:
        if question.learns and (params := question.learns(facts, arguments)):
            ask(2, params)
            facts = known(told)
    except host_facts.Missing as missing:
        why = str(missing)
    for name in question.subsystems:
        about = facts["about"][name]
        if about["crash"]:
            raise RuntimeError(about["crash"])
        facts["about"][name] = _without(about, question.leaves_out)
        if why:
            facts["about"][name].update(state="unknown" if facts[name] is None else "partial", reason=why)
    return facts


def _groups(inside: list[str], question: Question, of_its_kind: bool) -> list[str]:
    """Of which groups the host is taken to be: those of the inventory, and for a subsystem of other groups those. None: of any."""
    if not inside or not of_its_kind:
        return inside
    more: set[str] = set()
    for name in question.subsystems:
        having = set(question.groups or host_facts.SUBSYSTEMS[name].GROUPS or inside)
        if not having.intersection(inside):
            more |= having
    return sorted({*inside, *more})


def items_of(question: Question) -> set[str]:
    ids = {item for name in question.subsystems for item in (*host_facts.SUBSYSTEMS[name].ITEMS, *ALSO.get(name, ()))}
    return {*ids, *question.learns_of} - set(question.leaves_out)


def _may_ask(item: Item, ids: set[str], groups: list[str], number: int, params: Mapping[str, Any], heavy: bool) -> bool:
    """Whether to ask it now. The second call is there for what the first one was needed for, and for nothing else."""
    return (
        item.id in ids
        and (heavy or item.cost == "light")
        and number in item.rounds
        and set(item.needs) <= set(params)
        and bool(item.needs) == (number > 1)
        and item.effect == "reads"
        and (not groups or bool(set(item.groups) & set(groups)))
    )


def _without(about: Mapping[str, Any], left_out: Iterable[str]) -> dict[str, Any]:
    """`about` as if there were no such items: that they were not collected was this module's wish."""
    wished = {host_facts.not_collected(item) for item in left_out}
    reasons = [reason for reason in about["reason"].split("; ") if reason not in wished]
    return {
        **about,
        "state": "known" if about["state"] == "partial" and not any(reasons) and not about["unread"] else about["state"],
        "reason": "; ".join(reasons),
        "evidence": [item for item in about["evidence"] if item not in set(left_out)],
    }
