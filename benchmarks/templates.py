# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Flow dumps read by TextFSM, the template parser of network automation, for the benchmark.

`python templates.py FILE` prints the sums of what it finds: flows, packets, bytes, flows without output. The templates take from a
flow what the reducer sums up, nothing more. (TTP, its sibling, has braces of its own that those of this text are in the way of.)
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import textfsm

OLD, NEW = "old", "new"

_VALUES = r"""Value InPort (\d+)
Value Source ([0-9.]+)
Value EtherType (\w+)
Value List Peer ([0-9.]+)
Value List Output (\d+)
Value Required Packets (\d+)
Value Bytes (\d+)
Value Used (\d+)

Start
  ^  Flow -> Continue.Record
"""
TEMPLATES = {
    OLD: _VALUES
    + r"""  ^      Tunnel\{tun_id=\S+ ipv4_src=${Source},
  ^      InPort\{${InPort}\}
  ^      EtherType\{0x${EtherType}\}
  ^      SetKey\{Tunnel\{tun_id=\S+ ipv4_src=\S+ ipv4_dst=${Peer},
  ^      Output\{port=${Output}\}
  ^    stats: FlowStats\{packets=${Packets}, bytes=${Bytes}\}
  ^    lastUsedTime: ${Used}
""",
    NEW: _VALUES
    + r"""  ^    Match: .*TunnelSrc=${Source}, -> Continue
  ^    Match: FlowMatch\[InputPortNumber=${InPort}, .*EtherType=${EtherType}
  ^      SetKey\{Tunnel\{tun_id=\S+ ipv4_src=\S+ ipv4_dst=${Peer},
  ^      Output\{port=${Output}\}
  ^    Stats: FlowStats\{packets=${Packets}, bytes=${Bytes}\}
  ^    Last used time: ${Used}
""",
}
def flows_of(text: str, layout: str) -> Iterator[dict]:
    """The flows in a dump."""
    template = textfsm.TextFSM(io.StringIO(TEMPLATES[layout]))
    for row in template.ParseText(text):
        yield dict(zip(template.header, row, strict=True))


def main() -> None:
    """Print the sums."""
    text = Path(sys.argv[1]).read_text(encoding="utf-8")
    layout = NEW if "\n  Flow\n" in text else OLD
    flows = list(flows_of(text, layout))
    sums = [sum(int(flow[name]) for flow in flows) for name in ("Packets", "Bytes")]
    print(len(flows), *sums, sum(not flow.get("Output") for flow in flows))


if __name__ == "__main__":
    main()
