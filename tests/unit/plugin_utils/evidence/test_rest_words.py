# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The collector's words for the REST API, against a small API on the loopback interface: with curl and without it."""

from __future__ import annotations

import base64
import http.server
import json
import shutil
import sys
import threading
from pathlib import Path

import pytest
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers import rest_bridges, rest_chains, rest_ports
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.item import load_items

sys.path.insert(0, str(Path(__file__).parent))
from support import Run, available_shells, item

ROOT = Path(__file__).resolve().parents[4]
FIXTURES = ROOT / "tests" / "fixtures"
PASSWORD = 'Canary9x7Q "quoted\\'
TOKEN = "Canary9x7QToken"
ROUTER = "5a7d6f1e-33c2-4d0e-90a2-17d1e0000001"
LISTS = {
    "/ports": "rest_ports/v5.2",
    "/routers": "rest_routers/v5.2",
    "/hosts": "rest_hosts/v5.2",
    "/tunnel_zones": "rest_tunnel_zones/v5.2",
    "/chains": "rest_chains/v5",
    "/bridges": "rest_bridges/v5",
    "/system_state": "rest_system_state/v5.2",
    f"/routers/{ROUTER}/bgp_peers": "rest_bgp/peers_v5.2",
    f"/routers/{ROUTER}/bgp_networks": "rest_bgp/networks_v5.2",
    f"/routers/{ROUTER}/routes": "rest_routers/routes_v5.2",
}


class Api(http.server.BaseHTTPRequestHandler):
    """What MidoNet's API does for its own client; it remembers what it was asked."""

    def do_POST(self) -> None:
        wanted = "Basic " + base64.b64encode(f"admin:{PASSWORD}".encode()).decode()
        if self.path == "/midonet-api/login" and self.headers["Authorization"] == wanted and self.headers["X-Auth-Project"] == "admin":
            self._answer(200, json.dumps({"key": TOKEN, "expires": "never"}), "application/vnd.org.midonet.Token-v1+json")
        else:
            self._answer(401, json.dumps({"message": "Invalid credentials", "code": 401}), "application/json")

    def do_GET(self) -> None:
        path = self.path.removeprefix("/midonet-api")
        self.server.asked.append((path, self.headers["Accept"]))
        if self.headers["X-Auth-Token"] != TOKEN:
            self._answer(401, "{}", "application/json")
        elif path.endswith("/bgp_peers"):
            peer = {"id": "b", "routerId": ROUTER, "asNumber": 64513, "address": "192.168.1.254", "password": PASSWORD, "holdTime": 180}
            self._answer(200, json.dumps([peer, {**peer, "password": None}]), "application/vnd.org.midonet.collection.BgpPeer-v1+json")
        elif path in LISTS:
            self._answer(200, (FIXTURES / f"{LISTS[path]}.txt").read_text(), "application/vnd.org.midonet.collection.Port-v3+json")
        else:
            self._answer(404, json.dumps({"message": "no such thing", "code": 404}), "application/vnd.org.midonet.Error-v1+json")

    def _answer(self, code: int, body: str, kind: str) -> None:
        data = body.encode()
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Set-Cookie", "JSESSIONID=Canary9x7Q")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_arguments: object) -> None:
        """Nothing on the screen."""


@pytest.fixture
def api(tmp_path):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    write_rc(tmp_path, server.server_port)
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def write_rc(home: Path, port: int, password: str = PASSWORD) -> None:
    (home / ".midonetrc").write_text(
        f"[cli]\napi_url = http://127.0.0.1:{port}/midonet-api\nusername = admin\npassword = {password}\nproject_id = admin\n"
    )


NEEDED = ("sh", "head", "cat", "date", "sleep", "tail", "kill", "sed", "grep", "tr", "awk", "base64", "bash")


def path_without_curl(directory: Path) -> str:
    directory.mkdir()
    for name in NEEDED:
        found = shutil.which(name)
        assert found, name
        (directory / name).symlink_to(found)
    return str(directory)


ITEM = next(one for one in load_items([ROOT / "roles" / "topology" / "evidence.yml"]) if one.id == "topology.rest")


