# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Name the causes, write the reports, show the screen. Body of the action `diagnose`. PRIVATE: may change without notice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.midonet.diagnostics.plugins.plugin_utils import analysis
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller import display, recording, shared
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller import options as public
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller.face import Face
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.report.screen import screen


def run(face: Face, arguments: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
    """Judge what is not judged yet, diagnose, render; see the module `diagnose` for arguments and result."""
    options = public.read(task_vars, face.template, ("midonet_color",))
    record = shared.open_record(arguments.get("record"))
    diagnosis = shared.refusing(lambda: analysis.diagnose(record))
    shared.refusing(lambda: analysis.render(record, diagnosis))
    report = recording.shown(record.path / "report.html")
    text = screen(diagnosis, display.width(), display.coloured(options["color"]), report)
    face.say("\n" + text.rstrip("\n") + "\n")
    verdict = diagnosis["verdict"]
    return {
        "record": str(record.path),
        "report": str(record.path / "report.html"),
        "screen": str(record.path / "screen.txt"),
        "causes": [cause["title"] for cause in diagnosis["causes"]],
        "worst": verdict["worst"],
        "exceeded": verdict["exceeded"],
    }
