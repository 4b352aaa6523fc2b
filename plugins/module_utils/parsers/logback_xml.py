# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""logback.xml of the agent, the cluster and the API: levels, and where they log to. PRIVATE to the collection.

<configuration scan="true">
    <appender name="LOG-FILE" class="ch.qos.logback.core.rolling.RollingFileAppender">
        <file>${midolman.log.dir}midolman.log</file>
    </appender>
    <logger name="org.midonet.event" level="INFO" additivity="false"> <appender-ref ref="EVENT-FILE"/> </logger>
    <root level="INFO"> <appender-ref ref="LOG-FILE"/> </root>
</configuration>

From 2015.03 on the agent's levels are those of mn-conf; this file then only says where to.
"""

from __future__ import annotations

from typing import Dict, List, Optional, TypedDict

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import first, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._xml import tags


class Logback(TypedDict):
    """Levels in capitals."""

    root_level: Optional[str]  # None: the file has no root (its level is then DEBUG, as logback's default)
    loggers: Dict[str, str]  # those with a level of their own
    files: List[str]  # of the appenders, with variables as they stand there


_DEPTH = 200


def parse(text: str) -> Parsed[Logback]:
    """Everything but what is commented out. The file is cut when </configuration> is not there."""
    data = Logback(root_level=None, loggers={}, files=[])
    anything = complete = False
    inside: List[str] = []
    for tag in tags(text):
        anything = anything or tag.name == "configuration"
        if tag.closes:
            complete = complete or tag.name == "configuration"
            if tag.name in inside:
                while inside.pop() != tag.name:
                    pass
            continue
        level = tag.attributes.get("level", "").upper()
        if tag.name == "root" and level:
            data["root_level"] = level
        elif tag.name == "logger" and level and "name" in tag.attributes:
            data["loggers"][tag.attributes["name"]] = level
        elif tag.name == "level" and tag.attributes.get("value") and inside and inside[-1] == "root":
            data["root_level"] = tag.attributes["value"].upper()
        elif tag.name.lower() == "file" and tag.text:
            data["files"].append(tag.text)
        if not tag.alone and len(inside) < _DEPTH:
            inside.append(tag.name)
    return outcome(text, data, anything, [] if anything else [unread(line) for line in first(text)], cut=anything and not complete)
