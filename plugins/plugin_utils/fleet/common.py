# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Addresses that several hosts hold, clocks and time zones that disagree, what access control refuses and kernels complain of, and disks
in use. PRIVATE."""

from __future__ import annotations

import ipaddress
import statistics
from typing import Any

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.fleet.hosts import (
    Entry,
    Facts,
    Fleet,
    Host,
    Lists,
    about,
    is_everywhere,
    most_common,
)

# Uptime and clock are read one after the other, with what a busy host does between.
_SAME_BOOT_S = 30
# RFC 5798: the routers of a group have one hardware address.
_VIRTUAL_ROUTER = "00:00:5e:00:01:"


def build(fleet: Fleet) -> Lists:
    return {
        "access_control": (_access_control(fleet), about("known", "", ("underlay.security", "underlay.kernel_log"))),
        "kernel_troubles": (_kernel_troubles(fleet), about("known", "", ("underlay.kernel_log",))),
        "addresses": (_addresses(fleet), about("known", "", ("underlay.ip_addr",))),
        "clocks": (_clocks(fleet), about("known", "", ("underlay.clock",))),
        "used_filesystems": (_filesystems(fleet), about("known", "", ("underlay.filesystems",))),
    }


# Whose process it is, by its name (which the kernel cuts to 15 characters): java belongs to whatever Java program the host is for.
_PROGRAMS = {
    "bgp": ("bgpd", "zebra", "vtysh", "watchquagga", "watchfrr", "staticd", "bgpd_io", "bgpd_ka"),
    "vm": ("qemu-kvm", "qemu-system-x86", "qemu-system-x8", "libvirtd", "virtqemud"),
    "agent": ("wdog", "midolman"),
}
_JAVA_OF_GROUP = {"compute": "agent", "gateway": "agent", "zookeeper": "zookeeper", "cassandra": "cassandra", "api": "api"}
_MACHINES = ("libvirt-", "svirt", "virt_")
_RECENT_S = 3600  # of refusals


def _access_control(fleet: Fleet) -> list[Entry]:
    """Two entries for each host, SELinux and AppArmor: what they lately refused to the programs that a cloud needs."""
    return [_refusals(host, system) for host in fleet.hosts for system in ("selinux", "apparmor")]


def _refusals(host: Host, system: str) -> Entry:
    security = host.section("security")
    told: Facts | None = security.get(system)
    strict = told and (told.get("mode") == "enforcing" if system == "selinux" else told.get("enabled") is True)
    # Without logs there is no telling, unless nothing is ever refused.
    complete = (host.about.get("security") or {}).get("state") == "known" or (told is not None and strict is False)
    ours = [(one, programs) for one in security.get("denials") or () if one.get("system") == system and (programs := _programs(one, host))]
    recent = [(one, programs) for one, programs in ours if one.get("age_s") is not None and one["age_s"] <= _RECENT_S]
    enforced = [(one, programs) for one, programs in recent if one.get("enforced") or (one.get("enforced") is None and strict)]
    noted = [one for one, _unused in recent if one.get("enforced") is False]
    return {
        "host": host.name,
        "system": system,
        "mode": (told or {}).get("mode") if system == "selinux" else None if told is None else "enabled" if strict else "disabled",
        "refused": [_in_words(one) for one, _unused in enforced] if enforced or (told is not None and complete) else None,
        "noted": [_in_words(one) for one in noted] if noted or (told is not None and complete) else None,
        "programs": sorted({program for _unused, programs in enforced for program in programs}),
        "log_read": bool(enforced) or (told is not None and complete),
        "reason": None if told is not None and complete else host.why("security"),
    }


def _named_programs(command: str, host: Host) -> list[str]:
    """Which of the cloud's programs a process may be, by its name."""
    found = [program for program, names in _PROGRAMS.items() if command in names]
    if command == "java":
        found += [_JAVA_OF_GROUP[group] for group in host.groups if group in _JAVA_OF_GROUP]
    return found


# Signatures of the kernel's log that mean that something is wrong now, and what they mean.
_TROUBLES = {
    "netdev_watchdog": "the card of {} stopped sending",
    "hung_task": "{} hung",
    "soft_lockup": "a processor was stuck",
    "kernel_oops": "the kernel crashed in part",
    "conntrack_full": "the table of connections is full",
    "neighbour_table_full": "the neighbour table is full",
    "read_only_file_system": "a file system became read-only",
    "disk_error": "errors of disk {}",
}


