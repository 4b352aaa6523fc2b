# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read ZooKeeper's four-letter words and zoo.cfg, 3.3 to 3.9. PRIVATE to the collection: may change without notice.

A server that is up but has no quorum answers ruok with "imok" and every other word with one sentence; a server with a
whitelist refuses words by name; a hung or overloaded one accepts the connection and says nothing. All three are answers,
not errors: data["serving"] and data["allowed"] tell.
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _numbers as n
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import Line, lines, outcome, plain, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed, Unread

Answer = Dict[str, Any]

_NOT_SERVING = re.compile(r"This ZooKeeper instance is not currently serving requests\.?")
_NOT_ALLOWED = re.compile(r"\w+ is not executed because it is not in the whitelist\.?")
_ERROR = re.compile(r"nc: |bash: |sh: |\S+: connect|.*Connection refused|.*[Nn]o such file|.*not found$")

_VERSION = re.compile(r"Zookeeper version: ([^,]*?)(?:, built on (.*))?", re.IGNORECASE)
# A distributor's build that did not expand its own variable: 3.8.0-${mvngit.commit.id}
_UNEXPANDED = re.compile(r"-?\$\{[^}]{0,200}\}.*")
_LATENCY = re.compile(r"Latency min/avg/max: *(-?[0-9.]{1,20})/(-?[0-9.E-]{1,20})/(-?[0-9.]{1,20})")
_CLIENT = re.compile(r"/?(\S{1,80}?)\[[0-9]{1,9}\]\(.*\)")
_ZXID = re.compile(r"0x[0-9a-fA-F]{1,16}")
_PROPOSALS = re.compile(r"Proposal sizes last/min/max: -?[0-9]+/-?[0-9]+/-?[0-9]+")
_READ_ONLY = re.compile(r"READ-ONLY mode; serving only read-only clients")
_MODES = ("leader", "follower", "observer", "standalone", "read-only")


def refusal(text: str) -> Tuple[Optional[bool], Optional[bool]]:
    """(serving, allowed) as far as a text is one of the two refusals; (None, None) otherwise."""
    words = plain(text).strip()
    if _NOT_SERVING.fullmatch(words):
        return False, True
    if _NOT_ALLOWED.fullmatch(words):
        return None, False
    return None, None


def parse_ruok(text: str) -> Parsed[Answer]:
    """The answer to ruok. Data: answer, one of imok, not_allowed, silent (the connection was closed without a word), None."""
    words = plain(text).strip()
    answer: Optional[str] = None
    if words == "imok":
        answer = "imok"
    elif not words:
        answer = "silent"
    elif refusal(words)[1] is False:
        answer = "not_allowed"
    return _one_word(text, {"answer": answer}, bool(words) and answer is not None)


def parse_isro(text: str) -> Parsed[Answer]:
    """The answer to isro. Data: read_only (True for ro, False for rw, None otherwise); serving (False for "null": no quorum); allowed."""
    words = plain(text).strip()
    serving, allowed = refusal(words)
    data: Answer = {"read_only": None, "serving": serving, "allowed": allowed}
    if words in ("ro", "rw"):
        data.update(read_only=words == "ro", serving=True, allowed=True)
    elif words == "null":
        data.update(serving=False, allowed=True)
    return _one_word(text, data, data["allowed"] is not None)


def _one_word(text: str, data: Answer, understood: bool) -> Parsed[Answer]:
    if understood or not text.strip():
        return outcome(text, data, True, [])
    every = [line for line in lines(text) if line.text.strip()]
    error = next((line.text.strip()[:300] for line in every if _ERROR.match(line.text)), None)
    return outcome(text, data, False, [] if error else [unread(line) for line in every], error)


def parse_srvr(text: str) -> Parsed[Answer]:
    """The answer to srvr, or to stat, which lists the clients besides.

    Data: serving (False when the server says so, True when it answers, None otherwise), allowed, version, mode, zxid (hexadecimal
    text), latency_ms {min, avg, max} since the start or the last reset, received, sent (packets), connections, outstanding
    (requests), nodes, read_only, clients [{address}] (stat only, else None).
    """
    serving, allowed = refusal(text)
    data: Answer = {
        "serving": serving,
        "allowed": allowed,
        "version": None,
        "mode": None,
        "zxid": None,
        "latency_ms": {"min": None, "avg": None, "max": None},
        "received": None,
        "sent": None,
        "connections": None,
        "outstanding": None,
        "nodes": None,
        "read_only": None,
        "clients": None,
    }
    not_read: List[Unread] = []
    error: Optional[str] = None
    cut = False
    answers = allowed is not None
    refused = False
    for line in lines(text) if not answers else ():
        stripped = line.text.strip()
        if not stripped:
            continue
        if _NOT_SERVING.fullmatch(stripped):
            refused = True
        elif not line.terminated and not stripped.startswith("Zookeeper version"):
            cut = True
        elif _srvr_line(stripped, data):
            data["serving"] = data["allowed"] = answers = True
        elif _ERROR.match(stripped):
            error = error or stripped[:300]
        else:
            not_read.append(unread(line))
    if refused:
        data["serving"] = False
    elif data["mode"] is None and data["serving"]:
        cut = True
    return outcome(text, data, answers, not_read, error, cut)


