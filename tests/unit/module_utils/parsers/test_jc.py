# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Another project's parsers (PyPI: jc) as an oracle, where they read the same text."""

from __future__ import annotations

from pathlib import Path

import jc
import pytest
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import (
    df,
    iptables_list,
    listening,
    meminfo,
    netstat_routes,
    ntpq,
    ping,
    proc_modules,
    sysctl,
    timedatectl,
    tracepath,
)

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


def test_timedatectl() -> None:
    text = _text("timedatectl", "systemd_252")
    theirs = jc.parse("timedatectl", text, quiet=True)
    ours = timedatectl.parse(text).data
    assert (ours["timezone"], ours["synchronized"]) == (theirs["time_zone"].split()[0], theirs["system_clock_synchronized"])
    assert ours["ntp_enabled"] == (theirs["ntp_service"] == "active")


def test_sysctl() -> None:
    text = _text("sysctl", "procps_4.0")
    theirs = {name: " ".join(str(value).split()) for name, value in jc.parse("sysctl", text, quiet=True).items()}
    ours = {name: " ".join(value.split()) for name, value in sysctl.parse(text).data.items()}
    assert {name: ours[name] for name in theirs} == theirs


def test_meminfo() -> None:
    text = _text("meminfo", "linux_6.18")
    theirs = jc.parse("proc_meminfo", text, quiet=True)
    ours = meminfo.parse(text).data
    names = {"total_bytes": "MemTotal", "free_bytes": "MemFree", "available_bytes": "MemAvailable", "swap_total_bytes": "SwapTotal"}
    assert {name: ours[name] for name in names} == {name: theirs[key] * 1024 for name, key in names.items()}  # type: ignore[literal-required]


def test_netstat_routes() -> None:
    text = _text("netstat_routes", "net-tools-1.60")
    # They keep the signs that stand for nothing.
    theirs = [
        [None if row[name] in ("0.0.0.0", "*", "-") else row[name] for name in ("gateway", "iface")]
        for row in jc.parse("route", text, quiet=True)
    ]
    assert [[route["gateway"], route["link"]] for route in netstat_routes.parse(text).data] == theirs


def test_iptables() -> None:
    text = _text("iptables_list", "1.8.9_legacy")
    chains = jc.parse("iptables", text, quiet=True)
    theirs = [(chain["chain"], row["target"] or None, row["pkts"], row["bytes"]) for chain in chains for row in chain["rules"]]
    ours = iptables_list.parse(text).data
    assert [(rule["chain"], rule["target"], rule["packets"], rule["bytes"]) for rule in ours["rules"]] == theirs
    assert [chain["name"] for chain in ours["chains"]] == [chain["chain"] for chain in chains]


def test_listening() -> None:
    text = _text("listening", "ss-6.1")
    theirs = [(row["netid"], row.get("local_port_num")) for row in jc.parse("ss", text, quiet=True)]
    assert [(one["protocol"], one["port"]) for one in listening.parse(text).data] == theirs


@pytest.mark.parametrize("case", ["iputils_reached", "iputils_small_mtu"])
def test_tracepath(case: str) -> None:
    text = _text("tracepath", case)
    theirs = jc.parse("tracepath", text, quiet=True)
    ours = tracepath.parse(text).data
    assert (ours["path_mtu"], ours["hop_count"], ours["back_count"]) == (theirs["pmtu"], theirs["forward_hops"], theirs["return_hops"])
    # Without an address they give what stands in its place: [LOCALHOST].
    seen = [(row["ttl"], row["host"] if row["host"] and row["host"][0].isdigit() else None, row["reached"]) for row in theirs["hops"]]
    assert [(hop["hop"], hop["address"], hop["reached"]) for hop in ours["hops"]] == seen
