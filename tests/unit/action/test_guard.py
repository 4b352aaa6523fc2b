"""Our own crash: one line for people, the whole of it for the record."""

from __future__ import annotations

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller import face, guard


def boom():
    raise ValueError("several\nlines")


def caught():
    try:
        boom()
    except ValueError as error:
        return error


def test_the_result_ends_the_run_with_4():
    result = guard.crashed(caught())
    assert result["unreachable"] is True
    assert result["changed"] is False
    assert "failed" not in result
    assert result["msg"].startswith("midonet.diagnostics failed itself: ValueError: several lines")
    assert "\n" not in result["msg"]


def test_crashes_are_remembered(tmp_path):
    assert guard.remembered(str(tmp_path)) == []
    guard.remember(str(tmp_path), "collect for a", caught())
    guard.remember(str(tmp_path), "judge\nfor b", caught())
    first, second = guard.remembered(str(tmp_path))
    assert first.startswith("collect for a: ValueError: several lines")
    assert second.startswith("judge for b: ")
    assert "Traceback" in (tmp_path / guard.ERRORS).read_text()
    assert (tmp_path / guard.ERRORS).stat().st_mode & 0o077 == 0


def test_a_record_that_is_not_there_is_no_second_crash(tmp_path):
    guard.remember(str(tmp_path / "nowhere"), "x", caught())


def test_a_link_is_not_followed(tmp_path):
    (tmp_path / "other").write_text("")
    (tmp_path / guard.ERRORS).symlink_to(tmp_path / "other")
    guard.remember(str(tmp_path), "x", caught())
    assert (tmp_path / "other").read_text() == ""


def test_what_cannot_be_imported_is_raised_when_it_is_used():
    give = face.body("no_such_module")
    try:
        give()
    except ModuleNotFoundError as error:
        assert "no_such_module" in str(error)
    else:
        raise AssertionError


def test_no_secret_in_what_is_said_of_a_crash(tmp_path):
    """An exception may quote what a host answered, before anything was taken out of it."""
    try:
        raise ValueError("cannot read 'neighbor 10.0.0.1 password Tweety7Q'\nadmin_token = Tweety7Q")
    except ValueError as error:
        guard.remember(str(tmp_path), "collect for a", error)
        said = [str(guard.crashed(error)), str(guard.refused(guard.Refused(str(error)))), guard.full_text(error)]
    said.append((tmp_path / guard.ERRORS).read_text())
    for text in said:
        assert "Tweety7Q" not in text and "REDACTED" in text
