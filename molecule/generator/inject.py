# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Faults are data: faults/<id>.yml says what of the model a fault changes and what a diagnosis is expected to say.

    id, title   as in the catalogue of faults
    hosts       the hosts it falls on, by letter: a group, "agent" (compute or gateway), or "compute near A" (in A's rack)
    changes     each {host: LETTER, set: PATH, to: VALUE} or {host: LETTER, append: PATH, value: VALUE}, or one of the words of FLEET_WORDS.
                A path leads through attributes, keys and numbers; "links.underlay" and "links.uplink" are the host's own.
                A text that begins with "$" is looked up: "$B.address"
    parts       of a compound: [{fault: ID, with: {letter there: letter here}}]; letters left out are chosen anew
    roots       "check@LETTER": the findings that must be named as causes, and no others. "check@*": on any hosts,
                "check@LETTER.rack": on every host of that rack
    warns       the same for findings that only warn
    never       checks that must not be named
    cards       how many causes are to be named at fail
    waits       {root: reason}: roots that cannot be named yet. A fault without changes and parts waits as a whole
    meanwhile   findings that are named as long as its roots wait, because what would explain them is not judged yet
    like        the root of the catalogue, where another check stands for it
    generation  A or B, when it exists in one only
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from generator.layout import centos, identity, mac, ubuntu
from generator.model import Denial, Fleet, Host, Link, Route, Rule, StaleHost, Zone

_DIRECTORY = Path(__file__).resolve().parent / "faults"
_MAKES: dict[str, Any] = {"routes": Route, "denials": Denial}


@dataclass(frozen=True)
class Fault:
    id: str
    title: str
    hosts: Mapping[str, str] = field(default_factory=dict)
    changes: tuple[Mapping[str, Any], ...] = ()
    parts: tuple[Mapping[str, Any], ...] = ()
    roots: tuple[str, ...] = ()
    warns: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    cards: int | None = None
    waits: Mapping[str, str] = field(default_factory=dict)
    meanwhile: tuple[str, ...] = ()
    like: str = ""
    generation: str = ""

    @property
    def injectable(self) -> bool:
        """Whether the model has words for it."""
        return bool(self.changes or self.parts)


@dataclass
class Expected:
    """What a diagnosis is to say: "check@host", "check@*"; what it may say; checks that must not be named; the hosts behind the letters."""

    roots: set[str] = field(default_factory=set)
    warns: set[str] = field(default_factory=set)
    meanwhile: set[str] = field(default_factory=set)
    never: set[str] = field(default_factory=set)
    cards: int | None = None
    hosts: dict[str, str] = field(default_factory=dict)


class TooSmall(ValueError):
    """The fleet has no host that a fault could fall on."""


@cache
def load(name: str) -> Fault:
    path = _DIRECTORY / f"{name}.yml"
    if not path.is_file():
        raise ValueError(f"no such fault: {name}")
    raw = yaml.safe_load(path.read_text("utf-8"))
    unknown = set(raw) - {one.name for one in fields(Fault)}
    if unknown:
        raise ValueError(f"{path.name}: not understood: {', '.join(sorted(unknown))}")
    told: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in raw.items()}
    return Fault(**told)


def every() -> list[Fault]:
    """All faults, by id."""
    return [load(path.stem) for path in sorted(_DIRECTORY.glob("*.yml"))]


def inject(fleet: Fleet, faults: list[Fault]) -> Expected:
    """Change the model; each fault falls on hosts that no fault before it has."""
    expected = Expected()
    taken: set[str] = set()
    for number, fault in enumerate(faults):
        chance = random.Random(f"fault {fleet.seed} {fleet.generation} {fault.id} {number}")
        _inject(fleet, fault, {}, taken, chance, expected, True)
    return expected


def _inject(
    fleet: Fleet, fault: Fault, given: dict[str, Host], taken: set[str], chance: random.Random, expected: Expected, speaks: bool
) -> None:
    letters = dict(given)
    for letter, wanted in fault.hosts.items():
        if letter not in letters:
            letters[letter] = _choose(fleet, wanted, letters, taken, chance)
            taken.add(letters[letter].name)
    # A compound that names its roots speaks for its parts.
    own = bool(fault.roots or fault.warns)
    for part in fault.parts:
        inner = {there: letters[here] for there, here in part.get("with", {}).items()}
        _inject(fleet, load(part["fault"]), inner, taken, chance, expected, speaks and not own)
    for change in fault.changes:
        _change(fleet, change, letters, chance)
    if speaks:
        expected.roots.update(name for root in fault.roots for name in _named(fleet, root, letters))
        expected.warns.update(name for root in fault.warns for name in _named(fleet, root, letters))
        expected.meanwhile.update(name for root in fault.meanwhile for name in _named(fleet, root, letters))
        expected.never.update(fault.never)
        expected.cards = fault.cards
    expected.hosts.update({letter: host.name for letter, host in letters.items()})


