# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How fast, and in how much memory, a flow dump is reduced, beside what else reads it: `make bench-parse`.

Every figure is the median of processes that take turns in one run; only ratios within a run mean anything. Before anything is
timed, the reducer's sums must be those of a plain reader on the same flows, and its flows in full those of the plain reader of them.

What each computes:

ours, summary         flows, packets and bytes by input port, output port, tunnel peer, EtherType, and of drops by input port; flows never
                      used; the ten largest flows in full; lines not understood; whether the dump is complete
Python, every line    the same sums and sizes of the largest, out of a dictionary for each line, as one writes it at first
Python, needed lines  the same, out of the lines that are needed, without dictionaries
mawk, the same sums   the same sums, without the largest flows, the lines not understood and the completeness
mawk, counts only     flows by each key; packets and bytes of the whole dump only
TextFSM               of every flow what is summed, by a template (see templates.py)
ours, flows in full   every flow as a typed dictionary, one after the other; none is kept
ODPFlow               every flow as the objects of Open vSwitch's own library, one after the other; none is kept

Open vSwitch's library reads the text of its own tools only. So the flows are printed in its format too, with the same keys, masks and
actions, and there are several ratios: both on the same text, and each on the text that it was made for, per flow.

mawk that counts only has an easier time with 5.x than with the older layouts, because there it may pass over nine tenths of a flow; ours
looks at every byte, and hands each line that it does not understand to the patient reader. So the goal is held to the same sums.

BIG_DUMP     dumps to measure (paths, several between colons; plain, .gz or .xz), of any layout; their flows are repeated to FLOWS,
             each copy with addresses, ports and counters of its own (see dumps.py). Without it, flows of tests/golden are.
FLOWS        how many flows (1340149)
ROUNDS       how many turns (3)
SLICE        how many flows the slow ones get (100000); their times are scaled
OVS_FLOWS    how many flows Open vSwitch's library gets (20000)
BENCH_PYTHON   a Python that has requirements/bench.txt, to measure ODPFlow and TextFSM (make gives it one)
"""

from __future__ import annotations

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import dumps

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = [ROOT / "tests/golden/data/2015.06/dump-06.txt", ROOT / "tests/golden/data/v5/dump-06.txt"]
COMMON = 10_000

# What this process holds when it starts another would count as the other's peak, so Python's tell their own.
PEAK = "sys.stderr.writelines(line for line in open('/proc/self/status') if line.startswith('VmHWM'))"

OURS = """
import json, sys
sys.path.insert(0, {build!r})
from ansible_collections.midonet.diagnostics.plugins.module_utils import flow_dump
from ansible_collections.midonet.diagnostics.plugins.module_utils.flows.matching import Matching
with open(sys.argv[1], "rb") as stream:
    result = flow_dump.reduce(stream, match=Matching(address=sys.argv[2]) if len(sys.argv) > 2 else None)
json.dump(result, sys.stdout)
{peak}
""".format(build=str(ROOT / ".build"), peak=PEAK)

TYPED = """
import sys
sys.path.insert(0, {build!r})
from ansible_collections.midonet.diagnostics.plugins.module_utils.flows import regions, usual
with open(sys.argv[1], "rb") as stream:
    print(sum(1 for kind, data, start, end in regions.Regions(stream, 1 << 16) for flow in usual.flows(data[start:end])))
{peak}
""".format(build=str(ROOT / ".build"), peak=PEAK)

SAME = """
import sys
sys.path.insert(0, {build!r})
from ansible_collections.midonet.diagnostics.plugins.module_utils.flows import regions, typed, usual
with open(sys.argv[1], "rb") as stream:
    for kind, data, start, end in regions.Regions(stream, 1 << 16):
        if list(usual.flows(data[start:end])) != typed.flows(data[start:end].decode()):
            sys.exit(3)
