"""What all labs share and only read: a clean Debian with the services in it, and Cassandra.

Both are made once, under a lock, beside the place where they will be, and get their names when they are whole: what was killed
half way is never taken for the finished one, and is made anew.
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

from lab.commands import need, run
from lab.names import CACHE, HERE

SUITE = "bookworm"
PACKAGES = (
    "frr zookeeper default-jre-headless iptables nftables ethtool chrony openssh-server iproute2 iputils-ping iputils-arping"
    " iputils-tracepath tcpdump netcat-openbsd procps python3 python3-kazoo python3-cassandra openvswitch-switch sudo kmod busybox netbase libfaketime"
).split()
# A killed lab.py takes these with it, and their mounts go with their namespace.
CONFINED = ("setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")


@contextmanager
def _lock(name: str) -> Iterator[int]:
    """Only one process at a time makes a thing. Those it starts hold the lock with it, should it be killed before them."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.set_inheritable(lock.fileno(), True)
        yield lock.fileno()


def _made(name: str, recipe: str, make: Callable[[Path, int], None]) -> Path:
    """The directory that this recipe makes, made now unless it is there. Other recipes have directories of their own."""
    name = f"{name}-{hashlib.sha256(recipe.encode()).hexdigest()[:8]}"
    finished, making = CACHE / name, CACHE / f"{name}.making"
    with _lock(name) as lock:
        if not finished.exists():
            print(f"lab: making {finished}, once; this takes some minutes", file=sys.stderr)
            shutil.rmtree(making, ignore_errors=True)
            make(making, lock)
            making.rename(finished)
    return finished


def _bootstrap(target: Path, lock: int) -> None:
    need("mmdebstrap", "setpriv", "unshare")
    # Packages must not start their services: the lab does.
    deny = 'mkdir -p "$1/usr/sbin"; printf "#!/bin/sh\\nexit 101\\n" > "$1/usr/sbin/policy-rc.d"; chmod 755 "$1/usr/sbin/policy-rc.d"'
    # Not man: the JRE fails to install without its directory.
    without = [f"--dpkgopt=path-exclude=/usr/share/{part}/*" for part in ("doc", "locale")]
    run(*CONFINED, "mmdebstrap", "--mode=root", "--variant=minbase", *without, f"--setup-hook={deny}",
        f"--include={','.join(PACKAGES)}", SUITE, str(target), pass_fds=[lock])  # fmt: skip


def base_root() -> Path:
    """A clean Debian with the services in it."""
    return _made("base", f"{SUITE} {' '.join(PACKAGES)}\n", _bootstrap)


def _fetch_cassandra(target: Path, lock: int) -> None:
    need("mvn", "setpriv", "unshare")
    target.mkdir(parents=True)
    # The checksums that Maven Central publishes are verified; a wrong one ends this with an error.
    run(*CONFINED, "mvn", "-q", "-B", "-f", str(HERE / "cassandra-pom.xml"), "--strict-checksums",
        "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies", f"-DoutputDirectory={target / 'lib'}",
        "-DincludeScope=runtime", pass_fds=[lock])  # fmt: skip


def cassandra_jars() -> Path:
    """Apache Cassandra with its dependencies from Maven Central."""
    return _made("cassandra", (HERE / "cassandra-pom.xml").read_text(), _fetch_cassandra) / "lib"
