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

cp -R inventories "$work/elsewhere/inventories"
cd "$work/elsewhere"
# judged NAME PLAYBOOK ARGUMENT…: run it; it must find causes, and every host must have answered: one whose cable is pulled in part.
judged() {
    name=$1
    shift
    code=0
    ansible-playbook "$@" >"$name.txt" 2>&1 || code=$?
    if [ $code -ne 2 ] || ! grep -Eq 'MidoNet diagnosis +[0-9]+ hosts: [0-9]+ complete(, [0-9]+ partial)?(  |$)' "$name.txt"; then
        cat "$name.txt"
        echo "artefact: $name on the demo ended with $code; 2 and a diagnosis of all hosts were expected" >&2
        exit 1
    fi
}

judged troubleshoot midonet.diagnostics.troubleshoot -i inventories/demo
record=$(find "$PWD/records" -mindepth 1 -maxdepth 1 -type d)
judged analyse midonet.diagnostics.analyse -e "midonet_record=$record"
echo "artefact: $(basename "$tarball") installed and judged the demo fleet with $(ansible --version | sed -n 1p)"
