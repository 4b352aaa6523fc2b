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
  - Returns whether the agent and its watchdog run, since when, how often it was started anew, under which identity,
    with which servers in its configuration, and which known messages stand at the end of its log.
  - Returns the state of the moment and judges nothing; see the playbook C(midonet.diagnostics.troubleshoot) for
    that.
  - The values have the same shape whatever the release of the tools on the host; what they did not tell is null.
notes:
  - Asks for the items of evidence C(agent.config), C(agent.host_id), C(agent.hosts), C(agent.log), C(agent.meters),
    C(agent.metrics), C(agent.packages), C(agent.processes), C(agent.settings), C(agent.tracers), C(agent.watchdog_log).
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
          description: Configured ZooKeeper servers as address:port; those of the start script's environment count
            before those of the file.
          returned: always
          type: list
          elements: str
        root_key:
          description: The path in ZooKeeper below which MidoNet keeps its data.
          returned: always
          type: str
        cassandra_servers:
          description: Configured Cassandra servers as address:port; null when the file does not name them (5.x
            keeps them in ZooKeeper).
          returned: always
          type: list
          elements: str
        max_flow_count:
          description: Flows that the file lets the agent install (count); null when it does not say.
          returned: always
          type: int
        vxlan_overlay_udp_port:
          description: UDP port for tunnels, as the file has it; null when it does not say.
          returned: always
          type: int
        vxlan_vtep_udp_port:
          description: UDP port for hardware VTEPs, as the file has it; null when it does not say.
          returned: always
          type: int
        dhcp_mtu_bytes:
          description: MTU that the file lets DHCP announce at most, in bytes; null when it does not say.
          returned: always
          type: int
        log_level:
          description: Level of the root logger in logback.xml, in capitals; null when the file does not say.
            From 2015.03 on the level in settings counts.
          returned: always
          type: str
        max_heap_bytes:
          description: The heap that the start script gives the agent, in bytes; null when it does not say.
          returned: always
          type: int
        watchdog_disabled:
          description: The start script leaves the watchdog out; null when it was not read.
          returned: always
          type: bool
    restarts_last_hour:
      description: How often the watchdog started the agent anew within the last hour (count); null when the end
        of the log is missing.
      returned: always
      type: int
    last_exit_code:
      description: 'Exit code of the agent when it last died; null when the log tells of no death. 29: ZooKeeper
        was lost.'
      returned: always
      type: int
    session_lost:
      description: Whether the agent's log says, within the last hour, that it ended because ZooKeeper was lost;
        null when the log was not read to its end, or not for an hour back.
      returned: always
      type: bool
    log:
      description: What the end of midolman.log says; null when it could not be read.
      returned: always
      type: dict
      contains:
        files:
          description: The logs that were read; empty when the record does not tell their names.
          returned: always
          type: list
          elements: str
        reaches_back_s:
          description: 'For how long the part that was read is complete, in seconds; null: from the beginning
            of each file. Less than an hour makes the counts of the last hour the least that there can be.'
          returned: always
          type: float
        errors:
          description: Records of level ERROR or worse in the part that was read (count).
          returned: always
          type: int
        warnings:
          description: Records of level WARN in the part that was read (count).
          returned: always
          type: int
        errors_last_hour:
          description: Those of level ERROR or worse within the last hour (count); null when the end of the log
            is missing.
          returned: always
          type: int
        warnings_last_hour:
          description: Those of level WARN within the last hour (count); null when the end of the log is missing.
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
        loggers:
          description: Who logged errors and warnings, at most 20, those with the most errors first.
          returned: always
          type: list
          elements: dict
          contains:
            logger:
              description: Name of the logger; empty where the log has none.
              returned: always
              type: str
            errors:
              description: Its records of level ERROR or worse (count).
              returned: always
              type: int
            warnings:
              description: Its records of level WARN (count).
              returned: always
              type: int
        newest:
          description: The last five errors, warnings and known messages, newest last.
          returned: always
          type: list
          elements: dict
          contains:
            file:
              description: The log that it stands in.
              returned: always
              type: str
            age_s:
              description: How long ago it was printed by the host's own clock, in seconds.
              returned: always
              type: float
            level:
              description: trace, debug, info, warn, error or fatal; null where the log has no levels.
              returned: always
              type: str
            logger:
              description: Name of the logger.
              returned: always
              type: str
            message:
              description: The message, cut to 160 characters.
              returned: always
              type: str
            signature:
              description: 'Id of a known message; null: not known.'
              returned: always
              type: str
            stack:
              description: The first lines after it.
              returned: always
              type: list
              elements: str
    packages:
      description: Installed MidoNet packages; null when they were not read.
      returned: always
      type: list
      elements: dict
      contains:
        name:
          description: Its name.
          returned: always
          type: str
        version:
          description: Its version.
          returned: always
          type: str
    settings:
      description: What mn-conf says is in force; null where there is no mn-conf (before 2015.03) or it was not
        asked.
      returned: always
      type: dict
      contains:
        of_host:
          description: These are the settings of this host; else those of the default template alone, which tells
            only what somebody changed.
          returned: always
          type: bool
        log_level:
          description: Level of the agent's root logger, in capitals.
          returned: always
          type: str
        cluster_log_level:
          description: Level of the cluster's root logger, in capitals; null where the settings do not say.
          returned: always
          type: str
        max_flow_count:
          description: Flows that the agent installs at most (count).
          returned: always
          type: int
        vxlan_overlay_udp_port:
          description: UDP port for tunnels between hosts.
          returned: always
          type: int
        vxlan_vtep_udp_port:
          description: UDP port for hardware VTEPs.
          returned: always
          type: int
        dhcp_mtu_bytes:
          description: MTU that DHCP announces at most, in bytes; null where the settings do not say.
          returned: always
          type: int
        max_bgp_peer_routes:
          description: Routes that the agent takes from one BGP peer at most (count); null where the settings
            do not say.
          returned: always
          type: int
        cassandra_servers:
          description: 'Cassandra servers as address:port; empty: none are used.'
          returned: always
          type: list
          elements: str
    starts_last_hour:
      description: How often the event log tells of a start within the last hour (count); null when it was not
        read to its end.
      returned: always
      type: int
    pipeline:
      description: The agent's own measurements of its queues (5.x); null where it writes none.
      returned: always
      type: dict
      contains:
        age_s:
          description: How long ago the newest was written by the host's own clock, in seconds.
          returned: always
          type: float
        packets_on_hold:
          description: Packets that wait for the network state database, over all workers (count).
          returned: always
          type: float
        queue_overflows_per_s:
          description: Packets dropped because the queue of a worker was full, over the last minute (per second).
          returned: always
          type: float
        htb_drops_per_s:
          description: Packets dropped because a port had used up its share, over the last minute (per second).
          returned: always
          type: float
    tracers:
      description: Tracers in the agent; null when they were not asked for.
      returned: always
      type: list
      elements: dict
      contains:
        level:
          description: debug or trace.
          returned: always
          type: str
        limit:
          description: Packets that are left to be traced (count).
          returned: always
          type: int
        ethertype:
          description: EtherType.
          returned: always
          type: int
        mac_src:
          description: Source hardware address.
          returned: always
          type: str
        mac_dst:
          description: Destination hardware address.
          returned: always
          type: str
        ip_protocol:
          description: IP protocol number.
          returned: always
          type: int
        ip_src:
          description: Source address.
          returned: always
          type: str
        ip_dst:
          description: Destination address.
          returned: always
          type: str
        src_port:
          description: Source port.
          returned: always
          type: int
        dst_port:
          description: Destination port.
          returned: always
          type: int
    meters:
      description: Meters that the agent keeps; null when they were not asked for.
      returned: always
      type: list
      elements: dict
      contains:
        key:
          description: Its name in the agent.
          returned: always
          type: str
        kind:
          description: device, port_tx, port_rx, tunnel or user.
          returned: always
          type: str
        id:
          description: The device or port, or the user's name.
          returned: always
          type: str
        source:
          description: Source address of a tunnel; null of other meters.
          returned: always
          type: str
        destination:
          description: Destination address of a tunnel; null of other meters.
          returned: always
          type: str
    hosts:
      description: All hosts that the network state database knows, by mm-ctl of 2015.03 and before; null when
        it was not asked or cannot tell.
      returned: always
      type: list
      elements: dict
      contains:
        id:
          description: UUID.
          returned: always
          type: str
        local:
          description: It is this host.
          returned: always
          type: bool
        name:
          description: Host name.
          returned: always
          type: str
        alive:
          description: Its agent has a session.
          returned: always
          type: bool
        addresses:
          description: Its addresses.
          returned: always
          type: list
          elements: str
        bindings:
          description: Virtual ports bound to its interfaces.
          returned: always
          type: list
          elements: dict
          contains:
            port:
              description: UUID of the port.
              returned: always
              type: str
            interface:
              description: Name of the interface.
              returned: always
              type: str
  sample:
    running: true
    count: 1
    pid: 84
    uptime_s: 732
    watchdog: true
    host_id: ce4cf993-fd6d-5378-b9f7-560b8225e504
    packages:
      - name: midolman
        version: 5.2.2
    version: 5.2.2
    config:
      zookeeper_servers:
        - 172.16.1.11:2181
        - 172.16.2.12:2181
        - 172.16.2.13:2181
      root_key: /midonet
      cassandra_servers:
        - 172.16.1.16:9042
        - 172.16.2.17:9042
      max_flow_count: null
      vxlan_overlay_udp_port: null
      vxlan_vtep_udp_port: null
      dhcp_mtu_bytes: null
      log_level: INFO
      max_heap_bytes: 2147483648
      watchdog_disabled: false
    settings:
      of_host: true
      log_level: INFO
      cluster_log_level: null
      max_flow_count: 1500000
      vxlan_overlay_udp_port: 6677
      vxlan_vtep_udp_port: 4789
      dhcp_mtu_bytes: null
      max_bgp_peer_routes: null
      cassandra_servers:
        - 172.16.1.16:9042
        - 172.16.2.17:9042
    restarts_last_hour: 0
    last_exit_code: null
    log:
      files:
        - /var/log/midolman/midolman.log
      reaches_back_s: null
      errors: 0
      warnings: 0
      errors_last_hour: 0
      warnings_last_hour: 0
      signatures: []
      loggers: []
      newest: []
    starts_last_hour: null
    session_lost: false
    pipeline: null
    tracers: null
    meters: null
    hosts: null
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
      - agent.host_id
      - agent.log
      - agent.metrics
    cut: []
    unread: 0
    crash: null
"""

# Generated by tools/generate_info_modules.py: do not edit.
# The body is the action plugin of the same name, which runs on the controller; nothing of this file runs anywhere.