def _named(fleet: Fleet, root: str, letters: Mapping[str, Host]) -> list[str]:
    check, at, letter = root.partition("@")
    if letter.endswith(".rack"):
        rack = letters[letter.removesuffix(".rack")].rack
        return [f"{check}{at}{host.name}" for host in fleet.hosts.values() if host.rack == rack]
    return [f"{check}{at}{letters[letter].name if letter in letters else letter}"]


def _choose(fleet: Fleet, wanted: str, letters: Mapping[str, Host], taken: set[str], chance: random.Random) -> Host:
    group, _unused, near = wanted.partition(" near ")
    hosts = fleet.agents if group == "agent" else fleet.of(group)
    free = [host for host in hosts if host.name not in taken and (not near or host.rack == letters[near].rack)]
    if group == "zookeeper":
        free = [host for host in free if host.zookeeper and not any(one[0] == host.zookeeper.my_id and one[2] for one in host.zookeeper.servers)]
    if not free:
        raise TooSmall(f"no host is left for {wanted}")
    return chance.choice(free)


def _change(fleet: Fleet, change: Mapping[str, Any], letters: Mapping[str, Host], chance: random.Random) -> None:
    word = next((word for word in FLEET_WORDS if word in change), None)
    if word is not None:
        FLEET_WORDS[word](fleet, letters[change["host"]], _value(change[word], letters), chance)
        return
    host = letters[change["host"]]
    verb = next(verb for verb in ("set", "append") if verb in change)
    path = str(change[verb]).split(".")
    owner: Any = host
    for step in path[:-1]:
        owner = _step(owner, _alias(host, owner, step))
    last = _alias(host, owner, path[-1])
    if verb == "append":
        value = _value(change["value"], letters)
        _step(owner, last).append(_MAKES[last](**value) if isinstance(value, dict) else value)
        return
    value = _value(change["to"], letters)
    if isinstance(owner, dict):
        owner[last] = value
    elif isinstance(owner, list):
        owner[int(last)] = value
    else:
        if is_dataclass(owner) and last not in {one.name for one in fields(owner)}:
            raise ValueError(f"{type(owner).__name__} has no {last}")
        setattr(owner, last, value)


def _alias(host: Host, owner: Any, step: str) -> str:
    if owner is host.links:
        return {"underlay": host.underlay, "uplink": host.uplink}.get(step, step)
    return step


def _step(owner: Any, step: str) -> Any:
    if isinstance(owner, dict):
        return owner[step]
    return owner[int(step)] if isinstance(owner, list) else getattr(owner, step)


def _value(value: Any, letters: Mapping[str, Host]) -> Any:
    """Look up what begins with "$", also within lists, objects and "{$B.address}" in the middle of a text."""
    if isinstance(value, dict):
        return {key: _value(one, letters) for key, one in value.items()}
    if isinstance(value, list):
        return [_value(one, letters) for one in value]
    if isinstance(value, str) and value.startswith("$"):
        name, _unused, rest = value[1:].partition(".")
        path, slash, suffix = rest.partition("/")
        found: Any = letters[name]
        for step in path.split("."):
            found = _step(found, step)
        return f"{found}{slash}{suffix}" if slash else found
    if isinstance(value, str):
        return re.sub(r"\{(\$[^{}]+)\}", lambda match: str(_value(match[1], letters)), value)
    return value


# ---- words for what belongs to no host alone


def _leave_zones(fleet: Fleet, host: Host, _value: Any, _chance: random.Random) -> None:
    for zone in fleet.zones:
        zone.members = [member for member in zone.members if not host.agent or member[0] != host.agent.host_id]


def _zone_address(fleet: Fleet, host: Host, address: Any, _chance: random.Random) -> None:
    for zone in fleet.zones:
        zone.members = [(one, address if host.agent and one == host.agent.host_id else had) for one, had in zone.members]


