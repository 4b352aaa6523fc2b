# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Chains of MidoNet's REST API with their rules, which security groups and NAT are made of. PRIVATE to the collection.

/chains, Chain-v1:
[{"id": "c4a1…", "name": "OS_SG_…_INGRESS", "tenantId": "…", …}]
/chains/ID/rules, Rule-v2:
[{"id": "d7e2…", "chainId": "c4a1…", "type": "accept", "position": 1, "nwProto": 6, "tpDst": {"start": 22, "end": 22},
  "nwSrcAddress": "10.0.0.0", "nwSrcLength": 8, "dlType": 2048, "matchReturnFlow": false, …},
 {"id": "…", "type": "jump", "position": 2, "jumpChainId": "c5b2…", "jumpChainName": "…", …},
 {"id": "…", "type": "dnat", "flowAction": "accept", "natTargets": [{"addressFrom": "10.1.0.5", "addressTo": "10.1.0.5", …}], …}]
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _rest
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._json import number, part, parts, word
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Chain(TypedDict):
    """A list of rules by name."""

    id: str
    name: Optional[str]
    tenant: Optional[str]


class Rule(TypedDict):
    """One rule. A match that is None matches everything; `inverted` names the matches that are turned round."""

    id: Optional[str]
    chain: Optional[str]
    position: Optional[int]
    type: str  # accept, drop, reject, return, jump, dnat, snat, rev_dnat, rev_snat, l2_transform, trace, …
    ether_type: Optional[int]
    protocol: Optional[int]  # IP protocol number
    source: Optional[str]  # network with the length of its prefix
    destination: Optional[str]
    source_ports: Optional[List[Optional[int]]]  # first and last
    destination_ports: Optional[List[Optional[int]]]
    source_group: Optional[str]  # of addresses
    destination_group: Optional[str]
    forward_flow: Optional[bool]
    return_flow: Optional[bool]
    inverted: List[str]
    jump_chain: Optional[str]
    targets: List[str]  # of NAT: first and last address
    other: List[str]  # matches that have no field here


_INVERSIONS = {
    "invDlType": "ether_type",
    "invNwProto": "protocol",
    "invNwSrc": "source",
    "invNwDst": "destination",
    "invTpSrc": "source_ports",
    "invTpDst": "destination_ports",
    "invIpAddrGroupSrc": "source_group",
    "invIpAddrGroupDst": "destination_group",
    "condInvert": "all",
}
_OTHERS = (
    *("inPorts", "outPorts", "portGroup", "inPortGroup", "outPortGroup", "traversedDevice", "vlan", "noVlan", "dlSrc", "dlDst", "nwTos"),
    *("matchNwDstRewritten", "icmpDataSrcIpAddress", "icmpDataDstIpAddress"),
)


def parse(text: str) -> Parsed[List[Chain]]:
    """/chains, or one of them."""
    return _rest.read(text, _chain)


def parse_rules(text: str) -> Parsed[List[Rule]]:
    """/chains/ID/rules."""
    return _rest.read(text, _rule)


def _chain(record: _rest.Record) -> Optional[Chain]:
    identity = word(record, "id")
    if identity is None or not ("name" in record or "rules" in record) or "adminStateUp" in record:
        return None
    return Chain(id=identity, name=word(record, "name"), tenant=word(record, "tenantId"))


def _rule(record: _rest.Record) -> Optional[Rule]:
    kind = word(record, "type")
    if kind is None or not ("chainId" in record or "position" in record):
        return None
    return Rule(
        id=word(record, "id"),
        chain=word(record, "chainId"),
        position=number(record, "position"),
        type=kind.lower(),
        ether_type=number(record, "dlType"),
        protocol=number(record, "nwProto"),
        source=_rest.prefix(record, "nwSrcAddress", "nwSrcLength"),
        destination=_rest.prefix(record, "nwDstAddress", "nwDstLength"),
        source_ports=_range(record, "tpSrc"),
        destination_ports=_range(record, "tpDst"),
        source_group=word(record, "ipAddrGroupSrc"),
        destination_group=word(record, "ipAddrGroupDst"),
        forward_flow=_rest.truth(record, "matchForwardFlow"),
        return_flow=_rest.truth(record, "matchReturnFlow"),
        inverted=sorted(ours for theirs, ours in _INVERSIONS.items() if record.get(theirs) is True),
        jump_chain=word(record, "jumpChainId"),
        targets=[_target(target) for target in parts(record, "natTargets")],
        other=[name for name in _OTHERS if record.get(name) not in (None, False, [], "", 0)],
    )


def _range(record: _rest.Record, name: str) -> Optional[List[Optional[int]]]:
    ports = part(record, name)
    return [number(ports, "start"), number(ports, "end")] if ports else None


def _target(target: Dict[str, Any]) -> str:
    first, last = word(target, "addressFrom") or "?", word(target, "addressTo")
    return first if last in (None, first) else f"{first}-{last}"
