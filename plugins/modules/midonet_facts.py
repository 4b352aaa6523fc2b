#!/usr/bin/python
# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: midonet_facts
short_description: Everything that a single MidoNet host can tell about itself
author:
  - the MidoNet diagnostics authors (@midonet)
version_added: 1.0.0
description:
  - Runs the items of evidence of the first round and returns what they mean as the fact C(midonet), typed and in one shape
    whatever the release of MidoNet.
  - As a task it needs nothing on the host but a shell. It can also be one of the fact modules of C(gather_facts); Ansible then
    runs it on the host, which needs Python 3.8 or newer, or what the release of ansible-core demands.
  - What could not be learnt is null, and C(midonet.about) says why.
options:
  gather_subset:
    description:
      - Which subsystems to return, for instance V(links), V(datapath) or V(agent); V(all), V(min) for C(host) only, and C(!name) to
        leave one out.
      - Subsets of M(ansible.builtin.setup) mean nothing here and are accepted, because C(gather_facts) hands the same list to all
        fact modules.
    type: list
    elements: str
    default: [all]
  gather_timeout:
    description: Seconds after which commands are ended, when run by C(gather_facts). As a task, C(midonet_host_deadline) counts.
    type: int
    default: 30
  fact_path:
    description: Accepted because C(gather_facts) hands it to all fact modules; not used.
    type: path
  filter:
    description: Accepted because C(gather_facts) hands it to all fact modules; not used.
    type: list
    elements: str
    default: []
