# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Secrets in any text, and what stands in their place: ***REDACTED(len=12,sha8=1a2b3c4d)***.

The hash is keyed, so that equal values stay equal and nobody can try values without the key. Lines are neither added nor removed.
The collector makes the same pseudonyms on a host from the same key (evidence/collector.sh, section c_scrub). PRIVATE to the
collection: may change without notice.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import List, Optional, Tuple

MARK = "***REDACTED"

# The password that MidoNet's own Quagga configuration comes with. That it is in use is worth knowing, and no secret.
DEFAULT_PASSWORD = "zebra_password"

# Words that make a key's value a secret wherever they stand in the key. "pass" alone only as a word of its own (bypass, passive).
_WORDS = (
    r"passw(?:or)?d|passphrase|secret|token|psk(?![a-z])|private_?key|community|credential|authorization|cookie|connection_?string"
    r"|api_?key|shared_?key|tasks_db_connection|(?<![a-z])pass(?![a-z])|(?-i:(?<=[a-z])Pass(?![a-z]))"
)
_VALUE = r"u?\"(?:[^\"\\\n]|\\.)*\"|u?'(?:[^'\\\n]|\\.)*'|\\\"[^\"\\\n]*\\\"|[^\s,;&\"'<>)\]}|]+"

# One pass over the text. Each alternative begins with letters that are rare in evidence, so that most of it is only looked at once.
# The groups: what stays (…_key), what goes (the group of the alternative's own name).
_PATTERN = re.compile(
    # -----BEGIN … PRIVATE KEY----- to its end
    r"-----BEGIN[A-Z ]*PRIVATE KEY-----[^\n]*\n(?P<pem>(?:(?!-----)[^\n]*\n?)*)"
    # <param-name>…password</param-name> <param-value>x</param-value>, over several lines
    rf"|<(?P<tag>param-name|key|name)>[^<\n]*?(?:{_WORDS})[^<\n]*</(?P=tag)>\s*<(?:param-value|string|value)>(?P<param>[^<]*)"
    # <password>x</password>
    rf"|<[\w:.-]*(?:{_WORDS})[\w:.-]*>(?P<element>[^<\n]*)</"
    # neighbor 10.0.0.1 password x; username x password y; a line "[enable] password [8] x"
    r"|\b(?:neighbor|username)[ \t]+\S+[ \t]+password[ \t]+(?:8[ \t]+)?(?P<peer>[^\s].*?)[ \t\r]*$"
    r"|^[ \t]*(?:enable[ \t]+)?password[ \t]+(?:8[ \t]+)?(?P<line>(?![=:])\S+)[ \t\r]*$"
    r"|\bmessage-digest-key[ \t]+\d+[ \t]+md5[ \t]+(?P<ospf>\S+)"
    r"|\bkey[ \t][^\n]{0,80}?\bmd5[ \t]+(?:\d[ \t]+)?(?P<md5>\S+)[ \t\r]*$"
    r"|\b(?:authentication-key|key-string)[ \t]+(?P<keystring>\S+)"
    r"|\b(?:snmp-server[ \t]+community|r[ow]community6?)[ \t]+(?P<snmp>\S+)"
    r"|^[ \t]*com2sec6?[ \t]+(?:-Cn[ \t]+\S+[ \t]+)?\S+[ \t]+\S+[ \t]+(?P<com2sec>\S+)"
    # what ss prints for TCP-MD5
    r"|\bmd5keys:(?P<md5keys>\S+)"
    # ZooKeeper's super user, in zoo.cfg and among the arguments of its process
    r"|\bsuperDigest[ \t]*[=:][ \t]*(?P<digest>[^\s\"'<]+)"
    # ipsec.secrets; ZooKeeper's addauth and JAAS users
    r"|:[ \t]*(?:PSK|RSA|XAUTH|EAP)[ \t]+(?P<ipsec>\"[^\"\n]*\"|0[sx]\S+)"
    r"|\baddauth[ \t]+\w+[ \t]+(?P<addauth>\S+)"
    r"|\buser_\w+[ \t]*=[ \t]*(?P<jaas>\"[^\"\n]*\")"
    # --password x
    rf"|(?<![\w-])--[\w-]*(?:{_WORDS})[\w-]*[ \t]+(?P<option>(?!-)\S+)"
    # user:password@ in a URL
    r"|://[^\s/:@\"'<>]*:(?P<url>[^\s/@\"'<>]+)@"
    # values that are secrets by their shape: Fernet and JSON web tokens, HTTP credentials
    r"|\b(?P<shape>(?-i:gAAAA)[\w-]{20,}=*|(?-i:eyJ)[\w-]{10,}\.[\w-]{10,}\.[\w-]*)"
    r"|\b(?:Bearer|Basic|Digest)[ \t]+(?P<bearer>(?=[^\s\d+/=]*[\d+/=])[\w+/.~-]{8,}=*)"
    # key = value, key: value, "key": "value", -Dkey=value
    rf"|(?P<word>{_WORDS})(?P<tail>[\w.-]*)(?P<close>\\?[\"']?)(?P<sep>[ \t]*(?:=>|:=|[=:])[ \t]*)(?P<value>{_VALUE})",
    re.IGNORECASE | re.MULTILINE,
)

