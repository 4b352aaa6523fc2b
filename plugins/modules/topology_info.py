#!/usr/bin/python
# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: topology_info
short_description: The virtual topology as the MidoNet API tells it
author:
  - the MidoNet diagnostics authors (@midonet)
version_added: 1.0.0
description:
  - Returns the hosts that the network state database knows, tunnel zones and their members, bindings, and the
    virtual routers with their ports.
  - By the REST API, also all other virtual ports, bridges, chains with their rules, routes, BGP, DHCP, tables
    of bridges and trace requests, a hundred of each kind at most. That takes hundreds of requests.
  - Needs C(midonet-cli) with its configuration on the host, and runs it several times. The requests are made
    as the user of that configuration, and only read.
  - Returns the state of the moment and judges nothing; see the playbook C(midonet.diagnostics.troubleshoot) for
    that.
  - The values have the same shape whatever the release of the tools on the host; what they did not tell is null.
notes:
  - Asks for the items of evidence C(overlay.bindings), C(overlay.hosts), C(overlay.tunnel_zones), C(topology.neutron),
    C(topology.rest), C(topology.rest_details), C(topology.routers), C(topology.subnets).
seealso:
  - module: midonet.diagnostics.tunnel_zone_info
  - module: midonet.diagnostics.host_bindings_info
  - module: midonet.diagnostics.midonet_facts
extends_documentation_fragment:
  - midonet.diagnostics.attributes
  - midonet.diagnostics.attributes.host
  - midonet.diagnostics.attributes.actiongroup_info
"""

EXAMPLES = r"""
- name: Look at the topology
  midonet.diagnostics.topology_info:
  become: true
  register: result

- name: Demand that all agents are alive
  ansible.builtin.assert:
    that: result.topology.hosts | rejectattr('alive') | list | length == 0
    fail_msg: "{{ result.topology.hosts | rejectattr('alive') | map(attribute='name') | list }} are not alive"
