# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How full the table of tracked connections is: the kernel's settings, /proc/net/stat/nf_conntrack, `conntrack -C` and `-S`.

net.netfilter.nf_conntrack_count = 0
/proc/sys/net/netfilter/nf_conntrack_max:262144
entries  clashres found new invalid ignore delete chainlength insert insert_failed drop early_drop …
0000002a  00000000 00000000 …
cpu=0   found=12 invalid=3 insert=0 insert_failed=0 drop=0 early_drop=0 error=0 search_restart=0
"""

from __future__ import annotations

import re
from typing import Dict, List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._numbers import maybe_integer
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Table(TypedDict):
    """None is what was not printed. The last four are counters since the host was started, over all processors."""

    count: Optional[int]
    limit: Optional[int]
    buckets: Optional[int]
    invalid: Optional[int]
    insert_failed: Optional[int]
    dropped: Optional[int]
    dropped_early: Optional[int]


_SETTING = re.compile(r"\S{0,80}[./](?:nf|ip)_conntrack_([a-z0-9_]{1,40})(?: ?= ?|:)\s*([0-9]{1,18})")
_OTHER_SETTING = re.compile(r"\S{0,80}[./](?:nf|ip)_conntrack_[a-z0-9_]{1,40}(?: ?= ?|:).*")
_SETTINGS = {"count": "count", "max": "limit", "buckets": "buckets"}
_HEX = re.compile(r"[0-9a-f]{8,16}")
_COUNTERS = {"invalid": "invalid", "insert_failed": "insert_failed", "drop": "dropped", "early_drop": "dropped_early"}
_PER_CPU = re.compile(r"cpu=[0-9]{1,6}((?:\s+[a-z_]{1,20}=[0-9]{1,20})+)")


def parse(text: str) -> Parsed[Table]:
    """Any of the forms, alone or together."""
    data = Table(count=None, limit=None, buckets=None, invalid=None, insert_failed=None, dropped=None, dropped_early=None)
    anything = False
    not_read = []
    heading: List[str] = []
    for line in lines(text):
        said = line.text.strip()
        if not said:
            continue
        words = said.split()
        setting, per_cpu = _SETTING.fullmatch(said), _PER_CPU.fullmatch(said)
        understood = line.terminated
        if not line.terminated:
            pass
        elif setting:
            if setting.group(1) in _SETTINGS:
                data[_SETTINGS[setting.group(1)]] = int(setting.group(2))  # type: ignore[literal-required]
        elif per_cpu:
            _add(data, {name: int(value) for name, value in (pair.split("=") for pair in per_cpu.group(1).split())})
        elif words[0] == "entries" and "insert_failed" in words:
            heading = words
        elif heading and len(words) == len(heading) and all(_HEX.fullmatch(word) for word in words):
            data["count"] = int(words[0], 16)  # every processor's line has the same number
            _add(data, {name: int(word, 16) for name, word in zip(heading, words)})
        elif len(words) == 1 and maybe_integer(said) is not None and not said.startswith("-"):
            data["count"] = int(said)
        else:
            understood = _OTHER_SETTING.fullmatch(said) is not None
        anything = anything or understood
        if not understood:
            not_read.append(unread(line))
    return outcome(text, data, anything, not_read)


def _add(data: Table, counters: Dict[str, int]) -> None:
    for name, field in _COUNTERS.items():
        if name in counters:
            data[field] = (data[field] or 0) + counters[name]  # type: ignore[literal-required]
