"""Who lives in the fleet: some healthy hosts, and one of every kind of broken host. Secrets are planted in all that they say."""

from __future__ import annotations

import itertools
from pathlib import Path

from .ground import LOST, NETWORK, SILENT_PORT, Host

HERE = Path(__file__).resolve().parent
TESTS = HERE.parents[1]

# What no output of a run may hold, in whatever case. The numbers after it tell which one leaked.
CANARY = "tweety7q"
_numbers = itertools.count(1)


def secret() -> str:
    """Another planted secret."""
    return f"{CANARY}Zx{next(_numbers):03d}kP"


MM_DPCTL = (TESTS / "golden/data/v5/show-01.txt").read_text()
DUMP = (TESTS / "golden/data/v5/dump-06.txt").read_text()
SUMMARY = (TESTS / "fixtures/vtysh/frr_8.4_idle_admin.txt").read_text()
NODETOOL = (TESTS / "fixtures/cassandra/nodetool_4.1_two_datacenters.txt").read_text()
SUPPORTED = TESTS / "fixtures/cql/supported_3.11.bin"
WORDS = TESTS / "recorded/data/zookeeper/healthy"


def say(text: str, more: str = "") -> str:
    """A program that prints this and ends well."""
    return f"#!/bin/sh\n{more}\ncat <<'END-OF-TEXT'\n{text.rstrip()}\nEND-OF-TEXT\n"


def midolman_conf() -> str:
    return f"""[zookeeper]
zookeeper_hosts = {NETWORK}.31:2181
root_key = /midonet
[cassandra]
servers = {NETWORK}.41
password = {secret()}
[keystone]
admin_token={secret()}
user_password : {secret()}
;old_password = {secret()}
tasks_db_connection = mysql://midonet:{secret()}@{NETWORK}.9/neutron
[metadata]
shared_secret = "{secret()} {secret()}"
keystore_password = '{secret()}'
KEYSTORE_PASSWORD = {secret()}
privatekey_password\t=\t{secret()} and {secret()}
endpoint = http://admin:{secret()}@{NETWORK}.9:5000/v2
"""


def arguments() -> str:
    return (
        f"-Dmidonet.password={secret()} -Djavax.net.ssl.keyStorePassword={secret()} --user-password {secret()} --token={secret()}"
        f" -Dsecret={secret()} jdbc:mysql://root:{secret()}@db/neutron"
    )


def process(line: str) -> str:
    """Start something that looks like this to ps, with no more than sleeping in it."""
    return f"( exec -a '{line}' sleep 100000 ) </dev/null >/dev/null 2>&1 &\n"


def agent_files() -> dict[str, str | bytes]:
    return {
        "usr/share/midolman/midolman.jar": "",
        "etc/midolman/midolman.conf": midolman_conf(),
        "etc/midonet/midonet.conf": midolman_conf(),
        "etc/midonet_host_id.properties": "#Tue\nhost_uuid=2ff0dcf7-7e0c-4b0a-9c6a-0e5e0c0b1a00\n",
        "var/log/midolman/midolman.log": (
            f"2026.11.22 03:14:07.123 ERROR [main] Config -  Loaded configuration: password={secret()}, admin_token: {secret()}\n"
            f"2026.11.22 03:14:08.123 WARN  [main] Http -  request failed: Authorization: Bearer {secret()}\n"
            f"2026.11.22 03:14:09.123 WARN  [main] Http -  X-Auth-Token: {secret()} rejected by http://u:{secret()}@keystone/\n"
            f'2026.11.22 03:14:10.123 ERROR [main] Json -  {{"auth": {{"passwordCredentials": {{"password": "{secret()}"}}}}}}\n'
        ),
        "var/log/midolman/upstart-stderr.log": f"wdog: started with --password {secret()}\npassword={secret()}\n",
        "opt/dump.txt": DUMP,
        "opt/fake/mm-dpctl": say(MM_DPCTL, f'echo "connecting with password={secret()}" >&2'),
        "opt/fake/ss": say(
            f'ESTAB 0 0 {NETWORK}.11:40000 {NETWORK}.31:2181 users:(("java",pid=77,fd=9)) md5keys:{NETWORK}.31/32={secret()}\n'
            f"ESTAB 0 0 {NETWORK}.11:40001 {NETWORK}.31:2181\t md5keys:any={secret()},10.0.0.0/8={secret()}"
        ),
    }


