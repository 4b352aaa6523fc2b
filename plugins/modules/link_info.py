#!/usr/bin/python
# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: link_info
short_description: The interfaces of a host, their addresses and settings
author:
  - the MidoNet diagnostics authors (@midonet)
version_added: 1.0.0
description:
  - Returns the interfaces of the host with flags, MTU and counters, their addresses, bonds, and the settings
    of physical ones.
  - Returns the state of the moment and judges nothing; see the playbook C(midonet.diagnostics.troubleshoot) for
    that.
  - The values have the same shape whatever the release of the tools on the host; what they did not tell is null.
notes:
  - Asks for the items of evidence C(underlay.ip_addr), C(underlay.ip_link), C(underlay.link_settings), C(underlay.resources).
seealso:
  - module: midonet.diagnostics.route_info
  - module: midonet.diagnostics.datapath_info
  - module: midonet.diagnostics.midonet_facts
extends_documentation_fragment:
  - midonet.diagnostics.attributes
  - midonet.diagnostics.attributes.host
  - midonet.diagnostics.attributes.actiongroup_info
"""

EXAMPLES = r"""
- name: Look at the interfaces of every host
  midonet.diagnostics.link_info:
  become: true
  register: result

- name: Hold the interface of the tunnels to its MTU
  ansible.builtin.assert:
    that: (result.links | selectattr('name', 'equalto', 'eth1') | first).mtu >= 1500

- name: Show interfaces without a carrier
  ansible.builtin.debug:
    msg: "{{ result.links | selectattr('carrier', 'equalto', false) | map(attribute='name') | list }}"
"""

RETURN = r"""
links:
  description:
    - Interfaces of the host's own network namespace.
    - Null when it could not be learnt; RV(about) says why.
  returned: when the host answered
  type: list
  elements: dict
  contains:
    name:
      description: The interface's name.
      returned: always
      type: str
    index:
      description: The kernel's number of the interface.
      returned: always
      type: int
    flags:
      description: 'The interface''s flags as iproute2 prints them: UP, LOWER_UP, NO-CARRIER, …'
      returned: always
      type: list
      elements: str
    admin_up:
      description: Somebody has set it up.
      returned: always
      type: bool
    carrier:
      description: It has a carrier; null while it is administratively down, when the kernel does not look.
      returned: always
      type: bool
    oper_state:
      description: 'The kernel''s operational state in capitals: UP, DOWN, UNKNOWN (loopback, tunnels), LOWERLAYERDOWN,
        DORMANT, …'
      returned: always
      type: str
    mtu:
      description: The largest packet, in bytes, without the link layer's header.
      returned: always
      type: int
    mac:
      description: The hardware address in small letters.
      returned: always
      type: str
    kind:
      description: 'What it is: ether, loopback, veth, tun, bridge, bond, vxlan, vlan, openvswitch, …'
      returned: always
      type: str
    master:
      description: The bridge, bond or datapath that it belongs to; null when it belongs to none.
      returned: always
      type: str
    parent:
      description: The interface that it stands on, or the other end of a veth pair; null when that is in another
        network namespace.
      returned: always
      type: str
    udp_port:
      description: Of vxlan and geneve, the UDP port to which it sends and at which it listens; null of others,
        and where ip does not tell it.
      returned: always
      type: int
    rx_packets:
      description: Packets received since the interface was made (count).
      returned: always
      type: int
    rx_bytes:
      description: Bytes received since the interface was made (bytes).
      returned: always
      type: int
    rx_errors:
      description: Receive errors since the interface was made (count).
      returned: always
      type: int
    rx_dropped:
      description: Received packets that were dropped since the interface was made (count). It counts unknown
        protocols too.
      returned: always
      type: int
    rx_crc_errors:
      description: Received packets with a wrong checksum since the interface was made (count).
      returned: always
      type: int
    tx_packets:
      description: Packets sent since the interface was made (count).
      returned: always
      type: int
    tx_bytes:
      description: Bytes sent since the interface was made (bytes).
      returned: always
      type: int
    tx_errors:
      description: Send errors since the interface was made (count).
      returned: always
      type: int
    tx_dropped:
      description: Packets to be sent that were dropped since the interface was made (count).
      returned: always
      type: int
    tx_carrier_errors:
      description: Losses of carrier while sending since the interface was made (count).
      returned: always
      type: int
    delta:
      description: By how much the counters grew between the two samples; null without a second sample or after
        a reset.
      returned: always
      type: dict
      contains:
        seconds:
          description: Time between the two samples, in seconds.
          returned: always
          type: float
        rx_packets:
          description: Packets received between the samples (count).
          returned: always
          type: int
        rx_errors:
          description: Receive errors between the samples (count).
          returned: always
          type: int
        rx_dropped:
          description: Received packets that were dropped between the samples (count).
          returned: always
          type: int
        tx_packets:
          description: Packets sent between the samples (count).
          returned: always
          type: int
        tx_errors:
          description: Send errors between the samples (count).
          returned: always
          type: int
        tx_dropped:
          description: Packets to be sent that were dropped between the samples (count).
          returned: always
          type: int
        error_ratio:
          description: Errors of both directions as a share of packets and errors (0 to 1); 0 when there was no
            error.
          returned: always
          type: float
        drop_ratio:
          description: Drops of both directions as a share of packets and drops (0 to 1); 0 when nothing was dropped.
          returned: always
          type: float
  sample:
    - name: tnvxlan
      index: 4
      flags:
        - BROADCAST
        - MULTICAST
        - UP
        - LOWER_UP
      admin_up: true
      carrier: true
      oper_state: UNKNOWN
      mtu: 1450
      mac: 0e:de:3b:c3:9e:3e
      kind: vxlan
      master: br-overlay
      parent: null
      udp_port: 6677
      rx_packets: 247
      rx_bytes: 15964
      rx_errors: 0
      rx_dropped: 0
      rx_crc_errors: 0
      tx_packets: 268
      tx_bytes: 17232
      tx_errors: 0
      tx_dropped: 2
      tx_carrier_errors: 0
      delta: null
