"""The module: which commands it runs, what it makes of tools that fail or hang, and that it runs on old Pythons."""

from __future__ import annotations

import gzip
import importlib.util
import json
import os
import re
import stat
import subprocess
import sys
import time
from pathlib import Path

import ansible
import pytest
import yaml
from ansible_collections.midonet.diagnostics.plugins.module_utils.flows import source
from ansible_collections.midonet.diagnostics.plugins.module_utils.flows.matching import Matching
from ansible_collections.midonet.diagnostics.plugins.modules import flows_info

ROOT = Path(__file__).parents[3]
DATA = ROOT / "tests" / "golden" / "data"
OLD, NEW = DATA / "2015.06", DATA / "v5"
HERE = Path(sys.executable).parent

# What each generation of mm-dpctl answers; it writes what it is called with to $LOG.
TOOL = """#!/bin/sh
echo "$*" >>"$LOG"
case "{generation} $*" in
"new --timeout "*" datapath --show midonet") printf 'Name: midonet\\nStats:\\n  Flows  %s\\n' "${{FLOWS:-200}}" ;;
"new --timeout "*" datapath --dump midonet"*) {dump} ;;
"old --timeout "*" --show-dp midonet") printf 'Datapath name   : midonet\\n  Flows :%s\\n' "${{FLOWS:-200}}" ;;
"old --timeout "*" --dump-dp midonet") {dump} ;;
old*) echo 'Error with the options: unknown command'; exit 1 ;;
*) printf '[\\033[31mmm-dpctl\\033[0m] Error: No such device\\n' >&2; exit 1 ;;
esac
"""


@pytest.fixture
def tool(tmp_path, monkeypatch):
    """Makes an mm-dpctl; returns what it was called with so far."""

    def make(generation, dump):
        path = tmp_path / "mm-dpctl"
        path.write_text(TOOL.format(generation=generation, dump=dump))
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return lambda: (tmp_path / "log").read_text().splitlines()

    monkeypatch.setenv("LOG", str(tmp_path / "log"))
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return make


def params(**given):
    defaults = {name: option.get("default") for name, option in flows_info.arguments().items()}
    return {**defaults, **given}


def found(tmp_path):
    return lambda name: str(tmp_path / name) if (tmp_path / name).exists() else None


def run(tmp_path, **given):
    return flows_info.from_command(params(**given), found(tmp_path), None)


@pytest.mark.parametrize(("generation", "directory"), [("new", NEW), ("old", OLD)])
def test_either_generation_is_found_out(tool, tmp_path, generation, directory):
    calls = tool(generation, f"cat {directory}/dump-06.txt")
    result = run(tmp_path)
    assert (result["flows"], result["complete"], result["note"]) == (200, True, "")
    assert calls()[-1] == {"new": "--timeout 60 datapath --dump midonet", "old": "--timeout 60 --dump-dp midonet"}[generation]
    assert result["source"].endswith(calls()[-1])


def test_only_showing_and_dumping_is_ever_run():
    verbs = {"--show", "--dump", "--show-dp", "--dump-dp", "show", "dump-flows", "dpctl/show", "dpctl/dump-flows"}
    harmless = {"--timeout", "{timeout}", "datapath", "{datapath}", "-m", "mm-dpctl", "ovs-dpctl", "ovs-appctl"}
    for pairs in source.COMMANDS.values():
        for command in (command for pair in pairs for command in pair):
            assert len(verbs & set(command)) == 1
            assert set(command) <= verbs | harmless
    for name in ("-x", "--delete", "", "a b", "a;b", "midonet\n", "a/b", "x" * 65):
        with pytest.raises(source.SourceError):
            source.commands("mm-dpctl", name, 5)


def test_a_heavy_dump_is_refused_unless_forced(tool, tmp_path, monkeypatch):
    calls = tool("new", f"cat {NEW}/dump-06.txt")
    monkeypatch.setenv("FLOWS", "1340149")
    with pytest.raises(source.SourceError, match=r"^datapath midonet has 1340149 flows, more than limit_flows=200000; force=true .*"):
        run(tmp_path)
    assert not any("--dump" in call for call in calls())
    assert run(tmp_path, force=True)["flows"] == 200
    assert run(tmp_path, limit_flows=2000000)["flows"] == 200


def test_unsorted_when_wanted(tool, tmp_path):
    calls = tool("new", f"cat {NEW}/dump-06.txt")
    run(tmp_path, no_sort=True)
    assert calls()[-1] == "--timeout 60 datapath --dump midonet --no-sort"


