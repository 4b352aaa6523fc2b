# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What packets to the tunnel peers became of: round 2 only."""

from __future__ import annotations

import re
from typing import Any, Callable, Dict, Iterable, List, Optional, Sequence, Tuple, TypeVar

from ansible_collections.midonet.diagnostics.plugins.module_utils.facts._context import Evidence, Missing
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import arping, ping, tracepath
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._sections import placed, sections

T = TypeVar("T")

ITEMS: Tuple[str, ...] = ("underlay.ping", "underlay.ping_full_size")
GROUPS: Tuple[str, ...] = ("compute", "gateway")

_ROUND = 2
# What the collector puts after the output of a program.
_CODE = re.compile(r"^rc=[0-9]{1,3}\n?\Z", re.MULTILINE)
_SMALL = ("peer", "sent", "received", "loss_ratio", "rtt_avg_ms", "error")
_FULL = ("peer", "payload_bytes", "sent", "received", "loss_ratio", "error", "path_mtu")


def build(evidence: Evidence) -> Dict[str, Any]:
    """One object; see schemas/probes.json."""
    small = _read(evidence, "underlay.ping", _SMALL)
    full = _read(evidence, "underlay.ping_full_size", _FULL)
    if small is None and full is None:
        raise Missing("; ".join(evidence.gaps))
    asked = _others(evidence, "underlay.ping", "arping", arping.parse) if small is not None else None
    ways = _others(evidence, "underlay.ping_full_size", "tracepath", tracepath.parse) if full is not None else None
    return {
        "ping": small,
        "ping_full_size": full,
        "arping": None if asked is None else [_arping(one, peer) for peer, one in asked],
        "paths": None if ways is None else [_path(one, peer) for peer, one in ways],
    }


def _others(evidence: Evidence, item: str, program: str, parse: Callable[[str], Parsed[T]]) -> List[Tuple[str, T]]:
    """What another program said of peers that did not answer: (peer, data)."""
    output = evidence.output(item, _ROUND)
    found = []
    for part in sections(output.stdout or "" if output is not None else ""):
        peer, _blank, said = part.name.partition(" ")
        if said == program:
            data = evidence.try_take(item, placed(parse(_CODE.sub("", part.text)), part))
            if data is not None:
                found.append((peer, data))
    return found


def _arping(probes: List[arping.Probe], peer: str) -> Dict[str, Any]:
    return {
        "peer": peer,
        "link": next((one["link"] for one in probes if one["link"]), None),
        "sent": _total(one["sent"] for one in probes),
        "received": _total(one["received"] for one in probes),
        "macs": sorted({reply["mac"] for one in probes for reply in one["replies"]}),
    }


def _total(counts: Iterable[Optional[int]]) -> Optional[int]:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _path(path: tracepath.Path, peer: str) -> Dict[str, Any]:
    return {
        "peer": peer,
        "path_mtu_bytes": path["path_mtu"],
        "reached": path["reached"],
        "hops": [hop["address"] for hop in path["hops"]],
        "error": next((hop["error"] for hop in reversed(path["hops"]) if hop["error"]), None),
    }


def _read(evidence: Evidence, item: str, names: Sequence[str]) -> Optional[List[Dict[str, Any]]]:
    found = evidence.maybe(item, ping.parse, _ROUND, accept=None)
    if found is None:
        return None
    return [{name: value for name, value in probe.items() if name in names} for probe in found]
