#!/usr/bin/python
# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: bgp_info
short_description: The BGP routers and sessions of a MidoNet gateway
author:
  - the MidoNet diagnostics authors (@midonet)
version_added: 1.0.0
description:
  - Asks the routing daemons in the network namespaces that the agent made for BGP, Quagga or FRR, and returns
    their sessions, addresses, interfaces and the routes that matter.
  - The routing daemon of the host itself is not looked at. Passwords in the configuration are taken out on the
    host.
  - Returns the state of the moment and judges nothing; see the playbook C(midonet.diagnostics.troubleshoot) for
    that.
  - The values have the same shape whatever the release of the tools on the host; what they did not tell is null.
options:
  prefix:
    description:
      - An IPv4 network with its length, for instance V(198.51.100.0/24). Then RV(bgp.routers) has the paths to
        it, under C(paths), out of a table of any length.
    type: str
notes:
  - Asks for the items of evidence C(bgp.addresses), C(bgp.config), C(bgp.files), C(bgp.links), C(bgp.log), C(bgp.namespaces),
    C(bgp.neighbours), C(bgp.paths), C(bgp.routes), C(bgp.sessions), C(bgp.summary), C(bgp.zebra).
seealso:
  - module: midonet.diagnostics.route_info
  - module: midonet.diagnostics.midonet_facts
extends_documentation_fragment:
  - midonet.diagnostics.attributes
  - midonet.diagnostics.attributes.host
  - midonet.diagnostics.attributes.actiongroup_info
"""

EXAMPLES = r"""
- name: Look at the BGP sessions of every gateway
  midonet.diagnostics.bgp_info:
  become: true
  register: result

- name: Demand that every session is established
  ansible.builtin.assert:
    that: item.1.state == 'established'
    quiet: true
  loop: "{{ result.bgp.routers | selectattr('peers') | subelements('peers') }}"
  loop_control:
    label: "{{ item.0.namespace }} {{ item.1.address }}"

- name: Demand a default route from somebody
  ansible.builtin.assert:
    that: best | length > 0
  vars:
    best: "{{ result.bgp.routers | map(attribute='routes') | select | map(attribute='default') | flatten | selectattr('best') | list }}"

- name: Look for the paths to one network
  midonet.diagnostics.bgp_info:
    prefix: 198.51.100.0/24
  become: true
  register: result

- name: Show over whom they lead
  ansible.builtin.debug:
    msg: "{{ result.bgp.routers | map(attribute='paths') | select | flatten | map(attribute='next_hop') | list }}"
