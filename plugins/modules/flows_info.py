#!/usr/bin/python
# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: flows_info
short_description: What the flows of a datapath do, or the flows that one asks for
author:
  - the MidoNet diagnostics authors (@midonet)
version_added: 1.0.0
description:
  - Dumps the flows of the kernel datapath on the host, a million if there are so many, and returns a small summary. How many flows,
    packets and bytes there are by input port, output port, tunnel peer and EtherType, how many flows drop packets, which carry most.
  - With O(address) or another filter, only flows that have everything that is asked for are summed, and the first of them are
    returned in full.
  - The dump is read as it comes, in bounded memory. Reads the dumps of C(mm-dpctl) of every release, C(ovs-dpctl) and C(ovs-appctl).
  - Asks first how many flows there are, and does not dump more than O(limit_flows). Dumping costs the host CPU time, and C(mm-dpctl)
    memory in proportion to the flows.
  - Runs the tool's commands that show and dump a datapath, and no others.
options:
  datapath:
    description: Name of the datapath.
    type: str
    default: midonet
  tool:
    description:
      - The program that dumps.
      - V(mm-dpctl) is MidoNet's; whether it is of 5.x or older is found out.
    type: str
    choices: [mm-dpctl, ovs-dpctl, ovs-appctl]
    default: mm-dpctl
  no_sort:
    description: Let C(mm-dpctl) leave the flows unsorted, which spares it memory. Known to it from 5.4.6 on.
    type: bool
    default: false
  path:
    description:
      - A file on the host that holds a dump, plain or compressed with gzip. Then nothing is run.
    type: path
  timeout:
    description: Seconds after which the tool is killed. What was read until then is returned, with RV(dump.complete=false).
    type: int
    default: 60
  limit_flows:
    description: Fail rather than dump more flows than this.
    type: int
    default: 200000
  force:
    description: Dump whatever the number of flows.
    type: bool
    default: false
  top:
    description: How many flows to return in full. Those with most bytes, or with a filter the first that match.
    type: int
    default: 10
  entries:
    description: How many entries each table has at most, those with most bytes. What is left out is summed in RV(dump.others).
    type: int
    default: 500
  address:
    description:
      - Only flows from or to this IPv4 or IPv6 address. That is the address in the packets as they come to the datapath, of ARP its
        sender and target; ends of tunnels and what actions set are not meant.
    type: str
  src:
    description: Only flows from this address; see O(address).
    type: str
  dst:
    description: Only flows to this address; see O(address).
    type: str
  mac:
    description: Only flows from or to this MAC address.
    type: str
  src_mac:
    description: Only flows from this MAC address.
    type: str
  dst_mac:
    description: Only flows to this MAC address.
    type: str
  port:
    description: Only flows from or to this port of TCP, UDP or SCTP.
    type: int
  src_port:
    description: Only flows from this port of TCP, UDP or SCTP.
    type: int
  dst_port:
    description: Only flows to this port of TCP, UDP or SCTP.
    type: int
  tunnel_key:
    description: Only flows that come out of a tunnel with this key, or go into one.
    type: int
  in_port:
    description: Only flows that come in at this port of the datapath, by its number.
    type: int
  out_port:
    description: Only flows that go out at this port of the datapath, by its number.
    type: int
attributes:
  async:
    description: Supports use with the C(async) keyword.
    support: full
    details: []
  action:
    description: Indicates this has a corresponding action plugin so some parts of the options can be executed on the controller.
    support: none
    details:
      - The action plugin only says what to do on a host without Python.
  platform:
    description: Target OS or families that can be operated against.
    support: full
    platforms: posix
    details:
      - Needs Python on the host, 2.7 or 3.6 or newer as far as ansible-core supports it, and nothing else.
notes:
  - The tools need privileges; use C(become).
  - Where the host has no Python, let it print its flows with M(ansible.builtin.raw) and read the file with O(path) somewhere else.
    M(midonet.diagnostics.datapath_info) needs no Python.
  - A flow that is masked stands for many packets. Its addresses are those of the packet that it was made for; filters look at those.
seealso:
  - module: midonet.diagnostics.datapath_info
extends_documentation_fragment:
  - midonet.diagnostics.attributes
"""

EXAMPLES = r"""
- name: See what the flows of the compute hosts do
  midonet.diagnostics.flows_info:
  become: true
  register: result

- name: Show the ports at which packets are dropped
  ansible.builtin.debug:
    msg: "{{ result.dump.drops }}"

- name: Follow one virtual machine through a busy host
  midonet.diagnostics.flows_info:
    address: 10.0.12.110
    dst_port: 443
    force: true
    timeout: 300
  become: true
  register: path

- name: It must be sent somewhere
  ansible.builtin.assert:
    that: path.dump.out_ports | length > 0

- name: Read a dump that was kept
  midonet.diagnostics.flows_info:
    path: ~/flows.txt.gz
    top: 3
  register: kept
