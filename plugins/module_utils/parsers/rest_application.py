# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The root of MidoNet's REST API (Application-v5 and before): which release answers, and what it has. PRIVATE to the collection.

{"uri": "http://127.0.0.1:8181/midonet-api/", "version": "v5.2", "hosts": "http://127.0.0.1:8181/midonet-api/hosts", …,
 "portTemplate": "http://127.0.0.1:8181/midonet-api/ports/{id}"}
"""

from __future__ import annotations

from typing import List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import _rest
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._json import word
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class Application(TypedDict):
    """What the root tells."""

    version: Optional[str]
    uri: Optional[str]
    resources: List[str]  # names of the lists that it links to, sorted
    templates: List[str]  # names of the objects that it tells how to ask for, sorted


def parse(text: str) -> Parsed[Application]:
    """One object."""
    return _rest.read_one(text, _application, Application(version=None, uri=None, resources=[], templates=[]))


def _application(record: _rest.Record) -> Optional[Application]:
    links = sorted(name for name, value in record.items() if isinstance(value, str) and name not in ("uri", "version"))
    if not links and "uri" not in record:
        return None
    return Application(
        version=word(record, "version"),
        uri=word(record, "uri"),
        resources=[name for name in links if not name.endswith("Template")],
        templates=[name[: -len("Template")] for name in links if name.endswith("Template")],
    )
