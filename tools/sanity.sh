#!/bin/sh
# Run ansible-test sanity on a clean copy of the project, with the ansible-core of a virtual environment.
#
# usage: sanity.sh VIRTUAL_ENVIRONMENT
#
# ansible-test wants to stand in a real ansible_collections tree (no links), makes its environments under the home directory,
# and downloads get-pip.py from a server that is no package registry. Here its home is .cache/ansible-test, with a stand-in
# for get-pip.py, so it works with the registry alone and leaves the user's home as it was.
# It looks at what a collection ships; tests and tools are held by ruff and mypy.
set -eu

environment=$(cd "$1" && pwd)
name=$(basename "$environment")
root=$PWD
collection=$root/.cache/sanity/$name/ansible_collections/midonet/diagnostics
home=$root/.cache/ansible-test/$name

tools/export.sh "$collection" meta plugins roles playbooks changelogs galaxy.yml README.md LICENSE tests/config.yml tests/sanity
# ansible-test asks git for the files; without a repository of its own the copy would be what the outer one ignores.
git -C "$collection" init --quiet

mkdir -p "$home/.ansible/test/cache"
library=$("$environment/bin/python" -c 'import ansible_test, pathlib; print(pathlib.Path(ansible_test.__file__).parent)')
for version in $(grep -oE "'[0-9]+\.[0-9]+(\.[0-9]+)?'" "$library/_internal/python_requirements.py" | tr -d "'" | sort -u); do
    cp tools/get_pip.py "$home/.ansible/test/cache/get_pip_$(echo "$version" | tr . _).py"
done

mkdir -p "$home/.config/pip"
"$environment/bin/python" tools/pip_conf.py >"$home/.config/pip/pip.conf"

export HOME="$home"
export PATH="$environment/bin:$PATH"
unset ANSIBLE_COLLECTIONS_PATH ANSIBLE_CONFIG
python=$("$environment/bin/python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
cd "$collection"
exec ansible-test sanity --python "$python" --requirements --color no
