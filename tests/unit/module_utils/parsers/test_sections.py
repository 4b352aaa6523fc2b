# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Items that print several things."""

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import df
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._sections import Section, placed, section, sections


def test_parts_with_their_first_lines() -> None:
    text = "before\n### inodes\ninside\n### empty\n"
    assert sections(text) == [Section("", 1, "before\n"), Section("inodes", 3, "inside\n"), Section("empty", 5, "")]


def test_nothing() -> None:
    assert sections("") == []
    assert sections("### x") == [Section("x", 2, "")]


def test_carriage_returns_are_no_part_of_a_name() -> None:
    assert [part.name for part in sections("### x\r\na\r\n")] == ["x"]


def test_a_comment_in_a_file_is_no_header() -> None:
    text = "### /etc/a.conf\n### a comment\nx = 1\n"
    assert sections(text, is_name=lambda name: name.startswith("/")) == [Section("/etc/a.conf", 2, "### a comment\nx = 1\n")]


def test_unread_lines_are_counted_from_the_start_of_the_whole_text() -> None:
    text = "x\n### inodes\nFilesystem Inodes IUsed IFree IUse% Mounted on\nnonsense\nnonsense too\n"
    part = section(text, "inodes")
    assert part is not None
    assert [line.line for line in placed(df.parse(part.text), part).unread] == [5]
