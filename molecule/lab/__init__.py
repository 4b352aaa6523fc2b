"""A small MidoNet cloud on one Linux machine: every host a set of namespaces with its own root, SSH and services."""
