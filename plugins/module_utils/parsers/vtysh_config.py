# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read the running configuration of Quagga's or FRR's BGP daemon. PRIVATE to the collection: may change without notice.

router bgp 64513
 bgp router-id 203.0.113.10
 neighbor 203.0.113.1 remote-as 64512
 neighbor 203.0.113.1 shutdown
 address-family ipv4 unicast
  network 192.0.2.0/24
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed, Unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers.vtysh import ERROR, as_number

Config = Dict[str, Any]
Router = Dict[str, Any]

_START = re.compile(r"(?:Building configuration\.\.\.|Current configuration:)")
_FRR = re.compile(r"frr (?:version|defaults) (\S.*)")
_ROUTER = re.compile(r"router bgp ([0-9.]{1,12})(?: (?:vrf|view) (\S+))?(?: as-notation \S+)?")
# A command of the configuration language: words, indented by its section. Anything else did not come from the daemon.
_COMMAND = re.compile(r"[!-~][ -~]*")
# What commands begin with, at the margin and in sections other than BGP's; and in BGP's sections. Of Quagga 0.99 to 1.2 and FRR 3 to 10.
_ANYWHERE = frozenset(
    """
    accept-lifetime access-class access-list address address-family admin-grp affinity affinity-map affinity-mode agentx
    allow-external-route-update allow-reserved-ranges area authentication auto-cost ava-bw babel bandwidth banner behavior bfd bgp
    call candidate-path capability color compatible control-word controller count cryptographic-algorithm dampening debug default
    default-information default-metric delay delay-variation description destination detect-multiplier discovery distance
    distribute-list domainname dump echo-interval echo-mode enable evpn exec-timeout exit exit-address-family exit-link-params
    exit-vnc exit-vrf fabricd facility flood format fpm frr graceful-restart group hello-interval hostname import index interface
    ip ipv6 is-type isis key key-chain key-string l2vpn label label-pool label_pool lcp line link-detect link-params local locator
    log log-adjacency-changes logical-router login lsp-gen-interval mac mac-address macvlan match max-bw max-lsp-lifetime
    max-metric max-rsv-bw maximum-paths member metric min-bw mpls mpls-te msdp multicast neighbor net network nexthop
    nexthop-group nht no offset-list on-match opaque ospf ospf6 output packet-loss passive passive-interface password pbr pbr-map
    pce peer pim policy prefix prefix-list priority privacy profile pseudowire ptm-enable range receive-interval redistribute
    refresh res-bw rip ripng rmap route route-map router router-id rpki sbfd segment-list segment-routing send-lifetime service
    set shutdown sid sid-space smux snmp-server spf-delay-ietf spf-interval srlg srv6 stream structured-data sub-tlv summary-address table
    timers timestamp traffic-eng transmit-interval tunnel unrsv-bw use-bw username vni vrf vrrp write-multiplier zebra
    """.split()
)
_IN_BGP = frozenset(
    """
    address-family advertise advertise-all-vni advertise-default-gw advertise-pip advertise-subnet advertise-svi-ip
    advertisement-delay aggregate-address auto-route-target auto-summary autort bgp bmp coalesce-time dampening default
    default-originate disable-ead-evi-rx disable-ead-evi-tx distance distribute dup-addr-detection ead-es-frag ead-es-route-target
    enable-resolve-overlay-index encap-behavior exclude-lower-ad-families exit exit-address-family exit-vnc exit-vni
    exit-vrf-policy export flooding graceful-restart group import l2vpn label labels local-install locator logical-network-id
    mac-vrf maximum-paths mpls multicast neighbor netns network nexthop no prefix rd read-quanta redistribute response-lifetime
    rfp route-map route-target rt segment-routing set sid srv6 srv6-only srv6-only-route synchronization table-map timers unicast
    update-delay use-es-l3nhg use-underlays-nexthop-weight vnc vni vrf vrf-policy write-quanta
    """.split()
)


