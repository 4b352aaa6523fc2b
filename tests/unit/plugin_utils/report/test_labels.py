"""What failures are called when there are many."""

from __future__ import annotations

from ansible_collections.midonet.diagnostics.plugins.plugin_utils import analysis
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.report.labels import LABELS


def test_every_check_of_the_collection_has_a_label_of_its_own() -> None:
    checks = {check.id for check in analysis.collection_checks()}
    assert checks - {*LABELS} == set()
    assert {*LABELS} - checks == set()
    assert len({*LABELS.values()}) == len(LABELS)
