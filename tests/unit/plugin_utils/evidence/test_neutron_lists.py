# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The item that lets Neutron's client list, with either client, and without any."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.item import load_items

sys.path.insert(0, str(Path(__file__).parent))
from support import Run, available_shells, item

ROOT = Path(__file__).resolve().parents[4]
COMMAND = next(one for one in load_items([ROOT / "roles" / "topology" / "evidence.yml"]) if one.id == "topology.neutron").commands["any"]
NEUTRON = ["net-list", "router-list", "port-list", "security-group-list", "agent-list", "security-group-rule-list", "floatingip-list"]
ASKED = {
    "openstack 6.0.0": [
        *("network list", "router list", "port list", "security group list", "network agent list"),
        *("security group rule list", "floating ip list"),
    ],
    "openstack 2.3.0": NEUTRON,
    "neutron 4.0.0": NEUTRON,
}


@pytest.mark.parametrize("shell", available_shells())
@pytest.mark.parametrize("client", sorted(ASKED))
def test_lists_with_the_credentials_of_the_file(tmp_path: Path, shell: str, client: str) -> None:
    (tmp_path / "bin").mkdir()
    for name in {client.split(maxsplit=1)[0], "neutron"}:
        program = tmp_path / "bin" / name
        program.write_text(
            '#!/bin/sh\n[ "$1" != --version ] || exec echo "' + client + '"\n'
            'echo "$* as $OS_USERNAME at $OS_AUTH_URL with ${#OS_PASSWORD}"\n'
        )
        program.chmod(0o755)
    credentials = tmp_path / "adminrc"
    credentials.write_text("echo Please enter your password:\nread -r unused\nexport OS_USERNAME=admin\nOS_PASSWORD=Canary9x7Q\n"
                           "OS_AUTH_URL=http://127.0.0.1:5000/v3\n")  # fmt: skip
    command = COMMAND.replace("/root/adminrc", str(credentials)).replace("/root/", f"{tmp_path}/none/")
    path = f"{tmp_path / 'bin'}:/usr/bin:/bin"
    run = Run([item("neutron", command)], shell, path=path)
    lines = run.outputs["neutron"].stdout.split("\n")
    names = ["networks", "routers", "ports", "security_groups", "agents", "security_group_rules", "floating_ips"]
    assert lines[::2] == [*(f"### {name}" for name in names), ""]
    assert lines[1::2] == [f"{asked} -f json as admin at http://127.0.0.1:5000/v3 with 10" for asked in ASKED[client]]
    assert b"Canary9x7Q" not in run.raw


def test_no_client(tmp_path: Path) -> None:
    output = Run([item("neutron", COMMAND)], path="/usr/bin:/bin").outputs["neutron"]
    assert (output.exit_code, output.stdout, output.stderr) == (127, "", "")
