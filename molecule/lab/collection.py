"""What the lab uses of the collection that is tested in it: the items of evidence and the way they are asked, the ids of checks."""

from __future__ import annotations

import sys

from lab.names import HERE

ROOT = HERE.parent.parent
if str(ROOT / ".build") not in sys.path:
    sys.path.insert(0, str(ROOT / ".build"))

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.item import Item, Params, load_items  # noqa: E402
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.script import compile_script  # noqa: E402
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.stream import decode  # noqa: E402
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.schema import did_you_mean, problem  # noqa: E402

__all__ = ["ROOT", "Item", "Params", "compile_script", "decode", "did_you_mean", "load_items", "problem"]
