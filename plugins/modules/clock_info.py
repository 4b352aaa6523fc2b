#!/usr/bin/python
# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: clock_info
short_description: The clock of a host
author:
  - the MidoNet diagnostics authors (@midonet)
version_added: 1.0.0
description:
  - Returns the wall clock of the host, its time zone, what disciplines it, and how far it is from the clock of
    the controller.
  - Returns the state of the moment and judges nothing; see the playbook C(midonet.diagnostics.troubleshoot) for
    that.
  - The values have the same shape whatever the release of the tools on the host; what they did not tell is null.
notes:
  - Asks for the items of evidence C(underlay.clock), C(underlay.time_daemon).
seealso:
  - module: midonet.diagnostics.host_info
  - module: midonet.diagnostics.midonet_facts
extends_documentation_fragment:
  - midonet.diagnostics.attributes
  - midonet.diagnostics.attributes.host
  - midonet.diagnostics.attributes.actiongroup_info
"""

EXAMPLES = r"""
- name: Look at the clocks
  midonet.diagnostics.clock_info:
  register: result

- name: Demand that it is within a second of the controller's
  ansible.builtin.assert:
    that: result.clock.skew_s | abs - result.clock.skew_error_s < 1
"""

RETURN = r"""
clock:
  description:
    - The wall clock and what disciplines it.
    - Null when it could not be learnt; RV(about) says why.
  returned: when the host answered
  type: dict
  contains:
    utc_offset_s:
      description: Local time minus UTC, in seconds.
      returned: always
      type: int
    timezone:
      description: 'The time zone''s abbreviation: JST, UTC, +09, …'
      returned: always
      type: str
    epoch_s:
      description: The host's clock when it was asked, in seconds since 1970-01-01 UTC.
      returned: always
      type: int
    daemon:
      description:
        - The time daemon that answers; null when none does or nobody knows which it is.
        - One of V(chrony), V(ntpd), V(timesyncd).
      returned: always
      type: str
    synced:
      description: A time daemon has selected a source other than the host's own clock. It may still follow a
        wrong source.
      returned: always
      type: bool
    source:
      description: The selected source, as the daemon calls it.
      returned: always
      type: str
    stratum:
      description: How many steps this host is from a reference clock (count).
      returned: always
      type: int
    offset_s:
      description: The host's clock minus that of its source, in seconds; above 0 the host is ahead.
      returned: always
      type: float
    sources:
      description: The daemon's sources; null when it does not tell (timesyncd).
      returned: always
      type: list
      elements: dict
      contains:
        name:
          description: Its address, or what the daemon calls it.
          returned: always
          type: str
        state:
          description:
            - selected, candidate, rejected (not good enough), falseticker, or unreachable.
            - One of V(selected), V(candidate), V(rejected), V(falseticker), V(unreachable).
          returned: always
          type: str
        stratum:
          description: 'How many steps it is from a reference clock (count); 16: it is not synchronised itself.'
          returned: always
          type: int
        reach:
          description: 'The last eight polls as bits, the newest lowest: 255 when all were answered.'
          returned: always
          type: int
        answered:
          description: How many of the last eight polls were answered (count).
          returned: always
          type: int
        offset_s:
          description: The host's clock minus the source's, in seconds; above 0 the host is ahead.
          returned: always
          type: float
    disagreeing:
      description: Sources that answer and contradict each other, so that the daemon follows none; null when it
        does not tell.
      returned: always
      type: list
      elements: str
    disagree_s:
      description: How far the times of the disagreeing sources are apart, in seconds.
      returned: always
      type: float
    skew_s:
      description: The host's clock minus the controller's, in seconds; above 0 the host is ahead.
      returned: always
      type: float
    skew_error_s:
      description: By how much skew_s may be wrong in either direction (half the round trip), in seconds.
      returned: always
      type: float
  sample:
    utc_offset_s: 0
    timezone: UTC
    epoch_s: 1795598220
    daemon: chrony
    synced: true
    source: 172.16.1.5
    stratum: 4
    offset_s: 4.291e-06
    sources:
      - name: 172.16.1.5
        state: selected
        stratum: 3
        reach: 255
        answered: 8
        offset_s: -3.669e-06
    disagreeing: []
    disagree_s: null
    skew_s: 0.063
    skew_error_s: 0.07
about:
  description: How well it is known, and what that rests on.
  returned: when the host answered
  type: dict
  contains:
    state:
      description:
        - 'known: everything was learnt; partial: something is missing or was not understood; unknown: the facts
          are null; not_applicable: this host has no such subsystem.'
        - One of V(known), V(partial), V(unknown), V(not_applicable).
      returned: always
      type: str
    reason:
      description: Why it is not fully known; empty when it is.
      returned: always
      type: str
    evidence:
      description: Ids of the items of evidence that were read.
      returned: always
      type: list
      elements: str
    cut:
      description: 'Ids of those that ended early or were understood in part: what is not in a list made from
        them may exist all the same.'
      returned: always
      type: list
      elements: str
    unread:
      description: Lines of evidence that no parser understood (count).
      returned: always
      type: int
    crash:
      description: What failed and where, when the tool itself failed; null when it did not.
      returned: always
      type: str
  sample:
    state: known
    reason: ''
    evidence:
      - underlay.clock
      - underlay.time_daemon
    cut: []
    unread: 0
    crash: null
"""

# Generated by tools/generate_info_modules.py: do not edit.
# The body is the action plugin of the same name, which runs on the controller; nothing of this file runs anywhere.
