# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read nodetool describecluster of Cassandra 2.x to 5.x. PRIVATE to the collection: may change without notice.

    Cluster Information:
            Name: midonet
            Snitch: org.apache.cassandra.locator.SimpleSnitch
            Partitioner: org.apache.cassandra.dht.Murmur3Partitioner
            Schema versions:
                    d03783d7-b468-3c1a-82f1-8e30b2edde8b: [172.16.1.16, 172.16.2.17]

                    UNREACHABLE: [172.16.2.18]

4.0 and newer print counts of nodes, versions and keyspaces besides.
"""

from __future__ import annotations

import re
from typing import List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._nodetool import ERROR, is_noise
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed, Unread


class SchemaVersion(TypedDict):
    """The nodes that have one version of the schema; version None: those that did not tell."""

    version: Optional[str]
    nodes: List[str]


class Keyspace(TypedDict):
    """replication_factor None: the strategy has none, or one per datacenter."""

    name: str
    strategy: str
    replication_factor: Optional[int]


class Cluster(TypedDict):
    """versions and keyspaces: None where the tool does not print them (before 4.0)."""

    name: Optional[str]
    snitch: Optional[str]
    partitioner: Optional[str]
    schema_versions: List[SchemaVersion]
    versions: Optional[List[str]]  # of Cassandra, that run
    keyspaces: Optional[List[Keyspace]]


_PART = re.compile(r"(Cluster Information|Schema versions|Stats for all nodes|Data Centers|Database versions|Keyspaces) ?:")
_SETTING = re.compile(r"(Name|Snitch|DynamicEndPointSnitch|Partitioner): ?(.*)")
_SCHEMA = re.compile(r"([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|UNREACHABLE): \[([^\]]{0,100000})\]")
_DATABASE = re.compile(r"([0-9][\w.+~-]{0,40}): \[[^\]]{0,100000}\]")
_KEYSPACE = re.compile(r"(\S{1,100}) -> Replication class: (\w{1,200}) \{([^}]{0,2000})\}")
_FACTOR = re.compile(r"replication_factor=([0-9]{1,6})")
_OTHER = re.compile(r"(?:Live|Joining|Moving|Leaving|Unreachable): [0-9]+|\S+ #Nodes: [0-9]+ #Down: [0-9]+")


def parse(text: str) -> Parsed[Cluster]:
    """Without a version of the schema the answer is partial."""
    data = Cluster(name=None, snitch=None, partitioner=None, schema_versions=[], versions=None, keyspaces=None)
    not_read: List[Unread] = []
    error: Optional[str] = None
    part = ""
    cut = False
    for line in lines(text):
        stripped = line.text.strip()
        heading = _PART.fullmatch(stripped)
        if not stripped:
            continue
        if not line.terminated:
            cut = True
        elif heading:
            part = heading.group(1)
        elif ERROR.match(stripped) and not part:
            error = error or stripped[:300]
        elif not (_take(stripped, part, data) or is_noise(stripped)):
            not_read.append(unread(line))
    return outcome(text, data, bool(part), not_read, error, cut or (bool(part) and not data["schema_versions"]))


def _take(text: str, part: str, data: Cluster) -> bool:
    setting = _SETTING.fullmatch(text) if part == "Cluster Information" else None
    schema = _SCHEMA.fullmatch(text) if part == "Schema versions" else None
    database = _DATABASE.fullmatch(text) if part == "Database versions" else None
    keyspace = _KEYSPACE.fullmatch(text) if part == "Keyspaces" else None
    if setting:
        if setting.group(1) == "Name":
            data["name"] = setting.group(2)
        elif setting.group(1) == "Snitch":
            data["snitch"] = setting.group(2).rsplit(".", 1)[-1]
        elif setting.group(1) == "Partitioner":
            data["partitioner"] = setting.group(2).rsplit(".", 1)[-1]
    elif schema:
        nodes = [node.strip() for node in schema.group(2).split(",") if node.strip()]
        version = None if schema.group(1) == "UNREACHABLE" else schema.group(1).lower()
        data["schema_versions"].append(SchemaVersion(version=version, nodes=nodes))
    elif database:
        data["versions"] = [*(data["versions"] or []), database.group(1)]
    elif keyspace:
        factor = _FACTOR.search(keyspace.group(3))
        found = Keyspace(name=keyspace.group(1), strategy=keyspace.group(2), replication_factor=int(factor.group(1)) if factor else None)
        data["keyspaces"] = [*(data["keyspaces"] or []), found]
    else:
        return _OTHER.fullmatch(text) is not None
    return True
