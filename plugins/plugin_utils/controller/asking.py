# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One host, asked ad hoc: bodies of datapath_info, bgp_info, host_bindings_info and midonet_facts. PRIVATE: may change without notice.

No record and no judgement: the items that the wanted facts are made of are run in one call, and the facts are returned.
Nothing is needed on the host but a shell.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.midonet.diagnostics.plugins.module_utils import facts as host_facts
from ansible_collections.midonet.diagnostics.plugins.module_utils.subsets import wanted_subsystems
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller import collecting, shared, vocabulary
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller import options as public
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller.face import Face
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller.guard import Refused, not_our_host
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.item import Item
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.scrub import Pseudonymiser

# Tells the generation, whatever else is asked.
_GENERATION = "agent.packages"

_OPTIONS = (
    "midonet_host_deadline",
    "midonet_replay",
    "midonet_pseudonym_key",
    *(f"midonet_{group}_group" for group in vocabulary.GROUPS),
)


def datapath_info(face: Face, arguments: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
    """The kernel datapath."""
    return _one(face, task_vars, "datapath", ("compute",))


def bgp_info(face: Face, arguments: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
    """The BGP routers."""
    return _one(face, task_vars, "bgp", ("gateway",))


def host_bindings_info(face: Face, arguments: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
    """What is bound to this host's interfaces, and whether the interfaces are there."""
    facts = ask_for(face, task_vars, ("agent", "links", "datapath", "topology"), ("compute", "api"))
    if "unreachable" in facts:
        return facts
    agent, topology = facts.get("agent") or {}, facts.get("topology")
    links = {link["name"]: link for link in facts.get("links") or ()}
    ports = {port["name"]: port for port in (facts.get("datapath") or {}).get("ports") or ()}
    host_id = agent.get("host_id")
    bindings = None
    if topology is not None and host_id is not None:
        bindings = [
            {
                **binding,
                "link_exists": binding["interface"] in links if facts.get("links") is not None else None,
                "link_up": links.get(binding["interface"], {}).get("admin_up"),
                "in_datapath": binding["interface"] in ports if facts.get("datapath") is not None else None,
            }
            for binding in topology.get("bindings") or ()
            if binding.get("host_id") == host_id
        ]
    return {
        "host_id": host_id,
        "bindings": bindings,
        "ports": sorted(ports) if facts.get("datapath") is not None else None,
        "about": {name: facts["about"][name] for name in ("agent", "links", "datapath", "topology") if name in facts["about"]},
    }


def midonet_facts(face: Face, arguments: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that a single host can tell, as facts."""
    try:
        wanted = wanted_subsystems(arguments.get("gather_subset") or ["all"], host_facts.SUBSYSTEMS)
    except ValueError as error:
        raise Refused(str(error)) from error
    facts = ask_for(face, task_vars, wanted, ())
    return facts if "unreachable" in facts else {"ansible_facts": {"midonet": facts}}


def _one(face: Face, task_vars: Mapping[str, Any], subsystem: str, groups: tuple[str, ...]) -> dict[str, Any]:
    facts = ask_for(face, task_vars, (subsystem,), groups)
    if "unreachable" in facts:
        return facts
    return {subsystem: facts.get(subsystem), "about": facts["about"].get(subsystem)}


def ask_for(face: Face, task_vars: Mapping[str, Any], subsystems: Iterable[str], groups: tuple[str, ...]) -> dict[str, Any]:
    """Facts of these subsystems, or the result of a task whose host could not be asked.

    groups   of which groups the host is taken to be, whatever the inventory says: the user has chosen the host
    """
    options = public.read(task_vars, face.template, _OPTIONS)
    inside = shared.groups_of(task_vars.get("group_names", ()), shared.group_names(options))
    if not groups and not inside:
        inside = list(vocabulary.GROUPS)
    as_if = sorted({*inside, *groups})
    modules = [host_facts.SUBSYSTEMS[name] for name in subsystems if name in host_facts.SUBSYSTEMS]
    ids = {_GENERATION, *(item for module in modules for item in module.ITEMS)}
    wanted = [item for item in shared.refusing(shared.items) if _may_ask(item, ids, as_if)]
    host = str(task_vars["inventory_hostname"])
    told = collecting.ask(face, task_vars, host, wanted, 1, {}, options)
    pseudonymiser = Pseudonymiser(collecting.key_of(options["pseudonym_key"]))
    if told.state in ("not_reached", "failed"):
        return not_our_host(pseudonymiser.scrub_text(told.reason))
    outputs = {(output.item, output.round): pseudonymiser.scrub(output) for output in told.outputs}
    about_host = {"name": host, "groups": as_if, "state": told.state, "reason": told.reason, "clock": told.clock or {}}
    facts = host_facts.build(outputs, about_host)
    chosen = set(subsystems)
    crashes = [about["crash"] for name, about in facts["about"].items() if name in chosen and about.get("crash")]
    if crashes:
        raise RuntimeError(crashes[0])
    return {**{name: facts[name] for name in chosen if name in facts}, "about": {n: a for n, a in facts["about"].items() if n in chosen}}


def _may_ask(item: Item, ids: set[str], groups: Iterable[str]) -> bool:
    return item.id in ids and 1 in item.rounds and not item.needs and item.effect == "reads" and bool(set(item.groups) & set(groups))
