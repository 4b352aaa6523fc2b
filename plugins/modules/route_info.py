#!/usr/bin/python
# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: route_info
short_description: The routes and neighbours of a host
author:
  - the MidoNet diagnostics authors (@midonet)
version_added: 1.0.0
description:
  - Returns the main IPv4 routing table of the host and its neighbour table.
  - Returns the state of the moment and judges nothing; see the playbook C(midonet.diagnostics.troubleshoot) for
    that.
  - The values have the same shape whatever the release of the tools on the host; what they did not tell is null.
notes:
  - Asks for the items of evidence C(underlay.ip_neigh), C(underlay.ip_route).
seealso:
  - module: midonet.diagnostics.link_info
  - module: midonet.diagnostics.midonet_facts
extends_documentation_fragment:
  - midonet.diagnostics.attributes
  - midonet.diagnostics.attributes.host
  - midonet.diagnostics.attributes.actiongroup_info
"""

EXAMPLES = r"""
- name: Look at the routes of every host
  midonet.diagnostics.route_info:
  register: result

- name: Demand a default route
  ansible.builtin.assert:
    that: result.routes | selectattr('destination', 'equalto', 'default') | list | length > 0
"""

RETURN = r"""
routes:
  description:
    - Routes of the main IPv4 table, one entry for each next hop.
    - Null when it could not be learnt; RV(about) says why.
  returned: when the host answered
  type: list
  elements: dict
  contains:
    destination:
      description: default, or prefix/length; a single host has /32.
      returned: always
      type: str
    type:
      description: unicast, blackhole, unreachable, prohibit, throw, …
      returned: always
      type: str
    gateway:
      description: The next hop's address; null for a directly connected network.
      returned: always
      type: str
    link:
      description: The interface that packets leave by.
      returned: always
      type: str
    source:
      description: The preferred source address; null when the route names none.
      returned: always
      type: str
    metric:
      description: 'The route''s priority: the smallest wins; 0 when none is set.'
      returned: always
      type: int
    linkdown:
      description: The kernel does not use it, because the interface is down or has no carrier.
      returned: always
      type: bool
  sample:
    - destination: default
      type: unicast
      gateway: 172.16.1.1
      link: eth1
      source: null
      metric: 0
      linkdown: false
neighbours:
  description:
    - Entries of the IPv4 neighbour table.
    - Null when it could not be learnt; RV(about) says why.
  returned: when the host answered
  type: list
  elements: dict
  contains:
    address:
      description: The neighbour's IPv4 address.
      returned: always
      type: str
    link:
      description: The interface behind which it is.
      returned: always
      type: str
    mac:
      description: Its hardware address in small letters; null while it is not resolved.
      returned: always
      type: str
    state:
      description: REACHABLE, STALE, DELAY, PROBE (all three normal ageing), PERMANENT, NOARP, INCOMPLETE, FAILED.
      returned: always
      type: str
  sample:
    - address: 10.99.0.254
      link: eth0
      mac: 02:6d:00:00:00:fe
      state: DELAY
routing_rules:
  description:
    - Rules that tell which IPv4 routing table is asked, in the order of the kernel.
    - Null when it could not be learnt; RV(about) says why.
  returned: when the host answered
  type: list
  elements: dict
  contains:
    priority:
      description: Its place; the lowest is asked first.
      returned: always
      type: int
    inverted:
      description: It is for packets that do not match.
      returned: always
      type: bool
    source:
      description: 'Source network; null: any.'
      returned: always
      type: str
    destination:
      description: 'Destination network; null: any.'
      returned: always
      type: str
    in_link:
      description: 'Interface that the packet came by; null: any.'
      returned: always
      type: str
    out_link:
      description: 'Interface that the packet''s socket is bound to; null: any.'
      returned: always
      type: str
    mark:
      description: 'Mark of the packet, with its mask; null: any.'
      returned: always
      type: str
    action:
      description: lookup, blackhole, unreachable, prohibit, goto or nop.
      returned: always
      type: str
    table:
      description: Name or number of the table, for lookup.
      returned: always
      type: str
    other:
      description: Matches that have no field of their own.
      returned: always
      type: list
      elements: str
    usual:
      description: It is one of the three that every host has.
      returned: always
      type: bool
  sample:
    - priority: 0
      inverted: false
      source: null
      destination: null
      in_link: null
      out_link: null
      mark: null
      action: lookup
      table: local
      other: []
      usual: true
about:
  description:
    - By subsystem of the facts, how well it is known and what that rests on. Each has the same keys.
    - 'C(state): known: everything was learnt; partial: something is missing or was not understood; unknown: the
      facts are null; not_applicable: this host has no such subsystem. One of V(known), V(partial), V(unknown),
      V(not_applicable).'
    - 'C(reason): Why it is not fully known; empty when it is.'
    - 'C(evidence): Ids of the items of evidence that were read.'
    - 'C(cut): Ids of those that ended early or were understood in part: what is not in a list made from them
      may exist all the same.'
    - 'C(unread): Lines of evidence that no parser understood (count).'
    - 'C(crash): What failed and where, when the tool itself failed; null when it did not.'
  returned: when the host answered
  type: dict
  contains:
    routes:
      description: Of the subsystem C(routes).
      returned: always
      type: dict
    neighbours:
      description: Of the subsystem C(neighbours).
      returned: always
      type: dict
    routing_rules:
      description: Of the subsystem C(routing_rules).
      returned: always
      type: dict
  sample:
    routes:
      state: known
      reason: ''
      evidence:
        - underlay.ip_route
      cut: []
      unread: 0
      crash: null
    neighbours:
      state: known
      reason: ''
      evidence:
        - underlay.ip_neigh
      cut: []
      unread: 0
      crash: null
    routing_rules:
      state: known
      reason: ''
      evidence:
        - underlay.ip_route
      cut: []
      unread: 0
      crash: null
"""

# Generated by tools/generate_info_modules.py: do not edit.
# The body is the action plugin of the same name, which runs on the controller; nothing of this file runs anywhere.