"""

RETURN = r"""
dump:
  description: What was learnt from the dump.
  returned: when there was a dump, whole or not
  type: dict
  contains:
    source:
      description: The command that was run, or the file.
      returned: always
      type: str
      sample: mm-dpctl --timeout 60 datapath --dump midonet
    layout:
      description:
        - Which tool the dump is of. One of V(2014.11), V(2015.01-2015.06), V(5.x), V(ovs); null when there is no flow.
      returned: always
      type: str
      sample: 5.x
    announced:
      description: The number of flows that the dump itself announces; null where it does not.
      returned: always
      type: int
      sample: 200
    flows:
      description: The number of whole flows.
      returned: always
      type: int
      sample: 200
    complete:
      description: Whether all flows were read; null when it cannot be told.
      returned: always
      type: bool
      sample: true
    note:
      description: Why the dump is not complete, or that it grew; empty otherwise.
      returned: always
      type: str
      sample: ''
    packets:
      description: Packets of all flows since each was made; with a filter, of those that match.
      returned: always
      type: int
      sample: 507035032
    bytes:
      description: Bytes of the same.
      returned: always
      type: int
      sample: 405729371390
    never_used:
      description: Flows that no packet used since they were made.
      returned: always
      type: int
      sample: 22
    in_ports:
      description: By port of the datapath at which packets come in; null where a flow tells none.
      returned: always
      type: list
      elements: dict
      sample:
        - port: 3
          flows: 78
          packets: 171578477
          bytes: 145296376949
    out_ports:
      description: By port at which packets go out. A flow counts once for each.
      returned: always
      type: list
      elements: dict
      sample:
        - port: 3
          flows: 88
          packets: 195096520
          bytes: 151593229598
    tunnel_peers:
      description: By the far end of the tunnel, for each direction.
      returned: always
      type: list
      elements: dict
      sample:
        - address: 10.0.3.23
          direction: from
          flows: 5
          packets: 29900551
          bytes: 38897228882
    ethertypes:
      description: By EtherType, the one inside VLAN tags; null where a flow tells none.
      returned: always
      type: list
      elements: dict
      sample:
        - ethertype: '0x0800'
          flows: 175
          packets: 473763445
          bytes: 383584244216
    drops:
      description: Flows without an action, which drop their packets, by input port.
      returned: always
      type: list
      elements: dict
      sample:
        - port: 20
          flows: 1
          packets: 13528518
          bytes: 4721452782
    others:
      description: By name of the table, the sum of the entries that O(entries) left out; empty when none was.
      returned: always
      type: dict
      sample: {}
    top:
      description: The flows with most bytes, in full; empty with a filter.
      returned: always
      type: list
      elements: dict
      sample:
        - keys: null
          masks_per_key: null
          match:
            InputPortNumber: 3
            TunnelKey: 1525
            TunnelSrc: 10.0.3.23
            TunnelDst: 10.0.3.1
            TunnelTOS: 0
            TunnelTTL: 64
            EthSrc: fa:16:3e:14:9d:5e
            EthDst: fa:16:3e:07:1b:45
            EtherType: 2048
            NetworkSrc: 10.0.5.73
            NetworkDst: 10.2.15.168
            NetworkProto: 17
            NetworkTTL: 128
            NetworkTOS: 0
            FragmentType: None
            SrcPort: 56850
            DstPort: 53
          mask:
            - key: Priority
              priority: 0
            - key: InPort
              port: -1
            - src: ff:ff:ff:ff:ff:ff
              dst: 00:00:00:00:00:00
              key: Ethernet
            - key: EtherType
              type: 65535
            - src: 0.0.0.0
              dst: 255.255.255.255
              proto: 255
              tos: 0
              ttl: 0
              frag: 255
              key: IPv4
            - src: 0
              dst: 0
              key: UDP
            - tun_id: -1
              ipv4_src: 255.255.255.255
              ipv4_dst: 255.255.255.255
              tun_flag: 0
              ipv4_tos: 0
              ipv4_ttl: 0
              key: Tunnel
          actions:
            - port: 22
              action: Output
          packets: 18077651
          bytes: 24675993615
          tcp_flags: 0
          tcp_flag_names: []
          last_used_ms: 4000061
          unknown: []
    matched:
      description: With a filter, how many flows match; null without.
      returned: always
      type: int
      sample: 1
    matches:
      description: With a filter, the first flows that match, in full; see RV(dump.top).
      returned: always
      type: list
      elements: dict
      sample:
        - keys: null
          masks_per_key: null
          match:
            InputPortNumber: 3
            TunnelKey: 2084
            TunnelSrc: 10.0.3.17
            TunnelDst: 10.0.3.1
            TunnelTOS: 0
            TunnelTTL: 64
            EthSrc: fa:16:3e:8d:cb:5c
            EthDst: fa:16:3e:a5:21:be
            EtherType: 2048
            NetworkSrc: 10.0.12.110
            NetworkDst: 10.2.0.135
            NetworkProto: 6
            NetworkTTL: 253
            NetworkTOS: 0
            FragmentType: None
            SrcPort: 58412
            DstPort: 443
          mask:
            - key: Priority
              priority: 0
            - key: InPort
              port: -1
            - src: ff:ff:ff:ff:ff:ff
              dst: 00:00:00:00:00:00
              key: Ethernet
            - key: EtherType
              type: 65535
            - src: 255.255.255.255
              dst: 0.0.0.0
              proto: 255
              tos: 0
              ttl: 255
              frag: 255
              key: IPv4
            - src: 65535
              dst: 65535
              key: TCP
            - tun_id: -1
              ipv4_src: 255.255.255.255
              ipv4_dst: 255.255.255.255
              tun_flag: 0
              ipv4_tos: 0
              ipv4_ttl: 0
              key: Tunnel
            - key: TCPFlags
              flags: 0
              names: []
          actions:
            - port: 5
              action: Output
          packets: 13958836
          bytes: 12758376104
          tcp_flags: 2
          tcp_flag_names:
            - SYN
          last_used_ms: 4000158
          unknown: []
    unknown_lines:
      description: Lines that were not understood. With a filter, only those between flows are looked at.
      returned: always
      type: int
      sample: 0
    unknown_flows:
      description: Flows with such lines.
      returned: always
      type: int
      sample: 0
    unknown:
      description: The first few of the lines.
      returned: always
      type: list
      elements: str
      sample: []
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.midonet.diagnostics.plugins.module_utils import flow_dump
from ansible_collections.midonet.diagnostics.plugins.module_utils.flows import source
from ansible_collections.midonet.diagnostics.plugins.module_utils.flows.matching import Matching

