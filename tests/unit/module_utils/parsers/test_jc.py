# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Another project's parsers as an oracle, where they read the same text. Skipped where jc is not installed."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import df, ntpq, ping, proc_modules

jc = pytest.importorskip("jc")

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures"


def _text(tool: str, name: str) -> str:
    return (FIXTURES / tool / f"{name}.txt").read_text()


def test_df() -> None:
    text = _text("df", "coreutils_9.1")
    theirs = [(row["filesystem"], row["mounted_on"], row["used"], row["available"]) for row in jc.parse("df", text, quiet=True)]
    assert [(row["device"], row["mount"], row["used"], row["available"]) for row in df.parse(text).data] == theirs


def test_ntpq() -> None:
    text = _text("ntpq", "guide")
    theirs = [(row["remote"], row["st"], row["offset"]) for row in jc.parse("ntpq", text, quiet=True)]
    ours = [(peer["remote"], peer["stratum"], round(-1000 * (peer["offset_s"] or 0), 3)) for peer in ntpq.parse(text).data]
    assert ours == theirs


def test_lsmod() -> None:
    text = _text("proc_modules", "lsmod")
    theirs = [(row["module"], row["size"], row.get("by", [])) for row in jc.parse("lsmod", text, quiet=True)]
    assert [(module["name"], module["size_bytes"], module["used_by"]) for module in proc_modules.parse(text).data] == theirs


def test_ping() -> None:
    text = _text("ping", "iputils_small").split("\n", 1)[1].rsplit("rc=", 1)[0]
    theirs = jc.parse("ping", text, quiet=True)
    ours = ping.parse_one(text).data
    assert (ours["sent"], ours["received"], ours["rtt_avg_ms"]) == (
        theirs["packets_transmitted"],
        theirs["packets_received"],
        theirs["round_trip_ms_avg"],
    )
