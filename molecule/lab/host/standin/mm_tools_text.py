"""The text of mm-ctl, mm-trace, mm-meter and mn-conf."""

import json

TRACER_OPTIONS = ("ethertype", "mac-src", "mac-dst", "ip-protocol", "ip-src", "ip-dst", "src-port", "dst-port")


def list_hosts(hosts, this_host):
    """`mm-ctl --list-hosts` (up to 2015.03): of every host id, name, alive, addresses, and (port, interface) pairs."""
    lines = []
    for host in hosts:
        lines += [
            f"Host: id={host['id']} {'(*)' if host['id'] == this_host else ''}",
            f"  name={host['name']}",
            f"  isAlive={'true' if host['alive'] else 'false'}",
            "  addresses: ",
            # Java's InetAddress: a name that is not known, a slash, the address; link-local ones are left out.
            *(f"    /{address}" for address in host["addresses"] if not address.startswith("fe80:")),
            "  vport-host-if-bindings:",
            *(f"    VirtualPortMapping{{virtualPortId={port}, localDeviceName='{interface}'}}" for port, interface in host["bindings"]),
            "",
        ]
    return "".join(f"{line}\n" for line in lines)


def tracer(entry):
    """A line of `mm-trace list`: what would make it again, less the verb. Numbers are Java's signed ones."""
    options = "".join(f" --{name} {entry[name]}" for name in TRACER_OPTIONS if entry.get(name) is not None)
    return f"mm-trace --{entry['level']} --limit {entry['limit']}{options}\n"


def meter(packets, size):
    """`mm-meter get -n KEY`: a heading, and what was counted since the meter began."""
    return f"{'packets':>12} {'bytes':>12}\n{packets:12d} {size:12d}\n"


def rendered(value):
    """A value as HOCON is rendered: texts in quotes, numbers and words bare."""
    return json.dumps(value)


def dump(flat):
    """`mn-conf dump`: the settings as a tree, from {dotted key: value}."""
    tree = {}
    for name, value in flat.items():
        *way, last = name.split(".")
        place = tree
        for word in way:
            place = place.setdefault(word, {})
        place[last] = value

    def render(place, depth):
        for name in sorted(place):
            if isinstance(place[name], dict):
                yield f"{'    ' * depth}{name} {{"
                yield from render(place[name], depth + 1)
                yield f"{'    ' * depth}}}"
            else:
                yield f"{'    ' * depth}{name}={rendered(place[name])}"

    return "".join(f"{line}\n" for line in render(tree, 0))
