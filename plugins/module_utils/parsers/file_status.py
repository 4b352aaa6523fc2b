# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files with their age and size, as `stat -c '%Y %s %a %U %n'` of GNU and busybox prints them, after the host's clock.

    1795353042 2026-11-22 22:10:42 +0900
    1795349000 1534 644 root /etc/midolman/midolman.conf
    1795353041 87213345 644 root /var/log/midolman/midolman.log
"""

from __future__ import annotations

import re
from typing import List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _logtime
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class File(TypedDict):
    """One file. The mode is octal, as people write it."""

    path: str
    modified_s: int  # seconds since the epoch
    bytes: int
    mode: str
    owner: str


class Files(TypedDict):
    """now_s: the host's clock when it looked."""

    now_s: Optional[int]
    files: List[File]


_FILE = re.compile(r"(-?[0-9]{1,19}) ([0-9]{1,19}) ([0-7]{1,5}) (\S{1,256}) (/.{1,1000})")


def parse(text: str) -> Parsed[Files]:
    """The files in the order of the text. A cut last line is left out."""
    clock: Optional[_logtime.Now] = None
    files: List[File] = []
    not_read = []
    cut = False
    for number, line in enumerate(lines(text)):
        if number == 0:
            clock = _logtime.now(line.text)
            if clock is not None:
                continue
        found = _FILE.fullmatch(line.text)
        if not line.text.strip():
            continue
        if found is None:
            not_read.append(unread(line))
        elif not line.terminated:
            cut = True
        else:
            modified, size, mode, owner, path = found.groups()
            files.append(File(path=path, modified_s=int(modified), bytes=int(size), mode=mode, owner=owner))
    data = Files(now_s=clock.epoch_s if clock else None, files=files)
    return outcome(text, data, clock is not None or bool(files) or cut, not_read, cut=cut)
