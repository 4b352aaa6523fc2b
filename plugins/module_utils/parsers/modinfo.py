# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`modinfo openvswitch`: the file that would be loaded for a module, and for which kernel it was built.

filename:       /lib/modules/3.13.0-24-generic/kernel/net/openvswitch/openvswitch.ko
depends:        libcrc32c,vxlan,gre
intree:         Y
vermagic:       3.13.0-24-generic SMP mod_unload modversions
"""

from __future__ import annotations

import re
from typing import Dict, List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._errors import complaint
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import lines, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed


class ModuleFile(TypedDict):
    """What is known of a module's file; None for what was not printed."""

    filename: Optional[str]
    built_in: Optional[bool]  # the kernel has it without a file
    version: Optional[str]
    vermagic: Optional[str]
    depends: Optional[List[str]]
    in_tree: Optional[bool]


_KNOWN = frozenset(("filename", "name", "license", "description", "author", "version", "srcversion", "depends", "vermagic"))
_FIELD = re.compile(r"([A-Za-z0-9_ -]{1,40}):(?:[ \t]+(.*)|$)")


def parse(text: str) -> Parsed[ModuleFile]:
    """The first value of each field; "parm" and signatures are passed over."""
    fields: Dict[str, str] = {}
    not_read = []
    for line in lines(text):
        if not line.text.strip():
            continue
        match = _FIELD.fullmatch(line.text) if line.terminated and not line.text[0].isspace() else None
        if match is not None and complaint(line.text) is None:
            fields.setdefault(match.group(1).strip(), (match.group(2) or "").strip())
        elif not fields or not line.text[0].isspace():
            # An indented line goes on with a signature.
            not_read.append(unread(line))
    if not _KNOWN.intersection(fields):
        fields, not_read = {}, [unread(line) for line in lines(text) if line.text.strip()][:20]
    name = fields.get("filename")
    depends = fields.get("depends")
    data = ModuleFile(
        filename=name,
        built_in=None if name is None else name == "(builtin)",
        version=fields.get("version"),
        vermagic=fields.get("vermagic"),
        depends=None if depends is None else [word for word in depends.split(",") if word],
        in_tree=None if "intree" not in fields else fields["intree"] == "Y",
    )
    return outcome(text, data, bool(fields), not_read)