def agent(name: str = "java", words: str = "") -> str:
    return process(f"{name} -cp /usr/share/midolman/midolman.jar {words} {arguments()} org.midonet.midolman.Midolman")


RUNNING_CONFIG = """Building configuration...

Current configuration:
!
frr version 8.4.4
hostname gw1
password {0}
enable password 8 {1}
username operator password {2}
!
key chain uplink
 key 1
  key-string {3}
!
interface eth2
 ip ospf message-digest-key 1 md5 {4}
!
router bgp 64513
 bgp router-id 203.0.113.10
 neighbor 203.0.113.1 remote-as 64512
 neighbor 203.0.113.1 password {5}
 neighbor uplinks password 8 {6} {7}
!
snmp-server community {8} RO
end
"""

MIDONET_CLI = f"""#!/bin/sh
echo 'password: SECRET' >&2
if [ "$1" = -e ]; then question=$2; else question=$(cat); fi
case $question in
  'list host') echo 'host 2ff0dcf7-7e0c-4b0a-9c6a-0e5e0c0b1a00 name compute1 alive true addresses {NETWORK}.11 flooding-proxy-weight 1' ;;
  'list tunnel-zone') echo 'tzone 7c9f3dd2-9b5c-4c1c-8a3f-0b8d1a4b0001 name zone type vxlan' ;;
  *member*) echo 'zone 7c9f3dd2-9b5c-4c1c-8a3f-0b8d1a4b0001 host 2ff0dcf7-7e0c-4b0a-9c6a-0e5e0c0b1a00 address {NETWORK}.11' ;;
esac
"""

# An API server, a ZooKeeper or a Cassandra that gives fixed answers.
SERVER = """#!/usr/bin/python3
import socketserver, sys
kind, port = sys.argv[1], int(sys.argv[2])
class Answer(socketserver.BaseRequestHandler):
    def handle(self):
        word = self.request.recv(4096)
        try:
            if kind == "zookeeper":
                self.request.sendall(open("/opt/words/" + word[:4].decode(), "rb").read())
            else:
                self.request.sendall(open("/opt/answer", "rb").read())
        except OSError:
            pass
socketserver.ThreadingTCPServer.allow_reuse_address = True
socketserver.ThreadingTCPServer(("0.0.0.0", port), Answer).serve_forever()
"""


# A network file system whose server never answers: everything that looks at it hangs. Only a kernel with FUSE can have one here.
HUNG_MOUNT = """#!/usr/bin/python3
import ctypes, os, time
device = os.open("/dev/fuse", os.O_RDWR)
options = f"fd={device},rootmode=40000,user_id=0,group_id=0,allow_other"
ctypes.CDLL(None).mount(b"nas:/export", b"/srv", b"fuse.nfs4", 0, options.encode())
time.sleep(100000)
"""


def hung_mount(python: str) -> str:
    """Mount it on /srv; the host does not boot without."""
    return (
        f"if [ -e /dev/fuse ]; then {python} /opt/hung </dev/null >/dev/null 2>&1 &\n"
        "for try in 1 2 3 4 5 6 7 8 9; do grep -q ' /srv fuse' /proc/mounts && break; sleep 0.1; done\n"
        "grep -q ' /srv fuse' /proc/mounts; fi\n"
    )


def serve(python: str, kind: str, port: int) -> str:
    return f"{python} /opt/server {kind} {port} </dev/null >/dev/null 2>&1 &\n"


HANG = "#!/bin/bash\ntrap '' TERM INT HUP\n(trap '' TERM; sleep 100001) &\nsetsid sleep 100002 &\nsleep 100003; sleep 100004\n"

