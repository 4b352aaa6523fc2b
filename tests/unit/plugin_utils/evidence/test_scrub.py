"""Secrets planted in every kind of place that evidence has; and text that only looks like it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence import script
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.item import Output
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.scrub import CLOSE, HOST_RULES, OPEN, Pseudonymiser

sys.path.insert(0, str(Path(__file__).parent))
from support import SHELLS, Run, available_shells, item

CANARY = "Canary9x7Q"
SAME = Pseudonymiser(b"a key")
SCRUB = SAME.scrub_text

PLACES = {
    "quagga password": f"hostname bgpd\npassword {CANARY}\nenable password {CANARY}\nlog stdout\n",
    "quagga encrypted": f"password 8 {CANARY}\nenable password 8 {CANARY}\n",
    "quagga neighbor": f" neighbor 203.0.113.1 remote-as 65001\n neighbor 203.0.113.1 password {CANARY}\n exit\n",
    "quagga neighbor with blanks": f" neighbor 203.0.113.1 password the {CANARY} word\n",
    "ospf": f" ip ospf message-digest-key 1 md5 {CANARY}\n ip ospf authentication-key {CANARY}\n",
    "key chain": f"key chain x\n key 1\n  key-string {CANARY}\n",
    "username": f"username admin password {CANARY}\n",
    "ini": f"[keystone]\nadmin_token = {CANARY}\nuser_password={CANARY}\nadmin_token: {CANARY}\n",
    "ini with blanks": f"password = my {CANARY} is long\n",
    "commented out": f"# password = {CANARY}\n;secret={CANARY}\n",
    "hocon": f'cluster.auth.keystone.admin_token = "{CANARY}"\ncluster {{ auth {{ keystone {{ user_password : {CANARY} }} }} }}\n',
    "mn-conf": f"agent.openstack.metadata.shared_secret : {CANARY}\n",
    "connection string": f'neutron_importer.connection_string = "jdbc:mysql://db:3306/neutron?user=n&password={CANARY}"\n',
    "tasks db": f'tasks_db_connection = "mysql://neutron:{CANARY}@db/neutron"\n',
    "jdbc": f"jdbc:mysql://db/neutron?user=neutron&password={CANARY}&ssl=true\n",
    "url": f"connecting to http://admin:{CANARY}@keystone:5000/v2.0 now\n",
    "web.xml": f"<param-name>keystone-admin_token</param-name>\n    <param-value>{CANARY}</param-value>\n",
    "web.xml apart": f"<context-param>\n<param-name>rest_api-password</param-name>\n\n<param-value>\n  {CANARY}\n</param-value>\n",
    "xml element": f"<password>{CANARY}</password><ns:secretKey>{CANARY}</ns:secretKey>\n",
    "xml attribute": f"<user name='x' password='{CANARY}' roles=\"a\"/>\n",
    "midonetrc": f"[cli]\nusername = admin\npassword = {CANARY}\n",
    "headers": f"GET / HTTP/1.0\r\nX-Auth-Token: {CANARY}\r\nAuthorization: Basic {CANARY}==\r\nCookie: a={CANARY}; b={CANARY}\r\n\r\n",
    "set-cookie": f"Set-Cookie: sessionId={CANARY}; Path=/; HttpOnly\r\n",
    "bearer in a log": f"12:01 DEBUG sending Bearer {CANARY}{CANARY} to api\n",
    "json": f'{{"name": "x", "password": "{CANARY}", "n": 3, "adminToken":"{CANARY}"}}\n',
    "json number": '{"password": 4711471147, "name": "x"}\n',
    "json in a string": f'{{"body": "{{\\"password\\": \\"{CANARY}\\"}}"}}\n',
    "python": f"{{u'password': u'{CANARY}', 'x': 1}}\n",
    "yaml": f"options:\n    keystore: conf/.keystore\n    keystore_password: {CANARY}\n    truststore_password: '{CANARY}'\n",
    "ps -D": f"123 java -Djavax.net.ssl.keyStorePassword={CANARY} -Xmx1g -cp a.jar org.Main\n",
    "ps option": f"9 mysql --user x --password {CANARY} db\n9 tool --auth-token={CANARY} --secret {CANARY}\n",
    "environment": f"OS_PASSWORD={CANARY} OS_TOKEN={CANARY} PATH=/bin\nDB_PASS={CANARY} dbPass={CANARY}\n",
    "ss": f"ESTAB 0 0 10.0.0.1:179 10.0.0.2:4001 md5keys:10.0.0.2/32={CANARY},10.0.0.3={CANARY} cubic\n",
    "jaas": f'Server {{\n  o.a.z.DigestLoginModule required\n  user_super="{CANARY}"\n  password="{CANARY}";\n}};\n',
    "addauth": f"addauth digest super:{CANARY}\n",
    "ipsec": f'10.0.0.1 10.0.0.2 : PSK "{CANARY}"\n',
    "psk json": f'{{"psk": "{CANARY}"}}\n',
    "snmp": f"rocommunity {CANARY} 10.0.0.0/8\ncom2sec local localhost {CANARY}\nsnmp-server community {CANARY} RO\n",
    "fernet": f"value gAAAAAB{CANARY}{CANARY}{CANARY}== end\n",
    "jwt": f"id eyJhbGciOiJIUzI1NiJ9.eyJ{CANARY}{CANARY}.{CANARY} end\n",
    "private key": f"-----BEGIN RSA PRIVATE KEY-----\n{CANARY}\n{CANARY}ab\n-----END RSA PRIVATE KEY-----\nafter\n",
    "log at start": f'2015.07.01 INFO Loaded configuration: {{"user_password":"{CANARY}","port":8080}}\n',
    "log pair": f"DEBUG auth: user=admin, password={CANARY}, tenant=x\n",
}


@pytest.mark.parametrize("place", PLACES)
def test_a_planted_secret_goes(place):
    text = PLACES[place]
    clean = SCRUB(text)
    assert CANARY not in clean and "4711471147" not in clean
    assert clean.count("\n") == text.count("\n") and clean.count("\r") == text.count("\r")
    assert "***REDACTED(len=" in clean
    assert SCRUB(clean) == clean, "what is clean stays as it is"
    for innocent in ("remote-as 65001", "hostname bgpd", "Path=/bin", "after", "tenant=x", '"port":8080', "-Xmx1g"):
        assert (innocent in clean) == (innocent in text)


def test_json_stays_json():
    for place in ("json", "json number", "json in a string", "psk json"):
        json.loads(SCRUB(PLACES[place]))


INNOCENT = [
    "PasswordAuthentication no\nservice password-encryption\npassword-authentication no\n",
    "Neighbor        V         AS MsgRcvd MsgSent   TblVer  InQ OutQ  Up/Down State/PfxRcd\n203.0.113.1  4 65001 10 11 0 0 0 00:01:02 3\n",
    "tokens: 15\nrpc tokens=3 token_ttl=3600 token_count: 4 tokens_per_node: 5\n",
    "num_tokens: 256\npassword_file = /etc/x\nsecretary: Anna\nbypass = true\ncompass: north\npassive_interface: eth0\n",
    " cookie=0x0, duration=1.2s, table=0, n_packets=0\nCommunity: 65000:100 65000:200\n neighbor 10.0.0.1 send-community both\n",
    "set community 65000:1 additive\n",
    "INFO the password was changed\nWARN wrong password for user x\nno password\npassword:\npassword = \n",
    "password = ${?OS_PASSWORD}\nrequire_password = true\npassword: null\n",
    "2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc mq state UP mode DEFAULT group default qlen 1000\n",
    "http://keystone:5000/v2.0 user@host ssh://git@host/x fe80::1 12:34:56:78:9a:bc\n",
    "key = value\nkeys: 3\nprivate-address 10.0.0.1\nmd5sum d41d8cd98f00b204e9800998ecf8427e\n",
    "router bgp 65000\n bgp router-id 10.0.0.1\n network 10.0.0.0/24\n neighbor 10.0.0.1 remote-as 65001\n",
    "authorizer: AllowAllAuthorizer\nauthenticator: AllowAllAuthenticator\n",
    "zk_packets_received\t12\nBasic question about Digest\n",
]


@pytest.mark.parametrize("text", INNOCENT)
def test_the_innocent_is_left_alone(text):
    assert SCRUB(text) == text


def test_equality_is_kept_and_the_key_matters():
    one = SCRUB(f"password {CANARY}\nneighbor 10.0.0.1 password {CANARY}\nneighbor 10.0.0.2 password Other\n")
    marks = re.findall(r"\*\*\*REDACTED\(len=(\d+),sha8=([0-9a-f]{8})\)\*\*\*", one)
    assert marks[0] == marks[1] != marks[2] and marks[0][0] == str(len(CANARY))
    assert Pseudonymiser(b"another").scrub_text(f"password {CANARY}\n") not in one


def test_all_of_an_output_is_scrubbed():
    text = f"password={CANARY}"
    clean = Pseudonymiser(b"k").scrub(Output("a.b", stdout=text, stderr=text, reason=text))
    assert CANARY not in repr(clean)


def test_hostile_text_is_no_trouble():
    repeated = [word * 3000 for word in ("password=", "://", "://a:", '"', "pass", "key ", "<name>", "md5 key ", "-", "neighbor ")]
    for text in ("", "\udcff password=\udcfe\udcfd x", *repeated):
        began = time.perf_counter()
        assert isinstance(SCRUB(text), str)
        assert time.perf_counter() - began < 1, text[:20]


def test_it_is_fast():
    text = INNOCENT[8] * 5000 + INNOCENT[1] * 3000
    began = time.perf_counter()
    assert SCRUB(text) == text
    rate = len(text) / (time.perf_counter() - began) / 1e6
    assert rate > 1, f"{rate:.1f} MB/s"


SEDS = {
    name: command
    for name, command in {"sed": "command sed", "posix": "command sed --posix", "busybox": "busybox sed"}.items()
    if shutil.which("busybox" if name == "busybox" else "sed")
}
ON_HOST = {
    "quagga_secrets": (
        *("quagga password", "quagga encrypted", "quagga neighbor", "quagga neighbor with blanks"),
        *("ospf", "key chain", "username"),
    ),
    "ini_secrets": ("ini", "ini with blanks", "commented out", "mn-conf", "connection string", "tasks db", "midonetrc", "url"),
    "yaml_secrets": ("yaml",),
    "xml_secrets": ("web.xml", "web.xml apart"),
    "process_arguments": ("ps -D", "ps option", "url"),
}


def on_host(rule, text, shell="dash", sed="sed", key=SAME.host_key, path=None):
    """The text as the collector hides its secrets: the very section of its script."""
    program = [
        "LC_ALL=C; export LC_ALL; nl='\n'",
        f'sed() {{ {SEDS[sed]} "$@"; }}' if sed != "sed" else "",
        f"open='{OPEN}' close='{CLOSE}' token_key={key}",
        f"c_sed={script.quote(HOST_RULES[rule])}",
        script.sections()["c_scrub"],
        'c_scrub "$c_sed"',
    ]
    shells = SHELLS[shell]
    done = subprocess.run(
        [shutil.which(shells[0]), *shells[1:], "-c", "\n".join(program)],
        input=text.encode("utf-8", "surrogateescape"),
        capture_output=True,
        check=True,
        env={"PATH": path or os.environ["PATH"]},
    )
    assert done.stderr == b""
    return done.stdout.decode("utf-8", "surrogateescape")


@pytest.mark.parametrize("shell", available_shells())
@pytest.mark.parametrize("rule", ON_HOST)
def test_host_and_controller_say_the_same(shell, rule):
    """Equal values have equal pseudonyms, wherever they were hidden; and the pseudonym is all that changes."""
    text = "".join(PLACES[place] for place in ON_HOST[rule])
    clean = on_host(rule, text, shell)
    assert clean == SAME.scrub_text(text) and CANARY not in clean
    assert SAME.scrub_text(clean) == clean


@pytest.mark.parametrize("sed", SEDS)
@pytest.mark.parametrize(("rule", "place"), [(rule, place) for rule, places in ON_HOST.items() for place in places])
def test_every_sed_and_no_key(sed, rule, place):
    text = PLACES[place]
    assert on_host(rule, text, sed=sed) == SAME.scrub_text(text)
    without = on_host(rule, text, sed=sed, key="")
    assert without == re.sub(r"\(len=\d+,sha8=\w+\)", "", SAME.scrub_text(text)) and "sha8" not in without


@pytest.mark.parametrize("shell", available_shells())
@pytest.mark.parametrize("rule", HOST_RULES)
def test_rules_on_the_host_leave_the_innocent_alone(shell, rule):
    innocent = (INNOCENT[1], INNOCENT[8], INNOCENT[10], INNOCENT[11], "num_tokens: 256\nkeystore: x\nseeds: a,b\n")
    for text in (*innocent, "", "\n", "\n\n \n", "no end", "\\n %s * $x `y` \\\n"):
        assert on_host(rule, text, shell) == text


@pytest.mark.parametrize("shell", available_shells())
def test_values_of_any_kind(shell):
    every = bytes(set(range(1, 256)) - {*b"\r\n", *OPEN.encode(), *CLOSE.encode()}).decode("utf-8", "surrogateescape")
    for value in (
        every + "z",
        "Straße 7",
        "-n xyz",
        "\\c\\n\\\\",
        "(xyz",
        "=xyz",
        "!xyz",
        "%s%d xyz",
        "$(touch x)`id`",
        '"it is"',
        "'it\"s'",
        "12 34  5",
    ):
        text = f"password = {value}\nlast"
        clean = on_host("ini_secrets", text, shell)
        assert clean == SAME.scrub_text(text) and "sha8" in clean, value
    # The separators are no way around it, nor what lies in each other.
    for text in (f"password = {CANARY}{CLOSE} {CANARY}\n", f"{OPEN}password = {CANARY}\n", f"password = tcp://a:{CANARY}@h {CANARY}\n"):
        clean = SCRUB(on_host("ini_secrets", text, shell))
        assert CANARY not in clean and clean.count("\n") == 1 and OPEN not in clean and CLOSE not in clean


@pytest.mark.parametrize("shell", available_shells())
def test_many_secrets_do_not_take_for_ever(shell):
    """Only so many different ones are told apart; all are hidden."""
    text = "".join(f"password = {CANARY}{number}\npassword = same\n" for number in range(300))
    clean = on_host("ini_secrets", text, shell)
    assert CANARY not in clean and "same" not in clean
    assert clean.count("\n") == 600 and 50 < clean.count("sha8") < 400


@pytest.mark.parametrize("shell", available_shells())
@pytest.mark.parametrize(("tools", "words"), [(("sed", "openssl"), "sha8"), (("sed", "busybox"), "sha8"), (("sed",), "***REDACTED***")])
def test_tools_of_the_host(shell, tools, words, tmp_path):
    for name in tools:
        if not shutil.which(name):
            pytest.skip(f"no {name} here")
        (tmp_path / name).symlink_to(shutil.which(name))
    if shell == "busybox" and "sha8" not in words:
        pytest.skip("busybox sh may run its own sha256sum")
    text = f"password = {CANARY}\n"
    clean = on_host("ini_secrets", text, shell, path=str(tmp_path))
    assert words in clean and CANARY not in clean
    if words == "sha8":
        assert clean == SAME.scrub_text(text)


@pytest.mark.parametrize("text", ["password zebra_password\n", "enable password zebra_password\n"])
def test_the_default_password_is_told_apart(text):
    told = text.replace("zebra_password", "***REDACTED(default)***")
    assert on_host("quagga_secrets", text) == told == on_host("quagga_secrets", text, key="") == SAME.scrub_text(text)


def test_an_item_of_which_secrets_are_hidden(tmp_path):
    """In the whole script, over a file: the key of the run makes the pseudonyms, and no process or environment shows it."""
    file = tmp_path / "x.conf"
    file.write_text(f"password = {CANARY}\n" + "a = b\n" * 10 + "secret: zebra_password")
    look = "cat /proc/*/cmdline /proc/*/environ 2>/dev/null | tr '\\000' '\\n' | grep -c KEY; env | grep -c KEY".replace(
        "KEY", SAME.host_key
    )
    for shell in available_shells():
        run = Run(
            [
                item("file", f"cat {file}", scrub=("ini_secrets",)),
                item("much", f"cat {file}; yes 'password = {CANARY}'", scrub=("ini_secrets",), cap_bytes=2000),
                item("late", f"cat {file}; sleep 99", scrub=("ini_secrets",), timeout_s=1),
                item("look", look),
            ],
            shell,
            token_key=SAME.host_key,
        )
        assert run.outputs["file"].stdout == SAME.scrub_text(file.read_text())
        assert run.outputs["late"].stdout == run.outputs["file"].stdout and run.outputs["late"].state == "timeout"
        assert run.outputs["much"].truncated and len(run.outputs["much"].stdout) == 2000 and run.outputs["much"].state == "ok"
        assert CANARY not in "".join(output.stdout + output.stderr for output in run.outputs.values())
        # grep itself has the key among its arguments.
        assert run.outputs["look"].stdout.split()[1] == "0" and int(run.outputs["look"].stdout.split()[0]) <= 2
        assert run.left == []


@pytest.mark.parametrize("sed", SEDS)
def test_a_parameter_over_many_lines(sed):
    text = (
        f"<context-param>\n <param-name>\n keystone-admin_token\n </param-name>\n<param-value>{CANARY}\n a-token-{CANARY}</param-value>\n"
        "</context-param>\n<context-param>\n<param-name>host</param-name>\n<param-value>\nafter\n</param-value>\n</context-param>\n"
    )
    clean = on_host("xml_secrets", text, sed=sed)
    assert CANARY not in clean and "after" in clean and clean.count("\n") == text.count("\n")