def parse_running_config(text: str) -> Parsed[Config]:
    """``show running-config``.

    Data: software (frr, quagga), version (FRR prints it), routers. A router has as, vrf (None: the default one), router_id,
    neighbours [{address, remote_as (None: "external" or "internal"), shutdown, peer_group, password (whether one is set)}],
    networks (prefixes), ebgp_requires_policy (None: not mentioned, so the version's own default holds).
    A configuration without its last line "end" is partial.
    """
    data: Config = {"software": None, "version": None, "routers": []}
    not_read: List[Unread] = []
    error: Optional[str] = None
    anything = ended = False
    router: Optional[Router] = None
    for line in lines(text):
        stripped = line.text.strip()
        if stripped == "end":
            ended = True
        elif not stripped or stripped.startswith("!") or not line.terminated:
            continue
        elif _START.fullmatch(stripped):
            anything = True
        elif ERROR.match(stripped) and not anything:
            error = error or stripped[:300]
        elif not _COMMAND.fullmatch(stripped):
            not_read.append(unread(line))
        else:
            try:
                router = _command(stripped, line.text[0] == " ", router, data)
                anything = anything or data["software"] == "frr" or router is not None
            except ValueError:
                not_read.append(unread(line))
    for one in data["routers"]:
        _inherit(one)
    if anything and data["software"] is None:
        data["software"] = "quagga"
    if not anything and not error:
        # Nothing told that this is a configuration, so what looked like its commands was not understood either.
        not_read = [unread(line) for line in lines(text) if line.text.strip()][:20]
        data["routers"] = []
    return outcome(text, data, anything, not_read, error, cut=not ended)


def _command(command: str, indented: bool, router: Optional[Router], data: Config) -> Optional[Router]:
    """Take in one command; returns the router section that the next one belongs to. ValueError when it is not understood."""
    frr = _FRR.fullmatch(command)
    if frr:
        data["software"] = "frr"
        if command.startswith("frr version "):
            data["version"] = frr.group(1)
        return None
    if command.startswith("router bgp"):
        head = _ROUTER.fullmatch(command)
        if head is None:
            raise ValueError("not a BGP router")
        started: Router = {
            "as": as_number(head.group(1)),
            "vrf": head.group(2),
            "router_id": None,
            "neighbours": [],
            "networks": [],
            "ebgp_requires_policy": None,
            "_named": {},
        }
        data["routers"].append(started)
        return started
    words = command.split()
    inside = router is not None and indented
    if (words[1] if words[0] == "no" and len(words) > 1 else words[0]) not in (_IN_BGP if inside else _ANYWHERE):
        raise ValueError("not a command of a known release")
    if router is None or not indented:
        return None
    _setting(words, router)
    return router


def _setting(words: List[str], router: Router) -> None:
    positive = words[0] != "no"
    words = words if positive else words[1:]
    if words[:2] == ["bgp", "router-id"] and len(words) == 3 and positive:
        router["router_id"] = words[2]
    elif words[:2] == ["bgp", "ebgp-requires-policy"]:
        router["ebgp_requires_policy"] = positive
    elif words[:1] == ["network"] and len(words) >= 2 and positive:
        if words[1] not in router["networks"]:
            router["networks"].append(words[1])
    elif words[:1] == ["neighbor"] and len(words) >= 3 and positive:
        _neighbour(words[1], [word for word in words[2:] if word != "interface"], router)


def _neighbour(name: str, words: List[str], router: Router) -> None:
    named = router["_named"]
    if name not in named:
        named[name] = {"address": name, "remote_as": None, "shutdown": False, "peer_group": None, "password": False, "_group": False}
    neighbour = named[name]
    what = words[0] if words else ""
    if what == "remote-as" and len(words) == 2:
        neighbour["remote_as"] = None if words[1] in ("external", "internal", "auto") else as_number(words[1])
    elif what == "shutdown":
        neighbour["shutdown"] = True
    elif what == "password":
        neighbour["password"] = True
    elif what == "peer-group":
        neighbour["peer_group"] = words[1] if len(words) > 1 else None
        neighbour["_group"] = len(words) == 1


def _inherit(router: Router) -> None:
    """What a peer group says holds for its members; the groups themselves are no neighbours."""
    named = router.pop("_named")
    for neighbour in named.values():
        group = named.get(neighbour["peer_group"] or "")
        if group is not None and group is not neighbour:
            neighbour["remote_as"] = group["remote_as"] if neighbour["remote_as"] is None else neighbour["remote_as"]
            neighbour["shutdown"] = neighbour["shutdown"] or group["shutdown"]
            neighbour["password"] = neighbour["password"] or group["password"]
    groups = {neighbour["peer_group"] for neighbour in named.values()}
    for name, neighbour in named.items():
        if not neighbour.pop("_group") and name not in groups:
            router["neighbours"].append(neighbour)
