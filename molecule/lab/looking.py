"""Look at the lab: is what a fault file or health.yml describes healthy, broken, or neither?

What an item of evidence says is asked exactly as a run asks it: by the collector's own script, on the host, as root.
"""

from __future__ import annotations

import re
import secrets
import subprocess
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import yaml

from lab.collection import Params, compile_script, decode
from lab.commands import LabError
from lab.fault_file import FaultError, Sign, items
from lab.fleet import AGENT_KINDS, Fleet
from lab.names import FABRIC, HERE
from lab.processes import enter, pid_of

HEALTH = HERE / "health.yml"
COMMAND_SECONDS = 20
PAUSE_SECONDS = 1.0
AT_ONCE = 4


@dataclass(frozen=True)
class Seen:
    """What was seen of one sign: "healthy", "broken" or "neither", and the text."""

    sign: Sign
    state: str
    text: str

    def __str__(self) -> str:
        """What there is, and why it counts as that: where each pattern matches, and the beginning of a text that none does."""
        found = {name: self._where(getattr(self.sign, name)) for name in ("healthy", "broken") if getattr(self.sign, name)}
        told = ", ".join(f"{name} matches {where!r}" if where else f"{name} matches nothing" for name, where in found.items())
        lines = [line.strip() for line in self.text.splitlines() if line.strip()]
        text = "" if any(found.values()) else f" of: {' | '.join(lines[:3])[:300]}"
        return f"{self.sign} is {self.state}: {told}{text}"

    def _where(self, pattern: str) -> str:
        """The line in which a pattern begins to match."""
        match = re.search(pattern, self.text, re.MULTILINE)
        if not match:
            return ""
        begin = self.text.rfind("\n", 0, match.start()) + 1
        return self.text[begin : max(match.end(), begin + 1)].strip().partition("\n")[0][:160] or "an empty line"


def into(fleet: Fleet, place: str) -> list[str]:
    """The command prefix for a host, or for the fabric. Raises LabError with what there is when there is no such host."""
    if place == "fabric":
        # With the tools of the lab's hosts, which the machine need not have.
        tools = next(pid for host in fleet.hosts.values() if (pid := pid_of(host)))
        return ["ip", "netns", "exec", FABRIC, "nsenter", "-t", str(tools), "-m", "-r", "-w"]
    if place not in fleet.hosts:
        raise LabError(f"this fleet has no host {place}; it has fabric, {', '.join(fleet.hosts)}")
    return enter(fleet.hosts[place])


def look(fleet: Fleet, sign: Sign) -> Seen:
    """One sign, now."""
    text = _of_item(fleet, sign) if sign.item else _of_command(fleet, sign)
    return Seen(sign, sign.shows(text), text)


def _of_command(fleet: Fleet, sign: Sign) -> str:
    try:
        ran = subprocess.run(
            [*into(fleet, sign.on), "/bin/bash", "-c", sign.run],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=COMMAND_SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        return f"{(error.stdout or b'').decode('utf-8', 'replace')}\nno end within {COMMAND_SECONDS} s\n"
    return f"{ran.stdout.decode('utf-8', 'replace')}\nexit code {ran.returncode}\n"


def _of_item(fleet: Fleet, sign: Sign) -> str:
    item, nonce = items()[sign.item], secrets.token_hex(16)
    command = [*into(fleet, sign.on), "/bin/sh", "-s"]
    script = compile_script([item], nonce, item.timeout_s + 5, parameters(fleet, sign.on))
    try:
        ran = subprocess.run(command, input=script.encode(), capture_output=True, timeout=item.timeout_s + COMMAND_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return f"no end within {item.timeout_s + COMMAND_SECONDS:g} s\n"
    (output,) = decode(ran.stdout, nonce, [item]).outputs
    return f"{output.stdout}\n{output.stderr}\n{output.state}, exit code {output.exit_code}\n"


def parameters(fleet: Fleet, name: str) -> Params:
    """What the second round of a run would tell this host to probe."""
    host = fleet.hosts[name]
    agents = [other for other in fleet.of_role(*AGENT_KINDS) if other is not host]
    return {
        "tunnel_address": host.underlay_address,
        "tunnel_peers": [other.underlay_address for other in agents],
        "tunnel_payload": "1472",
        "zookeeper_servers": [f"{other.underlay_address}:2181" for other in fleet.of_role("zookeeper")],
        "cassandra_servers": [f"{other.underlay_address}:9042" for other in fleet.of_role("cassandra")],
        "zookeeper_peers": [f"{other.underlay_address}:3888" for other in fleet.of_role("zookeeper") if other is not host],
    }


def look_at(fleet: Fleet, signs: Iterable[Sign]) -> list[Seen]:
    """Several signs, some at a time."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda sign: look(fleet, sign), signs))


def wait(fleet: Fleet, signs: Sequence[Sign], state: str, seconds: float) -> list[Seen]:
    """Look until every sign shows this state. What still does not when the time is over; nothing when all is as wanted."""
    end = time.monotonic() + seconds
    waiting: Sequence[Sign] = signs
    while True:
        others = [seen for seen in look_at(fleet, waiting) if seen.state != state]
        if not others and len(waiting) == len(signs):
            return []
        if time.monotonic() > end:
            return others
        # All are looked at once more at the end: one may go while another comes.
        waiting = [seen.sign for seen in others] or signs
        if others:
            time.sleep(PAUSE_SECONDS)


def health(fleet: Fleet) -> list[Sign]:
    """What this fleet shows when all is well, from health.yml."""
    signs = []
    for number, one in enumerate(yaml.safe_load(HEALTH.read_text("utf-8")), 1):
        roles = one.pop("each")
        try:
            sign = Sign(on="", **one)
        except TypeError as error:
            raise FaultError(f"{HEALTH}: entry {number}: {error}") from error
        hosts = [host for host in fleet.of_role(*([roles] if isinstance(roles, str) else roles)) if pid_of(host)]
        signs += [replace(sign, on=host.name) for host in hosts]
    return signs
