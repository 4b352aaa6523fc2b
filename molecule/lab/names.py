"""Where a lab keeps its things on the machine. Everything that differs between labs derives from the name in MIDONET_LAB."""

from __future__ import annotations

import os
from pathlib import Path

HERE = Path(__file__).resolve().parent
DEFAULT = "default"
LAB = os.environ.get("MIDONET_LAB") or DEFAULT
# Made once and only read afterwards, so all labs share it: the base root and Cassandra.
CACHE = Path(os.environ.get("MIDONET_LAB_CACHE", "/var/cache/midonet-lab"))
STATE = Path("/run/midonet-lab") / LAB
# A name has no dash (cli.py sees to that), so that no lab's prefix begins like another's.
PREFIX = f"mnlab-{LAB}-"
FABRIC = PREFIX + "fabric"
CONTROLLER = PREFIX + "controller"
INVENTORY = STATE / "inventory.yml"
