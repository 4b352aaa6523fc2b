# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read ``show ip bgp neighbors`` of Quagga and FRR, as text and as FRR's JSON; also what midonet-cli shows as a port's bgp-status.

PRIVATE to the collection: may change without notice.

    BGP neighbor is 203.0.113.1, remote AS 64512, local AS 64513, external link
      BGP version 4, remote router ID 203.0.113.1, local router ID 203.0.113.10
      BGP state = Established, up for 00:00:34
      Hold time is 9 seconds, keepalive interval is 3 seconds
        Notifications:          0          0
      2 accepted prefixes
      Connections established 1; dropped 0
      Last reset 00:00:34,  No AFI/SAFI activated for peer
"""

from __future__ import annotations

import re
from typing import Any, Callable, Dict, List, Optional, Tuple, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _json
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _numbers as n
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, plain, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed, Unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers.vtysh import ERROR, as_number, uptime


class Neighbour(TypedDict):
    """One session in detail. Times are in seconds."""

    address: str
    remote_as: Optional[int]
    local_as: Optional[int]
    external: Optional[bool]
    state: Optional[str]  # as in the summary: idle, idle_admin, connect, active, open_sent, open_confirm, established, …
    admin_down: bool
    remote_router_id: Optional[str]  # None while no session was up
    local_router_id: Optional[str]
    hostname: Optional[str]
    description: Optional[str]
    up_s: Optional[int]  # of the session that is up
    hold_time_s: Optional[int]  # in force; negotiated while a session is up
    keepalive_s: Optional[int]
    configured_hold_time_s: Optional[int]
    configured_keepalive_s: Optional[int]
    connect_retry_s: Optional[int]
    accepted_prefixes: Optional[int]  # of all families together
    policy_blocked: Optional[bool]  # FRR discards everything of a peer without a policy
    notifications_sent: Optional[int]
    notifications_received: Optional[int]
    in_queue: Optional[int]
    out_queue: Optional[int]
    connections_established: Optional[int]
    connections_dropped: Optional[int]
    last_reset_s: Optional[int]  # seconds ago; None: never
    last_reset_reason: Optional[str]
    password: Optional[bool]  # whether the session is protected by one; None when the tool does not tell
    local_address: Optional[str]
    local_port: Optional[int]
    foreign_port: Optional[int]


_START = re.compile(
    r"BGP neighbor (?:is|on) (\S{1,64})(?: \S{1,64})?, +remote AS (?:([0-9.]{1,12})|Unspecified), +local AS ([0-9.]{1,12})[^,]{0,60},"
    r" +(?:(?:confed-)?(internal|external)|unspecified) link.*"
)
_STATES = {
    "idle": "idle",
    "connect": "connect",
    "active": "active",
    "opensent": "open_sent",
    "openconfirm": "open_confirm",
    "established": "established",
    "clearing": "clearing",
    "deleted": "deleted",
}
_Take = Callable[[Neighbour, Tuple[str, ...]], None]


def _set(*names: str) -> _Take:
    """Whole numbers or words, one per group."""

    def take(peer: Neighbour, groups: Tuple[str, ...]) -> None:
        for name, group in zip(names, groups):
            if group is not None:
                number = n.maybe_integer(group)
                peer[name] = group if number is None else number  # type: ignore[literal-required]

    return take


def _state(peer: Neighbour, groups: Tuple[str, ...]) -> None:
    peer["state"] = _STATES.get(groups[0].lower())
    peer["up_s"] = uptime(groups[1]) if groups[1] else None


def _identifiers(peer: Neighbour, groups: Tuple[str, ...]) -> None:
    peer["remote_router_id"] = None if groups[0] == "0.0.0.0" else groups[0]
    peer["local_router_id"] = groups[1]


def _accepted(peer: Neighbour, groups: Tuple[str, ...]) -> None:
    peer["accepted_prefixes"] = (peer["accepted_prefixes"] or 0) + int(groups[0])


def _reset(peer: Neighbour, groups: Tuple[str, ...]) -> None:
    peer["last_reset_s"] = uptime(groups[0])
    reason = (groups[1] or "").strip()
    peer["last_reset_reason"] = (reason[7:] if reason.startswith("due to ") else reason)[:200] or None


def _flag(name: str) -> _Take:
    def take(peer: Neighbour, groups: Tuple[str, ...]) -> None:
        peer[name] = True  # type: ignore[literal-required]

    return take


# What is taken, by the line without its indentation.
_LINES: Tuple[Tuple[Any, _Take], ...] = tuple(
    (re.compile(pattern), take)
    for pattern, take in (
        (r"BGP version [0-9]+, remote router ID ([0-9.]{7,15})(?:, local router ID ([0-9.]{7,15}))?", _identifiers),
        (r"BGP state = (\w{1,20})(?:, up for (\S{1,30}))?.*", _state),
        (r"Hold time is ([0-9]{1,6})(?: seconds)?, keepalive interval is ([0-9]{1,6}) seconds", _set("hold_time_s", "keepalive_s")),
        (r"Last read .{1,60}, hold time is ([0-9]{1,6}), keepalive interval is ([0-9]{1,6}) seconds", _set("hold_time_s", "keepalive_s")),
        (
            r"Configured hold time is ([0-9]{1,6})(?: seconds)?, keepalive interval is ([0-9]{1,6}) seconds",
            _set("configured_hold_time_s", "configured_keepalive_s"),
        ),
        (r"Notifications: +([0-9]{1,12}) +([0-9]{1,12})", _set("notifications_sent", "notifications_received")),
        (r"Inq depth is ([0-9]{1,12})", _set("in_queue")),
        (r"Outq depth is ([0-9]{1,12})", _set("out_queue")),
        (r"([0-9]{1,12}) accepted(?: prefix(?:es)?.*|, [0-9]{1,12} sent prefixes.*)", _accepted),
        (r"Connections established ([0-9]{1,12}); dropped ([0-9]{1,12})", _set("connections_established", "connections_dropped")),
        (r"Last reset ([0-9]\S{0,30}?|never)(?:,? +(\S.*))?", _reset),
        (r"BGP Connect Retry Timer in Seconds: ([0-9]{1,9})", _set("connect_retry_s")),
        (r"Administratively shut down.*", _flag("admin_down")),
        (r"Peer Authentication Enabled.*", _flag("password")),
        (r"(?:Inbound|Outbound) updates discarded due to missing policy", _flag("policy_blocked")),
        (r"Hostname: (\S{1,255})", _set("hostname")),
        (r"Description: (.{1,255})", _set("description")),
        (r"Local host: (\S{1,64}), Local port: ([0-9]{1,5})", _set("local_address", "local_port")),
        (r"Foreign host: \S{1,64}, Foreign port: ([0-9]{1,5})", _set("foreign_port")),
    )
)
_FAMILY = r"(?:(?:IPv[46]|VPNv[46]|L2VPN|Link-State)[ -][\w/ -]{1,30}|VPNv[46])"
# Lines that tell nothing that is asked, as bgp_show_peer() of Quagga 0.99 to 1.2 and FRR 3 to 10 prints them (bgp_vty.c), in its order.
# Of most the beginning is enough; what is not here, nobody has looked at, and is reported.
_OTHER = re.compile(
    # The peer itself.
    r"(?:Local Role|Remote Role|Domainname): .*|(?:Member of peer-group|Belongs to the subnet range group:?) .*|Last read .*"
    r"|Configured tcp-mss is .*|Configured conditional advertisements interval is .*|Time until conditional advertisements begin is .*"
    r"|Extended Optional Parameters Length is enabled.*|Sender side AS path loop detection .*|Neighbor graceful-shutdown .*"
    r"|Neighbor under common administration|Configured DelayOpenTime is .*"
    # What was agreed upon.
    r"|Neighbor capabilities:.*"
    r"|(?:4 Byte AS|Extended Message|AddPath|Paths-Limit|Dynamic|Role|Extended nexthop|(?:Enhanced )?Route [Rr]efresh"
    r"|Long-lived Graceful Restart|Link-Local Next Hop|[\w -]{2,40} Capabil(?:i)?ty):.*"
    rf"|Address [Ff]amily {_FAMILY}:.*|Address families by peer:|{_FAMILY}: (?:[TR]X )?(?:advertised|received).*|none"
    rf"|Remote Restart timer is .*"
    rf"|{_FAMILY}(?:\((?:not )?preserved\)(?:, {_FAMILY}\((?:not )?preserved\)){{0,9}})?:?"
    # Graceful restart.
    r"|Graceful restart informations?:|End-of-RIB (?:send|received|sent|sent after update): .*|(?:Local|Remote) GR Mode: .*"
    r"|[RFN] bit: .*|Timers:"
    r"|(?:(?:Configured|Received|LLGR) )*(?:Restart|Stale Path|Selection Deferral)(?: Time)?(?: Remaining)?\(sec\): ?[0-9]*"
    r"|The remaining time of (?:restart|stalepath) timer is .*|Restart timer is .*"
    # Messages.
    r"|Message statistics:|Sent +Rcvd|(?:Opens|Updates|Keepalives|Route Refresh|Capability|Total): +[0-9]+ +[0-9]+"
    r"|Prefix statistics:"
    r"|(?:Inbound filtered|AS-PATH loop|Originator loop|Cluster loop|Invalid next-hop|Withdrawn|Attributes discarded): [0-9]+"
    r"|Update delay timer is .*|Minimum time between advertisement runs is .*|Update source is .*|Default weight [0-9]+"
    # One address family.
    rf"|For address family: .*|\S{{1,64}} peer-group member|Index [0-9]+, Offset [0-9]+, Mask 0x[0-9a-f]+|Not part of any update group"
    r"|Update group [0-9]+, subgroup [0-9]+|Packet Queue length [0-9]+|AF-depend[ae]nt capabilities:|Outbound Route Filter \(ORF\).*"
    r"|(?:Send|Receive)-mode: .*|First update is deferred until ORF .*|Route-(?:Reflector|Server) Client.*"
    r"|Inbound soft reconfiguration allowed.*"
    r"|Private AS numbers? .*|Override ASNs .*|NEXT_HOP is .*|(?:AS_PATH|MED|Nexthop) is propagated unchanged.*"
    r"|Advertise (?:all|best|a best) ?.*"
    r"|Community attribute sent to this neighbor.*|Default information originate.*|(?:In|Out)bound path policy configured"
    r"|(?:Incoming|Outgoing) update .*|Route map for .*|Condition \S+, Condition-map .*|Local AS allowed .*|Weight [0-9]+"
    r"|Maximum (?:prefixes allowed|allowed prefixes sent) [0-9]+.*|Threshold for warning message .*"
    r"|advertise-(?:all-vni|svi-ip|default-gw).*"
    r"|Do not .*|Send .*attribute.*|Labels? .*|Dampening .*|Prefix-Count .*|Accept(?:ing)? .*|Site[ -]of[ -]Origin.*|SOO .*"
    r"|IPv4 prefixes .*"
    # The session.
    r"|Peer had exceeded the max\. no\. of prefixes configured\.|Reduce the no\. of prefix .*|(?:External|Internal) BGP neighbor .*"
    r"|Down last reset: .*|Nexthop(?: global| local)?: .*|BGP connection: .*|Next (?:start|connect) timer due in .*|MRAI \(interval .*"
    r"|(?:Im|Ex)port policy for this RS-client .*"
    r"|Estimated round trip time: .*"
    r"|Shutdown .*|Read thread: .*|Message received .*|Message: .*|(?:[0-9A-F]{2,8} )*[0-9A-F]{2,8}|TTL[ -]security.*"
    r"|(?:BFD: )?Type: .*|BFD(?: Hold Time .*|: .*)|Detect Mul(?:tiplier)?: .*|Status: .*|(?:BFD )?[Pp]rofile: .*"
)


def parse(text: str) -> Parsed[List[Neighbour]]:
    """Every neighbour in its order."""
    text = plain(text)
    return _parse_json(text) if _json.is_json(text) else _parse_text(text)


def _new(address: str) -> Neighbour:
    peer: Dict[str, Any] = dict.fromkeys(Neighbour.__annotations__)
    peer.update(address=address, admin_down=False)
    return peer  # type: ignore[return-value]


def _parse_text(text: str) -> Parsed[List[Neighbour]]:
    peers: List[Neighbour] = []
    not_read: List[Unread] = []
    error: Optional[str] = None
    cut = False
    for line in lines(text):
        stripped = line.text.strip()
        if not stripped:
            continue
        started = _START.fullmatch(stripped)
        if not line.terminated:
            cut = True
        elif started:
            peers.append(_started(started))
        elif not peers:
            if ERROR.match(stripped) or stripped.startswith("No such neighbor") or stripped.startswith("BGP instance not found"):
                error = error or stripped[:300]
            else:
                not_read.append(unread(line))
        elif not _detail(stripped, peers[-1]):
            not_read.append(unread(line))
    for peer in peers:
        _finish(peer, cut and peer is peers[-1])
    return outcome(text, peers, bool(peers), not_read, error, cut or any(peer["state"] is None for peer in peers))


def _started(match: Any) -> Neighbour:
    peer = _new(match.group(1).strip(":,").lstrip("*"))
    for name, word in (("remote_as", match.group(2) or ""), ("local_as", match.group(3))):
        try:
            peer[name] = as_number(word)  # type: ignore[literal-required]
        except ValueError:
            continue
    peer["external"] = None if match.group(4) is None else match.group(4) == "external"
    return peer


def _detail(text: str, peer: Neighbour) -> bool:
    for pattern, take in _LINES:
        match = pattern.fullmatch(text)
        if match is not None:
            try:
                take(peer, match.groups())
            except ValueError:
                return False
            return True
    return _OTHER.fullmatch(text) is not None


def _finish(peer: Neighbour, cut: bool) -> None:
    if peer["admin_down"] and peer["state"] == "idle":
        peer["state"] = "idle_admin"
    if not cut and peer["state"] is not None:
        # The tool prints a line only where it is so.
        peer["password"] = bool(peer["password"]) if peer["connect_retry_s"] is not None else peer["password"]
        told = peer["state"] == "established" and peer["accepted_prefixes"] is not None
        peer["policy_blocked"] = bool(peer["policy_blocked"]) if told else None


def _parse_json(text: str) -> Parsed[List[Neighbour]]:
    """Neighbours by address, maybe one level down by VRF."""
    found = _json.read(text)
    peers: List[Neighbour] = []
    error: Optional[str] = None
    for document in found.documents:
        for name, inner in _json.items(document.part):
            of_vrf = [] if _is_neighbour(inner) else [(address, one) for address, one in _json.items(inner) if _is_neighbour(one)]
            peers += [_json_neighbour(address, one) for address, one in of_vrf or [(name, inner)] if _is_neighbour(one)]
            if name in ("warning", "bgpNoSuchNeighbor"):
                error = f"{name}: {inner}"[:300]
    if error and not peers:
        return outcome(text, peers, False, [], error)
    strange = [document.begin for document in found.documents if document.part.members and not peers]
    not_read = [*[_json.place(found.text, at) for at in strange[:1]], *found.unread]
    return outcome(text, peers, bool(peers) or not not_read, not_read)


def _is_neighbour(value: Any) -> bool:
    return isinstance(value, dict) and ("remoteAs" in value or "bgpState" in value)


_JSON_NUMBERS = (
    ("remote_as", "remoteAs", 1),
    ("local_as", "localAs", 1),
    ("up_s", "bgpTimerUpMsec", 1000),
    ("hold_time_s", "bgpTimerHoldTimeMsecs", 1000),
    ("keepalive_s", "bgpTimerKeepAliveIntervalMsecs", 1000),
    ("configured_hold_time_s", "bgpTimerConfiguredHoldTimeMsecs", 1000),
    ("configured_keepalive_s", "bgpTimerConfiguredKeepAliveIntervalMsecs", 1000),
    ("connect_retry_s", "connectRetryTimer", 1),
    ("connections_established", "connectionsEstablished", 1),
    ("connections_dropped", "connectionsDropped", 1),
    ("last_reset_s", "lastResetTimerMsecs", 1000),
    ("local_port", "portLocal", 1),
    ("foreign_port", "portForeign", 1),
)
_JSON_STATISTICS = (
    ("notifications_sent", "notificationsSent"),
    ("notifications_received", "notificationsRecv"),
    ("in_queue", "depthInq"),
    ("out_queue", "depthOutq"),
)
_JSON_WORDS = (("hostname", "hostname"), ("description", "nbrDesc"), ("local_router_id", "localRouterId"), ("local_address", "hostLocal"))


def _json_neighbour(address: str, found: Dict[str, Any]) -> Neighbour:
    peer = _new(address)
    wanted: Dict[str, Any] = {name: _scaled(found.get(key), unit) for name, key, unit in _JSON_NUMBERS}
    statistics = found.get("messageStats")
    wanted.update({name: _scaled(_of(statistics, key), 1) for name, key in _JSON_STATISTICS})
    wanted.update({name: found[key] if isinstance(found.get(key), str) else None for name, key in _JSON_WORDS})
    external, internal = found.get("nbrExternalLink"), found.get("nbrInternalLink")
    state = _STATES.get(str(found.get("bgpState", "")).lower())
    identifier = found.get("remoteRouterId")
    families = found.get("addressFamilyInfo")
    inner = [one for one in families.values() if isinstance(one, dict)] if isinstance(families, dict) else []
    accepted = [count for count in (_scaled(one.get("acceptedPrefixCounter"), 1) for one in inner) if count is not None]
    reason = found.get("lastResetDueTo")
    if found.get("lastNotificationReason") and isinstance(reason, str) and reason.startswith("BGP Notification"):
        way = "sent" if reason.endswith("send") or reason.endswith("sent") else "received"
        reason = f"Notification {way} ({found['lastNotificationReason']})"
    wanted.update(
        external=True if external is True else False if internal is True else None,
        admin_down=found.get("adminShutDown") is True,
        state="idle_admin" if found.get("adminShutDown") is True and state == "idle" else state,
        remote_router_id=identifier if isinstance(identifier, str) and identifier != "0.0.0.0" else None,
        accepted_prefixes=sum(accepted) if accepted else None,
        policy_blocked=any(one.get("inboundEbgpRequiresPolicy") or one.get("outboundEbgpRequiresPolicy") for one in inner)
        if state == "established"
        else None,
        last_reset_reason=reason[:200] if isinstance(reason, str) else None,
        password=bool(found.get("authenticationEnabled")) if "connectRetryTimer" in found else None,
    )
    if found.get("portLocal") == -1:  # there is no connection
        wanted.update(local_address=None, local_port=None, foreign_port=None)
    peer.update(wanted)  # type: ignore[typeddict-item]
    return peer


def _of(record: Any, key: str) -> Any:
    return record.get(key) if isinstance(record, dict) else None


def _scaled(value: Any, unit: int) -> Optional[int]:
    return value // unit if isinstance(value, int) and not isinstance(value, bool) else None
