# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read the BGP summary of Quagga and FRR, as text and as FRR's JSON. PRIVATE to the collection: may change without notice.

    BGP router identifier 203.0.113.10, local AS number 64513 vrf-id 0
    RIB entries 4, using 768 bytes of memory
    Peers 1, using 724 KiB of memory

    Neighbor        V         AS   MsgRcvd   MsgSent   TblVer  InQ OutQ  Up/Down State/PfxRcd   PfxSnt Desc
    203.0.113.1     4      64512        15        14        0    0    0 00:00:33            2        2 N/A

Quagga has no "vrf-id", no table version, and nothing after State/PfxRcd. The running configuration is read by vtysh_config.
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _json
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _numbers as n
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import Line, lines, outcome, plain, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed, Unread

Summary = Dict[str, Any]
Peer = Dict[str, Any]

# What vtysh or the daemon says instead of an answer.
ERROR = re.compile(
    r"%|View/Vrf |Exiting: \w+ is not running|failed to connect|vtysh:|Can't open|.*[Cc]onnection refused|.*daemon is not ready"
    r"|.*command not found|.*[Nn]o such file or directory|.*[Pp]ermission denied|Error"
)
_NO_NEIGHBOUR = re.compile(r"%?\s*No (?:\S+ ){0,3}neighbors? (?:is|are|found|configured).*|% No matching neighbor", re.IGNORECASE)
_HEAD = re.compile(r"BGP router identifier (\S+), local AS number ([0-9.]{1,12})(.*)")
_FAMILY = re.compile(r"((?:IPv[46]|L2VPN|VPNv[46]|Link-State)\b[\w ]*?) Summary(?: \(.*\))?:?")
_FRR_ONLY = re.compile(r"BGP table version [0-9]+|.* vrf-id -?[0-9]+.*|Displayed neighbors [0-9]+")
# Lines that say nothing about sessions.
_OTHER = re.compile(
    r"BGP table version [0-9]+|RIB entries [0-9]+, using .*|Peers [0-9]+, using .*|Peer groups [0-9]+, using .*"
    r"|Total number of (?:neighbors|peers)(?: established)? [0-9]+|Total num\. .*|Displayed neighbors [0-9]+"
    r"|Dynamic neighbor.*|\* - dynamic neighbor"
    r"|[0-9]+ dynamic neighbor.*|BGP (?:attribute|AS-PATH|community|extcommunity) entries.*|BGP (?:view name|multiple instance).*"
    r"|[0-9]+ BGP \S+ entries.*|Instance .*:|Default VRF|Dampening enabled\.?|Read-only mode.*|(?:First|Last) neighbor.*|Best-paths.*"
    r"|Establish wait: .*|Delay in progress|(?:zebra|peers) update resumed: .*|Max-med .* active"
    r"|Graceful.*|Update-delay.*|.*(?:update-delay|establish-wait).*"
)

_STATES = {
    "Idle": "idle",
    "Idle (Admin)": "idle_admin",
    "Idle (PfxCt)": "idle_max_prefixes",
    "Connect": "connect",
    "Active": "active",
    "OpenSent": "open_sent",
    "OpenConfirm": "open_confirm",
    "Established": "established",
    "Clearing": "clearing",
    "Deleted": "deleted",
    "NoNeg": "established",
}
_UPTIME_CLOCK = re.compile(r"([0-9]{1,4}):([0-9]{2}):([0-9]{2})")
_UPTIME_UNITS = re.compile(r"(?:[0-9]{1,6}[ywdhm]){1,5}")
_UNIT_SECONDS = {"y": 365 * 86400, "w": 7 * 86400, "d": 86400, "h": 3600, "m": 60}


def parse_summary(text: str) -> Parsed[Summary]:
    """``show ip bgp summary``, ``show bgp summary`` and their JSON.

    Data: software (quagga, frr or None), router_id, local_as, peers. A peer has address, family (as printed, or None),
    remote_as, state (idle, idle_admin, idle_max_prefixes, connect, active, open_sent, open_confirm, established, clearing,
    deleted, or None when the tool printed another one), policy_blocked (prefixes wait for a policy; None when the session is
    not established), prefixes_received (None unless established), prefixes_sent, uptime_s (seconds in this state; None: never),
    description.
    """
    text = plain(text)
    return _parse_json(text) if _json.is_json(text) else _parse_text(text)


def _empty() -> Summary:
    return {"software": None, "router_id": None, "local_as": None, "peers": []}


def as_number(text: str) -> int:
    """An AS number in plain (4200000000) or dotted (64512.10) notation; ValueError otherwise."""
    high, dot, low = text.partition(".")
    return (n.unsigned16(high) << 16) + n.unsigned16(low) if dot else n.integer(text)


