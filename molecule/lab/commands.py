"""Running the machine's commands, with one line that says what failed."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from typing import Any

# The Debian package that brings a command, where it is not named like it.
PACKAGES = {
    "ip": "iproute2", "unshare": "util-linux", "nsenter": "util-linux", "mount": "mount", "umount": "mount", "setpriv": "util-linux",
    "ssh-keygen": "openssh-client", "ssh": "openssh-client", "mvn": "maven", "sysctl": "procps",
    "apt-config": "apt", "chroot": "coreutils",
}  # fmt: skip


class LabError(Exception):
    """Something that the person at the keyboard can act on, in one line."""


def need(*commands: str) -> None:
    """Say in one line which packages are missing, before anything is begun that needs them."""
    missing = sorted({PACKAGES.get(command, command) for command in commands if not shutil.which(command)})
    if missing:
        raise LabError(f"this machine lacks {', '.join(missing)}: apt-get install {' '.join(missing)}")


def run(*command: str, check: bool = True, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; with `check`, a failure is a LabError that quotes what it said."""
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    except FileNotFoundError:
        need(command[0])
        raise
    if check and result.returncode:
        raise LabError(f"{' '.join(command)}: {' '.join((result.stderr or result.stdout).split()) or result.returncode}")
    return result


def ip(namespace: str, lines: Iterable[str]) -> None:
    """Give `ip` several lines at once in a named network namespace; it stops at the first that fails."""
    run("ip", "-netns", namespace, "-batch", "-", input="".join(f"{line}\n" for line in lines))
