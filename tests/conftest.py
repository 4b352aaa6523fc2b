"""Make the collection importable from the working tree.

`make setup` builds .build/ansible_collections/midonet/diagnostics as links to the four directories that a collection
consists of, so that what is tested is what would be installed.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / ".build"

sys.path.insert(0, str(BUILD))