def uptime(text: str) -> Optional[int]:
    """Seconds of ``00:00:33``, ``1d02h03m``, ``05w6d07h``, ``01y02w3d``; None for ``never``; ValueError otherwise."""
    if text == "never":
        return None
    clock = _UPTIME_CLOCK.fullmatch(text)
    if clock:
        hours, minutes, seconds = (int(part) for part in clock.groups())
        return hours * 3600 + minutes * 60 + seconds
    if not _UPTIME_UNITS.fullmatch(text):
        raise ValueError("not a duration: " + text[:40])
    return sum(int(count) * _UNIT_SECONDS[unit] for count, unit in re.findall(r"([0-9]+)([ywdhm])", text))


def _parse_text(text: str) -> Parsed[Summary]:
    reader = _TableReader()
    for line in lines(text):
        if line.terminated:
            reader.take(line, line.text.strip())
        else:
            # Any of its columns may be cut short.
            reader.cut = True
    return outcome(text, reader.data, reader.anything, reader.not_read, reader.error, reader.cut or reader.wrapped is not None)


class _TableReader:
    """What was read so far, and where in the output the next line is."""

    def __init__(self) -> None:
        self.data = _empty()
        self.not_read: List[Unread] = []
        self.error: Optional[str] = None
        self.anything = False
        self.cut = False
        self.family: Optional[str] = None
        self.columns: List[str] = []  # of the table that the next line belongs to
        self.wrapped: Optional[Line] = None  # a neighbour too long for its column: the rest of its row is on the next line

    def take(self, line: Line, text: str) -> None:
        if not text:
            self.columns = [] if self.wrapped is None else self.columns
        elif self.columns and _is_wrapped(text):
            self.wrapped = line
        elif self.columns and (self.wrapped is not None or _is_row(text)):
            self._peer(line, text)
        elif text.startswith("Neighbor ") and "State/PfxRcd" in text:
            self.columns = text.split()
            self.anything = True
        elif not self._heading(text):
            if ERROR.match(text):
                self.error = self.error or text[:300]
            else:
                self.not_read.append(unread(line))

    def _peer(self, line: Line, text: str) -> None:
        row = text if self.wrapped is None else self.wrapped.text.strip() + " " + text
        self.wrapped = None
        try:
            self.data["peers"].append(_row(row, self.columns, self.family))
        except ValueError:
            self.not_read.append(unread(line))

    def _heading(self, text: str) -> bool:
        named = _FAMILY.fullmatch(text)
        head = _HEAD.fullmatch(text)
        if named:
            self.anything, self.family, self.data["software"] = True, named.group(1), "frr"
        elif head:
            self.anything = True
            _head(head, self.data)
        elif _NO_NEIGHBOUR.fullmatch(text):
            self.anything = True
        elif _OTHER.fullmatch(text):
            if _FRR_ONLY.fullmatch(text):
                self.data["software"] = "frr"
        else:
            return False
        return True


def _head(head: Any, data: Summary) -> None:
    identifier, number, rest = head.groups()
    data["router_id"] = data["router_id"] or identifier
    if data["local_as"] is None:
        try:
            data["local_as"] = as_number(number)
        except ValueError:
            data["local_as"] = None
    if data["software"] is None:
        data["software"] = "frr" if "vrf-id" in rest else "quagga"


def _is_wrapped(text: str) -> bool:
    """A neighbour alone on its line: an address or an interface's name, nothing else."""
    return " " not in text and (":" in text or "." in text or "(" in text)


def _is_row(text: str) -> bool:
    words = text.split(None, 3)
    return len(words) > 3 and words[1] in ("4", "5") and words[2][0].isdigit()


def _row(text: str, columns: List[str], family: Optional[str]) -> Peer:
    """One peer of the table, by the names of the table's columns; ValueError when the row does not fit them."""
    words = text.split()
    peer: Peer = {
        "address": _address(words[0]),
        "family": family,
        "remote_as": None,
        "state": None,
        "policy_blocked": None,
        "prefixes_received": None,
        "prefixes_sent": None,
        "uptime_s": None,
        "description": None,
    }
    at = 1
    for column in columns[1:]:
        if at >= len(words):
            if column in ("PfxSnt", "Desc"):
                break
            raise ValueError("a column is missing")
        word = words[at]
        at += 1
        if column == "AS":
            peer["remote_as"] = as_number(word)
        elif column == "Up/Down":
            peer["uptime_s"] = uptime(word)
        elif column == "State/PfxRcd":
            if at < len(words) and word == "Idle" and words[at].startswith("("):
                word += " " + words[at]
                at += 1
            _state(peer, word)
        elif column == "PfxSnt":
            peer["prefixes_sent"] = n.maybe_integer(word)
            if word == "(Policy)":
                peer["policy_blocked"] = True
        elif column == "Desc":
            peer["description"] = None if words[at - 1 :] == ["N/A"] else " ".join(words[at - 1 :])
            return peer
        else:
            as_number(word)
    if at < len(words):
        raise ValueError("more words than columns")
    return peer


