#!/bin/sh
# Bring a virtual environment to what requirement files pin; make it first when it is missing, broken or of another Python.
#
# usage: venv.sh DIRECTORY INTERPRETER REQUIREMENTS_FILE…
set -eu

directory=$1 interpreter=$2
shift 2

version() {
    "$1" -c 'import sys; print(sys.version_info[:3])' 2>/dev/null || echo none
}

if [ "$(version "$directory/bin/python")" != "$(version "$interpreter")" ]; then
    echo "making $directory with $("$interpreter" --version)"
    rm -rf "$directory"
    "$interpreter" -m venv "$directory"
fi

files=
for file in "$@"; do
    files="$files --requirement $file"
done
echo "installing $* into $directory"
# shellcheck disable=SC2086
"$directory/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --constraint requirements/constraints.txt $files
