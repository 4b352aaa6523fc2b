#!/bin/sh
# Record the demonstration fleet anew: the running lab first as it is, then with two faults. Needs root and a lab that has been
# up for ten minutes or more (`make lab-up FLEET=demo`), so that nothing in it is excused by being young.
set -eu
cd "$(dirname "$0")/../.."
lab=".venv/bin/python molecule/lab/lab.py"
work=$(mktemp -d)
trap 'rm -rf "$work"; $lab undo >/dev/null 2>&1 || true' EXIT

# take NAME: one run over SSH, of which the evidence is kept and everything derived is not.
take() {
  $lab run env "ANSIBLE_CONFIG=$PWD/ansible.cfg" .venv/bin/ansible-playbook midonet.diagnostics.gather \
    -i "/run/midonet-lab/${MIDONET_LAB:-default}/inventory.yml" -e "midonet_record_dir=$work/$1"
  find "inventories/$1" -mindepth 1 ! -name README.md -delete
  cp -R "$work/$1"/*/manifest.json "$work/$1"/*/hosts "inventories/$1/"
  find "inventories/$1" -name facts.json -delete
}

take demo-healthy
$lab inject S01
$lab inject S21
take demo-record
