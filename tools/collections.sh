#!/bin/sh
# Unpack community.general, out of the package that the requirements file pins, into a directory of its own: nothing but the tests of
# documented examples looks there, so that no collection is met which a user may not have.
#
# usage: collections.sh DIRECTORY INTERPRETER REQUIREMENTS_FILE
set -eu

directory=$1 interpreter=$2 requirements=$3
rm -rf "$directory"
mkdir -p "$directory/download"
echo "unpacking community.general into $directory"
"$interpreter" -m pip download --quiet --disable-pip-version-check --no-input --no-deps --only-binary :all: \
    --dest "$directory/download" --requirement "$requirements"
"$interpreter" - "$directory" <<'END'
import pathlib
import sys
import zipfile

directory = pathlib.Path(sys.argv[1])
for wheel in (directory / "download").glob("*.whl"):
    with zipfile.ZipFile(wheel) as package:
        wanted = [name for name in package.namelist() if name.startswith("ansible_collections/community/general/")]
        package.extractall(directory, wanted)
END
rm -rf "$directory/download"
