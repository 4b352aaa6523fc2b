# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read mm-dpctl: the list of datapaths, one datapath with its ports, the dump of its flows.

PRIVATE to the collection: may change without notice. Each reads the layouts of 2014.11, 2015.01 to 2015.06 and 5.x, and
mixtures of them as the printed guide shows, without being told which it is::

    Datapath name   : midonet                     Name: midonet
    Datapath index : 5                            Index: 5
    Datapath Stats:                               Supports megaflows: yes
      Flows :10                                   Stats:
      Hits  :10077                                  Flows  10
    Port #0 "midonet"  Internal  Stats{...}       Port #0 'midonet' Internal Stats{...}

A line without its line end may have been cut, so nothing that ends at its end is believed; a flow or a port of which
a part is missing there is left out, and the state is partial.
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional, Tuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _numbers as n
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _odp_keys as odp_keys
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._braces import BraceError, Node, read
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import Line, lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed, Unread

# What mm-dpctl, its wrapper script or its logger says instead of an answer. Up to 2015.06 most of it goes to stdout.
_ERROR = re.compile(
    r"ERROR:|Error with the options|Didn't get result in time|\[[^\]]{0,20}mm-dpctl[^\]]{0,20}\]|Unexpected error|Request timeout"
    r"|[0-9:.]{8,14} (?:ERROR|WARN) |Exception in thread|(?:[a-z][\w$]*\.){2,}\w*(?:Exception|Error)\b|Could not find datapath"
)
_STACK = re.compile(r"\s*(?:at [\w.$<>]+\(|\.\.\. [0-9]+ (?:more|common frames omitted)|Caused by: |Wrapped by: )")
# Other loggers of the same JVM may speak up before the answer.
_LOG = re.compile(r"[0-9:.]{8,14} (?:INFO|DEBUG|TRACE) ")

_FOUND = re.compile(r"Found ([0-9]{1,9}) datapaths?:?")
_NO_DATAPATH = re.compile(r"Could not find any installed datapath\.?")

_NAME = re.compile(r"\s*(?:Datapath name|Name)\s*:\s?(.*)", re.IGNORECASE)
_INDEX = re.compile(r"\s*(?:Datapath index|Index)\s*:\s*([0-9]{1,10})\s*", re.IGNORECASE)
_MEGAFLOWS = re.compile(r"\s*Supports megaflows\s*:\s*(yes|no)\s*", re.IGNORECASE)
_STATS = re.compile(r"\s*(?:Datapath Stats|Stats)\s*:\s*", re.IGNORECASE)
_STAT = re.compile(r"\s*(Flows|Hits|Lost|Misses)(?:\s*:)?\s*(-?[0-9]{1,20})\s*", re.IGNORECASE)
_NO_PORT = re.compile(r"\s*Datapath does not contain any port\.?\s*", re.IGNORECASE)
_PORT = re.compile(
    r"""\s*Port\s*#\s*([0-9]{1,10})\s+["'\u201c\u2018](.*)["'\u201d\u2019]\s+([A-Za-z]\w*)\s+(?=Stats\b|null)""",
    re.IGNORECASE,
)
_PORT_START = re.compile(r"\s*Port\s*#", re.IGNORECASE)
# A printed page breaks a port's line in two or three.
_MOST_PIECES = 4

_TYPES = {"netdev": "NetDev", "internal": "Internal", "gre": "Gre", "vxlan": "VXLan"}
COUNTERS = ("rxPackets", "txPackets", "rxBytes", "txBytes", "rxErrors", "txErrors", "rxDropped", "txDropped")

Port = Dict[str, Any]
Datapath = Dict[str, Any]
Flow = Dict[str, Any]
Dump = Dict[str, Any]


def _is_noise(line: Line) -> bool:
    return not line.text.strip() or _STACK.match(line.text) is not None or _LOG.match(line.text) is not None


def _error(line: Line) -> Optional[str]:
    return line.text.strip()[:300] if _ERROR.match(line.text.lstrip()) else None


