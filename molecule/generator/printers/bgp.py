# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""vtysh of Quagga 0.99 and FRR 8.4, and what `ip` shows inside a namespace."""

from __future__ import annotations

from collections.abc import Callable

from generator.model import Generation, Host, Link, Peer, Speaker
from generator.printers import network

NOT_RUNNING = {"quagga": "Exiting: failed to connect to any daemons.\n", "frr": "bgpd is not running\n"}


def every(speakers: list[Speaker], say: Callable[[Speaker], str]) -> str:
    """One section for each namespace."""
    return "".join(f"### {one.namespace}\n{say(one)}" for one in speakers)


def links(speaker: Speaker) -> list[Link]:
    """Loopback and the inner end of the veth pair."""
    number = sum(speaker.namespace.encode()) % 251
    inner = Link(speaker.link, f"da:1a:23:98:3c:{number:02x}", [speaker.address], admin_up=speaker.link_up, carrier=True, kind="veth")
    return [Link("lo", addresses=["127.0.0.1/8"], mtu=65536, kind="loopback"), inner]


def ip_link(speaker: Speaker, generation: Generation) -> str:
    return network.ip_link(links(speaker), generation, 1)


def ip_addr(speaker: Speaker, generation: Generation) -> str:
    return network.ip_addr(links(speaker), generation)


def processes(speaker: Speaker) -> str:
    """`ip netns pids` with command lines."""
    if not speaker.daemon:
        return ""
    short = speaker.link[: -len("_m")]
    command = f"/usr/lib/quagga/bgpd --vty_port {speaker.vty} --config_file /etc/quagga/bgpd.conf --pid_file /var/run/quagga/bgpd.{speaker.vty}.pid"
    if speaker.software == "frr":
        command = f"/usr/lib/frr/bgpd -d -N {short} -f /etc/frr/{short}/bgpd.conf"
    return f"{3100 + speaker.vty % 100} {command} --socket /var/run/quagga/zserv{short}.api \n"


def neighbours(speaker: Speaker, carried: bool) -> str:
    """The inner neighbour table: a peer that does not answer has failed; a link that is down has no entries."""
    if not speaker.link_up:
        return ""
    rows = {}
    for peer in speaker.peers:
        if peer.shutdown:
            continue
        rows[peer.address] = (speaker.link, peer.mac, "REACHABLE" if peer.answers and carried else "FAILED")
    return network.ip_neigh(rows)


def state(speaker: Speaker, peer: Peer, carried: bool) -> str:
    """The word of the last column; empty for an established session."""
    if peer.shutdown:
        return "Idle (Admin)"
    if not (speaker.link_up and peer.answers and carried):
        return "Active"
    # A router that expects another AS number answers the OPEN message with a notification, over and over.
    return "" if peer.remote_as == peer.actual_as else "Idle"


def summary(speaker: Speaker, carried: bool) -> str:
    """`show ip bgp summary`."""
    router_id = speaker.address.split("/")[0]
    rows = []
    frr = speaker.software == "frr"
    for peer in speaker.peers:
        word = state(speaker, peer, carried)
        count = 0 if word else peer.uptime_s // 60 + 3
        since = "never" if word else _since(peer.uptime_s)
        last = word or str(peer.advertises)
        if frr:
            sent = "0" if word else str(peer.advertises + len(speaker.networks))
            rows.append(f"{peer.address:<15} 4 {peer.remote_as:>10} {count:>9} {count:>9} {0:>8} {0:>4} {0:>4} {since:>8} {last:>12} {sent:>8} N/A")
        else:
            rows.append(f"{peer.address:<15} 4 {peer.remote_as} {count:>7} {count:>7} {0:>8} {0:>4} {0:>4} {since:<8} {last:>8}")
    if frr:
        head = (
            f"\nIPv4 Unicast Summary (VRF default):\nBGP router identifier {router_id}, local AS number {speaker.asn} vrf-id 0\nBGP table version 3\n"
            f"RIB entries 4, using 768 bytes of memory\nPeers {len(rows)}, using 724 KiB of memory\n\n"
            "Neighbor        V         AS   MsgRcvd   MsgSent   TblVer  InQ OutQ  Up/Down State/PfxRcd   PfxSnt Desc\n"
        )
    else:
        head = (
            f"BGP router identifier {router_id}, local AS number {speaker.asn}\nRIB entries 3, using 336 bytes of memory\n"
            f"Peers {len(rows)}, using 9136 bytes of memory\n\nNeighbor        V    AS MsgRcvd MsgSent   TblVer  InQ OutQ Up/Down  State/PfxRcd\n"
        )
    return head + "\n".join(rows) + f"\n\nTotal number of neighbors {len(rows)}\n"


def _since(seconds: int) -> str:
    if seconds < 86400:
        return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{seconds // 86400}d{seconds // 3600 % 24:02d}h{seconds // 60 % 60:02d}m"


def config(speaker: Speaker, host: Host) -> str:
    """`show running-config`."""
    router_id = speaker.address.split("/")[0]
    frr = speaker.software == "frr"
    lines = ["Building configuration...", "", "Current configuration:", "!"]
    if frr:
        lines += ["frr version 8.4.4", "frr defaults traditional", f"hostname {host.name}", "no ip forwarding", "no ipv6 forwarding"]
        lines += [f"hostname {speaker.namespace}", f"log file /var/log/midolman/quagga.{speaker.namespace}.log", "!"]
    else:
        lines += ["hostname bgpd", "password ***REDACTED(default)***", f"log file /var/log/midolman/quagga.{speaker.vty}/bgpd.log", "!"]
    lines += [f"router bgp {speaker.asn}", f" bgp router-id {router_id}"]
    if not frr:
        lines += [f" network {one}" for one in speaker.networks]
    lines.append(" timers bgp 60 180")
    for peer in speaker.peers:
        lines.append(f" neighbor {peer.address} remote-as {peer.remote_as}")
        if peer.shutdown:
            lines.append(f" neighbor {peer.address} shutdown")
        lines.append(f" neighbor {peer.address} timers connect 120")
    if frr:
        lines += [" !", " address-family ipv4 unicast", *(f"  network {one}" for one in speaker.networks), " exit-address-family", "exit"]
    return "\n".join([*lines, "!", "line vty", "!", "end"]) + "\n"
