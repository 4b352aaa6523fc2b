# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The words of a walk over the fleet: which groups there are, which role concerns which of them, in which order.

Data only. The playbooks say the same in their `hosts:` lines; tests/unit/action holds the two together.
PRIVATE to the collection: may change without notice.
"""

from __future__ import annotations

from pathlib import Path

# The five node groups of a cloud. Users map their own names with midonet_<group>_group.
GROUPS: tuple[str, ...] = ("compute", "gateway", "zookeeper", "cassandra", "api")

# Which groups a role judges, bottom to top as the guide walks. The report judges the run itself.
ROLES: dict[str, tuple[str, ...]] = {
    "underlay": GROUPS,
    "zookeeper": ("zookeeper",),
    "cassandra": ("cassandra",),
    "nsdb": ("compute", "gateway", "api"),
    "overlay": ("compute", "gateway", "api"),
    "agent": ("compute", "gateway"),
    "bgp": ("gateway",),
    "api": ("api",),
    "topology": ("api",),
    "vm": ("compute",),
    "report": (),
}

# The roles that are layers of the walk, for midonet_layers and --tags.
LAYERS: tuple[str, ...] = tuple(name for name in ROLES if name != "report")

# The directory of the installed collection: the one that holds plugins/ and roles/.
COLLECTION = Path(__file__).resolve().parents[3]


def role_file(role: str, *parts: str) -> Path:
    """A file of one of our roles, wherever the collection is installed."""
    return COLLECTION.joinpath("roles", role, *parts)


def role_files(*parts: str) -> list[Path]:
    """That file of every role that has it, in the order of the walk."""
    return [path for path in (role_file(role, *parts) for role in ROLES) if path.exists()]