def parse_list(text: str) -> Parsed[List[str]]:
    """Names of the installed datapaths, in the tool's order: ``Found 1 datapaths:`` and one indented name a line.

    Data: list of names, empty when the tool said that there is none.
    """
    names: List[str] = []
    not_read: List[Unread] = []
    error: Optional[str] = None
    announced: Optional[int] = None
    cut = False
    for line in lines(text):
        if _is_noise(line):
            continue
        found = _FOUND.fullmatch(line.text.strip())
        if found:
            announced = int(found.group(1))
        elif _NO_DATAPATH.fullmatch(line.text.strip()):
            announced = 0
        elif _error(line):
            error = error or _error(line)
        elif announced and line.text[0] in " \t" and len(names) < announced:
            if line.terminated:
                names.append(line.text.strip())
            else:
                cut = True
        else:
            not_read.append(unread(line))
    return outcome(text, names, announced is not None, not_read, error, cut or len(names) < (announced or 0))


def parse_show(text: str) -> Parsed[Datapath]:
    """One datapath: name, index, whether the kernel has megaflows, counters, ports.

    Data: name, index, supports_megaflows (None where it is not printed), stats {flows, hits, lost, misses},
    ports [{no, name, type (NetDev, Internal, Gre, VXLan, else as printed), stats {rxPackets, …} or None}]; None for what
    the text does not tell. Counters are numbers since the port was made.
    """
    data: Datapath = {
        "name": None,
        "index": None,
        "supports_megaflows": None,
        "stats": {"flows": None, "hits": None, "lost": None, "misses": None},
        "ports": [],
    }
    not_read: List[Unread] = []
    error: Optional[str] = None
    anything = cut = False
    every = lines(text)
    at = 0
    while at < len(every):
        line = every[at]
        at += 1
        if _is_noise(line):
            continue
        if _PORT_START.match(line.text):
            anything = True
            port, at, problem, short = _port(every, at - 1)
            cut = cut or short
            if port is not None:
                data["ports"].append(port)
            elif not short:
                not_read.append(unread(line, problem))
        elif _header(line.text, data, line.terminated):
            anything = True
            cut = cut or not line.terminated
        elif _error(line):
            error = error or _error(line)
        elif not line.terminated and anything and at == len(every):
            cut = True
        else:
            not_read.append(unread(line))
    return outcome(text, data, anything, not_read, error, cut)


def _header(text: str, data: Datapath, whole: bool) -> bool:
    """Read one line above the ports; of a line that may have been cut, only notice that it is one."""
    stat = _STAT.fullmatch(text)
    if stat:
        if whole:
            data["stats"][stat.group(1).lower()] = int(stat.group(2))
        return True
    name = _NAME.fullmatch(text)
    if name:
        if whole:
            data["name"] = name.group(1).strip()
        return True
    index = _INDEX.fullmatch(text)
    if index:
        if whole:
            data["index"] = int(index.group(1))
        return True
    megaflows = _MEGAFLOWS.fullmatch(text)
    if megaflows:
        data["supports_megaflows"] = megaflows.group(1).lower() == "yes"
        return True
    return bool(_STATS.fullmatch(text) or _NO_PORT.fullmatch(text))


def _port(every: List[Line], at: int) -> Tuple[Optional[Port], int, Optional[int], bool]:
    """The port whose line is every[at], with the pieces of it that a printed page put on the next lines.

    Returns the port, the index of the line after it, the column of what is not understood, and whether the text ends inside it.
    """
    text = every[at].text
    end = at + 1
    while _unclosed(text) and end < len(every) and end - at < _MOST_PIECES and not _starts_something(every[end]):
        text += " " + every[end].text.strip()
        end += 1
    last = every[end - 1]
    at_end = end == len(every) and not last.terminated
    head = _PORT.match(text)
    if head is None:
        return None, (at + 1 if not at_end else end), None, at_end
    number, name, kind = head.groups()
    port: Port = {"no": int(number), "name": name, "type": _TYPES.get(kind.lower(), kind), "stats": None}
    rest = text[head.end() :].strip()
    if rest == "null":
        return port, end, None, False
    try:
        port["stats"] = _counters(read(text, head.end()))
    except ValueError as problem:
        column = getattr(problem, "position", head.end()) + 1
        return None, (end if at_end else at + 1), min(column, len(every[at].text) + 1), at_end
    return port, end, None, False


