# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The item that takes the paths to one network out of a BGP table on the host, against the reader of whole tables."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import vtysh_rib
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.item import load_items

sys.path.insert(0, str(Path(__file__).parent))
from support import Run, available_shells, item

ROOT = Path(__file__).resolve().parents[4]
TABLES = sorted((ROOT / "tests" / "fixtures" / "vtysh_rib").glob("*.txt"))
WHOLE = [path for path in TABLES if not path.stem.endswith(("json", "no_such_neighbor"))]
COMMAND = next(one for one in load_items([ROOT / "roles" / "bgp" / "evidence.yml"]) if one.id == "bgp.paths").commands["any"]


def paths(table: Path, network: str, shell: str = "dash") -> Any:
    """What the item finds when the daemon prints this table."""
    command = COMMAND.replace("$(bgp_namespaces)", "mbgp0_ns").replace("bgp_shell \"$namespace\" 'show ip bgp'", f"cat {table}")
    assert str(table) in command and "bgp_namespaces" not in command
    prefix = "bgp_prefix='{} {}'\n".format(*network.split("/"))
    head, text = Run([item("paths", command)], shell, prefix=prefix).outputs["paths"].stdout.split("\n", 1)
    assert head == "### mbgp0_ns"
    return vtysh_rib.parse_part(text)


@pytest.mark.parametrize("path", WHOLE, ids=lambda path: path.stem)
def test_the_same_paths_as_in_the_whole_table(path: Path) -> None:
    routes = vtysh_rib.parse(path.read_text()).data["routes"]
    networks = sorted({route["network"] for route in routes if ":" not in route["network"]})
    assert networks
    for network in networks[:12]:
        found = paths(path, network)
        assert [one for one in found.data["routes"] if one["network"] == network] == [one for one in routes if one["network"] == network]
        assert {one["network"].split("/")[0] for one in found.data["routes"]} == {network.split("/")[0]}
        assert (found.state, found.unread) == ("ok", [])


@pytest.mark.parametrize("shell", available_shells())
def test_a_network_that_is_not_there_has_none(shell: str) -> None:
    found = paths(WHOLE[0], "203.0.113.77/32", shell)
    assert (found.state, found.data["routes"]) == ("ok", [])


def test_a_daemon_that_does_not_answer_is_no_empty_table(tmp_path: Path) -> None:
    (tmp_path / "said.txt").write_text("vtysh: error: failed to connect to any daemons.\n")
    assert paths(tmp_path / "said.txt", "203.0.113.0/24").state not in ("ok", "empty")
