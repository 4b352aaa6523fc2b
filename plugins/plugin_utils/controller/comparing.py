# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tell what changed between two records. Body of the action `compare`. PRIVATE: may change without notice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.utils.vars import load_extra_vars
from ansible_collections.midonet.diagnostics.plugins.plugin_utils import analysis
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller import display, guard, recording, shared
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller import options as public
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller.face import Face
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.record import Record
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.report.comparison_screen import comparison_screen

_OPTIONS = ("midonet_before", "midonet_after", "midonet_fail_on", "midonet_color")


def run(face: Face, arguments: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
    """Judge what is not judged yet, compare, show; see the module `compare` for arguments and result."""
    public.refuse_unknown(load_extra_vars(face.loader), ())
    options = public.read(task_vars, face.template, _OPTIONS)
    before, after = (_opened(arguments, options, name) for name in ("before", "after"))
    if before.path.resolve() == after.path.resolve():
        raise guard.Refused(f"midonet_before and midonet_after are both {before.path}")
    compared = shared.refusing(lambda: analysis.compare(before, after, options["fail_on"]))
    text = comparison_screen(compared, display.width(), display.coloured(options["color"]))
    where = f"in full  {recording.shown(after.path / 'comparison.json')}\n"
    face.say(f"\n{text}\n{where}")
    causes = compared["causes"]
    return {
        "comparison": str(after.path / "comparison.json"),
        **{name: [cause["title"] for cause in causes[name]] for name in ("new", "still", "gone")},
        "exceeded": compared["verdict"]["exceeded"],
    }


def _opened(arguments: Mapping[str, Any], options: Mapping[str, Any], name: str) -> Record:
    path = arguments.get(name) or options[name]
    if not path:
        raise guard.Refused(f"no record is given: name two with -e midonet_before=PATH -e midonet_after=PATH (midonet_{name} is missing)")
    return shared.open_record(path)
