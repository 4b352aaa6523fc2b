# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""SELinux and AppArmor as the kernel's files show them, and what audit.log or the kernel's own log has of refusals."""

from __future__ import annotations

from generator.model import STARTED, Denial, Host
from generator.printers.system import date_line


def security(host: Host) -> str:
    """The clock, then one section for each. Hosts with SELinux run auditd, those with AppArmor do not: see the kernel's log there."""
    told = host.security
    mode = {"enforcing": "1\n", "permissive": "0\n"}.get(told.selinux, "Disabled\n")
    profiles = "".join(f"{name} ({mode_})\n" for name, mode_ in told.profiles)
    audit = "".join(f"type=AVC msg={denial_line(host, one, number)}\n" for number, one in enumerate(told.denials) if one.system == "selinux")
    return (
        f"{date_line(host.clock, '%Y-%m-%d %H:%M:%S %z')}### selinux\n{mode}### apparmor\n{'Y' if told.apparmor else 'N'}\n"
        f"{profiles if told.apparmor else ''}### audit\n{audit}"
    )


def denial_line(host: Host, denial: Denial, number: int) -> str:
    """From the word audit on, as both logs have it."""
    epoch = STARTED + round(host.clock.skew_s) - denial.ago_s
    head = f"audit({epoch}.{denial.ago_s % 1000:03d}:{456 + number}):"
    pid = 1400 + denial.ago_s % 20000
    if denial.system == "selinux":
        return (
            f'{head} avc:  denied  {{ {denial.action} }} for  pid={pid} comm="{denial.command}" name="{denial.target}" dev="dm-0" ino={4000 + number} '
            f"scontext=system_u:system_r:{denial.subject}:s0 tcontext=system_u:object_r:var_t:s0 tclass=file"
            f"{f' permissive={0 if denial.enforced else 1}' if host.redhat_release else ''}"
        )
    return (
        f'{head} apparmor="{"DENIED" if denial.enforced else "ALLOWED"}" operation="{denial.action}" profile="{denial.subject}" name="{denial.target}" '
        f'pid={pid} comm="{denial.command}" requested_mask="r" denied_mask="r" fsuid=0 ouid=0'
    )
