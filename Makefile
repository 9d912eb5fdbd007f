# Every target does the set-up it needs: a machine with python3 (3.11 or newer) and make is enough.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
# The tools of this repository come first: its Python, its Node, its npm packages.
export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/node_modules/.bin:$(PATH)
# Where it is set, each of many processes would compile again what the first one has compiled: seconds every time.
unexport PYTHONDONTWRITEBYTECODE

python := .venv/bin/python
pip := $(python) -m pip --disable-pip-version-check --no-input -qq
# STAGE=test means that one of vending.stages in cdk.json. The braces name the stack, and the one in Control
# Tower's home region where there is one; the CDK knows their order.
stacks := 'AccountVending{,Home}$(if $(STAGE),-$(STAGE))'
state_machines := $(wildcard state_machines/*.asl.json docs/examples/*.asl.json)
# What several checks print at once is kept together where make can do it.
side_by_side := --no-print-directory --keep-going --jobs=4 $(if $(filter output-sync,$(.FEATURES)),--output-sync)

# What it looks back at are the calls that all other tests have made.
looking_back := tests/infra/test_recorded_calls.py

# A virtual environment made elsewhere, or gone, is made anew.
ifneq ($(shell cat .venv/.place 2>/dev/null),$(CURDIR))
.PHONY: .venv/.place
endif

help: ## say what there is
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1|\2/p' Makefile | while IFS='|' read -r name text; do printf '%-14s %s\n' "$$name" "$$text"; done

setup: .venv/.packages node_modules/.packages ## install everything into .venv and node_modules

.venv/.place: .ci/venv
	@.ci/venv

.venv/.packages: .venv/.place requirements/dev.txt pyproject.toml
	@echo "Installing the pinned Python packages into .venv: once, a minute or two"
	@# Not compiled: Python does it for the tenth that is ever imported.
	@$(pip) install --no-compile --require-hashes --no-deps -r requirements/dev.txt
	@$(pip) install --no-build-isolation --no-deps --editable .
	@touch $@

node_modules/.packages: package-lock.json .venv/.packages
	@echo "Installing the pinned tools from npm into node_modules: once, some seconds"
	@npm ci --loglevel=error --no-audit --no-fund --no-progress >/dev/null
	@touch $@

demo: setup ## vend an account on this machine and show what happens
	@.venv/bin/vend local demo

test: export RECORDED_CALLS := .build/recorded-calls
test: lint ## everything that proves this works
	@rm -rf $(RECORDED_CALLS) && mkdir -p $(RECORDED_CALLS)
	@# Three for two cores, because a third of the time is waiting. In collection order: the other one, by size,
	@# would begin the slowest file last.
	@$(python) -m pytest --numprocesses=3 --dist=loadfile --no-loadscope-reorder --ignore=$(looking_back)
	@$(python) -m pytest $(looking_back)

lint: setup ## style, types, the arrows between rooms, state machines, template
	@$(MAKE) $(side_by_side) lint-template lint-types lint-style lint-imports lint-machines

lint-style:
	@ruff format --check --quiet . || { echo "Run: .venv/bin/ruff format ."; exit 1; }
	@ruff check --quiet .

lint-types:
	@mkdir -p .build
	@# boto3's client has an overload for each of 400 services, and a mistake lists them all.
	@mypy --no-error-summary >.build/types.txt || { grep -v 'note:     def ' .build/types.txt; exit 1; }

lint-imports:
	@mkdir -p .build
	@lint-imports >.build/imports.txt 2>&1 || { cat .build/imports.txt; exit 1; }

lint-machines:
	@node .ci/state_machines.mjs $(state_machines)

lint-template:
	@VENDING_LOCAL=1 VENDING_ASSEMBLY=.build/lint $(python) -m infra.app
	@cfn-lint .build/lint/AccountVending.template.json infra/organizations_role.yaml docs/examples/*.yaml

bench: setup ## what it costs, as ratios and against the budgets
	@$(python) -m benchmarks

synth: setup ## write the template and the Lambda bundle to cdk.out
	@$(python) -m infra.app
	@echo "Wrote cdk.out/AccountVending.template.json"

diagram: setup ## draw the state machine anew
	@$(python) docs/diagram.py

errors: setup ## write the tables of errors in docs/operate.md anew
	@$(python) docs/error_tables.py

matrix: setup ## every AWS call with everything that can go wrong with it; writes docs/reliability.md
	@$(python) tests/faults --write docs/reliability.md

deploy: setup ## deploy to the AWS account of your credentials; STAGE=name deploys that stage
	@cdk deploy $(stacks)

diff: setup ## what a deployment would change
	@cdk diff $(stacks)

destroy: setup ## delete the stack; the addresses and owners, the mails and their key, and the zone stay
	@cdk destroy $(stacks)
	@echo "Kept, because accounts outlive this stack:"
	@echo "  the table of addresses and owners, protected against deletion (it costs cents a month)"
	@echo "  the bucket of mails, until each is as old as mailRetentionDays"
	@echo "  the key of both bucket and topics, without which the kept mails cannot be read (1 dollar a month)"
	@echo "  with hostedZone create, the hosted zone and the NS record that delegates to it (half a dollar a month)"
	@echo "Mail to vended addresses reaches nobody from now on. docs/deploy.md says how to take the kept things"
	@echo "into a new stack, or to delete them. Before the zone is given up, take the parent domain's NS record out,"
	@echo "and before the domain is, its MX records: whoever gets a name that is pointed at still gets the mail."

.PHONY: help setup demo test lint lint-style lint-types lint-imports lint-machines lint-template
.PHONY: bench synth diagram errors matrix deploy diff destroy
