"""Secrets planted in every kind of place that evidence has; and text that only looks like it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time

import pytest
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.item import Output
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.scrub import HOST_RULES, Pseudonymiser

CANARY = "Canary9x7Q"
SCRUB = Pseudonymiser(b"a key").scrub_text

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
    "connection string": f"neutron_importer.connection_string = \"jdbc:mysql://db:3306/neutron?user=n&password={CANARY}\"\n",
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


SEDS = [command for command in (["sed"], ["sed", "--posix"], ["busybox", "sed"]) if shutil.which(command[0])]
ON_HOST = {
    "quagga_secrets": (
        *("quagga password", "quagga encrypted", "quagga neighbor", "quagga neighbor with blanks"),
        *("ospf", "key chain", "username"),
    ),
    "ini_secrets": ("ini", "ini with blanks", "commented out", "mn-conf", "connection string", "tasks db", "midonetrc", "url"),
    "yaml_secrets": ("yaml",),
    "process_arguments": ("ps -D", "ps option", "url", "environment"),
}


@pytest.mark.parametrize("sed", SEDS, ids=" ".join)
@pytest.mark.parametrize(("rule", "place"), [(rule, place) for rule, places in ON_HOST.items() for place in places])
def test_rules_on_the_host(sed, rule, place):
    text = PLACES[place].replace("DB_PASS", "DB_PASSWORD").replace("dbPass=", "dbPassword=")
    done = subprocess.run([*sed, HOST_RULES[rule]], input=text.encode(), capture_output=True, check=True)
    clean = done.stdout.decode()
    assert CANARY not in clean and clean.count("\n") == text.count("\n")
    assert SCRUB(clean) == clean


@pytest.mark.parametrize("sed", SEDS, ids=" ".join)
@pytest.mark.parametrize("rule", HOST_RULES)
def test_rules_on_the_host_leave_the_innocent_alone(sed, rule):
    for text in (INNOCENT[1], INNOCENT[8], INNOCENT[10], INNOCENT[11], "num_tokens: 256\nkeystore: x\nseeds: a,b\n"):
        done = subprocess.run([*sed, HOST_RULES[rule]], input=text.encode(), capture_output=True, check=True)
        assert done.stdout.decode() == text


def test_the_default_password_is_told_apart():
    done = subprocess.run(["sed", HOST_RULES["quagga_secrets"]], input=b"password zebra_password\n", capture_output=True, check=True)
    assert done.stdout == b"password ***REDACTED(default)***\n"
