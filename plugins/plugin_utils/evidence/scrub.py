# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Secrets: what takes them out on the host, and what takes out the rest on the controller.

PRIVATE to the collection: may change without notice.
"""

from __future__ import annotations

from collections.abc import Mapping

HOST_RULES: Mapping[str, str] = {
    "quagga_secrets": "",
    "ini_secrets": "",
    "yaml_secrets": "",
    "process_arguments": "",
}
