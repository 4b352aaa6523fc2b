"""A lab comes up, is waited for, and goes without a trace."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import yaml

from lab import base, fabric, files, processes
from lab.commands import LabError, need, run
from lab.fleet import Fleet, Host
from lab.names import INVENTORY, STATE

NEIGHBOURS = Path("/proc/sys/net/ipv4/neigh/default/gc_thresh3")
# What the kernel must be able to do, each tried in namespaces that go with the trial; the first that fails is told.
TRIALS = {
    "namespaces": ("unshare", "--mount", "--uts", "--ipc", "--net", "--pid", "--fork", "true"),
    **{kind: ("unshare", "--net", "ip", "link", "add", "trial", "type", *words)
       for kind, words in {"veth": ("veth",), "bridge": ("bridge",), "vxlan": ("vxlan", "id", "1", "dstport", "6677")}.items()},
    "overlay": ("unshare", "--mount", "sh", "-c", "mount -t tmpfs trial /run && cd /run && mkdir lower upper work root && "
                "mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work trial root"),
}  # fmt: skip


def prepare(fleet: Fleet) -> tuple[Path, Path | None, Path | None]:
    """Make what all labs share, unless it is there: the root of all hosts, Cassandra's programs, Neutron's layer; what no host needs is None."""
    need("ip", "unshare", "nsenter", "mount", "umount", "ssh", "ssh-keygen", "sysctl")
    root = base.base_root()
    return root, base.cassandra_jars() if fleet.of_role("cassandra") else None, base.neutron_layer() if fleet.of_role("neutron") else None


def up(fleet: Fleet, only: frozenset[str] = frozenset(), wait: float = 180) -> None:
    """Build the fleet, or only some of its hosts, and wait until it serves."""
    if unknown := only - set(fleet.hosts):
        raise LabError(f"no hosts {', '.join(sorted(unknown))}; there are {', '.join(fleet.hosts)}")
    need("ip", "unshare", "mount")
    _kernel_can()
    _fits_the_kernel(fleet)
    root, cassandra, neutron = prepare(fleet)
    STATE.parent.mkdir(exist_ok=True)
    try:
        STATE.mkdir()
    except FileExistsError:
        raise LabError("a lab is up already; `make lab-down` removes it") from None
    try:
        run("mount", "-t", "tmpfs", "-o", "size=8g,mode=755", "midonet-lab", str(STATE))
    except LabError:
        STATE.rmdir()
        raise
    (STATE / "builder").write_text(str(os.getpid()))
    (STATE / "ssh" / "cp").mkdir(mode=0o700, parents=True)
    (STATE / "ssh").chmod(0o700)
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", str(STATE / "ssh" / "id_ed25519"))
    INVENTORY.write_text(yaml.safe_dump(fleet.inventory(), sort_keys=False))
    # A copy, because the file may change or go while the lab is up.
    kept = shutil.copy(fleet.path, STATE / "fleet.yml")
    described = {"file": str(kept), "generation": fleet.generation, "without": sorted(fleet.without)}
    (STATE / "fleet.json").write_text(json.dumps(described))
    common = files.common(fleet)
    fabric.build(fleet)
    hosts = [host for host in fleet.hosts.values() if not only or host.name in only]

    def build(host: Host) -> None:
        fabric.connect(host)
        files.configure(host, root)
        processes.start(host, [common, *([neutron] if neutron and host.role == "neutron" else []), root], cassandra or root)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(build, hosts))
    (STATE / "builder").unlink()
    if not only:
        wait_for(hosts, wait)


def _kernel_can() -> None:
    """Raises LabError, in one line, when this machine's kernel cannot do what a lab is made of."""
    for what, trial in TRIALS.items():
        ran = run(*trial, check=False)
        if ran.returncode:
            raise LabError(f"this machine cannot have a lab: its kernel gives no {what}: {' '.join(ran.stderr.split()) or ran.returncode}")


def _fits_the_kernel(fleet: Fleet) -> None:
    """All namespaces have one limit of neighbours: a fleet that exceeds it would take the network of everything else on the machine, too."""
    with suppress(OSError, ValueError):
        limit = int(NEIGHBOURS.read_text())
        if fleet.neighbours() > limit:
            raise LabError(f"this fleet can have {fleet.neighbours()} neighbours, and the machine's kernel keeps {limit} for all of them together: "
                           f"more racks with fewer hosts in each, or a higher net.ipv4.neigh.default.gc_thresh3")  # fmt: skip


def wait_for(hosts: list[Host], seconds: float) -> None:
    """Wait until every host has found that its services serve (it writes /run/lab-ready then, see host/ready)."""
    deadline = time.monotonic() + seconds
    waiting = {host.name: host for host in hosts}
    while waiting and time.monotonic() < deadline:
        for name, host in list(waiting.items()):
            pid = processes.pid_of(host)
            if pid is None:
                raise LabError(f"{name} died while starting: {processes.console_of(host)}")
            if Path(f"/proc/{pid}/root/run/lab-ready").exists():
                del waiting[name]
        time.sleep(0.1)
    if waiting:
        what = "; ".join(f"{name} waits for {_awaited(host)}" for name, host in sorted(waiting.items()))
        raise LabError(f"the lab is up, but does not serve after {seconds:.0f} s: {what}")


def _awaited(host: Host) -> str:
    try:
        return Path(f"/proc/{processes.pid_of(host)}/root/run/lab-awaits").read_text().strip()
    except OSError:
        return "nothing that it told"


def down() -> None:
    """Remove the lab, whatever state it is in. Calling it again does nothing."""
    need("ip", "umount")
    processes.end_all()
    # Connections that Ansible keeps open live in the machine's own namespace.
    for connection in (STATE / "ssh" / "cp").glob("*"):
        run("ssh", "-o", f"ControlPath={connection}", "-O", "exit", "lab", check=False)
    for namespace in processes.namespaces():
        run("ip", "netns", "delete", namespace, check=False)
    while STATE.is_mount():
        if run("umount", str(STATE), check=False).returncode:
            # Somebody's shell stands in it.
            run("umount", "-l", str(STATE))
    shutil.rmtree(STATE, ignore_errors=True)
    base.sweep()
    with suppress(OSError):  # another lab is there
        STATE.parent.rmdir()
    if left := processes.namespaces():
        raise LabError(f"namespaces that cannot be removed: {', '.join(left)}")


def building() -> bool:
    """Whether this process has begun a lab that is not whole yet."""
    try:
        return int((STATE / "builder").read_text()) == os.getpid()
    except (OSError, ValueError):
        return False


def running() -> Fleet | None:
    """The fleet that is up, if one is."""
    try:
        state = json.loads((STATE / "fleet.json").read_text())
    except FileNotFoundError:
        return None
    return Fleet(Path(state["file"]), state["generation"], frozenset(state["without"]))


def show(fleet: Fleet) -> None:
    for host in fleet.hosts.values():
        state = "up" if processes.pid_of(host) else "down"
        sys.stdout.write(f"{host.name:10} {host.role:10} {host.address('management'):12} {host.address(host.underlay):14} {state}\n")
