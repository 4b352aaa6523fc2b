# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files below /proc and /sys as `grep -H` shows them, the kernel's log, and `getent hosts`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from generator.model import BETWEEN_ROUNDS, STARTED, Host, Link, drawn_between
from generator.printers.security import denial_line
from generator.printers.system import date_line

_HERTZ = 100
_IP = "Forwarding DefaultTTL InReceives InHdrErrors InAddrErrors ForwDatagrams InUnknownProtos InDiscards InDelivers OutRequests OutDiscards OutNoRoutes ReasmTimeout ReasmReqds ReasmOKs ReasmFails FragOKs FragFails FragCreates"  # fmt: skip
_TCP = "SyncookiesSent SyncookiesRecv SyncookiesFailed EmbryonicRsts PruneCalled RcvPruned OfoPruned OutOfWindowIcmps LockDroppedIcmps ArpFilter TW TWRecycled TWKilled PAWSPassive PAWSActive PAWSEstab DelayedACKs DelayedACKLocked DelayedACKLost ListenOverflows ListenDrops TCPPrequeued TCPHPHits TCPPureAcks TCPHPAcks TCPSackRecovery TCPTimeouts TCPLossProbes TCPBacklogDrop IPReversePathFilter TCPTimeWaitOverflow TCPRetransFail TCPRcvCoalesce TCPOFOQueue"  # fmt: skip


