# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""When the hosts were asked: what is compared between hosts should be of one time. PRIVATE."""

from __future__ import annotations

import statistics

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.fleet.hosts import Entry, Fleet, Host, Lists, about


def build(fleet: Fleet) -> Lists:
    return {"evidence_times": (_times(fleet), about("known", "", ("underlay.clock",)))}


def _times(fleet: Fleet) -> list[Entry]:
    asked = {host.name: _asked(host) for host in fleet.hosts}
    known = [moment for moment in asked.values() if moment is not None]
    middle = statistics.median_low(known) if known else None
    return [_entry(host, asked[host.name], middle) for host in fleet.hosts]


def _asked(host: Host) -> float | None:
    """By the clock of the controller, from which the host's own differs by its skew."""
    clock = host.section("clock")
    epoch, skew = clock.get("epoch_s"), clock.get("skew_s")
    return None if epoch is None or skew is None else float(epoch - skew)


def _entry(host: Host, asked: float | None, middle: float | None) -> Entry:
    return {
        "host": host.name,
        "after_others_s": None if asked is None or middle is None else round(asked - middle, 3),
        "reason": None if asked is not None else host.why("clock") if host.get("clock") is None else "the host's clock was not measured",
    }
