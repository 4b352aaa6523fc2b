#!/usr/bin/python
# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: zookeeper_info
short_description: A ZooKeeper server
author:
  - the MidoNet diagnostics authors (@midonet)
version_added: 1.0.0
description:
  - Returns whether the server runs, answers and takes writes, its part in the ensemble, its configuration, clients
    and limits.
  - Sends it words that change nothing and cost little, over the port for clients.
  - Returns the state of the moment and judges nothing; see the playbook C(midonet.diagnostics.troubleshoot) for
    that.
  - The values have the same shape whatever the release of the tools on the host; what they did not tell is null.
notes:
  - Asks for the items of evidence C(agent.processes), C(zookeeper.conf), C(zookeeper.config), C(zookeeper.cons),
    C(zookeeper.isro), C(zookeeper.log), C(zookeeper.mntr), C(zookeeper.peers), C(zookeeper.ruok), C(zookeeper.srvr),
    C(zookeeper.tree).
seealso:
  - module: midonet.diagnostics.nsdb_info
  - module: midonet.diagnostics.midonet_facts
extends_documentation_fragment:
  - midonet.diagnostics.attributes
  - midonet.diagnostics.attributes.host
  - midonet.diagnostics.attributes.actiongroup_info
"""

EXAMPLES = r"""
- name: Look at ZooKeeper
  midonet.diagnostics.zookeeper_info:
  become: true
  register: result

- name: Demand that it takes reads and writes
  ansible.builtin.assert:
    that: result.zookeeper.serving
"""

RETURN = r"""
zookeeper:
  description:
    - A ZooKeeper server.
    - Null when it could not be learnt; RV(about) says why.
  returned: when the host answered
  type: dict
  contains:
    running:
      description: A ZooKeeper process runs.
      returned: always
      type: bool
    config:
      description: What zoo.cfg and myid say; null when they were not read.
      returned: always
      type: dict
      contains:
        servers:
          description: The ensemble; empty for a server that stands alone, null when its lines may have been cut
            off.
          returned: always
          type: list
          elements: dict
          contains:
            id:
              description: The server's number.
              returned: always
              type: int
            host:
              description: Its address or name.
              returned: always
              type: str
            peer_port:
              description: TCP port on which followers reach the leader.
              returned: always
              type: int
            election_port:
              description: TCP port for elections.
              returned: always
              type: int
            observer:
              description: It does not vote.
              returned: always
              type: bool
        my_id:
          description: This server's own number; null when the file myid was not read.
          returned: always
          type: int
        client_port:
          description: TCP port for clients; null when the file does not say.
          returned: always
          type: int
        data_dir:
          description: Directory of the snapshots.
          returned: always
          type: str
        data_log_dir:
          description: 'Directory of the transaction log; null: that of the snapshots.'
          returned: always
          type: str
    ruok:
      description:
        - 'Answer to ruok: imok, not_allowed (the word is not on the server''s list), silent (connected, no answer),
          refused (nothing listens), timeout.'
        - One of V(imok), V(not_allowed), V(silent), V(refused), V(timeout).
      returned: always
      type: str
    serving:
      description: 'It takes reads and writes from clients: a member of a quorum, or alone. False also when nothing
        listens, when it answers none of the questions, and when it serves read-only clients only.'
      returned: always
      type: bool
    mode:
      description:
        - Its part in the ensemble.
        - One of V(leader), V(follower), V(observer), V(standalone), V(read-only).
      returned: always
      type: str
    version:
      description: Version number.
      returned: always
      type: str
    zxid:
      description: Last transaction, hexadecimal.
      returned: always
      type: str
    latency_ms:
      description: Time to answer requests since the start or the last reset of the counters.
      returned: always
      type: dict
      contains:
        min:
          description: Shortest, in milliseconds.
          returned: always
          type: float
        avg:
          description: Mean, in milliseconds.
          returned: always
          type: float
        max:
          description: Longest, in milliseconds.
          returned: always
          type: float
    outstanding:
      description: Requests waiting (count).
      returned: always
      type: int
    connections:
      description: Open client connections, the question's own among them (count).
      returned: always
      type: int
    read_only:
      description: It serves read-only clients only.
      returned: always
      type: bool
    followers_synced:
      description: Followers in step with this leader (count); null on other servers.
      returned: always
      type: int
    clients:
      description: Clients that have a session, by address; null when the server did not tell (an older one, or
        the word is not allowed).
      returned: always
      type: list
      elements: dict
      contains:
        address:
          description: Where the connections come from.
          returned: always
          type: str
        connections:
          description: Connections with a session (count).
          returned: always
          type: int
        queued:
          description: Requests that wait (count).
          returned: always
          type: int
        latency_max_ms:
          description: Longest answer so far, in milliseconds.
          returned: always
          type: int
    limits:
      description: Limits in force; null when the server did not tell.
      returned: always
      type: dict
      contains:
        max_client_connections:
          description: 'Connections from one address (count); 0: no limit.'
          returned: always
          type: int
        min_session_timeout_ms:
          description: Shortest session time-out a client can have, in milliseconds.
          returned: always
          type: int
        max_session_timeout_ms:
          description: Longest session time-out a client can have, in milliseconds.
          returned: always
          type: int
    outstanding_again:
      description: Requests that waited when the server was asked a second time (count); null without a second
        round.
      returned: always
      type: int
    peers:
      description: What connecting to each other server for elections came to, in the second round; null without
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
    tree:
      description: Nodes at the root of the tree and where MidoNet keeps its own; null when this one server was
        not asked, or did not tell.
      returned: always
      type: list
      elements: dict
      contains:
        path:
          description: The node's path.
          returned: always
          type: str
        exists:
          description: There is such a node; null when the server refused to tell.
          returned: always
          type: bool
        children:
          description: Names of its children; null when there is no such node.
          returned: always
          type: list
          elements: str
    log:
      description: What the ends of the server's logs say; null when they were not read.
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
  sample:
    running: true
    config:
      servers:
        - id: 1
          host: 172.16.1.11
          peer_port: 2888
          election_port: 3888
          observer: false
      my_id: 1
      client_port: 2181
      data_dir: /var/lib/zookeeper
      data_log_dir: null
    ruok: imok
    serving: true
    mode: follower
    version: 3.8.0
    zxid: '0x100000332'
    latency_ms:
      min: 0
      avg: 0.645
      max: 225
    outstanding: 0
    connections: 6
    read_only: false
    followers_synced: null
    clients:
      - address: 172.16.1.31
        connections: 2
        queued: 0
        latency_max_ms: 61
    limits:
      max_client_connections: 60
      min_session_timeout_ms: 4000
      max_session_timeout_ms: 40000
    outstanding_again: null
    peers: null
    tree: null
    log:
      files:
        - /var/log/zookeeper/zookeeper.log
        - /var/log/zookeeper/zookeeper.out
      reaches_back_s: 13.0
      errors: 0
      warnings: 0
      errors_last_hour: 0
      warnings_last_hour: 0
      signatures: []
      loggers: []
      newest: []
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
    state: partial
    reason: zookeeper.log reaches back 0 minutes only
    evidence:
      - agent.processes
      - zookeeper.conf
      - zookeeper.config
      - zookeeper.cons
    cut: []
    unread: 0
    crash: null
"""

# Generated by tools/generate_info_modules.py: do not edit.
# The body is the action plugin of the same name, which runs on the controller; nothing of this file runs anywhere.
