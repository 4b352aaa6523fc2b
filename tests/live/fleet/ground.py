"""Hosts of a small fleet on this machine: each with a root, processes and a network of its own, and a real sshd.

A host is a few namespaces over this machine's own file system, to which an overlay in memory is added. Whatever is written on
a host is therefore found in that overlay, and whatever runs on it in its network namespace; when its first process ends,
nothing of it is left. Needs root.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

NETWORK = "10.213.0"
LOST = 32
SSHD = shutil.which("sshd") or "/usr/sbin/sshd"

# Where somebody listens, where hosts are reached from, who takes connections and never says anything.
SILENT_PORT = 2222
_SILENT = f"import socket,time; s=socket.create_server(('0.0.0.0', {SILENT_PORT})); print(flush=True); time.sleep(100000)"

# The first process of a host; $1 its name, $2 its directory.
BOOT = """
set -e
name=$1 at=$2
mount --make-rprivate /
mount -t overlay overlay -o "lowerdir=/,upperdir=$at/upper,workdir=$at/work" "$at/root"
cd "$at/root"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t tmpfs -o mode=755 tmpfs dev
for node in null zero full random urandom tty fuse; do
  [ -e "/dev/$node" ] || continue
  touch "dev/$node"
  mount --bind "/dev/$node" "dev/$node"
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
mount -t tmpfs -o mode=755 tmpfs run
mkdir run/sshd run/netns
hostname "$name"
pivot_root . mnt
cd /
umount -l /mnt
. /etc/prepare
"$(command -v sshd || echo /usr/sbin/sshd)" -f /etc/sshd-of-test
touch /run/booted
while :; do sleep 1000 & wait $!; done
"""


@dataclass
class Host:
    """files: path -> text, executable when the text begins with "#!"; prepare: shell that runs before sshd."""

    name: str
    number: int
    groups: tuple[str, ...]
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    prepare: str = ""
    sshd: str = ""
    shell: str = "/bin/bash"
    variables: Mapping[str, object] = field(default_factory=dict)
    runs: bool = True

    @property
    def address(self) -> str:
        return f"{NETWORK}.{self.number}"


class Ground:
    """Where the hosts stand, and the network namespace from which they are reached."""

    def __init__(self, hosts: list[Host]) -> None:
        self.hosts = {host.name: host for host in hosts}
        self.directory = Path(tempfile.mkdtemp(prefix="mdfleet-"))
        self.directory.chmod(0o755)
        self._prefix = f"mdf{os.getpid()}-"
        self.controller = f"{self._prefix}ctl"
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._spaces: list[str] = []
        self._mounted = False

    # -- up and down ----------------------------------------------------------------------------------------------------------------

    def up(self) -> None:
        run("mount", "-t", "tmpfs", "-o", "size=256m,mode=755", "tmpfs", str(self.directory))
        self._mounted = True
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.directory / "key"))
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.directory / "host"))
        self._space(self.controller)
        self.inside("ip", "link", "add", "fabric", "type", "bridge")
        self.inside("ip", "addr", "add", f"{NETWORK}.254/24", "dev", "fabric")
        self.inside("ip", "link", "set", "fabric", "up")
        # An address with a machine behind it that nobody hears of: what is sent there is lost.
        self.inside("ip", "neigh", "add", f"{NETWORK}.{LOST}", "lladdr", "02:00:00:00:00:01", "dev", "fabric", "nud", "permanent")
        self._silent = subprocess.Popen(
            ["ip", "netns", "exec", self.controller, sys.executable, "-c", _SILENT], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
        )
        assert self._silent.stdout is not None
        self._silent.stdout.readline()
        for host in self.hosts.values():
            if host.runs:
                self._start(host)
        end = time.monotonic() + 30
        for host in self.hosts.values():
            while host.runs and not self._answers(host):
                if time.monotonic() > end or self._processes[host.name].poll() is not None:
                    raise RuntimeError(f"{host.name} did not start: {(self.directory / host.name / 'log').read_text()}")
                time.sleep(0.1)

    def down(self) -> None:
        for process in self._processes.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        for space in self._spaces:
            for pid in subprocess.run(["ip", "netns", "pids", space], capture_output=True, text=True, check=False).stdout.split():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
            subprocess.run(["ip", "netns", "del", space], check=False, capture_output=True)
        if self._mounted:
            subprocess.run(["umount", "-l", str(self.directory)], check=False)
        shutil.rmtree(self.directory, ignore_errors=True)

    def _space(self, name: str) -> None:
        run("ip", "netns", "add", name)
        self._spaces.append(name)
        run("ip", "-n", name, "link", "set", "lo", "up")

    def _start(self, host: Host) -> None:
        at = self.directory / host.name
        for part in ("upper", "work", "root"):
            (at / part).mkdir(parents=True)
        authorized = (self.directory / "key.pub").read_text()
        basics: dict[str, str | bytes] = {
            "etc/sshd-of-test": (
                "ListenAddress 0.0.0.0\nHostKey /etc/key-of-test\nAuthorizedKeysFile /etc/authorized-of-test\nStrictModes no\nUsePAM no\n"
                "PermitRootLogin yes\nPrintLastLog no\nPidFile none\nMaxStartups 100\nSetEnv PATH=/opt/fake:/usr/sbin:/usr/bin:/sbin:/bin\n"
                + host.sshd
            ),
            "etc/authorized-of-test": authorized,
            "etc/key-of-test": (self.directory / "host").read_text(),
            "etc/prepare": host.prepare,
            # A home of its own: what this machine's root has in its home is nobody's business.
            "etc/passwd": f"root:x:0:0:root:/home/operator:{host.shell}\nsshd:x:100:65534::/run/sshd:/usr/sbin/nologin\n",
            "home/operator/.profile": "",
        }
        for path, content in {**basics, **host.files}.items():
            file = at / "upper" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            data = content.encode() if isinstance(content, str) else content
            file.write_bytes(data)
            file.chmod(0o755 if data.startswith(b"#!") else 0o600 if path == "etc/key-of-test" else 0o644)
        (at / "boot").write_text(BOOT)
        space = f"{self._prefix}{host.number}"
        self._space(space)
        self.inside("ip", "link", "add", f"v{host.number}", "type", "veth", "peer", "name", "eth0", "netns", space)
        self.inside("ip", "link", "set", f"v{host.number}", "master", "fabric", "up")
        run("ip", "-n", space, "addr", "add", f"{host.address}/24", "dev", "eth0")
        run("ip", "-n", space, "link", "set", "eth0", "up")
        with (at / "log").open("wb") as log:
            self._processes[host.name] = subprocess.Popen(
                ["ip", "netns", "exec", space, "unshare", "--mount", "--uts", "--ipc", "--pid", "--fork", "--kill-child",
                 "bash", str(at / "boot"), host.name, str(at)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    def _answers(self, host: Host) -> bool:
        pids = self._pids(host)
        return any((Path(f"/proc/{pid}/root/run/booted")).exists() for pid in pids)

    # -- looking --------------------------------------------------------------------------------------------------------------------

    def inside(self, *command: str) -> str:
        """Run a command where hosts are reached from."""
        return run("ip", "netns", "exec", self.controller, *command)

    def files_of(self, name: str) -> dict[str, str]:
        """All that was ever written on a host's disk: path -> kind, size, time and content."""
        found: dict[str, str] = {}
        top = self.directory / name / "upper"
        for path in sorted(top.rglob("*")):
            about = path.lstat()
            content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() and not path.is_symlink() else ""
            found[str(path.relative_to(top))] = f"{about.st_mode:o} {about.st_size} {about.st_mtime_ns} {content}"
        for pid in self._pids(self.hosts[name])[:1]:
            for directory in ("run", "dev/shm"):
                for path in sorted(Path(f"/proc/{pid}/root/{directory}").rglob("*")):
                    found[f"{directory}/{path.name}"] = ""
        return found

    def processes_of(self, name: str) -> dict[int, str]:
        """What runs on a host, but for the connections that ssh keeps open and zombies: id -> command line."""
        found: dict[int, str] = {}
        for pid in self._pids(self.hosts[name]):
            with contextlib.suppress(OSError):
                line = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip()
                if line and not line.startswith(("sshd", "sleep 1000")):
                    found[pid] = line
        return found

    def _pids(self, host: Host) -> list[int]:
        text = run("ip", "netns", "pids", f"{self._prefix}{host.number}")
        process = self._processes[host.name]
        return [int(pid) for pid in text.split() if int(pid) != process.pid]

    # -- inventory ------------------------------------------------------------------------------------------------------------------

    def inventory(self) -> dict[str, object]:
        groups: dict[str, dict[str, dict[str, object]]] = {}
        for host in self.hosts.values():
            for group in host.groups:
                groups.setdefault(group, {"hosts": {}})["hosts"][host.name] = {"ansible_host": host.address, **host.variables}
        return {
            "all": {
                "children": groups,
                "vars": {
                    "ansible_user": "root",
                    "ansible_ssh_private_key_file": str(self.directory / "key"),
                    "ansible_ssh_common_args": "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR",
                },
            }
        }


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


def missing() -> str:
    """Why there can be no such hosts here; empty when there can."""
    if os.geteuid() != 0:
        return "needs root"
    absent = [name for name in ("ip", "unshare", "ssh", "ssh-keygen", "busybox", "bash") if not shutil.which(name)]
    if not Path(SSHD).exists():
        absent.append("sshd")
    if absent:
        return f"needs {', '.join(absent)}"
    test = (
        "set -e; mount -t tmpfs t /mnt; mkdir /mnt/u /mnt/w /mnt/m; mount -t overlay o -o lowerdir=/,upperdir=/mnt/u,workdir=/mnt/w /mnt/m;"
        " ip link add b0 type bridge; ip link add v0 type veth peer name v1; mount -t proc proc /mnt/m/proc; mount -t sysfs s /mnt/m/sys"
    )
    done = subprocess.run(
        ["unshare", "--mount", "--net", "--uts", "--ipc", "--pid", "--fork", "sh", "-c", test], capture_output=True, text=True, check=False
    )
    return f"needs namespaces, overlay mounts and bridges: {done.stderr.strip().splitlines()[-1]}" if done.returncode else ""
