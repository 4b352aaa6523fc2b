# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which facts are wanted: the option gather_subset; and the result. PRIVATE to the collection: may change without notice."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, Dict, Iterable, List, Mapping, Union

# The options of midonet_facts, wherever it runs. All but the first are what gather_facts hands to fact modules.
ARGUMENTS: Dict[str, Any] = {
    "gather_subset": {"type": "list", "elements": "str", "default": ["all"]},
    "gather_timeout": {"type": "int", "default": 30},
    "fact_path": {"type": "path"},
    "filter": {"type": "list", "elements": "str", "default": []},
}


# What a single host cannot be asked without knowing more, and who can.
_ELSEWHERE = {"probes": "which hosts to probe is not known here; midonet.diagnostics.ping_info takes their addresses"}


def result(facts: Mapping[str, Any], wanted: Iterable[str]) -> Dict[str, Any]:
    """The wanted subsystems with their "about", as midonet_facts returns them."""
    chosen: Dict[str, Any] = {name: facts[name] for name in wanted}
    about = {name: facts["about"][name] for name in chosen}
    for name, reason in _ELSEWHERE.items():
        if name in about and about[name]["state"] == "unknown":
            about[name] = {**about[name], "reason": reason}
    return {**chosen, "about": about}


def wanted_subsystems(gather_subset: Union[str, Iterable[str]], known: Iterable[str]) -> List[str]:
    """The subsystems that `gather_subset` names, in the order of `known`; all of them when it only leaves some out.

    "all" is all, "min" is "host", "!name" leaves one out, "!all" all but "host" and those named. Words of
    ansible.builtin.setup ("hardware", "!facter", …) mean nothing here: gather_facts gives one list to all fact modules.
    Raises ValueError, one line, for any other word.
    """
    given = [gather_subset] if isinstance(gather_subset, str) else list(gather_subset)
    words = [part.strip() for word in given for part in str(word).split(",") if part.strip()]
    names = list(known)
    meaning = {"all": set(names), "min": {"host"}}
    meaning.update((name, {name}) for name in names)
    for word in words:
        name = word[1:] if word.startswith("!") else word
        if name not in meaning and name not in _OF_SETUP:
            near = get_close_matches(name, meaning, n=1)
            hint = f"; did you mean {near[0]}?" if near else f": there are {', '.join(meaning)}"
            raise ValueError(f"gather_subset: {name} is no subset{hint}")
    positive = [word for word in words if not word.startswith("!")]
    named = set().union(*(meaning.get(word, set()) for word in positive))
    chosen = named if positive else set(names)
    # First, wherever it stands: "!min,!all" leaves nothing, as in setup.
    if "!all" in words:
        chosen = {"host"} | (named if "all" not in positive else set())
    for word in words:
        if word.startswith("!") and word != "!all":
            chosen = chosen - meaning.get(word[1:], set())
    return [name for name in names if name in chosen]


# The subsets of ansible.builtin.setup.
_OF_SETUP = frozenset(
    """
    all_ipv4_addresses all_ipv6_addresses apparmor architecture caps chroot cmdline date_time default_ipv4 default_ipv6 devices
    distribution dns effective_group_ids effective_user_id env facter fibre_channel_wwn fips hardware interfaces is_chroot iscsi
    kernel local lsb machine machine_id mounts network nvme ohai os_family pkg_mgr platform processor python python_version
    real_user_id selinux service_mgr ssh_pub_keys system user user_id virtual virtualization
    """.split()
)
