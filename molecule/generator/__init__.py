# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fleets that never were: records of any number of hosts, healthy or with a fault, the same for the same seed.

    layout     how many hosts of which kind there are, where they stand, what runs on them    → model.Fleet
    traps      what looks broken and is not
    faults/    one data file a fault: what of the model it changes, and what a diagnosis is expected to say
    simulate   what follows from the state of the model: who reaches whom, who serves, which agent restarts
    printers/  what the tools of a host would print, one module a tool
    write      the record

Nothing here knows parsers, facts, checks or causes: what is wrong with a fleet is decided by its model alone.
"""