def resources(host: Host, links: Iterable[Link], pids: Mapping[str, int]) -> str:
    """/proc/meminfo, tracked connections, forwarding and the reverse path filter; then who has memory swapped out."""
    machine = host.machine
    available = round(machine.memory_kb * machine.available_ratio)
    cached = available * 2 // 3
    swap = machine.memory_kb // 8
    swapped = sum(machine.swapped_kb.values())
    rows = {"MemTotal": machine.memory_kb, "MemFree": available // 4}
    # Kernels before 3.14 do not tell what is available.
    rows |= {} if host.generation == "A" else {"MemAvailable": available}
    rows |= {"Buffers": available // 20, "Cached": cached, "SwapCached": swapped // 9, "Active": machine.memory_kb // 5, "Inactive": cached // 2}
    rows |= {"Unevictable": 0, "Mlocked": 0, "SwapTotal": swap, "SwapFree": swap - swapped, "Dirty": 336, "Writeback": 0}
    rows |= {"AnonPages": machine.memory_kb - available, "Mapped": 211032, "Shmem": 26836, "Slab": 1049188, "PageTables": 33464}
    lines = [f"/proc/meminfo:{name + ':':<15} {value:>8} kB" for name, value in rows.items()]
    lines += [f"/proc/meminfo:{'HugePages_Total:':<15} {0:>7}", "/proc/meminfo:Hugepagesize:       2048 kB"]
    if host.firewall.loaded:
        path = "/proc/sys/net/netfilter/nf_conntrack_"
        lines += [f"{path}count:{machine.tracked}", f"{path}max:{machine.tracked_limit}"]
    lines.append(f"/proc/sys/net/ipv4/ip_forward:{int(host.is_agent)}")
    names = sorted(["all", "default", *(link.name for link in links)])
    lines += [f"/proc/sys/net/ipv4/conf/{name}/rp_filter:{machine.reverse_path_filter}" for name in names]
    lines.append("### swapped")
    lines += [f"/proc/{pids[program]}/status:VmSwap:\t{size:>8} kB" for program, size in machine.swapped_kb.items() if program in pids]
    return "\n".join(lines) + "\n"


def activity(host: Host, links: Iterable[Link], round: int) -> str:
    """/proc/stat, the counters of IP and TCP, changes of carrier."""
    machine = host.machine
    shares = (machine.busy, 0.0, machine.busy / 3, 0.0, machine.iowait, 0.0, machine.softirq, machine.steal)
    shares = (*shares[:3], max(0.0, 1 - sum(shares)), *shares[4:])
    before = (0.1, 0.0, 0.03, 0.86, 0.004, 0.0, 0.006, 0.0)
    late = (round - 1) * BETWEEN_ROUNDS * _HERTZ
    ticks = [int(host.uptime_s * _HERTZ * usual + late * share) for usual, share in zip(before, shares, strict=True)]
    lines = [f"/proc/stat:cpu  {' '.join(str(one * machine.processors) for one in ticks)} 0 0"]
    lines += [f"/proc/stat:cpu{number} {' '.join(map(str, ticks))} 0 0" for number in range(machine.processors)]
    blocked = drawn_between(0, 1, "blocked", host.name, round) + int(machine.iowait * machine.processors)
    lines += [f"/proc/stat:btime {STARTED - host.uptime_s}", f"/proc/stat:procs_running {1 + int(machine.busy * machine.processors)}", f"/proc/stat:procs_blocked {blocked}"]
    received = drawn_between(10_000_000, 90_000_000, "received", host.name) + (round - 1) * 5310
    lines += [f"/proc/net/snmp:Ip: {_IP}", f"/proc/net/snmp:Ip: 1 64 {received} 0 12 0 0 0 {received - 12} {received - 40_000} 17 3 0 0 0 0 0 0 0"]
    words = dict.fromkeys(_TCP.split(), 0)
    words.update(TW=received // 300, DelayedACKs=received // 120, TCPHPHits=received // 3, TCPPureAcks=received // 9, TCPTimeouts=received // 90_000)
    words["IPReversePathFilter"] = (round - 1) * machine.reverse_path_drops
    lines += [f"/proc/net/netstat:TcpExt: {_TCP}", f"/proc/net/netstat:TcpExt: {' '.join(map(str, words.values()))}"]
    lines += [f"/sys/class/net/{link.name}/carrier_changes:{_changes(link)}" for link in sorted(links, key=lambda one: one.name)]
    return "\n".join(lines) + "\n"


def _changes(link: Link) -> int:
    """How often a link got or lost its carrier: one that has none any more lost it once."""
    return 0 if link.kind == "loopback" else link.carrier_changes + (not link.carrier and link.carrier_changes > 0)


def log(host: Host, age_s: int) -> tuple[str, str, int]:
    """What of dmesg means trouble, with the host's clock and uptime before it: text, standard error, exit code.

    age_s: seconds since cables that have no carrier any more were pulled
    """
    head = f"{date_line(host.clock, '%Y-%m-%d %H:%M:%S %z')}{host.uptime_s}.{host.number % 100:02d} {host.uptime_s * 7}.35\n"
    if "dmesg" in host.missing_tools:
        return head, "dmesg: read kernel buffer failed: Operation not permitted\n", 0
    told = [(float(host.uptime_s - ago), text) for ago, text in host.machine.kernel_log]
    for place, link in enumerate(link for link in host.links.values() if link.kind == "ether" and link.carrier_changes and link.driver != "virtio_net"):
        said = f"{link.driver} 0000:04:00.{place % 2} {link.name}: NIC Link is"
        told.append((3.1 + place, f"{said} Up 10 Gbps, Flow Control: RX/TX"))
        told += [] if link.carrier else [(float(host.uptime_s - age_s), f"{said} Down")]
    if host.is_agent and host.kernel.ovs_loaded:
        told.append((9.4, "openvswitch: Open vSwitch switching datapath"))
    if not host.redhat_release:
        # Without auditd the kernel keeps refusals itself; older kernels do not say "audit:".
        word = "" if host.generation == "A" else "audit: "
        told += [(host.uptime_s - one.ago_s + 0.5, f"{word}type=1400 {denial_line(host, one, number)}")
                 for number, one in enumerate(host.security.denials)]  # fmt: skip
    return head + "".join(f"[{seconds:>12.6f}] {text}\n" for seconds, text in sorted(told)[-400:]), "", 0


def names(host: Host) -> str:
    """The host's own name; its servers are configured by their addresses."""
    return f"### {host.name}\n{host.address:<15} {host.name}\n"