""".format(build=str(ROOT / ".build"))

TYPED_OVS = """
import sys
sys.path.insert(0, {build!r})
from ansible_collections.midonet.diagnostics.plugins.module_utils.flows import ovs
with open(sys.argv[1], "rb") as stream:
    print(sum(1 for line in stream if ovs.flow(line)["actions"]))
{peak}
""".format(build=str(ROOT / ".build"), peak=PEAK)

AS_OVS = """
import itertools, sys
sys.path[:0] = [{build!r}, {benchmarks!r}]
import ovs_text
from ansible_collections.midonet.diagnostics.plugins.module_utils.flows import regions, usual
source, *targets = sys.argv[1:]
for path, count in zip(targets[::2], targets[1::2]):
    with open(source, "rb") as stream, open(path, "w") as target:
        pieces = (data[start:end] for kind, data, start, end in regions.Regions(stream, 1 << 16))
        flows = (flow for piece in pieces for flow in usual.flows(piece) if flow["keys"])
        target.writelines(ovs_text.line(flow, at) for at, flow in enumerate(itertools.islice(flows, int(count))))
""".format(build=str(ROOT / ".build"), benchmarks=str(ROOT / "benchmarks"))

ODP = f"""
import sys
from ovs.flow.odp import ODPFlow
with open(sys.argv[1]) as stream:
    print(sum(1 for line in stream if ODPFlow(line).actions))
{PEAK}
"""

# Flows by input port, output port, peer and EtherType; packets and bytes of all.
MAWK = {
    "old": r"""
/^  Flow/ { flows++ }
/^      InPort/ { in_port[substr($0, 14)]++ }
/^      EtherType/ { kind[substr($0, 17)]++ }
/^      Tunnel/ { split($2, word, "="); peer[word[2]]++ }
/^      SetKey.Tunnel/ { split($3, word, "="); to[word[2]]++ }
/^      Output/ { out_port[substr($0, 19)]++ }
/^    stats/ { split($0, word, /[=,}]/); packets += word[2]; bytes += word[4] }
/^    actions: empty/ { drops++ }
END { print flows, packets, bytes, drops; for (one in in_port) print one, in_port[one]; for (one in out_port) print one, out_port[one] }
""",
    "new": r"""
/^  Flow/ { flows++ }
/^    Match/ {
    if (match($0, /InputPortNumber=[0-9]+/)) in_port[substr($0, RSTART + 16, RLENGTH - 16)]++
    if (match($0, /EtherType=[0-9A-F]+/)) kind[substr($0, RSTART + 10, RLENGTH - 10)]++
    if (match($0, /TunnelSrc=[0-9.]+/)) peer[substr($0, RSTART + 10, RLENGTH - 10)]++
}
/^      SetKey.Tunnel/ { split($3, word, "="); to[word[2]]++ }
/^      Output/ { out_port[substr($0, 19)]++ }
/^    Stats/ { split($0, word, /[=,}]/); packets += word[2]; bytes += word[4] }
/^    Actions: ../ { drops++ }
END { print flows, packets, bytes, drops; for (one in in_port) print one, in_port[one]; for (one in out_port) print one, out_port[one] }
""",
}

_SUMS = r"""
function add(table, key) { flows[table, key]++; packets[table, key] += p; bytes[table, key] += b }
function flow(  one) {
    add("in_port", in_port); add("kind", kind)
    if (peer != "") add("from", peer)
    for (one in to) { add("to", one); delete to[one] }
    for (one in out) { add("out_port", one); delete out[one] }
    if (drop) add("drop", in_port)
    peer = ""; drop = 0
}
END { for (one in flows) print one, flows[one], packets[one], bytes[one] }
"""
# The same sums as ours.
MAWK_SUMS = {
    "old": r"""
