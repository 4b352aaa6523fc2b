"""Options: one table, every value read, every mistake told."""

from __future__ import annotations

import pytest
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller import options
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller.guard import Refused


def plain(value):
    return value


def test_defaults():
    found = options.read({}, plain)
    assert found["compute_group"] == "compute"
    assert found["host_deadline"] == 30.0
    assert found["fail_on"] == "fail"
    assert "replay" not in found


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("midonet_host_deadline", "12.5", 12.5),
        ("midonet_host_deadline", 60, 60.0),
        ("midonet_fail_on", "none", "never"),
        ("midonet_fail_on", "WARN", "warn"),
        ("midonet_layers", "underlay, bgp", ["underlay", "bgp"]),
        ("midonet_layers", ["vm"], ["vm"]),
        ("midonet_check_paths", "a.yml,b", ["a.yml", "b"]),
        ("midonet_color", True, "always"),
        ("midonet_waivers", None, ""),
        ("midonet_log_bytes", "20000", 20000),
        ("midonet_log_age_s", 600, 600),
        ("midonet_log_age_s", "", None),
    ],
)
def test_values(name, value, read):
    assert options.read({name: value}, plain)[name[len("midonet_") :]] == read


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("midonet_host_deadline", "0"),
        ("midonet_host_deadline", "nan"),
        ("midonet_host_deadline", True),
        ("midonet_host_deadline", [30]),
        ("midonet_fail_on", "always"),
        ("midonet_layers", "report"),
        ("midonet_compute_group", "nova:!broken"),
        ("midonet_record_dir", "a\nb"),
        ("midonet_log_bytes", "10"),
        ("midonet_log_age_s", "1h"),
        ("midonet_log_age_s", True),
    ],
)
def test_wrong_values(name, value):
    with pytest.raises(Refused, match=name):
        options.read({name: value}, plain)


def test_a_variable_that_cannot_be_worked_out():
    def template(value):
        raise KeyError(value)

    with pytest.raises(Refused, match="midonet_waivers cannot be worked out"):
        options.read({"midonet_waivers": "{{ nothing }}"}, template)


def test_unknown_names():
    options.refuse_unknown(["midonet_fail_on", "overlay_limit", "mine", "api_key"], ["overlay_limit"])
    with pytest.raises(Refused, match=r"did you mean midonet_fail_on\?"):
        options.refuse_unknown(["midonet_failon"], [])
    with pytest.raises(Refused, match=r"did you mean overlay_limit\?"):
        options.refuse_unknown(["overlay_limt"], ["overlay_limit"])


def test_where_records_go(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert options.record_dir("") == tmp_path / "records"
    assert options.record_dir("x") == tmp_path / "x"
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert options.record_dir("") == tmp_path / "state" / "midonet" / "records"


def test_the_key_of_pseudonyms_is_never_shown():
    with pytest.raises(Refused) as told:
        options.read({"midonet_pseudonym_key": ["tweety"]}, plain)
    assert "tweety" not in str(told.value) and "midonet_pseudonym_key" in str(told.value)