_COUNTS = {
    "Received": "received",
    "Sent": "sent",
    "Connections": "connections",
    "Outstanding": "outstanding",
    "Node count": "nodes",
}


def _srvr_line(text: str, data: Answer) -> bool:
    label, _colon, value = text.partition(":")
    value = value.strip()
    if label in _COUNTS:
        data[_COUNTS[label]] = n.maybe_integer(value)
        return data[_COUNTS[label]] is not None
    if label == "Mode":
        data["mode"] = value if value in _MODES else None
        if data["mode"] is not None:
            data["read_only"] = value == "read-only"
        return data["mode"] is not None
    if label == "Zxid" and _ZXID.fullmatch(value):
        data["zxid"] = value
        return True
    latency = _LATENCY.fullmatch(text)
    if latency:
        data["latency_ms"] = dict(zip(("min", "avg", "max"), (_decimal(part) for part in latency.groups())))
        return True
    version = _VERSION.fullmatch(text)
    if version:
        data["version"] = clean_version(version.group(1))
        return True
    client = _CLIENT.fullmatch(text)
    if client:
        data["clients"] = data["clients"] or []
        data["clients"].append({"address": client.group(1)})
        return True
    if text == "Clients:":
        data["clients"] = []
        return True
    return bool(_PROPOSALS.fullmatch(text) or _READ_ONLY.fullmatch(text))


def clean_version(text: str) -> Optional[str]:
    """``3.4.5-1392090`` or ``3.4.5--1`` to ``3.4.5``, also when the build left a variable in it; None when there is no number."""
    text = _UNEXPANDED.sub("", text)
    number = re.match(r"\s*([0-9]{1,4}(?:\.[0-9]{1,4}){1,3})", text)
    return number.group(1) if number else None


def _decimal(text: str) -> Optional[float]:
    """A number of milliseconds: an int where the server printed one (before 3.6 all are)."""
    whole = n.maybe_integer(text)
    if whole is not None:
        return whole
    return float(text) if re.fullmatch(r"-?[0-9]{1,15}\.[0-9]{1,18}(?:E-?[0-9]{1,2})?", text) else None


def parse_mntr(text: str) -> Parsed[Answer]:
    """The answer to mntr: serving, allowed, version, mode (zk_server_state), values: every number by its name without "zk_"."""
    serving, allowed = refusal(text)
    data: Answer = {"serving": serving, "allowed": allowed, "version": None, "mode": None, "values": {}}
    not_read: List[Unread] = []
    error: Optional[str] = None
    answers = allowed is not None
    cut = False
    for line in lines(text) if not answers else ():
        name, tab, value = line.text.partition("\t")
        if not line.text.strip():
            continue
        if not line.terminated:
            cut = True
        elif tab and name.startswith("zk_") and _mntr_value(name[3:], value.strip(), data):
            data["serving"] = data["allowed"] = True
        elif _ERROR.match(line.text):
            error = error or line.text.strip()[:300]
        else:
            not_read.append(unread(line))
    return outcome(text, data, answers or bool(data["serving"]), not_read, error, cut)


def _mntr_value(name: str, value: str, data: Answer) -> bool:
    if name == "version":
        data["version"] = clean_version(value)
    elif name == "server_state":
        data["mode"] = value if value in _MODES else None
        return data["mode"] is not None
    elif name != "peer_state":
        number = _decimal(value)
        if number is None and value not in ("NaN", "Infinity", "-Infinity"):
            return False
        data["values"][name] = number
    return True


_SERVER = re.compile(r"server\.([0-9]{1,9})")
_WANTED = frozenset(
    "clientPort secureClientPort dataDir dataLogDir tickTime initLimit syncLimit maxClientCnxns minSessionTimeout maxSessionTimeout"
    " serverId dataDirSize dataLogSize dynamicConfigFile autopurge.purgeInterval autopurge.snapRetainCount 4lw.commands.whitelist"
    " electionAlg".split()
)
_SETTING = re.compile(r"(\w[\w.\-]*)(?:\s*[=:]\s*|\s+|$)(.*)")


def parse_conf(text: str) -> Parsed[Answer]:
    """The answer to conf (3.4 and newer): as parse_config reads zoo.cfg, with my_id from serverId; serving, allowed."""
    serving, allowed = refusal(text)
    if allowed is not None:
        return outcome(text, {**_config({}), "serving": serving, "allowed": allowed}, True, [])
    settings, not_read, cut = _settings([line for line in lines(text) if line.text.strip() != "membership:"])
    settings, not_read = _ours(settings, not_read, lines(text))
    data = _config(settings)
    data["my_id"] = n.maybe_integer(settings.get("serverId", ""))
    data.update(serving=True if settings else None, allowed=True if settings else None)
    return outcome(text, data, bool(settings), not_read, cut=cut and "version" not in settings)


