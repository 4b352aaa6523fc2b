"""What the tests of the collector share: run a script under a shell, and look for what it left behind."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.item import Item
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.script import compile_script, process_key
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.stream import Answer, decode

SHELLS = {
    "dash": ["dash"],
    "bash": ["bash"],
    "bash-posix": ["bash", "--posix"],
    "busybox": ["busybox", "sh"],
}


def available_shells() -> list[str]:
    return [name for name, command in SHELLS.items() if shutil.which(command[0])]


def item(name: str, command: str, **more: object) -> Item:
    return Item(id=f"test.{name}", role="test", describes=name, commands={"any": command}, **more)  # type: ignore[arg-type]


def processes_with(word: str) -> list[str]:
    """Processes whose environment holds the word, but for this one."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if word.encode() in (path / "environ").read_bytes() and path.name != str(os.getpid()):
                found.append((path / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace") or path.name)
        except OSError:
            continue
    return found


class Run:
    """One run of the collector: what came back, how long it took, what it left behind."""

    def __init__(self, items, shell="dash", deadline_s=30.0, params=None, path=None, env=None, mark=True, prefix="", **more):
        nonce = secrets.token_hex(16)
        self.nonce = nonce
        self.script = prefix + compile_script(items, nonce, deadline_s, params, **more)
        libraries = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
        environment = {**libraries, "HOME": "/", "PATH": path or os.environ["PATH"], **(env or {})}
        key = process_key(nonce)
        if mark:
            environment["MIDONET_COLLECTOR"] = f"{key}/"
        command = SHELLS[shell]
        program = shutil.which(command[0])
        assert program
        with tempfile.TemporaryDirectory() as directory:
            began = time.monotonic()
            done = subprocess.run(
                [program, *command[1:], "-s"],
                input=self.script.encode(),
                capture_output=True,
                cwd=directory,
                env=environment,
                timeout=120,
                check=False,
            )
            self.seconds = time.monotonic() - began
            self.files_left = [path.name for path in Path(directory).iterdir()]
        self.raw = done.stdout
        self.noise = done.stderr.decode(errors="replace")
        self.answer: Answer = decode(done.stdout, nonce, items)
        self.outputs = {output.item.removeprefix("test."): output for output in self.answer.outputs}
        # Who was killed a moment ago may not have gone yet.
        self.left = processes_with(key)
        for _ in range(20):
            if self.left:
                time.sleep(0.1)
                self.left = processes_with(key)
