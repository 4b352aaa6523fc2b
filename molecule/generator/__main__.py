# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`python -m generator`, with molecule/ and .build on the path."""

import sys

from generator.generate import main

sys.exit(main())
