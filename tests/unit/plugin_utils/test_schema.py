"""Our small validator says yes and no where jsonschema does, on the schemas that it is used for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.schema import KEYWORDS, problem
from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[3]
PLUGIN_UTILS = ROOT / "plugins" / "plugin_utils"
SCHEMAS = [PLUGIN_UTILS / "evidence" / "schemas" / "item.schema.json", PLUGIN_UTILS / "checks" / "check-file.schema.json"]


def _schemas_in(node: Any) -> list[dict[str, Any]]:
    """Every schema within a schema."""
    found = [node]
    for key in ("properties", "$defs"):
        found += [inner for one in node.get(key, {}).values() for inner in _schemas_in(one)]
    for key in ("items", "additionalProperties"):
        if isinstance(node.get(key), dict):
            found += _schemas_in(node[key])
    for key in ("anyOf", "oneOf"):
        found += [inner for one in node.get(key, ()) for inner in _schemas_in(one)]
    return found


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_our_schemas_use_what_it_understands(path: Path) -> None:
    assert {key for schema in _schemas_in(json.loads(path.read_text())) for key in schema} <= KEYWORDS


ITEM = json.loads(SCHEMAS[0].read_text())
GOOD = [item for file in ROOT.glob("roles/*/evidence.yml") for item in yaml.safe_load(file.read_text())["items"]]
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 700),
    st.sampled_from(["", "x", "compute", "slow", "reads", "a.b", "A" * 90]),
    st.lists(st.sampled_from([1, 2, 9, "compute", "gateway", "nonsense"]), max_size=3),
    st.dictionaries(st.sampled_from(["A", "B", "C"]), st.sampled_from(["true", "", 1]), max_size=3),
)


@given(
    st.sampled_from(GOOD),
    st.dictionaries(st.sampled_from([*ITEM["$defs"]["item"]["properties"], "unknown"]), VALUES, max_size=3),
    st.sets(st.sampled_from(["id", "describes", "command"]), max_size=1),
)
def test_it_agrees_with_jsonschema(item: dict[str, Any], changes: dict[str, Any], removed: set[str]) -> None:
    document = {"items": [{key: value for key, value in {**item, **changes}.items() if key not in removed}]}
    valid = jsonschema.Draft202012Validator(ITEM).is_valid(document)
    assert (problem(document, ITEM) is None) == valid
