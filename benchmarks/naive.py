# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How one reads a flow dump at first: line by line, each to a dictionary, then the sums. What the reducer is measured against.

`python naive.py every FILE` reads every line; `python naive.py needed FILE` only the lines that are summed. Both know mm-dpctl's
genuine output only; the plain reference of the tests also knows damaged ones.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

LINE = re.compile(r"(\w+)\{(.*)\}$")
MATCH = re.compile(r"(\w+)=(\[[^\]]*\]|[^,\]]*)")


def thing(text: str) -> dict:
    """KeyIPv4{src=10.0.0.1, dst=10.0.0.2}, as a dictionary."""
    found = LINE.match(text)
    assert found, text
    name, inside = found.groups()
    fields: dict = {"name": name}
    if "{" in inside:
        fields["value"] = [thing(part) for part in re.findall(r"\w+\{[^{}]*\}", inside)]
    elif "=" in inside:
        for pair in inside.split(", "):
            key, value = pair.split("=", 1)
            fields[key] = int(value) if re.match(r"-?\d+$", value) else value
    else:
        fields["value"] = inside
    return fields


def every(path: str):
    """Flows of a dump, each line of them as a dictionary."""
    flow: dict = {}
    with Path(path).open(encoding="utf-8") as stream:
        next(stream)
        for line in stream:
            text = line.strip()
            if text in ("Flow:", "Flow"):
                if flow:
                    yield flow
                flow = {"keys": [], "masks": [], "actions": []}
                into = flow["keys"]
            elif text.startswith("mask: "):
                flow["masks"].append(thing(text[6:]))
            elif text.startswith(("match keys:", "TCP flags:", "tcpFlags:")):
                flow["flags"] = text.partition(":")[2].strip()
            elif text.startswith("Match: "):
                flow["match"] = dict(MATCH.findall(text))
            elif text.startswith("Mask: "):
                flow["masks"] = thing(text[6:].strip().replace("[", "{", 1)[:-1] + "}")
            elif text.startswith(("actions:", "Actions:")):
                into = flow["actions"]
            elif text.startswith(("stats: ", "Stats: ")):
                flow["stats"] = thing(text[7:])
            elif text.startswith(("lastUsedTime: ", "Last used time: ")):
                flow["used"] = int(text.partition(": ")[2])
            else:
                into.append(thing(text))
    if flow:
        yield flow


def summed_every(path: str) -> dict:
    """The sums, out of dictionaries."""
    sums = new_sums()
    for flow in every(path):
        match = flow.get("match")
        source = None
        if match is not None:
            port, kind, source = match.get("InputPortNumber"), match.get("EtherType"), match.get("TunnelSrc")
        else:
            port = kind = None
            for key in flow["keys"]:
                if key["name"] == "InPort":
                    port = key["value"]
                elif key["name"] == "EtherType":
                    kind = key["value"]
                elif key["name"] == "Encap":
                    kind = next(inner["value"] for inner in key["value"] if inner["name"] == "EtherType")
                elif key["name"] == "Tunnel":
                    source = key["ipv4_src"]
        peers = {act["value"][0]["ipv4_dst"] for act in flow["actions"] if act["name"] == "SetKey" and act["value"][0]["name"] == "Tunnel"}
        outputs = {act["port"] for act in flow["actions"] if act["name"] == "Output"}
        stats = flow["stats"]
        add_flow(sums, port, kind, source, peers, outputs, not flow["actions"], stats["packets"], stats["bytes"], flow["used"] == 0)
    return sums


def summed_needed(path: str) -> dict:
    """The sums, looking only at the lines that have to do with them."""
    sums = new_sums()
    port = kind = source = None
    peers: set = set()
    outputs: set = set()
    packets = size = 0
    dropped = False
    with Path(path).open(encoding="utf-8") as stream:
        for line in stream:
            text = line.lstrip()
            if text.startswith("InPort{"):
                port = text[7:-2]
            elif text.startswith("EtherType{"):
                kind = text[10:-2]
            elif text.startswith("Encap{"):
                kind = text.partition("EtherType{")[2].partition("}")[0]
            elif text.startswith("Tunnel{"):
                source = text.partition("ipv4_src=")[2].partition(",")[0]
            elif text.startswith("Match: "):
                fields = dict(MATCH.findall(text))
                port, kind, source = fields.get("InputPortNumber"), fields.get("EtherType"), fields.get("TunnelSrc")
            elif text.startswith("SetKey{Tunnel{"):
                peers.add(text.partition("ipv4_dst=")[2].partition(",")[0])
            elif text.startswith("Output{port="):
                outputs.add(int(text[12:-2]))
            elif text.startswith(("actions: empty", "Actions: []")):
                dropped = True
            elif text.startswith(("stats: ", "Stats: ")):
                first, _comma, second = text.partition(", ")
                packets, size = int(first.partition("packets=")[2]), int(second[6:-2])
            elif text.startswith(("lastUsedTime: ", "Last used time: ")):
                add_flow(sums, port, kind, source, peers, outputs, dropped, packets, size, int(text.partition(": ")[2]) == 0)
                port = kind = source = None
                peers, outputs, dropped = set(), set(), False
    return sums


def new_sums() -> dict:
    """Nothing summed yet."""
    return {
        "flows": 0, "packets": 0, "bytes": 0, "never_used": 0, "top": [],
        "in_ports": {}, "out_ports": {}, "tunnel_peers": {}, "ethertypes": {}, "drops": {},
    }  # fmt: skip


def add_flow(sums, port, kind, source, peers, outputs, dropped, packets, size, never_used) -> None:
    """Sum up one flow."""
    port = int(port)
    kind = "0x%04x" % (int(kind, 16) & 0xFFFF)
    sums["flows"] += 1
    sums["packets"] += packets
    sums["bytes"] += size
    sums["never_used"] += never_used
    tables = [("in_ports", port), ("ethertypes", kind)]
    tables += [("out_ports", output) for output in outputs] + [("tunnel_peers", peer + " to") for peer in peers]
    if source:
        tables.append(("tunnel_peers", source + " from"))
    if dropped:
        tables.append(("drops", port))
    for table, key in tables:
        entry = sums[table].setdefault(str(key), [0, 0, 0])
        entry[0] += 1
        entry[1] += packets
        entry[2] += size
    if size > 0:
        sums["top"] = sorted([*sums["top"], size], reverse=True)[:10]


if __name__ == "__main__":
    print(json.dumps({"every": summed_every, "needed": summed_needed}[sys.argv[1]](sys.argv[2]), sort_keys=True))
    sys.stderr.writelines(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