/^      InPort/ { in_port = substr($0, 14) }
/^      EtherType/ { kind = substr($0, 17) }
/^      Tunnel/ { split($2, word, "="); peer = word[2] }
/^      SetKey.Tunnel/ { split($3, word, "="); to[word[2]] = 1 }
/^      Output/ { out[substr($0, 19)] = 1 }
/^    actions: empty/ { drop = 1 }
/^    stats/ { split($0, word, /[=,}]/); p = word[2]; b = word[4] }
/^    lastUsed/ { if ($2 == 0) never++; flow() }
"""
    + _SUMS,
    "new": r"""
/^    Match/ {
    if (match($0, /InputPortNumber=[0-9]+/)) in_port = substr($0, RSTART + 16, RLENGTH - 16)
    if (match($0, /EtherType=[0-9A-F]+/)) kind = substr($0, RSTART + 10, RLENGTH - 10)
    if (match($0, /TunnelSrc=[0-9.]+/)) peer = substr($0, RSTART + 10, RLENGTH - 10)
}
/^      SetKey.Tunnel/ { split($3, word, "="); to[word[2]] = 1 }
/^      Output/ { out[substr($0, 19)] = 1 }
/^    Actions: ../ { drop = 1 }
/^    Stats/ { split($0, word, /[=,}]/); p = word[2]; b = word[4] }
/^    Last used/ { if ($4 == 0) never++; flow() }
"""
    + _SUMS,
}


def measured(command: list[str]) -> tuple[float, float, bytes]:
    """CPU seconds, peak memory in MB (0 when it is not known), and what the command said."""
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as peak:
        process = subprocess.Popen(command, stdout=said, stderr=peak, env={**os.environ, "LC_ALL": "C"})
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        peak.seek(0)
        memory = re.match(rb"VmHWM:\s*([0-9]+) kB", peak.read())
        if process.returncode not in ((0, 1) if command[0] == "grep" else (0,)):
            peak.seek(0)
            raise SystemExit(f"{' '.join(command[:2])} … failed:\n{peak.read().decode(errors='replace')}")
        return usage.ru_utime + usage.ru_stime, int(memory[1]) / 1024 if memory else 0, said.read()


def agreed(path: Path, reader: str) -> None:
    """The reducer and a plain reader must come to the same sums."""
    plain = json.loads(measured([sys.executable, str(ROOT / "benchmarks/naive.py"), reader, str(path)])[2])
    result = json.loads(measured([sys.executable, "-c", OURS, str(path)])[2])
    ours = {name: result[name] for name in ("flows", "packets", "bytes", "never_used")}
    ours["top"] = [flow["bytes"] for flow in result["top"]]
    names = {"tunnel_peers": lambda one: one["address"] + " " + one["direction"], "ethertypes": lambda one: one["ethertype"]}
    for table in ("in_ports", "out_ports", "tunnel_peers", "ethertypes", "drops"):
        name = names.get(table, lambda one: str(one["port"]))
        ours[table] = {name(one): [one["flows"], one["packets"], one["bytes"]] for one in result[table]}
    if ours != plain or result["unknown_lines"]:
        raise SystemExit(f"{path}: the reducer and the {reader} reader do not agree; nothing is timed")


def turns(contenders: dict[str, list[str]], rounds: int) -> dict[str, tuple[float, float]]:
    """Median CPU seconds and memory of each, run in turn."""
    runs: dict[str, list[tuple[float, float]]] = {name: [] for name in contenders}
    for _turn in range(rounds):
        for name, command in contenders.items():
            runs[name].append(measured(command)[:2])
    return {name: (statistics.median(cpu for cpu, _mb in some), statistics.median(mb for _cpu, mb in some)) for name, some in runs.items()}


def write(source: Path, sizes: dict[str, int]) -> None:
    """Dumps of so many flows out of one, by path."""
    # In a process of its own: what this one holds in memory would count as its children's.
    if subprocess.run([sys.executable, __file__, "write", str(source), json.dumps(sizes)], check=False).returncode:
        raise SystemExit(1)


def compare(source: Path, scratch: Path, count: int, part: int, rounds: int) -> None:
    """One dump: the tables."""
    dump, slice_, small = scratch / "dump.txt", scratch / "slice.txt", scratch / "small.txt"
    sizes = {str(path): number for path, number in ((dump, count), (slice_, part), (small, COMMON))}
    write(source, sizes)
    with dump.open("rb") as stream:
        layout = "new" if b"  Flow\n" in stream.read(100) else "old"
    agreed(slice_, "every")
    measured([sys.executable, "-c", SAME, str(small)])
    agreed(dump, "needed")
    python, naive = sys.executable, str(ROOT / "benchmarks/naive.py")
    fast = {
        "wc -l": ["wc", "-l", str(dump)],
        "grep -c": ["grep", "-c", "^  Flow", str(dump)],
        "ours, summary": [python, "-c", OURS, str(dump)],
        "grep -F, rare address": ["grep", "-F", dumps.RARE, str(dump)],
        "ours, rare address": [python, "-c", OURS, str(dump), dumps.RARE],
    }
    if shutil.which("mawk"):
        fast["mawk, counts only"] = ["mawk", MAWK[layout], str(dump)]
        fast["mawk, the same sums"] = ["mawk", MAWK_SUMS[layout], str(dump)]
    slow = {
        "Python, every line": [python, naive, "every", str(slice_)],
        "Python, needed lines": [python, naive, "needed", str(slice_)],
        "ours, summary (slice)": [python, "-c", OURS, str(slice_)],
        "ours, flows in full": [python, "-c", TYPED, str(slice_)],
    }
    if bench := os.environ.get("BENCH_PYTHON"):
        slow["TextFSM"] = [bench, str(ROOT / "benchmarks/templates.py"), str(slice_)]
        found, result = (measured(command)[2] for command in (slow["TextFSM"], slow["ours, summary (slice)"]))
        sums = json.loads(result)
        if found.split()[:3] != [b"%d" % sums[name] for name in ("flows", "packets", "bytes")]:
            raise SystemExit(f"{source}: TextFSM's template and the reducer do not agree; nothing is timed")
    times = turns({**fast, **slow}, rounds)
    few = turns({"ours": [python, "-c", OURS, str(small)], "query": [python, "-c", OURS, str(small), dumps.RARE]}, rounds)
    size = dump.stat().st_size
    print(f"\n{source.name}: {count:,} flows, {size / 1e6:,.0f} MB, Python {sys.version.split()[0]}, medians of {rounds}")
    print(f"{'':24} {'CPU s':>8} {'x wc -l':>8} {'us/flow':>8} {'MB':>6}")
    start = times["wc -l"][0]
    for name, (cpu, memory) in times.items():
        number = part if name in slow else count
        print(f"{name:24} {cpu:8.2f} {cpu / start * count / number:8.1f} {cpu / number * 1e6:8.2f} {memory or float('nan'):6.1f}")
    ours, query = times["ours, summary"], times["ours, rare address"]

    def ratio(name: str, value: float, goal: str) -> None:
        print(f"  {name:58} {value:6.2f}   goal {goal}")

    per_flow = ours[0] / count
    ratio("every line in Python / summary", times["Python, every line"][0] / part / per_flow, ">= 18, then 25")
    ratio("needed lines in Python / summary", times["Python, needed lines"][0] / part / per_flow, "none")
    if "TextFSM" in times:
        ratio("TextFSM / summary", times["TextFSM"][0] / part / per_flow, "none")
    ratio("summary / wc -l", ours[0] / start, "<= 35, then 25")
    if "mawk, counts only" in times:
        ratio("summary / mawk, counts only", ours[0] / times["mawk, counts only"][0], "none")
        ratio("summary / mawk, the same sums", ours[0] / times["mawk, the same sums"][0], "<= 1.1, then 0.8")
    ratio("rare address / grep -F", query[0] / times["grep -F, rare address"][0], "<= 3, then 2")
    ratio("every line in Python / flows in full", times["Python, every line"][0] / times["ours, flows in full"][0], ">= 3.5, then 6")
    ratio(f"memory of the summary / at {COMMON:,} flows", ours[1] / few["ours"][1], "<= 2, then 1.1")
    ratio(f"memory of the rare address / at {COMMON:,} flows", query[1] / few["query"][1], "<= 2, then 1.1")


def compare_ovs(sources: list[Path], scratch: Path, count: int, part: int, rounds: int) -> None:
    """Open vSwitch's own library on the flows of the first dump that has masks, printed as Open vSwitch does, beside ours on every dump."""
    texts = {source: scratch / f"in-full-{at}.txt" for at, source in enumerate(sources)}
    for source, text in texts.items():
        write(source, {str(text): part})
    masked = next((source for source, text in texts.items() if b"\n        mask: " in text.read_bytes()[: 1 << 16]), None)
    if masked is None:
        print("\nNo dump of the layout of 2015 was given, whose flows Open vSwitch could print: its library is not measured")
        return
    few, many = scratch / "ovs-few.txt", scratch / "ovs.txt"
    subprocess.run([sys.executable, "-c", AS_OVS, str(texts[masked]), str(few), str(count), str(many), str(part)], check=True)
    python = sys.executable
    contenders = {
        "ODPFlow": [os.environ["BENCH_PYTHON"], "-c", ODP, str(few)],
        "ours, flows in full": [python, "-c", TYPED_OVS, str(many)],
        "ours, summary": [python, "-c", OURS, str(many)],
    }
    mine = {source: f"ours, in full, {source.parent.name}/{source.name}"[:40] for source in sources}
    contenders.update((name, [python, "-c", TYPED, str(texts[source])]) for source, name in mine.items())
    times = turns(contenders, rounds)
    print(f"\nThe flows of {masked.name} as ovs-dpctl dump-flows -m prints them ({count:,} for ODPFlow, {part:,} for ours)")
    print(f"{'':40} {'CPU s':>8} {'us/flow':>8} {'MB':>6}")
    per_flow = {name: cpu / (count if name == "ODPFlow" else part) for name, (cpu, _memory) in times.items()}
    for name, (cpu, memory) in times.items():
        print(f"{name:40} {cpu:8.2f} {per_flow[name] * 1e6:8.2f} {memory or float('nan'):6.1f}")
    ratios = {"ODPFlow / flows in full, both on its text": ("ours, flows in full", ">= 13, then 25")}
    ratios.update((f"ODPFlow on its text / {name}", (name, ">= 13, then 25")) for name in mine.values())
    ratios["ODPFlow / summary, both on its text"] = ("ours, summary", "none")
    for what, (name, goal) in ratios.items():
        print(f"  {what:70} {per_flow['ODPFlow'] / per_flow[name]:6.2f}   goal {goal}")


def main() -> None:
    """Measure."""
    count, rounds, part = (int(os.environ.get(*one)) for one in (("FLOWS", "1340149"), ("ROUNDS", "3"), ("SLICE", "100000")))
    given = os.environ.get("BIG_DUMP")
    sources = [Path(one) for one in given.split(":")] if given else SAMPLES
    with tempfile.TemporaryDirectory(prefix="bench-parse-") as scratch:
        for source in sources:
            compare(source, Path(scratch), count, min(part, count), rounds)
        if os.environ.get("BENCH_PYTHON"):
            compare_ovs(sources, Path(scratch), int(os.environ.get("OVS_FLOWS", "20000")), min(part, count), rounds)


if __name__ == "__main__":
    if sys.argv[1:2] == ["write"]:
        some = dumps.flows_of(Path(sys.argv[2]))
        if not some:
            sys.exit(f"{sys.argv[2]} holds no flow of mm-dpctl")
        for name, number in json.loads(sys.argv[3]).items():
            dumps.write(some, number, Path(name))
    else:
        main()
