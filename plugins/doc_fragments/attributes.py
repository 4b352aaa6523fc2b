# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Attributes that the modules of this collection share."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation fragments."""

    # Every module.
    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return what it returns otherwise.
    support: full
  diff_mode:
    description: Will return details on what has changed, or possibly needs changing in C(check_mode), when in diff mode.
    support: N/A
    details:
      - Nothing is ever changed on a host.
  idempotent:
    description: When run twice in a row outside check mode with the same arguments, the second run makes no changes.
    support: full
    details:
      - Nothing is ever changed on a host.
  async:
    description: Supports use with the C(async) keyword.
    support: none
    details:
      - The deadline of a host is O(ignore:midonet_host_deadline).
"""

    # Modules that ask a host.
    HOST = r"""
options: {}
attributes:
  platform:
    description: Target OS or families that can be operated against.
    support: full
    platforms: posix
    details:
      - Nothing is needed on the host but a POSIX shell. Python is not needed.
  action:
    description: Indicates this has a corresponding action plugin so some parts of the options can be executed on the controller.
    support: full
notes:
  - Privileges are needed for most of what is asked; use C(become).
  - The commands are read from the roles of this collection (C(evidence.yml)). They read and change nothing.
  - O(ignore:midonet_host_deadline) is a variable, not an option of the module. It limits the seconds that a host may take, 30 by default.
"""

    # Modules that work on the controller.
    CONTROLLER = r"""
options: {}
attributes:
  platform:
    description: Target OS or families that can be operated against.
    support: full
    platforms: posix
    details:
      - Runs on the controller; connects to no host.
  action:
    description: Indicates this has a corresponding action plugin so some parts of the options can be executed on the controller.
    support: full
"""

    # Modules that return facts.
    FACTS = r"""
options: {}
attributes:
  facts:
    description: Action returns an C(ansible_facts) dictionary that will update existing host facts.
    support: full
"""

    # The group of modules that give information on one host.
    ACTIONGROUP_INFO = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/midonet.diagnostics.info) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - midonet.diagnostics.info
"""

    # The group of modules that playbooks of this collection are made of.
    ACTIONGROUP_RUN = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/midonet.diagnostics.run) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - midonet.diagnostics.run
"""