FILTERS = {
    "address": "str",
    "src": "str",
    "dst": "str",
    "mac": "str",
    "src_mac": "str",
    "dst_mac": "str",
    "port": "int",
    "src_port": "int",
    "dst_port": "int",
    "tunnel_key": "int",
    "in_port": "int",
    "out_port": "int",
}


def arguments():
    """The options of the module."""
    spec = {name: {"type": kind} for name, kind in FILTERS.items()}
    spec["tunnel_key"]["no_log"] = False  # no secret
    spec.update(
        datapath={"type": "str", "default": "midonet"},
        tool={"type": "str", "choices": ["mm-dpctl", "ovs-dpctl", "ovs-appctl"], "default": "mm-dpctl"},
        no_sort={"type": "bool", "default": False},
        path={"type": "path"},
        timeout={"type": "int", "default": 60},
        limit_flows={"type": "int", "default": 200000},
        force={"type": "bool", "default": False},
        top={"type": "int", "default": 10},
        entries={"type": "int", "default": 500},
    )
    return spec


def command_for(params, find):
    """The command that dumps, after asking for the number of flows. SourceError when there is none, or too much to dump."""
    program = find(params["tool"])
    if not program:
        raise source.SourceError("%s is not on this host" % params["tool"])
    said = []
    for show, dump in source.commands(params["tool"], params["datapath"], params["timeout"], params["no_sort"]):
        show[0] = dump[0] = program
        code, answer, complaint = source.show(show, params["timeout"])
        flows = source.number_of_flows(answer)
        if code == 0 and flows is not None:
            if flows > params["limit_flows"] and not params["force"]:
                raise source.SourceError(
                    "datapath %s has %d flows, more than limit_flows=%d; force=true dumps them all the same"
                    % (params["datapath"], flows, params["limit_flows"])
                )
            return dump
        said.append("%s: %s" % (" ".join(show), complaint))
    raise source.SourceError("; ".join(said))


def from_command(params, find, wanted):
    """Run the tool and reduce what it dumps."""
    command = source.Command(command_for(params, find), params["timeout"])
    try:
        result = flow_dump.reduce(command, top=params["top"], match=wanted, keep=params["entries"])
    finally:
        code = command.close()
    result["source"] = " ".join(command.argv)
    if command.reason:
        result.update(complete=False, note=_joined(command.reason, result["note"]))
    elif code != 0:
        reason = "the tool ended with code %d: %s" % (code, command.errors() or " ".join(result["unknown"][-1:]) or "it said nothing")
        if not result["flows"]:
            raise source.SourceError(reason)
        result.update(complete=False, note=_joined(reason, result["note"]))
    elif result["complete"] is None:
        result["complete"] = True
    return result


def from_file(params, wanted):
    """Reduce a dump that was kept."""
    stream = source.File(params["path"])
    try:
        result = flow_dump.reduce(stream, top=params["top"], match=wanted, keep=params["entries"])
    finally:
        stream.close()
    result["source"] = params["path"]
    if stream.reason:
        result.update(complete=False, note=_joined(stream.reason, result["note"]))
    return result


def _joined(*notes):
    return "; ".join(note for note in notes if note)


def main():
    """Run the module."""
    module = AnsibleModule(argument_spec=arguments(), supports_check_mode=True)
    params = module.params
    for name in ("timeout", "top", "entries", "limit_flows"):
        if params[name] < (1 if name == "timeout" else 0):
            module.fail_json(msg="%s is too small: %d" % (name, params[name]))
    try:
        wanted = Matching(**{name: params[name] for name in FILTERS}) or None
        result = from_file(params, wanted) if params["path"] else from_command(params, module.get_bin_path, wanted)
    except (source.SourceError, ValueError) as problem:
        module.fail_json(msg=str(problem))
    module.exit_json(changed=False, dump=result)


if __name__ == "__main__":
    main()