"""

RETURN = r"""
topology:
  description:
    - The virtual topology as the API tells it.
    - Null when it could not be learnt; RV(about) says why.
  returned: when the host answered
  type: dict
  contains:
    hosts:
      description: Hosts known to the network state database.
      returned: always
      type: list
      elements: dict
      contains:
        id:
          description: UUID.
          returned: always
          type: str
        name:
          description: Host name.
          returned: always
          type: str
        alive:
          description: Its agent has a session with the network state database.
          returned: always
          type: bool
        addresses:
          description: Its addresses.
          returned: always
          type: list
          elements: str
    zones:
      description: Tunnel zones.
      returned: always
      type: list
      elements: dict
      contains:
        id:
          description: UUID.
          returned: always
          type: str
        name:
          description: Name.
          returned: always
          type: str
        type:
          description: gre, vxlan or vtep.
          returned: always
          type: str
    members:
      description: Members of the tunnel zones.
      returned: always
      type: list
      elements: dict
      contains:
        zone:
          description: UUID of the zone.
          returned: always
          type: str
        host_id:
          description: UUID of the host.
          returned: always
          type: str
        address:
          description: Tunnel address of the host.
          returned: always
          type: str
    bindings:
      description: Virtual ports bound to interfaces.
      returned: always
      type: list
      elements: dict
      contains:
        host_id:
          description: UUID of the host.
          returned: always
          type: str
        interface:
          description: Name of the interface.
          returned: always
          type: str
        port:
          description: UUID of the virtual port.
          returned: always
          type: str
    routers:
      description: Virtual routers.
      returned: always
      type: list
      elements: dict
      contains:
        id:
          description: UUID.
          returned: always
          type: str
        name:
          description: Name.
          returned: always
          type: str
        admin_up:
          description: It is switched on.
          returned: always
          type: bool
        asn:
          description: AS number; null when it has none, and in MidoNet before 5.0.
          returned: always
          type: int
    ports:
      description: Ports of the virtual routers.
      returned: always
      type: list
      elements: dict
      contains:
        id:
          description: UUID.
          returned: always
          type: str
        device:
          description: UUID of the router.
          returned: always
          type: str
        admin_up:
          description: It is switched on.
          returned: always
          type: bool
        plugged:
          description: 'It is active: bound to an interface on a live host, or linked to a peer.'
          returned: always
          type: bool
        mac:
          description: Hardware address.
          returned: always
          type: str
        address:
          description: IP address.
          returned: always
          type: str
        network:
          description: Its network, with prefix length.
          returned: always
          type: str
        peer:
          description: UUID of the virtual port at the other end.
          returned: always
          type: str
    all_ports:
      description: Every virtual port, of routers and bridges, as the REST API tells it; null when it was not
        asked.
      returned: always
      type: list
      elements: dict
      contains:
        id:
          description: UUID.
          returned: always
          type: str
        kind:
          description: router, bridge, vxlan or the API's own word.
          returned: always
          type: str
        device:
          description: UUID of the router or bridge.
          returned: always
          type: str
        host_id:
          description: UUID of the host that it is bound to.
          returned: always
          type: str
        interface:
          description: Interface that it is bound to.
          returned: always
          type: str
        peer:
          description: UUID of the virtual port at the other end.
          returned: always
          type: str
        vif:
          description: UUID of Neutron's port.
          returned: always
          type: str
        admin_up:
          description: It is switched on.
          returned: always
          type: bool
        active:
          description: The agent of its host has it; null where the release does not tell.
          returned: always
          type: bool
        mac:
          description: Hardware address of a router's port.
          returned: always
          type: str
        address:
          description: IP address of a router's port.
          returned: always
          type: str
        network:
          description: Its network, with prefix length.
          returned: always
          type: str
        vlan:
          description: VLAN of a bridge's port.
          returned: always
          type: int
        in_filter:
          description: UUID of the chain for packets from the port.
          returned: always
          type: str
        out_filter:
          description: UUID of the chain for packets to the port.
          returned: always
          type: str
        tunnel_key:
          description: The key that tunnels have for this port; 5.2 and newer choose others.
          returned: always
          type: int
        bgp_sessions:
          description: Sessions of the port's BGP daemon (5.x); null where it said nothing.
          returned: always
          type: list
          elements: dict
          contains:
            address:
              description: The peer's address.
              returned: always
              type: str
            state:
              description: State of the session in small letters.
              returned: always
              type: str
    bridges:
      description: Virtual bridges, which are networks of Neutron; null when the REST API was not asked.
      returned: always
      type: list
      elements: dict
      contains:
        id:
          description: UUID.
          returned: always
          type: str
        name:
          description: Name.
          returned: always
          type: str
        tenant:
          description: Tenant.
          returned: always
          type: str
        admin_up:
          description: It is switched on.
          returned: always
          type: bool
        in_filter:
          description: UUID of the chain for packets that come in.
          returned: always
          type: str
        out_filter:
          description: UUID of the chain for packets that go out.
          returned: always
          type: str
    chains:
      description: Chains of rules; null when the REST API was not asked.
      returned: always
      type: list
      elements: dict
      contains:
        id:
          description: UUID.
          returned: always
          type: str
        name:
          description: Name.
          returned: always
          type: str
        tenant:
          description: Tenant.
          returned: always
          type: str
    traces:
      description: Trace requests (5.x); null when the REST API was not asked or has none.
      returned: always
      type: list
      elements: dict
      contains:
        id:
          description: UUID.
          returned: always
          type: str
        name:
          description: Name.
          returned: always
          type: str
        device_kind:
          description: port, bridge or router.
          returned: always
          type: str
        device:
          description: UUID of the device.
          returned: always
          type: str
        created_s:
          description: When it was made, in seconds since 1970-01-01 UTC.
          returned: always
          type: float
        limit:
          description: 'Packets that are traced at most (count); null: no limit.'
          returned: always
          type: int
        enabled:
          description: It is switched on.
          returned: always
          type: bool
    bgp_peers:
      description: BGP peers of routers (5.x) or of their ports (2015.06); null when the REST API was not asked
        or no router speaks BGP.
      returned: always
      type: list
      elements: dict
      contains:
        id:
          description: UUID.
          returned: always
          type: str
        router:
          description: UUID of the router (5.x).
          returned: always
          type: str
        port:
          description: UUID of the port (2015.06).
          returned: always
          type: str
        local_as:
          description: Own AS number (2015.06; in 5.x it is the router's).
          returned: always
          type: int
        remote_as:
          description: The peer's AS number.
          returned: always
          type: int
        address:
          description: The peer's address.
          returned: always
          type: str
        keepalive_s:
          description: 'Keepalive interval, in seconds; null: the agent''s default.'
          returned: always
          type: int
        hold_time_s:
          description: 'Hold time, in seconds; null: the agent''s default.'
          returned: always
          type: int
        connect_retry_s:
          description: 'Time between two attempts to connect, in seconds; null: the agent''s default.'
          returned: always
          type: int
        password:
          description: The session is protected by a password; null where the release has none.
          returned: always
          type: bool
        status:
          description: What the daemon said of it (2015.06).
          returned: always
          type: str
    bgp_networks:
      description: Networks to be announced; null when the REST API was not asked or no router speaks BGP.
      returned: always
      type: list
      elements: dict
      contains:
        id:
          description: UUID.
          returned: always
          type: str
        router:
          description: UUID of the router (5.x).
          returned: always
          type: str
        peer:
          description: UUID of the BGP peer (2015.06).
          returned: always
          type: str
        network:
          description: The network with its length.
          returned: always
          type: str
    routes:
      description: 'Routes of virtual routers: in a run of the fleet of those that speak BGP; null when none was
        asked for.'
      returned: always
      type: list
      elements: dict
      contains:
        id:
          description: UUID.
          returned: always
          type: str
        router:
          description: UUID of the router.
          returned: always
          type: str
        type:
          description: normal, blackhole, reject, local or fip64.
          returned: always
          type: str
        destination:
          description: Destination, with prefix length.
          returned: always
          type: str
        source:
          description: Source that it is for, with prefix length.
          returned: always
          type: str
        gateway:
          description: 'Next hop; null: on the port''s own network.'
          returned: always
          type: str
        port:
          description: UUID of the port that it leaves by.
          returned: always
          type: str
        weight:
          description: Weight; the least counts.
          returned: always
          type: int
        learned:
          description: It came from BGP; null where the release does not tell.
          returned: always
          type: bool
    interfaces:
      description: Interfaces of hosts as their agents last told them; null when they were not asked for.
      returned: always
      type: list
      elements: dict
      contains:
        host:
          description: UUID of the host.
          returned: always
          type: str
        name:
          description: Name.
          returned: always
          type: str
        mac:
          description: Hardware address.
          returned: always
          type: str
        mtu:
          description: MTU, in bytes.
          returned: always
          type: int
        up:
          description: It is up.
          returned: always
          type: bool
        link:
          description: It has a carrier.
          returned: always
          type: bool
        type:
          description: Physical, Virtual, Tunnel or Unknown.
          returned: always
          type: str
        endpoint:
          description: DATAPATH, PHYSICAL, VM, GRE, CAPWAP, LOCALHOST, TUNTAP or UNKNOWN.
          returned: always
          type: str
        addresses:
          description: Its addresses.
          returned: always
          type: list
          elements: str
    subnets:
      description: What DHCP announces on bridges; null when it was not asked for.
      returned: always
      type: list
      elements: dict
      contains:
        bridge:
          description: UUID of the bridge.
          returned: always
          type: str
        network:
          description: Network with its length.
          returned: always
          type: str
        gateway:
          description: Default gateway.
          returned: always
          type: str
        server:
          description: Address of the DHCP server.
          returned: always
          type: str
        dns_servers:
          description: Addresses of name servers.
          returned: always
          type: list
          elements: str
        mtu:
          description: 'MTU that it announces, in bytes; null: what the agent works out.'
          returned: always
          type: int
        enabled:
          description: It is switched on.
          returned: always
          type: bool
    leases:
      description: Addresses that DHCP gives machines; null when they were not asked for.
      returned: always
      type: list
      elements: dict
      contains:
        mac:
          description: The machine's hardware address.
          returned: always
          type: str
        address:
          description: Its address.
          returned: always
          type: str
        name:
          description: Its name.
          returned: always
          type: str
        bridge:
          description: UUID of the bridge.
          returned: always
          type: str
    table_entries:
      description: Entries of bridges' tables of hardware addresses and of ARP; null when they were not asked
        for.
      returned: always
      type: list
      elements: dict
      contains:
        bridge:
          description: UUID of the bridge.
          returned: always
          type: str
        mac:
          description: Hardware address.
          returned: always
          type: str
        port:
          description: UUID of the port that it is behind.
          returned: always
          type: str
        vlan:
          description: VLAN.
          returned: always
          type: int
        address:
          description: Address that has it.
          returned: always
          type: str
    rules:
      description: Rules of chains; null when they were not asked for.
      returned: always
      type: list
      elements: dict
      contains:
        id:
          description: UUID.
          returned: always
          type: str
        chain:
          description: UUID of the chain.
          returned: always
          type: str
        position:
          description: Place in the chain, from 1.
          returned: always
          type: int
        type:
          description: accept, drop, reject, return, jump, dnat, snat, rev_dnat, rev_snat, …
          returned: always
          type: str
        ether_type:
          description: 'EtherType; null: any.'
          returned: always
          type: int
        protocol:
          description: 'IP protocol number; null: any.'
          returned: always
          type: int
        source:
          description: 'Source network; null: any.'
          returned: always
          type: str
        destination:
          description: 'Destination network; null: any.'
          returned: always
          type: str
        source_ports:
          description: 'First and last source port; null: any.'
          returned: always
          type: list
          elements: int
        destination_ports:
          description: 'First and last destination port; null: any.'
          returned: always
          type: list
          elements: int
        source_group:
          description: UUID of a group of source addresses.
          returned: always
          type: str
        destination_group:
          description: UUID of a group of destination addresses.
          returned: always
          type: str
        forward_flow:
          description: Only packets of a connection's first direction.
          returned: always
          type: bool
        return_flow:
          description: Only packets of a connection's other direction.
          returned: always
          type: bool
        inverted:
          description: 'Names of the matches that are turned round; all: the whole rule.'
          returned: always
          type: list
          elements: str
        jump_chain:
          description: UUID of the chain that it jumps to.
          returned: always
          type: str
        targets:
          description: 'Addresses that NAT puts in: one, or first and last.'
          returned: always
          type: list
          elements: str
        other:
          description: Fields of the API with matches that are not told here.
          returned: always
          type: list
          elements: str
    neutron:
      description: What Neutron itself lists; null when this one host was not asked for it, or has no client of
        Neutron's.
      returned: always
      type: dict
      contains:
        networks:
          description: Networks.
          returned: always
          type: list
          elements: dict
          contains:
            id:
              description: UUID.
              returned: always
              type: str
            name:
              description: Name.
              returned: always
              type: str
        routers:
          description: Routers.
          returned: always
          type: list
          elements: dict
          contains:
            id:
              description: UUID.
              returned: always
              type: str
            name:
              description: Name.
              returned: always
              type: str
            status:
              description: active, down, build or error.
              returned: always
              type: str
            admin_up:
              description: Somebody has switched it on.
              returned: always
              type: bool
        ports:
          description: Ports.
          returned: always
          type: list
          elements: dict
          contains:
            id:
              description: UUID.
              returned: always
              type: str
            name:
              description: Name.
              returned: always
              type: str
            status:
              description: active, down, build or error.
              returned: always
              type: str
            mac:
              description: Hardware address in small letters.
              returned: always
              type: str
            addresses:
              description: Its fixed addresses.
              returned: always
              type: list
              elements: str
        security_group_rules:
          description: Rules of security groups; null when they were not listed.
          returned: always
          type: list
          elements: dict
          contains:
            id:
              description: UUID.
              returned: always
              type: str
            group:
              description: UUID of the group that it is of; its name where the client prints names.
              returned: always
              type: str
            direction:
              description: ingress (to the port) or egress; null when the client does not tell.
              returned: always
              type: str
            ether_type:
              description: ipv4 or ipv6.
              returned: always
              type: str
            protocol:
              description: 'IP protocol; null: any.'
              returned: always
              type: str
            ports:
              description: 'First and last port as printed (22:22); null: any.'
              returned: always
              type: str
            remote:
              description: 'The network at the other end; null: any.'
              returned: always
              type: str
            remote_group:
              description: The group whose members are at the other end.
              returned: always
              type: str
        floating_ips:
          description: Floating addresses; null when they were not listed.
          returned: always
          type: list
          elements: dict
          contains:
            id:
              description: UUID.
              returned: always
              type: str
            address:
              description: The address of the outside.
              returned: always
              type: str
            fixed_address:
              description: 'The address that it leads to; null: none.'
              returned: always
              type: str
            port:
              description: UUID of the port that has that address.
              returned: always
              type: str
        security_groups:
          description: Security groups.
          returned: always
          type: list
          elements: dict
          contains:
            id:
              description: UUID.
              returned: always
              type: str
            name:
              description: Name.
              returned: always
              type: str
        agents:
          description: Agents.
          returned: always
          type: list
          elements: dict
          contains:
            id:
              description: UUID.
              returned: always
              type: str
            agent_type:
              description: What kind of agent.
              returned: always
              type: str
            host:
              description: The host on which it runs.
              returned: always
              type: str
            alive:
              description: It has reported lately.
              returned: always
              type: bool
            admin_up:
              description: Somebody has switched it on.
              returned: always
              type: bool
  sample:
    hosts:
      - id: 1538307e-4248-58fe-9e8e-ced3147dfde0
        name: gw1
        alive: true
        addresses:
          - 10.99.0.31
          - 172.16.1.31
    zones:
      - id: 80162ae9-8198-5698-99d7-22e44bcac9c4
        name: overlay
        type: vxlan
    members:
      - zone: 80162ae9-8198-5698-99d7-22e44bcac9c4
        host_id: 1538307e-4248-58fe-9e8e-ced3147dfde0
        address: 172.16.1.31
    bindings:
      - host_id: 1538307e-4248-58fe-9e8e-ced3147dfde0
        interface: eth2
        port: b1f04378-f985-57e9-8084-c8089e46fa42
    routers:
      - id: 2eeccce9-c77e-56ef-bb96-3414788c985f
        name: MidoNet Provider Router
        admin_up: true
        asn: 64513
    ports:
      - id: b1f04378-f985-57e9-8084-c8089e46fa42
        device: 2eeccce9-c77e-56ef-bb96-3414788c985f
        admin_up: true
        plugged: true
        mac: 02:bb:bb:00:00:1f
        address: 203.0.113.31
        network: 203.0.113.0/24
        peer: null
    all_ports:
      - id: b1f04378-f985-57e9-8084-c8089e46fa42
        kind: router
        device: 2eeccce9-c77e-56ef-bb96-3414788c985f
        host_id: 1538307e-4248-58fe-9e8e-ced3147dfde0
        interface: eth2
        peer: null
        vif: null
        admin_up: true
        active: true
        mac: 02:bb:bb:00:00:1f
        address: 203.0.113.31
        network: 203.0.113.0/24
        vlan: null
        in_filter: null
        out_filter: null
        tunnel_key: null
        bgp_sessions:
          - address: 203.0.113.2
            state: established
    bridges: null
    chains: null
    traces: null
    bgp_peers:
      - id: fc115f92-9ab7-54e8-8358-ea835c7d5a65
        router: 2eeccce9-c77e-56ef-bb96-3414788c985f
        port: null
        local_as: null
        remote_as: 64512
        address: 203.0.113.2
        keepalive_s: 3
        hold_time_s: 9
        connect_retry_s: 10
        password: false
        status: null
    bgp_networks:
      - id: 1187cf33-b450-5c59-9efd-350b32a3f174
        router: 2eeccce9-c77e-56ef-bb96-3414788c985f
        peer: null
        network: 198.51.100.0/24
    routes: null
    interfaces: null
    subnets: null
    leases: null
    table_entries: null
    rules: null
    neutron: null
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
      - overlay.bindings
      - overlay.hosts
      - overlay.tunnel_zones
      - topology.rest
    cut: []
    unread: 0
    crash: null
"""

# Generated by tools/generate_info_modules.py: do not edit.
# The body is the action plugin of the same name, which runs on the controller; nothing of this file runs anywhere.
