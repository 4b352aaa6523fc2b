# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Elements of a configuration in XML, one after the other. PRIVATE to the collection: may change without notice.

Written for logback.xml and web.xml, which have no entities of their own, no sections of raw text and no processing that matters:
a library would read more, and would also do what a hostile file tells it (entities that grow, files that it names).
"""

from __future__ import annotations

import re
from typing import Dict, Iterator, List, NamedTuple

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._sections import without_codes

_TAG = re.compile(r"<(?P<end>/?)(?P<name>[A-Za-z_][\w:.-]{0,80}(?![\w:.-]))(?P<rest>(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*)>")
_ATTRIBUTE = re.compile(r"([A-Za-z_][\w:.-]{0,80})\s{0,20}=\s{0,20}(?:\"([^\"<]{0,2000})\"|'([^'<]{0,2000})')")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&"))


class Tag(NamedTuple):
    """One tag: its name, whether it closes an element or stands alone, its attributes, the text up to the next tag."""

    name: str
    closes: bool
    alone: bool
    attributes: Dict[str, str]
    text: str
    line: int


def tags(text: str) -> Iterator[Tag]:
    """Every tag outside of comments."""
    text = _without_comments(without_codes(text).replace("\r", ""))
    line, counted = 1, 0
    for match in _TAG.finditer(text):
        line, counted = line + text.count("\n", counted, match.start()), match.start()
        following = text.find("<", match.end())
        said = text[match.end() : following if following >= 0 else len(text)]
        rest = match["rest"]
        attributes = {} if match["end"] else {one[1]: _plain(one[2] if one[2] is not None else one[3]) for one in _ATTRIBUTE.finditer(rest)}
        yield Tag(match["name"], bool(match["end"]), rest.endswith("/"), attributes, _plain(said.strip()[:4096]), line)


def _without_comments(text: str) -> str:
    """The text with comments blanked, so that lines keep their numbers. One that does not end reaches to the end."""
    parts: List[str] = []
    at = 0
    while True:
        start = text.find("<!--", at)
        if start < 0:
            return "".join([*parts, text[at:]])
        end = text.find("-->", start + 4)
        end = len(text) if end < 0 else end + 3
        parts += [text[at:start], "\n" * text.count("\n", start, end)]
        at = end


def _plain(text: str) -> str:
    for entity, char in _ENTITIES:
        text = text.replace(entity, char)
    return text