# Keys that hold one of the words and no secret: how long, where, whether.
_INNOCENT_TAIL = re.compile(
    r"s?[_.-]?(?:file|path|dir|location|ttl|timeout|expir|len|type|count|size|auth|require|prompt|enable|disable|policy|cache|interval"
    r"|ar(?:y|ies|iat)|less|i[sz]e|ur[il]|endpoint|alias|algorithm|provider|encrypt|lifetime|valid|id(?![a-z])|name|format|_?hash_?alg"
    r"|warn|retr|limit|per|rate)",
    re.IGNORECASE,
)
_INNOCENT_VALUE = re.compile(
    r"(?:true|false|null|none|nil|yes|no|on|off|undefined|\.{3}|\*+|x+|-+|\$\{[^}]*\}?|<[^>]*>?|\{.*|\[.*)?", re.IGNORECASE
)
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?%?|0x[0-9a-f]+", re.IGNORECASE)
_BGP_COMMUNITY = re.compile(
    r"\d+:\d+(?::\d+)?|internet|local-as|no-export|no-advertise|none|additive|both|extended|standard", re.IGNORECASE
)
_OWN_LINE = re.compile(r"[ \t#;]*[\"']?[\w.-]*")
_REST = re.compile(r"[^\r\n]*")
_HEADERS = ("authorization", "cookie")


# Without one of these a line holds nothing that the pattern could match. Looking for literal text is a hundred times as fast as the
# pattern, and nearly all evidence holds none.
_TRIGGERS = (
    *("pass", "secret", "token", "psk", "privatekey", "private_key", "community", "credential", "authorization", "cookie"),
    *("connection_string", "connectionstring", "api_key", "apikey", "shared_key", "sharedkey", "tasks_db_connection"),
    *("md5", "authentication-key", "key-string", "com2sec", ": rsa", ": xauth", ": eap", "addauth", "user_"),
    *("gaaaa", "eyj", "bearer", "basic", "digest", "private key-----"),
)
# Where the secret stands on later lines than the word: how far to look, in characters.
_FAR = (("private key-----", 20_000), ("name>", 2_000), ("key>", 2_000))


def _regions(text: str) -> List[Tuple[int, int]]:
    """Where to look with the pattern: the lines with a trigger, from line start to line end, in order and apart from each other."""
    low = text.lower()
    if len(low) != len(text):  # letters that grow when made small: positions would not fit
        return [(0, len(text))]
    spans: List[Tuple[int, int]] = []
    for word in _TRIGGERS:
        place = low.find(word)
        while place >= 0:
            end = _line_end(low, place)
            spans.append((low.rfind("\n", 0, place) + 1, end))
            place = low.find(word, end)
    place = low.find("://")
    while place >= 0:
        end = _line_end(low, place)
        if low.find("@", place, end) >= 0:
            spans.append((low.rfind("\n", 0, place) + 1, end))
        place = low.find("://", end)
    merged: List[Tuple[int, int]] = []
    for start, end in sorted(spans):
        reach = end
        for word, far in _FAR:
            if low.find(word, start, end) >= 0:
                reach = max(reach, _line_end(low, min(end + far, len(low))))
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(reach, merged[-1][1]))
        else:
            merged.append((start, reach))
    return merged


def _line_end(text: str, place: int) -> int:
    end = text.find("\n", place)
    return len(text) if end < 0 else end


