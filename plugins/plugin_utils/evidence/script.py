# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Items become one POSIX shell script, to be run by `sh -s` from standard input.

The constant part is collector.sh; this module chooses the parts of it that the items need and adds what varies. The answer is
read by stream.py. PRIVATE to the collection: may change without notice.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.item import Item, Params
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.scrub import CLOSE, HOST_RULES, OPEN

# A host accepts a longer argument, but every level of sh -c, sudo and ssh quotes it once more.
ARGUMENT_LIMIT = 30_000

# Environment variable by which the collector finds its own processes. Set by whoever starts the shell, so that forks that never
# exec carry it too.
MARK = "MIDONET_COLLECTOR"

# Parameters that no item needs and some can do more with.
OPTIONAL = ("log_bytes", "log_age_s")

_COLLECTOR = Path(__file__).parent / "collector.sh"
_TOKEN_KEY = re.compile(r"[0-9a-f]{64}")
_NONCE = re.compile(r"[0-9a-f]{16,64}")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
# Addresses, host:port, integers, interface names. No option can begin here, and nothing that a shell would interpret.
_WORD = re.compile(r"[0-9A-Za-z\[:][0-9A-Za-z.:_\[\]%@-]*")
_IN_WORD = re.compile(r"\w")
_SECTION = re.compile(r"^#:: (\w+)\n", re.MULTILINE)

# For the argument form: a permutation of characters which is its own inverse, so that the words of the script (midolman, zookeeper)
# do not appear in the list of processes, and no quote has to be quoted.
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_TURNED = _LETTERS[13:26] + _LETTERS[:13] + _LETTERS[39:] + _LETTERS[26:39]
_TURN = str.maketrans(_LETTERS + "'~", _TURNED + "~'")


class ScriptError(ValueError):
    """Items or parameters from which no script can be made. One line."""


def process_key(nonce: str) -> str:
    """What marks the collector's processes in their environment. Not the nonce: that must stay unknown to the commands."""
    return hashlib.sha256(b"process " + nonce.encode()).hexdigest()[:16]


def invocation(nonce: str) -> str:
    """The command that reads a script from standard input."""
    return f"{MARK}={process_key(nonce)}/ /bin/sh -s"


def soft_deadline_s(deadline_s: float) -> float:
    """When the script stops starting items and begins to end those that run, so that all is over at the deadline."""
    return deadline_s - min(3.0, deadline_s / 3)


def compile_script(
    items: Sequence[Item],
    nonce: str,
    deadline_s: float,
    params: Params | None = None,
    *,
    numbers: Sequence[int] | None = None,
    terminal: bool = False,
    token_key: str = "",
) -> str:
    """One script for standard input.

    nonce       16 to 64 hexadecimal digits, fresh for every call
    deadline_s  seconds for the whole call
    params      what items need: words (addresses, host:port, integers) or lists of them; becomes shell variables
    numbers     the number of each item in its frames; its position by default
    terminal    encode the answer so that it survives a terminal
    token_key   64 hexadecimal digits (Pseudonymiser.host_key), by which equal secrets stay equal; without it they are only taken out
    """
    if not _NONCE.fullmatch(nonce):
        raise ScriptError("a nonce is 16 to 64 hexadecimal digits")
    if token_key and not _TOKEN_KEY.fullmatch(token_key):
        raise ScriptError("a token key is 64 hexadecimal digits")
    numbers = range(len(items)) if numbers is None else numbers
    numbered = list(zip(numbers, items, strict=True))
    own = "\n".join(_variables(numbered, nonce, deadline_s, params or {}, token_key))
    lanes = "\n".join((_lane("c_serial", numbered, "serial"), _lane("c_slow", numbered, "slow")))
    parts = sections()
    helpers = "".join(parts[name] for name in _needed(own + lanes, parts))
    go = parts["go_terminal" if terminal else "go_raw"]
    return f"{own}\n{parts['core']}{helpers}\n{lanes}\n{go}"


def compile_argument(
    items: Sequence[Item], nonce: str, deadline_s: float, params: Params | None = None, numbers: Sequence[int] | None = None
) -> str:
    """The same as one shell command, for connections where standard input cannot be used. Its answer survives a terminal."""
    script = compile_script(items, nonce, deadline_s, params, numbers=numbers, terminal=True)
    inner = f'c_text=$(printf %s {quote(script.translate(_TURN))} | tr "A-Za-z\'~" "N-ZA-Mn-za-m~\'"); eval "$c_text"'
    return f"{MARK}={process_key(nonce)}/ /bin/sh -c {quote(inner)}"