def _unclosed(text: str) -> bool:
    return "null" not in text[-5:] and "}" not in text


def _starts_something(line: Line) -> bool:
    return not line.text.strip() or _PORT_START.match(line.text) is not None or _error(line) is not None


def _counters(node: Node) -> Dict[str, int]:
    if node.name.lower() != "stats":
        raise BraceError("not counters", node.position)
    stats: Dict[str, int] = {}
    for field in node.fields:
        if field.key not in COUNTERS or not isinstance(field.value, str):
            raise BraceError("not a counter", field.position)
        try:
            stats[field.key] = n.signed64(field.value)
        except ValueError as problem:
            raise BraceError(str(problem), field.position) from problem
    if len(stats) != len(COUNTERS):
        raise BraceError("a counter is missing", node.position)
    return stats


_FLOW_COUNT = re.compile(r"([0-9]{1,12}) flows?:?\s*", re.IGNORECASE)
_FLOW = re.compile(r"\s*Flow\s*:?\s*", re.IGNORECASE)
_LABEL = re.compile(r"\s*(match keys|match|mask|actions|stats|tcp ?flags|last ?used ?time)\s*:\s*", re.IGNORECASE)


def parse_dump(text: str) -> Parsed[Dump]:
    """The flows of a datapath.

    Data: flow_count (what the first line says; more or fewer may follow), flows. A flow has

    keys, masks_per_key   the match as the kernel's keys, and for each its mask (None where none is printed); up to 2015.06
    match, mask           the match as FlowMatch's fields, and the keys of its FlowMask; 5.x
    actions               in order; an empty list drops the packet
    packets, bytes        numbers since the flow was made
    tcp_flags, tcp_flag_names
    last_used_ms          milliseconds of the kernel's monotonic clock; 0: never used

    What a layout does not have, or does not tell, is None. Keys and actions: see _odp_keys.
    """
    reader = _DumpReader()
    for line in lines(text):
        if line.text.strip():
            reader.take(line)
    return reader.result(text)