def test_a_tool_that_hangs_is_killed_with_its_children(tool, tmp_path):
    tool("new", f"head -c 20000 {NEW}/dump-06.txt; sleep 987 & sleep 987")
    begin = time.monotonic()
    result = run(tmp_path, timeout=1)
    assert time.monotonic() - begin < 5
    assert result["flows"] > 20
    assert result["complete"] is False
    assert re.fullmatch(r"stopped after 1 s; the dump ends inside a flow: \d+ whole flows of 200", result["note"])
    time.sleep(0.2)
    left = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert "sleep 987" not in left


def test_a_tool_that_fails_after_some_flows(tool, tmp_path):
    tool("old", f"head -c 20000 {OLD}/dump-06.txt; echo; echo 'Out of memory' >&2; exit 3")
    result = run(tmp_path)
    assert result["complete"] is False
    assert result["note"].startswith("the tool ended with code 3: Out of memory; the dump ends inside a flow: ")


@pytest.mark.parametrize("dump", ["exit 3", "echo 'Out of memory' >&2; exit 3", "echo 'Out of memory'; exit 3"])
def test_a_tool_that_fails_at_once(tool, tmp_path, dump):
    tool("new", dump)
    with pytest.raises(source.SourceError) as raised:
        run(tmp_path)
    assert str(raised.value) == "the tool ended with code 3: " + ("Out of memory" if "memory" in dump else "it said nothing")


def test_no_datapath_and_no_tool(tool, tmp_path):
    tool("none", "true")
    with pytest.raises(source.SourceError, match="No such device"):
        run(tmp_path)
    with pytest.raises(source.SourceError) as raised:
        flows_info.from_command(params(tool="ovs-dpctl"), found(tmp_path), None)
    assert str(raised.value) == "ovs-dpctl is not on this host"


def test_a_kept_dump_plain_compressed_and_damaged(tmp_path):
    plain = flows_info.from_file(params(path=str(NEW / "dump-06.txt")), None)
    packed = tmp_path / "dump.gz"
    packed.write_bytes(gzip.compress((NEW / "dump-06.txt").read_bytes()))
    assert {**flows_info.from_file(params(path=str(packed)), None), "source": ""} == {**plain, "source": ""}
    packed.write_bytes(packed.read_bytes() * 2)
    assert flows_info.from_file(params(path=str(packed)), None)["flows"] == 400
    packed.write_bytes(gzip.compress((NEW / "dump-06.txt").read_bytes())[:-5000])
    cut = flows_info.from_file(params(path=str(packed)), None)
    assert 0 < cut["flows"] < 200
    assert cut["complete"] is False
    assert cut["note"].startswith("the file cannot be read any further: ")
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(source.SourceError, match="no such file"):
            flows_info.from_file(params(path=str(path)), None)


def test_documentation_is_about_these_options_and_results():
    documented = yaml.safe_load(flows_info.DOCUMENTATION)["options"]
    assert set(documented) == set(flows_info.arguments())
    result = flows_info.from_file(params(path=str(NEW / "dump-06.txt")), None)
    described = yaml.safe_load(flows_info.RETURN)["dump"]["contains"]
    assert set(described) == set(result)
    kinds = {"str": str, "int": int, "bool": bool, "list": list, "dict": dict}
    for name, about in described.items():
        assert result[name] is None or isinstance(result[name], kinds[about["type"]]), name
        if about["type"] == "list" and about["elements"] == "dict" and result[name] and about["sample"]:
            assert set(result[name][0]) == set(about["sample"][0]), name


# --- on every Python of this machine ------------------------------------------------------------------------------------

# By ansible-core: the oldest Python that it drives on hosts, besides 2.7.
OLDEST = {"2.16": (3, 6), "2.17": (3, 7), "2.18": (3, 8), "2.19": (3, 8), "2.20": (3, 9), "2.21": (3, 9)}
CORE = ".".join(ansible.release.__version__.split(".")[:2])


def pythons():
    """(version, path) of the Pythons that pyenv and the system have, one of each minor version."""
    places = [*Path("~/.pyenv/versions").expanduser().glob("*/bin/python"), *Path("/usr/bin").glob("python[23].*")]
    versions = {}
    for path in sorted(places):
        version = "import sys; print('%d.%d' % sys.version_info[:2])"
        asked = subprocess.run([path, "-c", version], capture_output=True, text=True, check=False)
        if asked.returncode == 0:
            versions[asked.stdout.strip()] = path
    return sorted(versions.items(), key=lambda item: [int(part) for part in item[0].split(".")])


