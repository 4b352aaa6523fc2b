# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Secrets: what finds them on the host, and what takes out the rest on the controller.

On the host, where it is known which lines of a file or command hold secrets, a sed program puts the value between two separators
and the shell replaces it (collector.sh, section c_scrub). On the controller everything that is about to be written or shown passes
through a Pseudonymiser. Both put the same pseudonym in the place of the same value, so that one can tell whether two hosts have the
same password: ***REDACTED(len=12,sha8=1a2b3c4d)***, or ***REDACTED(default)*** for the password MidoNet ships, which is worth knowing.
A host makes ***REDACTED***, which says nothing of equality, where it has no key (it does not travel in arguments, which all users
of the host can read) or no program for SHA-256. Neither ever adds or removes a line.

PRIVATE to the collection: may change without notice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ansible_collections.midonet.diagnostics.plugins.module_utils import pseudonyms
from ansible_collections.midonet.diagnostics.plugins.plugin_utils.evidence.item import Output

# What the sed programs put around a secret: two control characters that the text itself cannot hold any more when they are done.
OPEN, CLOSE = "\x1e", "\x1f"

# Basic regular expressions only, without \| and without the flag I: the sed of the host may be any.
_NO_SEPARATORS = f"y/{OPEN}{CLOSE}/??/"
_BLANK = "[[:blank:]]"
_SECOND = rf"{OPEN}\2{CLOSE}"
# After a rule that took the rest of a line.
_DONE = "\nt"


def _any_case(word: str) -> str:
    return "".join(f"[{char.upper()}{char}]" if char.isalpha() else char for char in word)


_KEYS = ("passw", "passphrase", "secret", "psk", "private_key", "privatekey", "credential", "connection_string", "community")
# Of a word that also counts things, only the singular, and "pass" only where the key ends in it.
_EXACT_KEYS = ("token", "pass", "tasks_db_connection", "superdigest")


def _assignments() -> str:
    """key = value and key: value on lines of their own, whatever is around the word in the key; the rest of the line goes."""
    start = rf"^\([[:blank:]#;\"']*[A-Za-z0-9_.-]*%s[A-Za-z0-9_.-]*[\"']\{{0,1\}}{_BLANK}*[=:]{_BLANK}*\)\([^[:blank:]].*\)$"
    exact = rf"^\([[:blank:]#;\"']*[A-Za-z0-9_.-]*%s[\"']\{{0,1\}}{_BLANK}*[=:]{_BLANK}*\)\([^[:blank:]].*\)$"
    lines = [f"s/{start % _any_case(key)}/\\1{_SECOND}/{_DONE}" for key in _KEYS]
    lines += [f"s/{exact % _any_case(key)}/\\1{_SECOND}/{_DONE}" for key in _EXACT_KEYS]
    return "\n".join([*lines, _URLS])


# user:password@ in a URL.
_URLS = rf"s#\(://[^/:@[:space:]]*:\)\([^@/[:space:]]*\)@#\1{_SECOND}@#g"

# A hash instead of a password has an 8 before it.
_TO_END = rf"\(8{_BLANK}\{{1,\}}\)\{{0,1\}}\([^[:blank:]].*\)$"

_QUAGGA = "\n".join(
    [
        *(
            rf"s/\({before}{_BLANK}\{{1,\}}\){_TO_END}/\1\2{OPEN}\3{CLOSE}/" + _DONE
            for before in (
                *(rf"^{_BLANK}*password", rf"^{_BLANK}*enable{_BLANK}\{{1,\}}password", rf"{_BLANK}password"),
                *(rf"{_BLANK}md5", "authentication-key", "key-string"),
            )
        ),
        rf"s/\(snmp-server community{_BLANK}\{{1,\}}\)\([^[:space:]]*\)/\1{_SECOND}/",
    ]
)

_ARGUMENTS = "\n".join(
    [
        *(
            rf"s/\([A-Za-z0-9_.-]*{_any_case(key)}[A-Za-z0-9_.-]*=\)\([^[:space:]]*\)/\1{_SECOND}/g"
            for key in ("passw", "passphrase", "secret", "psk", "credential", "superdigest")
        ),
        rf"s/\([A-Za-z0-9_.-]*{_any_case('token')}=\)\([^[:space:]]*\)/\1{_SECOND}/g",
        *(
            rf"s/\(--[A-Za-z0-9-]*{_any_case(key)}[A-Za-z0-9-]*{_BLANK}\{{1,\}}\)\([^-[:space:]][^[:space:]]*\)/\1{_SECOND}/g"
            for key in ("passw", "passphrase", "secret", "token")
        ),
        _URLS,
    ]
)


def _parameters() -> str:
    """From a line with the name of a parameter that is a secret to the end of its element: values, also over several lines."""
    lines = []
    for key in ("passw", "token", "secret", "credential"):
        word = rf"[A-Za-z0-9_.-]*{_any_case(key)}[A-Za-z0-9_.-]*"
        for start in (rf"<param-name>{_BLANK}*{word}", rf"^{_BLANK}*{word}{_BLANK}*$"):
            lines += [
                rf"/{start}/,/<\/context-param>/{{",
                rf"s/\(<param-value>\)\([^<]*[^<[:blank:]][^<]*\)/\1{_SECOND}/{_DONE}",
                rf"s/^{_BLANK}*\([^[:blank:]<][^<]*\)\(<\/param-value>\)/{OPEN}\1{CLOSE}\2/{_DONE}",
                rf"s/^{_BLANK}*\([^[:blank:]<][^<]*\)$/{OPEN}\1{CLOSE}/{_DONE}",
                "}",
            ]
    return "\n".join(lines)


# Name in an item's "scrub" -> the program that sed runs over its standard output.
HOST_RULES: Mapping[str, str] = {
    name: f"{_NO_SEPARATORS}\n{program}"
    for name, program in (
        ("quagga_secrets", _QUAGGA),
        ("ini_secrets", _assignments()),
        ("yaml_secrets", _assignments()),
        ("xml_secrets", _parameters()),
        ("process_arguments", _ARGUMENTS),
    )
}


class Pseudonymiser(pseudonyms.Pseudonymiser):
    """The same for what an item gave."""

    def scrub(self, output: Output) -> Output:
        """All that an output says, without secrets; an output without any as it is."""
        said = (output.stdout, output.stderr, output.reason)
        stdout, stderr, reason = clean = tuple(self.scrub_text(text) for text in said)
        return output if clean == said else replace(output, stdout=stdout, stderr=stderr, reason=reason)
