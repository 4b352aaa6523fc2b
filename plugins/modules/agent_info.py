#!/usr/bin/python
# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: agent_info
short_description: The MidoNet agent of a host
author:
  - the MidoNet diagnostics authors (@midonet)
version_added: 1.0.0
description:
  - Returns whether the agent and its watchdog run, since when, how often it was started anew, under which identity, with
    which servers in its configuration, and which known messages stand at the end of its log.
  - Returns the state of the moment and judges nothing; see the playbook C(midonet.diagnostics.troubleshoot) for that.
  - The values have the same shape whatever the release of the tools on the host; what they did not tell is null.
notes:
  - Asks for the items of evidence C(agent.config), C(agent.host_id), C(agent.log), C(agent.packages), C(agent.processes),
    C(agent.watchdog_log).
seealso:
  - module: midonet.diagnostics.nsdb_info
  - module: midonet.diagnostics.datapath_info
  - module: midonet.diagnostics.midonet_facts
extends_documentation_fragment:
  - midonet.diagnostics.attributes
  - midonet.diagnostics.attributes.host
  - midonet.diagnostics.attributes.actiongroup_info
"""

EXAMPLES = r"""
- name: Look at the agents
  midonet.diagnostics.agent_info:
  become: true
  register: result

- name: Demand that one agent runs and was not started anew within the hour
  ansible.builtin.assert:
    that:
      - result.agent.count == 1
      - result.agent.restarts_last_hour == 0

- name: Show what its log says, by known message
  ansible.builtin.debug:
    msg: "{{ result.agent.log.signatures | items2dict(key_name='signature', value_name='count') }}"
  when: result.agent.log is not none
"""

RETURN = r"""
agent:
  description:
    - The MidoNet agent.
    - Null when it could not be learnt; RV(about) says why.
  returned: when the host answered
  type: dict
  contains:
    running:
      description: At least one agent process runs; null on hosts that have no agent.
      returned: always
      type: bool
    count:
      description: Agent processes (count).
      returned: always
      type: int
    pid:
      description: Process id of the youngest of them.
      returned: always
      type: int
    uptime_s:
      description: Age of the youngest of them, in seconds.
      returned: always
      type: int
    watchdog:
      description: The watchdog runs.
      returned: always
      type: bool
    host_id:
      description: The UUID by which the network state database knows this host.
      returned: always
      type: str
    version:
      description: 'Version of the installed MidoNet package: midolman, else midonet-cluster, else midonet-api.'
      returned: always
      type: str
    config:
      description: What the configuration files on the host say; null when there is none.
      returned: always
      type: dict
      contains:
        zookeeper_servers:
          description: Configured ZooKeeper servers as address:port.
          returned: always
          type: list
          elements: str
        root_key:
          description: The path in ZooKeeper below which MidoNet keeps its data.
          returned: always
          type: str
        cassandra_servers:
          description: Configured Cassandra servers as address:port; null when the file does not name them (5.x keeps them
            in ZooKeeper).
          returned: always
          type: list
          elements: str
    restarts_last_hour:
      description: How often the watchdog started the agent anew within the last hour (count).
      returned: always
      type: int
    last_exit_code:
      description: 'Exit code of the agent when it last died; null when the log tells of no death. 29: ZooKeeper was lost.'
      returned: always
      type: int
    session_lost:
      description: Whether the agent's log says, within the last hour, that it ended because ZooKeeper was lost; null when
        the log was not read.
      returned: always
      type: bool
    log:
      description: What the end of midolman.log says; null when it could not be read.
      returned: always
      type: dict
      contains:
        errors:
          description: Records of level ERROR in the part of the log that was read (count).
          returned: always
          type: int
        warnings:
          description: Records of level WARN in the part of the log that was read (count).
          returned: always
          type: int
        errors_last_hour:
          description: Those of level ERROR within the last hour (count).
          returned: always
          type: int
        warnings_last_hour:
          description: Those of level WARN within the last hour (count).
          returned: always
          type: int
        signatures:
          description: Known messages by id.
          returned: always
          type: list
          elements: dict
          contains:
            signature:
              description: Id of a known message.
              returned: always
              type: str
            count:
              description: How often it stands in the part of the log that was read (count).
              returned: always
              type: int
            last:
              description: When it was last printed, in seconds since 1970-01-01 UTC.
              returned: always
              type: float
            age_s:
              description: How long ago that was by the host's own clock, in seconds.
              returned: always
              type: float
            message:
              description: The last such message, cut to 160 characters.
              returned: always
              type: str
  sample:
    running: true
    count: 1
    pid: 7418
    uptime_s: 1697
    watchdog: true
    host_id: ce57c27b-0d8f-5342-9997-a8e2efe2ea0c
    version: null
    config:
      zookeeper_servers:
        - 172.16.1.11:2181
        - 172.16.2.12:2181
        - 172.16.2.13:2181
      root_key: /midonet
      cassandra_servers:
        - 172.16.1.16:9042
        - 172.16.2.17:9042
    restarts_last_hour: 0
    last_exit_code: null
    log:
      errors: 0
      warnings: 1
      errors_last_hour: 0
      warnings_last_hour: 1
      signatures:
        - signature: zookeeper_session_lost
          count: 1
          last: 1795367257.167
          age_s: 14.833
          message: KeeperState is Disconnected, will shutdown in 30000 milliseconds.
    session_lost: false
about:
  description: How well it is known, and what that rests on.
  returned: when the host answered
  type: dict
  contains:
    state:
      description:
        - 'known: everything was learnt; partial: something is missing or was not understood; unknown: the facts are null;
          not_applicable: this host has no such subsystem.'
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
      - agent.host_id
      - agent.log
      - agent.packages
    unread: 0
    crash: null
"""

# Generated by tools/generate_info_modules.py: do not edit.
# The body is the action plugin of the same name, which runs on the controller; nothing of this file runs anywhere.
