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
ours, flows in full   every flow as a typed dictionary, one after the other; none is kept
ODPFlow               every flow as the objects of Open vSwitch's own library, one after the other; none is kept

Open vSwitch's library reads the text of its own tools only. So the same made-up flows are printed in its format and in mm-dpctl's two, and
there are two ratios: both on the same text, and each on the text that it was made for, per flow.

mawk that counts only has an easier time with 5.x than with the older layouts, because there it may pass over nine tenths of a flow; ours
looks at every byte, and hands each line that it does not understand to the patient reader. So the goal is held to the same sums.

BIG_DUMP     dumps to measure (paths, several between colons; plain, .gz or .xz), of any layout; their flows are repeated to FLOWS,
             each copy with addresses, ports and counters of its own (see dumps.py). Without it, flows of tests/golden are.
FLOWS        how many flows (1340149)
ROUNDS       how many turns (3)
SLICE        how many flows the slow ones get (100000); their times are scaled
OVS_FLOWS    how many flows Open vSwitch's library gets (20000)
OVS_PYTHON   a Python that has the package ovs, to measure its ODPFlow (make gives it one)
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import dumps

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "tests/unit/module_utils/flows"))
import printer  # noqa: E402

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
        if process.returncode not in (0, 1):
            raise SystemExit(f"{command[0]} failed")
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


def compare(source: Path, scratch: Path, count: int, part: int, rounds: int) -> None:
    """One dump: the tables."""
    dump, slice_, small = scratch / "dump.txt", scratch / "slice.txt", scratch / "small.txt"
    sizes = {str(path): number for path, number in ((dump, count), (slice_, part), (small, COMMON))}
    # In a process of its own: what this one holds in memory would count as its children's.
    subprocess.run([sys.executable, __file__, "write", str(source), json.dumps(sizes)], check=True)
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
    ratio("summary / wc -l", ours[0] / start, "<= 35, then 25")
    if "mawk, counts only" in times:
        ratio("summary / mawk, counts only", ours[0] / times["mawk, counts only"][0], "none")
        ratio("summary / mawk, the same sums", ours[0] / times["mawk, the same sums"][0], "<= 1.1, then 0.8")
    ratio("rare address / grep -F", query[0] / times["grep -F, rare address"][0], "<= 3, then 2")
    ratio("every line in Python / flows in full", times["Python, every line"][0] / times["ours, flows in full"][0], ">= 3.5, then 6")
    ratio(f"memory of the summary / at {COMMON:,} flows", ours[1] / few["ours"][1], "<= 2, then 1.1")
    ratio(f"memory of the rare address / at {COMMON:,} flows", query[1] / few["query"][1], "<= 2, then 1.1")


def compare_ovs(scratch: Path, count: int, rounds: int) -> None:
    """Open vSwitch's own format, against its own library: the same flows in its format and in mm-dpctl's."""
    rng = random.Random(1)
    flows = [printer.flow(rng) for _at in range(count)]
    files = {layout: scratch / f"made-up-{layout}.txt" for layout in (printer.OVS, printer.MASKED, printer.NEW)}
    for layout, path in files.items():
        path.write_bytes(printer.dump(flows, layout))
    python, text = sys.executable, str(files[printer.OVS])
    contenders = {
        "ODPFlow": [os.environ["OVS_PYTHON"], "-c", ODP, text],
        "ours, flows in full": [python, "-c", TYPED_OVS, text],
        "ours, summary": [python, "-c", OURS, text],
        "ours, in full, 2015.06": [python, "-c", TYPED, str(files[printer.MASKED])],
        "ours, in full, 5.x": [python, "-c", TYPED, str(files[printer.NEW])],
    }
    times = turns(contenders, rounds)
    print(f"\nThe same {count:,} flows as ovs-dpctl dump-flows prints them, and as mm-dpctl does")
    for name, (cpu, memory) in times.items():
        print(f"{name:24} {cpu:8.2f} {'':8} {cpu / count * 1e6:8.2f} {memory or float('nan'):6.1f}")
    for what, name, goal in (
        ("ODPFlow / flows in full, both on its text", "ours, flows in full", ">= 13, then 25"),
        ("ODPFlow on its text / flows in full on 2015.06", "ours, in full, 2015.06", ">= 13, then 25"),
        ("ODPFlow on its text / flows in full on 5.x", "ours, in full, 5.x", ">= 13, then 25"),
        ("ODPFlow / summary, both on its text", "ours, summary", "none"),
    ):
        print(f"  {what:58} {times['ODPFlow'][0] / times[name][0]:6.2f}   goal {goal}")


def main() -> None:
    """Measure."""
    count, rounds, part = (int(os.environ.get(*one)) for one in (("FLOWS", "1340149"), ("ROUNDS", "3"), ("SLICE", "100000")))
    given = os.environ.get("BIG_DUMP")
    with tempfile.TemporaryDirectory(prefix="bench-parse-") as scratch:
        for source in [Path(one) for one in given.split(":")] if given else SAMPLES:
            compare(source, Path(scratch), count, min(part, count), rounds)
        if os.environ.get("OVS_PYTHON"):
            compare_ovs(Path(scratch), int(os.environ.get("OVS_FLOWS", "20000")), rounds)


if __name__ == "__main__":
    if sys.argv[1:2] == ["write"]:
        some = dumps.flows_of(Path(sys.argv[2]))
        for name, number in json.loads(sys.argv[3]).items():
            dumps.write(some, number, Path(name))
    else:
        main()