def _kernel_troubles(fleet: Fleet) -> list[Entry]:
    """One entry a host: who was killed for lack of memory within the last hour, and other trouble of the kernel."""
    return [_troubles_of(host) for host in fleet.hosts]


def _troubles_of(host: Host) -> Entry:
    log = host.get("kernel_log")
    if log is None:
        return {"host": host.name, "killed": None, "programs": None, "troubles": None, "log_read": False, "reason": host.why("kernel_log")}
    recent = [event for event in log.get("events") or () if event.get("age_s") is not None and event["age_s"] <= _RECENT_S]
    killed = [event for event in recent if event.get("signature") == "oom_kill" and event.get("subject")]
    others = [event for event in recent if event.get("signature") in _TROUBLES]
    return {
        "host": host.name,
        "killed": [f"{event['subject']} {_ago(event)}" for event in killed],
        "programs": sorted({program for event in killed for program in _named_programs(str(event["subject"]), host)}),
        "troubles": [f"{_TROUBLES[event['signature']].format(event.get('subject') or 'one')} {_ago(event)}" for event in others],
        "log_read": True,
        "reason": None,
    }


def _ago(event: Facts) -> str:
    return f"{max(0.0, event['age_s']) / 60:.0f} min ago"


def _programs(denial: Facts, host: Host) -> list[str]:
    """Which of the cloud's programs something was refused to; empty when it was none of them."""
    command, subject = str(denial.get("command") or ""), str(denial.get("subject") or "")
    found = _named_programs(command, host)
    if command == "ip" and host.is_in("gateway"):
        found.append("bgp")
    if host.is_in("compute") and any(part.startswith(_MACHINES) for part in subject.split(":")):
        found.append("vm")
    return sorted(set(found))


def _in_words(denial: Facts) -> str:
    return " ".join(str(part) for part in (denial.get("command"), denial.get("action"), denial.get("object")) if part)


def _addresses(fleet: Fleet) -> list[Entry]:
    """One entry for every address of a host that should be its own; one without address for a host that told none."""
    holders: dict[str, list[str]] = {}
    mine: list[tuple[str, str, str]] = []
    entries: list[Entry] = []
    for host in fleet.hosts:
        if host.get("addresses") is None or not host.tells_all("addresses"):
            entries.append(
                {
                    "host": host.name,
                    "peer": "",
                    "key": "",
                    "link": None,
                    "address": None,
                    "holders": None,
                    "others": None,
                    "reason": host.why("addresses"),
                }
            )
        seen = set()
        for row in host.rows("addresses"):
            address, link = str(row.get("address") or ""), str(row.get("link") or "")
            if address and address not in seen and not is_everywhere(address, link):
                seen.add(address)
                holders.setdefault(address, []).append(host.name)
                mine.append((host.name, link, address))
    machines = _machines(fleet)
    for name, link, address in mine:
        others = [other for other in holders[address] if other != name and machines[other] != machines[name]]
        entries.append(_held(name, link, address, others))
    return entries + _cards(fleet, machines, {(name, address) for name, _link, address in mine})


def _held(name: str, link: str, address: str, others: list[str]) -> Entry:
    return {
        "host": name,
        "peer": others[0] if others else "",
        "key": address,
        "link": link,
        "address": address,
        "holders": len(others) + 1,
        "others": others,
        "reason": None,
    }


def _cards(fleet: Fleet, machines: dict[str, str], held: set[tuple[str, str]]) -> list[Entry]:
    """Hardware addresses that several hosts have in one network. Who has another's IP address there, too, is told by that."""
    by_card: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
    for host in fleet.hosts:
        for row in host.rows("addresses"):
            address, link = str(row.get("address") or ""), str(row.get("link") or "")
            mac = str(((host.links or {}).get(link) or {}).get("mac") or "")
            network = _shared_network(address, row.get("prefix_length"))
            if mac and network and not mac.startswith(_VIRTUAL_ROUTER) and not is_everywhere(address, link):
                by_card.setdefault((network, mac), []).append((host.name, link, address))
    entries = []
    for (_network, mac), found in sorted(by_card.items()):
        told = set()
        for name, link, address in found:
            others = [
                other
                for other, _link, theirs in found
                if machines[other] != machines[name] and not {(other, address), (name, theirs)} & held
            ]
            if others and name not in told:
                told.add(name)
                entries.append(_held(name, link, mac, list(dict.fromkeys(others))))
    return entries


