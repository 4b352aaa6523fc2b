# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts: what one host's evidence means, typed, in one shape for every generation of every tool.

`build` runs one builder per subsystem. `facts[subsystem]` is the builder's data or None when it could not be learnt;
`facts["about"][subsystem]` tells the state (known, partial, unknown, not_applicable), the reason, the items of evidence
it came from and the number of lines that nobody understood. Nothing here raises: a builder that crashes leaves its own
subsystem unknown, with the crash noted in `about`, so that the run can say that the tool is at fault and not the host.

How to add a parser
    1. parsers/<tool>.py with `parse(text: str) -> Parsed[...]`: a pure function; show the text it reads in its docstring.
       It never raises on text and takes linear time. What it does not understand goes into `unread`, with line and column.
    2. tests/fixtures/<tool>/<case>.txt, genuine where such text exists (tests/fixtures/README.md says which is), with the
       expected data beside it, written by hand: <case>.json. tests/unit/module_utils/parsers/test_meta.py fails for a
       parser without a fixture, and fuzzes every parser named in its table.

How to add a subsystem
    1. facts/<subsystem>.py with
           ITEMS   the ids of the items of evidence it reads
           GROUPS  the groups of hosts that have it; empty: all hosts
           build(evidence: Evidence) -> data      raises Missing(reason) or NotApplicable(reason)
       evidence.read(item, parse) gives the parsed data or raises Missing; evidence.maybe(...) gives None and notes a gap;
       evidence.again(item, parse) is the second sample, evidence.seconds_between(item) the time between the two, and
       delta() subtracts counters. What the tool did not tell is None: never a default that looks healthy.
    2. facts/schemas/<subsystem>.json: JSON Schema 2020-12 of the data (not of its absence). Every object has
       "additionalProperties": false and lists all its properties as required, every property has a "description" with
       its unit; what may be unknown has "type": [..., "null"]. No $ref and no anyOf: checks find their way through it by path.
    3. one import and one entry in SUBSYSTEMS below.
    4. a module that asks for it ad hoc: see the head of plugin_utils/controller/asking.py. When an existing module returns it
       too, one word in QUESTIONS there. After any change of a schema, `make generate` brings the modules' documentation up to it.

