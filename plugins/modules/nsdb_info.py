#!/usr/bin/python
# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: nsdb_info
short_description: How a host reaches the network state database
author:
  - the MidoNet diagnostics authors (@midonet)
version_added: 1.0.0
description:
  - Returns the connections of the host to ZooKeeper, and of every server of ZooKeeper and Cassandra that its
    configuration names, whether it accepts a connection from here.
  - Asks the host twice, because the second question follows from the first. The connections are closed again
    at once.
  - Returns the state of the moment and judges nothing; see the playbook C(midonet.diagnostics.troubleshoot) for
    that.
  - The values have the same shape whatever the release of the tools on the host; what they did not tell is null.
notes:
  - Asks for the items of evidence C(agent.config), C(agent.log), C(api.log), C(nsdb.cassandra_connect), C(nsdb.sessions),
    C(nsdb.zookeeper_connect).
seealso:
  - module: midonet.diagnostics.agent_info
  - module: midonet.diagnostics.zookeeper_info
  - module: midonet.diagnostics.cassandra_info
  - module: midonet.diagnostics.midonet_facts
extends_documentation_fragment:
  - midonet.diagnostics.attributes
  - midonet.diagnostics.attributes.host
  - midonet.diagnostics.attributes.actiongroup_info
"""

EXAMPLES = r"""
- name: Look at the way to the network state database
  midonet.diagnostics.nsdb_info:
  become: true
  register: result

- name: Demand that every configured server accepts a connection
  ansible.builtin.assert:
    that: servers | rejectattr('result', 'equalto', 'open') | list | length == 0 and servers | length > 0
  vars:
    servers: "{{ result.nsdb.zookeeper | default([], true) + result.nsdb.cassandra | default([], true) }}"
"""

RETURN = r"""
nsdb:
  description:
    - How this host reaches the network state database.
    - Null when it could not be learnt; RV(about) says why.
  returned: when the host answered
  type: dict
  contains:
    zookeeper_sessions:
      description: Established connections from this host to ZooKeeper servers (count).
      returned: always
      type: int
    sessions:
      description: These connections.
      returned: always
      type: list
      elements: dict
      contains:
        server:
          description: The server's end as address:port.
          returned: always
          type: str
        process:
          description: Name of the program that holds the connection; null when the tool did not tell.
          returned: always
          type: str
        pid:
          description: Its process id.
          returned: always
          type: int
    event_log:
      description: The agent, or the API server, keeps an event log.
      returned: always
      type: bool
    zookeeper:
      description: What connecting to each configured ZooKeeper server came to, in the second round; null without
        it.
      returned: always
      type: list
      elements: dict
      contains:
        server:
          description: The server as address:port.
          returned: always
          type: str
        address:
          description: Its address or name.
          returned: always
          type: str
        port:
          description: Its TCP port.
          returned: always
          type: int
        result:
          description:
            - open, refused (nothing listens there), timeout (no answer), unreachable (no route), unresolved (no
              such name), no_tool (the host has nothing to try it with).
            - One of V(open), V(refused), V(timeout), V(unreachable), V(unresolved), V(no_tool).
          returned: always
          type: str
    cassandra:
      description: What connecting to each configured Cassandra server came to, in the second round; null without
        it.
      returned: always
      type: list
      elements: dict
      contains:
        server:
          description: The server as address:port.
          returned: always
          type: str
        address:
          description: Its address or name.
          returned: always
          type: str
        port:
          description: Its TCP port.
          returned: always
          type: int
        result:
          description:
            - open, refused (nothing listens there), timeout (no answer), unreachable (no route), unresolved (no
              such name), no_tool (the host has nothing to try it with).
            - One of V(open), V(refused), V(timeout), V(unreachable), V(unresolved), V(no_tool).
          returned: always
          type: str
    events:
      description: What the event logs tell of sessions with the network state database; null without one.
      returned: always
      type: dict
      contains:
        disconnects_last_hour:
          description: Sessions interrupted within the last hour (count).
          returned: always
          type: int
        expirations_last_hour:
          description: Sessions that expired within the last hour (count); the agent then ends.
          returned: always
          type: int
        last:
          description:
            - What happened last.
            - One of V(connected), V(disconnected), V(expired).
          returned: always
          type: str
        last_age_s:
          description: How long ago that was by the host's own clock, in seconds.
          returned: always
          type: float
  sample:
    zookeeper_sessions: 1
    sessions:
      - server: 172.16.1.11:2181
        process: python3
        pid: 84
    zookeeper:
      - server: 172.16.1.11:2181
        address: 172.16.1.11
        port: 2181
        result: open
    cassandra:
      - server: 172.16.1.16:9042
        address: 172.16.1.16
        port: 9042
        result: open
    event_log: false
    events: null
about:
  description: How well it is known, and what that rests on.
  returned: when the host answered
  type: dict
  contains:
    state:
      description:
        - 'known: everything was learnt; partial: something is missing or was not understood; unknown: the facts
          are null; not_applicable: this host has no such subsystem.'
        - One of V(known), V(partial), V(unknown), V(not_applicable).
      returned: always
      type: str
    reason:
      description: Why it is not fully known; empty when it is.
      returned: always
      type: str
    evidence:
      description: Ids of the items of evidence that were read.
      returned: always
      type: list
      elements: str
    cut:
      description: 'Ids of those that ended early or were understood in part: what is not in a list made from
        them may exist all the same.'
      returned: always
      type: list
      elements: str
    unread:
      description: Lines of evidence that no parser understood (count).
      returned: always
      type: int
    crash:
      description: What failed and where, when the tool itself failed; null when it did not.
      returned: always
      type: str
  sample:
    state: known
    reason: ''
    evidence:
      - agent.config
      - agent.log
      - nsdb.cassandra_connect
      - nsdb.sessions
    cut: []
    unread: 0
    crash: null
"""

# Generated by tools/generate_info_modules.py: do not edit.
# The body is the action plugin of the same name, which runs on the controller; nothing of this file runs anywhere.