PYTHONS = [pytest.param(version, path, id=version) for version, path in pythons()] or [pytest.param(None, None, id="none")]

REDUCE = """
import json, sys
sys.path.insert(0, sys.argv[1])
from ansible_collections.midonet.diagnostics.plugins.module_utils import flow_dump
from ansible_collections.midonet.diagnostics.plugins.module_utils.flows.matching import Matching
for path in sys.argv[2:]:
    for match in (None, Matching(src="10.0.13.69"), Matching(in_port=3), Matching(address="fe80::1")):
        with open(path, "rb") as stream:
            print(json.dumps(flow_dump.reduce(stream, match=match), sort_keys=True))
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """The reducer as Python 2.7 can import it: a package in every directory."""
    top = tmp_path_factory.mktemp("tree")
    utils = top / "ansible_collections/midonet/diagnostics/plugins/module_utils"
    (utils / "flows").mkdir(parents=True)
    for file in [*(ROOT / "plugins/module_utils").glob("flow_dump.py"), *(ROOT / "plugins/module_utils/flows").glob("*.py")]:
        (utils / file.relative_to(ROOT / "plugins/module_utils")).write_bytes(file.read_bytes())
    for directory in (utils, *list(utils.parents)[:4]):
        (directory / "__init__.py").touch()
    return top


@pytest.mark.parametrize(("version", "python"), PYTHONS)
def test_the_reducer_on_this_python(tree, version, python):
    if python is None:
        pytest.skip("no other Python on this machine")
    dumps = [str(directory / f"dump-{number:02}.txt") for directory in (OLD, NEW) for number in (1, 2, 5, 8, 9, 10)]

    def answers(interpreter):
        done = subprocess.run([interpreter, "-", str(tree), *dumps], input=REDUCE, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    assert answers(python) == answers(sys.executable)


@pytest.mark.parametrize(("version", "python"), PYTHONS)
def test_the_module_on_this_python(tmp_path, version, python):
    if python is None:
        pytest.skip("no other Python on this machine")
    number = tuple(int(part) for part in version.split("."))
    oldest = OLDEST.get(CORE, (3, 9))
    if number < oldest and not (number == (2, 7) and oldest <= (3, 6)):
        pytest.skip(f"ansible-core {CORE} does not drive Python {version}")
    variables = {"ansible_python_interpreter": str(python), "ansible_connection": "local"}
    options = {"path": str(NEW / "dump-06.txt"), "in_port": 3, "top": 2}
    command = [HERE / "ansible", "localhost", "-i", "localhost,", "-C", "-m", "midonet.diagnostics.flows_info"]
    environment = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".build"),
        "ANSIBLE_CONFIG": str(tmp_path / "none.cfg"),
        "ANSIBLE_HOME": str(tmp_path),
        "ANSIBLE_LOCAL_TEMP": str(tmp_path),
        "ANSIBLE_LOAD_CALLBACK_PLUGINS": "1",
        "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.oneline",
        "LC_ALL": "C.UTF-8",
    }
    (tmp_path / "none.cfg").touch()
    done = subprocess.run(
        [*command, "-a", json.dumps(options), "-e", json.dumps(variables)], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads(done.stdout[done.stdout.index("{") :])
    assert said["changed"] is False
    expected = flows_info.from_file(params(**options), flows_info.Matching(in_port=3))
    assert said["dump"] == {**expected, "top": []}


def test_python_2_7_and_3_6_by_vermin():
    if importlib.util.find_spec("vermin") is None:
        pytest.skip("vermin is not installed")
    utils = ROOT / "plugins/module_utils"
    files = [ROOT / "plugins/modules/flows_info.py", utils / "flow_dump.py", *(utils / "flows").glob("*.py")]
    command = [HERE / "vermin", "--no-tips", "--violations", "-t=2.7-", "-t=3.6-"]
    done = subprocess.run([*command, *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_samples_of_the_documentation_were_really_returned():
    documented = yaml.safe_load(flows_info.RETURN)["dump"]["contains"]
    path = str(NEW / "dump-06.txt")
    whole = flows_info.from_file(params(path=path), None)
    some = flows_info.from_file(params(path=path), Matching(address="10.0.12.110", dst_port=443))
    assert set(documented) == set(whole)
    for name, value in documented.items():
        if name == "source":
            continue
        sample, result = value["sample"], (some if name.startswith("match") else whole)[name]
        assert all(one in result for one in sample) if isinstance(result, list) else sample == result, name