def _other_zone(fleet: Fleet, host: Host, name: Any, chance: random.Random) -> None:
    _leave_zones(fleet, host, None, chance)
    if host.agent:
        fleet.zones.append(Zone(identity(chance), name, fleet.zones[0].type, [(host.agent.host_id, host.address)]))


def _rack_mtu(fleet: Fleet, host: Host, size: Any, _chance: random.Random) -> None:
    fleet.racks[host.rack].path_mtu = size


def _rack_switch(fleet: Fleet, host: Host, works: Any, _chance: random.Random) -> None:
    for other in fleet.hosts.values():
        if other.rack == host.rack:
            other.links[other.underlay].carrier = works


def _tunnels(fleet: Fleet, _host: Host, kind: Any, _chance: random.Random) -> None:
    for zone in fleet.zones:
        zone.type = kind if zone.type != "vtep" else zone.type
    for host in fleet.agents:
        host.tunnel_type = kind
        for rule in host.firewall.rules:
            if "6677" in rule.text or "-p gre" in rule.text:
                rule.text = "-A INPUT -p udp -m udp --dport 6677 -j ACCEPT" if kind == "vxlan" else "-A INPUT -p gre -j ACCEPT"


def _packet_filter(_fleet: Fleet, host: Host, rule: Any, _chance: random.Random) -> None:
    """A rule in front of all others; the table is loaded with it."""
    host.firewall.loaded = True
    host.firewall.rules = [Rule(**rule), *host.firewall.rules]


def _clone(fleet: Fleet, host: Host, identity_: Any, _chance: random.Random) -> None:
    """A host comes up with another's identity. NSDB keeps what it has of the host under its own, which nobody uses any more."""
    if host.agent:
        fleet.stale.append(StaleHost(host.agent.host_id, host.name, [host.management, host.address]))
        host.agent.host_id, host.agent.listed_id = identity_, host.agent.host_id


def _add_link(_fleet: Fleet, host: Host, name: Any, _chance: random.Random) -> None:
    """An interface that nothing uses and that has no cable."""
    host.links[name] = Link(name, mac(3, host.number), carrier=False, carrier_changes=0)


def _selinux(_fleet: Fleet, host: Host, denial: Any, _chance: random.Random) -> None:
    """A host on which SELinux is at work and refuses something."""
    centos(host)
    host.security.denials.append(Denial(system="selinux", enforced=True, **denial))


def _apparmor(fleet: Fleet, host: Host, denial: Any, _chance: random.Random) -> None:
    """A host on which AppArmor is at work and refuses something."""
    if not host.security.apparmor:
        ubuntu(host, fleet.generation)
    host.security.denials.append(Denial(system="apparmor", enforced=True, **denial))


def _group_admits(fleet: Fleet, _host: Host, protocols: Any, _chance: random.Random) -> None:
    fleet.group_admits = tuple(protocols)


def _dhcp_mtu(fleet: Fleet, _host: Host, size: Any, _chance: random.Random) -> None:
    """What machines are told, whatever their tunnels have room for; the underlay takes no more than usual."""
    fleet.dhcp_mtu = size
    for host in fleet.hosts.values():
        host.links[host.underlay].mtu = min(host.links[host.underlay].mtu, 1500)


def _network_elsewhere(fleet: Fleet, _host: Host, name: Any, chance: random.Random) -> None:
    fleet.networks_elsewhere.append((identity(chance), name))


def _bind_again(fleet: Fleet, host: Host, machine: Any, _chance: random.Random) -> None:
    """The port of a machine that is elsewhere is bound to this host, too."""
    if host.agent:
        fleet.more_bindings.append((host.agent.host_id, machine.tap, machine.port))


FLEET_WORDS: dict[str, Any] = {
    "bind_again": _bind_again,
    "leave_zones": _leave_zones,
    "zone_address": _zone_address,
    "other_zone": _other_zone,
    "rack_mtu": _rack_mtu,
    "rack_switch": _rack_switch,
    "tunnels": _tunnels,
    "packet_filter": _packet_filter,
    "clone": _clone,
    "add_link": _add_link,
    "selinux": _selinux,
    "apparmor": _apparmor,
    "group_admits": _group_admits,
    "dhcp_mtu": _dhcp_mtu,
    "network_elsewhere": _network_elsewhere,
}
