"""The answers of midonet-cli of both generations, printed from the bodies of the REST API.

`fetch` is a function from a path below the API's root, such as "hosts/ID/ports", to the body that the API has there, or None.
"""

# The words for things, and the path where they are.
KINDS = {"host": "hosts", "tunnel-zone": "tunnel_zones", "router": "routers", "port": "ports"}
CHILDREN = {
    ("host", "interface"): "interfaces", ("host", "binding"): "ports", ("tunnel-zone", "member"): "hosts", ("router", "port"): "ports",
    ("router", "bgp-peer"): "bgp_peers", ("router", "bgp-network"): "bgp_networks", ("router", "route"): "routes",
}  # fmt: skip


class CommandError(Exception):
    """What the tool prints, on standard output, of a command that it cannot do."""


def _flag(value):
    return "true" if value else "false"


def _host(item, generation):
    addresses = f" addresses {','.join(item['addresses'])}" if item["addresses"] else ""
    newer = ""
    if generation == "B":
        limit = "no-limit" if item["containerLimit"] == -1 else item["containerLimit"]
        newer = (f" flooding-proxy-weight {item['floodingProxyWeight']} container-weight {item['containerWeight']} container-limit {limit}"
                 f" enforce-container-limit {_flag(item['enforceContainerLimit'])}")  # fmt: skip
    return f"host {item['id']} name {item['name']} alive {_flag(item['alive'])}{addresses}{newer}"


def _interface(item, generation):
    addresses = f"[{', '.join(repr_2(address) for address in item['addresses'])}]"
    return (f"iface {item['name']} host_id {item['hostId']} status {item['status']} addresses {addresses} mac {item['mac']} mtu {item['mtu']}"
            f" type {item['type']} endpoint {item['endpoint']}")  # fmt: skip


def repr_2(text):
    """A text as Python 2, in which the tool is written, shows it within a list."""
    return f"u'{text}'"


def _router(item, generation):
    number = f" asn {item['asNumber']}" if generation == "B" and item.get("asNumber") is not None else ""
    return f"router {item['id']} name {item['name']} state {'up' if item['adminStateUp'] else 'down'}{number}"


def _port(item, generation):
    parts = [f"port {item['id']} device {item['deviceId']} state {'up' if item['adminStateUp'] else 'down'} plugged {'yes' if item['active'] else 'no'}"]
    if item["type"] == "Router":
        parts.append(f"mac {item['portMac']} address {item['portAddress']} net {item['networkAddress']}/{item['networkLength']}")
    if item.get("peerId"):
        parts.append(f"peer {item['peerId']}")
    if generation == "B" and item["type"] == "Router":
        parts.append(f"vni {item['rtrPortVni']} vxlan-off-ramp {_flag(item['offRampVxlan'])}")
    return " ".join(parts)


def _route(item, generation):
    gateway = f" gw {item['nextHopGateway']}" if item.get("nextHopGateway") else ""
    port = f" port {item['nextHopPort']}" if item.get("nextHopPort") else ""
    learned = f" learned {_flag(item['learned'])}" if "learned" in item else ""
    return (f"route {item['id']} type {item['type'].lower()} src {item['srcNetworkAddr']}/{item['srcNetworkLength']}"
            f" dst {item['dstNetworkAddr']}/{item['dstNetworkLength']}{gateway}{port} weight {item['weight']}{learned}")  # fmt: skip


LINES = {
    "host": _host, "interface": _interface, "router": _router, "port": _port, "route": _route,
    "binding": lambda item, generation: f"host {item['hostId']} interface {item['interfaceName']} port {item['portId']}",
    "tunnel-zone": lambda item, generation: f"tzone {item['id']} name {item['name']} type {item['type']}",
    "member": lambda item, generation: f"zone {item['tunnelZoneId']} host {item['hostId']} address {item['ipAddress']}",
    "bgp-peer": lambda item, generation: f"peer {item['id']} asn {item['asNumber']} address {item['address']} keep-alive {item['keepAlive']}"
    f" hold-time {item['holdTime']} connect-retry {item['connectRetry']}",
    "bgp-network": lambda item, generation: f"net {item['id']} net {item['subnetAddress']}/{item['subnetLength']}",
}  # fmt: skip


def _listed(kind, items, generation, fetch):
    for item in items:
        if generation == "A" and kind == "port" and item.get("peerId") and fetch(f"ports/{item['peerId']}") is None:
            # 2015.06 looks up the peer and trips over one that is gone.
            raise CommandError("Internal error: 'NoneType' object has no attribute 'value'")
        yield LINES[kind](item, generation)


def answer(words, generation, fetch):
    """The lines that answer a command; CommandError when there is none, with what was told before it already given."""
    place = next((number for number, word in enumerate(words) if word in ("list", "show")), None)
    if place is None or place % 2:
        raise CommandError(f"Syntax error at: ...{' '.join(words)}")
    verb, noun = words[place], " ".join(words[place + 1 :])
    if place == 0:
        if verb == "show" or noun not in KINDS:
            raise CommandError(f"Syntax error at: ...{noun}")
        yield from _listed(noun, fetch(KINDS[noun]) or [], generation, fetch)
        return
    # "router ID port ID show": only the last thing matters.
    kind, identity = words[place - 2 : place]
    if kind not in KINDS:
        raise CommandError(f"Syntax error at: ...{' '.join(words)}")
    if verb == "list" and (kind, noun) in CHILDREN:
        yield from _listed(noun, fetch(f"{KINDS[kind]}/{identity}/{CHILDREN[kind, noun]}") or [], generation, fetch)
        return
    if verb == "list":
        raise CommandError(f"Syntax error at: ...{noun}")
    item = fetch(f"{KINDS[kind]}/{identity}")
    if item is None:
        raise CommandError("User error: Not found")
    if not noun:
        yield LINES[kind](item, generation)
    elif (kind, noun) == ("host", "alive"):
        yield _flag(item["alive"])
    elif (kind, noun, generation) == ("port", "bgp-status", "B"):
        yield item["bgpStatus"] or ""
    else:
        raise CommandError(f"Syntax error at: ...{noun}")
