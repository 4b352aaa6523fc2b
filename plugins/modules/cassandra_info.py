#!/usr/bin/python
# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: cassandra_info
short_description: A Cassandra server and the ring as it sees it
author:
  - the MidoNet diagnostics authors (@midonet)
version_added: 1.0.0
description:
  - Returns whether the server runs and answers clients, its configuration, the ring, heap, pools of threads,
    dropped messages and versions of the schema.
  - Starts C(nodetool) several times, a Java program each time.
  - Returns the state of the moment and judges nothing; see the playbook C(midonet.diagnostics.troubleshoot) for
    that.
  - The values have the same shape whatever the release of the tools on the host; what they did not tell is null.
notes:
  - Asks for the items of evidence C(agent.processes), C(cassandra.compactions), C(cassandra.config), C(cassandra.log),
    C(cassandra.native_handshake), C(cassandra.nodetool_details), C(cassandra.nodetool_status).
seealso:
  - module: midonet.diagnostics.nsdb_info
  - module: midonet.diagnostics.zookeeper_info
  - module: midonet.diagnostics.midonet_facts
extends_documentation_fragment:
  - midonet.diagnostics.attributes
  - midonet.diagnostics.attributes.host
  - midonet.diagnostics.attributes.actiongroup_info
"""

EXAMPLES = r"""
- name: Look at Cassandra
  midonet.diagnostics.cassandra_info:
  become: true
  register: result

- name: Demand that this server sees all of the ring up, with one schema
  ansible.builtin.assert:
    that:
      - result.cassandra.ring | rejectattr('up') | list | length == 0
      - result.cassandra.schema_versions | length == 1
