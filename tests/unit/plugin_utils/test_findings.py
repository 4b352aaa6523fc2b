"""Findings on their way into a record."""

from __future__ import annotations

from contextlib import contextmanager
from types import SimpleNamespace

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.findings import Writing


class Full:
    """A file on a full disk: what is kept back cannot be written when it is closed either."""

    closed = 0

    @contextmanager
    def writing(self, *_path):
        try:
            yield SimpleNamespace(write=len)
        finally:
            self.closed += 1
            raise OSError("no space left on device")


def test_all_are_dropped_when_the_disk_is_full():
    full = Full()
    writings = [Writing(role, "stamp", {}) for role in ("underlay", "bgp")]
    for one in writings:
        one.open(SimpleNamespace(files=full))
    for one in writings:
        one.drop(ValueError("x"))
    assert full.closed == 2
