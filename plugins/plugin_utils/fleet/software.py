# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which release of MidoNet runs where, what its programs are told to log, and to trace. PRIVATE."""

from __future__ import annotations

import re

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.fleet.hosts import Entry, Facts, Fleet, Host, Lists, about, most_common

# 2:5.2.2-1, 2015.06.1-1.0.el7, 5.2.2~rc0: the release, and its patch where it has one.
_VERSION = re.compile(r"(?:\d+:)?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?(?!\d)")
_AGENT = ("midolman",)
_SERVER = ("midonet-cluster", "midonet-api")
_SETTINGS = "agent.settings"
_TALKATIVE = ("DEBUG", "TRACE", "ALL")

Version = tuple[int, int, int]


def build(fleet: Fleet) -> Lists:
    return {
        "agent_versions": (_versions(fleet), about("known", "", ("agent.packages",))),
        "traces": (_traces(fleet), _about_traces(fleet)),
        "log_levels": (_levels(fleet), about("known", "", ("agent.settings", "agent.config", "api.config"))),
    }


# --- releases


def _versions(fleet: Fleet) -> list[Entry]:
    found = {host.name: _version(host, _AGENT) for host in fleet.agents}
    common = most_common(version for version in found.values() if version is not None)
    servers = {version: host.name for host in fleet.hosts if host.is_in("api") and (version := _version(host, _SERVER)) is not None}
    oldest = min(servers, key=_order, default=None)
    return [
        {
            "host": host.name,
            "installed": _is_installed(host),
            "version": _text(found[host.name]),
            "common_version": _text(common),
            "server_version": _text(oldest),
            "server": servers.get(oldest, "") if oldest else "",
            "same_release": _same(found[host.name], common, 2),
            "same_version": _same(found[host.name], common, 3),
            "newer_than_server": _is_newer(found[host.name], oldest),
            "reason": _why(host, found[host.name]),
        }
        for host in fleet.agents
    ]


def _version(host: Host, names: tuple[str, ...]) -> Version | None:
    packages = host.section("agent").get("packages") or ()
    text = next((str(one.get("version")) for name in names for one in packages if one.get("name") == name), "")
    match = _VERSION.match(text)
    return (int(match.group(1)), int(match.group(2)), int(match.group(3) or 0)) if match else None


def _order(version: Version) -> tuple[int, Version]:
    """Releases were numbered 1.x, then by the year, and from 5.0 on as before."""
    return (1 if version[0] > 2000 else 2 if version[0] >= 5 else 0, version)


def _is_newer(version: Version | None, other: Version | None) -> bool | None:
    return None if version is None or other is None else _order(version) > _order(other)


def _is_installed(host: Host) -> bool | None:
    packages = host.section("agent").get("packages")
    if packages is None:
        return None
    found = any(one.get("name") in _AGENT for one in packages)
    return found if found or host.tells_all("agent", "agent.packages") else None


def _text(version: Version | None) -> str | None:
    # 2015.06, and not 2015.6.
    return None if version is None else f"{version[0]}.{version[1]:0{2 if version[0] > 2000 else 1}d}.{version[2]}"


def _same(version: Version | None, common: Version | None, parts: int) -> bool | None:
    return None if version is None or common is None else version[:parts] == common[:parts]


def _why(host: Host, version: Version | None) -> str | None:
    if version is not None:
        return None
    return _told(host, "agent.packages") or "the version of the agent's package was not understood"


def _told(host: Host, item: str) -> str:
    """What there is to say about an item that the agent's facts lack; empty when nothing is."""
    if host.get("agent") is None:
        return host.why("agent")
    reasons = str((host.about.get("agent") or {}).get("reason") or "").split("; ")
    return "; ".join(reason for reason in reasons if reason.startswith(item))


# --- what is logged


def _levels(fleet: Fleet) -> list[Entry]:
    """One entry for each program that logs: the agent, and the server of the API."""
    agents = [_level(host, "agent", "log_level", host.section("agent").get("config")) for host in fleet.agents]
    servers = (host for host in fleet.hosts if host.is_in("api"))
    return [*agents, *(_level(host, "API server", "cluster_log_level", host.section("api").get("config")) for host in servers)]


def _level(host: Host, program: str, name: str, file: Facts | None) -> Entry:
    """What mn-conf has in force overrules the file; where mn-conf is used and was not read, only a talkative file decides."""
    settings: Facts = host.section("agent").get("settings") or {}
    in_force, written = settings.get(name), (file or {}).get("log_level")
    # The API of the old generation is configured by its files alone.
    alone = any(str(path).endswith("web.xml") for path in (file or {}).get("files") or ())
    silent = "" if in_force or alone else _told(host, _SETTINGS)
    level = in_force or (written if not silent or written in _TALKATIVE else None)
    read = bool(settings) or file is not None
    return {
        "host": host.name,
        "program": program,
        "level": level,
        "source": "mn-conf" if in_force else "logback.xml",
        "told": True if level else None if silent or not read else False,
        "reason": None if level else silent or (None if read else host.why("agent")),
    }


# --- tracers that somebody left


def _about_traces(fleet: Fleet) -> Entry:
    if _has_no_traces(fleet):
        return about("not_applicable", "the API of this release has no tracers")
    state = "known" if fleet.rows("traces") is not None else "unknown"
    return about(state, fleet.topology_reason or "the API was not asked for traces", (), fleet.shared("topology.rest"))


def _has_no_traces(fleet: Fleet) -> bool:
    """Whether the API, which lists its ports when it is asked for both, has no such list."""
    return fleet.rows("traces") is None and fleet.rows("all_ports") is not None and fleet.tells_all("topology.rest")


def _traces(fleet: Fleet) -> list[Entry] | None:
    rows = fleet.rows("traces")
    if rows is None:
        return None
    now = fleet.by_name[fleet.topology_host].section("clock").get("epoch_s")
    return [_trace(row, None if now is None or row.get("created_s") is None else max(0.0, now - row["created_s"])) for row in rows]


def _trace(row: Facts, age_s: float | None) -> Entry:
    return {
        "host": "",
        "name": row.get("name") or row.get("id"),
        "key": str(row.get("id")),
        "enabled": row.get("enabled"),
        "age_s": age_s,
        "device_kind": row.get("device_kind") or "device",
        "device": row.get("device") or "",
        "reason": "when it was made, or the clock of the API's host, is not known" if age_s is None else None,
    }
