"""The REST API's resources, made from what is in the network state database. Field names are those of MidoNet's models."""

import ipaddress


def media_type(name, generation, many=False):
    """The media type of a resource; some have another version in another generation."""
    version = {"Application": "v5", "Host": "v2" if generation == "A" else "v3", "Router": "v2" if generation == "A" else "v3",
               "Port": "v2" if generation == "A" else "v3", "SystemState": "v2"}.get(name, "v1")  # fmt: skip
    return f"application/vnd.org.midonet.{'collection.' if many else ''}{name}-{version}+json"


class Api:
    """Answers paths below the API's root. `nsdb` is nsdb.Nsdb or anything like it."""

    def __init__(self, nsdb, base):
        self.nsdb, self.base = nsdb, base
        self.topology = nsdb.topology()
        self.generation = self.topology["generation"]

    def uri(self, *parts):
        return "/".join([self.base, *parts])

    def answer(self, path):
        """(media type, body) of a path such as "hosts/ID/ports"; None when there is nothing."""
        parts = [part for part in path.split("/") if part]
        kinds = {"hosts": ("Host", self.hosts), "tunnel_zones": ("TunnelZone", self.tunnel_zones), "routers": ("Router", self.routers),
                 "ports": ("Port", self.ports)}  # fmt: skip
        if not parts:
            return media_type("Application", self.generation), self.application()
        if parts == ["system_state"]:
            return media_type("SystemState", self.generation), self.system_state()
        if parts[0] not in kinds:
            return None
        name, every = kinds[parts[0]]
        if len(parts) == 1:
            return media_type(name, self.generation, many=True), every()
        one = next((item for item in every() if item["id"] == parts[1]), None)
        if one is None or len(parts) == 2:
            return None if one is None else (media_type(name, self.generation), one)
        children = {
            ("hosts", "interfaces"): ("Interface", self.interfaces), ("hosts", "ports"): ("HostInterfacePort", self.bindings),
            ("tunnel_zones", "hosts"): ("TunnelZoneHost", self.members), ("routers", "ports"): ("Port", self.router_ports),
            ("routers", "bgp_peers"): ("BgpPeer", self.bgp_peers), ("routers", "bgp_networks"): ("BgpNetwork", self.bgp_networks),
        }  # fmt: skip
        if len(parts) != 3 or (parts[0], parts[2]) not in children:
            return None
        name, list_of = children[parts[0], parts[2]]
        return media_type(name, self.generation, many=True), list_of(parts[1])

    def application(self):
        words = {"hosts": "hosts", "tunnelZones": "tunnel_zones", "routers": "routers", "ports": "ports", "systemState": "system_state"}
        templates = {"hostTemplate": "hosts", "tunnelZoneTemplate": "tunnel_zones", "routerTemplate": "routers", "portTemplate": "ports"}
        return {
            "uri": self.uri(""), "version": "v1.9" if self.generation == "A" else f"v{self._release()}",
            **{name: self.uri(path) for name, path in words.items()},
            **{name: self.uri(path, "{id}") for name, path in templates.items()},
        }  # fmt: skip

    def _release(self):
        return ".".join(self.topology["version"].split(".")[:2])

    def system_state(self):
        state = {"state": "ACTIVE", "availability": "READWRITE", "uri": self.uri("system_state")}
        return {**state, "writeVersion": self._release()} if self.generation == "A" else {**state, "version": self._release(), "information": None}

    def hosts(self):
        newer = {} if self.generation == "A" else {"containerLimit": -1, "containerWeight": 1, "enforceContainerLimit": False}
        return [
            {
                "id": host["id"], "name": host["name"], "addresses": host["addresses"], "alive": self.nsdb.alive(host["id"]),
                "floodingProxyWeight": 1, **newer, "uri": self.uri("hosts", host["id"]),
                "interfaces": self.uri("hosts", host["id"], "interfaces"), "ports": self.uri("hosts", host["id"], "ports"),
            }
            for host in self.topology["hosts"]
        ]  # fmt: skip

    def interfaces(self, host_id):
        return [{**row, "uri": self.uri("hosts", host_id, "interfaces", row["name"])} for row in self.nsdb.interfaces(host_id)]

    def bindings(self, host_id):
        return [
            {
                "hostId": host_id, "portId": row["port"], "interfaceName": row["interface"], "host": self.uri("hosts", host_id),
                "port": self.uri("ports", row["port"]), "uri": self.uri("hosts", host_id, "ports", row["port"]),
            }
            for row in self.topology["bindings"] if row["host_id"] == host_id
        ]  # fmt: skip

    def tunnel_zones(self):
        zone = self.topology["zone"]
        where = self.uri("tunnel_zones", zone["id"])
        return [{"id": zone["id"], "name": zone["name"], "type": zone["type"], "uri": where, "hosts": f"{where}/hosts"}]

    def members(self, zone_id):
        return [
            {"tunnelZoneId": zone_id, "hostId": row["host_id"], "ipAddress": row["address"], "uri": self.uri("tunnel_zones", zone_id, "hosts", row["host_id"])}
            for row in self.topology["members"]
        ]

    def routers(self):
        router = self.topology["router"]
        where = self.uri("routers", router["id"])
        newer = {} if self.generation == "A" else {"asNumber": router["asn"], "bgpNetworks": f"{where}/bgp_networks", "bgpPeers": f"{where}/bgp_peers"}
        return [{"id": router["id"], "name": router["name"], "adminStateUp": True, "tenantId": None, **newer, "ports": f"{where}/ports", "uri": where}]

    def _port(self, port, more):
        """A port, bound to where its binding says, or nowhere."""
        bound = next((row for row in self.topology["bindings"] if row["port"] == port), {"host_id": None, "interface": None})
        return {
            "id": port, "adminStateUp": True, "active": bound["host_id"] is not None and self.nsdb.active(bound["host_id"], port),
            "hostId": bound["host_id"], "interfaceName": bound["interface"], "peerId": None, "vifId": None, "uri": self.uri("ports", port), **more,
        }  # fmt: skip

    def router_ports(self, router_id):
        network = ipaddress.ip_network(self.topology["uplink_prefix"])
        rows = []
        for uplink in self.topology["uplinks"]:
            status = {} if self.generation == "A" else {"bgpStatus": self.nsdb.bgp_status(uplink["host_id"], uplink["port"]), "rtrPortVni": 0, "offRampVxlan": False}
            rows.append(self._port(uplink["port"], {
                "type": "Router", "deviceId": router_id, "device": self.uri("routers", router_id), "portAddress": uplink["address"],
                "portMac": f"02:bb:bb:00:00:{int(uplink['address'].rsplit('.', 1)[1]):02x}", "networkAddress": str(network.network_address),
                "networkLength": network.prefixlen, **status,
            }))  # fmt: skip
        return rows

    def ports(self):
        network_id = self.topology["network_id"]
        uplinks = {uplink["port"] for uplink in self.topology["uplinks"]}
        # A port that is bound exists, also one that came after the fleet was built.
        of_vms = dict.fromkeys(row["port"] for row in [*self.topology["vm_ports"], *self.topology["bindings"]] if row["port"] not in uplinks)
        bridge = {"type": "Bridge", "deviceId": network_id, "device": self.uri("bridges", network_id)}
        return self.router_ports(self.topology["router"]["id"]) + [self._port(port, bridge) for port in of_vms]

    def bgp_peers(self, router_id):
        return [
            {"id": peer["id"], "routerId": router_id, "address": peer["address"], "asNumber": peer["asn"], "keepAlive": 3, "holdTime": 9, "connectRetry": 10,
             "password": None, "uri": self.uri("bgp_peers", peer["id"])}
            for peer in self.topology["upstream"]
        ]  # fmt: skip

    def bgp_networks(self, router_id):
        return [
            {"id": one["id"], "routerId": router_id, "subnetAddress": one["prefix"].split("/")[0], "subnetLength": int(one["prefix"].split("/")[1]),
             "uri": self.uri("bgp_networks", one["id"])}
            for one in self.topology["networks"]
        ]  # fmt: skip
