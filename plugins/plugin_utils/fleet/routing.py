# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which way a host's routing table sends a packet, and in which networks addresses lie. PRIVATE."""

from __future__ import annotations

import contextlib
import ipaddress
from collections.abc import Iterable

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.fleet.hosts import Facts


class RouteTable:
    """Longest prefix match over the main table of a host; of equal prefixes the lowest metric wins."""

    def __init__(self, routes: Iterable[Facts]) -> None:
        self._by_length: dict[int, dict[int, Facts]] = {}
        for route in routes:
            network = _network(str(route.get("destination") or ""))
            if network is None:
                continue
            at_length = self._by_length.setdefault(network.prefixlen, {})
            key = int(network.network_address)
            held = at_length.get(key)
            if held is None or (route.get("metric") or 0) < (held.get("metric") or 0):
                at_length[key] = route
        self._lengths = sorted(self._by_length, reverse=True)

    def lookup(self, address: str) -> Facts | None:
        value = int(ipaddress.IPv4Address(address))
        for length in self._lengths:
            found = self._by_length[length].get(value >> (32 - length) << (32 - length))
            if found is not None:
                return found
        return None


class Networks:
    """A set of networks, to be asked whether an address lies in one of them: as fast for a thousand as for one."""

    def __init__(self, networks: Iterable[str]) -> None:
        """networks: address/length each; what is none is left out."""
        self._starts: dict[tuple[int, int], set[int]] = {}
        for text in networks:
            with contextlib.suppress(ValueError):
                network = ipaddress.ip_network(text, strict=False)
                self._starts.setdefault((network.version, network.prefixlen), set()).add(int(network.network_address))

    def __contains__(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(
            version == parsed.version and int(parsed) >> (parsed.max_prefixlen - length) << (parsed.max_prefixlen - length) in starts
            for (version, length), starts in self._starts.items()
        )


def _network(destination: str) -> ipaddress.IPv4Network | None:
    try:
        return ipaddress.IPv4Network("0.0.0.0/0" if destination == "default" else destination, strict=False)
    except ValueError:
        return None
