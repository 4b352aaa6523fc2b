# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ethtool 3.13 (generation A) and 4.5 (generation B): settings, driver and offloads of the interfaces that a device stands behind."""

from __future__ import annotations

from generator.model import Generation, Host, Link

_DRIVER = {
    "ixgbe": ("4.2.1-k", "0x800003df"),
    "virtio_net": ("1.0.0", ""),
}
_FEATURES = """rx-checksumming: on
tx-checksumming: on
\ttx-checksum-ipv4: {generic_off}
\ttx-checksum-ip-generic: {generic_on}
\ttx-checksum-ipv6: {generic_off}
\ttx-checksum-fcoe-crc: off [fixed]
\ttx-checksum-sctp: {generic_off}
scatter-gather: on
\ttx-scatter-gather: on
\ttx-scatter-gather-fraglist: off [fixed]
tcp-segmentation-offload: on
\ttx-tcp-segmentation: on
\ttx-tcp-ecn-segmentation: off [fixed]
\ttx-tcp6-segmentation: on
udp-fragmentation-offload: off [fixed]
generic-segmentation-offload: on
generic-receive-offload: on
large-receive-offload: {lro}
rx-vlan-offload: on
tx-vlan-offload: on
ntuple-filters: off
receive-hashing: on
highdma: on [fixed]
rx-vlan-filter: on
vlan-challenged: off [fixed]
tx-lockless: off [fixed]
netns-local: off [fixed]
tx-gso-robust: off [fixed]
tx-fcoe-segmentation: off [fixed]
tx-gre-segmentation: off [fixed]
tx-udp_tnl-segmentation: off [fixed]
tx-nocache-copy: off
loopback: off [fixed]
rx-fcs: off [fixed]
rx-all: off
tx-vlan-stag-hw-insert: off [fixed]
rx-vlan-stag-hw-parse: off [fixed]
rx-vlan-stag-filter: off [fixed]
l2-fwd-offload: off
"""


def settings(host: Host) -> tuple[str, str, int]:
    """`ethtool`, `ethtool -i` and `ethtool -k` of one interface after the other: text, standard error, exit code."""
    if "ethtool" in host.missing_tools:
        return "", "", 127
    links = [link for name, link in sorted(host.links.items()) if link.kind == "ether"]
    return "".join(_one(link, number, host.generation) for number, link in enumerate(links)), "", 0


def _one(link: Link, number: int, generation: Generation) -> str:
    virtual = link.driver == "virtio_net"
    bus = f"virtio{number}" if virtual else f"0000:{4 + number // 2:02x}:00.{number % 2}"
    version, firmware = _DRIVER[link.driver]
    access = "no" if virtual else "yes"
    more = "" if generation == "A" else "expansion-rom-version: \n"
    features = _FEATURES.format(
        generic_on="on" if virtual else "off [fixed]",
        generic_off="off [fixed]" if virtual else "on",
        lro="off [fixed]" if virtual else "on" if link.large_receive_offload else "off",
    )
    return (
        f"{_virtual(link) if virtual else _physical(link)}driver: {link.driver}\nversion: {version}\nfirmware-version: {firmware}\n{more}"
        f"bus-info: {bus}\nsupports-statistics: {access}\nsupports-test: {access}\nsupports-eeprom-access: {access}\n"
        f"supports-register-dump: {access}\nsupports-priv-flags: no\nFeatures for {link.name}:\n{features}"
    )


def _physical(link: Link) -> str:
    speed, duplex = (f"{link.speed_mbps}Mb/s", link.duplex) if link.works else ("Unknown!", "Unknown! (255)")
    modes = "1000baseT/Full \n\t                        10000baseT/Full \n"
    return (
        f"Settings for {link.name}:\n\tSupported ports: [ FIBRE ]\n\tSupported link modes:   {modes}\tSupported pause frame use: No\n"
        f"\tSupports auto-negotiation: Yes\n\tAdvertised link modes:  {modes}\tAdvertised pause frame use: No\n\tAdvertised auto-negotiation: Yes\n"
        f"\tSpeed: {speed}\n\tDuplex: {duplex}\n\tPort: FIBRE\n\tPHYAD: 0\n\tTransceiver: external\n\tAuto-negotiation: on\n"
        "\tSupports Wake-on: d\n\tWake-on: d\n\tCurrent message level: 0x00000007 (7)\n\t\t\t       drv probe link\n"
        f"\tLink detected: {'yes' if link.works else 'no'}\n"
    )


def _virtual(link: Link) -> str:
    """A network card that a hypervisor makes up has no speed."""
    return (
        f"Settings for {link.name}:\n\tSupported ports: [ ]\n\tSupported link modes:   Not reported\n\tSupported pause frame use: No\n"
        "\tSupports auto-negotiation: No\n\tAdvertised link modes:  Not reported\n\tAdvertised pause frame use: No\n\tAdvertised auto-negotiation: No\n"
        "\tSpeed: Unknown!\n\tDuplex: Unknown! (255)\n\tPort: Other\n\tPHYAD: 0\n\tTransceiver: internal\n\tAuto-negotiation: off\n"
        f"\tLink detected: {'yes' if link.works else 'no'}\n"
    )
