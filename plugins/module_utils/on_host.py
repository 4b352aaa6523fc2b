# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts of the host that this runs on: the body of midonet_facts when gather_facts calls it.

The same script, parsers and facts as in a fleet run, with a small reader of the answer: what the host told is its own here,
and nothing can break off on the way. PRIVATE to the collection: may change without notice.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from datetime import datetime, timezone
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Tuple, Union

from ansible_collections.midonet.diagnostics.plugins.module_utils import _collector
from ansible_collections.midonet.diagnostics.plugins.module_utils import facts as host_facts
from ansible_collections.midonet.diagnostics.plugins.module_utils.pseudonyms import Pseudonymiser
from ansible_collections.midonet.diagnostics.plugins.module_utils.subsets import result, wanted_subsystems

# The collector stops starting items this long before its deadline.
_RESERVE_S = 3.0


class Output(NamedTuple):
    """What one command said; the attributes that facts read (see facts/_context.py)."""

    state: str
    exit_code: Optional[int]
    stdout: str
    stderr: str
    truncated: bool
    reason: str
    duration_ms: int
    started: str


def facts(gather_subset: Union[str, Iterable[str]], timeout_s: float) -> Dict[str, Any]:
    """The wanted subsystems with their "about". ValueError for a subset that there is none of."""
    wanted = wanted_subsystems(gather_subset, host_facts.SUBSYSTEMS)
    nonce = os.urandom(16).hex()
    pseudonymiser = Pseudonymiser(os.urandom(32))
    said = run(script(nonce, timeout_s, pseudonymiser.host_key), timeout_s)
    outputs = {key: _without_secrets(output, pseudonymiser) for key, output in read(said, nonce).items()}
    about = {"name": os.uname().nodename, "groups": (), "state": "complete", "reason": "", "clock": {}}
    known = host_facts.build(outputs, {**about, "generation": generation(said, nonce)})
    return result(known, wanted)


def _without_secrets(output: Output, pseudonymiser: Pseudonymiser) -> Output:
    """What a controller does with an answer; here Ansible carries the facts away and may print them."""
    return output._replace(stdout=pseudonymiser.scrub_text(output.stdout), stderr=pseudonymiser.scrub_text(output.stderr))


def script(nonce: str, timeout_s: float, token_key: str) -> str:
    """The collector for this call."""
    key = hashlib.sha256(b"process " + nonce.encode()).hexdigest()[:16]
    soft = round(max(1.0, timeout_s - _RESERVE_S) * 100)
    return f"nonce={nonce} key={key} soft={soft} token_key={token_key}" + "\n".join(_collector.LINES) + "\n"


def run(text: str, timeout_s: float) -> bytes:
    """What the script said, as far as it came."""
    # run_command has no deadline, and gives no bytes. (What ansible-test thinks of it depends on the Python that it runs with.)
    # pylint: disable-next=ansible-bad-function
    with subprocess.Popen(["/bin/sh", "-s"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            said, _errors = process.communicate(text.encode(), timeout=timeout_s + _RESERVE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            said, _errors = process.communicate()
    return said


def read(said: bytes, nonce: str) -> Dict[Tuple[str, int], Output]:
    """Outputs by item and round."""
    marker = re.compile(rb"\n?==" + nonce.encode() + rb" ([a-z]+)((?: [^ \n]*)*)\n")
    marks = list(marker.finditer(said))
    start = _epoch(marks[0][2].split()) if marks else None
    texts: Dict[Tuple[str, int], bytes] = {}
    ends: Dict[int, List[bytes]] = {}
    offsets: Dict[int, int] = {}
    for mark, following in zip(marks, [*marks[1:], None]):
        kind, words = mark[1].decode(), mark[2].split()
        if kind not in ("out", "err") or not words:
            continue
        number = int(words[0])
        texts[kind, number] = said[mark.end() : following.start() if following else len(said)]
        if kind == "err":
            ends[number] = words
        elif len(words) > 1 and words[1].isdigit():
            offsets[number] = int(words[1])
    return {
        (item, 1): _output(
            cap, texts.get(("out", number)), texts.get(("err", number), b""), ends.get(number), _at(start, offsets.get(number))
        )
        for number, (item, cap) in enumerate(_collector.ITEMS)
    }


def generation(said: bytes, nonce: str) -> Optional[str]:
    """ "A" or "B", as the collector saw it; None when it did not."""
    seen = re.search(rb"==" + nonce.encode() + rb" hello [^ \n]+ [^ \n]+ ([AB])[ \n]", said)
    return seen[1].decode() if seen else None


def _output(cap: int, stdout: Optional[bytes], stderr: bytes, end: Optional[List[bytes]], started: str) -> Output:
    if stdout is None:
        return Output("not_run", None, "", "", False, "there was no time left for it", 0, started)
    code = int(end[1]) if end and len(end) > 1 and end[1].isdigit() else None
    truncated = len(stdout) > cap
    state = "ok" if code == 0 or (truncated and code == 141) else "timeout" if code is None or code > 128 else "failed"
    return Output(
        state=state,
        exit_code=code,
        stdout=stdout[:cap].decode("utf-8", "surrogateescape"),
        stderr=stderr.decode("utf-8", "surrogateescape"),
        truncated=truncated,
        reason="did not end in time" if state == "timeout" else "",
        duration_ms=int(end[2]) if end and len(end) > 2 and end[2].isdigit() else 0,
        started=started,
    )


def _epoch(hello: List[bytes]) -> Optional[float]:
    match = re.match(rb"\d{1,12}(\.\d{1,9})?", hello[1]) if len(hello) > 1 else None
    return float(match[0]) if match else None


def _at(start: Optional[float], offset_ms: Optional[int]) -> str:
    if start is None or offset_ms is None:
        return ""
    return datetime.fromtimestamp(start + offset_ms / 1000, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
