# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How fast, and in how much memory, a BGP table of the whole Internet is read: `make bench-bgp`.

The text is that of `show ip bgp` of Quagga and of FRR: PREFIXES networks, every other one with a second path, a default route and
two networks of one's own. What each computes:

ours, summary         networks, paths, paths in use, the default routes, one's own networks, whether the table is whole
Python, every row     the same, out of a dictionary for each row, as one writes it at first
ours, rows in full    every path as a typed dictionary, all at once; half the table for half a gigabyte
Python, rows kept     the dictionaries of the plain reader, kept likewise
mawk, counts          networks, paths, paths in use

The rows in full cost more than the plain reader's, and nothing is done about it: they are only wanted of tables below 200 kB, a few
milliseconds. For that the reader of rows takes the columns from the heading, whatever the release; tells a row that it does not
understand, with its line and column; reads rows of two lines, all states of a path and JSON; and leaves nothing out of a cut
table. The plain reader passes over what does not fit its pattern.

PREFIXES     how many networks (900000)
ROUNDS       how many turns (3)
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from parse import PEAK, ROOT, measured, turns

COLUMNS = b"   Network          Next Hop            Metric LocPrf Weight Path\n"
HEADS = {
    "quagga": b"BGP table version is 0, local router ID is 203.0.113.10\n"
    b"Status codes: s suppressed, d damped, h history, * valid, > best, = multipath,\n"
    b"              i internal, r RIB-failure, S Stale, R Removed\nOrigin codes: i - IGP, e - EGP, ? - incomplete\n\n",
    "frr": b"BGP table version is 7, local router ID is 203.0.113.10, vrf id 0\nDefault local pref 100, local AS 65000\n"
    b"Status codes:  s suppressed, d damped, h history, u unsorted, * valid, > best, = multipath,\n"
    b"               i internal, r RIB-failure, S Stale, R Removed\n"
    b"Nexthop codes: @NNN nexthop's vrf id, < announce-nh-self\nOrigin codes:  i - IGP, e - EGP, ? - incomplete\n"
    b"RPKI validation codes: V valid, I invalid, N Not found\n\n",
}

BEGIN = """
import json, sys
sys.path.insert(0, {build!r})
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import vtysh_rib, vtysh_rib_summary
def pieces(stream):
    return iter(lambda: stream.read(1 << 16), "")
stream = open(sys.argv[1], encoding="utf-8", newline="")
""".format(build=str(ROOT / ".build"))
SUMMARY = BEGIN + "json.dump(vtysh_rib_summary.summarise(pieces(stream)).data, sys.stdout)\n" + PEAK
FULL = BEGIN + "print(len(vtysh_rib.parse(stream.read()).data['routes']))\n" + PEAK
KEPT = f"""
import sys
sys.path.insert(0, {str(ROOT / "benchmarks")!r})
import bgp
print(len(list(bgp.rows(sys.argv[1]))))
{PEAK}
"""
MAWK = r"""
/^[ *>=sdhrSRi][ *>=sdhrSRi][ *>=sdhrSRi]?[0-9]/ { networks++ }
/^[*]/ { paths++ }
/^[*]>/ { best++ }
END { print networks, paths, best }
"""


