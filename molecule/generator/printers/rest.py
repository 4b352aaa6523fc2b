# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers of the REST API of 2015.06 (generation A) and 5.2 (generation B), as the collector keeps them: no links, lists without nulls."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from generator.model import Fleet, Host, Link, Speaker, Vm
from generator.printers import bgp

Rows = list[dict[str, object]]
Alive = Callable[[Host], bool]
_AT_MOST = 100  # of each kind in the detailed answers
_EDGES = 64


def lists(fleet: Fleet, alive: Alive, carried: Callable[[Host, Speaker], bool]) -> str:
    """Login, state, ports, bridges, chains, traces, routers; of routers that speak BGP peers, networks and routes."""
    old = fleet.generation == "A"
    state: dict[str, object] = {"state": "ACTIVE", "availability": "READWRITE", **({"writeVersion": "1.10"} if old else {"version": "5.2"})}
    parts = [
        "### login\nHTTP/1.1 200 OK\n",
        _answer("/system_state", "SystemState-v2", state),
        _list("/ports", f"Port-v{2 if old else 3}", [*_uplinks(fleet, alive, carried), *_inner(fleet), *_taps(fleet, alive)]),
        _list("/bridges", f"Bridge-v{3 if old else 4}", [_bridge(fleet)]),
        _list("/chains", "Chain-v1", _chains(fleet)),
        _list("/traces", "TraceRequest-v1", []) if not old else _absent("/traces"),
        _list("/routers", f"Router-v{2 if old else 3}", _routers(fleet)),
    ]
    return "".join([*parts, *(_bgp_of_ports(fleet) if old else _bgp_of_router(fleet, carried))])


def refused() -> tuple[str, str, int]:
    """The API does not let its client in."""
    return "### login\nHTTP/1.1 401 Unauthorized\n", "", 1


def unreachable(port: int) -> tuple[str, str, int]:
    """Nothing listens: curl's words."""
    return "### login\n\n", f"curl: (7) Failed to connect to 127.0.0.1 port {port}: Connection refused\n", 1


def no_database() -> tuple[str, str, int]:
    """Whether somebody may log in is Keystone's affair; everything else is in the network state database."""
    body = '{"message":"The network state database does not answer","code":503}'
    head = "HTTP/1.1 503 Service Unavailable\nContent-Type: application/vnd.org.midonet.Error-v1+json"
    parts = (f"### {path}\n{head}\n\n{body}\n" for path in ("/system_state", "/ports", "/bridges", "/chains", "/traces", "/routers"))
    return "### login\nHTTP/1.1 200 OK\n" + "".join(parts), "", 0


def details(fleet: Fleet, alive: Alive, addresses: Callable[[Host], list[str]]) -> str:
    """Of everything in the lists what belongs to it, a hundred of each kind at most."""
    old = fleet.generation == "A"
    hosts = [host for host in fleet.agents if host.agent and host.agent.registered and not host.agent.listed_id]
    told: Rows = [{"id": host.agent.host_id, "name": host.name, "addresses": addresses(host), "alive": alive(host), "floodingProxyWeight": 1}
                  for host in hosts if host.agent]  # fmt: skip
    told += [{"id": one.id, "name": one.name, "addresses": one.addresses, "alive": False, "floodingProxyWeight": 1} for one in fleet.stale]
    parts = [_answer("/", "Application-v5", {"version": "v5", "hosts": "", "routers": "", "bridges": ""})]
    parts.append(_list("/hosts", f"Host-v{2 if old else 3}", told))
    for host in hosts[:_AT_MOST]:
        assert host.agent is not None
        identity = host.agent.host_id
        links: Rows = [
            {"hostId": identity, "name": link.name, "mac": link.mac, "mtu": link.mtu, "status": link.admin_up + 2 * link.carrier, "type": _type(link),
             "endpoint": _endpoint(link), "addresses": [address.split("/")[0] for address in link.addresses]} for link in host.links.values()
        ]  # fmt: skip
        parts.append(_list(f"/hosts/{identity}/interfaces", "Interface-v1", links))
        bound: Rows = [{"hostId": identity, "interfaceName": one.interface, "portId": one.port} for one in host.speakers if one.bound]
        bound += [{"hostId": identity, "interfaceName": vm.tap, "portId": vm.port} for vm in host.vms if vm.bound_to in ("", identity)]
        parts.append(_list(f"/hosts/{identity}/ports", "HostInterfacePort-v1", bound))
    parts.append(_list("/tunnel_zones", "TunnelZone-v1", [{"id": zone.id, "name": zone.name, "type": zone.type, "hosts": ""} for zone in fleet.zones]))
    for zone in fleet.zones[:_AT_MOST]:
        members: Rows = [{"tunnelZoneId": zone.id, "hostId": identity, "ipAddress": address} for identity, address in zone.members]
        parts.append(_list(f"/tunnel_zones/{zone.id}/hosts", "TunnelZoneHost-v1", members))
    parts.append(_list(f"/routers/{fleet.tenant_router_id}/routes", "Route-v1", [_route(fleet.tenant_router_id, "10.9.0.0", 16, fleet.tenant_port_id)]))
    parts += _of_bridge(fleet)
    return "".join([*parts, *_of_chains(fleet)])


