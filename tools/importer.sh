#!/bin/sh
# Build the collection and let Galaxy's importer look at the tarball; its warnings count as errors, but for two.
set -eu

root=$PWD
work=$root/.cache/importer
rm -rf "$work"
tools/export.sh "$work/source"
"$root/.venv/bin/ansible-galaxy" collection build "$work/source" --output-path "$work" >/dev/null
cd "$work"
export PATH="$root/.venv/bin:$PATH" GALAXY_IMPORTER_CONFIG="$root/tools/galaxy_importer.cfg"
unset ANSIBLE_COLLECTIONS_PATH
code=0
python -m galaxy_importer.main midonet-diagnostics-*.tar.gz >log 2>&1 || code=$?
cat log
[ $code -eq 0 ] || exit $code
# E203 (blank before a colon in a slice) and W503 (line break before an operator) contradict the formatting that ruff makes.
if grep -E '^(ERROR|WARNING)' log | grep -Eqv ' (E203|W503) '; then
    echo "galaxy-importer: the lines above that begin with ERROR or WARNING must go" >&2
    exit 1
fi
