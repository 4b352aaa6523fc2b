# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Configuration of the agent that nobody wrote."""

from __future__ import annotations

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import midolman_conf


def test_blocks_that_never_close_do_not_make_names_without_end() -> None:
    parsed = midolman_conf.parse("a {\nx = 1\n" * 1000)
    assert parsed.state == "partial"
    assert len(parsed.data) + len(parsed.unread) == 1000
    assert 3 < len(parsed.data) < 50
    assert max(map(len, parsed.data)) < 100


def test_what_follows_deep_blocks_is_read() -> None:
    parsed = midolman_conf.parse("a {\n" * 50 + "x = 1\n" + "}\n" * 50 + "zookeeper.root_key = /midonet\n")
    assert parsed.data == {"zookeeper.root_key": "/midonet"}
    assert [(one.line, one.text) for one in parsed.unread] == [(51, "x = 1")]
