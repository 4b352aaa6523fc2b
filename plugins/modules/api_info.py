#!/usr/bin/python
# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: api_info
short_description: The MidoNet API of a host
author:
  - the MidoNet diagnostics authors (@midonet)
version_added: 1.0.0
description:
  - Returns whether the process of the REST API runs, Tomcat up to 2015.06 or the cluster from 5.0, and what it
    answers to an anonymous request for its root.
  - Returns the state of the moment and judges nothing; see the playbook C(midonet.diagnostics.troubleshoot) for
    that.
  - The values have the same shape whatever the release of the tools on the host; what they did not tell is null.
notes:
  - Asks for the items of evidence C(agent.processes), C(api.config), C(api.http), C(api.log), C(topology.rest).
seealso:
  - module: midonet.diagnostics.topology_info
  - module: midonet.diagnostics.midonet_facts
extends_documentation_fragment:
  - midonet.diagnostics.attributes
  - midonet.diagnostics.attributes.host
  - midonet.diagnostics.attributes.actiongroup_info
"""

EXAMPLES = r"""
- name: Look at the REST API
  midonet.diagnostics.api_info:
  become: true
  register: result

- name: Demand an answer in JSON
  ansible.builtin.assert:
    that:
      - result.api.answers
      - result.api.http_json
"""

RETURN = r"""
api:
  description:
    - The REST API on this host.
    - Null when it could not be learnt; RV(about) says why.
  returned: when the host answered
  type: dict
  contains:
    running:
      description: A Tomcat or a MidoNet cluster process runs.
      returned: always
      type: bool
    kind:
      description:
        - tomcat (up to 2015.06) or cluster (5.x).
        - One of V(tomcat), V(cluster).
      returned: always
      type: str
    answers:
      description: It answers HTTP on its port.
      returned: always
      type: bool
    http_status:
      description: HTTP status of the answer to an anonymous request for the API's root.
      returned: always
      type: int
    http_json:
      description: That answer is JSON.
      returned: always
      type: bool
    config:
      description: What the files say by which the server and its client are configured; null when there are none.
      returned: always
      type: dict
      contains:
        files:
          description: Which they are.
          returned: always
          type: list
          elements: str
        auth_provider:
          description: The class that asks for identities, in web.xml (2015.06 and before); MockAuthService lets
            everybody in.
          returned: always
          type: str
        zookeeper_servers:
          description: ZooKeeper servers in web.xml as address:port.
          returned: always
          type: list
          elements: str
        root_key:
          description: The path in ZooKeeper below which MidoNet keeps its data, in web.xml.
          returned: always
          type: str
        log_level:
          description: Level of the root logger in logback.xml, in capitals.
          returned: always
          type: str
        client_api_url:
          description: Where midonet-cli expects the API.
          returned: always
          type: str
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
    login:
      description: Whether the API lets its own client (midonet-cli) in; null when nobody tried.
      returned: always
      type: dict
      contains:
        http_status:
          description: HTTP status of its answer to the login.
          returned: always
          type: int
        accepted:
          description: It let the client in.
          returned: always
          type: bool
    system_state:
      description: What the deployment is said to do; null when it was not learnt. 5.x always says the same.
      returned: always
      type: dict
      contains:
        active:
          description: No upgrade is under way.
          returned: always
          type: bool
        writable:
          description: The API takes changes.
          returned: always
          type: bool
        version:
          description: Version that writes.
          returned: always
          type: str
    application:
      description: The root of the API; null when it was not asked for.
      returned: always
      type: dict
      contains:
        version:
          description: Version.
          returned: always
          type: str
        uri:
          description: Its own address.
          returned: always
          type: str
        resources:
          description: Lists that it has.
          returned: always
          type: list
          elements: str
        templates:
          description: Objects that it tells how to ask for.
          returned: always
          type: list
          elements: str
  sample:
    running: true
    kind: cluster
    answers: true
    http_status: 200
    http_json: true
    login:
      http_status: 200
      accepted: true
    system_state:
      active: true
      writable: true
      version: '5.2'
    application: null
    config:
      files:
        - /root/.midonetrc
      auth_provider: null
      zookeeper_servers: null
      root_key: null
      log_level: null
      client_api_url: http://127.0.0.1:8181/midonet-api
    log: null
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
    reason: 'api.log: no log: /var/log/midonet-cluster/midonet-cluster.log /var/log/midonet-cluster/*.event.log
      /var/log/tomcat*/midonet-api.log /var/log/tomcat*/midonet-api.event.lo'
    evidence:
      - agent.processes
      - api.config
      - api.http
      - api.log
    cut: []
    unread: 0
    crash: null
"""

# Generated by tools/generate_info_modules.py: do not edit.
# The body is the action plugin of the same name, which runs on the controller; nothing of this file runs anywhere.