def split(items: Sequence[Item], params: Params | None = None, limit: int = ARGUMENT_LIMIT) -> list[list[int]]:
    """Positions of the items, in groups of which each fits into one argument.

    Slow items stay together with others, so that they still run beside them. Raises ScriptError when one item alone is too long.
    """
    groups: list[list[int]] = []
    for position, item in enumerate(items):
        if groups and _fits([items[i] for i in groups[-1]] + [item], params, limit):
            groups[-1].append(position)
        elif _fits([item], params, limit):
            groups.append([position])
        else:
            raise ScriptError(f"{item.id}: its command does not fit into an argument of {limit} bytes")
    return groups


def _fits(items: Sequence[Item], params: Params | None, limit: int) -> bool:
    longest = "f" * 64
    return len(compile_argument(items, longest, 9999.0, params, numbers=[99999] * len(items)).encode()) <= limit


def quote(text: str) -> str:
    """One word for a POSIX shell, whatever it holds."""
    return "'" + text.replace("'", "'\\''") + "'"


def _variables(numbered: Iterable[tuple[int, Item]], nonce: str, deadline_s: float, params: Params, token_key: str) -> Iterable[str]:
    numbered = list(numbered)
    slow = [item for _number, item in numbered if item.lane == "slow"]
    yield f"nonce={nonce} key={process_key(nonce)} soft={round(soft_deadline_s(deadline_s) * 100)} token_key={token_key}"
    # As much as the slow lane can say in all; nothing when there is no slow lane.
    yield f"buffer={sum(item.cap_bytes + 20_000 for item in slow) or ''}"
    rules = {rule: item.id for _number, item in numbered for rule in item.scrub}
    if rules:
        yield f"open='{OPEN}' close='{CLOSE}'"
    for rule in sorted(rules):
        if rule not in HOST_RULES:
            raise ScriptError(f"{rules[rule]}: there is no scrub rule {rule}")
        yield f"c_sed_{rule}={quote(HOST_RULES[rule])}"
    needed = sorted({name for _number, item in numbered for name in item.needs})
    needed += [name for name in OPTIONAL if name in params]
    for name in needed:
        if name not in params:
            raise ScriptError(f"parameter {name} is needed and was not given")
        yield f"{name}={quote(_words(name, params[name]))}"
    for number, item in numbered:
        if "any" in item.commands:
            yield f"c_{number}={quote(item.commands['any'].strip())}"
        else:
            yield f"c_{number}_A={quote(item.commands['A'].strip())}"
            yield f"c_{number}_B={quote(item.commands['B'].strip())}"
            yield f'c_{number}=\'c_either "$c_{number}_A" "$c_{number}_B"\''


def _words(name: str, value: object) -> str:
    if not _NAME.fullmatch(name) or name.startswith("c_"):
        raise ScriptError(f"parameter {name!r} is not a name")
    words = [str(word) for word in value] if isinstance(value, (list, tuple)) else [str(value)]
    for word in words:
        if not _WORD.fullmatch(word):
            raise ScriptError(f"parameter {name} holds {word[:80]!r}, which is no address, host:port or integer")
    return " ".join(words)


def _lane(function: str, numbered: Iterable[tuple[int, Item]], lane: str) -> str:
    lines = [
        f"c_run {number} {max(1, round(item.timeout_s * 100))} {item.cap_bytes + 1} {_filter_of(item)}".rstrip()
        for number, item in numbered
        if item.lane == lane
    ]
    return "\n".join([f"{function}() {{", *(lines or [":"]), "}"])


def _filter_of(item: Item) -> str:
    """What the item's output goes through, as one word; nothing when it goes as it is."""
    if not item.scrub:
        return ""
    programs = "$nl".join(f"$c_sed_{rule}" for rule in item.scrub)
    return quote(f'c_scrub "{programs}"')


@lru_cache(maxsize=1)
def sections() -> Mapping[str, str]:
    """collector.sh cut at its "#:: name" lines, without comments and indentation."""
    parts = _SECTION.split(_COLLECTOR.read_text(encoding="utf-8"))
    return {name: _bare(text) for name, text in zip(parts[1::2], parts[2::2], strict=True)}


def _bare(text: str) -> str:
    lines = (line.strip() for line in text.splitlines())
    return "".join(f"{line}\n" for line in lines if line and not line.startswith("#"))


def _needed(text: str, sections: Mapping[str, str]) -> list[str]:
    """Names of the helper sections whose name occurs as a word in the text, and those which these need; in the order of the file."""
    helpers = [name for name in sections if name != "core" and not name.startswith("go_")]
    found: set[str] = set()
    texts = [text]
    while texts:
        text = texts.pop()
        new = [name for name in helpers if name not in found and _mentions(text, name)]
        found.update(new)
        texts.extend(sections[name] for name in new)
    return [name for name in helpers if name in found]


def _mentions(text: str, name: str) -> bool:
    """Whether the name is a word of the text."""
    place = text.find(name)
    while place >= 0:
        end = place + len(name)
        if not _IN_WORD.search(text[max(place - 1, 0) : place] + text[end : end + 1]):
            return True
        place = text.find(name, end)
    return False
