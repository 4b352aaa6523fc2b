# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read what is needed of cassandra.yaml. PRIVATE to the collection: may change without notice.

A managed host has no YAML library, and nothing here needs one: all settings but the seeds are ``name: value`` at the start of
a line. The seeds are somewhere under seed_provider, as ``- seeds: "10.0.0.1,10.0.0.2"``.
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _numbers as n
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed, Unread

Config = Dict[str, Any]

_TOP = re.compile(r"([A-Za-z_][\w.\-]*)\s*:(?:\s+(.*))?")
_SEEDS = re.compile(r"(?:-\s+)*[\"']?seeds[\"']?\s*:\s*(.*)")
_INDENTED = re.compile(r"\s*(?:- )*(?:[\w.\"'/$-]+\s*:(?:\s.*)?|- .*|-|[\[\]{}\"'].*|.*[,\]}])|\s*(?:- )+[^:]*")
_DOCUMENT = re.compile(r"(?:---|\.\.\.)(?:\s.*)?|%YAML.*")
WANTED = (
    "cluster_name",
    "listen_address",
    "listen_interface",
    "broadcast_address",
    "rpc_address",
    "rpc_interface",
    "broadcast_rpc_address",
    "native_transport_port",
    "start_native_transport",
    "endpoint_snitch",
)
_KNOWN = frozenset((*WANTED, "seed_provider", "num_tokens", "partitioner", "data_file_directories", "commitlog_directory", "storage_port"))
_NULLS = ("", "~", "null", "Null", "NULL")
_BOOLEANS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def parse_config(text: str) -> Parsed[Config]:
    """Data: cluster_name, seeds (without ports), listen_address, listen_interface, broadcast_address, rpc_address, rpc_interface,
    broadcast_rpc_address, native_transport_port, start_native_transport, endpoint_snitch. What the file does not say is None:
    the defaults differ between versions.
    """
    settings: Dict[str, str] = {}
    seeds: Optional[str] = None
    not_read: List[Unread] = []
    top: Optional[str] = None
    cut = False
    for line in lines(text):
        stripped = line.text.strip()
        if not stripped or stripped.startswith("#") or _DOCUMENT.fullmatch(line.text):
            continue
        found = _TOP.fullmatch(line.text)
        if not line.terminated and (top == "seed_provider" or found is None or found.group(1) in WANTED):
            # A file may well lack its last line end; but then a value that matters may be half of itself.
            cut = True
        elif found:
            top = found.group(1)
            settings[top] = scalar(found.group(2) or "")
        elif (line.text[0].isspace() or line.text[0] in "-]}") and _INDENTED.fullmatch(line.text) and top is not None:
            inner = _SEEDS.fullmatch(stripped)
            if top == "seed_provider" and inner:
                seeds = scalar(inner.group(1))
        else:
            not_read.append(unread(line))
    known = _KNOWN.intersection(settings)
    if not known:
        # Nothing tells that this is Cassandra's: any line with a colon looks like a setting.
        settings, not_read = {}, [unread(line) for line in lines(text) if line.text.strip()][:20]
    return outcome(text, _config(settings, seeds), bool(known), not_read, cut=cut)


def _config(settings: Dict[str, str], seeds: Optional[str]) -> Config:
    def word(name: str) -> Optional[str]:
        value = settings.get(name, "")
        return None if value in _NULLS else value

    return {
        "cluster_name": word("cluster_name"),
        "seeds": None if seeds is None else [_without_port(seed.strip()) for seed in seeds.split(",") if seed.strip()],
        "listen_address": word("listen_address"),
        "listen_interface": word("listen_interface"),
        "broadcast_address": word("broadcast_address"),
        "rpc_address": word("rpc_address"),
        "rpc_interface": word("rpc_interface"),
        "broadcast_rpc_address": word("broadcast_rpc_address"),
        "native_transport_port": n.maybe_integer(settings.get("native_transport_port", "")),
        "start_native_transport": _BOOLEANS.get(settings.get("start_native_transport", "").lower()),
        "endpoint_snitch": word("endpoint_snitch"),
    }


def scalar(text: str) -> str:
    """A plain or quoted value without its comment: ``'Test Cluster'  # the default`` is ``Test Cluster``."""
    text = text.strip()
    quote = text[:1]
    if quote in ("'", '"'):
        end = text.find(quote, 1)
        while quote == "'" and end >= 0 and text[end + 1 : end + 2] == "'":
            end = text.find(quote, end + 2)
        inner = text[1:end] if end > 0 else text[1:]
        return inner.replace("''", "'") if quote == "'" else inner
    comment = text.find(" #")
    return (text[:comment] if comment >= 0 else text).strip()


def _without_port(seed: str) -> str:
    """4.0 and newer accept ``10.0.0.1:7000``."""
    host, colon, port = seed.rpartition(":")
    return host.strip("[]") if colon and port.isdigit() and (":" not in host or host.startswith("[")) else seed
