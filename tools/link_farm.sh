#!/bin/sh
# Make .build a collections path on which this working tree is midonet.diagnostics: links, so that edits are live.
# Only what a collection consists of is linked, so no tool recurses into .venv or .build through it.
set -eu

farm=.build/ansible_collections/midonet/diagnostics
mkdir -p "$farm"
for name in meta plugins roles playbooks galaxy.yml README.md LICENSE changelogs; do
    [ -e "$name" ] || continue
    target=../../../../$name
    [ "$(readlink "$farm/$name" 2>/dev/null || true)" = "$target" ] || ln -sfn "$target" "$farm/$name"
done
