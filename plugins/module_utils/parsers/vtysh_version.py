# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read ``show version`` of Quagga and FRR. PRIVATE to the collection: may change without notice.

FRRouting 8.4.4 (gw1) on Linux(6.1.0-13-amd64).
Copyright 1996-2005 Kunihiro Ishiguro, et al.
configured with:
    '--build=x86_64-linux-gnu' '--prefix=/usr'
"""

from __future__ import annotations

import re
from typing import Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Version(TypedDict):
    """The routing suite that runs."""

    software: Optional[str]  # quagga or frr
    version: Optional[str]
    hostname: Optional[str]  # FRR prints it


_HEAD = re.compile(r"(Quagga|FRRouting|FRR) ([0-9]\S{0,60})(?: \(([^()\s]{0,255})\))?(?: on .{1,200})?\.?")
_OTHER = re.compile(r"Copyright .*|This is (?:free|a git build).*|configured with:?.*|.*--[a-z]+.*|Built from.*|This software .*")


def parse(text: str) -> Parsed[Version]:
    """The first line tells; the others are passed over, if they are of this answer."""
    data = Version(software=None, version=None, hostname=None)
    not_read = []
    cut = False
    for line in lines(text):
        stripped = line.text.strip()
        head = _HEAD.fullmatch(stripped)
        if not stripped:
            continue
        if head is not None and line.terminated:
            data = Version(software="quagga" if head.group(1) == "Quagga" else "frr", version=head.group(2), hostname=head.group(3) or None)
        elif data["software"] is None or not _OTHER.fullmatch(stripped):
            cut = cut or not line.terminated
            not_read.append(unread(line))
    return outcome(text, data, data["software"] is not None, not_read, cut=cut)
