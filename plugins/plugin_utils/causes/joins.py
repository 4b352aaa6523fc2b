# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Joins: which findings of the cause's check and of the effect's check belong together.

Every join is turned into keys. A cause publishes under some keys, an effect looks under some keys, and they belong together
when they have one in common. So the work grows with the number of findings, and not with the number of their pairs.

An attribute that only one of the two may carry (a link, an object's id) is made of two more keys: one under which those that
carry it are found by those that do not, and one for the reverse. PRIVATE to the collection.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from itertools import product

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.causes.corroborate import Match, elements
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.causes.fleet import Fleet
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.model import Finding

Key = tuple[Hashable, ...]
Keys = Callable[[Finding, Fleet], "list[Key]"]


def links_of(finding: Finding) -> tuple[str, ...]:
    """The links that a finding is about or is tied to; none when it names none.

    A way to a peer is tied to two: the link by which it leaves, and the one by which it should (tunnel_link).
    """
    if finding.subject.kind == "link":
        return (finding.subject.name,) if finding.subject.name else ()
    named = (finding.values.get("link"), finding.values.get("tunnel_link"))
    return tuple(dict.fromkeys(link for link in named if isinstance(link, str) and link))


def ports_of(finding: Finding) -> set[Hashable]:
    """Ids of the virtual port that a finding is about: the port's own, and the namespace in which its BGP runs."""
    subject, values = finding.subject, finding.values
    ids: set[Hashable] = set()
    if subject.key and subject.kind == "port":
        ids.add(("port", subject.key))
    if isinstance(values.get("port_id"), str) and values["port_id"]:
        ids.add(("port", values["port_id"]))
    namespace = subject.name if subject.kind == "namespace" else values.get("namespace")
    if isinstance(namespace, str) and namespace:
        # Namespaces are numbered on every gateway alike, so the name alone says nothing.
        ids.add(("namespace", subject.host, namespace))
    return ids


def peers_of(finding: Finding) -> set[Hashable]:
    """The BGP peer of a gateway; a finding about all peers of the gateway has none."""
    name = finding.subject.key or finding.subject.name
    return {(finding.subject.host, name)} if name and finding.subject.kind == "peer" else set()


def zones_of(finding: Finding) -> set[Hashable]:
    """The tunnel zone that a finding is about."""
    zone = finding.values.get("zone") if finding.subject.kind != "zone" else finding.subject.key
    return {zone} if isinstance(zone, str) and zone else set()


def _same_cause(finding: Finding, fleet: Fleet) -> list[Key]:
    return [key for host in fleet.hosts_of(finding) for key in _publish(host, links_of(finding))]


def _same_effect(finding: Finding, fleet: Fleet) -> list[Key]:
    return [key for host in fleet.hosts_of(finding) for key in _look(host, links_of(finding))]


def _pair_cause(finding: Finding, fleet: Fleet) -> list[Key]:
    hosts, peer = fleet.hosts_of(finding), finding.subject.peer
    if peer and hosts == (finding.subject.host,):
        return [("between", *sorted((peer, *hosts))), ("end", peer), ("end", *hosts)]
    return [("touches", host) for host in hosts]


def _pair_effect(finding: Finding, fleet: Fleet) -> list[Key]:
    hosts, peer = fleet.hosts_of(finding), finding.subject.peer
    if peer and hosts == (finding.subject.host,):
        return [("between", *sorted((peer, *hosts))), ("touches", peer), ("touches", *hosts)]
    return [key for host in hosts for key in (("touches", host), ("end", host))]


def _server_cause(finding: Finding, fleet: Fleet) -> list[Key]:
    return [(host,) for host in fleet.hosts_of(finding)]


def _server_effect(finding: Finding, fleet: Fleet) -> list[Key]:
    return [(finding.subject.peer,)] if finding.subject.peer else [(host,) for host in fleet.hosts_of(finding)]


def _all(_finding: Finding, _fleet: Fleet) -> list[Key]:
    return [()]


def _by_object(ids: Callable[[Finding], set[Hashable]]) -> tuple[Keys, Keys]:
    """Keys of a join over an object's ids; a finding without one belongs to its host's objects."""

    def cause(finding: Finding, fleet: Fleet) -> list[Key]:
        own = ids(finding)
        hosts = fleet.hosts_of(finding)
        keys: list[Key] = [("id", one) for one in own]
        keys.extend(("to those without", host) for host in hosts)
        return keys if own else keys + [("from those without", host) for host in hosts]

    def effect(finding: Finding, fleet: Fleet) -> list[Key]:
        own = ids(finding)
        hosts = fleet.hosts_of(finding)
        if not own:
            return [("to those without", host) for host in hosts]
        return [*(("id", one) for one in own), *(("from those without", host) for host in hosts)]

    return cause, effect


def _publish(host: str, attributes: Iterable[Hashable]) -> list[Key]:
    """Keys of a cause on a host with attributes that the effect may lack."""
    own: list[Key] = [(host, "one", attribute) for attribute in attributes]
    return [*(own or [(host, "all")]), (host, "any")]


def _look(host: str, attributes: Iterable[Hashable]) -> list[Key]:
    own: list[Key] = [(host, "one", attribute) for attribute in attributes]
    return [*own, (host, "all")] if own else [(host, "any")]


JOINS: dict[str, tuple[Keys, Keys]] = {
    "same": (_same_cause, _same_effect),
    "pair": (_pair_cause, _pair_effect),
    "server": (_server_cause, _server_effect),
    "all": (_all, _all),
    "port": _by_object(ports_of),
    "peer": _by_object(peers_of),
    "zone": _by_object(zones_of),
}


def cause_keys(finding: Finding, join: str, matches: Iterable[Match], fleet: Fleet) -> list[Key]:
    """The keys under which a cause is found."""
    keys = JOINS[join][0](finding, fleet)
    return _times(keys, [_match_cause(elements(finding, match.name, fleet), match) for match in matches])


def effect_keys(finding: Finding, join: str, matches: Iterable[Match], fleet: Fleet) -> list[Key]:
    """The keys under which an effect looks for its causes."""
    keys = JOINS[join][1](finding, fleet)
    return _times(keys, [_match_effect(elements(finding, match.name, fleet), match) for match in matches])


def _match_cause(values: tuple[Hashable, ...], match: Match) -> list[Key]:
    if not match.or_missing:
        return [("one", value) for value in values]
    return [key for value in values or (None,) for key in (("all" if value is None else "one", value), ("any",))]


def _match_effect(values: tuple[Hashable, ...], match: Match) -> list[Key]:
    if not match.or_missing:
        return [("one", value) for value in values]
    return [("any",)] if not values else [*(("one", value) for value in values), ("all", None)]


def _times(keys: list[Key], factors: list[list[Key]]) -> list[Key]:
    """Every key with every combination of the values that must match."""
    return [sum(combination, key) for key in keys for combination in product(*factors)] if factors else keys
