# Everything that a developer or a newcomer does with this tree. `make help` lists it.
#
# PYTHON=…   the interpreter for the virtual environments (3.11, 3.12 or 3.13); looked for when not given
# MIDONET_LAB=…  which lab, when several are up side by side (default: "default")
# ARGS=…     more arguments for ansible-playbook (demo) or pytest (units)

SHELL := /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:

PYTHON ?=
ARGS ?=

export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/.build
export ANSIBLE_HOME ?= $(CURDIR)/.cache/ansible
export PYTHONDONTWRITEBYTECODE := 1
# ansible-core refuses to start under a locale that is not UTF-8.
ifeq (,$(filter %.UTF-8 %.utf8 %.UTF8 %.utf-8,$(or $(LC_ALL),$(LC_CTYPE),$(LANG))))
export LC_ALL := C.UTF-8
endif

# Steps that may run side by side print one after the other.
sync := $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

# The oldest ansible-core that each Python can drive; the newest is what requirements/run.txt pins.
oldest_3.11 := 2.16
oldest_3.12 := 2.16
oldest_3.13 := 2.18
python_version = $(shell .venv/bin/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')
oldest = $(oldest_$(python_version))

# The Python for each ansible-core that `make matrix` covers.
pythons_2.16 := 3.12 3.11
pythons_2.18 := 3.13 3.12 3.11
pythons_2.19 := 3.13 3.12 3.11
pythons_2.20 := 3.13 3.12
pythons_2.21 := 3.13 3.12
matrix := 2.16 2.19 2.20 2.21

.PHONY: help setup demo test lint ruff mypy imports yamllint ansible-lint changelog docs importer generated generate shellcheck sanity artefact units accuracy bench-analyse bench-parse bench-bgp bench-linear live \
	lab-up lab-shell lab-down lab-list faults fault unfault try-faults matrix setup-test farm clean FORCE

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' Makefile | awk -F'|' '{ printf "  make %-18s %s\n", $$1, $$2 }'

setup: .venv/.run ## make .venv with the pinned ansible-core, and .build, on which this tree is midonet.diagnostics

demo: setup ## diagnose the recorded fleet in inventories/demo (no root, no SSH, no network)
	@tools/demo.sh $(ARGS)

test: setup-test ## everything that guards the project and needs no privileges; the live part too when there are some
	@$(MAKE) -j2 -k $(sync) lint sanity artefact
	@$(MAKE) live
	@$(MAKE) units

lint: ruff mypy imports shellcheck yamllint ansible-lint changelog docs importer generated ## all linters, each also a target of its own

ruff: .venv/.lint ## lint Python
	.venv/bin/ruff check .

mypy: .venv/.lint ## check the types of the pure packages, strictly
	MYPYPATH=.build .venv/bin/mypy

imports: .venv/.lint ## hold the direction evidence -> facts -> findings -> diagnosis -> report
	PYTHONPATH=.build:molecule .venv/bin/lint-imports --no-cache --no-logo

shellcheck: .venv/.lint ## lint shell scripts
	.venv/bin/shellcheck tools/*.sh .ci/run

yamllint: .venv/.lint ## lint YAML
	.venv/bin/yamllint --strict .

ansible-lint: .venv/.lint ## lint playbooks and roles with the production profile
	PATH="$(CURDIR)/.venv/bin:$$PATH" .venv/bin/ansible-lint --offline --nocolor -q

changelog: .venv/.lint ## lint the changelog fragments
	.venv/bin/antsibull-changelog lint

docs: .venv/.lint ## lint the documentation of modules, plugins and roles
	PATH="$(CURDIR)/.venv/bin:$$PATH" .venv/bin/antsibull-docs lint-collection-docs --plugin-docs .build/ansible_collections/midonet/diagnostics

importer: .venv/.lint ## let Galaxy's importer look at the artefact
	@tools/importer.sh

generated: .venv/.run ## hold generated files to their sources
	.venv/bin/python tools/generate_items.py --check
	.venv/bin/python tools/generate_role_docs.py --check
	.venv/bin/python tools/generate_fault_table.py --check
	.venv/bin/python tools/generate_info_modules.py --check
	.venv/bin/python tools/generate_facts_page.py --check

generate: .venv/.run ## write generated files anew: role READMEs and argument specs, the collector of midonet_facts, the modules *_info, docs/facts.md
	.venv/bin/python tools/generate_items.py
	.venv/bin/python tools/generate_role_docs.py
	.venv/bin/python tools/generate_fault_table.py
	.venv/bin/python tools/generate_info_modules.py
	.venv/bin/python tools/generate_facts_page.py

sanity: sanity-oldest sanity-newest ## ansible-test sanity with the oldest and the newest ansible-core

sanity-newest: .venv/.lint
	tools/sanity.sh .venv

sanity-oldest: .venv-oldest
	tools/sanity.sh .venv-$(oldest)

artefact: artefact-oldest artefact-newest ## build, install and use the tarball with the oldest and the newest ansible-core

artefact-newest: .venv/.run
	tools/artefact.sh "$$(cat .cache/python)" requirements/run.txt

artefact-oldest: .venv/.run
	tools/artefact.sh "$$(cat .cache/python)" requirements/core-$(oldest).txt

units: units-oldest units-newest ## unit tests with the newest ansible-core; those that meet Ansible with the oldest, too

# The only tests whose outcome can depend on the version of Ansible: `make imports` keeps it out of every other room.
meets_ansible := tests/unit/action tests/unit/controller tests/unit/docs tests/unit/modules tests/playbooks

units-newest: .venv/.lint .cache/collections/.made
	.venv/bin/python -m pytest -n 2 $(ARGS)

units-oldest: .venv-oldest .cache/collections/.made
	.venv-$(oldest)/bin/python -m pytest -n 2 $(meets_ansible) $(ARGS)

accuracy: .venv/.lint ## generated fleets with known faults, to 300 hosts: are the right causes named? (long; ARGS="-m 'not slow'" is shorter)
	.venv/bin/python -m pytest -n auto -p no:cacheprovider tests/accuracy $(ARGS)

.PHONY: accuracy-page
accuracy-page: .venv/.lint ## write docs/accuracy.md from generated fleets to 30 hosts, held-out ones among them (long)
	.venv/bin/python -m pytest -n 2 -p no:cacheprovider tests/accuracy -m 'not slow' --page docs/accuracy.md $(ARGS)

bench-analyse: .venv/.lint ## time and memory of the analysis of 1,000 and 10,000 generated hosts
	.venv/bin/python benchmarks/analyse.py $(ARGS)

bench-parse: .venv/.lint .venv-bench/.made ## time and memory of the flow reducer beside plain readers (BIG_DUMP=..., FLOWS=..., ROUNDS=..., OVS_FLOWS=...)
	BENCH_PYTHON=.venv-bench/bin/python .venv/bin/python benchmarks/parse.py

bench-linear: .venv/.lint ## every parser takes time and memory that grow with the text and no faster, whatever the text (PARSERS="nft mn_conf" some)
	.venv/bin/python benchmarks/linear.py

bench-bgp: .venv/.lint ## time and memory of reading a BGP table of 900,000 networks (PREFIXES=..., ROUNDS=...)
	.venv/bin/python benchmarks/bgp.py

live: .venv/.lint ## what needs root and network namespaces: the quick part; says so when it cannot
	@tools/live.sh .venv

lab := .venv/bin/python molecule/lab/lab.py

lab-up: .venv/.run ## build the lab: a real fleet in network namespaces of this machine (Linux, root; FLEET=fifty, GENERATION=A; docs/lab.md)
	@$(lab) up $(if $(FLEET),--fleet $(FLEET)) $(if $(GENERATION),--generation $(GENERATION)) $(ARGS)

lab-shell: .venv/.run ## a shell on a host of the lab (HOST=gw1)
	@$(lab) shell "$(or $(HOST),$(error say which host: make lab-shell HOST=gw1))"

lab-down: .venv/.run ## remove every trace of the lab; may be called at any time
	@$(lab) down

lab-list: .venv/.run ## tell which hosts of the lab run
	@$(lab) list

faults: .venv/.run ## list the faults that can be injected into the lab (FAULTS_DIR=... adds yours; docs/faults.md)
	@$(lab) faults

fault: .venv/.run ## inject one into the lab that is up, to look at (FAULT=S05)
	@$(lab) inject $(or $(FAULT),$(error say which fault: make fault FAULT=S05))

unfault: .venv/.run ## mend it (FAULT=S05); without FAULT everything that was injected
	@$(lab) undo $(FAULT)

.PHONY: fault-look
fault-look: .venv/.lint ## print what an item of evidence, or a command, says on a host of the lab (HOST=gw1 ITEM=underlay.firewall)
	@$(lab) look "$(or $(HOST),$(error say where: make fault-look HOST=gw1 ITEM=underlay.firewall))" "$(or $(ITEM),$(error say what: ITEM=underlay.firewall))"

try-faults: .venv/.run ## inject, diagnose and compare all faults, one after the other, in the lab that is up (FAULT="S01 S05" a choice)
	@$(lab) try $(FAULT) $(ARGS)

.PHONY: compare-faults
compare-faults: .venv/.lint ## compare what faults change in the lab with what they change in generated fleets (RECORDS=..., FAULT=..., ARGS=--keep)
	.venv/bin/python tools/compare_faults.py $(FAULT) $(if $(RECORDS),--records $(RECORDS)) $(ARGS)

.PHONY: lab-endure molecule-default molecule-faults molecule-replay
lab-endure: .venv/.run ## bring the lab up and down ten times, kill it in the middle, and count what is left (root; some minutes)
	@.venv/bin/python molecule/lab/endure.py $(ARGS)

molecule-default: .venv-molecule/.made ## the lab, healthy: verified by its services' own clients, walked over SSH, nothing found (root)
	@tools/molecule.sh .venv-molecule default

molecule-faults: .venv-molecule/.made ## the lab, broken in every way that it knows, one after the other (root; long)
	@tools/molecule.sh .venv-molecule faults

molecule-replay: .venv-molecule/.made ## recorded fleets: the healthy one passes, the broken one is named
	@tools/molecule.sh .venv-molecule replay

.PHONY: bench-collect
bench-collect: .venv/.run ## processor time of asking one host, beside ansible -m setup (needs root and sshd)
	.venv/bin/python benchmarks/collect.py $(ARGS)

matrix: .venv/.lint .cache/collections/.made ## sanity, artefact and units with ansible-core 2.16, 2.19, 2.20 and 2.21, where their Pythons exist
	@for core in $(matrix); do $(MAKE) matrix-$$core || exit 1; done

matrix-%: FORCE
	@if python=$$(tools/find_python.sh $(pythons_$*)); then \
		$(MAKE) .venv-$*/.test interpreter="$$python" && \
		tools/sanity.sh .venv-$* && tools/artefact.sh "$$python" requirements/core-$*.txt && .venv-$*/bin/python -m pytest -n 2 $(meets_ansible); \
	else \
		echo "matrix: ansible-core $* left out"; \
	fi

clean: ## remove everything that make made, records excepted
	rm -rf .venv .venv-* .build .cache .mypy_cache .ruff_cache .pytest_cache .ansible .import_linter_cache .hypothesis

# --- environments -----------------------------------------------------------------------------------------------------

setup-test: .venv/.lint .venv-oldest .cache/collections/.made

farm: FORCE
	@tools/link_farm.sh

# Rewritten only when another interpreter is meant, so that everything is made again then and only then.
.cache/python: FORCE
	@mkdir -p .cache
	@if [ -z "$(PYTHON)" ] && [ -s $@ ] && [ -x .venv/bin/python ]; then exit 0; fi; \
	python=$$(tools/find_python.sh "$(PYTHON)") || exit 1; \
	[ "$$(cat $@ 2>/dev/null)" = "$$python" ] || echo "$$python" >$@

.venv/.run: .cache/python requirements/run.txt requirements/constraints.txt | farm
	@tools/venv.sh .venv "$$(cat .cache/python)" requirements/run.txt
	@touch $@

.venv/.lint: .venv/.run requirements/test.txt requirements/lint.txt
	@tools/venv.sh .venv "$$(cat .cache/python)" requirements/run.txt requirements/test.txt requirements/lint.txt
	@touch $@

.venv-molecule/.made: .venv/.run requirements/molecule.txt requirements/constraints.txt
	@tools/venv.sh .venv-molecule "$$(cat .cache/python)" requirements/run.txt requirements/molecule.txt
	@touch $@

.cache/collections/.made: requirements/collections.txt tools/collections.sh | .venv/.run
	@tools/collections.sh .cache/collections .venv/bin/python requirements/collections.txt
	@touch $@

.venv-bench/.made: .venv/.run requirements/bench.txt requirements/constraints.txt
	@tools/venv.sh .venv-bench "$$(cat .cache/python)" requirements/bench.txt
	@touch $@

.PHONY: .venv-oldest
.venv-oldest: .venv/.run
	@$(MAKE) .venv-$(oldest)/.test interpreter="$$(cat .cache/python)"

.venv-%/.test: requirements/core-%.txt requirements/test.txt requirements/connections.txt requirements/constraints.txt
	@tools/venv.sh .venv-$* "$(interpreter)" requirements/core-$*.txt requirements/test.txt requirements/connections.txt
	@touch $@
