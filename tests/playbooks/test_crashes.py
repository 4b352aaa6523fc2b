"""A crash of our own code ends with 4 and one line, wherever it is planted; and the rest of the report is still written."""

from __future__ import annotations

import json
import shutil

import pytest

from .conftest import ROOT

# One host and one layer: enough to pass everywhere.
LITTLE = ("--limit", "c1", "--tags", "underlay")

CRASH = 'raise RuntimeError("planted")\n'


@pytest.fixture
def broken(shop):
    """A copy of the collection, and a function that plants a crash in one of its files."""
    copy = shop.path / "collections" / "ansible_collections" / "midonet" / "diagnostics"
    for name in ("meta", "plugins", "roles", "playbooks", "galaxy.yml"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy / name)
    shop.collections = shop.path / "collections"

    def plant(path, after=None):
        file = copy / "plugins" / path
        text = file.read_text()
        if after is None:
            file.write_text(text.replace("from __future__ import annotations\n", "from __future__ import annotations\n" + CRASH, 1))
        else:
            assert after in text
            start = text.index(after)
            line = text.index('"""\n', text.index('"""', start) + 3) + 4
            indent = " " * (4 + start - text.rindex("\n", 0, start) - 1)
            file.write_text(text[:line] + indent + CRASH + text[line:])

    return plant


# Where a crash still leaves a report.
GOES_ON = [
    ("plugin_utils/controller/collecting.py", "def run("),
    ("plugin_utils/controller/collecting.py", None),
    ("plugin_utils/controller/transport.py", None),
    ("plugin_utils/controller/judging.py", "def run("),
    ("plugin_utils/controller/judging.py", None),
    ("plugin_utils/causes/naming.py", "def survey("),
]

# Where it cannot.
ENDS = [
    ("plugin_utils/controller/recording.py", "def run("),
    ("plugin_utils/controller/recording.py", None),
    ("plugin_utils/controller/diagnosing.py", "def run("),
    ("plugin_utils/controller/diagnosing.py", None),
    ("plugin_utils/controller/verdict.py", None),
    ("plugin_utils/controller/options.py", None),
    ("plugin_utils/analysis.py", None),
    ("plugin_utils/checks/evaluate.py", None),
    ("plugin_utils/report/screen.py", None),
    ("module_utils/facts/__init__.py", None),
]


@pytest.mark.parametrize(("path", "after"), GOES_ON)
def test_the_report_is_still_written(shop, broken, path, after):
    broken(path, after)
    ended = shop.play("smoke", *LITTLE)
    assert ended.code == 4, ended.output
    assert "midonet.diagnostics failed itself" in ended.output
    assert "planted" in ended.output
    assert "Traceback" not in ended.output
    (record,) = shop.records()
    assert json.loads((record / "diagnosis.json").read_text())["verdict"]["tool_failed"] is True


@pytest.mark.parametrize(("path", "after"), ENDS)
def test_it_ends_with_one_line(shop, broken, path, after):
    broken(path, after)
    ended = shop.play("smoke", *LITTLE)
    assert ended.code == 4, ended.output
    assert "midonet.diagnostics failed itself" in ended.output
    assert "planted" in ended.output
    assert "Traceback" not in ended.output


@pytest.mark.parametrize(
    "path", [*(f"action/{name}.py" for name in ("record", "collect", "judge", "diagnose", "verdict")), "plugin_utils/controller/face.py"]
)
def test_not_even_an_action_that_cannot_be_imported_looks_like_a_finding(shop, broken, path):
    broken(path)
    assert shop.play("smoke", *LITTLE).code not in (0, 2)


@pytest.mark.parametrize("path", ["action/judge.py", "action/collect.py", "action/record.py", "action/diagnose.py", "action/verdict.py"])
def test_a_crash_in_the_action_itself(shop, broken, path):
    broken(path, "def act(")
    ended = shop.play("smoke", *LITTLE)
    assert ended.code == 4, ended.output
    assert "planted" in ended.output


def test_the_traceback_is_in_the_record(shop, broken):
    broken("plugin_utils/controller/judging.py", "def run(")
    shop.play("smoke", *LITTLE)
    (record,) = shop.records()
    assert "Traceback" in (record / "errors.log").read_text()


@pytest.mark.parametrize("playbook", ["smoke", "gather"])
def test_a_collector_that_runs_nowhere_is_not_blamed_on_hosts(shop, broken, playbook):
    script = shop.collections / "ansible_collections/midonet/diagnostics/plugins/plugin_utils/evidence/collector.sh"
    script.write_text(script.read_text().replace("umask 077\n", "exit 3\n"))
    ended = shop.play(playbook, *LITTLE)
    assert ended.code == 4, ended.output
    assert "the collector does not run on the controller either" in ended.output