"""

RETURN = r"""
cassandra:
  description:
    - A Cassandra server.
    - Null when it could not be learnt; RV(about) says why.
  returned: when the host answered
  type: dict
  contains:
    running:
      description: A Cassandra process runs.
      returned: always
      type: bool
    native_answers:
      description: The native port answers a client's first request as the CQL protocol wants it.
      returned: always
      type: bool
    native_versions:
      description: Versions of the native protocol that the server names; null when it names none.
      returned: always
      type: list
      elements: int
    config:
      description: What cassandra.yaml says; null when it was not read. A null value is not in the file.
      returned: always
      type: dict
      contains:
        cluster_name:
          description: Name of the cluster.
          returned: always
          type: str
        seeds:
          description: Addresses of the seeds.
          returned: always
          type: list
          elements: str
        listen_address:
          description: Address for other servers.
          returned: always
          type: str
        rpc_address:
          description: Address for clients.
          returned: always
          type: str
        native_transport_port:
          description: TCP port of the native protocol.
          returned: always
          type: int
        start_native_transport:
          description: The native protocol is to be served.
          returned: always
          type: bool
        max_heap_bytes:
          description: The heap that cassandra-env.sh gives the server, in bytes; null when it does not say.
          returned: always
          type: int
    ring:
      description: The nodes of the ring as this node sees them; null when it did not tell.
      returned: always
      type: list
      elements: dict
      contains:
        address:
          description: The node's address.
          returned: always
          type: str
        datacenter:
          description: Its data centre.
          returned: always
          type: str
        rack:
          description: Its rack.
          returned: always
          type: str
        up:
          description: 'This node holds it for up; null: it cannot say.'
          returned: always
          type: bool
        state:
          description:
            - Its place in the ring.
            - One of V(normal), V(joining), V(leaving), V(moving), V(stopped).
          returned: always
          type: str
        load_bytes:
          description: Size of its data, in bytes.
          returned: always
          type: int
        owns_ratio:
          description: Its share of the data (0 to 1); null when that has no meaning.
          returned: always
          type: float
        host_id:
          description: Its UUID.
          returned: always
          type: str
    uptime_s:
      description: Since the daemon started, in seconds.
      returned: always
      type: int
    native_transport:
      description: The daemon says that it serves clients.
      returned: always
      type: bool
    heap_used_bytes:
      description: Heap in use, in bytes.
      returned: always
      type: int
    heap_max_bytes:
      description: Limit of the heap, in bytes.
      returned: always
      type: int
    exceptions:
      description: Exceptions that nothing caught, since the start (count).
      returned: always
      type: int
    pools:
      description: Pools of threads; null when they were not learnt.
      returned: always
      type: list
      elements: dict
      contains:
        name:
          description: Name of the pool.
          returned: always
          type: str
        active:
          description: Tasks under way (count).
          returned: always
          type: int
        pending:
          description: Tasks that wait (count).
          returned: always
          type: int
        completed:
          description: Tasks done since the start (count).
          returned: always
          type: int
        blocked:
          description: Tasks that found the queue full (count).
          returned: always
          type: int
        blocked_ever:
          description: The same since the start (count).
          returned: always
          type: int
    dropped:
      description: Messages dropped since the start, by type; null when that was not learnt.
      returned: always
      type: list
      elements: dict
      contains:
        type:
          description: Type of message, as this version calls it.
          returned: always
          type: str
        count:
          description: Dropped messages (count).
          returned: always
          type: int
    schema_versions:
      description: Versions of the schema in the cluster as this node sees it; null when that was not learnt.
      returned: always
      type: list
      elements: dict
      contains:
        version:
          description: Its UUID; null for nodes that did not answer.
          returned: always
          type: str
        nodes:
          description: Addresses of the nodes that have it.
          returned: always
          type: list
          elements: str
    log:
      description: What the end of the server's log says; null when it was not read.
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
    compactions:
      description: Compactions; null when they were not asked for.
      returned: always
      type: dict
      contains:
        pending:
          description: Compactions that wait (count).
          returned: always
          type: int
        running:
          description: Those that run.
          returned: always
          type: list
          elements: dict
          contains:
            type:
              description: 'What is done: Compaction, Cleanup, Validation, …'
              returned: always
              type: str
            keyspace:
              description: Keyspace.
              returned: always
              type: str
            table:
              description: Table.
              returned: always
              type: str
            progress_ratio:
              description: How much of it is done, from 0 to 1.
              returned: always
              type: float
  sample:
    running: true
    native_answers: true
    native_versions:
      - 3
      - 4
      - 5
      - 6
    config:
      cluster_name: midonet
      seeds:
        - 172.16.1.16
        - 172.16.2.17
      listen_address: 172.16.2.17
      rpc_address: 172.16.2.17
      native_transport_port: 9042
      start_native_transport: true
      max_heap_bytes: null
    ring:
      - address: 172.16.1.16
        datacenter: datacenter1
        rack: rack1
        up: true
        state: normal
        load_bytes: 117443
        owns_ratio: 1.0
        host_id: 7f0cd6f3-2119-431d-aa89-2cf8c406481c
    uptime_s: 739
    native_transport: true
    heap_used_bytes: 116496794
    heap_max_bytes: 259522560
    exceptions: 0
    pools:
      - name: RequestResponseStage
        active: 0
        pending: 0
        completed: 12
        blocked: 0
        blocked_ever: 0
    dropped:
      - type: READ_RSP
        count: 0
    schema_versions:
      - version: d03783d7-b468-3c1a-82f1-8e30b2edde8b
        nodes:
          - 172.16.1.16
          - 172.16.2.17
    log:
      files:
        - /var/log/cassandra/system.log
      reaches_back_s: null
      errors: 0
      warnings: 9
      errors_last_hour: 0
      warnings_last_hour: 9
      signatures:
        - signature: stays_when_out_of_memory
          count: 1
          last: 1795597493.0
          age_s: 739.0
          message: The JVM is not configured to stop on OutOfMemoryError which can cause data corruption. Use
            one of the following JVM options to configure the behavior on OutOfMe
      loggers:
        - logger: DatabaseDescriptor.java:1124
          errors: 0
          warnings: 1
      newest:
        - file: /var/log/cassandra/system.log
          age_s: 739.0
          level: warn
          logger: StartupChecks.java:377
          message: The JVM is not configured to stop on OutOfMemoryError which can cause data corruption. Use
            one of the following JVM options to configure the behavior on OutOfMe
          signature: stays_when_out_of_memory
          stack: []
    compactions: null
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
      - agent.processes
      - cassandra.config
      - cassandra.log
      - cassandra.native_handshake
    cut: []
    unread: 0
    crash: null
"""

# Generated by tools/generate_info_modules.py: do not edit.
# The body is the action plugin of the same name, which runs on the controller; nothing of this file runs anywhere.
