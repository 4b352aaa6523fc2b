# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""web.xml of midonet-api (2015.06 and before): the parameters that configure it. PRIVATE to the collection.

  <context-param>
    <param-name>zookeeper-zookeeper_hosts</param-name>
    <!-- comma separated list of ZooKeeper servers -->
    <param-value>127.0.0.1:2181</param-value>
  </context-param>
"""

from __future__ import annotations

from typing import Dict, Optional

from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._lines import first, outcome, unread
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._parsed import Parsed
from ansible_collections.midonet.diagnostics.plugins.module_utils.parsers._xml import tags


def parse(text: str) -> Parsed[Dict[str, str]]:
    """Values by name ("zookeeper-zookeeper_hosts"), white space around them left out. Parameters of servlets and filters are none of these.

    The file is cut when </web-app> is not there.
    """
    values: Dict[str, str] = {}
    name: Optional[str] = None
    anything = complete = inside = False
    for tag in tags(text):
        anything = anything or tag.name == "web-app"
        if tag.name == "web-app" and tag.closes:
            complete = True
        elif tag.name == "context-param":
            inside, name = not tag.closes, None
            anything = True
        elif inside and not tag.closes and tag.name == "param-name":
            name = tag.text
        elif inside and not tag.closes and tag.name == "param-value" and name:
            values[name] = tag.text
    return outcome(text, values, anything, [] if anything else [unread(line) for line in first(text)], cut=anything and not complete)