# ---- one answer


def _answer(path: str, kind: str, body: object) -> str:
    text = json.dumps(body, separators=(",", ":"))
    return f"### {path}\nHTTP/1.1 200 OK\nContent-Type: application/vnd.org.midonet.{kind}+json\n\n{text}\n"


def _list(path: str, kind: str, rows: Rows) -> str:
    return _answer(path, f"collection.{kind}", rows)


def _absent(path: str) -> str:
    body = '{"message":"The requested resource was not found.","code":404}'
    return f"### {path}\nHTTP/1.1 404 Not Found\nContent-Type: application/vnd.org.midonet.Error-v1+json\n\n{body}\n"


# ---- ports


def _uplinks(fleet: Fleet, alive: Alive, carried: Callable[[Host, Speaker], bool]) -> Iterator[dict[str, object]]:
    for host, one in _speakers(fleet):
        address, length = one.address.split("/")
        row: dict[str, object] = {"id": one.port, "deviceId": fleet.router_id, "adminStateUp": True, "type": "Router" if fleet.generation == "B" else "ExteriorRouter"}
        row |= {"portAddress": address, "portMac": f"ac:ca:ba:00:{host.number & 255:02x}:00", "networkAddress": network_of(one), "networkLength": int(length)}
        if one.bound and host.agent:
            row |= {"hostId": host.agent.listed_id or host.agent.host_id, "interfaceName": one.interface}
        if fleet.generation == "B":
            row["active"] = one.plugged and alive(host)
            if one.bound and one.daemon and alive(host):
                row["bgpStatus"] = bgp.sessions(one, carried(host, one))
        yield row


def _inner(fleet: Fleet) -> Rows:
    """The tenant router's port."""
    kind = "Router" if fleet.generation == "B" else "InteriorRouter"
    row: dict[str, object] = {"id": fleet.tenant_port_id, "deviceId": fleet.tenant_router_id, "adminStateUp": True, "type": kind}
    row |= {"portAddress": "10.9.0.1", "portMac": "ac:ca:ba:ff:00:01", "networkAddress": "10.9.0.0", "networkLength": 16}
    return [row | ({"active": False} if fleet.generation == "B" else {})]


def _taps(fleet: Fleet, alive: Alive) -> Iterator[dict[str, object]]:
    for host, vm in _vms(fleet):
        assert host.agent is not None
        own = host.agent.listed_id or host.agent.host_id
        row: dict[str, object] = {"id": vm.port, "deviceId": fleet.bridge_id, "adminStateUp": True, "type": "Bridge" if fleet.generation == "B" else "ExteriorBridge"}
        row |= {"inboundFilterId": _chain_id(vm, "1"), "outboundFilterId": _chain_id(vm, "2"), "vifId": vm.port, "hostId": vm.bound_to or own, "interfaceName": vm.tap}
        if fleet.generation == "B":
            row["active"] = alive(host) and vm.exists and vm.admin_up and vm.in_datapath and vm.bound_to in ("", own)
        yield row