def parse_config(text: str) -> Parsed[Answer]:
    """zoo.cfg, a Java properties file.

    Data: servers [{id, host, peer_port, election_port, observer}], client_port, data_dir, data_log_dir (None: the data directory),
    tick_ms, init_ticks, sync_ticks, max_client_connections (from one address; 0: no limit), min_session_timeout_ms,
    max_session_timeout_ms, data_size_bytes, log_size_bytes (both only in the answer to conf), purge_interval_h,
    snapshots_kept, whitelist (words, or None), my_id (always None here).
    What the file does not mention is None; the defaults are the version's business.
    """
    every = lines(text)
    settings, not_read, cut = _settings(every)
    settings, not_read = _ours(settings, not_read, every)
    return outcome(text, _config(settings), bool(settings), not_read, cut=cut)


def _ours(settings: Dict[str, str], not_read: List[Unread], every: List[Line]) -> Tuple[Dict[str, str], List[Unread]]:
    """Settings and unread lines, unless nothing tells that they are ZooKeeper's: any two words look like a setting."""
    if any(name in _WANTED or _SERVER.fullmatch(name) for name in settings):
        return settings, not_read
    return {}, [unread(line) for line in every if line.text.strip()][:20]


def parse_my_id(text: str) -> Parsed[Optional[int]]:
    """The file myid: this server's own number."""
    number = n.maybe_integer(plain(text).strip())
    not_read = [unread(line) for line in lines(text) if line.text.strip()]
    return outcome(text, number, number is not None, [] if number is not None else not_read)


def _settings(every: List[Line]) -> Tuple[Dict[str, str], List[Unread], bool]:
    """Settings by name. Continuation lines (a backslash at the end) are joined, comments left out."""
    settings: Dict[str, str] = {}
    not_read: List[Unread] = []
    parts: List[str] = []
    for line in every:
        text = line.text
        if not parts and (not text.strip() or text.lstrip()[0] in "#!"):
            continue
        if text.endswith("\\"):
            parts.append(text[:-1].strip())
            continue
        parts.append(text.strip())
        found = _SETTING.fullmatch("".join(parts))
        if found and not (_SERVER.fullmatch(found.group(1)) and _server(0, found.group(2)) is None):
            settings[found.group(1)] = found.group(2)
        else:
            not_read.append(unread(line))
        parts = []
    return settings, not_read, bool(parts)


def _config(settings: Dict[str, str]) -> Answer:
    servers = []
    for name, value in settings.items():
        number = _SERVER.fullmatch(name)
        server = _server(int(number.group(1)), value) if number else None
        if server is not None:
            servers.append(server)
    whitelist = settings.get("4lw.commands.whitelist")
    return {
        "servers": sorted(servers, key=lambda server: server["id"]),
        "my_id": None,
        "client_port": n.maybe_integer(settings.get("clientPort", "")) or _dynamic_client_port(settings),
        "data_dir": settings.get("dataDir"),
        "data_log_dir": settings.get("dataLogDir"),
        "tick_ms": n.maybe_integer(settings.get("tickTime", "")),
        "init_ticks": n.maybe_integer(settings.get("initLimit", "")),
        "sync_ticks": n.maybe_integer(settings.get("syncLimit", "")),
        "max_client_connections": n.maybe_integer(settings.get("maxClientCnxns", "")),
        "min_session_timeout_ms": n.maybe_integer(settings.get("minSessionTimeout", "")),
        "max_session_timeout_ms": n.maybe_integer(settings.get("maxSessionTimeout", "")),
        "data_size_bytes": n.maybe_integer(settings.get("dataDirSize", "")),
        "log_size_bytes": n.maybe_integer(settings.get("dataLogSize", "")),
        "purge_interval_h": n.maybe_integer(settings.get("autopurge.purgeInterval", "")),
        "snapshots_kept": n.maybe_integer(settings.get("autopurge.snapRetainCount", "")),
        "whitelist": None if whitelist is None else [word.strip() for word in whitelist.split(",") if word.strip()],
    }


def _server(number: int, value: str) -> Optional[Answer]:
    """``zk1:2888:3888[:observer][;[address:]2181]``, also with an IPv6 address in brackets; only the first of several addresses (3.6)."""
    value = value.split(";", 1)[0].split("|", 1)[0].strip()
    found = re.fullmatch(r"(\[[0-9a-fA-F:.%]+\]|[^\s:\[\]]+)(?::([0-9]{1,5}))?(?::([0-9]{1,5}))?(?::(participant|observer))?", value)
    if found is None:
        return None
    host, peer, election, kind = found.groups()
    return {
        "id": number,
        "host": host.strip("[]"),
        "peer_port": n.maybe_integer(peer or ""),
        "election_port": n.maybe_integer(election or ""),
        "observer": kind == "observer",
    }


def _dynamic_client_port(settings: Dict[str, str]) -> Optional[int]:
    """The client port from a server line of a dynamic configuration, when all agree."""
    ports = {value.rsplit(";", 1)[1].rsplit(":", 1)[-1] for name, value in settings.items() if _SERVER.fullmatch(name) and ";" in value}
    return n.maybe_integer(ports.pop().strip()) if len(ports) == 1 else None
