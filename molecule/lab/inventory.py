#!/usr/bin/env python3
"""The running lab as an Ansible inventory script; no hosts when none is up."""

import json
import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from lab.lifecycle import running  # noqa: E402

fleet = running()
answer = {"_meta": {"hostvars": {}}}
if fleet is not None:
    everything = fleet.inventory()["all"]
    answer["all"] = {"vars": everything["vars"], "children": sorted(everything["children"])}
    for group, members in everything["children"].items():
        answer[group] = {"hosts": sorted(members["hosts"])}
        answer["_meta"]["hostvars"].update(members["hosts"])
print(json.dumps(answer))