def network_of(speaker: Speaker) -> str:
    """The network of an uplink, whose prefix has 29 bits."""
    *front, last = speaker.address.split("/")[0].split(".")
    return ".".join([*front, str(int(last) // 8 * 8)])


def _speakers(fleet: Fleet) -> Iterator[tuple[Host, Speaker]]:
    return ((host, one) for host in fleet.of("gateway") for one in host.speakers)


def _vms(fleet: Fleet) -> Iterator[tuple[Host, Vm]]:
    return ((host, vm) for host in fleet.agents if host.agent and host.agent.registered for vm in host.vms)


# ---- bridges, chains, routers


def _bridge(fleet: Fleet) -> dict[str, object]:
    return {"id": fleet.bridge_id, "name": "tenant-net", "tenantId": fleet.tenant_id, "adminStateUp": True, "vxLanPortIds": []}


def _chain_id(vm: Vm, place: str) -> str:
    """Derived from the port's, as Neutron's translator does."""
    return f"{vm.port[:14]}{place}{vm.port[15:]}"


def _group_chain(fleet: Fleet) -> str:
    return f"{fleet.group_id[:14]}3{fleet.group_id[15:]}"


def _chains(fleet: Fleet) -> Rows:
    rows: Rows = [{"id": _group_chain(fleet), "name": f"OS_SG_{fleet.group_id}_INGRESS", "tenantId": fleet.tenant_id}]
    for _host, vm in _vms(fleet):
        rows += [{"id": _chain_id(vm, place), "name": f"OS_PORT_{vm.port}_{way}", "tenantId": fleet.tenant_id} for place, way in (("1", "INBOUND"), ("2", "OUTBOUND"))]
    return rows


def _routers(fleet: Fleet) -> Rows:
    edge: dict[str, object] = {"id": fleet.router_id, "name": fleet.router_name, "adminStateUp": True}
    tenant: dict[str, object] = {"id": fleet.tenant_router_id, "name": "tenant-router", "tenantId": fleet.tenant_id, "adminStateUp": True}
    if fleet.generation == "B":
        edge["asNumber"], tenant["asNumber"] = fleet.asn, 0
    return [edge, tenant]


def _route(router: str, network: str, length: int, port: str, gateway: str = "", learned: bool = False) -> dict[str, object]:
    row: dict[str, object] = {"id": f"{port[:9]}{length:04x}{port[13:]}", "routerId": router, "type": "Normal", "srcNetworkAddr": "0.0.0.0", "srcNetworkLength": 0}
    row |= {"dstNetworkAddr": network, "dstNetworkLength": length, "nextHopPort": port, "nextHopGateway": gateway or None, "weight": 100}
    return row | {"learned": learned}


# ---- BGP


def _bgp_of_router(fleet: Fleet, carried: Callable[[Host, Speaker], bool]) -> list[str]:
    """5.x: peers and networks belong to the router; what all its gateways learn are its routes."""
    router = fleet.router_id
    peers: Rows = [
        {"id": _peer_id(one, place), "routerId": router, "address": peer.address, "asNumber": peer.listed_as or peer.remote_as,
         "keepAlive": 60, "holdTime": 180, "connectRetry": 120, "password": None}
        for _host, one in _speakers(fleet) for place, peer in enumerate(one.peers)
    ]  # fmt: skip
    networks: Rows = []
    for network in fleet.announced:
        address, length = network.split("/")
        networks.append({"id": _peer_id(next(one for _host, one in _speakers(fleet)), 9), "routerId": router, "subnetAddress": address, "subnetLength": int(length)})
    routes: Rows = []
    for host, one in _speakers(fleet):
        routes.append(_route(router, network_of(one), 29, one.port))
        if one.bound and one.daemon and one.plugged:
            up = (peer for peer in one.peers if not bgp.state(one, peer, carried(host, one)) and peer.advertises)
            routes += [_route(router, "0.0.0.0", 0, one.port, peer.address, True) for peer in up]
    return [
        _list(f"/routers/{router}/bgp_peers", "BgpPeer-v1", peers),
        _list(f"/routers/{router}/bgp_networks", "BgpNetwork-v1", networks),
        _list(f"/routers/{router}/routes", "Route-v1", routes),
    ]


def _bgp_of_ports(fleet: Fleet) -> list[str]:
    """Before: each port has its peers, and each peer the networks that it is told of; no more than 64 ports are asked."""
    parts = []
    for _host, one in [(host, one) for host, one in _speakers(fleet) if one.bound][:_EDGES]:
        rows: Rows = [
            {"id": _peer_id(one, place), "localAS": one.asn, "peerAS": peer.listed_as or peer.remote_as, "peerAddr": peer.address, "portId": one.port, "status": "UP" if one.daemon else "bgpd daemon is not ready"}
            for place, peer in enumerate(one.peers)
        ]  # fmt: skip
        parts.append(_list(f"/ports/{one.port}/bgps", "Bgp-v1", rows))
        for place, _peer in enumerate(one.peers[:4]):
            announced: Rows = []
            for network in fleet.announced:
                address, length = network.split("/")
                announced.append({"id": _peer_id(one, 8 + place), "bgpId": _peer_id(one, place), "nwPrefix": address, "prefixLength": int(length)})
            parts.append(_list(f"/bgps/{_peer_id(one, place)}/ad_routes", "AdRoute-v1", announced))
    return parts


def _peer_id(speaker: Speaker, place: int) -> str:
    return f"{speaker.port[:9]}b{place:03x}{speaker.port[13:]}"


# ---- details


def _type(link: Link) -> str:
    return "Physical" if link.kind == "ether" else "Virtual"


def _endpoint(link: Link) -> str:
    return {"ether": "PHYSICAL", "loopback": "LOCALHOST", "tun": "TUNTAP"}.get(link.kind, "UNKNOWN")


def subnets(fleet: Fleet) -> str:
    """What DHCP announces on the first bridges."""
    return "### login\nHTTP/1.1 200 OK\n" + _subnets(fleet)


def _subnets(fleet: Fleet) -> str:
    subnet: dict[str, object] = {"bridgeId": fleet.bridge_id, "subnetPrefix": "10.9.0.0", "subnetLength": 16, "defaultGateway": "10.9.0.1"}
    subnet |= {"serverAddr": "10.9.0.2", "dnsServerAddrs": ["10.64.0.1"], "enabled": True} | ({"interfaceMTU": fleet.dhcp_mtu} if fleet.dhcp_mtu else {})
    return _list(f"/bridges/{fleet.bridge_id}/dhcp", "DhcpSubnet-v2", [subnet])


def _of_bridge(fleet: Fleet) -> Iterator[str]:
    path = f"/bridges/{fleet.bridge_id}"
    yield _subnets(fleet)
    machines = [vm for _host, vm in _vms(fleet)]
    yield _list(f"{path}/dhcp/10.9.0.0_16/hosts", "DhcpHost-v2", [{"macAddr": vm.mac, "ipAddr": vm.address, "name": None} for vm in machines])
    macs: Rows = [{"bridgeId": fleet.bridge_id, "macAddr": vm.mac, "portId": vm.port, "vlanId": None} for vm in machines]
    yield _list(f"{path}/mac_table", "MacPort-v2", macs)
    yield _list(f"{path}/arp_table", "IP4Mac-v1", [{"bridgeId": fleet.bridge_id, "ip": vm.address, "mac": vm.mac} for vm in machines])


_PROTOCOLS = {"icmp": 1, "tcp": 6, "udp": 17}


def _of_chains(fleet: Fleet) -> Iterator[str]:
    """The group's rules let in what it admits; a machine's let in answers, then what the group does, and drop the rest."""
    group = _group_chain(fleet)
    rules: Rows = [
        {"id": f"{group[:9]}{number:04x}{group[13:]}", "chainId": group, "type": "accept", "position": place, "dlType": 2048, "nwProto": number}
        for place, number in enumerate((_PROTOCOLS[one] for one in fleet.group_admits), start=1)
    ]
    yield _list(f"/chains/{group}/rules", "Rule-v2", rules)
    for chain in [_chain_id(vm, place) for _host, vm in _vms(fleet) for place in ("1", "2")][: _AT_MOST - 1]:
        base: dict[str, object] = {"chainId": chain}
        yield _list(f"/chains/{chain}/rules", "Rule-v2", [
            base | {"id": f"{chain[:9]}0001{chain[13:]}", "type": "accept", "position": 1, "matchReturnFlow": True},
            base | {"id": f"{chain[:9]}0002{chain[13:]}", "type": "jump", "position": 2, "jumpChainId": group, "jumpChainName": f"OS_SG_{fleet.group_id}_INGRESS"},
            base | {"id": f"{chain[:9]}0003{chain[13:]}", "type": "drop", "position": 3, "dlType": 2054, "invDlType": True},
        ])  # fmt: skip