notes:
  - M(ansible.builtin.gather_facts) runs several fact modules at the same time unless told otherwise, and then ends each of them after
    about five seconds, which is too short for a host with Java programs to ask. Give it
    O(ansible.builtin.gather_facts#module:parallel=false).
seealso:
  - module: ansible.builtin.gather_facts
extends_documentation_fragment:
  - midonet.diagnostics.attributes
  - midonet.diagnostics.attributes.host
  - midonet.diagnostics.attributes.facts
  - midonet.diagnostics.attributes.actiongroup_info
"""

EXAMPLES = r"""
- name: Learn the facts of MidoNet
  midonet.diagnostics.midonet_facts:
    gather_subset: [agent, datapath]
  become: true

- name: Show the release
  ansible.builtin.debug:
    var: ansible_facts.midonet.agent.version

- name: Learn them together with the facts of Ansible
  ansible.builtin.gather_facts:
    parallel: false
  vars:
    ansible_facts_modules:
      - ansible.builtin.setup
      - midonet.diagnostics.midonet_facts
"""

RETURN = r"""
ansible_facts:
  description: Facts to add to ansible_facts.
  returned: when the host answered
  type: dict
  contains:
    midonet:
      description: By subsystem what is known, null when it could not be learnt; C(about) says why.
      returned: always
      type: dict
      contains:
        host:
          description:
            - The host itself, and how well it answered.
            - See RV(midonet.diagnostics.host_info#module:host).
          returned: when O(gather_subset) names it
          type: dict
        links:
          description:
            - Interfaces of the host's own network namespace.
            - See RV(midonet.diagnostics.link_info#module:links).
          returned: when O(gather_subset) names it
          type: list
          elements: dict
        addresses:
          description:
            - Addresses of all interfaces.
            - See RV(midonet.diagnostics.link_info#module:addresses).
          returned: when O(gather_subset) names it
          type: list
          elements: dict
        routes:
          description:
            - Routes of the main IPv4 table, one entry for each next hop.
            - See RV(midonet.diagnostics.route_info#module:routes).
          returned: when O(gather_subset) names it
          type: list
          elements: dict
        routing_rules:
          description:
            - Rules that tell which IPv4 routing table is asked, in the order of the kernel.
            - See RV(midonet.diagnostics.route_info#module:routing_rules).
          returned: when O(gather_subset) names it
          type: list
          elements: dict
        neighbours:
          description:
            - Entries of the IPv4 neighbour table.
            - See RV(midonet.diagnostics.route_info#module:neighbours).
          returned: when O(gather_subset) names it
          type: list
          elements: dict
        filesystems:
          description:
            - Local file systems; network file systems are never asked.
            - See RV(midonet.diagnostics.filesystem_info#module:filesystems).
          returned: when O(gather_subset) names it
          type: list
          elements: dict
        kernel:
          description:
            - The kernel's modules.
            - See RV(midonet.diagnostics.kernel_info#module:kernel).
          returned: when O(gather_subset) names it
          type: dict
        clock:
          description:
            - The wall clock and what disciplines it.
            - See RV(midonet.diagnostics.clock_info#module:clock).
          returned: when O(gather_subset) names it
          type: dict
        firewall:
          description:
            - 'The packet filter: table filter of iptables, and the rules of nftables.'
            - See RV(midonet.diagnostics.firewall_info#module:firewall).
          returned: when O(gather_subset) names it
          type: dict
        sockets:
          description:
            - What waits for connections and packets.
            - See RV(midonet.diagnostics.socket_info#module:sockets).
          returned: when O(gather_subset) names it
          type: list
          elements: dict
        link_settings:
          description:
            - Physical interfaces; an empty list where there is none.
            - See RV(midonet.diagnostics.link_info#module:link_settings).
          returned: when O(gather_subset) names it
          type: list
          elements: dict
        bonds:
          description:
            - Bonds; an empty list when there is none.
            - See RV(midonet.diagnostics.link_info#module:bonds).
          returned: when O(gather_subset) names it
          type: list
          elements: dict
        memory:
          description:
            - Memory of the host.
            - See RV(midonet.diagnostics.kernel_info#module:memory).
          returned: when O(gather_subset) names it
          type: dict
        processors:
          description:
            - What the processors are busy with.
            - See RV(midonet.diagnostics.kernel_info#module:processors).
          returned: when O(gather_subset) names it
          type: dict
        conntrack:
          description:
            - The table of tracked connections; not applicable where the kernel tracks none.
            - See RV(midonet.diagnostics.kernel_info#module:conntrack).
          returned: when O(gather_subset) names it
          type: dict
        stack:
          description:
            - 'The network stack: the reverse path filter, errors, changes of carrier.'
            - See RV(midonet.diagnostics.kernel_info#module:stack).
          returned: when O(gather_subset) names it
          type: dict
        security:
          description:
            - SELinux and AppArmor.
            - See RV(midonet.diagnostics.security_info#module:security).
          returned: when O(gather_subset) names it
          type: dict
        kernel_log:
          description:
            - Messages of the kernel that mean trouble, as far back as its buffer goes.
            - See RV(midonet.diagnostics.kernel_info#module:kernel_log).
          returned: when O(gather_subset) names it
          type: dict
        names:
          description:
            - The host's own name first, then the names of the servers in its configuration (addresses there need
              no name).
            - See RV(midonet.diagnostics.name_info#module:names).
          returned: when O(gather_subset) names it
          type: list
          elements: dict
        files:
          description:
            - Configuration files and logs of MidoNet and of what it stands on.
            - See RV(midonet.diagnostics.file_info#module:files).
          returned: when O(gather_subset) names it
          type: dict
        processes:
          description:
            - Processes of MidoNet, of what it stands on, and of what must not run beside it.
            - See RV(midonet.diagnostics.process_info#module:processes).
          returned: when O(gather_subset) names it
          type: list
          elements: dict
        agent:
          description:
            - The MidoNet agent.
            - See RV(midonet.diagnostics.agent_info#module:agent).
          returned: when O(gather_subset) names it
          type: dict
        datapath:
          description:
            - The kernel datapath through which all virtual traffic goes.
            - See RV(midonet.diagnostics.datapath_info#module:datapath).
          returned: when O(gather_subset) names it
          type: dict
        nsdb:
          description:
            - How this host reaches the network state database.
            - See RV(midonet.diagnostics.nsdb_info#module:nsdb).
          returned: when O(gather_subset) names it
          type: dict
        zookeeper:
          description:
            - A ZooKeeper server.
            - See RV(midonet.diagnostics.zookeeper_info#module:zookeeper).
          returned: when O(gather_subset) names it
          type: dict
        cassandra:
          description:
            - A Cassandra server.
            - See RV(midonet.diagnostics.cassandra_info#module:cassandra).
          returned: when O(gather_subset) names it
          type: dict
        api:
          description:
            - The REST API on this host.
            - See RV(midonet.diagnostics.api_info#module:api).
          returned: when O(gather_subset) names it
          type: dict
        bgp:
          description:
            - The BGP routers that the agent runs on this gateway.
            - See RV(midonet.diagnostics.bgp_info#module:bgp).
          returned: when O(gather_subset) names it
          type: dict
        topology:
          description:
            - The virtual topology as the API tells it.
            - See RV(midonet.diagnostics.topology_info#module:topology).
          returned: when O(gather_subset) names it
          type: dict
        probes:
          description:
            - What packets to the tunnel peers became of.
            - See RV(midonet.diagnostics.ping_info#module:probes).
          returned: when O(gather_subset) names it
          type: dict
        about:
          description: By subsystem, how well it is known, as in RV(midonet.diagnostics.link_info#module:about).
          returned: always
          type: dict
      sample:
        host:
          name: compute1
          groups:
            - compute
          address: null
          generation: B
          answer: complete
          answer_reason: ''
          missing: []
          hostname: compute1
          os_id: debian
          os_version: '12'
          kernel: 6.18.44-fc-v669
          uptime_s: 21025.29
        agent:
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
        datapath:
          exists: true
          name: midonet
          index: 5
          flows: 0
          hits: 0
          lost: 0
          misses: 6
          ports:
            - number: 0
              name: midonet
              kind: internal
              rx_packets: 0
              tx_packets: 0
              rx_bytes: 0
              tx_bytes: 0
              rx_errors: 0
              tx_errors: 0
              rx_dropped: 0
              tx_dropped: 0
              delta: null
          delta: null
          open_vswitch: null
          linux_bridges: null
        about:
          host:
            state: known
            reason: ''
            evidence:
              - underlay.system
            cut: []
            unread: 0
            crash: null
          agent:
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
          datapath:
            state: known
            reason: ''
            evidence:
              - overlay.datapath
            cut: []
            unread: 0
            crash: null
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.midonet.diagnostics.plugins.module_utils import on_host, subsets


def main() -> None:
    """Used by gather_facts, on a host with Python; a task runs the action plugin of the same name instead."""
    module = AnsibleModule(argument_spec=subsets.ARGUMENTS, supports_check_mode=True)
    try:
        facts = on_host.facts(module.params["gather_subset"], module.params["gather_timeout"])
    except ValueError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, ansible_facts={"midonet": facts})


if __name__ == "__main__":
    main()