def _address(word: str) -> str:
    """``rtr1(203.0.113.1)`` with host names shown, ``*203.0.113.1`` for a dynamic neighbour."""
    word = word.lstrip("*")
    return word[word.index("(") + 1 : -1] if word.endswith(")") and "(" in word else word


def _state(peer: Peer, word: str) -> None:
    prefixes = n.maybe_integer(word)
    if prefixes is not None and prefixes >= 0:
        peer["state"], peer["prefixes_received"], peer["policy_blocked"] = "established", prefixes, False
    elif word == "(Policy)":
        peer["state"], peer["policy_blocked"] = "established", True
    elif word in _STATES:
        peer["state"] = _STATES[word]
    elif not word[0].isalpha():
        raise ValueError("not a state")


_FAMILIES = {
    "ipv4Unicast": "IPv4 Unicast",
    "ipv6Unicast": "IPv6 Unicast",
    "ipv4Multicast": "IPv4 Multicast",
    "ipv6Multicast": "IPv6 Multicast",
    "l2VpnEvpn": "L2VPN EVPN",
}


# How often _salvage may look into an object that turns out to be cut: the levels above the peers.
# {"vrf": {"ipv4Unicast": {"warning": …}}}
_DEEPEST = 4


def _parse_json(text: str) -> Parsed[Summary]:
    """FRR's JSON: one object by family, or (older FRR, one family asked for) the family's object itself; maybe by VRF."""
    data = _empty()
    data["software"] = "frr"
    found = _json.read(text)
    empty = nobody = False
    strange = []
    for document in found.documents:
        tables = _tables(document.part)
        for family, table in tables:
            _take(data, family, table)
        if document.whole and _no_neighbour(document.part):
            nobody = True
        elif document.whole and not document.part.members:
            empty = True
        elif not tables:
            strange.append(_json.place(found.text, document.begin))
    not_read = [*strange, *found.unread]
    understood = bool(data["peers"]) or ((nobody or empty or data["router_id"] is not None) and found.whole and not strange)
    return outcome(text, data, understood, not_read)


def _no_neighbour(tree: Any) -> bool:
    """Whether all that FRR says is that no neighbour is configured: {"error": {"message": …}} (5.0), {"ipv4Unicast": {"warning": …}}, …"""
    said = tree
    for _depth in range(_DEEPEST):
        inner = [value for _name, value in _json.items(said)]
        if len(inner) != 1:
            break
        said = inner[0]
    return isinstance(said, str) and _NO_NEIGHBOUR.fullmatch(said) is not None


def _take(data: Summary, family: Optional[str], table: Any) -> None:
    """What one family's object says, complete or not."""
    head = {name: _json.get(table, name) for name in ("routerId", "as")}
    data["router_id"] = data["router_id"] or _text(head, "routerId")
    data["local_as"] = data["local_as"] or _number(head, "as")
    for address, peer in _json.items(_json.get(table, "peers")):
        if isinstance(peer, dict):
            data["peers"].append(_json_peer(address, peer, family))


def _tables(tree: Any, depth: int = 0) -> List[Tuple[Optional[str], Any]]:
    """(family, object with peers) of every family, found at most two levels down (VRF, family)."""
    names = {name for name, _value in _json.items(tree)}
    if names & {"peers", "routerId"}:
        return [(None, tree)]
    found: List[Tuple[Optional[str], Any]] = []
    for name, inner in _json.items(tree) if depth < 2 else ():
        found += [(family or _FAMILIES.get(name, name), table) for family, table in _tables(inner, depth + 1)]
    return found


def _json_peer(address: str, peer: Dict[str, Any], family: Optional[str]) -> Peer:
    state = _STATES.get(_text(peer, "state") or "")
    reason = _text(peer, "peerState")
    if state == "idle" and reason in ("Admin", "PfxCt"):
        state = "idle_admin" if reason == "Admin" else "idle_max_prefixes"
    up = state == "established"
    milliseconds = _number(peer, "peerUptimeMsec")
    return {
        "address": address,
        "family": family,
        "remote_as": _number(peer, "remoteAs"),
        "state": state,
        "policy_blocked": reason == "Policy" if up and reason is not None else None,
        "prefixes_received": _number(peer, "pfxRcd", "prefixReceivedCount") if up else None,
        "prefixes_sent": _number(peer, "pfxSnt"),
        "uptime_s": None if milliseconds is None or peer.get("peerUptime") == "never" else milliseconds // 1000,
        "description": _text(peer, "desc"),
    }


def _text(record: Dict[str, Any], name: str) -> Optional[str]:
    value = record.get(name)
    return value if isinstance(value, str) else None


def _number(record: Dict[str, Any], *names: str) -> Optional[int]:
    for name in names:
        value = record.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
    return None
