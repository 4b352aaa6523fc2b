#!/bin/sh
# Print the Python interpreter to use, or explain why there is none.
#
# usage: find_python.sh [INTERPRETER | VERSION…]
#
# With an interpreter (a path or a command), that one is checked and printed. With versions (3.12 3.11), the first one that
# exists is printed. Without arguments: 3.12 first, because it drives the widest range of ansible-core (2.16 to 2.21).
# An interpreter counts only when it really runs (a pyenv shim may exist for a version that is not selected) and can make a
# virtual environment (Debian ships ensurepip apart, in python3-venv).
set -u

usable() {
    "$1" -c 'import ensurepip, venv' >/dev/null 2>&1
}

version() {
    "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null
}

if [ $# -eq 1 ] && [ -n "$1" ] && ! printf '%s' "$1" | grep -Eq '^3\.[0-9]+$'; then
    if ! command -v "$1" >/dev/null 2>&1; then
        echo "PYTHON=$1: there is no such interpreter" >&2
        exit 1
    fi
    case "$(version "$1")" in
    3.11 | 3.12 | 3.13) ;;
    '') echo "PYTHON=$1 does not run" >&2 && exit 1 ;;
    *) echo "PYTHON=$1 is Python $(version "$1"); 3.11, 3.12 or 3.13 is needed" >&2 && exit 1 ;;
    esac
    if ! usable "$1"; then
        echo "PYTHON=$1 cannot make virtual environments (on Debian and Ubuntu: apt-get install python3-venv)" >&2
        exit 1
    fi
    command -v "$1"
    exit 0
fi

[ $# -gt 0 ] && [ -n "$1" ] || set -- 3.12 3.13 3.11
half_usable=
for wanted in "$@"; do
    case $wanted in
    3.11 | 3.12 | 3.13) ;;
    *) echo "Python $wanted cannot be used; 3.11, 3.12 or 3.13 is needed" >&2 && exit 1 ;;
    esac
    for candidate in "python$wanted" python3 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$wanted".*/bin/python3; do
        command -v "$candidate" >/dev/null 2>&1 || continue
        [ "$(version "$candidate")" = "$wanted" ] || continue
        if usable "$candidate"; then
            command -v "$candidate"
            exit 0
        fi
        half_usable=$candidate
    done
done
if [ -n "$half_usable" ]; then
    echo "$half_usable cannot make virtual environments (on Debian and Ubuntu: apt-get install python3-venv)" >&2
else
    echo "no Python $(echo "$*" | sed 's/ / or /g') was found; install one, or name it: make PYTHON=/path/to/python3" >&2
fi
exit 1
