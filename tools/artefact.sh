#!/bin/sh
# Build the collection, install the tarball as a user would, keep only what every installation has, and judge the demo's
# record with it: what is shipped must work without this working tree.
#
# The environment holds ansible-core and nothing else, so that a package which only the tests bring is missed here.
#
# usage: artefact.sh INTERPRETER REQUIREMENTS_FILE
set -eu

name=$(basename "$2" .txt)
tools/venv.sh ".cache/bare-$name" "$1" "$2"
environment=$PWD/.cache/bare-$name
work=$PWD/.cache/artefact-$name
rm -rf "$work"
mkdir -p "$work/elsewhere"

unset ANSIBLE_CONFIG
export ANSIBLE_COLLECTIONS_PATH="$work/collections" ANSIBLE_HOME="$work/home" PATH="$environment/bin:$PATH"

tools/export.sh "$work/source"
ansible-galaxy collection build "$work/source" --output-path "$work"
tarball=$(ls "$work"/midonet-diagnostics-*.tar.gz)
ansible-galaxy collection install --offline "$tarball" --collections-path "$work/collections"

# A collection must work with these four directories alone (and the manifest, which tells ansible-core its version).
installed=$work/collections/ansible_collections/midonet/diagnostics
find "$installed" -mindepth 1 -maxdepth 1 \
    ! -name meta ! -name plugins ! -name roles ! -name playbooks ! -name MANIFEST.json ! -name FILES.json -exec rm -rf {} +

cp -R inventories/demo "$work/elsewhere/demo"
cd "$work/elsewhere"
code=0
ansible-playbook midonet.diagnostics.troubleshoot -i demo >troubleshoot.txt 2>&1 || code=$?
if [ $code -ne 2 ]; then
    cat troubleshoot.txt
    echo "artefact: troubleshoot on the demo ended with $code where 2 was expected" >&2
    exit 1
fi
record=$(find records -mindepth 1 -maxdepth 1 -type d | head -n 1)
code=0
ansible-playbook midonet.diagnostics.analyse -e "midonet_record=$PWD/$record" >analyse.txt 2>&1 || code=$?
if [ $code -ne 2 ]; then
    cat analyse.txt
    echo "artefact: analyse on the record just made ended with $code where 2 was expected" >&2
    exit 1
fi
echo "artefact: $(basename "$tarball") installed and judged the demo fleet with $(ansible --version | head -n 1)"
