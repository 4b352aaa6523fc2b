"""The network state database: a real ZooKeeper. What MidoNet keeps there in its own format, the lab keeps there as JSON.

Under the root key (/midonet/v1 or /midonet): `topology`, what is configured; `hosts/ID/alive`, `hosts/ID/interfaces`,
`hosts/ID/active/PORT` and `hosts/ID/bgp/PORT`, which each agent's session carries and which go with it.
"""

import json
import logging

from kazoo.client import KazooClient
from kazoo.exceptions import NodeExistsError, NoNodeError

logging.getLogger("kazoo").setLevel(logging.CRITICAL)


def client(lab, timeout=5):
    return KazooClient(hosts=",".join(lab["zookeeper"]), timeout=timeout)


class Nsdb:
    def __init__(self, connected, root_key):
        self.client, self.root_key = connected, root_key

    def topology(self):
        return json.loads(self.client.get(f"{self.root_key}/topology")[0])

    def keep(self, topology):
        told = json.dumps(topology).encode()
        try:
            self.client.create(f"{self.root_key}/topology", told, makepath=True)
        except NodeExistsError:
            self.client.set(f"{self.root_key}/topology", told)

    def begin(self, topology):
        """Keep the topology that the fleet was built with, unless there is one."""
        if not self.client.exists(f"{self.root_key}/topology"):
            self.keep(topology)

    def _read(self, path):
        try:
            return self.client.get(f"{self.root_key}/hosts/{path}")[0]
        except NoNodeError:
            return None

    def alive(self, host_id):
        return self._read(f"{host_id}/alive") is not None

    def active(self, host_id, port):
        return self._read(f"{host_id}/active/{port}") is not None

    def interfaces(self, host_id):
        return json.loads(self._read(f"{host_id}/interfaces") or b"[]")

    def bgp_status(self, host_id, port):
        told = self._read(f"{host_id}/bgp/{port}")
        return None if told is None else told.decode()