addresses:
  description:
    - Addresses of all interfaces.
    - Null when it could not be learnt; RV(about) says why.
  returned: when the host answered
  type: list
  elements: dict
  contains:
    link:
      description: The interface's name.
      returned: always
      type: str
    family:
      description:
        - inet is IPv4, inet6 is IPv6.
        - One of V(inet), V(inet6).
      returned: always
      type: str
    address:
      description: The address without its prefix length.
      returned: always
      type: str
    prefix_length:
      description: Bits of the network part.
      returned: always
      type: int
    scope:
      description: 'How far the address holds: global, link, host or a number.'
      returned: always
      type: str
  sample:
    - link: lo
      family: inet
      address: 127.0.0.1
      prefix_length: 8
      scope: host
link_settings:
  description:
    - Physical interfaces; an empty list where there is none.
    - Null when it could not be learnt; RV(about) says why.
  returned: when the host answered
  type: list
  elements: dict
  contains:
    name:
      description: The interface.
      returned: always
      type: str
    speed_mbps:
      description: Its speed, in megabits per second; null without a link.
      returned: always
      type: int
    duplex:
      description: Full or Half.
      returned: always
      type: str
    auto_negotiation:
      description: Speed and duplex were negotiated.
      returned: always
      type: bool
    link_detected:
      description: The other end of the cable is there.
      returned: always
      type: bool
    driver:
      description: Its driver.
      returned: always
      type: str
    driver_version:
      description: The driver's version.
      returned: always
      type: str
    firmware:
      description: The firmware's version.
      returned: always
      type: str
    bus:
      description: Its PCI address.
      returned: always
      type: str
    large_receive_offload:
      description: It joins received packets into larger ones, which must not be where packets are forwarded.
      returned: always
      type: bool
    large_receive_offload_fixed:
      description: The driver does not let that be changed.
      returned: always
      type: bool
  sample: []
bonds:
  description:
    - Bonds; an empty list when there is none.
    - Null when it could not be learnt; RV(about) says why.
  returned: when the host answered
  type: list
  elements: dict
  contains:
    name:
      description: The bond's interface.
      returned: always
      type: str
    mode:
      description: How it uses its members, in the kernel's words.
      returned: always
      type: str
    up:
      description: The bond's own monitoring finds a usable member.
      returned: always
      type: bool
    active:
      description: The member in use, where only one is.
      returned: always
      type: str
    aggregator:
      description: '802.3ad: the aggregator in use (id).'
      returned: always
      type: int
    partner_mac:
      description: '802.3ad: the switch''s address; zeros when nobody answers.'
      returned: always
      type: str
    members:
      description: Its members.
      returned: always
      type: list
      elements: dict
      contains:
        name:
          description: The interface.
          returned: always
          type: str
        up:
          description: The bond's monitoring finds it usable.
          returned: always
          type: bool
        speed_mbps:
          description: Its speed, in megabits per second.
          returned: always
          type: int
        duplex:
          description: Full or Half.
          returned: always
          type: str
        failures:
          description: How often its link failed since it joined (count).
          returned: always
          type: int
        mac:
          description: Its own address.
          returned: always
          type: str
        aggregator:
          description: '802.3ad: its aggregator; with another than the bond''s it carries nothing (id).'
          returned: always
          type: int
        partner_mac:
          description: '802.3ad: who answers there; zeros when nobody does.'
          returned: always
          type: str
  sample: []
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
    links:
      description: Of the subsystem C(links).
      returned: always
      type: dict
    addresses:
      description: Of the subsystem C(addresses).
      returned: always
      type: dict
    link_settings:
      description: Of the subsystem C(link_settings).
      returned: always
      type: dict
    bonds:
      description: Of the subsystem C(bonds).
      returned: always
      type: dict
  sample:
    links:
      state: known
      reason: ''
      evidence:
        - underlay.ip_link
      cut: []
      unread: 0
      crash: null
    addresses:
      state: known
      reason: ''
      evidence:
        - underlay.ip_addr
      cut: []
      unread: 0
      crash: null
    link_settings:
      state: known
      reason: ''
      evidence:
        - underlay.link_settings
      cut: []
      unread: 0
      crash: null
    bonds:
      state: known
      reason: ''
      evidence:
        - underlay.resources
      cut: []
      unread: 0
      crash: null
"""

# Generated by tools/generate_info_modules.py: do not edit.
# The body is the action plugin of the same name, which runs on the controller; nothing of this file runs anywhere.
