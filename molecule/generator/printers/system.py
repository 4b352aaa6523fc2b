# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""uname, df, modules, clock and time daemons, packet filter."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, timezone

from generator.model import STARTED, Clock, Filesystem, Firewall, Host, Kernel


def system(host: Host) -> tuple[str, str, int]:
    """uname -a, hostname, /proc/uptime and /etc/os-release: text, standard error, exit code of the last cat."""
    complaint = "" if host.redhat_release else "cat: /etc/redhat-release: No such file or directory\n"
    text = (
        f"Linux {host.name} {host.kernel.release} {host.kernel.version} x86_64 x86_64 x86_64 GNU/Linux\n{host.name}\n"
        f"{host.uptime_s}.{host.number % 100:02d} {host.uptime_s * 7}.35\n{host.os_release}{host.redhat_release}"
    )
    return text, complaint, 1 if complaint else 0


def filesystems(mounts: Iterable[Filesystem]) -> str:
    """`df -l -P -k`, then inodes."""
    lines = ["Filesystem     1024-blocks     Used Available Capacity Mounted on"]
    inodes = ["### inodes", "Filesystem       Inodes  IUsed    IFree IUse% Mounted on"]
    for one in mounts:
        used = round(one.size_kb * one.used_ratio)
        share = -(-used * 100 // one.size_kb) if one.size_kb else 0
        lines.append(f"{one.device:<14} {one.size_kb:>11} {used:>8} {one.size_kb - used:>9} {share:>7}% {one.mount}")
        count = one.size_kb // 16
        taken = round(count * one.inodes_used_ratio)
        inodes.append(f"{one.device:<14} {count:>8} {taken:>6} {count - taken:>8} {-(-taken * 100 // count) if count else 0:>4}% {one.mount}")
    return "\n".join([*lines, *inodes]) + "\n"


def kernel_modules(kernel: Kernel) -> tuple[str, str, int]:
    """/proc/modules, modinfo, modules.builtin: text, standard error, exit code of the last grep."""
    lines = []
    helpers = ",".join(kernel.helpers)
    if kernel.ovs_loaded and not kernel.ovs_built_in:
        lines.append("openvswitch 70989 3 - Live 0xffffffffa0326000")
        lines += [f"{name} 37629 1 openvswitch, Live 0xffffffffa0{0x310 + place:03x}000" for place, name in enumerate(kernel.helpers)]
    lines += ["kvm_intel 143060 12 - Live 0xffffffffa0200000", "kvm 451511 1 kvm_intel, Live 0xffffffffa0180000", "mac_hid 13205 0 - Live 0xffffffffa0050000"]
    lines.append("### modinfo")
    stderr = ""
    if kernel.ovs_built_in:
        lines += ["filename:       (builtin)", "name:           openvswitch"]
    elif kernel.ovs_file:
        release = kernel.ovs_release or kernel.release
        lines += [
            f"filename:       /lib/modules/{release}/kernel/net/openvswitch/openvswitch.ko",
            "license:        GPL",
            "description:    Open vSwitch switching datapath",
            "srcversion:     1CEF0313F5A0EC9C1CCF7B0",
            f"depends:        {helpers}",
            "intree:         Y",
            f"vermagic:       {release} SMP mod_unload modversions ",
        ]
    else:
        stderr = "modinfo: ERROR: Module openvswitch not found.\n"
    lines.append("### builtin")
    if kernel.ovs_built_in:
        lines.append("kernel/net/openvswitch/openvswitch.ko")
    return "\n".join(lines) + "\n", stderr, 0 if kernel.ovs_built_in else 1


def local_time(clock: Clock, late_s: float = 0) -> datetime:
    """What the host's clock shows."""
    return datetime.fromtimestamp(STARTED + late_s + round(clock.skew_s), timezone(timedelta(seconds=clock.zone_offset_s)))


def date_line(clock: Clock, pattern: str, late_s: float = 0) -> str:
    """`date '+%s …'`: seconds since the epoch, then the pattern."""
    now = local_time(clock, late_s)
    return f"{int(now.timestamp())} {now.strftime(pattern)}\n"


def clock(clock: Clock) -> str:
    """`date '+%s %z %Z'`."""
    return f"{STARTED + round(clock.skew_s)} {local_time(clock).strftime('%z')} {clock.zone}\n"


def _sources(clock: Clock) -> str:
    """`chronyc -n sources` of chrony 2.1: the selected source and one that is further away, or two that do not answer."""
    head = f"210 Number of sources = 2\nMS Name/IP address         Stratum Poll Reach LastRx Last sample\n{'=' * 79}\n"
    if not clock.synced:
        rows = "".join(f"^? {address:<27}  0  10     0    10y     +0ns[   +0ns] +/-    0ns\n" for address in (clock.source, "198.51.100.123"))
        return head + rows
    if not clock.reachable:
        return f"{head}^? {clock.source:<27}  3   6     0   702   +192us[ +231us] +/- 1204us\n^? {'198.51.100.123':<27}  3  10     0  1208   +12ms[  +12ms] +/-   41ms\n"
    mine = f"{round(clock.offset_s * 1e6):+}us"
    return f"{head}^* {clock.source:<27}  3   6 {clock.reach:>5}    35  {mine:>7}[{mine:>7}] +/- 1204us\n^- {'198.51.100.123':<27}  3  10   377   580   +12ms[  +12ms] +/-   41ms\n"


_NTPQ_HEAD = "     remote           refid      st t when poll reach   delay   offset  jitter\n" + "=" * 78 + "\n"


def time_daemon(clock: Clock) -> tuple[str, str, int]:
    """chronyc, ntpq, timedatectl as far as they are installed: text, standard error, exit code of the last."""
    parts = {"chronyc": "", "chronyc_sources": "", "ntpq": "", "timedatectl": ""}
    stderr = ""
    if clock.daemon == "chrony":
        parts["chronyc"], parts["chronyc_sources"] = _tracking(clock), _sources(clock)
    elif clock.daemon == "ntpd":
        parts["ntpq"] = _peers(clock)
    else:
        now = local_time(clock)
        utc = now.astimezone(timezone.utc)
        parts["timedatectl"] = (
            f"      Local time: {now:%a %Y-%m-%d %H:%M:%S} {clock.zone}\n  Universal time: {utc:%a %Y-%m-%d %H:%M:%S} UTC\n"
            f"        RTC time: {utc:%a %Y-%m-%d %H:%M:%S}\n       Time zone: Asia/Tokyo ({clock.zone}, {now:%z})\n Network time on: yes\n"
            f"NTP synchronized: {'yes' if clock.synced else 'no'}\n RTC in local TZ: no\n"
        )
    text = "".join(f"### {name}\n{said}" for name, said in parts.items())
    return text, stderr, 0 if parts["timedatectl"] else 127


def _tracking(clock: Clock) -> str:
    octets = [int(part) for part in clock.source.split(".")]
    reference = "".join(f"{octet:02X}" for octet in octets) if clock.synced else "00000000"
    side = "fast" if clock.offset_s > 0 else "slow"
    if not clock.synced:
        return (
            "Reference ID    : 00000000 ()\nStratum         : 0\nRef time (UTC)  : Thu Jan 01 00:00:00 1970\n"
            "System time     : 0.000000000 seconds fast of NTP time\nLast offset     : +0.000000000 seconds\nRMS offset      : 0.000000000 seconds\n"
            "Frequency       : 0.000 ppm slow\nResidual freq   : +0.000 ppm\nSkew            : 0.000 ppm\nRoot delay      : 1.000000000 seconds\n"
            "Root dispersion : 1.000000000 seconds\nUpdate interval : 0.0 seconds\nLeap status     : Not synchronised\n"
        )
    return (
        f"Reference ID    : {reference} ({clock.source})\nStratum         : 4\nRef time (UTC)  : Sun Nov 22 03:13:22 2026\n"
        f"System time     : {abs(clock.offset_s):.9f} seconds {side} of NTP time\nLast offset     : {clock.offset_s / 2:+.9f} seconds\n"
        f"RMS offset      : {abs(clock.offset_s) / 2:.9f} seconds\nFrequency       : 4.042 ppm slow\nResidual freq   : +0.001 ppm\nSkew            : 0.065 ppm\n"
        "Root delay      : 0.000513772 seconds\nRoot dispersion : 0.000703011 seconds\nUpdate interval : 64.3 seconds\nLeap status     : Normal\n"
    )


def _peers(clock: Clock) -> str:
    """ntpq prints the source's time minus the host's, in milliseconds."""
    offset = -clock.offset_s * 1000
    if not clock.synced:
        rows = f" {clock.source:<15} .INIT.          16 u    - 1024    {clock.reach}    0.000    0.000   0.000\n"
        return _NTPQ_HEAD + rows + " 198.51.100.123  .INIT.          16 u    - 1024    0    0.000    0.000   0.000\n"
    return (
        _NTPQ_HEAD
        + f"*{clock.source:<15} 198.51.100.7     2 u   35   64  {clock.reach}    0.413 {offset:>8.3f}   0.313\n"
        + "-198.51.100.123  198.51.100.9     3 u   58 1024  377   11.000   12.000   1.000\n"
    )


def firewall(filter_: Firewall) -> str:
    """`iptables-save -c -t filter`, or the word that the table is not there; nobody uses nftables yet."""
    nftables = "### nft\n# nf_tables is not loaded\n"
    if not filter_.loaded:
        return f"# table filter is not loaded\n{nftables}"
    lines = ["# Generated by iptables-save v1.6.0 on Sun Nov 22 03:14:07 2026", "*filter", f":INPUT {filter_.policy} [0:0]", ":FORWARD ACCEPT [0:0]"]
    lines.append(":OUTPUT ACCEPT [105124:8806231]")
    lines += [f":{name} - [0:0]" for name in filter_.extra_chains]
    lines += [f"[{rule.packets}:{rule.packets * 90}] {rule.text}" for rule in filter_.rules]
    return "\n".join([*lines, "COMMIT", "# Completed on Sun Nov 22 03:14:07 2026"]) + f"\n{nftables}"