@pytest.mark.parametrize("curl", [pytest.param(True, marks=pytest.mark.skipif(not shutil.which("curl"), reason="no curl here")), False])
@pytest.mark.parametrize("shell", available_shells())
def test_a_login_and_lists(api, tmp_path, shell, curl):
    run = Run([ITEM], shell, env={"HOME": str(tmp_path)}, path=None if curl else path_without_curl(tmp_path / "bin"))
    output = run.outputs["topology.rest"]
    assert output.stderr == "" and output.state == "ok"
    parts = dict(part.split("\n", 1) for part in ("\n" + output.stdout).split("\n### ")[1:])
    assert parts["login"].split()[1] == "200"
    assert set(parts) == {"login", "/system_state", "/ports", "/bridges", "/chains", "/traces", "/routers"} | {
        f"/routers/{ROUTER}/{name}" for name in ("bgp_peers", "bgp_networks", "routes")
    }
    heads, body = parts["/ports"].split("\n\n", 1)
    assert [line.split(":")[0].split()[0] for line in heads.split("\n")] in (["HTTP/1.1", "Content-Type"], ["HTTP/1.0", "Content-Type"])
    assert [one["id"] for one in json.loads(body)] == [
        one["id"] for one in json.loads((FIXTURES / "rest_ports" / "v5.2.txt").read_text())
    ]
    assert "http://" not in output.stdout
    assert parts["/traces"].split()[1] == "404"
    assert dict(api.asked)["/ports"].startswith("application/vnd.org.midonet.collection.Port-v3+json, application/vnd.org.midonet.coll")
    peers = json.loads(parts[f"/routers/{ROUTER}/bgp_peers"].split("\n\n", 1)[1])
    assert [(one["password"], one["holdTime"]) for one in peers] == [("***REDACTED***", 180), (None, 180)]
    assert "Canary9x7Q" not in run.raw.decode()


def test_no_file_of_the_client_and_a_wrong_password(api, tmp_path):
    write_rc(tmp_path, api.server_port, "wrong")
    output = Run([ITEM], env={"HOME": str(tmp_path)}).outputs["topology.rest"]
    assert (output.state, output.stdout.split()[:4]) == ("failed", ["###", "login", output.stdout.split()[2], "401"])
    assert api.asked == []
    (tmp_path / ".midonetrc").unlink()
    output = Run([ITEM], env={"HOME": str(tmp_path)}).outputs["topology.rest"]
    assert (output.state, output.stdout) == ("failed", "") and "cannot be read" in output.stderr


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/x; rm -rf /", "", "http://$(id)/", 'http://x"\noutput = y'])
def test_an_address_that_is_none_is_not_used(tmp_path, url):
    (tmp_path / ".midonetrc").write_text(f"[cli]\napi_url = {url}\nusername = a\npassword = b\n")
    output = Run([item("rest", "rest_login")], env={"HOME": str(tmp_path)}).outputs["rest"]
    assert (output.stdout, "no api_url" in output.stderr) == ("", True) or "x" in url


def test_identities(tmp_path):
    (tmp_path / "list.json").write_text((FIXTURES / "rest_ports" / "v5.2.txt").read_text())
    command = f"rest_ids hostId networkAddress <{tmp_path}/list.json; echo; rest_ids <{tmp_path}/list.json"
    found = Run([item("ids", command)]).outputs["ids"].stdout
    bound, every = (part.split() for part in found.split("\n\n"))
    assert bound == ["0df2c21f-6b3a-4f5e-8a1b-1c2d3e4f5000"]
    assert len(every) == 3


@pytest.mark.parametrize("shell", available_shells())
@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize(
    ("name", "parse"),
    [
        ("rest_ports/v5.2", rest_ports.parse),
        ("rest_ports/2015.06", rest_ports.parse),
        ("rest_bridges/v5", rest_bridges.parse),
        ("rest_chains/v5", rest_chains.parse),
    ],
)
def test_a_lean_list_says_the_same(tmp_path, shell, name, parse, indent):
    """However the API prints it, and whatever stands in texts."""
    records = json.loads((FIXTURES / f"{name}.txt").read_text())
    for record in records:
        record.update(first=None, name2='a "x":null, "y":"", z', last=None)
        record.update({key: "" for key, value in record.items() if isinstance(value, str) and value.startswith("http:")})
    whole = json.dumps(records, indent=indent, separators=None if indent else (",", ":"))
    (tmp_path / "list.json").write_text(whole + "\n")
    lean = Run([item("lean", f"rest_lean <{tmp_path}/list.json")], shell).outputs["lean"].stdout
    assert parse(lean) == parse(whole)
    assert parse(lean).state == "ok"
    assert [one["name2"] for one in json.loads(lean)] == [one["name2"] for one in records]
    if indent is None:
        assert ":null" not in lean.replace(records[0]["name2"].replace('"', '\\"'), "")
