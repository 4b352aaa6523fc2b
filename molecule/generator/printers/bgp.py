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


def namespaces(host: Host, speakers: list[Speaker]) -> str:
    """`ip netns list`, then the processes in those of MidoNet. The kernel numbers a namespace when a veth leads into it."""
    names = [*(one.namespace for one in speakers), *host.namespaces]
    told = [f"{name} (id: {number})\n" if host.generation == "B" else f"{name}\n" for number, name in enumerate(names)]
    return "".join(told) + every(speakers, processes)


def files(host: Host) -> str:
    """The files that the host's own daemons would be started with."""
    quagga = f"### /etc/quagga/daemons\nzebra=no\nbgpd={'yes' if host.host_daemon else 'no'}\nospfd=no\n\n"
    return f"{quagga}### /etc/quagga/debian.conf\nvtysh_enable=yes\n\n### /etc/quagga/bgpd.conf\nhostname bgpd\npassword ***REDACTED***\n\n"


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


_FRR_CAPABILITIES = """  Neighbor capabilities:
    4 Byte AS: advertised and received
    Extended Message: advertised and received
    AddPath:
      IPv4 Unicast: RX advertised and received
    Route refresh: advertised and received(old & new)
    Enhanced Route Refresh: advertised and received
    Address Family IPv4 Unicast: advertised and received
"""
_QUAGGA_CAPABILITIES = """  Neighbor capabilities:
    4 Byte AS: advertised and received
    Route refresh: advertised and received(old & new)
    Address family IPv4 Unicast: advertised and received
"""


def sessions(speaker: Speaker, carried: bool) -> str:
    """`show ip bgp neighbors`: one paragraph a peer."""
    return "".join(_session(speaker, peer, state(speaker, peer, carried)) for peer in speaker.peers)


def _session(speaker: Speaker, peer: Peer, word: str) -> str:
    frr, own = speaker.software == "frr", speaker.address.split("/")[0]
    count = 0 if peer.shutdown else peer.uptime_s // 60
    router = "0.0.0.0" if word else peer.address
    lines = [f"BGP neighbor is {peer.address}, remote AS {peer.remote_as}, local AS {speaker.asn}, external link"]
    lines += [" Administratively shut down"] if peer.shutdown else []
    lines.append(f"  BGP version 4, remote router ID {router}{f', local router ID {own}' if frr else ''}")
    lines.append(f"  BGP state = {word.partition(' ')[0]}" if word else f"  BGP state = Established, up for {_since(peer.uptime_s)}")
    if frr:
        lines += ["  Last read 00:00:01, Last write 00:00:01", "  Hold time is 180 seconds, keepalive interval is 60 seconds", "  Configured hold time is 180 seconds, keepalive interval is 60 seconds"]
    else:
        lines.append("  Last read 00:00:04, hold time is 180, keepalive interval is 60 seconds")
    text = "\n".join(lines) + "\n" + ("" if word else _FRR_CAPABILITIES if frr else _QUAGGA_CAPABILITIES)
    rows = {"Opens": int(not peer.shutdown), "Notifications": int(word == "Idle"), "Updates": 0 if peer.shutdown else 2, "Keepalives": count, "Route Refresh": 0, "Capability": 0}
    rows["Total"] = sum(rows.values())
    text += f"  Message statistics:\n    Inq depth is 0\n    Outq depth is 0\n{'Sent       Rcvd':>40}\n"
    text += "".join(f"    {name + ':':<15} {value:>10} {value:>10}\n" for name, value in rows.items())
    text += f"  Minimum time between advertisement runs is {0 if frr else 30} seconds\n\n For address family: IPv4 Unicast\n"
    text += f"  Community attribute sent to this neighbor({'all' if frr else 'both'})\n  {0 if word else peer.advertises} accepted prefixes\n\n"
    # The peer was there before whatever happened to it.
    there = int(not peer.shutdown)
    text += f"  Connections established {there}; dropped {there if word else 0}\n  Last reset {_reset(frr, peer, word)}\n"
    if word:
        return text + f"  External BGP neighbor may be up to 1 hops away.\nRead thread: off  Write thread: {'on' if frr else 'off'}\n\n"
    text += f"  External BGP neighbor may be up to 1 hops away.\nLocal host: {own}, Local port: 43210\nForeign host: {peer.address}, Foreign port: 179\nNexthop: {own}\n"
    return text + "Nexthop global: ::\nNexthop local: ::\nBGP connection: non shared network\nRead thread: on  Write thread: off\n\n"


def _reset(frr: bool, peer: Peer, word: str) -> str:
    """When a session ended last, and why."""
    if peer.shutdown:
        return "never"
    if not word:
        return f"{_since(peer.uptime_s)},  Waiting for peer OPEN" if frr else "never"
    if frr:
        return f"{_since(peer.down_s)},  {'Notification send (OPEN Message Error/Bad Peer AS)' if word == 'Idle' else 'Notification send (Hold Timer Expired)'}"
    return f"{_since(peer.down_s)}, due to BGP Notification send"


def routes(speaker: Speaker, carried: bool) -> str:
    """`show ip bgp`: what the peers announce, the default route first, and the router's own networks."""
    frr, own = speaker.software == "frr", speaker.address.split("/")[0]
    rows: list[str] = []
    for peer in speaker.peers:
        if not state(speaker, peer, carried):
            learned = ["0.0.0.0/0" if frr else "0.0.0.0", *(f"192.0.2.{32 * number}/27" for number in range(peer.advertises - 1))][: peer.advertises]
            rows += [f"*> {network:<16} {peer.address:<20}     0             0 {peer.remote_as} i" for network in learned]
    # Quagga leaves out what the class of a network tells.
    for own_network in speaker.networks:
        classful = own_network.endswith("/24") and int(own_network.partition(".")[0]) >= 192
        told = own_network.partition("/")[0] if classful and not frr else own_network
        rows.append(f"*> {told:<16} {'0.0.0.0':<20}     0         32768 i")
    if not rows:
        return "No BGP prefixes displayed, 0 exist\n" if frr else "No BGP network exists\n"
    head = f"BGP table version is {len(rows) if frr else 0}, local router ID is {own}{', vrf id 0' if frr else ''}\n"
    legend = "s suppressed, d damped, h history, * valid, > best, = multipath,\n"
    if frr:
        head += f"Default local pref 100, local AS {speaker.asn}\nStatus codes:  {legend}               i internal, r RIB-failure, S Stale, R Removed\n"
        head += "Nexthop codes: @NNN nexthop's vrf id, < announce-nh-self\nOrigin codes:  i - IGP, e - EGP, ? - incomplete\nRPKI validation codes: V valid, I invalid, N Not found\n"
    else:
        head += f"Status codes: {legend}              i internal, r RIB-failure, S Stale, R Removed\nOrigin codes: i - IGP, e - EGP, ? - incomplete\n"
    tail = f"Displayed  {len(rows)} routes and {len(rows)} total paths\n" if frr else f"Total number of prefixes {len(rows)}\n"
    return f"{head}\n   Network          Next Hop            Metric LocPrf Weight Path\n" + "\n".join(rows) + f"\n\n{tail}"


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
