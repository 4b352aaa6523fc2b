"""What the documentation says about the code is so: quotations, links and the table of options."""

import configparser
import re
from pathlib import Path

import pytest
from ansible import constants
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.controller.options import OPTIONS

ROOT = Path(__file__).resolve().parents[3]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("roles/*/README.md")])
IDS = [str(page.relative_to(ROOT)) for page in PAGES]

QUOTATION = re.compile(r"^( *)<!-- from (\S+) -->\n\1```\w*\n(.*?)\n\1```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)(#[^)]*)?\)")
FENCE = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_quotations_stand_in_the_file_they_name(page: Path) -> None:
    for indent, source, quotation in QUOTATION.findall(page.read_text()):
        lines = "\n".join(line.removeprefix(indent) for line in quotation.split("\n"))
        assert lines in (ROOT / source).read_text(), f"{page.name} quotes {source} wrongly:\n{lines}"


def test_quotations_are_found_at_all() -> None:
    assert sum(len(QUOTATION.findall(page.read_text())) for page in PAGES) >= 6


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_links_lead_somewhere(page: Path) -> None:
    missing = [target for target, _anchor in LINK.findall(FENCE.sub("", page.read_text())) if not (page.parent / target).exists()]
    assert not missing


def test_the_table_of_options_is_complete() -> None:
    table = (ROOT / "README.md").read_text().partition("## Options")[2].partition("\n## ")[0]
    first_cells = [row.split("|")[1] for row in table.splitlines() if row.startswith("| `")]
    assert {name for cell in first_cells for name in re.findall(r"`(midonet_\w+)`", cell)} == set(OPTIONS)


# Settings of ansible.cfg that only a clone needs, or that have a good default elsewhere.
OF_A_CLONE = {"collections_path", "retry_files_enabled", "interpreter_python", "ssh_args"}


def test_the_export_replaces_ansible_cfg() -> None:
    readme = (ROOT / "README.md").read_text()
    export = next(line for line in readme.splitlines() if line.startswith("export "))
    exported = dict(word.split("=", 1) for word in export.split()[1:])

    variables = {
        (place["section"], place["key"]): {variable["name"] for variable in setting.get("env", ())}
        for setting in constants.config.get_configuration_definitions().values()
        for place in setting.get("ini", ())
    }
    shipped = configparser.ConfigParser(interpolation=None)
    shipped.read(ROOT / "ansible.cfg")
    for section in shipped.sections():
        for key, value in shipped[section].items():
            if key not in OF_A_CLONE:
                assert value in {exported.get(name) for name in variables[section, key]}, f"{section}.{key}"
