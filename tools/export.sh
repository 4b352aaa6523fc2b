#!/usr/bin/env bash
# Copy the project's own files (tracked, and new ones that git does not ignore) to a directory, as a clean checkout has them.
#
# usage: export.sh DIRECTORY [PATH…]     with paths, only what lies under them
set -euo pipefail

destination=$1
shift
rm -rf "$destination"
mkdir -p "$destination"
# A file that was deleted but not yet committed is still listed; the loop drops it.
git ls-files --cached --others --exclude-standard -z -- "$@" |
    while IFS= read -r -d '' file; do
        if [ -e "$file" ]; then printf '%s\0' "$file"; fi
    done |
    tar --create --null --files-from - | tar --extract --directory "$destination"