def _bytes(text: str) -> bytes:
    """As the text came from a host; letters that no bytes of a host can have made are taken as they are."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


class Pseudonymiser:
    """Replaces secrets in text. Equal values give equal replacements under one key; the line structure stays."""

    def __init__(self, key: bytes) -> None:
        """key: anything that others do not know.

        host_key is what the collector needs to make the same pseudonyms: 64 hexadecimal digits from which the key does not follow.
        """
        self.host_key = hmac.new(key, b"midonet.diagnostics pseudonyms", hashlib.sha256).hexdigest()
        self._keyed = hashlib.sha256(self.host_key.encode("ascii"))

    def scrub_text(self, text: str) -> str:
        """The text without secrets. Costs about one pass; text without any is returned as it is."""
        if not text:
            return text
        parts: List[str] = []
        place = 0
        for start, end in _regions(text):
            match = _PATTERN.search(text, start, end)
            while match is not None:
                begin, after, new = self._replacement(text, match)
                if new is not None:
                    parts += (text[place:begin], new)
                    place = after
                else:  # what was left alone may hold another match behind its key
                    after = max(match.start() + 1, begin)
                match = _PATTERN.search(text, after, end)
        if not parts:
            return text
        parts.append(text[place:])
        return "".join(parts)

    def pseudonym(self, value: str) -> str:
        """What stands for this value: the number of its bytes, and the first 32 bits of SHA-256 over host_key and the value."""
        if value == DEFAULT_PASSWORD:
            return f"{MARK}(default)***"
        data = _bytes(value)
        digest = self._keyed.copy()
        digest.update(data)
        return f"{MARK}(len={len(data)},sha8={digest.hexdigest()[:8]})***"

    def _replacement(self, text: str, match: re.Match[str]) -> Tuple[int, int, Optional[str]]:
        """Where the secret is and what comes in its place; None when it is none."""
        kind = match.lastgroup or ""
        start, end = match.span(kind)
        value = text[start:end]
        if kind == "value":
            return self._assigned(text, match)
        if kind == "pem":
            return start, end, self._lines(value)
        if kind == "md5keys":
            new = re.sub(r"=([^,=]+)", lambda one: f"={self.pseudonym(one[1])}", value)
            return start, end, None if MARK in value else new
        if not value.strip() or value.startswith(MARK) or (kind == "snmp" and _BGP_COMMUNITY.fullmatch(value)):
            return start, end, None
        if kind == "option" and _INNOCENT_VALUE.fullmatch(value):
            return start, end, None
        if value[0] == '"' and value[-1] == '"' and len(value) > 1:
            return start, end, f'"{self._unless_done(value[1:-1])}"'
        if "\n" in value:  # an XML value over several lines keeps them
            return start, end, self._lines(value)
        return start, end, self.pseudonym(value)

    def _lines(self, value: str) -> str:
        """Every line of a secret of several lines on its own, so that their number stays."""
        return "\n".join(self._unless_done(line.strip()) for line in value.split("\n"))

    def _unless_done(self, value: str) -> str:
        return value if value.startswith(MARK) or not value else self.pseudonym(value)

    def _assigned(self, text: str, match: re.Match[str]) -> Tuple[int, int, Optional[str]]:
        """key = value: the only place where innocent words are frequent."""
        start, end = match.span("value")
        word, tail, value = match["word"].lower(), match["tail"], match["value"]
        quote = next((mark for mark in ('\\"', '"', "'") if value.endswith(mark) and len(value) >= 2 * len(mark)), "")
        opening = value[: value.index(quote) + len(quote)] if quote else ""
        inner = value[len(opening) : len(value) - len(quote)]
        if MARK in inner or _INNOCENT_TAIL.match(tail) or _INNOCENT_VALUE.fullmatch(inner):
            return start, end, None
        if _NUMBER.fullmatch(inner) and (tail[:1] in ("s", "S") or word in ("cookie", "community")):
            return start, end, None
        if word == "community" and _BGP_COMMUNITY.fullmatch(inner):
            return start, end, None
        if not quote:
            begin = text.rfind("\n", 0, match.start()) + 1
            own_line = _OWN_LINE.fullmatch(text, begin, match.start()) is not None
            if not match["close"] and (own_line or word.endswith(_HEADERS)):
                # The value of a line "key = value" is all of it: a password may hold blanks, a header does.
                rest = _REST.match(text, start)
                end = rest.end() if rest else end
                inner = text[start:end].rstrip()
                end = start + len(inner)
            elif match["close"]:
                opening = quote = match["close"]  # JSON stays JSON
        return start, end, f"{opening}{self.pseudonym(inner)}{quote}"
