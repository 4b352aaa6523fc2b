#!/bin/sh
# Run a molecule scenario, or say in one line why not.
#
# usage: molecule.sh VIRTUAL_ENVIRONMENT SCENARIO
set -eu

if [ "$2" != replay ] && { [ "$(uname)" != Linux ] || [ "$(id -u)" -ne 0 ]; }; then
    echo "molecule: the scenario $2 builds the lab, which needs Linux and root" >&2
    exit 1
fi
# The lab's programs run with this interpreter, molecule's tools are looked for on PATH.
PATH="$PWD/$1/bin:$PATH" exec "$1/bin/molecule" test --scenario-name "$2"
