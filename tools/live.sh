#!/bin/sh
# Run the quick part of the tests that need root and network namespaces, or say why not.
#
# usage: live.sh VIRTUAL_ENVIRONMENT
set -eu

skip() {
    echo "live: NOT RUN: $1"
    exit 0
}

[ -d tests/live ] || skip "there are no live tests"
[ "$(id -u)" -eq 0 ] || skip "needs root"
command -v ip >/dev/null 2>&1 || skip "needs ip (iproute2)"
unshare --net true 2>/dev/null || skip "needs network namespaces, which are not available here"
[ -x /usr/sbin/sshd ] || command -v sshd >/dev/null 2>&1 || skip "needs sshd (openssh-server)"
exec "$1/bin/python" -m pytest -rs tests/live -m "not slow"