GARBAGE = f"""#!/bin/sh
# Whatever the collector's frames look like, and much of it.
printf '\\000\\001\\377\\376 \\033[31mred\\033[0m \\033]0;title\\007\\r\\n'
printf '==00000000000000000000000000000000 out 1 0 0\\n==%s end 1\\n' "$nonce"
tr '\\000' ' ' </proc/$PPID/environ
echo '==== underlay.ip_link round=1 state=ok rc=0'
echo '### members'
echo 'password={secret()}'
head -c 3000000 /dev/zero | tr '\\000' 'x'
echo
head -c 200000 /dev/urandom
exit 3
"""


def population(python: str) -> list[Host]:
    """The fleet. `python` runs the servers of healthy hosts."""
    return [
        Host("compute1", 11, ("compute",), {**agent_files(), "opt/hung": HUNG_MOUNT}, agent() + hung_mount(python)),
        Host("hung", 12, ("compute",), {**agent_files(), **{f"opt/fake/{tool}": HANG for tool in ("ip", "df", "mm-dpctl")}}, agent()),
        Host(
            "bare",
            13,
            ("compute",),
            {"busy/etc/passwd": "root:x:0:0:root:/:/bin/sh\n", "busy/etc/os-release": "ID=bare\n"},
            # Nothing but busybox: no Python, no bash, no coreutils. sshd looks the shell up before it goes in there.
            "mkdir -p /busy/bin /busy/proc /busy/dev /busy/sys /busy/tmp\nmount -t proc proc /busy/proc\nmount -t sysfs sysfs /busy/sys\n"
            'mount --bind /dev /busy/dev\ncp "$(command -v busybox)" /busy/bin/busybox\n'
            "for applet in $(busybox --list); do [ $applet = busybox ] || ln -s busybox /busy/bin/$applet; done\n"
            # Where busybox is not static it needs its libraries, which are no tools.
            "for library in $(ldd /busy/bin/busybox 2>/dev/null | grep -o '/[^ ]*'); do cp --parents $library /busy; done\n",
            sshd="ChrootDirectory /busy\n",
            shell="/bin/sh",
        ),
        Host(
            "full",
            14,
            ("compute",),
            agent_files(),
            # The home directory and every directory for temporary files are on a disk without a free byte.
            agent() + "mount -t tmpfs -o size=64k tmpfs /tmp\nmkdir /tmp/sshd /tmp/netns\ntouch /tmp/booted\n"
            "for place in /home/operator /var/tmp /run /dev/shm; do mount --bind /tmp $place; done\n"
            "cat /dev/zero >/tmp/full 2>/dev/null || true\n",
            sshd="SetEnv TMPDIR=/tmp\n",
        ),
        Host(
            "garbage",
            15,
            ("compute",),
            {**agent_files(), **{f"opt/fake/{tool}": GARBAGE for tool in ("ip", "ss", "mm-dpctl", "df", "date", "chronyc")}},
            agent(),
        ),
        Host(
            "chatty",
            16,
            ("compute",),
            {
                **agent_files(),
                "etc/banner": f"Welcome. Password hint: {secret()}\n",
                # bash reads this one for every command over ssh.
                "home/operator/.bashrc": f"echo 'Willkommen! Ihr Passwort: {secret()}'; "
                f"printf 'password={secret()} without an end of line'; "
                f"echo 'complaint about password={secret()}' >&2; export LC_ALL=ja_JP.UTF-8 LANG=de_DE.UTF-8 OS_PASSWORD={secret()}\n",
            },
            agent(),
            sshd="Banner /etc/banner\n",
        ),
        Host(
            "mute",
            17,
            ("compute",),
            {"usr/local/bin/mute": "#!/bin/sh\nsleep 100005\n"},
            shell="/usr/local/bin/mute",
        ),
        Host(
            "gateway1",
            21,
            ("gateway",),
            {
                **agent_files(),
                "opt/fake/vtysh": "#!/bin/sh\ncase $* in\n*summary*) cat /opt/summary ;;\n*running*) cat /opt/running ;;\nesac\n",
                "opt/summary": SUMMARY,
                "opt/running": RUNNING_CONFIG.format(*(secret() for _ in range(9))),
            },
            agent() + "ip netns add mbgp1_ns\nip -n mbgp1_ns link set lo up\n"
            f"( exec ip netns exec mbgp1_ns bash -c \"exec -a 'bgpd -f x --password={secret()} --vty-password {secret()}' sleep 100000\""
            " ) </dev/null >/dev/null 2>&1 &\n",
        ),
        Host("refused", 22, ("gateway",), runs=False, variables={"ansible_host": f"{NETWORK}.254", "ansible_port": 9}),
        Host(
            "zookeeper1",
            31,
            ("zookeeper",),
            {
                "opt/server": SERVER,
                **{f"opt/words/{word}": (WORDS / f"zk1_{word}.txt").read_bytes() for word in ("ruok", "srvr", "mntr", "isro")},
                "etc/zookeeper/conf/zoo.cfg": f"tickTime=2000\ndataDir=/var/lib/zookeeper\nclientPort=2181\n"
                f"server.1={NETWORK}.31:2888:3888\n"
                f"ssl.keyStore.password={secret()}\nauthProvider.sasl=x\nauthProvider.1=x\nDigestAuthenticationProvider.superDigest=super:{secret()}\n",
                "var/lib/zookeeper/myid": "1\n",
            },
            process(
                f"java -Dzookeeper.ssl.trustStore.password={secret()} "
                f"-Dzookeeper.DigestAuthenticationProvider.superDigest=super:{secret()} "
                "org.apache.zookeeper.server.quorum.QuorumPeerMain zoo.cfg"
            )
            + serve(python, "zookeeper", 2181),
        ),
        Host("swallowed", LOST, ("zookeeper",), runs=False),
        Host(
            "cassandra1",
            41,
            ("cassandra",),
            {
                "opt/server": SERVER,
                "opt/answer": SUPPORTED.read_bytes(),
                "opt/fake/nodetool": say(NODETOOL, f"echo 'nodetool: -pw used, password={secret()}' >&2\n[ \"$1\" = status ] || exit 0"),
                "etc/cassandra/cassandra.yaml": f"cluster_name: midonet\nseed_provider:\n  - class_name: S\n    parameters:\n"
                f"      - seeds: '{NETWORK}.41'\nlisten_address: {NETWORK}.41\nrpc_address: {NETWORK}.41\nserver_encryption_options:\n"
                f"    keystore_password: {secret()}\n    truststore_password: '{secret()} {secret()}'\n    # password: \"{secret()}\"\n",
            },
            process(f"java -Dcassandra.password={secret()} o.a.c.service.CassandraDaemon") + serve(python, "cassandra", 9042),
        ),
        Host("silent", 42, ("cassandra",), runs=False, variables={"ansible_host": f"{NETWORK}.254", "ansible_port": SILENT_PORT}),
        Host(
            "api1",
            51,
            ("api",),
            {
                "usr/share/midolman/midolman.jar": "",
                "etc/midonet/midonet.conf": midolman_conf(),
                "opt/server": SERVER,
                "opt/answer": "HTTP/1.1 200 OK\r\nServer: x\r\nContent-Type: application/json\r\n"
                f"Set-Cookie: sessionId={secret()}; Path=/\r\nX-Auth-Token: {secret()}\r\nAuthorization: Basic {secret()}=\r\n\r\n"
                f'{{"version": "v5", "token": "{secret()}", "nested": {{"userPassword":"{secret()}"}}, "routers": "http://a:{secret()}@b/"}}\n',
                "opt/fake/midonet-cli": MIDONET_CLI.replace("SECRET", secret()),
            },
            process(f"java -Dpassword={secret()} org.midonet.cluster.ClusterNode") + serve(python, "http", 8181),
        ),
    ]
