#!/bin/sh
# Run the main job on the recorded fleet. The fleet has faults in it, so the playbook's own exit code must be 2: this ends
# with 0 for that, and with 1 for everything else.
set -u

.venv/bin/ansible-playbook midonet.diagnostics.troubleshoot -i inventories/demo "$@"
code=$?
case $code in
2)
    echo
    echo "make demo: the diagnosis above was made from a recorded fleet with faults in it; that is what exit code 2 says."
    exit 0
    ;;
0)
    echo "make demo: the playbook found nothing wrong in a fleet that has faults (exit code 0 where 2 was expected)" >&2
    exit 1
    ;;
*)
    echo "make demo: the playbook itself failed (exit code $code where 2 was expected)" >&2
    exit 1
    ;;
esac