def table(software: str, prefixes: int) -> Iterator[bytes]:
    """The text of a table, in pieces."""
    yield HEADS[software] + COLUMNS

    def row(status: bytes, network: bytes, hop: bytes, metric: bytes, weight: bytes, path: bytes) -> bytes:
        # A network that fills its column has the rest of its row on the next line.
        network = network.ljust(17) if len(network) < 17 else network + b"\n" + b" " * 20
        return b"%-3s%s%-20s%6s       %7s %s\n" % (status, network, hop, metric, weight, path)

    yield row(b"*>", b"0.0.0.0" if software == "quagga" else b"0.0.0.0/0", b"203.0.113.1", b"0", b"0", b"64512 i")
    paths = prefixes
    for at in range(1, prefixes):
        if at in (prefixes // 3, prefixes // 2):
            yield row(b"*>", b"198.51.100.%d/25" % (128 * (at == prefixes // 2)), b"0.0.0.0", b"0", b"32768", b"i")
            continue
        mixed = at * 2654435761 & 0xFFFFFFFF
        network = b"%d.%d.%d.0/24" % (1 + (at >> 16), at >> 8 & 255, at & 255)
        way = b"%d %d %d i" % (64512 + mixed % 2, 1000 + (mixed >> 8) % 60000, 1000 + (mixed >> 3) % 400000)
        yield row(b"*>", network, b"203.0.113.%d" % (1 + mixed % 2), b"", b"0", way)
        if at % 2:
            yield row(b"*", b"", b"203.0.113.%d" % (2 - mixed % 2), b"", b"0", b"%d 3356 " % (64513 - mixed % 2) + way[6:])
            paths += 1
    yield b"\nDisplayed  %d routes and %d total paths\n" % (prefixes, paths)


ROW = re.compile(r"([ *>=sdhrSRi]{3})(\S*) +(\S+) +(?:(\d+) +)?(\d+)((?: \d+)*) ([ie?])$")


def rows(path: str) -> Iterator[dict]:
    """Rows of a table, each as a dictionary."""
    network = begun = ""
    with Path(path).open(encoding="utf-8") as stream:
        for line in stream:
            text = line.rstrip("\n")
            if begun:
                text, begun = begun + text, ""
            elif re.fullmatch(r"[ *>=sdhrSRi]{3}\S+", text):
                begun = text
                continue
            found = ROW.match(text)
            if not found:
                continue
            status, its_network, hop, metric, weight, way, origin = found.groups()
            network = its_network or network
            yield {
                "network": network,
                "valid": "*" in status,
                "best": ">" in status,
                "next_hop": hop,
                "metric": int(metric) if metric else None,
                "weight": int(weight),
                "as_path": way.strip(),
                "origin": origin,
            }


def plain(path: str) -> dict:
    """The summary out of dictionaries."""
    sums: dict = {"networks": 0, "paths": 0, "best": 0, "default": [], "own": []}
    network = ""
    for route in rows(path):
        sums["paths"] += 1
        sums["best"] += route["best"]
        if route["network"] != network:
            network = route["network"]
            sums["networks"] += 1
        if network in ("0.0.0.0/0", "0.0.0.0"):
            sums["default"].append(route)
        if route["weight"] == 32768:
            sums["own"].append(route)
    return sums


def agreed(dump: Path) -> None:
    """Both readers must come to the same."""
    ours = json.loads(measured([sys.executable, "-c", SUMMARY, str(dump)])[2])
    theirs = json.loads(measured([sys.executable, __file__, "plain", str(dump)])[2])
    same = all(ours[name] == theirs[name] for name in ("networks", "paths", "best"))
    same = same and all([one["next_hop"] for one in ours[name]] == [one["next_hop"] for one in theirs[name]] for name in ("default", "own"))
    if not same or not ours["complete"]:
        raise SystemExit(f"{dump}: the summary and the plain reader do not agree; nothing is timed")


def compare(software: str, prefixes: int, rounds: int, scratch: Path) -> None:
    """One table."""
    dump, small = scratch / "table.txt", scratch / "small.txt"
    for path, number in ((dump, prefixes), (small, min(prefixes, 10_000))):
        with path.open("wb", buffering=1 << 20) as stream:
            stream.writelines(table(software, number))
    agreed(dump)
    contenders = {
        "wc -l": ["wc", "-l", str(dump)],
        "ours, summary": [sys.executable, "-c", SUMMARY, str(dump)],
        "Python, every row": [sys.executable, __file__, "plain", str(dump)],
        "ours, rows in full": [sys.executable, "-c", FULL, str(dump)],
        "Python, rows kept": [sys.executable, "-c", KEPT, str(dump)],
    }
    if shutil.which("mawk"):
        contenders["mawk, counts"] = ["mawk", MAWK, str(dump)]
    times = turns(contenders, rounds)
    few = turns({"ours": [sys.executable, "-c", SUMMARY, str(small)]}, rounds)["ours"]
    print(f"\n{software}: {prefixes:,} networks, {dump.stat().st_size / 1e6:,.0f} MB, Python {sys.version.split()[0]}, medians of {rounds}")
    print(f"{'':24} {'CPU s':>8} {'x wc -l':>8} {'MB':>7}")
    for name, (cpu, memory) in times.items():
        print(f"{name:24} {cpu:8.2f} {cpu / max(times['wc -l'][0], 0.001):8.1f} {memory or float('nan'):7.1f}")
    ours, naive = times["ours, summary"], times["Python, every row"]
    for name, value, goal in (
        ("every row in Python / summary", naive[0] / ours[0], ">= 6, then 10"),
        ("rows kept in Python / rows in full", times["Python, rows kept"][0] / times["ours, rows in full"][0], "none"),
        ("memory of the summary / at 10,000 networks", ours[1] / few[1], "<= 2, then 1.1"),
    ):
        print(f"  {name:58} {value:6.2f}   goal {goal}")


def main() -> None:
    """Measure."""
    prefixes, rounds = (int(os.environ.get(*one)) for one in (("PREFIXES", "900000"), ("ROUNDS", "3")))
    with tempfile.TemporaryDirectory(prefix="bench-bgp-") as scratch:
        for software in HEADS:
            compare(software, prefixes, rounds, Path(scratch))


if __name__ == "__main__":
    if sys.argv[1:2] == ["plain"]:
        print(json.dumps(plain(sys.argv[2])))
        sys.stderr.writelines(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    else:
        main()