class _DumpReader:
    """The flow that is being read, and what was read before it."""

    def __init__(self) -> None:
        self.flow_count: Optional[int] = None
        self.flows: List[Flow] = []
        self.not_read: List[Unread] = []
        self.error: Optional[str] = None
        self.flow: Optional[Flow] = None
        self.section = ""  # what bare lines are: keys or actions
        self.ended = False  # the current flow's last line was seen, line end and all
        self.cut = False
        self.always_ends = False  # this layout prints lastUsedTime for every flow

    def take(self, line: Line) -> None:
        if not line.terminated:
            self._unfinished(line)
            return
        if _FLOW.fullmatch(line.text):
            self._close()
            self.flow = _new_flow()
            self.section = ""
            return
        if self.flow is None:
            self._before_flows(line)
            return
        label = _LABEL.match(line.text)
        try:
            if label:
                self._labelled(self.flow, label.group(1).lower().replace(" ", ""), line.text, label.end())
            elif self.section == "keys":
                self._key(self.flow, line.text)
            elif self.section == "actions":
                self.flow["actions"].append(odp_keys.action(line.text))
            else:
                self._other(line)
        except BraceError as problem:
            if not self._log(line):
                self.not_read.append(unread(line, min(problem.position, len(line.text)) + 1))
        except ValueError:
            self.not_read.append(unread(line, label.end() + 1 if label else None))

    def _before_flows(self, line: Line) -> None:
        count = _FLOW_COUNT.fullmatch(line.text.strip())
        if count and self.flow_count is None:
            self.flow_count = int(count.group(1))
        else:
            self._other(line)

    def _unfinished(self, line: Line) -> None:
        """The last line, which may have been cut: whatever stands in it, it ends inside the current flow."""
        self.ended = False
        self.cut = True
        if self.flow_count is None:
            self._before_flows(line)
            # The word after the number shows that the number is whole.
            self.cut = self.flow_count != 0

    def _labelled(self, flow: Flow, label: str, text: str, start: int) -> None:
        rest = text[start:].strip()
        self.section = ""
        if label == "matchkeys":
            flow["keys"], flow["masks_per_key"] = [], []
            self.section = "" if rest == "empty" else "keys"
            if rest not in ("", "empty"):
                raise ValueError("text after the label")
        elif label == "match":
            flow["match"] = odp_keys.match(text, start)
        elif label == "mask":
            self._mask(flow, text, start)
        elif label == "actions":
            flow["actions"] = []
            if rest not in ("", "empty", "[]"):
                flow["actions"] = None
                raise ValueError("text after the label")
            self.section = "actions" if rest == "" else ""
        elif label == "stats":
            flow["packets"], flow["bytes"] = _flow_stats(text, start)
        elif label == "tcpflags":
            names = odp_keys.flag_names(rest)
            flow["tcp_flag_names"], flow["tcp_flags"] = names, odp_keys.flag_bits(names)
        else:
            flow["last_used_ms"] = n.signed64(rest)
            self.ended = self.always_ends = True

    def _mask(self, flow: Flow, text: str, start: int) -> None:
        if text.startswith("FlowMask", start):
            flow["mask"] = odp_keys.mask(text, start)
            return
        # Without the line that announces keys there are none for what follows to belong to.
        self.section = "" if flow["keys"] is None else "keys"
        if not flow["masks_per_key"]:
            raise BraceError("a mask without a key", start)
        flow["masks_per_key"][-1] = odp_keys.key(text, start)

    def _key(self, flow: Flow, text: str) -> None:
        # A key that is not understood still takes its place, so that the mask below it does not go to the key above.
        flow["keys"].append(None)
        flow["masks_per_key"].append(None)
        flow["keys"][-1] = odp_keys.key(text)

    def _other(self, line: Line) -> None:
        if not self._log(line):
            self.not_read.append(unread(line))

    def _log(self, line: Line) -> bool:
        """Whether the line is the tool's log and not its answer; keeps the first error."""
        error = _error(line)
        if error:
            self.error = self.error or error
        return error is not None or _is_noise(line)

    def _close(self) -> None:
        """The current flow has all its lines."""
        if self.flow is not None:
            if self.flow["keys"] is not None:
                kept = [(key, mask) for key, mask in zip(self.flow["keys"], self.flow["masks_per_key"]) if key is not None]
                self.flow["keys"] = [key for key, _mask in kept]
                self.flow["masks_per_key"] = [mask for _key, mask in kept]
            self.flows.append(self.flow)
        self.flow = None
        self.ended = False

    def result(self, text: str) -> Parsed[Dump]:
        if self.flow is not None:
            # 2014.11 leaves out the last lines of a flow, so there the number of flows is the only sign that the last one is whole.
            counted = not self.always_ends and self.flow_count == len(self.flows) + 1 and self.flow["actions"] is not None
            if not self.cut and (self.ended or counted):
                self._close()
            else:
                self.cut = True
        if self.flow_count is not None and len(self.flows) < self.flow_count:
            self.cut = True
        data: Dump = {"flow_count": self.flow_count, "flows": self.flows}
        return outcome(text, data, self.flow_count is not None or bool(self.flows), self.not_read, self.error, self.cut)


def _new_flow() -> Flow:
    return {
        "keys": None,
        "masks_per_key": None,
        "match": None,
        "mask": None,
        "actions": None,
        "packets": None,
        "bytes": None,
        "tcp_flags": None,
        "tcp_flag_names": None,
        "last_used_ms": None,
    }


def _flow_stats(text: str, start: int) -> Tuple[int, int]:
    node = read(text, start)
    if node.name != "FlowStats" or [field.key for field in node.fields] != ["packets", "bytes"]:
        raise BraceError("not FlowStats", node.position)
    packets, size = (field.value for field in node.fields)
    if not isinstance(packets, str) or not isinstance(size, str):
        raise BraceError("not a number", node.position)
    return n.signed64(packets), n.signed64(size)
