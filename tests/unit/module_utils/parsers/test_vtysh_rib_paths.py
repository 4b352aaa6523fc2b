"""The paths to one network, taken out of a table that is never read whole, against the reader of whole tables."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import vtysh_rib, vtysh_rib_summary

TABLES = sorted((Path(__file__).parents[3] / "fixtures" / "vtysh_rib").glob("*.txt"))
WHOLE = [path for path in TABLES if not path.stem.endswith(("json", "no_such_neighbor"))]


@pytest.mark.parametrize("size", [7, 64, 1 << 20])
@pytest.mark.parametrize("path", WHOLE, ids=lambda path: path.stem)
def test_the_same_paths_as_in_the_whole_table(path: Path, size: int) -> None:
    text = path.read_text()
    routes = vtysh_rib.parse(text).data["routes"]
    assert routes
    for network in sorted({route["network"] for route in routes}):
        pieces = (text[at : at + size] for at in range(0, len(text), size))
        wanted = [route for route in routes if route["network"] == network]
        assert vtysh_rib_summary.paths_to(pieces, network) == wanted, network


@pytest.mark.parametrize("path", WHOLE, ids=lambda path: path.stem)
def test_a_network_that_is_not_there_has_none(path: Path) -> None:
    assert vtysh_rib_summary.paths_to([path.read_text()], "203.0.113.77/32") == []
