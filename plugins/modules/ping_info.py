#!/usr/bin/python
# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: ping_info
short_description: Whether packets from a host reach others, at full size too
author:
  - the MidoNet diagnostics authors (@midonet)
version_added: 1.0.0
description:
  - Sends twenty small packets, five a second, and two of full size, which may not be fragmented, to each of the
    peers, and returns what became of them. Tells a broken path from one whose MTU is too small for tunnels.
  - Asks the host twice. The first time for its addresses, interfaces and routes, from which O(source) and O(payload_bytes)
    follow.
  - Returns the state of the moment and judges nothing; see the playbook C(midonet.diagnostics.troubleshoot) for
    that.
  - The values have the same shape whatever the release of the tools on the host; what they did not tell is null.
options:
  peers:
    description: IPv4 addresses of the peers, for instance those that M(midonet.diagnostics.tunnel_zone_info)
      returns.
    type: list
    elements: str
    required: true
  source:
    description: The address of this host from which to send. By default the one with which packets to the first
      of O(peers) leave.
    type: str
  payload_bytes:
    description:
      - Payload of the packets of full size, in bytes; each packet is 28 bytes longer. By default as much as the
        interface with the address O(source) takes.
    type: int
notes:
  - Asks for the items of evidence C(underlay.ip_addr), C(underlay.ip_link), C(underlay.ip_route), C(underlay.ping),
    C(underlay.ping_full_size).
seealso:
  - module: midonet.diagnostics.route_info
  - module: midonet.diagnostics.tunnel_zone_info
  - module: midonet.diagnostics.midonet_facts
extends_documentation_fragment:
  - midonet.diagnostics.attributes
  - midonet.diagnostics.attributes.host
  - midonet.diagnostics.attributes.actiongroup_info
"""

EXAMPLES = r"""
- name: Send packets to other hosts
  midonet.diagnostics.ping_info:
    peers: [172.16.2.43, 172.16.2.44]
  become: true
  register: result

- name: Demand that packets of full size arrive
  ansible.builtin.assert:
    that: result.probes.ping_full_size | selectattr('loss_ratio', 'gt', 0) | list | length == 0

- name: Show peers with a smaller MTU on the way
  ansible.builtin.debug:
    msg: "{{ item.peer }}: {{ item.error }}, MTU {{ item.path_mtu }}"
  loop: "{{ result.probes.ping_full_size | selectattr('error') }}"
"""

RETURN = r"""
probes:
  description:
    - What packets to the tunnel peers became of.
    - Null when it could not be learnt; RV(about) says why.
  returned: when the host answered
  type: dict
  contains:
    ping:
      description: Small packets, by peer.
      returned: always
      type: list
      elements: dict
      contains:
        peer:
          description: The peer's address.
          returned: always
          type: str
        sent:
          description: Packets sent (count).
          returned: always
          type: int
        received:
          description: Replies (count).
          returned: always
          type: int
        loss_ratio:
          description: Share of packets without a reply (0 to 1).
          returned: always
          type: float
        rtt_avg_ms:
          description: Mean round trip, in milliseconds.
          returned: always
          type: float
        error:
          description:
            - 'frag_needed: a router on the way cannot pass the packet; message_too_long: the host itself cannot
              send it; unreachable: no route or no answer to ARP; failed: ping could not do its work; null: none
              was reported.'
            - One of V(frag_needed), V(message_too_long), V(unreachable), V(failed).
          returned: always
          type: str
    ping_full_size:
      description: Packets as large as the tunnel interface takes, not to be fragmented, by peer.
      returned: always
      type: list
      elements: dict
      contains:
        peer:
          description: The peer's address.
          returned: always
          type: str
        payload_bytes:
          description: Bytes of payload in each ICMP message; the packet is 28 bytes longer.
          returned: always
          type: int
        sent:
          description: Packets sent (count).
          returned: always
          type: int
        received:
          description: Replies (count).
          returned: always
          type: int
        loss_ratio:
          description: Share of packets without a reply (0 to 1).
          returned: always
          type: float
        error:
          description:
            - 'frag_needed: a router on the way cannot pass the packet; message_too_long: the host itself cannot
              send it; unreachable: no route or no answer to ARP; failed: ping could not do its work; null: none
              was reported.'
            - One of V(frag_needed), V(message_too_long), V(unreachable), V(failed).
          returned: always
          type: str
        path_mtu:
          description: The MTU that the error told, in bytes; null without one.
          returned: always
          type: int
    arping:
      description: ARP to peers on the local link that did not answer small packets; empty when there was none,
        null without a second round.
      returned: always
      type: list
      elements: dict
      contains:
        peer:
          description: The peer's address.
          returned: always
          type: str
        link:
          description: The interface.
          returned: always
          type: str
        sent:
          description: Requests sent (count).
          returned: always
          type: int
        received:
          description: Answers (count).
          returned: always
          type: int
        macs:
          description: 'Hardware addresses that answered; two of them: two hosts have the address.'
          returned: always
          type: list
          elements: str
    paths:
      description: The way to peers that did not answer large packets, hop by hop; empty when there was none,
        null without a second round.
      returned: always
      type: list
      elements: dict
      contains:
        peer:
          description: The peer's address.
          returned: always
          type: str
        path_mtu_bytes:
          description: The largest packet that passes, as far as routers told, in bytes.
          returned: always
          type: int
        reached:
          description: The peer answered in the end.
          returned: always
          type: bool
        hops:
          description: 'Addresses on the way; null: no answer.'
          returned: always
          type: list
          elements: str
        error:
          description: 'What the last hop that complained said: host_unreachable, network_unreachable, prohibited,
            …'
          returned: always
          type: str
  sample:
    ping:
      - peer: 172.16.1.43
        sent: 3
        received: 3
        loss_ratio: 0.0
        rtt_avg_ms: 0.029
        error: null
    ping_full_size:
      - peer: 172.16.1.43
        payload_bytes: 1472
        sent: 2
        received: 2
        loss_ratio: 0.0
        error: null
        path_mtu: null
    arping:
      - peer: 172.16.1.42
        link: eth1
        sent: 2
        received: 0
        macs: []
    paths:
      - peer: 172.16.1.42
        path_mtu_bytes: 1500
        reached: false
        hops:
          - 172.16.1.41
        error: host_unreachable
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
      - underlay.ping
      - underlay.ping_full_size
    cut: []
    unread: 0
    crash: null
"""

# Generated by tools/generate_info_modules.py: do not edit.
# The body is the action plugin of the same name, which runs on the controller; nothing of this file runs anywhere.