PRIVATE to the collection: may change without notice.
"""

from __future__ import annotations

import json
import pkgutil
import sys
from typing import Any, Dict, Mapping

from ansible_collections.midonet.diagnostics.plugins.module_utils.facts import (
    addresses,
    agent,
    api,
    bgp,
    bonds,
    cassandra,
    clock,
    conntrack,
    datapath,
    files,
    filesystems,
    firewall,
    host,
    kernel,
    kernel_log,
    link_settings,
    links,
    memory,
    names,
    neighbours,
    nsdb,
    probes,
    processes,
    processors,
    routes,
    routing_rules,
    security,
    sockets,
    stack,
    topology,
    zookeeper,
)
from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._context import (
    Evidence,
    Missing,
    NotApplicable,
    Outputs,
    not_collected,
)

# Name -> the module that builds it. Imported by name, because Ansible packs what it finds in import statements.
SUBSYSTEMS: Dict[str, Any] = {
    "host": host,
    "links": links,
    "addresses": addresses,
    "routes": routes,
    "routing_rules": routing_rules,
    "neighbours": neighbours,
    "filesystems": filesystems,
    "kernel": kernel,
    "clock": clock,
    "firewall": firewall,
    "sockets": sockets,
    "link_settings": link_settings,
    "bonds": bonds,
    "memory": memory,
    "processors": processors,
    "conntrack": conntrack,
    "stack": stack,
    "security": security,
    "kernel_log": kernel_log,
    "names": names,
    "files": files,
    "processes": processes,
    "agent": agent,
    "datapath": datapath,
    "nsdb": nsdb,
    "zookeeper": zookeeper,
    "cassandra": cassandra,
    "api": api,
    "bgp": bgp,
    "topology": topology,
    "probes": probes,
}

__all__ = ["SUBSYSTEMS", "Evidence", "Missing", "NotApplicable", "build", "not_collected", "schema"]


def build(outputs: Outputs, host: Mapping[str, Any]) -> Dict[str, Any]:
    """The facts of one host.

    outputs  what its commands said, by (item id, round)
    host     what the record knows of it: name, groups, state (complete, partial, not_reached, failed), reason, clock
    """
    facts: Dict[str, Any] = {"about": {}}
    for name, module in SUBSYSTEMS.items():
        facts[name], facts["about"][name] = _build_one(module, outputs, host)
    return facts


def _build_one(module: Any, outputs: Outputs, host: Mapping[str, Any]) -> Any:
    """(data or None, about) of one subsystem."""
    evidence = Evidence(outputs, host)
    try:
        if _not_asked(module, outputs, evidence):
            raise NotApplicable(f"asked only of hosts in {', '.join(module.GROUPS)}")
        data = module.build(evidence)
    except NotApplicable as why:
        return None, _about(evidence, "not_applicable", str(why))
    except Missing as why:
        return None, _about(evidence, "unknown", _unreached(host) or str(why))
    except Exception as crash:  # our own fault: it must neither look like the host's nor take the other subsystems along
        return None, _about(evidence, "unknown", "the tool itself failed here", _crash(crash))
    return data, _about(evidence, "partial" if evidence.gaps or evidence.unread else "known", "; ".join(evidence.gaps))


def _about(evidence: Evidence, state: str, reason: str, crash: Any = None) -> Dict[str, Any]:
    return {
        "state": state,
        "reason": reason,
        "evidence": sorted(evidence.items),
        "cut": sorted(evidence.cut),
        "unread": evidence.unread,
        "crash": crash,
    }


def _not_asked(module: Any, outputs: Outputs, evidence: Evidence) -> bool:
    """Whether the host is in none of the groups that have the subsystem, and indeed was not asked."""
    wanted = getattr(module, "GROUPS", ())
    if not wanted or not evidence.groups or set(wanted) & set(evidence.groups):
        return False
    return not any(item in module.ITEMS for item, number in outputs)


def _unreached(host: Mapping[str, Any]) -> str:
    """Why nothing at all is known of a host; empty when it answered."""
    if host.get("state") not in ("not_reached", "failed"):
        return ""
    words = "the host was not reached" if host["state"] == "not_reached" else "the host could not be asked"
    return f"{words}: {host['reason']}" if host.get("reason") else words


def _crash(crash: Exception) -> str:
    """What failed and where: "ValueError: … (links.py line 12)"."""
    place = ""
    trace = sys.exc_info()[2]
    while trace is not None:
        place = f"{trace.tb_frame.f_code.co_filename.replace(chr(92), '/').rsplit('/', 1)[-1]} line {trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(crash).__name__}: {str(crash)[:200]} ({place})"


def schema() -> Dict[str, Any]:
    """The JSON Schema of what `build` returns, put together from schemas/<subsystem>.json."""
    subsystems = {name: _nullable(_load(name)) for name in SUBSYSTEMS}
    about = _load("about")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Facts of one host",
        "type": "object",
        "additionalProperties": False,
        "required": ["about", *subsystems],
        "properties": {
            "about": {
                "description": "By subsystem: how well it is known.",
                "type": "object",
                "additionalProperties": False,
                "required": list(subsystems),
                "properties": dict.fromkeys(subsystems, about),
            },
            **subsystems,
        },
    }


def _nullable(part: Dict[str, Any]) -> Dict[str, Any]:
    """A subsystem's schema with null added: it may be unknown."""
    kinds = part["type"] if isinstance(part["type"], list) else [part["type"]]
    return {**{key: value for key, value in part.items() if key != "$schema"}, "type": [*kinds, "null"] if "null" not in kinds else kinds}


def _load(name: str) -> Dict[str, Any]:
    raw = pkgutil.get_data(__name__, f"schemas/{name}.json")
    loaded: Dict[str, Any] = json.loads((raw or b"{}").decode("utf-8"))
    return loaded
