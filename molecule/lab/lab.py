#!/usr/bin/env python3
"""A small MidoNet cloud on one Linux machine; `lab.py --help` tells what it does. The program is in cli.py."""

import sys
from pathlib import Path

# The package is this directory, so its parent is where to import from; this file itself must not be found under its name.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from lab.cli import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