def _shared_network(address: str, prefix_length: Any) -> str:
    """The network that others may be in, too; empty for an address of its own and for IPv6, whose networks have as many as one likes."""
    try:
        network = ipaddress.IPv4Network(f"{address}/{prefix_length}", strict=False)
    except ValueError:
        return ""
    return str(network) if network.prefixlen < network.max_prefixlen else ""


def _machines(fleet: Fleet) -> dict[str, str]:
    """By host the first one that is the same machine: an inventory may name one twice, and its addresses are no conflict.

    The same machine has the same name, the same network cards and came up at the same time; a clone came up at another.
    """
    first: dict[tuple[str, frozenset[str]], list[tuple[float, str]]] = {}
    found: dict[str, str] = {}
    for host in fleet.hosts:
        found[host.name] = host.name
        hostname, uptime, now = host.info.get("hostname"), host.info.get("uptime_s"), host.section("clock").get("epoch_s")
        cards = frozenset(str(link["mac"]) for link in (host.links or {}).values() if link.get("mac") and link.get("name") != "lo")
        if not hostname or uptime is None or now is None or not cards:
            continue
        known = first.setdefault((str(hostname), cards), [])
        booted = now - uptime
        found[host.name] = next((name for then, name in known if abs(then - booted) <= _SAME_BOOT_S), host.name)
        known.append((booted, found[host.name]))
    return found


def _clocks(fleet: Fleet) -> list[Entry]:
    skews = [clock["skew_s"] for host in fleet.hosts if (clock := host.section("clock")).get("skew_s") is not None]
    middle = statistics.median_low(skews) if len(skews) > 1 else None
    zone = most_common(clock["utc_offset_s"] for host in fleet.hosts if (clock := host.section("clock")).get("utc_offset_s") is not None)
    return [_clock(host, middle, zone) for host in fleet.hosts]


def _clock(host: Host, middle: float | None, zone: int | None) -> Entry:
    clock = host.section("clock")
    skew, error = clock.get("skew_s"), clock.get("skew_error_s")
    apart = None
    if skew is not None and middle is not None:
        # What the round trip leaves open is not held against the host.
        apart = round(max(0.0, abs(skew - middle) - (error or 0.0)), 6)
    return {
        "host": host.name,
        "skew_s": skew,
        "error_s": error,
        "apart_s": apart,
        "ahead": None if skew is None or middle is None else skew > middle,
        "utc_offset_s": clock.get("utc_offset_s"),
        "common_utc_offset_s": zone,
        "timezone": clock.get("timezone"),
        "reason": None if clock else host.why("clock"),
    }


# --- file systems


def _paths(host: Host) -> list[tuple[str, str]]:
    """The directories that services of this host write to, with the service."""
    found = [("/", "system"), ("/var/log", "log")]
    if host.is_agent:
        found += [("/var/log/midolman", "log"), ("/var/lib/midolman", "agent")]
    if host.is_in("zookeeper"):
        config = host.section("zookeeper").get("config") or {}
        data = config.get("data_dir") or "/var/lib/zookeeper"
        found += [(data, "zookeeper"), (config.get("data_log_dir") or data, "zookeeper")]
    if host.is_in("cassandra"):
        found += [("/var/lib/cassandra", "cassandra")]
    return found


def _filesystems(fleet: Fleet) -> list[Entry]:
    return [entry for host in fleet.hosts for entry in _used_filesystems(host)]


def _used_filesystems(host: Host) -> list[Entry]:
    table = host.get("filesystems")
    if table is None:
        services = sorted({service for _unused, service in _paths(host)})
        return [{**_filesystem({}, services), "host": host.name, "reason": host.why("filesystems")}]
    mounts: dict[str, Facts] = {str(row["mount"]): row for row in table if row.get("mount")}
    uses: dict[str, set[str]] = {}
    for path, service in _paths(host):
        mount = _mount_of(path, mounts)
        if mount:
            uses.setdefault(mount, set()).add(service)
    return [{**_filesystem(mounts[mount], sorted(uses[mount])), "host": host.name, "reason": None} for mount in sorted(uses)]


def _filesystem(row: Facts, used_for: list[str]) -> Entry:
    fields: tuple[str, ...] = ("mount", "device", "size_bytes", "available_bytes", "used_ratio", "inodes_used_ratio")
    entry: dict[str, Any] = {name: row.get(name) for name in fields}
    return {**entry, "used_for": used_for}


def _mount_of(path: str, mounts: dict[str, Facts]) -> str:
    """The mount point that a directory lies on; empty when the table lacks it."""
    while path not in mounts:
        if path in ("/", ""):
            return ""
        path = path.rsplit("/", 1)[0] or "/"
    return path