"""

RETURN = r"""
bgp:
  description:
    - The BGP routers that the agent runs on this gateway.
    - Null when it could not be learnt; RV(about) says why.
  returned: when the host answered
  type: dict
  contains:
    software:
      description:
        - Which routing software answers.
        - One of V(quagga), V(frr).
      returned: always
      type: str
    routers:
      description: One per network namespace.
      returned: always
      type: list
      elements: dict
      contains:
        namespace:
          description: The network namespace.
          returned: always
          type: str
        daemon_pids:
          description: Process ids of the BGP daemons in it; null where only root is told.
          returned: always
          type: list
          elements: int
        links:
          description: Interfaces in it.
          returned: always
          type: list
          elements: dict
          contains:
            name:
              description: Name.
              returned: always
              type: str
            admin_up:
              description: It is switched on.
              returned: always
              type: bool
            carrier:
              description: It has a carrier.
              returned: always
              type: bool
            oper_state:
              description: Operational state as the kernel says.
              returned: always
              type: str
        addresses:
          description: Addresses in it, each with its prefix length (203.0.113.10/30).
          returned: always
          type: list
          elements: str
        router_id:
          description: BGP identifier.
          returned: always
          type: str
        local_as:
          description: Its AS number.
          returned: always
          type: int
        peers:
          description: Its sessions; null when the daemon did not tell.
          returned: always
          type: list
          elements: dict
          contains:
            address:
              description: The peer's address.
              returned: always
              type: str
            family:
              description: Address family as the daemon prints it; null for IPv4 in Quagga.
              returned: always
              type: str
            remote_as:
              description: The peer's AS number.
              returned: always
              type: int
            state:
              description:
                - State of the session.
                - One of V(idle), V(idle_admin), V(idle_max_prefixes), V(connect), V(active), V(open_sent), V(open_confirm),
                  V(established), V(clearing), V(deleted).
              returned: always
              type: str
            policy_blocked:
              description: Prefixes are held back because no policy is configured; null when the session is not
                established.
              returned: always
              type: bool
            prefixes_received:
              description: Prefixes accepted from the peer (count); null when the session is not established.
              returned: always
              type: int
            uptime_s:
              description: 'Time in this state, in seconds; null: never established.'
              returned: always
              type: int
            neighbour_state:
              description: The peer's entry in the neighbour table of the namespace (reachable, stale, failed,
                incomplete, …), absent when there is none; null when not known.
              returned: always
              type: str
        sessions:
          description: Sessions in detail; null when they were not learnt.
          returned: always
          type: list
          elements: dict
          contains:
            address:
              description: The peer's address.
              returned: always
              type: str
            state:
              description: State of the session, as of peers.
              returned: always
              type: str
            hold_time_s:
              description: Hold time in force, in seconds.
              returned: always
              type: int
            keepalive_s:
              description: Keepalive interval in force, in seconds.
              returned: always
              type: int
            configured_hold_time_s:
              description: Hold time configured here, in seconds; FRR only.
              returned: always
              type: int
            configured_keepalive_s:
              description: Keepalive interval configured here, in seconds; FRR only.
              returned: always
              type: int
            connect_retry_s:
              description: Time between two attempts to connect, in seconds; FRR only.
              returned: always
              type: int
            accepted_prefixes:
              description: Prefixes accepted (count).
              returned: always
              type: int
            in_queue:
              description: Messages received that wait (count).
              returned: always
              type: int
            out_queue:
              description: Messages to send that wait (count).
              returned: always
              type: int
            notifications_sent:
              description: Notifications sent since the start (count).
              returned: always
              type: int
            notifications_received:
              description: Notifications received since the start (count).
              returned: always
              type: int
            connections_established:
              description: Sessions established since the start (count).
              returned: always
              type: int
            connections_dropped:
              description: Sessions lost since the start (count).
              returned: always
              type: int
            last_reset_s:
              description: 'Since the last reset, in seconds; null: never.'
              returned: always
              type: int
            last_reset_reason:
              description: Why, in the daemon's words.
              returned: always
              type: str
            password:
              description: 'The session is protected by a password; null: the daemon does not tell.'
              returned: always
              type: bool
        routes:
          description: The daemon's table; null when it was not learnt.
          returned: always
          type: dict
          contains:
            networks:
              description: Networks in the table (count).
              returned: always
              type: int
            paths:
              description: Paths to them (count).
              returned: always
              type: int
            complete:
              description: The whole table was seen.
              returned: always
              type: bool
            default:
              description: Paths to the default network.
              returned: always
              type: list
              elements: dict
              contains:
                network:
                  description: The network with its length.
                  returned: always
                  type: str
                next_hop:
                  description: Where it leads.
                  returned: always
                  type: str
                valid:
                  description: It can be used.
                  returned: always
                  type: bool
                best:
                  description: It is in use.
                  returned: always
                  type: bool
            own:
              description: Networks that this router originates.
              returned: always
              type: list
              elements: dict
              contains:
                network:
                  description: The network with its length.
                  returned: always
                  type: str
                valid:
                  description: It can be announced.
                  returned: always
                  type: bool
                best:
                  description: It is in use, so it is announced.
                  returned: always
                  type: bool
        zebra:
          description: The routing daemons and all their routes; null when this one host was not asked for them.
          returned: always
          type: dict
          contains:
            software:
              description:
                - Which routing software.
                - One of V(quagga), V(frr).
              returned: always
              type: str
            version:
              description: Its release.
              returned: always
              type: str
            complete:
              description: All routes were seen.
              returned: always
              type: bool
            routes:
              description: What each source says of each network.
              returned: always
              type: list
              elements: dict
              contains:
                network:
                  description: The network with its length.
                  returned: always
                  type: str
                protocol:
                  description: kernel, connected, static, bgp, or another word of the daemons.
                  returned: always
                  type: str
                selected:
                  description: It counts among those of its network.
                  returned: always
                  type: bool
                distance:
                  description: Its administrative distance; less is better.
                  returned: always
                  type: int
                metric:
                  description: Its metric; less is better.
                  returned: always
                  type: int
                up_s:
                  description: Its age in seconds.
                  returned: always
                  type: int
                next_hops:
                  description: Where it leads.
                  returned: always
                  type: list
                  elements: dict
                  contains:
                    address:
                      description: The gateway; null when directly connected.
                      returned: always
                      type: str
                    link:
                      description: The interface.
                      returned: always
                      type: str
                    installed:
                      description: It is in the kernel's table.
                      returned: always
                      type: bool
                    discards:
                      description: How packets are thrown away (blackhole, unreachable, …); null when they are
                        not.
                      returned: always
                      type: str
        paths:
          description: Paths to the one network that was asked for; null when none was asked for, or nothing was
            learnt.
          returned: always
          type: list
          elements: dict
          contains:
            network:
              description: The network with its length.
              returned: always
              type: str
            next_hop:
              description: Where it leads.
              returned: always
              type: str
            valid:
              description: It can be used.
              returned: always
              type: bool
            best:
              description: It is in use.
              returned: always
              type: bool
            multipath:
              description: It is in use beside the best one.
              returned: always
              type: bool
            internal:
              description: It was learned from a peer of the same AS.
              returned: always
              type: bool
            metric:
              description: Its multi-exit discriminator.
              returned: always
              type: int
            local_preference:
              description: Its local preference; more is better.
              returned: always
              type: int
            as_path:
              description: The AS numbers on the way, as printed.
              returned: always
              type: str
            origin:
              description: igp, egp or incomplete.
              returned: always
              type: str
        configured:
          description: The running configuration; null when the daemon did not tell it.
          returned: always
          type: dict
          contains:
            as:
              description: Its AS number.
              returned: always
              type: int
            neighbours:
              description: Configured peers.
              returned: always
              type: list
              elements: dict
              contains:
                address:
                  description: The peer's address.
                  returned: always
                  type: str
                remote_as:
                  description: The peer's AS number; null for "external" and "internal".
                  returned: always
                  type: int
                shutdown:
                  description: Switched off on purpose.
                  returned: always
                  type: bool
            networks:
              description: Prefixes it is to announce.
              returned: always
              type: list
              elements: str
    namespaces:
      description: All network namespaces of the host, sorted; null when they were not listed.
      returned: always
      type: list
      elements: str
    log:
      description: What the ends of the daemons' logs say; null when they were not read.
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
    files:
      description: The files that routing daemons are started with; null when they were not asked for.
      returned: always
      type: dict
      contains:
        files:
          description: Which there are.
          returned: always
          type: list
          elements: str
        daemons:
          description: Daemons that the host starts on its own, outside of the agent's namespaces.
          returned: always
          type: list
          elements: str
        vtysh_enable:
          description: vtysh keeps the configuration.
          returned: always
          type: bool
        default_password:
          description: The password of a daemon's terminal is the one that MidoNet ships; null where no file sets
            one.
          returned: always
          type: bool
  sample:
    software: frr
    routers:
      - namespace: bgp-b1f0437
        daemon_pids:
          - 92
        links:
          - name: lo
            admin_up: true
            carrier: true
            oper_state: UNKNOWN
        addresses:
          - 127.0.0.1/8
          - ::1/128
          - 203.0.113.31/24
          - fe80::781f:aaff:fef1:83b0/64
        router_id: 203.0.113.31
        local_as: 64513
        peers:
          - address: 203.0.113.2
            family: IPv4 Unicast
            remote_as: 64512
            state: established
            policy_blocked: false
            prefixes_received: 2
            uptime_s: 734
            neighbour_state: reachable
        sessions:
          - address: 203.0.113.2
            state: established
            hold_time_s: 9
            keepalive_s: 3
            configured_hold_time_s: 9
            configured_keepalive_s: 3
            connect_retry_s: 120
            accepted_prefixes: 2
            in_queue: 0
            out_queue: 0
            notifications_sent: 0
            notifications_received: 0
            connections_established: 1
            connections_dropped: 0
            last_reset_s: 736
            last_reset_reason: Waiting for peer OPEN
            password: false
        routes:
          networks: 3
          paths: 3
          complete: true
          default:
            - network: 0.0.0.0/0
              next_hop: 203.0.113.2
              valid: true
              best: true
          own:
            - network: 198.51.100.0/24
              valid: true
              best: true
        paths: null
        zebra: null
        configured:
          as: 64513
          neighbours:
            - address: 203.0.113.2
              remote_as: 64512
              shutdown: false
          networks:
            - 198.51.100.0/24
    namespaces:
      - bgp-b1f0437
    log:
      files:
        - /var/log/midolman/quagga.2605.bgp-b1f0437.203.0.113.31/bgpd.log
      reaches_back_s: null
      errors: 0
      warnings: 0
      errors_last_hour: 0
      warnings_last_hour: 0
      signatures: []
      loggers: []
      newest: []
    files: null
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
      - bgp.addresses
      - bgp.config
      - bgp.links
      - bgp.log
    cut: []
    unread: 0
    crash: null
"""

# Generated by tools/generate_info_modules.py: do not edit.
# The body is the action plugin of the same name, which runs on the controller; nothing of this file runs anywhere.
