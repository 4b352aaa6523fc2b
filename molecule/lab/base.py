"""What all labs share and only read: a clean Debian with the services in it, Cassandra, and on request a Neutron server.

Each is made once, under a lock, beside the place where it will be, and gets its name when it is whole: what was killed half way
is never taken for the finished one, is swept away, and is made anew.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.commands import LabError, need, run
from lab.names import CACHE, HERE

SUITE = "bookworm"
PACKAGES = (
    "frr zookeeper default-jre-headless iptables nftables ethtool chrony openssh-server iproute2 iputils-ping iputils-arping"
    " iputils-tracepath tcpdump netcat-openbsd curl procps python3 python3-kazoo python3-cassandra openvswitch-switch sudo kmod busybox netbase libfaketime"
).split()
# A killed lab.py takes these with it, and their mounts go with their namespace.
CONFINED = ("setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")


# Over the base root, for the hosts that run Neutron.
NEUTRON_PACKAGES = ("neutron-server",)
RECIPE = f"{SUITE} {' '.join(PACKAGES)}\n"


@contextmanager
def _lock(name: str) -> Iterator[int]:
    """Only one process at a time makes a thing. Those it starts hold the lock with it, should it be killed before them."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.set_inheritable(lock.fileno(), True)
        yield lock.fileno()


def _made(name: str, recipe: str, needs: tuple[str, ...], megabytes: int, make: Callable[[Path, int], None]) -> Path:
    """The directory that this recipe makes, made now, which needs these commands and so much room, unless it is there. Other recipes have others.

    `make` gets a directory to work in, which goes when it is done, and leaves what it made in the directory `made` of it.
    """
    name = f"{name}-{hashlib.sha256(recipe.encode()).hexdigest()[:8]}"
    finished, making = CACHE / name, CACHE / f"{name}.making"
    with _lock(name) as lock:
        if not finished.exists():
            need(*needs, "setpriv", "unshare")
            free = shutil.disk_usage(CACHE).free // 1_000_000
            if free < megabytes:
                raise LabError(f"{CACHE} has {free} MB free, and {megabytes} MB are needed to make {name}; MIDONET_LAB_CACHE names another place")
            print(f"lab: making {finished}, once; this takes some minutes", file=sys.stderr, flush=True)
            shutil.rmtree(making, ignore_errors=True)
            (making / "tmp").mkdir(parents=True)
            try:
                make(making, lock)
                (making / "made").rename(finished)
            finally:
                shutil.rmtree(making, ignore_errors=True)
    return finished


def sweep() -> None:
    """Remove what was killed while it was made. What somebody makes at this moment stays."""
    for making in CACHE.glob("*.making"):
        with making.with_suffix(".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            shutil.rmtree(making, ignore_errors=True)


def _confined(lock: int, making: Path, *command: str) -> None:
    ran = run(*CONFINED, *command, check=False, pass_fds=[lock], env={**os.environ, "TMPDIR": str(making / "tmp")})
    if ran.returncode:
        lines = [line.strip() for line in (ran.stderr or ran.stdout).splitlines() if line.strip()]
        # Of all that they tell on their way, what they call an error.
        told = [line for line in lines if line.startswith(("E:", "[ERROR]", "mount:"))] or lines[-2:]
        raise LabError(f"{Path(command[0]).name} could not make {making.stem}: {' '.join(told)[:600] or ran.returncode}")


def _bootstrap(making: Path, lock: int) -> None:
    # Packages must not start their services: the lab does.
    deny = 'mkdir -p "$1/usr/sbin"; printf "#!/bin/sh\\nexit 101\\n" > "$1/usr/sbin/policy-rc.d"; chmod 755 "$1/usr/sbin/policy-rc.d"'
    # Not man: the JRE fails to install without its directory.
    without = [f"--dpkgopt=path-exclude=/usr/share/{part}/*" for part in ("doc", "locale")]
    _confined(lock, making, "mmdebstrap", "--mode=root", "--variant=minbase", *without, f"--setup-hook={deny}",
              f"--include={','.join(PACKAGES)}", SUITE, str(making / "made"))  # fmt: skip


def base_root() -> Path:
    """A clean Debian with the services in it."""
    return _made("base", RECIPE, ("mmdebstrap",), 1500, _bootstrap)


def _fetch_cassandra(making: Path, lock: int) -> None:
    # The checksums that Maven Central publishes are verified; a wrong one ends this with an error.
    _confined(lock, making, "mvn", "-q", "-B", "-f", str(HERE / "cassandra-pom.xml"), "--strict-checksums",
              f"-Dmaven.repo.local={making / 'repository'}", f"-Djava.io.tmpdir={making / 'tmp'}",
              "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies",
              f"-DoutputDirectory={making / 'made' / 'lib'}", "-DincludeScope=runtime")  # fmt: skip


def cassandra_jars() -> Path:
    """Apache Cassandra with its dependencies from Maven Central."""
    return _made("cassandra", (HERE / "cassandra-pom.xml").read_text(), ("mvn",), 300, _fetch_cassandra) / "lib"


# MAKING BASE PACKAGE…: what the packages add to the base. Runs in a mount namespace, which takes the mounts with it. The machine's
# own ways to its packages (a proxy, certificates) hold there, too.
ADD_PACKAGES = """\
set -e
making=$1 base=$2
shift 2
mkdir "$making/made" "$making/work" "$making/root"
mount -t overlay overlay -o "lowerdir=$base,upperdir=$making/made,workdir=$making/work" "$making/root"
mount -t proc proc "$making/root/proc"
mount --bind /dev "$making/root/dev"
mount -t tmpfs tmpfs "$making/root/tmp"
mount -t tmpfs tmpfs "$making/root/var/lib/apt/lists"
mount -t tmpfs tmpfs "$making/root/var/cache/apt"
mkdir -p "$making/root/var/cache/apt/archives/partial"
: >>"$making/root/etc/resolv.conf"
mount --bind /etc/resolv.conf "$making/root/etc/resolv.conf"
apt-config dump Acquire >"$making/root/tmp/apt.conf"
export APT_CONFIG=/tmp/apt.conf DEBIAN_FRONTEND=noninteractive
unset TMPDIR
chroot "$making/root" apt-get -qq update
chroot "$making/root" apt-get -qq --yes --no-install-recommends install "$@"
"""


def neutron_layer() -> Path:
    """What OpenStack's Neutron server adds to the base root: a layer that lies over it."""
    base = base_root()

    def make(making: Path, lock: int) -> None:
        _confined(lock, making, "bash", "-c", ADD_PACKAGES, "bash", str(making), str(base), *NEUTRON_PACKAGES)

    return _made("neutron", f"{RECIPE}{' '.join(NEUTRON_PACKAGES)}\n", ("apt-config", "chroot", "mount"), 800, make)
